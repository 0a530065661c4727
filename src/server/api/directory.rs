//! `/directory`.

use axum::Json;

use super::Answer;
use crate::{
    contract::{
        directory::{DirectoryCounts, DirectoryFilter, DirectoryObject, Import},
        page::Page,
        run::RunRef,
    },
    server::extract::{Body, Desk, Params},
};

/// How many there are.
pub async fn counts(desk: Desk) -> Answer<DirectoryCounts> {
    Ok(Json(desk.of().directory_counts().await?))
}

/// Departments or people.
pub async fn list(desk: Desk, Params(filter): Params<DirectoryFilter>) -> Answer<Page<DirectoryObject>> {
    Ok(Json(desk.of().directory(&filter).await?))
}

/// Starts an import.
pub async fn import(desk: Desk, Body(import): Body<Import>) -> Answer<RunRef> {
    Ok(Json(desk.of().import(import).await?))
}
