//! The rules by which nodes over one database share the work: who gives way, who goes on, and that nobody writes by a right
//! that another one has by now.

use idflow::model::id::RunId;
use serde_json::Value;
use wecom_sim::{Effect, FaultRule, Faults, Latency};

use super::support::{
    Cluster, Corp, House, Organisation, PATIENCE, copy_folder, eventually,
    nodes::{Cable, companies, connect, late_writes, node, template, workflow, writers},
};

const QUEUE: &str = "on_conflict: queue";
/// Saturday, 21 November 2026.
const START: i64 = 1_795_219_200_000;

fn slow(ms: u64) -> Latency {
    Latency { ms, jitter_ms: 0 }
}

fn codes(run: &Value) -> Vec<&str> {
    run["why"].as_array().expect("reasons").iter().filter_map(|why| why["code"].as_str()).collect()
}

fn id(run: &Value) -> &str {
    run["run"].as_str().expect("an id")
}

fn show(house: &House, run: &str) -> Value {
    house.good(&["runs", "show", run])
}

fn ended(house: &House, run: &str) -> Value {
    eventually("the run ends", PATIENCE, || Some(show(house, run)).filter(|run| !run["ended"].is_null()))
}

/// Two nodes that serve, an organisation in the directory, and a company that is written by single calls.
struct Pair {
    cluster: Cluster,
    corp: Corp,
    organisation: Organisation,
    houses: [House; 2],
}

impl Pair {
    fn new(schema: &str, people: usize) -> Option<Self> {
        let cluster = Cluster::start()?;
        let url = cluster.url(schema);
        let houses = [node(&url), node(&url)];
        let corp = companies(1, slow(0));
        let organisation = Organisation::generated(2, people);
        organisation.write(&houses[0].source());
        houses[0].import(&[]).expect(0);
        connect(&houses[0], &corp, 0, &["import_jobs=off"]);
        Some(Self { cluster, corp, organisation, houses })
    }

    fn sync(&self, on_conflict: &str) {
        let text = template(&self.houses[0], "wecom_downstream_full");
        assert!(text.contains(QUEUE), "the template's concurrency");
        let text = text.replace(QUEUE, &format!("on_conflict: {on_conflict}"));
        workflow(&self.houses[0], "sync", &text, &["wecom=c0"]);
    }
}

/// Both nodes look at every open run. The one that did not begin with it must not take it for one that has to give way,
/// because its group is held: it is held for that very run.
#[test]
fn a_run_in_a_free_group_does_not_give_way_to_itself() {
    let Some(mut pair) = Pair::new("skip_free", 30) else { return };
    pair.sync("skip");
    pair.corp.set_latency(slow(40));
    let _servers = pair.houses.each_ref().map(House::serve);
    for round in 0..4 {
        pair.organisation.change("E0003", "position", &format!("Engineer {round}"));
        pair.organisation.write(&pair.houses[0].source());
        pair.houses[0].import(&[]).expect(0);
        let run = pair.houses[round % 2].good(&["run", "sync", "--yes"]);
        let run = ended(&pair.houses[0], id(&run));
        assert_eq!(run["status"], "succeeded", "round {round}: {run}");
    }
    assert_eq!(pair.organisation.differences(&pair.corp.now()), Vec::<String>::new());
    assert_eq!(late_writes(&pair.corp, 0), Vec::<String>::new());
}

#[test]
fn a_run_gives_way_to_one_at_work_on_another_node() {
    let Some(pair) = Pair::new("skip_busy", 60) else { return };
    pair.sync("skip");
    pair.corp.set_latency(slow(40));
    let _servers = pair.houses.each_ref().map(House::serve);
    let first = pair.houses[0].good(&["run", "sync", "--yes"]);
    eventually("it writes", PATIENCE, || (pair.corp.writes() > 5).then_some(()));
    let second = pair.houses[1].good(&["run", "sync", "--yes"]);
    let second = ended(&pair.houses[1], id(&second));
    assert_eq!((&second["status"], codes(&second)), (&"cancelled".into(), vec!["group_busy"]), "{second}");
    let first = ended(&pair.houses[1], id(&first));
    assert_eq!((&first["status"], &first["counts"]["user"]["created"]), (&"succeeded".into(), &60.into()), "{first}");
    assert_eq!(pair.corp.check().creates_of_existing, 0);
}

