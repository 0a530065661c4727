//! Who may do what: order of checks, kinds of secret, trusted addresses, visible range, hidden fields.

use serde_json::{Value, json};

use crate::support::{AGENT, APP, CONTACTS, Got, Sim};

const WRITES: [(&str, &str); 7] = [
    ("POST", "user/create"),
    ("POST", "user/update"),
    ("GET", "user/delete"),
    ("POST", "user/batchdelete"),
    ("POST", "department/create"),
    ("POST", "department/update"),
    ("GET", "department/delete"),
];
const DETAILS: [&str; 5] = ["user/get", "user/simplelist", "user/list", "department/list", "department/get"];

fn people() -> Value {
    json!([
        { "userid": "a", "name": "甲", "department": [2], "mobile": "13900000001", "email": "a@example.com", "biz_mail": "a@corp.example",
          "gender": "1", "address": "somewhere", "telephone": "110", "position": "p", "alias": "al", "avatar": "x", "thumb_avatar": "y", "qr_code": "z" },
        { "userid": "b", "name": "乙", "department": [3, 1] },
        { "userid": "c", "name": "丙", "department": [1] }
    ])
}

fn app(extra: Value) -> Value {
    let mut app = json!({ "agentid": AGENT, "secret": APP });
    if let (Some(app), Some(extra)) = (app.as_object_mut(), extra.as_object()) {
        app.extend(extra.clone());
    }
    json!([app, { "agentid": 1_000_003, "secret": "other", "visible": { "departments": [1] } }])
}

async fn call(sim: &Sim, verb: &str, path: &str, token: &str) -> Got {
    match verb {
        "GET" => sim.get(&format!("{path}?access_token={token}")).await,
        _ => sim.post(&format!("{path}?access_token={token}"), "{}").await,
    }
}

#[tokio::test]
async fn an_app_writes_nothing_and_reads_no_ids_of_the_corp() {
    let sim = Sim::new(json!({})).await;
    for (verb, path) in WRITES.into_iter().chain([("POST", "user/list_id")]) {
        let got = call(&sim, verb, path, &sim.app).await;
        assert_eq!((got.code(), got.message().as_str()), (48002, "api forbidden"), "{path}");
    }
}

#[tokio::test]
async fn contact_sync_reads_ids_only_unless_its_address_is_old() {
    let sim = Sim::new(json!({ "users": people() })).await;
    for path in DETAILS {
        let got = sim.read(path, "").await;
        assert_eq!((got.code(), got.message().as_str()), (48009, "api forbidden for contact assistant"), "{path}");
    }
    for path in ["agent/get", "agent/list"] {
        assert_eq!(sim.read(path, "&agentid=1000002").await.code(), 48002, "{path}");
    }
    assert_eq!(sim.read("department/simplelist", "").await.code(), 0);
    let sim = Sim::new(json!({ "users": people(), "contacts": { "secret": CONTACTS, "reads": "full" } })).await;
    let got = sim.read("user/get", "&userid=a").await.json();
    assert_eq!((&got["mobile"], &got["gender"], &got["qr_code"]), (&json!("13900000001"), &json!("1"), &json!("z")));
    assert_eq!(sim.read("department/list", "").await.json()["department"].as_array().map(Vec::len), Some(3));
}

#[tokio::test]
async fn writing_needs_the_edit_permission() {
    let sim = Sim::new(json!({ "contacts": { "secret": CONTACTS, "edit": false } })).await;
    for (verb, path) in WRITES {
        assert_eq!(call(&sim, verb, path, &sim.contacts).await.code(), 48002, "{path}");
    }
    assert_eq!(sim.write("user/list_id", json!({})).await.code(), 0);
}

#[tokio::test]
async fn checks_come_in_order() {
    let contacts = json!({ "secret": CONTACTS, "trusted_ips": ["10.0.0.1"] });
    let sim = Sim::new(json!({ "contacts": contacts })).await;
    assert_eq!(sim.get("user/get").await.code(), 41001);
    assert_eq!(sim.get("user/get?access_token=x").await.code(), 40014);
    // The address comes before the permission, and gettoken does not look at it.
    assert_eq!(sim.read("user/get", "").await.code(), 60020);
    let from = |ip: &'static str, path: &str| {
        let url = format!("{}/cgi-bin/{path}?access_token={}", sim.running.base_url(), sim.contacts);
        sim.send(sim.client.get(url).header("x-sim-source-ip", ip))
    };
    // The permission comes before the parameters, and these before the directory.
    let got = from("10.0.0.1", "user/get").await.expect("an answer");
    assert_eq!(got.code(), 48009);
    assert!(got.json()["errmsg"].as_str().is_some_and(|text| text.contains("from ip: 10.0.0.1, ")), "{}", got.text);
    assert_eq!(from("10.0.0.1", "user/delete").await.expect("an answer").code(), 41009);
    assert_eq!(from("10.0.0.2", "user/delete").await.expect("an answer").code(), 60020);
}

