//! `/connections`.

use axum::{
    Json,
    extract::{Path, State},
};

use super::Answer;
use crate::{app::connections::NewConnection, server::Shared};

/// All connections.
pub async fn list(State(shared): State<Shared>) -> Answer {
    Ok(Json(shared.app.connections().await?))
}

/// One, and which workflows use it.
pub async fn show(State(shared): State<Shared>, Path(name): Path<String>) -> Answer {
    Ok(Json(shared.app.connection(&name).await?))
}

/// Removes one that nothing needs any more.
pub async fn remove(State(shared): State<Shared>, Path(name): Path<String>) -> Answer {
    Ok(Json(shared.app.remove_connection(&name).await?))
}

/// What a connector asks for.
pub async fn settings(State(shared): State<Shared>, Path(name): Path<String>) -> Answer {
    Ok(Json(shared.app.connector_settings(&name)?))
}

/// Adds or changes one.
pub async fn put(State(shared): State<Shared>, Json(new): Json<NewConnection>) -> Answer {
    Ok(Json(shared.app.put_connection(new).await?))
}

/// Tries one.
pub async fn test(State(shared): State<Shared>, Path(name): Path<String>) -> Answer {
    Ok(Json(shared.app.test_connection(&name).await?))
}
