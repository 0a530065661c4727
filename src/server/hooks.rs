//! `/hooks/{tenant}/{path}`: webhooks. No token of ours: each address has its own secret.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{Shared, error};
use crate::{
    contract::trigger::TakenCall,
    trigger::webhook::{Taken, verify::Shown},
};

/// Starts a run; answers 202 once it is on disk, and 200 when this call has started one before.
pub async fn call(
    State(shared): State<Shared>,
    Path((tenant, path)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let get = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let shown = Shown {
        signature: get("x-idflow-signature").or_else(|| get("x-hub-signature-256")),
        token: get(header::AUTHORIZATION.as_str()).and_then(|value| value.strip_prefix("Bearer ")),
        name: get("idempotency-key"),
    };
    match shared.app.call_hook(&tenant, &path, shown, &body).await {
        Ok(Taken { run, repeated }) => {
            let status = if repeated { StatusCode::OK } else { StatusCode::ACCEPTED };
            (status, Json(TakenCall { run, repeated })).into_response()
        }
        Err(refused) => error::in_language(error::answer(&refused), error::is_chinese(&headers)),
    }
}
