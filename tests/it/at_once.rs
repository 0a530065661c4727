//! Adoption, decisions about people and removals that wait, all at once: what one of them has not settled, no other one carries out.

use serde_json::Value;
use wecom_sim::state::UserState;

use super::support::{Corp, House, Organisation, organisation};

const DAY: i64 = 86_400_000;
const MINUTE: i64 = 60_000;
/// Two in the night of 2 March 2026, in UTC.
const START: i64 = 1_772_416_800_000;

/// A company of 40 people in 4 teams, in step through the mirror.
struct Firm {
    corp: Corp,
    house: House,
    organisation: Organisation,
    now: i64,
}

impl Firm {
    fn new() -> Self {
        let (corp, house) = (Corp::start(), House::new().clocked(START));
        house.connect(&corp);
        house.workflow("wecom_downstream_mirror");
        let mut firm = Self { corp, house, organisation: Organisation::generated(4, 40), now: START };
        firm.import(0);
        firm.house.sync(&[]).expect(0);
        firm
    }

    /// Waits so long and imports the files as they are now.
    fn import(&mut self, ms: i64) -> Value {
        self.now += ms;
        self.house.set_clock(self.now);
        self.organisation.write(&self.house.source());
        self.house.import(&[]).json()
    }

    fn run(&self, code: i32) -> Value {
        self.house.ask(&["run", "sync", "--wait"]).expect(code).json()
    }

    /// Somebody leaves, is disabled, and a month later the deletion waits for a decision. Gives its id.
    fn waits_to_be_deleted(&mut self, who: &str) -> String {
        self.organisation.people.remove(who);
        self.import(DAY);
        self.run(0);
        assert_eq!(self.member(who)["enable"], 0);
        self.import(31 * DAY);
        self.run(0);
        self.removal("waiting")
    }

    fn member(&self, who: &str) -> Value {
        self.corp.member(&who.replace('E', "user"))
    }

    /// The only removal that there is, in this state.
    #[track_caller]
    fn removal(&self, state: &str) -> String {
        let removals = self.house.good(&["removals", "list"]);
        let removals = removals.as_array().expect("removals");
        assert_eq!(removals.len(), 1, "{removals:#?}");
        assert_eq!(removals[0]["state"], state, "{removals:#?}");
        removals[0]["id"].as_str().expect("an id").into()
    }

    #[track_caller]
    fn item(&self, run: &Value, target: &str) -> Value {
        let items = self.house.items(run);
        let found = items.iter().find(|item| item["object"]["target"] == target);
        found.cloned().unwrap_or_else(|| panic!("no item for {target}: {items:#?}"))
    }
}

fn codes(problems: &Value) -> Vec<&str> {
    problems.as_array().into_iter().flatten().filter_map(|problem| problem["code"].as_str()).collect()
}

/// Who works and has this number, by account.
fn who_has(house: &House, mobile: &str) -> Vec<String> {
    let people = house.good(&["directory", "show", "user", "--reveal", "--limit", "1000"]);
    let people = people.as_array().expect("people").iter();
    let has = people.filter(|one| one["status"] != "left" && one["mobile"].to_string().contains(mobile));
    has.map(|one| one["username"].as_str().expect("an account").into()).collect()
}

fn texts(item: &Value) -> String {
    ["reason", "hint"]
        .iter()
        .flat_map(|part| ["zh", "en"].map(|lang| item["error"][part][lang].as_str().unwrap_or_default()))
        .collect::<Vec<_>>()
        .join("\n")
}

