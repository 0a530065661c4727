//! Nobody loses access because something else went wrong, and nothing is touched that was not meant.
//!
//! Each incident is staged on a company that is in step: a list that fails, is cut or comes back empty, a file that lost
//! its end, a column with another name. In the source there is always a real leaver and a real change, so that a run
//! that believed the broken answer would have something to do.

use serde_json::{Value, json};
use wecom_sim::{
    Effect, FaultRule, Faults, State,
    state::{DepartmentState, UserState},
};

use super::support::{Corp, House, Organisation, corp, house::BEGIN, organisation};

/// 40 people in 8 teams.
fn organisation() -> Organisation {
    Organisation::generated(8, 40)
}

/// A company in step with its source through the mirror, which disables and deletes.
fn in_step(more: &[&str]) -> (Corp, House, Organisation) {
    let corp = Corp::start();
    let house = House::new();
    house.connect_with(&corp, more, true);
    house.workflow("wecom_downstream_mirror");
    let organisation = organisation();
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    house.sync(&[]).expect(0);
    assert_eq!(organisation.differences(&corp.now()), Vec::<String>::new());
    (corp, house, organisation)
}

/// One person leaves, one gets another position.
fn a_day_passes(house: &House, organisation: &mut Organisation) {
    organisation.people.remove("E0039");
    organisation.change("E0020", "position", "Architect");
    organisation.write(&house.source());
    house.import(&[]).expect(0);
}

fn codes(problems: &Value) -> Vec<&str> {
    problems.as_array().into_iter().flatten().filter_map(|problem| problem["code"].as_str()).collect()
}

/// Everybody who was there is still there and may still log in.
#[track_caller]
fn everybody_is_still_there(before: &Value, corp: &Corp) {
    let now = corp.now();
    for (userid, _) in organisation::members(before) {
        let member = organisation::members(&now).find(|(other, _)| *other == userid);
        let (_, member) = member.unwrap_or_else(|| panic!("{userid} was deleted"));
        assert_eq!(member["enable"], 1, "{userid} was disabled");
        let was = organisation::members(before).find(|(other, _)| *other == userid).expect("was there").1;
        assert_eq!(member["department"], was["department"], "{userid} was moved");
    }
    let ids = |corp: &Value| -> Vec<Value> {
        corp["departments"].as_array().expect("departments").iter().map(|row| row["id"].clone()).collect()
    };
    assert_eq!(ids(&now), ids(before), "departments");
}

/// The run says that it did not do its work, and why.
#[track_caller]
fn says_so(run: &Value, allowed: &[&str]) {
    let status = run["status"].as_str().unwrap_or_default();
    assert!(["failed", "held", "partial"].contains(&status), "{run}");
    let codes = codes(&run["why"]);
    assert!(codes.iter().any(|code| allowed.contains(code)), "{codes:?} instead of one of {allowed:?}");
    for why in run["why"].as_array().expect("why") {
        assert!(why["hint"]["zh"].as_str().is_some_and(|hint| !hint.is_empty()), "{why}");
        assert!(why["hint"]["en"].as_str().is_some_and(|hint| !hint.is_empty()), "{why}");
    }
}

/// Stages a fault of the target and runs the mirror into it; once the fault is gone, the day's work is done.
#[track_caller]
fn target_incident(path: &str, effect: Effect, more: &[&str], allowed: &[&str]) {
    let (corp, house, mut organisation) = in_step(more);
    a_day_passes(&house, &mut organisation);
    let before = corp.now();
    corp.set_faults(Faults::rules([FaultRule::new(path, effect)]));
    let run = house.sync(&["--input", "grace=0d"]).json();
    let acted = corp.requests().iter().filter(|request| request.fault.is_some()).count();
    assert!(acted > 0, "{path} was not called");
    everybody_is_still_there(&before, &corp);
    says_so(&run, allowed);
    assert_eq!(corp.now(), before, "nothing at all was written");
    corp.set_faults(Faults::default());
    house.sync(&["--input", "grace=0d"]).expect(0);
    assert_eq!(organisation.differences(&corp.now()), Vec::<String>::new());
}

const LIST_ID: &str = "/cgi-bin/user/list_id";

#[test]
fn list_id_answers_an_error() {
    let effect = Effect::Error { errcode: 60011, errmsg: None };
    target_incident(LIST_ID, effect, &[], &["WECOM_60011"]);
}

#[test]
fn list_id_is_a_login_page() {
    let page = "<!DOCTYPE html><html><body>Please log in</body></html>";
    target_incident(LIST_ID, Effect::Html(page.into()), &[], &["wecom_not_json"]);
}

#[test]
fn list_id_is_cut() {
    target_incident(LIST_ID, Effect::Cut(60), &[], &["wecom_no_answer"]);
}

#[test]
fn list_id_never_answers() {
    target_incident(LIST_ID, Effect::Hang, &["timeout_ms=1500"], &["wecom_no_answer"]);
}

