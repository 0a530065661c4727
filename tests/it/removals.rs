//! A removal that needs a decision waits by itself: everything else arrives, and it is done when somebody approved it, never
//! when somebody kept it.

use serde_json::{Value, json};
use wecom_sim::state::UserState;

use super::support::{Corp, House, Organisation};

const DAY: i64 = 86_400_000;
/// Two in the night of 2 March 2026, in UTC.
const START: i64 = 1_772_416_800_000;

/// A company of 40 people in 12 teams, in step through the mirror, at the time START.
struct Nights {
    corp: Corp,
    house: House,
    organisation: Organisation,
    night: i64,
}

impl Nights {
    fn new(words: &[(&str, &str)]) -> Self {
        let (corp, house) = (Corp::start(), House::new().clocked(START));
        house.connect(&corp);
        house.workflow_changed("wecom_downstream_mirror", words);
        let organisation = Organisation::generated(12, 40);
        let mut nights = Self { corp, house, organisation, night: 0 };
        nights.import();
        nights.house.sync(&[]).expect(0);
        assert_eq!(nights.differences(), Vec::<String>::new());
        nights
    }

    fn import(&mut self) {
        self.organisation.write(&self.house.source());
        self.house.import(&[]).expect(0);
    }

    /// The files as they are now are imported and carried on to WeCom, as a schedule would, so many days later.
    fn pass(&mut self, days: i64, code: i32) -> Value {
        self.night += days;
        self.house.set_clock(START + self.night * DAY);
        self.import();
        self.house.ask(&["run", "sync", "--wait"]).expect(code).json()
    }

    fn differences(&self) -> Vec<String> {
        self.organisation.differences(&self.corp.now())
    }

    /// The department of this name in WeCom.
    fn has(&self, name: &str) -> bool {
        let now = self.corp.now();
        now["departments"].as_array().expect("departments").iter().any(|department| department["name"] == name)
    }

    /// The last team is closed; its people go to the first.
    fn close_a_team(&mut self) {
        let people: Vec<String> = self.organisation.people.keys().cloned().collect();
        for key in people {
            if self.organisation.people[&key]["departments"] == "T011" {
                self.organisation.change(&key, "departments", "T000");
                self.organisation.change(&key, "main_department", "T000");
            }
        }
        self.organisation.departments.remove("T011");
    }

    fn removals(&self, more: &[&str]) -> Vec<Value> {
        let mut args = vec!["removals", "list"];
        args.extend(more);
        self.house.good(&args).as_array().expect("removals").clone()
    }

    /// The only removal that there is, in this state.
    #[track_caller]
    fn only(&self, state: &str) -> String {
        let removals = self.removals(&[]);
        assert_eq!(removals.len(), 1, "{removals:#?}");
        assert_eq!(removals[0]["state"], state, "{removals:#?}");
        removals[0]["id"].as_str().expect("an id").to_string()
    }
}

fn codes(problems: &Value) -> Vec<&str> {
    problems.as_array().into_iter().flatten().filter_map(|problem| problem["code"].as_str()).collect()
}

/// Thirty nights with a team that is to be deleted. Each night brings a change, and each change arrives.
fn thirty_nights(decide: impl Fn(&Nights, i64), gone_in: impl Fn(i64) -> bool) {
    let mut nights = Nights::new(&[]);
    for night in 1..=30 {
        if night == 2 {
            nights.close_a_team();
        }
        let who = format!("E{:04}", night);
        nights.organisation.change(&who, "position", &format!("Of night {night}"));
        if night % 5 == 0 {
            nights.organisation.person(100 + usize::try_from(night).expect("a number"), "T001", "E0000");
        }
        let run = nights.pass(1, 0);
        assert_eq!(run["status"], "succeeded", "night {night}: {run}");
        assert_eq!(nights.has("Team 011"), !gone_in(night), "night {night}: {run}");
        let left: Vec<String> = nights.differences();
        let other: Vec<&String> = left.iter().filter(|difference| !difference.contains("Team 011")).collect();
        assert_eq!(other, Vec::<&String>::new(), "night {night}");
        decide(&nights, night);
    }
}

