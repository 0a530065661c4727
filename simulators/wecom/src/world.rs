//! Everything behind the one lock, and how one call passes through it.
//!
//! A call is served in one go without waiting: faults are judged, the token is checked, the handler
//! runs, the outcome is logged. What remains outside is waiting and writing to the connection, which
//! is why [`Served`] says how long to wait and what to do with the answer.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use hyper::Method;
use serde_json::{Map, Value};

use crate::answer::{Answer, Delivery, Served};
use crate::api::fields::Query;
use crate::api::{self, Access, GETTOKEN, Incoming, Reply, Route, Touched};
use crate::clock::Clock;
use crate::corp::load::Findings;
use crate::corp::{Corp, Holder, export, load};
use crate::errors::{ApiError, usual_text};
use crate::faults::{ActiveFaults, Effect, Verdict};
use crate::log::{Entry, RequestLog};
use crate::options::{Latency, Options};
use crate::state::State;
use crate::tokens::Tokens;

/// The corps by corp id.
pub(crate) type Corps = BTreeMap<String, Corp>;

/// The whole state of a server.
#[derive(Debug)]
pub(crate) struct World {
    pub corps: Corps,
    pub tokens: Tokens,
    pub faults: ActiveFaults,
    pub log: RequestLog,
    pub latency: Latency,
    pub clock: Clock,
    seed: u64,
}

/// A request with everything that can be read from it without the state.
pub(crate) struct Request<'a> {
    pub method: &'a Method,
    pub path: &'a str,
    pub raw_query: &'a str,
    pub query: Query<'a>,
    pub ip: &'a str,
    pub raw_body: &'a [u8],
    pub body: Result<Map<String, Value>, ApiError>,
}

/// Builds corps from a state, or says everything that is wrong with it.
pub(crate) fn build(state: State) -> Result<Corps, String> {
    let mut findings = Findings::default();
    let mut corps = Corps::new();
    for corp_state in state.corps {
        let corp = load::corp(corp_state, &mut findings);
        let corpid = corp.corpid.clone();
        if corps.insert(corpid.clone(), corp).is_some() {
            findings.add(format!("corp `{corpid}` is listed twice"));
        }
    }
    match findings.into_text() {
        None => Ok(corps),
        Some(text) => Err(text),
    }
}

impl World {
    pub fn new(options: &Options, corps: Corps) -> Self {
        Self {
            corps,
            tokens: Tokens::new(options.seed, options.wrong_secret_limit),
            faults: ActiveFaults::default(),
            log: RequestLog::new(options.log_capacity),
            latency: options.latency,
            clock: Clock::default(),
            seed: options.seed,
        }
    }

    /// Puts other corps in place; tokens of secrets that still exist stay good.
    pub fn replace(&mut self, corps: Corps) {
        self.corps = corps;
        self.tokens.keep_known(&self.corps);
    }

    /// The state as it is now.
    pub fn export(&self) -> State {
        State { corps: self.corps.values().map(export::corp).collect() }
    }

    /// Serves one call.
    pub fn serve(&mut self, request: &Request<'_>) -> Served {
        let now_ms = self.clock.now_ms();
        let number = self.log.total() + 1;
        let route = api::route(request.path);
        let mut seen = Seen { caller: None, touched: Touched::default() };
        let Verdict { rule, effect, delay } = self.faults.judge(request.path, request.raw_query, request.raw_body);
        let wait = delay + self.latency.of_call(self.seed, number);
        let (answer, delivery) = match effect {
            Some(Effect::Error { errcode, errmsg }) => {
                let text = errmsg.map_or(Cow::Borrowed(usual_text(errcode)), Cow::Owned);
                (Some(render(route, request.ip, now_ms, number, Err(ApiError::new(errcode, text)))), Delivery::Whole)
            }
            Some(Effect::Http(status)) => (Some(Answer::bare(status)), Delivery::Whole),
            Some(Effect::Html(page)) => (Some(Answer::html(page)), Delivery::Whole),
            Some(Effect::Reset) => (None, Delivery::Close),
            Some(Effect::Hang) => (None, Delivery::Never),
            other => {
                let reply = self.perform(request, route, now_ms, &mut seen);
                let answer = match reply {
                    Some(reply) => render(route, request.ip, now_ms, number, reply),
                    None => Answer::bare(404),
                };
                let delivery = match other {
                    Some(Effect::Lost) => Delivery::Close,
                    Some(Effect::Cut(bytes)) => Delivery::Cut(bytes),
                    _ => Delivery::Whole,
                };
                (Some(answer), delivery)
            }
        };
        self.note(request, route, now_ms, seen, answer.as_ref(), delivery, rule);
        Served { answer, delivery, wait }
    }