#[tokio::test]
async fn wrong_methods_paths_and_bodies() {
    let sim = Sim::new(json!({})).await;
    for path in ["user/create", "user/update", "user/list_id", "department/create"] {
        assert_eq!(sim.read(path, "").await.code(), 40058, "{path}");
    }
    assert_eq!(sim.write("user/delete", json!({})).await.code(), 40063);
    assert_eq!(sim.write("department/delete", json!({})).await.code(), 40063);
    let unknown = sim.read("user/none", "").await;
    assert_eq!((unknown.status, unknown.text.as_str()), (404, ""));
    for body in ["", "{", "[]", "1", "{\"userid\":}"] {
        assert_eq!(sim.post(&format!("user/create?access_token={}", sim.contacts), body).await.code(), 40058, "{body}");
    }
    let escaped = r#"{"userid":"x","name":"\u674e","mobile":"13900000009"}"#;
    assert_eq!(sim.post(&format!("user/create?access_token={}", sim.contacts), escaped).await.code(), 40033);
}

#[tokio::test]
async fn refusals_carry_headers_tail_and_empty_payloads() {
    let sim = Sim::new(json!({})).await;
    for (path, keys) in [
        ("user/get", &["department", "order", "is_leader_in_dept", "direct_leader"][..]),
        ("department/list", &["department"]),
        ("department/simplelist", &["department_id"]),
        ("user/list", &["userlist"]),
        ("user/list_id", &["dept_user"]),
    ] {
        let got = sim.get(&format!("{path}?access_token=x")).await;
        let body = got.json();
        assert_eq!(got.header("error-code"), Some("40014"), "{path}");
        assert_eq!(got.header("error-msg"), body["errmsg"].as_str(), "{path}");
        assert_eq!(got.header("content-type"), Some("application/json; charset=UTF-8"));
        for key in keys {
            assert_eq!(body[key], json!([]), "{path}: {key}");
        }
        assert_eq!(body.as_object().map(serde_json::Map::len), Some(2 + keys.len()));
    }
    let text = sim.get("user/get").await.json()["errmsg"].as_str().unwrap_or_default().to_owned();
    let (hint, rest) =
        text.strip_prefix("access_token missing, hint: [").and_then(|rest| rest.split_once(']')).expect("a hint");
    assert!(hint.len() == 25 && hint.bytes().all(|byte| byte.is_ascii_digit()), "{hint}");
    let tail = ", from ip: 127.0.0.1, more info at https://open.work.weixin.qq.com/devtool/query?e=41001";
    assert_eq!(rest, tail);
}

#[tokio::test]
async fn an_app_sees_its_range_without_sensitive_fields() {
    let sim = Sim::new(
        json!({ "users": people(), "apps": app(json!({ "visible": { "users": ["c"], "departments": [2] } })) }),
    )
    .await;
    let hidden = sim.app("user/get", "&userid=A").await.json();
    for key in ["mobile", "email", "biz_mail", "address", "avatar", "thumb_avatar", "qr_code"] {
        assert!(hidden.get(key).is_none(), "{key} is there: {hidden}");
    }
    assert_eq!((&hidden["gender"], &hidden["telephone"], &hidden["userid"]), (&json!("0"), &json!("110"), &json!("a")));
    assert_eq!(sim.app("user/get", "&userid=b").await.code(), 0, "in a department below one in range");
    assert_eq!(sim.app("user/get", "&userid=c").await.code(), 0, "named itself");
    assert_eq!(sim.app("user/simplelist", "&department_id=1").await.code(), 60011);
    assert_eq!(sim.app("user/list", "&department_id=3").await.json()["userlist"].as_array().map(Vec::len), Some(1));
    assert_eq!(sim.app("department/get", "&id=1").await.code(), 60011);
    assert_eq!(sim.app("department/list", "&id=1").await.code(), 60011);
    let ids = |value: &Value| -> Vec<u64> {
        value.as_array().into_iter().flatten().filter_map(|row| row["id"].as_u64()).collect()
    };
    assert_eq!(ids(&sim.app("department/simplelist", "").await.json()["department_id"]), [2, 3]);
    assert_eq!(ids(&sim.app("department/list", "").await.json()["department"]), [2, 3]);
    sim.written("user/update", json!({ "userid": "a", "department": [1] })).await;
    assert_eq!(sim.app("user/get", "&userid=a").await.code(), 60111, "moved out of range");
}

/// Two of `li`'s three departments are below department 2, which is all that the app sees; her leader is elsewhere.
fn scattered() -> Value {
    json!([
        { "userid": "boss", "name": "老板", "department": [1] },
        { "userid": "lead", "name": "组长", "department": [2], "is_leader_in_dept": [1] },
        { "userid": "li", "name": "李", "department": [1, 3, 2], "order": [7, 8, 9], "is_leader_in_dept": [1, 1, 0],
          "direct_leader": ["boss"], "main_department": 1 },
        { "userid": "wu", "name": "吴", "department": [3], "direct_leader": ["lead"], "main_department": 3 }
    ])
}

