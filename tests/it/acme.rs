//! Two organisations at full size: one English, one Chinese with disabled people and the same names in many places.

use std::path::Path;

use super::support::{Corp, House, Organisation, corp, organisation, samples};

/// Imports and syncs a folder, compares field by field, and syncs again without a write.
fn at_full_size(folder: &Path, departments: usize, members: usize, disabled: usize) {
    let corp = Corp::start();
    let house = House::ready(&corp, "wecom_downstream_full");
    for file in ["departments.csv", "users.csv"] {
        std::fs::copy(folder.join(file), house.source().join(file)).expect("the sample is copied");
    }
    let organisation = Organisation::read(&folder.join("departments.csv"), &folder.join("users.csv"));

    let import = house.import(&[]).expect(0).json();
    assert_eq!(import["counts"]["department"]["created"], departments);
    assert_eq!(import["counts"]["user"]["created"], members);
    let run = house.sync(&[]).expect(0).json();
    assert_eq!(run["status"], "succeeded", "{run}");
    assert_eq!(run["counts"]["department"]["created"], departments);
    assert_eq!(run["counts"]["user"]["created"], members);

    let now = corp.now();
    // The company itself is one more.
    assert_eq!(now["departments"].as_array().expect("departments").len(), departments + 1);
    assert_eq!(organisation::members(&now).count(), members);
    assert_eq!(organisation::members(&now).filter(|(_, member)| member["enable"] == 0).count(), disabled);
    let differences = organisation.differences(&now);
    assert!(
        differences.is_empty(),
        "{} differences: {:#?}",
        differences.len(),
        &differences[..differences.len().min(10)]
    );

    assert_eq!(now["invited"].as_array().expect("invited").len(), 0, "nobody gets an invitation");
    let creates = corp.requests().into_iter().filter(|request| request.path == "/cgi-bin/user/create");
    assert!(creates.into_iter().all(|request| request.body["to_invite"] == false));

    corp.clear_requests();
    let again = house.sync(&[]).expect(0).json();
    assert_eq!(again["status"], "succeeded_no_change");
    assert_eq!(again["api"]["writes"], 0);
    assert_eq!(corp.counts().write_calls, 0);
    let calls: u64 = corp.counts().calls.values().sum();
    assert!(calls <= 10, "{calls} calls to find out that nothing changed");
    assert_eq!(again["api"]["calls"], calls, "the run tells how many calls it took");
    for secret in [corp::APP_SECRET, corp::CONTACTS_SECRET] {
        assert!(!house.heard().contains(secret));
    }
}

#[test]
fn ten_thousand_english_names() {
    let Some(samples) = samples() else { return };
    at_full_size(&samples.join("acme-10k"), 296, 8664, 0);
}

#[test]
fn three_thousand_chinese_departments() {
    let Some(samples) = samples() else { return };
    at_full_size(&samples.join("china-gov-3k"), 3316, 5000, 116);
}
