//! `/runs` and `/workflows/{id}/runs`.

use axum::{
    Json,
    extract::{Path, Query, State},
};
use serde::Deserialize;
use serde_json::json;

use super::Answer;
use crate::{
    app::runs::{ItemFilter, NewRun, PlanLook},
    server::Shared,
};

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
    #[serde(default)]
    reveal: bool,
}

/// One run; `wait=true` answers when it is over or held.
pub async fn show(State(shared): State<Shared>, Path(run): Path<String>, Query(show): Query<Show>) -> Answer {
    let run = shared.app.find_run(&run).await?;
    Ok(Json(if show.wait {
        shared.app.wait_run(run, show.reveal).await?
    } else {
        shared.app.run(run, show.reveal).await?
    }))
}

/// Its items.
pub async fn items(State(shared): State<Shared>, Path(run): Path<String>, Query(filter): Query<ItemFilter>) -> Answer {
    let run = shared.app.find_run(&run).await?;
    Ok(Json(shared.app.items(run, &filter).await?))
}

/// Which calls.
#[derive(Debug, Deserialize)]
pub struct Calls {
    find: Option<String>,
    limit: Option<usize>,
}

/// Its calls that did not go well.
pub async fn calls(State(shared): State<Shared>, Path(run): Path<String>, Query(look): Query<Calls>) -> Answer {
    let run = shared.app.find_run(&run).await?;
    Ok(Json(shared.app.calls(run, look.find.as_deref(), look.limit.unwrap_or(100)).await?))
}

/// Its plan.
pub async fn plan(State(shared): State<Shared>, Path(run): Path<String>, Query(look): Query<PlanLook>) -> Answer {
    let run = shared.app.find_run(&run).await?;
    Ok(Json(shared.app.plan_of(run, &look).await?))
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
    let run = shared.app.find_run(&run).await?;
    shared.app.approve_run(run, &decision.actor, decision.plan.as_deref(), decision.source_checked).await?;
    Ok(Json(json!({"run": run.to_string()})))
}

/// Refuses it.
pub async fn reject(State(shared): State<Shared>, Path(run): Path<String>, Json(decision): Json<Decision>) -> Answer {
    let run = shared.app.find_run(&run).await?;
    shared.app.reject_run(run, &decision.actor).await?;
    Ok(Json(json!({"run": run.to_string()})))
}

/// Asks it to stop.
pub async fn cancel(State(shared): State<Shared>, Path(run): Path<String>, Json(decision): Json<Decision>) -> Answer {
    let run = shared.app.find_run(&run).await?;
    shared.app.cancel_run(run, &decision.actor).await?;
    Ok(Json(json!({"run": run.to_string()})))
}

/// Stops it for now.
pub async fn pause(State(shared): State<Shared>, Path(run): Path<String>, Json(decision): Json<Decision>) -> Answer {
    let run = shared.app.find_run(&run).await?;
    shared.app.pause_run(run, &decision.actor).await?;
    Ok(Json(json!({"run": run.to_string()})))
}

/// Lets it go on.
pub async fn resume(State(shared): State<Shared>, Path(run): Path<String>, Json(decision): Json<Decision>) -> Answer {
    let run = shared.app.find_run(&run).await?;
    shared.app.resume_run(run, &decision.actor).await?;
    Ok(Json(json!({"run": run.to_string()})))
}

/// How to repeat a run.
#[derive(Debug, Default, Deserialize)]
pub struct Retry {
    #[serde(default)]
    actor: String,
    #[serde(default)]
    newest: bool,
    #[serde(default)]
    approve: bool,
    #[serde(default)]
    reveal: bool,
}

/// What a repetition would be about.
pub async fn retry_preview(
    State(shared): State<Shared>,
    Path(run): Path<String>,
    Query(retry): Query<Retry>,
) -> Answer {
    let run = shared.app.find_run(&run).await?;
    Ok(Json(shared.app.retry_preview(run, retry.newest, retry.reveal).await?))
}

/// Repeats what went wrong.
pub async fn retry(State(shared): State<Shared>, Path(run): Path<String>, Json(retry): Json<Retry>) -> Answer {
    let run = shared.app.find_run(&run).await?;
    let new = shared.app.retry_run(run, &retry.actor, retry.newest, retry.approve).await?;
    Ok(Json(json!({"run": new.to_string()})))
}

/// Plans the repetition.
pub async fn plan_retry(State(shared): State<Shared>, Path(run): Path<String>, Json(retry): Json<Retry>) -> Answer {
    let run = shared.app.find_run(&run).await?;
    let new = shared.app.plan_retry(run, &retry.actor, retry.newest).await?;
    Ok(Json(json!({"run": new.to_string()})))
}

/// Whether to keep a run whole.
#[derive(Debug, Deserialize)]
pub struct Pin {
    pinned: bool,
}

/// Keeps it whole, or no longer.
pub async fn pin(State(shared): State<Shared>, Path(run): Path<String>, Json(pin): Json<Pin>) -> Answer {
    let run = shared.app.find_run(&run).await?;
    Ok(Json(shared.app.pin_run(run, pin.pinned).await?))
}