#[tokio::test]
async fn what_an_app_may_not_view_is_cut_out_of_what_it_reads() {
    let sim =
        Sim::new(json!({ "users": scattered(), "apps": app(json!({ "visible": { "departments": [2] } })) })).await;
    let li = sim.app("user/get", "&userid=li").await.json();
    for (key, value) in [
        ("department", json!([3, 2])),
        ("order", json!([8, 9])),
        ("is_leader_in_dept", json!([1, 0])),
        ("direct_leader", json!([])),
    ] {
        assert_eq!(li[key], value, "{key}");
    }
    assert!(li.get("main_department").is_none(), "{li}");
    let wu = sim.app("user/get", "&userid=wu").await.json();
    assert_eq!((&wu["direct_leader"], &wu["main_department"]), (&json!(["lead"]), &json!(3)));
    let listed = sim.app("user/list", "&department_id=2").await.json();
    assert_eq!(listed["userlist"][1]["department"], json!([3, 2]));
    let short = sim.app("user/simplelist", "&department_id=2").await.json();
    assert_eq!(short["userlist"][1]["department"], json!([3, 2]));
    // Somebody visible by name alone shows no department at all.
    let named = app(json!({ "visible": { "users": ["boss"] } }));
    let sim = Sim::new(json!({ "users": scattered(), "apps": named })).await;
    let boss = sim.app("user/get", "&userid=boss").await.json();
    assert_eq!((&boss["department"], boss.get("main_department")), (&json!([]), None));
}

#[tokio::test]
async fn a_tag_in_the_range_shows_its_members_and_departments() {
    let visible = json!({ "visible": { "tags": [5] } });
    let tags = json!([{ "tagid": 5, "tagname": "five", "users": ["boss"], "departments": [3] }]);
    let sim = Sim::new(json!({ "users": scattered(), "apps": app(visible), "tags": tags })).await;
    assert_eq!(sim.app("department/simplelist", "").await.json()["department_id"][0]["id"], 3);
    for (userid, code) in [("boss", 0), ("li", 0), ("wu", 0), ("lead", 60111)] {
        assert_eq!(sim.app("user/get", &format!("&userid={userid}")).await.code(), code, "{userid}");
    }
    let to = json!({ "touser": "boss|wu|lead", "msgtype": "text", "agentid": AGENT, "text": { "content": "x" } });
    let sent = sim.app_post("message/send", to).await.json();
    assert_eq!((&sent["errcode"], &sent["invaliduser"]), (&json!(0), &json!("lead")));
    // Who joins the tag is seen from then on.
    sim.written("tag/addtagusers", json!({ "tagid": 5, "userlist": ["lead"] })).await;
    assert_eq!(sim.app("user/get", "&userid=lead").await.code(), 0);
}

#[tokio::test]
async fn an_empty_update_tells_whether_writing_is_allowed() {
    let sim = Sim::new(json!({})).await;
    sim.refused("department/update", json!({}), 60003).await;
    assert_eq!(sim.running.counts().writes, 0);
    let sim = Sim::new(json!({ "contacts": { "secret": CONTACTS, "edit": false } })).await;
    sim.refused("department/update", json!({}), 48002).await;
}

#[tokio::test]
async fn an_old_app_sees_sensitive_fields() {
    let extra = json!({ "sensitive_fields": "shown", "visible": { "departments": [1] } });
    let sim = Sim::new(json!({ "users": people(), "apps": app(extra) })).await;
    let shown = sim.app("user/get", "&userid=a").await.json();
    assert_eq!(
        (&shown["mobile"], &shown["gender"], &shown["biz_mail"]),
        (&json!("13900000001"), &json!("1"), &json!("a@corp.example"))
    );
}

#[tokio::test]
async fn an_app_reads_its_own_entry_only() {
    let visible = json!({ "visible": { "users": ["a"], "departments": [2], "tags": [] } });
    let sim = Sim::new(json!({ "users": people(), "apps": app(visible) })).await;
    let own = sim.app("agent/get", "&agentid=1000002").await.json();
    assert_eq!(own["allow_userinfos"], json!({ "user": [{ "userid": "a" }] }));
    assert_eq!(own["allow_partys"], json!({ "partyid": [2] }));
    assert!(own.get("allow_tags").is_none() && own.get("customized_publish_status").is_none());
    assert_eq!(sim.app("agent/get", "&agentid=1000003").await.code(), 301002);
    assert_eq!(sim.app("agent/get", "&agentid=abc").await.code(), 40056);
    assert_eq!(sim.app("agent/get", "").await.code(), 41011);
    assert_eq!(sim.app("agent/list", "").await.json()["agentlist"].as_array().map(Vec::len), Some(1));
}
