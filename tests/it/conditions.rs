//! Conditions as people meet them: whom a filter of the directory takes, what an input that was not given does, and which
//! conditions are refused because they take too much work. The real binary decides.

use std::fmt::Write as _;

use super::support::House;

/// A mirror of the directory into an empty WeCom, for these people.
fn workflow(condition: &str) -> String {
    let filter =
        if condition.is_empty() { String::new() } else { format!(", with: {{users: {{where: '{condition}'}}}}") };
    format!(
        "dsl: 1
id: wt
name: {{zh: 试, en: Trial}}
on:
  manual:
    inputs:
      who: {{type: string, default: LI.NA}}
      nobody: {{type: string}}
      span: {{type: duration, default: 30m}}
connections:
  directory: {{type: directory, ref: default}}
  wecom: {{type: wecom, ref: wecom_main}}
vars: {{names: [LI.NA, ZHANG.WEI], mobile: \"+86 154-0000-0002\", unused: 1}}
safety: {{remove: {{max: 10}}}}
mappings:
  department:
    from: directory/department
    to: wecom/department
    match: [linked, source.path == target.path]
    fields: {{name: \"{{{{source.name}}}}\", parentid: \"{{{{target_id source.parent}}}}\"}}
  user:
    from: directory/user
    to: wecom/user
    match: [linked, source.username == target.userid]
    fields:
      userid: {{value: \"{{{{source.username}}}}\", write: create}}
      name: \"{{{{source.name}}}}\"
      mobile: {{value: \"{{{{source.mobile}}}}\", when_empty: omit}}
      department: \"{{{{target_ids source.departments}}}}\"
steps:
  - {{id: read, name: {{zh: 读, en: Read}}, uses: directory/read{filter}}}
  - {{id: dep, name: {{zh: 部, en: Departments}}, uses: wecom/create_department, map: department, foreach: {{in: steps.read.outputs.departments, order: parents_first}}}}
  - {{id: add, name: {{zh: 写, en: Write}}, uses: wecom/create_user, map: user, foreach: {{in: steps.read.outputs.users}}}}
"
    )
}

const PEOPLE: &str = "workflow: wt
cases:
  - name: who is taken
    source:
      departments:
        - {key: d1, name: 销售部, order: 1, path: /销售部, status: active}
      users:
        - {key: u1, username: zhang.wei, name: 张伟, mobile: \"15400000001\", email: a@example.com, status: active, primary_department: d1, departments: [{department: d1, leader: true}]}
        - {key: u2, username: li.na, name: 李娜, mobile: \"15400000002\", status: active, primary_department: d1, departments: [{department: d1, leader: false}]}
        - {key: u3, username: ext.bo, name: 王, mobile: \"15400000003\", email: c@other.com, custom: {x: \"1\"}, status: disabled, primary_department: d1, departments: [{department: d1, leader: false}]}
        - {key: u4, username: gone.one, name: 走, mobile: \"15400000004\", email: d@example.com, status: left, primary_department: d1, departments: [{department: d1, leader: false}]}
    target: {departments: [], users: []}
    expect:
      counts:
        dep: {create: 1}
";

#[test]
fn a_filter_takes_whom_it_names() {
    let table: &[(&str, &[&str])] = &[
        // A filter only narrows: whoever left comes back only where the status itself is asked for.
        ("", &["u1", "u2", "u3"]),
        ("user.username != \"x\"", &["u1", "u2", "u3"]),
        ("user.email.endsWith(\"@example.com\")", &["u1"]),
        ("user.status == \"left\"", &["u4"]),
        ("user.status != \"active\"", &["u3", "u4"]),
        // By the type of the field, whatever stands on the other side.
        ("!(user.username in vars.names)", &["u3"]),
        ("user.username == inputs.who", &["u2"]),
        ("user.username in [\"EXT.BO\", inputs.who]", &["u2", "u3"]),
        ("user.mobile == vars.mobile", &["u2"]),
        // What is missing is empty.
        ("user.username != inputs.nobody", &["u1", "u2", "u3"]),
        ("user.username.startsWith(inputs.nobody)", &[]),
        ("user.custom.x == \"1\"", &["u3"]),
        ("has(user.custom.x) && user.custom.x == \"1\"", &["u3"]),
        ("user.custom.x != \"1\"", &["u1", "u2"]),
        ("user.title == user.nickname", &[]),
        ("user.email in [\"\", \"A@EXAMPLE.COM\"]", &["u1", "u2"]),
        ("user.departments.exists(d, d.leader)", &["u1"]),
        ("inputs.span < \"1h\" && duration(\"2h\") > inputs.span", &["u1", "u2", "u3"]),
    ];
    let house = House::new();
    let mut wrong = String::new();
    for (number, (condition, keys)) in table.iter().enumerate() {
        let folder = house.path(&format!("t{number}"));
        std::fs::create_dir(&folder).expect("a folder");
        std::fs::write(folder.join("wt.yaml"), workflow(condition)).expect("a file");
        let mut expected = PEOPLE.to_string();
        if !keys.is_empty() {
            let _ = writeln!(expected, "        add: {{create: {}}}\n      changes:", keys.len());
        }
        for key in *keys {
            let _ = writeln!(expected, "        - {{step: add, key: {key}, after: {{}}}}");
        }
        let path = folder.join("wt.test.yaml");
        std::fs::write(&path, expected).expect("a file");
        let answer = house.text(&["test", &path.display().to_string()]);
        if answer.code != 0 {
            let _ = writeln!(wrong, "{condition}: {}{}", answer.out, answer.err);
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn conditions_that_take_too_much_work_are_refused() {
    let house = House::new();
    let codes: Vec<String> = (0..2_000).map(|number| format!("c{number}")).collect();
    let long = |condition: &str| {
        let text = workflow(condition).replace("unused: 1", &format!("codes: [{}]", codes.join(", ")));
        let path = house.path("long.yaml");
        std::fs::write(&path, text).expect("a file");
        house.text(&["validate", &path.display().to_string()])
    };
    let refused = long("!vars.codes.exists(c, vars.codes.exists(d, c + d == user.name))").expect(1);
    assert!(refused.out.contains("E0411") || refused.err.contains("E0411"), "{}{}", refused.out, refused.err);
    long("user.name in vars.codes").expect(0);
    long("!vars.codes.exists(c, user.name.contains(c))").expect(0);
}

/// A file of 20 people, and a step that depends on what was not given.
#[test]
fn an_input_that_was_not_given_is_empty_in_files_and_steps() {
    let house = House::new();
    let folder = house.path("hr");
    std::fs::create_dir(&folder).expect("a folder");
    let mut rows = String::from("no,name,note\n");
    for number in 0..20 {
        let _ = writeln!(rows, "{number},Name {number},{}", if number % 2 == 0 { "" } else { "x" });
    }
    std::fs::write(folder.join("s.csv"), rows).expect("a file");
    house
        .text(&["connection", "add", "csv", "--name", "hr", "--set", &format!("folder={}", folder.display())])
        .expect(0);
    let table: &[(&str, &str, u64)] = &[
        ("row.name == inputs.word", "true", 0),
        ("row.name != inputs.word", "true", 20),
        ("row.name in [inputs.word]", "true", 0),
        ("row.note in [\"\", \"y\"]", "true", 10),
        ("row.note == \"\" || row.note == \"x\"", "true", 20),
        ("row.no != \"\"", "inputs.word.startsWith(\"a\") || inputs.word > \"a\" || inputs[\"flag\"]", 0),
        ("row.no != \"\"", "!inputs.flag && inputs.span != \"1h\"", 20),
        ("row.no != \"\"", "duration(\"2h\") > duration(\"1h\")", 20),
    ];
    for (number, (condition, step, count)) in table.iter().enumerate() {
        let text = format!(
            "dsl: 1
id: t1
name: {{zh: 试, en: Trial}}
on:
  manual:
    inputs:
      word: {{type: string}}
      flag: {{type: boolean}}
      span: {{type: duration}}
connections:
  csv: {{type: csv, ref: hr}}
  directory: {{type: directory, ref: default}}
mappings:
  p:
    from: csv/row
    to: directory/user
    match: [linked, source.no == target.employee_no]
    fields:
      username: {{value: \"u{{{{source.no}}}}\", write: create}}
      name: \"{{{{source.name}}}}\"
      employee_no: \"{{{{source.no}}}}\"
steps:
  - {{id: read, name: {{zh: 读, en: Read}}, uses: csv/read, with: {{path: s.csv, key: no, columns: {{no: no, name: name, note: note}}, required: [no, name], where: '{condition}'}}}}
  - {{id: up, name: {{zh: 写, en: Write}}, uses: directory/upsert_user, map: p, if: '{step}', foreach: {{in: steps.read.outputs.rows}}}}
"
        );
        let path = house.path("t1.yaml");
        std::fs::write(&path, text).expect("a file");
        let id = format!("t{number}");
        house.good(&["workflow", "create", "--file", &path.display().to_string(), "--id", &id]);
        let plan = house.ask(&["plan", &id]);
        let shown = format!("{condition} / {step}: {}{}", plan.out, plan.err);
        assert_eq!(plan.code, 0, "{shown}");
        assert_eq!(plan.json()["counts"]["user"]["create"].as_u64().unwrap_or(0), *count, "{shown}");
    }
}
