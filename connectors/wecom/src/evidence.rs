//! What is kept of an exchange that did not go well: enough for support, nothing that is private or secret.

use std::time::Duration;

use idflow_sdk::{Context, Error, Exchange, Privacy, Secret};
use serde_json::Value;

use crate::{
    error::{of_code, parse},
    schema::{DEPARTMENT, USER},
    transport::Answer,
};

/// Characters of a request, and of the system's words.
const MOST: usize = 2_000;

/// What was sent.
pub(crate) enum Sent<'a> {
    /// In the address, without the token.
    Query(&'a [(&'a str, &'a str)]),
    /// As a body.
    Json(&'a Value),
    /// A file: its name and size.
    File(&'a str, usize),
}

/// Notes an exchange, unless it went well. `hide` are secrets that an answer may repeat.
pub(crate) fn note(
    context: &Context,
    api: &str,
    sent: Sent<'_>,
    result: &Result<Answer, Error>,
    took: Duration,
    hide: &[&Secret],
) {
    let hide: Vec<&str> = hide.iter().map(|secret| secret.expose()).filter(|secret| secret.len() > 3).collect();
    let (code, text, problem) = match result {
        Ok(answer) if answer.errcode == 0 => return,
        Ok(answer) => {
            let error = of_code(api, answer.errcode, &answer.errmsg, &hide);
            (Some(answer.errcode.to_string()), Some(answer.errmsg.clone()), error.problem)
        }
        Err(error) => (None, None, error.problem.clone()),
    };
    let told = text.as_deref().map(parse);
    let trace = told.as_ref().and_then(|told| told.trace).map(ToString::to_string);
    let from_ip = told.as_ref().and_then(|told| told.ip).map(ToString::to_string);
    let clean = |text: String| -> String {
        let text: String = text.chars().filter(|c| !c.is_control()).collect();
        let text = hide.iter().fold(text, |text, secret| text.replace(secret, "***"));
        text.chars().take(MOST).collect()
    };
    let (method, request) = match sent {
        Sent::Query(query) => {
            ("GET", query.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&"))
        }
        Sent::Json(body) => ("POST", masked(None, body).to_string()),
        Sent::File(name, bytes) => ("POST", format!("{name}, {bytes} bytes")),
    };
    context.evidence.note(Exchange {
        api: format!("{method} {api}"),
        at: context.now_ms,
        ms: u32::try_from(took.as_millis()).unwrap_or(u32::MAX),
        code,
        text: text.map(clean),
        trace,
        from_ip,
        problem: *problem,
        request: Some(request).filter(|request| !request.is_empty()).map(clean),
    });
}

/// A body whose private values are masked, by the class of the field that has the name.
fn masked(name: Option<&str>, value: &Value) -> Value {
    match value {
        Value::String(_) if name == Some("encoding_aeskey") => "***".into(),
        Value::String(text) => privacy(name).mask(text).into(),
        Value::Array(items) => items.iter().map(|item| masked(name, item)).collect(),
        Value::Object(map) => map.iter().map(|(name, item)| (name.clone(), masked(Some(name), item))).collect(),
        other => other.clone(),
    }
}

fn privacy(name: Option<&str>) -> Privacy {
    let find =
        |name: &str| [&USER, &DEPARTMENT].into_iter().find_map(|schema| Some(schema.spec(schema.field(name)?).privacy));
    name.and_then(find).unwrap_or(Privacy::Open)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn private_fields_are_masked_wherever_they_stand() {
        let body = json!({"userid": "zhangsan", "mobile": "13912341111", "email": "zhang@x.cn", "department": [2],
            "more": [{"biz_mail": "zhang.san@x.cn", "name": "张三"}]});
        let shown = json!({"userid": "zhangsan", "mobile": "139****1111", "email": "z***@x.cn", "department": [2],
            "more": [{"biz_mail": "z***@x.cn", "name": "张三"}]});
        assert_eq!(masked(None, &body), shown);
    }
}