#[test]
fn thirty_nights_with_a_removal_that_is_approved_in_the_twelfth() {
    thirty_nights(
        |nights, night| match night {
            1 => assert_eq!(nights.removals(&[]), Vec::<Value>::new()),
            2..=11 => drop(nights.only("waiting")),
            12 => {
                let id = nights.only("waiting");
                nights.house.good(&["removals", "approve", &id]);
                nights.only("approved");
                assert!(nights.has("Team 011"), "an approval alone does nothing");
            }
            _ => drop(nights.only("done")),
        },
        |night| night > 12,
    );
}

#[test]
fn thirty_nights_with_a_removal_that_somebody_decided_against() {
    thirty_nights(
        |nights, night| match night {
            1 => {}
            2..=4 => drop(nights.only("waiting")),
            5 => {
                let id = nights.only("waiting");
                nights.house.good(&["removals", "keep", &id]);
            }
            _ => {
                nights.only("kept");
                // Whoever approves a plan as a whole does not undo that decision.
                let run = nights.house.sync(&[]).expect(0).json();
                assert!(codes(&run["notices"]).contains(&"removals_kept"), "{run}");
            }
        },
        |_| false,
    );
}

/// What waits is told wherever somebody looks, with the command that decides.
#[test]
fn a_removal_that_waits_is_told_on_run_plan_and_show() {
    let mut nights = Nights::new(&[]);
    nights.close_a_team();
    let run = nights.pass(1, 0);
    assert_eq!(run["status"], "succeeded", "people were moved: {run}");
    assert_eq!(codes(&run["why"]), ["removals_waiting"], "{run}");
    let run = nights.pass(1, 0);
    assert_eq!(run["status"], "succeeded_no_change", "{run}");
    assert_eq!(codes(&run["why"]), ["removals_waiting"], "not silently: {run}");
    assert_eq!(run["counts"]["department"]["skipped"], 1, "{run}");
    let id = run["run"].as_str().expect("an id");
    let shown = nights.house.good(&["runs", "show", id]);
    assert_eq!(shown["waiting_removals"], 1, "{shown}");
    let items = nights.house.items(&run);
    let item = items.iter().find(|item| item["error"]["code"] == "removal_waiting").expect("the item");
    assert_eq!((&item["action"], &item["outcome"]), (&json!("delete"), &json!("skipped")), "{item}");
    let removal = nights.only("waiting");
    assert!(item["error"]["hint"]["zh"].as_str().is_some_and(|hint| hint.contains(&removal)), "{item}");
    for args in [&["plan", "sync"][..], &["runs", "show", id], &["run", "sync", "--wait"]] {
        let text = nights.house.text(args).expect(0).out;
        assert!(text.contains("idflow removals list --workflow sync"), "{args:?}: {text}");
        let mut zh = vec!["--lang", "zh"];
        zh.extend(args);
        assert!(nights.house.text(&zh).expect(0).out.contains("1 项移除在等人决定"), "{args:?}");
    }
    let list = nights.house.text(&["removals", "list"]).expect(0);
    assert!(list.out.contains("Team 011") && list.err.contains("idflow removals approve"), "{list:?}");
    let plan = nights.house.good(&["plan", "sync"]);
    assert_eq!(plan["waiting_removals"], 1, "{plan}");
    assert_eq!(nights.only("waiting"), removal, "a plan asks nothing anew");
}

/// An approval belongs to what was asked: when the team comes back and is closed again, somebody has to be asked again.
#[test]
fn an_approval_ends_when_the_object_comes_back() {
    let mut nights = Nights::new(&[]);
    let before = nights.organisation.clone();
    nights.close_a_team();
    let after = nights.organisation.clone();
    nights.pass(1, 0);
    let id = nights.only("waiting");
    nights.house.good(&["removals", "approve", &id]);
    nights.organisation = before;
    nights.pass(1, 0);
    assert_eq!(nights.only("gone"), id);
    assert_eq!(nights.house.ask(&["removals", "approve", &id]).code, 1, "there is nothing to approve");
    nights.organisation = after;
    nights.pass(1, 0);
    assert_eq!(nights.only("waiting"), id);
    assert!(nights.has("Team 011"));
}