/// Whoever takes a run in and dies before it begins leaves nothing that would make it give way.
#[test]
fn an_accepted_run_of_a_dead_node_does_not_give_way_to_nobody() {
    let Some(pair) = Pair::new("skip_dead", 10) else { return };
    pair.sync("skip");
    // Nothing is read before the node is dead.
    pair.corp.set_faults(Faults::rules([FaultRule::new("*", Effect::DelayMs(3000))]));
    let first = pair.houses[0].serve();
    let run = pair.houses[0].good(&["run", "sync", "--yes"]);
    first.kill();
    pair.corp.set_faults(Faults::default());
    let _second = pair.houses[1].serve();
    let run = ended(&pair.houses[1], id(&run));
    assert_eq!(run["status"], "succeeded", "{run}");
}

#[test]
fn a_run_ends_the_one_at_work_on_another_node() {
    let Some(pair) = Pair::new("cancel", 60) else { return };
    pair.sync("cancel_running");
    // Slow enough that the first one is not done when the second one comes.
    pair.corp.set_latency(slow(200));
    let _servers = pair.houses.each_ref().map(House::serve);
    let first = pair.houses[0].good(&["run", "sync", "--yes"]);
    eventually("it writes", PATIENCE, || (pair.corp.writes() > 5).then_some(()));
    // The node that does not work on it says so, and not that other runs came before.
    eventually("one of the two says that the other one works on it", PATIENCE, || {
        let says = |house: &House| show(house, id(&first))["progress"]["waiting"]["why"] == "other_node";
        pair.houses.iter().any(says).then_some(())
    });
    let second = pair.houses[1].good(&["run", "sync", "--yes"]);
    let first = ended(&pair.houses[1], id(&first));
    assert_eq!((&first["status"], codes(&first)), (&"cancelled".into(), vec!["cancelled"]), "{first}");
    pair.corp.set_latency(slow(0));
    let second = ended(&pair.houses[0], id(&second));
    let made = |run: &Value| run["counts"]["user"]["created"].as_u64().expect("a number");
    assert_eq!((&second["status"], made(&first) + made(&second)), (&"succeeded".into(), 60), "{first} {second}");
    let check = pair.corp.check();
    assert_eq!((check.creates_of_existing, late_writes(&pair.corp, 0)), (0, Vec::new()));
}

/// A run that was paused and goes on while another one of its group is at work waits for that one. No node works on it, and none
/// says so.
#[test]
fn a_resumed_run_that_waits_is_not_another_nodes() {
    let Some(pair) = Pair::new("resumed", 60) else { return };
    pair.sync("queue");
    pair.corp.set_latency(slow(200));
    let _servers = pair.houses.each_ref().map(House::serve);
    let first = pair.houses[0].good(&["run", "sync", "--yes"]);
    eventually("it writes", PATIENCE, || (pair.corp.writes() > 5).then_some(()));
    pair.houses[0].good(&["runs", "pause", id(&first)]);
    let is = |run: &Value, status: &str| show(&pair.houses[0], id(run))["status"] == status;
    eventually("it rests", PATIENCE, || is(&first, "paused").then_some(()));
    let second = pair.houses[0].good(&["run", "sync", "--yes"]);
    eventually("another one is at work", PATIENCE, || is(&second, "applying").then_some(()));
    pair.houses[1].good(&["runs", "resume", id(&first)]);
    let mut waited = false;
    while is(&second, "applying") {
        for house in &pair.houses {
            let waits = &show(house, id(&first))["progress"]["waiting"]["why"];
            // It may end between the two questions.
            assert!(*waits != "other_node" || !is(&second, "applying"), "{waits}");
            waited |= waits == "group";
        }
    }
    assert!(waited, "it waits for the other one");
    ended(&pair.houses[0], id(&first));
}