/// A hire is to get the number of somebody whose deletion waits. Nothing is written that cannot be written; plan and run say
/// whose it is and what frees it, and once that is approved both are done in one run.
#[test]
fn a_hire_who_needs_what_a_waiting_deletion_frees_is_blocked_and_told() {
    let mut firm = Firm::new();
    let id = firm.waits_to_be_deleted("E0007");
    firm.organisation.person(50, "T001", "E0001");
    firm.organisation.change("E0050", "mobile", "15400000007");
    firm.organisation.change("E0050", "email", "");
    firm.organisation.person(51, "T001", "E0001");
    firm.import(DAY);
    for decided in [false, true] {
        let plan = firm.house.good(&["plan", "sync"]);
        assert_eq!(
            (&plan["counts"]["user"]["create"], &plan["counts"]["user"]["blocked"]),
            (&Value::from(u8::from(!decided)), &1.into()),
            "{plan}"
        );
        let run = firm.run(3);
        let item = firm.item(&run, "user0050");
        assert_eq!((&item["outcome"], &item["action"]), (&"blocked".into(), &"create".into()), "{item}");
        assert_eq!(item["error"]["code"], "needs_removal", "{item}");
        let text = texts(&item);
        for word in ["Person 0007 (user0007)", &format!("idflow removals approve {id}")] {
            assert!(text.matches(word).count() >= 2, "{word} in both languages: {text}");
        }
        assert_eq!(run["counts"]["user"]["blocked"], 1, "{run}");
        let shown = firm.house.good(&["runs", "show", run["run"].as_str().expect("an id")]);
        assert!(shown["errors"].to_string().contains("needs_removal"), "{shown}");
        assert_eq!(firm.corp.member("user0050"), Value::Null);
        assert_eq!(firm.corp.member("user0051")["enable"], 1, "everybody else arrives");
        if !decided {
            // Whoever keeps the member says thereby that the hire waits on.
            firm.house.good(&["removals", "keep", &id]);
        }
    }
    firm.house.good(&["removals", "approve", &id]);
    let run = firm.run(0);
    assert_eq!(run["status"], "succeeded", "{run}");
    assert_eq!(firm.corp.member("user0007"), Value::Null);
    assert_eq!(firm.corp.member("user0050")["mobile"], "15400000007");
    assert_eq!(firm.run(0)["status"], "succeeded_no_change");
}

/// The same for somebody who is there: the other fields go on.
#[test]
fn somebody_who_needs_what_a_waiting_deletion_frees_keeps_the_old_value_meanwhile() {
    let mut firm = Firm::new();
    let id = firm.waits_to_be_deleted("E0007");
    firm.organisation.change("E0010", "mobile", "15400000007");
    firm.organisation.change("E0010", "position", "Architect");
    firm.import(DAY);
    let run = firm.run(3);
    let items = firm.house.items(&run);
    let blocked = |item: &&Value| item["object"]["target"] == "user0010" && item["outcome"] == "blocked";
    let item = items.iter().find(blocked).unwrap_or_else(|| panic!("nothing is blocked: {items:#?}"));
    assert!(texts(item).contains("Person 0007 (user0007)"), "{item}");
    assert!(texts(item).contains(&format!("idflow removals approve {id}")), "{item}");
    assert_eq!(firm.corp.member("user0010")["mobile"], "15400000010");
    assert_eq!(firm.corp.member("user0010")["position"], "Architect");
    firm.house.good(&["removals", "approve", &id]);
    let run = firm.run(0);
    assert_eq!(run["status"], "succeeded", "{run}");
    assert_eq!(firm.corp.member("user0010")["mobile"], "15400000007");
    assert_eq!(firm.corp.member("user0010")["position"], "Architect");
}