/// The template's approvals are good for 72 hours.
#[test]
fn an_approval_of_long_ago_is_none() {
    let mut nights = Nights::new(&[]);
    nights.close_a_team();
    nights.pass(1, 0);
    let id = nights.only("waiting");
    nights.house.good(&["removals", "approve", &id]);
    nights.pass(4, 0);
    assert!(nights.has("Team 011"), "approved for three days, and four have passed");
    nights.only("waiting");
    // Nor can what was planned long ago be approved.
    nights.house.set_clock(START + (nights.night + 4) * DAY);
    let refused = nights.house.ask(&["removals", "approve", &id]).expect(1);
    assert!(refused.out.contains("planned too long ago") && refused.out.contains("`idflow run sync`"), "{refused:?}");
    nights.pass(5, 0);
    nights.house.good(&["removals", "approve", &id]);
    nights.pass(1, 0);
    nights.only("done");
    assert_eq!(nights.differences(), Vec::<String>::new());
}

/// Four leavers of forty are more than the mirror takes upon itself. They wait; the new hire does not.
#[test]
fn leavers_above_the_limit_wait_and_are_decided_together() {
    let mut nights = Nights::new(&[]);
    for number in 36..40 {
        nights.organisation.people.remove(&format!("E{number:04}"));
    }
    nights.organisation.person(77, "T002", "E0001");
    nights.organisation.change("E0005", "position", "Architect");
    let run = nights.pass(1, 0);
    assert_eq!(run["counts"]["user"]["created"], 1, "{run}");
    assert_eq!(run["counts"]["user"]["updated"], 1, "{run}");
    assert_eq!(run["counts"]["user"]["removed"], 0, "{run}");
    assert_eq!(nights.corp.member("user0039")["enable"], 1);
    assert_eq!(nights.removals(&["--state", "waiting"]).len(), 4);
    let asked = run["run"].as_str().expect("an id").to_string();
    // Nobody is told that no limit was passed where one is why he is still there.
    let gate = |who: &str| {
        let why = nights.house.good(&["why", who]);
        let runs = why["runs"].as_array().expect("runs").clone();
        let sync = runs.into_iter().find(|run| run["run"]["workflow"] == "sync").expect("the sync");
        let gate =
            sync["trace"].as_array().and_then(|trace| trace.iter().find(|step| step["stage"] == "gate").cloned());
        gate.expect("a gate")
    };
    let now = nights.house.good(&["why", "user0039"])["now"].clone();
    assert_eq!(now.as_array().map(Vec::len), Some(1), "what creates and what updates say the same once: {now}");
    let waits = gate("user0039");
    assert_eq!(waits["verdict"], "no", "{waits}");
    let told = waits["text"].to_string();
    assert!(told.contains("移除") && told.contains("等人决定") && !told.contains("没有超过任何限制"), "{told}");
    assert!(!gate("user0005")["text"].to_string().contains("没有超过任何限制"), "{}", gate("user0005"));
    // By the next night one came back: what is left is within the limit, and was asked about all the same.
    nights.organisation.person(39, "T003", "E0004");
    nights.organisation.change("E0039", "enabled", "1");
    nights.pass(1, 0);
    assert_eq!(nights.removals(&["--state", "waiting"]).len(), 3);
    assert_eq!(nights.corp.member("user0036")["enable"], 1, "nobody decided");
    let refused = nights.house.ask(&["removals", "approve", "--all", "4"]).expect(1);
    assert!(refused.out.contains("there are 3 such removals, not 4"), "{refused:?}");
    // What cannot be started is told, and what was approved stays approved.
    nights.house.good(&["workflow", "pause", "sync"]);
    let decided = nights.house.ask(&["removals", "approve", "--all", "3", "--run"]).expect(3).json();
    assert_eq!(
        (&decided["refused"]["code"], &decided["runs"]),
        (&json!("workflow_not_active"), &json!([])),
        "{decided}"
    );
    assert_eq!(nights.removals(&["--state", "approved"]).len(), 3);
    nights.house.good(&["workflow", "activate", "sync", "--yes"]);
    let run = nights.house.good(&["run", "sync", "--wait"]);
    assert_eq!(run["counts"]["user"]["removed"], 3, "{run}");
    assert!(codes(&run["notices"]).contains(&"removals_approved"), "{run}");
    assert_eq!(nights.removals(&["--state", "done"]).len(), 3);
    assert_eq!(nights.corp.member("user0036")["enable"], 0);
    assert_eq!(nights.corp.member("user0039")["enable"], 1);
    // The run that asked says so no longer.
    let asked = nights.house.good(&["runs", "show", &asked]);
    assert_eq!(
        (&asked["waiting_removals"], codes(&asked["notices"]).contains(&"removals_waiting")),
        (&json!(0), false)
    );
    assert!(codes(&asked["notices"]).contains(&"removals_decided"), "{asked}");
    // The audit names them: their ids are gone one day, and are nobody's names.
    let audit = nights.house.good(&["audit", "list", "--deed", "approve_removals"]);
    let name = nights.removals(&["--state", "done"])[0]["object"]["name"].as_str().expect("a name").to_string();
    assert!(audit[0]["after"]["names"].to_string().contains(&name), "{audit}");
    assert_eq!(audit[0]["after"]["number"], 3, "{audit}");
    assert!(audit[0]["about"].as_str().is_some_and(|about| about.contains("user00")), "{audit}");
}

