//! An index answers what reading everything would, after any changes, in the order of the list, page by page; stores from before
//! it come into it; and `store check` finds what it lacks and what is left over.

use std::{collections::BTreeSet, sync::Arc};

use idflow::{
    model::{
        event::{Event, Outcome},
        id::{RunId, Tenant},
        run::{ErrorGroup, Mode, Run, Status},
        trigger::TriggerKind,
    },
    store::{
        Batch, Kv, check, codec,
        directory::Directory,
        format, keys,
        memory::MemoryStore,
        object_index,
        object_terms::{department, user},
        postgres::PostgresStore,
        retention,
        run_index::{self, About, Total, Wanted},
        runs, scan_prefix,
        sled::SledStore,
    },
};
use idflow_sdk::{
    Field, FieldId, Kind, Problem, Record, Value,
    directory::{DirectoryStore, Writer},
};

use super::support::{Chance, Cluster, Corp, House, Organisation, counted::Counted};

const WORKFLOWS: [&str; 3] = ["wecom_full", "wecom_mirror", "csv"];
const ACTORS: [&str; 3] = ["王敏", "li", "Owner"];
const TRIGGERS: [TriggerKind; 3] = [TriggerKind::Manual, TriggerKind::Schedule, TriggerKind::Retry];
const STATES: [(&str, Status); 6] = [
    ("planning", Status::Planning),
    ("held", Status::Held),
    ("applying", Status::Applying),
    ("succeeded", Status::Succeeded),
    ("partial", Status::Partial),
    ("failed", Status::Failed),
];
const MODES: [(&str, Mode); 3] = [("apply", Mode::Apply), ("plan", Mode::Plan), ("retry", Mode::Retry)];
const CODES: [&str; 3] = ["WECOM_60104", "blocked", "WECOM_60111"];
/// A number below this one.
fn pick(chance: &mut Chance, below: usize) -> usize {
    usize::try_from(chance.within(0..below as u64)).expect("small")
}

const DAY: i64 = 86_400_000;

fn a_run(chance: &mut Chance, no: u64, accepted: i64, parent: Option<RunId>) -> Run {
    let header = serde_json::json!({
        "run": RunId::new(accepted), "no": no, "workflow": WORKFLOWS[pick(chance, 3)], "version": 1, "content": "",
        "mode": MODES[pick(chance, 3)].0, "trigger": {"kind": TRIGGERS[pick(chance, 3)], "fired": accepted, "actor": ACTORS[pick(chance, 3)]},
        "inputs": {}, "approve": false, "status": "queued", "why": [], "counts": {}, "planned": {}, "source": {},
        "complete": true, "safety": [], "plan": null, "planned_at": null, "rows": 0, "approvals": [],
        "api": {"calls": 0, "writes": 0, "retries": 0, "bytes": 0}, "accepted": accepted, "started": null, "ended": null,
        "resumed": [], "steps": [], "notices": [], "seq": 0, "engine": "0",
    });
    let mut run: Run = serde_json::from_value(header).expect("a header");
    run.trigger.parent = parent;
    run
}