#[test]
fn list_id_is_unavailable() {
    target_incident(LIST_ID, Effect::Http(503), &[], &["wecom_server_busy"]);
}

/// A list without anybody is believed by nobody who knows 40 members: each is asked for alone, and they are neither removed nor
/// made again.
#[test]
fn list_id_is_empty() {
    let (corp, house, mut organisation) = in_step(&[]);
    a_day_passes(&house, &mut organisation);
    let before = corp.now();
    let empty = r#"{"errcode":0,"errmsg":"ok","next_cursor":"","dept_user":[]}"#;
    corp.set_faults(Faults::rules([FaultRule::new(LIST_ID, Effect::Html(empty.into()))]));
    corp.clear_requests();
    let run = house.sync(&["--input", "grace=0d"]).json();
    let requests = corp.requests();
    assert!(requests.iter().any(|request| request.fault.is_some()), "{LIST_ID} was not called");
    everybody_is_still_there(&before, &corp);
    assert!(run["notices"].to_string().contains("people_lacked"), "{run}");
    assert_eq!((&run["counts"]["user"]["created"], &run["counts"]["user"]["removed"]), (&json!(0), &json!(0)), "{run}");
    let removed = requests.iter().filter(|request| request.path.contains("delete")).count();
    assert_eq!(removed, 0);
    // What was read wrongly is forgotten: the day's work is done as if nothing had been, the leaver included.
    corp.set_faults(Faults::default());
    house.sync(&["--input", "grace=0d"]);
    house.sync(&["--input", "grace=0d"]).expect(0);
    assert_eq!(organisation.differences(&corp.now()), Vec::<String>::new());
}

#[test]
fn the_department_list_fails() {
    let effect = || Effect::Error { errcode: 60011, errmsg: None };
    target_incident("/cgi-bin/department/simplelist", effect(), &[], &["WECOM_60011"]);
}

#[test]
fn the_department_list_is_cut() {
    target_incident("/cgi-bin/department/simplelist", Effect::Cut(40), &[], &["wecom_no_answer"]);
}

#[test]
fn the_list_of_names_fails() {
    let effect = Effect::Error { errcode: 60011, errmsg: None };
    target_incident("/cgi-bin/department/list", effect, &[], &["WECOM_60011"]);
}

#[test]
fn no_token_is_given() {
    let page = "<html><body>Please log in</body></html>";
    target_incident("/cgi-bin/gettoken", Effect::Html(page.into()), &[], &["wecom_not_json"]);
}

#[test]
fn every_call_is_refused() {
    target_incident("*", Effect::Error { errcode: 60020, errmsg: None }, &[], &["WECOM_60020"]);
}

/// Stages a broken source file: the import and the mirror after it take nobody's access away.
#[track_caller]
fn source_incident(file: &str, spoil: impl Fn(&str) -> String, allowed: &[&str]) {
    let (corp, house, organisation) = in_step(&[]);
    let before = corp.now();
    let directory = house.good(&["directory", "show"]);
    organisation.write(&house.source());
    let path = house.source().join(file);
    let text = std::fs::read_to_string(&path).expect("the file");
    let spoilt = spoil(&text);
    assert_ne!(text, spoilt, "the file is not spoilt");
    std::fs::write(&path, spoilt).expect("the file is spoilt");
    for more in [&[][..], &["--yes"]] {
        let import = house.import(more).json();
        let import_codes = codes(&import["why"]).into_iter().chain(codes(&import["notices"]));
        let import_codes: Vec<&str> = import_codes.collect();
        let told = import_codes.iter().any(|code| allowed.contains(code));
        assert!(told, "{import_codes:?} instead of one of {allowed:?}: {import}");
        assert_ne!(import["status"], "succeeded");
        assert_ne!(import["status"], "succeeded_no_change");
        assert_eq!(house.good(&["directory", "show"]), directory, "with {more:?}");
        house.sync(&["--input", "grace=0d"]);
        everybody_is_still_there(&before, &corp);
    }
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    house.sync(&["--input", "grace=0d"]).expect(0);
    assert_eq!(organisation.differences(&corp.now()), Vec::<String>::new());
}

/// The first part of a text, cut in the middle of a line.
fn cut(text: &str, share: f64) -> String {
    let wanted = (text.len() as f64 * share) as usize;
    let line = text[..wanted].rfind('\n').expect("a line");
    text[..line + 12].to_string()
}

#[test]
fn the_people_file_lost_its_second_half() {
    source_incident("users.csv", |text| cut(text, 0.5), &["source_shrink", "file_truncated", "read_incomplete"]);
}

/// Too few are missing for the limit on shrinking; the torn line alone must be enough.
#[test]
fn the_people_file_lost_its_last_lines() {
    source_incident("users.csv", |text| cut(text, 0.97), &["file_truncated", "read_incomplete"]);
}

