//! Measurements on large stores. They say a figure and judge nothing but the answers. Two of them are small and run with the
//! other tests; with `IDFLOW_FIGURES=large` they are as large as they say, and so are the others:
//! `IDFLOW_FIGURES=large cargo test --test it --release -- --include-ignored --nocapture figures::`

use std::{sync::Arc, time::Instant};

use idflow::{
    app::{
        App, Caller, Settings,
        export::{Format, Wanted},
    },
    contract::item::{FailedItem, FailureFilter, Item, ItemFilter},
    engine::clock::SystemClock,
    model::{
        event::{Event, Outcome},
        id::{RunId, Tenant},
        run::Run,
    },
    store::{
        Batch, Kv, compact::bytes_on_disk, directory::Directory, object_index, object_terms::user, runs,
        sled::SledStore,
    },
};
use idflow_sdk::{
    Field, Kind, Problem, Record, Value,
    directory::{DirectoryStore, Writer},
};

use super::support::{Corp, House, Organisation};

const RUNS: u64 = 100;
const ITEMS: usize = 10_000;
/// One of so many items failed.
const FAILED: usize = 100;
/// Rows that are exported.
const EXPORTED: usize = 300_000;

/// Whether the figures are wanted of large stores.
fn is_large() -> bool {
    std::env::var_os("IDFLOW_FIGURES").is_some_and(|size| size == "large")
}

/// A house whose workflow has run once, with that run's header and the row of a person.
fn begun() -> (Corp, House) {
    let corp = Corp::start();
    let house = House::ready(&corp, "wecom_downstream_full");
    Organisation::generated(2, 4).write(&house.source());
    house.import(&[]).expect(0);
    house.sync(&[]).expect(0);
    (corp, house)
}

/// Writes a run like this one with so many items, of which every hundredth failed.
async fn fill(store: &SledStore, like: &Run, number: u64, items: usize) -> RunId {
    let tenant = Tenant::default_tenant();
    let plan = runs::get_plan(store, &tenant, like.run).await.expect("the plan");
    let person = plan.iter().rfind(|row| row.writes()).expect("a row").clone();
    let now = like.accepted + i64::try_from(number).expect("small") * 1000;
    let mut run = Run { run: RunId::new(now), no: number + 1, seq: 0, ..like.clone() };
    run.rows = u32::try_from(items).expect("small");
    let mut batch = Batch::default();
    runs::create(&mut batch, &tenant, &mut run, now).expect("encoded");
    store.commit(batch).await.expect("committed");
    let rows: Vec<_> = (0..items)
        .map(|item| {
            let mut row = person.clone();
            (row.source, row.target) = (format!("S{number}-{item}").into(), format!("user{item}").into());
            row
        })
        .collect();
    runs::put_plan(store, &tenant, run.run, &rows, None).await.expect("the plan");
    let (mut first, mut batch) = (run.seq + 1, Batch::default());
    for window in (0..items).collect::<Vec<_>>().chunks(64) {
        let done = |item: &usize| {
            let failed = Outcome::Failed(Problem::new("WECOM_60104").arg("key", format!("user{item}")));
            Event::Done {
                row: u32::try_from(*item).expect("small"),
                attempt: 1,
                outcome: if item.is_multiple_of(FAILED) { failed } else { Outcome::Created },
                ms: 40,
                left_out: Vec::new(),
                warnings: Vec::new(),
            }
        };
        let events: Vec<Event> = window.iter().map(done).collect();
        for event in &events {
            if let Event::Done { row, outcome, .. } = event
                && !outcome.is_good()
            {
                runs::bad_item(&mut batch, &tenant, run.run, *row, Some(outcome));
            }
        }
        let length = events.len() as u64;
        runs::journal(&mut batch, &tenant, run.run, first, now, events).expect("encoded");
        first += length;
        if batch.puts.len() >= 64 {
            store.commit(std::mem::take(&mut batch)).await.expect("committed");
        }
    }
    run.seq = first - 1;
    runs::append(&mut batch, &tenant, &mut run, now, Vec::new()).expect("encoded");
    store.commit(batch).await.expect("committed");
    run.run
}

