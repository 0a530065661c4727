//! What handlers take: the caller's desk, parameters, a body. What cannot be read is refused like everything else.

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Request, rejection::BytesRejection},
    http::{StatusCode, request::Parts},
};
use serde::de::DeserializeOwned;

use super::{Shared, body::MOST_BODY, error::ApiError};
use crate::{
    app::{self, App, AppError, Caller},
    model::{json::no_name_twice, unread},
};

/// The application as it is for the caller's tenant, and who asks it.
pub struct Desk {
    app: App,
    caller: Caller,
}

impl Desk {
    /// What the caller can do.
    #[must_use]
    pub fn of(&self) -> app::Desk<'_> {
        self.app.desk(&self.caller)
    }
}

impl FromRequestParts<Shared> for Desk {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, ApiError> {
        let caller = parts.extensions.get::<Caller>().cloned();
        let caller = caller.ok_or_else(super::auth::guest::unproved)?;
        Ok(Self { app: shared.app.of(&caller.tenant), caller })
    }
}

/// The addresses of this server's pages, as people open them.
pub struct Pages(Option<std::sync::Arc<super::handshake::Doorkeeper>>);

impl Pages {
    /// That of a path; the path alone where nobody reaches the server.
    #[must_use]
    pub fn address(&self, path: &str) -> String {
        self.0.as_ref().map_or_else(|| path.to_string(), |door| door.page(path))
    }
}

impl FromRequestParts<Shared> for Pages {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(_: &mut Parts, shared: &Shared) -> Result<Self, Self::Rejection> {
        Ok(Self(shared.door.clone()))
    }
}

/// The id in a path.
pub struct Id(pub String);

impl FromRequestParts<Shared> for Id {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, ApiError> {
        let found = axum::extract::Path::<String>::from_request_parts(parts, shared).await;
        found.map(|path| Self(path.0)).map_err(|error| wrong("query_invalid", &error.body_text()).into())
    }
}

/// A body that is a file: it comes piece by piece.
pub struct File(pub axum::body::Body);

impl FromRequest<Shared> for File {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &Shared) -> Result<Self, ApiError> {
        Ok(Self(request.into_body()))
    }
}

/// Parameters after the question mark.
pub struct Params<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<Shared> for Params<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, ApiError> {
        let found = axum::extract::Query::<T>::from_request_parts(parts, shared).await;
        found.map(|query| Self(query.0)).map_err(|error| wrong("query_invalid", &error.body_text()).into())
    }
}

/// A body in JSON. One that is left out is an empty object: deeds with nothing to say need none.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Shared> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, shared: &Shared) -> Result<Self, ApiError> {
        let bytes =
            Bytes::from_request(request, shared).await.map_err(|error: BytesRejection| match error.status() {
                StatusCode::PAYLOAD_TOO_LARGE => {
                    AppError::invalid("body_too_large").arg("most", (MOST_BODY >> 10).to_string())
                }
                _ => wrong("body_invalid", &error.body_text()),
            })?;
        let bytes: &[u8] = if bytes.iter().all(u8::is_ascii_whitespace) || &*bytes == b"null" { b"{}" } else { &bytes };
        // A list would be read as the fields of an object, one after the other.
        if bytes.trim_ascii_start().first() != Some(&b'{') {
            return Err(wrong("body_invalid", "it is no JSON object").into());
        }
        let read = no_name_twice(bytes).and_then(|()| serde_json::from_slice(bytes));
        read.map(Self).map_err(|error| wrong("body_invalid", &error.to_string()).into())
    }
}

fn wrong(code: &'static str, what: &str) -> AppError {
    let (zh, field) = unread::words(what);
    let refused = AppError::invalid(code).arg("what_zh", zh).arg("what_en", what);
    match field {
        Some(field) => refused.field(field),
        None => refused,
    }
}

/// Refuses a parameter that the operation does not know: a filter with a slip in its name would show everything as if it
/// had been asked for. `tenant` is known to all of them.
///
/// # Errors
/// The first such parameter.
pub fn known_parameters(query: Option<&str>, known: &[String]) -> Result<(), AppError> {
    let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    let mut unknown = pairs.filter(|(name, _)| name != "tenant" && known.iter().all(|one| one != name));
    match unknown.next() {
        Some((name, _)) => {
            let name: String = name.chars().take(MOST_SHOWN).collect();
            Err(AppError::invalid("parameter_unknown").arg("name", name.clone()).field(&name))
        }
        None => Ok(()),
    }
}

/// The longest piece of an unknown name that is shown.
const MOST_SHOWN: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_that_nobody_reads_are_refused() {
        let known = ["limit".to_string(), "cursor".into()];
        for (query, good) in [
            (None, true),
            (Some(""), true),
            (Some("limit=1&cursor=a%26b&tenant=x"), true),
            (Some("limt=1"), false),
            (Some("limit=1&Cursor="), false),
            (Some("limit%00=1"), false),
        ] {
            assert_eq!(known_parameters(query, &known).is_ok(), good, "{query:?}");
        }
    }
}
