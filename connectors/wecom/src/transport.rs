//! One HTTP exchange: sends a prepared request and says what came of it.
//!
//! Three questions are answered here and nowhere else: was anything sent at all, does the answer come from WeCom, and
//! what may a caller conclude when it does not. A read that got no answer can simply be repeated; a write that got none
//! is [`ErrorKind::Unknown`], unless nothing was sent.
//!
//! Errors name the host only. The address of a request carries the secret or the token, so it is dropped from every error
//! of the HTTP client, redirects are not followed, and nothing of a body that is not WeCom's is repeated.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use idflow_sdk::{Error, ErrorKind, Meter, Problem, outgoing};
use reqwest::{Client, RequestBuilder, Response, StatusCode, Url, redirect};
use serde::Deserialize;

use crate::{config, error::own};

/// The most bytes of one answer: some ten times the largest list the platform gives.
const MAX_BODY: usize = 64 * 1024 * 1024;
/// The most bytes of a file of an export.
const MAX_FILE: usize = 512 * 1024 * 1024;
/// The most time for name lookup, connection and encryption together.
const MAX_CONNECT: Duration = Duration::from_secs(5);

/// The most time beyond the limit of a call that a read may take while its answer keeps coming: 64 MB at half a megabyte a
/// second. A read is never under the right to write, so it may outlive that; a write may not, and has the limit alone.
const LONGEST: Duration = Duration::from_secs(120);
const TIMED_OUT: &str = "timed out";

/// How long an unused connection is kept. Short, because a write on a connection that the other side has just closed
/// leaves its outcome in doubt.
const MAX_IDLE: Duration = Duration::from_secs(15);

/// What a call does to the system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nature {
    /// Changes nothing.
    Read,
    /// Sends a file, which changes nothing that anybody sees.
    Upload,
    /// Changes something.
    Write,
}

/// An answer of WeCom, successful or not.
pub(crate) struct Answer {
    /// 0 is success.
    pub errcode: i64,
    /// The text of the code.
    pub errmsg: String,
    /// The whole body.
    pub body: Vec<u8>,
}

#[derive(Deserialize)]
struct Envelope {
    errcode: i64,
    #[serde(default, deserialize_with = "crate::client::lenient::or_empty")]
    errmsg: String,
}

/// The HTTP client of one connection.
pub(crate) struct Transport {
    http: Client,
    host: String,
    timeout: Duration,
    /// The time of the last answer by the clock there, in milliseconds since 1970; 0 before the first one.
    date_ms: AtomicI64,
}

/// Names lead to addresses that were looked at.
struct Looked;

impl reqwest::dns::Resolve for Looked {
    fn resolve(&self, name: reqwest::dns::Name) -> reqwest::dns::Resolving {
        Box::pin(async move {
            let found = outgoing::resolve(name.as_str()).await?;
            Ok(Box::new(found.into_iter()) as reqwest::dns::Addrs)
        })
    }
}

impl Transport {
    /// A client for this address. Needs a crypto provider installed for the process.
    pub fn new(base: &Url, timeout: Duration) -> Result<Self, Error> {
        let mut builder = Client::builder()
            .timeout(timeout)
            // Shorter than the whole, so that a connection that never came about is known as such: nothing was sent.
            .connect_timeout((timeout / 2).min(MAX_CONNECT))
            .pool_idle_timeout(MAX_IDLE)
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .user_agent(concat!("idflow/", env!("CARGO_PKG_VERSION")));
        if config::is_loopback(base) {
            builder = builder.no_proxy();
        }
        // Also where private addresses may be called: those of a cloud's metadata never are.
        if !base.host_str().is_some_and(outgoing::may_call_host) {
            let problem = Problem::new("wecom_base_url_private").field("base_url");
            return Err(own(ErrorKind::Configuration, problem));
        }
        if outgoing::resolves() {
            builder = builder.dns_resolver(std::sync::Arc::new(Looked));
        }
        let http = builder.build().map_err(|error| {
            own(ErrorKind::Configuration, Problem::new("wecom_client").arg("cause", cause(&error.without_url())))
        })?;
        let host = match (base.host_str(), base.port()) {
            (Some(host), Some(port)) => format!("{host}:{port}"),
            (Some(host), None) => host.to_owned(),
            (None, _) => String::new(),
        };
        Ok(Self { http, host, timeout, date_ms: AtomicI64::new(0) })
    }

