//! How is one call made: its token, the pass of the quota, the exchange, and what a refusal means?

use std::time::Duration;

use idflow_sdk::{Context, Error, ErrorKind, Grant, Lease, Problem, Secret};
use reqwest::{
    RequestBuilder, Url,
    multipart::{Form, Part},
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{
    Client,
    answers::TokenAnswer,
    calls::{Api, Who},
};
use crate::{
    codes,
    error::{culprit, lacks, of_code, own},
    evidence::{self, Sent},
    quota::Limits,
    rate::{Heard, Pass},
    token::{Fresh, Tokens},
    transport::{Answer, Nature},
};

/// An answer no larger than this tells by its time how fast the platform is, not how long a list is.
const SMALL: usize = 16 * 1024;
/// The slowest upload that is waited for, in bytes a second.
pub(super) const UPLOAD_RATE: u64 = 250_000;

/// What a request carries beside its address.
#[derive(Clone, Copy)]
pub(super) enum Body<'a> {
    Nothing,
    Json(&'a Value),
    /// A file of this name.
    File(&'static str, &'a [u8]),
}

pub(super) struct Credential {
    pub who: Who,
    /// Empty where tokens come from what was granted.
    pub secret: Secret,
    pub tokens: Tokens,
}

impl Credential {
    pub(super) fn new(who: Who, secret: &Secret) -> Self {
        Self { who, secret: secret.clone(), tokens: Tokens::default() }
    }
}

impl Client {
    pub(super) async fn read<T: DeserializeOwned>(
        &self,
        context: &Context,
        api: Api,
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<T, Error> {
        let answer = self.call(context, api, query, body.map_or(Body::Nothing, Body::Json)).await?;
        serde_json::from_slice(&answer.body).map_err(|error| lacks(api.path, &culprit(&answer.body, &error)))
    }

    pub(super) async fn call(
        &self,
        context: &Context,
        api: Api,
        query: &[(&str, &str)],
        body: Body<'_>,
    ) -> Result<Answer, Error> {
        let credential = api.by.iter().find_map(|who| self.credential(*who));
        let Some(credential) = credential else {
            return Err(self.lacking(api.by.first().copied().unwrap_or(Who::Contacts), api.path).await);
        };
        let pass = self.admit(context, api.path, self.counted_by(api))?;
        let token = self.token(context, credential).await?;
        let answer = self.once(context, api, pass, &token, query, body).await?;
        if answer.errcode == 0 {
            return Ok(answer);
        }
        if !codes::is_stale_token(answer.errcode) {
            return Err(self.refused(context, api.path, pass, &answer, &self.hidden(&token)));
        }
        credential.tokens.discard(&token).await;
        let pass = self.admit(context, api.path, self.counted_by(api))?;
        let token = self.token(context, credential).await?;
        context.meter.retry();
        let answer = self.once(context, api, pass, &token, query, body).await?;
        if answer.errcode == 0 {
            return Ok(answer);
        }
        if codes::is_stale_token(answer.errcode) {
            credential.tokens.discard(&token).await;
        }
        Err(self.refused(context, api.path, pass, &answer, &self.hidden(&token)))
    }

    async fn once(
        &self,
        context: &Context,
        api: Api,
        pass: Pass,
        token: &Secret,
        query: &[(&str, &str)],
        body: Body<'_>,
    ) -> Result<Answer, Error> {
        let begun = std::time::Instant::now();
        let mut url = self.url(api.path);
        url.query_pairs_mut().append_pair("access_token", token.expose()).extend_pairs(query);
        let http = self.transport.http();
        let (request, sent) = match body {
            Body::Nothing => (http.get(url), 0),
            Body::Json(body) => {
                // Characters go out as they are: the platform refuses \u escapes (40033).
                let bytes = body.to_string().into_bytes();
                let sent = bytes.len();
                let request = http.post(url).header("content-type", "application/json");
                (with_body(request, bytes, context, api.nature), sent)
            }
            Body::File(name, file) => {
                let form = Form::new().part("media", Part::bytes(file.to_vec()).file_name(name));
                let time = self.timeout + Duration::from_secs(file.len() as u64 / UPLOAD_RATE);
                (http.post(url).multipart(form).timeout(time), file.len())
            }
        };
        let request = match context.lease.as_ref().and_then(Lease::shown) {
            Some(shown) => request.header("x-idflow-lease", shown),
            None => request,
        };
        let result = self.exchange(context, api.path, api.nature, pass, request, sent).await;
        let sent = match body {
            Body::Nothing => Sent::Query(query),
            Body::Json(body) => Sent::Json(body),
            Body::File(name, file) => Sent::File(name, file.len()),
        };
        evidence::note(context, api.path, sent, &result, begun.elapsed(), &self.hidden(token));
        result
    }

    /// Counts a call, or says how long it has to wait; then nothing is sent.
    fn admit(&self, context: &Context, api: &'static str, app: Option<i64>) -> Result<Pass, Error> {
        // What is counted by app has no published table; only a refusal shuts its bucket.
        let limits = if app.is_some() { Limits::NONE } else { self.limits };
        self.pace.admit(context, api, app, limits).map_err(|wait| {
            let kind = wait.kind();
            own(kind, wait.cause.unwrap_or_else(|| Problem::new("wecom_quota_used_up").arg("api", api)))
        })
    }

    pub(super) fn counted_by(&self, api: Api) -> Option<i64> {
        api.by_app.then_some(self.agent_id)
    }

    pub(super) async fn token(&self, context: &Context, credential: &Credential) -> Result<Secret, Error> {
        // Looked at each time: what a company takes back ends at once, with a reason of ours.
        self.stands(grant_of(credential.who)).await?;
        credential.tokens.get(|| self.fetch_token(context, credential)).await
    }

    /// Whether the company grants this now, for a connection that comes by a provider.
    async fn stands(&self, grant: Grant) -> Result<(), Error> {
        match &self.granted {
            Some(granted) => granted.stands(grant).await,
            None => Ok(()),
        }
    }

    /// Why a call cannot be made: a secret that nobody gave, or something that the company has not granted, or not any more.
    pub(super) async fn lacking(&self, who: Who, api: &'static str) -> Error {
        match self.stands(grant_of(who)).await {
            Err(error) => error,
            Ok(()) => lacking(who, api),
        }
    }

    async fn fetch_token(&self, context: &Context, credential: &Credential) -> Result<Fresh, Error> {
        if let (Who::Edit, Some(granted)) = (credential.who, &self.granted) {
            let (token, lifetime) = granted.token(context).await?;
            return Ok(Fresh { token, lifetime });
        }
        let mut url = self.url("gettoken");
        url.query_pairs_mut()
            .append_pair("corpid", &self.corp_id)
            .append_pair("corpsecret", credential.secret.expose());
        let pass = self.admit(context, "gettoken", None)?;
        let request = self.transport.http().get(url);
        let begun = std::time::Instant::now();
        let result = self.exchange(context, "gettoken", Nature::Read, pass, request, 0).await;
        let sent = Sent::Query(&[("corpid", &self.corp_id)]);
        evidence::note(context, "gettoken", sent, &result, begun.elapsed(), &self.secrets());
        let answer = result?;
        if answer.errcode != 0 {
            let mut error = self.refused(context, "gettoken", pass, &answer, &self.secrets());
            // Whatever is wrong with getting a token is wrong for every call.
            if !matches!(error.kind, ErrorKind::RateLimited(_) | ErrorKind::UsedUp(_) | ErrorKind::Unavailable) {
                error.kind = ErrorKind::Configuration;
            }
            return Err(error);
        }
        let wrong = |error: serde_json::Error| lacks("gettoken", &culprit(&answer.body, &error));
        let answer: TokenAnswer = serde_json::from_slice(&answer.body).map_err(wrong)?;
        if answer.access_token.is_empty() {
            return Err(lacks("gettoken", "access_token"));
        }
        let seconds = if answer.expires_in == 0 { 60 } else { answer.expires_in.min(86_400) };
        Ok(Fresh { token: Secret::new(answer.access_token), lifetime: Duration::from_secs(seconds) })
    }

    async fn exchange(
        &self,
        context: &Context,
        path: &'static str,
        nature: Nature,
        pass: Pass,
        request: RequestBuilder,
        sent: usize,
    ) -> Result<Answer, Error> {
        context.may_call()?;
        let started = std::time::Instant::now();
        let mut result = self.transport.exchange(request, nature, sent, &context.meter).await;
        let took = started.elapsed();
        let ms = took.as_millis();
        match &mut result {
            Ok(answer) => {
                tracing::debug!(api = path, errcode = answer.errcode, ms, "WeCom answered");
                // A refusal for its rate is noted with its words, in `refused`.
                if answer.errcode != codes::TOO_MANY {
                    let complaint = codes::is_complaint(answer.errcode);
                    let heard = if complaint { Heard::Complaint } else { Heard::Clean };
                    let small = sent + answer.body.len() <= SMALL;
                    self.pace.heard(pass, heard, nature == Nature::Write, small, took);
                }
            }
            Err(error) => {
                tracing::debug!(api = path, code = %error.problem.code, ms, "no answer from WeCom");
                if matches!(error.kind, ErrorKind::RateLimited(_)) {
                    *error = self.shut(context, pass, &error.problem);
                } else {
                    self.pace.heard(pass, Heard::Complaint, nature == Nature::Write, false, took);
                }
            }
        }
        result
    }

    /// Every secret of the connection: a server may repeat one that it was not given in this call.
    pub(crate) fn secrets(&self) -> Vec<&Secret> {
        [&self.app, &self.contacts, &self.edit].into_iter().flatten().map(|credential| &credential.secret).collect()
    }

    /// What no text about a call with this token may show.
    fn hidden<'a>(&'a self, token: &'a Secret) -> Vec<&'a Secret> {
        self.secrets().into_iter().chain([token]).collect()
    }

    /// The error of an answer other than success; one call too many shuts its bucket.
    fn refused(&self, context: &Context, api: &str, pass: Pass, answer: &Answer, secrets: &[&Secret]) -> Error {
        let hide: Vec<&str> = secrets.iter().map(|secret| secret.expose()).collect();
        let error = of_code(api, answer.errcode, &answer.errmsg, &hide);
        if matches!(error.kind, ErrorKind::RateLimited(_)) { self.shut(context, pass, &error.problem) } else { error }
    }

    /// What a call comes to that was one too many.
    fn shut(&self, context: &Context, pass: Pass, cause: &Problem) -> Error {
        let wait = self.pace.refused(context, pass, cause);
        let kind = wait.kind();
        own(kind, wait.cause.unwrap_or_else(|| cause.clone()))
    }

    pub(super) fn url(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("{}/cgi-bin/{path}", self.base.path().trim_end_matches('/')));
        url
    }

    pub(super) fn credential(&self, who: Who) -> Option<&Credential> {
        match who {
            Who::App => self.app.as_ref(),
            Who::Contacts => self.contacts.as_ref(),
            Who::Edit => self.edit.as_ref(),
        }
    }
}

/// A request with this body. That of a write is handed over at the last moment, when its bytes go out together with the
/// head, and not any more once the right to write may be somebody else's: the platform drops a request without its body.
fn with_body(request: RequestBuilder, bytes: Vec<u8>, context: &Context, nature: Nature) -> RequestBuilder {
    let Some(lease) = context.lease.clone().filter(|_| nature == Nature::Write) else { return request.body(bytes) };
    let length = bytes.len();
    let body = futures::stream::once(async move {
        if lease.is_good() { Ok(bytes) } else { Err(std::io::Error::other("the right to write was lost")) }
    });
    // Named, so that it goes out in one piece with its length, as bodies do that are not asked for.
    request.header("content-length", length).body(reqwest::Body::wrap_stream(body))
}

/// What a company has to grant to a provider for this.
const fn grant_of(who: Who) -> Grant {
    match who {
        Who::App => Grant::App,
        Who::Contacts | Who::Edit => Grant::Contacts,
    }
}

fn lacking(who: Who, api: &'static str) -> Error {
    let code = match who {
        Who::App => "wecom_app_secret_missing",
        Who::Contacts | Who::Edit => "wecom_contacts_secret_missing",
    };
    own(ErrorKind::Configuration, Problem::new(code).arg("api", api))
}
