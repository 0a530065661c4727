//! The admin surface under `/_sim`: state, requests, counts, faults, tokens, latency, clock.
//!
//! Not part of the platform: calls here are neither logged nor delayed nor hit by faults. Refusals
//! are HTTP statuses with `{"error": "..."}`.

use std::time::Duration;

use hyper::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::answer::Answer;
use crate::api::fields::Query;
use crate::faults::{FaultStatus, Faults};
use crate::log::RequestRecord;
use crate::options::Latency;
use crate::running::{canonical, set_user_status};
use crate::server::Shared;
use crate::state::State;
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

/// The part of a path after the prefix, when it is an admin path.
pub(crate) fn route_of(path: &str) -> Option<&str> {
    path.strip_prefix(PREFIX)
}

/// Answers one admin call.
pub(crate) fn answer(shared: &Shared, method: &Method, route: &str, query: &str, body: &[u8]) -> Answer {
    match (method.as_str(), route) {
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
    let number = |name: &str| query.get(name).map(str::parse::<u64>).transpose();
    let (Ok(after), Ok(limit)) = (number("after"), number("limit")) else {
        return refuse(400, "`after` and `limit` are numbers");
    };
    let limit = limit.map_or(PAGE, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    let world = shared.lock();
    let answer = Requests { requests: world.log.after(after.unwrap_or(0), limit), total: world.log.total() };
    drop(world);
    ok(&answer)
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
