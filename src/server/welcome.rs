//! `/welcome/CODE`: where a link that is good once is opened in a browser. A plain form without script: looking at it uses
//! nothing up, because mail programs look at links, too. Where the console was built, it shows the page.

use axum::{
    body::Bytes,
    extract::{Path, Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;

use super::{
    auth::guest::Guest,
    console::{self, Site},
    error::{self, ApiError},
};
use crate::{
    app::{AppError, accounts::LEAST_PASSWORD},
    contract::account::Redeem,
};

/// What the form sends.
#[derive(Deserialize)]
struct Form {
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: String,
}

/// The form.
pub async fn show(State(site): State<Site>, headers: HeaderMap) -> Response {
    console::page(&site).unwrap_or_else(|| page(StatusCode::OK, &form(error::is_chinese(&headers), None)))
}

/// Uses the link.
pub async fn enter(guest: Guest, Path(code): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    let chinese = error::is_chinese(&headers);
    match redeem(&guest, code, &body).await {
        Ok((name, cookie)) => {
            let text = match chinese {
                true => format!("<h1>已登录</h1><p>{}，你已登录。可以关闭这个页面。</p>", escaped(&name)),
                false => format!(
                    "<h1>Signed in</h1><p>You are signed in as {}. You may close this page.</p>",
                    escaped(&name)
                ),
            };
            let mut response = page(StatusCode::OK, &text);
            if let Ok(value) = HeaderValue::from_str(&cookie) {
                response.headers_mut().append(header::SET_COOKIE, value);
            }
            response
        }
        Err(ApiError(refused)) => {
            let issue = refused.issue();
            let (why, hint) = match chinese {
                true => (issue.reason.zh, issue.hint.zh),
                false => (issue.reason.en, issue.hint.en),
            };
            let status = error::answer(&refused).status();
            page(status, &form(chinese, Some((&why, &hint))))
        }
    }
}

async fn redeem(guest: &Guest, code: String, body: &Bytes) -> Result<(String, String), ApiError> {
    let wrong = |what: String| {
        let (zh, _) = crate::model::unread::words(&what);
        AppError::invalid("body_invalid").arg("what_zh", zh).arg("what_en", what)
    };
    // A form is written like the part of an address after the question mark.
    let text = std::str::from_utf8(body).map_err(|error| wrong(error.to_string()))?;
    let uri = format!("/?{text}").parse::<Uri>().map_err(|error| wrong(error.to_string()))?;
    let Query(form) = Query::<Form>::try_from_uri(&uri).map_err(|error| wrong(error.body_text()))?;
    let given = |text: String| Some(text).filter(|text| !text.is_empty());
    let shown = Redeem { code, name: given(form.name), password: given(form.password) };
    let signed = guest.app.who().redeem(&shown, guest.near, &guest.origin).await?;
    Ok((signed.known.actor.clone(), guest.keeps(&signed.cookie)))
}

fn form(chinese: bool, wrong: Option<(&str, &str)>) -> String {
    let wrong = wrong.map_or_else(String::new, |(why, hint)| {
        format!("<p role=\"alert\"><strong>{}</strong><br>{}</p>", escaped(why), escaped(hint))
    });
    let least = LEAST_PASSWORD;
    let (title, name, password, send) = match chinese {
        true => (
            "登录 idflow",
            "登录名（仅第一个所有者需要填写）".to_string(),
            format!("新密码，至少 {least} 个字符（只在本机使用时可以以后再设）"),
            "继续",
        ),
        false => (
            "Sign in to idflow",
            "Sign-in name (only the first owner chooses one)".to_string(),
            format!("New password, at least {least} characters (on this machine it can wait)"),
            "Go on",
        ),
    };
    format!(
        "<h1>{title}</h1>{wrong}<form method=\"post\"><p><label>{name}<br><input name=\"name\" autocomplete=\"username\">\
         </label></p><p><label>{password}<br><input name=\"password\" type=\"password\" autocomplete=\"new-password\">\
         </label></p><p><button>{send}</button></p></form>"
    )
}

pub(super) fn page(status: StatusCode, body: &str) -> Response {
    let text = format!("<!doctype html><meta charset=\"utf-8\"><title>idflow</title><main>{body}</main>");
    let mut response = (status, text).into_response();
    for (name, value) in [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        ),
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
