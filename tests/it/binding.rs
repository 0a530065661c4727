//! Accounts of another system are bound to people who are there already: by names where that is certain, else by a person.
//!
//! The other system tells names and departments and no numbers. Whose account is whose is known to the test alone.
//! `IDFLOW_BIND_PEOPLE` says how many people there are (90 by default), of whom one in seventeen has a namesake.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use serde_json::{Value, json};

use super::support::{Api, Corp, House, corp};

const BIND: &str = r#"dsl: 1
id: sync
name: {zh: 绑定, en: Bind}
on: {manual: {}}
connections:
  upstream: {type: csv, ref: upstream}
  directory: {type: directory, ref: default}
mappings:
  department:
    from: csv/row
    to: directory/department
    match: [linked, source.path == target.path]
    fields: {name: "{{source.name}}", parent: {value: "{{target_id source.parent}}", when_unresolved: wait}}
  user:
    from: csv/row
    to: directory/user
    match: [linked, source.userid == target.username]
    propose: [{when: name}, {when: pinyin}, {when: department, score: 25}]
    accept: unique_name
    unmatched: ask
    fields:
      username: {value: "{{source.userid}}", write: create}
      name: {value: "{{source.name}}", write: create}
      departments: "{{target_ids source.departments}}"
steps:
  - id: read_departments
    name: {zh: 读部门, en: Read departments}
    uses: csv/read
    with: {path: departments.csv, key: dept_id, columns: {dept_id: [dept_id], parent: [parent_id], name: [name]}, required: [dept_id, name], present: [parent], parent: parent}
  - id: read_users
    name: {zh: 读人员, en: Read people}
    uses: csv/read
    with: {path: users.csv, key: userid, columns: {userid: [userid], name: [name], departments: [departments]}, required: [userid, name, departments], lists: {departments: ";"}}
  - id: departments
    name: {zh: 部门, en: Departments}
    uses: directory/upsert_department
    map: department
    foreach: {in: steps.read_departments.outputs.rows, order: parents_first}
  - id: people
    name: {zh: 人员, en: People}
    uses: directory/upsert_user
    map: user
    foreach: {in: steps.read_users.outputs.rows, on_item_error: continue}
"#;

const FAMILY: [&str; 12] = ["王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙"];
const GIVEN: [&str; 30] = [
    "伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "娟", "涛", "明", "超", "霞", "平",
    "刚", "桂英", "建国", "志强", "海燕", "雪梅", "文博", "子轩", "晓东", "思远", "佳怡",
];

/// A name that nobody else has.
fn name_of(number: usize) -> String {
    let (family, rest) = (FAMILY[number % 12], number / 12);
    let (first, second) = (GIVEN[rest % 30], rest / 30);
    if second == 0 { format!("{family}{first}") } else { format!("{family}{first}{}", GIVEN[second % 30]) }
}

struct Company {
    house: House,
    /// The account there, by the one that it belongs to here.
    truth: BTreeMap<String, String>,
    /// Accounts of people who are not here.
    strangers: BTreeSet<String>,
}

impl Company {
    fn new(people: usize) -> Self {
        let house = House::new();
        let up = house.path("up");
        std::fs::create_dir_all(&up).expect("a folder");
        let departments = 8;
        let namesakes = people / 17 * 2;
        let mut tree = String::from("dept_id,parent_id,name\nD0,,云栖\n");
        for number in 1..=departments {
            let _ = writeln!(tree, "D{number},D0,部门{number}");
        }
        let mut here = String::from("external_id,userid,name,departments\n");
        let mut there = String::from("userid,name,departments\n");
        let (mut truth, mut strangers) = (BTreeMap::new(), BTreeSet::new());
        for number in 0..people {
            // Namesakes are two of one name, in two departments.
            let name = name_of(if number < namesakes { number / 2 } else { number });
            let home = number % departments + 1;
            let account = format!("p{number}");
            let _ = writeln!(here, "{number},{account},{name},D{home}");
            if number % 29 == 28 {
                continue;
            }
            let other = format!("wx{:05}", number * 7919 % 99_991);
            let _ = writeln!(there, "{other},{name},D{home}");
            truth.insert(other, account);
        }
        for number in 0..people / 30 {
            let other = format!("new{number}");
            let _ = writeln!(there, "{other},{},D1", name_of(people + 5 + number));
            strangers.insert(other);
        }
        std::fs::write(house.source().join("departments.csv"), &tree).expect("written");
        std::fs::write(house.source().join("users.csv"), here).expect("written");
        std::fs::write(up.join("departments.csv"), &tree).expect("written");
        std::fs::write(up.join("users.csv"), there).expect("written");
        house.import(&[]).expect(0);
        let folder = format!("folder={}", up.display());
        house.good(&["connection", "add", "csv", "--name", "upstream", "--set", &folder]);
        let file = house.path("sync.yaml");
        std::fs::write(&file, BIND).expect("written");
        house.good(&["workflow", "create", "--file", &file.display().to_string()]);
        house.good(&["workflow", "activate", "sync", "--yes"]);
        Self { house, truth, strangers }
    }

