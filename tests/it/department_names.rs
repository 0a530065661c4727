//! Reorganisations in which names of departments change hands, some of them to new departments: done in one run, with at most
//! one write more than there are changes, and nobody's people wait.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use wecom_sim::{Effect, FaultRule, Faults};

use super::support::{Corp, House, corp};

const ROOT: &str = "示例公司";

/// A department: id, parent, name.
type Department = (&'static str, &'static str, &'static str);

const BEFORE: &[Department] = &[
    ("HQ", "", ROOT),
    ("A", "HQ", "研发部"),
    ("B", "HQ", "运营部"),
    ("C", "HQ", "财务部"),
    ("G", "A", "平台组"),
    ("K", "G", "网关组"),
    ("T", "B", "平台组"),
];

/// What becomes of departments, and how many writes more than changes that may cost.
type Story = (&'static str, &'static [Department], u64);

const STORIES: &[Story] = &[
    ("a new one beside it takes the name", &[("A", "HQ", "平台部"), ("N", "HQ", "研发部")], 1),
    ("it moves below a new one that takes its name", &[("A", "N", "研发一组"), ("N", "HQ", "研发部")], 1),
    ("it moves below a new one and keeps its name", &[("A", "N", "研发部"), ("N", "HQ", "研发部")], 1),
    (
        "new ones take two names and stand above both",
        &[
            ("A", "N", "研发一组"),
            ("N", "HQ", "研发部"),
            ("B", "M", "运营一组"),
            ("M", "N", "运营中心"),
            ("L", "HQ", "运营部"),
        ],
        2,
    ),
    (
        "two swap names, and a new one is below one of them",
        &[("A", "HQ", "运营部"), ("B", "HQ", "研发部"), ("N", "A", "新组")],
        1,
    ),
    (
        "a new one takes the name of one that takes another's",
        &[("A", "HQ", "运营部"), ("B", "HQ", "运营一部"), ("N", "HQ", "研发部")],
        1,
    ),
    ("what was below it takes its place and its name", &[("A", "G", "研发一组"), ("G", "HQ", "研发部")], 1),
    ("what was below it takes its place, and both keep their names", &[("A", "G", "研发部"), ("G", "HQ", "平台组")], 0),
    ("it moves below one that goes up with what is above it", &[("A", "K", "研发部"), ("G", "HQ", "研发部")], 1),
    ("two of one name swap their places", &[("G", "B", "平台组"), ("T", "A", "平台组")], 1),
    ("a new one is below one that moves", &[("A", "B", "研发部"), ("N", "A", "新组")], 0),
];

fn write(house: &House, departments: &[Department], people: &[(usize, &str)]) {
    let mut text = String::from("dept_id,parent_id,name,order\n");
    for (number, (id, parent, name)) in departments.iter().enumerate() {
        text.push_str(&format!("{id},{parent},{name},{number}\n"));
    }
    std::fs::write(house.source().join("departments.csv"), text).expect("a file");
    let mut text = String::from("external_id,userid,name,mobile,email,position,departments,is_leader,manager,status\n");
    for (number, department) in people {
        text.push_str(&format!(
            "{number:04},user{number:02},人员{number:02},154000001{number:02},,专员,{department},0,,在职\n"
        ));
    }
    std::fs::write(house.source().join("users.csv"), text).expect("a file");
}

/// Everybody in turn in one of these departments.
fn people(departments: &[Department], number: usize) -> Vec<(usize, &'static str)> {
    let ids = departments[1..].iter().map(|(id, ..)| *id).cycle();
    (1..=number).zip(ids).collect()
}

/// The departments as they are to be; the new ones come last.
fn after(story: &[Department]) -> Vec<Department> {
    let changed = |old: &Department| *story.iter().find(|new| new.0 == old.0).unwrap_or(old);
    let mut all: Vec<Department> = BEFORE.iter().map(changed).collect();
    all.extend(story.iter().filter(|new| BEFORE.iter().all(|old| old.0 != new.0)));
    all
}

/// The path of a department from the root down, without the root.
fn path<K: Ord + Copy>(tree: &BTreeMap<K, (K, String)>, mut key: K) -> String {
    let mut names = Vec::new();
    while let Some((parent, name)) = tree.get(&key) {
        names.push(name.as_str());
        key = *parent;
    }
    names.reverse();
    names.into_iter().filter(|name| *name != ROOT).map(|name| format!("/{name}")).collect()
}

/// The paths of all departments, and who is where: as the files say, and as it is.
fn wanted(departments: &[Department], people: &[(usize, &str)]) -> (BTreeSet<String>, BTreeMap<String, String>) {
    let tree: BTreeMap<&str, (&str, String)> =
        departments.iter().map(|(id, parent, name)| (*id, (*parent, (*name).to_string()))).collect();
    let all = tree.keys().map(|id| path(&tree, *id)).collect();
    (all, people.iter().map(|(number, id)| (format!("user{number:02}"), path(&tree, *id))).collect())
}

fn there(corp: &Corp) -> (BTreeSet<String>, BTreeMap<String, String>) {
    let now = corp.now();
    let number = |value: &Value| value.as_u64().unwrap_or_default();
    let departments = now["departments"].as_array().expect("departments").iter().filter(|one| one["id"] != 1);
    let name = |one: &Value| one["name"].as_str().unwrap_or_default().to_string();
    let tree: BTreeMap<u64, (u64, String)> =
        departments.map(|one| (number(&one["id"]), (number(&one["parentid"]), name(one)))).collect();
    let mut all: BTreeSet<String> = tree.keys().map(|id| path(&tree, *id)).collect();
    all.insert(String::new());
    let member = |one: &Value| {
        let place = one["department"].as_array().and_then(|all| all.first()).map(number).unwrap_or_default();
        (one["userid"].as_str().unwrap_or_default().to_string(), path(&tree, place))
    };
    (all, now["users"].as_array().expect("users").iter().map(member).collect())
}

/// A company in step with the departments of before.
fn in_step(template: &str, settings: &[&str], number: usize) -> (Corp, House) {
    in_step_with(template, settings, BEFORE, number)
}

fn in_step_with(template: &str, settings: &[&str], departments: &[Department], number: usize) -> (Corp, House) {
    let corp = Corp::start();
    let house = House::new();
    house.connect_with(&corp, settings, true);
    house.workflow(template);
    write(&house, departments, &people(departments, number));
    house.import(&["--yes"]).expect(0);
    house.sync(&[]).expect(0);
    (corp, house)
}

fn changes(run: &Value, kind: &str) -> u64 {
    ["created", "updated"].iter().filter_map(|word| run["counts"][kind][word].as_u64()).sum()
}

/// Everything is as the files say after one run.
fn told(template: &str, settings: &[&str], (what, story, more): &Story) {
    let (corp, house) = in_step(template, settings, 24);
    let departments = after(story);
    // Everybody of A follows into a new one, where there is one, and somebody is new there.
    let new = story.iter().map(|(id, ..)| *id).find(|id| *id == "N");
    let mut people = people(BEFORE, 24);
    if let Some(new) = new {
        people[0].1 = new;
        people.push((25, new));
    }
    write(&house, &departments, &people);
    house.import(&["--yes"]).expect(0);
    let writes = corp.writes();
    let answer = house.sync(&[]);
    let run = answer.json();
    assert_eq!(there(&corp), wanted(&departments, &people), "{what}, {template}: {run:#}");
    answer.expect(0);
    assert_eq!(run["status"], "succeeded", "{what}, {template}: {run:#}");
    if settings.is_empty() {
        let most = changes(&run, "department") + changes(&run, "user") + more;
        assert!(corp.writes() - writes <= most, "{what}, {template}: {} writes, {run:#}", corp.writes() - writes);
    }
    let writes = corp.writes();
    assert_eq!(house.sync(&[]).expect(0).json()["status"], "succeeded_no_change", "{what}, {template}");
    assert_eq!(corp.writes(), writes, "{what}, {template}");
}

#[test]
fn names_of_departments_change_hands_in_one_run() {
    STORIES.iter().for_each(|story| told("wecom_downstream_mirror", &[], story));
}

#[test]
fn names_of_departments_change_hands_in_one_run_of_the_full_sync_and_by_jobs() {
    for story in &STORIES[..3] {
        told("wecom_downstream_full", &[], story);
        told("wecom_downstream_full", &["import_jobs=always"], story);
    }
}

/// What the plan shows is what is done: the new one has a passing name until the old one has given its own up.
#[test]
fn a_plan_shows_the_passing_name() {
    let (corp, house) = in_step("wecom_downstream_mirror", &[], 12);
    write(&house, &after(STORIES[1].1), &people(BEFORE, 12));
    house.import(&["--yes"]).expect(0);
    let plan = house.good(&["plan", "sync"]);
    let text = plan.to_string();
    assert!(text.contains("研发部~"), "{plan:#}");
    // The same change has the same name, also when the number that idflow picks for the new one is another by then.
    corp.by_hand(corp::CORP_ID, "department/create", &json!({"id": 50, "name": "别的部门", "parentid": 1}))
        .expect("made");
    let again = house.good(&["plan", "sync"]);
    assert!(plan["hash"].is_string() && plan["hash"] == again["hash"], "{plan:#}\n{again:#}");
}

/// Where the old one cannot be renamed, that is what the new one is told, and its people are there all the same.
#[test]
fn a_name_that_is_not_given_up_is_the_cause_that_is_named() {
    let (corp, house) = in_step("wecom_downstream_mirror", &[], 24);
    let mut people = people(BEFORE, 24);
    people.push((25, "N"));
    let departments = after(STORIES[0].1);
    write(&house, &departments, &people);
    house.import(&["--yes"]).expect(0);
    let refused = Effect::Error { errcode: 60009, errmsg: None };
    corp.set_faults(Faults::rules([FaultRule::new("/cgi-bin/department/update", refused).matching("平台部")]));
    let run = house.sync(&[]).expect(3).json();
    let items = house.items(&run);
    let blocked: Vec<&Value> = items.iter().filter(|item| item["outcome"] == "blocked").collect();
    assert_eq!(blocked.len(), 1, "{items:#?}");
    assert_eq!(blocked[0]["error"]["code"], "dept_name_not_free", "{blocked:#?}");
    let reason = blocked[0]["error"]["reason"]["zh"].as_str().unwrap_or_default();
    assert!(reason.contains("平台部"), "{reason}");
    assert!(there(&corp).1["user25"].starts_with("/研发部~"), "{:?}", there(&corp).1);
    // The next run needs nobody.
    corp.set_faults(Faults::rules([]));
    house.sync(&[]).expect(0);
    assert_eq!(there(&corp), wanted(&departments, &people));
}

/// Two that swap: whoever waits for the other's name is not told of a parent.
#[test]
fn one_that_waits_for_the_name_of_a_sibling_is_not_told_of_its_parent() {
    let (corp, house) = in_step("wecom_downstream_mirror", &[], 24);
    write(&house, &after(STORIES[4].1), &people(BEFORE, 24));
    house.import(&["--yes"]).expect(0);
    let refused = Effect::Error { errcode: 60009, errmsg: None };
    corp.set_faults(Faults::rules([FaultRule::new("/cgi-bin/department/update", refused).matching("~")]));
    let run = house.sync(&[]).expect(3).json();
    let items = house.items(&run);
    let mut codes: Vec<&str> = items
        .iter()
        .filter(|item| item["outcome"] == "blocked")
        .filter_map(|item| item["error"]["code"].as_str())
        .collect();
    codes.sort_unstable();
    assert_eq!(codes, ["dept_name_not_free", "dept_name_not_free"], "{items:#?}");
}

/// Enough of them beside the others that one less is no shrunken list.
const BESIDE: &[Department] = &[
    ("F1", "HQ", "一组"),
    ("F2", "HQ", "二组"),
    ("F3", "HQ", "三组"),
    ("F4", "HQ", "四组"),
    ("F5", "HQ", "五组"),
    ("F6", "HQ", "六组"),
    ("F7", "HQ", "七组"),
    ("F8", "HQ", "八组"),
];

/// All of them; the one that is dissolved comes last, so that the others keep their places.
fn with_others() -> Vec<Department> {
    let (last, mut all): (Vec<Department>, _) = [BEFORE, BESIDE].concat().into_iter().partition(|one| one.0 == "C");
    all.extend(last);
    all
}

/// 财务部 is dissolved and its people go to another one, which has this place and takes the name.
struct Dissolved {
    corp: Corp,
    house: House,
    departments: Vec<Department>,
    people: Vec<(usize, &'static str)>,
}

impl Dissolved {
    fn new(template: &str, heir: Department) -> Self {
        let before = with_others();
        let (corp, house) = in_step_with(template, &[], &before, 42);
        let there = before.iter().filter(|one| one.0 != "C");
        let mut departments: Vec<Department> = there.map(|one| if one.0 == heir.0 { heir } else { *one }).collect();
        if !departments.contains(&heir) {
            departments.push(heir);
        }
        let mut people = people(&before, 42);
        people.iter_mut().filter(|one| one.1 == "C").for_each(|one| one.1 = heir.0);
        let dissolved = Self { corp, house, departments, people };
        dissolved.import();
        dissolved
    }

    fn import(&self) {
        write(&self.house, &self.departments, &self.people);
        self.house.import(&["--yes"]).expect(0);
    }

    /// The item of the heir that is not as wanted.
    fn refused(&self, run: &Value) -> Value {
        let items = self.house.items(run);
        let bad = |item: &&Value| ["invalid", "blocked"].contains(&item["outcome"].as_str().unwrap_or_default());
        let bad: Vec<Value> = items.iter().filter(bad).cloned().collect();
        assert_eq!(bad.len(), 1, "{items:#?}");
        bad[0].clone()
    }

    fn arrived(&self, run: &Value) {
        assert_eq!(there(&self.corp), wanted(&self.departments, &self.people), "{run:#}");
        assert_eq!(run["status"], "succeeded", "{run:#}");
        let writes = self.corp.writes();
        assert_eq!(self.house.sync(&[]).expect(0).json()["status"], "succeeded_no_change");
        assert_eq!(self.corp.writes(), writes);
    }
}

/// The one that goes has a passing name until it is deleted, so that one run does all of it.
#[test]
fn the_name_of_a_department_that_is_deleted_goes_to_another_one_in_the_same_run() {
    // The second time a new one takes the name that the heir gives up.
    for (new, departments) in [(None, 3), (Some(("N", "HQ", "运营部")), 5)] {
        let mut dissolved = Dissolved::new("wecom_downstream_mirror", ("B", "HQ", "财务部"));
        dissolved.departments.extend(new);
        dissolved.import();
        let writes = dissolved.corp.writes();
        let run = dissolved.house.sync(&[]).expect(0).json();
        let moved = changes(&run, "user");
        assert!(moved > 0 && dissolved.corp.writes() - writes == moved + departments, "{run:#}");
        dissolved.arrived(&run);
    }
}

/// As long as nobody approved the deletion the one that goes stays as it is, and whoever waits for its name is told of that.
#[test]
fn a_name_waits_for_the_approval_of_the_deletion_that_frees_it() {
    let dissolved = Dissolved::new("wecom_downstream_mirror", ("B", "HQ", "财务部"));
    let run = dissolved.house.ask(&["run", "sync", "--wait"]).expect(3).json();
    let item = dissolved.refused(&run);
    assert_eq!(item["error"]["code"], "needs_removal", "{item:#}");
    let reason = item["error"]["reason"]["zh"].as_str().unwrap_or_default();
    assert!(reason.contains("财务部") && !reason.contains('~'), "{reason}");
    let (paths, _) = there(&dissolved.corp);
    assert!(paths.contains("/财务部") && paths.contains("/运营部"), "{paths:?}");
    let waiting = dissolved.house.good(&["removals", "list"]);
    let id = waiting[0]["id"].as_str().expect("a removal");
    dissolved.house.good(&["removals", "approve", id]);
    let run = dissolved.house.ask(&["run", "sync", "--wait"]).expect(0).json();
    dissolved.arrived(&run);
}

/// What waits until those who left are deleted is not renamed either.
#[test]
fn a_name_waits_for_a_department_that_people_who_left_are_still_in() {
    let mut dissolved = Dissolved::new("wecom_downstream_mirror", ("B", "HQ", "财务部"));
    let before = people(&with_others(), 42);
    let left = before.iter().find(|one| one.1 == "C").expect("somebody").0;
    dissolved.people.retain(|one| one.0 != left);
    dissolved.import();
    let run = dissolved.house.sync(&[]).expect(3).json();
    let item = dissolved.refused(&run);
    assert_eq!(item["error"]["code"], "dept_name_not_free", "{item:#}");
    assert!(item["error"]["reason"]["zh"].as_str().is_some_and(|reason| reason.contains("财务部")), "{item:#}");
    let (paths, _) = there(&dissolved.corp);
    assert!(paths.contains("/财务部") && paths.contains("/运营部"), "{paths:?}");
    let items = dissolved.house.items(&run);
    assert!(items.iter().any(|item| item["error"]["code"] == "department_has_leavers"), "{items:#?}");
}

/// Where no step deletes departments, whoever wants the name of one that stays is told what to do with it.
#[test]
fn a_department_that_stays_and_keeps_its_name_is_no_member() {
    let dissolved = Dissolved::new("wecom_downstream_full", ("B", "HQ", "财务部"));
    let run = dissolved.house.sync(&[]).expect(3).json();
    let item = dissolved.refused(&run);
    assert_eq!(item["error"]["code"], "dept_name_held", "{item:#}");
    for part in ["reason", "hint"] {
        let text = item["error"][part].to_string();
        assert!(!["member", "leaver", "成员", "此人", "who"].iter().any(|word| text.contains(word)), "{text}");
    }
    let now = dissolved.corp.now();
    let departments = now["departments"].as_array().expect("departments");
    let old = departments.iter().find(|one| one["name"] == "财务部").expect("there");
    // The hint is followed.
    let renamed = json!({"id": old["id"], "name": "旧财务部"});
    dissolved.corp.by_hand(corp::CORP_ID, "department/update", &renamed).expect("renamed");
    let run = dissolved.house.sync(&[]).expect(0).json();
    let (paths, _) = there(&dissolved.corp);
    assert!(paths.contains("/财务部") && paths.contains("/旧财务部") && !paths.contains("/运营部"), "{run:#}");
}