/// A node waits to repeat a call; its database is cut off meanwhile, and another node does it otherwise. The first one's wait
/// ends, and it must not send what it wanted to.
#[test]
fn a_wait_that_ends_after_the_right_was_lost_sends_nothing() {
    let Some(cluster) = Cluster::start() else { return };
    let (cable, cabled) = Cable::lay(&cluster, "waits");
    let direct = cluster.url("waits");
    let houses = [node(&format!("{cabled}&wait=1")).clocked(START), node(&direct).clocked(START)];
    let corp = companies(1, slow(0));
    let mut organisation = Organisation::generated(1, 6);
    organisation.write(&houses[1].source());
    houses[1].import(&[]).expect(0);
    connect(&houses[1], &corp, 0, &["import_jobs=off"]);
    let text = template(&houses[1], "wecom_downstream_full");
    let text = text.replace("delay: 0s, max_delay: 0s", "delay: 60s, max_delay: 60s");
    workflow(&houses[1], "sync", &text, &["wecom=c0"]);
    houses[1].ask(&["run", "sync", "--wait", "--yes"]).expect(0);

    let first = houses[0].serve();
    organisation.change("E0003", "position", "Old");
    organisation.write(&houses[1].source());
    houses[1].import(&[]).expect(0);
    let busy = Effect::Error { errcode: -1, errmsg: None };
    corp.set_faults(Faults::rules([FaultRule::new("/cgi-bin/user/update", busy).times(1)]));
    let run = houses[0].good(&["run", "sync", "--yes"]);
    eventually("it waits to repeat a call", PATIENCE, || {
        corp.requests().iter().any(|request| request.path == "/cgi-bin/user/update").then_some(())
    });
    cable.cut();
    let _second = houses[1].serve();
    let took_over = ended(&houses[1], id(&run));
    assert_eq!(took_over["resumed"].as_array().map(Vec::len), Some(1), "{took_over}");
    organisation.change("E0003", "position", "New");
    organisation.write(&houses[1].source());
    houses[1].import(&[]).expect(0);
    let next = houses[1].ask(&["run", "sync", "--wait", "--yes"]).json();
    assert!(next["status"].as_str().is_some_and(|status| status.starts_with("succeeded")), "{next}");
    assert_eq!(corp.now()["users"].as_array().map(Vec::len), Some(6));
    // The wait is over; and the node, which is well again, has come to do something else meanwhile.
    [&houses[0], &houses[1]].iter().for_each(|house| house.set_clock(START + 120_000));
    cable.mend();
    let last = eventually("the first node works again", PATIENCE, || {
        let answer = houses[0].ask(&["run", "sync", "--wait", "--yes"]);
        (answer.code == 0).then(|| answer.json())
    });
    assert_eq!(last["status"], "succeeded_no_change", "{last}");
    assert_eq!(organisation.differences(&corp.now()), Vec::<String>::new());
    assert_eq!(late_writes(&corp, 0), Vec::<String>::new());
    first.kill();
}

/// A data folder that was copied is another node, not the same one once more.
#[test]
fn a_copy_of_a_data_folder_takes_nothing_from_the_first() {
    let Some(pair) = Pair::new("copied", 60) else { return };
    pair.sync("queue");
    pair.corp.set_latency(slow(60));
    let first = pair.houses[0].serve();
    let run = pair.houses[0].good(&["run", "sync", "--yes"]);
    eventually("it writes", PATIENCE, || (pair.corp.writes() > 5).then_some(()));
    let _ = std::fs::remove_dir_all(pair.houses[1].data());
    copy_folder(&pair.houses[0].data(), &pair.houses[1].data());
    // On another machine nobody answers at the address in it.
    std::fs::remove_file(pair.houses[1].data().join("server.json")).expect("the note of the first server");
    let _second = pair.houses[1].serve();
    let run = ended(&pair.houses[1], id(&run));
    assert_eq!((&run["status"], &run["counts"]["user"]["created"]), (&"succeeded".into(), &60.into()), "{run}");
    assert_eq!(run["resumed"], Value::Array(Vec::new()), "{run}");
    assert_eq!(writers(&pair.corp).len(), 1, "{:?}", writers(&pair.corp));
    first.kill();
}

