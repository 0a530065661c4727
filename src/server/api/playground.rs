//! `/playground`: a simulated company on which a tenant tries things out.

use axum::Json;

use super::Answer;
use crate::{
    contract::playground::{NewPlayground, Playground, PlaygroundAsked, PlaygroundTrouble},
    server::extract::{Body, Desk, Params},
};

/// The one of this tenant.
pub async fn show(desk: Desk, Params(asked): Params<PlaygroundAsked>) -> Answer<Playground> {
    Ok(Json(desk.of().playground(&asked).await))
}

/// Begins it, or begins it anew.
pub async fn start(desk: Desk, Body(new): Body<NewPlayground>) -> Answer<Playground> {
    Ok(Json(desk.of().start_playground(&new).await?))
}

/// Says what goes wrong in it.
pub async fn trouble(desk: Desk, Body(new): Body<PlaygroundTrouble>) -> Answer<Playground> {
    Ok(Json(desk.of().trouble_playground(new).await?))
}

/// Ends it.
pub async fn stop(desk: Desk) -> Answer<Playground> {
    Ok(Json(desk.of().stop_playground().await?))
}
