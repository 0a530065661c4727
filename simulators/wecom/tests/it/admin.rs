//! The admin surface, the binary's neighbour: state, snapshot, requests, counts, faults, tokens.

use serde_json::{Value, json};
use wecom_sim::{CallerKind, Options, Simulator};

use crate::support::{CONTACTS, CORP, Got, Sim, state};

async fn admin(sim: &Sim, method: &str, path: &str, body: impl Into<String>) -> Got {
    let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
    let url = format!("{}/{path}", sim.running.admin_url());
    sim.send(sim.client.request(method, url).body(body.into())).await.expect("an answer")
}

fn rich() -> Value {
    json!({ "users": [
        { "userid": "z", "name": "z", "department": [3, 2], "direct_leader": ["a"], "status": 2, "status_when_enabled": 1 },
        { "userid": "a", "name": "a", "mobile": "13900000001", "is_leader_in_dept": [1], "direct_leader": ["z"], "status": 1 }
    ] })
}

#[tokio::test]
async fn a_snapshot_is_canonical_and_loads_to_the_same() {
    let sim = Sim::new(rich()).await;
    sim.written("user/create", json!({ "userid": "n", "name": "n", "email": "n@example.com", "department": [77] }))
        .await;
    let text = admin(&sim, "GET", "snapshot", "").await.text;
    let snapshot: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(snapshot, sim.running.snapshot());
    let mut sorted = snapshot.clone();
    sorted.sort_all_objects();
    assert_eq!(sorted.to_string(), text, "keys are sorted");
    let userids: Vec<&Value> =
        snapshot["corps"][0]["users"].as_array().into_iter().flatten().map(|user| &user["userid"]).collect();
    assert_eq!(userids, ["a", "n", "z"]);
    let other = Sim::new(json!({})).await;
    let loaded = admin(&other, "PUT", "state", text.clone()).await;
    assert_eq!((loaded.status, loaded.text.as_str()), (200, "{}"));
    assert_eq!(admin(&other, "GET", "snapshot", "").await.text, text);
}

