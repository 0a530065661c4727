//! A server that says yes and does nothing is found out: what the lists show after a run counts, not what was answered.

use serde_json::Value;
use wecom_sim::{Effect, FaultRule, Faults};

use super::support::{Corp, House, Organisation};

/// The answers to one call of this path, about this object, are a lie.
fn lies(path: &str, about: &str) -> FaultRule {
    let yes = Effect::Error { errcode: 0, errmsg: Some("ok".into()) };
    FaultRule::new(format!("/cgi-bin/{path}"), yes).matching(about)
}

/// The item of this object that went wrong.
#[track_caller]
fn failed<'a>(items: &'a [Value], target: &str) -> &'a Value {
    let found = items.iter().find(|item| item["object"]["target"] == target && item["outcome"] == "failed");
    found.unwrap_or_else(|| panic!("nothing is told about {target}: {items:?}"))
}

#[test]
fn a_write_that_was_only_promised_is_no_success() {
    let corp = Corp::start();
    let house = House::ready(&corp, "wecom_downstream_mirror");
    let mut organisation = Organisation::generated(4, 30);
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    house.sync(&["--input", "grace=0d"]).expect(0);

    // One comes, one moves, one leaves, one department gets another name; the server does none of it.
    organisation.person(30, "T001", "");
    organisation.change("E0020", "departments", "T003");
    organisation.change("E0020", "main_department", "T003");
    organisation.people.remove("E0029");
    organisation.departments.get_mut("T002").expect("a team").insert("name".into(), "Other".into());
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    corp.set_faults(Faults::rules([
        lies("user/create", "user0030"),
        lies("user/update", "user0020"),
        lies("user/delete", "user0029"),
        lies("department/update", "Other"),
    ]));
    let run = house.sync(&["--input", "grace=0d"]).expect(3).json();
    assert_eq!(run["status"], "partial", "{run}");
    let items = house.items(&run);
    assert_eq!(failed(&items, "user0030")["error"]["code"], "verify_missing");
    assert_eq!(failed(&items, "user0029")["error"]["code"], "verify_still_there");
    let moved = failed(&items, "user0020");
    assert_eq!(moved["error"]["code"], "verify_differs", "{moved}");
    assert!(moved["error"]["reason"]["en"].as_str().is_some_and(|why| why.contains("department")), "{moved}");
    let renamed = items.iter().find(|item| item["object"]["type"] == "department" && item["outcome"] == "failed");
    let renamed = &renamed.expect("the department")["error"];
    assert_eq!(renamed["code"], "verify_differs");
    // Both values are told: of texts that the server changes by a blank nobody else would see why they are written again.
    for lang in ["zh", "en"] {
        assert!(renamed["reason"][lang].as_str().is_some_and(|why| why.contains("name (`Other` → `")), "{renamed}");
    }

    // The next run does what was only promised.
    corp.set_faults(Faults::default());
    house.sync(&["--input", "grace=0d"]).expect(0);
    assert_eq!(organisation.differences(&corp.now()), Vec::<String>::new());
    let last = house.sync(&["--input", "grace=0d"]).expect(0).json();
    assert_eq!((&last["status"], &last["api"]["writes"]), (&"succeeded_no_change".into(), &0.into()));
}

/// Whoever is said to be disabled and can work all the same is told at once, whatever the lists are read for, and is disabled
/// by the next run.
#[test]
fn a_disable_that_was_only_promised_is_no_success() {
    for read in ["member_read=ids", "member_read=full"] {
        let corp = Corp::start();
        let house = House::new();
        house.connect_with(&corp, &[read], true);
        house.workflow("wecom_downstream_mirror");
        let mut organisation = Organisation::generated(4, 30);
        organisation.write(&house.source());
        house.import(&[]).expect(0);
        house.sync(&[]).expect(0);

        organisation.people.remove("E0028");
        organisation.people.remove("E0029");
        organisation.write(&house.source());
        house.import(&[]).expect(0);
        corp.set_faults(Faults::rules([lies("user/update", "user0029")]));
        let run = house.sync(&[]).expect(3).json();
        assert_eq!(
            (&run["status"], &run["counts"]["user"]["removed"]),
            (&"partial".into(), &1.into()),
            "{read}: {run}"
        );
        assert_eq!(
            (corp.member("user0028")["enable"].clone(), corp.member("user0029")["enable"].clone()),
            (0.into(), 1.into())
        );
        let items = house.items(&run);
        assert_eq!(failed(&items, "user0029")["error"]["code"], "verify_keeps_access", "{read}");

        corp.set_faults(Faults::default());
        let run = house.sync(&[]).expect(0).json();
        assert_eq!(run["counts"]["user"]["removed"], 1, "{read}: {run}");
        assert_eq!(corp.member("user0029")["enable"], 0, "{read}");
        let last = house.sync(&[]).expect(0).json();
        assert_eq!((&last["status"], &last["api"]["writes"]), (&"succeeded_no_change".into(), &0.into()), "{read}");
    }
}
