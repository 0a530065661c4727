//! How a webhook is written.

use crate::workflow::yaml_edit;
use std::time::Duration;

use crate::workflow::parse::scalar::{choice, duration, word};
use crate::workflow::{
    compiled::Verify,
    diagnostic::{Diagnostic, Findings},
    keys,
    syntax::{Webhook, Word},
    yaml::Node,
};

pub(super) fn webhook<'t>(node: &'t Node, source: &str, findings: &mut Findings) -> Option<Webhook<'t>> {
    keys::entries(node, &keys::WEBHOOK, findings)?;
    let get = |key: &str| keys::get(node, &keys::WEBHOOK, key);
    if get("path").is_none() {
        findings.push(missing(
            node,
            "path",
            source,
            None,
            "写出地址的最后一段，例如 `path: hr-csv-ready`",
            "name the last part of the address, for example `path: hr-csv-ready`",
        ));
    }
    let words = [Verify::HmacSha256, Verify::Token, Verify::HmacSha256Body, Verify::Basic, Verify::Header];
    let words = words.map(|verify| (verify.as_str(), verify));
    let verify = match get("verify") {
        Some(node) if node.text() == Some("none") => {
            findings.push(
                Diagnostic::new(
                    "E0203",
                    node.span,
                    "不验证来源的地址，任何人都能启动这个工作流",
                    "without verification anybody could start this workflow",
                )
                .help("写 `hmac_sha256` 或 `token`", "write `hmac_sha256` or `token`")
                .suggest(node.span, "hmac_sha256"),
            );
            None
        }
        Some(node) => choice(node, &words, findings),
        None => {
            findings.push(missing(
                node,
                "verify",
                source,
                Some("verify: hmac_sha256"),
                "写 `verify: hmac_sha256`（对时间和正文签名）或 `verify: token`；不验证的话任何人都能启动这个工作流",
                "write `verify: hmac_sha256` (time and body are signed) or `verify: token`; otherwise anybody could start this \
                 workflow",
            ));
            None
        }
    };
    let window = get("window").and_then(|node| window(node, verify, findings));
    let methods = get("methods").map(|node| methods(node, findings)).unwrap_or_default();
    let header = get("header").and_then(|node| header(node, verify, findings));
    if verify == Some(Verify::Header) && header.is_none() {
        findings.push(missing(
            node,
            "header",
            source,
            Some("header: X-Api-Key"),
            "写出密钥所在的请求头，例如 `header: X-Api-Key`",
            "name the header in which the secret comes, for example `header: X-Api-Key`",
        ));
    }
    let wait = get("wait").and_then(|node| wait(node, findings));
    let status = get("status").and_then(|node| status(node, findings));
    let reply = get("reply").and_then(|node| word(node, findings));
    let path = get("path").and_then(|node| word(node, findings));
    Some(Webhook { path, verify, window, methods, header, wait, status, reply })
}

/// The time for which a signed call is good.
fn window(node: &Node, verify: Option<Verify>, findings: &mut Findings) -> Option<Duration> {
    let window = duration(node, findings)?;
    let wrong = |zh: &str, en: &str| Diagnostic::new("E0203", node.span, zh, en);
    if verify.is_some_and(|verify| verify != Verify::HmacSha256) {
        findings.push(
            wrong("`window` 只和 `verify: hmac_sha256` 一起用", "`window` goes with `verify: hmac_sha256` only")
                .help("其他方式不签名时间；去掉 `window`", "other ways sign no time; leave `window` out"),
        );
    } else if !(MIN_WINDOW..=MAX_WINDOW).contains(&window) {
        findings.push(wrong("`window` 要在 10 秒到 1 小时之间", "`window` is between 10 seconds and an hour").help(
            "默认 `5m`：对方和本机时钟相差不超过五分钟",
            "the default is `5m`: the two clocks differ by five minutes at most",
        ));
    }
    Some(window)
}

