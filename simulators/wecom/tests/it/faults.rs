//! Faults: what the caller gets, and whether the work was done.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use wecom_sim::{Effect, FaultRule, Faults, Latency};

use crate::support::{Got, Sim};

const PATH: &str = "/cgi-bin/user/create";

fn body(userid: &str) -> Value {
    let number = userid.bytes().fold(0_u64, |sum, byte| sum * 31 + u64::from(byte)) % 100_000_000;
    json!({ "userid": userid, "name": "n", "mobile": format!("138{number:08}"), "department": [2] })
}

async fn create(sim: &Sim, userid: &str) -> Result<Got, reqwest::Error> {
    let url = format!("{}{PATH}?access_token={}", sim.running.base_url(), sim.contacts);
    sim.send(sim.client.post(url).body(body(userid).to_string())).await
}

fn only(sim: &Sim, effect: Effect) {
    sim.running.set_faults(Faults::rules([FaultRule::new(PATH, effect).times(1)]));
}

fn exists(sim: &Sim, userid: &str) -> bool {
    !sim.user(userid).is_null()
}

#[tokio::test]
async fn answers_in_the_platforms_place_do_no_work() {
    let sim = Sim::new(json!({})).await;
    only(&sim, Effect::Error { errcode: 45009, errmsg: None });
    let got = create(&sim, "a").await.expect("an answer");
    assert_eq!((got.code(), got.message().as_str()), (45009, "api freq out of limit"));
    only(&sim, Effect::Error { errcode: -1, errmsg: Some("忙\n".to_owned()) });
    assert_eq!(create(&sim, "a").await.expect("an answer").json()["errmsg"], "忙\n");
    only(&sim, Effect::Http(502));
    let got = create(&sim, "a").await.expect("an answer");
    assert_eq!((got.status, got.text.as_str()), (502, ""));
    only(&sim, Effect::Html("<html>log in</html>".to_owned()));
    let got = create(&sim, "a").await.expect("an answer");
    assert_eq!((got.status, got.text.as_str()), (200, "<html>log in</html>"));
    assert!(got.header("content-type").is_some_and(|value| value.starts_with("text/html")));
    only(&sim, Effect::Reset);
    assert!(create(&sim, "a").await.is_err());
    only(&sim, Effect::Hang);
    assert!(tokio::time::timeout(Duration::from_millis(200), create(&sim, "a")).await.is_err());
    assert!(!exists(&sim, "a"));
    assert_eq!(create(&sim, "a").await.expect("an answer").code(), 0);
}

#[tokio::test]
async fn spoilt_answers_follow_work_that_was_done() {
    let sim = Sim::new(json!({})).await;
    only(&sim, Effect::Lost);
    assert!(create(&sim, "lost").await.is_err());
    assert!(exists(&sim, "lost"));
    for bytes in [0, 5] {
        only(&sim, Effect::Cut(bytes));
        let userid = format!("cut{bytes}");
        let url = format!("{}{PATH}?access_token={}", sim.running.base_url(), sim.contacts);
        let mut answer = sim.client.post(url).body(body(&userid).to_string()).send().await.expect("a head");
        let mut read = Vec::new();
        let outcome = loop {
            match answer.chunk().await {
                Ok(Some(chunk)) => read.extend_from_slice(&chunk),
                other => break other,
            }
        };
        assert!(outcome.is_err(), "the body ended well");
        assert_eq!(read, b"{\"err"[..bytes]);
        assert!(exists(&sim, &userid));
    }
    only(&sim, Effect::DelayMs(150));
    let started = Instant::now();
    assert_eq!(create(&sim, "late").await.expect("an answer").code(), 0);
    assert!(started.elapsed() >= Duration::from_millis(150));
    let log = sim.running.requests();
    let lost = &log[0];
    assert_eq!((lost.fault, lost.errcode, lost.http_status), (Some(0), Some(0), None));
}

#[tokio::test]
async fn rules_match_paths_and_texts() {
    let sim = Sim::new(json!({})).await;
    let busy = Effect::Error { errcode: -1, errmsg: None };
    sim.running.set_faults(Faults::rules([
        FaultRule::new(PATH, busy.clone()).matching("\"a\"").skip(1),
        FaultRule::new("*", Effect::Http(503)).matching("userid=gone"),
    ]));
    assert_eq!(create(&sim, "b").await.expect("an answer").code(), 0);
    assert_eq!(create(&sim, "a").await.expect("an answer").code(), 0);
    assert_eq!(create(&sim, "a").await.expect("an answer").code(), -1);
    assert_eq!(sim.read("user/delete", "&userid=gone").await.status, 503);
    assert_eq!(sim.read("user/delete", "&userid=b").await.code(), 0);
    let status = sim.running.faults();
    assert_eq!((status[0].matched, status[0].applied, status[1].applied), (2, 1, 1));
    sim.running.set_faults(Faults::default());
    assert_eq!(create(&sim, "a").await.expect("an answer").code(), 60102);
}

