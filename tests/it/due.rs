//! Many workflows, schedules and held runs: what is not due costs nothing, and what is due runs once. The store counts what
//! it is asked, so the work of one look is seen as a number and not as a time.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use idflow::{
    app::{App, Caller, Settings, connect::AllConnections, expected::Expected, seal::Sealer},
    contract::workflow::NewWorkflow,
    engine::{Engine, Node, clock::ManualClock},
    model::{
        id::{RunId, Tenant},
        run::{Run, Status},
    },
    store::{
        Batch, Kv, Store, catalogue,
        catalogue::{StoredWorkflow, WorkflowState, WorkflowVersion},
        location::Location,
        runs,
    },
    trigger::schedule::Scheduler,
};

use super::support::counted::Counted;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// 2026-03-02 00:00 UTC, a Monday.
const MONDAY: i64 = 1_772_409_600_000;

/// A workflow that reads the directory, due at this rule.
fn text(id: &str, cron: &str) -> String {
    format!(
        "dsl: 1\nid: {id}\nname: {{zh: 读, en: Read}}\non:\n  manual: {{}}\n  schedule: [{{cron: '{cron}', timezone: UTC, catchup: latest}}]\n\
         connections:\n  directory: {{type: directory, ref: default}}\nsteps:\n  \
         - {{id: read, name: {{zh: 读, en: Read}}, uses: directory/read}}\n"
    )
}

