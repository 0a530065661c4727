//! Runs that are under way while idflow is upgraded: they go on as they were begun, or end and say why.
//!
//! Another version is played by what it would have left in the store: a run with another digest of what its workflow means.

use std::time::Duration;

use idflow::{
    connectors,
    model::{
        id::{RunId, Tenant},
        run::{Run, Status},
    },
    store::{Batch, location::Location, runs},
    workflow::{self, compiled::Work, meaning},
};
use serde_json::{Value, json};

use super::support::{House, Organisation, eventually};

/// A house whose import is held: more people than the workflow may make without an approval.
fn held() -> (House, Value) {
    let house = House::new();
    Organisation::generated(2, 6).write(&house.source());
    let shown = house.good(&["template", "show", "csv_to_directory"]);
    let text = shown["text"].as_str().expect("the text");
    let limit = "  remove: {max_percent: 20%}";
    assert!(text.contains(limit) && text.contains("on_exceed: hold_removals"));
    let text = text.replace(limit, "  create: {max: 1}\n  remove: {max_percent: 20%}");
    let file = house.path("people.yaml");
    std::fs::write(&file, text.replace("on_exceed: hold_removals", "on_exceed: hold")).expect("written");
    house.good(&["workflow", "create", "--file", &file.display().to_string(), "--id", "people"]);
    house.good(&["workflow", "activate", "people", "--yes"]);
    let held = run(&house).expect(4).json();
    (house, held)
}

fn run(house: &House) -> super::support::house::Answer {
    let folder = format!("folder={}", house.source().display());
    house.ask(&["run", "people", "--wait", "--input", &folder])
}

/// Changes the header of a run as another version would have written it.
fn rewrite(house: &House, run: &Value, change: impl Fn(&mut Run)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let store = Location::Folder(house.data()).open().await.expect("the store opens");
        let tenant = Tenant::default_tenant();
        let id: RunId = run["run"].as_str().expect("its id").parse().expect("an id");
        let old = runs::loaded(&*store, &tenant, id).await.expect("read").expect("the run");
        let mut new = old.value.clone();
        change(&mut new);
        let mut batch = Batch::default();
        runs::replace(&mut batch, &tenant, &old, &new).expect("packed");
        store.commit(batch).await.expect("written");
    });
}

/// As idflow 0.0.9 would have compiled it.
fn older(run: &mut Run) {
    assert!(!run.meaning.is_empty(), "the run remembers what its workflow means");
    run.meaning = "0/0123456789abcdef".into();
    run.engine = "0.0.9".into();
}

/// The run when nobody works on it any more.
fn at_rest(house: &House, id: &str) -> Value {
    eventually("the run is over or held", Duration::from_secs(60), || {
        let run = house.good(&["runs", "show", id]);
        (run["status"] == "held" || !run["ended"].is_null()).then_some(run)
    })
}

fn people(house: &House) -> u64 {
    let counts = house.good(&["directory", "show"]);
    counts["counts"]["user"].as_object().map_or(0, |words| words.values().filter_map(Value::as_u64).sum())
}

#[test]
fn a_held_run_of_another_meaning_is_not_carried_out() {
    let (house, held) = held();
    let id = held["run"].as_str().expect("its id");
    rewrite(&house, &held, older);
    let ended = house.ask(&["runs", "approve", id]).json();
    let ended = house.good(&["runs", "show", ended["run"].as_str().unwrap_or(id)]);
    assert_eq!(ended["status"], "failed", "{ended}");
    let why = &ended["why"][0];
    assert_eq!(why["code"], "means_another", "{why}");
    for word in ["0.0.9", env!("CARGO_PKG_VERSION"), "people"] {
        assert!(why["reason"]["en"].as_str().is_some_and(|text| text.contains(word)), "{word}: {why}");
        assert!(why["reason"]["zh"].as_str().is_some_and(|text| text.contains(word)), "{word}: {why}");
    }
    assert_eq!(why["next"]["kind"], "run_workflow", "{why}");
    assert_eq!(people(&house), 0, "nothing was written");
    // The next one is planned by this version, and goes on over restarts as before.
    let next = run(&house).expect(4).json();
    let done = house.ask(&["runs", "approve", next["run"].as_str().expect("its id")]).expect(0).json();
    assert_eq!((&done["status"], people(&house)), (&json!("succeeded"), 6), "{done}");
}

