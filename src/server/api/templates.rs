//! `/templates`.

use axum::{
    Json,
    extract::{Path, State},
};

use super::Answer;
use crate::server::Shared;

/// All templates.
pub async fn list(State(shared): State<Shared>) -> Answer {
    Ok(Json(shared.app.templates()))
}

/// One template with its YAML.
pub async fn show(State(shared): State<Shared>, Path(id): Path<String>) -> Answer {
    Ok(Json(shared.app.template(&id)?))
}
