//! Namesakes of a first run wait for a person before anybody is made beside them, and whoever binds two finds them by name.

use serde_json::{Value, json};
use wecom_sim::state::{DepartmentState, UserState};

use super::support::{Api, Corp, House, Organisation, Shown, corp};

/// 示例公司 with one 刘洋 and one 孙丽, whose numbers nobody of the source has.
fn in_use() -> Corp {
    let mut state = corp::empty();
    let company = &mut state.corps[0];
    company.name = "示例公司".into();
    let unit = |id, name: &str| DepartmentState { id, parentid: 1, name: name.into(), ..Default::default() };
    company.departments = vec![unit(2, "研发中心"), unit(3, "运营部")];
    let member = |userid: &str, name: &str, department: u32, mobile: &str| UserState {
        userid: userid.into(),
        name: name.into(),
        mobile: mobile.into(),
        department: vec![department],
        // Not activated yet: the number may still change.
        status: Some(4),
        ..Default::default()
    };
    company.users = vec![member("LiuYang", "刘洋", 2, "13900000001"), member("SunLi", "孙丽", 3, "13900000002")];
    Corp::with(state)
}

/// A source with two of that name, in other departments and with other numbers.
fn with_two() -> Organisation {
    let mut source = Organisation::default();
    source.department("D0", "", "示例公司", 1);
    for (number, (id, name)) in [("D1", "研发中心"), ("D2", "运营部"), ("D3", "财务部")].into_iter().enumerate()
    {
        source.department(id, "D0", name, number + 1);
    }
    for (number, name, department) in [(1, "刘洋", "D2"), (2, "刘洋", "D3"), (3, "周新", "D1")] {
        source.person(number, department, "");
        let id = format!("E{number:04}");
        source.change(&id, "name", name);
        source.change(&id, "mobile", &format!("1380000{number:04}"));
        source.change(&id, "email", "");
        source.change(&id, "is_leader", "0");
    }
    source
}

fn prepared(corp: &Corp) -> House {
    let house = House::new();
    with_two().write(&house.source());
    house.import(&["--yes"]).expect(0);
    house.connect(corp);
    house.workflow("wecom_downstream_full");
    corp.clear_requests();
    house
}

fn notice<'a>(run: &'a Value, code: &str) -> Option<&'a Value> {
    run["notices"].as_array().expect("notices").iter().find(|notice| notice["code"] == code)
}

/// Whoever would be made beside somebody of his name, by the name and account in the directory.
fn beside(house: &House) -> Vec<(String, Value)> {
    let list = house.good(&["match", "list", "--connection", "main", "--filter", "beside"]);
    let open = list["open"].as_array().expect("a list").iter();
    open.map(|one| (one["name"].as_str().expect("a name").to_string(), one.clone())).collect()
}

#[test]
fn whoever_would_be_made_beside_a_namesake_waits_for_a_decision_that_counts() {
    let corp = in_use();
    let house = prepared(&corp);
    let held = house.sync(&[]).expect(4).json();
    let told = notice(&held, "adopt_beside").unwrap_or_else(|| panic!("it is told: {}", held["notices"]));
    let next = &told["next"];
    assert_eq!((&next["kind"], &next["connection"]), (&json!("list_matching"), &json!("main")), "{told}");
    assert_eq!(next["run"], held["run"], "{told}");

    let open = beside(&house);
    let names: Vec<&str> = open.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["刘洋 (user0001)", "刘洋 (user0002)"], "周新 has no namesake: {open:#?}");
    for (_, one) in &open {
        assert_eq!((&one["run"], &one["error"]["code"]), (&held["run"], &json!("made_beside")), "{one}");
        assert_eq!(one["candidates"].as_array().map(Vec::len), Some(1), "{one}");
        let candidate = &one["candidates"][0];
        assert_eq!((&candidate["key"], &candidate["department"]), (&json!("LiuYang"), &json!("研发中心")), "{one}");
        assert!(one["item"].as_str().is_some_and(|item| item.starts_with("u:")), "{one}");
    }
    assert_eq!([&open[0].1["at"], &open[1].1["at"]], [&json!("运营部"), &json!("财务部")]);
    let id = |one: &Value| one["item"].as_str().expect("an item").trim_start_matches("u:").to_string();
    let (first, second) = (id(&open[0].1), id(&open[1].1));

    // Of one it is said that he is somebody else, of the other that he is the same: neither is decided about the other.
    house.good(&["match", "decide", "main", "LiuYang", "--other", "--candidate", &second]);
    let decided: Vec<usize> =
        beside(&house).iter().map(|(_, one)| one["decided"].as_array().map_or(0, Vec::len)).collect();
    assert_eq!(decided, [0, 1]);
    house.good(&["match", "decide", "main", "LiuYang", "--same", "--candidate", &first]);
    let before = corp.now();
    house.ask(&["runs", "reject", held["run"].as_str().expect("an id")]).expect(0);

    let held = house.sync(&[]).expect(4).json();
    assert_eq!(notice(&held, "adopt_beside"), None, "nobody is made beside unasked: {}", held["notices"]);
    assert!(beside(&house).is_empty());
    assert_eq!(corp.now(), before, "nothing was written so far");
    let run = house.ask(&["runs", "approve", held["run"].as_str().expect("an id")]).expect(0).json();
    assert_eq!(run["counts"]["user"]["created"], 2, "the other 刘洋 and 周新: {run}");
    assert_eq!(corp.member("LiuYang")["department"], json!([3]), "he is the one of 运营部");
    assert_eq!(corp.member("user0001"), Value::Null);
    assert_eq!(corp.member("user0002")["name"], "刘洋");
    let again = house.sync(&[]).expect(0).json();
    assert_eq!((&again["status"], &again["api"]["writes"]), (&json!("succeeded_no_change"), &json!(0)), "{again}");
    assert!(beside(&house).is_empty());
}

