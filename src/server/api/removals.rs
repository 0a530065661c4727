//! `/removals`: what waits for a person.

use axum::{
    Json,
    extract::{Query, State},
};

use super::Answer;
use crate::{
    app::removals::{Choice, Which},
    server::Shared,
};

/// Those that there are.
pub async fn list(State(shared): State<Shared>, Query(which): Query<Which>) -> Answer {
    Ok(Json(shared.app.removals(&which).await?))
}

/// Approves some.
pub async fn approve(State(shared): State<Shared>, Json(choice): Json<Choice>) -> Answer {
    Ok(Json(shared.app.approve_removals(&choice).await?))
}

/// Decides that the objects stay.
pub async fn keep(State(shared): State<Shared>, Json(choice): Json<Choice>) -> Answer {
    Ok(Json(shared.app.keep_removals(&choice).await?))
}
