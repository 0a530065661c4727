//! Several lists fill one company: two files of one connection, one file by two mappings, or two connections. Nobody is gone who
//! stands in one of them, and no number is given twice.

use serde_json::{Value, json};

use super::support::{Corp, House};

/// What all workflows here begin with.
const HEAD: &str = r#"dsl: 1
id: sync
name: {zh: 同步, en: Sync}
on: {manual: {}}
safety: {remove: {max: 1000}}
defaults:
  connection: files
  retry: {max_attempts: 2, backoff: exponential, delay: 0s, max_delay: 0s, on: [timeout]}
connections:
  files: {type: csv, ref: files}
  more: {type: csv, ref: more}
  wecom: {type: wecom, ref: wecom_main}
mappings:
  department:
    from: csv/row
    to: wecom/department
    match: [linked, source.path == target.path]
    fields: {name: "{{source.name}}", parentid: "{{target_id source.parent}}"}
  person:
    from: csv/row
    to: wecom/user
    match: [linked, source.no == target.userid]
    fields: &fields
      userid: {value: "{{source.no}}", write: create}
      name: "{{source.name}}"
      mobile: {value: "{{source.mobile}}", when_empty: omit}
      department: "{{target_ids source.departments}}"
      enable: true
  temp:
    from: csv/row
    to: wecom/user
    match: [linked, source.no == target.userid]
    fields: *fields
steps:
"#;

/// A step that reads a file of people, or of departments.
fn reads(id: &str, connection: &str, departments: bool) -> String {
    let columns = match departments {
        true => "key: id, columns: {id: [id], name: [name], parent: [parent]}, required: [id, name], parent: parent",
        false => {
            "key: no, columns: {no: [no], name: [name], mobile: [mobile], kind: [kind], departments: [departments]}, required: [no, name], lists: {departments: \";\"}"
        }
    };
    format!(
        "  - {{id: {id}, name: {{zh: 读, en: Read}}, uses: csv/read, connection: {connection}, with: {{path: {id}.csv, {columns}}}}}\n"
    )
}

/// Steps that make and change what a list has; `filter` takes a part of it.
fn writes(list: &str, mapping: &str, filter: &str) -> String {
    let (kind, order) = if mapping == "department" { ("department", ", order: parents_first") } else { ("user", "") };
    ["create", "update"].map(|verb| {
        format!(
            "  - {{id: {verb}_{list}_{mapping}, name: {{zh: 写, en: Write}}, uses: wecom/{verb}_{kind}, connection: wecom, map: {mapping}, \
             foreach: {{in: \"steps.{list}.outputs.rows{filter}\"{order}}}}}\n"
        )
    }).concat()
}

fn removes(list: &str) -> String {
    format!(
        "  - {{id: disable_{list}, name: {{zh: 禁, en: Disable}}, uses: wecom/disable_user, connection: wecom, \
         foreach: {{in: steps.{list}.outputs.removed_rows}}}}\n"
    )
}

/// The department that everybody is in.
fn unit() -> String {
    reads("units", "files", true) + &writes("units", "department", "")
}

fn house(corp: &Corp, steps: &str) -> House {
    let house = House::new();
    house.connect(corp);
    for name in ["files", "more"] {
        std::fs::create_dir_all(house.path(name)).expect("a folder");
        let folder = format!("folder={}", house.path(name).display());
        house.good(&["connection", "add", "csv", "--name", name, "--set", &folder]);
    }
    house.workflow_text(&format!("{HEAD}{steps}"));
    house
}

fn people(house: &House, file: &str, numbers: impl IntoIterator<Item = usize>) {
    let mut text = String::from("no,name,mobile,kind,departments\n");
    for number in numbers {
        let kind = if number < 100 { "staff" } else { "temp" };
        text.push_str(&format!("p{number:03},Person {number:03},1540000{number:04},{kind},a\n"));
    }
    std::fs::write(house.path("files").join(file), text).expect("written");
    departments(house, "files", "units.csv", &["a,Alpha,"]);
}

fn works(corp: &Corp, number: usize) -> bool {
    corp.member(&format!("p{number:03}"))["enable"] == 1
}

fn quiet(corp: &Corp, house: &House) {
    let writes = corp.writes();
    let run = house.sync(&[]).expect(0).json();
    assert_eq!((&run["status"], corp.writes()), (&json!("succeeded_no_change"), writes), "{run:#}");
}

/// The rows that take something from this person.
fn removals(house: &House, run: &Value, number: usize) -> Vec<Value> {
    let target = format!("p{number:03}");
    let all = house.items(run).into_iter();
    all.filter(|item| item["object"]["target"] == *target && item["action"] == "disable").collect()
}

