//! Two workflows share a company, or a file: whoever moves from the part of the one to that of the other loses nothing on the way,
//! and leaves with the workflow that has him then.

use serde_json::{Value, json};

use super::support::{Corp, House};

/// People and the departments that they belong to.
type People<'a> = &'a [(&'a str, &'a str)];

/// The departments: three below `Acme`.
const DEPARTMENTS: &str = "dept_id,parent_id,name,order\n1,,Acme,1\n2,1,Sales,1\n3,1,RD,2\n4,1,Board,3\n";

/// Writes the directory's files: three departments below `Acme`, and these people.
fn roster(house: &House, people: People<'_>) {
    roster_of(house, ["Sales", "RD"], people);
}

/// The same with other names of the first two departments.
fn roster_of(house: &House, names: [&str; 2], people: People<'_>) {
    files(house, names, people);
    house.import(&["--yes"]).expect(0);
}

/// The same with other departments, and with the managers of people.
fn managed(house: &House, departments: &str, people: &[(&str, &str, &str)]) {
    write(house, departments, people);
    house.import(&["--yes"]).expect(0);
}

fn files(house: &House, [sales, rd]: [&str; 2], people: People<'_>) {
    let departments = format!("dept_id,parent_id,name,order\n1,,Acme,1\n2,1,{sales},1\n3,1,{rd},2\n4,1,Board,3\n");
    let people: Vec<_> = people.iter().map(|(account, departments)| (*account, *departments, "")).collect();
    write(house, &departments, &people);
}

fn write(house: &House, departments: &str, people: &[(&str, &str, &str)]) {
    let folder = house.source();
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("departments.csv"), departments).expect("a file");
    let mut users = String::from("external_id,userid,name,email,departments,manager,status\n");
    // Enough of them that one who leaves is no slip.
    let others: Vec<String> = (0..20).map(|number| format!("board{number}")).collect();
    let people = people.iter().copied().chain(others.iter().map(|account| (&**account, "4", "")));
    for (account, departments, manager) in people {
        let manager = if manager.is_empty() { String::new() } else { format!("N{manager}") };
        let email = format!("{account}@example.com");
        users.push_str(&format!("N{account},{account},{account},{email},{departments},{manager},active\n"));
    }
    std::fs::write(folder.join("users.csv"), users).expect("a file");
}

/// The mirror over a part of the directory, without limits: it is about who is removed, not about how many.
fn mirrors(house: &House, name: &str, include: &str) {
    mirrors_changed(house, name, include, str::to_string);
}

/// The same with another change of its text.
fn mirrors_changed(house: &House, name: &str, include: &str, change: impl FnOnce(&str) -> String) {
    let shown = house.good(&["template", "show", "wecom_downstream_mirror"]);
    let mut text = shown["text"].as_str().expect("the text").to_string();
    for (old, new) in [
        ("delay: 1s, max_delay: 60s", "delay: 0s, max_delay: 0s"),
        ("include: [\"/**\"]", &format!("include: [\"{include}\"]")),
        ("  source_shrink: 10%\n", ""),
        ("  update: {max_percent: 50%}\n", ""),
        ("  remove: {max: 20, max_percent: 5%}", "  remove: {max: 1000}"),
    ] {
        assert!(text.contains(old), "{old}");
        text = text.replace(old, new);
    }
    let file = house.path(&format!("{name}.yaml"));
    std::fs::write(&file, change(&text)).expect("written");
    let file = file.display().to_string();
    house.good(&["workflow", "create", "--file", &file, "--id", name, "--connection", "wecom=main"]);
    house.good(&["workflow", "activate", name, "--yes"]);
}

fn run(house: &House, name: &str) -> Value {
    house.ask(&["run", name, "--wait", "--yes"]).json()
}

/// How somebody stands in the directory.
fn status(house: &House, account: &str) -> String {
    let all = house.good(&["directory", "show", "user", "--limit", "100"]);
    let found = all.as_array().expect("people").iter().find(|one| one["username"] == account);
    found.and_then(|one| one["status"].as_str()).unwrap_or_default().into()
}

