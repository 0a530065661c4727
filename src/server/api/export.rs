//! `/runs/{id}/export`: a file, streamed.

use std::{fs::File, io::Read};

use axum::{
    body::{self, Bytes},
    http::header,
    response::{IntoResponse, Response},
};
use futures::stream;

use crate::{
    app::export::{Format, Wanted},
    contract::run::Export,
    server::{
        error::ApiError,
        extract::{Desk, Id, Params},
    },
};

/// Bytes that are read at once.
const CHUNK: usize = 256 << 10;

/// The file.
pub async fn export(desk: Desk, Id(run): Id, Params(export): Params<Export>) -> Result<Response, ApiError> {
    let run = desk.of().find_run(&run).await?;
    let format: Format = export.format.parse()?;
    let lang = if export.lang.as_deref() == Some("zh") { "zh" } else { "en" };
    let wanted = Wanted { format, plan: export.plan, reveal: export.reveal, lang };
    let file = desk.of().export(run, wanted).await?;
    Ok(streamed(file, format.media()))
}

/// A file, a piece at a time.
pub(super) fn streamed(file: File, media: &'static str) -> Response {
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
    ([(header::CONTENT_TYPE, media)], body::Body::from_stream(chunks)).into_response()
}

/// What somebody needs who helps with a run.
pub async fn bundle(desk: Desk, Id(run): Id) -> Result<Response, ApiError> {
    let run = desk.of().find_run(&run).await?;
    Ok(streamed(desk.of().bundle(run).await?, "application/zip"))
}

/// Everything of the installation.
pub async fn backup(desk: Desk) -> Result<Response, ApiError> {
    Ok(streamed(desk.of().backup().await?, "application/zstd"))
}