/// A scope that was narrowed removes nobody by itself, whatever the limits say.
#[test]
fn what_leaves_with_a_narrower_scope_waits() {
    let mut nights = Nights::new(&[]);
    let text = std::fs::read_to_string(nights.house.path("sync.yaml")).expect("the workflow");
    let narrow = text.replace("include: [\"/**\"]", "include: [\"/**\"], exclude: [\"/Company/South/Team 011/**\"]");
    assert_ne!(text, narrow);
    let file = nights.house.path("narrow.yaml");
    std::fs::write(&file, narrow).expect("the workflow");
    let file = file.display().to_string();
    nights.house.good(&["workflow", "create", "--file", &file, "--id", "sync", "--connection", "wecom=main"]);
    nights.house.good(&["workflow", "activate", "sync", "--yes"]);
    nights.organisation.change("E0005", "position", "Architect");
    let run = nights.pass(1, 0);
    assert_eq!(run["counts"]["user"]["updated"], 1, "{run}");
    assert_eq!(run["counts"]["user"]["removed"], 0, "{run}");
    let waiting = nights.removals(&["--state", "waiting"]);
    let people: Vec<&Value> = waiting.iter().filter(|removal| removal["object"]["type"] == "user").collect();
    assert!(!people.is_empty(), "{waiting:#?}");
    assert!(people.iter().all(|removal| removal["why"]["code"] == "scope_changed"), "{people:#?}");
    // The next night the scope is no news any more, and still nobody has decided.
    let run = nights.pass(1, 0);
    assert_eq!(run["counts"]["user"]["removed"], 0, "{run}");
    assert_eq!(nights.removals(&["--state", "waiting"]).len(), waiting.len());
}

/// Who writes `on_exceed: hold` wants the whole run to wait.
#[test]
fn hold_stops_everything() {
    let mut nights = Nights::new(&[("on_exceed: hold_removals", "on_exceed: hold")]);
    for number in 36..40 {
        nights.organisation.people.remove(&format!("E{number:04}"));
    }
    nights.organisation.change("E0005", "position", "Architect");
    let before = nights.corp.now();
    let held = nights.pass(1, 4);
    assert!(codes(&held["why"]).contains(&"limit_percent"), "{held}");
    assert_eq!(nights.corp.now(), before);
    assert_eq!(nights.removals(&[]), Vec::<Value>::new(), "the plan is decided as a whole");
    let done = nights.house.good(&["runs", "approve", held["run"].as_str().expect("an id")]);
    assert_eq!(done["counts"]["user"]["removed"], 4, "{done}");
}

