//! Messages of an app to members, departments and tags: what is sent, in how many calls, and who did not get it.
//!
//! A message cannot be taken back into doubt: once a call was sent, nothing that happens afterwards makes the whole
//! repeatable, or somebody would get it twice. A lost answer is [`ErrorKind::Unknown`]; a failure after the first of
//! several calls is final and says how far it came.

use idflow_sdk::{Applied, Context, Error, ErrorKind, Params, Problem, Value};
use serde_json::{Map, Value as Json, json};

use crate::{
    client::{Client, MESSAGE_SEND},
    error::{code_of, own},
};

/// The most receivers of one call: members, departments, tags.
const MOST: [usize; 3] = [1000, 100, 100];
/// The most bytes of a text or markdown message; WeCom cuts a longer text without a word.
const MAX_TEXT: usize = 2048;
/// The most characters of a card's title and description, and bytes of its address.
const MAX_TITLE: usize = 128;
const MAX_DESCRIPTION: usize = 512;
const MAX_URL: usize = 2048;
/// How many of those who did not get it are named.
const NAMED: usize = 20;
/// Everybody who can see the app.
pub(crate) const EVERYBODY: &str = "@all";

/// The parameters that name receivers, and their keys in a call.
pub(crate) const RECEIVERS: [(&str, &str); 3] =
    [("to_users", "touser"), ("to_departments", "toparty"), ("to_tags", "totag")];

/// Sends one message.
pub(crate) async fn send(client: &Client, context: &Context, params: &Params) -> Result<Applied, Error> {
    let mut warnings = Vec::new();
    let content = content(params, &mut warnings).map_err(refused)?;
    let calls = receivers(params).map_err(refused)?;
    // Before the first call: afterwards nothing may wait.
    let named: Vec<&str> = calls
        .iter()
        .flat_map(|lists| &lists[0])
        .map(|userid| &**userid)
        .filter(|userid| *userid != EVERYBODY)
        .collect();
    client
        .pace()
        .message(context, client.agent_id(), &named)
        .map_err(|rest| own(ErrorKind::RateLimited(rest), Problem::new("wecom_message_too_often")))?;
    let (mut delivered, mut first_refusal) = (0_usize, None);
    for (number, receivers) in calls.iter().enumerate() {
        let mut body = content.clone();
        body.insert("agentid".into(), client.agent_id().into());
        for ((_, key), list) in RECEIVERS.iter().zip(receivers).filter(|(_, list)| !list.is_empty()) {
            body.insert((*key).into(), list.join("|").into());
        }
        match client.write(context, MESSAGE_SEND, &body.into()).await {
            Ok(answer) => {
                delivered += 1;
                warnings.extend(undelivered(&answer));
            }
            // Nobody of this call can be reached; others may be.
            Err(error) if code_of(&error) == Some(81013) => {
                warnings.push((*error.problem).clone());
                first_refusal.get_or_insert(error);
            }
            // Whoever says "busy" may have sent it all the same.
            Err(error) if number == 0 && error.kind == ErrorKind::Unavailable && code_of(&error).is_some() => {
                return Err(own(ErrorKind::Unknown, *error.problem));
            }
            Err(error) if number == 0 => return Err(error),
            Err(error) => return Err(stopped(error, number, calls.len())),
        }
    }
    match first_refusal {
        Some(error) if delivered == 0 => Err(error),
        _ => Ok(Applied { warnings, stop: None }),
    }
}

/// For a failure after the first call.
fn stopped(error: Error, sent: usize, calls: usize) -> Error {
    let problem = Problem::new("wecom_message_stopped")
        .arg("sent", sent.to_string())
        .arg("calls", calls.to_string())
        .arg("cause", &*error.problem.code);
    let kind = match error.kind {
        ErrorKind::Unavailable | ErrorKind::RateLimited(_) | ErrorKind::UsedUp(_) => ErrorKind::Unexpected,
        kind => kind,
    };
    own(kind, problem)
}

