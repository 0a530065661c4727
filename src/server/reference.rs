//! The reference page of the API at `/api`, made from the document and from nothing else: plain HTML without script that asks
//! for nothing elsewhere. What a type says of its fields is the document's own English; everything around it is in the
//! language of the reader.

use std::{fmt::Write, sync::OnceLock};

use axum::{
    extract::Query,
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{error, openapi, summaries_zh};

/// Which language.
#[derive(Deserialize)]
pub struct Look {
    lang: Option<String>,
}

/// Where the look of the page is.
pub const STYLE_PATH: &str = "/api/reference.css";
const STYLE: &str = include_str!("reference.css");
const POLICY: &str =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The page.
pub async fn show(Query(look): Query<Look>, headers: HeaderMap) -> Response {
    static PAGES: [OnceLock<String>; 2] = [OnceLock::new(), OnceLock::new()];
    let chinese = look.lang.map_or_else(|| error::is_chinese(&headers), |lang| lang.starts_with("zh"));
    let page = PAGES[usize::from(chinese)].get_or_init(|| page(&openapi::document(), chinese));
    let mut response = page.clone().into_response();
    set(&mut response, header::CONTENT_TYPE, "text/html; charset=utf-8");
    set(&mut response, header::CONTENT_SECURITY_POLICY, POLICY);
    set(&mut response, header::REFERRER_POLICY, "no-referrer");
    set(&mut response, header::VARY, "accept-language");
    response
}

/// How it looks.
pub async fn style() -> Response {
    let mut response = STYLE.into_response();
    set(&mut response, header::CONTENT_TYPE, "text/css; charset=utf-8");
    response
}

fn set(response: &mut Response, name: HeaderName, value: &'static str) {
    response.headers_mut().insert(name, HeaderValue::from_static(value));
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
}

/// The page as text. Writing into a text does not fail.
fn page(document: &Value, chinese: bool) -> String {
    let say = |zh: &'static str, en: &'static str| if chinese { zh } else { en };
    let lang = say("zh-CN", "en");
    let title = say("idflow 接口参考", "idflow API reference");
    let intro = say(
        "人和程序能用 idflow 做的一切。地址都以 <code>/api/v1</code> 开头。列表分页返回：参数 <code>limit</code>、<code>cursor</code>，\
         答复 <code>items</code>、<code>next</code>；<code>total</code> 只在知道时给出。拒绝的答复是 <code>application/problem+json</code>（RFC 9457），\
         含中英文原因和下一步。每个 POST 都可以带 <code>Idempotency-Key</code>：24 小时内重发只做一次。修改时带 <code>If-Match</code>，\
         对象已被别人改动时答复 412。时间是 UTC 的 RFC 3339，时长以毫秒计。类型里各字段的说明取自接口文档，为英文。",
        "Everything that a person or a program can do with idflow. All addresses begin with <code>/api/v1</code>. Lists come in \
         pages: <code>limit</code> and <code>cursor</code>, answered as <code>items</code> and <code>next</code>; \
         <code>total</code> is there where it is known. What is refused is <code>application/problem+json</code> (RFC 9457), \
         with the reason in both languages and the next step. Every POST takes an <code>Idempotency-Key</code>: sent again \
         within 24 hours it is done once. Edits take <code>If-Match</code>; what somebody else has changed meanwhile is \
         answered with 412. Times are RFC 3339 in UTC, durations are milliseconds.",
    );
    let (other, other_name) = (say("en", "zh"), say("English", "中文"));
    let mut out = format!(
        "<!doctype html><html lang=\"{lang}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>{title}</title><link rel=\"stylesheet\" href=\"{STYLE_PATH}\"></head><body>\
         <header><h1>{title}</h1><p>{intro}</p><p><a href=\"/api/openapi.json\">OpenAPI 3.1</a> · \
         <a href=\"/api?lang={other}\" lang=\"{other}\">{other_name}</a></p></header>"
    );
    let paths = document["paths"].as_object().cloned().unwrap_or_default();
    let tags: Vec<&str> =
        document["tags"].as_array().into_iter().flatten().filter_map(|tag| tag["name"].as_str()).collect();
    let _ = write!(out, "<nav aria-label=\"{}\"><ul>", say("目录", "Contents"));
    for tag in &tags {
        let _ = write!(out, "<li><a href=\"#{tag}\">{tag}</a></li>", tag = escaped(tag));
    }
    let _ = write!(out, "<li><a href=\"#types\">{}</a></li></ul></nav><main>", say("类型", "Types"));
    for tag in tags {
        let _ = write!(out, "<section><h2 id=\"{tag}\">{tag}</h2>", tag = escaped(tag));
        for (path, methods) in &paths {
            for (method, operation) in methods.as_object().into_iter().flatten() {
                if operation["tags"][0].as_str() == Some(tag) {
                    self::operation(&mut out, path, method, operation, chinese);
                }
            }
        }
        out.push_str("</section>");
    }
    let _ = write!(out, "<section><h2 id=\"types\">{}</h2>", say("类型", "Types"));
    for (name, schema) in document["components"]["schemas"].as_object().into_iter().flatten() {
        self::schema(&mut out, name, schema, chinese);
    }
    out.push_str("</section></main></body></html>");
    out
}

fn operation(out: &mut String, path: &str, method: &str, operation: &Value, chinese: bool) {
    let say = |zh: &'static str, en: &'static str| if chinese { zh } else { en };
    let id = operation["operationId"].as_str().unwrap_or_default();
    let english = operation["summary"].as_str().unwrap_or_default();
    let summary = if chinese { summaries_zh::of(id).unwrap_or(english) } else { english };
    let permission = match operation["x-permission"].as_str() {
        Some("none") | None => say("无需登录", "nobody needs to be known").to_string(),
        Some(permission) => format!("<code>{}</code>", escaped(permission)),
    };
    let _ = write!(
        out,
        "<article id=\"{id}\"><h3><span class=\"method\">{}</span> <code>{}</code></h3><p>{}</p><dl><dt>{}</dt><dd><code>{id}</code></dd>\
         <dt>{}</dt><dd>{permission}</dd>",
        escaped(&method.to_ascii_uppercase()),
        escaped(path),
        escaped(summary),
        say("名称", "Name"),
        say("权限", "Permission"),
    );
    if let Some(body) = operation["requestBody"]["content"].as_object().and_then(|content| content.iter().next()) {
        let _ = write!(out, "<dt>{}</dt><dd>{}</dd>", say("请求内容", "Body"), shape(&body.1["schema"]));
    }
    let content = operation["responses"]["200"]["content"].as_object();
    for (media, answer) in content.into_iter().flatten() {
        let shape = match answer["schema"]["format"].as_str() {
            Some("binary") => say("文件", "a file").to_string(),
            _ if media != "application/json" => format!("<code>{}</code>", escaped(media)),
            _ => shape(&answer["schema"]),
        };
        let _ = write!(out, "<dt>{}</dt><dd>{shape}</dd>", say("答复", "Answer"));
    }
    out.push_str("</dl>");
    let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
    if !parameters.is_empty() {
        let (name, place, kind, what) =
            (say("参数", "Parameter"), say("位置", "In"), say("类型", "Type"), say("说明", "What it is"));
        let _ = write!(
            out,
            "<table><thead><tr><th>{name}</th><th>{place}</th><th>{kind}</th><th>{what}</th></tr></thead><tbody>"
        );
        for one in &parameters {
            let text = |field: &str| escaped(one[field].as_str().unwrap_or_default());
            let needed = if one["required"] == true { say("，必填", ", required") } else { "" };
            let (name, place, shape, what) = (text("name"), text("in"), shape(&one["schema"]), text("description"));
            let _ = write!(
                out,
                "<tr><td><code>{name}</code></td><td>{place}{needed}</td><td>{shape}</td><td>{what}</td></tr>"
            );
        }
        out.push_str("</tbody></table>");
    }
    out.push_str("</article>");
}

/// A type with its fields, or its values.
fn schema(out: &mut String, name: &str, schema: &Value, chinese: bool) {
    let say = |zh: &'static str, en: &'static str| if chinese { zh } else { en };
    let what = escaped(schema["description"].as_str().unwrap_or_default());
    let _ = write!(out, "<article id=\"type-{name}\"><h3>{name}</h3><p>{what}</p>", name = escaped(name));
    let mut fields: Vec<(&Map<String, Value>, &Value)> = Vec::new();
    let parts = std::iter::once(schema).chain(schema["allOf"].as_array().into_iter().flatten());
    for part in parts {
        if let Some(properties) = part["properties"].as_object() {
            fields.push((properties, &part["required"]));
        }
    }
    if fields.is_empty() {
        let _ = write!(out, "<p>{}</p></article>", shape(schema));
        return;
    }
    let (field, kind, what) = (say("字段", "Field"), say("类型", "Type"), say("说明", "What it is"));
    let _ = write!(out, "<table><thead><tr><th>{field}</th><th>{kind}</th><th>{what}</th></tr></thead><tbody>");
    for (properties, required) in fields {
        for (name, property) in properties {
            let needed = required.as_array().is_some_and(|names| names.iter().any(|one| one == name));
            let needed = if needed { "" } else { say("，可缺", ", may be absent") };
            let what = escaped(property["description"].as_str().unwrap_or_default());
            let (name, shape) = (escaped(name), shape(property));
            let _ = write!(out, "<tr><td><code>{name}</code></td><td>{shape}{needed}</td><td>{what}</td></tr>");
        }
    }
    out.push_str("</tbody></table></article>");
}

/// A type in a line, with links to what it is made of.
fn shape(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        let name = escaped(name);
        return format!("<a href=\"#type-{name}\">{name}</a>");
    }
    for several in ["oneOf", "anyOf", "allOf"] {
        if let Some(all) = schema[several].as_array() {
            return all.iter().map(shape).collect::<Vec<_>>().join(if several == "allOf" { " &amp; " } else { " | " });
        }
    }
    if let Some(values) = schema["enum"].as_array() {
        let values = values.iter().map(|value| format!("<code>{}</code>", escaped(&value.to_string())));
        return values.collect::<Vec<_>>().join(" | ");
    }
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let one = |kind: &str| match kind {
        "array" => format!("[{}]", shape(&schema["items"])),
        "object" if schema["additionalProperties"].is_object() => {
            format!("{{…: {}}}", shape(&schema["additionalProperties"]))
        }
        other => escaped(other),
    };
    match kinds.is_empty() {
        true => "JSON".into(),
        false => kinds.into_iter().map(one).collect::<Vec<_>>().join(" | "),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
