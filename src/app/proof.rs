//! What proves who somebody is: signatures, comparisons in constant time, and secrets that nobody can guess.

pub use crate::trigger::webhook::proof::{same, sign};

use crate::model::hex::hex;

/// So many random bytes as hex.
///
/// # Panics
/// When the operating system gives no random bytes. Its source is there from boot on; a secret that can be guessed must
/// never exist.
#[must_use]
pub fn random(bytes: usize) -> String {
    let mut random = vec![0u8; bytes];
    getrandom::fill(&mut random).expect("the operating system gives random bytes");
    hex(&random)
}

/// So many random letters and digits, each as likely as the others.
///
/// # Panics
/// As [`random`].
#[must_use]
pub fn random_letters(length: usize) -> String {
    const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut text = String::with_capacity(length);
    while text.len() < length {
        let mut random = [0u8; 64];
        getrandom::fill(&mut random).expect("the operating system gives random bytes");
        // 248 is four times 62: what is above would make the first letters likelier.
        let letters = random.iter().filter(|byte| **byte < 248).map(|byte| char::from(LETTERS[usize::from(byte % 62)]));
        text.extend(letters.take(length - text.len()));
    }
    text
}
