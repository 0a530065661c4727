//! What an app is shown, and what it changes about itself; the small calls beside.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{AGENT, APP, Sim};

fn app(extra: Value) -> Value {
    let mut app = json!({ "agentid": AGENT, "secret": APP, "visible": { "departments": [1] } });
    if let (Some(app), Some(extra)) = (app.as_object_mut(), extra.as_object()) {
        app.extend(extra.clone());
    }
    json!([app])
}

fn person() -> Value {
    json!([{ "userid": "a", "name": "甲", "alias": "al", "position": "p", "telephone": "110", "department": [2],
             "attributes": [{ "type": 0, "name": "x", "text": { "value": "y" } }], "is_leader_in_dept": [1] }])
}

#[tokio::test]
async fn fields_can_be_withheld_one_by_one() {
    for (field, keys) in [
        ("alias", &["alias"][..]),
        ("position", &["position"]),
        ("telephone", &["telephone"]),
        ("leaders", &["is_leader_in_dept", "direct_leader"]),
        ("extattr", &["extattr"]),
    ] {
        let sim = Sim::new(json!({ "users": person(), "apps": app(json!({ "hidden_fields": [field] })) })).await;
        let seen = sim.app("user/get", "&userid=a").await.json();
        for key in ["alias", "position", "telephone", "is_leader_in_dept", "direct_leader", "extattr"] {
            assert_eq!(seen.get(key).is_none(), keys.contains(&key), "{field}: {key}");
        }
    }
    let hidden = json!({ "hidden_fields": ["name", "department_name"] });
    let sim = Sim::new(json!({ "users": person(), "apps": app(hidden) })).await;
    assert_eq!(sim.app("user/get", "&userid=a").await.json()["name"], "a");
    assert_eq!(sim.app("user/simplelist", "&department_id=2").await.json()["userlist"][0]["name"], "a");
    let department = sim.app("department/get", "&id=2").await.json();
    assert_eq!((&department["department"]["name"], department["department"].get("name_en")), (&json!("2"), None));
}

#[tokio::test]
async fn an_app_changes_itself_but_not_whom_it_sees() {
    let sim = Sim::new(json!({ "apps": app(json!({ "name": "old" })) })).await;
    let set = async |body: Value| {
        let mut whole = json!({ "agentid": AGENT });
        if let (Some(whole), Some(body)) = (whole.as_object_mut(), body.as_object()) {
            whole.extend(body.clone());
        }
        sim.app_post("agent/set", whole).await.code()
    };
    for (body, code) in [
        (json!({ "name": "" }), 45022),
        (json!({ "name": "n".repeat(33) }), 45022),
        (json!({ "description": "abc" }), 45004),
        (json!({ "report_location_flag": 2 }), 40059),
        (json!({ "isreportenter": 2 }), 40058),
        (json!({ "home_url": "id.example.com" }), 45034),
        (json!({ "home_url": "ftp://id.example.com" }), 40094),
        (json!({ "redirect_domain": "10.0.0.1" }), 80001),
        (json!({ "redirect_domain": "https://id.example.com" }), 80001),
        (json!({ "logo_mediaid": "none" }), 40007),
        (json!({ "agentid": "7" }), 40056),
        (json!({ "agentid": 7 }), 301_002),
        (json!({ "agentid": null }), 41011),
    ] {
        assert_eq!(set(body.clone()).await, code, "{body}");
    }
    let good = json!({ "name": "new", "description": "what it is for", "redirect_domain": "id.example.com:8443",
                       "home_url": "https://id.example.com/w", "report_location_flag": 1, "allow_partys": { "partyid": [] } });
    assert_eq!(set(good).await, 0);
    let told = sim.app("agent/get", &format!("&agentid={AGENT}")).await.json();
    assert_eq!((&told["name"], &told["redirect_domain"]), (&json!("new"), &json!("id.example.com:8443")));
    assert_eq!((&told["report_location_flag"], &told["allow_partys"]), (&json!(1), &json!({ "partyid": [1] })));
    for n in 0..19 {
        assert_eq!(set(json!({ "redirect_domain": format!("d{n}.example.com") })).await, 0);
    }
    assert_eq!(set(json!({ "redirect_domain": "one.too.many" })).await, 85_004);
    sim.running.advance_clock(Duration::from_secs(30 * 86_400));
    assert_eq!(sim.write("agent/set", json!({ "agentid": AGENT })).await.code(), 42_001, "a month later");
}

#[tokio::test]
async fn openids_lead_to_members_who_were_activated() {
    let users = json!([{ "userid": "a", "status": 1 }, { "userid": "b" }, { "userid": "c", "openid": "oOwn" }]);
    let visible = json!({ "visible": { "users": ["a", "b"] } });
    let sim = Sim::new(json!({ "users": users, "apps": app(visible) })).await;
    let openid = sim.app_post("user/convert_to_openid", json!({ "userid": "A" })).await.json()["openid"].clone();
    let back = sim.app_post("user/convert_to_userid", json!({ "openid": openid })).await.json();
    assert_eq!(back["userid"], "a");
    for (body, code) in [(json!({ "userid": "b" }), 43004), (json!({ "userid": "c" }), 60111), (json!({}), 41009)] {
        assert_eq!(sim.app_post("user/convert_to_openid", body).await.code(), code);
    }
    assert_eq!(sim.app_post("user/convert_to_userid", json!({ "openid": "oOwn" })).await.code(), 40073, "out of range");
    assert_eq!(sim.write("user/convert_to_userid", json!({ "openid": "oOwn" })).await.json()["userid"], "c");
    assert_eq!(sim.write("user/get_active_stat", json!({ "date": "2026-01-02" })).await.json()["active_cnt"], 1);
    assert_eq!(sim.write("user/get_active_stat", json!({ "date": "yesterday" })).await.code(), 40058);
    for path in ["get_api_domain_ip", "getcallbackip"] {
        for token in [&sim.app, &sim.contacts] {
            assert_eq!(sim.get(&format!("{path}?access_token={token}")).await.json()["ip_list"], json!(["127.0.0.1"]));
        }
    }
    assert_eq!(sim.app("corp/get_join_qrcode", "").await.code(), 48002);
    assert_eq!(sim.read("corp/get_join_qrcode", "&size_type=5").await.code(), 40058);
}
