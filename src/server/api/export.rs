//! `/runs/{id}/export`: a file, streamed.

use std::io::Read;

use axum::{
    body::{Body, Bytes},
    extract::{Path, Query, State},
    http::header,
    response::{IntoResponse, Response},
};
use futures::stream;
use serde::Deserialize;

use crate::{
    app::export::{Format, Wanted},
    server::{Shared, error::ApiError},
};

/// Bytes that are read at once.
const CHUNK: usize = 256 << 10;

/// Which file.
#[derive(Debug, Deserialize)]
pub struct Export {
    format: String,
    plan: Option<bool>,
    #[serde(default)]
    reveal: bool,
    lang: Option<String>,
}

/// The file.
pub async fn export(
    State(shared): State<Shared>,
    Path(run): Path<String>,
    Query(export): Query<Export>,
) -> Result<Response, ApiError> {
    let run = shared.app.find_run(&run).await?;
    let format: Format = export.format.parse()?;
    let lang = if export.lang.as_deref() == Some("zh") { "zh" } else { "en" };
    let wanted = Wanted { format, plan: export.plan, reveal: export.reveal, lang };
    let file = shared.app.export(run, wanted).await?;
    let chunks = stream::try_unfold(file, |mut file| async move {
        let read = tokio::task::spawn_blocking(move || {
            let mut chunk = vec![0; CHUNK];
            file.read(&mut chunk).map(|length| {
                chunk.truncate(length);
                (chunk, file)
            })
        });
        let (chunk, file) = read.await.map_err(std::io::Error::other)??;
        Ok::<_, std::io::Error>((!chunk.is_empty()).then(|| (Bytes::from(chunk), file)))
    });
    Ok(([(header::CONTENT_TYPE, format.media())], Body::from_stream(chunks)).into_response())
}
