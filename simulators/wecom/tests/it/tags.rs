//! Tags: who may change them, and what partly bad lists come to.

use serde_json::{Value, json};

use crate::support::Sim;

fn corp() -> Value {
    json!({
        "users": [{ "userid": "a", "name": "甲", "department": [2] }, { "userid": "b", "department": [1] }],
        "tags": [{ "tagid": 5, "tagname": "five", "users": ["a", "b"], "departments": [3] },
                 { "tagid": 6, "tagname": "six", "owner": 1_000_002 }]
    })
}

#[tokio::test]
async fn names_and_ids_are_unique_and_bounded() {
    let sim = Sim::new(corp()).await;
    assert_eq!(sim.written("tag/create", json!({ "tagname": "seven" })).await["tagid"], 7, "one above the highest");
    for (body, code) in [
        (json!({}), 41018),
        (json!({ "tagname": "" }), 40072),
        (json!({ "tagname": "n".repeat(33) }), 40058),
        (json!({ "tagname": "five" }), 40071),
        (json!({ "tagname": "x", "tagid": 5 }), 40071),
        (json!({ "tagname": "x", "tagid": -1 }), 40058),
    ] {
        sim.refused("tag/create", body, code).await;
    }
    sim.refused("tag/update", json!({ "tagname": "x" }), 41017).await;
    sim.refused("tag/update", json!({ "tagid": 5, "tagname": "seven" }), 40071).await;
    sim.written("tag/update", json!({ "tagid": 5, "tagname": "five" })).await;
    assert_eq!(sim.read("tag/get", "&tagid=99").await.code(), 40068);
    assert_eq!(sim.read("tag/delete", "").await.code(), 41017);
    assert_eq!(sim.read("tag/delete", "&tagid=7").await.code(), 0);
    assert_eq!(sim.running.check().creates_of_existing, 2);
}

#[tokio::test]
async fn apps_change_their_own_tags_and_contact_sync_the_others() {
    let sim = Sim::new(corp()).await;
    sim.refused("tag/update", json!({ "tagid": 6, "tagname": "x" }), 60011).await;
    assert_eq!(sim.app_post("tag/update", json!({ "tagid": 6, "tagname": "x" })).await.code(), 0);
    assert_eq!(sim.app_post("tag/update", json!({ "tagid": 5, "tagname": "y" })).await.code(), 60011);
    // Reading is free: every app lists all tags, and sees of each what is in its range.
    assert_eq!(sim.app("tag/get", "&tagid=5").await.json()["tagname"], "five");
    let ids = |list: Value| -> Vec<u64> {
        list["taglist"].as_array().into_iter().flatten().filter_map(|tag| tag["tagid"].as_u64()).collect()
    };
    assert_eq!(ids(sim.app("tag/list", "").await.json()), [5, 6]);
    assert_eq!(ids(sim.read("tag/list", "").await.json()), [5, 6]);
    assert_eq!(sim.app_post("tag/create", json!({ "tagname": "own" })).await.json()["tagid"], 7);
    assert_eq!(sim.running.snapshot()["corps"][0]["tags"][2]["owner"], 1_000_002);
}

#[tokio::test]
async fn membership_follows_the_lists_and_the_directory() {
    let sim = Sim::new(corp()).await;
    for body in [
        json!({ "tagid": 5 }),
        json!({ "tagid": 5, "userlist": "a" }),
        json!({ "tagid": 5, "userlist": vec!["a"; 1001] }),
        json!({ "tagid": 5, "partylist": vec![1; 101] }),
    ] {
        sim.refused("tag/addtagusers", body.clone(), 40035).await;
        sim.refused("tag/deltagusers", body, 40035).await;
    }
    sim.refused("tag/addtagusers", json!({ "tagid": 99, "userlist": ["a"] }), 40068).await;
    let partial = sim.written("tag/deltagusers", json!({ "tagid": 5, "userlist": ["B", "x"], "partylist": [9] })).await;
    assert_eq!(
        (&partial["errmsg"], &partial["invalidlist"], &partial["invalidparty"]),
        (&json!("deleted"), &json!("x"), &json!([9]))
    );
    sim.written("tag/addtagusers", json!({ "tagid": 5, "partylist": [2] })).await;
    let tag = sim.read("tag/get", "&tagid=5").await.json();
    assert_eq!((&tag["userlist"], &tag["partylist"]), (&json!([{ "userid": "a", "name": "甲" }]), &json!([2, 3])));
    sim.read("user/delete", "&userid=a").await;
    sim.read("department/delete", "&id=3").await;
    let tag = sim.read("tag/get", "&tagid=5").await.json();
    assert_eq!((&tag["userlist"], &tag["partylist"]), (&json!([]), &json!([2])), "what is gone is in no tag");
}