#[tokio::test]
async fn failed_reads_keep_their_payload_keys_under_faults() {
    let sim = Sim::new(json!({})).await;
    sim.running.set_faults(Faults::rules([FaultRule::new("*", Effect::Error { errcode: -1, errmsg: None })]));
    assert_eq!(sim.read("department/simplelist", "").await.json()["department_id"], json!([]));
    assert_eq!(sim.gettoken("x", "y").await.code(), -1);
}

#[tokio::test]
async fn latency_is_added_to_every_call() {
    let sim = Sim::new(json!({})).await;
    sim.running.set_latency(Latency { ms: 60, jitter_ms: 5 });
    let started = Instant::now();
    sim.read("department/simplelist", "").await;
    assert!(started.elapsed() >= Duration::from_millis(60));
}

#[tokio::test]
async fn errors_can_come_after_the_work() {
    let sim = Sim::new(json!({})).await;
    let busy = Effect::Error { errcode: -1, errmsg: None };
    for (userid, effect) in [("a", busy), ("b", Effect::Http(500)), ("c", Effect::Html("<p>".to_owned()))] {
        sim.running.set_faults(Faults::rules([FaultRule::new("/cgi-bin/user/*", effect).times(1).after()]));
        let got = create(&sim, userid).await.expect("an answer");
        assert!(got.status == 500 || got.text == "<p>" || got.code() == -1, "{}", got.text);
        assert!(exists(&sim, userid));
    }
    let log = sim.running.requests();
    let seen: Vec<(Option<i64>, Option<u16>)> = log.iter().map(|entry| (entry.errcode, entry.http_status)).collect();
    assert_eq!(seen, [(Some(0), Some(200)), (Some(0), Some(500)), (Some(0), Some(200))], "the log has the outcome");
    assert_eq!((sim.running.counts().writes, sim.running.effects().len()), (3, 3));
    only(&sim, Effect::Http(500));
    create(&sim, "d").await.expect("an answer");
    assert_eq!((sim.running.counts().writes, sim.running.effects().len()), (3, 3), "before the work there is none");
}

#[tokio::test]
async fn a_token_can_expire_at_any_moment() {
    let sim = Sim::new(json!({})).await;
    sim.running.set_faults(Faults::rules([FaultRule::new(PATH, Effect::Expire).skip(1).times(1)]));
    assert_eq!(create(&sim, "a").await.expect("an answer").code(), 0);
    assert_eq!(create(&sim, "b").await.expect("an answer").code(), 42001);
    assert_eq!(sim.read("department/simplelist", "").await.code(), 42001, "it stays expired");
    assert_eq!(sim.app("department/simplelist", "").await.code(), 0, "other tokens are good");
    let fresh = sim.gettoken(crate::support::CORP, crate::support::CONTACTS).await.json();
    assert_ne!(fresh["access_token"], sim.contacts.as_str());
    assert!(!exists(&sim, "b"));
}

#[tokio::test]
async fn answers_come_slowly_torn_doubled_or_under_another_name() {
    let sim = Sim::new(json!({})).await;
    only(&sim, Effect::Drip { bytes: 10, pause_ms: 5 });
    let slow = create(&sim, "slow").await.expect("an answer");
    assert_eq!((slow.code(), slow.header("content-length")), (0, Some("32")));
    only(&sim, Effect::Duplicated);
    let doubled = create(&sim, "doubled").await.expect("an answer");
    assert_eq!(doubled.text, r#"{"errcode":0,"errmsg":"created","errcode":0,"errmsg":"created"}"#);
    only(&sim, Effect::Torn(9));
    assert_eq!(create(&sim, "torn").await.expect("an answer").text, r#"{"errcode"#);
    only(&sim, Effect::ContentType("text/plain".to_owned()));
    let plain = create(&sim, "plain").await.expect("an answer");
    assert_eq!((plain.header("content-type"), plain.code()), (Some("text/plain"), 0));
    only(&sim, Effect::ContentType(String::new()));
    assert_eq!(create(&sim, "none").await.expect("an answer").header("content-type"), None);
    assert!(["slow", "doubled", "torn", "plain", "none"].iter().all(|userid| exists(&sim, userid)));
}

#[tokio::test]
async fn a_burst_lasts_on_the_clock() {
    let sim = Sim::new(json!({})).await;
    let limit = Effect::Error { errcode: 45009, errmsg: None };
    sim.running.set_faults(Faults::rules([FaultRule::new(PATH, limit).skip(1).times(1).lasts(60)]));
    assert_eq!(create(&sim, "a").await.expect("an answer").code(), 0);
    assert_eq!(create(&sim, "b").await.expect("an answer").code(), 45009);
    sim.running.advance_clock(Duration::from_secs(50));
    assert_eq!(create(&sim, "b").await.expect("an answer").code(), 45009);
    sim.running.advance_clock(Duration::from_secs(10));
    assert_eq!(create(&sim, "b").await.expect("an answer").code(), 0);
}
