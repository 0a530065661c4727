//! What happens around a run that nobody planned: another company behind a connection, departments that vanish, accounts that
//! others hold, an answer that says busy although it was done.

use serde_json::Value;
use wecom_sim::{Effect, FaultRule, Faults};

use super::support::{Corp, House, Organisation};

/// A company in step with its source.
fn in_step(people: usize) -> (Corp, House, Organisation) {
    let corp = Corp::start();
    let house = House::ready(&corp, "wecom_downstream_full");
    let organisation = Organisation::generated(4, people);
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    house.sync(&[]).expect(0);
    (corp, house, organisation)
}

fn codes(run: &Value) -> Vec<&str> {
    run["why"].as_array().into_iter().flatten().filter_map(|why| why["code"].as_str()).collect()
}

#[test]
fn a_connection_does_not_go_to_another_company_with_its_links() {
    let (corp, house, _) = in_step(8);
    let moved = house.ask(&["connection", "set", "main", "--set", "corp_id=wwother000000000002"]);
    let refused = if moved.code == 2 {
        house.ask(&["connection", "add", "wecom", "--name", "main", "--set", "corp_id=wwother000000000002"])
    } else {
        moved
    };
    let message = refused.expect(1).json()["error"]["message"].to_string();
    assert!(message.contains("another company"), "{message}");
    let writes = corp.writes();
    assert_eq!(house.sync(&[]).expect(0).json()["status"], "succeeded_no_change");
    assert_eq!(corp.writes(), writes);
}

/// A mailbox is written when a member is made and never again: whoever changes it in the source is told, once.
#[test]
fn a_mailbox_that_changes_in_the_source_is_told_and_left() {
    let corp = Corp::start();
    let house = House::new();
    house.connect(&corp);
    let line = "      email: {value: \"{{lower source.email}}\", when_empty: omit}\n";
    let mailbox =
        format!("{line}      biz_mail: {{value: \"{{{{lower source.email}}}}\", write: create, when_empty: omit}}\n");
    house.workflow_changed("wecom_downstream_full", &[(line, &mailbox)]);
    let mut organisation = Organisation::generated(4, 8);
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    house.sync(&[]).expect(0);
    assert_eq!(corp.member("user0003")["biz_mail"], "user0003@example.com");
    assert_eq!(house.sync(&[]).expect(0).json()["status"], "succeeded_no_change");
    organisation.change("E0003", "email", "another@example.com");
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    let run = house.sync(&[]).expect(0).json();
    let items = house.items(&run);
    let told: Vec<&Value> = items.iter().filter(|item| item.to_string().contains("kept_as_made")).collect();
    assert_eq!(told.len(), 1, "{items:#?}");
    assert!(told[0]["warnings"].to_string().contains("biz_mail"), "{}", told[0]);
    let member = corp.member("user0003");
    assert_eq!(
        (&member["biz_mail"], &member["email"]),
        (&"user0003@example.com".into(), &"another@example.com".into())
    );
    let again = house.sync(&[]).expect(0).json();
    assert_eq!((&again["status"], &again["api"]["writes"]), (&"succeeded_no_change".into(), &0.into()), "{again}");
    assert!(house.items(&again).iter().all(|item| !item.to_string().contains("kept_as_made")));
}

/// A mapping that says nothing of leaders moves people; whoever leads a department that stays goes on leading it.
#[test]
fn whoever_leads_a_department_leads_it_after_another_was_added() {
    let corp = Corp::start();
    let house = House::new();
    house.connect_with(&corp, &["member_read=full"], true);
    let line = "      is_leader_in_dept: \"{{leader_flags source.departments}}\"\n";
    house.workflow_changed("wecom_downstream_full", &[(line, "")]);
    let mut organisation = Organisation::generated(4, 8);
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    house.sync(&[]).expect(0);
    let mut state = corp.state();
    for user in state.corps[0].users.iter_mut().filter(|user| user.userid == "user0003") {
        user.is_leader_in_dept = vec![1];
    }
    corp.load(state).expect("the state holds together");
    organisation.change("E0003", "departments", "T000;T003");
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    house.sync(&[]).expect(0);
    let member = corp.member("user0003");
    let led: Vec<&Value> = member["department"]
        .as_array()
        .expect("departments")
        .iter()
        .zip(member["is_leader_in_dept"].as_array().expect("flags"))
        .filter(|(_, flag)| **flag == 1)
        .map(|(id, _)| id)
        .collect();
    assert_eq!(led.len(), 1, "{member}");
    let now = corp.now();
    let departments = now["departments"].as_array().expect("departments");
    assert_eq!(
        departments.iter().find(|one| one["id"] == *led[0]).expect("it is there")["name"],
        "Team 003",
        "{member}"
    );
}

