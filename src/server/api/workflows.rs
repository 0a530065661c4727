//! `/workflows`.

use axum::{
    Json,
    extract::{Path, Query, State},
};
use serde::Deserialize;
use serde_json::json;

use super::Answer;
use crate::{app::workflows::NewWorkflow, server::Shared};

/// All workflows.
pub async fn list(State(shared): State<Shared>) -> Answer {
    Ok(Json(shared.app.workflows().await?))
}

/// One of them.
pub async fn one(State(shared): State<Shared>, Path(id): Path<String>) -> Answer {
    Ok(Json(shared.app.workflow(&id).await?))
}

/// Saves one; an existing id gets a new version.
pub async fn create(State(shared): State<Shared>, Json(new): Json<NewWorkflow>) -> Answer {
    Ok(Json(shared.app.create_workflow(new).await?))
}

/// Who acts.
#[derive(Debug, Default, Deserialize)]
pub struct Actor {
    #[serde(default)]
    actor: String,
}

/// Activates the newest version.
pub async fn activate(State(shared): State<Shared>, Path(id): Path<String>, Json(actor): Json<Actor>) -> Answer {
    Ok(Json(shared.app.activate_workflow(&id, &actor.actor).await?))
}

/// Pauses it.
pub async fn pause(State(shared): State<Shared>, Path(id): Path<String>) -> Answer {
    Ok(Json(shared.app.pause_workflow(&id).await?))
}

/// Puts it away.
pub async fn archive(State(shared): State<Shared>, Path(id): Path<String>) -> Answer {
    Ok(Json(shared.app.archive_workflow(&id).await?))
}

/// Which version.
#[derive(Debug, Deserialize)]
pub struct Version {
    version: Option<u64>,
}

/// Its YAML: that of the newest version, or of one.
pub async fn text(State(shared): State<Shared>, Path(id): Path<String>, Query(wanted): Query<Version>) -> Answer {
    Ok(Json(json!({
        "id": id, "version": wanted.version, "text": shared.app.workflow_text(&id, wanted.version).await?,
    })))
}

/// Which picture.
#[derive(Debug, Deserialize)]
pub struct Picture {
    format: Option<String>,
    lang: Option<String>,
}

/// Its picture.
pub async fn graph(State(shared): State<Shared>, Path(id): Path<String>, Query(picture): Query<Picture>) -> Answer {
    let format = picture.format.unwrap_or_else(|| "text".into());
    let lang = picture.lang.unwrap_or_else(|| "en".into());
    Ok(Json(json!({"id": id, "format": format, "picture": shared.app.graph(&id, &format, &lang).await?})))
}

/// Its addresses.
pub async fn hooks(State(shared): State<Shared>, Path(id): Path<String>) -> Answer {
    Ok(Json(shared.app.hooks(&id).await?))
}

/// Which address.
#[derive(Debug, Deserialize)]
pub struct HookPath {
    path: String,
    /// How long the secret before it stays good.
    #[serde(default)]
    keep_old_ms: i64,
}

/// A new secret for one of its addresses, shown this once.
pub async fn new_hook_secret(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    Json(hook): Json<HookPath>,
) -> Answer {
    Ok(Json(shared.app.new_hook_secret(&id, &hook.path, hook.keep_old_ms).await?))
}