/// As a schedule runs it: nobody has approved anything beforehand.
fn nightly(house: &House, name: &str) -> Value {
    house.ask(&["run", name, "--wait"]).json()
}

/// Whether a member's account works.
fn works(corp: &Corp, userid: &str) -> bool {
    corp.member(userid)["enable"] == 1
}

/// The items of a run that stay because another workflow has them.
fn left_to_other(house: &House, run: &Value) -> Vec<Value> {
    let codes = ["read_by_other_workflow", "other_workflow_unread"];
    let said = |item: &Value| item["error"]["code"].as_str().is_some_and(|code| codes.contains(&code));
    house.items(run).into_iter().filter(said).collect()
}

/// Two workflows, each with two people of its part, in step.
fn two_parts() -> (Corp, House) {
    let corp = Corp::start();
    let house = House::new();
    house.connect(&corp);
    roster(&house, &[("anna", "2"), ("bert", "2"), ("carl", "3"), ("dora", "3")]);
    for (name, include) in [("sales", "/Acme/Sales/**"), ("rd", "/Acme/RD/**")] {
        mirrors(&house, name, include);
        assert_eq!(run(&house, name)["status"], "succeeded");
    }
    (corp, house)
}

#[test]
fn whoever_moves_to_the_part_of_another_workflow_keeps_access() {
    let (corp, house) = two_parts();
    // She moves, and the workflow of the part that she left runs first.
    roster(&house, &[("anna", "3"), ("bert", "2"), ("carl", "3"), ("dora", "3")]);
    let plan = house.good(&["plan", "sales"]);
    assert!(plan.to_string().contains("read_by_other_workflow"), "{plan:#}");
    let first = run(&house, "sales");
    assert!(works(&corp, "anna"), "{first:#}");
    let kept = left_to_other(&house, &first);
    assert_eq!(kept.len(), 1, "{kept:#?}");
    for lang in ["zh", "en"] {
        assert!(kept[0]["error"]["reason"][lang].as_str().is_some_and(|text| text.contains("rd")), "{kept:#?}");
    }
    let notices = first["notices"].as_array().expect("notices");
    let notice = notices.iter().find(|notice| notice["code"] == "kept_by_other_workflow");
    assert!(notice.is_some_and(|notice| notice.to_string().contains("anna")), "{first:#}");
    // The link is the other one's now: nothing more is said, and nothing is done.
    assert_eq!(run(&house, "rd")["status"], "succeeded");
    for name in ["sales", "rd", "sales", "rd"] {
        let again = run(&house, name);
        assert_eq!(again["status"], "succeeded_no_change", "{again:#}");
        assert_eq!(left_to_other(&house, &again), Vec::<Value>::new());
    }
    // One leaves altogether, one goes where no workflow reads.
    roster(&house, &[("bert", "2"), ("carl", "4"), ("dora", "3")]);
    assert_eq!(run(&house, "sales")["status"], "succeeded_no_change");
    let gone = run(&house, "rd");
    assert_eq!((works(&corp, "anna"), works(&corp, "carl"), works(&corp, "dora")), (false, false, true), "{gone:#}");
    // Back to where she came from: the one that has her makes her work again, whoever runs first.
    roster(&house, &[("anna", "2"), ("bert", "2"), ("carl", "4"), ("dora", "3")]);
    for name in ["sales", "rd", "sales", "rd"] {
        run(&house, name);
    }
    assert!(works(&corp, "anna") && works(&corp, "bert") && !works(&corp, "carl"));
}

/// Plans, failures and refused starts may come in any number after the last good run: it is the last good one all the same.
#[test]
fn a_workflow_that_only_planned_since_still_keeps_whom_it_reads() {
    let (corp, house) = two_parts();
    for _ in 0..52 {
        house.good(&["plan", "rd"]);
    }
    roster(&house, &[("anna", "3"), ("bert", "2"), ("carl", "3"), ("dora", "3")]);
    let first = run(&house, "sales");
    assert!(works(&corp, "anna"), "{first:#}");
    assert_eq!(left_to_other(&house, &first).len(), 1, "{first:#}");
}

