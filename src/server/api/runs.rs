//! `/runs` and `/workflows/{id}/runs`.

use axum::{
    Json,
    extract::{Path, Query, State},
};
use serde::Deserialize;
use serde_json::json;

use super::Answer;
use crate::{
    app::{
        AppError,
        runs::{ItemFilter, NewRun},
    },
    model::id::RunId,
    server::Shared,
};

fn id(text: &str) -> Result<RunId, AppError> {
    text.parse().map_err(|message: String| AppError::invalid(message).hint("`idflow runs list` shows the ids"))
}

/// Starts a run; answers once it is on disk.
pub async fn start(State(shared): State<Shared>, Path(workflow): Path<String>, Json(new): Json<NewRun>) -> Answer {
    let run = shared.app.start_run(&workflow, new).await?;
    Ok(Json(json!({"run": run.to_string()})))
}

/// Which runs.
#[derive(Debug, Deserialize)]
pub struct List {
    workflow: Option<String>,
    limit: Option<usize>,
}

/// The newest first.
pub async fn list(State(shared): State<Shared>, Query(list): Query<List>) -> Answer {
    Ok(Json(shared.app.runs(list.workflow.as_deref(), list.limit.unwrap_or(50)).await?))
}

/// How to show a run.
#[derive(Debug, Deserialize)]
pub struct Show {
    #[serde(default)]
    wait: bool,
}

/// One run; `wait=true` answers when it is over or held.
pub async fn show(State(shared): State<Shared>, Path(run): Path<String>, Query(show): Query<Show>) -> Answer {
    let run = id(&run)?;
    Ok(Json(if show.wait { shared.app.wait_run(run).await? } else { shared.app.run(run).await? }))
}

/// Its items.
pub async fn items(State(shared): State<Shared>, Path(run): Path<String>, Query(filter): Query<ItemFilter>) -> Answer {
    Ok(Json(shared.app.items(id(&run)?, &filter).await?))
}

/// Its plan.
pub async fn plan(State(shared): State<Shared>, Path(run): Path<String>) -> Answer {
    Ok(Json(shared.app.plan_of(id(&run)?).await?))
}

/// A decision about a held run.
#[derive(Debug, Default, Deserialize)]
pub struct Decision {
    #[serde(default)]
    actor: String,
    plan: Option<String>,
    #[serde(default)]
    source_checked: bool,
}

/// Approves it.
pub async fn approve(State(shared): State<Shared>, Path(run): Path<String>, Json(decision): Json<Decision>) -> Answer {
    let run = id(&run)?;
    shared.app.approve_run(run, &decision.actor, decision.plan.as_deref(), decision.source_checked).await?;
    Ok(Json(json!({"run": run.to_string()})))
}

/// Refuses it.
pub async fn reject(State(shared): State<Shared>, Path(run): Path<String>, Json(decision): Json<Decision>) -> Answer {
    let run = id(&run)?;
    shared.app.reject_run(run, &decision.actor).await?;
    Ok(Json(json!({"run": run.to_string()})))
}

/// Asks it to stop.
pub async fn cancel(State(shared): State<Shared>, Path(run): Path<String>, Json(decision): Json<Decision>) -> Answer {
    let run = id(&run)?;
    shared.app.cancel_run(run, &decision.actor).await?;
    Ok(Json(json!({"run": run.to_string()})))
}
