//! Members: every refusal the simulator can produce, what is stored, what updates leave alone.

use serde_json::{Value, json};

use crate::support::{CORP, Sim};

const CREATE: &str = "user/create";
const UPDATE: &str = "user/update";

/// A good create body with some fields laid over it; null takes a field away.
fn body(overlay: Value) -> Value {
    let mut body = json!({ "userid": "new", "name": "新", "mobile": "13900000009", "department": [2] });
    if let (Some(body), Some(overlay)) = (body.as_object_mut(), overlay.as_object()) {
        body.extend(overlay.clone());
    }
    body
}

async fn with_li_na() -> Sim {
    Sim::new(json!({ "users": [{
        "userid": "li.na", "name": "李娜", "mobile": "13900000001", "email": "li.na@example.com",
        "biz_mail": "lina@corp.example", "department": [2, 3], "order": [5, 6], "is_leader_in_dept": [1, 0],
        "position": "p", "gender": "2", "alias": "Na", "main_department": 3
    }, { "userid": "boss", "name": "b", "email": "boss@example.com", "creator": true }] }))
    .await
}

#[tokio::test]
async fn create_refuses() {
    let sim = with_li_na().await;
    let long = |count: usize| "x".repeat(count);
    for (overlay, code) in [
        (json!({ "userid": null }), 41009),
        (json!({ "userid": "" }), 41009),
        (json!({ "userid": 7 }), 40058),
        (json!({ "userid": long(65) }), 40058),
        (json!({ "userid": "_a" }), 40003),
        (json!({ "userid": "a b" }), 40003),
        (json!({ "userid": "李" }), 40003),
        (json!({ "name": null }), 60112),
        (json!({ "name": "" }), 60112),
        (json!({ "name": long(65) }), 60112),
        (json!({ "alias": long(65) }), 40058),
        (json!({ "mobile": "12345" }), 60103),
        (json!({ "mobile": "91234567" }), 60103),
        (json!({ "mobile": 13_900_000_009_u64 }), 40058),
        (json!({ "email": "nope" }), 60105),
        (json!({ "mobile": null }), 60129),
        (json!({ "mobile": "", "email": "" }), 60129),
        (json!({ "biz_mail": "nope" }), 60143),
        (json!({ "biz_mail_alias": { "item": ["1", "2", "3", "4", "5", "6"] } }), 40058),
        (json!({ "department": "2" }), 41019),
        (json!({ "department": ["2"] }), 41019),
        (json!({ "department": 2 }), 41019),
        (json!({ "department": [0, 2] }), 60123),
        (json!({ "department": (2..103).collect::<Vec<u32>>() }), 60110),
        (json!({ "order": [1, 2] }), 40058),
        (json!({ "order": [-1] }), 40058),
        (json!({ "is_leader_in_dept": [] }), 60132),
        (json!({ "is_leader_in_dept": [1, 0] }), 60132),
        (json!({ "is_leader_in_dept": [2] }), 40058),
        (json!({ "direct_leader": ["1", "2"] }), 60257),
        (json!({ "direct_leader": ["ghost"] }), 301021),
        (json!({ "direct_leader": "li.na" }), 40058),
        (json!({ "main_department": 1 }), 40058),
        (json!({ "position": long(129) }), 301012),
        (json!({ "gender": "3" }), 40058),
        (json!({ "gender": 3 }), 40058),
        (json!({ "gender": true }), 40058),
        (json!({ "telephone": "abc" }), 301013),
        (json!({ "telephone": "1".repeat(33) }), 301013),
        (json!({ "address": long(129) }), 40058),
        (json!({ "enable": 2 }), 40058),
        (json!({ "enable": true }), 40058),
        (json!({ "to_invite": 1 }), 40058),
        (json!({ "external_position": long(13) }), 40058),
        (json!({ "extattr": { "attrs": [{ "type": 0, "name": "a", "text": { "value": long(65) } }] } }), 40058),
        (json!({ "extattr": { "attrs": [{ "type": 1, "name": "a", "web": { "url": "x", "title": "t" } }] } }), 40094),
        (json!({ "extattr": { "attrs": [{ "type": 2, "name": "a" }] } }), 40058),
        (json!({ "userid": "LI.NA" }), 60102),
        (json!({ "mobile": "+86 139-0000-0001" }), 60104),
        (json!({ "email": "LI.NA@example.com" }), 60106),
        (json!({ "biz_mail": "LINA@corp.example" }), 60145),
    ] {
        sim.refused(CREATE, body(overlay), code).await;
    }
    for (attribute, code) in [
        (json!({ "type": 3, "name": "a" }), 90100),
        (json!({ "type": 0, "name": "a", "text": { "value": long(13) } }), 90101),
        (json!({ "type": 1, "name": "a", "web": { "url": "http://a", "title": long(13) } }), 90102),
        (json!({ "type": 1, "name": "a", "web": { "url": "a", "title": "t" } }), 90103),
        (json!({ "type": 2, "name": "a", "miniprogram": { "pagepath": "p", "title": long(13) } }), 90104),
        (json!({ "type": 2, "name": "a", "miniprogram": { "title": "t" } }), 90105),
        (json!({ "type": 0 }), 90106),
    ] {
        sim.refused(CREATE, body(json!({ "external_profile": { "external_attr": [attribute] } })), code).await;
    }
    assert_eq!(sim.refused(CREATE, body(json!({ "mobile": "13900000001" })), 60104).await, "mobile existed:li.na");
    assert_eq!(sim.running.counts().writes, 0);
    assert_eq!(sim.user("new"), Value::Null);
    sim.written(CREATE, body(json!({}))).await;
}

