//! `setup`: from four values to the people in the directory, over every interruption.

use serde_json::{Value, json};
use wecom_sim::State;

use super::support::{Corp, House, corp};

fn company(people: usize) -> State {
    let mut state = corp::empty();
    let company = &mut state.corps[0];
    let part = json!({"id": 2, "name": "Sales", "parentid": 1, "order": 1});
    company.departments.push(serde_json::from_value(part).expect("a department"));
    for number in 0..people {
        let member = json!({"userid": format!("user{number:02}"), "name": format!("Person {number:02}"),
            "department": [2], "status": 1});
        company.users.push(serde_json::from_value(member).expect("a member"));
    }
    state
}

fn args<'a>(corp_id: &'a str, agent: &'a str, url: &'a str) -> Vec<&'a str> {
    let secrets = ["--secret", "app_secret=env:APP", "--secret", "contacts_secret=env:CONTACTS"];
    let mut all = vec!["setup", "wecom", "--set", corp_id, "--set", agent, "--set", url];
    all.extend(secrets);
    all
}

fn states(setup: &Value) -> Vec<(String, String)> {
    let steps = setup["current"]["steps"].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().expect("a text").to_string();
    steps.iter().map(|step| (text(&step["step"]), text(&step["state"]))).collect()
}

fn pairs(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(step, state)| ((*step).to_string(), (*state).to_string())).collect()
}

#[test]
fn four_values_bring_people_in_and_every_interruption_is_gone_on_from() {
    let corp = Corp::with(company(12));
    let mut house = House::new();
    let (corp_id, url) = (format!("corp_id={}", corp::CORP_ID), format!("base_url={}", corp.base_url()));
    let agent = format!("agent_id={}", corp::AGENT_ID);
    let setup = house.good(&["setup"]);
    assert_eq!((setup["needed"].clone(), setup["may"].clone()), (json!(true), json!(true)));
    assert_eq!(setup["sources"][0]["connector"], "wecom");
    assert_eq!(setup["current"], Value::Null);

    // A value that cannot be right is refused with its field, and nothing is begun.
    let mut wrong = args("corp_id=1000002", &agent, &url);
    wrong.push("--yes");
    let refused = house.ask(&wrong).expect(1);
    assert!(refused.out.contains("settings.corp_id") || refused.err.contains("corp_id"), "{refused:?}");
    assert_eq!(house.good(&["setup"])["current"], Value::Null);

    // A secret that WeCom refuses stands at the look, with what to do.
    house.set("APP", "nonsense-secret-1234567890");
    let mut all = args(&corp_id, &agent, &url);
    all.push("--yes");
    let stopped = house.ask(&all).expect(1).json();
    let todo = [("connection", "done"), ("doctor", "failed"), ("plan", "todo"), ("run", "todo"), ("directory", "todo")];
    assert_eq!(states(&stopped), pairs(&todo));
    assert_eq!(stopped["current"]["steps"][1]["error"]["code"], "WECOM_40001");

    // With the right one it goes on to the plan, and waits for a go.
    house.set("APP", corp::APP_SECRET);
    let waits = house.ask(&["setup", "wecom", "--secret", "app_secret=env:APP"]).expect(4).json();
    assert_eq!(states(&house.ask(&["setup"]).expect(4).json()), states(&waits));
    let todo =
        [("connection", "done"), ("doctor", "done"), ("plan", "done"), ("run", "waiting"), ("directory", "todo")];
    assert_eq!(states(&waits), pairs(&todo), "{waits:#}");
    let plan = &waits["current"]["steps"][2]["run"];
    assert_eq!(plan["planned"]["user"]["create"], 12, "{plan}");
    assert_eq!(waits["people"], 0, "nothing is written before somebody says go");

    let done = house.good(&["setup", "wecom", "--yes"]);
    assert!(states(&done).iter().all(|(_, state)| state == "done"), "{done:#}");
    assert_eq!((done["people"].clone(), done["needed"].clone()), (json!(12), json!(false)));
    assert_eq!(done["current"]["done"], true);
    assert_eq!(done["current"]["steps"][3]["run"]["counts"]["user"]["created"], 12);
    assert_eq!(corp.writes(), 0, "a source is only read");
    assert_eq!(house.good(&["workflow", "show", "wecom_upstream_full"])["state"], "active");
    assert_eq!(house.good(&["setup"])["current"]["done"], true, "it stays to be seen");
}

#[test]
fn nobody_brought_is_told_as_nobody() {
    let corp = Corp::with(company(0));
    let house = House::new();
    let (corp_id, url) = (format!("corp_id={}", corp::CORP_ID), format!("base_url={}", corp.base_url()));
    let agent = format!("agent_id={}", corp::AGENT_ID);
    let mut all = args(&corp_id, &agent, &url);
    all.push("--yes");
    let done = house.ask(&all).expect(1).json();
    assert_eq!(states(&done).last(), Some(&("directory".to_string(), "failed".to_string())), "{done:#}");
    assert_eq!(done["current"]["steps"][4]["error"]["code"], "setup_nobody");
}
