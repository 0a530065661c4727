//! How large may the body of a call be, and how long may it take?

use std::time::Duration;

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::StatusCode,
    middleware::Next,
    response::Response,
};

use super::error;
use crate::app::AppError;

/// The largest body of a call of the API.
pub(super) const MOST_BODY: usize = 4 << 20;
/// The largest body of somebody who has proved nothing.
pub(super) const MOST_GUEST_BODY: usize = 16 << 10;
/// How long the body of a request may take.
const BODY: Duration = Duration::from_secs(30);

/// Reads a body as a whole, in bounded time, before anything is done with it.
pub(super) async fn read_body<const MOST: usize>(request: Request, next: Next) -> Response {
    let (head, body) = request.into_parts();
    let body = match tokio::time::timeout(BODY, to_bytes(body, MOST)).await {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => {
            let refused = AppError::invalid("body_too_large").arg("most", (MOST >> 10).to_string());
            return error::answer_as(&refused, Some(StatusCode::PAYLOAD_TOO_LARGE));
        }
        Err(_) => {
            return error::answer_as(&AppError::invalid("body_slow"), Some(StatusCode::REQUEST_TIMEOUT));
        }
    };
    next.run(Request::from_parts(head, Body::from(body))).await
}

/// The operation that takes a file of any size; its body is not read as a whole.
pub(super) const UPLOAD: &str = "upload_file";
