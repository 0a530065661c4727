//! `/store`: what is kept, and the room for it.

use axum::Json;

use super::Answer;
use crate::{
    contract::store::{Prune, Pruned, Room, Sizes},
    server::extract::{Body, Desk},
};

/// The room on the disk; costs nothing.
pub async fn disk(desk: Desk) -> Answer<Room> {
    Ok(Json(Room { disk: desk.of().disk() }))
}

/// Bytes by class; reads everything.
pub async fn sizes(desk: Desk) -> Answer<Sizes> {
    Ok(Json(desk.of().sizes().await?))
}

/// Forgets what is old.
pub async fn prune(desk: Desk, Body(prune): Body<Prune>) -> Answer<Pruned> {
    Ok(Json(desk.of().prune(&prune).await?))
}
