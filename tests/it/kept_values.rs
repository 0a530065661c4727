//! What WeCom keeps without a word: the number of whoever has activated, the address of a mailbox of Tencent Exmail.

use serde_json::{Value, json};
use wecom_sim::state::SensitiveFields;

use super::support::{Corp, House, Organisation, corp};

/// Three people whom the app shows in full, in the company as in the source.
fn shown() -> (Corp, House, Organisation) {
    let mut state = corp::empty();
    state.corps[0].apps[0].sensitive_fields = SensitiveFields::Shown;
    let corp = Corp::with(state);
    let house = House::new();
    house.connect_with(&corp, &["member_read=full"], true);
    house.workflow("wecom_downstream_full");
    let organisation = Organisation::generated(1, 3);
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    house.sync(&[]).expect(0);
    (corp, house, organisation)
}

fn sync(house: &House, organisation: &Organisation) -> Value {
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    house.sync(&[]).json()
}

/// What is told of everybody.
fn told(house: &House, run: &Value) -> String {
    Value::from(house.items(run)).to_string()
}

#[test]
fn the_number_of_somebody_activated_fails_no_run_and_is_written_once() {
    let (corp, house, mut organisation) = shown();
    corp.set_user_status(corp::CORP_ID, "user0001", 1).expect("activated");
    organisation.change("E0001", "mobile", "15488880001");
    let run = sync(&house, &organisation);
    assert_eq!((&run["status"], &run["counts"]["user"]["updated"]), (&json!("succeeded"), &json!(1)), "{run:#}");
    assert!(told(&house, &run).contains("wecom_mobile_may_stay"));
    assert_eq!(corp.member("user0001")["mobile"], "15400000001");
    let again = sync(&house, &organisation);
    assert_eq!(again["status"], "succeeded_no_change", "{again:#}");
    // Somebody else's number that was changed by hand is set back: he has not activated.
    let by_hand = json!({"userid": "user0002", "mobile": "15477770002"});
    corp.by_hand(corp::CORP_ID, "user/update", &by_hand).expect("by hand");
    let run = sync(&house, &organisation);
    assert_eq!(run["counts"]["user"]["updated"], 1, "{run:#}");
    assert_eq!(corp.member("user0002")["mobile"], "15400000002");
    // Another number is written again.
    organisation.change("E0001", "mobile", "15466660001");
    let run = sync(&house, &organisation);
    assert_eq!(run["counts"]["user"]["updated"], 1, "{run:#}");
}

#[test]
fn an_address_that_a_mailbox_keeps_is_told() {
    let (corp, house, mut organisation) = shown();
    let mut state = corp.state();
    let one = state.corps[0].users.iter_mut().find(|user| user.userid == "user0001").expect("the member");
    one.exmail_bound = true;
    corp.load(state).expect("the state holds together");
    organisation.change("E0001", "email", "other0001@example.com");
    let run = sync(&house, &organisation);
    assert_eq!((&run["status"], &run["counts"]["user"]["updated"]), (&json!("succeeded"), &json!(1)), "{run:#}");
    assert!(told(&house, &run).contains("wecom_email_may_stay"));
    assert_eq!(corp.member("user0001")["email"], "user0001@example.com");
    // Whoever has the address that it kept gets it from nobody.
    organisation.person(3, "T000", "E0000");
    organisation.change("E0003", "email", "user0001@example.com");
    let run = sync(&house, &organisation);
    assert!(told(&house, &run).contains("WECOM_60106"), "{run:#}");
}