#[tokio::test]
async fn older_servers_and_limits_refuse_more() {
    let options = json!({
        "unknown_department": "refuse", "missing_department": "refuse", "alias_limit": 32,
        "member_department_limit": 20, "member_limit": 3, "external_corp_name": "Acme", "refuse_unicode_escapes": false
    });
    let users = json!([{ "userid": "a" }, { "userid": "b" }]);
    let sim = Sim::new(json!({ "options": options, "users": users })).await;
    for (overlay, code) in [
        (json!({ "department": [99] }), 60123),
        (json!({ "department": null }), 60127),
        (json!({ "department": [] }), 40066),
        (json!({ "department": 0 }), 40066),
        (json!({ "alias": "x".repeat(33) }), 40058),
        (json!({ "direct_leader": ["a", "b"] }), 60257),
        (json!({ "department": (2..23).collect::<Vec<u32>>() }), 60110),
        (json!({ "external_profile": { "external_corp_name": "Other" } }), 41036),
    ] {
        sim.refused(CREATE, body(overlay), code).await;
    }
    let escaped = r#"{"userid":"c","name":"\u674e","mobile":"13900000008","department":[1]}"#;
    assert_eq!(sim.post(&format!("{CREATE}?access_token={}", sim.contacts), escaped).await.code(), 0);
    assert_eq!(sim.user("c")["name"], "李");
    sim.refused(CREATE, body(json!({})), 45024).await;
}

#[tokio::test]
async fn create_stores_what_was_sent_with_the_platforms_defaults() {
    let sim = with_li_na().await;
    sim.written(CREATE, body(json!({ "department": [3, 2], "direct_leader": ["LI.na"] }))).await;
    let user = sim.user("new");
    for (key, value) in [
        ("status", json!(4)),
        ("enable", json!(1)),
        ("gender", json!("0")),
        ("department", json!([3, 2])),
        ("order", json!([0, 0])),
        ("is_leader_in_dept", json!([0, 0])),
        ("main_department", json!(3)),
        ("direct_leader", json!(["li.na"])),
        ("mobile", json!("13900000009")),
        ("email", json!("")),
    ] {
        assert_eq!(user[key], value, "{key}");
    }
    let disabled = json!({ "userid": "off", "mobile": "13900000010", "enable": 0, "to_invite": false });
    sim.written(CREATE, body(disabled)).await;
    assert_eq!(sim.user("off")["status"], 2);
    assert_eq!(sim.running.snapshot()["corps"][0]["invited"], json!(["new"]), "an invitation is the default");
}

