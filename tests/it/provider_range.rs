//! An app that a provider built and that sees a part of the company, with the right to edit all of it.

use serde_json::{Value, json};
use wecom_sim::{
    ChangeRange, Effect, FaultRule, Faults,
    state::{AppKind, AppState, VisibleState},
};

use super::{
    provider::{Place, TEMPLATE},
    support::{Corp, Organisation, corp},
};

fn department(corp: &Corp, name: &str) -> u32 {
    let now = corp.now();
    let mut all = now["departments"].as_array().expect("departments").iter();
    let found = all.find(|one| one["name"] == name).and_then(|one| one["id"].as_u64());
    u32::try_from(found.expect("the department")).expect("a number")
}

/// From now on the app sees only these departments.
fn see(place: &Place, departments: Vec<u32>) {
    let visible = VisibleState { departments, ..VisibleState::default() };
    let change = ChangeRange { suite_id: TEMPLATE.into(), corpid: corp::CORP_ID.into(), visible };
    place.corp.change_suite(&change).expect("the range changes");
}

fn sync(place: &Place, organisation: &Organisation, more: &[&str]) -> Value {
    organisation.write(&place.house.source());
    place.house.import(&[]).expect(0);
    place.house.sync(more).json()
}

/// 20 people in two teams, of which the app sees one by now.
fn half_seen() -> (Place, Organisation) {
    let place = Place::granted();
    let organisation = Organisation::generated(2, 20);
    let run = sync(&place, &organisation, &[]);
    assert_eq!(run["counts"]["user"]["created"], 20, "{run:#}");
    see(&place, vec![department(&place.corp, "North")]);
    // What is known of the range holds for a minute.
    (place, organisation)
}

#[test]
fn a_leaver_whom_the_app_does_not_see_loses_access() {
    let (mut place, mut organisation) = half_seen();
    place.pass(120_000);
    // Somebody whom it sees is moved by hand to where it does not.
    let away = json!({"userid": "user0012", "department": [department(&place.corp, "Team 001")]});
    place.corp.by_hand(corp::CORP_ID, "user/update", &away).expect("moved");
    organisation.people.remove("E0012");
    let run = sync(&place, &organisation, &["--input", "remove_leavers=true"]);
    assert_eq!(place.corp.member("user0012")["enable"], 0, "{run:#}");
    assert_eq!(run["counts"]["user"]["removed"], 1, "{run:#}");
    // Nobody of those who are not seen is made again.
    assert_eq!((&run["status"], &run["counts"]["user"]["created"]), (&json!("succeeded"), &json!(0)), "{run:#}");
    let again = sync(&place, &organisation, &["--input", "remove_leavers=true"]);
    assert_eq!(again["status"], "succeeded_no_change", "{again:#}");
}

#[test]
fn somebody_who_is_disabled_and_not_seen_loses_access_and_whoever_is_deleted_is_gone() {
    let (mut place, mut organisation) = half_seen();
    place.pass(120_000);
    organisation.change("E0013", "enabled", "0");
    let run = sync(&place, &organisation, &[]);
    assert_eq!(place.corp.member("user0013")["enable"], 0, "{run:#}");
    assert_eq!(run["status"], "succeeded", "{run:#}");
    // Deleted by hand, and gone from the source: there is nothing left to take.
    place.corp.by_hand(corp::CORP_ID, "user/delete", &json!({"userid": "user0015"})).expect("deleted");
    organisation.people.remove("E0015");
    let run = sync(&place, &organisation, &["--input", "remove_leavers=true"]);
    assert!(run["status"] == "succeeded" || run["status"] == "succeeded_no_change", "{run:#}");
}

#[test]
fn a_hire_who_is_not_seen_is_made_once_and_believed() {
    let (mut place, mut organisation) = half_seen();
    place.pass(120_000);
    organisation.person(20, "T001", "E0001");
    let run = sync(&place, &organisation, &[]);
    assert_eq!((&run["status"], &run["counts"]["user"]["created"]), (&json!("succeeded"), &json!(1)), "{run:#}");
    let run = sync(&place, &organisation, &[]);
    assert_eq!(run["status"], "succeeded_no_change", "{run:#}");
}