#[test]
fn nobody_is_gone_who_stands_in_the_other_file() {
    for both in [false, true] {
        let corp = Corp::start();
        let read = unit() + &reads("staff", "files", false) + &reads("temps", "files", false);
        let off = removes("staff") + &if both { removes("temps") } else { String::new() };
        let house = house(&corp, &(read + &off + &writes("staff", "person", "") + &writes("temps", "temp", "")));
        people(&house, "staff.csv", 1..=40);
        people(&house, "temps.csv", 101..=102);
        house.sync(&[]).expect(0);
        quiet(&corp, &house);
        assert!(works(&corp, 101) && works(&corp, 102) && works(&corp, 40));
        // Whoever leaves one list and the other leaves, once.
        people(&house, "staff.csv", 1..=39);
        people(&house, "temps.csv", 101..=101);
        let run = house.sync(&[]).expect(0).json();
        assert_eq!((works(&corp, 40), works(&corp, 102)), (false, false), "{run:#}");
        assert!(works(&corp, 39) && works(&corp, 101), "{run:#}");
        for number in [40, 102] {
            assert_eq!(removals(&house, &run, number).len(), 1, "{:#?}", house.items(&run));
        }
        quiet(&corp, &house);
        // From one list to the other.
        people(&house, "staff.csv", (1..=39).chain([101]));
        people(&house, "temps.csv", [103]);
        house.sync(&[]).expect(0);
        assert!(works(&corp, 101) && works(&corp, 103));
        quiet(&corp, &house);
    }
}

#[test]
fn whoever_leaves_a_list_with_two_mappings_leaves_once() {
    let corp = Corp::start();
    let filtered = |kind: &str| format!(".filter(r, r.kind == '{kind}')");
    let steps = unit()
        + &reads("staff", "files", false)
        + &removes("staff")
        + &writes("staff", "person", &filtered("staff"))
        + &writes("staff", "temp", &filtered("temp"));
    let house = house(&corp, &steps);
    people(&house, "staff.csv", (1..=40).chain(101..=102));
    house.sync(&[]).expect(0);
    quiet(&corp, &house);
    people(&house, "staff.csv", (1..=39).chain(101..=101));
    let run = house.sync(&[]).expect(0).json();
    for number in [40, 102] {
        assert_eq!(removals(&house, &run, number).len(), 1, "{:#?}", house.items(&run));
        assert!(!works(&corp, number));
    }
    quiet(&corp, &house);
}

fn departments(house: &House, folder: &str, file: &str, rows: &[&str]) {
    let text = format!("id,name,parent\n{}\n", rows.join("\n"));
    std::fs::write(house.path(folder).join(file), text).expect("written");
}

fn names(corp: &Corp) -> Vec<String> {
    let now = corp.now();
    let all = now["departments"].as_array().expect("departments").iter();
    let mut names: Vec<String> = all.filter_map(|one| Some(one["name"].as_str()?.to_string())).collect();
    names.sort();
    names
}

#[test]
fn departments_of_two_files_are_made_with_their_parents() {
    let corp = Corp::start();
    let read = reads("staff", "files", true) + &reads("temps", "files", true);
    let house = house(&corp, &(read + &writes("staff", "department", "") + &writes("temps", "department", "")));
    departments(&house, "files", "staff.csv", &["a,Alpha,", "b,Beta,a"]);
    departments(&house, "files", "temps.csv", &["x,Xi,", "y,Ypsilon,x"]);
    let run = house.sync(&[]).expect(0).json();
    for name in ["Alpha", "Beta", "Xi", "Ypsilon"] {
        assert!(names(&corp).contains(&name.to_string()), "{name}: {run:#}");
    }
    quiet(&corp, &house);
}

#[test]
fn departments_of_two_sources_get_numbers_of_their_own() {
    let corp = Corp::start();
    let read = reads("staff", "files", true) + &reads("temps", "more", true);
    let house = house(&corp, &(read + &writes("staff", "department", "") + &writes("temps", "department", "")));
    departments(&house, "files", "staff.csv", &["a,Alpha,", "b,Beta,a"]);
    departments(&house, "more", "temps.csv", &["x,Xi,", "y,Ypsilon,x"]);
    let run = house.sync(&[]).expect(0).json();
    for name in ["Alpha", "Beta", "Xi", "Ypsilon"] {
        assert!(names(&corp).contains(&name.to_string()), "{name}: {run:#}");
    }
    quiet(&corp, &house);
}