#[test]
fn a_run_of_another_meaning_writes_nothing_more() {
    let (house, held) = held();
    // It was killed while it was at work, before its first row.
    rewrite(&house, &held, |run| {
        older(run);
        run.status = Status::Applying;
        run.why.clear();
        run.expires = None;
    });
    let server = house.serve();
    let id = held["run"].as_str().expect("its id");
    let ended = at_rest(&house, id);
    assert_eq!((&ended["status"], &ended["why"][0]["code"]), (&json!("failed"), &json!("means_another")), "{ended}");
    assert!(ended["counts"]["user"]["not_attempted"].as_u64() > Some(0), "each object says so: {ended}");
    assert_eq!(people(&house), 0, "nothing was written");
    server.kill();
}

#[test]
fn a_run_that_was_only_accepted_is_planned_anew_and_says_so() {
    let (house, held) = held();
    rewrite(&house, &held, |run| {
        older(run);
        run.status = Status::Queued;
        run.plan = None;
        run.planned_at = None;
        run.rows = 0;
        run.why.clear();
        run.expires = None;
    });
    let server = house.serve();
    let id = held["run"].as_str().expect("its id");
    let again = at_rest(&house, id);
    assert_eq!(again["status"], "held", "{again}");
    let told = again["notices"].as_array().expect("notices").iter().filter(|notice| notice["code"] == "read_anew");
    assert_eq!(told.count(), 1, "{again}");
    house.ask(&["runs", "approve", id]);
    eventually("everybody is there", Duration::from_secs(60), || (people(&house) == 6).then_some(()));
    server.kill();
}

fn compiled(text: &str) -> workflow::compiled::Workflow {
    let outcome = workflow::compile("w", text, &workflow::Environment::new(connectors::ALL));
    outcome.workflow.unwrap_or_else(|| panic!("{:?}", outcome.diagnostics))
}

const FULL: &str = include_str!("../../workflows/wecom_downstream_full.yaml");

/// The shipped templates mean what they meant. When this fails, runs that are under way at an upgrade end instead of going
/// on: if that is right, put the new digest here and tell it in the changelog.
#[test]
fn the_shipped_templates_mean_what_they_meant() {
    let digests = [
        FULL,
        include_str!("../../workflows/wecom_downstream_mirror.yaml"),
        include_str!("../../workflows/csv_to_directory.yaml"),
    ]
    .map(|text| compiled(text).meaning);
    assert_eq!(digests, ["1/eb4efa14b9d22e23", "1/cbd39ce356075d37", "1/08daa64827b03252"]);
}

#[test]
fn what_changes_the_meaning_changes_the_digest() {
    let before = compiled(FULL).meaning;
    assert_eq!(compiled(&format!("# a remark\n{FULL}")).meaning, before, "a remark means nothing");
    let changed = |change: fn(&mut workflow::compiled::Workflow)| {
        let mut workflow = compiled(FULL);
        change(&mut workflow);
        meaning::of(&workflow) != before
    };
    assert!(changed(|workflow| workflow.safety.mass_clear += 1.0), "a default of the compiler");
    assert!(changed(|workflow| workflow.steps.truncate(1)), "a step less");
    assert!(
        changed(|workflow| {
            let Work::Read(uses) = &mut workflow.steps[0].work else { panic!("the first step reads") };
            uses.retry.max_attempts += 1;
        }),
        "how often a read is repeated"
    );
    assert!(!changed(|workflow| workflow.name.zh.push('x')), "names change no run that is under way");
}
