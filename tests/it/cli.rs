//! The command line as scripts see it: forms of answers, exit codes, secrets that are never shown, and what happens when
//! two processes want the same data folder.

use std::{
    process::Stdio,
    time::{Duration, Instant},
};

use idflow::store::sled::SledStore;
use serde_json::Value;
use wecom_sim::state::AppState;

use super::support::{
    Corp, House, Organisation, PATIENCE,
    corp::{self, AGENT_ID, APP_SECRET, CONTACTS_SECRET, CORP_ID},
    eventually,
    house::BEGIN,
};

/// A small company, imported, with the workflow `sync` from a template.
fn small(corp: &Corp) -> (House, Organisation) {
    let house = House::ready(corp, "wecom_downstream_full");
    let organisation = Organisation::generated(4, 12);
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    (house, organisation)
}

/// A refusal: exit code 1, an error with a message in the JSON, the same on standard error.
#[track_caller]
fn refused(house: &House, args: &[&str]) -> Value {
    let answer = house.ask(args).expect(1);
    let error = answer.json()["error"].clone();
    let message = error["message"].as_str().unwrap_or_default();
    assert!(!message.is_empty(), "{}", answer.out);
    assert!(answer.err.contains(message), "standard error tells it too: {}", answer.err);
    error
}

#[track_caller]
fn has_hint(error: &Value) {
    assert!(error["hint"].as_str().is_some_and(|hint| !hint.is_empty()), "no next step: {error}");
}

/// The problem of a subject in the report of a connection test.
fn finding<'a>(report: &'a Value, subject: &str) -> &'a Value {
    let findings = report["findings"].as_array().expect("findings");
    findings.iter().find(|finding| finding["subject"] == subject).unwrap_or_else(|| panic!("no {subject} in {report}"))
}

#[test]
fn a_connection_is_added_listed_and_tested() {
    let corp = Corp::start();
    let house = House::new();
    let url = format!("base_url={}", corp.base_url());
    let corp_id = format!("corp_id={CORP_ID}");
    let agent_id = format!("agent_id={AGENT_ID}");
    let added = house.good(&[
        "connection",
        "add",
        "wecom",
        "--name",
        "main",
        "--set",
        &corp_id,
        "--set",
        &url,
        "--set",
        &agent_id,
        "--set",
        "title=Group",
        "--secret",
        "contacts_secret=env:CONTACTS",
        "--secret",
        "app_secret=env:APP",
    ]);
    assert_eq!((&added["name"], &added["connector"]), (&"main".into(), &"wecom".into()));
    assert_eq!(added["notices"], Value::Array(Vec::new()));
    assert_eq!(added["secrets"], serde_json::json!(["app_secret", "contacts_secret"]), "names only");
    assert_eq!(added["settings"]["corp_id"], CORP_ID);
    assert_eq!(added.get("callback_url"), None, "nothing answers there");

    let asked = house.text(&["connection", "settings", "wecom"]).expect(0).out;
    assert!(asked.contains("corp_id  (needed)") && asked.contains("My Company"), "{asked}");
    let asked = house.text(&["--lang", "zh", "connection", "settings", "wecom"]).expect(0).out;
    assert!(asked.contains("contacts_secret（密钥") && asked.contains("安全与管理 → 管理工具 → 通讯录同步"), "{asked}");
    house.ask(&["connection", "settings", "nothing"]).expect(1);

    let list = house.good(&["connection", "list"]);
    assert_eq!(list.as_array().expect("connections").len(), 1);
    assert_eq!(list[0]["title"], "Group");
    let tested = house.good(&["connection", "test", "main"]);
    assert_eq!(tested["ok"], true, "{tested}");
    for capability in ["read_tree", "read_names", "read_people", "read_ids", "write_dept", "write_user"] {
        assert_eq!(tested["capabilities"][capability], true, "{capability}");
    }
    assert_eq!(corp.counts().writes, 0, "a test changes nothing");
    assert!(tested["api"]["calls"].as_u64().is_some_and(|calls| calls > 0));

    // What is not given stays.
    house.good(&["connection", "add", "wecom", "--name", "main", "--set", "title=Other"]);
    let list = house.good(&["connection", "list"]);
    assert_eq!((&list[0]["title"], &list[0]["settings"]["agent_id"]), (&"Other".into(), &AGENT_ID.to_string().into()));
    assert_eq!(house.good(&["connection", "test", "main"])["ok"], true);

    // The same company and app under another name would be synced twice.
    let twice =
        ["connection", "add", "wecom", "--name", "second", "--set", &corp_id, "--set", &url, "--set", &agent_id];
    let error = refused(&house, &[&twice[..], &["--secret", "app_secret=env:APP"]].concat());
    assert!(error["message"].as_str().expect("a message").contains("main"));
}

