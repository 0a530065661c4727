//! Values that are read again and again, decoded once.
//!
//! One is taken from here only where its stored bytes are the same as they were, so that nothing old is ever told and nobody has
//! to say when something changed.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hashlink::LruCache;
use serde::de::DeserializeOwned;

use super::{StoreError, codec};

/// How many stored bytes stay decoded, and of how large values.
const MOST_BYTES: usize = 1 << 20;
const LARGEST: usize = 16 << 10;

/// The values that were asked for last.
pub struct Decoded<V>(Mutex<Kept<V>>);

/// By key: the stored bytes, and what they say.
struct Kept<V> {
    values: LruCache<Vec<u8>, (Vec<u8>, Arc<V>)>,
    bytes: usize,
}

impl<V> Default for Decoded<V> {
    fn default() -> Self {
        Self(Mutex::new(Kept { values: LruCache::new_unbounded(), bytes: 0 }))
    }
}

impl<V: DeserializeOwned> Decoded<V> {
    /// What these bytes, which stand under this key, say.
    ///
    /// # Errors
    /// As [`codec::unpack`].
    pub fn of(&self, key: Vec<u8>, bytes: Vec<u8>) -> Result<Arc<V>, StoreError> {
        if let Some((stored, value)) = self.kept().values.get(&key)
            && *stored == bytes
        {
            return Ok(value.clone());
        }
        let value: Arc<V> = Arc::new(codec::unpack(&bytes)?);
        if bytes.len() <= LARGEST {
            self.kept().keep(key, bytes, &value);
        }
        Ok(value)
    }

    fn kept(&self) -> MutexGuard<'_, Kept<V>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<V> Kept<V> {
    fn keep(&mut self, key: Vec<u8>, bytes: Vec<u8>, value: &Arc<V>) {
        self.bytes += bytes.len();
        if let Some((old, _)) = self.values.insert(key, (bytes, value.clone())) {
            self.bytes -= old.len();
        }
        while self.bytes > MOST_BYTES
            && let Some((_, (old, _))) = self.values.remove_lru()
        {
            self.bytes -= old.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(text: &str) -> Vec<u8> {
        codec::json(&text).expect("bytes")
    }

    #[test]
    fn a_value_is_decoded_once_and_never_told_as_it_was() {
        let decoded: Decoded<String> = Decoded::default();
        let of = |key: &[u8], value: &str| decoded.of(key.to_vec(), bytes(value)).expect("a value");
        let one = of(b"a", "one");
        assert!(Arc::ptr_eq(&one, &of(b"a", "one")), "it is decoded once");
        assert_eq!(*of(b"a", "two"), "two");
        assert_eq!(*of(b"b", "one"), "one");
        assert_eq!(*of(b"a", "one"), "one", "as it stands there now");
        assert!(decoded.of(b"a".to_vec(), b"damaged".to_vec()).is_err());
        assert_eq!(*of(b"a", "one"), "one");
    }

    #[test]
    fn so_many_bytes_are_kept_and_no_more() {
        let decoded: Decoded<String> = Decoded::default();
        let text = "x".repeat(LARGEST - bytes("").len());
        for number in 0..1000_u32 {
            for text in [&text, &text.replace('x', "y"), &format!("{text}longer")] {
                assert_eq!(&*decoded.of(number.to_be_bytes().to_vec(), bytes(text)).expect("a value"), text);
            }
        }
        let kept = decoded.kept();
        assert_eq!((kept.bytes, kept.values.len()), (MOST_BYTES, MOST_BYTES / LARGEST));
    }
}