    /// The client to prepare requests with.
    pub fn http(&self) -> &Client {
        &self.http
    }

    /// The time of the last answer by the clock there, in milliseconds since 1970.
    pub fn last_date_ms(&self) -> Option<i64> {
        Some(self.date_ms.load(Ordering::Relaxed)).filter(|ms| *ms > 0)
    }

    /// Sends a request with `sent` bytes of body, once.
    pub async fn exchange(
        &self,
        request: RequestBuilder,
        nature: Nature,
        sent: usize,
        meter: &Meter,
    ) -> Result<Answer, Error> {
        let body = self.bytes(request, nature, sent, meter).await?;
        match serde_json::from_slice::<Envelope>(&body) {
            Ok(Envelope { errcode, errmsg }) => Ok(Answer { errcode, errmsg, body }),
            Err(error) if error.is_eof() && body.trim_ascii_start().starts_with(b"{") => {
                Err(self.no_answer(nature, "the answer is cut off"))
            }
            Err(_) => {
                let kind = if nature == Nature::Write { ErrorKind::Unknown } else { ErrorKind::Unexpected };
                Err(own(kind, Problem::new("wecom_not_json").arg("host", &*self.host)))
            }
        }
    }

    /// The same, whatever the answer says.
    pub async fn bytes(
        &self,
        request: RequestBuilder,
        nature: Nature,
        sent: usize,
        meter: &Meter,
    ) -> Result<Vec<u8>, Error> {
        // A long list that is being received is no dead call: what counts is how long nothing comes.
        let idle = match nature {
            Nature::Read => self.timeout,
            Nature::Upload | Nature::Write => Duration::MAX,
        };
        let request = if nature == Nature::Read { request.timeout(self.timeout + LONGEST) } else { request };
        let Ok(answer) = tokio::time::timeout(idle, request.send()).await else {
            count(meter, nature, sent);
            return Err(self.no_answer(nature, TIMED_OUT));
        };
        let response = match answer {
            Ok(response) => response,
            Err(error) => {
                let error = error.without_url();
                if error.is_connect() || error.is_builder() {
                    return Err(self.unreachable(&error));
                }
                count(meter, nature, sent);
                return Err(self.no_answer(nature, &cause(&error)));
            }
        };
        let status = response.status();
        let date = response.headers().get("date").and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok());
        if let Some(since) = date.and_then(|date| date.duration_since(std::time::UNIX_EPOCH).ok()) {
            self.date_ms.store(i64::try_from(since.as_millis()).unwrap_or(0), Ordering::Relaxed);
        }
        let body = match read(response, idle).await {
            Ok(body) => body,
            Err(cause) => {
                count(meter, nature, sent);
                return Err(self.no_answer(nature, &cause));
            }
        };
        count(meter, nature, sent + body.len());
        if !status.is_success() {
            return Err(self.refused(nature, status));
        }
        Ok(body)
    }

    /// Reads a file of so many bytes that is no answer of the API.
    pub async fn download(&self, url: Url, size: u64, time: Duration, meter: &Meter) -> Result<Vec<u8>, Error> {
        let most = usize::try_from(size).unwrap_or(usize::MAX).min(MAX_FILE);
        let response = self.http.get(url).timeout(time).send().await;
        let mut response = response.map_err(|error| self.no_answer(Nature::Read, &cause(&error.without_url())))?;
        if !response.status().is_success() {
            return Err(self.refused(Nature::Read, response.status()));
        }
        let mut bytes = Vec::with_capacity(most);
        loop {
            let Ok(chunk) = tokio::time::timeout(self.timeout, response.chunk()).await else {
                return Err(self.no_answer(Nature::Read, TIMED_OUT));
            };
            match chunk {
                Ok(Some(chunk)) if bytes.len() + chunk.len() <= most => bytes.extend_from_slice(&chunk),
                Ok(Some(_)) => return Err(self.no_answer(Nature::Read, "the file is larger than it was said to be")),
                Ok(None) => break,
                Err(error) => return Err(self.no_answer(Nature::Read, &cause(&error.without_url()))),
            }
        }
        count(meter, Nature::Read, bytes.len());
        if bytes.len() as u64 != size {
            return Err(self.no_answer(Nature::Read, "the file is cut off"));
        }
        Ok(bytes)
    }

    fn unreachable(&self, error: &reqwest::Error) -> Error {
        let problem = told(Problem::new("wecom_unreachable").arg("host", &*self.host), &cause(error));
        own(ErrorKind::Unavailable, problem)
    }

    fn no_answer(&self, nature: Nature, cause: &str) -> Error {
        own(lost(nature), told(Problem::new("wecom_no_answer").arg("host", &*self.host), cause))
    }

    /// For a status that WeCom does not use: its own failures come with 200.
    fn refused(&self, nature: Nature, status: StatusCode) -> Error {
        let (kind, code) = match status.as_u16() {
            429 => (ErrorKind::RateLimited(Duration::from_secs(60)), "wecom_server_busy"),
            408 | 500.. => (lost(nature), "wecom_server_busy"),
            _ => (ErrorKind::Configuration, "wecom_wrong_address"),
        };
        own(kind, Problem::new(code).arg("host", &*self.host).arg("status", status.as_str()))
    }
}

