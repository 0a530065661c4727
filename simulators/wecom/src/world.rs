//! Everything behind the one lock, and how one call passes through it.
//!
//! A call is served in one go without waiting: faults are judged, the token is checked, the handler
//! runs, the outcome is logged. What remains outside is waiting and writing to the connection, which
//! is why [`Served`] says how long to wait and what to do with the answer.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use hyper::Method;
use serde_json::{Map, Value, json};

use crate::answer::{Answer, Delivery, Served};
use crate::api::fields::Query;
use crate::api::upload::Upload;
use crate::api::{self, GETTOKEN, GETTOKEN_API, Incoming, Moment, Reply, Route, Touched};
use crate::callback::tell::Origin;
use crate::callback::{CallbackSettings, Outbox};
use crate::check::{self, JobStatus};
use crate::clock::Clock;
use crate::corp::exports::ExportSpeed;
use crate::corp::load::Findings;
use crate::corp::{Corp, Holder, export, load};
use crate::errors::{ApiError, usual_text};
use crate::faults::{ActiveFaults, Effect, Verdict};
use crate::flight::{Flying, InFlight, Others};
use crate::limits::{Conflicts, Limits};
use crate::log::{EffectEntry, Entry, MessageRecord, RequestLog};
use crate::options::{ImportSpeed, Latency, Options};
use crate::provider::{Suite, Suites, connect, service};
use crate::quota::Quotas;
use crate::state::{State, SuiteKind};
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
    pub limits: Limits,
    pub import_speed: ImportSpeed,
    pub quotas: Quotas,
    pub in_flight: InFlight,
    pub clock: Clock,
    pub suites: Suites,
    /// Tokens of providers: whose, and when they end.
    pub provider_tokens: HashMap<String, (String, u64)>,
    pub outbox: Outbox,
    pub export_speed: ExportSpeed,
    /// Where this server is.
    pub base_url: String,
    pub seed: u64,
    /// How many codes were drawn.
    pub drawn: u64,
}

/// A request with everything that can be read from it without the state.
pub(crate) struct Request<'a> {
    pub method: &'a Method,
    pub path: &'a str,
    pub raw_query: &'a str,
    pub query: Query<'a>,
    pub ip: &'a str,
    /// Which node of the caller sends it, if it says so.
    pub lease: Option<&'a str>,
    pub raw_body: &'a [u8],
    pub body: Result<Map<String, Value>, ApiError>,
    /// The file of an upload; its bytes stand nowhere else.
    pub upload: Option<Result<Upload, ApiError>>,
}

/// Builds corps from a state, or says everything that is wrong with it.
pub(crate) fn build(state: State) -> Result<(Corps, Suites), String> {
    let mut findings = Findings::default();
    let mut corps = Corps::new();
    for corp_state in state.corps {
        let corp = load::corp(corp_state, &mut findings);
        let corpid = corp.corpid.clone();
        if corps.insert(corpid.clone(), corp).is_some() {
            findings.add(format!("corp `{corpid}` is listed twice"));
        }
    }
    let mut suites = Suites::new();
    for suite in state.suites {
        for authorization in suite.authorizations.iter().filter(|found| !corps.contains_key(&found.corpid)) {
            findings.add(format!("suite `{}`: corp `{}` does not exist", suite.suite_id, authorization.corpid));
        }
        if let Some(receiver) = &suite.receiver {
            load::check_receiver(&format!("suite `{}`", suite.suite_id), receiver, &mut findings);
        }
        let suite_id = suite.suite_id.clone();
        if suites.insert(suite_id.clone(), Suite::new(suite)).is_some() {
            findings.add(format!("suite `{suite_id}` is listed twice"));
        }
    }
    connect(&suites, &mut corps);
    match findings.into_text() {
        None => Ok((corps, suites)),
        Some(text) => Err(text),
    }
}

/// Whether a write meets another one that the platform does not do beside it.
fn conflicts(rule: Conflicts, seen: &Seen, job_runs: bool) -> bool {
    match rule {
        Conflicts::Never => false,
        Conflicts::SameObject => seen.others.same_object > 0,
        Conflicts::AnyWrite => seen.others.writes > 0 || job_runs,
    }
}