/// Groups say what waits for what; who writes to a company is asked whatever they are called. Two workflows write to two
/// companies, each in another order, in groups of their own and on two nodes: one at a time, and none waits for ever.
#[test]
fn a_company_has_one_writer_whatever_the_groups_are_called() {
    let Some(cluster) = Cluster::start() else { return };
    let url = cluster.url("owners");
    let houses = [node(&url), node(&url)];
    let corp = companies(2, slow(4));
    let mut organisation = Organisation::generated(2, 16);
    organisation.write(&houses[0].source());
    houses[0].import(&[]).expect(0);
    (0..2).for_each(|number| connect(&houses[0], &corp, number, &["import_jobs=off"]));
    let text = template(&houses[0], "wecom_downstream_full");
    let (head, steps) = text.split_once("\nsteps:").expect("steps");
    let (read, writes) = steps.split_once("  - id: create_department").expect("the first step that writes");
    let writes = format!("  - id: create_department{writes}");
    let (writes, _) = writes.split_once("  - id: deprovision_user").expect("the last step");
    let through = |connection: &str| {
        let named = writes.replace("    map:", &format!("    connection: {connection}\n    map:"));
        named.replace("  - id: ", &format!("  - id: {connection}_"))
    };
    let group = "group: \"wecom/{{connections.wecom.corp_id}}\"";
    let alias = "  wecom: {type: wecom, ref: wecom_main}";
    assert!(head.contains(group) && head.contains(alias), "{head}");
    for (id, [first, second]) in [("one", ["c0", "c1"]), ("two", ["c1", "c0"])] {
        let head = head.replace(alias, &format!("{alias}\n  other: {{type: wecom, ref: other}}"));
        let head = head.replace(group, &format!("group: {id}"));
        let text = format!("{head}\nsteps:{read}{}{}", through("wecom"), through("other"));
        workflow(&houses[0], id, &text, &[&format!("wecom={first}"), &format!("other={second}")]);
    }
    let _servers = houses.each_ref().map(House::serve);
    let mut runs = Vec::new();
    for round in 0..4 {
        organisation.change("E0003", "position", &format!("Engineer {round}"));
        organisation.write(&houses[0].source());
        houses[0].import(&[]).expect(0);
        for (at, workflow) in ["one", "two"].into_iter().enumerate() {
            let run = houses[(round + at) % 2].good(&["run", workflow, "--yes"]);
            runs.push(id(&run).to_string());
        }
    }
    for run in runs {
        let run = ended(&houses[0], &run);
        assert!(run["status"].as_str().is_some_and(|status| status.starts_with("succeeded")), "{run}");
    }
    let check = corp.check();
    assert_eq!((check.creates_of_existing, check.parallel_writes_of_one_object), (0, 0), "{check:?}");
    assert_eq!(late_writes(&corp, 0), Vec::<String>::new());
    let now = corp.snapshot();
    for company in now["corps"].as_array().expect("companies") {
        assert_eq!(organisation.differences(company), Vec::<String>::new());
    }
}

/// A called workflow gets a number that no node gave out before, at once and without a stumble.
#[test]
fn a_called_run_gets_a_number_that_another_node_did_not_give_out() {
    let Some(cluster) = Cluster::start() else { return };
    let url = cluster.url("numbers");
    let houses = [node(&url), node(&url)];
    let read = "  - {id: look, name: {zh: 读取, en: Look}, uses: directory/read}\n";
    let call = "  - {id: go, name: {zh: 调用, en: Go}, uses: workflow/inner}\n";
    for (id, steps) in [("inner", read), ("outer", call)] {
        let text = format!(
            "dsl: 1\nid: {id}\nname: {{zh: 甲, en: A}}\non: {{manual: {{}}}}\nconnections:\n  directory: {{type: directory, \
             ref: default}}\nsteps:\n{steps}"
        );
        workflow(&houses[0], id, &text, &[]);
    }
    let _servers = houses.each_ref().map(House::serve);
    let good = |house: &House, workflow: &str| house.ask(&["run", workflow, "--wait", "--yes"]).expect(0).json();
    // The first node believes that the next number is 2.
    good(&houses[0], "inner");
    (0..5).for_each(|_| drop(good(&houses[1], "inner")));
    let outer = good(&houses[0], "outer");
    let outer = show(&houses[0], id(&outer));
    assert_eq!(outer["resumed"], Value::Array(Vec::new()), "{outer}");
    let runs = houses[0].good(&["runs", "list", "--workflow", "inner"]);
    let mut numbers: Vec<u64> =
        runs.as_array().expect("runs").iter().map(|run| run["no"].as_u64().expect("a number")).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 7]);
}

