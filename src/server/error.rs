//! Refusals to HTTP: the only place that knows status codes.

use axum::{
    Json,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::app::{AppError, error::Kind};

/// What handlers answer with when the application refuses.
#[derive(Debug)]
pub struct ApiError(pub AppError);

impl<E: Into<AppError>> From<E> for ApiError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        answer(&self.0)
    }
}

/// A refusal as a response.
#[must_use]
pub fn answer(error: &AppError) -> Response {
    let status = match error.kind {
        Kind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::Refused => StatusCode::FORBIDDEN,
        Kind::Conflict => StatusCode::CONFLICT,
        Kind::Unavailable | Kind::InUse => StatusCode::SERVICE_UNAVAILABLE,
        Kind::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
    };
    let body = json!({"error": {"message": error.message, "hint": error.hint, "details": error.details}});
    let mut response = (status, Json(body)).into_response();
    if let Kind::TooMany { after_secs } = error.kind {
        response.headers_mut().insert(header::RETRY_AFTER, after_secs.into());
    }
    response
}
