//! The request and response cases of the API reference, each replayed in a prepared corp.
//!
//! The cases live beside the repository; without them the test says so and passes. Every case in
//! scope is replayed: the answer must be equal except for trace numbers, addresses and tokens.

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Map, Value, json};
use wecom_sim::{Effect, FaultRule, Faults, ImportSpeed, Limits, Options, State};

use crate::support::{Sim, csv_form};

const CORP: &str = "ww8c2f41d7b09e63a5";
const SECRET: &str = "sEcReT-contact-sync";
const SAMPLE_TOKEN: &str = "AT_demo_7f3c9a1e5b2d4860";
const SAMPLE_MEDIA: &str = "3m_9QpLmZ0xYvCtRsEwDfGh1KjUi";
const SAMPLE_JOB: &str = "Jb0f9kL2sD7qWx4Ze1RtYu6Io3Pa5HgC8VbN";
const SAMPLE_MESSAGE: &str = "vQx9mQ-demo-msgid-0001";
const SAMPLE_RESPONSE: &str = "RC_demo_0001";
const DEPARTMENTS: &str = "部门名称,部门ID,父部门ID,排序\n平台研发部,12,1,100\n质量组,15,12,0\n";
/// Two members, the second with a number that belongs to somebody else.
const MEMBERS: &str = "姓名,帐号,手机号,邮箱,所在部门,职位,性别\n陈雨,chen.yu,13900001111,,12,,女\n\
                       王伟,wang_wei,13800000001,,12,,男\n";

/// Endpoints that are not simulated yet.
const OUT_OF_SCOPE: &[&str] = &[
    "/cgi-bin/user/convert_to_openid",
    "/cgi-bin/user/convert_to_userid",
    "/cgi-bin/user/authsucc",
    "/cgi-bin/user/tfa_succ",
    "/cgi-bin/user/get_active_stat",
    "/cgi-bin/auth/get_tfa_info",
    "/cgi-bin/corp/get_join_qrcode",
    "/cgi-bin/agent/set",
];

fn cases(file: &str) -> Option<Vec<Value>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/reference/wecom-fixtures");
    let text = std::fs::read_to_string(folder.join(file)).ok()?;
    let parsed: Value = serde_json::from_str(&text).expect("fixtures are JSON");
    parsed["cases"].as_array().cloned()
}

/// The full member of the cases.
fn chen_yu() -> Value {
    json!({
        "userid": "chen.yu", "name": "陈雨", "alias": "Rain", "mobile": "13900001111", "department": [12, 15],
        "order": [10, 0], "position": "测试工程师", "gender": "2", "email": "chen.yu@example.com",
        "biz_mail": "chenyu@yunqi.example", "is_leader_in_dept": [0, 1], "direct_leader": ["li.na"],
        "telephone": "0571-88000000", "address": "杭州市西湖区示例路1号", "main_department": 12,
        "attributes": [
            { "type": 0, "name": "工号", "text": { "value": "E10086" } },
            { "type": 1, "name": "主页", "web": { "url": "https://example.com/u/10086", "title": "个人主页" } }
        ],
        "external_position": "质量顾问",
        "external_profile": {
            "external_corp_name": "云栖科技",
            "wechat_channels": { "nickname": "云栖视频号" },
            "external_attr": [
                { "type": 0, "name": "擅长", "text": { "value": "自动化测试" } },
                { "type": 1, "name": "官网", "web": { "url": "https://example.com", "title": "官网" } },
                { "type": 2, "name": "小程序",
                  "miniprogram": { "appid": "wx00000000000000aa", "pagepath": "/pages/index", "title": "预约" } }
            ]
        },
        "avatar": "https://example.com/avatar/0", "thumb_avatar": "https://example.com/avatar/100",
        "qr_code": "https://example.com/qr?vcode=vc01"
    })
}

