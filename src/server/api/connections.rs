//! `/connections` and `/connectors`.

use axum::Json;

use super::Answer;
use crate::{
    contract::{
        connection::{Connection, ConnectorSettings, NewConnection, RemovedConnection, TestReport},
        page::{Page, Paging},
    },
    server::{
        error::ApiError,
        extract::{Body, Desk, Id, Params},
        tags::{If, Tagged},
    },
};

/// All connections.
pub async fn list(desk: Desk, Params(wanted): Params<Paging>) -> Answer<Page<Connection>> {
    Ok(Json(desk.of().list_connections(&wanted).await?))
}

/// One, and which workflows use it.
pub async fn show(desk: Desk, Id(name): Id) -> Result<Tagged<Connection>, ApiError> {
    let view = desk.of().connection(&name).await?;
    Ok(Tagged(desk.of().with_connection_verbs(view)))
}

/// Removes one that nothing needs any more.
pub async fn remove(desk: Desk, Id(name): Id, If(expected): If) -> Answer<RemovedConnection> {
    Ok(Json(desk.of().remove_connection_if(&name, &expected).await?))
}

/// What a connector asks for.
pub async fn settings(desk: Desk, Id(name): Id) -> Answer<ConnectorSettings> {
    Ok(Json(desk.of().connector_settings(&name)?))
}

/// Adds or changes one.
pub async fn put(desk: Desk, If(expected): If, Body(new): Body<NewConnection>) -> Result<Tagged<Connection>, ApiError> {
    let view = desk.of().put_connection_if(new, &expected).await?;
    Ok(Tagged(desk.of().with_connection_verbs(view)))
}

/// Tries one.
pub async fn test(desk: Desk, Id(name): Id) -> Answer<TestReport> {
    Ok(Json(desk.of().test_connection(&name).await?))
}
