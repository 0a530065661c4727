//! `/providers` and `/connections/{id}/provider`: connections that a service provider makes for a company.

use axum::Json;

use super::Answer;
use crate::{
    contract::provider::{
        NewProviderInvitation, ProviderChange, ProviderKeys, ProviderReceiver, ProviderState, ProviderWay, ProviderWord,
    },
    server::{
        error::ApiError,
        extract::{Body, Desk, Id},
        tags::{If, Tagged},
    },
};

/// The provider of a connector.
pub async fn show(desk: Desk, Id(connector): Id) -> Result<Tagged<ProviderState>, ApiError> {
    Ok(Tagged(desk.of().provider(&connector).await?))
}

/// Sets it up.
pub async fn set(
    desk: Desk,
    Id(connector): Id,
    If(expected): If,
    Body(change): Body<ProviderChange>,
) -> Result<Tagged<ProviderState>, ApiError> {
    Ok(Tagged(desk.of().set_provider(&connector, &change, &expected).await?))
}

/// Takes it away.
pub async fn remove(desk: Desk, Id(connector): Id) -> Answer<ProviderState> {
    Ok(Json(desk.of().drop_provider(&connector).await?))
}

/// New keys for one of its addresses.
pub async fn new_keys(desk: Desk, Id(connector): Id, Body(asked): Body<ProviderKeys>) -> Answer<ProviderReceiver> {
    Ok(Json(desk.of().new_provider_keys(&connector, &asked).await?))
}

/// How far an authorisation is.
pub async fn way(desk: Desk, Id(name): Id) -> Answer<ProviderWay> {
    Ok(Json(desk.of().provider_way(&name).await?))
}

/// Makes an invitation.
pub async fn invite(desk: Desk, Id(name): Id, Body(new): Body<NewProviderInvitation>) -> Answer<ProviderWay> {
    Ok(Json(desk.of().invite_provider(&name, &new).await?))
}

/// Takes a person's word.
pub async fn say(desk: Desk, Id(name): Id, Body(word): Body<ProviderWord>) -> Answer<ProviderWay> {
    Ok(Json(desk.of().say_provider(&name, &word).await?))
}

/// Lets go of an authorisation.
pub async fn release(desk: Desk, Id(name): Id) -> Answer<ProviderWay> {
    Ok(Json(desk.of().release_provider(&name).await?))
}
