//! The wire: the only file that knows addresses and HTTP. One call is one attempt; whether it is repeated is the engine's
//! affair, and follows from the kind of the error.

use std::time::Duration;

use idflow_sdk::{Context, Error, ErrorKind, Problem, Secret};
use reqwest::{Method, header::RETRY_AFTER};
use serde_json::Value as Json;

pub(crate) struct Client {
    http: reqwest::Client,
    address: String,
    key: Secret,
}

impl Client {
    pub(crate) fn new(address: &str, key: Secret) -> Result<Self, Error> {
        let http = reqwest::Client::builder().timeout(Duration::from_secs(10)).build();
        let http = http.map_err(|_| fail(ErrorKind::Configuration, "badge_unreachable"))?;
        Ok(Self { http, address: address.trim_end_matches('/').into(), key })
    }

    /// One call; `Null` is no body. Its answer is always JSON.
    pub(crate) async fn call(&self, context: &Context, method: Method, path: &str, body: Json) -> Result<Json, Error> {
        // Another node may have taken over: then nothing is sent.
        context.may_call()?;
        let writes = method != Method::GET;
        let mut request = self.http.request(method, format!("{}{path}", self.address)).bearer_auth(self.key.expose());
        if !body.is_null() {
            request = request.json(&body);
        }
        // No answer: if nothing was sent, it can be tried again; if something was written, nobody knows.
        let lost = |sent: bool| match writes && sent {
            true => fail(ErrorKind::Unknown, "badge_no_answer"),
            false => fail(ErrorKind::Unavailable, "badge_unreachable"),
        };
        context.meter.call(0);
        let answer = request.send().await.map_err(|error| lost(!error.is_connect()))?;
        let (status, pause) = (answer.status().as_u16(), answer.headers().get(RETRY_AFTER).cloned());
        let pause = pause.and_then(|pause| pause.to_str().ok()?.parse().ok()).unwrap_or(60);
        let body = answer.text().await.map_err(|_| lost(true))?;
        match (status, serde_json::from_str::<Json>(&body)) {
            (200..=299, Ok(json)) => Ok(json),
            (401 | 403, _) => Err(fail(ErrorKind::Configuration, "badge_no_right")),
            (404, Ok(_)) => Err(fail(ErrorKind::NotFound, "badge_not_found")),
            (409, Ok(json)) => {
                let field = json["field"].as_str().unwrap_or("?").to_string();
                Err(Error::new(ErrorKind::Conflict, Problem::new("badge_taken").arg("field", field)))
            }
            (429, _) => Err(fail(ErrorKind::RateLimited(Duration::from_secs(pause)), "badge_busy")),
            (503, _) => Err(fail(ErrorKind::Unavailable, "badge_busy")),
            _ if writes => Err(fail(ErrorKind::Unknown, "badge_answer")),
            _ => Err(fail(ErrorKind::Unexpected, "badge_answer")),
        }
    }
}

pub(crate) fn fail(kind: ErrorKind, code: &'static str) -> Error {
    Error::new(kind, Problem::new(code))
}