#[test]
fn a_few_new_people_that_are_refused_stop_nobody_else() {
    let (corp, house, mut organisation) = in_step(200);
    // Two numbers that somebody else holds: most of the creates of this run, few of all people.
    let refusal = Effect::Error { errcode: 60104, errmsg: None };
    let rules =
        ["user0200", "user0201"].map(|user| FaultRule::new("/cgi-bin/user/create", refusal.clone()).matching(user));
    corp.set_faults(Faults::rules(rules));
    (200..203).for_each(|number| organisation.person(number, "T001", ""));
    organisation.change("E0007", "position", "Architect");
    organisation.people.remove("E0199");
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    let run = house.sync(&["--input", "remove_leavers=true"]).expect(3).json();
    assert_eq!(run["status"], "partial", "{run}");
    assert_eq!(corp.member("user0007")["position"], "Architect");
    assert_eq!(corp.member("user0199")["enable"], 0, "whoever left is disabled");
    assert_eq!(run["counts"]["user"]["failed"], 2, "{run}");
}

#[test]
fn too_many_failures_name_their_first_cause() {
    let (corp, house, mut organisation) = in_step(8);
    let refusal = Effect::Error { errcode: 60104, errmsg: None };
    corp.set_faults(Faults::rules([FaultRule::new("/cgi-bin/user/create", refusal)]));
    (8..60).for_each(|number| organisation.person(number, "T001", ""));
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    let run = house.sync(&[]).expect(1).json();
    assert_eq!(codes(&run)[..2], ["too_many_failures", "WECOM_60104"], "{run}");
}

#[test]
fn a_create_that_was_done_although_the_answer_was_busy_is_found() {
    let (corp, house, mut organisation) = in_step(8);
    let busy = Effect::Error { errcode: -1, errmsg: None };
    corp.set_faults(Faults::rules([FaultRule::new("/cgi-bin/user/create", busy).after().times(1)]));
    organisation.person(8, "T001", "");
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    let run = house.sync(&[]).expect(0).json();
    assert_eq!((&run["status"], &run["counts"]["user"]["created"]), (&"succeeded".into(), &1.into()), "{run}");
    assert_eq!(organisation.differences(&corp.now()), Vec::<String>::new());
}

/// WeCom makes a department for an unknown id. The first time that it says so is the last one.
#[test]
fn a_department_that_vanished_is_not_invented_for_everybody() {
    let corp = Corp::start();
    let house = House::new();
    house.connect_with(&corp, &["import_jobs=off"], true);
    let text = house.good(&["template", "show", "wecom_downstream_full"])["text"].as_str().expect("a text").to_string();
    house.workflow_text(&text.replace("create: {max: 500}", "create: {max: 10}"));
    let mut organisation = Organisation::generated(4, 8);
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    house.sync(&[]).expect(0);
    organisation.department("EMPTY", "", "Empty", 90);
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    house.sync(&[]).expect(0);

    (8..60).for_each(|number| organisation.person(number, "EMPTY", ""));
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    let held = house.ask(&["run", "sync", "--wait"]).expect(4).json();
    let mut state = corp.state();
    let before = state.corps[0].departments.len();
    state.corps[0].departments.retain(|department| department.name != "Empty");
    assert_eq!(state.corps[0].departments.len(), before - 1);
    corp.load(state).expect("the state holds together");
    let run = house.ask(&["runs", "approve", held["run"].as_str().expect("an id"), "--yes"]).expect(1).json();
    assert_eq!(codes(&run)[0], "wecom_department_invented", "{run}");
    assert!(corp.now()["users"].as_array().map_or(0, Vec::len) < 20, "it goes on making them");
}

/// WeCom wants a number or an address of everybody at every moment.
#[test]
fn number_and_address_change_hands_together() {
    let (corp, house, mut organisation) = in_step(12);
    let contact = |organisation: &Organisation, id: &str| {
        let row = &organisation.people[id];
        (row["mobile"].clone(), row["email"].clone())
    };
    for circle in [&["E0003", "E0004"][..], &["E0005", "E0006", "E0007"]] {
        let all: Vec<(String, String)> = circle.iter().map(|id| contact(&organisation, id)).collect();
        for (at, id) in circle.iter().enumerate() {
            let (mobile, email) = &all[(at + 1) % all.len()];
            organisation.change(id, "mobile", mobile);
            organisation.change(id, "email", email);
        }
        // One circle after the other: five people at once would look like a key column that slipped.
        organisation.write(&house.source());
        house.import(&[]).expect(0);
        let before = corp.writes();
        let run = house.sync(&[]).expect(0).json();
        let updated = run["counts"]["user"]["updated"].as_u64();
        assert_eq!((&run["status"], updated), (&"succeeded".into(), Some(circle.len() as u64)), "{run}");
        assert_eq!(corp.writes() - before, circle.len() as u64 + 2, "{run}");
        assert_eq!(organisation.differences(&corp.now()), Vec::<String>::new());
    }
    assert_eq!(house.sync(&[]).expect(0).json()["api"]["writes"], 0);
}