/// A read with a hole says nothing about who is gone: what waits goes on waiting, and what was approved is not done.
#[test]
fn an_incomplete_read_neither_does_nor_forgets_what_waits() {
    let mut nights = Nights::new(&[]);
    nights.close_a_team();
    nights.pass(1, 0);
    let id = nights.only("waiting");
    nights.house.good(&["removals", "approve", &id]);
    let good = nights.organisation.clone();
    // In the directory everything stays; the sync itself reads only a part of it.
    nights.house.set_clock(START + 2 * DAY);
    let failing = wecom_sim::FaultRule::new(
        "/cgi-bin/department/simplelist",
        wecom_sim::Effect::Error { errcode: 60011, errmsg: None },
    );
    nights.corp.set_faults(wecom_sim::Faults::rules([failing]));
    nights.house.ask(&["run", "sync", "--wait"]).expect(1);
    nights.corp.set_faults(wecom_sim::Faults::default());
    assert_eq!(nights.only("approved"), id);
    nights.organisation = good;
    nights.night = 2;
    nights.pass(0, 0);
    nights.only("done");
}

/// The same where it is the source that has the hole: a row that cannot be told from the others may be anybody's.
#[test]
fn an_incomplete_source_neither_does_nor_forgets_what_waits() {
    let house = House::new();
    let text = house.good(&["template", "show", "csv_to_directory"])["text"].as_str().expect("a text").to_string();
    let changed = text.replace("remove: {max_percent: 20%}", "remove: {max_percent: 1%}");
    assert_ne!(text, changed);
    let file = house.path("imp.yaml");
    std::fs::write(&file, changed).expect("the workflow");
    house.good(&["workflow", "create", "--file", &file.display().to_string(), "--id", "imp"]);
    house.good(&["workflow", "activate", "imp", "--yes"]);
    let folder = format!("folder={}", house.source().display());
    let run = |code| house.ask(&["run", "imp", "--wait", "--input", &folder]).expect(code).json();
    let mut organisation = Organisation::generated(4, 40);
    organisation.write(&house.source());
    run(0);
    let left = || {
        let people = house.good(&["directory", "show", "user"]);
        people.as_array().expect("people").iter().filter(|one| one["status"] == "left").count()
    };
    let state = || house.good(&["removals", "list"])[0]["state"].clone();
    organisation.people.remove("E0039");
    organisation.write(&house.source());
    run(0);
    let id = house.good(&["removals", "list"])[0]["id"].as_str().expect("an id").to_string();
    house.good(&["removals", "approve", &id]);
    // Somebody's number was lost on the way: whose, nobody knows.
    let users = house.source().join("users.csv");
    let whole = std::fs::read_to_string(&users).expect("the file");
    std::fs::write(&users, whole.replace("E0038,user0038", ",user0038")).expect("the file");
    let incomplete = run(3);
    assert!(codes(&incomplete["notices"]).contains(&"read_incomplete"), "{incomplete}");
    assert_eq!((left(), state()), (0, json!("approved")), "{incomplete}");
    std::fs::write(&users, whole).expect("the file");
    let done = run(0);
    assert_eq!((left(), state()), (1, json!("done")), "{done}");
}

/// Three accounts that are to be deleted are more than five percent of forty. They wait, and whoever leaves meanwhile is
/// disabled in the same night all the same.
#[test]
fn old_questions_do_not_keep_new_leavers_from_being_disabled() {
    let mut nights = Nights::new(&[]);
    for number in 37..40 {
        nights.organisation.people.remove(&format!("E{number:04}"));
        nights.pass(1, 0);
        assert_eq!(nights.corp.member(&format!("user{number:04}"))["enable"], 0);
    }
    nights.organisation.people.remove("E0036");
    let run = nights.pass(31, 0);
    assert_eq!(run["counts"]["user"]["removed"], 1, "{run}");
    assert_eq!(nights.corp.member("user0036")["enable"], 0, "{run}");
    assert_eq!(nights.removals(&["--state", "waiting"]).len(), 3, "the deletions");
}