/// In the directory, too, who waits to leave has his number: nobody else gets it before somebody decided.
#[test]
fn what_somebody_has_whose_leaving_waits_goes_to_nobody_else() {
    let house = House::new();
    let mut organisation = Organisation::generated(4, 40);
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    for number in 30..39 {
        organisation.people.remove(&format!("E{number:04}"));
        organisation.person(number + 20, "T001", "E0001");
    }
    organisation.change("E0050", "mobile", "15400000030");
    organisation.change("E0010", "mobile", "15400000031");
    organisation.change("E0010", "position", "Architect");
    organisation.write(&house.source());
    let person = |account: &str| {
        let people = house.good(&["directory", "show", "user", "--reveal", "--limit", "1000"]);
        people.as_array().expect("people").iter().find(|one| one["username"] == account).cloned().unwrap_or_default()
    };
    let id_of = |who: &str| {
        let removals = house.good(&["removals", "list"]);
        let found = removals.as_array().expect("removals").iter().find(|one| one["object"]["name"] == who);
        let id = found.and_then(|one| one["id"].as_str());
        id.unwrap_or_else(|| panic!("{who} does not wait: {removals:#}")).to_string()
    };
    let made_and_blocked = |run: &Value| {
        let number = |word: &str| run["counts"]["user"][word].as_u64().expect("a number");
        (number("created"), number("blocked"))
    };
    let run = house.import(&[]).expect(3).json();
    assert_eq!(made_and_blocked(&run), (8, 2), "{run:#}");
    let blocked: Vec<Value> = house.items(&run).into_iter().filter(|item| item["outcome"] == "blocked").collect();
    for holder in ["Person 0030", "Person 0031"] {
        let told = format!("idflow removals approve {}", id_of(holder));
        let item = blocked.iter().find(|item| texts(item).contains(holder)).unwrap_or_else(|| panic!("{blocked:#?}"));
        assert_eq!(item["error"]["code"], "needs_removal", "{item}");
        assert!(texts(item).matches(&told).count() >= 2, "{item}");
    }
    assert_eq!(who_has(&house, "15400000030"), ["user0030"]);
    assert_eq!(who_has(&house, "15400000031"), ["user0031"]);
    assert!(person("user0010")["mobile"].to_string().contains("15400000010"));
    assert_eq!(person("user0010")["title"], "Architect", "the rest arrives");
    // One stays by decision, the others leave.
    let stays = id_of("Person 0031");
    house.good(&["removals", "keep", &stays]);
    for number in (30..39).filter(|number| *number != 31) {
        house.good(&["removals", "approve", &id_of(&format!("Person {number:04}"))]);
    }
    let run = house.import(&[]).expect(3).json();
    assert_eq!(made_and_blocked(&run), (1, 1), "{run:#}");
    assert_eq!(who_has(&house, "15400000030"), ["user0050"]);
    assert_eq!(who_has(&house, "15400000031"), ["user0031"]);
    house.good(&["removals", "approve", &stays]);
    house.import(&[]).expect(0);
    assert_eq!(who_has(&house, "15400000031"), ["user0010"]);
    assert_eq!(house.import(&[]).expect(0).json()["status"], "succeeded_no_change");
}

/// The name of a department goes over in the run that closes the one which had it, although that step comes later; not while the
/// closing waits.
#[test]
fn the_name_of_a_department_whose_closing_waits_goes_to_no_other_one() {
    for waits in [false, true] {
        let house = House::new();
        let mut organisation = Organisation::generated(4, 40);
        organisation.write(&house.source());
        house.import(&[]).expect(0);
        let closed: &[&str] = if waits { &["T003", "T002"] } else { &["T003"] };
        for row in organisation.people.values_mut().filter(|row| closed.contains(&&*row["departments"])) {
            row.insert("departments".into(), "T001".into());
            row.insert("main_department".into(), "T001".into());
        }
        for (team, new) in closed.iter().zip(["N0", "N1"]) {
            organisation.departments.remove(*team);
            organisation.department(new, "D0", &format!("New {new}"), 9);
        }
        organisation.departments.get_mut("T001").expect("a team").insert("name".into(), "Team 003".into());
        organisation.departments.get_mut("T001").expect("a team").insert("order".into(), "9".into());
        organisation.write(&house.source());
        let named = |house: &House| {
            let all = house.good(&["directory", "show", "department", "--limit", "1000"]);
            let all = all.as_array().expect("departments").iter();
            all.filter(|one| one["name"] == "Team 003" && one["status"] != "removed").count()
        };
        let run = house.import(&[]).expect(if waits { 3 } else { 0 }).json();
        assert_eq!(named(&house), 1, "{run:#}");
        if !waits {
            continue;
        }
        assert_eq!(run["counts"]["department"]["blocked"], 1, "{run:#}");
        let removals = house.good(&["removals", "list"]);
        for removal in removals.as_array().expect("removals") {
            house.good(&["removals", "approve", removal["id"].as_str().expect("an id")]);
        }
        house.import(&[]).expect(0);
        assert_eq!(named(&house), 1);
        assert_eq!(house.import(&[]).expect(0).json()["status"], "succeeded_no_change");
    }
}