/// The last line has all its fields and no end: a word that is none, half a character, a department that there is not, or
/// nothing but the line end that was there the last time. Nobody after it has left, and it changes nobody.
#[test]
fn a_file_that_ends_inside_its_last_value_removes_nobody() {
    let house = House::new();
    house.good(&BEGIN);
    let folder = house.source();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.join(name), bytes).expect("the file");
    let departments: String =
        (0..30).map(|number| format!("D{number},{},部门{number}\n", if number == 0 { "" } else { "D0" })).collect();
    let departments = format!("dept_id,parent_id,name\n{departments}");
    let people = |last: &str, value: &dyn Fn(usize) -> String| {
        let rows = (0..40).map(|number| format!("{number:03},u{number},人员{number},{}\n", value(number)));
        format!("工号,账号,姓名,{last}\n{}", rows.collect::<String>())
    };
    let states = people("部门,状态", &|number| format!("D{},在职", number % 30));
    let homes = people("状态,部门", &|number| format!("在职,D{}", number % 30));
    write("departments.csv", departments.as_bytes());
    // Its program writes no line end, so that its absence says nothing.
    write("users.csv", states.trim_end().as_bytes());
    house.import(&[]).expect(0);
    let before = house.good(&["directory", "show"]);
    let found = |kind: &str, text: &str| house.good(&["directory", "find", text, "--kind", kind])[0].clone();
    let (home, team) = (found("user", "u37"), found("department", "部门29"));
    assert_eq!((&home["name"], &team["name"]), (&json!("人员37"), &json!("部门29")));
    let row = |text: &str, number: usize| text.find(&format!("\n{number:03},")).expect("a row") + 1;
    let cut_people = |text: &str, tail: &str| [&text.as_bytes()[..row(text, 37)], tail.as_bytes()].concat();
    let half = cut_people(&states, "037,u37,人员37,D7,在职");
    for (bytes, code) in [
        (cut_people(&states, "037,u37,人员37,D7,在"), "file_truncated"),
        (half[..half.len() - 1].to_vec(), "file_truncated"),
        (cut_people(&homes, "037,u37,人员37,在职,D"), "last_line_doubtful"),
    ] {
        write("users.csv", &bytes);
        let run = house.import(&["--yes"]).expect(3).json();
        assert!(codes(&run["notices"]).contains(&code), "{code}: {run}");
        assert!(codes(&run["notices"]).contains(&"read_incomplete"), "{code}: {run}");
        assert_eq!(run["counts"]["user"]["removed"], 0, "{run}");
        assert_eq!(
            (house.good(&["directory", "show"]), found("user", "u37")),
            (before.clone(), home.clone()),
            "{code}"
        );
    }
    // From here on the files end with a line end.
    write("users.csv", homes.as_bytes());
    house.import(&[]).expect(0);
    let missing = |run: Value| {
        assert_eq!(run["status"], "partial", "{run}");
        assert!(codes(&run["notices"]).contains(&"line_end_missing"), "{run}");
        assert_eq!((house.good(&["directory", "show"]), found("user", "u37")), (before.clone(), home.clone()));
        assert_eq!(found("department", "部门29"), team);
    };
    write("users.csv", &cut_people(&homes, "037,u37,人员37,在职,D2"));
    missing(house.import(&["--yes"]).json());
    write("users.csv", homes.as_bytes());
    // 部门29 would be renamed, and one row is no limit's concern.
    write("departments.csv", &departments.as_bytes()[..departments.len() - 3]);
    missing(house.import(&["--yes"]).json());
    write("departments.csv", departments.as_bytes());
    assert_eq!(house.import(&[]).expect(0).json()["status"], "succeeded_no_change");
}

#[test]
fn the_key_column_has_another_name() {
    source_incident("users.csv", |text| text.replacen("external_id", "ext", 1), &["header_missing_column"]);
}

#[test]
fn the_people_file_has_no_bytes() {
    source_incident("users.csv", |_| String::new(), &["file_empty"]);
}

#[test]
fn the_departments_file_is_only_a_header() {
    let header = |text: &str| text.lines().next().map(|line| format!("{line}\n")).unwrap_or_default();
    source_incident("departments.csv", header, &["source_min", "source_shrink", "file_empty"]);
}

/// One row without a key could be anybody: whoever is not in the file may be that one, and stays, approved or not.
#[test]
fn a_row_without_a_key_keeps_everybody() {
    let (corp, house, mut organisation) = in_step(&[]);
    let before = corp.now();
    organisation.people.remove("E0039");
    organisation.change("E0038", "external_id", "");
    organisation.write(&house.source());
    let import = house.import(&["--yes"]).json();
    assert_eq!(import["status"], "partial", "{import}");
    let told = codes(&import["notices"]).into_iter().chain(codes(&import["why"])).any(|code| code == "read_incomplete");
    assert!(told, "{import}");
    let items = house.items(&import);
    assert!(items.iter().any(|item| item["error"]["code"] == "external_id_missing"), "{items:#?}");
    let directory = house.good(&["directory", "show"]);
    assert_eq!(directory["counts"]["user"], json!({"active": 40}));
    house.sync(&["--input", "grace=0d"]);
    everybody_is_still_there(&before, &corp);
}

