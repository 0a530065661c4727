//! The small collection of dirt that real rosters contain: as far as a reader can judge a row on its own, every outcome
//! is the expected one. What needs other rows or the target (circles, lengths, unknown managers) is judged later.

use std::{collections::BTreeMap, path::PathBuf};

use serde_json::{Value as Json, json};

use crate::support::{Done, departments, people, try_read};

#[allow(clippy::print_stderr)] // a test that tests nothing says so
fn folder() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/nasty-sample");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: no {}", folder.display());
    None
}

async fn read(folder: &std::path::Path, file: &str, mut with: Json) -> Done {
    with["path"] = json!(file);
    let done = try_read(folder, &with, None).await.unwrap();
    assert!(done.summary.complete, "{file}: {:?}", done.summary);
    done
}

/// Reasons that a row shows by itself, by key.
fn reasons(done: &Done) -> BTreeMap<String, String> {
    let split = |text: String| text.split_once(' ').map(|(key, reason)| (key.to_string(), reason.to_string()));
    done.refused().into_iter().chain(done.warnings()).filter_map(split).collect()
}

#[tokio::test]
async fn every_row_is_accounted_for() {
    let Some(folder) = folder() else { return };
    let expected: Json = serde_json::from_slice(&std::fs::read(folder.join("expected.json")).unwrap()).unwrap();
    for (file, with) in [("departments.csv", departments()), ("users.csv", people()), ("users-gbk.csv", people())] {
        let done = read(&folder, file, with).await;
        let rows = expected["files"][file]["rows"].as_array().unwrap();
        let found: Vec<_> = done
            .objects
            .iter()
            .map(|object| (object.key.to_string(), object.at.as_deref().unwrap().to_string()))
            .collect();
        let wanted: Vec<_> = rows
            .iter()
            .map(|row| (row["key"].as_str().unwrap().to_string(), format!("{file}:{}", row["line"])))
            .collect();
        assert_eq!(found, wanted, "{file}");
        for row in rows.iter().filter(|row| row["outcome"] == "accept") {
            let key = row["key"].as_str().unwrap();
            assert!(!reasons(&done).contains_key(key), "{file} {key}");
        }
    }
}

#[tokio::test]
async fn departments_of_the_sample() {
    let Some(folder) = folder() else { return };
    let done = read(&folder, "departments.csv", departments()).await;
    assert_eq!(reasons(&done), BTreeMap::from([("132".to_string(), "dept_name_missing".to_string())]));
    assert_eq!(done.record("139")["name"], "客服部");
    assert_eq!(done.record("0140"), json!({"dept_id": "0140", "parent_id": "100", "name": "零开头", "order": "1"}));
    assert_eq!(done.record("100")["parent_id"], json!(null));
}

#[tokio::test]
async fn people_of_the_sample() {
    let Some(folder) = folder() else { return };
    let done = read(&folder, "users.csv", people()).await;
    let expected = [
        ("S005", "name_control_char name"),
        ("S008", "name_missing"),
        ("S016", "excel_mangled mobile"),
        ("S026", "row_shape"),
    ];
    assert_eq!(reasons(&done), expected.map(|(key, reason)| (key.to_string(), reason.to_string())).into());
    for (key, field, value) in [
        ("S004", "name", json!("陈\"大\"文")),
        ("S005", "name", json!("周 杰")),
        ("S006", "name", json!("郑爽朗🙂")),
        ("S007", "name", json!("孙丽")),
        ("S014", "userid", json!("0007")),
        ("S015", "mobile", json!("+86 15498000015")),
        ("S016", "mobile", json!(null)),
        (
            "S021",
            "departments",
            json!([{"department": "111", "leader": false}, {"department": "120", "leader": false}]),
        ),
        ("S024", "manager", json!(["S999"])),
        ("S025", "status", json!("disabled")),
    ] {
        assert_eq!(done.record(key)[field], value, "{key}");
    }
    let done = read(&folder, "users-gbk.csv", people()).await;
    assert_eq!((&done.record("K002")["name"], &done.record("K004")["status"]), (&json!("吴·古丽"), &json!("left")));
}

#[tokio::test]
async fn two_days_of_the_sample() {
    let Some(folder) = folder() else { return };
    for (file, rows) in
        [("days/day1-users.csv", 30), ("days/day2-small-change.csv", 29), ("days/day2-header-only.csv", 0)]
    {
        let done = read(&folder, file, people()).await;
        assert_eq!((done.objects.len(), done.refused().len()), (rows, 0), "{file}");
    }
    assert_eq!(read(&folder, "days/departments.csv", departments()).await.objects.len(), 7);
}
