//! A company that has members already: the first run shows what it would link, and makes nobody beside himself.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use wecom_sim::state::{DepartmentState, UserState};

use super::support::{
    Corp, House, Organisation, corp,
    organisation::{self, get},
    samples,
};

/// The calls that make or delete something.
const MAKING: [&str; 4] = ["department/create", "department/delete", "user/create", "user/delete"];

fn codes(list: &Value) -> Vec<&str> {
    list.as_array().expect("a list").iter().filter_map(|item| item["code"].as_str()).collect()
}

fn calls(corp: &Corp, path: &str) -> u64 {
    corp.counts().calls.get(&format!("/cgi-bin/{path}")).copied().unwrap_or(0)
}

fn userids(now: &Value) -> BTreeSet<String> {
    organisation::members(now).map(|(userid, _)| userid.to_owned()).collect()
}

/// 示例公司 with three departments and people whose accounts and numbers were chosen by hand.
fn by_hand() -> Corp {
    let mut state = corp::empty();
    let company = &mut state.corps[0];
    company.name = "示例公司".into();
    let unit = |id, parentid, name: &str| DepartmentState { id, parentid, name: name.into(), ..Default::default() };
    company.departments = vec![unit(2, 1, "研发中心"), unit(3, 2, "后端组"), unit(4, 1, "运营部")];
    let member = |userid: &str, name: &str, department: u32, mobile: &str| UserState {
        userid: userid.into(),
        name: name.into(),
        mobile: mobile.into(),
        department: vec![department],
        status: Some(1),
        ..Default::default()
    };
    company.users = vec![
        member("ZhangWei", "张伟", 2, "+86 138-0000-0001"),
        member("LiNa", "李娜", 3, "13800000002"),
        member("WangFang", "王芳", 4, "13800000003"),
        member("LiuYang1", "刘洋", 2, "13800000004"),
        member("LiuYang2", "刘洋", 4, "13800000005"),
        // In another department than the source says.
        member("ZhaoLei", "赵磊", 4, "+86 138 0000 0006"),
        // Written in letters.
        member("wang.qiang", "Wang Qiang", 3, "13800000008"),
        // Nobody of the source.
        member("SunLi", "孙丽", 4, "13800000099"),
    ];
    Corp::with(state)
}

fn in_the_source() -> Organisation {
    let mut source = Organisation::default();
    source.department("D0", "", "示例公司", 1);
    source.department("D1", "D0", "研发中心", 1);
    source.department("D2", "D1", "后端组", 1);
    source.department("D3", "D0", "运营部", 2);
    source.department("D4", "D0", "财务部", 3);
    for (number, name, department) in [
        (1, "张伟", "D1"),
        (2, "李娜", "D2"),
        (3, "王芳", "D3"),
        (4, "刘洋", "D1"),
        (5, "刘洋", "D3"),
        (6, "赵磊", "D2"),
        (8, "王强", "D2"),
        (9, "周新", "D4"),
        (10, "老板", "D0"),
    ] {
        source.person(number, department, "");
        let id = format!("E{number:04}");
        source.change(&id, "name", name);
        source.change(&id, "mobile", &format!("1380000{number:04}"));
        source.change(&id, "email", "");
        source.change(&id, "is_leader", "0");
    }
    source
}

/// An installation that has read the source and is connected to the company.
fn prepared(corp: &Corp, source: &Organisation, settings: &[&str]) -> House {
    let house = House::new();
    source.write(&house.source());
    house.import(&["--yes"]).expect(0);
    house.connect_with(corp, settings, true);
    house.workflow("wecom_downstream_full");
    corp.clear_requests();
    house
}

