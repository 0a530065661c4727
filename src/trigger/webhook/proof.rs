//! HMAC with SHA-256, and the one comparison in this tree that takes the same time wherever two texts differ.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::model::hex::hex;

/// The HMAC of these parts, one after the other, as lower-case hex. Whoever signs parts of free length gives their lengths,
/// too: nothing here tells where one ends.
#[must_use]
pub fn sign(secret: &[u8], parts: &[&[u8]]) -> String {
    // SHA-256 takes keys of every length; an empty text is what no signature equals.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else { return String::new() };
    for part in parts {
        mac.update(part);
    }
    hex(&mac.finalize().into_bytes())
}

/// Whether two texts are the same. Only their lengths can be told from the time it takes.
#[must_use]
pub fn same(given: &str, wanted: &str) -> bool {
    !wanted.is_empty() && given.as_bytes().ct_eq(wanted.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_those_of_rfc_4231() {
        // Test case 2 of RFC 4231.
        let wanted = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(sign(b"Jefe", &[b"what do ya want ", b"for nothing?"]), wanted);
        assert!(same(wanted, wanted));
        assert!(!same("", wanted) && !same(wanted, "") && !same("", ""));
        assert!(!same(&wanted[1..], wanted) && !same(&wanted.replace('5', "6"), wanted));
    }
}
