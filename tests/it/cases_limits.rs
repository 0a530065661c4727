//! Slips of a file that would change nearly everybody at once, a department that cannot be deleted, and leavers whom nothing
//! disables: told, held where that is wanted, and never in the way of everything else.

use serde_json::{Value, json};
use wecom_sim::{Effect, FaultRule, Faults, state::UserState};

use super::support::{Corp, House, Organisation};

/// 60 people in 12 teams, nobody with a manager, in step through this template.
fn in_step(template: &str) -> (Corp, House, Organisation) {
    let (corp, house) = (Corp::start(), House::new());
    house.connect(&corp);
    house.workflow(template);
    let mut organisation = Organisation::generated(12, 60);
    for row in organisation.people.values_mut() {
        row.insert("manager".into(), String::new());
    }
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    house.sync(&[]).expect(0);
    assert_eq!(organisation.differences(&corp.now()), Vec::<String>::new());
    (corp, house, organisation)
}

fn codes(problems: &Value) -> Vec<&str> {
    problems.as_array().into_iter().flatten().filter_map(|problem| problem["code"].as_str()).collect()
}

fn reason<'a>(problems: &'a Value, code: &str, lang: &str) -> &'a str {
    let found = problems.as_array().into_iter().flatten().find(|problem| problem["code"] == code);
    found.and_then(|problem| problem["reason"][lang].as_str()).unwrap_or_default()
}

/// The import is held, approved or not, and the directory stays as it is.
#[track_caller]
fn is_held(house: &House, code: &str) -> Value {
    let before = house.good(&["directory", "show", "user", "--reveal", "--limit", "1000"]);
    let mut last = Value::Null;
    for more in [&[][..], &["--yes"]] {
        let held = house.import(more).expect(4).json();
        assert!(codes(&held["why"]).contains(&code), "{held}");
        assert_eq!(
            house.good(&["directory", "show", "user", "--reveal", "--limit", "1000"]),
            before,
            "nothing was changed"
        );
        last = held;
    }
    last
}

/// Case 45: the column of personnel numbers slipped by one line.
#[test]
fn a_shifted_key_column_is_held_before_it_changes_anything() {
    let (corp, house, organisation) = in_step("wecom_downstream_mirror");
    let before = corp.now();
    let mut slipped = organisation.clone();
    slipped.people = organisation
        .people
        .values()
        .enumerate()
        .map(|(number, row)| {
            let key = format!("E{:04}", number + 1);
            let mut row = row.clone();
            row.insert("external_id".into(), key.clone());
            (key, row)
        })
        .collect();
    slipped.write(&house.source());
    let held = is_held(&house, "identity_shift");
    assert!(reason(&held["why"], "identity_shift", "zh").contains("编号列"), "{held}");
    assert!(reason(&held["why"], "identity_shift", "en").contains("key column looks shifted"), "{held}");
    house.sync(&[]).expect(0);
    assert_eq!(corp.now(), before);
    organisation.write(&house.source());
    house.import(&[]).expect(0);
}

/// Two columns of the file changed places: names are numbers, or job titles, under the same keys.
#[test]
fn columns_that_changed_places_are_held_before_they_change_anything() {
    let (corp, house, organisation) = in_step("wecom_downstream_mirror");
    let before = corp.now();
    for other in ["mobile", "position"] {
        let mut swapped = organisation.clone();
        for row in swapped.people.values_mut() {
            let (name, value) = (row["name"].clone(), row[other].clone());
            row.insert("name".into(), value);
            row.insert(other.into(), name);
        }
        swapped.write(&house.source());
        let held = is_held(&house, "identity_shift");
        assert!(reason(&held["why"], "identity_shift", "en").contains("two columns changed places"), "{other}: {held}");
        assert!(reason(&held["why"], "identity_shift", "zh").contains("两列互换"), "{other}: {held}");
    }
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    house.sync(&[]).expect(0);
    assert_eq!(corp.now(), before);
}

