//! Two complete lists fill one directory: whoever stands in both is put out by neither alone, and leaves with the second.

use serde_json::{Value, json};

use super::support::{Corp, House, corp};

/// A list of people: number, account, department.
type List<'a> = &'a [(&'a str, &'a str, &'a str)];

/// Writes the files of a list; a department stands in it when somebody of it does, or under `HQ`.
fn list(house: &House, name: &str, people: List<'_>) {
    let folder = house.path(name);
    std::fs::create_dir_all(&folder).expect("a folder");
    let mut departments = String::from("dept_id,parent_id,name,order\nHQ,,示例公司,1\n");
    let mut users = String::from("external_id,userid,name,departments,status\n");
    let mut all: Vec<&str> = people.iter().map(|one| one.2).filter(|department| *department != "HQ").collect();
    all.sort_unstable();
    all.dedup();
    for department in all {
        departments.push_str(&format!("{department},HQ,{department}部,1\n"));
    }
    for (number, account, department) in people {
        users.push_str(&format!("{number},{account},{account}员,{department},在职\n"));
    }
    std::fs::write(folder.join("departments.csv"), departments).expect("a file");
    std::fs::write(folder.join("users.csv"), users).expect("a file");
}

/// A connection and a workflow of this name over such a list, without limits: it is about who is removed, not about how many.
fn feeds(house: &House, name: &str) {
    list(house, name, &[]);
    house.good(&[
        "connection",
        "add",
        "csv",
        "--name",
        name,
        "--set",
        &format!("folder={}", house.path(name).display()),
    ]);
    let shown = house.good(&["template", "show", "csv_to_directory"]);
    let text = shown["text"].as_str().expect("the text").replace("ref: import", &format!("ref: {name}"));
    let text = text.replace("{{inputs.folder}}/", "").replace("id: csv_to_directory", &format!("id: {name}"));
    let inputs = "\n    inputs:\n      folder: {type: string, required: true, label: {zh: 文件夹, en: Folder}}";
    assert!(text.contains(inputs), "{text}");
    let text = text.replace(&format!("manual:{inputs}"), "manual: {}");
    let text = text.replace("  source_shrink: 10%\n  remove: {max_percent: 20%}", "  remove: {max: 1000}");
    let file = house.path(&format!("{name}.yaml"));
    std::fs::write(&file, text).expect("written");
    house.good(&["workflow", "create", "--file", &file.display().to_string()]);
    house.good(&["workflow", "activate", name, "--yes"]);
}

fn run(house: &House, name: &str) -> Value {
    house.ask(&["run", name, "--wait", "--yes"]).json()
}

/// The status of a person or department, by account or path.
fn status(house: &House, kind: &str, field: &str, value: &str) -> String {
    let all = house.good(&["directory", "show", kind, "--limit", "1000"]);
    let found: Vec<&Value> =
        all.as_array().expect("objects").iter().filter(|one| one[field].as_str() == Some(value)).collect();
    assert!(found.len() < 2, "{value}: {all}");
    found.first().map_or("gone", |one| one["status"].as_str().unwrap_or("active")).to_string()
}

fn person(house: &House, account: &str) -> String {
    status(house, "user", "username", account)
}

fn department(house: &House, name: &str) -> String {
    status(house, "department", "name", name)
}

fn said<'a>(house: &House, run: &'a Value, name: &str) -> (Vec<Value>, &'a Value) {
    let items = house.items(run).into_iter().filter(|item| item["error"]["code"] == "still_in_other_list").collect();
    let notice = run["notices"].as_array().expect("notices").iter().find(|one| one["code"] == "kept_by_other_list");
    let notice = notice.unwrap_or_else(|| panic!("no notice about {name}: {run:#}"));
    (items, notice)
}

const TWO: List<'static> = &[("1", "anna", "RD"), ("2", "berta", "OPS"), ("3", "carla", "HQ")];

#[test]
fn whoever_stands_in_two_lists_leaves_with_the_second() {
    let house = House::new();
    for name in ["hq", "branch"] {
        feeds(&house, name);
        list(&house, name, TWO);
        assert_eq!(run(&house, name)["status"], if name == "hq" { "succeeded" } else { "succeeded_no_change" });
    }
    // One list drops a person and a department.
    list(&house, "hq", &TWO[1..]);
    let plan = house.good(&["plan", "hq"]);
    assert_eq!(
        plan["counts"]["user"]["skipped"].as_u64().or(plan["planned"]["user"]["skipped"].as_u64()),
        Some(1),
        "{plan:#}"
    );
    for _ in 0..2 {
        let first = run(&house, "hq");
        assert_eq!(
            (person(&house, "anna"), department(&house, "RD部")),
            ("active".into(), "active".into()),
            "{first:#}"
        );
        let counts = |kind: &str| (first["counts"][kind]["removed"].clone(), first["counts"][kind]["skipped"].clone());
        assert_eq!((counts("user"), counts("department")), ((json!(0), json!(1)), (json!(0), json!(1))), "{first:#}");
        let (items, notice) = said(&house, &first, "anna");
        assert_eq!(items.len(), 2, "{items:#?}");
        for text in [&items[0]["error"]["reason"], &items[1]["error"]["reason"], &notice["reason"]] {
            for lang in ["zh", "en"] {
                assert!(text[lang].as_str().is_some_and(|text| text.contains("branch")), "{text}");
            }
        }
        assert!(first.to_string().contains("anna"), "the notice names her: {first:#}");
        assert!(!first.to_string().contains("leavers_"), "nobody left and keeps access: {first:#}");
        // The other one has nothing to mend.
        assert_eq!(run(&house, "branch")["status"], "succeeded_no_change");
    }
    // Now the other one drops them as well, and somebody whom the first still has.
    list(&house, "branch", &TWO[2..]);
    let second = run(&house, "branch");
    assert_eq!((person(&house, "anna"), department(&house, "RD部") == "active"), ("left".into(), false), "{second:#}");
    assert_eq!(
        (person(&house, "berta"), department(&house, "OPS部")),
        ("active".into(), "active".into()),
        "{second:#}"
    );
    for name in ["hq", "branch", "hq", "branch"] {
        let again = run(&house, name);
        assert_eq!(again["status"], "succeeded_no_change", "{again:#}");
    }
    // Back in the first list, and out of it again: nobody else has her any more.
    list(&house, "hq", TWO);
    run(&house, "hq");
    list(&house, "hq", &TWO[1..]);
    let last = run(&house, "hq");
    assert_ne!(person(&house, "anna"), "active", "{last:#}");
    assert!(!last.to_string().contains("still_in_other_list"), "{last:#}");
}

/// One list gives a number to somebody else: whoever had it is gone from that list, and stays for the other one.
#[test]
fn whoever_had_a_number_stays_as_long_as_the_other_list_has_him() {
    let house = House::new();
    for name in ["hq", "branch"] {
        feeds(&house, name);
        list(&house, name, TWO);
        run(&house, name);
    }
    list(&house, "hq", &[("1", "dora", "RD"), TWO[1], TWO[2]]);
    let asked = run(&house, "hq");
    assert_eq!(asked["counts"]["user"]["ambiguous"], 1, "{asked:#}");
    house.good(&["match", "decide", "hq", "1", "--other"]);
    let made = run(&house, "hq");
    assert_eq!((person(&house, "anna"), person(&house, "dora")), ("active".into(), "active".into()), "{made:#}");
    let (items, _) = said(&house, &made, "anna");
    assert_eq!(items.len(), 1, "{items:#?}");
    list(&house, "branch", &TWO[1..]);
    let gone = run(&house, "branch");
    assert_eq!((person(&house, "anna"), person(&house, "dora")), ("left".into(), "active".into()), "{gone:#}");
}

#[test]
fn a_list_that_is_put_away_or_is_a_part_keeps_nobody() {
    let house = House::new();
    for name in ["hq", "branch"] {
        feeds(&house, name);
        list(&house, name, TWO);
        run(&house, name);
    }
    list(&house, "hq", &TWO[1..]);
    run(&house, "hq");
    assert_eq!(person(&house, "anna"), "active");
    // A pause is no end.
    house.good(&["workflow", "pause", "branch"]);
    run(&house, "hq");
    assert_eq!(person(&house, "anna"), "active");
    house.good(&["workflow", "archive", "branch"]);
    let alone = run(&house, "hq");
    assert_eq!(person(&house, "anna"), "left", "what the list dropped is not forgotten: {alone:#}");
}

#[test]
fn a_company_above_keeps_whom_a_file_drops() {
    let corp = Corp::start();
    let house = House::new();
    house.connect(&corp);
    corp.by_hand(corp::CORP_ID, "department/create", &json!({"id": 2, "name": "RD部", "parentid": 1}))
        .expect("by hand");
    for (at, account) in ["anna", "berta"].iter().enumerate() {
        let member = json!({"userid": account, "name": format!("{account}员"), "department": [2], "mobile": format!("1540000000{at}")});
        corp.by_hand(corp::CORP_ID, "user/create", &member).expect("by hand");
    }
    let shown = house.good(&["template", "show", "wecom_upstream_full"]);
    let text =
        shown["text"].as_str().expect("the text").replace("delay: 1s, max_delay: 60s", "delay: 0s, max_delay: 0s");
    let limits = "  source_shrink: 10%\n  remove: {max: 20, max_percent: 5%}";
    assert!(text.contains(limits), "{text}");
    let text = text.replace(limits, "  remove: {max: 1000}");
    let file = house.path("up.yaml");
    std::fs::write(&file, text).expect("written");
    let file = file.display().to_string();
    house.good(&["workflow", "create", "--file", &file, "--id", "up", "--connection", "wecom=main"]);
    house.good(&["workflow", "activate", "up", "--yes"]);
    run(&house, "up");
    feeds(&house, "hq");
    list(&house, "hq", &TWO[..2]);
    run(&house, "hq");
    list(&house, "hq", &TWO[1..2]);
    let dropped = run(&house, "hq");
    assert_eq!(person(&house, "anna"), "active", "{dropped:#}");
    let (items, _) = said(&house, &dropped, "anna");
    assert!(items.iter().any(|item| item["error"]["reason"]["zh"].as_str().is_some_and(|text| text.contains("main"))));
    corp.by_hand(corp::CORP_ID, "user/delete", &json!({"userid": "anna"})).expect("by hand");
    let gone = run(&house, "up");
    assert_eq!(person(&house, "anna"), "left", "{gone:#}");
}