#[test]
fn who_belongs_to_nobody_any_more_leaves_when_the_other_workflow_is_put_away() {
    let corp = Corp::start();
    let house = House::new();
    house.connect(&corp);
    roster(&house, &[("anna", "2"), ("bert", "2"), ("carl", "3")]);
    for (name, include) in [("sales", "/Acme/Sales/**"), ("rd", "/Acme/RD/**")] {
        mirrors(&house, name, include);
        run(&house, name);
    }
    roster(&house, &[("anna", "3"), ("bert", "2"), ("carl", "3")]);
    house.good(&["workflow", "pause", "rd"]);
    run(&house, "sales");
    assert!(works(&corp, "anna"), "a pause is no end");
    house.good(&["workflow", "archive", "rd"]);
    let alone = run(&house, "sales");
    let waiting = house.good(&["removals", "list"]);
    assert!(!works(&corp, "anna") || waiting.to_string().contains("anna"), "{alone:#} {waiting:#}");
}

/// A department that the scope names is called otherwise in the source: its people are all there, and a person decides.
#[test]
fn whoever_only_a_renamed_department_takes_out_of_scope_is_asked_about() {
    let corp = Corp::start();
    let house = House::new();
    house.connect(&corp);
    let people = &[("anna", "3"), ("bert", "2"), ("carl", "2"), ("dora", "2")];
    roster(&house, people);
    mirrors(&house, "parts", "/Acme/Sales/**\", \"/Acme/RD/**");
    assert_eq!(run(&house, "parts")["status"], "succeeded");
    roster_of(&house, ["Sales", "Research"], people);
    let renamed = nightly(&house, "parts");
    assert!(works(&corp, "anna"), "{renamed:#}");
    assert!(renamed["notices"].to_string().contains("scope_fits_nothing"), "{renamed:#}");
    let waiting = house.good(&["removals", "list"]);
    let anna = waiting.as_array().expect("removals").iter().find(|one| one["object"]["target"] == "anna");
    assert_eq!(anna.map(|one| &one["why"]["code"]), Some(&"out_of_scope".into()), "{waiting:#}");
    // Called as before, nobody is asked about any more.
    roster(&house, people);
    nightly(&house, "parts");
    let waiting = house.good(&["removals", "list", "--state", "waiting"]);
    assert!(works(&corp, "anna") && waiting == Value::Array(Vec::new()), "{waiting:#}");
    // Whoever moves out of the scope by himself, while each pattern fits, is still put out at once.
    roster(&house, &[("anna", "3"), ("bert", "2"), ("carl", "2"), ("dora", "4")]);
    nightly(&house, "parts");
    assert!(!works(&corp, "dora") && works(&corp, "anna"));
}

/// A workflow that would be held for what it reads now proves nothing of who is not in it.
#[test]
fn who_moves_to_a_part_that_cannot_be_found_at_the_moment_keeps_access() {
    let corp = Corp::start();
    let house = House::new();
    house.connect(&corp);
    roster(&house, &[("anna", "2"), ("bert", "2"), ("carl", "3"), ("dora", "3"), ("ella", "3")]);
    for (name, include) in [("sales", "/Acme/Sales/**"), ("rd", "/Acme/RD/**")] {
        mirrors(&house, name, include);
        assert_eq!(run(&house, name)["status"], "succeeded");
    }
    let moved = &[("anna", "2"), ("bert", "2"), ("carl", "2"), ("dora", "3"), ("ella", "3")];
    roster_of(&house, ["Market", "RD"], moved);
    let left = nightly(&house, "rd");
    // Whoever has left the directory is in nobody's part, whatever patterns fit.
    let gone = &[("anna", "2"), ("bert", "2"), ("carl", "2"), ("ella", "3")];
    roster_of(&house, ["Market", "RD"], gone);
    nightly(&house, "rd");
    assert!(works(&corp, "carl") && !works(&corp, "dora"), "{left:#}");
    roster_of(&house, ["Market", "RD"], moved);
    nightly(&house, "rd");
    let kept: Vec<String> = left_to_other(&house, &left).iter().map(|item| item["error"]["code"].to_string()).collect();
    assert!(works(&corp, "carl"), "{left:#}");
    assert_eq!(kept, ["\"other_workflow_unread\""], "{left:#}");
    roster(&house, moved);
    for name in ["rd", "sales", "rd"] {
        run(&house, name);
    }
    assert!(works(&corp, "carl"));
    roster(&house, &[("anna", "2"), ("bert", "2"), ("dora", "3"), ("ella", "3")]);
    run(&house, "sales");
    assert!(!works(&corp, "carl"), "he leaves with the workflow that has him");
}

