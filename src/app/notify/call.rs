//! Calls of an address, signed as the calls of webhooks are that come in.

use std::time::Duration;

use idflow_sdk::{Problem, Secret, outgoing};
use reqwest::{Client, Url};
use serde_json::json;

use super::{
    sent::{Sent, both},
    text::Message,
    view::shown_item,
};
use crate::{
    app::{App, guarded, proof, time},
    contract::problem::Text,
    model::trace::Trace,
    store::notices::{Delivery, Rule},
};

/// The most time for a call.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where the secret of a rule is sealed for.
pub(in crate::app) fn seal_context(rule: &str) -> String {
    format!("notification/rule/{rule}")
}

/// An address that may be called.
///
/// # Errors
/// Why it may not.
pub(super) fn address(text: &str) -> Result<Url, Problem> {
    let wrong = || Problem::new("webhook_url").arg("url", text);
    let url = Url::parse(text.trim()).map_err(|_| wrong())?;
    if !matches!(url.scheme(), "http" | "https") || !url.username().is_empty() || url.password().is_some() {
        return Err(wrong());
    }
    let host = url.host_str().ok_or_else(wrong)?;
    if !outgoing::may_call_host(host) {
        return Err(Problem::new("address_private").arg("address", host));
    }
    Ok(url)
}

fn client(url: &Url) -> Result<Client, Problem> {
    let built = guarded::client(url, PATIENCE).build();
    built.map_err(|error| failed(url, both("无法准备请求", error.without_url().to_string())))
}

/// The address itself may hold a secret, so only its host is told.
fn failed(url: &Url, what: Text) -> Problem {
    let problem = Problem::new("webhook_failed").arg("host", url.host_str().unwrap_or_default());
    problem.arg("what_zh", what.zh).arg("what_en", what.en)
}

impl App {
    /// Calls an address with a message.
    pub(super) async fn call_address(
        &self,
        rule: &Rule,
        (url, secret): (&str, &Secret),
        delivery: &Delivery,
        message: &Message,
    ) -> Sent {
        let url = match address(url) {
            Ok(url) => url,
            Err(problem) => return Sent::Never(problem),
        };
        let client = match client(&url) {
            Ok(client) => client,
            Err(problem) => return Sent::Again(problem),
        };
        let items: Vec<_> = delivery.items.iter().map(|item| shown_item(self, item)).collect();
        let body = json!({
            "id": delivery.id,
            "tenant": self.tenant.as_str(),
            "rule": rule.id,
            "test": delivery.test,
            "created": time(delivery.created),
            "title": message.title,
            "text": message.plain,
            "items": items,
        });
        let body = body.to_string();
        let seconds = (self.now() / 1000).to_string();
        let signature = proof::sign(secret.expose().as_bytes(), &[seconds.as_bytes(), b".", body.as_bytes()]);
        // A message about one run belongs to its trace, any other one begins a trace.
        let own = ulid::Ulid::from_string(&delivery.id).map_or(1, |id| id.0);
        let trace = match delivery.items.iter().find_map(|item| item.run) {
            Some(run) => Trace::of_run(run, own),
            None => Trace::of(own, own),
        };
        let request = client
            .post(url.clone())
            .header("traceparent", trace.header())
            .header("content-type", "application/json")
            .header("idempotency-key", &delivery.id)
            .header("x-idflow-signature", format!("t={seconds},v1={signature}"))
            .body(body);
        match request.send().await {
            Ok(answer) if answer.status().is_success() => Sent::Done,
            Ok(answer) => {
                let status = answer.status();
                let told = format!("HTTP {}", status.as_u16());
                let problem = failed(&url, both(told.clone(), told));
                // Later, and too many: whoever says so takes it another time.
                let again = status.is_server_error() || matches!(status.as_u16(), 408 | 429);
                if again { Sent::Again(problem) } else { Sent::Never(problem) }
            }
            Err(error) => {
                let zh = if error.is_timeout() { "超时" } else { "无法连接" };
                let error = error.without_url();
                let mut cause: &dyn std::error::Error = &error;
                while let Some(source) = cause.source() {
                    cause = source;
                }
                Sent::Again(failed(&url, both(zh, cause.to_string())))
            }
        }
    }
}