async fn app(house: &House) -> App {
    let settings = Settings {
        data_dir: house.data(),
        master_key: None,
        clock: Arc::new(SystemClock),
        store: idflow::store::location::Location::Folder(house.data()),
        disk_floor: 0,
        at_work: None,
    };
    App::open(settings).await.expect("the application")
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime")
}

async fn like(store: &SledStore) -> Run {
    let tenant = Tenant::default_tenant();
    runs::list(store, &tenant, Some("sync"), 1).await.expect("runs").pop().expect("a run")
}

#[test]
#[ignore = "a measurement"]
fn the_newest_failures_of_a_million_items() {
    let (_corp, house) = begun();
    runtime().block_on(async {
        {
            let store = SledStore::open(&house.data()).expect("the store");
            let like = like(&store).await;
            for number in 1..=RUNS {
                fill(&store, &like, number, ITEMS).await;
            }
        }
        let size = bytes_on_disk(&house.data());
        let app = app(&house).await;
        let owner = Caller::local(app.tenant().clone(), "owner");
        for look in ["first look", "second look"] {
            let begun = Instant::now();
            let wanted = FailureFilter { limit: Some(100), ..FailureFilter::default() };
            let failures = app.desk(&owner).failures(&wanted).await.expect("failures").items;
            let spent = begun.elapsed();
            assert_eq!(failures.len(), 100);
            let fits = |failed: &FailedItem| failed.item.outcome.as_deref() == Some("failed") && failed.no == RUNS + 1;
            assert!(failures.iter().all(fits));
            eprintln!("{look}: 100 failures out of {} items in {spent:?}", RUNS as usize * ITEMS);
        }
        let begun = Instant::now();
        let wanted = FailureFilter { workflow: Some("sync".into()), limit: Some(100), ..FailureFilter::default() };
        app.desk(&owner).failures(&wanted).await.expect("failures");
        eprintln!("of one workflow: {:?}", begun.elapsed());
        eprintln!("{size} bytes on disk, {} for each item", size / (RUNS * ITEMS as u64));
    });
}

#[test]
#[ignore = "a measurement"]
fn exports_of_three_hundred_thousand_rows() {
    let (_corp, house) = begun();
    runtime().block_on(async {
        let run = {
            let store = SledStore::open(&house.data()).expect("the store");
            let like = like(&store).await;
            fill(&store, &like, 1, EXPORTED).await
        };
        let app = app(&house).await;
        let owner = Caller::local(app.tenant().clone(), "owner");
        // The peak counts from here on, where the system knows how (Linux).
        let _ = std::fs::write("/proc/self/clear_refs", "5");
        eprintln!("before: {}", resident());
        for format in [Format::Jsonl, Format::Csv, Format::Xlsx] {
            let begun = Instant::now();
            let wanted = Wanted { format, plan: None, reveal: false, lang: "zh" };
            let file = app.desk(&owner).export(run, wanted).await.expect("a file");
            let bytes = file.metadata().expect("its size").len();
            eprintln!("{format:?}: {bytes} bytes in {:?}, {}", begun.elapsed(), resident());
        }
    });
}

/// The most memory that this process has held, where the system tells.
fn resident() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("memory unknown").to_string()
}