impl World {
    pub fn new(options: &Options, (corps, suites): (Corps, Suites), base_url: String) -> Self {
        Self {
            corps,
            suites,
            provider_tokens: HashMap::new(),
            outbox: Outbox::new(options.seed, CallbackSettings::default()),
            export_speed: ExportSpeed::default(),
            base_url,
            drawn: 0,
            tokens: Tokens::new(options.seed, options.wrong_secret_limit),
            faults: ActiveFaults::default(),
            log: RequestLog::new(options.log_capacity),
            latency: options.latency,
            limits: options.limits.clone(),
            import_speed: options.import_speed,
            quotas: Quotas::default(),
            in_flight: InFlight::default(),
            clock: Clock::default(),
            seed: options.seed,
        }
    }

    /// Puts other corps in place; tokens of secrets that still exist stay good.
    pub fn replace(&mut self, (corps, suites): (Corps, Suites)) {
        self.corps = corps;
        self.suites = suites;
        self.tokens.keep_known(&self.corps);
    }

    /// The state as it is now.
    pub fn export(&self) -> State {
        let suites = self.suites.values().map(|suite| suite.settings.clone()).collect();
        State { corps: self.corps.values().map(export::corp).collect(), suites }
    }

    /// Serves one call.
    pub fn serve(&mut self, request: &Request<'_>) -> Served {
        let now_ms = self.clock.now_ms();
        let number = self.log.total() + 1;
        let route = api::route(request.path);
        let mut seen = Seen::default();
        let Verdict { rule, effect, skips_work, delay } =
            self.faults.judge(request.path, request.raw_query, request.raw_body, now_ms);
        let wait = delay + self.latency.of_call(self.seed, number);
        seen.takes_time = !wait.is_zero() || matches!(effect, Some(Effect::Hang));
        if let (Some(Effect::Expire), Some(token)) = (&effect, request.query.get("access_token")) {
            self.tokens.expire(token);
        }
        if let Some(Effect::JobFails(share)) = &effect {
            seen.job_fails = Some(*share);
        }
        let mut answer = None;
        if !skips_work {
            let reply = self.perform(request, route, now_ms, number, &mut seen);
            answer = Some(match reply {
                Some(reply) => render(route, request.ip, now_ms, number, reply),
                None => Answer::bare(404),
            });
        }
        let outcome = answer.as_ref().and_then(|answer| answer.errcode);
        let mut delivery = Delivery::Whole;
        match effect {
            Some(Effect::Error { errcode, errmsg }) => {
                let text = errmsg.map_or(Cow::Borrowed(usual_text(errcode)), Cow::Owned);
                answer = Some(render(route, request.ip, now_ms, number, Err(ApiError::new(errcode, text))));
            }
            Some(Effect::Http(status)) => answer = Some(Answer::bare(status)),
            Some(Effect::Html(page)) => answer = Some(Answer::html(page)),
            Some(Effect::Reset | Effect::Lost) => delivery = Delivery::Close,
            Some(Effect::Hang) => delivery = Delivery::Never,
            Some(Effect::Cut(bytes)) => delivery = Delivery::Cut(bytes),
            Some(Effect::Drip { bytes, pause_ms }) => {
                delivery = Delivery::Drip { bytes, pause: Duration::from_millis(pause_ms) };
            }
            Some(Effect::ContentType(text)) => answer.iter_mut().for_each(|answer| answer.retype(text.clone())),
            Some(Effect::Duplicated) => answer.iter_mut().for_each(Answer::duplicate_keys),
            Some(Effect::Lacks(key)) => answer.iter_mut().for_each(|answer| answer.leave_out(&key)),
            Some(Effect::Torn(bytes)) => answer.iter_mut().for_each(|answer| answer.tear(bytes)),
            Some(Effect::DelayMs(_) | Effect::Expire | Effect::JobFails(_)) | None => {}
        }
        let flight = seen.flight;
        self.note(request, route, now_ms, number, seen, outcome, answer.as_ref(), delivery, rule);
        Served { answer, delivery, wait, flight }
    }

