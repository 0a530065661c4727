//! The platform's half of a provider's way: tickets, authorisations, permanent codes, and what they open.

use std::time::Duration;

use serde_json::{Value, json};
use wecom_sim::state::VisibleState;
use wecom_sim::{Authorize, Authorized, CallbackSettings, ChangeRange};

use crate::receiver::{KEY, Receiver, TOKEN, element};
use crate::support::{CORP, Got, Sim, state};

const PLAIN: &str = "ww5e1d0c9b8a7f6e43";
const TEMPLATE: &str = "dkTemplate";
const EDIT: &str = "wwEdit";

async fn with_suites(receiver: Value) -> Sim {
    let suite = |id: &str, kind: &str| {
        json!({ "suite_id": id, "suite_secret": "suite-secret", "kind": kind, "name": "身份流程", "receiver": receiver,
                "provider_corpid": "wwProvider", "provider_secret": "prov-secret" })
    };
    let mut whole =
        state(json!({ "users": [{ "userid": "li.na", "name": "李娜", "department": [2], "position": "p" }] }));
    whole.suites = serde_json::from_value(json!([
        suite(PLAIN, "third_party"),
        suite(TEMPLATE, "customized"),
        suite(EDIT, "contact_edit")
    ]))
    .expect("suites");
    Sim::with(wecom_sim::Options::with_state(whole)).await
}

/// Suites whose events are held.
async fn quiet() -> Sim {
    let sim = with_suites(json!({ "url": "http://127.0.0.1:9/", "token": TOKEN, "encoding_aes_key": KEY })).await;
    sim.running.set_callbacks(CallbackSettings { hold: true, ..CallbackSettings::default() });
    sim
}

async fn service(sim: &Sim, path: &str, body: Value) -> Got {
    sim.post(&format!("service/{path}"), body.to_string()).await
}

async fn suite_token(sim: &Sim, suite_id: &str) -> String {
    let ticket = sim.running.send_ticket(suite_id).expect("a suite");
    let asked = json!({ "suite_id": suite_id, "suite_secret": "suite-secret", "suite_ticket": ticket });
    let got = service(sim, "get_suite_token", asked).await.json();
    assert!(got.get("errcode").is_none(), "{got}");
    got["suite_access_token"].as_str().expect("a token").to_owned()
}

fn asked(suite_id: &str) -> Authorize {
    Authorize {
        suite_id: suite_id.to_owned(),
        corpid: CORP.to_owned(),
        visible: VisibleState { departments: vec![2], ..VisibleState::default() },
        admin: "li.na".to_owned(),
        state: "st1".to_owned(),
        ..Authorize::default()
    }
}

async fn permanent_code(sim: &Sim, token: &str, auth_code: &str) -> Value {
    service(sim, &format!("get_permanent_code?suite_access_token={token}"), json!({ "auth_code": auth_code }))
        .await
        .json()
}

#[tokio::test]
async fn tickets_come_by_themselves_and_open_the_suite_for_half_an_hour() {
    let mut receiver = Receiver::start().await;
    let sim = with_suites(receiver.state(None)).await;
    let mut tickets = Vec::new();
    for _ in 0..3 {
        let (message, to) = receiver.next().await;
        assert_eq!(
            (element(&message, "SuiteId"), element(&message, "InfoType")),
            (Some(to.as_str()), Some("suite_ticket"))
        );
        tickets.push((to, element(&message, "SuiteTicket").unwrap_or_default().to_owned()));
    }
    let ticket = tickets.iter().find(|(to, _)| to == PLAIN).map(|(_, ticket)| ticket.clone()).expect("a ticket");
    let with = |ticket: &str| json!({ "suite_id": PLAIN, "suite_secret": "suite-secret", "suite_ticket": ticket });
    assert_eq!(service(&sim, "get_suite_token", with(&ticket)).await.json()["expires_in"], 7200);
    sim.running.advance_clock(Duration::from_secs(600));
    for _ in 0..3 {
        receiver.next().await;
    }
    assert!(service(&sim, "get_suite_token", with(&ticket)).await.json().get("errcode").is_none(), "still good");
    sim.running.advance_clock(Duration::from_secs(1200));
    for (body, code) in [
        (with(&ticket), 40085),
        (with("none"), 40085),
        (json!({ "suite_id": "wwNone", "suite_secret": "x", "suite_ticket": "x" }), 40083),
        (json!({ "suite_id": PLAIN, "suite_secret": "wrong", "suite_ticket": "x" }), 40080),
        (json!({ "suite_id": PLAIN, "suite_secret": "x" }), 41023),
        (json!({ "suite_id": PLAIN }), 41024),
        (json!({}), 41021),
    ] {
        assert_eq!(service(&sim, "get_suite_token", body.clone()).await.code(), code, "{body}");
    }
    let log = serde_json::to_string(&sim.running.requests()).expect("plain data");
    assert!(!log.contains(&ticket) && !log.contains("suite-secret"), "{log}");
}