/// Values that cannot be used are told on the run that left them out, and correcting them is no loss of anything.
#[test]
fn values_that_cannot_be_used_are_told_and_may_be_corrected() {
    let (corp, house, organisation) = in_step("wecom_downstream_mirror");
    let mut damaged = organisation.clone();
    for number in 0..20 {
        damaged.change(&format!("E{number:04}"), "mobile", "ask the desk");
    }
    damaged.write(&house.source());
    let run = house.import(&[]).expect(0).json();
    assert!(codes(&run["notices"]).contains(&"values_refused"), "{run}");
    assert!(reason(&run["notices"], "values_refused", "en").contains("20 values"), "{run}");
    assert!(reason(&run["notices"], "values_refused", "zh").contains("mobile × 20"), "{run}");
    // Whoever follows the notice finds those twenty and nobody else.
    let found = |run: &Value| {
        let notices = run["notices"].as_array().expect("notices");
        let notice = notices.iter().find(|notice| notice["code"] == "values_refused").expect("told");
        assert_eq!((&notice["next"]["kind"], &notice["next"]["key"]), (&"list_items".into(), &notice["code"]), "{run}");
        let run = run["run"].as_str().expect("a run");
        let items = house.good(&["runs", "items", run, "--code", "values_refused"]);
        let items: Vec<String> = items.as_array().expect("items").iter().map(|item| item["key"].to_string()).collect();
        items
    };
    assert_eq!(found(&run).len(), 20, "{run}");
    let again = house.import(&[]).expect(0).json();
    assert!(codes(&again["notices"]).contains(&"values_refused"), "told as long as it is so: {again}");
    assert_eq!(found(&again).len(), 20, "{again}");
    organisation.write(&house.source());
    let run = house.import(&[]).expect(0).json();
    assert!(!codes(&run["notices"]).contains(&"values_refused"), "{run}");
    house.sync(&[]).expect(0);
    assert_eq!(organisation.differences(&corp.now()), Vec::<String>::new());
}

/// One gives up a number and takes the address of another, who takes the number and gives the address up: each waits for
/// what the other one has in another field.
#[test]
fn a_number_is_exchanged_against_an_address() {
    let (corp, house, mut organisation) = in_step("wecom_downstream_mirror");
    let value = |person: &str, column: &str| organisation.people[person][column].clone();
    let (mobile, email) = (value("E0001", "mobile"), value("E0002", "email"));
    organisation.change("E0001", "mobile", "");
    organisation.change("E0001", "email", &email);
    organisation.change("E0002", "mobile", &mobile);
    organisation.change("E0002", "email", "");
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    let run = house.sync(&[]).expect(0).json();
    assert_eq!(run["counts"]["user"]["updated"], 2, "{run}");
    assert_eq!(organisation.differences(&corp.now()), Vec::<String>::new());
}

/// A file of which nearly every row was refused is no measure: the right one that follows is not held for being smaller.
#[test]
fn an_import_that_was_refused_is_no_measure_for_the_next() {
    let house = House::new();
    let right = Organisation::generated(4, 20);
    let mut wrong = Organisation::generated(4, 60);
    for row in wrong.people.values_mut() {
        row.insert("name".into(), String::new());
        row.insert("manager".into(), String::new());
    }
    wrong.write(&house.source());
    let refused = house.import(&[]).json();
    assert_eq!(refused["counts"]["user"]["invalid"], 60, "{refused}");
    right.write(&house.source());
    let run = house.import(&[]).expect(0).json();
    assert_eq!(run["counts"]["user"]["created"], 20, "{run}");
    // From here on it is one.
    Organisation::generated(4, 4).write(&house.source());
    let held = house.import(&[]).expect(4).json();
    assert!(codes(&held["why"]).contains(&"source_shrink"), "{held}");
}

/// What people do all year is no slip: a marriage with a new name and address, a new number, a new domain for everybody.
#[test]
fn ordinary_changes_of_identity_are_not_held() {
    let (corp, house, mut organisation) = in_step("wecom_downstream_mirror");
    for number in 1..5 {
        let key = format!("E{number:04}");
        organisation.change(&key, "name", &format!("Married {number}"));
        organisation.change(&key, "email", &format!("married{number}@example.com"));
    }
    for number in 10..40 {
        organisation.change(&format!("E{number:04}"), "mobile", &format!("1391111{number:04}"));
    }
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    house.sync(&[]).expect(0);
    for number in 0..60 {
        organisation.change(&format!("E{number:04}"), "email", &format!("user{number:04}@new.example.com"));
    }
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    house.sync(&[]).expect(0);
    assert_eq!(organisation.differences(&corp.now()), Vec::<String>::new());
}

