//! Somebody who has not proved anything yet: what there is to know before a sign-in.

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};

use super::{Shared, address::address, cookie};
use crate::{
    app::{
        App, AppError,
        accounts::{ABSOLUTE_MS, Origin},
        error::RefusalKind,
    },
    server::error::ApiError,
};

use idflow_sdk::Problem;

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

/// Nobody knows who is calling.
pub(in crate::server) fn unproved() -> AppError {
    AppError::new(RefusalKind::Unknown, Problem::new("caller_not_proved"))
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> &str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}
