//! The platform's encryption of callbacks (WXBizMsgCrypt), which the files of exports share.
//!
//! A message is `16 random bytes ‖ length of the text, 4 bytes, big-endian ‖ text ‖ receiver`, filled up to whole blocks of 32
//! bytes, a full block where it fits exactly, and encrypted with AES-256-CBC, whose start value is the first half of the key. A
//! common unpadder of 16 bytes refuses what is filled with more than 16, and a strict Base64 decoder refuses three of four
//! keys: 43 characters carry two bits more than 32 bytes.

use aes::Aes256;
use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit, block_padding::NoPadding};
use sha1::{Digest, Sha1};
use subtle::ConstantTimeEq;

/// What texts are filled up to, in bytes; twice the block of the cipher.
const BLOCK: usize = 32;
/// The block of the cipher, in bytes.
const CIPHER_BLOCK: usize = 16;
/// Random bytes and the length, which stand before the text.
const HEAD: usize = 20;
/// The characters of an `EncodingAESKey`.
pub const KEY_LENGTH: usize = 43;

/// Bits that are not used may be anything.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Why a message cannot be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// It is not Base64, or not whole blocks.
    Form,
    /// What comes out is no message: it was encrypted with another key.
    Key,
    /// It is meant for somebody else.
    Receiver,
}

/// An `EncodingAESKey`, ready for use.
#[derive(Clone)]
pub struct Key(zeroize::Zeroizing<[u8; 32]>);

impl Key {
    /// Reads 43 letters and digits; nothing else is a key.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != KEY_LENGTH || !text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return None;
        }
        let bytes = zeroize::Zeroizing::new(BASE64.decode(text).ok()?);
        Some(Self(zeroize::Zeroizing::new(bytes.as_slice().try_into().ok()?)))
    }

    fn start(&self) -> &[u8] {
        &self.0[..CIPHER_BLOCK]
    }

    /// The text of what was filled up and encrypted with this key.
    ///
    /// # Errors
    /// Bytes that are not whole blocks, or were not encrypted with this key.
    pub fn decrypt(&self, bytes: &[u8]) -> Result<Vec<u8>, Closed> {
        if bytes.is_empty() || !bytes.len().is_multiple_of(CIPHER_BLOCK) {
            return Err(Closed::Form);
        }
        let cipher = cbc::Decryptor::<Aes256>::new_from_slices(&*self.0, self.start()).map_err(|_| Closed::Key)?;
        let mut text = cipher.decrypt_padded_vec::<NoPadding>(bytes).map_err(|_| Closed::Form)?;
        let fill = usize::from(text.last().copied().unwrap_or_default());
        let end = text.len().checked_sub(fill).filter(|_| (1..=BLOCK).contains(&fill)).ok_or(Closed::Key)?;
        if text[end..].iter().any(|byte| usize::from(*byte) != fill) {
            return Err(Closed::Key);
        }
        text.truncate(end);
        Ok(text)
    }

    /// Fills a text up and encrypts it.
    #[must_use]
    pub fn encrypt(&self, text: &[u8]) -> Vec<u8> {
        let fill = BLOCK - text.len() % BLOCK;
        let mut filled = text.to_vec();
        filled.resize(text.len() + fill, u8::try_from(fill).unwrap_or_default());
        match cbc::Encryptor::<Aes256>::new_from_slices(&*self.0, self.start()) {
            Ok(cipher) => cipher.encrypt_padded_vec::<NoPadding>(&filled),
            // The lengths of key and start value are in their types.
            Err(_) => Vec::new(),
        }
    }

    /// Opens a message that is meant for `receiver`: a corp id, a suite id, or nobody by name.
    ///
    /// # Errors
    /// See [`Closed`].
    pub fn open(&self, sealed: &str, receiver: &str) -> Result<Vec<u8>, Closed> {
        let bytes = BASE64.decode(sealed).map_err(|_| Closed::Form)?;
        let mut text = self.decrypt(&bytes)?;
        let length = text.get(16..HEAD).and_then(|bytes| bytes.try_into().ok()).map(u32::from_be_bytes);
        let length = length.and_then(|length| usize::try_from(length).ok()).ok_or(Closed::Key)?;
        let end = HEAD.checked_add(length).filter(|end| *end <= text.len()).ok_or(Closed::Key)?;
        if !bool::from(text[end..].ct_eq(receiver.as_bytes())) {
            return Err(Closed::Receiver);
        }
        text.truncate(end);
        text.drain(..HEAD);
        Ok(text)
    }

    /// Seals a text for `receiver`, as the platform does; `random` must be new for each.
    #[must_use]
    pub fn seal(&self, random: [u8; 16], text: &[u8], receiver: &str) -> String {
        let length = u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes();
        BASE64.encode(self.encrypt(&[&random[..], &length, text, receiver.as_bytes()].concat()))
    }
}

/// The bytes behind Base64, if all of it is that; bytes that were encrypted are not, but for a chance that is no chance.
#[must_use]
pub fn plain_base64(text: &[u8]) -> Option<Vec<u8>> {
    let text: Vec<u8> = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=".contains(byte);
    if text.is_empty() || !text.iter().all(is_letter) {
        return None;
    }
    BASE64.decode(text).ok()
}

/// The signature of a call: SHA-1 of its parts in the order of their bytes, in small hexadecimal digits.
#[must_use]
pub fn sign(token: &str, timestamp: &str, nonce: &str, sealed: &str) -> String {
    let mut parts = [token, timestamp, nonce, sealed];
    parts.sort_unstable();
    let digest = parts.iter().fold(Sha1::new(), |digest, part| digest.chain_update(part.as_bytes())).finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether this is the signature of a call; how long that takes tells nothing about the right one.
#[must_use]
pub fn is_signed(given: &str, token: &str, timestamp: &str, nonce: &str, sealed: &str) -> bool {
    sign(token, timestamp, nonce, sealed).as_bytes().ct_eq(given.as_bytes()).into()
}
