//! A workflow takes the place of another one: whoever the first brought and who leaves later is removed by the second, and nobody
//! who left in between is forgotten, or removed unseen. Two that work in opposite directions leave each other alone.

use idflow::{
    model::id::Tenant,
    store::{Batch, Kv, catalogue, sled::SledStore},
};
use serde_json::{Value, json};
use wecom_sim::state::SensitiveFields;

use super::support::{Corp, House, Organisation, corp, organisation::get};

/// Makes a workflow from a template and activates it. Repeated calls do not wait.
pub(super) fn workflow(house: &House, id: &str, template: &str) {
    let shown = house.good(&["template", "show", template]);
    let text =
        shown["text"].as_str().expect("the text").replace("delay: 1s, max_delay: 60s", "delay: 0s, max_delay: 0s");
    let file = house.path(&format!("{id}.yaml"));
    std::fs::write(&file, text).expect("the workflow is written");
    let file = file.display().to_string();
    house.good(&["workflow", "create", "--file", &file, "--id", id, "--connection", "wecom=main"]);
    house.good(&["workflow", "activate", id, "--yes"]);
}

fn run(house: &House, id: &str) -> Value {
    house.ask(&["run", id, "--wait"]).json()
}

fn notice<'a>(run: &'a Value, code: &str) -> Option<&'a Value> {
    run["notices"].as_array().expect("notices").iter().find(|notice| notice["code"] == code)
}

fn hand(corp: &Corp, call: &str, body: Value) {
    corp.by_hand(corp::CORP_ID, call, &body).expect("by hand");
}

/// The status of everybody of the directory, by account.
fn status(house: &House, account: &str) -> String {
    let all = house.good(&["directory", "show", "user", "--limit", "100000"]);
    let all: Vec<Value> =
        all.as_array().expect("people").iter().filter(|one| one["username"] == account).cloned().collect();
    assert!(all.len() < 2, "twice: {all:?}");
    all.first().map(|one| one["status"].as_str().unwrap_or("active").to_string()).unwrap_or_default()
}

#[test]
fn an_upstream_workflow_that_is_replaced_leaves_its_people_to_the_next() {
    let mut state = corp::empty();
    state.corps[0].apps[0].sensitive_fields = SensitiveFields::Shown;
    // WeCom made this userid itself, so it may be changed once.
    let made = json!({
        "userid": "r10", "name": "Ren 10", "department": [1], "mobile": "15400000010", "status": 1, "generated_userid": true,
    });
    state.corps[0].users.push(serde_json::from_value(made).expect("a member"));
    let corp = Corp::with(state);
    hand(&corp, "department/create", json!({"id": 2, "name": "R&D", "parentid": 1}));
    for number in (0..40).filter(|number| *number != 10) {
        let member = json!({"userid": format!("r{number:02}"), "name": format!("Ren {number}"), "department": [2], "mobile": format!("154000000{number:02}")});
        hand(&corp, "user/create", member);
    }
    let house = House::new();
    house.connect(&corp);
    workflow(&house, "up", "wecom_upstream_full");
    assert_eq!(run(&house, "up")["status"], "succeeded");
    // Gone after the last run of the first workflow, and before the first one of the second.
    hand(&corp, "user/delete", json!({"userid": "r03"}));
    workflow(&house, "upev", "wecom_upstream_event");
    let first = run(&house, "upev");
    assert_eq!(status(&house, "r03"), "active", "nobody is removed unseen: {first:#}");
    assert_eq!(notice(&first, "links_taken_over").map(|one| one.to_string().contains("up")), Some(true), "{first:#}");
    assert!(notice(&first, "leavers_of_other").is_some_and(|one| one.to_string().contains("r03")), "{first:#}");
    assert_eq!(first["counts"]["user"]["removed"], json!(0), "{first:#}");
    let waiting = house.good(&["removals", "list"]);
    assert_eq!(waiting.as_array().map(Vec::len), Some(1), "{waiting:#}");
    // What is taken over is so once, and costs nothing afterwards.
    hand(&corp, "user/delete", json!({"userid": "r02"}));
    let second = run(&house, "upev");
    assert_eq!(status(&house, "r02"), "left", "{second:#}");
    assert_eq!(status(&house, "r03"), "active", "it still waits: {second:#}");
    assert!(notice(&second, "links_taken_over").is_none(), "{second:#}");
    assert!(notice(&second, "leavers_of_other").is_some(), "nobody is forgotten: {second:#}");
    let third = run(&house, "upev");
    assert_eq!(third["status"], "succeeded_no_change", "{third:#}");
    let id = waiting[0]["id"].as_str().expect("an id");
    house.good(&["removals", "approve", id]);
    let last = run(&house, "upev");
    assert_eq!(status(&house, "r03"), "left", "{last:#}");
    // The one that was replaced runs again by hand: the links stay where they are.
    let again = run(&house, "up");
    assert!(notice(&again, "links_kept_by").is_some_and(|one| one.to_string().contains("upev")), "{again:#}");
    assert!(notice(&again, "links_taken_over").is_none(), "{again:#}");
    // A new account for somebody whose link belongs to the other workflow is no second person.
    hand(&corp, "user/update", json!({"userid": "r10", "new_userid": "ren.ten"}));
    let renamed = run(&house, "up");
    let changed: Vec<Value> = house.items(&renamed);
    assert!(changed.iter().any(|item| item["error"]["code"] == "key_changed"), "{changed:#?}");
    assert_eq!(renamed["counts"]["user"]["created"], 0, "{renamed:#}");
    assert_eq!(status(&house, "ren.ten"), "", "nobody is made twice");
}

