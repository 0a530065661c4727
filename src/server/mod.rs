//! The HTTP API under `/api/v1`: one line for each route. The command line uses nothing else, whether a server runs or the
//! router is called in the same process.
//!
//! The address is a loopback one. Whoever calls and whoever answers prove to each other that they can read the key of the data
//! folder ([`handshake`]) before anything else is said; calls inside one process prove nothing ([`Inside`]).

pub mod api;
pub mod error;
pub mod handshake;
mod hooks;
pub mod listen;
pub mod note;

use std::{sync::Arc, time::Duration};

use axum::{
    Json, Router,
    body::{Body, to_bytes},
    extract::{DefaultBodyLimit, Request, State},
    http::{HeaderMap, StatusCode, header, uri::Authority},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};

use crate::app::{App, kept::disk_warning};
use api::{connections, directory, export, matching, removals, runs, store, templates, workflows};

/// What handlers share.
#[derive(Clone)]
pub struct Shared {
    /// The application.
    pub app: Arc<App>,
    /// Who may call over the network; without one only [`Inside`] calls are answered.
    pub door: Option<Arc<handshake::Doorkeeper>>,
}

/// Marks a call that comes from this process. It is no header, so nobody outside can set it.
#[derive(Debug, Clone, Copy)]
pub struct Inside;

/// The largest body of a call of the API.
const MOST_BODY: usize = 4 << 20;
/// How long the body of a request may take.
const BODY: Duration = Duration::from_secs(30);

/// The routes.
pub fn router(shared: Shared) -> Router {
    let api = Router::new()
        .route("/connections", get(connections::list).post(connections::put))
        .route("/connections/{name}", get(connections::show).delete(connections::remove))
        .route("/connectors/{name}/settings", get(connections::settings))
        .route("/connections/{name}/test", post(connections::test))
        .route("/directory", get(directory::show))
        .route("/directory/import", post(directory::import))
        .route("/links", get(matching::links))
        .route("/links/add", post(matching::add))
        .route("/links/move", post(matching::move_to))
        .route("/links/remove", post(matching::remove))
        .route("/matching", get(matching::matching))
        .route("/matching/decisions", post(matching::decide))
        .route("/templates", get(templates::list))
        .route("/templates/{id}", get(templates::show))
        .route("/workflows", get(workflows::list).post(workflows::create))
        .route("/workflows/{id}", get(workflows::one))
        .route("/workflows/{id}/activate", post(workflows::activate))
        .route("/workflows/{id}/pause", post(workflows::pause))
        .route("/workflows/{id}/archive", post(workflows::archive))
        .route("/workflows/{id}/text", get(workflows::text))
        .route("/workflows/{id}/graph", get(workflows::graph))
        .route("/workflows/{id}/hooks", get(workflows::hooks).post(workflows::new_hook_secret))
        .route("/workflows/{id}/runs", post(runs::start))
        .route("/runs", get(runs::list))
        .route("/runs/{id}", get(runs::show))
        .route("/runs/{id}/items", get(runs::items))
        .route("/runs/{id}/calls", get(runs::calls))
        .route("/runs/{id}/plan", get(runs::plan))
        .route("/runs/{id}/approve", post(runs::approve))
        .route("/runs/{id}/reject", post(runs::reject))
        .route("/runs/{id}/cancel", post(runs::cancel))
        .route("/runs/{id}/pause", post(runs::pause))
        .route("/runs/{id}/resume", post(runs::resume))
        .route("/runs/{id}/retry", get(runs::retry_preview).post(runs::retry))
        .route("/runs/{id}/retry/plan", post(runs::plan_retry))
        .route("/runs/{id}/pin", post(runs::pin))
        .route("/runs/{id}/export", get(export::export))
        .route("/removals", get(removals::list))
        .route("/removals/approve", post(removals::approve))
        .route("/removals/keep", post(removals::keep))
        .route("/failures", get(store::failures))
        .route("/store", get(store::disk))
        .route("/store/sizes", get(store::sizes))
        .route("/store/prune", post(store::prune))
        .fallback(unknown)
        .layer(DefaultBodyLimit::max(MOST_BODY))
        .layer(middleware::from_fn(read_body::<MOST_BODY>))
        .layer(middleware::from_fn_with_state(shared.clone(), authorise))
        .merge(Router::new().route("/hello", get(hello)))
        .with_state(shared.clone());
    let hooks = Router::new()
        .route("/{tenant}/{*path}", post(hooks::call))
        .layer(middleware::from_fn(read_body::<{ crate::app::hooks::MOST_BYTES }>))
        .with_state(shared.clone());
    Router::new().nest("/api/v1", api).nest("/hooks", hooks).route("/healthz", get(health)).with_state(shared)
}