/// The message itself.
pub(crate) fn content(params: &Params, warnings: &mut Vec<Problem>) -> Result<Map<String, Json>, Problem> {
    let text = params.text("text").filter(|text| !text.trim().is_empty());
    let markdown = params.text("markdown").filter(|text| !text.trim().is_empty());
    let content = match (params.text("title"), params.text("url"), text, markdown) {
        (Some(title), Some(url), description, None) => {
            let schemed = ["http://", "https://"].iter().any(|scheme| url.starts_with(scheme));
            if !schemed || url.len() > MAX_URL || url.contains(char::is_whitespace) {
                return Err(Problem::new("wecom_message_url").field("url"));
            }
            let title = cut(title, "title", warnings, |text| text.chars().count() <= MAX_TITLE);
            // A card needs a description (41033); the title is better than none.
            let description = description.unwrap_or(&title);
            let description = cut(description, "text", warnings, |text| text.chars().count() <= MAX_DESCRIPTION);
            json!({"msgtype": "textcard", "textcard": {"title": title, "description": description, "url": url}})
        }
        (None, None, Some(text), None) => {
            let text = cut(text, "text", warnings, |text| text.len() <= MAX_TEXT);
            json!({"msgtype": "text", "text": {"content": text}})
        }
        (None, None, None, Some(markdown)) => {
            let markdown = cut(markdown, "markdown", warnings, |text| text.len() <= MAX_TEXT);
            json!({"msgtype": "markdown", "markdown": {"content": markdown}})
        }
        (None, None, None, None) => return Err(Problem::new("wecom_message_empty")),
        _ => return Err(Problem::new("wecom_message_mixed")),
    };
    match content {
        Json::Object(content) => Ok(content),
        _ => Err(Problem::new("wecom_message_empty")),
    }
}

/// The text as far as it fits, cut at the end of a line if there is one in its second half.
fn cut(text: &str, name: &'static str, warnings: &mut Vec<Problem>, fits: impl Fn(&str) -> bool) -> String {
    if fits(text) {
        return text.to_owned();
    }
    warnings.push(Problem::new("wecom_message_cut").field(name).arg("name", name));
    // No limit is higher than this number of characters.
    let places: Vec<usize> = text.char_indices().map(|(place, _)| place).take(MAX_TEXT).collect();
    let end = places.into_iter().rev().find(|end| fits(&format!("{}…", &text[..*end]))).unwrap_or(0);
    let end = text[..end].rfind('\n').filter(|line| *line >= end / 2).map_or(end, |line| line + 1);
    format!("{}…", &text[..end])
}

/// Who gets it, in as many calls as it takes; everybody is named once.
pub(crate) fn receivers(params: &Params) -> Result<Vec<[Vec<String>; 3]>, Problem> {
    let mut lists: [Vec<String>; 3] = Default::default();
    for ((name, _), list) in RECEIVERS.iter().zip(&mut lists) {
        *list = names(params, name)?;
    }
    if lists[0].iter().any(|user| user == EVERYBODY) {
        return Ok(vec![[vec![EVERYBODY.to_owned()], Vec::new(), Vec::new()]]);
    }
    let calls = lists.iter().zip(MOST).map(|(list, most)| list.len().div_ceil(most)).max().unwrap_or(0);
    if calls == 0 {
        return Err(Problem::new("wecom_message_nobody").field("to_users"));
    }
    let part = |call: usize| -> [Vec<String>; 3] {
        std::array::from_fn(|kind| lists[kind].iter().skip(call * MOST[kind]).take(MOST[kind]).cloned().collect())
    };
    Ok((0..calls).map(part).collect())
}

fn names(params: &Params, name: &'static str) -> Result<Vec<String>, Problem> {
    let one = |value: &Value| match value {
        Value::Text(text) => Some(text.trim().to_owned()),
        Value::Int(number) => Some(number.to_string()),
        _ => None,
    };
    let given = match params.get(name) {
        None => return Ok(Vec::new()),
        Some(Value::List(items)) => items.iter().map(one).collect(),
        Some(single) => one(single).map(|text| vec![text]),
    };
    let bad = || Problem::new("wecom_message_receiver").field(name).arg("name", name);
    let mut seen = std::collections::HashSet::new();
    let mut names: Vec<String> = given.ok_or_else(bad)?;
    // The list goes out joined by bars.
    if names.iter().any(|text| text.contains('|') || text.contains(char::is_whitespace)) {
        return Err(bad());
    }
    names.retain(|text| !text.is_empty() && seen.insert(text.to_lowercase()));
    Ok(names)
}

/// Those of an accepted call who do not get it.
fn undelivered(answer: &Map<String, Json>) -> Vec<Problem> {
    [
        ("invaliduser", "wecom_message_no_user"),
        ("invalidparty", "wecom_message_no_department"),
        ("invalidtag", "wecom_message_no_tag"),
        ("unlicenseduser", "wecom_message_unlicensed"),
    ]
    .into_iter()
    .filter_map(|(key, code)| {
        let all = listed(answer, key);
        let named = all.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
        let names = if all.len() > NAMED { format!("{named} …") } else { named };
        (!all.is_empty()).then(|| Problem::new(code).arg("count", all.len().to_string()).arg("names", names))
    })
    .collect()
}