/// What the corp holds before a case.
fn world(file: &str, name: &str) -> Value {
    let li_na = |leads: u8| json!({ "userid": "li.na", "name": "李娜", "mobile": "13800000001", "department": [12], "is_leader_in_dept": [leads] });
    let other = |userid: &str| json!({ "userid": userid, "email": format!("{userid}@example.com"), "department": [1] });
    let dept_12 = json!({ "id": 12, "name": "平台研发部", "name_en": "Platform", "parentid": 1, "order": 100_000_000 });
    let dept_15 = json!({ "id": 15, "name": "质量组", "parentid": 12, "order": 99_999_000 });
    let mut departments = vec![json!({ "id": 1, "name": "云栖科技", "order": 100_000_000 }), dept_12, dept_15];
    let mut users = vec![li_na(1)];
    let mut highest = 15;
    match (file, name) {
        ("department.json", "create") => {
            departments.truncate(1);
            users.clear();
        }
        ("department.json", "create, id generated") => {
            departments.truncate(2);
            highest = 14;
        }
        ("department.json", "delete, has members") => users.push(chen_yu()),
        ("department.json", _) => {}
        ("user.json", "list") => users = vec![json!({ "userid": "li.na", "department": [1] }), chen_yu()],
        ("user.json", "create, full" | "create, minimal") => users = vec![li_na(0)],
        ("user.json", "update, rename system-generated userid") => {
            users.push(json!({ "userid": "a1b2c3d4", "email": "sun.lei@example.com", "generated_userid": true }));
        }
        ("user.json", "delete, creator") => users.push(json!({ "userid": "boss", "creator": true })),
        ("user.json", "invite") => users.extend([chen_yu(), other("wang_wei")]),
        ("user.json", case) if case.starts_with("batchdelete") => users.extend([other("wang_wei"), other("zhao.min")]),
        ("user.json", _) => users.push(chen_yu()),
        ("media-batch.json", case) if case.contains("departments") => {
            departments = vec![
                json!({ "id": 1, "name": "云栖科技" }),
                json!({ "id": 15, "name": "测试组", "parentid": 1, "order": 100_000_000 }),
            ];
            users = vec![json!({ "userid": "li.na", "department": [1] })];
        }
        ("media-batch.json", _) => {}
        _ => users.push(chen_yu()),
    }
    let full_reader = file == "department.json"
        || name == "get, unrestricted caller"
        || name == "get, unknown"
        || name == "simplelist"
        || name == "list";
    let mut tags = vec![json!({ "tagid": 3, "tagname": "t3" })];
    if file == "tag.json" || file == "message.json" {
        tags = vec![
            json!({ "tagid": 31, "tagname": "值班人员", "users": ["chen.yu"], "departments": [15] }),
            json!({ "tagid": 32, "tagname": "兼职", "owner": 1_000_003 }),
        ];
    }
    if (file, name) == ("tag.json", "create") {
        tags.clear();
    }
    let visible: Vec<i64> = departments.iter().filter_map(|row| row["id"].as_i64()).filter(|id| *id == 12).collect();
    json!({ "corps": [{
        "corpid": CORP, "name": "云栖科技",
        "options": { "attributes": ["工号", "主页"] },
        "contacts": { "secret": SECRET, "reads": if full_reader { "full" } else { "ids_only" } },
        "apps": [{
            "agentid": 1_000_002, "secret": "app", "name": "身份助手", "description": "入离职流程助手",
            "square_logo_url": "https://example.com/logo/0", "redirect_domain": "id.example.com",
            "isreportenter": 1, "home_url": "https://id.example.com/home", "customized_publish_status": 1,
            "visible": { "users": if users.is_empty() { vec![] } else { vec!["li.na"] },
                         "departments": visible, "tags": [31] },
            "trusted_ips": if name == "untrusted source IP" { vec!["203.0.113.9"] } else { vec![] }
        }],
        "departments": departments, "users": users, "tags": tags, "highest_department_id": highest
    }]})
}

/// Whether a case is told from the caller being an app.
fn is_app_call(file: &str, name: &str) -> bool {
    file == "agent.json"
        || file == "message.json"
        || ["wrong kind of secret", "list_id with an app secret", "untrusted source IP"].contains(&name)
        || name.starts_with("get, self-built app")
}

/// An error text without trace number and address.
fn plain(text: &str) -> String {
    match (text.split_once("hint: ["), text.split_once("more info at ")) {
        (Some((before, _)), Some((_, link))) => format!("{before}* {link}"),
        _ => text.to_owned(),
    }
}

/// A body with what differs from call to call made equal.
fn comparable(mut body: Value) -> Value {
    if let Some(object) = body.as_object_mut() {
        if let Some(Value::String(text)) = object.get_mut("errmsg") {
            *text = plain(text);
        }
        for varying in ["access_token", "next_cursor", "media_id", "created_at", "jobid", "msgid", "response_code"] {
            if let Some(Value::String(text)) = object.get_mut(varying) {
                *text = if text.is_empty() { String::new() } else { "*".to_owned() };
            }
        }
    }
    body.sort_all_objects();
    body
}

