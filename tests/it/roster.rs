//! A roster in one CSV file becomes departments and people: paths are split into departments, people are put into them,
//! somebody moves, somebody leaves.

use serde_json::Value;

use super::support::{Corp, House};

/// 21 November 2026, 06:30 in Shanghai: still the 20th in UTC.
const MORNING: i64 = 1_795_213_800_000;
const DAY: i64 = 86_400_000;

const WORKFLOW: &str = r#"dsl: 1
id: roster
name: {zh: 花名册, en: Roster}
on: {manual: {}}
connections:
  csv: {type: csv, ref: hr_drop}
  directory: {type: directory, ref: default}
safety:
  source_min: 5
  source_shrink: 30%
  remove: {max: 2}
mappings:
  person:
    from: csv/row
    to: directory/user
    match: [linked, source.employee_no == target.employee_no]
    fields:
      employee_no: {value: "{{source.employee_no}}", write: create}
      username: {value: "{{lower source.employee_no}}", write: create}
      name: "{{trim source.name}}"
      mobile: {value: "{{phone source.mobile 'CN'}}", when_empty: omit}
      title: {value: "{{source.title}}", when_empty: clear}
      departments: "{{department_paths source.dept_path}}"
      managers: {value: "{{target_ids source.manager_no}}", when_unresolved: omit}
      status: active
steps:
  - id: read_csv
    name: {zh: 读取花名册, en: Read HR file}
    uses: csv/read
    with:
      path: "hr/staff-{{date run.due '%Y%m%d' 'Asia/Shanghai'}}.csv"
      encoding: auto
      key: employee_no
      columns: {employee_no: 工号, name: 姓名, mobile: 手机, dept_path: 部门, title: 岗位, manager_no: 上级工号, status: 状态}
      required: [employee_no, name, dept_path]
      where: 'row.status != "离职"'
  - id: upsert_department
    name: {zh: 同步部门, en: Upsert departments}
    if: steps.read_csv.outputs.row_count > 0
    uses: directory/upsert_department
    foreach: {in: steps.read_csv.outputs.rows, as: row, key: row.dept_path, distinct: true, order: parents_first}
    with: {path: "{{row.dept_path}}", separator: "/"}
  - id: upsert_user
    name: {zh: 同步人员, en: Upsert people}
    uses: directory/upsert_user
    map: person
    foreach: {in: "steps.read_csv.outputs.rows.filter(r, r.title != '外包')", on_item_error: continue, max_failures: 50%}
  - id: offboard_leaver
    name: {zh: 办理离职, en: Offboard leavers}
    uses: directory/offboard_user
    foreach: {in: steps.read_csv.outputs.removed_rows}
"#;

const HEADER: &str = "工号,姓名,手机,部门,岗位,上级工号,状态\n";
const PEOPLE: [&str; 6] = [
    "E1,王敏,13800000001,研发中心/平台部,总监,,在职",
    "E2,李娜,13800000002,研发中心/平台部,工程师,E1,在职",
    "E3,张伟,13800000003,研发中心/ 产品部 ,产品,E1,在职",
    "E4,赵磊,13800000004,销售中心,销售,,在职",
    "E5,孙悦,,研发中心,助理,E1,在职",
    "E6,周强,13800000006,销售中心/外部\\/合作,外包,,在职",
];

/// Takes departments away that no row names any more.
const DROP: &str = r#"  - id: drop_department
    name: {zh: 撤销部门, en: Drop departments}
    uses: directory/remove_department
    foreach: steps.read_csv.outputs.removed_rows
"#;

/// An installation with the workflow, on the first morning.
fn house() -> House {
    house_with("")
}

/// The same with more steps.
fn house_with(steps: &str) -> House {
    house_of(&format!("{WORKFLOW}{steps}"))
}

/// The same with other filters: of the read, and of the people.
fn house_where(read: &str, people: &str) -> House {
    let (read_before, people_before) = ("'row.status != \"离职\"'", "r.title != '外包'");
    assert!(WORKFLOW.contains(read_before) && WORKFLOW.contains(people_before));
    house_of(&WORKFLOW.replace(read_before, read).replace(people_before, people))
}

