//! From WeCom's answers to the engine's errors. Pure: what goes in is a number and a text, what comes out is what to do
//! and why, in arguments for the message tables.
//!
//! The text of an answer is used for what it carries (trace number, our address, the holder of a value), never to decide:
//! the platform may change it. Its tail differs at every call and is cut off, so that equal failures group.

use idflow_sdk::{Error, ErrorKind, Problem};

use crate::codes::{self, Handling};

/// The parts of an `errmsg`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Told<'a> {
    /// The text without its tail.
    pub text: &'a str,
    /// The number that the vendor's support asks for.
    pub trace: Option<&'a str>,
    /// The address we came from.
    pub ip: Option<&'a str>,
}

/// Takes an `errmsg` apart: `<text>, hint: [<digits>], from ip: <ip>, more info at <link>`; every part may be missing.
pub(crate) fn parse(errmsg: &str) -> Told<'_> {
    let trace =
        after(errmsg, "hint: [").map(|rest| until(rest, |c| !c.is_ascii_digit())).filter(|digits| !digits.is_empty());
    let ip = after(errmsg, "from ip: ")
        .map(|rest| until(rest, |c| !(c.is_ascii_hexdigit() || matches!(c, '.' | ':'))))
        .filter(|ip| !ip.is_empty());
    let end = ["hint: [", "from ip: ", "more info at "].iter().filter_map(|mark| errmsg.find(mark)).min();
    let text = errmsg[..end.unwrap_or(errmsg.len())].trim_end().trim_end_matches(',').trim();
    Told { text, trace, ip }
}

fn after<'a>(text: &'a str, mark: &str) -> Option<&'a str> {
    text.find(mark).map(|place| &text[place + mark.len()..])
}

fn until(text: &str, stop: impl Fn(char) -> bool) -> &str {
    &text[..text.find(stop).unwrap_or(text.len())]
}

/// The userid at the end of `mobile existed:lisi`, if it looks like one.
fn holder(text: &str) -> Option<&str> {
    let (_, holder) = text.rsplit_once(':')?;
    let holder = holder.trim();
    let plain = holder.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'@' | b'.'));
    (plain && (1..=64).contains(&holder.len())).then_some(holder)
}

/// The error for a code other than 0 from the call `api` (`user/create`). Texts in `hide` do not appear in it.
pub(crate) fn of_code(api: &str, code: i64, errmsg: &str, hide: &[&str]) -> Error {
    let plain: String = errmsg.chars().filter(|c| !c.is_control()).collect();
    let told = parse(&plain);
    let mut text = told.text.to_owned();
    // Before anything is cut, and after line feeds are gone: half a secret would not be found.
    for secret in hide.iter().filter(|secret| secret.len() > 3) {
        text = text.replace(secret, "***");
    }
    let text: String = text.chars().take(300).collect();
    let Some(row) = codes::find(code) else {
        let mut problem = Problem::new("WECOM_UNKNOWN").arg("errcode", code.to_string()).arg("errmsg", text);
        problem = problem.arg("trace", told.trace.unwrap_or("?"));
        if let Some(ip) = told.ip {
            problem = problem.arg("ip", ip);
        }
        return Error::new(ErrorKind::Unexpected, problem);
    };
    let mut problem = Problem::new(row.message.code);
    if let Some(field) = codes::field_of(code) {
        problem = problem.field(field);
    }
    let found = [("trace", told.trace), ("ip", told.ip), ("holder", holder(&text))];
    let texts = [row.message.reason.zh, row.message.reason.en, row.message.hint.zh, row.message.hint.en];
    let mut args = vec![("errcode", code.to_string())];
    for (name, value) in found {
        let used = texts.iter().any(|text| ["}", "?"].iter().any(|end| text.contains(&format!("{{{name}{end}"))));
        match value {
            Some(value) if used || name != "holder" => args.push((name, value.to_owned())),
            None if used => args.push((name, "?".to_owned())),
            _ => {}
        }
    }
    args.push(("errmsg", text));
    for (name, value) in args {
        problem = problem.arg(name, value);
    }
    Error::new(kind_for(api, code, row.handling), problem)
}