/// What is different from the reference.
async fn replay(file: &str, case: &Value) -> Vec<String> {
    let name = case["name"].as_str().unwrap_or_default();
    let state: State = serde_json::from_value(world(file, name)).expect("a state");
    let sim = Sim::with(Options::with_state(state)).await;
    let secret = if is_app_call(file, name) { "app" } else { SECRET };
    let issued = sim.gettoken(CORP, secret).await.json();
    let token = issued["access_token"].as_str().unwrap_or_default();
    match name {
        "business call with expired token" => sim.running.expire_tokens(),
        "rate limited" => sim.running.set_faults(Faults::rules([error(45009)])),
        "busy" => sim.running.set_faults(Faults::rules([error(-1)])),
        _ => {}
    }
    let stand_ins = prepare(&sim, file, name, token).await;
    let request = &case["request"];
    let path = request["path"].as_str().unwrap_or_default();
    let mut query: Vec<(String, String)> = Vec::new();
    for (key, value) in request["query"].as_object().unwrap_or(&Map::new()) {
        query.push((key.clone(), stand_ins.put_in(value.as_str().unwrap_or_default())));
    }
    let sent = stand_ins.put_in(&request["body"].to_string());
    let mut sent: Value = serde_json::from_str(&sent).expect("still JSON");
    if name == "list_id, last page" {
        let first = sim.write_as(token, "user/list_id", json!({ "cursor": "", "limit": 2 })).await;
        sent["cursor"] = first["next_cursor"].clone();
    }
    let url = format!("{}{path}", sim.running.base_url());
    let builder = match request["method"].as_str() {
        Some("POST") if path == "/cgi-bin/media/upload" => {
            sim.client.post(url).query(&query).multipart(csv_form(MEMBERS))
        }
        Some("POST") => sim.client.post(url).query(&query).body(sent.to_string()),
        _ => sim.client.get(url).query(&query),
    };
    let got = sim.send(builder).await.expect("an answer");
    let wanted = &case["response"];
    let mut differences = Vec::new();
    let mut compare = |what: &str, found: Value, wanted: Value| {
        if found != wanted {
            differences.push(format!("{file}: {name}: {what} is {found}, not {wanted}"));
        }
    };
    compare("status", json!(got.status), wanted["status"].clone());
    for (header, value) in wanted["headers"].as_object().unwrap_or(&Map::new()) {
        compare(header, json!(got.header(header).map(plain)), json!(value.as_str().map(plain)));
    }
    match &wanted["body"] {
        Value::String(text) => compare("body", json!(got.text), json!(text)),
        body => compare("body", comparable(got.json()), comparable(body.clone())),
    }
    differences
}

