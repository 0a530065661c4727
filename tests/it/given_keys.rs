//! Accounts and numbers that go to somebody else: the record, the places and the access of one person are never given to another
//! without a word.

use serde_json::{Value, json};
use wecom_sim::state::SensitiveFields;

use super::support::{Corp, House, Organisation, corp};

fn hand(corp: &Corp, call: &str, body: Value) {
    corp.by_hand(corp::CORP_ID, call, &body).expect("by hand");
}

fn person(house: &House, account: &str) -> Vec<Value> {
    let all = house.good(&["directory", "show", "user", "--reveal", "--limit", "100000"]);
    all.as_array().expect("people").iter().filter(|one| one["username"] == account).cloned().collect()
}

fn with_code(items: &[Value], code: &str) -> usize {
    items.iter().filter(|item| item["error"]["code"] == code).count()
}

#[test]
fn a_userid_that_wecom_gives_to_somebody_else_does_not_take_over_a_record() {
    let mut state = corp::empty();
    state.corps[0].apps[0].sensitive_fields = SensitiveFields::Shown;
    let corp = Corp::with(state);
    hand(&corp, "department/create", json!({"id": 2, "name": "R&D", "parentid": 1}));
    hand(&corp, "department/create", json!({"id": 3, "name": "Sales", "parentid": 1}));
    let member = |userid: &str, name: &str, department: u32, mobile: &str| json!({"userid": userid, "name": name, "department": [department], "mobile": mobile});
    for (number, name) in ["任零", "任一", "任二", "任三", "任四", "任五", "任六", "任七"].iter().enumerate()
    {
        hand(&corp, "user/create", member(&format!("r0{number}"), name, 2, &format!("1540000000{number}")));
    }
    // Enough others that one of them is no share of all.
    for number in 20..45 {
        let (userid, name) = (format!("s{number}"), format!("Other {number}"));
        hand(&corp, "user/create", member(&userid, &name, 2, &format!("154000010{number}")));
    }
    let house = House::ready(&corp, "wecom_upstream_full");
    house.sync(&[]).expect(0);
    // One left and the account goes to somebody else; of another nobody saw that he left; a third one married, a fourth has
    // another telephone.
    hand(&corp, "user/delete", json!({"userid": "r04"}));
    house.sync(&[]).expect(0);
    assert_eq!(person(&house, "r04")[0]["status"], "left");
    hand(&corp, "user/create", member("r04", "又不同", 3, "15411110004"));
    hand(&corp, "user/delete", json!({"userid": "r02"}));
    hand(&corp, "user/create", member("r02", "别人乙", 3, "15411110002"));
    hand(&corp, "user/update", json!({"userid": "r05", "name": "陈五"}));
    hand(&corp, "user/update", json!({"userid": "r06", "mobile": "15411110006"}));
    let run = house.sync(&[]).expect(3).json();
    let items = house.items(&run);
    assert_eq!(with_code(&items, "key_given_again"), 2, "{items:#?}");
    assert_eq!(
        (&run["counts"]["user"]["updated"], &run["counts"]["user"]["created"]),
        (&json!(2), &json!(0)),
        "{run:#}"
    );
    let (four, two) = (person(&house, "r04"), person(&house, "r02"));
    assert_eq!((&four[0]["name"], &four[0]["status"]), (&json!("任四"), &json!("left")));
    assert_eq!(two[0]["name"], "任二");
    assert_eq!(person(&house, "r05")[0]["name"], "陈五", "a marriage");
    assert!(person(&house, "r06")[0]["mobile"].to_string().contains("15411110006"), "a new telephone");
    // The leaver's account is another person's: a new record; the other one is the same after all.
    house.good(&["match", "decide", "main", "r04", "--other"]);
    house.good(&["match", "decide", "main", "r02", "--same"]);
    let run = house.sync(&[]).expect(0).json();
    assert_eq!(person(&house, "r02")[0]["name"], "别人乙", "{run:#}");
    let four = person(&house, "r04");
    assert_eq!(four.len(), 2, "{four:#?}");
    assert!(four.iter().any(|one| one["name"] == "任四" && one["status"] == "left"), "{four:#?}");
    assert!(four.iter().any(|one| one["name"] == "又不同" && one["status"] != "left"), "{four:#?}");
    let again = house.sync(&[]).expect(0).json();
    assert_eq!(again["status"], "succeeded_no_change", "{again:#}");
}