/// A store with runs that went through random states; some of them as a version before the index left them.
async fn filled(chance: &mut Chance, old: bool) -> MemoryStore {
    let (store, tenant) = (MemoryStore::default(), Tenant::default_tenant());
    if !old {
        format::agree(&store).await.expect("a new store");
    }
    let mut made: Vec<RunId> = Vec::new();
    for no in 1..=120 {
        let accepted = 20_000 * DAY + i64::try_from(no).expect("small") * DAY / 10;
        let parent = (!made.is_empty() && chance.within(0..3) == 0).then(|| made[pick(chance, made.len())]);
        let mut run = a_run(chance, no, accepted, parent);
        made.push(run.run);
        let mut batch = Batch::default();
        runs::create(&mut batch, &tenant, &mut run, accepted).expect("encoded");
        store.commit(batch).await.expect("committed");
        for _ in 0..chance.within(0..4) {
            run.status = STATES[pick(chance, STATES.len())].1;
            if run.status.is_end() {
                run.ended = Some(accepted + 1000);
                let problem = Problem::new(CODES[pick(chance, 3)]);
                run.errors = vec![ErrorGroup { count: 1, problem, first: String::new(), first_name: String::new() }];
            }
            let mut batch = Batch::default();
            runs::append(&mut batch, &tenant, &mut run, accepted, Vec::new()).expect("encoded");
            store.commit(batch).await.expect("committed");
            if run.status.is_end() {
                break;
            }
        }
    }
    if old {
        let mut batch = Batch::default();
        for (key, value) in scan_prefix(&store, &[keys::RUN]).await.expect("runs") {
            let mut run: Run = codec::unpack(&value).expect("a header");
            run.indexed = None;
            batch.put(key, codec::json(&run).expect("JSON"));
        }
        batch
            .deletes
            .extend(scan_prefix(&store, &[keys::RUN_TERM]).await.expect("entries").into_iter().map(|(key, _)| key));
        store.commit(batch).await.expect("committed");
        format::agree(&store).await.expect("an old store");
    }
    store
}

fn a_filter(chance: &mut Chance, some: &[Run]) -> Wanted {
    let mut wanted = Wanted::default();
    if chance.within(0..2) == 0 {
        wanted.workflow = Some(WORKFLOWS[pick(chance, 3)].into());
    }
    let mut add = |about, text: &str| wanted.terms.insert((about, run_index::plain(text)));
    if chance.within(0..2) == 0 {
        add(About::Status, STATES[pick(chance, STATES.len())].0);
    }
    if chance.within(0..3) == 0 {
        add(About::Trigger, TRIGGERS[pick(chance, 3)].as_str());
    }
    if chance.within(0..3) == 0 {
        add(About::Actor, ACTORS[pick(chance, 3)]);
    }
    if chance.within(0..3) == 0 {
        add(About::Word, ["wecom", "60104", "BLOCKED", "7", "王敏", "nothing"][pick(chance, 6)]);
    }
    if chance.within(0..3) == 0 {
        add(About::Mode, MODES[pick(chance, 3)].0);
    }
    if chance.within(0..6) == 0 {
        add(About::Parent, &some[pick(chance, some.len())].run.to_string());
    }
    let mut time = || 20_000 * DAY + i64::try_from(chance.within(0..130)).expect("small") * DAY / 10;
    let (one, other) = (time(), time());
    wanted.since = (chance.within(0..3) == 0).then_some(one);
    wanted.until = (chance.within(0..3) == 0).then_some(other);
    wanted
}

async fn compare(store: &dyn Kv, chance: &mut Chance, rounds: usize) {
    let tenant = Tenant::default_tenant();
    let mut all = runs::list(store, &tenant, None, usize::MAX).await.expect("all runs");
    all.sort_by_key(|run| std::cmp::Reverse(run.run));
    for _ in 0..rounds {
        let wanted = a_filter(chance, &all);
        let expected: Vec<u64> = all.iter().filter(|run| wanted.holds(run)).map(|run| run.no).collect();
        let (mut found, mut before) = (Vec::new(), None);
        let size = 1 + pick(chance, 9);
        loop {
            let page = run_index::find(store, &tenant, &wanted, before, size).await.expect("a page");
            before = page.last().map(|run| run.run);
            found.extend(page.iter().map(|run| run.no));
            if page.len() < size {
                break;
            }
        }
        assert_eq!(found, expected, "{wanted:?}");
        let (number, complete) = (expected.len() as u64, run_index::is_complete(store).await.expect("known"));
        let count = |most: u64| run_index::count(store, &tenant, &wanted, most);
        let total = |total| if complete { total } else { Total::Unknown };
        assert_eq!(count(1000).await.expect("a count"), total(Total::Exactly(number)), "{wanted:?}");
        if number > 0 {
            let too_many = total(Total::TooMany);
            assert_eq!(count(number - 1).await.expect("a count"), too_many, "{wanted:?}: more than are counted");
        }
    }
}

async fn damages(store: &dyn Kv) -> BTreeSet<String> {
    let mut damages = BTreeSet::new();
    check::check(store, |damage| _ = damages.insert(damage.why)).await.expect("a check");
    damages
}