#[test]
fn items_by_code_of_a_large_run() {
    let (_corp, house) = begun();
    // More than what is read instead of an index.
    let items: u32 = if is_large() { 100_000 } else { 3_000 };
    let (last, object) = (items / 10 * 9, items / 4 * 3 + 1);
    runtime().block_on(async {
        let run = {
            let store = SledStore::open(&house.data()).expect("the store");
            let like = like(&store).await;
            fill(&store, &like, 1, usize::try_from(items).expect("small")).await
        };
        let app = app(&house).await;
        let caller = Caller::local(app.tenant().clone(), "owner");
        let first = ItemFilter { limit: Some(40), ..ItemFilter::default() };
        let before = app.desk(&caller).items(run, &first).await.expect("the first rows");
        for filter in [
            ItemFilter { code: Some("60104".into()), ..ItemFilter::default() },
            ItemFilter { code: Some("60104".into()), ..ItemFilter::default() },
            ItemFilter { outcome: Some("created".into()), from: Some(last), ..ItemFilter::default() },
            ItemFilter { object: Some(format!("user{object}")), ..ItemFilter::default() },
            ItemFilter { object: Some(format!("user{}", object + 1)), ..ItemFilter::default() },
            ItemFilter { find: Some(format!("r{}", object / 10)), ..ItemFilter::default() },
        ] {
            let begun = Instant::now();
            let page = app.desk(&caller).items(run, &filter).await.expect("a page");
            eprintln!("{:?}: {} items, {:?}", begun.elapsed(), page.items.len(), filter);
            assert!(!page.items.is_empty());
        }
        // The first rows are the same before there was an index, and in brief but for their fields.
        let after = app.desk(&caller).items(run, &first).await.expect("the first rows");
        assert_eq!((&before.items, &before.next), (&after.items, &after.next));
        let brief = app.desk(&caller).items(run, &ItemFilter { brief: true, ..first }).await.expect("the first rows");
        let without = |item: &Item| Item { diff: Vec::new(), ..item.clone() };
        assert!(before.items.iter().any(|item| !item.diff.is_empty()));
        assert_eq!(brief.items, before.items.iter().map(without).collect::<Vec<_>>());
        // A place in the middle is the same place, whether one reads up to it or goes there; with words to look for as well.
        for find in [None, Some("r1".to_string())] {
            let look = |skip, limit| ItemFilter {
                outcome: Some("created".into()),
                find: find.clone(),
                skip,
                limit: Some(limit),
                ..ItemFilter::default()
            };
            let read = app.desk(&caller).items(run, &look(None, 40)).await.expect("a page").items;
            let gone_to = app.desk(&caller).items(run, &look(Some(30), 10)).await.expect("a page").items;
            assert_eq!(
                read.iter().skip(30).map(|item| item.row).collect::<Vec<_>>(),
                gone_to.iter().map(|item| item.row).collect::<Vec<_>>()
            );
            assert_eq!(gone_to.len(), 10, "{find:?}");
        }
    });
}

#[test]
fn one_person_among_300_000() {
    let house = House::new();
    runtime().block_on(async {
        let store = Arc::new(SledStore::open(&house.data()).expect("the store"));
        idflow::store::format::agree(&*store).await.expect("the form");
        let tenant = Tenant::default_tenant();
        let directory = Directory::new(store.clone(), tenant.clone());
        let begun = Instant::now();
        let thousands = if is_large() { 300_u32 } else { 2 };
        for thousand in 0..thousands {
            let ids: Vec<String> =
                (0..1000).map(|one| format!("01M8GK9TVC0TSD1KZT{:08}", thousand * 1000 + one)).collect();
            let keys: Vec<&str> = ids.iter().map(String::as_str).collect();
            let mut person = |key: &str, _: Option<Record>| {
                let number = &key[20..];
                let texts = [(user::NAME, format!("张{number}")), (user::USERNAME, format!("user{number}"))];
                texts.into_iter().map(|(field, text)| (field, Field::Value(Value::text(text)))).collect()
            };
            directory.update(Kind::User, &keys, &Writer::default(), &mut person).await.expect("written");
        }
        eprintln!("{:?}: written, {} bytes", begun.elapsed(), bytes_on_disk(&house.data()));
        let begun = Instant::now();
        while object_index::carry_out(&*store, None).await.expect("a piece") {}
        eprintln!("{:?}: indexed, {} bytes", begun.elapsed(), bytes_on_disk(&house.data()));
        for (find, number) in [("user001234", 1), ("张001234", 1), ("zhang", 50), ("z", 50), ("nobody", 0)] {
            let wanted =
                object_index::Wanted { kind: Kind::User, find: Some(find.into()), contacts: true, department: None };
            let begun = Instant::now();
            let found = object_index::find(&*store, &tenant, &wanted, None, 50).await.expect("a page");
            eprintln!("{:?}: {find}, {} people", begun.elapsed(), found.len());
            assert_eq!(found.len(), number, "{find}");
        }
    });
}
