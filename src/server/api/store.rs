//! `/store` and `/failures`: what is kept.

use axum::{
    Json,
    extract::{Query, State},
};
use serde::Deserialize;
use serde_json::json;

use super::Answer;
use crate::{server::Shared, store::retention::Ages};

/// The room on the disk; costs nothing.
pub async fn disk(State(shared): State<Shared>) -> Answer {
    Ok(Json(json!({"disk": shared.app.disk()})))
}

/// Bytes by class; reads everything.
pub async fn sizes(State(shared): State<Shared>) -> Answer {
    Ok(Json(shared.app.sizes().await?))
}

/// How long, in milliseconds.
#[derive(Debug, Default, Deserialize)]
pub struct Prune {
    calls: Option<i64>,
    changes: Option<i64>,
    failures: Option<i64>,
    headers: Option<i64>,
}

/// Forgets what is old.
pub async fn prune(State(shared): State<Shared>, Json(prune): Json<Prune>) -> Answer {
    let usual = Ages::default();
    let ages = Ages {
        calls: prune.calls.unwrap_or(usual.calls),
        changes: prune.changes.unwrap_or(usual.changes),
        failures: prune.failures.unwrap_or(usual.failures),
        headers: prune.headers.unwrap_or(usual.headers),
    };
    Ok(Json(shared.app.prune(ages).await?))
}

/// Which failures.
#[derive(Debug, Deserialize)]
pub struct Failures {
    limit: Option<usize>,
    workflow: Option<String>,
    #[serde(default)]
    reveal: bool,
}

/// The newest items that went wrong.
pub async fn failures(State(shared): State<Shared>, Query(look): Query<Failures>) -> Answer {
    let limit = look.limit.unwrap_or(100).min(10_000);
    Ok(Json(shared.app.failures(look.workflow.as_deref(), limit, look.reveal).await?))
}
