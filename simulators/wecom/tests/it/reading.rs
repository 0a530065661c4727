//! Reading members one by one and by department.

use serde_json::{Value, json};

use crate::support::Sim;

fn people() -> Value {
    json!([
        { "userid": "Zoe", "name": "z", "department": [2] },
        { "userid": "adam", "name": "a", "department": [3, 2] },
        { "userid": "eve", "name": "e", "department": [3] }
    ])
}

fn userids(value: &Value) -> Vec<&str> {
    value["userlist"].as_array().into_iter().flatten().filter_map(|row| row["userid"].as_str()).collect()
}

#[tokio::test]
async fn lists_hold_direct_members_only() {
    let sim = Sim::new(json!({ "users": people() })).await;
    for path in ["user/simplelist", "user/list"] {
        let got = sim.app(path, "&department_id=2&fetch_child=1").await.json();
        assert_eq!(userids(&got), ["adam", "Zoe"], "{path}");
        assert_eq!(userids(&sim.app(path, "&department_id=1").await.json()), Vec::<&str>::new());
        for (query, code) in [("", 40058), ("&department_id=x", 40058), ("&department_id=99", 60123)] {
            let refused = sim.app(path, query).await;
            assert_eq!((refused.code(), &refused.json()["userlist"]), (code, &json!([])), "{path}{query}");
        }
    }
    let short = sim.app("user/simplelist", "&department_id=2").await.json();
    assert_eq!(short["userlist"][0], json!({ "userid": "adam", "name": "a", "department": [3, 2] }));
}

#[tokio::test]
async fn older_servers_list_recursively_and_answers_are_limited() {
    let sim = Sim::new(json!({ "users": people(), "options": { "fetch_child": true, "list_limit": 2 } })).await;
    assert_eq!(sim.app("user/list", "&department_id=1&fetch_child=1").await.code(), 45029);
    assert_eq!(userids(&sim.app("user/list", "&department_id=3&fetch_child=1").await.json()), ["adam", "eve"]);
    assert_eq!(sim.app("user/list", "&department_id=1").await.code(), 0);
}

#[tokio::test]
async fn one_member_is_found_without_regard_to_case() {
    let sim = Sim::new(json!({ "users": people() })).await;
    assert_eq!(sim.app("user/get", "&userid=ZOE").await.json()["userid"], "Zoe");
    assert_eq!(sim.app("user/get", "&userid=ghost").await.code(), 60111);
    assert_eq!(sim.app("user/get", "").await.code(), 41009);
}
