//! Accounts and numbers that go to somebody else: the record, the places and the access of one person are never given to another
//! without a word.

use serde_json::{Value, json};
use wecom_sim::state::SensitiveFields;

use super::support::{Corp, House, Organisation, corp, house::Answer};

fn hand(corp: &Corp, call: &str, body: Value) {
    corp.by_hand(corp::CORP_ID, call, &body).expect("by hand");
}

fn person(house: &House, account: &str) -> Vec<Value> {
    let all = house.good(&["directory", "show", "user", "--reveal", "--limit", "100000"]);
    all.as_array().expect("people").iter().filter(|one| one["username"] == account).cloned().collect()
}

fn with_code(items: &[Value], code: &str) -> usize {
    items.iter().filter(|item| item["error"]["code"] == code).count()
}

#[test]
fn a_userid_that_wecom_gives_to_somebody_else_does_not_take_over_a_record() {
    let mut state = corp::empty();
    state.corps[0].apps[0].sensitive_fields = SensitiveFields::Shown;
    let corp = Corp::with(state);
    hand(&corp, "department/create", json!({"id": 2, "name": "R&D", "parentid": 1}));
    hand(&corp, "department/create", json!({"id": 3, "name": "Sales", "parentid": 1}));
    let member = |userid: &str, name: &str, department: u32, mobile: &str| json!({"userid": userid, "name": name, "department": [department], "mobile": mobile});
    for (number, name) in ["任零", "任一", "任二", "任三", "任四", "任五", "任六", "任七"].iter().enumerate()
    {
        hand(&corp, "user/create", member(&format!("r0{number}"), name, 2, &format!("1540000000{number}")));
    }
    // Enough others that one of them is no share of all.
    for number in 20..45 {
        let (userid, name) = (format!("s{number}"), format!("Other {number}"));
        hand(&corp, "user/create", member(&userid, &name, 2, &format!("154000010{number}")));
    }
    let house = House::ready(&corp, "wecom_upstream_full");
    house.sync(&[]).expect(0);
    // One left and the account goes to somebody else; of another nobody saw that he left; a third one married, a fourth has
    // another telephone.
    hand(&corp, "user/delete", json!({"userid": "r04"}));
    house.sync(&[]).expect(0);
    assert_eq!(person(&house, "r04")[0]["status"], "left");
    hand(&corp, "user/create", member("r04", "又不同", 3, "15411110004"));
    hand(&corp, "user/delete", json!({"userid": "r02"}));
    hand(&corp, "user/create", member("r02", "别人乙", 3, "15411110002"));
    hand(&corp, "user/update", json!({"userid": "r05", "name": "陈五"}));
    hand(&corp, "user/update", json!({"userid": "r06", "mobile": "15411110006"}));
    let run = house.sync(&[]).expect(3).json();
    let items = house.items(&run);
    assert_eq!(with_code(&items, "key_given_again"), 2, "{items:#?}");
    assert_eq!(
        (&run["counts"]["user"]["updated"], &run["counts"]["user"]["created"]),
        (&json!(2), &json!(0)),
        "{run:#}"
    );
    let (four, two) = (person(&house, "r04"), person(&house, "r02"));
    assert_eq!((&four[0]["name"], &four[0]["status"]), (&json!("任四"), &json!("left")));
    assert_eq!(two[0]["name"], "任二");
    assert_eq!(person(&house, "r05")[0]["name"], "陈五", "a marriage");
    assert!(person(&house, "r06")[0]["mobile"].to_string().contains("15411110006"), "a new telephone");
    // The leaver's account is another person's: a new record; the other one is the same after all.
    house.good(&["match", "decide", "main", "r04", "--other"]);
    house.good(&["match", "decide", "main", "r02", "--same"]);
    let run = house.sync(&[]).expect(0).json();
    assert_eq!(person(&house, "r02")[0]["name"], "别人乙", "{run:#}");
    let four = person(&house, "r04");
    assert_eq!(four.len(), 2, "{four:#?}");
    assert!(four.iter().any(|one| one["name"] == "任四" && one["status"] == "left"), "{four:#?}");
    assert!(four.iter().any(|one| one["name"] == "又不同" && one["status"] != "left"), "{four:#?}");
    let again = house.sync(&[]).expect(0).json();
    assert_eq!(again["status"], "succeeded_no_change", "{again:#}");
}

