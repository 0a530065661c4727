//! What a command answers can be followed: the next step that it names is there and helps, a plan leaves everything as it is, and
//! what is shown is called as people know it.

use std::net::TcpListener;

use serde_json::{Value, json};

use super::support::{Corp, House, house::BEGIN};

/// An installation with one department and files of people.
fn place(files: &[(&str, &str)]) -> House {
    let house = House::new();
    house.good(&BEGIN);
    house.good(&["directory", "department", "add", "总部"]);
    for (name, text) in files {
        std::fs::write(house.path(name), text).expect("a file");
    }
    house
}

const PEOPLE: (&str, &str) = ("people.csv", "Employee number,Name,Department\n0001,Ann,总部\n0002,Bo,总部\n");

#[track_caller]
fn has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is missing:\n{text}");
    }
}

#[track_caller]
fn refused(house: &House, lang: &str, args: &[&str], parts: &[&str]) {
    refused_as(1, house, lang, args, parts);
}

/// The same with another exit code; gives what was said.
#[track_caller]
fn refused_as(code: i32, house: &House, lang: &str, args: &[&str], parts: &[&str]) -> String {
    let answer = house.text(&[&["--lang", lang][..], args].concat()).expect(code);
    has(&answer.err, parts);
    answer.err
}

#[test]
fn where_a_run_is_over_no_approval_of_it_is_asked_for() {
    let house = place(&[PEOPLE, ("may.csv", "Employee number,Name,Department\n0001,Ann,总部\n")]);
    for file in ["people.csv", "may.csv"] {
        house.ask(&["directory", "upload", file]).expect(0);
    }
    let plan = house.text(&["--lang", "en", "directory", "upload", "may.csv", "--full", "--plan"]).expect(0);
    assert!(!plan.out.contains("idflow run upload_people"), "the workflow alone has no file: {}", plan.out);
    let done = house.text(&["--lang", "en", "directory", "upload", "may.csv", "--full"]).expect(0);
    has(&done.out, &["1 removal waits for a decision", "idflow removals list"]);
    assert!(!done.out.contains("runs approve"), "{}", done.out);
    let removals = house.good(&["removals", "list"]);
    assert_eq!(removals[0]["why"]["next"]["kind"], "decide_removal", "{removals}");
    let field = &removals[0]["fields"][0];
    assert_eq!(
        (&field["title"]["zh"], &field["in_words"]["after"]["zh"]),
        (&json!("状态"), &json!("已离职")),
        "{field}"
    );
    has(&house.text(&["--lang", "zh", "removals", "list"]).expect(0).out, &["状态：正常 → 已离职"]);
    // A part says nothing of whoever is not in it: what a full file asked is withdrawn.
    house.ask(&["directory", "upload", "may.csv"]).expect(0);
    assert_eq!(house.good(&["removals", "list"])[0]["state"], "gone");
}

#[test]
fn departments_that_are_missing_can_be_made() {
    let house = place(&[("people.csv", "工号,姓名,部门\n0001,李娜,总部/研发部\n")]);
    let look = house.text(&["--lang", "en", "directory", "upload", "people.csv", "--preview"]).expect(0);
    has(&look.out, &["/总部/研发部", "--create-departments", "no department with the path"]);
    let run = house.ask(&["directory", "upload", "people.csv"]).json();
    let items = house.items(&run);
    let error = &items[0]["error"];
    assert_eq!(error["code"], "department_path_unknown", "{items:?}");
    has(&error["hint"].to_string(), &["--create-departments", "upsert_department"]);
    // A path of a department is no file that is written.
    let plan = house.text(&["--lang", "en", "directory", "upload", "people.csv", "--create-departments", "--plan"]);
    let plan = plan.expect(0).out;
    has(&plan, &["target: Directory\n"]);
    assert!(!plan.contains("{{"), "{plan}");
}