/// Four leavers of forty are more than the mirror takes upon itself.
#[test]
fn too_many_leavers_wait() {
    let (corp, house, mut organisation) = in_step(&[]);
    let before = corp.now();
    for number in 36..40 {
        organisation.people.remove(&format!("E{number:04}"));
    }
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    let waiting = house.ask(&["run", "sync", "--wait"]).expect(0).json();
    assert_eq!(codes(&waiting["why"]), ["removals_waiting"], "{waiting}");
    assert_eq!(corp.now(), before, "nobody is removed while nobody decided");
    let done = house.good(&["removals", "approve", "--all", "4", "--run"]);
    assert_eq!(done["counts"]["user"]["removed"], 4, "{done}");
    let disabled = corp.now()["users"].as_array().expect("users").iter().filter(|user| user["enable"] == 0).count();
    assert_eq!(disabled, 4);
}

/// A company whose departments stand there already, made by hand.
fn furnished(organisation: &Organisation) -> State {
    let mut state = corp::empty();
    let mut ids = std::collections::HashMap::from([(String::new(), 1)]);
    let mut left: Vec<_> = organisation.departments.iter().collect();
    while !left.is_empty() {
        left.retain(|(key, row)| {
            let Some(parent) = ids.get(organisation::get(row, "parent_id")).copied() else { return true };
            let id = u32::try_from(100 + ids.len()).expect("a small number");
            let name = organisation::get(row, "name").to_string();
            state.corps[0].departments.push(DepartmentState {
                id,
                name,
                parentid: parent,
                ..DepartmentState::default()
            });
            ids.insert((*key).clone(), id);
            false
        });
    }
    state
}

/// A furnished company whose names cannot be seen, and an installation that would fill it.
fn in_the_dark(organisation: &Organisation) -> (Corp, House) {
    let corp = Corp::with(furnished(organisation));
    let house = House::new();
    house.connect_with(&corp, &[], false);
    house.workflow("wecom_downstream_full");
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    (corp, house)
}

/// Who reads an item wants to know which department it is about.
#[test]
fn an_ambiguous_department_is_named() {
    let (_corp, house) = in_the_dark(&organisation());
    let run = house.sync(&[]).expect(3).json();
    let items = house.items(&run);
    let root = items.iter().find(|item| item["error"]["code"] == "names_hidden").expect("the root's item");
    assert_eq!(root["object"]["name"], "Company", "{root}");
}

#[test]
fn nothing_is_created_beside_departments_whose_names_are_hidden() {
    let organisation = organisation();
    let (corp, house) = in_the_dark(&organisation);
    let before = corp.now();
    let run = house.sync(&[]).expect(3).json();
    assert_eq!(run["status"], "partial");
    assert_eq!(corp.now(), before, "nothing was written");
    let items = house.items(&run);
    let root = items.iter().find(|item| item["error"]["code"] == "names_hidden").expect("the root's item");
    assert_eq!(root["outcome"], "ambiguous", "{root}");
    assert!(root["error"]["hint"]["en"].as_str().is_some_and(|hint| hint.contains("app")), "{root}");
    for item in &items {
        assert!(["ambiguous", "blocked"].contains(&item["outcome"].as_str().unwrap_or_default()), "{item}");
    }

    // With the app's secret the same departments are recognised, and nobody makes them again.
    house.connect(&corp);
    let run = house.adopt();
    assert_eq!(run["counts"]["department"]["created"].as_u64().unwrap_or(0), 0, "{run}");
    assert_eq!(organisation.differences(&corp.now()), Vec::<String>::new());
}

#[test]
fn the_contacts_secret_alone_fills_an_empty_company() {
    let corp = Corp::start();
    let house = House::new();
    house.connect_with(&corp, &["source_root=department"], false);
    house.workflow("wecom_downstream_full");
    let mut organisation = organisation();
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    let run = house.sync(&[]).expect(0).json();
    assert_eq!(run["status"], "succeeded", "{run}");
    assert_eq!(organisation.differences(&corp.now()), Vec::<String>::new());
    let again = house.sync(&[]).expect(0).json();
    assert_eq!(again["status"], "succeeded_no_change");
    assert_eq!(again["api"]["writes"], 0);
    // What it cannot read it remembers: a change is written, and only that.
    organisation.change("E0010", "position", "Architect");
    organisation.change("E0011", "mobile", "15409999999");
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    let third = house.sync(&[]).expect(0).json();
    assert_eq!(third["api"]["writes"], 2, "{third}");
    assert_eq!(organisation.differences(&corp.now()), Vec::<String>::new());
}

