//! `/removals`: what waits for a person.

use axum::Json;

use super::Answer;
use crate::{
    contract::{
        page::Page,
        removal::{DecidedRemovals, Removal, RemovalChoice, RemovalFilter},
    },
    server::extract::{Body, Desk, Params},
};

/// Those that there are.
pub async fn list(desk: Desk, Params(filter): Params<RemovalFilter>) -> Answer<Page<Removal>> {
    Ok(Json(desk.of().removals(&filter).await?))
}

/// Approves some.
pub async fn approve(desk: Desk, Body(choice): Body<RemovalChoice>) -> Answer<DecidedRemovals> {
    Ok(Json(desk.of().approve_removals(&choice).await?))
}

/// Decides that the objects stay.
pub async fn keep(desk: Desk, Body(choice): Body<RemovalChoice>) -> Answer<DecidedRemovals> {
    Ok(Json(desk.of().keep_removals(&choice).await?))
}