    /// The platform's work; nothing for a path it does not know.
    fn perform(&mut self, request: &Request<'_>, route: Option<&Route>, now_ms: u64, seen: &mut Seen) -> Option<Reply> {
        if request.path == GETTOKEN {
            let (reply, caller) = api::gettoken(&self.corps, &mut self.tokens, request.ip, &request.query, now_ms);
            seen.caller = caller;
            return Some(reply);
        }
        let route = route?;
        Some(self.call(request, route, now_ms, seen))
    }

    fn call(&mut self, request: &Request<'_>, route: &Route, now_ms: u64, seen: &mut Seen) -> Reply {
        let text = request.query.get("access_token").ok_or_else(|| ApiError::of(41001))?;
        let token = self.tokens.check(text, now_ms)?;
        let (corpid, holder) = (String::from(token.corpid.clone()), token.holder);
        let corp = self.corps.get_mut(&corpid).ok_or_else(|| ApiError::of(40014))?;
        seen.caller = Some((corpid, holder));
        let incoming = Incoming {
            is_get: request.method == Method::GET,
            is_post: request.method == Method::POST,
            ip: request.ip,
            query: &request.query,
            raw_body: request.raw_body,
            body: &request.body,
        };
        api::run(route, corp, holder, &incoming, &mut seen.touched)
    }

    #[expect(clippy::too_many_arguments, reason = "each is one fact of the same call")]
    fn note(
        &mut self,
        request: &Request<'_>,
        route: Option<&'static Route>,
        at_ms: u64,
        seen: Seen,
        answer: Option<&Answer>,
        delivery: Delivery,
        fault: Option<usize>,
    ) {
        let known = route.map(|route| route.path).or((request.path == GETTOKEN).then_some(GETTOKEN));
        let errcode = answer.and_then(|answer| answer.errcode);
        let is_write = route.is_some_and(|route| route.access == Access::Write);
        self.log.count(known, is_write, errcode == Some(0));
        let sent = !matches!(delivery, Delivery::Close | Delivery::Never);
        let (corpid, holder) = seen.caller.unzip();
        self.log.push(Entry {
            at_ms,
            method: match *request.method {
                Method::GET => Cow::Borrowed("GET"),
                Method::POST => Cow::Borrowed("POST"),
                ref other => Cow::Owned(other.to_string()),
            },
            path: known.map_or_else(|| Cow::Owned(request.path.to_owned()), Cow::Borrowed),
            query: request.query.without_secrets().into(),
            holder,
            corpid: corpid.map(Into::into),
            userid: seen.touched.userid,
            department: seen.touched.department,
            body: request.raw_body.into(),
            errcode,
            http_status: answer.filter(|_| sent).map(|answer| answer.status),
            fault,
        });
    }

    /// Moves the clock forwards.
    pub fn advance_clock(&mut self, by: Duration) {
        self.clock.advance(by);
    }
}

/// What a call turned out to be about.
struct Seen {
    caller: Option<(String, Holder)>,
    touched: Touched,
}

fn render(route: Option<&Route>, ip: &str, now_ms: u64, number: u64, reply: Reply) -> Answer {
    match reply {
        Ok(body) => Answer::success(body),
        Err(refusal) => {
            let trace = u128::from(now_ms / 1000) * 10_u128.pow(15) + u128::from(number);
            Answer::refusal(refusal.code, refusal.full_text(trace, ip), route.map_or(&[], |route| route.empty))
        }
    }
}
