//! Limits: calls in a minute and an hour, calls at once, writes at once, creations, lookups.

use std::time::Duration;

use serde_json::{Value, json};
use wecom_sim::{ApiLimits, Conflicts, Effect, FaultRule, Faults, ImportSpeed, Latency, Limits, Options};

use crate::support::{CONTACTS, CORP, Sim, state};

async fn limited(limits: Limits) -> Sim {
    let sim = Sim::new(json!({})).await;
    sim.running.set_limits(limits);
    sim
}

#[tokio::test]
async fn a_minute_that_is_used_up_gives_45009_until_it_is_over() {
    let sim = limited(Limits { corp_api_per_minute: Some(2), ..Limits::default() }).await;
    let read = async || sim.read("department/simplelist", "").await.code();
    assert_eq!([read().await, read().await, read().await], [0, 0, 45009]);
    assert_eq!(sim.read("batch/getresult", "&jobid=x").await.code(), 40088, "other calls go on");
    sim.running.advance_clock(Duration::from_secs(59));
    assert_eq!(read().await, 45009);
    sim.running.advance_clock(Duration::from_secs(1));
    assert_eq!(read().await, 0);
    let usage = sim.running.usage();
    let row = usage.iter().find(|row| row.path.ends_with("simplelist") && row.corpid.is_some()).expect("a row");
    assert_eq!((row.minute, row.hour, row.refused), (1, 5, 2), "refused calls count in the hour");
}

#[tokio::test]
async fn an_hour_and_an_address_are_limited_too() {
    let api = ApiLimits { per_hour: Some(3), ..ApiLimits::default() };
    let mut limits = Limits { corp_api_per_minute: Some(100), ip_api_per_minute: Some(2), ..Limits::default() };
    limits.apis.insert("/cgi-bin/department/simplelist".to_owned(), api);
    let sim = limited(limits).await;
    let from = async |ip: &str| {
        let url = format!("{}/cgi-bin/department/simplelist?access_token={}", sim.running.base_url(), sim.contacts);
        sim.send(sim.client.get(url).header("x-sim-source-ip", ip)).await.expect("an answer").code()
    };
    assert_eq!([from("10.0.0.1").await, from("10.0.0.1").await], [0, 0]);
    assert_eq!(from("10.0.0.1").await, 45009, "the address");
    assert_eq!(from("10.0.0.2").await, 45009, "the hour of the corp, which the refused call used up");
    sim.running.advance_clock(Duration::from_secs(120));
    assert_eq!(from("10.0.0.3").await, 45009);
    sim.running.advance_clock(Duration::from_secs(3600));
    assert_eq!(sim.gettoken(CORP, CONTACTS).await.code(), 0);
    assert_eq!(from("10.0.0.3").await, 0);
}

/// Starts so many calls at once and gives the codes, sorted.
async fn together(sim: &Sim, calls: Vec<(&str, Value)>) -> Vec<i64> {
    let mut running = tokio::task::JoinSet::new();
    for (path, body) in calls {
        let url = format!("{}/cgi-bin/{path}?access_token={}", sim.running.base_url(), sim.contacts);
        let request = sim.client.post(url).body(body.to_string());
        running.spawn(async move {
            let text = request.send().await.expect("an answer").text().await.expect("a body");
            serde_json::from_str::<Value>(&text).expect("JSON")["errcode"].as_i64().expect("a code")
        });
    }
    let mut codes = running.join_all().await;
    codes.sort_unstable();
    codes
}

fn rename(name: &str) -> (&'static str, Value) {
    ("user/update", json!({ "userid": "a", "name": name }))
}

#[tokio::test]
async fn calls_at_once_give_45033_beyond_the_limit() {
    let users = json!({ "users": [{ "userid": "a" }] });
    let limits = Limits { concurrent_calls_per_api: Some(2), ..Limits::default() };
    let sim = Sim::with(Options { limits, latency: Latency::fixed(300), ..Options::with_state(state(users)) }).await;
    assert_eq!(together(&sim, vec![rename("x"), rename("y"), rename("z")]).await, [0, 0, 45033]);
    assert_eq!(together(&sim, vec![rename("x"), rename("y")]).await, [0, 0], "they are over");
    let check = sim.running.check();
    assert_eq!((check.most_parallel_writes, check.parallel_writes_of_one_object), (2, 2));
}

#[tokio::test]
async fn writes_at_once_conflict_where_that_is_wanted() {
    let users = json!({ "users": [{ "userid": "a" }, { "userid": "b" }] });
    let sim = Sim::with(Options { latency: Latency::fixed(300), ..Options::with_state(state(users)) }).await;
    let other = || ("user/update", json!({ "userid": "b", "name": "n" }));
    let with = |conflicts| sim.running.set_limits(Limits { conflicts, ..Limits::default() });
    with(Conflicts::SameObject);
    assert_eq!(together(&sim, vec![rename("x"), other()]).await, [0, 0]);
    assert_eq!(together(&sim, vec![rename("x"), rename("y"), other()]).await, [0, 0, 6000]);
    with(Conflicts::AnyWrite);
    assert_eq!(together(&sim, vec![rename("x"), other()]).await, [0, 6000]);
    sim.running.set_latency(Latency::default());
    sim.running.set_import_speed(ImportSpeed { rows_per_second: 0.001, start_ms: 0 });
    assert_eq!(sim.submit("batch/syncuser", "帐号,职位\na,p\n", json!({})).await.code(), 0);
    assert_eq!(together(&sim, vec![rename("x")]).await, [6000], "a running job writes, too");
}