    fn run(&self) -> Value {
        self.house.sync(&[]).json()
    }

    /// Account there → label of the person here.
    fn links(&self) -> BTreeMap<String, String> {
        let links = self.house.good(&["link", "list", "upstream", "--limit", "20000"]);
        let links = links.as_array().expect("links").iter().filter(|link| link["kind"] == "user");
        let text = |link: &Value, name: &str| link[name].as_str().expect("a text").to_string();
        links.map(|link| (text(link, "key"), text(link, "label"))).collect()
    }

    fn open(&self) -> Vec<Value> {
        let all = self.house.good(&["match", "list", "--connection", "upstream", "--filter", "open"]);
        all["open"].as_array().expect("open").clone()
    }
}

#[test]
fn names_bind_whoever_is_certain_and_a_person_decides_about_the_rest() {
    let people = std::env::var("IDFLOW_BIND_PEOPLE").ok().and_then(|text| text.parse().ok()).unwrap_or(90);
    let begun = std::time::Instant::now();
    let company = Company::new(people);
    let house = &company.house;
    company.run();
    let links = company.links();
    let bound = links.len();
    let right =
        |key: &str, label: &str| company.truth.get(key).is_some_and(|account| label.ends_with(&format!("({account})")));
    let wrong: Vec<_> = links.iter().filter(|(key, label)| !right(key, label)).collect();
    assert!(wrong.is_empty(), "bound wrongly: {wrong:?}");
    assert!(links.len() * 100 >= company.truth.len() * 85, "{} of {} are bound", links.len(), company.truth.len());
    let rules = house.good(&["link", "list", "upstream", "--limit", "20000"]);
    let by_name = rules.as_array().expect("links").iter().filter(|link| link["rule"] == "name 85").count();
    assert_eq!(by_name, links.len(), "the rule says the score");

    // The rest waits, with candidates, the best first, told apart by their departments.
    let open = company.open();
    assert_eq!(open.len() + links.len(), company.truth.len() + company.strangers.len());
    let sample =
        open.iter().find(|one| one["candidates"].as_array().is_some_and(|all| all.len() == 2)).expect("namesakes");
    let [best, other] = sample["candidates"].as_array().expect("two").as_slice() else { panic!("{sample}") };
    assert_eq!((&best["score"], &other["score"]), (&85.into(), &60.into()), "{sample}");
    assert_ne!(best["department"], other["department"], "{sample}");
    let name = sample["name"].as_str().expect("a name");
    let found = house.good(&["match", "list", "--connection", "upstream", "--find", name]);
    assert!(found["open"].as_array().is_some_and(|found| found.len() >= 2), "{name}: {found}");
    let alone = house.good(&["match", "list", "--connection", "upstream", "--filter", "alone"]);
    assert_eq!(alone["open"].as_array().map(Vec::len), Some(company.strangers.len()));
    house.ask(&["match", "list", "--filter", "nonsense"]).expect(1);

    // All of them at once, as the page sends them.
    let decisions: Vec<Value> = open
        .iter()
        .map(|one| {
            let key = one["key"].as_str().expect("a key");
            let same = company.truth.get(key).map(|account| format!("({account})"));
            let choice = if same.is_some() { "same" } else { "create" };
            json!({"connection": "upstream", "key": key, "choice": choice, "candidate": same})
        })
        .collect();
    let server = house.serve();
    let api = Api::of(house);
    let owner = api.first_owner(house);
    let kept = api.post(&owner, "/matching/decisions", &json!({"decisions": decisions})).is(200);
    assert_eq!(kept["decisions"].as_array().map(Vec::len), Some(open.len()));
    // One of which nobody knows anything: none of them is kept.
    let nobody = json!({"connection": "upstream", "key": "nobody", "choice": "same"});
    let more = [decisions.as_slice(), &[nobody]].concat();
    api.post(&owner, "/matching/decisions", &json!({"decisions": more})).refused(404, "nothing_undecided");
    server.kill();
    let told = |what: &str| eprintln!("{people} people, {what}: {:?}", begun.elapsed());
    told("decided");
    company.run();
    assert!(company.open().is_empty(), "{:?}", company.open());
    let links = company.links();
    assert_eq!(links.len(), company.truth.len() + company.strangers.len());
    let wrong: Vec<_> =
        links.iter().filter(|(key, label)| !right(key, label) && !label.ends_with(&format!("({key})"))).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    let quiet = company.run();
    assert_eq!(quiet["status"], "succeeded_no_change", "{quiet}");
    let (all, waited) = (company.truth.len(), open.len());
    told(&format!("{bound} of {all} bound without a person, {waited} decided, the next run asks for nothing"));

    // Whose account is it? And what a person took apart stays apart.
    let (key, account) = company.truth.iter().next_back().expect("somebody");
    let found = house.good(&["link", "resolve", "upstream", key]);
    assert_eq!((&found["username"], &found["status"]), (&account.as_str().into(), &"active".into()), "{found}");
    house.good(&["link", "remove", key, "--connection", "upstream", "--why", "not hers"]);
    company.run();
    assert!(!company.links().contains_key(key), "bound again");
    house.ask(&["link", "resolve", "upstream", key]).expect(1);
}

