//! The calls of `service/*`: what is sent, and what came of it. Several of them answer with a code only when they refuse.

use std::time::Duration;

use idflow_sdk::{Context, Error, ErrorKind, Grant, Problem, Secret};
use reqwest::Url;
use serde_json::{Map, Value, json};

use super::config::{Config, Suite};
use crate::{
    error::{code_of, culprit, lacks, of_code, own},
    token::{Fresh, Tokens},
    transport::{Nature, Transport},
};

/// An answer without its lifetime is good for this long.
const SHORT: u64 = 60;

/// No ticket has come yet.
pub(super) const NO_TICKET: &str = "wecom_provider_no_ticket";

/// What calls the platform in the provider's name.
pub(super) struct Service {
    pub config: Config,
    transport: Transport,
    provider: Tokens,
    template: Tokens,
    contacts: Tokens,
}

impl Service {
    pub fn new(config: Config) -> Result<Self, Error> {
        let transport = Transport::new(&config.base, config.timeout)?;
        let [provider, template, contacts] = std::array::from_fn(|_| Tokens::default());
        Ok(Self { config, transport, provider, template, contacts })
    }

    fn suite(&self, grant: Grant) -> Result<(&Suite, &Tokens), Error> {
        let tokens = match grant {
            Grant::App => &self.template,
            Grant::Contacts => &self.contacts,
        };
        let suite = self.config.suite(grant);
        let suite = suite.ok_or_else(|| own(ErrorKind::Configuration, Problem::new("wecom_provider_no_suite")))?;
        Ok((suite, tokens))
    }

    /// A call in the name of one of the provider's apps. A token that is not good any more is replaced once.
    pub async fn as_suite(
        &self,
        context: &Context,
        grant: Grant,
        ticket: Option<&Secret>,
        (path, query): (&'static str, &[(&str, &str)]),
        body: Option<&Value>,
        hide: &[&Secret],
    ) -> Result<Map<String, Value>, Error> {
        let (suite, tokens) = self.suite(grant)?;
        let no_ticket = || own(ErrorKind::Configuration, Problem::new(NO_TICKET));
        let ticket = ticket.ok_or_else(no_ticket)?;
        let mut again = true;
        loop {
            let token = tokens.get(|| self.suite_token(context, suite, ticket)).await?;
            let mut whole = vec![("suite_access_token", token.expose())];
            whole.extend_from_slice(query);
            let hidden: Vec<&Secret> = hide.iter().copied().chain([&token]).collect();
            match self.call(context, path, &whole, body, &hidden).await {
                Err(error) if again && matches!(code_of(&error), Some(40082 | 42009)) => {
                    again = false;
                    tokens.discard(&token).await;
                }
                done => return done,
            }
        }
    }

    async fn suite_token(&self, context: &Context, suite: &Suite, ticket: &Secret) -> Result<Fresh, Error> {
        let body =
            json!({"suite_id": suite.id, "suite_secret": suite.secret.expose(), "suite_ticket": ticket.expose()});
        let hide = [&suite.secret, ticket];
        let answer = self.call(context, "service/get_suite_token", &[], Some(&body), &hide).await;
        let answer = answer.map_err(|mut error| {
            // Whatever is wrong with getting a token is wrong for every call.
            if !error.retryable() {
                error.kind = ErrorKind::Configuration;
            }
            error
        })?;
        token_of(&answer, "suite_access_token", "service/get_suite_token")
    }

    /// A call in the name of the provider itself.
    pub async fn as_provider(
        &self,
        context: &Context,
        path: &'static str,
        body: &Value,
    ) -> Result<Map<String, Value>, Error> {
        let token = self.provider.get(|| self.provider_token(context)).await?;
        self.call(context, path, &[("provider_access_token", token.expose())], Some(body), &[&token]).await
    }

    async fn provider_token(&self, context: &Context) -> Result<Fresh, Error> {
        let body = json!({"corpid": self.config.corp_id, "provider_secret": self.config.secret.expose()});
        let path = "service/get_provider_token";
        let answer = self.call(context, path, &[], Some(&body), &[&self.config.secret]).await?;
        token_of(&answer, "provider_access_token", path)
    }

    /// One exchange. Nothing of what is secret stands in an error of it.
    pub async fn call(
        &self,
        context: &Context,
        path: &'static str,
        query: &[(&str, &str)],
        body: Option<&Value>,
        hide: &[&Secret],
    ) -> Result<Map<String, Value>, Error> {
        context.may_call()?;
        let mut url = self.url(path);
        url.query_pairs_mut().extend_pairs(query);
        let http = self.transport.http();
        let (request, sent) = match body {
            None => (http.get(url), 0),
            Some(body) => {
                let bytes = body.to_string().into_bytes();
                let sent = bytes.len();
                (http.post(url).header("content-type", "application/json").body(bytes), sent)
            }
        };
        // What a lost answer means does not differ: a code that was used is found out by the next call.
        let bytes = self.transport.bytes(request, Nature::Read, sent, &context.meter).await?;
        let wrong = |error: serde_json::Error| lacks(path, &culprit(&bytes, &error));
        let answer: Map<String, Value> = serde_json::from_slice(&bytes).map_err(wrong)?;
        let code = answer.get("errcode").map_or(Some(0), Value::as_i64).ok_or_else(|| lacks(path, "errcode"))?;
        tracing::debug!(api = path, errcode = code, "WeCom answered a provider");
        if code == 0 {
            return Ok(answer);
        }
        let text = answer.get("errmsg").and_then(Value::as_str).unwrap_or_default();
        let hidden: Vec<&str> = hide.iter().map(|secret| secret.expose()).collect();
        Err(of_code(path, code, text, &hidden))
    }

    fn url(&self, path: &str) -> Url {
        let mut url = self.config.base.clone();
        url.set_path(&format!("{}/cgi-bin/{path}", self.config.base.path().trim_end_matches('/')));
        url
    }
}

/// The token of an answer.
pub(super) fn token_of(answer: &Map<String, Value>, name: &str, api: &'static str) -> Result<Fresh, Error> {
    let token = answer.get(name).and_then(Value::as_str).filter(|token| !token.is_empty());
    let token = token.ok_or_else(|| lacks(api, name))?;
    let seconds = answer.get("expires_in").and_then(Value::as_u64).filter(|seconds| *seconds > 0).unwrap_or(SHORT);
    Ok(Fresh { token: Secret::new(token.to_owned()), lifetime: Duration::from_secs(seconds.min(86_400)) })
}
