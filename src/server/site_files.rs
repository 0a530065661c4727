//! `/WW_verify_….txt` and its like: a file that somebody gave, byte for byte, for a system that looks whose our domain is.

use axum::{
    extract::{Request, State},
    http::{HeaderValue, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{Shared, error};

/// Answers for such a file, and lets everything else through.
pub async fn serve(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let name = request.uri().path().trim_start_matches('/');
    if !crate::app::site_files::is_one(name) || !matches!(*request.method(), Method::GET | Method::HEAD) {
        return next.run(request).await;
    }
    match shared.app.site_file(name).await {
        Ok(Some(content)) => {
            let mut response = content.into_response();
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
            response
        }
        Ok(None) => next.run(request).await,
        Err(refused) => error::answer(&refused),
    }
}
