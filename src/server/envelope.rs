//! What every answer has around it: headers that keep browsers from doing what nobody wants, an id of the request, and what is
//! counted and told of it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};
use tracing::Instrument;

use super::Shared;
use crate::model::{id::new_ulid, trace::Trace};

/// The id of a request, in its answer and in the log.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The trace that a call belongs to (W3C Trace Context).
const TRACE: HeaderName = HeaderName::from_static("traceparent");
/// Says that people come without encryption.
const PLAIN: HeaderName = HeaderName::from_static("x-idflow-insecure");
/// The log of requests.
const HTTP: &str = "idflow::http";

/// Requests that were answered, by the first digit of their status, and how long that took.
#[derive(Debug, Default)]
pub struct Counted {
    /// Answers by class: 1xx to 5xx.
    pub classes: [AtomicU64; 5],
    /// Milliseconds of all of them.
    pub ms: AtomicU64,
}

/// A path without what may be a secret in it: one-time links, and whatever stands behind a question mark.
fn told(path: &str) -> &str {
    if path.starts_with("/welcome/") { "/welcome/…" } else { path }
}

/// Wraps a request.
pub async fn wrap(State((shared, counted)): State<(Shared, Arc<Counted>)>, request: Request, next: Next) -> Response {
    let id = new_ulid(shared.app.engine().core().clock.now_ms());
    let (method, path) = (request.method().clone(), told(request.uri().path()).to_string());
    let caller = request.headers().get(TRACE).and_then(|value| value.to_str().ok()).and_then(Trace::read);
    let trace =
        caller.unwrap_or_else(|| ulid::Ulid::from_string(&id).map_or(Trace::of(1, 1), |id| Trace::of(id.0, id.0)));
    let span = tracing::info_span!(
        target: HTTP, "request", id = %id, trace = %trace.id, %method, path, tenant = tracing::field::Empty, actor = tracing::field::Empty,
    );
    let begun = Instant::now();
    let api = path.starts_with("/api/");
    let mut response = next.run(request).instrument(span.clone()).await;
    let (status, ms) = (response.status(), u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX));
    let class = usize::from(status.as_u16() / 100).clamp(1, 5) - 1;
    counted.classes[class].fetch_add(1, Ordering::Relaxed);
    counted.ms.fetch_add(ms, Ordering::Relaxed);
    span.in_scope(|| match status.is_server_error() {
        true => tracing::warn!(target: HTTP, status = status.as_u16(), ms, "answered"),
        false => tracing::info!(target: HTTP, status = status.as_u16(), ms, "answered"),
    });
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::X_FRAME_OPTIONS, "DENY");
    set(header::REFERRER_POLICY, "no-referrer");
    set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    // Pages say themselves what they need; nothing else is a page.
    let nothing = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
    set(header::CONTENT_SECURITY_POLICY, nothing);
    if api {
        set(header::CACHE_CONTROL, "no-store");
    }
    let door = shared.door.as_ref();
    if door.is_some_and(|door| door.public().is_some_and(|public| public.https)) {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    if door.is_some_and(|door| door.reach().plain) {
        set(PLAIN, "true");
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_that_are_good_once_are_not_told() {
        assert_eq!(told("/welcome/once_X.secret"), "/welcome/…");
        assert_eq!(told("/api/v1/runs"), "/api/v1/runs");
    }
}
