//! A company of 8,000 people over 13 months: after each month WeCom is the same as the source, and no more was written
//! than changed.
//!
//! The months hold what makes syncs hard: a mobile number that changes hands or is swapped, siblings that swap names,
//! departments that move, merge or are replaced, people who come back under their old id.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use serde_json::Value;

use super::support::{
    Corp, House, Organisation,
    organisation::{self, Row, get},
    samples,
};

/// Lays one month's changes over the organisation; gives how many departments and people they touch, and how many pairs
/// of siblings swap their names.
fn advance(organisation: &mut Organisation, folder: &Path, date: &str) -> (u64, u64, u64) {
    let before = organisation.departments.clone();
    let mut touched = Vec::new();
    for mut row in organisation::rows(&folder.join(format!("departments-delta-{date}.csv"))) {
        let op = row.remove("op").expect("op");
        row.remove("changed");
        let key = get(&row, "dept_id").to_string();
        touched.push(key.clone());
        match op.as_str() {
            "delete" => organisation.departments.remove(&key),
            _ => organisation.departments.insert(key, row),
        };
    }
    let mut people = BTreeSet::new();
    for mut row in organisation::rows(&folder.join(format!("users-delta-{date}.csv"))) {
        let op = row.remove("op").expect("op");
        for column in ["kind", "effective_date", "changed"] {
            row.remove(column);
        }
        let key = get(&row, "external_id").to_string();
        people.insert(key.clone());
        match op.as_str() {
            "delete" => organisation.people.remove(&key),
            _ => organisation.people.insert(key, row),
        };
    }
    let name = |rows: &BTreeMap<String, Row>, key: &String| rows.get(key).map(|row| get(row, "name").to_string());
    let mut swaps = 0;
    for (place, one) in touched.iter().enumerate() {
        for other in &touched[place + 1..] {
            let swapped =
                [one, other].iter().all(|key| organisation.departments.contains_key(*key) && before.contains_key(*key))
                    && name(&before, one) == name(&organisation.departments, other)
                    && name(&before, other) == name(&organisation.departments, one);
            swaps += u64::from(swapped);
        }
    }
    (touched.len() as u64, people.len() as u64, swaps)
}

#[test]
fn thirteen_months_end_equal_and_write_only_what_changed() {
    let Some(samples) = samples() else { return };
    let folder = samples.join("acme-10k/snapshots");
    let index: Value =
        serde_json::from_str(&std::fs::read_to_string(folder.join("index.json")).expect("index.json")).expect("JSON");
    let corp = Corp::start();
    let house = House::ready(&corp, "wecom_downstream_mirror");
    let mut organisation =
        Organisation::read(&folder.join("departments-1999-02-01.csv"), &folder.join("users-1999-02-01.csv"));
    let months = index["months"].as_array().expect("months");
    assert_eq!(months.len(), 13);
    let mut department_swaps = 0;
    for (number, month) in months.iter().enumerate() {
        let date = month["date"].as_str().expect("a date");
        let (departments, people, renamed) = match number {
            0 => (organisation.departments.len() as u64, organisation.people.len() as u64, 0),
            _ => advance(&mut organisation, &folder, date),
        };
        assert_eq!(organisation.departments.len() as u64, month["departments"], "{date}: the sample itself");
        assert_eq!(organisation.people.len() as u64, month["members"], "{date}: the sample itself");
        organisation.write(&house.source());
        let import = house.import(&[]).expect(0).json();
        assert_eq!(import["status"], "succeeded", "{date}: {import}");
        let run = house.sync(&["--input", "grace=0d"]).expect(0).json();
        assert_eq!(run["status"], "succeeded", "{date}: {run}");
        let differences = organisation.differences(&corp.now());
        assert!(
            differences.is_empty(),
            "{date}: {} differences, {:#?}",
            differences.len(),
            &differences[..differences.len().min(10)]
        );
        let writes = run["api"]["writes"].as_u64().expect("writes");
        // A swap cannot be done in one write for each side: one of them gives its value up first.
        let swaps = renamed + month["traps"]["mobiles_swapped_between_two_members"].as_u64().unwrap_or(0);
        department_swaps += renamed;
        // At the beginning somebody may be made before the manager, who is then added by a second call.
        let room = if number == 0 { people } else { swaps };
        assert!(
            writes <= departments + people + room,
            "{date}: {writes} writes for {departments} departments, {people} people and {swaps} swaps"
        );
        eprintln!("{date}: {writes} writes for {departments} departments, {people} people, {swaps} swaps");
    }
    assert_eq!(department_swaps, 1, "the sample holds one pair of departments that swap names");
    let again = house.sync(&["--input", "grace=0d"]).expect(0).json();
    assert_eq!(again["status"], "succeeded_no_change");
    assert_eq!(again["api"]["writes"], 0);
}
