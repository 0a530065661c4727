//! `/session/ways`, `/identities` and `/oidc`: signing in by accounts of other systems.

use axum::Json;

use super::Answer;
use crate::{
    contract::{
        account::Changed,
        page::Page,
        sign_in::{
            BoundIdentity, ConsentCount, IdentityFilter, NewConsentInvitation, NewIdentity, OidcSettings, OidcState,
            SignInWays, WaysFilter,
        },
    },
    server::{
        auth::guest::Guest,
        error::ApiError,
        extract::{Body, Desk, Id, Pages, Params},
        tags::{If, Tagged},
    },
};

/// The ways to sign in.
pub async fn ways(guest: Guest, Params(filter): Params<WaysFilter>) -> Answer<SignInWays> {
    Ok(Json(guest.app.sign_in_ways(filter.tenant.as_deref()).await?))
}

/// Who is bound.
pub async fn identities(desk: Desk, Params(filter): Params<IdentityFilter>) -> Answer<Page<BoundIdentity>> {
    Ok(Json(desk.of().identities(&filter).await?))
}

/// Binds somebody.
pub async fn bind(desk: Desk, Body(new): Body<NewIdentity>) -> Answer<BoundIdentity> {
    Ok(Json(desk.of().bind_identity(&new).await?))
}

/// Takes a binding away.
pub async fn unbind(desk: Desk, Id(id): Id) -> Answer<Changed> {
    Ok(Json(desk.of().unbind_identity(&id).await?))
}

/// How far consent has come.
pub async fn consent(desk: Desk, Id(id): Id) -> Answer<ConsentCount> {
    Ok(Json(desk.of().consent(&id).await?))
}

/// Invites people to give what only they can give.
pub async fn invite_consent(
    desk: Desk,
    pages: Pages,
    Id(id): Id,
    Body(new): Body<NewConsentInvitation>,
) -> Answer<ConsentCount> {
    Ok(Json(desk.of().invite_consent(&id, &new, |path| pages.address(path)).await?))
}

/// OpenID Connect as it is set up.
pub async fn oidc(desk: Desk) -> Result<Tagged<OidcState>, ApiError> {
    Ok(Tagged(desk.of().oidc().await?))
}

/// Sets it up.
pub async fn set_oidc(
    desk: Desk,
    If(expected): If,
    Body(new): Body<OidcSettings>,
) -> Result<Tagged<OidcState>, ApiError> {
    Ok(Tagged(desk.of().set_oidc(&new, &expected).await?))
}

/// Takes it away.
pub async fn drop_oidc(desk: Desk) -> Answer<OidcState> {
    Ok(Json(desk.of().drop_oidc().await?))
}