/// A value that somebody of the other part gives up is free once the other workflow has run, and whoever waits for it is told that.
#[test]
fn a_value_of_the_other_part_is_waited_for_by_name() {
    let corp = Corp::start();
    let house = House::new();
    house.connect(&corp);
    roster(&house, &[("anna", "2"), ("bert", "2"), ("carl", "3"), ("dora", "3")]);
    for (name, include) in [("sales", "/Acme/Sales/**"), ("rd", "/Acme/RD/**")] {
        mirrors(&house, name, include);
        run(&house, name);
    }
    house.good(&["workflow", "pause", "rd"]);
    let file = house.source().join("users.csv");
    let text = std::fs::read_to_string(&file).expect("the file");
    let text = text.replace("carl@example.com", "new@example.com").replace("anna@example.com", "carl@example.com");
    std::fs::write(&file, text).expect("written");
    house.import(&["--yes"]).expect(0);
    let waits = nightly(&house, "sales");
    let items = house.items(&waits);
    let anna = items.iter().find(|item| item["error"]["code"] == "value_of_other_workflow").expect("told");
    assert!(anna["error"]["reason"]["zh"].as_str().is_some_and(|text| text.contains("rd")), "{anna:#}");
    assert_eq!(
        (&anna["error"]["next"]["kind"], &anna["error"]["next"]["workflow"]),
        (&"run_workflow".into(), &"rd".into())
    );
    house.good(&["workflow", "activate", "rd", "--yes"]);
    run(&house, "rd");
    assert_eq!(nightly(&house, "sales")["status"], "succeeded");
    assert_eq!(
        (corp.member("anna")["email"].as_str(), corp.member("carl")["email"].as_str()),
        (Some("carl@example.com"), Some("new@example.com"))
    );
}

/// Uploads what somebody typed, and looks at another file afterwards: the first one is gone then.
fn upload(house: &House, rows: &str, more: &[&str]) {
    let head = "external_id,userid,name,email,departments\n";
    for (name, text, more) in [("by-hand.csv", rows, more), ("next.csv", "x,x,x,,Acme\n", &["--preview"])] {
        let file = house.path(name).display().to_string();
        std::fs::write(&file, format!("{head}{text}")).expect("written");
        house.ask(&[&["directory", "upload", &file][..], more].concat()).expect(0);
    }
}

/// A few rows that somebody uploaded are no list that anybody is kept for, whether or not the file is still there.
#[test]
fn whoever_leaves_the_nightly_list_leaves_after_an_upload_by_hand_too() {
    let corp = Corp::start();
    let house = House::new();
    house.connect(&corp);
    roster(&house, &[("anna", "2"), ("bert", "2")]);
    mirrors(&house, "all", "/**");
    run(&house, "all");
    upload(&house, "Nbert,bert,bert,bert@example.com,Acme/Sales\n", &[]);
    roster(&house, &[("bert", "2")]);
    assert_eq!(status(&house, "anna"), "left");
    run(&house, "all");
    assert!(!works(&corp, "anna") && works(&corp, "bert"));
}

