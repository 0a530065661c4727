//! `/connections` and `/connectors`.

use axum::Json;

use super::Answer;
use crate::{
    contract::{
        connection::{Connection, ConnectorSettings, NewConnection, RemovedConnection, TestReport},
        page::{Page, Paging},
    },
    server::extract::{Body, Desk, Id, Params},
};

/// All connections.
pub async fn list(desk: Desk, Params(wanted): Params<Paging>) -> Answer<Page<Connection>> {
    Ok(Json(desk.of().connections(&wanted).await?))
}

/// One, and which workflows use it.
pub async fn show(desk: Desk, Id(name): Id) -> Answer<Connection> {
    Ok(Json(desk.of().connection(&name).await?))
}

/// Removes one that nothing needs any more.
pub async fn remove(desk: Desk, Id(name): Id) -> Answer<RemovedConnection> {
    Ok(Json(desk.of().remove_connection(&name).await?))
}

/// What a connector asks for.
pub async fn settings(desk: Desk, Id(name): Id) -> Answer<ConnectorSettings> {
    Ok(Json(desk.of().connector_settings(&name)?))
}

/// Adds or changes one.
pub async fn put(desk: Desk, Body(new): Body<NewConnection>) -> Answer<Connection> {
    Ok(Json(desk.of().put_connection(new).await?))
}

/// Tries one.
pub async fn test(desk: Desk, Id(name): Id) -> Answer<TestReport> {
    Ok(Json(desk.of().test_connection(&name).await?))
}