/// What was approved and went wrong is tried again while the approval holds. When that is over it waits for another one.
#[test]
fn what_went_wrong_and_whose_approval_is_over_waits_again() {
    let mut nights = Nights::new(&[]);
    nights.close_a_team();
    nights.pass(1, 0);
    let id = nights.only("waiting");
    let sits = |nights: &Nights, team: u32| {
        let mut state = nights.corp.state();
        let company = &mut state.corps[0];
        company.users.retain(|user| user.userid != "by.hand");
        company.users.push(UserState {
            userid: "by.hand".into(),
            name: "By Hand".into(),
            department: vec![team],
            mobile: "15499999999".into(),
            ..UserState::default()
        });
        nights.corp.load(state).expect("the state holds together");
    };
    let now = nights.corp.now();
    let mut teams = now["departments"].as_array().expect("departments").iter();
    let closed = teams.find(|team| team["name"] == "Team 011").and_then(|team| team["id"].as_u64()).expect("the team");
    sits(&nights, u32::try_from(closed).expect("an id"));
    nights.house.good(&["removals", "approve", &id]);
    for _ in 0..2 {
        nights.pass(1, 3);
        nights.only("failed");
        // It is tried again, so it waits for nobody: neither the list nor whoever approves all counts it.
        assert_eq!(nights.removals(&["--state", "waiting"]), Vec::<Value>::new());
        let refused = nights.house.ask(&["removals", "approve", "--all", "1"]).expect(1);
        assert!(refused.out.contains("there are 0 such removals"), "{refused:?}");
        assert!(!nights.house.text(&["removals", "list"]).expect(0).err.contains("--all"));
    }
    nights.house.set_clock(START + (nights.night + 8) * DAY);
    nights.only("waiting");
    let run = nights.pass(8, 0);
    assert_eq!(codes(&run["why"]), ["removals_waiting"], "{run}");
    nights.only("waiting");
    let removal = &nights.removals(&["--state", "waiting"])[0];
    assert_eq!(removal["error"]["code"], "WECOM_60005", "why it went wrong is told with the question: {removal}");
    assert_eq!(nights.removals(&["--state", "failed"]), Vec::<Value>::new());
    sits(&nights, 1);
    nights.house.good(&["removals", "approve", &id]);
    nights.pass(1, 0);
    nights.only("done");
    assert!(!nights.has("Team 011"));
}

/// The last one of a team leaves in the night in which it is closed. He is disabled and stays in it until he is deleted, so nobody
/// is asked about the team and nobody tries to delete it before that.
#[test]
fn a_team_waits_until_whoever_left_it_last_is_deleted() {
    let mut nights = Nights::new(&[]);
    let last = nights.organisation.people.iter().rfind(|(_, row)| row["departments"] == "T011");
    let last = last.map(|(key, _)| key.clone()).expect("somebody");
    nights.organisation.people.remove(&last);
    nights.close_a_team();
    let deletions = |nights: &Nights| nights.corp.counts().calls.get("/cgi-bin/department/delete").copied();
    let run = nights.pass(1, 0);
    assert_eq!(nights.removals(&[]), Vec::<Value>::new(), "there is nothing to decide yet: {run}");
    for _ in 0..2 {
        let writes = nights.corp.writes();
        let run = nights.house.sync(&[]).expect(0).json();
        assert_eq!((run["status"].as_str(), nights.corp.writes()), (Some("succeeded_no_change"), writes), "{run}");
        let items = nights.house.items(&run);
        let item = items.iter().find(|item| item["error"]["code"] == "department_has_leavers").expect("the team");
        assert_eq!(item["outcome"], "skipped", "{item}");
        let reason = item["error"]["reason"]["en"].as_str().unwrap_or_default();
        assert!(reason.contains(&last.replace('E', "user")), "{item}");
        nights.pass(1, 0);
    }
    assert_eq!(deletions(&nights), None);
    // Both are asked about when the time of grace is over; the team goes after him, and not without him.
    nights.pass(31, 0);
    let waiting = nights.removals(&["--state", "waiting"]);
    assert_eq!(waiting.len(), 2, "{waiting:#?}");
    let id = |kind: &str| {
        let found = waiting.iter().find(|one| one["object"]["type"] == kind);
        found.and_then(|one| one["id"].as_str()).expect("an id").to_string()
    };
    nights.house.good(&["removals", "approve", &id("department")]);
    let run = nights.pass(1, 0);
    let items = nights.house.items(&run);
    assert!(items.iter().any(|item| item["error"]["code"] == "removal_after"), "{items:#?}");
    assert_eq!(deletions(&nights), None);
    nights.house.good(&["removals", "approve", &id("user")]);
    nights.pass(1, 0);
    assert!(!nights.has("Team 011"));
    assert_eq!(nights.differences(), Vec::<String>::new());
}

