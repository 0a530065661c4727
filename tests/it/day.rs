//! A day of an installation: schedules, webhooks, people who sign in and edit, on two nodes over one database, by a clock that
//! the test moves, while one of the nodes is killed every ten minutes of that clock. Afterwards every due time and every call
//! was answered once, whoever signed in is still signed in, and the audit holds every edit.
//!
//! `IDFLOW_DAY_MINUTES` says how long the day is (30 by default; 1440 is a whole one, and then memory is looked at, too).

use std::collections::BTreeMap;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::support::{Api, Cluster, House, PATIENCE, Shown, api::PASSWORD, eventually, nodes};

/// 2026-03-02 00:00:30 UTC.
const START: i64 = 1_772_409_630_000;
const MINUTE: i64 = 60_000;
/// Minutes from one kill to the next.
const KILL: i64 = 10;
/// Minutes from one edit to the next, and from one person who signs in to the next.
const EDIT: i64 = 3;
const SIGN_IN: i64 = 7;
/// Sessions that one account has: a new one ends the oldest.
const SESSIONS: usize = 50;

fn minutes() -> i64 {
    std::env::var("IDFLOW_DAY_MINUTES").ok().and_then(|text| text.parse().ok()).unwrap_or(30)
}

fn workflow(id: &str, on: &str) -> Value {
    let text = format!(
        "dsl: 1\nid: {id}\nname: {{zh: 读, en: Read}}\non:\n  {on}\nconnections:\n  directory: {{type: directory, ref: \
         default}}\nsteps:\n  - {{id: read, name: {{zh: 读, en: Read}}, uses: directory/read}}\n"
    );
    json!({"text": text, "id": id})
}

/// The header of a call that was signed at this time.
fn signed(secret: &str, ms: i64, body: &str) -> String {
    let seconds = ms / 1000;
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key");
    mac.update(format!("{seconds}.{body}").as_bytes());
    let code: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={seconds},v1={code}")
}

/// Every run of a workflow.
fn runs(api: &Api, owner: &Shown, workflow: &str) -> Vec<Value> {
    let mut all = Vec::new();
    let mut path = format!("/runs?workflow={workflow}&limit=500");
    loop {
        let page = api.get(owner, &path).is(200);
        all.extend(page["items"].as_array().expect("runs").iter().cloned());
        let Some(next) = page["next"].as_str() else { return all };
        path = format!("/runs?workflow={workflow}&limit=500&cursor={next}");
    }
}