/// Since the upgrade of their ids providers are shown members under ids of their own: nobody whom idflow made would be
/// recognised by them.
#[test]
fn members_under_ids_of_the_provider_are_not_written() {
    let place = Place::granted();
    let mut organisation = Organisation::generated(2, 6);
    sync(&place, &organisation, &[]);
    let mut state = place.corp.state();
    let customized = |app: &&mut AppState| app.kind == AppKind::Customized;
    state.corps[0].apps.iter_mut().find(customized).expect("the provider's app").provider_ids = true;
    place.corp.load(state).expect("the state holds together");
    organisation.change("E0001", "position", "Architect");
    let writes = place.corp.writes();
    let run = sync(&place, &organisation, &[]);
    assert_eq!(run["status"], "failed", "{run:#}");
    assert!(run["why"].to_string().contains("wecom_ids_of_provider"), "{run:#}");
    assert_eq!(place.corp.writes(), writes);
}

/// Whoever waits to look once more does so by the clock.
fn sync_while_time_passes(place: &Place, organisation: &Organisation) -> Value {
    let over = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut now = place.now;
            while !over.load(std::sync::atomic::Ordering::Relaxed) {
                now += 2000;
                place.house.set_clock(now);
                std::thread::sleep(std::time::Duration::from_millis(100));
            }
        });
        let run = sync(place, organisation, &[]);
        over.store(true, std::sync::atomic::Ordering::Relaxed);
        run
    })
}

/// Nobody is shown to the app who was made and not seen: a person says whose the account is, and the next run finds it out.
#[test]
fn a_hire_who_is_not_seen_and_whose_making_was_not_answered_is_bound_by_a_person() {
    let (mut place, mut organisation) = half_seen();
    place.pass(120_000);
    organisation.person(20, "T001", "E0001");
    place.corp.set_faults(Faults::rules([FaultRule::new("/cgi-bin/user/create", Effect::Lost).times(1)]));
    let run = sync_while_time_passes(&place, &organisation);
    assert_eq!(place.corp.member("user0020")["name"], "Person 0020", "{run:#}");
    let items = place.house.items(&run);
    let failed: Vec<&Value> = items.iter().filter(|item| item["error"]["code"] == "WECOM_60102").collect();
    assert_eq!(failed.len(), 1, "{run:#} {items:#?}");
    assert_eq!(failed[0]["error"]["next"]["kind"], "add_link", "{failed:#?}");
    place.house.good(&["link", "add", "user0020", "user0020", "--connection", "main"]);
    let run = sync(&place, &organisation, &[]);
    assert_eq!((&run["status"], &run["counts"]["user"]["created"]), (&json!("succeeded"), &json!(0)), "{run:#}");
    assert_eq!(place.house.good(&["link", "resolve", "main", "user0020"])["username"], "user0020");
    assert_eq!(sync(&place, &organisation, &[])["status"], "succeeded_no_change");
    // One that nobody has is found out.
    organisation.person(21, "T001", "E0001");
    organisation.write(&place.house.source());
    place.house.import(&[]).expect(0);
    place.house.good(&["link", "add", "nobody.here", "user0021", "--connection", "main"]);
    let run = place.house.sync(&[]).json();
    assert!(run["status"] != "succeeded" && run["status"] != "succeeded_no_change", "{run:#}");
}

#[test]
fn a_department_whose_making_was_not_answered_is_found_with_the_right_to_edit() {
    let (mut place, mut organisation) = half_seen();
    place.pass(120_000);
    organisation.department("T900", "D1", "Team 900", 9);
    place.corp.set_faults(Faults::rules([FaultRule::new("/cgi-bin/department/create", Effect::Lost).times(1)]));
    let run = sync_while_time_passes(&place, &organisation);
    assert_eq!((&run["status"], &run["counts"]["department"]["failed"]), (&json!("succeeded"), &json!(0)), "{run:#}");
    let now = place.corp.now();
    let made = now["departments"].as_array().expect("departments").iter().filter(|one| one["name"] == "Team 900");
    assert_eq!(made.count(), 1);
}
