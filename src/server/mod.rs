//! The HTTP API under `/api/v1`; its operations stand in [`routes`], one line each. The command line uses nothing else for
//! what it does with runs, workflows, connections and the directory, whether a server runs or the router is called in the
//! same process; what it does with files and with a store that nobody uses needs no API.
//!
//! The address is a loopback one. Whoever calls and whoever answers prove to each other that they can read the key of the data
//! folder ([`handshake`]) before anything else is said; calls inside one process prove nothing ([`Inside`]).

pub mod api;
pub mod auth;
mod body;
mod callbacks;
pub mod console;
mod described;
mod envelope;
pub mod error;
mod extract;
pub mod handshake;
mod idempotency;
pub mod listen;
mod metrics;
pub mod note;
mod oauth;
pub mod openapi;
pub mod reach;
mod record;
mod reference;
pub mod routes;
mod shared;
mod site_files;
mod slow_takers;
pub mod summaries_zh;
mod tags;
mod third_app;
pub mod tls;
mod webhooks;
mod welcome;

pub use shared::{Inside, Shared};

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, StatusCode},
    middleware,
    response::{IntoResponse, Response},
    routing::{any, get, post},
};

use crate::app::{
    AppError,
    retention::{Closed, disk_warning},
};

use body::{MOST_BODY, MOST_GUEST_BODY, read_body, take_in_the_rest};

/// The routes, with the console as it was built into the program.
pub fn router(shared: Shared) -> Router {
    router_with(shared, console::Site::default())
}

/// The routes, with this console.
pub fn router_with(shared: Shared, site: console::Site) -> Router {
    let counted = Arc::<envelope::Counted>::default();
    let routes::Routers { known, files, guests } = routes::routers();
    let api: Router = known
        .fallback(unknown)
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(MOST_BODY))
        .layer(middleware::from_fn(read_body::<MOST_BODY>))
        .layer(middleware::from_fn_with_state(shared.clone(), auth::authorise))
        .merge(
            files
                .layer(DefaultBodyLimit::disable())
                .layer(middleware::from_fn_with_state(shared.clone(), auth::authorise)),
        )
        .merge(
            // What somebody may ask who has proved nothing is small.
            guests
                .layer(DefaultBodyLimit::max(MOST_GUEST_BODY))
                .layer(middleware::from_fn(read_body::<MOST_GUEST_BODY>)),
        )
        .layer(middleware::from_fn_with_state(shared.clone(), auth::known_site))
        .layer(middleware::from_fn(auth::language))
        .merge(Router::new().route("/hello", get(hello)))
        .with_state(shared.clone());
    let hooks = Router::new()
        .route("/{tenant}/{*path}", any(webhooks::call))
        .layer(middleware::from_fn(read_body::<{ crate::trigger::webhook::MOST_BYTES }>))
        .with_state(shared.clone());
    let callbacks = Router::new()
        .route("/{id}", get(callbacks::first).post(callbacks::first))
        .route("/{id}/{receiver}", get(callbacks::named).post(callbacks::named))
        .route("/provider/{id}/{grant}", get(callbacks::of_provider).post(callbacks::of_provider))
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn(read_body::<{ crate::app::callbacks::MOST_BYTES }>))
        .with_state(shared.clone());
    let welcome = Router::new()
        .route("/welcome/{code}", get(welcome::show).with_state(site.clone()).post(welcome::enter))
        .layer(middleware::from_fn(read_body::<MOST_GUEST_BODY>))
        .layer(middleware::from_fn_with_state(shared.clone(), auth::known_site))
        .with_state(shared.clone());
    let oauth = Router::new()
        .route("/wecom/{id}/start", get(oauth::begin_wecom))
        .route("/wecom/{id}/back", get(oauth::back_from_wecom))
        .route("/oidc/start", get(oauth::begin_oidc))
        .route("/oidc/back", get(oauth::back_from_oidc))
        .route("/oidc/end", get(oauth::end_oidc))
        .layer(middleware::from_fn_with_state(shared.clone(), auth::known_site))
        .with_state(shared.clone());
    let pages = Router::new()
        .fallback(console::serve)
        .layer(middleware::from_fn_with_state(shared.clone(), site_files::serve))
        .layer(middleware::from_fn_with_state(shared.clone(), auth::known_site))
        .layer(middleware::from_fn(auth::language))
        .with_state(site);
    Router::new()
        .merge(welcome)
        .nest("/api/v1", api.clone().with_state(()))
        .nest("/hooks", hooks)
        .nest("/callbacks", callbacks)
        .nest("/oauth", oauth)
        .route("/api", get(reference::show))
        .route(reference::STYLE_PATH, get(reference::style))
        .route("/api/openapi.json", get(openapi::serve))
        .route("/healthz", get(health))
        .route("/readyz", get(metrics::ready))
        .with_state(shared.clone())
        .merge(
            Router::new()
                .route(third_app::PATH, post(third_app::send).with_state((api, shared.app.clone())))
                .layer(middleware::from_fn(read_body::<MOST_GUEST_BODY>)),
        )
        .route("/metrics", get(metrics::metrics).with_state((shared.clone(), counted.clone())))
        .fallback_service(pages)
        .layer(middleware::from_fn(take_in_the_rest))
        .layer(middleware::from_fn_with_state((shared, counted), envelope::wrap))
}

/// `ok`, or `degraded` when work in the background is not done as it should be, or `closed`, with status 503, when the store
/// takes nothing any more; then a line for each thing that somebody should look after. Whoever asks has proved nothing, so it
/// tells of this program and never of the company.
async fn health(State(shared): State<Shared>) -> (StatusCode, String) {
    let troubles = shared.app.background().troubles();
    let closed = shared.app.closed();
    let (status, word) = match (&closed, troubles.is_empty()) {
        (Some(_), _) => (StatusCode::SERVICE_UNAVAILABLE, "closed"),
        (None, true) => (StatusCode::OK, "ok"),
        (None, false) => (StatusCode::OK, "degraded"),
    };
    let mut lines = vec![word.to_string()];
    lines.extend(closed.map(|closed| {
        let then = match closed {
            Closed::ForNow => "make room on the disk: this process ends then, with an error, to be started anew",
            Closed::Damaged => "stop it and look into the log",
        };
        format!("warning: the store is closed, nothing is read or written; {then}")
    }));
    lines.extend(
        troubles
            .into_iter()
            .chain(disk_warning(shared.app.disk().as_ref()).map(|text| text.en))
            .map(|text| format!("warning: {text}")),
    );
    if lines.len() > 1 {
        lines.push(String::new());
    }
    (status, lines.join("\n"))
}

async fn unknown() -> Response {
    error::answer(&AppError::not_found("route_unknown"))
}

/// Proves to a caller who this is, see [`handshake`]. Nothing of the caller is known yet.
async fn hello(State(shared): State<Shared>, headers: HeaderMap) -> Response {
    let asked = headers.get(handshake::NONCE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match shared.door.and_then(|door| door.hello(asked)) {
        Some(hello) => Json(hello).into_response(),
        None => error::answer_as(&AppError::invalid("nonce_missing"), Some(StatusCode::BAD_REQUEST)),
    }
}

async fn wrong_method() -> Response {
    error::answer_as(&AppError::not_found("method_unknown"), Some(StatusCode::METHOD_NOT_ALLOWED))
}
