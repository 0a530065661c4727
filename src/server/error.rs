//! Refusals to HTTP: the only place that knows status codes. A refusal is `application/problem+json` (RFC 9457) in the
//! language that the caller accepts, and in both.

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::{
    app::{AppError, error::RefusalKind},
    contract::problem::{Refusal, Text},
};

/// The media type of refusals.
pub const PROBLEM: &str = "application/problem+json";

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

/// The status of a kind of refusal, and what such refusals are called.
fn status(kind: RefusalKind) -> (StatusCode, &'static str, &'static str) {
    match kind {
        RefusalKind::Invalid => (StatusCode::UNPROCESSABLE_ENTITY, "请求有误", "What was sent is wrong"),
        RefusalKind::NotFound => (StatusCode::NOT_FOUND, "没有找到", "Not found"),
        RefusalKind::Conflict => (StatusCode::CONFLICT, "目前不能这样做", "Not possible as things are now"),
        RefusalKind::Stale => (StatusCode::PRECONDITION_FAILED, "已被别人改动", "Changed since it was read"),
        RefusalKind::Unknown => (StatusCode::UNAUTHORIZED, "需要登录", "Nobody knows who is calling"),
        RefusalKind::Refused => (StatusCode::FORBIDDEN, "没有权限", "Not permitted"),
        RefusalKind::TooMany { .. } => (StatusCode::TOO_MANY_REQUESTS, "请求太多", "Too many requests"),
        RefusalKind::Unavailable | RefusalKind::InUse => {
            (StatusCode::SERVICE_UNAVAILABLE, "服务暂不可用", "Out of service")
        }
    }
}

/// The statuses with which a request can be refused.
#[must_use]
pub fn statuses() -> Vec<StatusCode> {
    let many = RefusalKind::TooMany { after_secs: 1 };
    let kinds = [
        RefusalKind::Unknown,
        RefusalKind::Refused,
        RefusalKind::NotFound,
        RefusalKind::Conflict,
        RefusalKind::Stale,
        RefusalKind::Invalid,
        many,
        RefusalKind::Unavailable,
    ];
    kinds.into_iter().map(|kind| status(kind).0).collect()
}

/// Whether a caller would rather read Chinese: the language with the highest weight of `Accept-Language` decides, of equal
/// ones the first.
#[must_use]
pub fn is_chinese(headers: &HeaderMap) -> bool {
    let given = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut best: Option<(f32, bool)> = None;
    for range in given.split(',') {
        let (tag, weight) = range.split_once(";q=").unwrap_or((range, "1"));
        let language = tag.trim().split('-').next().unwrap_or_default().to_ascii_lowercase();
        let Ok(weight) = weight.trim().parse::<f32>() else { continue };
        let chinese = language == "zh";
        if weight > 0.0 && (chinese || language == "en") && best.is_none_or(|(highest, _)| weight > highest) {
            best = Some((weight, chinese));
        }
    }
    best.is_some_and(|(_, chinese)| chinese)
}

/// A refusal as the contract has it, in the caller's language.
#[must_use]
pub fn refusal(error: &AppError, chinese: bool) -> Refusal {
    let (status, zh, en) = status(error.kind);
    let issue = error.issue();
    let pick = |text: &Text| if chinese { text.zh.clone() } else { text.en.clone() };
    Refusal {
        about: "about:blank".into(),
        title: if chinese { zh } else { en }.into(),
        status: status.as_u16(),
        code: issue.code.clone(),
        detail: pick(&issue.reason),
        errors: error.errors(),
        reason: issue.reason,
        hint: issue.hint,
        owner: issue.owner,
        next: issue.next,
        findings: error.findings.clone(),
        cause: error.cause.clone(),
    }
}

/// A refusal on its way out: the language is chosen where the request is known.
#[derive(Clone)]
struct Refused(std::sync::Arc<AppError>, Option<StatusCode>);

/// A refusal as a response, in English until [`in_language`] has seen it.
#[must_use]
pub fn answer(error: &AppError) -> Response {
    answer_as(error, None)
}

/// The code of a refusal on its way out.
#[must_use]
pub fn code_of(response: &Response) -> Option<&str> {
    response.extensions().get::<Refused>().map(|refused| &*refused.0.problem.code)
}

/// The same with a status of its own, for what only a server refuses.
#[must_use]
pub fn answer_as(error: &AppError, status: Option<StatusCode>) -> Response {
    let mut response = write(error, status, false);
    response.extensions_mut().insert(Refused(std::sync::Arc::new(error.clone()), status));
    response
}

fn write(error: &AppError, other: Option<StatusCode>, chinese: bool) -> Response {
    let mut refusal = refusal(error, chinese);
    refusal.status = other.map_or(refusal.status, |status| status.as_u16());
    let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = serde_json::to_vec(&refusal).unwrap_or_default();
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM));
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(if chinese { "zh" } else { "en" }));
    headers.insert(header::VARY, HeaderValue::from_static("accept-language"));
    if let RefusalKind::TooMany { after_secs } = error.kind {
        headers.insert(header::RETRY_AFTER, after_secs.into());
    }
    response
}

/// The response in the language of the caller.
#[must_use]
pub fn in_language(response: Response, chinese: bool) -> Response {
    match response.extensions().get::<Refused>() {
        Some(Refused(error, status)) if chinese => write(error, *status, true),
        _ => response,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_of_the_caller() {
        for (given, chinese) in [
            ("", false),
            ("zh", true),
            ("zh-CN,zh;q=0.9,en;q=0.8", true),
            ("en-GB,zh;q=0.5", false),
            ("en;q=0.2, zh;q=0.3", true),
            ("fr, zh;q=0.1", true),
            ("zh;q=0, en", false),
            (";;;,q=", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_str(given).unwrap());
            assert_eq!(is_chinese(&headers), chinese, "{given}");
        }
    }
}
