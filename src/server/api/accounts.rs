//! `/session`, `/sessions`, `/accounts`, `/sign-in-links` and `/tokens`.

use axum::{
    Json,
    extract::FromRequestParts,
    http::{HeaderValue, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::Answer;
use crate::{
    app::{
        AppError,
        accounts::{SignedIn, csrf_of},
    },
    contract::{
        account::{
            Account, Changed, GivenPassword, LinkFor, Me, NewAccount, NewGrant, NewPassword, NewToken, OneTimeLink,
            Preferences, Redeem, Session, SessionFilter, SignIn, Token,
        },
        page::{Page, Paging},
    },
    server::{
        Shared,
        auth::{Cookie, guest::Guest},
        error::ApiError,
        extract::{Body, Desk, Id, Params},
        tags::{If, Tagged},
    },
};

/// An answer that gives a cookie or takes it away.
pub struct WithCookie<T>(T, String);

impl<T: Serialize> IntoResponse for WithCookie<T> {
    fn into_response(self) -> Response {
        let mut response = Json(self.0).into_response();
        if let Ok(value) = HeaderValue::from_str(&self.1) {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

/// The cookie that a caller showed, if that was the proof.
pub struct SessionCookie(Option<String>);

impl FromRequestParts<Shared> for SessionCookie {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, Self::Rejection> {
        Ok(Self(parts.extensions.get::<Cookie>().map(|cookie| cookie.0.clone())))
    }
}

/// Who signed in.
async fn entered(guest: &Guest, signed: SignedIn) -> Result<WithCookie<Me>, ApiError> {
    let who = guest.app.who();
    let tenant = who.usual_tenant(&signed.known).await?;
    let caller = who.caller(&signed.known, &tenant).await?;
    let caller = caller.ok_or_else(|| AppError::refused("account_nowhere"))?;
    let me = guest.app.of(&tenant).desk(&caller).me().await?;
    let me = Me { csrf: Some(csrf_of(&signed.cookie)), ..me };
    Ok(WithCookie(me, guest.keeps(&signed.cookie)))
}

/// Signs in.
pub async fn sign_in(guest: Guest, Body(shown): Body<SignIn>) -> Result<WithCookie<Me>, ApiError> {
    let signed = guest.app.who().sign_in(&shown, &guest.origin).await?;
    entered(&guest, signed).await
}

/// Uses a link.
pub async fn redeem(guest: Guest, Body(shown): Body<Redeem>) -> Result<WithCookie<Me>, ApiError> {
    let signed = guest.app.who().redeem(&shown, guest.near, &guest.origin).await?;
    entered(&guest, signed).await
}

/// Who one is.
pub async fn me(desk: Desk, SessionCookie(cookie): SessionCookie) -> Answer<Me> {
    let me = desk.of().me().await?;
    Ok(Json(Me { csrf: cookie.as_deref().map(csrf_of), ..me }))
}

/// Ends this session.
pub async fn sign_out(desk: Desk, guest: Guest) -> Result<WithCookie<Changed>, ApiError> {
    Ok(WithCookie(desk.of().sign_out().await?, guest.forgets()))
}

/// Another password.
pub async fn change_password(desk: Desk, Body(new): Body<NewPassword>) -> Answer<Changed> {
    Ok(Json(desk.of().change_password(&new).await?))
}

/// Language, zone, theme.
pub async fn prefer(desk: Desk, Body(new): Body<Preferences>) -> Answer<Preferences> {
    Ok(Json(desk.of().prefer(&new).await?))
}

/// Open sessions.
pub async fn sessions(desk: Desk, Params(filter): Params<SessionFilter>) -> Answer<Page<Session>> {
    Ok(Json(desk.of().sessions(&filter).await?))
}

/// Ends one.
pub async fn end_session(desk: Desk, Id(id): Id) -> Answer<Changed> {
    Ok(Json(desk.of().end_session(&id).await?))
}

/// All accounts of the tenant.
pub async fn list(desk: Desk, Params(wanted): Params<Paging>) -> Answer<Page<Account>> {
    Ok(Json(desk.of().accounts(&wanted).await?))
}

/// Makes one.
pub async fn create(desk: Desk, Body(new): Body<NewAccount>) -> Answer<OneTimeLink> {
    Ok(Json(desk.of().new_account(&new).await?))
}

/// One.
pub async fn show(desk: Desk, Id(id): Id) -> Result<Tagged<Account>, ApiError> {
    Ok(Tagged(desk.of().account(&id).await?))
}

/// What one may do.
pub async fn grant(
    desk: Desk,
    Id(id): Id,
    If(expected): If,
    Body(new): Body<NewGrant>,
) -> Result<Tagged<Account>, ApiError> {
    Ok(Tagged(desk.of().grant(&id, &new, &expected).await?))
}

/// Lets one sign in no more.
pub async fn disable(desk: Desk, Id(id): Id, If(expected): If) -> Result<Tagged<Account>, ApiError> {
    Ok(Tagged(desk.of().disable_account(&id, true, &expected).await?))
}

/// Lets one sign in again.
pub async fn enable(desk: Desk, Id(id): Id, If(expected): If) -> Result<Tagged<Account>, ApiError> {
    Ok(Tagged(desk.of().disable_account(&id, false, &expected).await?))
}

/// Sets a password.
pub async fn give_password(desk: Desk, Id(id): Id, Body(new): Body<GivenPassword>) -> Answer<Changed> {
    Ok(Json(desk.of().give_password(&id, &new).await?))
}

/// A link that is good once.
pub async fn link(desk: Desk, Body(wanted): Body<LinkFor>) -> Answer<OneTimeLink> {
    Ok(Json(desk.of().new_link(&wanted).await?))
}

/// All tokens that one may see.
pub async fn tokens(desk: Desk, Params(wanted): Params<Paging>) -> Answer<Page<Token>> {
    Ok(Json(desk.of().tokens(&wanted).await?))
}

/// Makes one.
pub async fn new_token(desk: Desk, Body(new): Body<NewToken>) -> Answer<Token> {
    Ok(Json(desk.of().new_token(&new).await?))
}

/// Takes one away.
pub async fn revoke_token(desk: Desk, Id(id): Id) -> Answer<Changed> {
    Ok(Json(desk.of().revoke_token(&id).await?))
}