/// Nobody saw the former one leave: once somebody says that these are two people, he leaves in the run that makes the new one.
#[test]
fn the_former_holder_of_a_userid_leaves_when_it_is_said_to_be_anothers() {
    let mut state = corp::empty();
    state.corps[0].apps[0].sensitive_fields = SensitiveFields::Shown;
    let corp = Corp::with(state);
    hand(&corp, "department/create", json!({"id": 2, "name": "R&D", "parentid": 1}));
    hand(&corp, "department/create", json!({"id": 3, "name": "Sales", "parentid": 1}));
    let member = |userid: &str, name: &str, department: u32, mobile: &str| json!({"userid": userid, "name": name, "department": [department], "mobile": mobile});
    for (number, name) in ["任零", "任一", "王四", "任三", "任五", "任六"].iter().enumerate() {
        hand(&corp, "user/create", member(&format!("m{number}"), name, 2, &format!("1540000000{number}")));
    }
    let house = House::ready(&corp, "wecom_upstream_full");
    house.sync(&[]).expect(0);
    hand(&corp, "user/delete", json!({"userid": "m2"}));
    hand(&corp, "user/create", member("m2", "赵新", 3, "15411110002"));
    let run = house.sync(&[]).expect(3).json();
    assert_eq!(with_code(&house.items(&run), "key_given_again"), 1, "{run:#}");
    house.good(&["match", "decide", "main", "m2", "--other"]);
    let run = house.sync(&[]).expect(0).json();
    let two = person(&house, "m2");
    assert_eq!(two.len(), 2, "{two:#?} {run:#}");
    assert!(two.iter().any(|one| one["name"] == "王四" && one["status"] == "left"), "{two:#?}");
    assert!(two.iter().any(|one| one["name"] == "赵新" && one["status"] != "left"), "{two:#?}");
    let counts = &run["counts"]["user"];
    assert_eq!((&counts["removed"], &counts["created"]), (&json!(1), &json!(1)), "{run:#}");
    let again = house.sync(&[]).expect(0).json();
    assert_eq!(again["status"], "succeeded_no_change", "{again:#}");
}

/// Links to a connection whose name stands before that of the directory are found by the userid. It is the next one's by the time
/// that the former one, whom somebody deleted by hand, is forgotten.
#[test]
fn forgetting_who_had_a_userid_says_nothing_of_who_has_it_now() {
    let corp = Corp::start();
    let house = House::new();
    let url = format!("base_url={}", corp.base_url());
    let (id, agent) = (format!("corp_id={}", corp::CORP_ID), format!("agent_id={}", corp::AGENT_ID));
    let settings = ["--set", &id, "--set", &url, "--set", &agent];
    let secrets = ["--secret", "contacts_secret=env:CONTACTS", "--secret", "app_secret=env:APP"];
    house.good(&[&["connection", "add", "wecom", "--name", "acme"][..], &settings, &secrets].concat());
    // Leavers are deleted last.
    let shown = house.good(&["template", "show", "wecom_downstream_mirror"]);
    let text = shown["text"].as_str().expect("the text");
    let from = text.find("  - id: delete_leaver\n").expect("the step");
    let to = text.find("  - id: create_user\n").expect("the step after it");
    let (step, last) = (&text[from..to], "  # Last, because WeCom refuses");
    assert!(from < to && text.contains(last), "{text}");
    let text = text.replace(step, "").replace(last, &format!("{step}{last}"));
    let file = house.path("sync.yaml");
    std::fs::write(&file, text).expect("the workflow is written");
    let file = file.display().to_string();
    house.good(&["workflow", "create", "--file", &file, "--id", "sync", "--connection", "wecom=acme"]);
    house.good(&["workflow", "activate", "sync", "--yes"]);
    Organisation::generated(3, 10).write(&house.source());
    house.import(&[]).expect(0);
    let add = |name: &str, mobile: &str| {
        let mobile = format!("mobile={mobile}");
        let place = ["--department", "/Company/North", "--set", &mobile];
        house.good(&[&["directory", "person", "add", "joe", name][..], &place].concat());
    };
    add("王四", "15411110001");
    house.sync(&["--input", "grace=0d"]).expect(0);
    assert_eq!(house.good(&["link", "resolve", "acme", "joe"])["name"], "王四");
    // All between two runs.
    house.good(&["directory", "person", "leave", "joe"]);
    hand(&corp, "user/delete", json!({"userid": "joe"}));
    add("赵新", "15411110002");
    let run = house.sync(&["--input", "grace=0d"]).expect(0).json();
    assert_eq!(corp.member("joe")["name"], "赵新", "{run:#}");
    assert_eq!(house.good(&["link", "resolve", "acme", "joe"])["name"], "赵新", "{run:#}");
    let again = house.sync(&["--input", "grace=0d"]).expect(0).json();
    assert_eq!(again["status"], "succeeded_no_change", "{again:#}");
}

