//! The web console: the files that the browser loads, as they were built into the program, and the page that says how to get
//! them where they were not.
//!
//! Names below `/assets/` contain a hash of what they hold, so browsers keep them for good, and one that is not there is never
//! answered with a page: a tab that was opened before an upgrade has to notice. Everything else that belongs to nobody is a page
//! of the console, which has its own idea of addresses.

mod files;
mod unbuilt;

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};

pub use files::Site;

use super::error;
use crate::app::{AppError, proof::random};

/// Where the nonce of an answer stands in the page as it was built.
const NONCE: &str = "__NONCE__";
/// The page that every address of the console begins with.
const PAGE: &str = "index.html";
/// First parts of addresses that are no pages: there somebody expects an answer for programs, or a file of their own.
const NO_PAGES: [&str; 7] = ["api", "hooks", "callbacks", "oauth", "metrics", "healthz", "readyz"];

/// An address that nothing else has answered.
pub async fn serve(State(site): State<Site>, method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    if !is_a_page(path) {
        return error::answer(&AppError::not_found("route_unknown"));
    }
    if !matches!(method, Method::GET | Method::HEAD) {
        let refused = AppError::not_found("method_unknown");
        return error::answer_as(&refused, Some(StatusCode::METHOD_NOT_ALLOWED));
    }
    let zipped = accepts_gzip(&headers);
    if let Some(name) = path.strip_prefix("assets/") {
        return match site.file(&format!("assets/{name}"), zipped) {
            Some(file) => file_answer(path, file, "public, max-age=31536000, immutable"),
            None => error::answer(&AppError::not_found("route_unknown")),
        };
    }
    // Icons and the like have no hash in their names.
    match site.file(path, zipped).filter(|_| path != PAGE) {
        Some(file) => file_answer(path, file, "public, max-age=3600"),
        None => page(&site).unwrap_or_else(|| unbuilt::answer(path.is_empty(), error::is_chinese(&headers))),
    }
}

/// The page of the console, where it was built.
#[must_use]
pub fn page(site: &Site) -> Option<Response> {
    let built = site.file(PAGE, false)?;
    let nonce = random(16);
    let text = String::from_utf8_lossy(&built.bytes).replace(NONCE, &nonce);
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; font-src 'self'; \
         connect-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    let mut response = text.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    // Kept, it would be shown again beside a policy that names another nonce.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    Some(response)
}

fn file_answer(path: &str, file: files::File, kept: &'static str) -> Response {
    let mut response = Response::new(Body::from(file.bytes));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(files::media_type(path)));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(kept));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if file.zipped {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

/// Whether an address belongs to the console.
fn is_a_page(path: &str) -> bool {
    let first = path.split('/').next().unwrap_or_default();
    // WeCom looks for such a file at the top, to see whose the domain is.
    let verifies = path.starts_with("WW_verify_");
    !NO_PAGES.contains(&first) && !verifies
}

/// Whether the browser unpacks gzip.
fn accepts_gzip(headers: &HeaderMap) -> bool {
    let given = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    given.flat_map(|line| line.split(',')).any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let weight = parts.find_map(|part| part.strip_prefix("q=")).unwrap_or("1");
        name.eq_ignore_ascii_case("gzip") && weight.parse::<f32>().is_ok_and(|weight| weight > 0.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_browsers_unpack() {
        for (given, taken) in [
            ("gzip", true),
            ("deflate, GZIP;q=0.5, br", true),
            ("gzip; q=0", false),
            ("gzip;q=x", false),
            ("br", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, given.parse().unwrap());
            assert_eq!(accepts_gzip(&headers), taken, "{given}");
        }
        assert!(!accepts_gzip(&HeaderMap::new()));
    }

    #[test]
    fn addresses_of_the_console() {
        for page in ["", "w/default/runs", "apis", "hooksmith", "welcome/abc", "api.html"] {
            assert!(is_a_page(page), "{page}");
        }
        for other in ["api", "api/v2/runs", "hooks/a/b", "metrics", "callbacks/1", "oauth/wecom/1", "WW_verify_x.txt"] {
            assert!(!is_a_page(other), "{other}");
        }
    }
}
