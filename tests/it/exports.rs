//! Sources read by export jobs: the same as by lists, the way out where a list is too large, and jobs that do not answer.

use serde_json::{Value, json};
use wecom_sim::{Effect, FaultRule, Faults, State};

use super::support::{Corp, House, Organisation, corp};

fn company(people: usize) -> State {
    let mut state = corp::empty();
    let company = &mut state.corps[0];
    let part = json!({"id": 2, "name": "销售", "parentid": 1, "order": 1});
    company.departments.push(serde_json::from_value(part).expect("a department"));
    for number in 0..people {
        let departments = if number % 5 == 0 { json!([2, 1]) } else { json!([2]) };
        let flags = if number % 5 == 0 { json!([u8::from(number == 5), 0]) } else { json!([0]) };
        let member = json!({"userid": format!("u{number:02}"), "name": format!("成员{number:02}"), "position": format!("P{number}"),
            "department": departments, "is_leader_in_dept": flags, "status": 1});
        company.users.push(serde_json::from_value(member).expect("a member"));
    }
    state
}

fn house(corp: &Corp, settings: &[&str]) -> House {
    let house = House::new();
    house.connect_with(corp, settings, true);
    house.workflow("wecom_upstream_full");
    house
}

/// What the directory has of everybody, ids of its own left out.
fn people(house: &House) -> Vec<String> {
    let all = house.good(&["directory", "show", "user", "--reveal"]);
    let departments = house.good(&["directory", "show", "department"]);
    let name = |id: &Value| {
        let found = departments.as_array().expect("departments").iter().find(|one| one["id"] == *id);
        found.map_or(Value::Null, |one| one["name"].clone())
    };
    let mut people: Vec<String> = Vec::new();
    for one in all.as_array().expect("people") {
        let parts = one["departments"].as_array().expect("departments").iter();
        let parts: Vec<Value> = parts.map(|part| json!([name(&part["department"]), part["leader"]])).collect();
        people.push(json!([one["username"], one["name"], one["title"], one["status"], parts]).to_string());
    }
    people.sort();
    people
}

fn calls(corp: &Corp, path: &str) -> usize {
    corp.requests().iter().filter(|record| record.path.ends_with(path)).count()
}

#[test]
fn an_export_reads_what_lists_read_in_fewer_calls() {
    let corp = Corp::with(company(40));
    let lists = house(&corp, &["exports=off"]);
    // Activation asks once whether people may be read.
    let asked = |corp: &Corp| (calls(corp, "user/list"), calls(corp, "export/user"));
    let before = asked(&corp);
    lists.sync(&[]).expect(0);
    assert_eq!(asked(&corp), (before.0 + 2, 0));
    let jobs = house(&corp, &["exports=always"]);
    let before = asked(&corp);
    jobs.sync(&[]).expect(0);
    assert_eq!(asked(&corp), (before.0, 1));
    assert_eq!(people(&jobs), people(&lists));
    assert_eq!(people(&jobs).len(), 40);
    assert_eq!(corp.writes(), 0);
    jobs.sync(&[]).expect(0);
    assert_eq!(people(&jobs), people(&lists));
}

#[test]
fn a_list_that_is_too_large_is_read_by_an_export_or_one_by_one_where_that_is_switched_off() {
    let mut state = company(30);
    state.corps[0].options.list_limit = Some(10);
    let corp = Corp::with(state);
    let off = house(&corp, &["exports=off"]);
    let before = calls(&corp, "user/get");
    off.sync(&[]).expect(0);
    // Those of the large department; the other one is a list.
    assert_eq!((people(&off).len(), calls(&corp, "user/get") - before, calls(&corp, "export/user")), (30, 30, 0));
    let auto = house(&corp, &[]);
    auto.sync(&[]).expect(0);
    assert_eq!(people(&auto), people(&off));
    assert_eq!(calls(&corp, "export/user"), 1);
}

/// One department that is too large for a list keeps nobody from being compared downstream.
#[test]
fn a_department_that_is_too_large_for_a_list_stops_no_run_that_writes() {
    let corp = Corp::start();
    let house = House::new();
    house.connect_with(&corp, &["member_read=full"], true);
    house.workflow("wecom_downstream_mirror");
    let mut organisation = Organisation::generated(2, 30);
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    house.sync(&[]).expect(0);
    let mut state = corp.state();
    state.corps[0].options.list_limit = Some(10);
    corp.load(state).expect("the state holds together");
    organisation.change("E0007", "position", "Architect");
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    let run = house.sync(&[]).expect(0).json();
    assert_eq!(run["counts"]["user"]["updated"], 1, "{run:#}");
    assert_eq!(organisation.differences(&corp.now()), Vec::<String>::new());
}

#[test]
fn a_job_that_does_not_answer_is_begun_again_and_takes_nobody_away() {
    let corp = Corp::with(company(20));
    let house = house(&corp, &["exports=always"]);
    house.sync(&[]).expect(0);
    let before = people(&house);
    for effect in [Effect::Http(500), Effect::Reset, Effect::Cut(100)] {
        corp.set_faults(Faults::rules([FaultRule::new("/cgi-bin/export/get_result", effect.clone()).times(1)]));
        house.sync(&[]).expect(0);
        assert_eq!(corp.faults()[0].applied, 1, "{effect:?}");
        assert_eq!(people(&house), before, "{effect:?}");
    }
    // The key of a refused export is in no log of calls.
    corp.set_faults(Faults::rules([FaultRule::new(
        "/cgi-bin/export/user",
        Effect::Error { errcode: 48002, errmsg: None },
    )]));
    let failed = house.sync(&[]).expect(1).json();
    let calls = house.good(&["runs", "calls", failed["run"].as_str().expect("a run")]).to_string();
    assert!(calls.contains("export/user") && calls.contains("***"), "{calls}");
    assert_eq!(people(&house), before);
}