#[test]
fn the_template_shows_who_would_be_bound_and_writes_nothing_before_somebody_approves() {
    let mut state = corp::empty();
    let members = [
        ("p0", "陈静"),  // the same account
        ("wx1", "李娜"), // one name on both sides
        ("wx2", "王芳"), // two of that name here
        ("wx3", "钱多"), // nobody here
        ("wx4", "王芳"), // a namesake on their side, too
        ("wx5", "刘洋"), // somebody of that name has left
    ];
    for (userid, name) in members {
        let member = json!({"userid": userid, "name": name, "department": [1], "status": 1});
        state.corps[0].users.push(serde_json::from_value(member).expect("a member"));
    }
    let corp = Corp::with(state);
    let house = House::new();
    house.connect(&corp);
    std::fs::write(house.source().join("departments.csv"), "dept_id,parent_id,name\nD0,,云栖\n").expect("written");
    let people = "external_id,userid,name,departments\n1,p0,陈静,D0\n2,p1,李娜,D0\n3,p2,王芳,D0\n4,p3,王芳,D0\n";
    std::fs::write(house.source().join("users.csv"), people).expect("written");
    house.import(&[]).expect(0);
    house.good(&["directory", "person", "add", "p4", "刘洋"]);
    house.good(&["directory", "person", "leave", "p4"]);
    house.workflow("wecom_upstream_bind");
    let before = house.good(&["directory", "show", "user"]);

    let plan = house.good(&["plan", "sync"]);
    let wanted = json!({"read": 6, "bound": 0, "to_bind": 2, "to_create": 1, "proposed": 1, "ambiguous": 2, "alone": 0, "ignored": 0,
        "left_out": 0});
    assert_eq!(plan["bindings"]["user"], wanted, "{plan:#}");
    let text = house.text(&["plan", "sync"]).out;
    assert!(text.contains("2 to bind"), "{text}");
    let held = house.ask(&["run", "sync", "--wait"]).expect(4).json();
    assert_eq!(house.good(&["directory", "show", "user"]), before, "nothing before somebody approves");
    let run = held["run"].as_str().expect("a run");
    assert_eq!(held["bindings"]["user"], wanted, "the run says the same: {held:#}");
    let done = house.ask(&["runs", "approve", run]).expect(3).json();
    assert_eq!(done["why"][0]["code"], "items_undecided", "three wait, none has failed: {}", done["why"]);
    let items = house.good(&["runs", "items", run]).to_string();
    assert!(items.contains("namesake_left"), "{items}");
    let text = house.text(&["runs", "show", run]).out;
    assert!(text.contains("2 bound by it, 1 made") && text.contains("2 with several"), "{text}");
    let resolved = |key: &str| house.good(&["link", "resolve", "main", key])["username"].clone();
    assert_eq!([resolved("p0"), resolved("wx1"), resolved("wx3")], [json!("p0"), json!("p1"), json!("wx3")]);
    // Nobody is two members, nobody decides about a member who is not there, and everybody may think again.
    let decide = |key: &str, more: &[&str]| house.ask(&[&["match", "decide", "main", key][..], more].concat());
    decide("nosuch", &["--same", "--candidate", "p1"]).expect(1);
    decide("wx2", &["--same", "--candidate", "(p3)"]).expect(0);
    let refused = decide("wx4", &["--same", "--candidate", "(p3)"]).expect(1);
    assert!((refused.out + &refused.err).contains("wx2"), "whose it is");
    decide("wx4", &["--ignore"]).expect(0);
    decide("wx5", &["--create"]).expect(0);
    house.ask(&["run", "sync", "--wait", "--yes"]).expect(0);
    assert_eq!([resolved("wx2"), resolved("wx5")], [json!("p3"), json!("wx5")]);
    decide("wx4", &["--same", "--candidate", "p2"]).expect(0);
    house.ask(&["run", "sync", "--wait", "--yes"]).expect(0);
    assert_eq!(resolved("wx4"), "p2");
    let plan = house.good(&["plan", "sync"]);
    assert_eq!(
        (&plan["bindings"]["user"]["bound"], &plan["bindings"]["user"]["to_bind"]),
        (&json!(6), &json!(0)),
        "{plan:#}"
    );
    assert_eq!(corp.writes(), 0);
}