    /// The platform's work; nothing for a path it does not know.
    fn perform(
        &mut self,
        request: &Request<'_>,
        route: Option<(usize, &'static Route)>,
        now_ms: u64,
        number: u64,
        seen: &mut Seen,
    ) -> Option<Reply> {
        if request.path == GETTOKEN {
            if let Err(refusal) = self.quotas.spend(&self.limits, None, request.ip, GETTOKEN_API, now_ms) {
                return Some(Err(refusal));
            }
            let (reply, caller) = api::gettoken(&self.corps, &mut self.tokens, request.ip, &request.query, now_ms);
            seen.caller = caller;
            return Some(reply);
        }
        if let Some(reply) = service::answer(self, request, now_ms) {
            return Some(reply);
        }
        let (api, route) = route?;
        Some(self.call(request, (api, route), now_ms, number, seen))
    }

    fn call(
        &mut self,
        request: &Request<'_>,
        (api, route): (usize, &'static Route),
        now_ms: u64,
        number: u64,
        seen: &mut Seen,
    ) -> Reply {
        let text = request.query.get("access_token").ok_or_else(|| ApiError::of(41001))?;
        let token = self.tokens.check(text, now_ms)?;
        let (corpid, holder) = (Arc::clone(&token.corpid), token.holder);
        let listens = route.is_write() && self.corps.get(&*corpid).is_some_and(|corp| self.listens(corp));
        let granted =
            |suite: &Suite| suite.settings.kind == SuiteKind::ContactEdit && suite.live(&corpid, now_ms).is_some();
        if holder == Holder::ContactEdit && !self.suites.values().any(granted) {
            return Err(ApiError::of(48004));
        }
        let corp = self.corps.get_mut(&*corpid).ok_or_else(|| ApiError::of(40014))?;
        seen.caller = Some((Arc::clone(&corpid), holder));
        let limits = self.limits.of(route.path);
        if route.is_counted() {
            self.quotas.spend(&self.limits, Some((&corpid, limits)), request.ip, api, now_ms)?;
        }
        if limits.concurrent.is_some_and(|most| self.in_flight.of_api(&corpid, route) >= most as usize) {
            return Err(ApiError::of(45033));
        }
        if seen.takes_time || (route.is_write() && !self.in_flight.is_empty()) {
            let object = request.body.as_ref().ok().and_then(|body| route.object(&request.query, body));
            seen.others = self.in_flight.others(&corpid, object.as_ref());
            if seen.takes_time {
                let is_write = route.is_write();
                self.in_flight.begin(Flying {
                    number,
                    corpid: Arc::clone(&corpid),
                    path: route.path,
                    is_write,
                    object,
                });
                seen.flight = Some(number);
            }
        }
        if route.is_write() && !route.is_import() && conflicts(self.limits.conflicts, seen, corp.jobs.running.is_some())
        {
            return Err(ApiError::of(6000));
        }
        let incoming = Incoming {
            is_get: request.method == Method::GET,
            is_post: request.method == Method::POST,
            ip: request.ip,
            query: &request.query,
            raw_body: request.raw_body,
            body: &request.body,
            upload: request.upload.as_ref(),
            at: Moment {
                now_ms,
                number,
                seed: self.seed,
                limits: &self.limits,
                import_speed: self.import_speed,
                export_speed: self.export_speed,
                base_url: &self.base_url,
                job_fails: seen.job_fails,
            },
        };
        if listens {
            corp.changes.listen();
        }
        let reply = api::run(route, corp, holder, &incoming, &mut seen.touched);
        if route.starts_job() {
            // Its end may have to be told although nobody looks.
            self.outbox.bell.notify_one();
        }
        if listens {
            self.tell_changes(&corpid, Origin::Call(holder), now_ms);
        }
        reply
    }

    #[expect(clippy::too_many_arguments, reason = "each is one fact of the same call")]
    fn note(
        &mut self,
        request: &Request<'_>,
        route: Option<(usize, &'static Route)>,
        at_ms: u64,
        number: u64,
        seen: Seen,
        outcome: Option<i64>,
        answer: Option<&Answer>,
        delivery: Delivery,
        fault: Option<usize>,
    ) {
        let route = route.map(|(_, route)| route);
        let service = service::PATHS.into_iter().find(|path| *path == request.path);
        let known = route.map(|route| route.path).or((request.path == GETTOKEN).then_some(GETTOKEN)).or(service);
        let errcode = outcome.or_else(|| answer.and_then(|answer| answer.errcode));
        self.log.count(known, route.is_some_and(Route::is_write), outcome == Some(0));
        let sent = !matches!(delivery, Delivery::Close | Delivery::Never);
        let (corpid, holder) = seen.caller.unzip();
        let Touched { userid, department, writes, message, recalled } = seen.touched;
        for touch in writes {
            self.log.effects.push(EffectEntry {
                request: number,
                job: None,
                at_ms,
                corpid: corpid.clone().unwrap_or_default(),
                touch,
                errcode: errcode.unwrap_or_default(),
                others: seen.others,
            });
        }
        if let Some(message) = message {
            let seq = self.log.messages.next_seq();
            self.log.messages.push(MessageRecord { seq, ..message });
        }
        if let Some(msgid) = recalled
            && let Some(message) = self.log.messages.newest_first().find(|message| message.msgid == msgid)
        {
            message.recalled = true;
        }
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
            corpid,
            userid,
            department,
            body: match &request.upload {
                Some(upload) => described(upload),
                None if service.is_some() || route.is_some_and(Route::is_confidential) => without_keys(request),
                None => request.raw_body.into(),
            },
            errcode,
            http_status: answer.filter(|_| sent).map(|answer| answer.status),
            fault,
            lease: request.lease.map(Into::into),
        });
    }

    /// The import jobs of all corps.
    pub fn jobs(&self) -> Vec<JobStatus> {
        let now_ms = self.clock.now_ms();
        let of_corp = |corp: &Corp| -> Vec<JobStatus> {
            corp.jobs.all().map(|job| check::job(&corp.corpid, job, now_ms)).collect()
        };
        self.corps.values().flat_map(of_corp).collect()
    }

    /// Moves the clock forwards.
    pub fn advance_clock(&mut self, by: Duration) {
        self.clock.advance(by);
        self.outbox.bell.notify_one();
    }
}

/// What a call turned out to be about, and what applies to it.
#[derive(Default)]
struct Seen {
    caller: Option<(Arc<str>, Holder)>,
    touched: Touched,
    /// Whether its answer does not come at once.
    takes_time: bool,
    others: Others,
    flight: Option<u64>,
    job_fails: Option<f64>,
}

/// What the log keeps of an upload: its name and size, not its bytes.
fn described(upload: &Result<Upload, ApiError>) -> Box<[u8]> {
    let text = match upload {
        Ok(upload) => json!({ "filename": upload.filename, "bytes": upload.content.len() }).to_string(),
        Err(_) => String::new(),
    };
    text.into_bytes().into()
}

/// Keys of bodies that no log keeps.
const CONFIDENTIAL: [&str; 8] = [
    "encoding_aeskey",
    "user_ticket",
    "code",
    "suite_secret",
    "suite_ticket",
    "auth_code",
    "permanent_code",
    "provider_secret",
];

/// A body without what would let its reader in: tokens and keys of callbacks, codes, tickets and secrets.
fn without_keys(request: &Request<'_>) -> Box<[u8]> {
    let Ok(body) = &request.body else { return Box::default() };
    let mut body = body.clone();
    if let Some(Value::Object(callback)) = body.get_mut("callback") {
        callback.remove("token");
        callback.remove("encodingaeskey");
    }
    body.retain(|key, _| !CONFIDENTIAL.contains(&key.as_str()));
    Value::Object(body).to_string().into_bytes().into()
}

fn render(route: Option<(usize, &Route)>, ip: &str, now_ms: u64, number: u64, reply: Reply) -> Answer {
    match reply {
        Ok(body) => Answer::success(body),
        Err(refusal) => {
            let trace = u128::from(now_ms / 1000) * 10_u128.pow(15) + u128::from(number);
            let empty = route.map_or(&[][..], |(_, route)| route.empty);
            Answer::refusal(refusal.code, refusal.full_text(trace, ip), empty, &refusal.extra)
        }
    }
}