/// Somebody whose deletion waits, or is approved already, comes back under another key: a person says so, and nothing is deleted.
#[test]
fn the_same_person_under_another_key_is_not_deleted_although_it_was_approved() {
    for approved in [false, true] {
        let mut firm = Firm::new();
        let id = firm.waits_to_be_deleted("E0007");
        if approved {
            firm.house.good(&["removals", "approve", &id]);
        }
        let mut back = Organisation::generated(4, 40).people["E0007"].clone();
        back.insert("external_id".into(), "E0907".into());
        firm.organisation.people.insert("E0907".into(), back);
        let run = firm.import(DAY);
        assert_eq!(run["counts"]["user"]["ambiguous"], 1, "{run}");
        firm.house.good(&["match", "decide", "import", "E0907", "--same"]);
        firm.import(0);
        let run = firm.run(0);
        assert_eq!(firm.member("E0007")["enable"], 1, "enabled again, not deleted: {run}");
        firm.removal("gone");
        assert_eq!(firm.house.ask(&["removals", "approve", &id]).code, 1, "there is nothing to approve");
        assert_eq!(firm.run(0)["status"], "succeeded_no_change");
        assert_eq!(firm.member("E0007")["name"], "Person 0007");
    }
}

/// Somebody who was kept by a decision comes back, and later leaves for good.
#[test]
fn somebody_who_was_kept_comes_back_and_is_kept_when_he_leaves_again() {
    let mut firm = Firm::new();
    let id = firm.waits_to_be_deleted("E0007");
    firm.house.good(&["removals", "keep", &id]);
    let all = Organisation::generated(4, 40);
    firm.organisation.people.insert("E0007".into(), all.people["E0007"].clone());
    firm.import(DAY);
    firm.run(0);
    assert_eq!(firm.member("E0007")["enable"], 1);
    firm.removal("gone");
    // Somebody else keeps working meanwhile; then he leaves.
    firm.organisation.people.remove("E0007");
    firm.import(DAY);
    firm.run(0);
    assert_eq!(firm.member("E0007")["enable"], 0, "that he was not to be deleted says nothing about access");
    firm.import(31 * DAY);
    let run = firm.run(0);
    assert!(codes(&run["notices"]).contains(&"removals_kept"), "told each time: {run}");
    assert_eq!(firm.removal("kept"), id);
    firm.house.good(&["removals", "approve", &id]);
    firm.run(0);
    assert_eq!(firm.member("E0007"), Value::Null);
}

/// A deletion was approved, and before the night somebody enabled the member again by hand.
#[test]
fn an_approval_to_delete_a_disabled_member_is_none_to_delete_an_enabled_one() {
    let mut firm = Firm::new();
    let id = firm.waits_to_be_deleted("E0007");
    firm.house.good(&["removals", "approve", &id]);
    let mut state = firm.corp.state();
    for user in state.corps[0].users.iter_mut().filter(|user| user.userid == "user0007") {
        (user.enable, user.status, user.status_when_enabled) = (Some(1), Some(1), None);
    }
    firm.corp.load(state).expect("the state holds together");
    firm.import(DAY);
    let run = firm.run(0);
    assert_ne!(firm.member("E0007"), Value::Null, "nobody approved that somebody who works is deleted: {run}");
    assert_eq!(firm.member("E0007")["enable"], 0, "whoever left has no access: {run}");
    assert_eq!(firm.removal("gone"), id);
    // The time of grace begins anew, and so does the question.
    firm.import(29 * DAY);
    firm.run(0);
    firm.removal("gone");
    firm.import(2 * DAY);
    firm.run(0);
    firm.removal("waiting");
    assert_ne!(firm.member("E0007"), Value::Null);
}

/// Two people of the source claim one account: neither gets the member, whatever else waits.
#[test]
fn two_who_claim_one_account_get_nothing_and_take_nothing() {
    let mut firm = Firm::new();
    firm.waits_to_be_deleted("E0007");
    let before = firm.corp.now();
    for key in ["E0060", "E0061"] {
        let mut row = Organisation::generated(4, 40).people["E0008"].clone();
        row.insert("external_id".into(), key.into());
        row.insert("mobile".into(), format!("154000099{}", &key[3..]));
        row.insert("email".into(), format!("{key}@example.com"));
        firm.organisation.people.insert(key.into(), row);
    }
    let run = firm.import(DAY);
    assert_ne!(run["status"], "succeeded", "{run}");
    firm.run(0);
    assert_eq!(firm.corp.now()["users"], before["users"]);
    firm.removal("waiting");
}