/// Case 46: a column is gone, then it is back and empty.
#[test]
fn a_column_that_is_gone_clears_nothing_and_an_empty_one_is_held() {
    let (corp, house, organisation) = in_step("wecom_downstream_mirror");
    let before = corp.now();
    let mut gone = organisation.clone();
    for row in gone.people.values_mut() {
        row.remove("mobile");
    }
    gone.write(&house.source());
    // As long as it is not back, it is told.
    for _ in 0..2 {
        let run = house.import(&[]).expect(0).json();
        assert!(codes(&run["notices"]).contains(&"column_gone"), "{run}");
        assert!(reason(&run["notices"], "column_gone", "en").contains("mobile"), "{run}");
        assert!(codes(&run["why"]).contains(&"column_gone"), "also where only the state is looked at: {run}");
    }
    house.sync(&[]).expect(0);
    assert_eq!(corp.now(), before, "the numbers are kept");
    let mut empty = organisation.clone();
    for row in empty.people.values_mut() {
        row.insert("mobile".into(), String::new());
    }
    empty.write(&house.source());
    let held = is_held(&house, "mass_clear");
    assert!(reason(&held["why"], "mass_clear", "zh").contains("mobile"), "{held}");
    // Somebody looked: it is meant.
    let done = house.good(&["runs", "approve", held["run"].as_str().expect("an id"), "--source-checked"]);
    assert_eq!(done["counts"]["user"]["updated"], 60, "{done}");
}

/// The default of a column is no news about anybody when the column is gone.
#[test]
fn a_status_column_that_is_gone_enables_nobody() {
    let (corp, house, mut organisation) = in_step("wecom_downstream_mirror");
    organisation.change("E0007", "enabled", "0");
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    house.sync(&[]).expect(0);
    assert_eq!(corp.member("user0007")["enable"], 0);
    for row in organisation.people.values_mut() {
        row.remove("enabled");
    }
    organisation.person(60, "T001", "");
    organisation.people.get_mut("E0060").expect("the new one").remove("enabled");
    organisation.write(&house.source());
    let run = house.import(&[]).expect(0).json();
    assert!(codes(&run["notices"]).contains(&"column_gone"), "{run}");
    house.sync(&[]).expect(0);
    assert_eq!(corp.member("user0007")["enable"], 0, "nobody said that this person is back");
    assert_eq!(corp.member("user0060")["enable"], 1, "somebody new has the default");
}

/// The limits are those of every run, not of the import alone.
#[test]
fn a_field_that_nearly_everybody_loses_is_held_on_the_way_to_wecom_too() {
    let (corp, house, mut organisation) = in_step("wecom_downstream_mirror");
    for number in 0..60 {
        organisation.change(&format!("E{number:04}"), "position", "");
    }
    organisation.write(&house.source());
    let held = house.import(&[]).expect(4).json();
    house.good(&["runs", "approve", held["run"].as_str().expect("an id"), "--source-checked"]);
    let before = corp.now();
    let held = house.sync(&[]).expect(4).json();
    assert!(codes(&held["why"]).contains(&"mass_clear"), "{held}");
    assert_eq!(corp.now(), before);
    house.good(&["runs", "approve", held["run"].as_str().expect("an id"), "--source-checked"]);
    assert_eq!(organisation.differences(&corp.now()), Vec::<String>::new());
}

/// Case 34: a department is closed, and somebody whom an administrator made by hand still sits in it.
#[test]
fn a_department_that_cannot_be_deleted_names_who_is_in_it_and_stops_nothing() {
    let (corp, house, mut organisation) = in_step("wecom_downstream_mirror");
    let now = corp.now();
    let teams = now["departments"].as_array().expect("departments");
    let closed = teams.iter().find(|team| team["name"] == "Team 003").and_then(|team| team["id"].as_u64());
    let closed = u32::try_from(closed.expect("the team")).expect("an id");
    let mut state = corp.state();
    state.corps[0].users.push(UserState {
        userid: "by.hand".into(),
        name: "By Hand".into(),
        department: vec![closed],
        main_department: closed,
        order: vec![0],
        is_leader_in_dept: vec![0],
        enable: Some(1),
        mobile: "15499999999".into(),
        ..UserState::default()
    });
    corp.load(state).expect("the state holds together");
    let people: Vec<String> = organisation.people.keys().cloned().collect();
    for key in
        people.iter().filter(|key| organisation.people[*key]["departments"] == "T003").cloned().collect::<Vec<_>>()
    {
        organisation.change(&key, "departments", "T000");
        organisation.change(&key, "main_department", "T000");
    }
    organisation.departments.remove("T003");
    let mut hired = 60;
    let mut night = |organisation: &mut Organisation, code: i32| {
        organisation.person(hired, "T001", "");
        organisation.write(&house.source());
        house.import(&[]).expect(0);
        let run = house.ask(&["run", "sync", "--wait"]).expect(code).json();
        assert_ne!(corp.member(&format!("user{hired:04}")), Value::Null, "who was hired arrives: {run}");
        hired += 1;
        run
    };
    night(&mut organisation, 0);
    night(&mut organisation, 0);
    let removals = house.good(&["removals", "list"]);
    assert_eq!(codes(&removals[0]["warnings"]), ["department_has_people"], "told before anybody decides: {removals}");
    assert!(removals[0]["warnings"][0]["reason"]["en"].as_str().is_some_and(|text| text.contains("by.hand")));
    let id = removals[0]["id"].as_str().expect("an id").to_string();
    house.good(&["removals", "approve", &id]);
    for _ in 0..2 {
        let run = night(&mut organisation, 3);
        let items = house.items(&run);
        let item = items.iter().find(|item| item["error"]["code"] == "WECOM_60005").expect("the department's item");
        assert!(codes(&item["warnings"]).contains(&"department_has_people"), "{item}");
    }
    let removals = house.good(&["removals", "list"]);
    assert_eq!((&removals[0]["state"], &removals[0]["error"]["code"]), (&json!("failed"), &json!("WECOM_60005")));
    // The stranger is moved by hand; the approval still stands.
    let mut state = corp.state();
    let stranger = state.corps[0].users.iter_mut().find(|user| user.userid == "by.hand").expect("the stranger");
    stranger.department = vec![1];
    stranger.main_department = 1;
    corp.load(state).expect("the state holds together");
    night(&mut organisation, 0);
    assert_eq!(house.good(&["removals", "list"])[0]["state"], "done");
}