#[tokio::test]
async fn a_customized_app_is_an_app_whose_secret_is_the_permanent_code() {
    let sim = quiet().await;
    let token = suite_token(&sim, TEMPLATE).await;
    let code = sim.running.authorize_suite(&asked(TEMPLATE)).expect("an authorisation").auth_code;
    let event = sim.running.callbacks().pop().expect("an event");
    assert_eq!((event.event.as_str(), element(&event.message, "AuthCode")), ("create_auth", Some(code.as_str())));
    assert_eq!(element(&event.message, "State"), Some("st1"));
    assert!(sim.running.authorize_suite(&asked(TEMPLATE)).is_err(), "while one lives there is no second");
    let got = permanent_code(&sim, &token, &code).await;
    assert_eq!((&got["errcode"], got.get("access_token")), (&json!(0), None), "{got}");
    assert_eq!(permanent_code(&sim, &token, &code).await["errcode"], 40078, "once");
    let agent = &got["auth_info"]["agent"][0];
    assert_eq!((&agent["is_customized_app"], &agent["privilege"]["allow_party"]), (&json!(true), &json!([2])));
    let secret = got["permanent_code"].as_str().expect("a code");
    let known_as = got["auth_corp_info"]["corpid"].as_str().expect("an id");
    assert!(known_as.starts_with("wp"), "{known_as}");
    let issued = sim.gettoken(known_as, secret).await.json();
    let app = issued["access_token"].as_str().expect("a token");
    let member = sim.get(&format!("user/get?access_token={app}&userid=li.na")).await.json();
    assert_eq!((&member["name"], member.get("mobile")), (&json!("李娜"), None));
    assert_eq!(sim.get(&format!("user/delete?access_token={app}&userid=li.na")).await.code(), 48002);
    let wrong = json!({ "auth_corpid": known_as, "permanent_code": secret });
    let path = format!("get_corp_token?suite_access_token={token}");
    assert_eq!(service(&sim, &path, wrong).await.code(), 48002, "its code is a secret for gettoken");

    let reset = Authorized { suite_id: TEMPLATE.into(), corpid: CORP.into() };
    let code = sim.running.reset_suite(&reset).expect("a new code").auth_code;
    assert_eq!(sim.running.callbacks().pop().map(|event| event.event).as_deref(), Some("reset_permanent_code"));
    assert_eq!(sim.gettoken(known_as, secret).await.code(), 40001, "the old one stops");
    assert_eq!(sim.get(&format!("user/get?access_token={app}&userid=li.na")).await.code(), 40014);
    let renewed = permanent_code(&sim, &token, &code).await;
    assert_eq!(sim.gettoken(known_as, renewed["permanent_code"].as_str().expect("a code")).await.code(), 0);
    sim.running.cancel_suite(&reset).expect("it is authorised");
    assert_eq!(sim.running.callbacks().pop().map(|event| event.event).as_deref(), Some("cancel_auth"));
    assert_eq!(sim.running.snapshot()["corps"][0]["apps"].as_array().map(Vec::len), Some(1), "the app is gone");
    assert!(sim.running.authorize_suite(&asked(TEMPLATE)).is_ok(), "and may come again");
}

