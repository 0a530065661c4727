//! A workflow that reads leavers only to lock them out keeps them for no other workflow: paused or not, whoever left is told of,
//! disabled and deleted as if it was not there.

use serde_json::{Value, json};

use super::support::{Corp, House, Organisation};

const DAY: i64 = 86_400_000;
/// Two in the night of 2 March 2026, in UTC.
const START: i64 = 1_772_416_800_000;

/// A company in step through this template, with one department of one person, beside the workflow `lock`.
fn in_step(template: &str) -> (Corp, House, Organisation) {
    let (corp, house) = (Corp::start(), House::new().clocked(START));
    house.connect(&corp);
    house.workflow(template);
    let mut organisation = Organisation::generated(12, 40);
    for row in organisation.people.values_mut() {
        row.insert("manager".into(), String::new());
    }
    organisation.department("TX", "D0", "Team X", 99);
    organisation.person(99, "TX", "");
    organisation.write(&house.source());
    house.import(&["--yes"]).expect(0);
    house.sync(&[]).expect(0);
    let text = house.good(&["template", "show", "wecom_disable_leavers"])["text"].as_str().expect("a text").to_string();
    let file = house.path("lock.yaml");
    std::fs::write(&file, text.replace("delay: 1s, max_delay: 60s", "delay: 0s, max_delay: 0s")).expect("written");
    let file = file.display().to_string();
    house.good(&["workflow", "create", "--file", &file, "--id", "lock", "--connection", "wecom=main"]);
    house.good(&["workflow", "activate", "lock", "--yes"]);
    lock(&house);
    (corp, house, organisation)
}

fn lock(house: &House) -> Value {
    house.ask(&["run", "lock", "--wait", "--yes"]).expect(0).json()
}

/// The only one of his department is gone, and so is the department.
fn leaves(house: &House, organisation: &mut Organisation) {
    organisation.people.remove("E0099");
    organisation.departments.remove("TX");
    organisation.write(&house.source());
    house.import(&["--yes"]).expect(0);
}

#[test]
fn whoever_only_a_paused_workflow_would_lock_out_is_told_of() {
    let (corp, house, mut organisation) = in_step("wecom_downstream_full");
    house.good(&["workflow", "pause", "lock"]);
    leaves(&house, &mut organisation);
    let run = house.sync(&[]).expect(0).json();
    assert_eq!(corp.member("user0099")["enable"], 1);
    assert!(run["why"].to_string().contains("leavers_input"), "{run:#}");
    let all = house.items(&run);
    let codes: Vec<&Value> = all.iter().map(|item| &item["error"]["code"]).filter(|code| !code.is_null()).collect();
    assert!(codes.contains(&&json!("leaver_keeps_access")), "{codes:?}");
    assert!(house.good(&["plan", "sync", "--leavers"]).to_string().contains("user0099"));
}

#[test]
fn whoever_another_workflow_locks_out_is_disabled_and_deleted_after_the_time_of_grace() {
    for paused in [true, false] {
        let (corp, house, mut organisation) = in_step("wecom_downstream_mirror");
        if paused {
            house.good(&["workflow", "pause", "lock"]);
        }
        house.set_clock(START + DAY);
        leaves(&house, &mut organisation);
        if !paused {
            // That the department is dissolved keeps nobody from being locked out.
            let run = lock(&house);
            assert_eq!(corp.member("user0099")["enable"], 0, "{run:#}");
        }
        let run = house.sync(&[]).expect(0).json();
        assert_eq!(corp.member("user0099")["enable"], 0, "{run:#}");
        house.set_clock(START + 40 * DAY);
        let run = house.sync(&[]).expect(0).json();
        assert_eq!(corp.member("user0099"), Value::Null, "{run:#}");
        let departments = corp.now()["departments"].to_string();
        assert!(!departments.contains("Team X"), "{run:#}");
        assert_eq!(house.sync(&[]).expect(0).json()["status"], "succeeded_no_change");
    }
}

/// Whoever is disabled and moves to the part of another workflow is there for that one, and not deleted meanwhile.
#[test]
fn whoever_moves_without_access_is_not_deleted() {
    let (corp, house) = (Corp::start(), House::new().clocked(START));
    house.connect(&corp);
    let text =
        house.good(&["template", "show", "wecom_downstream_mirror"])["text"].as_str().expect("a text").to_string();
    let mut organisation = Organisation::generated(4, 40);
    for row in organisation.people.values_mut() {
        row.insert("manager".into(), String::new());
    }
    organisation.change("E0004", "enabled", "0");
    organisation.write(&house.source());
    house.import(&["--yes"]).expect(0);
    for (name, part) in [("north", "/Company/North/**"), ("south", "/Company/South/**")] {
        let file = house.path(&format!("{name}.yaml"));
        let text = text.replace("include: [\"/**\"]", &format!("include: [\"{part}\"]"));
        std::fs::write(&file, text.replace("delay: 1s, max_delay: 60s", "delay: 0s, max_delay: 0s")).expect("written");
        let file = file.display().to_string();
        house.good(&["workflow", "create", "--file", &file, "--id", name, "--connection", "wecom=main"]);
        house.good(&["workflow", "activate", name, "--yes"]);
        house.ask(&["run", name, "--wait", "--yes"]).expect(0);
    }
    let home = organisation.people["E0004"]["departments"].clone();
    let (from, to) = if home == "T000" || home == "T002" { ("north", "T001") } else { ("south", "T000") };
    organisation.change("E0004", "departments", to);
    organisation.change("E0004", "main_department", to);
    organisation.write(&house.source());
    house.import(&["--yes"]).expect(0);
    let run = house.ask(&["run", from, "--wait", "--yes", "--input", "grace=0d"]).json();
    assert_eq!(corp.member("user0004")["enable"], 0, "{home}: {run:#}");
    assert!(house.items(&run).iter().any(|item| item["error"]["code"] == "read_by_other_workflow"), "{run:#}");
}
