//! `/hooks/{tenant}/{path}`: webhooks. No token of ours: each address has its own secret.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{Shared, error};
use crate::app::hooks;

/// Starts a run; answers 202 once it is on disk.
pub async fn call(
    State(shared): State<Shared>,
    Path((tenant, path)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let get = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let signature = get("x-idflow-signature").or_else(|| get("x-hub-signature-256"));
    let shown = hooks::Shown {
        signature: signature.map(|value| value.strip_prefix("sha256=").unwrap_or(value)),
        token: get(header::AUTHORIZATION.as_str()).and_then(|value| value.strip_prefix("Bearer ")),
    };
    match shared.app.call_hook(&tenant, &path, shown, &body).await {
        Ok(run) => (StatusCode::ACCEPTED, Json(json!({"run": run.to_string()}))).into_response(),
        Err(refused) => error::answer(&refused),
    }
}