/// An account that is taken is held by the member of that userid, which the answer does not say.
pub(crate) fn of_member(mut error: Error, userid: &str) -> Error {
    if code_of(&error) == Some(60102) {
        error.problem.args.push(("holder".into(), userid.into()));
    }
    error
}

/// The calls that write one object, or a few.
const WRITES: [&str; 7] = [
    "user/create",
    "user/update",
    "user/delete",
    "user/batchdelete",
    "department/create",
    "department/update",
    "department/delete",
];

/// A member call that names an unknown department is wrong itself: the member is not what is missing. And what is said of a right,
/// of a range or of room concerns the object that is written, and keeps no other from being written.
fn kind_for(api: &str, code: i64, handling: Handling) -> ErrorKind {
    let elsewhere = match code {
        60003 | 60123 => api.starts_with("user/"),
        60111 => api == "user/create",
        45024 | 50002 | 60011 | 60021 | 60030 | 81001 => WRITES.contains(&api),
        _ => false,
    };
    if elsewhere { ErrorKind::Invalid } else { handling.kind() }
}

/// WeCom's code of an error, if it has one.
pub(crate) fn code_of(error: &Error) -> Option<i64> {
    error.problem.code.strip_prefix("WECOM_").and_then(|digits| digits.parse().ok())
}

/// An error of our own.
pub(crate) fn own(kind: ErrorKind, problem: Problem) -> Error {
    Error::new(kind, problem)
}

/// An answer without what it should hold; the field is named, so that whoever reports it can say what was missing.
pub(crate) fn lacks(api: &str, field: &str) -> Error {
    lacks_as(ErrorKind::Unexpected, api, field)
}

/// The same, where it means something else for the call.
pub(crate) fn lacks_as(kind: ErrorKind, api: &str, field: &str) -> Error {
    own(kind, Problem::new("wecom_answer_shape").arg("api", api).arg("lacks", field))
}

/// The field of an answer that cannot be read: the one that is missing, or the last one before the place where reading ended.
/// Its value is told nowhere.
pub(crate) fn culprit(body: &[u8], error: &serde_json::Error) -> String {
    let told = error.to_string();
    let missing = told.split_once("missing field `").and_then(|(_, rest)| Some(rest.split_once('`')?.0.to_owned()));
    missing.or_else(|| field_before(body, error)).unwrap_or_else(|| "JSON".into())
}

