//! `/runs/{id}/export`: a file, streamed.

use std::io::Read;

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
    Ok(([(header::CONTENT_TYPE, format.media())], body::Body::from_stream(chunks)).into_response())
}
