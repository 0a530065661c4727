//! A run for what another one left, a repetition or one for removals that were approved, reads what came along with the first one:
//! its steps say the same.

use std::{
    io::{Read, Write},
    net::TcpStream,
};

use serde_json::Value;
use wecom_sim::{Effect, FaultRule, Faults};

use super::support::{Corp, House, Organisation};

const CONDITION: &str = "    if: trigger.query.kind == \"people\"\n";

/// A directory and a company, and a workflow by a webhook with these words changed.
fn called_by_others(people: usize, words: &[(&str, &str)]) -> (Corp, House, Organisation) {
    let corp = Corp::start();
    let house = House::new();
    house.connect(&corp);
    let organisation = Organisation::generated(2, people);
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    let hook = ("\non:\n", "\non:\n  webhook: {path: hr, verify: header, header: X-Api-Key, wait: 30s}\n");
    house.workflow_changed("wecom_downstream_full", &[&[hook][..], words].concat());
    (corp, house, organisation)
}

/// Somebody calls the webhook for people; gives the run, which is over.
fn call(house: &House) -> Value {
    let made = house.good(&["workflow", "hook", "sync", "--new-secret", "hr"]);
    let secret = made["secret"].as_str().expect("the secret");
    let note = std::fs::read(house.data().join("server.json")).expect("a note");
    let note: Value = serde_json::from_slice(&note).expect("JSON");
    let mut stream = TcpStream::connect(note["address"].as_str().expect("an address")).expect("the server");
    write!(
        stream,
        "POST /hooks/default/hr?kind=people HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\nX-Api-Key: \
         {secret}\r\n\r\n{{}}"
    )
    .expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let run = house.good(&["runs", "list", "--workflow", "sync", "--limit", "1"])[0].clone();
    assert!(run["trigger"]["kind"] == "webhook" && !run["ended"].is_null(), "{answer}\n{run:#}");
    run
}

#[test]
fn a_repetition_reads_what_the_webhook_was_called_with() {
    let create = "    uses: wecom/create_user\n";
    let (corp, house, _) = called_by_others(8, &[(create, &format!("{CONDITION}{create}"))]);
    let effect = Effect::Error { errcode: 60104, errmsg: None };
    corp.set_faults(Faults::rules(vec![FaultRule::new("/cgi-bin/user/create", effect).matching("user0001\"")]));
    let server = house.serve();
    let run = call(&house);
    let id = run["run"].as_str().expect("an id");
    assert_eq!(corp.member("user0001"), Value::Null, "{run:#}");
    corp.set_faults(Faults::default());
    let again = house.ask(&["runs", "retry", id, "--wait"]).json();
    assert_eq!(again["status"], "succeeded", "{again:#}");
    assert_eq!(corp.member("user0001")["enable"], 1, "{again:#}");
    server.kill();
}

#[test]
fn a_run_for_approved_removals_reads_what_the_webhook_was_called_with() {
    let (corp, house, mut organisation) = called_by_others(40, &[("    if: inputs.remove_leavers\n", CONDITION)]);
    house.sync(&[]).expect(0);
    organisation.people.remove("E0039").expect("somebody");
    organisation.write(&house.source());
    house.import(&["--yes"]).expect(0);
    let server = house.serve();
    let run = call(&house);
    let waiting = house.good(&["removals", "list"]);
    assert_eq!(
        (&waiting[0]["state"], corp.member("user0039")["enable"].as_i64()),
        (&"waiting".into(), Some(1)),
        "{run:#}"
    );
    let id = waiting[0]["id"].as_str().expect("an id");
    let done = house.ask(&["removals", "approve", id, "--run", "--wait"]);
    assert_eq!(corp.member("user0039")["enable"], 0, "{}", done.out);
    server.kill();
}
