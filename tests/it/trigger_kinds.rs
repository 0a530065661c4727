//! Every way to start a run, on one server: the run says which it was, who was it, and where it came from.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use serde_json::{Value, json};

use super::support::{House, Organisation, eventually};

const PATIENCE: Duration = Duration::from_secs(60);
/// 2026-03-02 00:00 UTC, a Monday.
const MONDAY: i64 = 1_772_409_600_000;
const HOUR: i64 = 3_600_000;

/// A workflow that reads the directory, with these triggers, and more below its only step.
fn reads(id: &str, on: &str, more: &str) -> String {
    format!(
        "dsl: 1\nid: {id}\nname: {{zh: 读, en: Read}}\non:\n{on}connections:\n  directory: {{type: directory, ref: default}}\nsteps:\n  \
         - {{id: read, name: {{zh: 读, en: Read}}, uses: directory/read}}\n{more}"
    )
}

fn activate(house: &House, id: &str, on: &str, more: &str) {
    let file = house.path(&format!("{id}.yaml"));
    std::fs::write(&file, reads(id, on, more)).expect("the file is written");
    house.good(&["workflow", "create", "--file", &file.display().to_string()]);
    house.good(&["workflow", "activate", id, "--yes"]);
}

/// The run of a workflow that this started, when it is over.
fn started_by(house: &House, workflow: &str, kind: &str) -> Value {
    eventually(&format!("a run of {workflow} by {kind}"), PATIENCE, || {
        let runs = house.good(&["runs", "list", "--workflow", workflow]);
        let mut runs = runs.as_array().expect("runs").iter();
        runs.find(|run| run["trigger"]["kind"] == kind && !run["ended"].is_null()).cloned()
    })
}

fn call(house: &House, path: &str, secret: &str, body: &str) {
    let note: Value =
        serde_json::from_slice(&std::fs::read(house.data().join("server.json")).expect("a note")).expect("JSON");
    let mut stream = TcpStream::connect(note["address"].as_str().expect("an address")).expect("the server");
    write!(
        stream,
        "POST /hooks/default/{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {secret}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 202"), "{answer}");
}

#[test]
fn a_run_says_what_started_it() {
    let house = House::new().clocked(MONDAY);
    let mut company = Organisation::generated(2, 8);
    company.write(&house.source());
    let server = house.serve();
    house.import(&[]).expect(0);
    activate(&house, "called", "  manual: {}\n", "");
    let calls = "  - {id: other, name: {zh: 另一个, en: Other}, uses: workflow/called}\nfinally:\n  \
                 - {id: last, name: {zh: 最后, en: Last}, uses: workflow/closing}\n";
    activate(&house, "closing", "  manual: {}\n", "");
    let on = "  manual: {}\n  webhook: {path: ring, verify: token}\n  schedule: [{cron: '0 * * * *', timezone: UTC}]\n";
    activate(&house, "first", on, calls);
    activate(&house, "second", "  after: {workflow: first}\n", "");

    let by_hand = house.ask(&["run", "first", "--wait"]).expect(0).json();
    let by_hand = house.good(&["runs", "show", by_hand["run"].as_str().expect("its id")]);
    let trigger = |run: &Value| (run["trigger"]["kind"].clone(), run["trigger"]["actor"].clone());
    assert_eq!(trigger(&by_hand), (json!("manual"), json!("wang.min")), "{by_hand}");
    for (workflow, kind) in [("called", "workflow"), ("closing", "workflow"), ("second", "after")] {
        let run = started_by(&house, workflow, kind);
        assert_eq!(
            (&run["trigger"]["parent"], &run["trigger"]["chain"]),
            (&by_hand["run"], &json!(["first"])),
            "{run}"
        );
    }
    let secret = house.good(&["workflow", "hook", "first", "--new-secret", "ring"]);
    call(&house, "ring", secret["secret"].as_str().expect("the secret"), r#"{"batch": 7}"#);
    assert_eq!(started_by(&house, "first", "webhook")["trigger"]["actor"], "webhook ring");
    house.set_clock(MONDAY + HOUR + 1000);
    let due = started_by(&house, "first", "schedule");
    assert_eq!(due["trigger"]["due"], "2026-03-02T01:00:00.000Z", "{due}");

    assert_eq!(trigger(&started_by(&house, "csv_to_directory", "import")).1, "wang.min");
    let id = by_hand["run"].as_str().expect("its id");
    house.ask(&["runs", "retry", id, "--wait"]).expect(0);
    let again = started_by(&house, "first", "retry");
    assert_eq!((&again["trigger"]["parent"], &again["retry_of"]), (&by_hand["run"], &by_hand["run"]), "{again}");
    // Half of the people are others: the removals wait, and whoever approves them starts the import once more.
    let gone: Vec<String> = company.people.keys().skip(4).cloned().collect();
    gone.iter().for_each(|person| drop(company.people.remove(person)));
    let manager = company.people.keys().next().cloned().expect("somebody stays");
    (100..104).for_each(|number| company.person(number, "T000", &manager));
    company.write(&house.source());
    house.import(&[]);
    let waiting = house.good(&["removals", "list"]).as_array().expect("removals").len();
    assert_eq!(waiting, gone.len());
    house.good(&["removals", "approve", "--all", &waiting.to_string(), "--run"]);
    let carried = started_by(&house, "csv_to_directory", "removals");
    assert_eq!(carried["counts"]["user"]["removed"], gone.len(), "{carried}");
    server.kill();
}
