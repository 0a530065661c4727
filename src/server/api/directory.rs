//! `/directory`.

use axum::{
    Json,
    extract::{Query, State},
};
use idflow_sdk::Kind;
use serde::Deserialize;
use serde_json::json;

use super::Answer;
use crate::{
    app::{AppError, runs::NewRun},
    server::Shared,
};

/// What to show.
#[derive(Debug, Deserialize)]
pub struct Show {
    kind: Option<String>,
    find: Option<String>,
    limit: Option<usize>,
    #[serde(default)]
    reveal: bool,
}

/// Counts, or the objects of a kind.
pub async fn show(State(shared): State<Shared>, Query(show): Query<Show>) -> Answer {
    let kind = match show.kind.as_deref() {
        None => None,
        Some(word) => match Kind::parse(word).filter(|kind| *kind != Kind::Row) {
            Some(kind) => Some(kind),
            None => return Err(AppError::invalid(format!("`{word}` is neither `department` nor `user`")).into()),
        },
    };
    let limit = show.limit.unwrap_or(usize::MAX);
    Ok(Json(shared.app.directory(kind, show.find.as_deref(), limit, show.reveal).await?))
}

/// A folder to import.
#[derive(Debug, Deserialize)]
pub struct Import {
    folder: String,
    #[serde(flatten)]
    run: NewRun,
}

/// Starts an import.
pub async fn import(State(shared): State<Shared>, Json(import): Json<Import>) -> Answer {
    let run = shared.app.import(&import.folder, import.run).await?;
    Ok(Json(json!({"run": run.to_string()})))
}