/// Nobody saw the former one leave: once somebody says that these are two people, he leaves in the run that makes the new one.
#[test]
fn the_former_holder_of_a_userid_leaves_when_it_is_said_to_be_anothers() {
    let mut state = corp::empty();
    state.corps[0].apps[0].sensitive_fields = SensitiveFields::Shown;
    let corp = Corp::with(state);
    hand(&corp, "department/create", json!({"id": 2, "name": "R&D", "parentid": 1}));
    hand(&corp, "department/create", json!({"id": 3, "name": "Sales", "parentid": 1}));
    let member = |userid: &str, name: &str, department: u32, mobile: &str| json!({"userid": userid, "name": name, "department": [department], "mobile": mobile});
    for (number, name) in ["任零", "任一", "王四", "任三", "任五", "任六"].iter().enumerate() {
        hand(&corp, "user/create", member(&format!("m{number}"), name, 2, &format!("1540000000{number}")));
    }
    let house = House::ready(&corp, "wecom_upstream_full");
    house.sync(&[]).expect(0);
    hand(&corp, "user/delete", json!({"userid": "m2"}));
    hand(&corp, "user/create", member("m2", "赵新", 3, "15411110002"));
    let run = house.sync(&[]).expect(3).json();
    assert_eq!(with_code(&house.items(&run), "key_given_again"), 1, "{run:#}");
    house.good(&["match", "decide", "main", "m2", "--other"]);
    let run = house.sync(&[]).expect(0).json();
    let two = person(&house, "m2");
    assert_eq!(two.len(), 2, "{two:#?} {run:#}");
    assert!(two.iter().any(|one| one["name"] == "王四" && one["status"] == "left"), "{two:#?}");
    assert!(two.iter().any(|one| one["name"] == "赵新" && one["status"] != "left"), "{two:#?}");
    let counts = &run["counts"]["user"];
    assert_eq!((&counts["removed"], &counts["created"]), (&json!(1), &json!(1)), "{run:#}");
    let again = house.sync(&[]).expect(0).json();
    assert_eq!(again["status"], "succeeded_no_change", "{again:#}");
}

#[test]
fn an_account_given_to_a_stranger_in_wecom_is_neither_moved_nor_disabled() {
    let corp = Corp::start();
    let house = House::new();
    house.connect(&corp);
    house.workflow("wecom_downstream_mirror");
    let mut organisation = Organisation::generated(3, 30);
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    house.sync(&[]).expect(0);
    for (userid, mobile) in [("user0028", "13644440028"), ("user0029", "13644440029")] {
        hand(&corp, "user/delete", json!({"userid": userid}));
        hand(&corp, "user/create", json!({"userid": userid, "name": "别人丁", "mobile": mobile, "department": [1]}));
    }
    organisation.people.remove("E0029");
    organisation.write(&house.source());
    house.import(&["--yes"]).expect(0);
    let writes = corp.writes();
    let run = house.sync(&[]).expect(3).json();
    let items = house.items(&run);
    assert_eq!(with_code(&items, "key_given_again"), 2, "{items:#?}");
    assert_eq!(corp.writes(), writes, "nobody is touched");
    assert_eq!((&corp.member("user0028")["department"], &corp.member("user0029")["enable"]), (&json!([1]), &json!(1)));
    // They are the same people after all, somebody says.
    for userid in ["user0028", "user0029"] {
        house.good(&["match", "decide", "main", userid, "--same"]);
    }
    let run = house.sync(&[]).expect(0).json();
    assert_eq!(
        (&run["counts"]["user"]["updated"], &run["counts"]["user"]["removed"]),
        (&json!(1), &json!(1)),
        "{run:#}"
    );
    assert_eq!(corp.member("user0029")["enable"], 0);
    let again = house.sync(&[]).expect(0).json();
    assert_eq!(again["status"], "succeeded_no_change", "{again:#}");
}