/// Without an app nobody sees what the company is called, so whether the only root of the source is the company is asked
/// before it is made below it.
#[test]
fn a_root_that_may_be_the_company_itself_is_not_made_below_it() {
    let corp = Corp::start();
    let house = House::new();
    house.connect_with(&corp, &[], false);
    house.workflow("wecom_downstream_full");
    let organisation = organisation();
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    let before = corp.now();
    let run = house.sync(&[]).expect(3).json();
    assert_eq!(corp.now(), before, "nothing was written");
    let items = house.items(&run);
    let root = items.iter().find(|item| item["error"]["code"] == "root_hidden").expect("the root's item");
    assert_eq!((&root["object"]["name"], &root["outcome"]), (&"Company".into(), &"ambiguous".into()), "{root}");
    assert!(root["error"]["hint"]["en"].as_str().is_some_and(|hint| hint.contains("source_root")), "{root}");

    house.connect_with(&corp, &["source_root=company"], false);
    let run = house.sync(&[]).expect(0).json();
    assert_eq!(run["status"], "succeeded", "{run}");
    let departments = corp.now()["departments"].as_array().expect("departments").clone();
    assert_eq!(departments.len(), organisation.departments.len(), "the root is the company: {departments:?}");
    assert!(!departments.iter().any(|one| one["name"] == "Company"), "{departments:?}");
    assert_eq!(house.sync(&[]).expect(0).json()["status"], "succeeded_no_change");
}

/// A member made by hand in the console.
fn by_hand(userid: &str) -> UserState {
    UserState {
        userid: userid.into(),
        name: "By Hand".into(),
        mobile: "13912345678".into(),
        email: "by.hand@example.com".into(),
        telephone: "010-5550100".into(),
        address: "1 Long Road".into(),
        alias: "Handy".into(),
        department: vec![1],
        ..UserState::default()
    }
}

#[test]
fn a_member_made_by_hand_is_adopted_and_keeps_what_is_hidden_or_not_mapped() {
    let mut state = corp::empty();
    state.corps[0].users.push(by_hand("user0010"));
    let corp = Corp::with(state);
    let house = House::ready(&corp, "wecom_downstream_full");
    let mut organisation = organisation();
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    let run = house.adopt();
    assert_eq!(run["counts"]["user"]["created"], 39, "{run}");
    let member = corp.member("user0010");
    assert_eq!(member["name"], "Person 0010", "what can be seen is brought into step");
    assert_eq!(member["telephone"], "010-5550100", "no mapping names it");
    assert_eq!(member["address"], "1 Long Road", "no mapping names it");
    assert_eq!(member["alias"], "Handy", "the source has no nickname");
    assert_eq!(member["mobile"], "13912345678", "the app cannot see it, so it is not overwritten");
    assert_eq!(member["email"], "by.hand@example.com", "the app cannot see it, so it is not overwritten");
    let again = house.sync(&[]).expect(0).json();
    assert_eq!(again["api"]["writes"], 0, "{again}");

    // From now on a change of the source counts.
    organisation.change("E0010", "mobile", "15409999999");
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    let run = house.sync(&[]).expect(0).json();
    assert_eq!(run["api"]["writes"], 1, "{run}");
    let member = corp.member("user0010");
    assert_eq!(member["mobile"], "15409999999");
    assert_eq!(member["email"], "by.hand@example.com");
    assert_eq!(member["telephone"], "010-5550100");
}

#[test]
fn an_account_is_not_inherited() {
    let (corp, house, mut organisation) = in_step(&[]);
    // Somebody new in the source comes with the account of somebody who has gone.
    let mut heir = organisation.people.remove("E0039").expect("E0039");
    heir.insert("external_id".into(), "E9999".into());
    heir.insert("name".into(), "Somebody Else".into());
    heir.insert("mobile".into(), "15409999999".into());
    organisation.people.insert("E9999".into(), heir);
    organisation.write(&house.source());
    let import = house.import(&["--yes"]).json();
    let sync = house.sync(&[]).json();
    let items: Vec<Value> = house.items(&import).into_iter().chain(house.items(&sync)).collect();
    // Neither the old nor the new one is carried out: a person decides.
    let refused: Vec<&Value> = items.iter().filter(|item| item["error"]["code"] == "key_changed").collect();
    assert_eq!(refused.len(), 2, "{items:#?}");
    assert!(refused.iter().all(|item| item["outcome"] == "ambiguous"), "{items:#?}");
    assert!(refused.iter().any(|item| item["object"]["name"] == "Somebody Else"), "{items:#?}");
    assert_eq!(corp.member("user0039")["enable"], 1);
    assert_eq!(corp.member("user0039")["name"], "Person 0039", "the account is still that of the first");
}