#[tokio::test]
async fn a_bad_state_is_refused_whole_with_every_finding() {
    let sim = Sim::new(rich()).await;
    let before = sim.running.snapshot();
    let bad = json!({ "corps": [{
        "corpid": "x",
        "departments": [{ "id": 5, "name": "lost", "parentid": 9 }, { "id": 6, "name": "n", "parentid": 1 }, { "id": 7, "name": "n", "parentid": 1 }],
        "apps": [{ "agentid": 1, "secret": "s", "visible": { "users": ["nobody"], "departments": [44] } }],
        "users": [{ "userid": "a b" }, { "userid": "a", "mobile": "13900000001" }, { "userid": "b", "mobile": "+8613900000001" },
                  { "userid": "c", "department": [99] }, { "userid": "d", "direct_leader": ["ghost"] }, { "userid": "A" }]
    }] });
    let got = admin(&sim, "PUT", "state", bad.to_string()).await;
    assert_eq!(got.status, 400);
    for part in [
        "department 5",
        "department 7",
        "`a b`",
        "`mobile` is also that of `a`",
        "department 99",
        "`ghost`",
        "user `A`",
        "`nobody`",
        "department 44",
    ] {
        assert!(got.text.contains(part), "{part} is not in {}", got.text);
    }
    for (body, part) in [
        ("{", "EOF"),
        ("{}", "corps"),
        (r#"{"corps":[{"corpid":"x","colour":1}]}"#, "unknown field `colour`"),
        (r#"{"corps":[{"corpid":"x","contacts":{"reads":"all"}}]}"#, "ids_only"),
        (r#"{"corps":[{"corpid":"x"},{"corpid":"x"}]}"#, "twice"),
    ] {
        let got = admin(&sim, "PUT", "state", body).await;
        assert!(got.status == 400 && got.text.contains(part), "{body}: {}", got.text);
    }
    assert_eq!(sim.running.snapshot(), before);
    assert!(Simulator::start(Options::with_state(serde_json::from_value(bad).expect("well formed"))).await.is_err());
}

#[tokio::test]
async fn requests_are_logged_without_secrets() {
    let sim = Sim::new(rich()).await;
    sim.gettoken(CORP, CONTACTS).await;
    sim.gettoken(CORP, "a-wrong-secret").await;
    sim.refused("user/update", json!({ "userid": "ghost", "name": "n", "department": [2] }), 60111).await;
    sim.app("user/get", "&userid=a").await;
    sim.read("department/delete", "&id=3").await;
    sim.post("user/create?access_token=bad", "not json").await;
    sim.read("no/such", "").await;
    let got = admin(&sim, "GET", "requests", "").await;
    for secret in [CONTACTS, "a-wrong-secret", &sim.contacts, &sim.app] {
        assert!(!got.text.contains(secret), "{secret} is in {}", got.text);
    }
    let log = sim.running.requests();
    assert_eq!(got.json()["requests"], serde_json::to_value(&log).expect("plain data"));
    let codes: Vec<Option<i64>> = log.iter().map(|entry| entry.errcode).collect();
    assert_eq!(codes, [Some(0), Some(40001), Some(60111), Some(0), Some(60005), Some(40014), None]);
    let update = &log[2];
    assert_eq!((update.method.as_str(), update.path.as_str()), ("POST", "/cgi-bin/user/update"));
    assert_eq!((update.caller, update.corpid.as_deref(), update.agentid), (CallerKind::Contacts, Some(CORP), None));
    assert_eq!((update.userid.as_deref(), update.department), (Some("ghost"), Some(2)));
    assert_eq!(update.body["name"], "n");
    assert_eq!((log[3].caller, log[3].agentid, log[3].query.as_str()), (CallerKind::App, Some(1_000_002), "userid=a"));
    assert_eq!((log[4].department, &log[4].body), (Some(3), &Value::Null));
    assert_eq!((log[5].caller, &log[5].body), (CallerKind::None, &json!("not json")));
    assert_eq!((log[6].path.as_str(), log[6].http_status), ("/cgi-bin/no/such", Some(404)));
    let last = log[5].seq;
    let rest = admin(&sim, "GET", &format!("requests?after={last}&limit=5"), "").await.json();
    assert_eq!(rest["requests"].as_array().map(Vec::len), Some(1));
    let counts = admin(&sim, "GET", "counts", "").await.json();
    assert_eq!((&counts["write_calls"], &counts["writes"]), (&json!(3), &json!(0)));
    assert_eq!(counts["calls"]["/cgi-bin/gettoken"], 2);
    admin(&sim, "DELETE", "requests", "").await;
    assert!(sim.running.requests().is_empty() && sim.running.counts().calls.is_empty());
    sim.read("department/simplelist", "").await;
    assert_eq!(sim.running.requests_after(last)[0].seq, last + 2, "numbers go on");
}

#[tokio::test]
async fn the_log_is_bounded() {
    let sim = Sim::with(Options { log_capacity: 3, ..Options::with_state(state(json!({}))) }).await;
    for id in 10..15 {
        sim.read("department/delete", &format!("&id={id}")).await;
    }
    let kept: Vec<Option<u32>> = sim.running.requests().iter().map(|entry| entry.department).collect();
    assert_eq!(kept, [Some(12), Some(13), Some(14)]);
    assert_eq!(sim.running.counts().calls["/cgi-bin/department/delete"], 5);
}

#[tokio::test]
async fn faults_tokens_latency_clock_and_status_are_set_over_http() {
    let sim = Sim::new(rich()).await;
    let rules = json!({ "seed": 3, "rules": [{ "path": "*", "times": 1, "effect": { "errcode": 6000 } }] });
    assert_eq!(admin(&sim, "PUT", "faults", rules.to_string()).await.status, 200);
    assert_eq!(sim.read("department/simplelist", "").await.code(), 6000);
    assert_eq!(admin(&sim, "GET", "faults", "").await.json()["rules"][0]["applied"], 1);
    assert_eq!(admin(&sim, "DELETE", "faults", "").await.status, 200);
    assert_eq!(admin(&sim, "PUT", "faults", r#"{"rules":[{"path":"*","effect":"explode"}]}"#).await.status, 400);
    assert_eq!(admin(&sim, "PUT", "latency", r#"{"ms":1}"#).await.status, 200);
    assert_eq!(
        admin(&sim, "POST", "users/status", json!({ "corpid": CORP, "userid": "A", "status": 4 }).to_string())
            .await
            .status,
        200
    );
    assert_eq!(sim.user("a")["status"], 4);
    assert_eq!(
        admin(&sim, "POST", "users/status", json!({ "corpid": CORP, "userid": "x", "status": 4 }).to_string())
            .await
            .status,
        404
    );
    assert_eq!(admin(&sim, "POST", "clock/advance", r#"{"seconds":7200}"#).await.status, 200);
    assert_eq!(sim.read("department/simplelist", "").await.code(), 42001);
    assert_eq!(admin(&sim, "POST", "tokens/expire", "").await.status, 200);
    assert_eq!(admin(&sim, "POST", "tokens/revoke", "").await.status, 200);
    assert_eq!(sim.read("department/simplelist", "").await.code(), 40014);
    assert_eq!(admin(&sim, "GET", "nothing", "").await.status, 404);
}

#[tokio::test]
async fn several_corps_do_not_see_each_other() {
    let one = state(json!({}));
    let mut two = state(json!({ "corpid": "ww2", "contacts": { "secret": "second" } }));
    two.corps.extend(one.corps);
    let sim = Sim::with(Options::with_state(two)).await;
    assert_eq!(sim.gettoken("ww2", CONTACTS).await.code(), 40001);
    let second = sim.gettoken("ww2", "second").await.json();
    let body = json!({ "userid": "a", "name": "a", "email": "a@example.com", "department": [1] });
    let path = format!("user/create?access_token={}", second["access_token"].as_str().unwrap_or_default());
    assert_eq!(sim.post(&path, body.to_string()).await.code(), 0);
    sim.written("user/create", body).await;
}

#[tokio::test]
async fn stopping_frees_the_port() {
    let running = Simulator::start(Options::default()).await.expect("a simulator");
    let port = running.addr().port();
    running.stop().await;
    let again = Simulator::start(Options { port, ..Options::default() }).await.expect("the same port");
    assert!(Simulator::start(Options { port, ..Options::default() }).await.is_err());
    again.stop().await;
}

#[tokio::test]
async fn an_admin_key_stands_in_every_path_and_only_this_machine_is_meant() {
    let sim = Sim::with(Options { admin_key: Some("k3y".into()), ..Options::with_state(state(json!({}))) }).await;
    let (base, admin) = (sim.running.base_url(), sim.running.admin_url());
    assert_eq!(admin, format!("{base}/_sim/k3y"));
    let status = async |url: String, host: Option<&str>| {
        let mut request = sim.client.get(url);
        if let Some(host) = host {
            request = request.header("Host", host);
        }
        request.send().await.expect("an answer").status().as_u16()
    };
    assert_eq!(status(format!("{admin}/snapshot"), None).await, 200);
    for path in ["/_sim/snapshot", "/_sim/k3y", "/_sim/k3ysnapshot", "/_sim/other/snapshot"] {
        assert_eq!(status(format!("{base}{path}"), None).await, 404, "{path}");
    }
    assert_eq!(status(format!("{admin}/snapshot"), Some("demo.example.com")).await, 421);
}