#[test]
fn wrong_secrets_and_apps_are_told_apart() {
    let mut state = corp::empty();
    state.corps[0].apps.push(AppState::new(1_000_003, "another-app-secret"));
    let corp = Corp::with(state);
    let mut house = House::new();
    house.set("WRONG", "not-the-secret-Jq8");
    house.set("OTHER", "another-app-secret");
    house.connect(&corp);
    let with = |house: &House, secret: &str| {
        house.good(&["connection", "add", "wecom", "--name", "main", "--secret", secret]);
        house.ask(&["connection", "test", "main"])
    };
    let report = with(&house, "contacts_secret=env:WRONG").expect(1).json();
    assert_eq!(report["ok"], false);
    let wrong = finding(&report, "contacts_secret");
    assert_eq!(
        (&wrong["ok"], &wrong["fatal"], &wrong["error"]["code"]),
        (&false.into(), &true.into(), &"WECOM_40001".into())
    );
    assert_eq!(finding(&report, "app_secret")["ok"], true, "the other secret is fine");
    for lang in ["zh", "en"] {
        assert!(wrong["error"]["hint"][lang].as_str().is_some_and(|hint| !hint.is_empty()));
    }

    // The secret of an app where that of the contact sync belongs.
    let report = with(&house, "contacts_secret=env:APP").expect(1).json();
    assert_eq!(finding(&report, "contacts_secret")["error"]["code"], "wecom_not_contacts_secret");
    with(&house, "contacts_secret=env:CONTACTS").expect(0);

    // AgentId of one app, secret of another.
    let report = with(&house, "app_secret=env:OTHER").expect(1).json();
    assert_eq!(finding(&report, "agent_id")["error"]["code"], "wecom_agent_mismatch");
    assert_eq!(finding(&report, "contacts_secret")["ok"], true);
    let heard = house.heard();
    for secret in ["not-the-secret-Jq8", "another-app-secret", APP_SECRET, CONTACTS_SECRET] {
        assert!(!heard.contains(secret));
    }
}