/// The names in a list of an answer: a text joined by bars, or an array.
pub(crate) fn listed(answer: &Map<String, Json>, key: &str) -> Vec<String> {
    let text = |item: &Json| item.as_str().map_or_else(|| item.to_string(), str::to_owned);
    let all: Vec<String> = match answer.get(key) {
        Some(Json::String(text)) => text.split('|').map(str::to_owned).collect(),
        Some(Json::Array(items)) => items.iter().map(text).collect(),
        _ => Vec::new(),
    };
    all.into_iter().filter(|name| !name.is_empty()).collect()
}

fn refused(problem: Problem) -> Error {
    own(ErrorKind::Invalid, problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(values: &[(&str, Value)]) -> Params {
        let values = values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        Params { values, ..Params::default() }
    }

    fn code(values: &[(&str, Value)]) -> String {
        content(&params(values), &mut Vec::new()).map_or_else(|problem| problem.code.into_owned(), |_| "ok".into())
    }

    #[test]
    fn one_kind_of_message() {
        let text = |text: &str| Value::text(text);
        for (values, expected) in [
            (vec![("text", text("hello"))], "ok"),
            (vec![("markdown", text("# hi"))], "ok"),
            (vec![("title", text("a")), ("url", text("https://example.com/x"))], "ok"),
            (vec![("title", text("a")), ("url", text("https://example.com/x")), ("text", text("b"))], "ok"),
            (vec![("title", text("a")), ("url", text("example.com"))], "wecom_message_url"),
            (vec![("title", text("a")), ("url", text("javascript:alert(1)"))], "wecom_message_url"),
            (vec![("text", text("a")), ("markdown", text("b"))], "wecom_message_mixed"),
            (vec![("title", text("a")), ("text", text("b"))], "wecom_message_mixed"),
            (vec![("text", text(" \n"))], "wecom_message_empty"),
            (vec![], "wecom_message_empty"),
        ] {
            assert_eq!(code(&values), expected, "{values:?}");
        }
    }

    #[test]
    fn long_texts_are_cut_by_bytes_and_said_to_be() {
        for (text, exact) in [("长".repeat(683), false), ("a".repeat(2048), true), ("行行行\n".repeat(300), false)]
        {
            let mut warnings = Vec::new();
            let body = content(&params(&[("text", Value::text(text.as_str()))]), &mut warnings).expect("content");
            let sent = body["text"]["content"].as_str().expect("text");
            assert!(sent.len() <= MAX_TEXT && sent.len() > MAX_TEXT - 16, "{}", sent.len());
            assert_eq!((sent == text, warnings.is_empty()), (exact, exact));
            assert!(exact || sent.ends_with('…'));
        }
        let mut warnings = Vec::new();
        let values = [("title", Value::text("题".repeat(200))), ("url", Value::text("http://a.cn"))];
        let body = content(&params(&values), &mut warnings).expect("content");
        assert_eq!(body["textcard"]["title"].as_str().map(|title| title.chars().count()), Some(MAX_TITLE));
    }

    #[test]
    fn everybody_is_named_once() {
        let users = Value::list((0..2_300).map(|n| Value::text(format!("u{n}"))));
        let departments = Value::list((1..=150).map(Value::Int));
        let calls = receivers(&params(&[("to_users", users), ("to_departments", departments)])).expect("calls");
        let sizes: Vec<[usize; 3]> = calls.iter().map(|call| std::array::from_fn(|kind| call[kind].len())).collect();
        assert_eq!(sizes, [[1000, 100, 0], [1000, 50, 0], [300, 0, 0]]);
        let few = params(&[("to_users", Value::list([Value::text("Li"), Value::text("li"), Value::text(" wang ")]))]);
        assert_eq!(receivers(&few).expect("calls"), [[vec!["Li".to_owned(), "wang".into()], vec![], vec![]]]);
        let all = params(&[("to_users", Value::text("@all")), ("to_tags", Value::list([Value::Int(1)]))]);
        assert_eq!(receivers(&all).expect("calls"), [[vec!["@all".to_owned()], vec![], vec![]]]);
        for bad in [Value::text("a|b"), Value::list([Value::Bool(true)]), Value::text("a b")] {
            let error = receivers(&params(&[("to_users", bad)])).expect_err("refused");
            assert_eq!(error.code, "wecom_message_receiver");
        }
        assert_eq!(receivers(&Params::default()).expect_err("nobody").code, "wecom_message_nobody");
    }
}