#[tokio::test]
async fn a_caller_that_went_away_is_not_in_flight() {
    let sim = Sim::with(Options {
        limits: Limits { concurrent_calls_per_api: Some(1), ..Limits::default() },
        ..Options::with_state(state(json!({ "users": [{ "userid": "a" }] })))
    })
    .await;
    sim.running.set_faults(Faults::rules([FaultRule::new("/cgi-bin/user/update", Effect::Hang).times(1).after()]));
    let waiting = sim.write("user/update", json!({ "userid": "a", "name": "n" }));
    assert!(tokio::time::timeout(Duration::from_millis(300), waiting).await.is_err());
    for _ in 0..100 {
        if sim.write("user/update", json!({ "userid": "a" })).await.code() == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the call that was given up is still in flight");
}

#[tokio::test]
async fn members_created_in_a_month_are_limited() {
    let sim = Sim::new(json!({ "options": { "member_limit": 1 } })).await;
    let body = |n: usize| json!({ "userid": format!("u{n}"), "name": "n", "email": format!("u{n}@example.com"), "department": [2] });
    for n in 0..3 {
        sim.written("user/create", body(n)).await;
        sim.read("user/delete", &format!("&userid=u{n}")).await;
    }
    sim.refused("user/create", body(3), 45009).await;
    let done = sim.import("batch/syncuser", "姓名,帐号,手机号,所在部门\nn,x,13900000001,2\n", json!({})).await;
    assert_eq!(done["result"][0]["errcode"], 45009);
    sim.running.set_limits(Limits { members_created_per_month: Some(4), ..Limits::default() });
    sim.written("user/create", body(3)).await;
}

#[tokio::test]
async fn lookups_that_miss_too_often_are_closed_for_the_day() {
    let users = json!({ "users": [
        { "userid": "a", "mobile": "13900000001", "email": "a@example.com", "biz_mail": "a@corp.example" },
        { "userid": "b", "mobile": "13900000002" }
    ] });
    let sim = Sim::new(users).await;
    sim.running.set_limits(Limits { lookup_misses_at_least: 1, ..Limits::default() });
    let by_mobile = async |mobile: &str| sim.app_post("user/getuserid", json!({ "mobile": mobile })).await;
    assert_eq!(by_mobile("13900000001").await.json()["userid"], "a");
    let by_mail = async |body: Value| sim.app_post("user/get_userid_by_email", body).await;
    assert_eq!(by_mail(json!({ "email": "A@corp.example" })).await.json()["userid"], "a");
    assert_eq!(by_mail(json!({ "email": "a@example.com", "email_type": 2 })).await.json()["userid"], "a");
    assert_eq!(by_mail(json!({ "email": "a@example.com", "email_type": 3 })).await.code(), 40058);
    assert_eq!([by_mobile("13900000009").await.code(), by_mobile("13900000008").await.code()], [46004, 46004]);
    assert_eq!(by_mobile("13900000001").await.code(), 45009);
    sim.running.advance_clock(Duration::from_secs(86_400));
    let token = sim.gettoken(CORP, CONTACTS).await.json();
    let path = format!("user/getuserid?access_token={}", token["access_token"].as_str().unwrap_or_default());
    assert_eq!(sim.post(&path, r#"{"mobile":"13900000001"}"#).await.code(), 0);
}

#[tokio::test]
async fn limits_jobs_effects_and_messages_are_there_over_http() {
    let sim = Sim::new(json!({ "users": [{ "userid": "a" }] })).await;
    let admin = async |method: reqwest::Method, path: &str, body: &str| {
        let url = format!("{}/{path}", sim.running.admin_url());
        sim.send(sim.client.request(method, url).body(body.to_owned())).await.expect("an answer")
    };
    use reqwest::Method;
    assert_eq!(admin(Method::PUT, "limits", r#"{"corp_api_per_minute":1,"conflicts":"any_write"}"#).await.status, 200);
    assert_eq!(admin(Method::PUT, "limits", r#"{"per_minute":1}"#).await.status, 400);
    assert_eq!(sim.read("department/simplelist", "").await.code(), 0);
    assert_eq!(sim.read("department/simplelist", "").await.code(), 45009);
    let limits = admin(Method::GET, "limits", "").await.json();
    assert_eq!((&limits["limits"]["corp_api_per_minute"], &limits["usage"][0]["refused"]), (&json!(1), &json!(1)));
    assert_eq!(admin(Method::DELETE, "limits/usage", "").await.status, 200);
    assert_eq!(sim.read("department/simplelist", "").await.code(), 0);
    assert_eq!(admin(Method::DELETE, "limits", "").await.status, 200);
    assert_eq!(sim.read("department/simplelist", "").await.code(), 0);
    assert_eq!(admin(Method::PUT, "jobs/speed", r#"{"rows_per_second":0.001,"start_ms":0}"#).await.status, 200);
    sim.submit("batch/syncuser", "帐号,职位\na,p\n", json!({})).await;
    assert_eq!(admin(Method::GET, "jobs", "").await.json()["jobs"][0]["status"], 2);
    admin(Method::POST, "clock/advance", r#"{"seconds":1001}"#).await;
    assert_eq!(admin(Method::GET, "jobs", "").await.json()["jobs"][0]["status"], 3);
    let effects = admin(Method::GET, "effects?after=0&limit=5", "").await.json();
    assert_eq!((&effects["total"], &effects["effects"][0]["action"]), (&json!(1), &json!("update")));
    assert_eq!(admin(Method::GET, "check", "").await.json()["updated"], 1);
    let text = json!({ "touser": "a", "agentid": 1_000_002, "msgtype": "text", "text": { "content": "x" } });
    assert_eq!(sim.app_post("message/send", text).await.code(), 0);
    let messages = admin(Method::GET, "messages", "").await.json();
    assert_eq!(messages["messages"][0]["delivered"], json!(["a"]));
}