/// The header in which a secret comes.
fn header<'t>(node: &'t Node, verify: Option<Verify>, findings: &mut Findings) -> Option<Word<'t>> {
    let header = word(node, findings)?;
    let wrong = |zh: &str, en: &str| Diagnostic::new("E0203", node.span, zh, en);
    if verify.is_some_and(|verify| verify != Verify::Header) {
        findings.push(
            wrong("`header` 只和 `verify: header` 一起用", "`header` goes with `verify: header` only")
                .help("改为 `verify: header`，或去掉 `header`", "write `verify: header`, or leave `header` out"),
        );
    } else if !is_header(header.text) {
        findings.push(
            wrong("这不是可用的请求头", "this can be no header for a secret")
                .help("例如 `header: X-Api-Key`", "for example `header: X-Api-Key`"),
        );
    }
    Some(header)
}

/// How long a caller waits for the end of the run.
fn wait(node: &Node, findings: &mut Findings) -> Option<Duration> {
    let wait = duration(node, findings)?;
    if !(MIN_WAIT..=MAX_WAIT).contains(&wait) {
        findings.push(
            Diagnostic::new(
                "E0203",
                node.span,
                "`wait` 要在 1 秒到 1 分钟之间",
                "`wait` is between a second and a minute",
            )
            .help("到时还没结束则返回运行编号", "a run that takes longer is answered by its id"),
        );
    }
    Some(wait)
}

/// The status of a good answer.
fn status(node: &Node, findings: &mut Findings) -> Option<u16> {
    let status = node.text().and_then(|text| text.parse::<u16>().ok()).filter(|status| (200..300).contains(status));
    if status.is_none() {
        findings.push(
            Diagnostic::new("E0203", node.span, "`status` 要在 200 到 299 之间", "`status` is between 200 and 299")
                .help("出错时的状态码由 idflow 决定", "what went wrong has the status that idflow gives it"),
        );
    }
    status
}

/// The shortest and the longest `wait` of a webhook: a caller's own patience ends somewhere.
pub(super) const MIN_WAIT: Duration = Duration::from_secs(1);

pub(super) const MAX_WAIT: Duration = Duration::from_secs(60);

/// The methods of webhooks.
pub(super) const METHODS: [(&str, &str); 5] =
    [("GET", "GET"), ("POST", "POST"), ("PUT", "PUT"), ("PATCH", "PATCH"), ("DELETE", "DELETE")];
/// Headers that mean something else.
pub(super) const OTHER_HEADERS: [&str; 6] =
    ["authorization", "cookie", "host", "content-type", "content-length", "idempotency-key"];

pub(super) fn methods(node: &Node, findings: &mut Findings) -> Vec<&'static str> {
    let mut found = Vec::new();
    let items: Vec<&Node> = node.list().map_or_else(|| vec![node], |items| items.iter().collect());
    for item in items {
        if let Some(method) = choice(item, &METHODS, findings).filter(|method| !found.contains(method)) {
            found.push(method);
        }
    }
    found
}

/// Whether a secret can come in this header.
pub(super) fn is_header(text: &str) -> bool {
    let letters = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (1..=64).contains(&text.len())
        && text.bytes().all(letters)
        && !OTHER_HEADERS.contains(&text.to_ascii_lowercase().as_str())
}

/// The shortest and the longest `window` of a webhook.
pub(super) const MIN_WINDOW: Duration = Duration::from_secs(10);

pub(super) const MAX_WINDOW: Duration = Duration::from_secs(3600);

/// A key that cannot be left out, with the text that would mend it where that is known.
pub(super) fn missing(node: &Node, key: &str, source: &str, entry: Option<&str>, zh: &str, en: &str) -> Diagnostic {
    let finding =
        Diagnostic::new("E0202", node.span, format!("缺少 `{key}`"), format!("`{key}` is missing here")).help(zh, en);
    match entry.and_then(|entry| yaml_edit::add_entry(source, node, entry)) {
        Some(fix) => finding.suggest(fix.span, fix.text),
        None => finding,
    }
}