#[test]
fn a_mirror_after_a_careful_start_disables_whom_the_start_created() {
    let corp = Corp::start();
    let house = House::new();
    house.connect(&corp);
    let mut organisation = Organisation::generated(3, 30);
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    workflow(&house, "down", "wecom_downstream_full");
    assert_eq!(run(&house, "down")["counts"]["user"]["created"], 30);
    workflow(&house, "mirror", "wecom_downstream_mirror");
    let first = run(&house, "mirror");
    assert!(notice(&first, "links_taken_over").is_some(), "{first:#}");
    assert_eq!(first["counts"]["user"]["updated"], 0, "{first:#}");
    let leaver = organisation.people.remove("E0029").expect("somebody");
    organisation.write(&house.source());
    house.import(&["--yes"]).expect(0);
    let writes = corp.writes();
    let second = run(&house, "mirror");
    assert_eq!(corp.member(get(&leaver, "userid"))["enable"], 0, "{second:#}");
    assert_eq!(corp.writes(), writes + 1);
    // The careful one runs again: it does not take back what it would not look after.
    let again = run(&house, "down");
    assert!(notice(&again, "links_taken_over").is_none(), "{again:#}");
}

#[test]
fn what_came_up_is_not_written_down_again() {
    let corp = Corp::start();
    let house = House::new();
    house.connect(&corp);
    Organisation::generated(3, 20).write(&house.source());
    house.import(&[]).expect(0);
    workflow(&house, "down", "wecom_downstream_full");
    assert_eq!(run(&house, "down")["counts"]["user"]["created"], 20);
    workflow(&house, "up", "wecom_upstream_full");
    run(&house, "up");
    let home = corp.member("user0003")["department"].clone();
    hand(&corp, "user/update", json!({"userid": "user0001", "name": "Renamed One"}));
    hand(&corp, "user/update", json!({"userid": "user0002", "department": home, "main_department": home[0]}));
    let up = run(&house, "up");
    assert_eq!(up["counts"]["user"]["updated"], 2, "{up:#}");
    let writes = corp.writes();
    let down = run(&house, "down");
    assert_eq!((&down["status"], corp.writes()), (&json!("succeeded_no_change"), writes), "{down:#}");
    // Neither direction takes the links of the other one.
    for id in ["up", "down"] {
        let again = run(&house, id);
        assert!(notice(&again, "links_taken_over").is_none(), "{again:#}");
        assert!(notice(&again, "links_kept_by").is_none(), "{again:#}");
    }
}

/// People who came down, and a workflow that brings up what is there; both are live and have run.
fn down_and_up() -> (Corp, House, Organisation) {
    let corp = Corp::start();
    let house = House::new();
    house.connect(&corp);
    let organisation = Organisation::generated(3, 30);
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    workflow(&house, "down", "wecom_downstream_full");
    assert_eq!(run(&house, "down")["counts"]["user"]["created"], 30);
    workflow(&house, "up", "wecom_upstream_full");
    let up = run(&house, "up");
    assert!(notice(&up, "links_taken_over").is_none(), "{up:#}");
    (corp, house, organisation)
}

/// Somebody leaves the directory, and is disabled by the workflow that made him.
#[track_caller]
fn a_leaver_is_disabled(corp: &Corp, house: &House, mut organisation: Organisation) {
    let leaver = organisation.people.remove("E0029").expect("somebody");
    organisation.write(&house.source());
    house.import(&["--yes"]).expect(0);
    let down = house.ask(&["run", "down", "--wait", "--yes", "--input", "remove_leavers=true"]).json();
    assert_eq!(corp.member(get(&leaver, "userid"))["enable"], 0, "{down:#}");
}

/// A version that is only saved says nothing of what the workflow does: its links stay its own, and so do its leavers.
#[test]
fn a_version_that_is_only_saved_gives_no_links_away() {
    let (corp, house, organisation) = down_and_up();
    let file = house.path("down.yaml");
    let text = std::fs::read_to_string(&file).expect("the workflow");
    assert!(text.contains("ref: wecom_main"), "{text}");
    std::fs::write(&file, text.replace("ref: wecom_main", "ref: wecom_next")).expect("written");
    let saved = house.good(&["workflow", "create", "--file", &file.display().to_string(), "--id", "down"]);
    assert_eq!((&saved["version"], &saved["active"]), (&json!(2), &json!(1)), "{saved:#}");
    let up = run(&house, "up");
    assert!(notice(&up, "links_taken_over").is_none(), "{up:#}");
    a_leaver_is_disabled(&corp, &house, organisation);
}

/// Writes this text over that of the first version of `down`; gives what was there.
fn text_over(house: &House, text: &str) -> String {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let store = SledStore::open(&house.data()).expect("the store opens");
        let tenant = Tenant::default_tenant();
        let version = catalogue::version(&store, &tenant, "down", 1).await.expect("read");
        let mut version = version.expect("a version");
        let before = std::mem::replace(&mut version.text, text.into());
        let mut batch = Batch::default();
        catalogue::put_version(&mut batch, &tenant, "down", &version).expect("packed");
        // It is there already.
        batch.expect.clear();
        store.commit(batch).await.expect("the store writes");
        before
    })
}

/// Nor does one that cannot be read by now: nobody knows what it writes, and it may be mended.
#[test]
fn a_version_that_cannot_be_read_gives_no_links_away() {
    let (corp, house, organisation) = down_and_up();
    let text = text_over(&house, "dsl: 1\n");
    let up = run(&house, "up");
    assert!(notice(&up, "links_taken_over").is_none(), "{up:#}");
    text_over(&house, &text);
    a_leaver_is_disabled(&corp, &house, organisation);
}
