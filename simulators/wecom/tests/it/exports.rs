//! Exports: what is in the files, who may fetch them, and for how long.

use std::time::Duration;

use serde_json::{Value, json};
use wecom_sim::ExportSpeed;
use wecom_sim::crypto::Key;

use crate::receiver::{KEY, Receiver, element};
use crate::support::{AGENT, APP, CONTACTS, CORP, Sim};

async fn corp(contacts: Value, receiver: Option<Value>) -> Sim {
    let mut app = json!({ "agentid": AGENT, "secret": APP, "visible": { "departments": [2] } });
    if let Some(receiver) = receiver {
        app["receiver"] = receiver;
    }
    let sim = Sim::new(json!({
        "contacts": contacts, "apps": [app],
        "users": [
            { "userid": "boss", "name": "老板", "department": [1] },
            { "userid": "li", "name": "李", "department": [1, 3], "is_leader_in_dept": [1, 1], "direct_leader": ["boss"] }
        ],
        "tags": [{ "tagid": 5, "tagname": "five", "users": ["boss", "li"], "departments": [1, 3] }]
    }))
    .await;
    sim.running.set_export_speed(ExportSpeed { rows_per_second: 1.0, start_ms: 60_000 });
    sim
}

async fn fetch(sim: &Sim, url: &str, range: Option<&str>) -> (u16, Vec<u8>) {
    let mut request = sim.client.get(url);
    if let Some(range) = range {
        request = request.header("Range", range);
    }
    let answer = request.send().await.expect("an answer");
    (answer.status().as_u16(), answer.bytes().await.expect("a body").to_vec())
}

/// Submits an export with a token, lets its time pass, and returns what get_result says at the end.
async fn export(sim: &Sim, token: &str, kind: &str, more: Value) -> Value {
    let mut body = more;
    body["encoding_aeskey"] = json!(KEY);
    let submitted = sim.post(&format!("export/{kind}?access_token={token}"), body.to_string()).await.json();
    assert_eq!(submitted["errcode"], 0, "{kind}: {submitted}");
    sim.running.advance_clock(Duration::from_secs(600));
    let id = submitted["jobid"].as_str().unwrap_or_default();
    sim.get(&format!("export/get_result?access_token={token}&jobid={id}")).await.json()
}

async fn content(sim: &Sim, result: &Value) -> Value {
    let file = &result["data_list"][0];
    let (status, bytes) = fetch(sim, file["url"].as_str().unwrap_or_default(), None).await;
    assert_eq!((status, json!(bytes.len())), (200, file["size"].clone()), "{result}");
    let plain = Key::parse(KEY).expect("a key").decrypt(&bytes).expect("encrypted with it");
    serde_json::from_slice(&plain).expect("JSON")
}

#[tokio::test]
async fn an_app_exports_what_it_may_see_and_nothing_else() {
    let sim = corp(json!({ "secret": CONTACTS }), None).await;
    let of = async |kind: &str, more: Value| content(&sim, &export(&sim, &sim.app, kind, more).await).await;
    assert_eq!(
        of("simple_user", json!({})).await,
        json!({ "userlist": [{ "userid": "li", "name": "李", "department": [3] }] })
    );
    let users = of("user", json!({})).await;
    let listed = sim.app("user/list", "&department_id=3").await.json();
    assert_eq!(users["userlist"], listed["userlist"], "the same rows as user/list");
    assert_eq!(
        of("department", json!({})).await["department"],
        sim.app("department/list", "").await.json()["department"]
    );
    assert_eq!(
        of("taguser", json!({ "tagid": 5 })).await,
        json!({ "userlist": [{ "userid": "li", "name": "李" }], "partylist": [3] })
    );
}

#[tokio::test]
async fn contact_sync_exports_from_an_old_address_only() {
    let sim = corp(json!({ "secret": CONTACTS }), None).await;
    for kind in ["simple_user", "user", "department"] {
        sim.refused(&format!("export/{kind}"), json!({ "encoding_aeskey": KEY }), 48009).await;
    }
    let sim = corp(json!({ "secret": CONTACTS, "reads": "full" }), None).await;
    let all = content(&sim, &export(&sim, &sim.contacts, "simple_user", json!({})).await).await;
    assert_eq!(all["userlist"].as_array().map(Vec::len), Some(2));
    for (body, code) in [
        (json!({}), 40058),
        (json!({ "encoding_aeskey": "short" }), 40058),
        (json!({ "encoding_aeskey": KEY, "block_size": 9999 }), 40058),
        (json!({ "encoding_aeskey": KEY, "block_size": 1_000_001 }), 40058),
    ] {
        sim.refused("export/user", body, code).await;
    }
    sim.refused("export/taguser", json!({ "encoding_aeskey": KEY }), 41017).await;
    sim.refused("export/taguser", json!({ "encoding_aeskey": KEY, "tagid": 99 }), 40068).await;
}

#[tokio::test]
async fn a_job_waits_runs_and_is_done_by_the_clock() {
    let mut receiver = Receiver::start().await;
    let sim = corp(json!({ "secret": CONTACTS }), Some(receiver.state(None))).await;
    let submitted = sim.app_post("export/user", json!({ "encoding_aeskey": KEY })).await.json();
    let id = submitted["jobid"].as_str().unwrap_or_default().to_owned();
    let status = async |query: String| sim.app("export/get_result", &query).await.json();
    let own = format!("&jobid={id}");
    assert_eq!(status(own.clone()).await["status"], 0);
    sim.running.advance_clock(Duration::from_secs(60));
    assert_eq!(status(own.clone()).await, json!({ "errcode": 0, "errmsg": "ok", "status": 1 }));
    sim.running.advance_clock(Duration::from_secs(2));
    let (message, to) = receiver.next().await;
    assert_eq!((element(&message, "JobId"), element(&message, "JobType")), (Some(id.as_str()), Some("export_user")));
    assert_eq!((to.as_str(), element(&message, "ErrCode")), (CORP, Some("0")));
    let result = status(own).await;
    assert_eq!(result["status"], 2);
    let file = &result["data_list"][0];
    assert_eq!(file["md5"].as_str().map(str::len), Some(32));
    let url = file["url"].as_str().unwrap_or_default();
    let (_, whole) = fetch(&sim, url, None).await;
    let (code, part) = fetch(&sim, url, Some("bytes=5-9")).await;
    assert_eq!((code, part.as_slice()), (206, &whole[5..10]));
    assert_eq!(fetch(&sim, url, Some("bytes=999999-")).await.0, 416);
    assert_eq!(fetch(&sim, &url.replace("part-1", "part-2"), None).await.0, 403);
    assert_eq!(sim.read("export/get_result", &format!("&jobid={id}")).await.code(), 40088, "another's job");
    assert_eq!(sim.app("export/get_result", "&jobid=none").await.code(), 40088);
    sim.running.advance_clock(Duration::from_secs(7200));
    assert_eq!(fetch(&sim, url, None).await.0, 403, "the address is good for two hours");
    let log = serde_json::to_string(&sim.running.requests()).expect("plain data");
    assert!(!log.contains(KEY), "a key is no business of the log");
}