/// 示例 firm: members made by hand with the source's accounts; some more appear while the first run is held.
fn in_use(people: &Organisation, count: usize) -> Corp {
    let mut state = super::support::corp::empty();
    let company = &mut state.corps[0];
    for row in people.people.values().take(count) {
        company.users.push(UserState {
            userid: organisation::get(row, "userid").into(),
            name: organisation::get(row, "name").into(),
            mobile: organisation::get(row, "mobile").into(),
            department: vec![1],
            status: Some(1),
            ..Default::default()
        });
    }
    Corp::with(state)
}

/// What was confirmed is what was shown: a member who came into the company later is not linked by that approval.
#[test]
fn members_whom_nobody_saw_are_not_linked_by_the_approval_of_a_first_run() {
    let organisation = Organisation::generated(4, 12);
    let corp = in_use(&organisation, 3);
    let house = House::new().clocked(START);
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    house.connect(&corp);
    house.workflow("wecom_downstream_full");
    let held = house.sync(&[]).expect(4).json();
    assert!(codes(&held["why"]).contains(&"adopt"), "{held}");
    // Meanwhile another one is made by hand.
    let mut state = corp.state();
    let mut another = state.corps[0].users[0].clone();
    another.userid = "user0005".into();
    another.name = "Somebody Else".into();
    another.mobile = "15400008888".into();
    another.email = String::new();
    state.corps[0].users.push(another);
    corp.load(state).expect("the state holds together");
    house.set_clock(START + 11 * MINUTE);
    let run = house.ask(&["runs", "approve", held["run"].as_str().expect("an id")]).json();
    let links = house.good(&["link", "list", "main"]);
    let linked = |key: &str| links.as_array().expect("links").iter().any(|link| link["key"] == key);
    assert!(linked("user0000") && linked("user0002") && linked("user0011"), "{links}");
    assert!(!linked("user0005"), "nobody saw that: {run} {links}");
    assert_eq!(corp.member("user0005")["mobile"], "15400008888");
    assert!(codes(&run["notices"]).contains(&"changed_since_approval"), "{run}");
}

/// An app that sees a part of the company: whoever it does not see is not made beside himself and not unlinked.
#[test]
fn a_first_run_of_an_app_that_sees_a_part_makes_nobody_twice() {
    let organisation = Organisation::generated(4, 12);
    let corp = in_use(&organisation, 6);
    let mut state = corp.state();
    let range = &mut state.corps[0].apps[0].visible;
    (range.departments, range.users) = (Vec::new(), vec!["user0000".into(), "user0001".into()]);
    corp.load(state).expect("the state holds together");
    let house = House::new();
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    house.connect(&corp);
    house.workflow("wecom_downstream_full");
    let before = corp.now();
    let held = house.sync(&[]).json();
    assert_eq!(corp.now()["users"], before["users"], "{held}");
}

/// The plan was approved by its hash and is not the plan any more: only what was seen is done.
#[test]
fn a_plan_approved_by_its_name_is_not_another_one() {
    let mut firm = Firm::new();
    for number in 30..36 {
        firm.organisation.people.remove(&format!("E{number:04}"));
    }
    // Too many at once for the import: a person looks.
    let held = firm.import(DAY);
    assert_eq!(held["status"], "held", "{held}");
    let run = held["run"].as_str().expect("an id").to_string();
    let plan = held["plan"].as_str().expect("a plan").to_string();
    // Another six leave before the approval.
    for number in 20..26 {
        firm.organisation.people.remove(&format!("E{number:04}"));
    }
    firm.organisation.write(&firm.house.source());
    firm.house.set_clock(firm.now + 11 * MINUTE);
    let other = format!("{}0", &plan[..plan.len() - 1]);
    let other = if other == plan { format!("{}1", &plan[..plan.len() - 1]) } else { other };
    firm.house.ask(&["runs", "approve", &run, "--source-checked", "--plan", &other]).expect(1);
    let done = firm.house.ask(&["runs", "approve", &run, "--source-checked", "--plan", &plan]).json();
    let people = firm.house.good(&["directory", "show", "user"]);
    let left = people.as_array().expect("people").iter().filter(|one| one["status"] == "left").count();
    assert!(left <= 6, "{left} left, six were seen: {done}");
}