/// What a process holds, in KiB.
fn resident(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

#[test]
fn nothing_is_lost_or_doubled_while_a_node_is_killed_every_ten_minutes() {
    let Some(cluster) = Cluster::start() else { return };
    let url = cluster.url("day");
    let houses = [nodes::node(&url).clocked(START), nodes::node(&url).clocked(START)];
    let (stays, mut killed) = (houses[0].serve(), Some(houses[1].serve()));
    let api = Api::of(&houses[0]);
    let owner = api.first_owner(&houses[0]);
    api.post(&owner, "/directory/objects", &json!({"kind": "department", "fields": {"name": "Head"}})).is(200);
    let fields = json!({"username": "li.lei", "name": "李雷", "mobile": "13800138000", "departments": ["/Head"]});
    let person = api.post(&owner, "/directory/objects", &json!({"kind": "user", "fields": fields})).is(200);
    let person = person["id"].as_str().expect("an id").to_string();
    for (id, on) in [
        ("each_minute", "schedule: [{cron: '* * * * *', timezone: UTC, catchup: all}]"),
        ("each_quarter", "schedule: [{cron: '*/15 * * * *', timezone: Asia/Shanghai, catchup: all}]"),
        ("called", "webhook: {path: hr, verify: hmac_sha256}"),
    ] {
        api.post(&owner, "/workflows", &workflow(id, on)).is(200);
        api.post(&owner, &format!("/workflows/{id}/activate"), &json!({})).is(200);
    }
    let secret = houses[0].good(&["workflow", "hook", "called", "--new-secret", "hr"]);
    let secret = secret["secret"].as_str().expect("the secret").to_string();

    let end = minutes();
    let (mut calls, mut edits, mut sessions) = (BTreeMap::new(), 0, Vec::new());
    let mut memory = Vec::new();
    for minute in 1..=end {
        let now = START + minute * MINUTE;
        houses.iter().for_each(|house: &House| house.set_clock(now));
        // A sender asks the next node when one does not answer, and signs nothing anew.
        let body = format!("{{\"batch\": {minute}}}");
        let header = signed(&secret, now, &body);
        let both = [Api::of(&houses[1]), Api::of(&houses[0])];
        let first = &both[(minute % 2) as usize];
        let call =
            |api: &Api| api.try_ask("POST", "/hooks/default/hr", &[("x-idflow-signature", &header)], Some(&body));
        let sent = call(first);
        if minute % KILL == 0 {
            // In the middle of what has just begun.
            killed.take().expect("the other node").kill();
            killed = Some(houses[1].serve());
        }
        let answer = eventually("an answer to a call", PATIENCE, || {
            sent.as_ref().and_then(|said| said.status.eq(&202).then(|| said.json())).or_else(|| {
                let said = call(&both[1])?;
                matches!(said.status, 200 | 202).then(|| said.json())
            })
        });
        calls.insert(minute, answer["run"].as_str().expect("a run").to_string());
        if minute % EDIT == 0 {
            let said = api.post(
                &owner,
                &format!("/directory/objects/{person}/edit"),
                &json!({"fields": {"title": format!("Title {minute}")}}),
            );
            said.is(200);
            edits += 1;
        }
        if minute % SIGN_IN == 0 {
            let body = json!({"name": "owner", "password": PASSWORD}).to_string();
            let said = api.ask("POST", "/api/v1/session/start", &[], Some(&body));
            said.is(200);
            let cookie = said.headers["set-cookie"].to_str().expect("text").split(';').next().expect("a pair");
            sessions.push(cookie.to_string());
        }
        eventually("the run of this minute", PATIENCE, || {
            let page = api.get(&owner, "/runs?workflow=each_minute&limit=1").is(200);
            (page["items"][0]["no"].as_i64() >= Some(minute)).then_some(())
        });
        memory.push(resident(stays.process()));
    }

    // The node was killed in the last minute, too: time goes on until another has taken over, and not to the next due time.
    let mut on = 0;
    eventually("the end of all runs", PATIENCE, || {
        on = (on + 250).min(25_000);
        houses.iter().for_each(|house: &House| house.set_clock(START + end * MINUTE + on));
        let open = ["each_minute", "each_quarter", "called"]
            .iter()
            .flat_map(|id| runs(&api, &owner, id))
            .filter(|run| run["ended"].is_null());
        (open.count() == 0).then_some(())
    });
    for (id, step) in [("each_minute", 1), ("each_quarter", 15)] {
        let mut due: Vec<String> = Vec::new();
        for run in runs(&api, &owner, id) {
            assert!(run["status"].as_str().is_some_and(|status| status.starts_with("succeeded")), "{run}");
            due.push(run["trigger"]["due"].as_str().expect("its due time").into());
        }
        due.sort_unstable();
        let first = START / MINUTE * MINUTE;
        let times = (1..=end).filter(|minute| minute % step == 0).map(|minute| {
            let time = chrono::DateTime::from_timestamp_millis(first + minute * MINUTE).expect("a time");
            time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
        });
        assert_eq!(due, times.collect::<Vec<_>>(), "{id}");
    }
    let mut ran: Vec<String> =
        runs(&api, &owner, "called").iter().map(|run| run["run"].as_str().expect("an id").into()).collect();
    ran.sort_unstable();
    let mut wanted: Vec<String> = calls.into_values().collect();
    wanted.sort_unstable();
    assert_eq!(ran, wanted, "each call has one run");
    for (later, cookie) in sessions.iter().rev().enumerate() {
        let status = if later < SESSIONS { 200 } else { 401 };
        api.ask("GET", "/api/v1/session", &[("cookie", cookie)], None).is(status);
    }
    assert_eq!(houses[0].good(&["audit", "verify"])["ok"], true);
    let mut noted = 0;
    let mut path = "/audit?deed=edit_directory_object&limit=500".to_string();
    loop {
        let page = api.get(&owner, &path).is(200);
        noted += page["items"].as_array().expect("entries").iter().filter(|entry| entry["outcome"] == "done").count();
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/audit?deed=edit_directory_object&limit=500&cursor={next}");
    }
    assert_eq!(noted, edits, "each edit stands in the audit");
    if end >= 120 {
        let most = |range: &[u64]| range.iter().copied().max().unwrap_or(0);
        let (hour, last) = (most(&memory[..60]), most(&memory[memory.len() - 60..]));
        assert!(last * 10 <= hour * 11, "{hour} KiB after the first hour, {last} KiB at the end");
    }
    drop((stays, killed));
}
