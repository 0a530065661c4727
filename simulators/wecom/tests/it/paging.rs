//! list_id: pages of (member, department) pairs.

use serde_json::{Value, json};

use crate::support::Sim;

async fn pages(sim: &Sim, limit: u32) -> Vec<Vec<(String, u64)>> {
    let mut pages = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = sim.written("user/list_id", json!({ "cursor": cursor, "limit": limit })).await;
        let rows = page["dept_user"].as_array().cloned().unwrap_or_default();
        let pair = |row: &Value| {
            (row["userid"].as_str().unwrap_or_default().to_owned(), row["department"].as_u64().unwrap_or_default())
        };
        pages.push(rows.iter().map(pair).collect());
        cursor = page["next_cursor"].as_str().unwrap_or_default().to_owned();
        if cursor.is_empty() {
            return pages;
        }
    }
}

#[tokio::test]
async fn pages_of_every_size_hold_every_row_once() {
    let users = json!([
        { "userid": "a", "department": [1, 2, 3] },
        { "userid": "B", "department": [2] },
        { "userid": "c", "department": [3, 1] }
    ]);
    let sim = Sim::new(json!({ "users": users })).await;
    let all = pages(&sim, 10_000).await.concat();
    let expected = [("a", 1), ("a", 2), ("a", 3), ("B", 2), ("c", 3), ("c", 1)];
    assert_eq!(all, expected.map(|(userid, department)| (userid.to_owned(), department)));
    for limit in 1..=7 {
        let pages = pages(&sim, limit).await;
        assert_eq!(pages.concat(), all, "limit {limit}");
        assert!(pages.iter().all(|page| !page.is_empty() && page.len() <= limit as usize));
    }
}

#[tokio::test]
async fn odd_requests() {
    let sim = Sim::new(json!({})).await;
    assert_eq!(sim.written("user/list_id", json!({})).await["next_cursor"], "");
    for body in [json!({ "limit": 0 }), json!({ "limit": 10_001 }), json!({ "limit": "5" }), json!({ "cursor": 5 })] {
        sim.refused("user/list_id", body, 40058).await;
    }
    sim.refused("user/list_id", json!({ "cursor": "CUR_000002" }), 50100).await;
}

#[tokio::test]
async fn a_member_that_leaves_between_pages_does_not_break_the_cursor() {
    let users = json!([{ "userid": "a" }, { "userid": "b" }, { "userid": "c" }]);
    let sim = Sim::new(json!({ "users": users })).await;
    let first = sim.written("user/list_id", json!({ "limit": 1 })).await;
    assert_eq!(sim.read("user/delete", "&userid=a").await.code(), 0);
    let rest = sim.written("user/list_id", json!({ "cursor": first["next_cursor"] })).await;
    assert_eq!(rest["dept_user"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn a_hundred_thousand_members_come_in_a_hundred_pages() {
    let users: Vec<Value> =
        (0..100_000).map(|n| json!({ "userid": format!("u{n:06}"), "department": [2 + n % 2] })).collect();
    let sim = Sim::new(json!({ "users": users })).await;
    let pages = pages(&sim, 1000).await;
    assert_eq!((pages.len(), pages.concat().len()), (100, 100_000));
}