/// The same with this workflow.
fn house_of(workflow: &str) -> House {
    let house = House::new().clocked(MORNING);
    std::fs::create_dir(house.source().join("hr")).expect("a folder");
    let folder = format!("folder={}", house.source().display());
    house.good(&["connection", "add", "csv", "--name", "hr_drop", "--set", &folder]);
    let file = house.path("roster.yaml");
    std::fs::write(&file, workflow).expect("written");
    house.good(&["workflow", "create", "--file", &file.display().to_string()]);
    house.good(&["workflow", "activate", "roster", "--yes"]);
    house
}

/// Leaves the file of this many days later, and runs.
fn morning(house: &House, day: i64, rows: &[&str], code: i32) -> Value {
    morning_with(house, day, &format!("{HEADER}{}\n", rows.join("\n")), code)
}

/// The same with another file.
fn morning_with(house: &House, day: i64, text: &str, code: i32) -> Value {
    house.set_clock(MORNING + day * DAY);
    let name = format!("hr/staff-202611{}.csv", 21 + day);
    std::fs::write(house.source().join(name), text).expect("written");
    house.ask(&["run", "roster", "--wait", "--yes"]).expect(code).json()
}

fn objects(house: &House, kind: &str) -> Vec<Value> {
    house.good(&["directory", "show", kind, "--reveal"]).as_array().expect("objects").clone()
}

/// The path of every department that is there, sorted.
fn departments(house: &House) -> Vec<String> {
    let all = objects(house, "department");
    let find = |id: &Value| all.iter().find(|department| department["id"] == *id);
    let mut paths: Vec<String> = all
        .iter()
        .filter(|department| department["status"] != "removed")
        .map(|department| {
            let mut path = department["name"].as_str().expect("a name").to_string();
            let mut at = department;
            while let Some(parent) = find(&at["parent"]) {
                path = format!("{} > {path}", parent["name"].as_str().expect("a name"));
                at = parent;
            }
            path
        })
        .collect();
    paths.sort();
    paths
}

/// Where somebody is, and in which state.
fn person(house: &House, username: &str) -> Option<(String, String)> {
    let departments = objects(house, "department");
    let people = objects(house, "user");
    let person = people.iter().find(|person| person["username"] == username)?;
    let key = &person["departments"][0]["department"];
    let department = departments.iter().find(|department| department["id"] == *key);
    let name = department.map_or("", |department| department["name"].as_str().expect("a name"));
    Some((name.into(), person["status"].as_str().unwrap_or_default().into()))
}

fn at(department: &str) -> Option<(String, String)> {
    Some((department.into(), "active".into()))
}

/// A filter that looks at a column takes everybody when the column is gone, so nothing is done then.
#[test]
fn a_filter_whose_column_is_gone_lets_nobody_in() {
    let house = house();
    let mut rows = PEOPLE.to_vec();
    rows.push("E7,钱进,13800000007,销售中心,销售,,离职");
    morning(&house, 0, &rows, 0);
    let before = objects(&house, "user");
    assert!(person(&house, "e7").is_none(), "who has left is left out");
    let cut = |row: &&str| row.rsplit_once(',').expect("a status").0.to_string();
    let text = format!("工号,姓名,手机,部门,岗位,上级工号\n{}\n", rows.iter().map(cut).collect::<Vec<_>>().join("\n"));
    house.set_clock(MORNING + DAY);
    std::fs::write(house.source().join("hr/staff-20261122.csv"), text).expect("written");
    let run = house.ask(&["run", "roster", "--wait", "--yes"]).expect(1).json();
    let why = run["why"].to_string();
    assert!(why.contains("filter_column_gone") && why.contains("status") && why.contains("read_csv"), "{run}");
    assert_eq!(objects(&house, "user"), before);
    morning(&house, 2, &rows, 0);
    assert!(person(&house, "e7").is_none());
}