/// Of a whole list that cannot be read again nobody can tell whom it had: a person decides, and nobody stays for good.
#[test]
fn whom_a_whole_list_that_is_gone_may_have_had_is_asked_about() {
    let house = House::new();
    let people = [("anna", "2"), ("bert", "2")];
    roster(&house, &people);
    let row = |account: &str, path: &str| format!("N{account},{account},{account},{account}@example.com,{path}\n");
    let mut all: String = people.iter().map(|(account, _)| row(account, "Acme/Sales")).collect();
    (0..20).for_each(|number| all.push_str(&row(&format!("board{number}"), "Acme/Board")));
    upload(&house, &all, &["--full"]);
    files(&house, ["Sales", "RD"], &[("bert", "2")]);
    house.import(&[]).expect(0);
    assert_eq!(status(&house, "anna"), "active");
    let waiting = house.good(&["removals", "list", "--state", "waiting"]);
    assert_eq!(waiting[0]["why"]["code"], "list_is_gone", "{waiting:#}");
    assert!(
        waiting[0]["why"]["reason"]["zh"].as_str().is_some_and(|text| text.contains("upload_people")),
        "{waiting:#}"
    );
    house.good(&["removals", "approve", waiting[0]["id"].as_str().expect("an id")]);
    files(&house, ["Sales", "RD"], &[("bert", "2")]);
    house.import(&[]).expect(0);
    assert_eq!(status(&house, "anna"), "left");
}

/// What a run says of itself, by code.
fn told(run: &Value) -> Vec<&str> {
    let of = |part: &str| run[part].as_array().into_iter().flatten();
    of("notices").chain(of("why")).filter_map(|problem| problem["code"].as_str()).collect()
}

/// Who stays because another workflow reads him is no leaver about whom somebody had to decide.
#[test]
fn whom_another_workflow_keeps_is_not_told_of_as_one_who_left() {
    let corp = Corp::start();
    let house = House::new();
    house.connect(&corp);
    roster(&house, &[("anna", "3"), ("bert", "3"), ("carl", "2")]);
    for (name, include) in [("sales", "/Acme/Sales/**"), ("rd", "/Acme/RD/**")] {
        mirrors(&house, name, include);
        run(&house, name);
    }
    house.good(&["workflow", "pause", "rd"]);
    for _ in 0..2 {
        let quiet = run(&house, "sales");
        assert_eq!(quiet["status"], "succeeded_no_change", "{quiet:#}");
        assert!(told(&quiet).contains(&"kept_by_other_workflow"), "{quiet:#}");
        assert!(!told(&quiet).contains(&"leavers_of_other"), "there is nothing to decide: {quiet:#}");
        assert_eq!(house.good(&["removals", "list"]), serde_json::json!([]));
    }
    // One does leave: he alone is told of.
    roster(&house, &[("anna", "4"), ("bert", "3"), ("carl", "2")]);
    let left = run(&house, "sales");
    let notices = left["notices"].as_array().expect("notices");
    let notice = notices.iter().find(|notice| notice["code"] == "leavers_of_other").expect("she left");
    let notice = notice.to_string();
    assert!(notice.contains("anna") && !notice.contains("bert") && !notice.contains("RD"), "{left:#}");
    assert!(notice.contains("idflow removals list --workflow sales"), "where she waits: {left:#}");
}

/// The removals of these people: by id, workflow and state.
fn removals_of(house: &House, account: &str) -> Vec<(String, String, String)> {
    let all = house.good(&["removals", "list"]);
    let of = |one: &Value, name: &str| one[name].as_str().expect("a word").to_string();
    let about = |one: &&Value| one["object"]["target"] == account;
    let found = all.as_array().expect("removals").iter().filter(about);
    let mut found: Vec<_> = found.map(|one| (of(one, "id"), of(one, "workflow"), of(one, "state"))).collect();
    found.sort();
    found
}

