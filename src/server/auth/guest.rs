//! Somebody who has not proved anything yet: what there is to know before a sign-in.

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};

use super::{Peer, Shared, cookie, unproved};
use crate::{
    app::{
        App,
        accounts::{ABSOLUTE_MS, Origin},
        caller::LOCAL,
    },
    server::error::ApiError,
};

/// See the module.
pub struct Guest {
    /// The application.
    pub app: Arc<App>,
    /// From where, with what.
    pub origin: Origin,
    /// Whether the server is reached on a loopback address.
    pub near: bool,
    cookie: cookie::Kind,
}

impl Guest {
    /// The header that gives the cookie of a session.
    #[must_use]
    pub fn keeps(&self, secret: &str) -> String {
        self.cookie.set(secret, ABSOLUTE_MS / 1_000)
    }

    /// The cookie of a sign-in by another system that is under way.
    #[must_use]
    pub fn attempt(&self) -> cookie::Kind {
        cookie::Kind { name: format!("{}-elsewhere", self.cookie.name), secure: self.cookie.secure }
    }

    /// The header that takes it away.
    #[must_use]
    pub fn forgets(&self) -> String {
        self.cookie.set("", 0)
    }
}

impl FromRequestParts<Shared> for Guest {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, ApiError> {
        // Inside this process nobody signs in.
        let Some(door) = &shared.door else { return Err(unproved().into()) };
        let agent = text(&parts.headers, header::USER_AGENT).to_string();
        let origin = Origin { address: address(shared, parts), agent };
        Ok(Self { app: shared.app.clone(), origin, near: door.public().is_none(), cookie: door.cookie() })
    }
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> &str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// From where a call comes. Behind a proxy that is believed, or one on this machine where the server has a public address, that
/// is what the proxy added to `X-Forwarded-For`; whatever stands before it may be made up.
#[must_use]
pub fn address(shared: &Shared, parts: &Parts) -> String {
    let Some(Peer(peer)) = parts.extensions.get::<Peer>() else { return LOCAL.into() };
    let Some(door) = &shared.door else { return LOCAL.into() };
    let lines = parts.headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let told: Vec<&str> = lines.flat_map(|line| line.split(',')).collect();
    if door.public().is_some() && peer.is_loopback() && !door.reach().believes(*peer) {
        let last = told.last().and_then(|last| last.trim().parse().ok());
        return last.unwrap_or(*peer).to_canonical().to_string();
    }
    door.reach().caller(*peer, told.into_iter()).to_string()
}