/// An approval makes them; from then on there is nothing to ask.
#[test]
fn what_was_approved_and_made_waits_no_longer() {
    let corp = in_use();
    let house = prepared(&corp);
    // A plan alone shows them, too.
    let plan = house.ask(&["plan", "sync"]).json();
    assert_eq!(plan["counts"]["user"]["create"], 3, "{plan}");
    assert_eq!(beside(&house).len(), 2);
    let held = house.sync(&[]).expect(4).json();
    assert_eq!(beside(&house).len(), 2);
    let run = house.ask(&["runs", "approve", held["run"].as_str().expect("an id")]).expect(0).json();
    assert_eq!(run["counts"]["user"]["created"], 3, "{run}");
    assert!(beside(&house).is_empty());
    let items = house.items(&run);
    let made: Vec<&Value> = items.iter().filter(|item| item["object"]["name"] == "刘洋").collect();
    assert_eq!(made.len(), 2, "{items:#?}");
    for item in made {
        assert!(item["warnings"].to_string().contains("made_beside"), "the log says what was approved: {item}");
    }
}

fn calls(corp: &Corp) -> u64 {
    corp.counts().calls.values().sum()
}

#[test]
fn people_of_a_connection_are_found_by_name_pinyin_and_account_and_say_who_they_are() {
    let corp = in_use();
    let house = prepared(&corp);
    let held = house.sync(&[]).expect(4).json();
    let open = beside(&house);
    let first = open[0].1["item"].as_str().expect("an item").trim_start_matches("u:").to_string();
    let server = house.serve();
    let api = Api::of(&house);
    let owner = api.first_owner(&house);
    let found = |shown: &Shown, query: &str| api.get(shown, &format!("/connections/main/people?find={query}")).is(200);

    for query in ["%E5%88%98", "%E6%B4%8B", "liuy", "ly", "LIUYANG"] {
        let page = found(&owner, query);
        assert_eq!((&page["total"], &page["items"][0]["key"]), (&json!(1), &json!("LiuYang")), "{query}: {page}");
    }
    let expected = json!({
        "key": "LiuYang", "label": "刘洋", "departments": ["示例公司/研发中心"], "number": null,
        "mobile": null, "status": "active", "linked": null,
    });
    assert_eq!(found(&owner, "ly")["items"][0], expected);
    // WeCom shows no application the numbers of members.
    assert_eq!(found(&owner, "ly&reveal=true")["items"][0]["mobile"], Value::Null);
    assert_eq!(found(&owner, "nobody"), json!({"items": [], "total": 0}));

    // Whoever types does not read the company with each letter; whoever wants to have it anew says so.
    let before = calls(&corp);
    found(&owner, "l");
    assert_eq!(calls(&corp), before);
    found(&owner, "l&again=true");
    assert!(calls(&corp) > before);

    // A token of its own sees whom it may link, and reveals nothing.
    let may = json!({"name": "links", "permissions": ["link:view", "link:manage"]}).to_string();
    let made = api.ask("POST", "/api/v1/tokens", &owner.session(), Some(&may)).is(200);
    let token = made["token"].as_str().expect("a token").to_string();
    let viewer = Shown { token, cookie: String::new(), csrf: String::new() };
    assert_eq!(found(&viewer, "ly")["total"], 1);
    let people = |query: &str| api.get(&viewer, &format!("/connections/{query}"));
    people("main/people?find=ly&reveal=true").refused(403, "not_permitted");
    people("main/people?find=%20").refused(422, "people_whom");
    people("main/people").refused(422, "people_whom");
    people("nowhere/people?find=ly").refused(404, "connection_missing");
    server.stop();

    // Who it is stands with it once the two are linked.
    house.good(&["link", "add", "LiuYang", &first, "--connection", "main"]);
    house.ask(&["runs", "reject", held["run"].as_str().expect("an id")]).expect(0);
    let held = house.sync(&[]).expect(4).json();
    house.ask(&["runs", "approve", held["run"].as_str().expect("an id")]).expect(0);
    let now = house.good(&["link", "people", "main", "LiuYang"]);
    assert_eq!(now[0]["linked"], json!({"id": first, "label": "刘洋 (user0001)"}), "{now}");
    let told = house.text(&["link", "people", "main", "孙丽"]).expect(0).out;
    assert!(told.contains("SunLi") && told.contains("示例公司/运营部"), "{told}");
}

#[test]
fn people_of_a_connection_that_does_not_answer_are_not_found_with_its_reason() {
    let corp = in_use();
    let house = prepared(&corp);
    let refused = wecom_sim::Effect::Error { errcode: 60020, errmsg: None };
    let rules = ["department/list", "department/simplelist", "user/list_id"]
        .map(|api| wecom_sim::FaultRule::new(format!("/cgi-bin/{api}"), refused.clone()));
    corp.set_faults(wecom_sim::Faults::rules(rules));
    let answer = house.text(&["link", "people", "main", "ly", "--lang", "en"]).expect(1).err;
    assert!(answer.contains("cannot be read") && answer.contains("trusted IP"), "{answer}");
}
