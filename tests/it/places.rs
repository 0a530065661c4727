//! How many runs are at work at once, and who waits for whom.

use serde_json::Value;
use wecom_sim::{Effect, FaultRule, Faults};

use super::support::{Corp, House, PATIENCE, eventually};

/// A workflow in a group of its own that reads the directory, or calls another one.
fn make(house: &House, id: &str, group: &str, calls: Option<&str>) {
    let step = match calls {
        Some(other) => format!("  - {{id: go, name: {{zh: 调用, en: Go}}, uses: workflow/{other}}}\n"),
        None => "  - {id: look, name: {zh: 读取, en: Look}, uses: directory/read}\n".to_string(),
    };
    let text = format!(
        "dsl: 1\nid: {id}\nname: {{zh: 甲, en: A}}\non: {{manual: {{}}}}\nconnections:\n  directory: {{type: directory, ref: \
         default}}\nconcurrency: {{group: {group}}}\nsteps:\n{step}"
    );
    let file = house.path(&format!("{id}.yaml"));
    std::fs::write(&file, text).expect("written");
    house.good(&["workflow", "create", "--file", &file.display().to_string()]);
    house.good(&["workflow", "activate", id, "--yes"]);
}

fn with_one_place() -> House {
    let mut house = House::new();
    house.set("IDFLOW_RUNS_AT_WORK", "1");
    house
}

fn start(house: &House, workflow: &str) -> String {
    let run = house.good(&["run", workflow]);
    run["run"].as_str().expect("the run's id").to_string()
}

fn ends(house: &House, run: &str) -> Value {
    eventually("the run ends", PATIENCE, || {
        let shown = house.good(&["runs", "show", run]);
        shown["ended"].is_string().then_some(shown)
    })
}

/// Callers, those they call, and those that are ahead of these in their group share one place.
#[test]
fn callers_do_not_keep_the_place_that_the_called_ones_wait_for() {
    let house = with_one_place();
    make(&house, "last", "east", None);
    make(&house, "middle", "west", Some("last"));
    make(&house, "first", "north", Some("middle"));
    make(&house, "other", "south", Some("last"));
    let server = house.serve();
    let runs: Vec<String> =
        ["first", "last", "other", "middle", "first", "last"].into_iter().map(|id| start(&house, id)).collect();
    for run in &runs {
        assert_eq!(ends(&house, run)["status"], "succeeded_no_change");
    }
    server.stop();
}

#[test]
fn who_waits_for_a_free_place_says_so_and_can_be_cancelled() {
    let corp = Corp::start();
    let house = with_one_place();
    house.connect(&corp);
    house.workflow("wecom_downstream_full");
    make(&house, "look", "east", None);
    corp.set_faults(Faults { seed: 1, rules: vec![FaultRule::new("/cgi-bin/department/*", Effect::Hang)] });
    let server = house.serve();
    let slow = start(&house, "sync");
    eventually("it reads the company", PATIENCE, || {
        corp.requests().iter().any(|request| request.path.contains("/department/")).then_some(())
    });
    let runs = [start(&house, "look"), start(&house, "look")];
    let waiting = eventually("it waits for a place", PATIENCE, || {
        let shown = house.good(&["runs", "show", &runs[0]]);
        Some(shown["progress"]["waiting"].clone()).filter(|waiting| waiting["why"] == "free_place")
    });
    assert_eq!(waiting["at_work"], 1, "{waiting}");
    assert_eq!(waiting["text"]["zh"], "等待空位：1 个运行正在执行");
    assert_eq!(waiting["text"]["en"], "waiting for a free place: 1 run is at work");
    let told = house.text(&["--lang", "zh", "runs", "show", &runs[0]]).expect(0);
    assert!(told.out.contains("等待空位：1 个运行正在执行"), "{}", told.out);
    // The next of its group waits for it, and not for a place.
    let next = house.good(&["runs", "show", &runs[1]]);
    assert_eq!(next["progress"]["waiting"]["why"], "group", "{next}");
    // Whoever is to stop needs no place.
    house.good(&["runs", "cancel", &runs[0]]);
    assert_eq!(ends(&house, &runs[0])["status"], "cancelled");
    assert!(house.good(&["runs", "show", &slow])["ended"].is_null());
    house.good(&["runs", "cancel", &slow]);
    corp.set_faults(Faults::default());
    assert_eq!(ends(&house, &slow)["status"], "cancelled");
    assert_eq!(ends(&house, &runs[1])["status"], "succeeded_no_change");
    server.stop();
}