#[test]
fn settings_are_checked_before_anything_is_stored() {
    let corp = Corp::start();
    let mut house = House::new();
    house.set("PADDED", &format!(" {APP_SECRET}\n"));
    house.set("SPLIT", "app secret with spaces");
    let url = format!("base_url={}", corp.base_url());
    let add = |more: &[&str]| -> Vec<String> {
        let first = ["connection", "add", "wecom", "--name", "main", "--set", url.as_str()];
        first.iter().chain(more).map(ToString::to_string).collect()
    };
    let corp_id = format!("corp_id={CORP_ID}");
    let cases: [(&[&str], &str); 12] = [
        (&["--set", "corp_id=ww0123 456789abcdef", "--secret", "contacts_secret=env:CONTACTS"], "corp_id"),
        (&["--set", "corp_id=ww0123\u{200b}456789abcdef", "--secret", "contacts_secret=env:CONTACTS"], "corp_id"),
        (&["--set", "corp_id=1000002", "--secret", "contacts_secret=env:CONTACTS"], "corp_id"),
        (&["--set", &corp_id, "--secret", "contacts_secret=env:SPLIT"], "contacts_secret"),
        (&["--set", &corp_id, "--set", "agent_id=10 00002", "--secret", "app_secret=env:APP"], "agent_id"),
        (&["--set", &corp_id, "--secret", "app_secret=env:APP"], "AgentId"),
        (&["--set", &corp_id], "secret"),
        (&["--secret", "contacts_secret=env:CONTACTS"], "corp_id"),
        (&["--set", &corp_id, "--set", "colour=red", "--secret", "contacts_secret=env:CONTACTS"], "colour"),
        (&["--set", &corp_id, "--secret", "contacts_secret=env:NO_SUCH_VARIABLE"], "NO_SUCH_VARIABLE"),
        (
            &["--set", &corp_id, "--set", "base_url=http://example.com", "--secret", "contacts_secret=env:CONTACTS"],
            "base_url",
        ),
        (&["--set", &corp_id, "--set", "nonsense", "--secret", "contacts_secret=env:CONTACTS"], "KEY=VALUE"),
    ];
    for (more, named) in cases {
        let args = add(more);
        let error = refused(&house, &args.iter().map(String::as_str).collect::<Vec<_>>());
        assert!(error["message"].as_str().expect("a message").contains(named), "{named}: {error}");
        has_hint(&error);
    }
    assert_eq!(house.good(&["connection", "list"]), Value::Array(Vec::new()), "nothing was stored");

    // White space at the ends is dropped, and told.
    let padded = format!("corp_id= {CORP_ID}\u{3000}");
    let args = add(&[
        "--set",
        &padded,
        "--set",
        "agent_id=1000002 ",
        "--secret",
        "app_secret=env:PADDED",
        "--secret",
        "contacts_secret=env:CONTACTS",
    ]);
    let added = house.good(&args.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(added["settings"]["corp_id"], CORP_ID);
    assert_eq!(added["settings"]["agent_id"], "1000002");
    let notices = added["notices"].to_string();
    for name in ["corp_id", "agent_id", "app_secret"] {
        assert!(notices.contains(name), "{notices}");
    }
    assert!(!notices.contains("contacts_secret"), "{notices}");
    assert_eq!(house.good(&["connection", "test", "main"])["ok"], true);
}

#[test]
fn secrets_do_not_stand_on_the_command_line() {
    let house = House::new();
    let literal = "literal-secret-Vn5";
    let corp_id = format!("corp_id={CORP_ID}");
    for given in [["--secret", "contacts_secret=literal-secret-Vn5"], ["--set", "contacts_secret=literal-secret-Vn5"]] {
        let args = [&["connection", "add", "wecom", "--name", "main", "--set", corp_id.as_str()][..], &given].concat();
        let error = refused(&house, &args);
        assert!(!error.to_string().contains(literal), "{error}");
        assert!(error["hint"].as_str().is_some_and(|hint| hint.contains("env:NAME")), "{error}");
    }
    assert!(!house.heard().contains(literal));
}

#[test]
fn secrets_come_from_files_and_standard_input_too() {
    let corp = Corp::start();
    let house = House::new();
    let file = house.path("secret");
    std::fs::write(&file, format!("{APP_SECRET}\n")).expect("the file");
    let (url, corp_id) = (format!("base_url={}", corp.base_url()), format!("corp_id={CORP_ID}"));
    let from_file = format!("app_secret=file:{}", file.display());
    let args = [
        "connection",
        "add",
        "wecom",
        "--name",
        "main",
        "--set",
        &corp_id,
        "--set",
        &url,
        "--set",
        "agent_id=1000002",
        "--secret",
        &from_file,
        "--secret",
        "contacts_secret=-",
    ];
    let mut child = house
        .command(&args)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let mut input = child.stdin.take().expect("its input");
    std::io::Write::write_all(&mut input, CONTACTS_SECRET.as_bytes()).expect("written");
    drop(input);
    assert!(child.wait().expect("it ends").success());
    assert_eq!(house.good(&["connection", "test", "main"])["ok"], true);
}

#[test]
fn unknown_names_and_wrong_usage() {
    let house = House::new();
    let cases: [&[&str]; 12] = [
        &["connection", "add", "nosuch", "--name", "main"],
        &["connection", "add", "wecom", "--name", "Not Snake"],
        &["connection", "add", "wecom", "--name", "directory"],
        &["connection", "test", "nosuch"],
        &["workflow", "create", "--template", "nosuch"],
        &["workflow", "activate", "nosuch", "--yes"],
        &["workflow", "pause", "nosuch"],
        &["template", "show", "nosuch"],
        &["runs", "show", "not-an-id"],
        &["runs", "show", "01JD0000000000000000000000"],
        &["directory", "import", "no-such-folder"],
        &["workflow", "create", "--file", "no-such-file.yaml"],
    ];
    for args in cases {
        let error = refused(&house, args);
        if !args.contains(&"no-such-file.yaml") {
            has_hint(&error);
        }
    }
    for args in
        [&["run", "nosuch", "--wait"][..], &["plan", "nosuch"], &["graph", "nosuch"], &["directory", "show", "planet"]]
    {
        refused(&house, args);
    }
    let wrong: [&[&str]; 5] = [
        &["fly"],
        &["connection", "add", "wecom"],
        &["workflow", "create"],
        &["--output", "xml", "runs", "list"],
        &["run"],
    ];
    for args in wrong {
        assert_eq!(house.text(args).code, 2, "{args:?}");
    }
    assert_eq!(house.text(&["--version"]).code, 0);
    assert_eq!(house.text(&["--help"]).code, 0);
}

#[test]
fn plans_runs_and_items_have_their_forms() {
    let corp = Corp::start();
    let (house, mut organisation) = small(&corp);
    let plan = house.good(&["plan", "sync"]);
    let hash = plan["hash"].as_str().expect("a hash");
    assert!(hash.starts_with("sha256:") && hash.len() == 71, "{hash}");
    assert_eq!(plan["counts"]["user"]["create"], 12);
    assert_eq!(plan["counts"]["department"]["create"], 7);
    for word in ["create", "update", "remove", "unchanged"] {
        assert!(plan["counts"]["user"][word].is_u64(), "{word}");
    }
    let changes = plan["changes"].as_array().expect("changes");
    assert!(changes.len() >= 19);
    let change = changes.iter().find(|change| change["object"]["target"] == "user0003").expect("a person's change");
    assert_eq!((&change["step"], &change["action"]), (&"create_user".into(), &"create".into()));
    assert_eq!(change["object"]["name"], "Person 0003");
    let mobile =
        change["diff"].as_array().expect("diff").iter().find(|line| line["field"] == "mobile").expect("mobile");
    assert_eq!((&mobile["before"], &mobile["after"]), (&Value::Null, &"154****0003".into()), "masked by its class");
    assert_eq!(corp.writes(), 0, "a plan writes nothing");
    assert_eq!(house.good(&["plan", "sync"])["hash"], hash, "the same again");

    let run = house.good(&["run", "sync", "--wait"]);
    assert_eq!(run["status"], "succeeded");
    assert_eq!(run["counts"]["user"]["created"], 12);
    assert_eq!(run["counts"]["department"]["created"], 7);
    assert_eq!(run["api"]["writes"], corp.writes());
    let calls: u64 = corp.requests().iter().filter(|request| request.path.starts_with("/cgi-bin/")).count() as u64;
    assert!(run["api"]["calls"].as_u64().is_some_and(|told| told <= calls && told >= corp.writes()), "{run}");
    assert_eq!(run["api"]["retries"], 0);
    let id = run["run"].as_str().expect("an id");

    let shown = house.good(&["runs", "show", id]);
    assert_eq!((&shown["trigger"]["kind"], &shown["trigger"]["actor"]), (&"manual".into(), &"wang.min".into()));
    assert_eq!(shown["plan"], hash, "what was carried out is what was shown");
    assert_eq!(shown["approved_by_caller"], false);
    let items = house.good(&["runs", "items", id]);
    let of = |step: &str| items.as_array().expect("items").iter().filter(|item| item["step"] == step).count();
    assert_eq!((of("create_department"), of("create_user")), (7, 12));
    let one = house.good(&["runs", "items", id, "--find", "user0003", "--outcome", "created"]);
    assert_eq!(one.as_array().expect("items").len(), 1);
    let diff = one[0]["diff"].as_array().expect("diff");
    assert!(diff.iter().all(|line| line["applied"].is_boolean() && line["field"].is_string()), "{diff:?}");
    assert_eq!(one[0]["error"], Value::Null);
    assert_eq!(house.good(&["runs", "items", id, "--outcome", "failed"]), Value::Array(Vec::new()));
    assert_eq!(house.good(&["runs", "items", id, "--limit", "3"]).as_array().expect("items").len(), 3);

    let again = house.good(&["run", "sync"]);
    assert_eq!((&again["status"], &again["api"]["writes"]), (&"succeeded_no_change".into(), &0.into()));
    organisation.change("E0003", "position", "Architect");
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    let third = house.good(&["run", "sync"]);
    assert_eq!((&third["counts"]["user"]["updated"], &third["api"]["writes"]), (&1.into(), &1.into()));
    let id = third["run"].as_str().expect("an id");
    let items = house.good(&["runs", "items", id]);
    assert_eq!(items.as_array().expect("items").len(), 1, "unchanged objects have no items");
    let diff = serde_json::json!([{"field": "position", "before": "Engineer", "after": "Architect"}]);
    for key in ["field", "before", "after"] {
        assert_eq!(items[0]["diff"][0][key], diff[0][key]);
    }
    // People read the same without JSON.
    let text = house.text(&["runs", "show", id]).expect(0);
    assert!(text.out.contains("succeeded"), "{}", text.out);
    assert!(house.text(&["runs", "list"]).expect(0).out.contains(id));
    assert!(house.text(&["plan", "sync"]).expect(0).out.contains("sha256:"));
    let chinese = house.text(&["--lang", "zh", "workflow", "list"]).expect(0);
    assert!(chinese.out.contains("企业微信"), "{}", chinese.out);
}

#[test]
fn an_input_is_checked() {
    let corp = Corp::start();
    let (house, _) = small(&corp);
    for input in ["nosuch=1", "remove_leavers=perhaps", "remove_leavers"] {
        let error = refused(&house, &["run", "sync", "--input", input]);
        assert!(
            error["message"]
                .as_str()
                .is_some_and(|message| message.contains(input.split('=').next().unwrap_or_default())),
            "{error}"
        );
    }
    house.good(&["run", "sync", "--input", "remove_leavers=false"]);
}

/// More people than may be made at once.
fn held(house: &House) -> Value {
    let organisation = Organisation::generated(6, 520);
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    let held = house.ask(&["run", "sync", "--wait"]).expect(4).json();
    assert_eq!(held["status"], "held");
    assert_eq!(held["why"][0]["code"], "limit_count", "{held}");
    held
}

#[test]
fn a_held_run_is_approved() {
    let corp = Corp::start();
    let house = House::ready(&corp, "wecom_downstream_full");
    let held = held(&house);
    assert_eq!(corp.writes(), 0, "nothing is written while it is held");
    let id = held["run"].as_str().expect("an id");
    let other = format!("sha256:{}", "0".repeat(64));
    refused(&house, &["runs", "approve", id, "--plan", &other]);
    assert_eq!(corp.writes(), 0);
    let done = house.good(&["runs", "approve", id, "--plan", held["plan"].as_str().expect("the plan")]);
    assert_eq!(done["status"], "succeeded", "{done}");
    assert_eq!(done["counts"]["user"]["created"], 520);
    assert_eq!(corp.now()["users"].as_array().expect("users").len(), 520);
    let shown = house.good(&["runs", "show", id]);
    assert_eq!(shown["approvals"][0]["by"], "wang.min");
    refused(&house, &["runs", "approve", id]);
}

#[test]
fn a_held_run_is_rejected() {
    let corp = Corp::start();
    let house = House::ready(&corp, "wecom_downstream_full");
    let held = held(&house);
    let id = held["run"].as_str().expect("an id");
    house.good(&["runs", "reject", id]);
    let shown = house.good(&["runs", "show", id]);
    assert_eq!((&shown["status"], &shown["why"][0]["code"]), (&"cancelled".into(), &"rejected".into()));
    refused(&house, &["runs", "approve", id]);
    refused(&house, &["runs", "reject", id]);
    assert_eq!(corp.writes(), 0);
    // With the approval of the caller it goes through at once.
    let done = house.sync(&[]).expect(0).json();
    assert_eq!(done["counts"]["user"]["created"], 520);
}

#[test]
fn some_items_refused_is_done_in_part() {
    let corp = Corp::start();
    let (house, mut organisation) = small(&corp);
    organisation.change("E0005", "mobile", "");
    organisation.change("E0005", "email", "");
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    let run = house.ask(&["run", "sync"]).expect(3).json();
    assert_eq!((&run["status"], &run["counts"]["user"]["invalid"]), (&"partial".into(), &1.into()));
    let id = run["run"].as_str().expect("an id");
    let items = house.good(&["runs", "items", id, "--outcome", "invalid"]);
    assert_eq!(items[0]["error"]["code"], "contact_missing");
    assert_eq!(items[0]["error"]["owner"], "hr");
}

const BROKEN: &str = "dsl: 1\nid: broken\nname: {zh: 坏, en: Broken}\non: {manual: {}}\nsteps:\n  - id: one\n    uses: wecom/flly\n    colour: red\n";

#[test]
fn workflow_files_are_checked() {
    let house = House::new();
    let broken = house.path("broken.yaml");
    std::fs::write(&broken, BROKEN).expect("the file");
    let broken = broken.display().to_string();
    let found = house.ask(&["validate", &broken]).expect(1).json();
    let findings = found.as_array().expect("findings");
    assert!(findings.len() >= 2, "all findings at once: {found}");
    for finding in findings {
        assert!(finding["code"].as_str().is_some_and(|code| code.starts_with(['E', 'W'])), "{finding}");
        assert!(finding["line"].as_u64().is_some_and(|line| line >= 1), "{finding}");
        assert!(finding["message"]["zh"].is_string() && finding["message"]["en"].is_string(), "{finding}");
    }
    assert!(findings.iter().any(|finding| finding["line"] == 7) && findings.iter().any(|finding| finding["line"] == 8));
    let error = refused(&house, &["workflow", "create", "--file", &broken]);
    assert!(error["details"].as_array().is_some_and(|details| details.len() == findings.len()), "{error}");
    assert_eq!(house.good(&["workflow", "list"]), Value::Array(Vec::new()), "nothing was saved");

    let not_yaml = house.path("not.yaml");
    std::fs::write(&not_yaml, "steps: [\n  - {").expect("the file");
    let not_yaml = not_yaml.display().to_string();
    house.ask(&["validate", &not_yaml]).expect(1);
    refused(&house, &["workflow", "create", "--file", &not_yaml]);

    let templates = house.good(&["template", "list"]);
    let templates = templates.as_array().expect("templates");
    assert!(templates.len() >= 3);
    for template in templates {
        let id = template["id"].as_str().expect("an id");
        let text = house.text(&["template", "show", id]).expect(0).out;
        let file = house.path("template.yaml");
        std::fs::write(&file, text).expect("the file");
        let found = house.ask(&["validate", &file.display().to_string()]).expect(0).json();
        assert_eq!(found, Value::Array(Vec::new()), "{id}");
    }
}

#[test]
fn a_workflow_is_made_activated_paused_and_changed() {
    let corp = Corp::start();
    let house = House::new();
    house.connect(&corp);
    let made = house.good(&[
        "workflow",
        "create",
        "--template",
        "wecom_downstream_full",
        "--id",
        "down",
        "--connection",
        "wecom=main",
    ]);
    assert_eq!((&made["id"], &made["version"], &made["changed"]), (&"down".into(), &1.into(), &true.into()));
    let again = house.good(&[
        "workflow",
        "create",
        "--template",
        "wecom_downstream_full",
        "--id",
        "down",
        "--connection",
        "wecom=main",
    ]);
    assert_eq!((&again["version"], &again["changed"]), (&1.into(), &false.into()));
    refused(&house, &["run", "down"]);
    // Without a terminal nobody can be asked; the directory is empty and that does not stand in the way.
    let error = refused(&house, &["workflow", "activate", "down"]);
    assert!(error["hint"].as_str().is_some_and(|hint| hint.contains("--yes")), "{error}");
    let active = house.good(&["workflow", "activate", "down", "--yes"]);
    assert_eq!((&active["state"], &active["active"]), (&"active".into(), &1.into()));
    assert_eq!(corp.writes(), 0, "to activate is not to run");
    house.good(&["workflow", "pause", "down"]);
    refused(&house, &["run", "down"]);
    refused(&house, &["workflow", "pause", "down"]);
    let list = house.good(&["workflow", "list"]);
    assert_eq!((&list[0]["id"], &list[0]["state"]), (&"down".into(), &"paused".into()));

    // A file may be ahead of its connection; a connection that is named on the command line is meant.
    let text = house.good(&["template", "show", "wecom_downstream_full"])["text"].as_str().expect("a text").to_string();
    let file = house.path("lost.yaml");
    std::fs::write(&file, text.replace("ref: wecom_main", "ref: nosuch")).expect("a file");
    house.good(&["workflow", "create", "--file", &file.display().to_string(), "--id", "lost"]);
    let error = refused(&house, &["workflow", "activate", "lost", "--yes"]);
    assert!(error["message"].as_str().is_some_and(|message| message.contains("nosuch")), "{error}");
    refused(&house, &["workflow", "create", "--template", "wecom_downstream_full", "--connection", "nosuch=main"]);
    refused(&house, &["workflow", "create", "--template", "wecom_downstream_full", "--id", "Not Snake"]);
}

#[test]
fn graphs_show_trigger_and_steps_in_order() {
    let corp = Corp::start();
    let (house, _) = small(&corp);
    let file = house.path("sync.yaml").display().to_string();
    let order = ["create_department", "update_department", "create_user", "update_user"];
    for subject in ["sync", "wecom_downstream_full", &file] {
        for format in ["text", "dot", "svg"] {
            let picture = house.text(&["graph", subject, "--format", format]).expect(0).out;
            let places: Vec<usize> = order
                .iter()
                .map(|step| {
                    picture.find(step).unwrap_or_else(|| panic!("{subject} as {format} lacks {step}:\n{picture}"))
                })
                .collect();
            assert!(places.is_sorted(), "{subject} as {format}: {places:?}\n{picture}");
            let trigger = picture.find("Trigger").unwrap_or_else(|| panic!("{subject} as {format} lacks its trigger"));
            assert!(trigger < places[0], "{subject} as {format}: the trigger comes first\n{picture}");
            match format {
                "dot" => assert!(picture.trim_start().starts_with("digraph") && picture.contains("->")),
                "svg" => assert!(picture.trim_start().starts_with("<svg") && picture.trim_end().ends_with("</svg>")),
                _ => {}
            }
        }
    }
    refused(&house, &["graph", "sync", "--format", "oil"]);
}

#[test]
fn a_second_process_waits_for_the_folder() {
    let house = House::new();
    house.good(&BEGIN);
    let store = SledStore::open(&house.data()).expect("the folder is free");
    let mut waiting = house
        .command(&["--output", "json", "connection", "list"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_millis(500) {
        assert!(waiting.try_wait().expect("it is there").is_none(), "it did not wait");
        std::thread::sleep(Duration::from_millis(20));
    }
    // A server waits for short commands, too.
    let server = std::thread::scope(|scope| {
        scope.spawn(move || {
            std::thread::sleep(Duration::from_millis(500));
            drop(store);
        });
        house.serve()
    });
    let status = eventually("the second process", PATIENCE, || waiting.try_wait().expect("it is there"));
    assert!(status.success());
    // It does not wait for another server: somebody wants to know at once.
    let begun = Instant::now();
    let second = house.ask(&["serve"]).expect(1);
    let message = second.json()["error"]["message"].to_string();
    assert!(message.contains("another process") && begun.elapsed() < Duration::from_secs(30), "{message}");
    drop(server);
}

#[test]
fn commands_speak_to_a_running_server() {
    let corp = Corp::start();
    let (house, organisation) = small(&corp);
    let server = house.serve();
    let run = house.good(&["run", "sync", "--wait"]);
    assert_eq!(run["counts"]["user"]["created"], 12);
    let accepted = house.good(&["run", "sync"]);
    assert_eq!(accepted["status"], "queued");
    let id = accepted["run"].as_str().expect("an id").to_string();
    let shown = eventually("the run ends", PATIENCE, || {
        let shown = house.good(&["runs", "show", &id]);
        (!shown["ended"].is_null()).then_some(shown)
    });
    assert_eq!(shown["status"], "succeeded_no_change");
    server.kill();
    // Its note is still there, and nobody answers: the command does the work itself.
    let runs = house.good(&["runs", "list", "--workflow", "sync"]);
    assert_eq!(runs.as_array().expect("runs").len(), 2);
    assert_eq!(organisation.differences(&corp.now()), Vec::<String>::new());
}

/// A store or folder that was typed is the one that is meant, whoever else answers.
#[test]
fn what_is_typed_comes_before_a_server() {
    let corp = Corp::start();
    let (house, _) = small(&corp);
    let other = house.path("other").display().to_string();
    let server = house.serve();
    let refused = house.ask(&["--store", &other, "run", "sync", "--yes"]).expect(1).json();
    let reason = &refused["error"]["message"];
    assert!(reason.to_string().contains("other"), "{refused}");
    // The server's own, however it is spelled, is no other one.
    let own = house.data().join(".").display().to_string();
    house.good(&["--store", &own, "runs", "list"]);
    server.kill();
    // A server of the environment is for commands that name no folder.
    let elsewhere = |args: &[&str]| {
        let mut command = house.command(args);
        command.env("IDFLOW_SERVER", "https://127.0.0.1:9").env("IDFLOW_TOKEN", "t");
        command.output().expect("it ends")
    };
    // `--data-dir` is typed with each command of a house.
    let here = elsewhere(&["--output", "json", "runs", "list"]);
    assert!(here.status.success(), "{}", String::from_utf8_lossy(&here.stderr));
    let both = elsewhere(&["--server", "https://127.0.0.1:9", "runs", "list"]);
    assert_eq!(both.status.code(), Some(2), "{}", String::from_utf8_lossy(&both.stderr));
}

#[test]
fn a_closed_pipe_is_success() {
    let house = House::new();
    for args in [&["template", "list"][..], &["template", "show", "wecom_downstream_full"], &["--help"]] {
        let mut child = house.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        drop(child.stdout.take());
        let done = child.wait_with_output().expect("it ends");
        let err = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(done.status.success(), "{args:?}: {:?} {err}", done.status);
        assert!(!err.contains("panicked"), "{args:?}: {err}");
    }
}

#[test]
fn no_secret_is_written_or_shown() {
    let corp = Corp::start();
    let (mut house, mut organisation) = small(&corp);
    house.set("IDFLOW_LOG", "trace");
    house.good(&["plan", "sync"]);
    house.sync(&[]).expect(0);
    organisation.change("E0003", "mobile", "15409999999");
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    corp.revoke_tokens();
    house.sync(&[]).expect(0);
    house.text(&["connection", "list"]);
    house.text(&["connection", "test", "main"]);
    house.set("APP", "a-wrong-secret-Lw2");
    house.good(&["connection", "add", "wecom", "--name", "main", "--secret", "app_secret=env:APP"]);
    house.ask(&["connection", "test", "main"]).expect(1);
    house.sync(&[]).expect(1);
    let run = house.good(&["runs", "list"]);
    house.text(&["runs", "show", run[0]["run"].as_str().expect("an id")]);
    let tokens = ["access_token=", "corpsecret="];
    let heard = house.heard();
    assert!(heard.len() > 10_000, "the log is heard as well");
    let files = house.files();
    assert!(files.len() >= 3);
    for secret in [APP_SECRET, CONTACTS_SECRET, "a-wrong-secret-Lw2"] {
        assert!(!heard.contains(secret), "a secret is shown");
        for (path, bytes) in &files {
            assert!(
                !bytes.windows(secret.len()).any(|window| window == secret.as_bytes()),
                "a secret stands in {}",
                path.display()
            );
        }
    }
    for token in tokens {
        assert!(!heard.contains(token), "{token} is shown");
    }
}

#[test]
fn the_demo_tells_the_whole_story_and_leaves_nothing_behind() {
    let mut house = House::new();
    let temporary = house.path("tmp");
    std::fs::create_dir(&temporary).expect("a folder");
    house.set("TMPDIR", &temporary.display().to_string());
    let shown = house.good(&["demo", "--people", "120"]);
    let runs = shown["runs"].as_array().expect("runs");
    let of = |what: &str| runs.iter().find(|run| run["what"] == what).unwrap_or_else(|| panic!("no {what}: {shown}"));
    assert_eq!(of("first sync")["counts"]["user"]["created"], 120);
    let second = of("second sync");
    assert_eq!(second["status"], "succeeded");
    assert_eq!(second["api"]["writes"], second["counts"]["user"]["updated"]);
    assert!(second["api"]["writes"].as_u64().is_some_and(|writes| writes > 0));
    let third = of("third sync");
    assert_eq!((&third["status"], &third["api"]["writes"]), (&"succeeded_no_change".into(), &0.into()));
    assert_eq!(std::fs::read_dir(&temporary).expect("the folder").count(), 0, "the demo clears up");
    assert!(!house.data().exists(), "the demo does not touch the data folder");
}

/// What is there is not written over, findings of one file are not lost for another, and a connection that is named must be
/// there.
#[test]
fn small_slips_on_the_command_line_are_told() {
    let house = House::new();
    let shown = house.good(&["template", "show", "csv_to_directory"]);
    let text = shown["text"].as_str().expect("the text");
    let file = |name: &str, text: &str| {
        let path = house.path(name);
        std::fs::write(&path, text).expect("written");
        path.display().to_string()
    };
    let good = file("good.yaml", text);

    // Neither a file nor a template: both are named.
    let neither = house.text(&["workflow", "create"]);
    assert_eq!(neither.code, 2, "{}", neither.err);
    assert!(neither.err.contains("--file") && neither.err.contains("--template"), "{}", neither.err);

    // A connection that is not there, or of another type.
    let create = |connection: &str| {
        house.ask(&["workflow", "create", "--file", &good, "--id", "imp", "--connection", connection])
    };
    let unknown = create("csv=nosuch").expect(1);
    assert!(unknown.err.contains("nosuch"), "{}", unknown.err);
    house.good(&["connection", "add", "csv", "--name", "hr", "--set", "folder=src"]);
    assert_eq!(create("csv=hr").expect(0).json()["notices"], serde_json::json!([]));

    // The findings of a file that can be read are told beside one that cannot.
    let bad = file("bad.yaml", "dsl: 1\nid: bad\non: {manual: {}}\nsteps:\n  - {id: read, uses: directory/reed}\n");
    let missing = house.path("missing.yaml").display().to_string();
    for args in [&["validate", &bad, &missing][..], &["validate", "--fix", &missing, &bad]] {
        let found = house.ask(args).expect(1).json();
        let found = found.as_array().expect("a list");
        let codes = |of: &str| -> Vec<&str> {
            let of = found.iter().filter(|finding| finding["file"] == of);
            of.filter_map(|finding| finding["code"].as_str()).collect()
        };
        assert!(codes(&bad).contains(&"E0501"), "{found:?}");
        assert_eq!(codes(&missing), ["E0101"], "{found:?}");
    }

    // A file that is there is not written over.
    let export = file("plan.json", "mine");
    let directory = file(
        "reads.yaml",
        "dsl: 1\nid: reads\nname: {zh: 读, en: Read}\non: {manual: {}}\nconnections:\n  directory: {type: directory, ref: default}\nsteps:\n  - \
         {id: read, name: {zh: 读, en: Read}, uses: directory/read}\n",
    );
    house.good(&["workflow", "create", "--file", &directory]);
    let refused = house.text(&["plan", "reads", "--export", &export]).expect(1);
    assert!(refused.err.contains("--overwrite"), "{}", refused.err);
    assert_eq!(std::fs::read_to_string(&export).expect("it is there"), "mine");
    house.text(&["plan", "reads", "--export", &export, "--overwrite"]).expect(0);
    assert_ne!(std::fs::read_to_string(&export).expect("it is there"), "mine");
}