#[test]
fn a_first_run_shows_whom_it_would_link_and_links_them_once_confirmed() {
    let corp = by_hand();
    let with_a_namesake = || {
        let mut source = in_the_source();
        // In the same department: the number says who of the two is there.
        source.person(12, "D1", "");
        source.change("E0012", "name", "张伟");
        source
    };
    let house = prepared(&corp, &with_a_namesake(), &[]);
    let before = corp.now();

    // --yes approves a plan, not the people it takes for others.
    let held = house.sync(&[]).expect(4).json();
    assert_eq!(held["status"], "held");
    assert!(codes(&held["why"]).contains(&"adopt"), "{}", held["why"]);
    for told in ["source_root", "adopt_linked", "adopt_apart"] {
        assert!(codes(&held["notices"]).contains(&told), "{told}: {}", held["notices"]);
    }
    assert!(held["notices"].to_string().contains("孙丽 (SunLi)"), "{}", held["notices"]);
    assert_eq!(corp.now(), before, "nothing was written");

    let id = held["run"].as_str().expect("an id");
    // Who is taken for whom can be seen before it is approved, also where nothing else would change.
    let items = house.good(&["runs", "items", id, "--limit", "100"]);
    // 赵磊 moves to a department that the same plan links: it is called by its name, and not by a number.
    let moved =
        items.as_array().expect("items").iter().find(|item| item["object"]["name"].to_string().contains("赵磊"));
    assert!(moved.is_some_and(|item| item.to_string().contains("后端组")), "{moved:?}");
    let taken = |action: &str, kind: &str| {
        let items = items.as_array().expect("items").iter();
        let those = items.filter(|item| item["action"] == action && item["object"]["type"] == kind);
        those.map(|item| item["object"]["target"].as_str().unwrap_or_default().to_string()).collect::<BTreeSet<_>>()
    };
    let people: BTreeSet<String> = &taken("link", "user") | &taken("update", "user");
    let mut there = userids(&before);
    there.remove("SunLi");
    assert_eq!(people, there, "{items}");
    assert!(!taken("link", "department").is_empty(), "{items}");
    let run = house.ask(&["runs", "approve", id]).expect(0).json();
    assert_eq!(run["status"], "succeeded", "{run}");
    assert_eq!(run["counts"]["user"]["created"], 3, "周新, the boss and the second 张伟 are new: {run}");
    assert_eq!(run["counts"]["department"]["created"], 1, "{run}");
    let now = corp.now();
    let mut expected = userids(&before);
    expected.extend(["user0009".to_owned(), "user0010".to_owned(), "user0012".to_owned()]);
    assert_eq!(userids(&now), expected);
    let paths: BTreeSet<String> = organisation::paths(&now).into_values().collect();
    let wanted = ["研发中心", "研发中心/后端组", "运营部", "财务部"];
    assert_eq!(paths, wanted.map(String::from).into(), "no second tree");
    // Who was linked is kept as the source says from now on.
    assert_eq!(corp.member("ZhaoLei")["department"], serde_json::json!([3]));
    assert_eq!(corp.member("wang.qiang")["name"], "王强");
    assert_eq!(corp.member("user0010")["department"], serde_json::json!([1]), "people of the company itself");
    assert_eq!(
        corp.member("SunLi"),
        before["users"]
            .as_array()
            .expect("users")
            .iter()
            .find(|user| user["userid"] == "SunLi")
            .cloned()
            .expect("there")
    );
    assert_eq!((calls(&corp, "user/delete"), calls(&corp, "department/delete")), (0, 0));

    let again = house.sync(&[]).expect(0).json();
    assert_eq!((&again["status"], &again["api"]["writes"]), (&"succeeded_no_change".into(), &0.into()), "{again}");

    // Another name of the company, there or here, is no other company.
    let mut renamed = with_a_namesake();
    renamed.departments.get_mut("D0").expect("the root").insert("name".into(), "示例集团".into());
    // And somebody who looks like one of those left alone is not made beside her.
    for id in [11, 13] {
        renamed.person(id, "D3", "");
        renamed.change(&format!("E{id:04}"), "name", "孙丽");
    }
    renamed.write(&house.source());
    house.import(&["--yes"]).expect(0);
    let third = house.sync(&[]).expect(3).json();
    assert_eq!(third["counts"]["user"]["ambiguous"], 2, "{third}");
    let items = house.items(&third);
    // Namesakes that wait are told apart, and what is decided about one is not decided about the other.
    let told = house.text(&["runs", "items", third["run"].as_str().expect("an id")]).expect(0).out;
    for words in ["孙丽 (user0011, E0011, /", "孙丽 (user0013, E0013, /"] {
        assert!(told.contains(words), "{words}: {told}");
    }
    let open = || house.good(&["match", "list", "--connection", "main"])["open"].as_array().expect("a list").clone();
    assert_eq!(open().len(), 2, "{:?}", open());
    house.good(&["match", "decide", "main", "SunLi", "--same", "--candidate", "user0013"]);
    let decided: Vec<(String, usize)> = open()
        .iter()
        .map(|one| (one["name"].as_str().unwrap_or_default().into(), one["decided"].as_array().map_or(0, Vec::len)))
        .collect();
    assert_eq!(decided, [("孙丽 (user0013)".to_string(), 1)], "SunLi is not the other one");
    let like = items.iter().find(|item| item.to_string().contains("looks_like")).expect("the item");
    assert!(like.to_string().contains("SunLi"), "{like}");
    assert_eq!(userids(&corp.now()), expected, "nobody was made");
    assert_eq!(corp.now()["departments"].as_array().expect("departments").len(), 5);
}