/// The same where only the filter of the people looks at it.
#[test]
fn a_loop_filter_whose_column_is_gone_lets_nobody_in() {
    let house = house();
    morning(&house, 0, &PEOPLE, 0);
    let before = objects(&house, "user");
    let cut = |row: &&str| {
        let cells: Vec<&str> = row.split(',').collect();
        [&cells[..4], &cells[5..]].concat().join(",")
    };
    let rows = PEOPLE.iter().map(cut).collect::<Vec<_>>().join("\n");
    let run = morning_with(&house, 1, &format!("工号,姓名,手机,部门,上级工号,状态\n{rows}\n"), 1);
    let why = run["why"].to_string();
    assert!(why.contains("filter_column_gone") && why.contains("title"), "{run}");
    assert_eq!(objects(&house, "user"), before, "E6 stays outside");
}

/// A column that says who has left, and has no value only in the rows that are kept, is missed like any other.
#[test]
fn a_filter_for_blanks_lets_nobody_in_when_its_column_is_gone_or_emptied() {
    let house = house_where("'row.status == \"\"'", "r.title != '外包'");
    let mut rows: Vec<String> = PEOPLE.iter().map(|row| row.replace(",在职", ",")).collect();
    rows.push("E7,钱进,13800000007,销售中心,销售,,2026-11-01".into());
    let text = |rows: &[String]| format!("{HEADER}{}\n", rows.join("\n"));
    morning_with(&house, 0, &text(&rows), 0);
    let before = objects(&house, "user");
    assert!(person(&house, "e7").is_none(), "who has left is left out");
    let cut = |row: &String| row.rsplit_once(',').expect("a status").0.to_string();
    let gone = rows.iter().map(cut).collect::<Vec<_>>().join("\n");
    let run = morning_with(&house, 1, &format!("工号,姓名,手机,部门,岗位,上级工号\n{gone}\n"), 1);
    assert!(run["why"].to_string().contains("filter_column_gone"), "{run}");
    let emptied: Vec<String> = rows.iter().map(|row| format!("{},", cut(row))).collect();
    let run = morning_with(&house, 2, &text(&emptied), 4);
    let why = run["why"].to_string();
    assert!(why.contains("filter_column_blank") && why.contains("status"), "{run}");
    assert_eq!(objects(&house, "user"), before);
    // Nobody is left of those who had a value: a person says so once.
    let run = morning_with(&house, 3, &text(&emptied[..6]), 4);
    let id = run["run"].as_str().expect("an id");
    house.good(&["runs", "approve", id, "--source-checked", "--yes"]);
    assert_eq!(objects(&house, "user"), before);
    morning_with(&house, 4, &text(&emptied[..6]), 0);
}

/// A cell that cannot be read is no blank: nobody knows whether the filter means the row, so it is neither in nor out.
#[test]
fn a_lost_cell_that_a_filter_looks_at_refuses_its_row() {
    let refused = |house: &House, day: i64, rows: &[&str]| {
        let run = morning(house, day, rows, 3);
        assert!(run["status"] == "partial" && run["counts"]["user"]["invalid"] == 1, "{run:#}");
        let items = house.good(&["runs", "items", run["run"].as_str().expect("an id")]).to_string();
        assert!(items.contains("excel_mangled") && items.contains("#N/A"), "{items}");
    };
    // Whoever is in stays in.
    let house = house_where("'row.status == \"在职\"'", "r.title != '外包'");
    let mut rows = PEOPLE.to_vec();
    morning(&house, 0, &rows, 0);
    rows[3] = "E4,赵磊,13800000004,销售中心,销售,,#N/A";
    refused(&house, 1, &rows);
    assert_eq!(person(&house, "e4"), at("销售中心"));
    // Whoever is out stays out.
    let house = house_where("'row.status != \"离职\"'", "r.title != '外包'");
    let mut rows = PEOPLE.to_vec();
    rows.push("E7,钱进,13800000007,销售中心,销售,,离职");
    morning(&house, 0, &rows, 0);
    rows[6] = "E7,钱进,13800000007,销售中心,销售,,#N/A";
    refused(&house, 1, &rows);
    assert!(person(&house, "e7").is_none());
    // The same by the filter of a loop.
    rows[6] = "E7,钱进,13800000007,销售中心,销售,,离职";
    rows[5] = "E6,周强,13800000006,销售中心/外部\\/合作,#N/A,,在职";
    refused(&house, 2, &rows);
    assert!(person(&house, "e6").is_none());
    // Where no filter looks at it, the value stays as it was and is told.
    let house = house_where("'row.status != \"离职\"'", "r.name != '外包'");
    morning(&house, 0, &PEOPLE, 0);
    let mut rows = PEOPLE.to_vec();
    rows[3] = "E4,赵磊,13800000004,销售中心,#N/A,,在职";
    morning(&house, 1, &rows, 0);
    assert_eq!(person(&house, "e4"), at("销售中心"));
}