/// First use, F1: the template that disables nobody by itself says who keeps access, and how to change that.
#[test]
fn who_left_and_keeps_access_is_said() {
    let (corp, house, mut organisation) = in_step("wecom_downstream_full");
    organisation.people.remove("E0059");
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    let plan = house.good(&["plan", "sync"]);
    assert!(reason(&plan["notices"], "leavers_input", "en").contains("1 person has left"), "{plan}");
    assert_eq!(plan["counts"]["user"]["skipped"], 1, "everybody is in some count: {plan}");
    let run = house.ask(&["run", "sync", "--wait"]).expect(0).json();
    assert_eq!(run["status"], "succeeded_no_change");
    assert_eq!(codes(&run["why"]), ["leavers_input"], "not hidden: {run}");
    assert!(run["why"][0]["hint"]["zh"].as_str().is_some_and(|hint| hint.contains("--input remove_leavers=true")));
    let leavers = house.good(&["plan", "sync", "--leavers"]);
    let targets: Vec<&Value> =
        leavers.as_array().expect("leavers").iter().map(|leaver| &leaver["object"]["target"]).collect();
    assert_eq!(targets, [&json!("user0059")]);
    assert!(house.text(&["plan", "sync", "--leavers"]).expect(0).out.contains("user0059"));
    // The way that was shown.
    let waits = house.ask(&["run", "sync", "--wait", "--input", "remove_leavers=true"]).expect(0).json();
    assert_eq!(codes(&waits["why"]), ["removals_waiting"], "{waits}");
    // A nightly run without that input neither does it nor forgets the question.
    let night = house.ask(&["run", "sync", "--wait"]).expect(0).json();
    assert_eq!(codes(&night["why"]), ["leavers_input"], "{night}");
    house.good(&["removals", "approve", "--all", "1", "--run"]);
    assert_eq!(corp.member("user0059")["enable"], 0);
    let run = house.ask(&["run", "sync", "--wait"]).expect(0).json();
    assert_eq!(codes(&run["why"]), Vec::<&str>::new(), "nobody is left who keeps access: {run}");
    assert_eq!(house.good(&["plan", "sync", "--leavers"]), json!([]));
}

