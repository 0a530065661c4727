//! The platform's encryption of callbacks and exports, written from its description alone.
//!
//! A callback's text is `16 random bytes ‖ length of the message, 4 bytes, big-endian ‖ message ‖ receiver`; the file of an
//! export is its text alone. Both are filled up to whole blocks of **32** bytes (a full block when they fit exactly) and
//! encrypted with AES-256-CBC, whose start value is the first half of the key.

use aes::Aes256;
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};
use cbc::cipher::block_padding::NoPadding;
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use sha1::{Digest, Sha1};

/// The block that texts are filled up to, twice that of the cipher.
const BLOCK: usize = 32;
/// What stands before the message: random bytes and the length.
const HEAD: usize = 20;
/// The length of an `EncodingAESKey`, in characters.
const KEY_LENGTH: usize = 43;

/// The platform's keys carry two bits too many in three of four cases.
const BASE64: GeneralPurpose =
    GeneralPurpose::new(&STANDARD, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));

/// An `EncodingAESKey` in its usable form.
#[derive(Clone, PartialEq, Eq)]
pub struct Key([u8; 32]);

impl std::fmt::Debug for Key {
    /// A key is not for logs.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Key(..)")
    }
}

impl Key {
    /// Reads 43 letters and digits; nothing else is a key.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != KEY_LENGTH || !text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return None;
        }
        let bytes = BASE64.decode(format!("{text}=")).ok()?;
        Some(Self(bytes.try_into().ok()?))
    }

    fn start(&self) -> &[u8] {
        self.0.split_at(16).0
    }

    /// Fills a text up and encrypts it, as the files of exports are.
    pub fn encrypt(&self, text: &[u8]) -> Vec<u8> {
        let fill = BLOCK - text.len() % BLOCK;
        let mut filled = text.to_vec();
        // One to 32, so it fits a byte.
        filled.resize(text.len() + fill, fill as u8);
        match cbc::Encryptor::<Aes256>::new_from_slices(&self.0, self.start()) {
            Ok(cipher) => cipher.encrypt_padded_vec::<NoPadding>(&filled),
            // Key and start value have the right lengths by their types.
            Err(_) => Vec::new(),
        }
    }

    /// The text of what was encrypted with this key.
    pub fn decrypt(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let cipher = cbc::Decryptor::<Aes256>::new_from_slices(&self.0, self.start()).ok()?;
        let mut text = cipher.decrypt_padded_vec::<NoPadding>(bytes).ok()?;
        let fill = *text.last()?;
        let kept = text.len().checked_sub(usize::from(fill)).filter(|_| (1..=BLOCK).contains(&usize::from(fill)))?;
        if text.iter().skip(kept).any(|byte| *byte != fill) {
            return None;
        }
        text.truncate(kept);
        Some(text)
    }

    /// Encrypts a message to a receiver (a corp id, a suite id, or nothing).
    pub fn seal(&self, random: [u8; 16], message: &[u8], receiver: &str) -> String {
        let length = u32::try_from(message.len()).unwrap_or(u32::MAX);
        let text = [&random, &length.to_be_bytes()[..], message, receiver.as_bytes()].concat();
        BASE64.encode(self.encrypt(&text))
    }

    /// The message of an encrypted text, and whom it is for.
    pub fn open(&self, encrypted: &str) -> Option<(Vec<u8>, String)> {
        let text = self.decrypt(&BASE64.decode(encrypted).ok()?)?;
        let (head, rest) = text.split_at_checked(HEAD)?;
        let length = u32::from_be_bytes(head.get(16..)?.try_into().ok()?);
        let (message, receiver) = rest.split_at_checked(usize::try_from(length).ok()?)?;
        Some((message.to_vec(), String::from_utf8(receiver.to_vec()).ok()?))
    }
}

/// The signature of a request: SHA-1 over its four texts in the order of their bytes, in lower-case hexadecimal digits.
pub fn sign(token: &str, timestamp: &str, nonce: &str, encrypted: &str) -> String {
    let mut parts = [token, timestamp, nonce, encrypted];
    parts.sort_unstable();
    hex(&Sha1::digest(parts.concat()))
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    /// The vectors live beside the repository; without them the test says so and passes.
    #[test]
    fn every_vector_of_the_reference_is_opened_sealed_and_signed() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/reference/wecom-fixtures/crypto-vectors.json");
        let Ok(text) = std::fs::read_to_string(file) else {
            let _ = writeln!(std::io::stderr(), "skipped: the crypto vectors are not beside the repository");
            return;
        };
        let table: serde_json::Value = serde_json::from_str(&text).expect("the vectors are JSON");
        let vectors = table["vectors"].as_array().expect("a list");
        for vector in vectors {
            let field = |name: &str| vector[name].as_str().unwrap_or_default();
            let encrypted = field("encrypt");
            let signed = sign(field("token"), field("timestamp"), field("nonce"), encrypted);
            assert_eq!(signed, field("msg_signature"), "{}", field("id"));
            let Some(plain) = vector["plaintext"].as_str() else { continue };
            let key = Key::parse(field("encoding_aes_key")).expect("a key");
            let receiver = field("receive_id").to_owned();
            assert_eq!(key.open(encrypted), Some((plain.as_bytes().to_vec(), receiver.clone())), "{}", field("id"));
            let random: Vec<u8> = (0..16)
                .map(|at| u8::from_str_radix(&field("random16_hex")[2 * at..2 * at + 2], 16).expect("digits"))
                .collect();
            let random = random.try_into().expect("16 bytes");
            assert_eq!(key.seal(random, plain.as_bytes(), &receiver), encrypted, "{}", field("id"));
        }
        assert!(vectors.len() >= 11, "only {} vectors", vectors.len());
    }

    #[test]
    fn what_is_no_key_or_no_ciphertext_opens_nothing() {
        for bad in ["", "short", &"a".repeat(42), &"a".repeat(44), &format!("{}+", "a".repeat(42)), &"é".repeat(43)] {
            assert_eq!(Key::parse(bad), None, "{bad}");
        }
        let key = Key::parse(&"a".repeat(43)).expect("a key");
        let sealed = key.seal([7; 16], b"hello", "ww1");
        assert_eq!(key.open(&sealed), Some((b"hello".to_vec(), "ww1".to_owned())));
        for bad in ["", "====", "YQ==", &sealed[1..], &sealed[..sealed.len() - 4]] {
            assert_eq!(key.open(bad), None, "{bad}");
        }
        let other = Key::parse(&"b".repeat(43)).expect("a key");
        assert_eq!(other.open(&sealed), None);
        // 32 bytes exactly get a whole block more.
        assert_eq!(key.encrypt(&[1; 32]).len(), 64);
        assert_eq!(key.decrypt(&key.encrypt(&[1; 32])), Some(vec![1; 32]));
    }
}