/// `ok`, or `degraded` when work in the background is not done as it should be; then a line for each thing that somebody should
/// look after. Whoever asks has proved nothing, so it tells of this program and never of the company.
async fn health(State(shared): State<Shared>) -> String {
    let troubles = shared.app.background().troubles();
    let mut lines = vec![if troubles.is_empty() { "ok".to_string() } else { "degraded".into() }];
    lines.extend(troubles.into_iter().chain(disk_warning(&shared.app.disk())).map(|text| format!("warning: {text}")));
    if lines.len() > 1 {
        lines.push(String::new());
    }
    lines.join("\n")
}

async fn unknown() -> Response {
    error::answer(&crate::app::AppError::not_found("there is no such route"))
}

/// Reads a body as a whole, in bounded time, before anything is done with it.
async fn read_body<const MOST: usize>(request: Request, next: Next) -> Response {
    let (head, body) = request.into_parts();
    let body = match tokio::time::timeout(BODY, to_bytes(body, MOST)).await {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => {
            let message = format!("the body is broken off, or larger than {} KB", MOST >> 10);
            return refuse(StatusCode::PAYLOAD_TOO_LARGE, &message, None);
        }
        Err(_) => return refuse(StatusCode::REQUEST_TIMEOUT, "the body did not come in time", None),
    };
    next.run(Request::from_parts(head, Body::from(body))).await
}

/// Proves to a caller who this is, see [`handshake`]. Nothing of the caller is known yet.
async fn hello(State(shared): State<Shared>, headers: HeaderMap) -> Response {
    let asked = headers.get(handshake::NONCE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match shared.door.and_then(|door| door.hello(asked)) {
        Some(hello) => Json(hello).into_response(),
        None => refuse(StatusCode::BAD_REQUEST, "`Idflow-Nonce` is missing: 64 hex digits", None),
    }
}

/// Refuses callers that have not proved themselves, and those who think that they speak to somebody else: a page in a
/// browser whose name was made to lead here.
async fn authorise(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    match refusal(&shared, &request) {
        Some(refused) => refused,
        None => next.run(request).await,
    }
}

fn refusal(shared: &Shared, request: &Request) -> Option<Response> {
    if request.extensions().get::<Inside>().is_some() {
        return None;
    }
    let header = |name: header::HeaderName| request.headers().get(name).and_then(|value| value.to_str().ok());
    if !header(header::HOST).is_some_and(is_this_machine) {
        let message = "the API answers at 127.0.0.1, [::1] and localhost only, and the request names another host";
        let hint = "use the address in server.json of the data folder";
        return Some(refuse(StatusCode::MISDIRECTED_REQUEST, message, Some(hint)));
    }
    let given = header(header::AUTHORIZATION).unwrap_or_default();
    let known = shared.door.as_ref().is_some_and(|door| door.knows(given));
    (!known).then(|| {
        let message = "the caller has not proved that it can read the data folder, or the proof is too old";
        refuse(StatusCode::UNAUTHORIZED, message, Some("ask /api/v1/hello first; docs/guide/scripting.md shows how"))
    })
}

fn is_this_machine(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else { return false };
    let name = authority.host().trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// A refusal of the server itself.
fn refuse(status: StatusCode, message: &str, hint: Option<&str>) -> Response {
    (status, Json(serde_json::json!({"error": {"message": message, "hint": hint}}))).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_this_machine() {
        for host in ["127.0.0.1", "127.0.0.1:80", "localhost:1", "LOCALHOST", "[::1]:99", "127.9.9.9"] {
            assert!(is_this_machine(host), "{host}");
        }
        for host in ["", "example.com", "127.0.0.1.example.com", "localhost.example.com:80", "10.0.0.1", "0.0.0.0"] {
            assert!(!is_this_machine(host), "{host}");
        }
    }
}
