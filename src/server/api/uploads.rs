//! `/directory/uploads`: files that are imported.

use std::time::Duration;

use axum::{Json, body::Body, response::Response};
use futures::{Stream, StreamExt};

use super::{Answer, export::streamed};
use crate::{
    contract::{
        page::{Page, Paging},
        upload::{Upload, UploadBlankForm, UploadImport, UploadName, UploadPreview, UploadReading, UploadStarted},
    },
    server::{
        error::ApiError,
        extract::{Body as Given, Desk, File, Id, Params},
    },
};

/// How long a piece of a file may take to come.
const PIECE: Duration = Duration::from_secs(30);

/// The pieces of a body, each in bounded time.
fn pieces(body: Body) -> impl Stream<Item = Result<axum::body::Bytes, String>> + Unpin {
    let pieces = futures::stream::unfold(Some(body.into_data_stream()), async |pieces| {
        let mut pieces = pieces?;
        match tokio::time::timeout(PIECE, pieces.next()).await {
            Ok(Some(Ok(piece))) => Some((Ok(piece), Some(pieces))),
            Ok(Some(Err(error))) => Some((Err(error.to_string()), None)),
            Ok(None) => None,
            Err(_) => Some((Err("too slow".to_string()), None)),
        }
    });
    Box::pin(pieces)
}

/// Takes a file.
pub async fn upload(desk: Desk, Params(name): Params<UploadName>, File(body): File) -> Answer<Upload> {
    Ok(Json(desk.of().upload(&name.name, pieces(body)).await?))
}

/// Files that are there.
pub async fn list(desk: Desk, Params(paging): Params<Paging>) -> Answer<Page<Upload>> {
    Ok(Json(desk.of().uploads(&paging).await?))
}

/// One of them.
pub async fn show(desk: Desk, Id(id): Id) -> Answer<Upload> {
    Ok(Json(desk.of().show_upload(&id).await?))
}

/// What is in it.
pub async fn preview(desk: Desk, Id(id): Id, Given(look): Given<UploadReading>) -> Answer<UploadPreview> {
    Ok(Json(desk.of().upload_preview(&id, &look).await?))
}

/// A file to fill in.
pub async fn blank(desk: Desk, Params(wanted): Params<UploadBlankForm>) -> Result<Response, ApiError> {
    let (file, form) = desk.of().blank_upload(&wanted)?;
    Ok(streamed(file, form.media()))
}

/// Removes it.
pub async fn remove(desk: Desk, Id(id): Id) -> Answer<Upload> {
    Ok(Json(desk.of().remove_upload(&id).await?))
}

/// Imports it.
pub async fn import(desk: Desk, Id(id): Id, Given(wanted): Given<UploadImport>) -> Answer<UploadStarted> {
    Ok(Json(desk.of().import_upload(&id, wanted).await?))
}