#[test]
fn the_mirror_leaves_strangers_alone() {
    let (corp, house, mut organisation) = in_step(&[]);
    let mut state = corp.state();
    state.corps[0].users.push(by_hand("stranger"));
    state.corps[0].departments.push(DepartmentState {
        id: 900,
        name: "Strangers".into(),
        parentid: 1,
        ..DepartmentState::default()
    });
    corp.load(state).expect("the state holds together");
    a_day_passes(&house, &mut organisation);
    let run = house.sync(&["--input", "grace=0d"]).expect(0).json();
    assert_eq!(run["counts"]["user"]["removed"], 1, "{run}");
    assert_eq!(corp.member("user0039"), Value::Null, "the leaver is gone");
    let stranger = corp.member("stranger");
    assert_eq!(stranger["name"], "By Hand");
    assert_eq!(stranger["enable"], 1);
    let departments = corp.now()["departments"].clone();
    assert!(departments.as_array().expect("departments").iter().any(|row| row["name"] == "Strangers"));
}

#[test]
fn a_leaver_is_disabled_and_deleted_after_the_time_of_grace() {
    const DAY: i64 = 86_400_000;
    let start = 1_772_413_230_000;
    let corp = Corp::start();
    let house = House::new().clocked(start);
    house.connect(&corp);
    house.workflow("wecom_downstream_mirror");
    let mut organisation = organisation();
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    house.sync(&[]).expect(0);
    organisation.people.remove("E0039");
    organisation.write(&house.source());
    house.import(&[]).expect(0);

    house.set_clock(start + DAY);
    let run = house.sync(&[]).expect(0).json();
    assert_eq!(run["counts"]["user"]["removed"], 1, "{run}");
    assert_eq!(corp.member("user0039")["enable"], 0, "disabled at once");
    for day in [1, 2, 30] {
        house.set_clock(start + DAY * day + 1000);
        let run = house.sync(&[]).expect(0).json();
        assert_eq!(run["api"]["writes"], 0, "day {day}: {run}");
        assert_eq!(corp.member("user0039")["enable"], 0, "day {day}");
    }
    house.set_clock(start + 31 * DAY + 1000);
    // Deleting asks every time.
    let waiting = house.ask(&["run", "sync", "--wait"]).expect(0).json();
    assert_eq!(codes(&waiting["why"]), ["removals_waiting"]);
    assert_ne!(corp.member("user0039"), Value::Null);
    let removals = house.good(&["removals", "list"]);
    assert_eq!(removals[0]["why"]["code"], "approval_needed", "{removals}");
    let id = removals[0]["id"].as_str().expect("the removal's id");
    let done = house.good(&["removals", "approve", id, "--run"]);
    assert_eq!(done["counts"]["user"]["removed"], 1, "{done}");
    assert_eq!(corp.member("user0039"), Value::Null);
    let again = house.sync(&[]).expect(0).json();
    assert_eq!(again["api"]["writes"], 0, "{again}");
    assert_eq!(organisation.differences(&corp.now()), Vec::<String>::new());
}

/// Whoever comes back in time gets the old account back.
#[test]
fn a_leaver_who_returns_is_enabled_again() {
    let (corp, house, mut organisation) = in_step(&[]);
    let gone = organisation.people.remove("E0039").expect("E0039");
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    house.sync(&[]).expect(0);
    assert_eq!(corp.member("user0039")["enable"], 0);
    organisation.people.insert("E0039".into(), gone);
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    let run = house.sync(&[]).expect(0).json();
    assert_eq!(run["api"]["writes"], 1, "{run}");
    assert_eq!(organisation.differences(&corp.now()), Vec::<String>::new());
}

/// Somebody deletes a member in the console: the next run makes the account again and says so.
#[test]
fn a_member_deleted_by_hand_comes_back() {
    let (corp, house, organisation) = in_step(&[]);
    let mut state = corp.state();
    state.corps[0].users.retain(|user| user.userid != "user0039");
    corp.load(state).expect("the state holds together");
    let run = house.sync(&[]).expect(0).json();
    assert_eq!(run["counts"]["user"]["created"], json!(1), "{run}");
    let items = house.items(&run);
    assert!(items.iter().any(|item| codes(&item["warnings"]).contains(&"missing_in_target")), "{items:#?}");
    assert_eq!(organisation.differences(&corp.now()), Vec::<String>::new());
}

/// A department that somebody deleted gets a new number when it is made again, and everybody goes there.
#[test]
fn a_department_deleted_by_hand_comes_back_with_its_people() {
    let (corp, house, mut organisation) = in_step(&[]);
    let mut state = corp.state();
    let people: Vec<i64> =
        state.corps[0].users.iter().filter_map(|user| user.department.first().copied().map(i64::from)).collect();
    let lost = *state.corps[0]
        .departments
        .iter()
        .map(|department| &department.id)
        .find(|id| {
            people.contains(&i64::from(**id)) && state.corps[0].departments.iter().all(|other| other.parentid != **id)
        })
        .expect("a team with people");
    state.corps[0].departments.retain(|department| department.id != lost);
    for user in &mut state.corps[0].users {
        if user.department.contains(&lost) {
            user.department = vec![1];
            user.is_leader_in_dept = vec![0];
            user.order = vec![0];
            user.main_department = 1;
        }
    }
    corp.load(state).expect("the state holds together");
    organisation.change("E0020", "position", "Architect");
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    let run = house.sync(&[]).json();
    let run = if run["status"] == "held" {
        house.ask(&["runs", "approve", run["run"].as_str().expect("an id"), "--source-checked"]).json()
    } else {
        run
    };
    assert_eq!(run["status"], "succeeded", "{run}");
    assert_eq!(organisation.differences(&corp.now()), Vec::<String>::new());
    house.sync(&[]).expect(0);
}