#[test]
fn a_department_of_that_name_can_be_wanted_below_the_company() {
    let corp = by_hand();
    let house = prepared(&corp, &in_the_source(), &["source_root=department"]);
    let held = house.sync(&[]).expect(4).json();
    assert!(codes(&held["why"]).contains(&"adopt"), "{}", held["why"]);
    assert!(codes(&held["notices"]).contains(&"adopt_beside"), "a second tree is told: {}", held["notices"]);
    assert!(!codes(&held["notices"]).contains(&"source_root"), "{}", held["notices"]);
    house.ask(&["runs", "reject", held["run"].as_str().expect("an id")]).expect(0);

    // A plan is not approved: what it says of the next step can be done, and nobody calls it harmless.
    let told = house.text(&["plan", "sync"]);
    let told = told.out + &told.err;
    assert!(told.contains("idflow run sync") && !told.contains("idflow runs approve"), "{told}");
    let runs = house.good(&["runs", "list", "--workflow", "sync"]);
    let plan = runs.as_array().expect("runs").iter().find(|run| run["mode"] == "plan").expect("the plan");
    let refused = house.text(&["runs", "approve", plan["run"].as_str().expect("an id")]).expect(1);
    assert!(refused.err.contains("only a plan") && refused.err.contains("idflow run sync"), "{}", refused.err);
    let why = house.text(&["why", "周新"]);
    assert!(why.out.contains("only planned; a run would be held") && !why.out.contains("within all"), "{}", why.out);
}

#[test]
fn an_empty_company_asks_nobody() {
    let mut state = corp::empty();
    state.corps[0].name = "示例公司".into();
    let corp = Corp::with(state);
    let house = prepared(&corp, &in_the_source(), &[]);
    let run = house.sync(&[]).expect(0).json();
    assert_eq!(run["status"], "succeeded", "{run}");
    let now = corp.now();
    let names: Vec<&str> =
        now["departments"].as_array().expect("departments").iter().filter_map(|row| row["name"].as_str()).collect();
    assert_eq!(names.iter().filter(|name| **name == "示例公司").count(), 1, "{names:?}");
    assert_eq!((calls(&corp, "user/getuserid"), calls(&corp, "user/get")), (0, 0), "there is nobody to compare with");
}

