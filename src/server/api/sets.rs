//! `/workflow-sets`: a folder of workflows as a whole.

use axum::Json;

use super::Answer;
use crate::{
    contract::set::{SetOutcome, WorkflowSet},
    server::extract::{Body, Desk},
};

/// Says what it changes, or changes it.
pub async fn apply(desk: Desk, Body(set): Body<WorkflowSet>) -> Answer<SetOutcome> {
    Ok(Json(desk.of().apply_set(&set).await?))
}
