//! `/workflows`.

use axum::{
    Json,
    http::header,
    response::{IntoResponse, Response},
};

use super::Answer;
use crate::{
    contract::{
        draft::{DifferenceLook, PauseMany, PausedMany, RollBack, TextDifference, VersionLine},
        page::{Page, Paging},
        trigger::{Hook, HookPath},
        workflow::{
            NewWorkflow, Picture, PictureLook, SavedWorkflow, VersionLook, Workflow, WorkflowFilter, WorkflowText,
        },
    },
    server::{
        error::ApiError,
        extract::{Body, Desk, Id, Params},
        tags::{If, Tagged},
    },
};

/// All workflows.
pub async fn list(desk: Desk, Params(wanted): Params<WorkflowFilter>) -> Answer<Page<Workflow>> {
    Ok(Json(desk.of().workflows(&wanted).await?))
}

/// One of them.
pub async fn one(desk: Desk, Id(id): Id) -> Result<Tagged<Workflow>, ApiError> {
    Ok(Tagged(desk.of().workflow(&id).await?))
}

/// Saves one; an existing id gets a new version.
pub async fn create(
    desk: Desk,
    If(expected): If,
    Body(new): Body<NewWorkflow>,
) -> Result<Tagged<SavedWorkflow>, ApiError> {
    let desk = desk.of();
    Ok(Tagged(desk.create_workflow_if(new, &desk.caller.actor, &expected).await?))
}

/// Activates the newest version.
pub async fn activate(desk: Desk, Id(id): Id, If(expected): If) -> Result<Tagged<Workflow>, ApiError> {
    Ok(Tagged(desk.of().activate_workflow(&id, &expected).await?))
}

/// Pauses it.
pub async fn pause(desk: Desk, Id(id): Id, If(expected): If) -> Result<Tagged<Workflow>, ApiError> {
    Ok(Tagged(desk.of().pause_workflow(&id, &expected).await?))
}

/// Puts it away.
pub async fn archive(desk: Desk, Id(id): Id, If(expected): If) -> Result<Tagged<Workflow>, ApiError> {
    Ok(Tagged(desk.of().archive_workflow(&id, &expected).await?))
}

/// Its YAML: that of the newest version, or of one.
pub async fn text(desk: Desk, Id(id): Id, Params(wanted): Params<VersionLook>) -> Answer<WorkflowText> {
    Ok(Json(desk.of().workflow_text(&id, wanted.version).await?))
}

/// Its versions.
pub async fn versions(desk: Desk, Id(id): Id, Params(wanted): Params<Paging>) -> Answer<Page<VersionLine>> {
    Ok(Json(desk.of().versions(&id, &wanted).await?))
}

/// What is different between two of them.
pub async fn difference(desk: Desk, Id(id): Id, Params(look): Params<DifferenceLook>) -> Answer<TextDifference> {
    Ok(Json(desk.of().difference(&id, &look).await?))
}

/// Goes back to one of them.
pub async fn roll_back(
    desk: Desk,
    Id(id): Id,
    If(expected): If,
    Body(back): Body<RollBack>,
) -> Result<Tagged<SavedWorkflow>, ApiError> {
    Ok(Tagged(desk.of().roll_back(&id, &back, &expected).await?))
}

/// Pauses several.
pub async fn pause_many(desk: Desk, Body(wanted): Body<PauseMany>) -> Answer<PausedMany> {
    Ok(Json(desk.of().pause_many(&wanted).await?))
}

/// Its YAML as a file.
pub async fn export(desk: Desk, Id(id): Id, Params(wanted): Params<VersionLook>) -> Result<Response, ApiError> {
    let text = desk.of().workflow_text(&id, wanted.version).await?;
    let name = format!("attachment; filename=\"{}.yaml\"", text.id);
    Ok((
        [(header::CONTENT_TYPE, "application/yaml; charset=utf-8".to_string()), (header::CONTENT_DISPOSITION, name)],
        text.text,
    )
        .into_response())
}

/// Its picture.
pub async fn graph(desk: Desk, Id(id): Id, Params(picture): Params<PictureLook>) -> Answer<Picture> {
    let (format, lang) = (picture.format.as_deref().unwrap_or("text"), picture.lang.as_deref().unwrap_or("en"));
    Ok(Json(desk.of().graph(&id, format, lang).await?))
}

/// Its addresses.
pub async fn hooks(desk: Desk, Id(id): Id, Params(wanted): Params<Paging>) -> Answer<Page<Hook>> {
    Ok(Json(desk.of().hooks_page(&id, &wanted).await?))
}

/// A new secret for one of its addresses, shown this once.
pub async fn new_hook_secret(desk: Desk, Id(id): Id, Body(hook): Body<HookPath>) -> Answer<Hook> {
    Ok(Json(desk.of().new_hook_secret(&id, &hook.path, hook.keep_old_ms).await?))
}