/// Four people of a file; number 3 may be somebody else.
fn four(folder: &std::path::Path, third: &str) {
    std::fs::create_dir_all(folder).expect("a folder");
    std::fs::write(folder.join("departments.csv"), "dept_id,parent_id,name\nHQ,,示例公司\nRD,HQ,研发部\n")
        .expect("a file");
    let rows =
        ["1,li.lei,李雷,15400000001,HQ", "2,wang.fang,王芳,15400000002,HQ", third, "4,chen.jing,陈静,15400000004,HQ"];
    let head = "external_id,userid,name,mobile,departments";
    std::fs::write(folder.join("users.csv"), format!("{head}\n{}\n", rows.join("\n"))).expect("a file");
}

const FORMER: &str = "3,wang.si,王四,15400000003,HQ";
const NEW: &str = "3,zhao.xin,赵新,15411110003,RD";

fn status(house: &House, account: &str) -> Option<String> {
    let all = person(house, account);
    assert!(all.len() < 2, "{all:#?}");
    all.first().map(|one| one["status"].as_str().unwrap_or("active").to_string())
}

/// A removal that waits is found by the link of the one who leaves: whoever gets his key is made once it is done.
#[test]
fn the_removal_of_a_former_holder_waits_is_approved_and_is_done() {
    let house = House::new();
    four(&house.source(), FORMER);
    house.import(&[]).expect(0);
    four(&house.source(), NEW);
    let run = house.import(&[]).expect(3).json();
    assert_eq!(with_code(&house.items(&run), "key_given_again"), 1, "{run:#}");
    house.good(&["match", "decide", "import", "3", "--other"]);
    // One of four is more than a fifth; and it waits however often the file is imported.
    let mut id = String::new();
    for _ in 0..2 {
        let run = house.import(&[]).expect(3).json();
        let items = house.items(&run);
        assert_eq!((with_code(&items, "removal_waiting"), with_code(&items, "needs_removal")), (1, 1), "{items:#?}");
        assert_eq!((status(&house, "wang.si").as_deref(), status(&house, "zhao.xin")), (Some("active"), None));
        let removals = house.good(&["removals", "list"]);
        let removals = removals.as_array().expect("removals");
        assert_eq!((removals.len(), &removals[0]["state"]), (1, &json!("waiting")), "{removals:#?}");
        id = removals[0]["id"].as_str().expect("an id").to_string();
    }
    house.good(&["removals", "approve", &id]);
    let run = house.import(&[]).expect(0).json();
    let counts = &run["counts"]["user"];
    assert_eq!((&counts["removed"], &counts["created"]), (&json!(1), &json!(1)), "{run:#}");
    assert_eq!(
        (status(&house, "wang.si").as_deref(), status(&house, "zhao.xin").as_deref()),
        (Some("left"), Some("active"))
    );
    assert_eq!(house.good(&["removals", "list"])[0]["state"], "done");
    assert_eq!(house.import(&[]).expect(0).json()["status"], "succeeded_no_change");
}

/// The step of [`by_steps`] that removes people.
const OFFBOARD: &str = "  # Before the others, so that a user name or mobile number given up can be taken again.
  - id: offboard_user
    name: {zh: 办理离职, en: Offboard people who are gone}
    uses: directory/offboard_user
    foreach: {in: steps.read_users.outputs.removed_rows}

";