/// An import makes a department and moves somebody into it while a sync is between the departments and the people of the
/// directory. What the sync read is of no single moment: it reads again.
#[test]
fn whoever_moves_while_the_directory_is_read_keeps_access() {
    let (corp, house, mut organisation) = in_step(&[]);
    organisation.department("N1", "D0", "Brand new", 50);
    for column in ["departments", "main_department"] {
        organisation.change("E0007", column, "N1");
    }
    organisation.write(&house.source());
    let _server = house.serve();
    corp.clear_requests();
    corp.set_latency(wecom_sim::Latency { ms: 1000, jitter_ms: 0 });
    let run = std::thread::scope(|scope| {
        let sync = scope.spawn(|| house.sync(&[]));
        // The departments are read before WeCom is asked for anything.
        while corp.requests().is_empty() {
            assert!(!sync.is_finished(), "the sync asked WeCom for nothing");
            std::thread::yield_now();
        }
        house.import(&[]).expect(0);
        corp.set_latency(wecom_sim::Latency::default());
        sync.join().expect("the sync ends")
    });
    let run = run.expect(0).json();
    assert_eq!((&run["status"], &run["counts"]["user"]["removed"]), (&"succeeded".into(), &0.into()), "{run}");
    assert_eq!(corp.member("user0007")["enable"], 1);
    assert_eq!(organisation.differences(&corp.now()), Vec::<String>::new());
}

/// A line of departments.csv is lost, the people of the department are still in users.csv.
#[test]
fn a_department_that_people_still_name_is_not_removed() {
    let (corp, house, mut organisation) = in_step(&[]);
    let before = corp.now();
    organisation.departments.remove("T003");
    organisation.write(&house.source());
    let run = house.import(&[]).expect(3).json();
    let items = house.items(&run);
    let department = items.iter().find(|item| item["key"] == "d:T003").expect("the department has an item");
    assert_eq!(
        (&department["outcome"], &department["error"]["code"]),
        (&"invalid".into(), &"department_in_use".into())
    );
    let reason = department["error"]["reason"]["en"].as_str().unwrap_or_default();
    assert!(reason.contains("Person 00") && reason.contains("(5 in all)"), "{reason}");
    assert_eq!(run["counts"]["department"]["removed"], 0, "{run}");
    let run = house.sync(&["--input", "grace=0d"]).expect(0).json();
    assert_eq!(run["status"], "succeeded_no_change", "{run}");
    everybody_is_still_there(&before, &corp);

    // Once nobody is in it any more, it goes.
    let there: Vec<String> = organisation
        .people
        .iter()
        .filter(|(_, row)| organisation::get(row, "departments") == "T003")
        .map(|(id, _)| id.clone())
        .collect();
    assert!(!there.is_empty());
    for id in there {
        for column in ["departments", "main_department"] {
            organisation.change(&id, column, "T001");
        }
    }
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    house.sync(&["--input", "grace=0d"]).expect(0);
    assert_eq!(organisation.differences(&corp.now()), Vec::<String>::new());
}

/// What is read may be narrowed without a change of the text: by a variable, by an input, by what a condition reads.
#[test]
fn a_scope_is_what_it_comes_to_and_not_how_it_is_written() {
    let narrow = [
        ("include: [\"/**\"]", "include: [\"{{inputs.area}}\"]", "area=/Company/North/**"),
        ("include: [\"/**\"]", "include: [\"{{vars.area}}\"]", "area=/Company/North/**"),
        (
            "user.status in [\"active\", \"disabled\"]",
            "user.status in [\"active\", \"disabled\"] && user.title != inputs.area",
            "area=Lead",
        ),
    ];
    for (there, instead, input) in narrow {
        let corp = Corp::start();
        let house = House::new();
        house.connect(&corp);
        let text =
            house.good(&["template", "show", "wecom_downstream_mirror"])["text"].as_str().expect("a text").to_string();
        assert!(text.contains(there), "{there}");
        let text = text
            .replace(there, instead)
            .replace("  manual:\n    inputs:\n", "  manual:\n    inputs:\n      area: {type: string, default: /**}\n")
            .replace("connections:\n", "vars: {area: \"{{inputs.area}}\"}\nconnections:\n")
            .replace("source_shrink: 10%", "source_shrink: 90%")
            .replace("remove: {max: 20, max_percent: 5%}", "remove: {max: 200}");
        house.workflow_text(&text);
        let organisation = organisation();
        organisation.write(&house.source());
        house.import(&[]).expect(0);
        house.sync(&[]).expect(0);
        let before = corp.now();
        assert_eq!(house.ask(&["run", "sync", "--wait"]).expect(0).json()["status"], "succeeded_no_change");
        let waiting = house.ask(&["run", "sync", "--wait", "--input", input]).expect(0).json();
        assert_eq!(codes(&waiting["why"]), ["removals_waiting"], "{waiting}");
        let removals = house.good(&["removals", "list", "--state", "waiting"]);
        let whys = removals.as_array().into_iter().flatten().map(|removal| &removal["why"]["code"]);
        assert!(whys.clone().count() > 0, "{instead}: {waiting}");
        assert!(whys.into_iter().all(|why| ["scope_changed", "approval_needed"].contains(&why.as_str().unwrap_or(""))));
        assert_eq!(corp.now(), before, "{instead}");
        // As before: nothing is held, nothing is removed.
        assert_eq!(house.ask(&["run", "sync", "--wait"]).expect(0).json()["status"], "succeeded_no_change");
    }
}

