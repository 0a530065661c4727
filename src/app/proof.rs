//! What proves who somebody is: signatures, comparisons in constant time, and secrets that nobody can guess.

pub use crate::trigger::webhook::proof::{same, sign};

use crate::reconcile::hash::hex;

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
