//! Departments: every refusal the simulator can produce, generated ids and orders, moves.

use serde_json::{Value, json};

use crate::support::{CONTACTS, Sim};

const CREATE: &str = "department/create";
const UPDATE: &str = "department/update";

async fn delete(sim: &Sim, query: &str) -> i64 {
    sim.read("department/delete", query).await.code()
}

#[tokio::test]
async fn create_refuses() {
    let sim = Sim::new(json!({})).await;
    for (body, code) in [
        (json!({ "parentid": 1 }), 60001),
        (json!({ "name": "", "parentid": 1 }), 40058),
        (json!({ "name": "n".repeat(65), "parentid": 1 }), 60001),
        (json!({ "name": "x", "name_en": "n".repeat(65), "parentid": 1 }), 40058),
        (json!({ "name": "x", "name_en": "a?b", "parentid": 1 }), 60009),
        (json!({ "name": "x" }), 60004),
        (json!({ "name": "x", "parentid": 0 }), 60004),
        (json!({ "name": "x", "parentid": 99 }), 60004),
        (json!({ "name": "x", "parentid": "1" }), 40058),
        (json!({ "name": 7, "parentid": 1 }), 40058),
        (json!({ "name": "x", "parentid": 1, "id": -4 }), 40058),
        (json!({ "name": "x", "parentid": 1, "id": 1 }), 60008),
        (json!({ "name": "x", "parentid": 1, "id": 2 }), 60008),
        (json!({ "name": "研发", "parentid": 1 }), 60008),
        (json!({ "name": "x", "name_en": "研发", "parentid": 1 }), 60008),
    ] {
        sim.refused(CREATE, body, code).await;
    }
    for letter in ['\\', ':', '*', '?', '"', '<', '>', '|', '｜'] {
        sim.refused(CREATE, json!({ "name": format!("a{letter}b"), "parentid": 1 }), 60009).await;
    }
    assert_eq!(
        sim.refused(CREATE, json!({ "name": "x", "parentid": "1" }), 40058).await,
        "field `parentid` expect type `uint32`. invalid Request Parameter"
    );
    assert_eq!(sim.running.counts().writes, 0);
    sim.written(CREATE, json!({ "name": "a/b“c”", "parentid": 1 })).await;
    sim.written(CREATE, json!({ "name": "研发", "parentid": 3 })).await;
    sim.written(CREATE, json!({ "name": "部".repeat(64), "parentid": 3 })).await;
}

#[tokio::test]
async fn older_servers_allow_shorter_names() {
    let sim = Sim::new(json!({ "options": { "department_name_limit": 32 } })).await;
    sim.refused(CREATE, json!({ "name": "部".repeat(33), "parentid": 1 }), 60001).await;
    let text = sim.refused(CREATE, json!({ "name": "x", "name_en": "n".repeat(33), "parentid": 1 }), 40058).await;
    assert!(text.starts_with("name_en exceed max length 32"), "{text}");
    sim.written(CREATE, json!({ "name": "部".repeat(32), "parentid": 1 })).await;
}

#[tokio::test]
async fn ids_are_one_above_the_highest_ever() {
    let sim = Sim::new(json!({})).await;
    assert_eq!(sim.written(CREATE, json!({ "name": "a", "parentid": 1, "id": 50 })).await["id"], 50);
    assert_eq!(sim.written(CREATE, json!({ "name": "b", "parentid": 1 })).await["id"], 51);
    assert_eq!(delete(&sim, "&id=51").await, 0);
    assert_eq!(sim.written(CREATE, json!({ "name": "b", "parentid": 1, "id": 0 })).await["id"], 52);
    sim.running.load(sim.running.state()).expect("a state");
    assert_eq!(delete(&sim, "&id=52").await, 0);
    sim.running.load(sim.running.state()).expect("a state");
    assert_eq!(sim.written(CREATE, json!({ "name": "b", "parentid": 1 })).await["id"], 53);
}

#[tokio::test]
async fn orders_default_and_saturate() {
    let sim = Sim::new(json!({})).await;
    for (name, order, stored) in [
        ("a", Value::Null, 100_000_000_u32),
        ("b", Value::Null, 99_999_000),
        ("c", json!(-1), 0),
        ("d", json!(5_000_000_000_u64), u32::MAX),
        ("e", json!(7), 7),
    ] {
        let id = sim.written(CREATE, json!({ "name": name, "parentid": 3, "order": order })).await["id"].clone();
        let id = u32::try_from(id.as_u64().unwrap_or_default()).expect("an id");
        assert_eq!(sim.department(id)["order"], stored, "{name}");
    }
    sim.refused(CREATE, json!({ "name": "f", "parentid": 3, "order": "7" }), 40058).await;
}

#[tokio::test]
async fn update_refuses() {
    let sim = Sim::new(json!({})).await;
    sim.written(CREATE, json!({ "name": "销售", "parentid": 1, "id": 4 })).await;
    sim.written(CREATE, json!({ "name": "平台", "parentid": 4, "id": 5 })).await;
    for (body, code) in [
        (json!({ "name": "x" }), 60003),
        (json!({ "id": 99, "name": "x" }), 60003),
        (json!({ "id": 4, "name": "" }), 40058),
        (json!({ "id": 4, "name": "n".repeat(65) }), 60001),
        (json!({ "id": 4, "name": "a|b" }), 60009),
        (json!({ "id": 4, "parentid": 99 }), 60124),
        (json!({ "id": 4, "parentid": 4 }), 60010),
        (json!({ "id": 4, "parentid": 5 }), 60010),
        (json!({ "id": 1, "parentid": 2 }), 60010),
        (json!({ "id": 4, "name": "研发" }), 60008),
        (json!({ "id": 4, "name_en": "研发" }), 60008),
        (json!({ "id": 5, "parentid": 2 }), 60008),
    ] {
        sim.refused(UPDATE, body, code).await;
    }
}