/// A blank means the default, but not where the whole column came without its values.
#[test]
fn a_status_column_that_came_empty_enables_nobody() {
    let (corp, house, mut organisation) = in_step("wecom_downstream_mirror");
    let off = ["E0007", "E0017", "E0027", "E0037", "E0047", "E0057"];
    for key in off {
        organisation.change(key, "enabled", "0");
    }
    organisation.write(&house.source());
    house.import(&["--yes"]).expect(0);
    house.sync(&[]).expect(0);
    let mut empty = organisation.clone();
    for row in empty.people.values_mut() {
        row.insert("enabled".into(), String::new());
    }
    empty.person(60, "T001", "");
    empty.people.get_mut("E0060").expect("the new one").insert("enabled".into(), String::new());
    empty.write(&house.source());
    for _ in 0..2 {
        let run = house.import(&[]).expect(0).json();
        assert!(codes(&run["notices"]).contains(&"column_blank"), "{run}");
        assert!(reason(&run["notices"], "column_blank", "zh").contains("status"), "{run}");
        assert!(codes(&run["why"]).contains(&"column_blank"), "also where only the state is looked at: {run}");
        assert_eq!(run["counts"]["user"]["updated"], 0, "{run}");
    }
    house.sync(&[]).expect(0);
    assert_eq!(corp.member("user0007")["enable"], 0, "nobody said that this person is back");
    assert_eq!(corp.member("user0060")["enable"], 1, "somebody new has the default");
    // A few values are there: the column was read, and it is for a person to say whether so many are back.
    empty.change("E0000", "enabled", "1");
    empty.write(&house.source());
    let held = is_held(&house, "mass_clear");
    assert!(reason(&held["why"], "mass_clear", "en").contains("status"), "{held}");
    house.good(&["runs", "approve", held["run"].as_str().expect("an id"), "--source-checked"]);
    // One who is back is no news: by a blank or by a word.
    for (key, word) in [("E0007", "0"), ("E0007", "")] {
        empty.change(key, "enabled", word);
        empty.write(&house.source());
        let run = house.import(&[]).expect(0).json();
        assert_eq!(
            run["counts"]["user"]["updated"].as_u64().unwrap_or(0)
                + run["counts"]["user"]["removed"].as_u64().unwrap_or(0),
            1,
            "{run}"
        );
    }
}

/// Who left and was taken out of the target by hand, as the run had advised, says nothing of the target's list.
#[test]
fn what_somebody_removed_by_hand_holds_no_later_run() {
    let (corp, house, mut organisation) = in_step("wecom_downstream_full");
    let leavers = [[7, 17, 27, 37], [57, 9, 19, 29]];
    // In two nights, because more at once would look like a file that was cut off.
    for (team, numbers) in ["T010", "T011"].iter().zip(leavers) {
        for number in numbers {
            organisation.people.remove(&format!("E{number:04}"));
        }
        for row in organisation.people.values_mut().filter(|row| row["departments"] == *team) {
            row.insert("departments".into(), "T001".into());
            row.insert("main_department".into(), "T001".into());
        }
        organisation.departments.remove(*team);
        organisation.write(&house.source());
        house.import(&["--yes"]).expect(0);
        let run = house.sync(&[]).expect(0).json();
        assert!(codes(&run["why"]).contains(&"leavers_input"), "{run:#}");
    }
    let by_hand = |call: &str, body: Value| corp.by_hand(super::support::corp::CORP_ID, call, &body).expect("by hand");
    for number in leavers.concat() {
        by_hand("user/delete", json!({"userid": format!("user{number:04}")}));
    }
    let now = corp.now();
    let gone = now["departments"].as_array().expect("departments").iter();
    for department in gone.filter(|one| one["name"] == "Team 010" || one["name"] == "Team 011") {
        by_hand("department/delete", json!({"id": department["id"]}));
    }
    for _ in 0..2 {
        let run = house.ask(&["run", "sync", "--wait"]).expect(0).json();
        assert_eq!(run["status"], "succeeded_no_change", "{run:#}");
    }
}

/// Disabling somebody fails, and the run of the night disables nobody: that nothing goes wrong with him there settles nothing.
#[test]
fn a_run_that_disables_nobody_settles_no_failed_removal() {
    let (corp, house, mut organisation) = in_step("wecom_downstream_full");
    organisation.people.remove("E0059");
    organisation.write(&house.source());
    house.import(&["--yes"]).expect(0);
    let refusal = Effect::Error { errcode: 60011, errmsg: None };
    corp.set_faults(Faults::rules([FaultRule::new("/cgi-bin/user/update", refusal).matching("user0059")]));
    let disabling = ["--input", "remove_leavers=true"];
    let failed = house.sync(&disabling).json();
    assert_eq!(failed["counts"]["user"]["failed"], 1, "{failed:#}");
    corp.set_faults(Faults::default());
    let stands = || {
        let failures = house.good(&["runs", "failures", "--workflow", "sync"]);
        let [failure] = &failures.as_array().expect("failures")[..] else { panic!("{failures:#}") };
        assert_eq!(failure["object"]["target"], "user0059", "{failure:#}");
        (corp.member("user0059")["enable"].clone(), failure["settled"].clone())
    };
    house.sync(&[]).expect(0);
    assert_eq!(stands(), (json!(1), json!(false)));
    house.sync(&disabling).expect(0);
    assert_eq!(stands(), (json!(0), json!(true)));
    // It stays settled in the nights after that.
    house.sync(&[]).expect(0);
    assert_eq!(stands(), (json!(0), json!(true)));
}
