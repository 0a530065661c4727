//! What stands in the console's place in a program that was built without it. Everything else works all the same.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

/// The command that builds the console and the program with it.
const COMMAND: &str = "cargo xtask build";

/// The page, in both languages; that of the reader first.
pub(super) fn answer(at_top: bool, chinese: bool) -> Response {
    let zh = format!(
        "<section lang=\"zh-CN\"><h1>这个程序不含 Web 控制台</h1><p>编译时没有构建控制台。在源代码目录里运行 \
         <code>{COMMAND}</code>（需要 Rust 和 Node.js 20.19 或更新版本），然后重新启动 <code>idflow serve</code>。</p>\
         <p>命令行和 HTTP 接口不受影响：运行 <code>idflow help</code> 查看所有命令；接口的说明在 \
         <a href=\"/api/openapi.json\">/api/openapi.json</a>。</p></section>"
    );
    let en = format!(
        "<section lang=\"en\"><h1>This program has no web console</h1><p>The console was not built when the program was. Run \
         <code>{COMMAND}</code> in the source folder (it needs Rust, and Node.js 20.19 or newer), then start \
         <code>idflow serve</code> again.</p><p>The command line and the HTTP API work all the same: \
         <code>idflow help</code> names every command; the API is described in \
         <a href=\"/api/openapi.json\">/api/openapi.json</a>.</p></section>"
    );
    let (first, second, language) = if chinese { (zh, en, "zh-CN") } else { (en, zh, "en") };
    let text = format!(
        "<!doctype html><html lang=\"{language}\"><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>idflow</title><main>{first}<hr>{second}</main></html>"
    );
    let status = if at_top { StatusCode::OK } else { StatusCode::NOT_FOUND };
    let mut response = (status, text).into_response();
    for (name, value) in [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "no-store"),
        (header::VARY, "accept-language"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