/// An account that lacks a part is none, and neither is a file.
#[test]
fn a_text_without_one_of_its_parts_is_no_account_and_no_path() {
    let house = house_of(&WORKFLOW.replace("{{lower source.employee_no}}", "hr-{{source.mobile}}"));
    let run = morning(&house, 0, &PEOPLE, 3);
    assert_eq!(run["status"], "partial", "{run}");
    assert!(person(&house, "hr-").is_none() && person(&house, "hr-13800000001").is_some());

    let day = "inputs: {day: {type: string, label: {zh: 日期, en: Day}}}";
    let path = r#""hr/staff-{{date run.due '%Y%m%d' 'Asia/Shanghai'}}.csv""#;
    let text = WORKFLOW.replace("manual: {}", &format!("manual: {{{day}}}"));
    assert!(text.contains(path));
    let house = house_of(&text.replace(path, r#""hr/staff-{{inputs.day}}.csv""#));
    std::fs::write(house.source().join("hr/staff-.csv"), format!("{HEADER}{}\n", PEOPLE.join("\n"))).expect("written");
    let run = house.ask(&["run", "roster", "--wait", "--yes"]).expect(1).json();
    assert!(run["why"].to_string().contains("staff-{{inputs.day}}.csv"), "{run}");
}

#[test]
fn a_roster_becomes_departments_and_people() {
    let house = house();
    let run = morning(&house, 0, &PEOPLE, 0);
    assert_eq!(run["status"], "succeeded", "{run}");
    let all = ["研发中心", "研发中心 > 产品部", "研发中心 > 平台部", "销售中心", "销售中心 > 外部/合作"];
    assert_eq!(departments(&house), all);
    assert_eq!(person(&house, "e2"), at("平台部"));
    assert_eq!(person(&house, "e5"), at("研发中心"));
    assert_eq!(person(&house, "e6"), None, "the filter leaves him out");

    let again = morning(&house, 1, &PEOPLE, 0);
    assert_eq!(again["status"], "succeeded_no_change", "{again}");

    // Somebody moves to a department that is new, and somebody leaves.
    let mut rows = PEOPLE;
    rows[1] = "E2,李娜,13800000002,销售中心/华东,工程师,E1,在职";
    rows[3] = "E4,赵磊,13800000004,销售中心,销售,,离职";
    let run = morning(&house, 2, &rows, 0);
    assert_eq!(run["status"], "succeeded", "{run}");
    assert_eq!(person(&house, "e2"), at("华东"));
    assert_eq!(person(&house, "e4").map(|(_, status)| status).as_deref(), Some("left"));
    assert_eq!(person(&house, "e1"), at("平台部"));
    assert_eq!(departments(&house).len(), 6, "a department without a row stays");
    let again = morning(&house, 3, &rows, 0);
    assert_eq!(again["status"], "succeeded_no_change", "{again}");

    // A row without a department is refused, and its person stays where he was.
    rows[2] = "E3,张伟,13800000003,,产品,E1,在职";
    let run = morning(&house, 4, &rows, 3);
    assert_eq!(run["status"], "partial", "{run}");
    assert_eq!(person(&house, "e3"), at("产品部"));

    // Half a file: held, nobody leaves.
    let run = morning(&house, 5, &rows[..2], 4);
    assert_eq!(run["status"], "held", "{run}");
    assert_eq!(person(&house, "e5"), at("研发中心"));
}

/// A department whose only row cannot be used is named all the same: it is not gone before the row is.
#[test]
fn a_department_that_only_a_refused_row_names_is_not_gone() {
    let house = house_with(DROP);
    morning(&house, 0, &PEOPLE, 0);
    let all = departments(&house);
    assert!(all.contains(&"销售中心 > 外部/合作".to_string()), "{all:?}");
    let slips =
        ["E6,,13800000006,销售中心/外部\\/合作,外包,,在职", "E6,周强,13800000006,,销售中心/外部\\/合作,外包,,在职"];
    let mut rows = PEOPLE.to_vec();
    for (day, slip) in (1..).zip(slips) {
        rows[5] = slip;
        morning(&house, day, &rows, 3);
        assert_eq!(departments(&house), all, "{slip}");
    }
    rows.pop();
    morning(&house, 3, &rows, 0);
    assert!(!departments(&house).contains(&"销售中心 > 外部/合作".to_string()), "no row names it any more");
}

/// What the workflows of a tenant are to each other, and what connections can do, is looked at when one goes live.
#[test]
fn a_workflow_goes_live_only_with_what_it_needs() {
    let house = house();
    let workflow = |id: &str, on: &str, more: &str| {
        let file = house.path(&format!("{id}.yaml"));
        let text = format!("dsl: 1\nid: {id}\nname: {{zh: a, en: a}}\non: {{manual: {{}}{on}}}\n{more}");
        std::fs::write(&file, text).expect("written");
        house.ask(&["workflow", "create", "--file", &file.display().to_string()])
    };
    let activate = |id: &str| house.ask(&["workflow", "activate", id, "--yes"]);
    let told = |answer: super::support::house::Answer| format!("{}{}", answer.out, answer.err);
    let read = "connections: {directory: {type: directory, ref: default}}\nsteps:\n  - {id: a, name: {zh: a, en: a}, uses: \
                directory/read}\n";
    let call = |id: &str| format!("steps:\n  - {{id: a, name: {{zh: a, en: a}}, uses: workflow/{id}}}\n");

    // A call: of something that is not there, not active, and back again.
    workflow("first", "", &call("second")).expect(0);
    assert!(told(activate("first").expect(1)).contains("does not exist"));
    workflow("second", "", read).expect(0);
    assert!(told(activate("first").expect(1)).contains("is not active"));
    activate("second").expect(0);
    activate("first").expect(0);
    assert!(told(workflow("second", "", &call("first")).expect(1)).contains("E0308"));

    // An address that another workflow has.
    let hook = ", webhook: {path: ready, verify: token}";
    workflow("hooked", hook, read).expect(0);
    assert!(told(workflow("hooked_too", hook, read).expect(1)).contains("E0604"));

    // A connection whose secret may read and not write.
    let corp = Corp::start();
    let url = format!("base_url={}", corp.base_url());
    let corp_id = format!("corp_id={}", super::support::corp::CORP_ID);
    let agent_id = format!("agent_id={}", super::support::corp::AGENT_ID);
    let settings = ["--set", &url, "--set", &corp_id, "--set", &agent_id, "--secret", "app_secret=env:APP"];
    let mut add = vec!["connection", "add", "wecom", "--name", "main"];
    add.extend(settings);
    house.good(&add);
    let text = house.good(&["template", "show", "wecom_downstream_full"])["text"].as_str().expect("a text").to_string();
    std::fs::write(house.path("full.yaml"), text).expect("written");
    let full = house.path("full.yaml").display().to_string();
    house.good(&["workflow", "create", "--file", &full, "--id", "full", "--connection", "wecom=main"]);
    let answer = told(activate("full").expect(1));
    assert!(answer.contains("E0506") && answer.contains("write_dept"), "{answer}");
}
