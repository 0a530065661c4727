//! `media/upload`: which files are taken, and the id they are known by for three days.

use serde::Serialize;

use super::{Call, Reply, success};
use crate::errors::ApiError;

pub(crate) const UPLOAD: &str = "/cgi-bin/media/upload";
/// A file must be larger than this.
const SMALLEST: usize = 5;
const MIB: usize = 1 << 20;

#[derive(Serialize)]
struct Uploaded<'a> {
    errcode: i64,
    errmsg: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    media_id: &'a str,
    /// Seconds since 1970, as a text.
    created_at: String,
}

/// One kind of media: its name, its largest size, the endings it may have (all when empty), the code when it is too large.
struct Kind(&'static str, usize, &'static [&'static str], i64);

const KINDS: &[Kind] = &[
    Kind("image", 10 * MIB, &["jpg", "jpeg", "png"], 40009),
    Kind("voice", 2 * MIB, &["amr"], 45001),
    Kind("video", 10 * MIB, &["mp4"], 45001),
    Kind("file", 20 * MIB, &[], 45001),
];

/// `POST /cgi-bin/media/upload`
pub(super) fn upload(call: &mut Call<'_>) -> Reply {
    let kind = call.query.get("type").and_then(|asked| KINDS.iter().find(|kind| kind.0 == asked));
    let Kind(kind, largest, endings, too_large) = kind.ok_or_else(|| ApiError::of(40005))?;
    let upload = call.upload.ok_or_else(|| ApiError::of(44001))?.as_ref().map_err(Clone::clone)?;
    let size = upload.content.len();
    if size == 0 {
        return Err(ApiError::of(44001));
    }
    if size <= SMALLEST {
        return Err(ApiError::of(40006));
    }
    if size > *largest {
        return Err(ApiError::of(*too_large));
    }
    let ending = upload.filename.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    if !endings.is_empty() && !ending.is_some_and(|ending| endings.contains(&ending.as_str())) {
        return Err(ApiError::of(40004));
    }
    let id = call.at.id("3", 1);
    call.corp.media.keep(&id, kind, upload.content.clone(), call.at.now_ms);
    let created_at = (call.at.now_ms / 1000).to_string();
    success(&Uploaded { errcode: 0, errmsg: "ok", kind, media_id: &id, created_at })
}
