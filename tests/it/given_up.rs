//! A userid that WeCom gave up and gave again: the new holder gets neither the record of the former one, nor what stands for him.

use serde_json::{Value, json};

use super::support::{Corp, House, corp};

fn hand(corp: &Corp, call: &str, body: Value) {
    let answer = corp.by_hand(corp::CORP_ID, call, &body).expect("by hand");
    assert_eq!(answer["errcode"], 0, "{call} {body}: {answer}");
}

fn with_code(house: &House, run: &Value, code: &str) -> usize {
    house.items(run).iter().filter(|item| item["error"]["code"] == code).count()
}

fn named(house: &House, name: &str) -> Vec<Value> {
    let all = house.good(&["directory", "show", "user", "--reveal", "--limit", "1000"]);
    all.as_array().expect("people").iter().filter(|one| one["name"] == name).cloned().collect()
}

fn refused(house: &House, userid: &str) -> Value {
    house.ask(&["link", "resolve", "main", userid]).expect(1).json()["error"]["code"].clone()
}

/// A company whose contacts nobody is told, with so many members.
fn company(members: usize) -> Corp {
    let corp = Corp::with(corp::empty());
    for number in 0..members {
        let member = json!({"userid": format!("r{number:02}"), "name": format!("Person {number}"), "department": [1],
            "mobile": format!("154000000{number:02}")});
        hand(&corp, "user/create", member);
    }
    corp
}

#[test]
fn a_bound_userid_that_somebody_else_has_by_now_is_asked_about() {
    let corp = Corp::with(corp::empty());
    let house = House::ready(&corp, "wecom_upstream_bind");
    house.good(&["directory", "person", "add", "p1", "李雷"]);
    let member = |name: &str| json!({"userid": "li", "name": name, "department": [1], "mobile": "15400000001"});
    hand(&corp, "user/create", member("李雷"));
    house.sync(&[]).expect(0);
    assert_eq!(house.good(&["link", "resolve", "main", "li"])["username"], "p1");
    assert_eq!(house.sync(&[]).expect(0).json()["status"], "succeeded_no_change");
    hand(&corp, "user/delete", json!({"userid": "li"}));
    house.sync(&[]);
    hand(&corp, "user/create", member("王芳"));
    let run = house.sync(&[]).expect(3).json();
    assert_eq!(with_code(&house, &run, "key_given_again"), 1, "{run:#}");
    assert_eq!(refused(&house, "li"), "link_in_doubt");
    // Somebody says that it is the same person after all: that name is the one to go by from now on.
    house.good(&["match", "decide", "main", "li", "--same"]);
    house.sync(&[]).expect(0);
    assert_eq!(house.good(&["link", "resolve", "main", "li"])["username"], "p1");
    assert_eq!(house.sync(&[]).expect(0).json()["status"], "succeeded_no_change");
    // Another form of a name is no other person.
    hand(&corp, "user/update", json!({"userid": "li", "name": "王芳（外包）"}));
    house.sync(&[]).expect(0);
    hand(&corp, "user/update", json!({"userid": "li", "name": "赵六"}));
    let run = house.sync(&[]).expect(3).json();
    assert_eq!(with_code(&house, &run, "key_given_again"), 1, "{run:#}");
    assert_eq!(named(&house, "李雷").len(), 1, "nobody is changed by a binding");
}

/// The same where the name is filled only.
#[test]
fn a_name_that_is_only_filled_tells_who_has_a_userid() {
    let corp = company(10);
    let house = House::new();
    house.connect(&corp);
    let always = "name: \"{{source.name}}\"                                                   #";
    house.workflow_changed("wecom_upstream_full", &[(always, "name: {value: \"{{source.name}}\", write: fill} #")]);
    house.sync(&[]).expect(0);
    hand(&corp, "user/delete", json!({"userid": "r03"}));
    hand(&corp, "user/create", json!({"userid": "r03", "name": "赵六", "department": [1], "mobile": "15411110003"}));
    let run = house.sync(&[]).expect(3).json();
    assert_eq!(with_code(&house, &run, "key_given_again"), 1, "{run:#}");
    assert_eq!(refused(&house, "r03"), "link_in_doubt");
}

