//! `Idempotency-Key` on every POST: what came before is answered as before and does nothing.

use std::sync::Arc;

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use hyper::body::Body as _;
use serde::{Deserialize, Serialize};

use super::{
    body::{MOST_BODY, UPLOAD},
    error,
};
use crate::{
    app::{
        App, AppError, Caller,
        idempotency::{Ended, Known, MOST_ANSWER, Named},
    },
    store::idempotency::Ticket,
};

/// The caller's own name for a call, the same when it is sent again.
pub const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Says that an answer is one of before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// Operations that do nothing but start a run.
const STARTS: [&str; 5] = ["start_run", "import_directory", "import_upload", "retry_run", "plan_retry"];

/// A call that is noted and to be carried out.
pub struct Begun {
    app: App,
    ticket: Ticket,
}

/// An answer as it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    status: u16,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    etag: Option<String>,
    body: String,
}

/// Notes a call that names itself; nothing where it does not. `Err`: the answer, without anything being done.
pub async fn begin(id: &str, caller: &mut Caller, request: &mut Request) -> Result<Option<Begun>, Response> {
    let Some(name) = name(request.method(), request.headers()) else { return Ok(None) };
    let Some(app) = request.extensions().get::<Arc<App>>().map(|app| app.of(&caller.tenant)) else { return Ok(None) };
    let body = if id == UPLOAD {
        // A file is not read as a whole: another one is told by its length.
        let length = request.headers().get(header::CONTENT_LENGTH);
        length.map(|length| Bytes::copy_from_slice(length.as_bytes())).unwrap_or_default()
    } else {
        let body = std::mem::take(request.body_mut());
        let Ok(body) = to_bytes(body, MOST_BODY).await else {
            let refused = AppError::invalid("body_too_large").arg("most", (MOST_BODY >> 10).to_string());
            return Err(error::answer_as(&refused, Some(StatusCode::PAYLOAD_TOO_LARGE)));
        };
        *request.body_mut() = Body::from(body.clone());
        body
    };
    let operation = format!("{} {}", request.method(), request.uri());
    let named = Named { name: &name, operation: &operation, body: &body, starts: STARTS.contains(&id) };
    match app.once(caller, &named).await {
        Ok(Known::New(ticket)) => {
            caller.ticket = Some(ticket.clone());
            Ok(Some(Begun { app, ticket }))
        }
        Ok(Known::Answered(text)) => {
            Err(again(serde_json::from_str(&text).unwrap_or(Kept { status: 200, etag: None, body: "{}".into() })))
        }
        Ok(Known::Started(run)) => {
            Err(again(Kept { status: 200, etag: None, body: serde_json::to_string(&run).unwrap_or_default() }))
        }
        Err(refused) => Err(error::answer(&refused)),
    }
}

fn name(method: &Method, headers: &HeaderMap) -> Option<String> {
    let name = headers.get(KEY).filter(|_| *method == Method::POST)?;
    let name = String::from_utf8_lossy(name.as_bytes()).trim().to_string();
    Some(name).filter(|name| !name.is_empty())
}

/// An answer of before.
fn again(kept: Kept) -> Response {
    let status = StatusCode::from_u16(kept.status).unwrap_or(StatusCode::OK);
    let mut response = (status, kept.body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
    if let Some(tag) = kept.etag.and_then(|tag| HeaderValue::from_str(&tag).ok()) {
        headers.insert(header::ETAG, tag);
    }
    response
}

impl Begun {
    /// Notes what was answered, and gives it on. `part`: something is kept of it, whatever was answered.
    pub async fn end(self, response: Response, part: bool) -> Response {
        let (good, failed) = (response.status().is_success(), response.status().is_server_error());
        let (response, kept) = if good { keep(response).await } else { (response, None) };
        let ended = match (good, failed) {
            (true, _) => Ended::Done(kept.as_deref()),
            (_, true) => Ended::Unknown,
            _ if part => Ended::Unknown,
            _ => Ended::Refused,
        };
        if let Err(error) = self.app.once_ended(&self.ticket, ended).await {
            tracing::warn!(%error, "whoever repeats this call is not told how it was answered");
        }
        response
    }
}

/// The answer, and the text that is kept of it, if any is.
async fn keep(response: Response) -> (Response, Option<String>) {
    let (head, body) = response.into_parts();
    // What is long, is a file or makes a session is not kept; that it was done is.
    let json =
        head.headers.get(header::CONTENT_TYPE).is_some_and(|media| media.as_bytes().starts_with(b"application/json"));
    let short = json && body.size_hint().exact().is_some_and(|length| length <= MOST_ANSWER as u64);
    if !short || head.headers.contains_key(header::SET_COOKIE) {
        return (Response::from_parts(head, body), None);
    }
    let bytes = to_bytes(body, MOST_ANSWER).await.unwrap_or_default();
    let kept = Kept {
        status: head.status.as_u16(),
        etag: head.headers.get(header::ETAG).and_then(|tag| tag.to_str().ok()).map(Into::into),
        body: String::from_utf8_lossy(&bytes).into_owned(),
    };
    (Response::from_parts(head, Body::from(bytes)), serde_json::to_string(&kept).ok())
}
