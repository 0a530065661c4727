//! Uploaded files: kept for three days, for every app of the corp.

use std::collections::HashMap;

use bytes::Bytes;

/// How long a media id is good: three days.
const LIFETIME_MS: u64 = 3 * 24 * 3_600_000;

/// One uploaded file.
#[derive(Debug)]
pub(crate) struct Media {
    /// `image`, `voice`, `video` or `file`.
    pub kind: &'static str,
    pub content: Bytes,
    created_ms: u64,
}

/// The uploaded files of a corp by media id.
#[derive(Debug, Default)]
pub(crate) struct MediaStore(HashMap<Box<str>, Media>);

impl MediaStore {
    /// Keeps a file and drops those that are too old.
    pub fn keep(&mut self, id: &str, kind: &'static str, content: Bytes, now_ms: u64) {
        self.0.retain(|_, media| is_good(media, now_ms));
        self.0.insert(id.into(), Media { kind, content, created_ms: now_ms });
    }

    /// The file of an id that is still good.
    pub fn get(&self, id: &str, now_ms: u64) -> Option<&Media> {
        self.0.get(id).filter(|media| is_good(media, now_ms))
    }
}

fn is_good(media: &Media, now_ms: u64) -> bool {
    now_ms.saturating_sub(media.created_ms) < LIFETIME_MS
}