#[tokio::test]
async fn departments_that_do_not_exist_become_pending_ones() {
    let sim = Sim::new(json!({})).await;
    let made = sim.written(CREATE, body(json!({ "department": [8801, 2] }))).await;
    assert_eq!(made["created_department_list"], json!({ "department_info": [{ "name": "8801", "id": 8801 }] }));
    let pending = sim.department(8801)["parentid"].clone();
    let pending = u32::try_from(pending.as_u64().unwrap_or_default()).expect("an id");
    assert_eq!(
        (&sim.department(pending)["name"], &sim.department(pending)["parentid"]),
        (&json!("其他（待设置部门）"), &json!(1))
    );
    for (number, department) in [(0, Value::Null), (1, json!([])), (2, json!(0)), (3, json!([0]))] {
        let userid = format!("p{number}");
        let mobile = format!("1380000000{number}");
        let made =
            sim.written(CREATE, body(json!({ "userid": userid, "mobile": mobile, "department": department }))).await;
        assert!(made.get("created_department_list").is_none());
        assert_eq!(sim.user(&userid)["department"], json!([pending]), "{department}");
    }
    assert_eq!(sim.written("department/create", json!({ "name": "n", "parentid": 1 })).await["id"], 8802);
}

#[tokio::test]
async fn update_changes_what_is_sent_and_nothing_else() {
    let sim = with_li_na().await;
    let before = sim.user("li.na");
    sim.written(UPDATE, json!({ "userid": "li.na" })).await;
    assert_eq!(sim.user("li.na"), before);
    sim.written(UPDATE, json!({ "userid": "LI.NA", "name": "李", "position": "", "alias": "" })).await;
    let user = sim.user("li.na");
    assert_eq!((&user["name"], &user["position"], &user["alias"]), (&json!("李"), &json!(""), &json!("")));
    assert_eq!(
        (&user["mobile"], &user["order"], &user["gender"]),
        (&before["mobile"], &before["order"], &before["gender"])
    );
    sim.written(UPDATE, json!({ "userid": "li.na", "department": [2, 1] })).await;
    let user = sim.user("li.na");
    assert_eq!(
        (&user["department"], &user["order"], &user["is_leader_in_dept"]),
        (&json!([2, 1]), &json!([5, 0]), &json!([1, 0]))
    );
    assert_eq!(user["main_department"], 2, "the old one is gone");
    let full =
        json!({ "userid": "li.na", "department": [1], "order": [3], "is_leader_in_dept": [1], "main_department": 1 });
    sim.written(UPDATE, full).await;
    assert_eq!(sim.user("li.na")["order"], json!([3]));
}

#[tokio::test]
async fn update_refuses() {
    let sim = with_li_na().await;
    for (overlay, code) in [
        (json!({ "userid": null }), 41009),
        (json!({ "userid": "ghost" }), 60111),
        (json!({ "name": "" }), 60112),
        (json!({ "email": "boss@example.com" }), 60106),
        (json!({ "biz_mail": "another@corp.example" }), 60144),
        (json!({ "mobile": "", "email": "" }), 60129),
        (json!({ "department": [] }), 40066),
        (json!({ "department": [99] }), 60123),
        (json!({ "is_leader_in_dept": [1] }), 60132),
        (json!({ "department": [1], "order": [1, 2] }), 40058),
        (json!({ "main_department": 1 }), 40058),
        (json!({ "new_userid": "other" }), 301036),
        (json!({ "direct_leader": ["ghost"] }), 301021),
    ] {
        let mut body = json!({ "userid": "li.na" });
        if let (Some(body), Some(overlay)) = (body.as_object_mut(), overlay.as_object()) {
            body.extend(overlay.clone());
        }
        sim.refused(UPDATE, body, code).await;
    }
    sim.written(UPDATE, json!({ "userid": "li.na", "mobile": "" })).await;
    sim.refused(UPDATE, json!({ "userid": "li.na", "email": "" }), 60129).await;
    sim.written(CREATE, body(json!({ "mobile": "13900000001" }))).await;
    sim.refused(UPDATE, json!({ "userid": "boss", "mobile": "+8613900000001" }), 60104).await;
}