/// A node over a store, at a time.
struct Place {
    store: Arc<Counted>,
    tenant: Tenant,
    clock: Arc<ManualClock>,
    _folder: tempfile::TempDir,
    sealer: Arc<Sealer>,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let sealer = Arc::new(Sealer::open(None, &folder.path().join("master.key")).expect("a key"));
        let clock = Arc::new(ManualClock::at(MONDAY));
        Self { store: Counted::new(), tenant: Tenant::default_tenant(), clock, _folder: folder, sealer }
    }

    fn engine(&self) -> Engine {
        let store: Store = self.store.clone();
        let base = self._folder.path().to_path_buf();
        let connections = AllConnections::new(store.clone(), self.sealer.clone(), base, self.clock.clone());
        Engine::new(store, &self.tenant, self.clock.clone(), Arc::new(connections), Node::default())
    }

    /// Writes active workflows as a version of idflow from before these indexes may have left them.
    async fn active(&self, count: usize, cron: impl Fn(usize) -> String) {
        for some in (0..count).collect::<Vec<_>>().chunks(100) {
            let mut batch = Batch::default();
            for number in some {
                let id = format!("w{number:05}");
                let version = WorkflowVersion {
                    version: 1,
                    text: text(&id, &cron(*number)),
                    saved: MONDAY,
                    by: None,
                    note: None,
                };
                catalogue::put_version(&mut batch, &self.tenant, &id, &version).expect("packed");
                let head = StoredWorkflow {
                    id,
                    latest: 1,
                    active: Some(1),
                    state: WorkflowState::Active,
                    runs: 0,
                    template: None,
                    created: MONDAY,
                    activated: Some((MONDAY, "anna".into())),
                    fenced: false,
                    live_since: None,
                    from_folder: false,
                    folder: None,
                };
                catalogue::put_workflow(&mut batch, &self.tenant, None, &head).expect("packed");
            }
            self.store.commit(batch).await.expect("written");
        }
    }

    async fn set(&self, id: &str, change: impl Fn(&mut StoredWorkflow)) {
        let head = catalogue::workflow(&*self.store, &self.tenant, id).await.expect("read").expect("a workflow");
        let mut new = head.value.clone();
        change(&mut new);
        let mut batch = Batch::default();
        catalogue::put_workflow(&mut batch, &self.tenant, Some(&head), &new).expect("packed");
        self.store.commit(batch).await.expect("written");
    }

    /// Due times of runs, by workflow.
    async fn due(&self) -> BTreeMap<String, Vec<i64>> {
        let mut due: BTreeMap<String, Vec<i64>> = BTreeMap::new();
        for run in runs::list(&*self.store, &self.tenant, None, 100_000).await.expect("runs") {
            due.entry(run.workflow.clone()).or_default().extend(run.trigger.due);
        }
        due.values_mut().for_each(|times| times.sort_unstable());
        due
    }

    /// Waits until everything that was accepted has ended.
    async fn ended(&self, engines: &[&Engine]) {
        for engine in engines {
            for run in engine.at_work() {
                engine.wait(run).await.expect("it ends");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn schedules_that_are_not_due_are_not_looked_at() {
    let place = Place::new();
    // Each at a minute of its own of the third hour; and rules of every minute of an hour that is past.
    place.active(1000, |number| format!("{} {} * * *", number % 60, if number % 2 == 0 { 3 } else { 23 })).await;
    let engine = place.engine();
    let mut scheduler = Scheduler::new(engine.clone());
    // The first look finds them.
    scheduler.tick().await.expect("a look");
    assert!(place.due().await.is_empty(), "nothing is due");
    let scheduled = |number: i64| MONDAY + 3 * HOUR + number * MINUTE;
    place.store.asked();
    for _ in 0..100 {
        place.clock.advance(Duration::from_millis(250));
        assert_eq!(scheduler.tick().await.expect("a look"), Some(scheduled(0)));
    }
    let asked = place.store.asked();
    assert!(asked.calls <= 300 && asked.bytes < 100 * 200, "100 looks at 1,000 schedules: {asked:?}");

    // Those of one minute come, each once, and cost what they are and not what there is.
    place.clock.set(scheduled(0));
    scheduler.tick().await.expect("a look");
    scheduler.tick().await.expect("a look");
    place.ended(&[&engine]).await;
    let due = place.due().await;
    let first: Vec<String> = (0..1000).step_by(60).map(|number| format!("w{number:05}")).collect();
    assert_eq!(due.keys().cloned().collect::<Vec<_>>(), first);
    assert!(due.values().all(|times| *times == [scheduled(0)]), "{due:?}");
    place.store.asked();
    for _ in 0..100 {
        scheduler.tick().await.expect("a look");
    }
    let asked = place.store.asked();
    assert!(asked.calls <= 300, "100 looks after that: {asked:?}");
}

/// Two nodes that look at the same moment, one that is killed between accepting and moving on, entries that are there twice,
/// an edit and a pause: each due time runs once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_due_time_runs_once_whoever_looks() {
    let place = Place::new();
    place.active(300, |_| "0 1 * * *".into()).await;
    let (one, other) = (place.engine(), place.engine());
    let (mut first, mut second) = (Scheduler::new(one.clone()), Scheduler::new(other.clone()));
    first.tick().await.expect("a look");
    place.set("w00007", |head| head.state = WorkflowState::Paused).await;
    place.clock.set(MONDAY + HOUR + 1000);
    let (left, right) = tokio::join!(first.tick(), second.tick());
    left.expect("a look");
    right.expect("a look");
    // Whoever was in each other's way looks again.
    first.tick().await.expect("a look");
    let mut third = Scheduler::new(place.engine());
    third.tick().await.expect("a look by somebody who starts now");
    place.ended(&[&one, &other]).await;
    let due = place.due().await;
    assert_eq!(due.len(), 299);
    assert!(due.values().all(|times| *times == [MONDAY + HOUR]), "{due:?}");
    assert!(!due.contains_key("w00007"), "it is paused");
    // The next day comes to all of them.
    place.clock.set(MONDAY + DAY + HOUR + 1000);
    third.tick().await.expect("a look");
    place.ended(&[&one, &other]).await;
    let due = place.due().await;
    assert!(due.values().all(|times| *times == [MONDAY + HOUR, MONDAY + DAY + HOUR]), "{due:?}");
}

/// A clock that was months ahead while schedules were settled: they go on from now when it is right again, in the same
/// process and in one that starts then.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_was_ahead_does_not_leave_schedules_behind() {
    for restarted in [false, true] {
        let place = Place::new();
        place.active(3, |_| "0 1 * * *".into()).await;
        let engine = place.engine();
        let mut scheduler = Scheduler::new(engine.clone());
        scheduler.tick().await.expect("a look");
        place.clock.set(MONDAY + 100 * DAY);
        scheduler.tick().await.expect("a look");
        place.ended(&[&engine]).await;
        let due = place.due().await;
        assert!(due.len() == 3 && due.values().all(|times| *times == [MONDAY + 99 * DAY + HOUR]), "{due:?}");
        if restarted {
            scheduler = Scheduler::new(engine.clone());
        }
        place.clock.set(MONDAY + 2 * HOUR);
        scheduler.tick().await.expect("a look");
        place.clock.set(MONDAY + DAY + HOUR + 1000);
        scheduler.tick().await.expect("a look");
        place.ended(&[&engine]).await;
        let due = place.due().await;
        assert!(due.values().all(|times| times.first() == Some(&(MONDAY + DAY + HOUR))), "{due:?}");
    }
}

/// Held runs with long bodies are not read until their time comes; one header that cannot be read keeps no other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn held_runs_are_looked_at_when_their_time_comes() {
    let place = Place::new();
    place.active(1, |_| "0 1 * * *".into()).await;
    let engine = place.engine();
    engine.recover().await.expect("recovered");
    let mut scheduler = Scheduler::new(engine.clone());
    scheduler.tick().await.expect("a look");
    place.clock.set(MONDAY + HOUR + 1000);
    scheduler.tick().await.expect("a look");
    place.ended(&[&engine]).await;
    let like = runs::list(&*place.store, &place.tenant, None, 1).await.expect("runs").pop().expect("a run");
    let mut held = Vec::new();
    for number in 0..300i64 {
        let now = MONDAY + 2 * HOUR + number;
        let mut run = Run { run: RunId::new(now), no: 10 + number.unsigned_abs(), seq: 0, ..like.clone() };
        run.status = Status::Held;
        run.ended = None;
        run.untold = false;
        run.trigger.body = "x".repeat(60_000).into();
        // The last of them first.
        run.expires = Some(MONDAY + 3 * DAY - number * HOUR / 100);
        let mut batch = Batch::default();
        runs::create(&mut batch, &place.tenant, &mut run, now).expect("packed");
        place.store.commit(batch).await.expect("written");
        held.push(run.run);
    }
    place.clock.set(MONDAY + 3 * HOUR);
    engine.tend().await.expect("a round");
    place.store.asked();
    for _ in 0..20 {
        engine.tend().await.expect("a round");
    }
    let asked = place.store.asked();
    assert!(asked.calls <= 20 * 5 && asked.bytes < 20 * 1000, "20 rounds beside 300 held runs: {asked:?}");
    // One of the two that are due cannot be read.
    let newest = held.pop().expect("a run");
    let mut broken = Batch::default();
    let all = idflow::store::scan_prefix(&*place.store, b"r").await.expect("headers");
    let (key, _) = all.iter().find(|(key, _)| key.ends_with(&newest.to_bytes())).expect("its header");
    broken.put(key.clone(), vec![9, 9]);
    place.store.commit(broken).await.expect("written");
    place.clock.set(MONDAY + 3 * DAY - 298 * HOUR / 100);
    engine.tend().await.expect("a round");
    let second = *held.last().expect("a run");
    engine.wait(second).await.expect("it ends");
    let status = |run: RunId| {
        let place = &place;
        async move { runs::get(&*place.store, &place.tenant, run).await.expect("read").expect("a run").status }
    };
    assert_eq!(status(second).await, Status::Cancelled);
    assert_eq!(status(held[0]).await, Status::Held);
}