#[tokio::test]
async fn runs_are_found_as_if_all_were_read() {
    let seed = std::env::var("IDFLOW_TEST_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(7);
    eprintln!("seed {seed}");
    let mut chance = Chance::new(seed);
    for old in [false, true] {
        let store = filled(&mut chance, old).await;
        assert_eq!(run_index::is_complete(&store).await.expect("known"), !old, "seed {seed}");
        compare(&store, &mut chance, 60).await;
        while run_index::complete(&store).await.expect("a piece") {}
        assert!(run_index::is_complete(&store).await.expect("known"));
        compare(&store, &mut chance, 120).await;
        assert_eq!(damages(&store).await, BTreeSet::new(), "seed {seed}");
        // What is forgotten leaves nothing behind.
        let ages = retention::Ages { calls: DAY, changes: DAY, failures: DAY, headers: DAY };
        retention::prune(&store, &Tenant::default_tenant(), 20_006 * DAY, ages, None).await.expect("pruned");
        assert_eq!(damages(&store).await, BTreeSet::new(), "seed {seed}: after pruning");
        compare(&store, &mut chance, 60).await;
    }
}

/// A page polls the list of one mode: what that costs does not grow with the runs of another.
#[tokio::test]
async fn a_list_of_one_mode_reads_no_runs_of_another() {
    let (store, tenant) = (Counted::new(), Tenant::default_tenant());
    format::agree(&*store).await.expect("a new store");
    let mut chance = Chance::new(9);
    for no in 1..=3_000 {
        let accepted = 20_000 * DAY + i64::try_from(no).expect("small");
        let mut run = a_run(&mut chance, no, accepted, None);
        run.mode = if no == 5 { Mode::Plan } else { Mode::Apply };
        let mut batch = Batch::default();
        runs::create(&mut batch, &tenant, &mut run, accepted).expect("encoded");
        store.commit(batch).await.expect("committed");
    }
    let of_mode = |mode| Wanted { terms: BTreeSet::from([run_index::mode(mode)]), ..Wanted::default() };
    for (mode, number) in [(Mode::Plan, 1), (Mode::Retry, 0), (Mode::Apply, 51)] {
        store.asked();
        let found = run_index::find(&*store, &tenant, &of_mode(mode), None, 51).await.expect("a page");
        let asked = store.asked();
        assert_eq!(found.len(), number, "{mode:?}");
        assert!(asked.calls <= 4 && asked.bytes <= 120_000, "{mode:?}: {asked:?}");
    }
    store.asked();
    let found = run_index::find(&*store, &tenant, &Wanted::default(), None, 51).await.expect("a page");
    assert_eq!((found.len(), store.asked().calls), (51, 1), "of all runs each header is read once");
}

/// An index of an older form is done once more, and until then it is not believed.
#[tokio::test]
async fn an_index_of_runs_from_before_the_modes_is_done_anew() {
    let mut chance = Chance::new(13);
    let store = filled(&mut chance, false).await;
    let mut batch = Batch::default();
    for (key, value) in scan_prefix(&store, &[keys::META]).await.expect("entries") {
        let mut done: serde_json::Value = codec::unpack(&value).unwrap_or_default();
        if done.as_object_mut().is_some_and(|done| done.remove("form").is_some()) {
            batch.put(key, codec::json(&done).expect("JSON"));
        }
    }
    assert_eq!(batch.puts.len(), 1, "how far the index is");
    let entries = scan_prefix(&store, &[keys::RUN_TERM]).await.expect("entries");
    batch.deletes.extend(entries.into_iter().map(|(key, _)| key));
    store.commit(batch).await.expect("committed");
    assert!(!run_index::is_complete(&store).await.expect("known"));
    compare(&store, &mut chance, 30).await;
    while run_index::complete(&store).await.expect("a piece") {}
    compare(&store, &mut chance, 60).await;
    assert_eq!(damages(&store).await, BTreeSet::new());
}

#[tokio::test]
async fn a_check_finds_what_an_index_lacks_and_what_is_left_over() {
    let mut chance = Chance::new(3);
    let store = filled(&mut chance, false).await;
    let entries = scan_prefix(&store, &[keys::RUN_TERM]).await.expect("entries");
    let gone = Batch { deletes: vec![entries[0].0.clone()], ..Batch::default() };
    store.commit(gone).await.expect("committed");
    assert_eq!(damages(&store).await, BTreeSet::from(["the index of runs lacks this entry".to_string()]));
    let mut back = Batch::default();
    back.put(entries[0].0.clone(), Vec::new());
    let run = runs::list(&store, &Tenant::default_tenant(), None, 1).await.expect("a run").remove(0);
    let mut over = entries[0].0.clone();
    over.truncate(over.len() - 16);
    over.splice(over.len() - 1.., *b"ly\0");
    over.extend(run.run.to_bytes());
    back.put(over, Vec::new());
    store.commit(back).await.expect("committed");
    let left = "the index of runs has an entry of which there is nothing".to_string();
    assert_eq!(damages(&store).await, BTreeSet::from([left]));
}

const NAMES: [&str; 8] = ["张三", "张三丰", "单小明", "李 Anna", "Müller", "欧阳娜娜", "", "张"];
const ACCOUNTS: [&str; 5] = ["zhangsan", "ZhangSan2", "zs", "a.b", "李"];

fn text_of(chance: &mut Chance, texts: &[&str]) -> Value {
    Value::text(texts[pick(chance, texts.len())])
}

fn edit(chance: &mut Chance, kind: Kind, departments: &[String], was: Option<Record>) -> Record {
    let mut record = was.unwrap_or_default();
    let id = Value::text(&departments[pick(chance, departments.len())]);
    let membership = Value::list([Value::map([("department".into(), id.clone())])]);
    let mut set = |field: FieldId, value: Value| record.set(field, Field::Value(value));
    match (kind, chance.within(0..6)) {
        (Kind::Department, 0) => set(department::PARENT, id),
        (Kind::Department, _) => set(department::NAME, text_of(chance, &NAMES)),
        (_, 0) => set(user::USERNAME, text_of(chance, &ACCOUNTS)),
        (_, 1) => set(user::EMPLOYEE_NO, Value::text(chance.within(0..30).to_string())),
        (_, 2) => set(user::MOBILE, Value::text(format!("1380000000{}", chance.within(0..9)))),
        (_, 3) => set(user::EMAIL, text_of(chance, &["a@x.com", "B@x.com"])),
        (_, 4) => set(user::DEPARTMENTS, membership),
        _ => set(user::NAME, text_of(chance, &NAMES)),
    }
    record
}

/// Every object that is wanted, by reading all of them.
async fn expected(directory: &Directory, wanted: &object_index::Wanted) -> Vec<object_index::ObjectCursor> {
    let all = directory.page(wanted.kind, None, 10_000).await.expect("all");
    let place = |stored: &idflow_sdk::directory::Stored| Some((wanted.place(&stored.record)?, stored.key.to_string()));
    let mut places: Vec<_> = all.iter().filter_map(place).collect();
    places.sort();
    places
}

async fn look(store: &dyn Kv, directory: &Directory, chance: &mut Chance, departments: &[String]) {
    let tenant = Tenant::default_tenant();
    for _ in 0..40 {
        let texts = [
            "张",
            "张三",
            "z",
            "zhang",
            "ZS",
            "小明",
            "shan",
            "1",
            "13800000001",
            "b@X.com",
            "娜",
            "mü",
            "nobody",
            "李",
        ];
        let wanted = object_index::Wanted {
            kind: if chance.within(0..4) == 0 { Kind::Department } else { Kind::User },
            find: (chance.within(0..5) > 0).then(|| texts[pick(chance, texts.len())].to_string()),
            contacts: chance.within(0..2) == 0,
            department: (chance.within(0..3) == 0).then(|| departments[pick(chance, departments.len())].clone()),
        };
        let (mut found, mut after) = (Vec::new(), None);
        let size = 1 + pick(chance, 20);
        loop {
            let page = object_index::find(store, &tenant, &wanted, after.as_ref(), size).await.expect("a page");
            let full = page.len() == size;
            found.extend(page.into_iter().map(|(place, _)| place));
            after = found.last().cloned();
            if !full {
                break;
            }
        }
        assert_eq!(found, expected(directory, &wanted).await, "{wanted:?}");
        // While something is still to be written nobody counts.
        if let Total::Exactly(number) = object_index::count(store, &tenant, &wanted, 10_000).await.expect("a count") {
            assert_eq!(number, found.len() as u64, "{wanted:?}");
        }
    }
}

#[tokio::test]
async fn people_are_found_as_if_all_were_read() {
    let seed = std::env::var("IDFLOW_TEST_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(11);
    eprintln!("seed {seed}");
    let mut chance = Chance::new(seed);
    for old in [false, true] {
        let store = Arc::new(MemoryStore::default());
        if !old {
            format::agree(&*store).await.expect("a new store");
        }
        let directory = Directory::new(store.clone(), Tenant::default_tenant());
        let id = |number: u64| format!("01M8GK9TVC0TSD1KZTM8M{number:05}");
        let departments: Vec<String> = (0..6).map(id).collect();
        let people: Vec<String> = (100..400).map(id).collect();
        for round in 0..30 {
            let kind = if chance.within(0..5) == 0 { Kind::Department } else { Kind::User };
            let ids = if kind == Kind::User { &people } else { &departments };
            let some: BTreeSet<&str> = (0..40).map(|_| &*ids[pick(&mut chance, ids.len())]).collect();
            let some: Vec<&str> = some.into_iter().collect();
            let mut change = |_: &str, was: Option<Record>| edit(&mut chance, kind, &departments, was);
            directory.update(kind, &some, &Writer::default(), &mut change).await.expect("written");
            if old && round == 10 {
                // So far by a version that knew nothing of an index.
                let mut batch = Batch::default();
                for kind in [keys::OBJECT_TERM, keys::OBJECT_NOTE, keys::OBJECTS_MADE, keys::META] {
                    batch
                        .deletes
                        .extend(scan_prefix(&*store, &[kind]).await.expect("entries").into_iter().map(|(key, _)| key));
                }
                store.commit(batch).await.expect("committed");
                format::agree(&*store).await.expect("an old store");
            }
            match chance.within(0..4) {
                0 => assert!(object_index::carry_out(&*store, None).await.is_ok()),
                1 => assert!(object_index::complete(&*store).await.is_ok()),
                2 if round > 10 => look(&*store, &directory, &mut chance, &departments).await,
                _ => assert_eq!(damages(&*store).await, BTreeSet::new(), "seed {seed}"),
            }
        }
        while object_index::complete(&*store).await.expect("a piece") {}
        look(&*store, &directory, &mut chance, &departments).await;
        assert!(
            !object_index::carry_out(&*store, None).await.expect("nothing"),
            "a search has carried out what was noted"
        );
        assert_eq!(damages(&*store).await, BTreeSet::new(), "seed {seed}");
        // What changes nothing that people are found by writes nothing.
        let written = |record: Record| {
            let mut record = record;
            record.set(4, Field::Value(Value::text("engineer")));
            record
        };
        let mut change = |_: &str, was: Option<Record>| written(was.unwrap_or_default());
        directory.update(Kind::User, &[&people[0]], &Writer::default(), &mut change).await.expect("written");
        assert!(scan_prefix(&*store, &[keys::OBJECT_NOTE]).await.expect("notes").is_empty());
        // Only one entry too few, and one too many.
        let entries = scan_prefix(&*store, &[keys::OBJECT_TERM]).await.expect("entries");
        let mut batch = Batch { deletes: vec![entries[0].0.clone()], ..Batch::default() };
        let mut over = entries[1].0.clone();
        over.splice(11..11, *b"zzz");
        batch.put(over, Vec::new());
        store.commit(batch).await.expect("committed");
        assert_eq!(damages(&*store).await.len(), 2, "seed {seed}");
    }
}

/// The same over PostgreSQL, which has its own order of keys and its own pages.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn indexes_over_postgresql_answer_alike() {
    let Some(cluster) = Cluster::start() else { return };
    let store = PostgresStore::open(cluster.url("indexes").parse().expect("an address")).await.expect("open");
    let (store, tenant) = (Arc::new(store), Tenant::default_tenant());
    let mut chance = Chance::new(5);
    let made = filled(&mut chance, false).await;
    for piece in scan_prefix(&made, &[]).await.expect("all").chunks(500) {
        let batch = Batch { puts: piece.to_vec(), ..Batch::default() };
        store.commit(batch).await.expect("committed");
    }
    compare(&*store, &mut chance, 20).await;
    let directory = Directory::new(store.clone(), tenant);
    let id = |number: u64| format!("01M8GK9TVC0TSD1KZTM8M{number:05}");
    let departments: Vec<String> = (0..6).map(id).collect();
    let people: Vec<String> = (100..160).map(id).collect();
    for (kind, ids) in [(Kind::Department, &departments), (Kind::User, &people), (Kind::User, &people)] {
        let some: Vec<&str> = ids.iter().map(String::as_str).collect();
        let mut change = |_: &str, was: Option<Record>| edit(&mut chance, kind, &departments, was);
        directory.update(kind, &some, &Writer::default(), &mut change).await.expect("written");
        look(&*store, &directory, &mut chance, &departments).await;
    }
    assert!(!object_index::carry_out(&*store, None).await.expect("nothing"), "a search has carried out what was noted");
    assert_eq!(damages(&*store).await, BTreeSet::new());
}

/// Writes a run like the newest one, with so many items and with any outcomes. Every tenth is about a department.
async fn large(store: &SledStore, chance: &mut Chance, items: u32) -> String {
    let tenant = Tenant::default_tenant();
    let like = runs::list(store, &tenant, Some("sync"), 1).await.expect("runs").pop().expect("a run");
    let plan = runs::get_plan(store, &tenant, like.run).await.expect("the plan");
    let person = plan.iter().rfind(|row| row.kind == Kind::User && row.writes()).expect("a person").clone();
    let department = plan.iter().find(|row| row.kind == Kind::Department && row.writes()).expect("one").clone();
    let now = like.accepted + 1000;
    let mut run = Run { run: RunId::new(now), accepted: now, no: like.no + 1, seq: 0, rows: items, ..like };
    let mut batch = Batch::default();
    runs::create(&mut batch, &tenant, &mut run, now).expect("encoded");
    let rows: Vec<_> = (0..items)
        .map(|item| {
            let mut row = if item.is_multiple_of(10) { department.clone() } else { person.clone() };
            (row.source, row.target) = (format!("S{item}").into(), format!("user{item}").into());
            row.name = NAMES[pick(chance, NAMES.len())].into();
            if chance.within(0..30) == 0 {
                row.warnings.push(Problem { field: Some("mobile".into()), ..Problem::new("mobile_invalid") });
            }
            row
        })
        .collect();
    runs::put_plan(store, &tenant, run.run, &rows, None).await.expect("the plan");
    let mut first = run.seq + 1;
    for window in (0..items).collect::<Vec<_>>().chunks(64) {
        let mut events = Vec::new();
        for item in window.iter().rev() {
            let outcome = match chance.within(0..9) {
                0 => Outcome::Failed(Problem::new(CODES[pick(chance, 3)])),
                1 => Outcome::Blocked { by: "u:1".into() },
                2 => continue,
                3 => Outcome::Updated,
                _ => Outcome::Created,
            };
            let left_out = Vec::new();
            let lacks = (chance.within(0..30) == 0).then(|| Problem::new("manager_not_made"));
            let warnings = lacks.into_iter().collect();
            events.push(Event::Done { row: *item, attempt: 1, outcome, ms: 4, left_out, warnings });
            if chance.within(0..20) == 0 {
                // An earlier one, long after its own window.
                let row = u32::try_from(pick(chance, *item as usize + 1)).expect("small");
                events.push(Event::Doubted { row, problem: Problem::new("verify_missing") });
            }
        }
        let length = events.len() as u64;
        runs::journal(&mut batch, &tenant, run.run, first, now, events).expect("encoded");
        first += length;
    }
    run.seq = first - 1;
    runs::append(&mut batch, &tenant, &mut run, now, Vec::new()).expect("encoded");
    store.commit(batch).await.expect("committed");
    run.run.to_string()
}

#[test]
fn items_of_a_large_run_are_found_as_if_all_were_read() {
    let seed = std::env::var("IDFLOW_TEST_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(5);
    eprintln!("seed {seed}");
    let mut chance = Chance::new(seed);
    let corp = Corp::start();
    let house = House::ready(&corp, "wecom_downstream_full");
    Organisation::generated(2, 4).write(&house.source());
    house.import(&[]).expect(0);
    house.sync(&[]).expect(0);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let store = SledStore::open(&house.data()).expect("the store");
    let run = runtime.block_on(large(&store, &mut chance, 5000));
    runtime.block_on(store.sound()).expect("sound");
    drop(store);
    let list = |more: &[&str]| {
        let arguments = [&["runs", "items", &run], more].concat();
        house.good(&arguments).as_array().expect("items").clone()
    };
    let all = list(&[]);
    assert_eq!(all.len(), 5000);
    // An export reads plan and journal from one end to the other.
    let file = house.data().join("all.json").display().to_string();
    house.ask(&["runs", "export", &run, &file]).expect(0);
    let exported: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).expect("the export")).expect("JSON");
    let brief = |item: &serde_json::Value| ["row", "outcome", "attempts", "key", "at"].map(|name| item[name].clone());
    let exported: Vec<_> = exported["items"].as_array().expect("items").iter().map(brief).collect();
    let first = exported.iter().zip(all.iter().map(brief)).find(|(exported, listed)| *exported != listed);
    assert_eq!((exported.len(), first), (all.len(), None), "seed {seed}");
    let expected = |fits: &dyn Fn(&serde_json::Value) -> bool| -> Vec<serde_json::Value> {
        all.iter().filter(|item| fits(item)).cloned().collect()
    };
    let failed = expected(&|item| item["outcome"] == "failed");
    assert!(failed.len() > 300, "{}", failed.len());
    assert_eq!(list(&["--outcome", "failed"]), failed, "seed {seed}");
    let code = |item: &serde_json::Value, code: &str| item["error"]["code"] == code;
    let taken = expected(&|item| code(item, "WECOM_60104"));
    assert!(!taken.is_empty());
    assert_eq!(list(&["--code", "WECOM_60104"]), taken);
    assert_eq!(list(&["--code", "60104"]), taken);
    assert_eq!(list(&["--code", "60104", "--outcome", "updated"]), Vec::<serde_json::Value>::new());
    assert_eq!(list(&["--code", "verify_missing"]), expected(&|item| code(item, "verify_missing")));
    // What is told of items that went well is found, too, by its own code and by that of the notice that counts it.
    let told = |item: &serde_json::Value, code: &str| {
        item["warnings"].as_array().expect("warnings").iter().any(|warning| warning["code"] == code)
    };
    for (code, notice) in [("mobile_invalid", "values_refused"), ("manager_not_made", "managers_not_made")] {
        let warned = expected(&|item| told(item, code));
        assert!(warned.len() > 50, "{code}: {}", warned.len());
        assert_eq!(list(&["--code", code]), warned, "seed {seed}");
        assert_eq!(list(&["--code", notice]), warned, "seed {seed}");
    }
    let of = |name: &'static str| move |item: &serde_json::Value| item["object"]["name"] == name;
    assert_eq!(list(&["--person", "张三"]), expected(&of("张三")));
    assert_eq!(list(&["--person", "S77"]), expected(&|item| item["object"]["source"] == "S77"));
    assert_eq!(list(&["--person", "user4999"]).len(), 1);
    let both = expected(&|item| of("张三")(item) && item["outcome"] == "created");
    assert_eq!(list(&["--person", "张三", "--outcome", "created"]), both);
    let found = expected(&|item| {
        ["key", "name", "target"].iter().any(|field| {
            let text = if *field == "key" { &item["key"] } else { &item["object"][*field] };
            text.as_str().is_some_and(|text| text.contains("33"))
        })
    });
    assert_eq!(list(&["--find", "33"]), found);
    let is = |kind: &'static str| move |item: &serde_json::Value| item["object"]["type"] == kind;
    for (kind, number) in [("department", 500), ("user", 4500), ("row", 0)] {
        let of_kind = expected(&is(kind));
        assert_eq!((of_kind.len(), list(&["--kind", kind])), (number, of_kind), "seed {seed}: {kind}");
    }
    let made = expected(&|item| is("department")(item) && item["outcome"] == "created");
    assert!(made.len() > 100, "{}", made.len());
    assert_eq!(list(&["--kind", "department", "--outcome", "created"]), made, "seed {seed}");
    let called = expected(&|item| is("department")(item) && of("张三")(item));
    assert_eq!(list(&["--kind", "department", "--person", "张三"]), called, "seed {seed}");
    assert_eq!(house.ask(&["store", "check"]).expect(0).json()["damaged"], serde_json::json!([]));
    // A piece that is missing is found, and one that outlives its run.
    let store = SledStore::open(&house.data()).expect("the store");
    let pieces = runtime.block_on(scan_prefix(&store, &[keys::ITEM_TERM])).expect("pieces");
    let step = pieces.iter().find(|(key, _)| key.windows(2).any(|two| two == b"ts")).expect("a piece of a step");
    let gone = Batch { deletes: vec![step.0.clone()], ..Batch::default() };
    runtime.block_on(store.commit(gone)).expect("committed");
    assert_eq!(runtime.block_on(damages(&store)), BTreeSet::from(["the index of items lacks entries".to_string()]));
    let ages = retention::Ages { calls: 0, changes: 0, failures: i64::MAX, headers: i64::MAX };
    let late = 4_000_000_000_000;
    runtime.block_on(retention::prune(&store, &Tenant::default_tenant(), late, ages, None)).expect("pruned");
    assert!(runtime.block_on(scan_prefix(&store, &[keys::ITEM_TERM])).expect("pieces").is_empty());
}

