//! WeCom's userids are caseless: it may write one this way today and that way tomorrow, and so may people. One account stays one
//! member and one person.

use serde_json::{Value, json};
use wecom_sim::state::SensitiveFields;

use super::support::{Corp, House, Organisation, corp};

fn hand(corp: &Corp, call: &str, body: Value) {
    corp.by_hand(corp::CORP_ID, call, &body).expect("by hand");
}

/// From now on WeCom writes this userid so.
fn respell(corp: &Corp, from: &str, to: &str) {
    let mut state = corp.state();
    let company = &mut state.corps[0];
    assert!(company.users.iter().any(|user| user.userid == from), "there is no {from}");
    for user in &mut company.users {
        user.userid = user.userid.replace(from, to);
        user.direct_leader.iter_mut().for_each(|leader| *leader = leader.replace(from, to));
    }
    corp.load(state).expect("the state holds together");
}

fn people(house: &House, account: &str) -> Vec<Value> {
    let all = house.good(&["directory", "show", "user", "--reveal", "--limit", "1000"]);
    let is = |one: &&Value| one["username"].as_str().is_some_and(|name| name.eq_ignore_ascii_case(account));
    all.as_array().expect("people").iter().filter(is).cloned().collect()
}

/// A company of which the app shows everything, in the directory.
fn upstream() -> (Corp, House) {
    let mut state = corp::empty();
    state.corps[0].apps[0].sensitive_fields = SensitiveFields::Shown;
    let corp = Corp::with(state);
    hand(&corp, "department/create", json!({"id": 2, "name": "R&D", "parentid": 1}));
    let member = |userid: &str, name: &str, number: u32| json!({"userid": userid, "name": name, "department": [2], "mobile": format!("154000100{number}")});
    hand(&corp, "user/create", member("ZhangSan", "张三", 10));
    hand(&corp, "user/create", member("lisi", "李四", 11));
    for number in 20..45 {
        hand(&corp, "user/create", member(&format!("s{number}"), &format!("Other {number}"), number));
    }
    let house = House::ready(&corp, "wecom_upstream_full");
    house.sync(&[]).expect(0);
    (corp, house)
}

#[test]
fn a_userid_that_wecom_writes_in_another_case_stays_one_person() {
    let (corp, house) = upstream();
    let id = people(&house, "zhangsan")[0]["id"].clone();
    respell(&corp, "ZhangSan", "zhangsan");
    respell(&corp, "lisi", "LiSi");
    let run = house.sync(&[]).expect(0).json();
    assert_eq!(run["status"], "succeeded_no_change", "{run:#}");
    // What changes arrives, also at whoever refers to the account.
    hand(&corp, "user/update", json!({"userid": "zhangsan", "position": "Architect"}));
    hand(&corp, "user/update", json!({"userid": "s20", "direct_leader": ["zhangsan"]}));
    let run = house.sync(&[]).expect(0).json();
    assert_eq!(run["counts"]["user"]["updated"], 2, "{run:#}");
    let zhang = people(&house, "zhangsan");
    assert_eq!((zhang.len(), &zhang[0]["id"], &zhang[0]["title"]), (1, &id, &json!("Architect")), "{zhang:#?}");
    assert_eq!(people(&house, "s20")[0]["managers"], json!([id]));
    for account in ["ZhangSan", "zhangsan", "ZHANGSAN"] {
        let found = house.good(&["link", "resolve", "main", account]);
        assert_eq!(found["id"], id, "{account}: {found}");
    }
    assert_eq!(house.ask(&["link", "resolve", "main", "zhangsa"]).code, 1);
    // Whoever is gone is gone.
    hand(&corp, "user/delete", json!({"userid": "lisi"}));
    house.sync(&[]).expect(0);
    assert_eq!(people(&house, "lisi")[0]["status"], "left");
    assert_eq!(people(&house, "zhangsan")[0]["status"], "active");
}

#[test]
fn people_decide_about_an_account_in_any_case() {
    for (account, answer) in [("ZHANGSAN", "--same"), ("ZhangSan", "--same"), ("ZHANGSAN", "--other")] {
        let (corp, house) = upstream();
        if answer == "--other" {
            hand(&corp, "user/delete", json!({"userid": "ZhangSan"}));
            house.sync(&[]).expect(0);
            let new = json!({"userid": "zhangsan", "name": "王五", "department": [2], "mobile": "15411110010"});
            hand(&corp, "user/create", new);
        } else {
            respell(&corp, "ZhangSan", "zhangsan");
            let mut state = corp.state();
            let one = state.corps[0].users.iter_mut().find(|user| user.userid == "zhangsan").expect("the member");
            (one.name, one.mobile) = ("王五".into(), "15411110010".into());
            corp.load(state).expect("the state holds together");
        }
        let run = house.sync(&[]).expect(3).json();
        assert_eq!(run["counts"]["user"]["ambiguous"], 1, "{run:#}");
        house.good(&["match", "decide", "main", account, answer]);
        let run = house.sync(&[]).expect(0).json();
        let found = people(&house, "zhangsan");
        let mut named: Vec<(&str, bool)> =
            found.iter().map(|one| (one["name"].as_str().expect("a name"), one["status"] != "left")).collect();
        named.sort_unstable();
        match answer {
            "--same" => assert_eq!(named, [("王五", true)], "{run:#}"),
            _ => assert_eq!(named, [("张三", false), ("王五", true)], "{run:#}"),
        }
        let again = house.sync(&[]).expect(0).json();
        assert_eq!(again["status"], "succeeded_no_change", "{again:#}");
    }
}

#[test]
fn a_member_whom_wecom_writes_in_another_case_is_the_linked_one_downstream_too() {
    let (corp, house) = (Corp::start(), House::new());
    house.connect(&corp);
    house.workflow("wecom_downstream_mirror");
    let mut organisation = Organisation::generated(4, 40);
    let sync = |organisation: &Organisation| {
        organisation.write(&house.source());
        house.import(&[]).expect(0);
        house.sync(&[]).expect(0).json()
    };
    sync(&organisation);
    for number in [3, 7, 8] {
        respell(&corp, &format!("user{number:04}"), &format!("USER{number:04}"));
    }
    assert_eq!(sync(&organisation)["status"], "succeeded_no_change");
    // Somebody is changed, somebody leaves, and his number goes to another one.
    organisation.change("E0003", "position", "Architect");
    organisation.people.remove("E0007");
    let run = sync(&organisation);
    assert_eq!(corp.member("USER0003")["position"], "Architect", "{run:#}");
    assert_eq!(corp.member("USER0007")["enable"], 0, "{run:#}");
    // A member made by hand is the one whom the source brings later, however its account is written.
    let by_hand = json!({"userid": "User0050", "name": "Person 0050", "mobile": "15400000050", "department": [1]});
    hand(&corp, "user/create", by_hand);
    organisation.person(50, "T001", "E0001");
    let run = sync(&organisation);
    assert_eq!(run["counts"]["user"]["created"], 0, "{run:#}");
    assert_eq!(corp.member("user0050"), Value::Null, "{run:#}");
    assert_eq!(corp.member("User0050")["email"], "user0050@example.com", "{run:#}");
    assert_eq!(sync(&organisation)["status"], "succeeded_no_change");
}
