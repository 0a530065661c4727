//! `/links` and `/matching`: which object is which, and what people decide about it.

use axum::{
    Json,
    extract::{Query, State},
};
use serde::Deserialize;

use super::Answer;
use crate::{
    app::matching::{LinkChange, NewDecision},
    server::Shared,
};

/// The most links of one answer.
const MOST_LINKS: usize = 10_000;

/// Which links.
#[derive(Debug, Deserialize)]
pub struct Links {
    connection: String,
    find: Option<String>,
    limit: Option<usize>,
}

/// The links of a connection.
pub async fn links(State(shared): State<Shared>, Query(look): Query<Links>) -> Answer {
    let limit = look.limit.unwrap_or(1000).min(MOST_LINKS);
    Ok(Json(shared.app.links(&look.connection, look.find.as_deref(), limit).await?))
}

/// Two objects are one.
pub async fn add(State(shared): State<Shared>, Json(change): Json<LinkChange>) -> Answer {
    Ok(Json(shared.app.add_link(&change).await?))
}

/// An object has another key.
pub async fn move_to(State(shared): State<Shared>, Json(change): Json<LinkChange>) -> Answer {
    Ok(Json(shared.app.move_link(&change).await?))
}

/// Two objects are not one.
pub async fn remove(State(shared): State<Shared>, Json(change): Json<LinkChange>) -> Answer {
    Ok(Json(shared.app.remove_link(&change).await?))
}

/// Of which connection.
#[derive(Debug, Deserialize)]
pub struct Matching {
    connection: Option<String>,
}

/// What waits for a decision, and what was decided.
pub async fn matching(State(shared): State<Shared>, Query(look): Query<Matching>) -> Answer {
    Ok(Json(shared.app.matching(look.connection.as_deref()).await?))
}

/// Decisions, all or none.
#[derive(Debug, Deserialize)]
pub struct Decide {
    decisions: Vec<NewDecision>,
}

/// Keeps decisions.
pub async fn decide(State(shared): State<Shared>, Json(decide): Json<Decide>) -> Answer {
    Ok(Json(shared.app.decide(&decide.decisions).await?))
}