#[tokio::test]
async fn update_changes_what_is_sent_and_nothing_else() {
    let sim = Sim::new(json!({ "departments": [{ "id": 2, "name": "研发", "name_en": "RD", "parentid": 1, "order": 9 }, { "id": 3, "name": "平台", "parentid": 2 }] })).await;
    sim.written(UPDATE, json!({ "id": 2, "name": "研发", "parentid": 1 })).await;
    assert_eq!(sim.department(2), json!({ "id": 2, "name": "研发", "name_en": "RD", "parentid": 1, "order": 9 }));
    sim.written(UPDATE, json!({ "id": 2, "name": "研究", "order": 4_294_967_296_u64 })).await;
    assert_eq!(
        sim.department(2),
        json!({ "id": 2, "name": "研究", "name_en": "RD", "parentid": 1, "order": u32::MAX })
    );
    sim.written(UPDATE, json!({ "id": 3, "parentid": 1, "name_en": "" })).await;
    assert_eq!(sim.department(3)["parentid"], 1);
    assert_eq!(delete(&sim, "&id=2").await, 0, "its child moved away");
    sim.written(CREATE, json!({ "name": "研究", "parentid": 1 })).await;
    sim.written(UPDATE, json!({ "id": 1, "name": "Acme", "parentid": 0 })).await;
    assert_eq!(sim.department(1)["name"], "Acme");
}

#[tokio::test]
async fn delete_refuses() {
    let users = json!([{ "userid": "a", "department": [3] }]);
    let sim = Sim::new(json!({ "users": users })).await;
    for (query, code) in [
        ("", 40058),
        ("&id=x", 40058),
        ("&id=0", 60123),
        ("&id=99", 60123),
        ("&id=1", 60007),
        ("&id=2", 60006),
        ("&id=3", 60005),
    ] {
        assert_eq!(delete(&sim, query).await, code, "{query}");
    }
    assert_eq!(sim.read("user/delete", "&userid=a").await.code(), 0);
    assert_eq!((delete(&sim, "&id=3").await, delete(&sim, "&id=2").await, delete(&sim, "&id=2").await), (0, 0, 60123));
}

#[tokio::test]
async fn the_tree_has_fifteen_levels_below_the_root() {
    let sim = Sim::new(json!({ "departments": [] })).await;
    for id in 2..=16 {
        sim.written(CREATE, json!({ "name": "level", "parentid": id - 1, "id": id })).await;
    }
    sim.refused(CREATE, json!({ "name": "level", "parentid": 16 }), 81002).await;
    sim.written(CREATE, json!({ "name": "two", "parentid": 1, "id": 20 })).await;
    sim.written(CREATE, json!({ "name": "levels", "parentid": 20, "id": 21 })).await;
    sim.refused(UPDATE, json!({ "id": 20, "parentid": 15 }), 81002).await;
    sim.written(UPDATE, json!({ "id": 20, "parentid": 14 })).await;
}

#[tokio::test]
async fn nodes_and_departments_are_limited() {
    let sim = Sim::new(json!({ "options": { "node_limit": 2, "department_limit": 6 } })).await;
    sim.written(CREATE, json!({ "name": "a", "parentid": 3 })).await;
    sim.written("user/create", json!({ "userid": "u", "name": "u", "mobile": "13900000001", "department": [3] })).await;
    sim.refused(CREATE, json!({ "name": "b", "parentid": 3 }), 81001).await;
    let body = json!({ "userid": "v", "name": "v", "mobile": "13900000002", "department": [3] });
    sim.refused("user/create", body, 81001).await;
    sim.written(CREATE, json!({ "name": "b", "parentid": 1 })).await;
    sim.written(CREATE, json!({ "name": "c", "parentid": 2 })).await;
    sim.refused(CREATE, json!({ "name": "d", "parentid": 4 }), 81001).await;
}

#[tokio::test]
async fn reads_are_recursive_and_name_leaders() {
    let sim = Sim::new(json!({
        "contacts": { "secret": CONTACTS, "reads": "full" },
        "users": [{ "userid": "a", "department": [2, 3], "is_leader_in_dept": [1, 0] }]
    }))
    .await;
    let list = sim.read("department/list", "&id=2").await.json();
    assert_eq!(list["department"][0]["department_leader"], json!(["a"]));
    assert_eq!(list["department"][1]["department_leader"], json!([]));
    assert_eq!(sim.read("department/get", "&id=1").await.json()["department"]["parentid"], 0);
    for path in ["department/list", "department/simplelist", "department/get"] {
        assert_eq!(sim.read(path, "&id=99").await.code(), 60123, "{path}");
        assert_eq!(sim.read(path, "&id=0").await.code(), 60123, "{path}");
        assert_eq!(sim.read(path, "&id=x").await.code(), 40058, "{path}");
    }
    assert_eq!(sim.read("department/get", "").await.code(), 40058);
}