/// A company in step through a template of which some words are changed.
fn in_step_with(template: &str, words: &[(&str, &str)]) -> (Corp, House, Organisation) {
    let corp = Corp::start();
    let house = House::new();
    house.connect(&corp);
    house.workflow_changed(template, words);
    let organisation = organisation();
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    house.sync(&[]).expect(0);
    assert_eq!(organisation.differences(&corp.now()), Vec::<String>::new());
    (corp, house, organisation)
}

const ONE_UPDATE: &[(&str, &str)] = &[("update: {max_percent: 50%}", "update: {max: 1}")];
const THREE: [&str; 3] = ["E0020", "E0021", "E0022"];

/// A person approves three new positions. Before that the numbers of the same three people change in the source: nobody
/// saw these, and nobody's number is written by that approval.
#[test]
fn an_approval_binds_to_the_values_that_were_seen() {
    let (corp, house, mut organisation) = in_step_with("wecom_downstream_mirror", ONE_UPDATE);
    let before = corp.now();
    for key in THREE {
        organisation.change(key, "position", "Architect");
    }
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    let held = house.ask(&["run", "sync", "--wait"]).expect(4).json();
    let (id, seen) = (held["run"].as_str().expect("an id"), held["plan"].as_str().expect("a hash"));
    for (number, key) in THREE.iter().enumerate() {
        organisation.change(key, "mobile", &format!("1391111000{number}"));
    }
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    let done = house.ask(&["runs", "approve", id, "--plan", seen]).expect(0).json();
    assert_eq!(corp.now(), before, "nothing of what nobody saw is written");
    assert_eq!(codes(&done["notices"]), ["changed_since_approval"], "{done}");
    let items = house.items(&done);
    let put_off = items.iter().filter(|item| item["error"]["code"] == "not_approved").count();
    assert_eq!(put_off, 3, "{items:#?}");
    let shown = house.good(&["runs", "show", id]);
    let approval = &shown["approvals"][0];
    assert_eq!(approval["plan"], seen, "what the person saw");
    assert_eq!(approval["computed"], shown["plan"], "what was computed later");
    assert_ne!(approval["computed"], approval["plan"]);
    // The next run asks about what is there now.
    let held = house.ask(&["run", "sync", "--wait"]).expect(4).json();
    house.ask(&["runs", "approve", held["run"].as_str().expect("an id")]).expect(0);
    assert_eq!(organisation.differences(&corp.now()), Vec::<String>::new());
}

/// After the approval one more person gets a position, which is within the limits and goes along, and one leaves, which
/// waits for a decision of its own.
#[test]
fn what_came_after_an_approval_is_an_addition_or_waits() {
    let (corp, house, mut organisation) = in_step_with("wecom_downstream_mirror", ONE_UPDATE);
    for key in THREE {
        organisation.change(key, "position", "Architect");
    }
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    let held = house.ask(&["run", "sync", "--wait"]).expect(4).json();
    organisation.change("E0030", "position", "Designer");
    organisation.people.remove("E0039");
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    let done = house.ask(&["runs", "approve", held["run"].as_str().expect("an id")]).expect(0).json();
    assert_eq!(done["counts"]["user"]["updated"], 4, "{done}");
    let items = house.items(&done);
    let put_off = items.iter().find(|item| item["error"]["code"] == "not_approved").expect("what was put off");
    assert_eq!((&put_off["action"], &put_off["object"]["target"]), (&json!("disable"), &json!("user0039")));
    assert_eq!(corp.member("user0039")["enable"], 1, "nobody saw that");
    house.sync(&[]).expect(0);
    assert_eq!(corp.member("user0039")["enable"], 0, "the next run plans it");
    assert_eq!(organisation.differences(&corp.now()), ["member user0039 should not be there"]);
}
