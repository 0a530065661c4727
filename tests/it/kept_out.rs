//! Whoever a review does not let in: no source brings him back, and the accounts that he was given elsewhere are taken away like
//! those of anybody who leaves.

use serde_json::{Value, json};

use super::{
    heirs::workflow,
    support::{Corp, House, Organisation, corp},
};

/// His account, here and in WeCom.
const WHO: &str = "user0090";

fn run(house: &House, id: &str, more: &[&str]) -> Value {
    house.ask(&[&["run", id, "--wait", "--yes"][..], more].concat()).json()
}

fn status(house: &House) -> String {
    let shown = house.good(&["directory", "person", "show", WHO]);
    shown["object"]["status"].as_str().unwrap_or_default().to_string()
}

/// A company in step with the directory, with somebody who was added there by hand.
fn in_step() -> (Corp, House, Organisation) {
    let corp = Corp::start();
    let house = House::new();
    house.connect(&corp);
    let organisation = Organisation::generated(2, 40);
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    let place = ["--department", "/Company/North/Team 000", "--set", "mobile=15400000090"];
    house.good(&[&["directory", "person", "add", WHO, "Person 0090"][..], &place].concat());
    workflow(&house, "down", "wecom_downstream_full");
    let done = run(&house, "down", &[]);
    assert_eq!(corp.member(WHO)["enable"], 1, "{done:#}");
    (corp, house, organisation)
}

/// The files name him, who is disabled: he waits to be let in.
fn named(house: &House, organisation: &mut Organisation) {
    organisation.person(90, "T000", "");
    organisation.write(&house.source());
    house.import(&["--yes"]).expect(0);
    assert_eq!(status(house), "pending_review");
}

/// Somebody does not let him in.
fn refused(house: &House) {
    house.good(&["directory", "review", "--reject", WHO]);
    house.import(&["--yes"]);
    assert_eq!(status(house), "left", "the files do not bring him back");
}

#[test]
fn whoever_is_not_let_in_loses_the_account_that_he_had() {
    let (corp, house, mut organisation) = in_step();
    house.good(&["directory", "person", "disable", WHO]);
    named(&house, &mut organisation);
    refused(&house);
    assert_eq!(corp.member(WHO)["enable"], 1, "nobody has written there since");
    let done = run(&house, "down", &["--input", "remove_leavers=true"]);
    assert_eq!(corp.member(WHO)["enable"], 0, "{done:#}");
    let again = run(&house, "down", &["--input", "remove_leavers=true"]);
    assert_eq!(again["status"], "succeeded_no_change", "{again:#}");
}

#[test]
fn a_removal_that_waits_still_waits_when_its_person_is_not_let_in() {
    let (corp, house, mut organisation) = in_step();
    house.good(&["directory", "person", "disable", WHO]);
    named(&house, &mut organisation);
    house.ask(&["run", "down", "--wait", "--input", "remove_leavers=true"]);
    let waiting = house.good(&["removals", "list"]);
    assert_eq!(waiting.as_array().map(Vec::len), Some(1), "{waiting:#}");
    refused(&house);
    house.ask(&["run", "down", "--wait", "--input", "remove_leavers=true"]);
    assert_eq!(house.good(&["removals", "list"])[0]["state"], "waiting");
    house.good(&["removals", "approve", waiting[0]["id"].as_str().expect("an id")]);
    run(&house, "down", &["--input", "remove_leavers=true"]);
    assert_eq!(corp.member(WHO)["enable"], 0);
}

/// The account is a source and a target: what comes from there does not let him in, and what goes there takes his access away.
#[test]
fn an_account_that_both_directions_write_brings_nobody_back_and_is_taken_away() {
    let (corp, house, mut organisation) = in_step();
    workflow(&house, "up", "wecom_upstream_full");
    run(&house, "up", &[]);
    let set = |enable: u8| {
        let change = json!({"userid": WHO, "enable": enable});
        corp.by_hand(corp::CORP_ID, "user/update", &change).expect("changed");
    };
    set(0);
    run(&house, "up", &[]);
    assert_eq!(status(&house), "disabled");
    named(&house, &mut organisation);
    refused(&house);
    set(1);
    let up = run(&house, "up", &[]);
    assert_eq!(status(&house), "left", "{up:#}");
    assert!(house.items(&up).iter().any(|item| item.to_string().contains("decision_ignored")), "{up:#}");
    let down = run(&house, "down", &["--input", "remove_leavers=true"]);
    assert_eq!(corp.member(WHO)["enable"], 0, "{down:#}");
}
