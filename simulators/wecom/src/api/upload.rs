//! Taking a file out of a multipart body, before the state is locked.

use bytes::Bytes;
use http_body_util::{BodyDataStream, Full};

use crate::errors::ApiError;

/// The part that holds the file.
const PART: &str = "media";

/// A file as it was sent.
#[derive(Debug)]
pub(crate) struct Upload {
    pub filename: String,
    pub content: Bytes,
}

/// Reads the file of a body; 44001 when there is none.
pub(crate) async fn read(content_type: Option<&str>, body: Bytes) -> Result<Upload, ApiError> {
    let boundary =
        content_type.and_then(|text| multer::parse_boundary(text).ok()).ok_or_else(|| ApiError::of(44001))?;
    let mut parts = multer::Multipart::new(BodyDataStream::new(Full::new(body)), boundary);
    while let Ok(Some(part)) = parts.next_field().await {
        // Clients that send no name are taken at their only file.
        if part.name() == Some(PART) || (part.name().is_none() && part.file_name().is_some()) {
            let filename = part.file_name().unwrap_or_default().to_owned();
            let content = part.bytes().await.map_err(|_| ApiError::of(44001))?;
            return Ok(Upload { filename, content });
        }
    }
    Err(ApiError::of(44001))
}
