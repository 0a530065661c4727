//! The HTTP API under `/api/v1`: one line for each route. The command line uses nothing else, whether a server runs or the
//! router is called in the same process.
//!
//! Every call needs the token that the server notes beside its address in the data folder; the address is a loopback one.

pub mod api;
pub mod error;
mod hooks;
pub mod note;

use std::sync::Arc;

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    http::{StatusCode, header},
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
    /// The token that callers show.
    pub token: Arc<str>,
}

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
        .layer(middleware::from_fn_with_state(shared.clone(), authorise))
        .layer(DefaultBodyLimit::max(4 << 20))
        .with_state(shared.clone());
    let hooks = Router::new()
        .route("/{tenant}/{*path}", post(hooks::call))
        .layer(DefaultBodyLimit::max(crate::app::hooks::MOST_BYTES))
        .with_state(shared.clone());
    Router::new().nest("/api/v1", api).nest("/hooks", hooks).route("/healthz", get(health)).with_state(shared)
}

/// `ok`, and on a second line what somebody should look after.
async fn health(State(shared): State<Shared>) -> String {
    match disk_warning(&shared.app.disk()) {
        Some(warning) => format!("ok\nwarning: {warning}\n"),
        None => "ok".into(),
    }
}

async fn unknown() -> Response {
    error::answer(&crate::app::AppError::not_found("there is no such route"))
}

/// Refuses callers without the token. The comparison takes the same time for every wrong token of the right length.
async fn authorise(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let given = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given = given.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    let same = given.len() == shared.token.len()
        && given.bytes().zip(shared.token.bytes()).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0;
    if same {
        next.run(request).await
    } else {
        let body = serde_json::json!({"error": {"message": "the token is missing or wrong",
            "hint": "the token stands in server.json of the data folder"}});
        (StatusCode::UNAUTHORIZED, axum::Json(body)).into_response()
    }
}