/// Nobody is asked about a department that cannot go, because somebody keeps one below it.
#[test]
fn nobody_is_asked_about_a_department_above_one_that_is_kept() {
    let mut nights = Nights::new(&[]);
    nights.organisation.department("P1", "D0", "Projects", 50);
    nights.organisation.department("P2", "P1", "Inside", 51);
    nights.pass(1, 0);
    // One at a time: both in one night would be a list that shrank.
    for key in ["P2", "P1"] {
        nights.organisation.departments.remove(key);
        nights.pass(1, 0);
    }
    let states = |nights: &Nights| {
        let named = |one: &Value| {
            format!("{} {}", one["object"]["name"].as_str().unwrap_or("?"), one["state"].as_str().unwrap_or("?"))
        };
        let mut states: Vec<String> = nights.removals(&[]).iter().map(named).collect();
        states.sort();
        states
    };
    assert_eq!(states(&nights), ["Inside waiting", "Projects waiting"]);
    let waiting = nights.removals(&["--state", "waiting"]);
    let below = waiting.iter().find(|one| one["object"]["name"] == "Inside").expect("the one below");
    let below = below["id"].as_str().expect("an id").to_string();
    nights.house.good(&["removals", "keep", &below]);
    for _ in 0..2 {
        let run = nights.pass(1, 0);
        assert_eq!((&run["status"], codes(&run["why"])), (&json!("succeeded_no_change"), vec![]), "{run}");
        let items = nights.house.items(&run);
        let above = items.iter().find(|item| item["object"]["name"] == "Projects").expect("the one above");
        assert_eq!(
            (&above["outcome"], &above["error"]["code"]),
            (&json!("skipped"), &json!("removal_after")),
            "{above}"
        );
        assert_eq!(states(&nights), ["Inside kept", "Projects gone"]);
    }
    // When that one goes after all, the one above is asked about again.
    nights.house.good(&["removals", "approve", &below]);
    nights.pass(1, 0);
    assert_eq!(states(&nights), ["Inside done", "Projects waiting"]);
    assert!(nights.has("Projects") && !nights.has("Inside"));
}