/// A house with a connection of this name to a folder of four people, and a workflow of the same name whose step that removes
/// people comes after the one that makes them, or is not there. All is in step, and somebody has said that number 3 is another.
fn by_steps(name: &str, removes: bool) -> House {
    let house = House::new();
    let folder = house.path(name);
    four(&folder, FORMER);
    let setting = format!("folder={}", folder.display());
    house.good(&["connection", "add", "csv", "--name", name, "--set", &setting]);
    let shown = house.good(&["template", "show", "csv_to_directory"]);
    let text = shown["text"].as_str().expect("the text").replace("ref: import", &format!("ref: {name}"));
    let text = text.replace("{{inputs.folder}}/", "").replace("id: csv_to_directory", &format!("id: {name}"));
    let inputs = "\n    inputs:\n      folder: {type: string, required: true, label: {zh: 文件夹, en: Folder}}";
    let last = "  - id: remove_department\n";
    for part in [inputs, OFFBOARD, last] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let text = text.replace(&format!("manual:{inputs}"), "manual: {}").replace(OFFBOARD, "");
    let later = if removes { format!("{OFFBOARD}{last}") } else { last.to_string() };
    let file = house.path(&format!("{name}.yaml"));
    std::fs::write(&file, text.replace(last, &later)).expect("a file");
    house.good(&["workflow", "create", "--file", &file.display().to_string()]);
    house.good(&["workflow", "activate", name, "--yes"]);
    run(&house, name).expect(0);
    four(&folder, NEW);
    run(&house, name).expect(3);
    house.good(&["match", "decide", name, "3", "--other"]);
    house
}

fn run(house: &House, workflow: &str) -> Answer {
    house.ask(&["run", workflow, "--wait", "--yes"])
}

/// Where the step that removes comes later the next run makes the new one. The connection's name stands before that of the
/// directory, and after it.
#[test]
fn whoever_gets_a_key_is_made_after_the_former_holder_has_left() {
    for name in ["acme", "hr"] {
        let house = by_steps(name, true);
        let first = run(&house, name).expect(3).json();
        let items = house.items(&first);
        assert_eq!(with_code(&items, "former_holder_first"), 1, "{name}: {items:#?}");
        assert_eq!((status(&house, "wang.si").as_deref(), status(&house, "zhao.xin")), (Some("left"), None), "{name}");
        run(&house, name).expect(0);
        assert_eq!(status(&house, "zhao.xin").as_deref(), Some("active"), "{name}");
        let links = house.good(&["link", "list", name, "--find", "3"]);
        assert_eq!(links[0]["label"], "赵新 (zhao.xin)", "{name}: {links}");
        assert_eq!(run(&house, name).expect(0).json()["status"], "succeeded_no_change", "{name}");
    }
}

/// Where nothing removes him the former one keeps his access, and is told of.
#[test]
fn a_former_holder_whom_nothing_removes_is_told_of() {
    let house = by_steps("hr", false);
    let made = run(&house, "hr").expect(0).json();
    let items = house.items(&made);
    assert_eq!(with_code(&items, "former_holder_stays"), 1, "{items:#?}");
    assert_eq!(
        (status(&house, "wang.si").as_deref(), status(&house, "zhao.xin").as_deref()),
        (Some("active"), Some("active"))
    );
    let again = run(&house, "hr").expect(0).json();
    assert_eq!(again["status"], "succeeded_no_change", "{again:#}");
}

#[test]
fn an_account_given_to_a_stranger_in_wecom_is_neither_moved_nor_disabled() {
    let corp = Corp::start();
    let house = House::new();
    house.connect(&corp);
    house.workflow("wecom_downstream_mirror");
    let mut organisation = Organisation::generated(3, 30);
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    house.sync(&[]).expect(0);
    for (userid, mobile) in [("user0028", "13644440028"), ("user0029", "13644440029")] {
        hand(&corp, "user/delete", json!({"userid": userid}));
        hand(&corp, "user/create", json!({"userid": userid, "name": "别人丁", "mobile": mobile, "department": [1]}));
    }
    organisation.people.remove("E0029");
    organisation.write(&house.source());
    house.import(&["--yes"]).expect(0);
    let writes = corp.writes();
    let run = house.sync(&[]).expect(3).json();
    let items = house.items(&run);
    assert_eq!(with_code(&items, "key_given_again"), 2, "{items:#?}");
    assert_eq!(corp.writes(), writes, "nobody is touched");
    assert_eq!((&corp.member("user0028")["department"], &corp.member("user0029")["enable"]), (&json!([1]), &json!(1)));
    // They are the same people after all, somebody says.
    for userid in ["user0028", "user0029"] {
        house.good(&["match", "decide", "main", userid, "--same"]);
    }
    let run = house.sync(&[]).expect(0).json();
    assert_eq!(
        (&run["counts"]["user"]["updated"], &run["counts"]["user"]["removed"]),
        (&json!(1), &json!(1)),
        "{run:#}"
    );
    assert_eq!(corp.member("user0029")["enable"], 0);
    let again = house.sync(&[]).expect(0).json();
    assert_eq!(again["status"], "succeeded_no_change", "{again:#}");
}

