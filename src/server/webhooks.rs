//! `/hooks/{tenant}/{path}`: webhooks. No token of ours: each address has its own secret.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, RawQuery, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{Shared, error};
use crate::{
    contract::{run::Status, trigger::TakenCall},
    trigger::webhook::{Answer, Taken, verify::Presented},
};

/// The header of an answer that has another body.
const RUN: &str = "x-idflow-run";

/// Starts a run; answers 202 once it is on disk, and 200 when this call has started one before, unless the address says
/// otherwise.
pub async fn call(
    State(shared): State<Shared>,
    Path((tenant, path)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let get = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let query: Vec<(String, String)> = form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    let all: Vec<(String, String)> = headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str().to_string(), value.to_str().ok()?.to_string())))
        .collect();
    let shown = Presented {
        signature: get("x-idflow-signature").or_else(|| get("x-hub-signature-256")),
        authorization: get(header::AUTHORIZATION.as_str()),
        name: get("idempotency-key"),
        method: method.as_str(),
        query: &query,
        headers: &all,
    };
    match shared.app.call_hook(&tenant, &path, shown, &body).await {
        Ok(Taken { run, repeated, answer }) => {
            let status = match (answer.wait, &run) {
                (Some(wait), Some(run)) => shared.app.end_of_hook(&tenant, run, wait).await,
                _ => None,
            };
            let waits = answer.wait.is_some();
            let good = match status {
                Some(status) => matches!(status, Status::Succeeded | Status::SucceededNoChange),
                None => !waits,
            };
            answered(TakenCall { run, status, repeated }, answer, good)
        }
        Err(refused) => error::in_language(error::answer(&refused), error::is_chinese(&headers)),
    }
}

/// `good`: the run has come as far as the address wants; only then its own status and body are answered.
fn answered(call: TakenCall, answer: Answer, good: bool) -> Response {
    let usual = match (call.status, call.repeated) {
        // It is over, and not well.
        (Some(Status::Failed | Status::Partial | Status::Cancelled), _) => StatusCode::INTERNAL_SERVER_ERROR,
        (Some(Status::Succeeded | Status::SucceededNoChange), _) => StatusCode::OK,
        (Some(_), _) => StatusCode::ACCEPTED,
        (None, true) => StatusCode::OK,
        (None, false) => StatusCode::ACCEPTED,
    };
    let status = answer.status.filter(|_| good).and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or(usual);
    let Some(reply) = answer.reply.filter(|_| good) else { return (status, Json(call)).into_response() };
    let kind = match serde_json::from_str::<serde_json::Value>(&reply) {
        Ok(_) => "application/json",
        Err(_) => "text/plain; charset=utf-8",
    };
    let mut response = (status, [(header::CONTENT_TYPE, kind)], reply).into_response();
    if let Some(run) = call.run.as_deref().and_then(|run| HeaderValue::from_str(run).ok()) {
        response.headers_mut().insert(RUN, run);
    }
    response
}
