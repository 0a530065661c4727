//! `/matching`: what no rule could decide, and what people decide about it.

use axum::Json;

use super::Answer;
use crate::{
    contract::{
        matching::{Decide, Decided, Decision, MatchingFilter, Undecided},
        page::Page,
    },
    server::extract::{Body, Desk, Params},
};

/// What waits for a decision.
pub async fn list(desk: Desk, Params(filter): Params<MatchingFilter>) -> Answer<Page<Undecided>> {
    Ok(Json(desk.of().undecided(&filter).await?))
}

/// What was decided.
pub async fn decisions(desk: Desk, Params(filter): Params<MatchingFilter>) -> Answer<Page<Decision>> {
    Ok(Json(desk.of().decisions(&filter).await?))
}

/// Keeps decisions.
pub async fn decide(desk: Desk, Body(decide): Body<Decide>) -> Answer<Decided> {
    Ok(Json(desk.of().decide(&decide.decisions).await?))
}