/// A row of a file whose name, number and address all become others is asked about, although its key and its account stay; what a
/// marriage and a new telephone change is not.
#[test]
fn a_row_that_keeps_its_account_alone_is_asked_about() {
    let house = House::new();
    let mut organisation = Organisation::generated(3, 40);
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    let all_new = |organisation: &mut Organisation, key: &str, number: usize| {
        organisation.change(key, "name", &format!("Somebody {number}"));
        organisation.change(key, "mobile", &format!("1541111{number:04}"));
        organisation.change(key, "email", &format!("other{number}@example.com"));
    };
    organisation.change("E0004", "name", "Married 0004");
    organisation.change("E0004", "mobile", "15411110004");
    organisation.change("E0005", "name", "Married 0005");
    organisation.change("E0005", "email", "married0005@example.com");
    organisation.change("E0006", "mobile", "15411110006");
    organisation.change("E0006", "email", "other0006@example.com");
    all_new(&mut organisation, "E0007", 7);
    organisation.write(&house.source());
    let run = house.import(&[]).expect(3).json();
    let items = house.items(&run);
    assert_eq!(with_code(&items, "key_given_again"), 1, "{items:#?}");
    assert_eq!(
        (&run["counts"]["user"]["updated"], &run["counts"]["user"]["ambiguous"]),
        (&json!(3), &json!(1)),
        "{run:#}"
    );
    assert_eq!(person(&house, "user0007")[0]["name"], "Person 0007");
    house.good(&["match", "decide", "import", "E0007", "--same"]);
    house.import(&[]).expect(0);
    assert_eq!(person(&house, "user0007")[0]["name"], "Somebody 7");
    assert_eq!(house.import(&[]).expect(0).json()["status"], "succeeded_no_change");
    // An account that is the key says no more than the key.
    organisation.change("E0008", "userid", "E0008");
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    organisation.change("E0008", "name", "Somebody 8");
    organisation.change("E0008", "mobile", "15411110008");
    organisation.change("E0008", "email", "");
    organisation.write(&house.source());
    let run = house.import(&[]).expect(3).json();
    assert_eq!(with_code(&house.items(&run), "key_given_again"), 1, "{run:#}");
}

#[test]
fn nobody_is_said_to_be_in_a_department_that_is_refused_in_the_same_run() {
    let corp = Corp::start();
    for (id, name, parent) in [(2, "North", 1), (3, "South", 1), (4, "Sales", 2), (5, "Sales", 3)] {
        hand(&corp, "department/create", json!({"id": id, "name": name, "parentid": parent}));
    }
    hand(&corp, "user/create", json!({"userid": "a4", "name": "Four", "department": [4], "mobile": "15400000004"}));
    hand(&corp, "user/create", json!({"userid": "a5", "name": "Five", "department": [5], "mobile": "15400000005"}));
    let range = json!({"departments": [4, 5], "users": [], "tags": []});
    corp.set_visible(corp::CORP_ID, corp::AGENT_ID, &serde_json::from_value(range).expect("a range")).expect("set");
    let house = House::new();
    let url = format!("base_url={}", corp.base_url());
    let (id, agent) = (format!("corp_id={}", corp::CORP_ID), format!("agent_id={}", corp::AGENT_ID));
    house.good(&[
        "connection",
        "add",
        "wecom",
        "--name",
        "main",
        "--set",
        &id,
        "--set",
        &url,
        "--set",
        &agent,
        "--secret",
        "app_secret=env:APP",
    ]);
    house.workflow("wecom_upstream_full");
    let run = house.sync(&[]).expect(3).json();
    // What is said of the second one is what there is: no department, and one that could not be used.
    assert_eq!(run["counts"]["user"]["created"], 2, "{run:#}");
    assert_eq!(run["counts"]["department"]["invalid"], 1, "{run:#}");
    assert!(run["notices"].to_string().contains("references_not_made"), "{run:#}");
}
