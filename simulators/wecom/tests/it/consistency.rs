//! After many random calls the indexes still say what the members say.
//!
//! The checks go through the front door: a snapshot loads again (loading refuses duplicates and
//! dangling references), and lists, pages and refusals agree with it.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{CONTACTS, Sim};

struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

async fn step(sim: &Sim, dice: &mut Dice) {
    let user = format!("u{}", dice.below(25));
    let department = 1 + dice.below(12);
    let other = 1 + dice.below(12);
    let mobile = format!("1380000{:04}", dice.below(30));
    let leader = format!("u{}", dice.below(25));
    match dice.below(12) {
        0..=2 => {
            let departments = if department == other { json!([department]) } else { json!([department, other]) };
            let body = json!({ "userid": user, "name": "n", "mobile": mobile, "department": departments });
            sim.write("user/create", body).await;
        }
        3 => drop(sim.write("user/update", json!({ "userid": user, "mobile": mobile, "email": format!("{leader}@example.com") })).await),
        4 => drop(sim.write("user/update", json!({ "userid": user, "department": [department], "is_leader_in_dept": [1], "direct_leader": [leader] })).await),
        5 => drop(sim.read("user/delete", &format!("&userid={user}")).await),
        6 => drop(sim.write("department/create", json!({ "id": department, "name": format!("d{other}"), "parentid": other })).await),
        7 => drop(sim.write("department/update", json!({ "id": department, "name": format!("d{}", dice.below(9)), "parentid": other })).await),
        8 => drop(sim.read("department/delete", &format!("&id={department}")).await),
        9 => {
            let members = format!("姓名,帐号,手机号,所在部门\nn,{user},{mobile},{department}\nn,v{other},{mobile},{other}\n");
            import(sim, "batch/syncuser", &members).await;
        }
        10 => {
            let (upper, lower, name) = (other + 1, other + 2, dice.below(9));
            let parent = if dice.below(2) == 0 { 1 } else { upper };
            let tree = format!("部门名称,部门ID,父部门ID\nd9,{lower},{parent}\nd{name},{upper},1\n");
            import(sim, "batch/replaceparty", &tree).await;
        }
        _ => {
            let tag = 1 + dice.below(3);
            sim.write("tag/create", json!({ "tagid": tag, "tagname": format!("t{tag}") })).await;
            let lists = json!({ "tagid": tag, "userlist": [user, leader], "partylist": [department] });
            sim.write(if other > 3 { "tag/addtagusers" } else { "tag/deltagusers" }, lists).await;
        }
    }
}

async fn import(sim: &Sim, path: &str, file: &str) {
    let job = sim.submit(path, file, json!({})).await;
    assert_eq!(job.code(), 0, "{}", job.text);
    sim.running.advance_clock(Duration::from_secs(1));
    let result = sim.result(&job).await.json();
    assert_eq!((&result["errcode"], &result["status"]), (&json!(0), &json!(3)), "{result}");
}

async fn agree(sim: &Sim) {
    let snapshot = sim.running.snapshot();
    let corp = &snapshot["corps"][0];
    let empty = Vec::new();
    let users = corp["users"].as_array().unwrap_or(&empty);
    let mut pairs = BTreeSet::new();
    for user in users {
        for department in user["department"].as_array().unwrap_or(&empty) {
            pairs.insert((user["userid"].to_string(), department.to_string()));
        }
        if user["mobile"] != "" {
            let body = json!({ "userid": "probe", "name": "n", "mobile": user["mobile"] });
            let text = sim.refused("user/create", body, 60104).await;
            assert_eq!(Value::from(text), format!("mobile existed:{}", user["userid"].as_str().unwrap_or_default()));
        }
    }
    let listed = sim.written("user/list_id", json!({})).await;
    let rows = listed["dept_user"].as_array().unwrap_or(&empty);
    let paged: BTreeSet<_> =
        rows.iter().map(|row| (row["userid"].to_string(), row["department"].to_string())).collect();
    assert_eq!(paged, pairs);
    let mut by_department = BTreeSet::new();
    for department in corp["departments"].as_array().unwrap_or(&empty) {
        let list = sim.read("user/simplelist", &format!("&department_id={}", department["id"])).await.json();
        for user in list["userlist"].as_array().unwrap_or(&empty) {
            by_department.insert((user["userid"].to_string(), department["id"].to_string()));
        }
        let body = json!({ "name": department["name"], "parentid": department["parentid"] });
        if department["id"] != 1 {
            sim.refused("department/create", body, 60008).await;
        }
        let read = sim.read("department/get", &format!("&id={}", department["id"])).await.json();
        let leads = |user: &&Value| {
            let places = user["department"]
                .as_array()
                .into_iter()
                .flatten()
                .zip(user["is_leader_in_dept"].as_array().into_iter().flatten());
            places.into_iter().any(|(place, flag)| *place == department["id"] && *flag == 1)
        };
        let leaders: Vec<&Value> = users.iter().filter(leads).map(|user| &user["userid"]).collect();
        assert_eq!(read["department"]["department_leader"], json!(leaders));
    }
    assert_eq!(by_department, pairs);
    sim.running.load(serde_json::from_value(snapshot.clone()).expect("a state")).expect("a consistent state");
    assert_eq!(sim.running.snapshot(), snapshot);
}

#[tokio::test]
async fn random_calls_leave_consistent_indexes() {
    for seed in 1..=4 {
        let sim = Sim::new(json!({ "contacts": { "secret": CONTACTS, "reads": "full" } })).await;
        let mut dice = Dice(seed);
        for round in 0..5 {
            for _ in 0..80 {
                step(&sim, &mut dice).await;
            }
            agree(&sim).await;
            assert!(sim.running.counts().writes > 0, "seed {seed}, round {round}");
        }
    }
}
