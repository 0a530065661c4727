//! `POST /sys/thirdApp/sendMessageTest`: messages for clients that were written for another product, unchanged. The call is put into
//! the words of this API and carried out as `POST /api/v1/messages/wecom`, with the same rights, once for each
//! `Idempotency-Key`; the answer is put into the envelope that such clients read.
//!
//! Such a client cannot confirm a message to everybody. The token that it shows names `message:broadcast`, or it does not: that
//! takes the place of a confirmation.

use std::sync::Arc;

use axum::{
    Json, Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::{auth::TENANT, body::MOST_GUEST_BODY};
use crate::{app::App, model::id::Tenant};

/// Where such clients call.
pub const PATH: &str = "/sys/thirdApp/sendMessageTest";
/// The only app that is known.
const APP: &str = "WECHAT_ENTERPRISE";
/// In which such clients send their token.
const TOKEN: HeaderName = HeaderName::from_static("x-access-token");
/// What such clients name the first tenant.
const FIRST: &str = "0";

/// What is sent. Some clients send texts where others send flags.
#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    app: Option<String>,
    #[serde(default)]
    receiver: Option<String>,
    #[serde(default, rename = "sendAll")]
    send_all: Value,
    #[serde(default)]
    content: Option<String>,
}

/// Sends.
pub async fn send(State((api, app)): State<(Router, Arc<App>)>, request: Request) -> Response {
    enveloped(carry_out(api, request).await, app.engine().core().clock.now_ms())
}

/// What is put into the envelope; 200 is success.
struct Outcome {
    code: u16,
    message: String,
    result: Value,
}

async fn carry_out(api: Router, request: Request) -> Outcome {
    let (mut parts, body) = request.into_parts();
    let bytes = to_bytes(body, MOST_GUEST_BODY).await.unwrap_or_default();
    let Ok(asked) = serde_json::from_slice::<Asked>(&bytes) else { return failed(500, "请求内容无法读取") };
    let message = match message(&asked) {
        Ok(message) => message,
        Err(why) => return failed(500, why),
    };
    if let Some(token) = parts.headers.remove(TOKEN) {
        let bearer = HeaderValue::try_from(format!("Bearer {}", token.to_str().unwrap_or_default().trim()));
        if let Ok(bearer) = bearer {
            parts.headers.insert(header::AUTHORIZATION, bearer);
        }
    }
    if parts.headers.get(TENANT).is_none_or(|tenant| matches!(tenant.as_bytes(), b"" | b"0")) {
        parts.headers.remove(TENANT);
        // A token that names no tenant means its own; without one the first is meant.
        if parts.headers.get(header::AUTHORIZATION).is_none() {
            let first = HeaderValue::from_str(Tenant::default_tenant().as_str());
            parts.headers.insert(TENANT, first.unwrap_or_else(|_| HeaderValue::from_static(FIRST)));
        }
    }
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    parts.method = Method::POST;
    parts.uri = axum::http::Uri::from_static("/messages/wecom");
    let Ok(answer) = api.oneshot(Request::from_parts(parts, Body::from(message.to_string()))).await;
    let status = answer.status();
    let bytes = to_bytes(answer.into_body(), 4 << 20).await.unwrap_or_default();
    let said: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    if status.is_success() {
        let result = said.get("result").cloned().unwrap_or_else(|| waiting(&said));
        return Outcome { code: 200, message: String::new(), result };
    }
    let (code, why) = refusal(status, &said);
    failed(code, &why)
}