/// An index from before kinds were kept lacks their terms: it is made anew, and does not say that nothing is of a kind.
#[test]
fn items_by_kind_are_found_by_an_index_that_knew_no_kinds() {
    let mut chance = Chance::new(5);
    let corp = Corp::start();
    let house = House::ready(&corp, "wecom_downstream_full");
    Organisation::generated(2, 4).write(&house.source());
    house.import(&[]).expect(0);
    house.sync(&[]).expect(0);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let store = SledStore::open(&house.data()).expect("the store");
    let run = runtime.block_on(large(&store, &mut chance, 1200));
    runtime.block_on(store.sound()).expect("sound");
    drop(store);
    let of = |kind: &str| house.good(&["runs", "items", &run, "--kind", kind]).as_array().map(Vec::len);
    assert_eq!([of("department"), of("user")], [Some(120), Some(1080)]);
    let store = SledStore::open(&house.data()).expect("the store");
    let mut old = Batch::default();
    for (key, value) in runtime.block_on(scan_prefix(&store, &[keys::ITEM_TERM])).expect("pieces") {
        // Before what a piece is about there are its class, the tenant, a zero and the run.
        let start = key.iter().position(|byte| *byte == 0).expect("a tenant") + 17;
        let (front, about) = key.split_at(start);
        if about == b"l" {
            old.puts.push(([front, b"k"].concat(), value));
        }
        if about == b"l" || about.starts_with(b"tk") {
            old.deletes.push(key);
        }
    }
    assert_eq!((old.puts.len(), old.deletes.len()), (1, 3), "the head, and a piece of each kind");
    runtime.block_on(store.commit(old)).expect("committed");
    runtime.block_on(store.sound()).expect("sound");
    drop(store);
    assert_eq!([of("department"), of("user")], [Some(120), Some(1080)]);
    assert_eq!(house.ask(&["store", "check"]).expect(0).json()["damaged"], serde_json::json!([]));
}