/// Numbers and accounts go from one to the next. Who gets those of a leaver does not get the leaver's account with them, in a
/// first run and in every later one, until a person says that the two are one.
#[test]
fn a_recycled_number_or_account_gives_nobody_the_account_of_somebody_else() {
    let mut state = by_hand().state();
    let company = &mut state.corps[0];
    let member = |userid: &str, name: &str, mobile: &str, works: bool| UserState {
        userid: userid.into(),
        name: name.into(),
        mobile: mobile.into(),
        department: vec![4],
        status: Some(if works { 1 } else { 2 }),
        enable: Some(u8::from(works)),
        ..Default::default()
    };
    company.users.extend([
        member("old", "离职者", "13800000020", false),
        member("former", "张伟杰", "13800000021", true),
        member("user0022", "钱一", "13800000022", true),
        member("user0023", "孙回", "13800000023", false),
    ]);
    let corp = Corp::with(state);
    let mut source = in_the_source();
    for (number, name, mobile) in [
        // A new colleague with the number of a disabled leaver.
        (20, "新人", "13800000020"),
        // Another one with the number of somebody who is there, and that one with a new number.
        (21, "赵新", "13800000021"),
        (24, "张伟杰", "13800000024"),
        // The account itself, with another name.
        (22, "钱二", "13800000022"),
        // The same account and name, which were switched off.
        (23, "孙回", "13800000023"),
    ] {
        source.person(number, "D3", "");
        let id = format!("E{number:04}");
        source.change(&id, "name", name);
        source.change(&id, "mobile", mobile);
        source.change(&id, "email", "");
        source.change(&id, "is_leader", "0");
    }
    let house = prepared(&corp, &source, &[]);
    let held = house.sync(&[]).expect(4).json();
    for told in ["adopt_linked", "adopt_renamed", "adopt_doubted"] {
        assert!(codes(&held["notices"]).contains(&told), "{told}: {}", held["notices"]);
    }
    let told = held["notices"].to_string();
    assert!(told.contains("钱一 (user0022) → 钱二") && told.contains("新人"), "{told}");
    house.ask(&["runs", "approve", held["run"].as_str().expect("an id")]).expect(3);
    let untouched = |corp: &Corp| {
        for (userid, name) in [("old", "离职者"), ("user0023", "孙回")] {
            let there = corp.member(userid);
            assert_eq!((&there["name"], &there["enable"]), (&name.into(), &0.into()), "{there}");
        }
    };
    untouched(&corp);
    assert_eq!(corp.member("former")["name"], "张伟杰", "whoever has his number is somebody else");
    assert_eq!(corp.member("user0022")["name"], "钱二", "what the hold said and somebody approved");

    // Later: somebody made an account by hand that the source gives to a new colleague.
    let mut state = corp.state();
    state.corps[0].users.push(member("user0025", "李别", "13800000098", true));
    corp.load(state).expect("the state holds together");
    source.person(25, "D3", "");
    source.change("E0025", "name", "冯新");
    source.change("E0025", "email", "");
    source.write(&house.source());
    house.import(&["--yes"]).expect(0);
    // The numbers of two new colleagues are still those of others, so WeCom refuses both, and nothing else is to do.
    let run = house.sync(&[]).expect(1).json();
    let codes: BTreeMap<String, String> = (house.items(&run).iter())
        .filter(|item| item["outcome"] == "ambiguous")
        .map(|item| (item["object"]["name"].to_string(), item["error"]["code"].to_string()))
        .collect();
    // Of two whose numbers are held by two others neither is named for both; each item names its own.
    let shown = house.good(&["runs", "show", run["run"].as_str().expect("an id")]);
    let groups = shown["errors"].as_array().expect("groups");
    let group = groups.iter().find(|group| group["error"]["code"] == "WECOM_60104").expect("the group");
    assert_eq!((&group["count"], &group["error"]["next"]["key"]), (&2.into(), &Value::Null), "{group}");
    assert_eq!(group["error"]["next"]["person"], Value::Null, "{group}");
    for holder in ["old", "former"] {
        assert!(group["error"]["reason"]["en"].as_str().is_some_and(|text| text.contains(holder)), "{group}");
    }
    let refused: Vec<Value> = house.items(&run);
    let refused: Vec<&Value> = refused.iter().filter(|item| item["error"]["code"] == "WECOM_60104").collect();
    let holders: BTreeSet<&str> = refused.iter().filter_map(|item| item["error"]["next"]["key"].as_str()).collect();
    assert_eq!(holders, BTreeSet::from(["former", "old"]), "{refused:?}");
    for item in refused {
        let next = &item["error"]["next"];
        assert_eq!((&next["kind"], &next["connection"]), (&"add_link".into(), &"main".into()), "{item}");
        assert_eq!(next["person"], item["object"]["source"], "{item}");
    }
    let expected = [("孙回", "account_switched_off"), ("冯新", "account_of_other_name")];
    for (name, code) in expected {
        let found = codes.iter().any(|(who, found)| who.contains(name) && found.contains(code));
        assert!(found, "{name}: {codes:?}");
    }
    assert_eq!(corp.member("user0025")["name"], "李别");
    assert_eq!(corp.member("former")["name"], "张伟杰");
    untouched(&corp);

    // Somebody who came back is the same person, once a person says so.
    house.good(&["match", "decide", "main", "user0023", "--same"]);
    // The two new colleagues have got numbers of their own.
    source.change("E0020", "mobile", "13800000030");
    source.change("E0021", "mobile", "13800000031");
    source.write(&house.source());
    house.import(&["--yes"]).expect(0);
    house.sync(&[]).expect(3);
    assert_eq!(corp.member("user0023")["enable"], 1);
    assert_eq!(corp.member("old")["enable"], 0);
}