/// What stands in the requests of the cases, and what the simulator gave in its place.
struct StandIns(Vec<(&'static str, String)>);

impl StandIns {
    fn put_in(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (sample, real)| text.replace(sample, real))
    }
}

/// Does what has to have happened before a case.
async fn prepare(sim: &Sim, file: &str, name: &str, token: &str) -> StandIns {
    let mut found = StandIns(vec![(SAMPLE_TOKEN, token.to_owned())]);
    if file == "media-batch.json" && name != "media/upload" {
        let departments = name.contains("departments") || name == "replaceparty";
        let media = sim.upload_as(token, if departments { DEPARTMENTS } else { MEMBERS }).await;
        let start = if name == "getresult, started" { 86_400_000 } else { 0 };
        sim.running.set_import_speed(ImportSpeed { rows_per_second: 0.001, start_ms: start });
        if name.starts_with("getresult") || name.starts_with("second") {
            let path = if departments { "batch/replaceparty" } else { "batch/syncuser" };
            let job = sim.write_as(token, path, json!({ "media_id": media })).await;
            found.0.push((SAMPLE_JOB, job["jobid"].as_str().unwrap_or_default().to_owned()));
            let passed = if name == "getresult, running" { 1500 } else { 3000 };
            sim.running.advance_clock(Duration::from_secs(if name.starts_with("second") { 0 } else { passed }));
        }
        found.0.push((SAMPLE_MEDIA, media));
    }
    if file == "message.json" && (name == "recall" || name == "update_template_card") {
        let card = json!({ "card_type": "button_interaction", "task_id": "t", "button_list": [] });
        let body = json!({ "touser": "@all", "agentid": 1_000_002, "msgtype": "template_card", "template_card": card });
        let sent = sim.write_as(token, "message/send", body).await;
        found.0.push((SAMPLE_MESSAGE, sent["msgid"].as_str().unwrap_or_default().to_owned()));
        found.0.push((SAMPLE_RESPONSE, sent["response_code"].as_str().unwrap_or_default().to_owned()));
    }
    found
}

fn error(errcode: i64) -> FaultRule {
    FaultRule::new("/cgi-bin/user/update", Effect::Error { errcode, errmsg: None })
}

impl Sim {
    async fn write_as(&self, token: &str, path: &str, body: Value) -> Value {
        self.post(&format!("{path}?access_token={token}"), body.to_string()).await.json()
    }
}

#[tokio::test]
async fn every_case_in_scope_is_answered_as_the_reference_says() {
    let mut replayed = 0;
    let mut differences = Vec::new();
    let files =
        ["gettoken.json", "department.json", "user.json", "agent.json", "tag.json", "media-batch.json", "message.json"];
    for file in files {
        let Some(cases) = cases(file) else {
            // Straight to stderr, because the test harness hides what a passing test prints.
            let mut stderr = std::io::stderr();
            let _ = writeln!(stderr, "skipped: the reference cases ({file}) are not beside the repository");
            return;
        };
        for case in cases {
            if OUT_OF_SCOPE.contains(&case["request"]["path"].as_str().unwrap_or_default()) {
                continue;
            }
            differences.extend(replay(file, &case).await);
            replayed += 1;
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert!(replayed >= 85, "only {replayed} cases");
}

#[test]
fn the_limits_are_those_of_the_reference() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/reference/wecom-fixtures");
    let Ok(text) = std::fs::read_to_string(folder.join("rate-limits.json")) else {
        let _ = writeln!(std::io::stderr(), "skipped: the reference limits are not beside the repository");
        return;
    };
    let reference: Value = serde_json::from_str(&text).expect("JSON");
    let limit = |scope: &str, per: &str| {
        let rows = reference["base"].as_array().into_iter().flatten();
        rows.filter(|row| row["scope"] == scope && row["per"] == per).find_map(|row| row["limit"].as_u64())
    };
    let ours = Limits::default();
    assert_eq!(ours.corp_api_per_minute, limit("corp+api", "minute"));
    assert_eq!(ours.corp_api_per_hour, limit("corp+api", "hour"));
    assert_eq!(ours.ip_api_per_minute, limit("ip+api", "minute"));
    assert_eq!(ours.ip_api_per_hour, limit("ip+api", "hour"));
    let special = |what: &str| {
        let rows = reference["special"].as_array().into_iter().flatten();
        rows.filter(|row| row["what"] == what).find_map(|row| row["limit"].as_u64())
    };
    assert_eq!(ours.messages_per_member_per_minute, special("app messages per app per member per minute"));
    assert_eq!(ours.messages_per_member_per_hour, special("app messages per app per member per hour"));
}

#[tokio::test]
async fn the_files_of_the_reference_are_imported() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/reference/wecom-fixtures");
    let Ok(text) = std::fs::read_to_string(folder.join("media-batch.json")) else {
        let _ = writeln!(std::io::stderr(), "skipped: the reference files are not beside the repository");
        return;
    };
    let files: Value = serde_json::from_str::<Value>(&text).expect("JSON")["csv"].clone();
    let sim = Sim::new(json!({ "departments": [] })).await;
    let text = |name: &str| files[name].as_str().unwrap_or_default().to_owned();
    let done = sim.import("batch/replaceparty", &text("departments"), json!({})).await;
    assert_eq!(done["result"].as_array().map(Vec::len), Some(2), "{done}");
    assert_eq!((&done["result"][0]["action"], &done["result"][1]["action"]), (&json!(1), &json!(1)));
    let done = sim.import("batch/syncuser", &text("users_long_header"), json!({})).await;
    assert!(done["result"].as_array().is_some_and(|rows| rows.iter().all(|row| row["errcode"] == 0)), "{done}");
    assert_eq!(sim.user("chen.yu")["is_leader_in_dept"], json!([0, 1]));
    let short = text("users_short_header") + "王伟,wang_wei,13700002222,,15,,男\n";
    let done = sim.import("batch/syncuser", &short, json!({})).await;
    assert_eq!(done["result"][0]["errcode"], 0, "{done}");
    assert_eq!(sim.user("wang_wei")["department"], json!([15]));
}
