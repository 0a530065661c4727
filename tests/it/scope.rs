//! A part of WeCom as a source: departments, people and tags, counted before and brought by a run; what becomes of a part that
//! is emptied, deleted or asked for otherwise.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::support::{Corp, House, corp};

const TEMPLATE: &str = "wecom_upstream_full";
/// What the template asks for.
const ALL: &str = "      departments: {include: [\"/**\"], exclude: []}   # nobody is left out; patterns and ids, paths begin with the company";
const TAGGED: &str = "      tags: [项目组]\n      mode: people_only\n      holding_department: /企业微信";

/// Sales with East inside it, and Research; ten people: u0 to u3 in Sales, u4 to u6 in East, u7 to u9 in Research. u0, u7 and
/// u8 have the tag.
fn company() -> Corp {
    let mut state = corp::empty();
    let company = &mut state.corps[0];
    for (id, parent, name) in [(2, 1, "销售"), (3, 2, "华东"), (4, 1, "研发")] {
        let part = json!({"id": id, "name": name, "parentid": parent, "order": id});
        company.departments.push(serde_json::from_value(part).expect("a department"));
    }
    for number in 0..10 {
        let part = [2, 2, 2, 2, 3, 3, 3, 4, 4, 4][number];
        let member =
            json!({"userid": format!("u{number}"), "name": format!("成员{number}"), "department": [part], "status": 1});
        company.users.push(serde_json::from_value(member).expect("a member"));
    }
    let corp = Corp::with(state);
    tag(&corp, "create", json!({"tagid": 7, "tagname": "项目组"}));
    tag(&corp, "addtagusers", json!({"tagid": 7, "userlist": ["u0", "u7", "u8"]}));
    corp
}

fn tag(corp: &Corp, deed: &str, body: Value) {
    corp.by_hand(corp::CORP_ID, &format!("tag/{deed}"), &body).expect("done");
}

fn people(house: &House) -> Vec<(String, String)> {
    let all = house.good(&["directory", "show", "user"]);
    let text = |value: &Value| value.as_str().expect("a text").to_string();
    let mut people: Vec<(String, String)> =
        all.as_array().expect("people").iter().map(|one| (text(&one["username"]), text(&one["status"]))).collect();
    people.sort();
    people
}

fn active(names: &[&str]) -> Vec<(String, String)> {
    names.iter().map(|name| ((*name).to_string(), "active".to_string())).collect()
}

fn departments(house: &House) -> Vec<String> {
    let all = house.good(&["directory", "show", "department"]);
    let there = all.as_array().expect("departments").iter().filter(|one| one["status"] != "removed");
    let mut names: Vec<String> = there.map(|one| one["name"].as_str().expect("a name").to_string()).collect();
    names.sort();
    names
}

#[test]
fn a_scope_is_counted_before_anything_is_saved() {
    let corp = company();
    let house = House::new();
    house.connect(&corp);
    // Departments by their ids, as the guide says.
    let shown = house.good(&["template", "show", TEMPLATE]);
    let ids = shown["text"].as_str().expect("the template");
    assert!(ids.contains(ALL), "{ids}");
    let file = house.path("ids.yaml");
    let ids = ids.replace(ALL, "      departments: {include: [\"/**\"], exclude: [4, \"3\"]}");
    std::fs::write(&file, ids).expect("written");
    house.ask(&["workflow", "create", "--file", &file.display().to_string()]).expect(0);
    let count = |args: &[&str]| {
        let mut all = vec!["connection", "scope", "main"];
        all.extend(args);
        house.good(&all)
    };
    let numbers = |found: &Value| {
        ["departments", "people", "overlap", "nameless", "visible", "of"].map(|name| found[name].as_u64().unwrap_or(99))
    };
    let parts = |found: &Value| -> Vec<(String, u64)> {
        let parts = found["parts"].as_array().expect("parts").iter();
        parts
            .map(|part| (part["text"].as_str().expect("a text").into(), part["people"].as_u64().expect("a number")))
            .collect()
    };
    let all = count(&[]);
    assert_eq!(numbers(&all), [4, 10, 0, 0, 10, 10], "{all:#}");
    // A union: u0 is in Sales and has the tag, u5 is named and in Sales.
    let union = count(&["--department", "/Simulated Corp/销售/**", "--person", "u5", "--tag", "项目组"]);
    assert_eq!(numbers(&union)[1..], [9, 2, 0, 10, 10], "{union:#}");
    assert_eq!(
        parts(&union),
        [("/Simulated Corp/销售/**".to_string(), 7), ("u5".to_string(), 1), ("项目组".to_string(), 3)]
    );
    assert!(union["notices"].to_string().contains("wecom_scope_no_departments"), "{union:#}");
    let without = count(&["--department", "2", "--without", "3"]);
    assert_eq!(numbers(&without)[1], 4, "{without:#}");
    let only = count(&["--tag", "7", "--people-only", "/企业微信"]);
    assert_eq!((numbers(&only)[0], numbers(&only)[1]), (1, 3), "{only:#}");
    assert!(!only["notices"].to_string().contains("wecom_scope_no_departments"));

    // Zero is zero, with the likely reason.
    let zero = count(&["--department", "/nowhere/**", "--person", "nobody", "--tag", "gone"]);
    assert_eq!(numbers(&zero)[..2], [0, 0], "{zero:#}");
    let codes = zero["parts"].to_string() + &zero["incomplete"].to_string();
    for code in ["wecom_scope_nobody", "wecom_scope_unseen", "wecom_tag_unreadable"] {
        assert!(codes.contains(code), "{code}: {zero:#}");
    }
    // What contradicts itself is refused with its field.
    let refused = house.ask(&["connection", "scope", "main", "--person", "u1", "--people-only", ""]).expect(1);
    assert!((refused.out + &refused.err).contains("holding_department"));
    assert_eq!(corp.writes(), 0);

    // An app that sees a part: so many of so many.
    let part = serde_json::from_value(json!({"departments": [4]})).expect("a range");
    corp.set_visible(corp::CORP_ID, corp::AGENT_ID, &part).expect("set");
    assert_eq!(numbers(&count(&[]))[1..], [10, 0, 7, 3, 10]);
}

