//! The admin surface under `/_sim`: state, logs, counts, the checker, jobs, limits, faults, tokens, latency, clock.
//!
//! Not part of the platform: calls here are neither logged nor delayed nor hit by faults. Refusals
//! are HTTP statuses with `{"error": "..."}`.

use std::time::Duration;

use hyper::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::api;
use crate::api::fields::Query;
use crate::callback::{CallbackRecord, CallbackSettings, ReleaseOrder, verify};
use crate::check::{JobStatus, check};
use crate::corp::exports::ExportSpeed;
use crate::corp::grants::Visitor;
use crate::faults::{FaultStatus, Faults};
use crate::limits::Limits;
use crate::log::{EffectRecord, MessageRecord, RequestRecord};
use crate::options::{ImportSpeed, Latency};
use crate::provider::console::{Authorize, Authorized, ChangeRange};
use crate::quota::ApiUsage;
use crate::running::{Error, app_event, authorise, by_hand, canonical, set_user_status};
use crate::server::Shared;
use crate::state::{State, VisibleState};
use crate::world::build;

/// Where the admin surface begins.
const PREFIX: &str = "/_sim/";
/// The most requests in one answer, unless the caller says otherwise.
const PAGE: usize = 10_000;

#[derive(Serialize)]
struct Requests {
    requests: Vec<RequestRecord>,
    /// How many requests there were, including those the log no longer has.
    total: u64,
}

#[derive(Serialize)]
struct Effects {
    effects: Vec<EffectRecord>,
    total: u64,
}

#[derive(Serialize)]
struct Messages {
    messages: Vec<MessageRecord>,
    total: u64,
}