/// The message in the words of this API.
fn message(asked: &Asked) -> Result<Value, &'static str> {
    if !asked.app.as_deref().is_some_and(|app| app.eq_ignore_ascii_case(APP)) {
        return Err("不识别的第三方APP");
    }
    let to_all = match &asked.send_all {
        Value::Bool(all) => *all,
        Value::String(text) => matches!(text.as_str(), "true" | "1"),
        Value::Number(number) => number.as_i64() == Some(1),
        _ => false,
    };
    let receivers: Vec<&str> = asked.receiver.as_deref().unwrap_or_default().split([',', '，']).collect();
    let receivers: Vec<&str> = receivers.into_iter().map(str::trim).filter(|name| !name.is_empty()).collect();
    let Some(content) = asked.content.as_deref().filter(|content| !content.trim().is_empty()) else {
        return Err("消息内容不能为空");
    };
    match (to_all, receivers.is_empty()) {
        // Whoever names some people does not mean everybody.
        (true, false) => Err("receiver 和 sendAll 只能填写一个"),
        (true, true) => Ok(json!({"send_all": true, "confirm_all": true, "text": content})),
        (false, false) => Ok(json!({"receivers": receivers, "text": content})),
        (false, true) => Err("receiver 和 sendAll 必须填写一个"),
    }
}

/// The code of the envelope, and its text.
fn refusal(status: StatusCode, said: &Value) -> (u16, String) {
    let reason = said["reason"]["zh"].as_str().unwrap_or("请求失败");
    match (status, said["code"].as_str().unwrap_or_default()) {
        (StatusCode::UNAUTHORIZED, _) => (401, "Token失效，请重新登录".into()),
        (StatusCode::FORBIDDEN, _) => (403, reason.into()),
        (_, "message_not_set_up" | "message_no_way" | "tenant_unknown") => (409, format!("尚未配置：{reason}")),
        _ => (500, reason.into()),
    }
}

/// What is answered about a message that the system was not asked about yet.
fn waiting(said: &Value) -> Value {
    let why = said["problem"]["reason"]["zh"].as_str().unwrap_or("等待发送");
    json!({"errcode": -1, "errmsg": why, "msgid": said["id"]})
}

fn failed(code: u16, why: &str) -> Outcome {
    Outcome { code, message: why.into(), result: Value::Null }
}

/// The envelope. Only who is not known, may not, or has nothing set up is told so by the status as well.
fn enveloped(Outcome { code, message, result }: Outcome, timestamp: i64) -> Response {
    let success = code == 200;
    let body = json!({"success": success, "message": message, "code": code, "result": result, "timestamp": timestamp});
    let status = match code {
        401 | 403 | 409 => StatusCode::from_u16(code).unwrap_or(StatusCode::OK),
        _ => StatusCode::OK,
    };
    (status, Json(body)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(body: Value) -> Result<Value, &'static str> {
        message(&serde_json::from_value(body).expect("a body"))
    }

    #[test]
    fn what_clients_send_is_understood() {
        let to = |receivers: &[&str]| Ok(json!({"receivers": receivers, "text": "你好"}));
        let all = Ok(json!({"send_all": true, "confirm_all": true, "text": "你好"}));
        for (body, expected) in [
            (json!({"app": "WECHAT_ENTERPRISE", "receiver": "li", "content": "你好"}), to(&["li"])),
            (
                json!({"app": "wechat_enterprise", "receiver": "li, wu，", "sendAll": false, "content": "你好"}),
                to(&["li", "wu"]),
            ),
            (json!({"app": "WECHAT_ENTERPRISE", "sendAll": true, "receiver": "", "content": "你好"}), all.clone()),
            (json!({"app": "WECHAT_ENTERPRISE", "sendAll": "true", "content": "你好"}), all),
            (json!({"app": "DINGTALK", "receiver": "li", "content": "你好"}), Err("不识别的第三方APP")),
            (json!({"receiver": "li", "content": "你好"}), Err("不识别的第三方APP")),
            (json!({"app": "WECHAT_ENTERPRISE", "receiver": "li", "content": " "}), Err("消息内容不能为空")),
            (json!({"app": "WECHAT_ENTERPRISE", "content": "你好"}), Err("receiver 和 sendAll 必须填写一个")),
            (
                json!({"app": "WECHAT_ENTERPRISE", "sendAll": true, "receiver": "li", "content": "你好"}),
                Err("receiver 和 sendAll 只能填写一个"),
            ),
        ] {
            assert_eq!(asked(body.clone()), expected, "{body}");
        }
    }
}
