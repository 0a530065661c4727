//! One list fills two companies under the same keys: what is repeated or approved in one of them is not so in the other.

use serde_json::{Value, json};
use wecom_sim::{Effect, FaultRule, Faults, Latency};

use super::support::{
    Corp, House, Organisation,
    nodes::{companies, connect, identity, workflow},
};

/// 2026-03-02 01:00:30 UTC.
const START: i64 = 1_772_413_230_000;

/// What the workflow begins with.
const HEAD: &str = r#"dsl: 1
id: both
name: {zh: 两家, en: Both}
on: {manual: {}}
safety: {remove: {max: MOST}, on_exceed: hold}
defaults: {retry: {max_attempts: 2, backoff: exponential, delay: 0s, max_delay: 0s, on: [timeout]}}
connections:
  directory: {type: directory, ref: default}
  one: {type: wecom, ref: c0}
  two: {type: wecom, ref: c1}
mappings:
  department_one: &department
    from: directory/department
    to: wecom/department
    match: [linked, source.path == target.path]
    fields: {name: "{{source.name}}", parentid: "{{target_id source.parent}}"}
  department_two: *department
  user_one: &user
    from: directory/user
    to: wecom/user
    match: [linked, source.username == target.userid]
    fields:
      userid: {value: "{{source.username}}", write: create}
      name: "{{source.name}}"
      mobile: {value: "{{source.mobile}}", when_empty: omit}
      department: "{{target_ids source.departments}}"
  user_two: *user
steps:
  - id: read
    name: {zh: 读, en: Read}
    uses: directory/read
    with: {departments: {include: ["/**"]}, users: {where: 'user.status in ["active", "disabled"]'}}
"#;

/// What is done in one company.
const STEPS: &str = r#"
  - {id: departments_NAME, name: {zh: 部门, en: Departments}, uses: wecom/create_department, connection: NAME, map: department_NAME, foreach: {in: steps.read.outputs.departments, order: parents_first}}
  - {id: create_NAME, name: {zh: 建, en: Create}, uses: wecom/create_user, connection: NAME, map: user_NAME, foreach: {in: steps.read.outputs.users}}
  - {id: disable_NAME, name: {zh: 禁, en: Disable}, uses: wecom/disable_user, connection: NAME, foreach: {in: steps.read.outputs.removed_users}}
"#;

/// Two companies with the same 30 people, of whom `user0028` and `user0029` have left the directory since. `most`: so many may be
/// disabled without a question.
fn left_both(most: usize) -> (Corp, House) {
    let corps = companies(2, Latency::default());
    let house = House::new().clocked(START);
    (0..2).for_each(|number| connect(&house, &corps, number, &[]));
    let mut organisation = Organisation::generated(2, 30);
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    let steps = ["one", "two"].map(|name| STEPS.replace("NAME", name)).concat();
    workflow(&house, "both", &format!("{}{steps}", HEAD.replace("MOST", &most.to_string())), &[]);
    let first = house.ask(&["run", "both", "--wait", "--yes"]).expect(0).json();
    assert_eq!(access(&corps), [true, true], "{first:#}");
    for gone in ["E0028", "E0029"] {
        organisation.people.remove(gone);
    }
    organisation.write(&house.source());
    house.import(&["--yes"]).expect(0);
    (corps, house)
}

/// Whether `user0029` has access in the first company, and in the second.
fn access(corps: &Corp) -> [bool; 2] {
    let now = corps.snapshot();
    [0, 1].map(|number: usize| {
        let users = now["corps"][number]["users"].as_array().expect("users");
        let member = users.iter().find(|user| user["userid"] == "user0029").expect("a member");
        member["enable"] == 1
    })
}

fn id(run: &Value) -> &str {
    run["run"].as_str().expect("an id")
}

/// Disabling somebody failed in both companies, and is repeated in one.
#[test]
fn a_removal_is_repeated_in_the_company_that_was_chosen() {
    let (corps, house) = left_both(10);
    let refusal = Effect::Error { errcode: 60011, errmsg: None };
    corps.set_faults(Faults::rules([FaultRule::new("/cgi-bin/user/update", refusal).matching("user0029")]));
    let failed = house.ask(&["run", "both", "--wait", "--yes"]).json();
    assert_eq!(access(&corps), [true, true], "{failed:#}");
    corps.set_faults(Faults::default());
    for (step, left) in [("disable_two", [true, false]), ("disable_one", [false, false])] {
        let items = house.items(&failed);
        let chosen = items.iter().find(|item| item["step"] == step && item["object"]["target"] == "user0029");
        let chosen = chosen.expect("the failed removal");
        let row = chosen["row"].to_string();
        let again = house.ask(&["runs", "retry", id(&failed), "--row", &row, "--wait", "--yes"]).expect(0).json();
        assert_eq!(access(&corps), left, "{step}: {again:#}");
    }
}

/// A plan disables two people in the first company, and in the second one they have no access. One of them gets it there before
/// the plan is approved: nobody was asked about that.
#[test]
fn a_removal_that_was_approved_in_one_company_is_not_so_in_the_other() {
    let (corps, house) = left_both(1);
    let by_hand = |userid: &str, enable: u8| {
        let member = json!({"userid": userid, "enable": enable});
        corps.by_hand(&identity(1).corp_id, "user/update", &member).expect("by hand");
    };
    for userid in ["user0028", "user0029"] {
        by_hand(userid, 0);
    }
    let held = house.ask(&["run", "both", "--wait"]).expect(4).json();
    by_hand("user0029", 1);
    assert_eq!(access(&corps), [true, true], "{held:#}");
    house.set_clock(START + 11 * 60 * 1000);
    let done = house.ask(&["runs", "approve", id(&held)]).json();
    assert_eq!(access(&corps), [false, true], "{done:#}");
    let items = house.items(&done);
    let other = items.iter().find(|item| item["step"] == "disable_two").expect("the removal that nobody saw");
    assert_eq!(other["error"]["code"], "not_approved", "{other:#}");
}