/// What a lost answer means.
const fn lost(nature: Nature) -> ErrorKind {
    match nature {
        Nature::Read | Nature::Upload => ErrorKind::Unavailable,
        Nature::Write => ErrorKind::Unknown,
    }
}

fn count(meter: &Meter, nature: Nature, bytes: usize) {
    meter.call(u64::try_from(bytes).unwrap_or(u64::MAX));
    if nature == Nature::Write {
        meter.write();
    }
}

async fn read(mut response: Response, idle: Duration) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    loop {
        let Ok(chunk) = tokio::time::timeout(idle, response.chunk()).await else { return Err(TIMED_OUT.to_owned()) };
        match chunk {
            Ok(Some(chunk)) if body.len() + chunk.len() <= MAX_BODY => body.extend_from_slice(&chunk),
            Ok(Some(_)) => return Err("the answer is too large".to_owned()),
            Ok(None) => return Ok(body),
            Err(error) => return Err(cause(&error.without_url())),
        }
    }
}

/// Says why there is no answer, in both languages: what the system says is English.
fn told(problem: Problem, cause: &str) -> Problem {
    let known = [
        ("timed out", "超时"),
        ("refused", "连接被拒绝"),
        ("reset", "连接被对方中断"),
        ("broken pipe", "连接被对方中断"),
        ("unreachable", "网络不通"),
        ("too large", "应答过大"),
        ("cut off", "应答不完整"),
        ("end of file", "应答不完整"),
        ("before message", "应答不完整"),
        ("lookup", "找不到这个主机名"),
        ("certificate", "证书不受信任"),
    ];
    let lower = cause.to_lowercase();
    let chinese =
        known.iter().find(|(english, _)| lower.contains(english)).map_or("网络错误", |(_, chinese)| *chinese);
    problem.arg("cause_zh", chinese).arg("cause_en", cause)
}

/// The innermost reason, which names no address.
fn cause(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return TIMED_OUT.to_owned();
    }
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string().chars().filter(|c| !c.is_control()).take(200).collect()
}