#[tokio::test]
async fn a_third_party_app_sees_no_names_and_gets_its_token_from_its_provider() {
    let sim = quiet().await;
    let token = suite_token(&sim, PLAIN).await;
    let with = format!("?suite_access_token={token}");
    let code = sim.running.authorize_suite(&asked(PLAIN)).expect("an authorisation").auth_code;
    let got = permanent_code(&sim, &token, &code).await;
    assert!(got.get("errcode").is_none() && got["access_token"].is_string(), "{got}");
    let corp = json!({ "auth_corpid": got["auth_corp_info"]["corpid"], "permanent_code": got["permanent_code"] });
    let issued = service(&sim, &format!("get_corp_token{with}"), corp.clone()).await.json();
    let app = issued["access_token"].as_str().expect("a token");
    let member = sim.get(&format!("user/get?access_token={app}&userid=li.na")).await.json();
    assert_eq!((&member["name"], member.get("position"), member.get("direct_leader")), (&json!("li.na"), None, None));
    assert!(member["open_userid"].as_str().is_some_and(|id| id.starts_with("wo")), "{member}");
    let departments = sim.get(&format!("department/list?access_token={app}")).await.json();
    assert_eq!(departments["department"][0]["name"], "2");
    assert_eq!(sim.gettoken(CORP, got["permanent_code"].as_str().expect("a code")).await.code(), 40001);
    let admins = json!({ "auth_corpid": corp["auth_corpid"], "agentid": got["auth_info"]["agent"][0]["agentid"] });
    assert_eq!(service(&sim, &format!("get_admin_list{with}"), admins).await.json()["admin"][0]["userid"], "li.na");

    let range = VisibleState { users: vec!["li.na".into()], departments: vec![2, 3], ..VisibleState::default() };
    let change = ChangeRange { suite_id: PLAIN.into(), corpid: CORP.into(), visible: range };
    sim.running.change_suite(&change).expect("it is authorised");
    let event = sim.running.callbacks().pop().expect("an event");
    assert_eq!(
        (event.event.as_str(), element(&event.message, "AuthCorpId")),
        ("change_auth", corp["auth_corpid"].as_str())
    );
    let info = service(&sim, &format!("get_auth_info{with}"), corp.clone()).await.json();
    assert_eq!(info["auth_info"]["agent"][0]["privilege"]["allow_user"], json!(["li.na"]));
    // Changes of the directory are told to the suite, with ids alone.
    sim.written("user/update", json!({ "userid": "li.na", "name": "new" })).await;
    assert_eq!(sim.running.callbacks().pop().map(|event| event.event).as_deref(), Some("change_auth"));
    assert_eq!(sim.read("user/delete", "&userid=li.na").await.code(), 0);
    let event = sim.running.callbacks().pop().expect("an event");
    assert_eq!(
        (element(&event.message, "ChangeType"), element(&event.message, "UserID")),
        (Some("delete_user"), Some("li.na"))
    );
}