const CALL: &str = "  - {id: call, name: {zh: 叫, en: Call}, uses: workflow/w00000}\n";

/// Making a workflow, activating it and showing it asks the store for as much among a thousand as among ten.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn making_workflows_costs_the_same_among_many() {
    let store = Counted::new();
    let folder = tempfile::tempdir().expect("a folder");
    let settings = Settings {
        data_dir: folder.path().to_path_buf(),
        store: Location::Memory,
        master_key: Some("11".repeat(32)),
        clock: Arc::new(ManualClock::at(MONDAY)),
        disk_floor: 0,
        at_work: None,
    };
    let app = App::over(store.clone(), settings).await.expect("the application");
    let anna = Caller::local(app.tenant().clone(), "anna");
    let make = async |number: usize| {
        let id = format!("w{number:05}");
        let hook = "  webhook: {path: PATH, verify: token}\n  schedule".replace("PATH", &id);
        let mut text = text(&id, "0 3 * * *").replace("  schedule", &hook);
        if number > 0 {
            text.push_str(CALL);
        }
        store.asked();
        let new = NewWorkflow { text: Some(text), ..NewWorkflow::default() };
        app.create_workflow(new, "owner").await.expect("made");
        let made = store.asked();
        if number == 0 {
            app.activate(&id, "anna").await.expect("activated");
        }
        store.asked();
        app.desk(&anna).workflow(&id).await.expect("shown");
        (made, store.asked())
    };
    let mut few = None;
    for number in 0..400 {
        let asked = make(number).await;
        if number == 10 {
            few = Some(asked);
        }
        if number == 399 {
            let (made, shown) = few.expect("asked before");
            assert_eq!(made.calls, asked.0.calls, "calls to make one");
            assert!(asked.0.bytes <= made.bytes * 2, "{made:?} and {asked:?}");
            assert_eq!(shown.calls, asked.1.calls, "calls to show one");
        }
    }
}