#[test]
fn a_file_that_is_not_understood_is_answered_with_what_can_be_said() {
    let house = place(&[("odd.csv", "No,Who,Where\n1,Ann,总部\n2,Bo,总部\n")]);
    let upload = |more: &[&'static str]| [&["directory", "upload", "odd.csv"][..], more].concat();
    refused(
        &house,
        "en",
        &upload(&[]),
        &[
            "Employee number (external_id), Name (name), Department (departments)",
            "No, Who, Where",
            "--column",
            "--preview",
        ],
    );
    refused(
        &house,
        "zh",
        &upload(&[]),
        &["工号（external_id）、姓名（name）、部门（departments）", "--column FIELD=HEADER"],
    );
    refused(&house, "en", &upload(&["--column", "extid=No"]), &["no field `extid`", "external_id"]);
    refused(&house, "en", &upload(&["--column", "external_id=Nr"]), &["no column “Nr”", "No, Who, Where"]);
    let look = house.text(&[&["--lang", "en"][..], &upload(&["--preview"])].concat()).expect(0);
    has(&look.out, &["2 rows", "--column external_id=HEADER", "username"]);
    let all = ["--column", "external_id=No", "--column", "name=Who", "--column", "departments=Where"];
    assert_eq!(house.ask(&upload(&all)).expect(0).json()["counts"]["user"]["created"], 2);

    refused(&house, "en", &upload(&["--sheet", "X"]), &["a CSV file has no sheet “X”"]);
    refused(&house, "en", &upload(&["--header-row", "9"]), &["row 9 is blank", "1, 2, 3"]);
    refused(&house, "en", &["directory", "upload", "src"], &["src is a folder", "idflow directory import src"]);
    std::fs::write(house.path("noise.xlsx"), b"\xd9\x01\x84t\x12\x9e\x1b\x7fQ\xe0\x03").expect("a file");
    refused(&house, "en", &["directory", "upload", "noise.xlsx"], &["neither a CSV nor an XLSX file"]);
    std::fs::write(house.path("page.xls"), "Salaries of March\nnobody\n").expect("a file");
    refused(&house, "en", &["directory", "upload", "page.xls"], &["called .xls", "neither an Excel workbook"]);
}

#[test]
fn the_next_step_of_a_workflow_is_one_that_works() {
    let house = House::new();
    let made = house.text(&[&["--lang", "en"][..], &BEGIN].concat()).expect(0);
    has(&made.err, &["idflow plan csv_to_directory --input folder=…"]);
    refused(&house, "en", &["plan", "csv_to_directory"], &["`folder`", "--input NAME=VALUE"]);
    assert!(!house.text(&["plan", "csv_to_directory"]).err.contains("trigger"));
    // A file that is not there: nothing was planned, so there is nothing to look at.
    let failed = house.text(&["--lang", "en", "plan", "csv_to_directory", "--input", "folder=nowhere"]);
    let said = format!("{}{}", failed.out, failed.err);
    assert!(!said.contains("runs items"), "{said}");

    refused(&house, "en", &["runs", "show", "csv_to_directry#2"], &["no workflow", "csv_to_directory"]);
    refused(&house, "en", &["workflow", "hook", "sync", "--new-secret", "x"], &["no workflow `sync`"]);
    // A connection that is not there does not rest.
    let text = "dsl: 1\nid: hr\nname: {zh: 读, en: Read}\non: {manual: {}, webhook: {path: staff, verify: \
                token}}\nconnections:\n  hr: {type: csv, ref: hr}\n  directory: {type: directory, ref: default}\nsteps:\n  - {id: \
                read, name: {zh: 读, en: Read}, uses: directory/read}\n  - {id: rows, name: {zh: 行, en: Rows}, uses: csv/read, \
                with: {path: a.csv, key: id, columns: {id: id, name: name}}}\n";
    std::fs::write(house.path("hr.yaml"), text).expect("a file");
    house.ask(&["workflow", "create", "--file", "hr.yaml"]).expect(0);
    let plan = house.text(&["--lang", "zh", "plan", "hr"]);
    assert!(!format!("{}{}", plan.out, plan.err).contains("WARN"), "{plan:?}");
}

#[test]
fn a_webhook_that_is_not_there_is_answered_with_those_that_are() {
    let house = House::new();
    let text = "dsl: 1\nid: sync\nname: {zh: 读, en: Read}\non: {webhook: {path: staff, verify: token}}\nconnections:\n  directory: \
                {type: directory, ref: default}\nsteps:\n  - {id: read, name: {zh: 读, en: Read}, uses: directory/read}\n";
    std::fs::write(house.path("sync.yaml"), text).expect("a file");
    house.good(&["workflow", "create", "--file", "sync.yaml"]);
    let hook = ["workflow", "hook", "sync", "--new-secret", "x"];
    refused(&house, "en", &hook, &["activate the workflow first"]);
    house.good(&["workflow", "activate", "sync", "--yes"]);
    refused(&house, "en", &hook, &["its paths: staff"]);
    refused(&house, "zh", &hook, &["它的路径：staff"]);
}

#[test]
fn an_empty_list_says_so_and_a_taken_port_begins_nothing() {
    let house = House::new();
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("its address").to_string();
    refused(&house, "en", &["serve", "--listen", &address], &["another program", "--listen 127.0.0.1:"]);
    assert!(!house.data().exists(), "nothing is begun");
    house.good(&BEGIN);
    refused(&house, "zh", &["serve", "--listen", &address], &["另一个程序"]);
    for list in [
        &["directory", "find", "nobody"][..],
        &["directory", "review"],
        &["removals", "list"],
        &["connection", "list"],
        &["token", "list"],
    ] {
        let answer = house.text(&[&["--lang", "en"][..], list].concat()).expect(0);
        assert_eq!((answer.out.as_str(), answer.err.trim()), ("", "nothing there"), "{list:?}");
        assert_eq!(house.good(list), Value::Array(Vec::new()), "{list:?}");
    }
}

#[test]
fn a_table_that_is_exported_says_what_the_plan_said() {
    let corp = Corp::start();
    let house = House::ready(&corp, "wecom_downstream_full");
    let source = house.source();
    std::fs::write(source.join("departments.csv"), "dept_id,name,parent_id\n1,总部,\n7,研发部,1\n").expect("a file");
    let people = "external_id,userid,name,departments,mobile\n0001,li.na,李娜,7,13800000001\n";
    std::fs::write(source.join("users.csv"), people).expect("a file");
    house.import(&[]).expect(0);
    house.sync(&[]).expect(0);
    let file = |name: &str| std::fs::read_to_string(house.path(name)).expect("the export");
    house.text(&["--lang", "zh", "runs", "export", "sync#1", "zh.csv"]).expect(0);
    let zh = file("zh.csv");
    has(&zh, &[",成员,", ",新建,否,已新建,", ",所属部门,,/总部/研发部,", ",手机号,,138****0001,"]);
    assert!(!zh.contains(",create,") && !zh.contains(",false,"), "{zh}");
    house.text(&["--lang", "en", "runs", "export", "sync#1", "en.csv"]).expect(0);
    has(&file("en.csv"), &[",user,", ",create,false,created,", ",department,,/总部/研发部,"]);
    // Programs take JSON, where ids are ids.
    house.text(&["--lang", "zh", "runs", "export", "sync#1", "zh.jsonl"]).expect(0);
    has(&file("zh.jsonl"), &["\"action\":\"create\"", "\"field\":\"department\""]);

    let why = house.text(&["--lang", "en", "why", "0001"]).expect(0).out;
    has(&why, &["/总部/研发部 (as written last)"]);
    assert!(!why.contains(": [") && why.contains("direct leader: – (as written last)"), "{why}");
}

#[test]
fn a_setting_whose_file_is_not_there_is_refused_in_both_languages() {
    let mut house = House::new();
    house.set("IDFLOW_CLOCK_FILE", "no_clock");
    refused_as(2, &house, "en", &["runs", "list"], &["IDFLOW_CLOCK_FILE: no_clock", "No such file"]);
    std::fs::write(house.path("no_clock"), "noon\n").expect("a file");
    refused_as(2, &house, "zh", &["runs", "list"], &["IDFLOW_CLOCK_FILE：no_clock", "毫秒数"]);
    assert!(!house.data().exists(), "nothing begins in 1970");
    std::fs::write(house.path("no_clock"), "1790000000000\n").expect("a file");
    house.good(&BEGIN);

    house.set("IDFLOW_CONFIG", "noconf");
    let said = refused_as(2, &house, "zh", &["serve"], &["noconf：文件或目录不存在"]);
    assert!(!said.contains("No such"), "{said}");
    std::fs::write(house.path("noconf"), "IDFLOW_LISTN=x\n").expect("a file");
    refused_as(2, &house, "zh", &["serve"], &["第 1 行：没有名为 IDFLOW_LISTN 的设置"]);
}

#[test]
fn a_line_of_the_log_that_nobody_reads_is_no_failure() {
    let mut house = House::new();
    house.good(&BEGIN);
    house.set("IDFLOW_LOG", "trace");
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let mut command = house.command(&["workflow", "list"]);
    let done = command.stdout(std::process::Stdio::null()).stderr(writer).status().expect("the binary runs");
    assert_eq!(done.code(), Some(0));
}

#[test]
fn a_certificate_that_cannot_be_used_is_named() {
    let house = House::new();
    let serve = ["serve", "--public-url", "https://x", "--tls-cert", "cert.pem", "--tls-key", "cert.pem"];
    refused(&house, "zh", &serve, &["cert.pem：文件或目录不存在", "检查路径"]);
    std::fs::write(house.path("cert.pem"), "no certificate\n").expect("a file");
    refused(&house, "en", &serve, &["cert.pem: ", "--tls-key the key of that certificate"]);
    refused(&house, "zh", &serve, &["cert.pem 里没有可用的证书或私钥"]);
}

#[test]
fn accounts_are_called_by_their_names() {
    let house = House::new();
    house.good(&["account", "create", "li.lei", "--role", "operator"]);
    let listed = house.text(&["--lang", "en", "audit", "list"]).expect(0).out;
    has(&listed, &["li.lei"]);
    let about = house.good(&["audit", "list", "--about", "li.lei"]);
    assert_eq!(about[0]["deed"], "new_account", "{about}");
    // Who has no owner is told how to make one.
    refused(&house, "en", &["account", "link"], &["idflow account role ACCOUNT owner"]);

    let corp = Corp::start();
    house.connect(&corp);
    let bound = house.good(&["account", "bind", "li.lei", "nobody", "--connection", "main"]);
    let id = bound["id"].as_str().expect("an id").to_string();
    let shown = house.text(&["account", "bindings"]).expect(0).out;
    assert!(shown.contains(&id[..12]) && !shown.contains(&id), "{shown}");
    house.good(&["account", "unbind", &id[..12]]);
    assert_eq!(house.good(&["account", "bindings"]), json!([]));
}

#[test]
fn next_steps_of_notifications_and_messages_name_commands() {
    let house = House::new();
    house.good(&BEGIN);
    let set = ["notify", "set", "ops", "--on", "run_failed"];
    let made = house.text(&[&["--lang", "en"][..], &set, &["--mail", "a@example.com"]].concat()).expect(0);
    has(&made.err, &["in Chinese", "--language en"]);
    let tried = house.text(&["--lang", "en", "notify", "test", "ops"]).expect(1);
    has(&tried.err, &["idflow notify mail set HOST --from ADDRESS"]);
    refused(&house, "en", &["notify", "test", "nope"], &["idflow notify list"]);
    let wrong =
        refused_as(2, &house, "en", &["notify", "set", "ops", "--on", "run_faild"], &["run_failed", "run_held"]);
    assert!(wrong.contains("grant_expiring"), "{wrong}");
    let by_app = [&set[..], &["--connection", "wecom_main", "--to-user", "x"]].concat();
    let said = refused_as(1, &house, "en", &by_app, &["idflow connection add", "idflow connection list"]);
    assert!(!said.contains("workflow"), "{said}");
    refused(&house, "en", &["message", "recall", "nope"], &["idflow message list"]);
    let corp = Corp::start();
    house.connect(&corp);
    let to = ["message", "send", "hello", "--department", "/Nowhere"];
    let said = refused_as(1, &house, "en", &to, &["no department", "id or path"]);
    assert!(!said.contains("source"), "{said}");
}

#[test]
fn a_connection_that_a_workflow_names_and_nobody_has_added_is_told() {
    let house = House::new();
    let create = ["--lang", "en", "workflow", "create", "--template", "wecom_downstream_full", "--id", "x"];
    has(&house.text(&create).expect(0).err, &["wecom=wecom_main", "--connection ALIAS=NAME", "idflow connection add"]);
    let corp = Corp::start();
    house.connect(&corp);
    let named = house.text(&[&create[..7], &["y", "--connection", "wecom=main"]].concat()).expect(0).err;
    // What nobody can have meant is not proposed.
    let wrong = refused_as(2, &house, "en", &["workflow", "rollback", "x", "--to", "1"], &["'--to'"]);
    assert!(!wrong.contains("--store"), "{wrong}");
    assert!(!named.contains("note:") && !named.contains("ALIAS"), "{named}");
    std::fs::write(house.source().join("users.csv"), "external_id,name\n1,Ann\n").expect("a file");
    refused(&house, "en", &["directory", "import", "src"], &["departments.csv", "idflow directory upload FILE"]);
}

#[test]
fn next_steps_of_a_provider_and_of_a_tenant_name_commands() {
    let house = House::new();
    house.good(&["connection", "add", "wecom", "--name", "prov", "--set", "auth_mode=provider"]);
    let tested = house.text(&["--lang", "en", "connection", "test", "prov"]);
    let tested = format!("{}{}", tested.out, tested.err);
    has(&tested, &["idflow connection provider prov --invite app"]);
    let shown = house.text(&["--lang", "zh", "connection", "provider", "prov"]).expect(0).out;
    has(&shown, &["：`idflow provider set`"]);
    let early = ["connection", "provider", "prov", "--say", "online"];
    refused(&house, "en", &early, &["`idflow connection provider prov`"]);
    refused(&house, "en", &["connection", "provider", "prov", "--say", "app-built"], &["--auth-code env:NAME"]);

    house.good(&["tenant", "create", "east"]);
    house.good(&["tenant", "archive", "east"]);
    std::fs::write(house.source().join("users.csv"), "external_id,name\n1,Ann\n").expect("a file");
    std::fs::write(house.source().join("departments.csv"), "dept_id,name,parent_id\n").expect("a file");
    refused(&house, "en", &["--tenant", "east", "directory", "import", "src"], &["idflow tenant restore ID"]);

    // Whoever types is as a rule whoever runs the server.
    let _server = house.serve_with(&["--public-url", "https://id.example.com"]);
    let add = [
        "connection",
        "add",
        "wecom",
        "--name",
        "near",
        "--set",
        "corp_id=ww0123456789abcdef",
        "--set",
        "base_url=http://127.0.0.1:9",
    ];
    let add = [&add[..], &["--secret", "contacts_secret=env:CONTACTS"]].concat();
    refused(&house, "en", &add, &["idflow serve --allow-private"]);
    let notify = ["notify", "set", "w", "--on", "run_failed", "--webhook", "https://127.0.0.1/x"];
    refused(&house, "en", &notify, &["idflow serve --allow-private"]);
}