/// Two workflows may ask about one removal: a decision is about both questions, as far as there is something to decide.
#[test]
fn a_decision_reaches_all_workflows_that_ask_about_the_same() {
    let corp = Corp::start();
    let house = House::new();
    house.connect(&corp);
    roster(&house, &[("anna", "3"), ("bert", "3"), ("carl", "2"), ("dora", "3")]);
    for (name, include) in [("sales", "/Acme/Sales/**"), ("rd", "/Acme/RD/**")] {
        mirrors_changed(&house, name, include, |text| text.replace("max: 1000", "max: 1"));
        run(&house, name);
    }
    roster(&house, &[("anna", "4"), ("bert", "4"), ("carl", "2"), ("dora", "3")]);
    nightly(&house, "rd");
    house.good(&["workflow", "pause", "rd"]);
    nightly(&house, "sales");
    let states = |account: &str| -> Vec<String> {
        removals_of(&house, account).into_iter().map(|(_, workflow, state)| format!("{workflow} {state}")).collect()
    };
    let asked = removals_of(&house, "anna");
    let (anna, bert) = (&*asked[0].0, &*removals_of(&house, "bert")[0].0);
    assert!(asked.iter().all(|one| one.0 == anna), "one removal, two questions: {asked:?}");
    assert_eq!(states("anna"), ["rd waiting", "sales waiting"]);
    // One of them alone, and then both.
    house.good(&["removals", "keep", anna, "--workflow", "sales"]);
    assert_eq!(states("anna"), ["rd waiting", "sales kept"]);
    let unknown = house.ask(&["removals", "keep", anna, "--workflow", "nobody"]).expect(1).json();
    assert_eq!(unknown["error"]["code"], "removal_unknown", "{unknown}");
    let approved = house.good(&["removals", "approve", &anna[..6]]);
    assert_eq!(approved["removals"].as_array().map(Vec::len), Some(2), "{approved}");
    assert_eq!(states("anna"), ["rd approved", "sales approved"]);
    // The one that is paused starts no run, and need not: the other one does it.
    let done = house.good(&["removals", "approve", anna, "--run"]);
    assert_eq!((&done["counts"]["user"]["removed"], works(&corp, "anna")), (&1.into(), false), "{done:#}");
    assert_eq!(states("anna"), ["rd approved", "sales done"]);
    // What is done in one keeps nobody from deciding in the other, nor about others in the same breath.
    house.good(&["removals", "keep", anna]);
    assert_eq!(states("anna"), ["rd kept", "sales done"]);
    house.good(&["removals", "approve", anna, bert]);
    assert_eq!(states("anna"), ["rd approved", "sales done"]);
    assert_eq!(states("bert"), ["rd approved", "sales approved"]);
}

/// What the other workflow reads cannot be read: nobody can tell, so nobody is put out.
#[test]
fn whom_another_workflow_may_read_stays_while_that_cannot_be_told() {
    let house = House::new();
    let part = |name: &str, people: &[&str]| {
        let folder = house.path(name);
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join("departments.csv"), "dept_id,parent_id,name,order\n1,,Acme,1\n").expect("a file");
        let mut users = String::from("external_id,userid,name,departments,status\n");
        people.iter().for_each(|one| users.push_str(&format!("N{one},{one},{one},1,active\n")));
        std::fs::write(folder.join("users.csv"), users).expect("a file");
    };
    let shown = house.good(&["template", "show", "csv_to_directory"]);
    for name in ["one", "two"] {
        let text = shown["text"].as_str().expect("the text").replace("id: csv_to_directory", &format!("id: {name}"));
        let limits = "  source_shrink: 10%\n  remove: {max_percent: 20%}";
        assert!(text.contains(limits), "{text}");
        let file = house.path(&format!("{name}.yaml"));
        std::fs::write(&file, text.replace(limits, "  remove: {max: 1000}")).expect("written");
        house.good(&["workflow", "create", "--file", &file.display().to_string()]);
        let folder = format!("folder={}", house.path(name).display());
        part(name, if name == "one" { &["anna", "bert"] } else { &["carl"] });
        house.ask(&["workflow", "activate", name, "--yes"]);
        house.ask(&["run", name, "--wait", "--yes", "--input", &folder]).expect(0);
    }
    let again = || {
        let folder = format!("folder={}", house.path("one").display());
        house.ask(&["run", "one", "--wait", "--yes", "--input", &folder]).json()
    };
    part("one", &["bert"]);
    std::fs::rename(house.path("two"), house.path("away")).expect("moved");
    let unread = again();
    assert_eq!((status(&house, "anna"), left_to_other(&house, &unread).len()), ("active".into(), 1), "{unread:#}");
    std::fs::rename(house.path("away"), house.path("two")).expect("moved back");
    let read = again();
    assert_eq!((status(&house, "anna"), status(&house, "bert")), ("left".into(), "active".into()), "{read:#}");
}