/// The same organisation, made by hand: its own ids, other accounts, a third of the numbers written in another way.
fn made_by_hand(source: &Organisation) -> Corp {
    let mut state = corp::empty();
    let company = &mut state.corps[0];
    let mut ids: BTreeMap<&str, u32> = BTreeMap::new();
    for (place, (id, row)) in source.departments.iter().enumerate() {
        let root = get(row, "parent_id").is_empty();
        ids.insert(id, if root { 1 } else { 70_000 - u32::try_from(place).expect("few") });
        if root {
            company.name = get(row, "name").into();
        }
    }
    for (id, row) in source.departments.iter().filter(|(_, row)| !get(row, "parent_id").is_empty()) {
        company.departments.push(DepartmentState {
            id: ids[&**id],
            parentid: ids[get(row, "parent_id")],
            name: get(row, "name").into(),
            ..Default::default()
        });
    }
    for (number, row) in source.people.values().enumerate() {
        let mobile = get(row, "mobile");
        let written = match number % 3 {
            0 => format!("+86 {}-{}-{}", &mobile[..3], &mobile[3..7], &mobile[7..]),
            _ => mobile.to_owned(),
        };
        let flags: Vec<u8> = get(row, "is_leader").split(';').map(|flag| u8::from(flag == "1")).collect();
        let department: Vec<u32> = get(row, "departments").split(';').map(|id| ids[id]).collect();
        company.users.push(UserState {
            userid: format!("m{:05}", 90_000 - number),
            name: get(row, "name").into(),
            mobile: written,
            email: get(row, "email").into(),
            position: get(row, "position").into(),
            is_leader_in_dept: if flags.len() == department.len() { flags } else { Vec::new() },
            department,
            enable: Some(u8::from(get(row, "enabled") == "1")),
            ..Default::default()
        });
    }
    Corp::with(state)
}