/// An application whose time is Monday until it is moved on.
async fn on_monday() -> (App, Arc<ManualClock>, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let clock = Arc::new(ManualClock::at(MONDAY));
    let settings = Settings {
        data_dir: folder.path().to_path_buf(),
        store: Location::Memory,
        master_key: Some("11".repeat(32)),
        clock: clock.clone(),
        disk_floor: 0,
        at_work: None,
    };
    let app = App::over(Counted::new(), settings).await.expect("the application");
    (app, clock, folder)
}

/// A new version that is activated in the moment after a due time, before anybody looked, takes nothing away from an
/// expression that it keeps; one that is new counts from then on, and nothing is made up for a pause.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_version_that_is_activated_just_after_a_due_time_loses_none() {
    let (app, clock, _folder) = on_monday().await;
    let version = async |new: &str| {
        let other = format!("[{{cron: '{new}', timezone: UTC}}, {{cron:");
        let text = text("w", "0 9 * * *").replace("[{cron:", &other);
        app.create_workflow(NewWorkflow { text: Some(text), ..NewWorkflow::default() }, "owner").await.expect("made");
        app.activate("w", "anna").await.expect("activated");
    };
    let mut scheduler = Scheduler::new(app.engine().clone());
    let nine = |day: i64| MONDAY + day * DAY + 9 * HOUR;
    let mut wanted = Vec::new();
    version("1 8 1 1 *").await;
    scheduler.tick().await.expect("a look");
    for day in 0..2 {
        // Its first due time, and a later one.
        clock.set(nine(day) + 20);
        version(&format!("{day} 8,9 * * *")).await;
        clock.set(nine(day) + 40);
        scheduler.tick().await.expect("a look");
        wanted.push(nine(day));
        assert_eq!(due_of(&app).await, wanted, "day {day}");
    }
    app.pause_workflow("w", &Expected::Anything).await.expect("paused");
    clock.set(nine(2) + 20);
    version("1 8 1 1 *").await;
    scheduler.tick().await.expect("a look");
    clock.set(nine(3) + 20);
    scheduler.tick().await.expect("a look");
    wanted.push(nine(3));
    assert_eq!(due_of(&app).await, wanted, "nothing is made up for a pause");
}

/// An expression that comes back after a version without it counts from then on; one that another place had meanwhile goes on
/// where it was there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expression_that_comes_back_makes_up_for_nothing_and_repeats_nothing() {
    let (app, clock, _folder) = on_monday().await;
    let version = async |rules: &[&str]| {
        let rules: Vec<String> =
            rules.iter().map(|cron| format!("{{cron: '{cron}', timezone: UTC, catchup: all}}")).collect();
        let text = text("w", "0 9 * * *");
        let (head, tail) = text.split_once("  schedule: ").expect("a schedule");
        let tail = tail.split_once('\n').expect("a line").1;
        let schedule = if rules.is_empty() { String::new() } else { format!("  schedule: [{}]\n", rules.join(", ")) };
        let text = format!("{head}{schedule}{tail}");
        app.create_workflow(NewWorkflow { text: Some(text), ..NewWorkflow::default() }, "owner").await.expect("made");
        app.activate("w", "anna").await.expect("activated");
    };
    let mut scheduler = Scheduler::new(app.engine().clone());
    let (a, b) = ("0 2 * * *", "0 3 * * *");
    let at = |day: i64, hour: i64| MONDAY + day * DAY + hour * HOUR;
    let mut go = async |day: i64| {
        for hour in [2, 3, 4] {
            clock.set(at(day, hour) + MINUTE);
            scheduler.tick().await.expect("a look");
        }
    };
    version(&[a, b]).await;
    go(0).await;
    version(&[b]).await;
    go(1).await;
    go(2).await;
    // Both again: the first anew, the second as it was at the other place.
    version(&[a, b]).await;
    go(3).await;
    let mut wanted = vec![at(0, 2), at(0, 3), at(1, 3), at(2, 3), at(3, 2), at(3, 3)];
    assert_eq!(due_of(&app).await, wanted);
    // No schedule at all for two days.
    version(&[]).await;
    go(4).await;
    go(5).await;
    version(&[a]).await;
    go(6).await;
    wanted.push(at(6, 2));
    assert_eq!(due_of(&app).await, wanted);
}

/// The due times of all runs, the oldest first.
async fn due_of(app: &App) -> Vec<i64> {
    let core = app.engine().core();
    let runs = runs::list(&*core.store, &core.tenant, None, 1000).await.expect("runs");
    let mut due: Vec<i64> = runs.iter().filter_map(|run| run.trigger.due).collect();
    due.sort_unstable();
    due
}