fn field_before(body: &[u8], error: &serde_json::Error) -> Option<String> {
    let lines = body.split_inclusive(|byte| *byte == b'\n').take(error.line().saturating_sub(1));
    let end = (lines.map(<[u8]>::len).sum::<usize>() + error.column()).min(body.len());
    let before = String::from_utf8_lossy(&body[..end]);
    let (keyed, _) = before.rsplit_once("\":").or_else(|| before.rsplit_once("\" :"))?;
    let name = keyed.rsplit('"').next()?;
    let is_name = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    Some(name).filter(|name| (1..=40).contains(&name.len()) && is_name(name)).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const TAIL: &str = ", hint: [1764000123456789012345678], from ip: 203.0.113.24, more info at https://open.work.weixin.qq.com/devtool/query?e=60104";

    #[test]
    fn texts_are_taken_apart() {
        let errmsg = format!("mobile existed:chen.yu{TAIL}");
        assert_eq!(
            parse(&errmsg),
            Told { text: "mobile existed:chen.yu", trace: Some("1764000123456789012345678"), ip: Some("203.0.113.24") }
        );
        assert_eq!(parse("invalid access_token"), Told { text: "invalid access_token", trace: None, ip: None });
        assert_eq!(parse(""), Told::default());
        assert_eq!(parse("a, hint: [], from ip: "), Told { text: "a", trace: None, ip: None });
        assert_eq!(parse("no, from ip: 2001:db8::1").ip, Some("2001:db8::1"));
        assert_eq!(parse("部门,hint: [12"), Told { text: "部门", trace: Some("12"), ip: None });
    }

    #[test]
    fn an_answer_that_cannot_be_read_names_the_field() {
        #[derive(serde::Deserialize)]
        struct Answer {
            #[expect(dead_code, reason = "only read")]
            department: Vec<i64>,
        }
        for (body, field) in [
            (r#"{"errcode":0,"errmsg":"ok"}"#, "department"),
            (r#"{"errcode":0,"department":"secret"}"#, "department"),
            ("{\n \"errcode\": 0,\n \"department\": [1, \"x\"],\n \"more\": 1}", "department"),
            ("<html>", "JSON"),
            ("", "JSON"),
        ] {
            let error = serde_json::from_str::<Answer>(body).err().expect("refused");
            assert_eq!(culprit(body.as_bytes(), &error), field, "{body}");
        }
    }

    #[test]
    fn the_holder_is_named_or_a_question_mark() {
        let error = of_code("user/create", 60104, &format!("mobile existed:chen.yu{TAIL}"), &[]);
        assert_eq!(error.kind, ErrorKind::Conflict);
        assert_eq!(error.problem.field.as_deref(), Some("mobile"));
        assert_eq!(error.problem.get("holder"), Some("chen.yu"));
        assert_eq!(error.problem.get("trace"), Some("1764000123456789012345678"));
        for errmsg in ["mobile existed", "mobile existed:", "mobile existed: 张三", "mobile existed:a b"] {
            assert_eq!(of_code("user/create", 60104, errmsg, &[]).problem.get("holder"), Some("?"), "{errmsg}");
        }
    }

    #[test]
    fn kinds() {
        for (api, code, kind) in [
            ("user/update", -1, ErrorKind::Unavailable),
            ("user/update", 6000, ErrorKind::Unavailable),
            ("user/update", 45033, ErrorKind::Unavailable),
            ("user/update", 45009, ErrorKind::RateLimited(Duration::from_secs(60))),
            ("user/update", 60111, ErrorKind::NotFound),
            ("user/create", 60111, ErrorKind::Invalid),
            ("user/create", 60123, ErrorKind::Invalid),
            ("department/delete", 60123, ErrorKind::NotFound),
            ("user/create", 60102, ErrorKind::Conflict),
            ("user/create", 60103, ErrorKind::Invalid),
            ("user/create", 48002, ErrorKind::Configuration),
            ("user/update", 60011, ErrorKind::Invalid),
            ("user/create", 45024, ErrorKind::Invalid),
            ("department/create", 81001, ErrorKind::Invalid),
            ("user/get", 60011, ErrorKind::Configuration),
            ("user/create", 42001, ErrorKind::Configuration),
            ("user/create", 99999, ErrorKind::Unexpected),
        ] {
            assert_eq!(of_code(api, code, "x", &[]).kind, kind, "{api} {code}");
        }
        let unknown = of_code("user/create", 99999, "odd, hint: [7]", &[]);
        assert_eq!((unknown.problem.get("errcode"), unknown.problem.get("errmsg")), (Some("99999"), Some("odd")));
    }

    #[test]
    fn every_placeholder_is_filled_and_secrets_are_hidden() {
        for row in crate::codes_address_book::ROWS.iter().chain(crate::codes_other::ROWS) {
            for errmsg in ["", "text", &format!("text:holder{TAIL}")] {
                let error = of_code("user/create", row.code, errmsg, &[]);
                for text in [row.message.reason.zh, row.message.reason.en, row.message.hint.zh, row.message.hint.en] {
                    assert!(!error.problem.fill(text).contains('{'), "{} {text}", row.code);
                }
            }
        }
        for errmsg in ["bad corpsecret=TOP-SECRET", "bad corpsecret=TOP-\nSECRET"] {
            let error = of_code("gettoken", 40001, errmsg, &["TOP-SECRET"]);
            assert!(!format!("{error:?}").contains("TOP-SECRET"), "{error:?}");
        }
    }
}