/// Whoever decides about all that wait means those that the list of them shows. One whose time is over keeps nobody from approving
/// the others, and says what is to be done.
#[test]
fn all_that_wait_are_those_that_the_list_of_them_shows() {
    let (corp, house) = (Corp::start(), House::new().clocked(START));
    house.connect(&corp);
    let text = house.good(&["template", "show", "csv_to_directory"])["text"].as_str().expect("a text").to_string();
    let changed = text.replace("remove: {max_percent: 20%}", "remove: {max_percent: 1%}");
    assert_ne!(text, changed);
    let file = house.path("imp.yaml");
    std::fs::write(&file, changed).expect("the workflow");
    house.good(&["workflow", "create", "--file", &file.display().to_string(), "--id", "imp"]);
    house.good(&["workflow", "activate", "imp", "--yes"]);
    house.workflow("wecom_downstream_mirror");
    let mut nights = Nights { corp, house, organisation: Organisation::generated(12, 40), night: 0 };
    let folder = format!("folder={}", nights.house.source().display());
    let import = |nights: &Nights| {
        nights.organisation.write(&nights.house.source());
        nights.house.ask(&["run", "imp", "--wait", "--input", &folder]).expect(0);
    };
    import(&nights);
    nights.house.sync(&[]).expect(0);
    nights.close_a_team();
    import(&nights);
    nights.house.good(&["removals", "approve", "--all", "1"]);
    import(&nights);
    nights.house.ask(&["run", "sync", "--wait"]).expect(0);
    assert_eq!(nights.removals(&["--state", "waiting"]).len(), 1);
    // For longer than a question stands nothing is planned there; then somebody leaves, and the import asks.
    nights.night = 9;
    nights.house.set_clock(START + nights.night * DAY);
    let refused = nights.house.ask(&["removals", "approve", "--all", "1"]).expect(1);
    assert!(refused.out.contains("planned too long ago"), "there is no other one: {refused:?}");
    nights.organisation.people.remove("E0039");
    import(&nights);
    let waiting = nights.removals(&["--state", "waiting"]);
    assert_eq!(waiting.len(), 2, "{waiting:#?}");
    let shown = nights.house.text(&["removals", "list", "--state", "waiting"]).expect(0);
    assert!(shown.out.contains("idflow run sync") && shown.err.contains("--all 2"), "{shown:?}");
    let approved = nights.house.text(&["removals", "approve", "--all", "2"]).expect(0);
    assert!(approved.err.contains("1 approved") && approved.err.contains("1 left as it was"), "{approved:?}");
    let states = |nights: &Nights| {
        let mut states: Vec<String> =
            nights.removals(&[]).iter().map(|one| format!("{} {}", one["workflow"], one["state"])).collect();
        states.sort();
        states.retain(|state| !state.contains("done"));
        states
    };
    assert_eq!(states(&nights), ["\"imp\" \"approved\"", "\"sync\" \"waiting\""]);
}

/// Why somebody decided stays with the decision, for whoever asks later.
#[test]
fn a_decision_keeps_its_reason_in_the_list_and_in_the_audit() {
    let mut nights = Nights::new(&[]);
    nights.close_a_team();
    nights.pass(1, 0);
    let id = nights.only("waiting");
    // Longer than what the audit keeps of any other text.
    let why = format!("重组之后还要用这个部门的群聊，{}问王敏", "等新的部门建好再说，".repeat(8));
    let long = "长".repeat(501);
    let refused = nights.house.ask(&["removals", "keep", &id, "--comment", &long]).expect(1).json();
    assert_eq!(refused["error"]["code"], "note_too_long", "{refused}");
    nights.only("waiting");
    nights.house.good(&["removals", "keep", &id, "--comment", &format!("  {why} ")]);
    nights.only("kept");
    let decided = &nights.removals(&[])[0]["decided"];
    assert_eq!((&decided["keep"], &decided["comment"]), (&json!(true), &json!(why)), "{decided}");
    for (lang, word) in [("zh", "原因："), ("en", "because: ")] {
        let told = nights.house.text(&["removals", "list", "--lang", lang]).expect(0).out;
        assert!(told.contains(&format!("{word}{why}")), "{told}");
    }
    let audit = nights.house.good(&["audit", "list"]);
    let entries = audit.as_array().expect("entries");
    let kept = entries.iter().find(|entry| entry["deed"] == "keep_removals" && entry["outcome"] == "done");
    let told = kept.and_then(|entry| entry["after"]["comment"].as_str());
    assert_eq!(told.map(str::trim), Some(&*why), "{audit}");
    // Another decision has a reason of its own, or none.
    nights.house.good(&["removals", "approve", &id]);
    assert_eq!(nights.removals(&[])[0]["decided"]["comment"], Value::Null);
    nights.pass(1, 0);
    nights.only("done");
}