#[tokio::test]
async fn an_activated_members_mobile_stays() {
    let sim = with_li_na().await;
    sim.running.set_user_status(CORP, "li.na", 1).expect("a member");
    for mobile in ["13900000077", "", "+85291234567"] {
        sim.written(UPDATE, json!({ "userid": "li.na", "mobile": mobile, "alias": mobile })).await;
        assert_eq!(
            (&sim.user("li.na")["mobile"], &sim.user("li.na")["alias"]),
            (&json!("13900000001"), &json!(mobile))
        );
    }
    sim.written(UPDATE, json!({ "userid": "boss", "mobile": "13900000077" })).await;
    assert_eq!(sim.user("boss")["mobile"], "13900000077", "not activated");
}

#[tokio::test]
async fn a_gender_is_text_or_number_and_a_mailbox_is_given_once() {
    let sim = with_li_na().await;
    for (sent, kept) in [(json!(1), "1"), (json!("2"), "2"), (json!(0), "0"), (json!("1"), "1"), (json!(""), "0")] {
        sim.written(UPDATE, json!({ "userid": "li.na", "gender": sent })).await;
        assert_eq!(sim.user("li.na")["gender"], kept, "{sent}");
    }
    sim.written(CREATE, body(json!({ "gender": 2 }))).await;
    assert_eq!(sim.user("new")["gender"], "2");
    // The same mailbox, or a first one, is no change.
    sim.written(UPDATE, json!({ "userid": "li.na", "biz_mail": "LiNa@corp.example" })).await;
    sim.written(UPDATE, json!({ "userid": "boss", "biz_mail": "boss@corp.example" })).await;
    sim.refused(UPDATE, json!({ "userid": "boss", "biz_mail": "chief@corp.example" }), 60144).await;
    let mut state = sim.running.state();
    state.corps[0].options = serde_json::from_value(json!({ "mailbox_change": "allow" })).expect("options");
    sim.running.load(state).expect("a state");
    sim.written(UPDATE, json!({ "userid": "boss", "biz_mail": "chief@corp.example" })).await;
}

#[tokio::test]
async fn disabling_is_undone_by_enabling() {
    let sim = with_li_na().await;
    for before in [4, 1] {
        sim.running.set_user_status(CORP, "li.na", before).expect("a member");
        sim.written(UPDATE, json!({ "userid": "li.na", "enable": 0 })).await;
        assert_eq!(sim.app("user/get", "&userid=li.na").await.json()["status"], 2);
        sim.running.load(sim.running.state()).expect("a state");
        sim.written(UPDATE, json!({ "userid": "li.na", "enable": 1 })).await;
        assert_eq!(sim.user("li.na")["status"], before);
    }
}

#[tokio::test]
async fn a_generated_userid_is_renamed_once() {
    let sim = Sim::new(json!({ "users": [
        { "userid": "gen1", "email": "gen1@example.com", "generated_userid": true },
        { "userid": "other", "email": "other@example.com", "direct_leader": ["gen1"] }
    ] }))
    .await;
    sim.refused(UPDATE, json!({ "userid": "gen1", "new_userid": "OTHER" }), 60102).await;
    sim.refused(UPDATE, json!({ "userid": "gen1", "new_userid": "a b" }), 40003).await;
    sim.written(UPDATE, json!({ "userid": "gen1", "new_userid": "sun.lei" })).await;
    sim.refused(UPDATE, json!({ "userid": "sun.lei", "new_userid": "again" }), 301036).await;
    sim.refused(UPDATE, json!({ "userid": "gen1" }), 60111).await;
    assert_eq!(sim.user("other")["direct_leader"], json!(["sun.lei"]));
}