/// A called workflow may write to the company that its caller writes to: while it is waited for, the company is its own.
#[test]
fn a_called_run_may_write_where_its_caller_writes() {
    let corp = Corp::start();
    let house = House::new();
    house.connect(&corp);
    Organisation::generated(1, 4).write(&house.source());
    house.import(&[]).expect(0);
    let text = template(&house, "wecom_downstream_full");
    let group = "group: \"wecom/{{connections.wecom.corp_id}}\"";
    assert!(text.contains(group), "the template's group");
    workflow(&house, "inner", &text.replace(group, "group: inner"), &["wecom=main"]);
    let call = "\n\n  - {id: go, name: {zh: 调用, en: Go}, uses: workflow/inner}\n";
    let outer = format!("{}{call}", text.replace(group, "group: outer").trim_end());
    workflow(&house, "outer", &outer, &["wecom=main"]);
    let run = house.ask(&["run", "outer", "--wait", "--yes"]).expect(0).json();
    assert_eq!((&run["status"], &run["counts"]["user"]["created"]), (&"succeeded".into(), &4.into()), "{run}");
    let inner = house.good(&["runs", "list", "--workflow", "inner"]);
    assert_eq!((&inner[0]["status"], inner[0]["no"].as_u64()), (&"succeeded_no_change".into(), Some(1)), "{inner}");
}

/// A pause that WeCom asked for is kept: a start later nobody asks before it is over.
#[test]
fn a_pause_that_the_platform_asked_for_outlives_the_process() {
    let corp = Corp::start();
    let house = House::new().clocked(START);
    house.connect_with(&corp, &["import_jobs=off"], true);
    house.workflow("wecom_downstream_full");
    Organisation::generated(1, 3).write(&house.source());
    house.import(&[]).expect(0);
    let too_often = Effect::Error { errcode: 45009, errmsg: None };
    corp.set_faults(Faults::rules([FaultRule::new("/cgi-bin/user/create", too_often).times(1)]));
    let created = || corp.requests().iter().filter(|request| request.path == "/cgi-bin/user/create").count();
    let waits = |run: &str| {
        eventually("it waits", PATIENCE, || {
            let run = show(&house, run);
            (run["progress"]["waiting"]["why"] == "rate_limited").then_some(())
        });
    };
    let first = house.serve();
    let run = house.good(&["run", "sync", "--yes"]);
    waits(id(&run));
    assert_eq!(created(), 1);
    first.kill();
    let second = house.serve();
    waits(id(&run));
    assert_eq!(created(), 1, "it is not asked again before the minute is over");
    house.set_clock(START + 90_000);
    let run = ended(&house, id(&run));
    assert_eq!((&run["status"], &run["counts"]["user"]["created"]), (&"succeeded".into(), &3.into()), "{run}");
    second.kill();
}

/// A run whose header cannot be read is left alone; every other run of its group goes on, and every node works.
#[test]
fn a_header_that_cannot_be_read_keeps_nobody_from_working() {
    let Some(pair) = Pair::new("broken", 6) else { return };
    let text = template(&pair.houses[0], "wecom_downstream_full");
    workflow(&pair.houses[0], "sync", &text.replace("create: {max: 500}", "create: {max: 2}"), &["wecom=c0"]);
    let held = pair.houses[0].ask(&["run", "sync", "--wait"]).expect(4).json();
    let broken: RunId = id(&held).parse().expect("an id");
    let key: String = broken.to_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    let changed = pair.cluster.sql(&format!(
        "update broken.entries set value = '\\x09' where get_byte(key, 0) = ascii('r') and encode(key, 'hex') like \
         '%{key}' returning 1"
    ));
    assert_eq!(changed, "1");
    let _servers = pair.houses.each_ref().map(House::serve);
    for house in &pair.houses {
        let run = house.ask(&["run", "sync", "--wait", "--yes"]).expect(0).json();
        assert!(run["status"].as_str().is_some_and(|status| status.starts_with("succeeded")), "{run}");
    }
    assert_eq!(pair.organisation.differences(&pair.corp.now()), Vec::<String>::new());
}
