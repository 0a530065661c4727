//! `/connections` and `/connectors`.

use axum::Json;

use super::Answer;
use crate::{
    contract::{
        connection::{
            Connection, ConnectionChange, Connector, ConnectorSettings, NewConnection, RemovedConnection, Rotated,
            Rotation, TestReport, Trial,
        },
        examination::{ExaminationReport, Examine, Integration, ScopeAsked, ScopePreview},
        page::{Page, Paging},
    },
    server::{
        error::ApiError,
        extract::{Body, Desk, Id, Params},
        tags::{If, Tagged},
    },
};

/// A connection with its tag.
type One = Result<Tagged<Connection>, ApiError>;

fn tagged(desk: &Desk, connection: Connection) -> Tagged<Connection> {
    Tagged(desk.of().with_connection_verbs(connection))
}

/// All connections.
pub async fn list(desk: Desk, Params(wanted): Params<Paging>) -> Answer<Page<Connection>> {
    Ok(Json(desk.of().list_connections(&wanted).await?))
}

/// One, and which workflows use it.
pub async fn show(desk: Desk, Id(name): Id) -> One {
    let connection = desk.of().connection(&name).await?;
    Ok(tagged(&desk, connection))
}

/// Removes one that nothing needs any more.
pub async fn remove(desk: Desk, Id(name): Id, If(expected): If) -> Answer<RemovedConnection> {
    Ok(Json(desk.of().remove_connection_if(&name, &expected).await?))
}

/// Adds or changes one.
pub async fn put(desk: Desk, If(expected): If, Body(new): Body<NewConnection>) -> One {
    desk.of().may_add_folder(&new)?;
    let connection = desk.of().put_connection_if(new, &expected).await?;
    Ok(tagged(&desk, connection))
}

/// Changes some of it.
pub async fn change(desk: Desk, Id(name): Id, If(expected): If, Body(change): Body<ConnectionChange>) -> One {
    desk.of().may_change_folder(&name, &change).await?;
    let connection = desk.of().change_connection(&name, change, &expected).await?;
    Ok(tagged(&desk, connection))
}

/// New secrets, tried first.
pub async fn rotate(desk: Desk, Id(name): Id, If(expected): If, Body(rotation): Body<Rotation>) -> Answer<Rotated> {
    Ok(Json(desk.of().rotate_secrets(&name, rotation, &expected).await?))
}

/// Tries one.
pub async fn test(desk: Desk, Id(name): Id) -> Answer<TestReport> {
    Ok(Json(desk.of().test_connection(&name).await?))
}

/// Looks closely at one.
pub async fn examine(desk: Desk, Id(name): Id, Body(asked): Body<Examine>) -> Answer<ExaminationReport> {
    Ok(Json(desk.of().examine_connection(&name, asked).await?))
}

/// What has to be entered in its system.
pub async fn integration(desk: Desk, Id(name): Id) -> Answer<Integration> {
    Ok(Json(desk.of().integration(&name).await?))
}

/// What a scope would give.
pub async fn scope(desk: Desk, Id(name): Id, Body(asked): Body<ScopeAsked>) -> Answer<ScopePreview> {
    Ok(Json(desk.of().preview_scope(&name, &asked).await?))
}

/// All connectors.
pub async fn connectors(desk: Desk, Params(wanted): Params<Paging>) -> Answer<Page<Connector>> {
    Ok(Json(desk.of().connectors(&wanted)?))
}

/// One connector.
pub async fn connector(desk: Desk, Id(name): Id) -> Answer<Connector> {
    Ok(Json(desk.of().connector(&name)?))
}

/// What a connector asks for.
pub async fn settings(desk: Desk, Id(name): Id) -> Answer<ConnectorSettings> {
    Ok(Json(desk.of().connector_settings(&name)?))
}

/// Tries settings before they are saved.
pub async fn try_settings(desk: Desk, Id(name): Id, Body(trial): Body<Trial>) -> Answer<TestReport> {
    desk.of().may_try_folder(&name, &trial)?;
    Ok(Json(desk.of().try_settings(&name, trial).await?))
}
