//! `/failures`: what went wrong, over all runs.

use axum::Json;

use super::Answer;
use crate::{
    contract::{
        item::{FailedItem, FailureFilter},
        page::Page,
    },
    server::extract::{Desk, Params},
};

/// The newest items that went wrong.
pub async fn list(desk: Desk, Params(filter): Params<FailureFilter>) -> Answer<Page<FailedItem>> {
    Ok(Json(desk.of().failures(&filter).await?))
}
