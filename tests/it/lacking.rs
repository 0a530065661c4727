//! A list that lacks somebody who is there, and values that are not known: whoever is linked keeps what is known of him, and two who
//! exchange their numbers get them.

use wecom_sim::{Effect, FaultRule, Faults, state::UserState};

use super::support::{Corp, House, Organisation};

/// Every call that lists people.
const LISTS: [&str; 3] = ["/cgi-bin/user/list_id", "/cgi-bin/user/list", "/cgi-bin/user/simplelist"];
const FIVE: &str = "15400000005";
const EIGHT: &str = "15400000008";

fn calls(corp: &Corp, path: &str) -> u64 {
    corp.counts().calls.get(&format!("/cgi-bin/{path}")).copied().unwrap_or(0)
}

/// A company of twelve in step, with or without the app.
fn twelve(app: bool) -> (Corp, House, Organisation) {
    let (corp, house) = (Corp::start(), House::new());
    house.connect_with(&corp, &["source_root=department"], app);
    house.workflow("wecom_downstream_full");
    let organisation = Organisation::generated(4, 12);
    import(&house, &organisation);
    house.sync(&[]).expect(0);
    (corp, house, organisation)
}

fn import(house: &House, organisation: &Organisation) {
    organisation.write(&house.source());
    house.import(&["--yes"]).expect(0);
}

/// The fifth and the eighth exchange their numbers.
fn exchange(house: &House, organisation: &mut Organisation) {
    organisation.change("E0005", "mobile", EIGHT);
    organisation.change("E0008", "mobile", FIVE);
    import(house, organisation);
}

#[track_caller]
fn exchanged(corp: &Corp, house: &House) {
    let mobile = |userid: &str| corp.member(userid)["mobile"].clone();
    assert_eq!((mobile("user0005"), mobile("user0008")), (EIGHT.into(), FIVE.into()));
    let writes = corp.writes();
    assert_eq!(house.sync(&[]).expect(0).json()["status"], "succeeded_no_change");
    assert_eq!(corp.writes(), writes);
}

/// The app shows that he is there: nobody is made, and what was planned is done in the same night.
#[test]
fn a_member_whom_the_list_lacks_is_asked_for_and_exchanges_his_number() {
    let (corp, house, mut organisation) = twelve(true);
    exchange(&house, &mut organisation);
    let made = calls(&corp, "user/create");
    corp.set_faults(Faults::rules(LISTS.map(|path| FaultRule::new(path, Effect::Lacks("user0008".into())))));
    let run = house.sync(&[]).expect(0).json();
    assert_eq!(run["status"], "succeeded", "{run}");
    assert!(run["notices"].to_string().contains("people_lacked"), "{run}");
    assert_eq!(calls(&corp, "user/create"), made, "nobody is made a second time");
    corp.set_faults(Faults::default());
    exchanged(&corp, &house);
}

/// Without the app WeCom's refusal of another account shows it: what was last written to him is known as before.
#[test]
fn whoever_is_refused_a_second_account_keeps_what_is_known_of_him() {
    let (corp, house, mut organisation) = twelve(false);
    exchange(&house, &mut organisation);
    let lacks = FaultRule::new(LISTS[0], Effect::Lacks("user0008".into())).times(1);
    corp.set_faults(Faults::rules([lacks]));
    let made = calls(&corp, "user/create");
    let first = house.sync(&[]).json();
    assert_eq!(calls(&corp, "user/create"), made + 1, "{first}");
    corp.set_faults(Faults::default());
    house.sync(&[]).expect(0);
    exchanged(&corp, &house);
}

/// Somebody's number in WeCom was never written by idflow and cannot be read: it may be the very one that the other one is to get.
#[test]
fn two_exchange_numbers_of_which_one_is_not_known() {
    let (corp, house, mut organisation) = twelve(false);
    // Made without a number; by hand he has one since.
    organisation.person(20, "T001", "E0001");
    organisation.change("E0020", "mobile", "");
    import(&house, &organisation);
    house.sync(&[]).expect(0);
    let mut state = corp.state();
    let there: &mut UserState = state.corps[0].users.iter_mut().find(|user| user.userid == "user0020").expect("made");
    there.mobile = "15400000020".into();
    corp.load(state).expect("the state holds together");
    organisation.change("E0020", "mobile", FIVE);
    organisation.change("E0005", "mobile", "15400000020");
    import(&house, &organisation);
    house.sync(&[]).expect(0);
    assert_eq!(corp.member("user0020")["mobile"], FIVE);
    assert_eq!(corp.member("user0005")["mobile"], "15400000020");
    assert_eq!(house.sync(&[]).expect(0).json()["status"], "succeeded_no_change");
}

/// The list lacks for once whom somebody chose: he is asked for alone, and the choice holds.
#[test]
fn a_member_whom_somebody_chose_and_the_list_lacks_is_linked() {
    for (app, times) in [(true, 9), (false, 1)] {
        let (corp, house, mut organisation) = twelve(app);
        let there =
            serde_json::json!({"userid": "old.acc", "name": "Elsewhere", "department": [1], "mobile": "15400009999"});
        corp.by_hand(super::support::corp::CORP_ID, "user/create", &there).expect("by hand");
        organisation.person(20, "T001", "E0001");
        import(&house, &organisation);
        let people = house.good(&["directory", "show", "user", "--limit", "100"]);
        let new = people.as_array().expect("people").iter().find(|one| one["username"] == "user0020").expect("there");
        house.good(&["link", "add", "old.acc", new["username"].as_str().expect("a name"), "--connection", "main"]);
        let lacks = LISTS.map(|path| FaultRule::new(path, Effect::Lacks("old.acc".into())).times(times));
        corp.set_faults(Faults::rules(lacks));
        let made = calls(&corp, "user/create");
        let run = house.sync(&[]).expect(0).json();
        corp.set_faults(Faults::default());
        assert_eq!(calls(&corp, "user/create"), made, "{run:#}");
        assert!(!run["notices"].to_string().contains("decision_end_gone"), "{run:#}");
        assert_eq!(corp.member("user0020"), serde_json::Value::Null);
        let links = house.good(&["link", "list", "main", "--find", "old.acc"]);
        assert_eq!(links.as_array().map(Vec::len), Some(1), "{links}");
    }
}