#[derive(Serialize)]
struct Callbacks {
    callbacks: Vec<CallbackRecord>,
    total: u64,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Release {
    #[serde(default)]
    order: ReleaseOrder,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct AppEvent {
    corpid: String,
    agentid: i64,
    userid: String,
    event: String,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct ByHand {
    corpid: String,
    call: String,
    body: Value,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct SetVisible {
    corpid: String,
    agentid: i64,
    visible: VisibleState,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct SetVisitor {
    corpid: String,
    #[serde(default)]
    visitor: Option<Visitor>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct AuthoriseAs {
    url: String,
    visitor: Visitor,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Ticket {
    suite_id: String,
}

#[derive(Serialize)]
struct Jobs {
    jobs: Vec<JobStatus>,
}

#[derive(Serialize)]
struct LimitsInForce<'a> {
    limits: &'a Limits,
    usage: Vec<ApiUsage>,
}

#[derive(Serialize)]
struct Rules {
    rules: Vec<FaultStatus>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    seconds: u64,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct UserStatus {
    corpid: String,
    userid: String,
    status: u8,
}

/// The part of a path after the prefix, when it is an admin path; with a key, the key is part of the prefix.
pub(crate) fn route_of<'a>(path: &'a str, key: Option<&str>) -> Option<&'a str> {
    let route = path.strip_prefix(PREFIX)?;
    match key {
        Some(key) => route.strip_prefix(key)?.strip_prefix('/'),
        None => Some(route),
    }
}

/// Whether a request means this machine: a page in a browser whose name was made to lead here does not.
pub(crate) fn is_here(host: Option<&str>) -> bool {
    let name = host.and_then(|host| host.parse::<hyper::http::uri::Authority>().ok());
    name.is_some_and(|name| {
        let name = name.host().trim_start_matches('[').trim_end_matches(']');
        name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    })
}

/// Answers one admin call.
pub(crate) async fn answer(shared: &Shared, method: &Method, route: &str, query: &str, body: &[u8]) -> Answer {
    match (method.as_str(), route) {
        ("PUT", "receivers") => match serde_json::from_slice(body) {
            Ok(receiver) => outcome(verify::save(shared, receiver).await.map(|()| json!({}))),
            Err(error) => refuse(400, &error.to_string()),
        },
        _ => at_once(shared, method, route, query, body),
    }
}

/// Answers what needs no waiting.
fn at_once(shared: &Shared, method: &Method, route: &str, query: &str, body: &[u8]) -> Answer {
    match (method.as_str(), route) {
        ("GET", "callbacks") => callbacks(shared, &Query::parse(query)),
        ("DELETE", "callbacks") => {
            shared.lock().outbox.clear();
            done()
        }
        ("GET", "callbacks/settings") => ok(&shared.lock().outbox.settings),
        ("PUT", "callbacks/settings") => with(body, |settings: CallbackSettings| {
            shared.lock().set_callbacks(settings);
            done()
        }),
        ("POST", "callbacks/release") => with(body, |Release { order }| {
            shared.lock().outbox.release(order);
            done()
        }),
        ("POST", "events") => with(body, |AppEvent { corpid, agentid, userid, event }| {
            outcome(app_event(shared, &corpid, agentid, &userid, &event).map(|()| json!({})))
        }),
        ("POST", "by_hand") => {
            with(body, |ByHand { corpid, call, body }| outcome(by_hand(shared, &corpid, &call, &body)))
        }
        ("PUT", "apps/visible") => with(body, |SetVisible { corpid, agentid, visible }| {
            outcome(shared.lock().set_visible(&corpid, agentid, &visible).map(|()| json!({})))
        }),
        ("PUT", "visitor") => with(body, |SetVisitor { corpid, visitor }| match shared.lock().corps.get_mut(&corpid) {
            Some(corp) => {
                corp.grants.visitor = visitor;
                done()
            }
            None => refuse(404, "there is no such corp"),
        }),
        ("POST", "authorise") => with(body, |AuthoriseAs { url, visitor }| {
            outcome(authorise(shared, &url, visitor).map(|location| json!({ "location": location })))
        }),
        ("PUT", "exports/speed") => with(body, |speed: ExportSpeed| {
            shared.lock().export_speed = speed;
            done()
        }),
        ("POST", "suites/ticket") => with(body, |Ticket { suite_id }| {
            outcome(shared.lock().send_ticket(&suite_id).map(|ticket| json!({ "suite_ticket": ticket })))
        }),
        ("POST", "suites/authorize") => with(body, |asked: Authorize| outcome(shared.lock().authorize(&asked))),
        ("POST", "suites/change") => {
            with(body, |asked: ChangeRange| outcome(shared.lock().change_authorization(&asked).map(|()| json!({}))))
        }
        ("POST", "suites/publish") => {
            with(body, |asked: Authorized| outcome(shared.lock().publish(&asked).map(|()| json!({}))))
        }
        ("POST", "suites/cancel") => {
            with(body, |asked: Authorized| outcome(shared.lock().cancel_authorization(&asked).map(|()| json!({}))))
        }
        ("POST", "suites/reset") => with(body, |asked: Authorized| outcome(shared.lock().reset_permanent_code(&asked))),
        ("GET", "snapshot") => {
            let state = shared.lock().export();
            ok(&canonical(&state))
        }
        ("PUT", "state") => with(body, |state: State| match build(state) {
            Ok(corps) => {
                shared.lock().replace(corps);
                done()
            }
            Err(findings) => refuse(400, &findings),
        }),
        ("GET", "requests") => requests(shared, &Query::parse(query)),
        ("DELETE", "requests") => {
            shared.lock().log.clear();
            done()
        }
        ("GET", "effects") => effects(shared, &Query::parse(query)),
        ("GET", "messages") => messages(shared, &Query::parse(query)),
        ("GET", "check") => {
            let found = check(&shared.lock().log);
            ok(&found)
        }
        ("GET", "jobs") => ok(&Jobs { jobs: shared.lock().jobs() }),
        ("PUT", "jobs/speed") => with(body, |speed: ImportSpeed| {
            shared.lock().import_speed = speed;
            done()
        }),
        ("GET", "limits") => {
            let world = shared.lock();
            ok(&LimitsInForce { limits: &world.limits, usage: world.quotas.usage(&api::paths()) })
        }
        ("PUT", "limits") => with(body, |limits: Limits| {
            shared.lock().limits = limits;
            done()
        }),
        ("DELETE", "limits") => {
            shared.lock().limits = Limits::unlimited_calls();
            done()
        }
        ("DELETE", "limits/usage") => {
            shared.lock().quotas.clear();
            done()
        }
        ("GET", "counts") => ok(&shared.lock().log.counts()),
        ("GET", "faults") => ok(&Rules { rules: shared.lock().faults.status() }),
        ("PUT", "faults") => with(body, |faults: Faults| {
            shared.lock().faults.set(faults);
            done()
        }),
        ("DELETE", "faults") => {
            shared.lock().faults.set(Faults::default());
            done()
        }
        ("POST", "tokens/revoke") => {
            shared.lock().tokens.revoke_all();
            done()
        }
        ("POST", "tokens/expire") => {
            shared.lock().tokens.expire_all();
            done()
        }
        ("PUT", "latency") => with(body, |latency: Latency| {
            shared.lock().latency = latency;
            done()
        }),
        ("POST", "clock/advance") => with(body, |Advance { seconds }| {
            shared.lock().advance_clock(Duration::from_secs(seconds));
            done()
        }),
        ("POST", "users/status") => with(body, |UserStatus { corpid, userid, status }| {
            match set_user_status(shared, &corpid, &userid, status) {
                Ok(()) => done(),
                Err(error) => refuse(404, &error.to_string()),
            }
        }),
        _ => refuse(404, "no such admin route"),
    }
}

/// An admin refusal.
pub(crate) fn refuse(status: u16, error: &str) -> Answer {
    Answer::admin(status, json!({ "error": error }).to_string().into_bytes())
}

fn requests(shared: &Shared, query: &Query<'_>) -> Answer {
    paged(query, |after, limit| {
        let world = shared.lock();
        Requests { requests: world.log.after(after, limit), total: world.log.total() }
    })
}

fn effects(shared: &Shared, query: &Query<'_>) -> Answer {
    paged(query, |after, limit| {
        let effects = &shared.lock().log.effects;
        Effects { effects: effects.records(after, limit), total: effects.total() }
    })
}

fn messages(shared: &Shared, query: &Query<'_>) -> Answer {
    paged(query, |after, limit| {
        let messages = &shared.lock().log.messages;
        let page = messages.after(after).take(limit).map(|(_, message)| message.clone()).collect();
        Messages { messages: page, total: messages.total() }
    })
}

fn callbacks(shared: &Shared, query: &Query<'_>) -> Answer {
    paged(query, |after, limit| {
        let outbox = &shared.lock().outbox;
        Callbacks { callbacks: outbox.records(after).take(limit).cloned().collect(), total: outbox.total() }
    })
}

/// What came of an act: 404 for what there is not, 409 for what cannot be done now.
fn outcome<T: Serialize>(result: Result<T, Error>) -> Answer {
    match result {
        Ok(value) => ok(&value),
        Err(error @ Error::Unknown(_)) => refuse(404, &error.to_string()),
        Err(error @ Error::Refused(_)) => refuse(409, &error.to_string()),
        Err(error) => refuse(400, &error.to_string()),
    }
}

/// A page of a list: the entries after a number, and how many at most.
fn paged<T: Serialize>(query: &Query<'_>, read: impl FnOnce(u64, usize) -> T) -> Answer {
    let number = |name: &str| query.get(name).map(str::parse::<u64>).transpose();
    let (Ok(after), Ok(limit)) = (number("after"), number("limit")) else {
        return refuse(400, "`after` and `limit` are numbers");
    };
    let limit = limit.map_or(PAGE, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    ok(&read(after.unwrap_or(0), limit))
}

fn with<T: DeserializeOwned>(body: &[u8], act: impl FnOnce(T) -> Answer) -> Answer {
    match serde_json::from_slice(body) {
        Ok(value) => act(value),
        Err(error) => refuse(400, &error.to_string()),
    }
}

fn ok(value: &impl Serialize) -> Answer {
    match serde_json::to_vec(value) {
        Ok(body) => Answer::admin(200, body),
        Err(error) => refuse(500, &error.to_string()),
    }
}

fn done() -> Answer {
    Answer::admin(200, b"{}".to_vec())
}