#[test]
fn people_of_a_tag_alone_are_brought_and_an_emptied_or_deleted_tag_takes_nobody_away() {
    let corp = company();
    let house = House::new();
    house.connect(&corp);
    house.workflow_changed(TEMPLATE, &[(ALL, TAGGED)]);
    house.sync(&[]).expect(0);
    assert_eq!(people(&house), active(&["u0", "u7", "u8"]));
    assert_eq!(departments(&house), ["企业微信"]);
    // Somebody loses the tag: the tag itself is there, so whoever is not in it has gone from the scope.
    tag(&corp, "addtagusers", json!({"tagid": 7, "userlist": ["u9"]}));
    house.sync(&[]).expect(0);
    assert_eq!(people(&house), active(&["u0", "u7", "u8", "u9"]));

    tag(&corp, "deltagusers", json!({"tagid": 7, "userlist": ["u0", "u7", "u8", "u9"]}));
    let held = house.sync(&[]).expect(4).json();
    assert!(held["why"].to_string().contains("range_shrunk"), "{}", held["why"]);
    assert_eq!(people(&house), active(&["u0", "u7", "u8", "u9"]), "an emptied tag is no departure");
    house.ask(&["runs", "reject", held["run"].as_str().expect("a run")]).expect(0);

    corp.by_hand(corp::CORP_ID, "tag/delete", &json!({"tagid": 7})).expect("deleted");
    let run = house.sync(&[]);
    assert!(run.out.contains("wecom_tag_unreadable"), "{}", run.out);
    assert_eq!(people(&house), active(&["u0", "u7", "u8", "u9"]), "nor is a deleted one");
}

#[test]
fn another_scope_or_mode_is_no_departure() {
    let corp = company();
    let house = House::new();
    house.connect(&corp);
    house.workflow(TEMPLATE);
    house.sync(&[]).expect(0);
    assert_eq!(people(&house).len(), 10);
    house.workflow_changed(TEMPLATE, &[(ALL, TAGGED)]);
    // The list is shorter than at the last good run, which no approval by the caller lifts; that another part of the company is meant
    // is a question about the removals, which whoever calls with --yes has answered.
    let reasons = |run: &Value| -> BTreeSet<String> {
        let why = run["why"].as_array().expect("reasons").iter();
        why.filter_map(|why| why["code"].as_str()).map(String::from).collect()
    };
    let run = house.sync(&[]).expect(4).json();
    assert_eq!(reasons(&run), BTreeSet::from(["source_shrink".to_string()]), "{run:#}");
    house.ask(&["runs", "reject", run["run"].as_str().expect("a run")]).expect(0);
    let run = house.ask(&["run", "sync", "--wait"]).expect(4).json();
    let why = reasons(&run);
    assert!(why.contains("source_shrink") && why.contains("scope_changed"), "{why:?}");
    assert!(people(&house).iter().all(|(_, status)| status == "active"), "{:?}", people(&house));
    house.ask(&["runs", "reject", run["run"].as_str().expect("a run")]).expect(0);

    // A range that shrinks under a scope that stays the same.
    house.workflow_changed(TEMPLATE, &[(ALL, "      departments: {include: [\"/*/销售/**\"]}")]);
    house.ask(&["run", "sync", "--wait", "--yes"]);
    let part = serde_json::from_value(json!({"departments": [3]})).expect("a range");
    corp.set_visible(corp::CORP_ID, corp::AGENT_ID, &part).expect("set");
    house.ask(&["run", "sync", "--wait", "--yes"]);
    assert!(people(&house).iter().all(|(_, status)| status == "active"), "{:?}", people(&house));
}