/// Who is new gets the manager whom somebody gets that is there already: both are written in one run.
#[test]
fn a_manager_in_the_part_of_another_workflow_is_found_for_whoever_is_new() {
    let corp = Corp::start();
    let house = House::new();
    house.connect(&corp);
    let (bert, boss) = (("bert", "2", ""), ("boss", "3", ""));
    managed(&house, DEPARTMENTS, &[bert, boss]);
    for (name, include) in [("sales", "/Acme/Sales/**"), ("rd", "/Acme/RD/**")] {
        mirrors(&house, name, include);
        assert_eq!(run(&house, name)["status"], "succeeded");
    }
    managed(&house, DEPARTMENTS, &[("bert", "2", "boss"), boss, ("nina", "2", "boss")]);
    let first = run(&house, "sales");
    for account in ["bert", "nina"] {
        assert_eq!(corp.member(account)["direct_leader"], json!(["boss"]), "{account} {first:#}");
    }
    for name in ["sales", "rd"] {
        assert_eq!(run(&house, name)["status"], "succeeded_no_change");
    }
}

/// A manager who goes where no workflow reads leaves like everybody: a person is in nobody's use. Whoever is written is written
/// without him, and told of it, tonight and later.
#[test]
fn a_leaver_is_disabled_whoever_has_him_as_manager() {
    let corp = Corp::start();
    let house = House::new();
    house.connect(&corp);
    let (anna, carl) = (("anna", "2", "boss"), ("carl", "2", ""));
    managed(&house, DEPARTMENTS, &[anna, carl, ("boss", "2", "")]);
    mirrors(&house, "sales", "/Acme/Sales/**");
    assert_eq!(run(&house, "sales")["status"], "succeeded");
    assert_eq!(run(&house, "sales")["status"], "succeeded_no_change");
    managed(&house, DEPARTMENTS, &[anna, ("carl", "2", "boss"), ("boss", "4", ""), ("nina", "2", "boss")]);
    let gone = run(&house, "sales");
    assert_eq!((gone["status"].as_str(), works(&corp, "boss")), (Some("succeeded"), false), "{gone:#}");
    let leaders = || ["anna", "carl", "nina"].map(|account| corp.member(account)["direct_leader"].clone());
    assert_eq!(leaders(), [json!(["boss"]), json!([]), json!([])], "{gone:#}");
    let told = |run: &Value| {
        let items = house.items(run);
        let of = |account: &str| {
            items.iter().any(|one| one["object"]["name"] == account && codes(one).contains("manager_unknown"))
        };
        ["anna", "carl", "nina"].map(of)
    };
    assert_eq!(told(&gone), [false, true, true], "{:#?}", house.items(&gone));
    let writes = corp.writes();
    let again = run(&house, "sales");
    assert_eq!((again["status"].as_str(), corp.writes()), (Some("succeeded_no_change"), writes), "{again:#}");
    assert_eq!(told(&again), [false, true, true], "{:#?}", house.items(&again));
    // He is back, and they have him.
    managed(&house, DEPARTMENTS, &[anna, ("carl", "2", "boss"), ("boss", "2", ""), ("nina", "2", "boss")]);
    let back = run(&house, "sales");
    assert!(works(&corp, "boss"), "{back:#}");
    assert_eq!(leaders(), [json!(["boss"]), json!(["boss"]), json!(["boss"])], "{back:#}");
    assert_eq!(run(&house, "sales")["status"], "succeeded_no_change");
}