#[test]
fn a_userid_whose_removal_waits_is_not_the_next_holders() {
    let corp = company(10);
    let house = House::ready(&corp, "wecom_upstream_full");
    house.sync(&[]).expect(0);
    assert_eq!(house.good(&["link", "resolve", "main", "r03"])["name"], "Person 3");
    hand(&corp, "user/delete", json!({"userid": "r03"}));
    // One of ten is more than five of a hundred: the removal waits.
    house.ask(&["run", "sync", "--wait"]).expect(0);
    let open = house.good(&["removals", "list"]);
    assert_eq!(open.as_array().map(Vec::len), Some(1), "{open}");
    // Whoever comes with the userid now need not be he.
    assert_eq!(refused(&house, "r03"), "link_in_doubt");
    let sent = house.ask(&["message", "send", "hello", "--to", "r03"]).expect(1).json();
    assert_eq!(sent["error"]["code"], "message_in_doubt", "{sent}");
    hand(&corp, "user/create", json!({"userid": "r03", "name": "赵六", "department": [1], "mobile": "15411110003"}));
    for _ in 0..2 {
        let run = house.ask(&["run", "sync", "--wait"]).expect(3).json();
        assert_eq!(with_code(&house, &run, "key_given_again"), 1, "{run:#}");
        assert_eq!((named(&house, "Person 3").len(), named(&house, "赵六").len()), (1, 0), "{run:#}");
        assert_eq!(refused(&house, "r03"), "link_in_doubt");
    }
    house.good(&["match", "decide", "main", "r03", "--same"]);
    house.sync(&[]).expect(0);
    assert_eq!(house.good(&["link", "resolve", "main", "r03"])["name"], "赵六");
    let over = house.good(&["removals", "list"]);
    assert_eq!(over[0]["state"], "gone", "{over}");
    assert_eq!(house.sync(&[]).expect(0).json()["status"], "succeeded_no_change");
}

/// Who is kept although he is gone is still not whoever comes next; who comes back under his own name is.
#[test]
fn a_kept_person_is_not_the_next_holder_and_comes_back_as_himself() {
    let corp = company(30);
    let house = House::ready(&corp, "wecom_upstream_full");
    house.sync(&[]).expect(0);
    for userid in ["r03", "r04"] {
        hand(&corp, "user/delete", json!({"userid": userid}));
    }
    house.ask(&["run", "sync", "--wait"]).expect(0);
    let open = house.good(&["removals", "list"]);
    for one in open.as_array().expect("removals") {
        house.good(&["removals", "keep", one["id"].as_str().expect("an id")]);
    }
    house.ask(&["run", "sync", "--wait"]).expect(0);
    assert_eq!(house.good(&["link", "resolve", "main", "r03"])["name"], "Person 3", "somebody said so");
    hand(&corp, "user/create", json!({"userid": "r03", "name": "赵六", "department": [1], "mobile": "15411110003"}));
    hand(
        &corp,
        "user/create",
        json!({"userid": "r04", "name": "Person 4", "department": [1], "mobile": "15411110004"}),
    );
    let run = house.ask(&["run", "sync", "--wait"]).expect(3).json();
    assert_eq!(with_code(&house, &run, "key_given_again"), 1, "{run:#}");
    assert_eq!(house.good(&["link", "resolve", "main", "r04"])["name"], "Person 4");
}

/// Leaving and coming back is no way in for whoever waits to be let in; whoever was let in comes back as before.
#[test]
fn whoever_waits_for_a_review_still_waits_when_he_is_back() {
    let people = ["ann", "bob", "cid"];
    let mut state = corp::empty();
    for userid in people.into_iter().map(String::from).chain((0..60).map(|number| format!("other{number:02}"))) {
        let member = json!({"userid": userid, "name": userid, "department": [1], "status": 1});
        state.corps[0].users.push(serde_json::from_value(member).expect("a member"));
    }
    let corp = Corp::with(state);
    let house = House::new();
    house.connect(&corp);
    let rules = "match: [linked, source.userid == target.username, source.mobile == target.mobile, source.email == target.email]";
    house.workflow_changed("wecom_upstream_full", &[(rules, &format!("review: new\n    {rules}"))]);
    house.sync(&[]).expect(0);
    let status = || people.map(|name| named(&house, name)[0]["status"].as_str().unwrap_or_default().to_string());
    assert_eq!(status(), ["pending_review"; 3]);
    house.good(&["directory", "review", "--approve", "cid"]);
    house.sync(&[]).expect(0);
    // One leaves by his row (5: he left the company), the others are gone.
    let of = |userid: &str, status: u8| {
        let mut state = corp.state();
        let member = state.corps[0].users.iter_mut().find(|user| user.userid == userid).expect("a member");
        member.status = Some(status);
        corp.load(state).expect("a state");
    };
    of("ann", 5);
    for userid in ["bob", "cid"] {
        hand(&corp, "user/delete", json!({"userid": userid}));
    }
    house.sync(&[]).expect(0);
    assert_eq!(status(), ["left"; 3]);
    of("ann", 1);
    for userid in ["bob", "cid"] {
        let email = format!("{userid}@example.com");
        hand(&corp, "user/create", json!({"userid": userid, "name": userid, "department": [1], "email": email}));
    }
    house.sync(&[]).expect(0);
    assert_eq!(status(), ["pending_review", "pending_review", "active"]);
    house.good(&["directory", "review", "--approve", "ann", "--approve", "bob"]);
    house.sync(&[]).expect(0);
    assert_eq!(status(), ["active"; 3]);
    assert_eq!(house.sync(&[]).expect(0).json()["status"], "succeeded_no_change");
}