#[tokio::test]
async fn the_right_to_edit_opens_the_directory_for_two_hours() {
    let sim = quiet().await;
    let token = suite_token(&sim, EDIT).await;
    let code = sim.running.authorize_suite(&asked(EDIT)).expect("an authorisation").auth_code;
    let got = permanent_code(&sim, &token, &code).await;
    assert_eq!(got["auth_info"]["agent"], json!([]));
    let edit = got["access_token"].as_str().expect("a token").to_owned();
    let write =
        async |path: &str, body: Value| sim.post(&format!("{path}?access_token={edit}"), body.to_string()).await;
    let body = json!({ "userid": "new", "name": "新", "mobile": "13900000009", "department": [2] });
    assert_eq!(write("user/create", body).await.code(), 0);
    let ids = write("user/list_id", json!({})).await.json();
    assert!(ids["dept_user"][0].get("userid").is_none() && ids["dept_user"][0]["open_userid"].is_string(), "{ids}");
    assert_eq!(sim.get(&format!("department/simplelist?access_token={edit}")).await.code(), 0);
    for path in ["user/get", "department/list", "tag/list", "agent/list", "user/authsucc"] {
        assert_eq!(sim.get(&format!("{path}?access_token={edit}")).await.code(), 48008, "{path}");
    }
    let told = |event: &str| sim.running.callbacks().iter().any(|record| record.event == event);
    assert!(!told("create_user"), "nobody is told of their own writes");
    sim.written("user/update", json!({ "userid": "new", "department": [3] })).await;
    let event = sim.running.callbacks().pop().expect("an event");
    assert_eq!((event.receiver.as_str(), event.event.as_str()), ("suite wwEdit", "update_user"));
    assert!(element(&event.message, "OpenUserID").is_some_and(|id| id.starts_with("wo")), "{}", event.message);

    sim.running.advance_clock(Duration::from_secs(7199));
    let corp = json!({ "auth_corpid": CORP, "permanent_code": got["permanent_code"] });
    let token = suite_token(&sim, EDIT).await;
    let path = format!("get_corp_token?suite_access_token={token}");
    let fresh = service(&sim, &path, corp.clone()).await.json()["access_token"].as_str().expect("a token").to_owned();
    sim.running.advance_clock(Duration::from_secs(1));
    assert_eq!(service(&sim, &path, corp).await.code(), 40084);
    assert!(matches!(sim.get(&format!("department/simplelist?access_token={fresh}")).await.code(), 48004 | 42001));
    assert!(sim.running.authorize_suite(&asked(EDIT)).is_ok(), "one that ended makes room");
}

#[tokio::test]
async fn an_administrator_installs_by_a_link() {
    let sim = quiet().await;
    let token = suite_token(&sim, PLAIN).await;
    let with = format!("?suite_access_token={token}");
    let pre = sim.get(&format!("service/get_pre_auth_code{with}")).await.json();
    assert_eq!(pre["expires_in"], 1200);
    let session = json!({ "pre_auth_code": pre["pre_auth_code"], "session_info": { "auth_type": 1 } });
    assert_eq!(service(&sim, &format!("set_session_info{with}"), session.clone()).await.code(), 0);
    let provider = json!({ "corpid": "wwProvider", "provider_secret": "prov-secret" });
    let provider = service(&sim, "get_provider_token", provider).await.json();
    let link = json!({ "state": "s9", "templateid_list": [TEMPLATE] });
    let path = format!(
        "get_customized_auth_url?provider_access_token={}",
        provider["provider_access_token"].as_str().expect("a token")
    );
    let link = service(&sim, &path, link).await.json();
    assert_eq!(link["expires_in"], 864_000);
    let url = link["qrcode_url"].as_str().expect("a link");
    let asked = sim.send(sim.client.get(url)).await.expect("an answer");
    assert!(asked.text.contains("sim_corpid=ww1"), "{}", asked.text);
    let scanned =
        sim.send(sim.client.get(format!("{url}&sim_corpid={CORP}&sim_admin=li.na"))).await.expect("an answer");
    assert_eq!(scanned.status, 200);
    assert_eq!(element(&sim.running.callbacks().pop().expect("an event").message, "State"), Some("s9"));
    let again = sim.send(sim.client.get(format!("{url}&sim_corpid={CORP}"))).await.expect("an answer");
    assert_eq!(again.status, 400, "it is authorised already");
    sim.running.advance_clock(Duration::from_secs(1200));
    assert_eq!(service(&sim, &format!("set_session_info{with}"), session).await.code(), 42007);
    for (path, code) in [("get_auth_info", 41022), ("get_auth_info?suite_access_token=x", 40082)] {
        assert_eq!(service(&sim, path, json!({})).await.code(), code);
    }
    sim.running.advance_clock(Duration::from_secs(6000));
    assert_eq!(service(&sim, &format!("get_auth_info{with}"), json!({})).await.code(), 42009);
}