/// Leavers are deleted before anybody is written: who would be written with one of them is written without him.
#[test]
fn nobody_is_written_with_a_manager_who_is_deleted_in_the_same_run() {
    let corp = Corp::start();
    let house = House::new();
    house.connect(&corp);
    managed(&house, DEPARTMENTS, &[("carl", "2", ""), ("boss", "2", "")]);
    mirrors(&house, "sales", "/Acme/Sales/**");
    assert_eq!(run(&house, "sales")["status"], "succeeded");
    managed(&house, DEPARTMENTS, &[("carl", "2", "boss"), ("boss", "4", ""), ("nina", "2", "boss")]);
    let gone = house.ask(&["run", "sales", "--wait", "--yes", "--input", "grace=0d"]).json();
    assert_eq!(gone["status"], "succeeded", "{gone:#} {:#?}", house.items(&gone));
    let users = corp.now()["users"].as_array().expect("users").clone();
    assert!(users.iter().any(|one| one["userid"] == "nina") && users.iter().all(|one| one["userid"] != "boss"));
    assert_eq!(run(&house, "sales")["status"], "succeeded_no_change");
}

/// All that is said of an item.
fn codes(item: &Value) -> String {
    format!("{} {}", item["error"], item["warnings"])
}

/// The last one of a dissolved department is the leaver of a workflow that deletes no departments: the one that does waits for him
/// without a fault, and only as long as nobody reads him.
#[test]
fn a_dissolved_department_waits_for_the_leaver_of_another_workflow() {
    let corp = Corp::start();
    let house = House::new();
    house.connect(&corp);
    // Enough of them that one which is dissolved is no slip.
    let others: String = (10..20).map(|number| format!("{number},4,Group {number},1\n")).collect();
    let departments = format!("{DEPARTMENTS}{others}");
    let with_team = format!("{departments}5,2,Team,1\n");
    let (bert, dora) = (("bert", "2", ""), ("dora", "3", ""));
    managed(&house, &with_team, &[bert, dora, ("last", "5", "")]);
    mirrors_changed(&house, "sales", "/Acme/Sales/**", |text| {
        let (before, step) = text.split_once("  # Last, because").expect("the step that deletes departments");
        assert!(step.contains("delete_department"), "{step}");
        before.to_string()
    });
    mirrors(&house, "rd", "/Acme/RD/**");
    for name in ["sales", "rd", "sales", "rd"] {
        run(&house, name);
    }
    let said = |run: &Value| {
        let items = house.items(run);
        let team = items.iter().find(|item| item["object"]["name"] == "Team").expect("the team");
        (run["status"].as_str().unwrap_or_default().to_string(), team["error"]["code"].clone())
    };
    let is_there =
        || corp.now()["departments"].as_array().expect("departments").iter().any(|one| one["name"] == "Team");
    // He goes to the department above, and the workflow that moves him has not run: somebody is in it who has not left.
    managed(&house, &departments, &[bert, dora, ("last", "2", "")]);
    let early = run(&house, "rd");
    assert_eq!(said(&early).1, "department_in_use", "{early:#}");
    // He leaves as well. Whichever of the two runs first, nobody is asked to move him.
    managed(&house, &departments, &[bert, dora]);
    let waits = ("succeeded_no_change".to_string(), json!("department_has_leavers"));
    let first = run(&house, "rd");
    assert_eq!(said(&first), waits, "{first:#} {:#?}", house.items(&first));
    run(&house, "sales");
    assert!(!works(&corp, "last"));
    for _ in 0..2 {
        let again = run(&house, "rd");
        assert_eq!(said(&again), waits, "{again:#} {:#?}", house.items(&again));
    }
    assert!(is_there());
    assert_eq!(house.good(&["removals", "list", "--state", "waiting"]), json!([]));
}
