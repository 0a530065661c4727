//! The request and response cases of the API reference, each replayed in a prepared corp.
//!
//! The cases live beside the repository; without them the test says so and passes. Every case in
//! scope is replayed: the answer must be equal except for trace numbers, addresses and tokens.

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Map, Value, json};
use wecom_sim::{
    Authorize, Authorized, CallbackSettings, Effect, ExportSpeed, FaultRule, Faults, ImportSpeed, Limits, Options,
    Person, State, Visitor,
};

use crate::receiver::{KEY, TOKEN};
use crate::support::{Sim, csv_form};

const CORP: &str = "ww8c2f41d7b09e63a5";
const SECRET: &str = "sEcReT-contact-sync";
const SAMPLE_TOKEN: &str = "AT_demo_7f3c9a1e5b2d4860";
const SAMPLE_MEDIA: &str = "3m_9QpLmZ0xYvCtRsEwDfGh1KjUi";
const SAMPLE_JOB: &str = "Jb0f9kL2sD7qWx4Ze1RtYu6Io3Pa5HgC8VbN";
const SAMPLE_MESSAGE: &str = "vQx9mQ-demo-msgid-0001";
const SAMPLE_RESPONSE: &str = "RC_demo_0001";
const SAMPLE_KEY: &str = "b7HqT2mXc9LfWz4RkJ8vNs1YpGd6AeUo3BiQxKtCrMg";
const DEPARTMENTS: &str = "部门名称,部门ID,父部门ID,排序\n平台研发部,12,1,100\n质量组,15,12,0\n";
/// Two members, the second with a number that belongs to somebody else.
const MEMBERS: &str = "姓名,帐号,手机号,邮箱,所在部门,职位,性别\n陈雨,chen.yu,13900001111,,12,,女\n\
                       王伟,wang_wei,13800000001,,12,,男\n";

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
        ("user.json", "convert_to_openid" | "convert_to_userid") => {
            let mut known = chen_yu();
            known["openid"] = json!("oDemo_openid_0001");
            users.push(known);
        }
        ("user.json", "convert_to_openid, not bound") => users.push(other("wang_wei")),
        ("user.json", "get_active_stat") => users.extend((0..86).map(|n| {
            let mut active = other(&format!("active{n}"));
            active["status"] = json!(1);
            active
        })),
        ("oauth.json", _) => {
            let mut known = chen_yu();
            known["qr_code"] = json!("https://open.work.weixin.qq.com/wwopen/userQRCode?vcode=demo");
            users.push(known);
        }
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
    if ["tag.json", "message.json", "export.json"].contains(&file) {
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
        || file == "oauth.json"
        || file == "export.json"
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
        for varying in [
            "access_token",
            "next_cursor",
            "media_id",
            "created_at",
            "jobid",
            "msgid",
            "response_code",
            "user_ticket",
            "tfa_code",
        ] {
            if let Some(Value::String(text)) = object.get_mut(varying) {
                *text = if text.is_empty() { String::new() } else { "*".to_owned() };
            }
        }
    }
    if let Some(files) = body.get_mut("data_list").and_then(Value::as_array_mut) {
        for file in files {
            *file = json!({ "url": file["url"].is_string(), "size": file["size"].is_u64(), "md5": file["md5"].is_string() });
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
    if file == "oauth.json" || name.contains("tfa") {
        found.0.extend(authorised(sim, name, token).await);
    }
    if file == "export.json" && name.starts_with("get_result") {
        sim.running.set_export_speed(ExportSpeed { rows_per_second: 1000.0, start_ms: 0 });
        let job = sim.write_as(token, "export/simple_user", json!({ "encoding_aeskey": SAMPLE_KEY })).await;
        found.0.push(("jobid_Ex0001", job["jobid"].as_str().unwrap_or_default().to_owned()));
        if name == "get_result, done" {
            sim.running.advance_clock(Duration::from_secs(60));
        }
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

/// Lets people come to an authorise page: the codes of the cases, a ticket, a code for a second factor.
async fn authorised(sim: &Sim, name: &str, token: &str) -> Vec<(&'static str, String)> {
    let url = "https://open.weixin.qq.com/connect/oauth2/authorize?appid=ww8c2f41d7b09e63a5&redirect_uri=https%3A%2F%2Fid.example.com%2Fcb\
               &response_type=code&scope=snsapi_privateinfo&state=s1&agentid=1000002#wechat_redirect";
    let code = |person: Person| {
        let location = sim.running.authorise(url, Visitor { person, consent: None, refuses: false }).expect("a code");
        location.split("code=").nth(1).and_then(|rest| rest.split('&').next()).unwrap_or_default().to_owned()
    };
    let member = || code(Person::Member("chen.yu".to_owned()));
    let outsider = Person::Outsider { openid: "oDemo_openid_0009".into(), external_userid: Some("wmDemo0009".into()) };
    let mut found = vec![("CODE_demo_1", member()), ("CODE_demo_2", code(outsider)), ("CODE_demo_3", member())];
    found.push(("CODE_tfa", member()));
    if name.contains("used") {
        sim.get(&format!("auth/getuserinfo?access_token={token}&code={}", found[0].1)).await;
    }
    let told = sim.get(&format!("auth/getuserinfo?access_token={token}&code={}", member())).await.json();
    found.push(("UT_demo_0001", told["user_ticket"].as_str().unwrap_or_default().to_owned()));
    let told = sim.write_as(token, "auth/get_tfa_info", json!({ "code": member() })).await;
    found.push(("TFA_0001", told["tfa_code"].as_str().unwrap_or_default().to_owned()));
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
    let files = [
        "gettoken.json",
        "department.json",
        "user.json",
        "agent.json",
        "tag.json",
        "media-batch.json",
        "message.json",
        "oauth.json",
        "export.json",
    ];
    for file in files {
        let Some(cases) = cases(file) else {
            // Straight to stderr, because the test harness hides what a passing test prints.
            let mut stderr = std::io::stderr();
            let _ = writeln!(stderr, "skipped: the reference cases ({file}) are not beside the repository");
            return;
        };
        for case in cases {
            differences.extend(replay(file, &case).await);
            replayed += 1;
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert!(replayed >= 105, "only {replayed} cases");
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

/// A text with what stands in an element left out.
fn without(xml: &str, name: &str) -> String {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    match (xml.find(&open), xml.find(&close)) {
        (Some(from), Some(to)) => format!("{}{}", &xml[..from], &xml[to + close.len()..]),
        _ => xml.to_owned(),
    }
}

/// The events of the reference, each made to happen.
#[tokio::test]
async fn every_event_is_told_as_the_reference_says() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/reference/wecom-fixtures");
    let Ok(text) = std::fs::read_to_string(folder.join("callbacks.json")) else {
        let _ = writeln!(std::io::stderr(), "skipped: the reference events are not beside the repository");
        return;
    };
    let events: Value = serde_json::from_str::<Value>(&text).expect("JSON")["events"].clone();
    let mut told = 0;
    for form in ["full", "reduced"] {
        let receiver = json!({ "url": "http://127.0.0.1:9/", "token": TOKEN, "encoding_aes_key": KEY, "form": form });
        let mut chen_yu = chen_yu();
        chen_yu["address"] = json!("杭州市");
        chen_yu["mobile"] = json!("13900001111");
        let person = |userid: &str| json!({ "userid": userid, "email": format!("{userid}@example.com") });
        let state: State = serde_json::from_value(json!({ "corps": [{
            "corpid": CORP, "name": "云栖科技", "options": { "attributes": ["工号", "主页"] },
            "contacts": { "secret": SECRET, "receiver": receiver },
            "apps": [{ "agentid": 1_000_002, "secret": "app", "receiver": receiver }],
            "departments": [{ "id": 12, "name": "平台研发部", "parentid": 1 }, { "id": 20, "name": "旧", "parentid": 1 }],
            "users": [person("li.na"), person("wang_wei")],
            "tags": [{ "tagid": 31, "tagname": "值班", "users": ["wang_wei"], "departments": [20] }]
        }]}))
        .expect("a state");
        let sim = Sim::with(Options::with_state(state)).await;
        sim.running.set_callbacks(CallbackSettings { hold: true, ..CallbackSettings::default() });
        let mut expect = |name: &str, change: &dyn Fn(String) -> String| {
            let either = [name.to_owned(), format!("{name}.{form}")];
            let wanted =
                either.iter().find_map(|name| events[name.as_str()].as_str()).unwrap_or_else(|| panic!("{name}"));
            let found = sim.running.callbacks().pop().expect("an event").message;
            let (wanted, found) = (without(wanted, "CreateTime"), without(&found, "CreateTime"));
            assert_eq!(found, change(wanted), "{name} {form}");
            told += 1;
        };
        let same = |wanted: String| wanted;
        let by_hand = |call: &str, body: Value| {
            let answer = sim.running.by_hand(CORP, call, &body).expect("it can be done by hand");
            assert_eq!(answer["errcode"], 0, "{call} {body}: {answer}");
        };
        by_hand("department/create", json!({ "id": 15, "name": "质量组", "parentid": 12, "order": 1 }));
        expect("create_party", &same);
        let mut body = chen_yu.clone();
        body["extattr"] = json!({ "attrs": body["attributes"] });
        by_hand("user/create", body);
        // No call sets the address of an avatar.
        expect("create_user", &|wanted| wanted.replace("https://example.com/avatar/0", ""));
        by_hand("tag/addtagusers", json!({ "tagid": 31, "userlist": ["chen.yu", "li.na"], "partylist": [12, 15] }));
        expect("update_tag", &|wanted| without(&without(&wanted, "DelUserItems"), "DelPartyItems"));
        by_hand("tag/deltagusers", json!({ "tagid": 31, "userlist": ["wang_wei"], "partylist": [20] }));
        expect("update_tag", &|wanted| without(&without(&wanted, "AddUserItems"), "AddPartyItems"));
        if form == "full" {
            by_hand("user/update", json!({ "userid": "chen.yu", "position": "高级测试工程师" }));
            // The new userid and the status come in events of their own.
            expect("update_user", &|wanted| without(&without(&wanted, "NewUserID"), "Status"));
        } else {
            by_hand("user/update", json!({ "userid": "chen.yu", "department": [12] }));
            expect("update_user", &same);
        }
        by_hand("user/delete", json!({ "userid": "chen.yu" }));
        expect("delete_user", &same);
        by_hand("department/update", json!({ "id": 15, "name": "质量保障组", "parentid": 1 }));
        expect("update_party", &same);
        by_hand("department/delete", json!({ "id": 15 }));
        expect("delete_party", &same);
        for event in ["subscribe", "enter_agent"] {
            sim.running.app_event(CORP, 1_000_002, "chen.yu", event).expect("a receiver");
            expect(event, &same);
        }
        let token = sim.gettoken(CORP, SECRET).await.json();
        let token = token["access_token"].as_str().unwrap_or_default();
        let media = sim.upload_as(token, MEMBERS).await;
        let job = sim.write_as(token, "batch/syncuser", json!({ "media_id": media })).await;
        sim.running.advance_clock(Duration::from_secs(60));
        let jobid = job["jobid"].as_str().unwrap_or_default();
        expect("batch_job_result", &|wanted| wanted.replace(SAMPLE_JOB, jobid));
    }
    assert_eq!(told, 22);
}

/// A value with every text and number made equal, so that only the keys and kinds are left.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields.iter().map(|(key, value)| (key.clone(), shape(value))).collect(),
        Value::Array(rows) => rows.iter().take(1).map(shape).collect(),
        Value::String(_) => json!("text"),
        Value::Number(_) => json!(0),
        other => other.clone(),
    }
}

/// The calls and events of providers: other values, but the same keys and codes.
#[tokio::test]
async fn every_answer_to_a_provider_has_the_shape_of_the_reference() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/reference/wecom-fixtures");
    let Ok(text) = std::fs::read_to_string(folder.join("provider.json")) else {
        let _ = writeln!(std::io::stderr(), "skipped: the reference of providers is not beside the repository");
        return;
    };
    let reference: Value = serde_json::from_str(&text).expect("JSON");
    let receiver = json!({ "url": "http://127.0.0.1:9/", "token": TOKEN, "encoding_aes_key": KEY });
    let suite = |id: &str, kind: &str| {
        json!({ "suite_id": id, "suite_secret": "suite-secret", "kind": kind, "receiver": receiver,
                "provider_corpid": "wwProviderCorp", "provider_secret": "prov-secret" })
    };
    let state: State = serde_json::from_value(json!({
        "corps": [{ "corpid": CORP, "name": "云栖科技", "contacts": { "secret": SECRET },
                    "departments": [{ "id": 12, "name": "平台研发部", "parentid": 1 }], "users": [{ "userid": "chen.yu", "name": "陈雨", "department": [12] }] }],
        "suites": [suite("ww5e1d0c9b8a7f6e43", "third_party"), suite("dkDemoTemplate", "customized")]
    }))
    .expect("a state");
    let sim = Sim::with(Options::with_state(state)).await;
    sim.running.set_callbacks(CallbackSettings { hold: true, ..CallbackSettings::default() });
    let mut real: Vec<(&str, String)> = Vec::new();
    let mut codes: Vec<(String, Value)> = Vec::new();
    let mut differences = Vec::new();
    let expected = |name: &str| reference["callbacks"][name].as_str().unwrap_or_default().to_owned();
    let elements = |xml: &str| -> Vec<String> {
        xml.split('<')
            .filter(|part| !part.starts_with(['/', '!']))
            .map(|part| part.split('>').next().unwrap_or_default().to_owned())
            .collect()
    };
    let mut event = |name: &str| {
        let found = sim.running.callbacks().pop().expect("an event").message;
        if elements(&found) != elements(&expected(name)) {
            differences.push(format!("{name}: {found}"));
        }
    };
    for (suite, ticket, token, auth) in [
        ("ww5e1d0c9b8a7f6e43", "tkt-0a1b2c3d4e5f", "SAT_demo", "AUTH_demo_1"),
        ("dkDemoTemplate", "tkt-dk", "SAT_dk_demo", "AUTH_demo_2"),
    ] {
        real.push((ticket, sim.running.send_ticket(suite).expect("a suite")));
        event("suite_ticket");
        let body = json!({ "suite_id": suite, "suite_secret": "suite-secret", "suite_ticket": real.last().map(|(_, text)| text) });
        let got = sim.post("service/get_suite_token", body.to_string()).await.json();
        real.push((token, got["suite_access_token"].as_str().unwrap_or_default().to_owned()));
        let asked = Authorize {
            suite_id: suite.to_owned(),
            corpid: CORP.to_owned(),
            visible: wecom_sim::state::VisibleState {
                users: vec!["chen.yu".into()],
                departments: vec![12],
                tags: vec![],
            },
            admin: "chen.yu".to_owned(),
            state: "st1".to_owned(),
            ..Authorize::default()
        };
        real.push((auth, sim.running.authorize_suite(&asked).expect("an authorisation").auth_code));
        event("create_auth");
    }
    let cases = reference["cases"].as_array().expect("cases");
    let is_last = |case: &&Value| case["name"].as_str().is_some_and(|name| name.ends_with("withdrawn"));
    for case in cases.iter().filter(|case| !is_last(case)).chain(cases.iter().filter(is_last)) {
        let name = case["name"].as_str().unwrap_or_default();
        if is_last(&case) {
            let third = Authorized { suite_id: "ww5e1d0c9b8a7f6e43".into(), corpid: CORP.into() };
            sim.running.cancel_suite(&third).expect("it is authorised");
        }
        // Both apps have the same sample code; the token of the request tells which one is meant.
        let suite = case["request"]["query"]["suite_access_token"].as_str().unwrap_or("SAT_dk_demo").to_owned();
        let given = codes.iter().find(|(of, _)| *of == suite).map(|(_, given)| given.clone()).unwrap_or_default();
        let mut known = real.clone();
        known.push(("PERM_demo_0001", given["permanent_code"].as_str().unwrap_or_default().to_owned()));
        known
            .push(("wpDemoEncryptedCorpId", given["auth_corp_info"]["corpid"].as_str().unwrap_or_default().to_owned()));
        let put_in = |text: String| {
            known
                .iter()
                .fold(text, |text, (sample, real)| text.replace(&format!("\"{sample}\""), &format!("\"{real}\"")))
        };
        let request: Value = serde_json::from_str(&put_in(case["request"].to_string())).expect("JSON");
        let mut body = request["body"].clone();
        if body.get("agentid").is_some() {
            body["agentid"] = given["auth_info"]["agent"][0]["agentid"].clone();
        }
        let url = format!("{}{}", sim.running.base_url(), request["path"].as_str().unwrap_or_default());
        let query: Vec<(String, String)> =
            serde_json::from_value::<std::collections::BTreeMap<String, String>>(request["query"].clone())
                .expect("texts")
                .into_iter()
                .collect();
        let builder = match request["method"].as_str() {
            Some("GET") => sim.client.get(url).query(&query),
            _ => sim.client.post(url).query(&query).body(body.to_string()),
        };
        let got = sim.send(builder).await.expect("an answer").json();
        let wanted = &case["response"]["body"];
        if shape(&got) != shape(wanted) || got["errcode"] != wanted["errcode"] {
            differences.push(format!("{name}: {got} is not like {wanted}"));
        }
        if got.get("permanent_code").is_some() {
            codes.push((suite, got));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