#[tokio::test]
async fn attributes_merge_and_unknown_names_vanish() {
    let sim = Sim::new(json!({ "options": { "attributes": ["工号", "主页"] } })).await;
    let attrs = |list: Value| json!({ "attrs": list });
    let number = json!({ "type": 0, "name": "工号", "text": { "value": "E1" } });
    let page = json!({ "type": 1, "name": "主页", "web": { "url": "https://a", "title": "t" } });
    let unknown = json!({ "type": 0, "name": "别的", "text": { "value": "x" } });
    sim.written(CREATE, body(json!({ "extattr": attrs(json!([number, unknown])) }))).await;
    assert_eq!(sim.user("new")["attributes"], json!([number]));
    sim.written(UPDATE, json!({ "userid": "new", "extattr": attrs(json!([page])) })).await;
    assert_eq!(sim.user("new")["attributes"], json!([number, page]));
    let cleared = json!({ "type": 1, "name": "主页", "web": { "url": "", "title": "" } });
    sim.written(UPDATE, json!({ "userid": "new", "extattr": attrs(json!([cleared])) })).await;
    assert_eq!(sim.app("user/get", "&userid=new").await.json()["extattr"], attrs(json!([number])));
}

#[tokio::test]
async fn deleting_frees_everything() {
    let sim = with_li_na().await;
    sim.written(CREATE, body(json!({ "direct_leader": ["li.na"] }))).await;
    for (query, code) in [
        ("", 41009),
        ("&userid=ghost", 60111),
        ("&userid=boss", 301005),
        ("&userid=LI.NA", 0),
        ("&userid=li.na", 60111),
    ] {
        assert_eq!(sim.read("user/delete", query).await.code(), code, "{query}");
    }
    assert_eq!(sim.user("new")["direct_leader"], json!([]));
    let again = json!({
        "userid": "li.na", "name": "n", "mobile": "13900000001", "email": "li.na@example.com",
        "biz_mail": "lina@corp.example", "department": [3]
    });
    sim.written(CREATE, again).await;
}

#[tokio::test]
async fn batch_deletion_is_all_or_nothing() {
    let sim = with_li_na().await;
    sim.written(CREATE, body(json!({}))).await;
    for (list, code) in [
        (json!(null), 40063),
        (json!([]), 40032),
        (json!(vec!["new"; 201]), 40032),
        (json!("new"), 40058),
        (json!(["new", 7]), 40058),
        (json!(["new", "ghost"]), 40031),
        (json!(["new", "boss"]), 301005),
    ] {
        sim.refused("user/batchdelete", json!({ "useridlist": list }), code).await;
    }
    assert_ne!(sim.user("new"), Value::Null);
    sim.written("user/batchdelete", json!({ "useridlist": ["NEW", "li.na", "new"] })).await;
    assert_eq!((sim.user("new"), sim.user("li.na")), (Value::Null, Value::Null));
}

#[tokio::test]
async fn the_pending_department_takes_no_id_that_is_wanted() {
    let sim = Sim::new(json!({})).await;
    // 3 is the highest id, so 4 would be the next one given.
    let body = json!({ "userid": "n", "name": "n", "email": "n@example.com", "department": [4, 5] });
    let made = sim.written("user/create", body).await;
    assert_eq!(made["created_department_list"]["department_info"].as_array().map(Vec::len), Some(2));
    assert_eq!((&sim.department(4)["parentid"], &sim.department(5)["parentid"]), (&json!(6), &json!(6)));
    assert_eq!(sim.department(6)["parentid"], 1);
}