/// A row of a file whose name, number and address all become others is asked about, although its key and its account stay; what a
/// marriage and a new telephone change is not.
#[test]
fn a_row_that_keeps_its_account_alone_is_asked_about() {
    let house = House::new();
    let mut organisation = Organisation::generated(3, 40);
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    let all_new = |organisation: &mut Organisation, key: &str, number: usize| {
        organisation.change(key, "name", &format!("Somebody {number}"));
        organisation.change(key, "mobile", &format!("1541111{number:04}"));
        organisation.change(key, "email", &format!("other{number}@example.com"));
    };
    organisation.change("E0004", "name", "Married 0004");
    organisation.change("E0004", "mobile", "15411110004");
    organisation.change("E0005", "name", "Married 0005");
    organisation.change("E0005", "email", "married0005@example.com");
    organisation.change("E0006", "mobile", "15411110006");
    organisation.change("E0006", "email", "other0006@example.com");
    all_new(&mut organisation, "E0007", 7);
    organisation.write(&house.source());
    let run = house.import(&[]).expect(3).json();
    let items = house.items(&run);
    assert_eq!(with_code(&items, "key_given_again"), 1, "{items:#?}");
    assert_eq!(
        (&run["counts"]["user"]["updated"], &run["counts"]["user"]["ambiguous"]),
        (&json!(3), &json!(1)),
        "{run:#}"
    );
    assert_eq!(person(&house, "user0007")[0]["name"], "Person 0007");
    house.good(&["match", "decide", "import", "E0007", "--same"]);
    house.import(&[]).expect(0);
    assert_eq!(person(&house, "user0007")[0]["name"], "Somebody 7");
    assert_eq!(house.import(&[]).expect(0).json()["status"], "succeeded_no_change");
    // An account that is the key says no more than the key.
    organisation.change("E0008", "userid", "E0008");
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    organisation.change("E0008", "name", "Somebody 8");
    organisation.change("E0008", "mobile", "15411110008");
    organisation.change("E0008", "email", "");
    organisation.write(&house.source());
    let run = house.import(&[]).expect(3).json();
    assert_eq!(with_code(&house.items(&run), "key_given_again"), 1, "{run:#}");
}

#[test]
fn nobody_is_said_to_be_in_a_department_that_is_refused_in_the_same_run() {
    let corp = Corp::start();
    for (id, name, parent) in [(2, "North", 1), (3, "South", 1), (4, "Sales", 2), (5, "Sales", 3)] {
        hand(&corp, "department/create", json!({"id": id, "name": name, "parentid": parent}));
    }
    hand(&corp, "user/create", json!({"userid": "a4", "name": "Four", "department": [4], "mobile": "15400000004"}));
    hand(&corp, "user/create", json!({"userid": "a5", "name": "Five", "department": [5], "mobile": "15400000005"}));
    let range = json!({"departments": [4, 5], "users": [], "tags": []});
    corp.set_visible(corp::CORP_ID, corp::AGENT_ID, &serde_json::from_value(range).expect("a range")).expect("set");
    let house = House::new();
    let url = format!("base_url={}", corp.base_url());
    let (id, agent) = (format!("corp_id={}", corp::CORP_ID), format!("agent_id={}", corp::AGENT_ID));
    house.good(&[
        "connection",
        "add",
        "wecom",
        "--name",
        "main",
        "--set",
        &id,
        "--set",
        &url,
        "--set",
        &agent,
        "--secret",
        "app_secret=env:APP",
    ]);
    house.workflow("wecom_upstream_full");
    let run = house.sync(&[]).expect(3).json();
    // What is said of the second one is what there is: no department, and one that could not be used.
    assert_eq!(run["counts"]["user"]["created"], 2, "{run:#}");
    assert_eq!(run["counts"]["department"]["invalid"], 1, "{run:#}");
    assert!(run["notices"].to_string().contains("references_not_made"), "{run:#}");
}
