//! `/drafts`: texts that somebody works on.

use axum::Json;

use super::Answer;
use crate::{
    contract::{
        draft::{
            BeginDraft, Draft, DraftEdits, DraftLine, DraftText, DroppedDraft, PlanDraft, PlannedDraft, SaveDraft,
            UseConnection,
        },
        page::{Page, Paging},
        workflow::{SavedWorkflow, Workflow},
    },
    server::{
        error::ApiError,
        extract::{Body, Desk, Id, Params},
        tags::{If, Tagged},
    },
};

/// A draft with its tag.
type One = Result<Tagged<Draft>, ApiError>;

/// All.
pub async fn list(desk: Desk, Params(wanted): Params<Paging>) -> Answer<Page<DraftLine>> {
    Ok(Json(desk.of().drafts(&wanted).await?))
}

/// One.
pub async fn show(desk: Desk, Id(id): Id) -> One {
    Ok(Tagged(desk.of().draft(&id).await?))
}

/// Begins one with a version.
pub async fn begin(desk: Desk, Id(id): Id, Body(begin): Body<BeginDraft>) -> One {
    Ok(Tagged(desk.of().begin_draft(&id, &begin).await?))
}

/// Its text.
pub async fn put(desk: Desk, Id(id): Id, If(expected): If, Body(new): Body<DraftText>) -> One {
    Ok(Tagged(desk.of().put_draft(&id, new, &expected).await?))
}

/// Edits it.
pub async fn edit(desk: Desk, Id(id): Id, If(expected): If, Body(edits): Body<DraftEdits>) -> One {
    Ok(Tagged(desk.of().edit_draft(&id, edits, &expected).await?))
}

/// One connection for all.
pub async fn use_connection(desk: Desk, Id(id): Id, If(expected): If, Body(one): Body<UseConnection>) -> One {
    Ok(Tagged(desk.of().use_connection(&id, &one.name, &expected).await?))
}

/// Throws it away.
pub async fn drop_it(desk: Desk, Id(id): Id, If(expected): If) -> Answer<DroppedDraft> {
    Ok(Json(desk.of().drop_draft(&id, &expected).await?))
}

/// Saves it as a version.
pub async fn save(
    desk: Desk,
    Id(id): Id,
    If(expected): If,
    Body(save): Body<SaveDraft>,
) -> Result<Tagged<SavedWorkflow>, ApiError> {
    Ok(Tagged(desk.of().save_draft(&id, save.note.as_deref(), &expected).await?))
}

/// Plans it.
pub async fn plan(desk: Desk, Id(id): Id, If(expected): If, Body(wanted): Body<PlanDraft>) -> Answer<PlannedDraft> {
    Ok(Json(desk.of().plan_draft(&id, wanted, &expected).await?))
}

/// Makes it live.
pub async fn activate(desk: Desk, Id(id): Id, If(expected): If) -> Result<Tagged<Workflow>, ApiError> {
    Ok(Tagged(desk.of().activate_draft(&id, &expected).await?))
}
