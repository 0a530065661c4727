//! `/oauth/…`: where a browser begins a sign-in by another system, and where it comes back to. Both are pages, because a
//! browser is sent here from elsewhere; nothing of the API is behind them. What went wrong is told on a page, and nobody is
//! signed in.

use axum::{
    extract::{Path, Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{
    Shared,
    auth::{cookie, guest::Guest},
    error,
    welcome::{escaped, page},
};
use crate::app::{
    AppError,
    accounts::ways::{Back, Begin, Entered, Gave, Returned, Sent},
};

/// How long a browser keeps what it needs to come back, in seconds.
const KEPT: i64 = 600;

/// Sends a browser to WeCom.
pub async fn begin_wecom(
    State(shared): State<Shared>,
    guest: Guest,
    Path(id): Path<String>,
    Query(begin): Query<Begin>,
    headers: HeaderMap,
) -> Response {
    let chinese = error::is_chinese(&headers);
    let page = |path: &str| address(&shared, path);
    let sent = guest.app.begin_wecom(&id, &begin, &guest.origin, chinese, page).await;
    sent_on(&guest, sent, chinese)
}

/// Takes a browser that comes back from WeCom.
pub async fn back_from_wecom(
    guest: Guest,
    Path(id): Path<String>,
    Query(back): Query<Back>,
    headers: HeaderMap,
) -> Response {
    let kept = cookie::read(&headers, &guest.attempt()).map(ToString::to_string);
    let chinese = error::is_chinese(&headers);
    match guest.app.back_from_wecom(&id, &back, kept.as_deref(), &guest.origin).await {
        Ok(Returned::Gave(gave)) => {
            with_cookies(page(StatusCode::OK, &thanks(&gave, chinese)), &[guest.attempt().set("", 0)])
        }
        Ok(Returned::In(entered)) => entered_as(&guest, Ok(*entered), chinese),
        Err(refused) => entered_as(&guest, Err(refused), chinese),
    }
}

/// Sends a browser to the provider of OpenID Connect.
pub async fn begin_oidc(
    State(shared): State<Shared>,
    guest: Guest,
    Query(begin): Query<Begin>,
    headers: HeaderMap,
) -> Response {
    let sent = guest.app.begin_oidc(&begin, |path| address(&shared, path)).await;
    sent_on(&guest, sent, error::is_chinese(&headers))
}

/// Takes a browser that comes back from there.
pub async fn back_from_oidc(
    State(shared): State<Shared>,
    guest: Guest,
    Query(back): Query<Back>,
    headers: HeaderMap,
) -> Response {
    let kept = cookie::read(&headers, &guest.attempt()).map(ToString::to_string);
    let page = |path: &str| address(&shared, path);
    let entered = guest.app.back_from_oidc(&back, kept.as_deref(), &guest.origin, page).await;
    entered_as(&guest, entered, error::is_chinese(&headers))
}

/// Sends a browser that has signed out here to the provider, where it ends its session as well.
pub async fn end_oidc(State(shared): State<Shared>, guest: Guest, headers: HeaderMap) -> Response {
    match guest.app.end_oidc(|path| address(&shared, path)).await {
        Ok(location) => redirect(&location.unwrap_or_else(|| "/".into()), &[]),
        Err(refused) => told(&refused, &[], error::is_chinese(&headers)),
    }
}

/// The address of a path of this server, as people open it.
fn address(shared: &Shared, path: &str) -> String {
    shared.door.as_ref().map_or_else(|| path.to_string(), |door| door.page(path))
}

fn sent_on(guest: &Guest, sent: Result<Sent, AppError>, chinese: bool) -> Response {
    match sent {
        Ok(Sent { location, kept }) => redirect(&location, &[guest.attempt().set(&kept, KEPT)]),
        Err(refused) => told(&refused, &[], chinese),
    }
}

fn entered_as(guest: &Guest, entered: Result<Entered, AppError>, chinese: bool) -> Response {
    // Whatever came of it: what the browser kept is used up.
    let done = guest.attempt().set("", 0);
    match entered {
        Ok(Entered { signed, to }) => redirect(&to, &[guest.keeps(&signed.cookie), done]),
        Err(refused) => told(&refused, &[done], chinese),
    }
}

fn with_cookies(mut response: Response, cookies: &[String]) -> Response {
    for cookie in cookies {
        if let Ok(value) = HeaderValue::from_str(cookie) {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

fn redirect(location: &str, cookies: &[String]) -> Response {
    let Ok(location) = HeaderValue::from_str(location) else { return StatusCode::BAD_GATEWAY.into_response() };
    with_cookies((StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response(), cookies)
}

/// What people call a field that they gave.
fn called(field: &str, chinese: bool) -> &str {
    match (field, chinese) {
        ("mobile", true) => "手机号",
        ("mobile", false) => "mobile number",
        ("email", true) => "邮箱",
        ("email", false) => "mail address",
        ("gender", true) => "性别",
        ("gender", false) => "gender",
        (other, _) => other,
    }
}

/// A page for somebody who was asked for what only they can give.
fn thanks(gave: &Gave, chinese: bool) -> String {
    let list = |fields: &[String]| {
        let words = fields.iter().map(|field| called(field, chinese)).collect::<Vec<_>>();
        escaped(&words.join(if chinese { "、" } else { ", " }))
    };
    let name = escaped(&gave.name);
    let mut text = match (gave.given.is_empty(), chinese) {
        (false, true) => format!("<h1>已更新</h1><p>{name}，已更新：{}。</p>", list(&gave.given)),
        (false, false) => format!("<h1>Thank you</h1><p>{name}, these were kept: {}.</p>", list(&gave.given)),
        (true, true) => format!("<h1>没有更新</h1><p>{name}，没有收到任何信息，原有的内容不变。</p>"),
        (true, false) => format!("<h1>Nothing was changed</h1><p>{name}, nothing was given; what is known stays.</p>"),
    };
    if !gave.refused.is_empty() {
        text += &match chinese {
            true => format!(
                "<p role=\"alert\">没有保存：{}（已被他人使用或格式不对），请联系管理员。</p>",
                list(&gave.refused)
            ),
            false => format!(
                "<p role=\"alert\">not kept: {} (somebody else has it, or it cannot be used); please tell an administrator.</p>",
                list(&gave.refused)
            ),
        };
    }
    text
}

/// A page that says why nobody was signed in.
fn told(refused: &AppError, cookies: &[String], chinese: bool) -> Response {
    let (issue, status) = (refused.issue(), error::answer(refused).status());
    let (title, why, hint, again) = match chinese {
        true => ("没有登录", issue.reason.zh, issue.hint.zh, "返回登录页"),
        false => ("Not signed in", issue.reason.en, issue.hint.en, "back to the sign-in page"),
    };
    let text = format!(
        "<h1>{title}</h1><p role=\"alert\"><strong>{}</strong><br>{}</p><p><a href=\"/\">{again}</a></p>",
        escaped(&why),
        escaped(&hint)
    );
    with_cookies(page(status, &text), cookies)
}
