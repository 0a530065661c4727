//! Any bytes as ciphertext and as the body of a callback: they are read or refused, and what was sealed comes out again.
#![no_main]

use idflow_wecom::callback::{crypto::Key, message};
use libfuzzer_sys::fuzz_target;

const KEY: &str = "Zk3vQm9sXw2RtYb7LcNfHj4PgUe8DiAo6KxVqT1zSnC";

fuzz_target!(|bytes: &[u8]| {
    let key = Key::parse(KEY).expect("a key");
    let _ = key.decrypt(bytes);
    let _ = key.open(&String::from_utf8_lossy(bytes), "ww1");
    if let Some(read) = message::read(bytes) {
        let _ = read.leaves();
    }
    let sealed = key.seal([bytes.len() as u8; 16], bytes, "ww1");
    assert_eq!(key.open(&sealed, "ww1").as_deref(), Ok(bytes));
});