#[test]
fn five_thousand_people_by_hand_are_linked_and_nobody_is_made_or_deleted() {
    let Some(samples) = samples() else { return };
    let folder = samples.join("china-gov-3k");
    let source = Organisation::read(&folder.join("departments.csv"), &folder.join("users.csv"));
    let corp = made_by_hand(&source);
    let house = House::new();
    for file in ["departments.csv", "users.csv"] {
        std::fs::copy(folder.join(file), house.source().join(file)).expect("the sample is copied");
    }
    house.import(&["--yes"]).expect(0);
    house.connect(&corp);
    house.workflow("wecom_downstream_full");
    corp.clear_requests();
    let before = corp.now();

    let held = house.sync(&[]).expect(4).json();
    assert!(codes(&held["why"]).contains(&"adopt"), "{}", held["why"]);
    assert_eq!(corp.writes(), 0);
    let id = held["run"].as_str().expect("an id");
    let run = house.ask(&["runs", "approve", id]).expect(0).json();
    assert_eq!(run["status"], "succeeded", "{run}");
    let now = corp.now();
    assert_eq!(userids(&now), userids(&before), "nobody was made or deleted");
    let paths = organisation::paths(&now);
    let different: BTreeSet<&String> = paths.values().collect();
    assert_eq!((paths.len(), different.len()), (3315, 3315), "no department exists twice");
    assert_eq!(organisation::paths(&before), paths);
    for path in MAKING {
        assert_eq!(calls(&corp, path), 0, "{path}");
    }

    // Everybody is linked: nothing is new, and nothing is to be done.
    let again = house.sync(&[]).expect(0).json();
    assert_eq!((&again["status"], &again["api"]["writes"]), (&"succeeded_no_change".into(), &0.into()), "{again}");
    assert_eq!(again["counts"]["user"]["unchanged"], 5000, "{again}");
    assert_eq!(again["counts"]["department"]["unchanged"], 3316, "{again}");
}

/// Most of a company comes into the scope of a workflow long after its first run: that is shown before anybody is made beside
/// himself.
#[test]
fn a_scope_that_becomes_the_whole_company_is_shown_like_a_first_run() {
    let mut state = corp::empty();
    let company = &mut state.corps[0];
    let unit = |id, parentid, name: &str| DepartmentState { id, parentid, name: name.into(), ..Default::default() };
    company.departments = vec![unit(2, 1, "Company"), unit(3, 2, "North"), unit(4, 2, "South")];
    let number = 230;
    company.users = (0..number)
        .map(|at| UserState {
            userid: format!("hand{at:04}"),
            name: format!("Person {:04}", at + 1000),
            mobile: format!("1390000{at:04}"),
            department: vec![4],
            status: Some(4),
            ..Default::default()
        })
        .collect();
    let corp = Corp::with(state);
    let mut source = Organisation::default();
    source.department("C", "", "Company", 1);
    source.department("D0", "C", "North", 1);
    source.department("D1", "C", "South", 2);
    (0..5).for_each(|at| source.person(at, "D0", ""));
    (0..number).for_each(|at| source.person(at + 1000, "D1", ""));
    let house = House::new();
    source.write(&house.source());
    house.import(&["--yes"]).expect(0);
    house.connect(&corp);
    house.workflow_changed("wecom_downstream_full", &[("include: [\"/**\"]", "include: [\"/Company/North/**\"]")]);
    let first = house.sync(&[]).json();
    if first["status"] == "held" {
        house.ask(&["runs", "approve", first["run"].as_str().expect("an id")]).expect(0);
    }
    assert_eq!(userids(&corp.now()).len(), number + 5);
    let shown = house.good(&["template", "show", "wecom_downstream_full"]);
    let file = house.path("sync.yaml");
    std::fs::write(&file, shown["text"].as_str().expect("a text")).expect("written");
    let file = file.display().to_string();
    house.ask(&["workflow", "create", "--file", &file, "--id", "sync", "--connection", "wecom=main"]).expect(0);
    house.ask(&["workflow", "activate", "sync", "--yes"]);
    let held = house.sync(&[]).expect(4).json();
    assert!(codes(&held["why"]).contains(&"adopt"), "{held:#}");
    assert_eq!(userids(&corp.now()).len(), number + 5, "nobody was made");
    house.ask(&["runs", "approve", held["run"].as_str().expect("an id")]).expect(0);
    assert_eq!(userids(&corp.now()).len(), number + 5, "nobody was made beside himself");
    assert_eq!(house.sync(&[]).expect(0).json()["status"], "succeeded_no_change");
}
