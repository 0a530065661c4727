//! A connection that leads to another company: what was planned, approved and decided for the one before says nothing there, whose
//! accounts have the same names and are other people.

use serde_json::{Value, json};
use wecom_sim::{Identity, Latency, State};

use super::support::{Corp, House, Organisation, PATIENCE, corp, eventually};

/// The company that a connection leads to later.
const OTHER: &str = "wwfedcba9876543210";

/// A company with these members, in its root department.
fn company(corp_id: &str, members: &[(&str, &str)]) -> Corp {
    let mut state = State::one_corp(&Identity {
        corp_id: corp_id.into(),
        corp_name: "Simulated Corp".into(),
        agent_id: corp::AGENT_ID,
        app_secret: corp::APP_SECRET.into(),
        contacts_secret: corp::CONTACTS_SECRET.into(),
    });
    for (userid, name) in members {
        let member = json!({"userid": userid, "name": name, "department": [1], "status": 1});
        state.corps[0].users.push(serde_json::from_value(member).expect("a member"));
    }
    Corp::with(state)
}

/// The connection `main` leads to the other company from now on; gives the exit code and what is said.
fn moved(house: &House, to: &Corp) -> (i32, Value) {
    let (corp_id, url) = (format!("corp_id={OTHER}"), format!("base_url={}", to.base_url()));
    let to = ["connection", "add", "wecom", "--name", "main", "--set", &corp_id, "--set", &url];
    let secrets = ["--secret", "contacts_secret=env:CONTACTS", "--secret", "app_secret=env:APP"];
    let answer = house.ask(&[&to[..], &secrets].concat());
    (answer.code, answer.json())
}

fn decisions(house: &House) -> usize {
    house.good(&["match", "list"])["decisions"].as_array().map_or(0, Vec::len)
}

fn codes(problems: &Value) -> Vec<&str> {
    problems.as_array().into_iter().flatten().filter_map(|problem| problem["code"].as_str()).collect()
}

#[test]
fn a_plan_that_was_approved_for_one_company_is_made_anew_for_another() {
    let test = Corp::start();
    let house = House::new();
    house.connect(&test);
    house.workflow_changed("wecom_downstream_full", &[("create: {max: 500}", "create: {max: 5}")]);
    Organisation::generated(2, 8).write(&house.source());
    house.import(&[]).expect(0);
    let held = house.ask(&["run", "sync", "--wait"]).expect(4).json();
    let run = held["run"].as_str().expect("an id");

    let real = company(OTHER, &[("user0003", "Somebody Else")]);
    let (code, told) = moved(&house, &real);
    assert_eq!(code, 0, "{told:#}");
    let before = real.counts().write_calls;
    let again = house.ask(&["runs", "approve", run]).json();
    assert_eq!(again["status"], "held", "{again:#}");
    assert!(codes(&again["notices"]).contains(&"leads_elsewhere"), "{again:#}");
    assert_eq!(house.good(&["runs", "show", run])["approvals"], json!([]));
    assert_eq!((real.counts().write_calls, test.writes()), (before, 0), "nothing is written");

    // Whoever approves the plan that was made there has seen it.
    let done = house.ask(&["runs", "approve", run]).json();
    assert_ne!(done["status"], "held", "{done:#}");
    assert!(real.counts().write_calls > before, "{done:#}");
    assert_eq!(test.writes(), 0);
}

#[test]
fn what_was_decided_about_one_company_says_nothing_of_another() {
    let test = company(corp::CORP_ID, &[("li", "李雷")]);
    let house = House::ready(&test, "wecom_upstream_bind");
    house.good(&["directory", "person", "add", "p1", "李雷"]);
    house.good(&["link", "add", "li", "p1", "--connection", "main"]);
    assert_eq!(decisions(&house), 1);
    // Whatever else is changed, it holds.
    house.good(&["connection", "add", "wecom", "--name", "main", "--set", "title=Test"]);
    assert_eq!(decisions(&house), 1);

    let real = company(OTHER, &[("li", "王芳")]);
    let (code, told) = moved(&house, &real);
    assert_eq!(code, 0, "{told:#}");
    assert!(told["notices"].to_string().contains("(1)"), "{told:#}");
    assert_eq!(decisions(&house), 0);
    let run = house.sync(&[]).json();
    // Whoever has that userid there is somebody else, who was not bound to the one of before.
    let bound = house.good(&["link", "resolve", "main", "li"]);
    assert_eq!(bound["name"], "王芳", "{run:#}");
    let before = house.good(&["directory", "person", "show", "p1"]);
    assert!(before["object"]["fields"].to_string().contains("李雷"), "{before:#}");
}

#[test]
fn what_was_decided_goes_with_the_connection() {
    let corp = Corp::start();
    let house = House::new();
    house.connect(&corp);
    house.good(&["directory", "person", "add", "p1", "李雷"]);
    house.good(&["link", "add", "li", "p1", "--connection", "main"]);
    assert_eq!(decisions(&house), 1);
    house.good(&["connection", "remove", "main"]);
    house.connect(&corp);
    assert_eq!(decisions(&house), 0);
}

#[test]
fn a_connection_stays_where_it_leads_while_a_run_is_at_work() {
    let test = Corp::start();
    let house = House::ready(&test, "wecom_downstream_full");
    Organisation::generated(2, 8).write(&house.source());
    house.import(&[]).expect(0);
    // Nothing ends while this lasts.
    test.set_latency(Latency { ms: 600_000, jitter_ms: 0 });
    let server = house.serve();
    let run = house.good(&["run", "sync", "--yes"]);
    let id = run["run"].as_str().expect("an id");
    let planning = || (house.good(&["runs", "show", id])["status"] == "planning").then_some(());
    eventually("it plans", PATIENCE, planning);
    let real = company(OTHER, &[]);
    let (code, told) = moved(&house, &real);
    assert_eq!((code, &told["error"]["code"]), (1, &json!("run_at_work")), "{told:#}");
    server.kill();
}
