//! Events that start runs: what happens in the directory, and what a system hands over twice.

use std::time::Duration;

use idflow::{
    model::{
        id::Tenant,
        run::Run,
        trigger::{ConnectionEvent, TriggerKind},
    },
    store::{Batch, Store, events, location::Location, runs},
};
use serde_json::Value;

use super::support::{House, Organisation, eventually};

const PATIENCE: Duration = Duration::from_secs(60);
/// 2026-03-02 00:00 UTC, a Monday.
const MONDAY: i64 = 1_772_409_600_000;

/// A workflow that starts when people come or go, and says so to another one.
const JOINERS: &str = "dsl: 1\nid: joiners\nname: {zh: 来去, en: Joiners}\non:\n  event: [{connection: directory, types: \
                       [user_created, user_left]}]\nconnections:\n  directory: {type: directory, ref: default}\nsteps:\n  - \
                       {id: read, name: {zh: 读, en: Read}, uses: directory/read}\n  - {id: tell, name: {zh: 告知, en: Tell}, \
                       uses: workflow/told, with: {what: \"{{trigger.type}} of {{trigger.connection}}: \
                       {{trigger.object.kind}}\"}}\n";
const TOLD: &str = "dsl: 1\nid: told\nname: {zh: 被告知, en: Told}\non: {manual: {inputs: {what: {type: string, required: \
                    true}}}}\nconnections:\n  directory: {type: directory, ref: default}\nsteps:\n  - {id: read, name: {zh: 读, \
                    en: Read}, uses: directory/read}\n";

fn activate(house: &House, id: &str, text: &str) -> Value {
    let file = house.path(&format!("{id}.yaml"));
    std::fs::write(&file, text).expect("the file is written");
    house.good(&["workflow", "create", "--file", &file.display().to_string()]);
    house.good(&["workflow", "activate", id, "--yes"])
}

/// What the store holds, looked at while nobody else has it.
fn in_store<T>(house: &House, look: impl AsyncFnOnce(Store) -> T) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async { look(Location::Folder(house.data()).open().await.expect("the store opens")).await })
}

/// The runs that events started, the oldest first, while no server has the store.
fn by_events(house: &House) -> Vec<Run> {
    in_store(house, async |store| {
        let mut runs = runs::list(&*store, &Tenant::default_tenant(), Some("joiners"), 100).await.expect("runs");
        runs.reverse();
        runs.into_iter().filter(|run| run.trigger.kind == TriggerKind::Event).collect()
    })
}

/// Lets time pass until so many runs of a workflow are over.
fn pass(house: &House, now: &mut i64, workflow: &str, number: usize) {
    eventually(&format!("{number} runs of {workflow}"), PATIENCE, || {
        *now += 4000;
        house.set_clock(*now);
        let runs = house.good(&["runs", "list", "--workflow", workflow]);
        let over = runs.as_array().expect("runs").iter().filter(|run| !run["ended"].is_null());
        (over.count() >= number).then_some(())
    });
}

#[test]
fn people_who_come_and_go_are_one_run_for_each_burst() {
    let mut now = MONDAY;
    let house = House::new().clocked(now);
    let mut company = Organisation::generated(2, 24);
    company.write(&house.source());
    activate(&house, "told", TOLD);
    let active = activate(&house, "joiners", JOINERS);
    assert_eq!(active["notices"], Value::Array(Vec::new()), "the directory has events: {active}");
    // Nobody looks after events yet: they are kept with the change itself.
    house.import(&[]).expect(0);
    assert!(by_events(&house).is_empty());
    let server = house.serve();
    pass(&house, &mut now, "told", 1);
    let told = house.good(&["runs", "list", "--workflow", "told"]);
    let told = house.good(&["runs", "show", told[0]["run"].as_str().expect("its id")]);
    assert_eq!(told["inputs"]["what"], "user_created of directory: user", "{told}");
    server.kill();
    let runs = by_events(&house);
    let events = |run: &Run| run.trigger.body["events"].as_array().map_or(0, Vec::len);
    assert_eq!(runs.iter().map(events).collect::<Vec<_>>(), [24], "one run for all of them");
    assert_eq!(runs[0].trigger.actor, "directory");

    // One leaves and one has another title: only the first is wanted. What was told is not told again.
    let mut people = company.people.keys().rev().cloned().collect::<Vec<_>>().into_iter();
    let (first, second) = (people.next().expect("a person"), people.next().expect("another"));
    company.people.remove(&first);
    company.change(&second, "title", "Fellow");
    company.write(&house.source());
    let server = house.serve();
    house.import(&["--yes"]);
    pass(&house, &mut now, "joiners", 2);
    server.kill();
    let runs = by_events(&house);
    assert_eq!(runs.iter().map(events).collect::<Vec<_>>(), [24, 1]);
    assert_eq!(runs[1].trigger.body["type"], "user_left");
    // A workflow that is at rest listens to nothing.
    house.good(&["workflow", "pause", "joiners"]);
    company.people.remove(&second);
    company.write(&house.source());
    house.import(&["--yes"]);
    let waiting =
        in_store(&house, async |store| events::awaited(&*store, &Tenant::default_tenant()).await.expect("read"));
    assert!(waiting.is_empty(), "{waiting:?}");
}

#[test]
fn an_event_that_is_sent_again_is_noted_once_also_over_restarts() {
    let house = House::new();
    let tenant = Tenant::default_tenant();
    let event = |number: i64| ConnectionEvent {
        id: format!("{number:026}"),
        connection: "corp".into(),
        kind: "create_user".into(),
        object: None,
        at: MONDAY + number,
        missed: false,
        details: Default::default(),
    };
    std::fs::create_dir_all(house.data()).expect("a folder");
    for restart in 0..2 {
        in_store(&house, async |store| {
            let mut batch = Batch::default();
            let wanted = [("corp".to_string(), vec!["create_user".to_string()], events::Gathering::default())];
            events::listen(&*store, &mut batch, &tenant, "w", &wanted).await.expect("packed");
            if !batch.is_empty() {
                store.commit(batch).await.expect("written");
            }
            let new = events::accept(&*store, &tenant, "message 1", &event(restart), Batch::default())
                .await
                .expect("accepted");
            assert_eq!(new, restart == 0, "the same message, start {restart}");
            let other = format!("message {}", 10 + restart);
            assert!(
                events::accept(&*store, &tenant, &other, &event(10 + restart), Batch::default())
                    .await
                    .expect("accepted")
            );
        });
    }
    in_store(&house, async |store| {
        let waiting = events::waiting(&*store, &tenant, "w", 100).await.expect("read");
        assert_eq!(waiting.iter().map(|event| event.at - MONDAY).collect::<Vec<_>>(), [0, 10, 11]);
        // A day later its name means nothing any more.
        events::forget(&*store, &tenant, MONDAY + 25 * 3_600_000).await.expect("forgotten");
        assert!(events::accept(&*store, &tenant, "message 1", &event(12), Batch::default()).await.expect("accepted"));
    });
}
