//! WeCom as a source: what each set of credentials promises, ranges, and up and down over one company.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};
use wecom_sim::{Effect, FaultRule, Faults, State, state::VisibleState};

use super::support::{Corp, House, Organisation, corp, organisation::get, samples};

const TEMPLATE: &str = "wecom_upstream_full";
const ROOT: &str = "Simulated Corp";

/// A company that holds this organisation, and the number of each department.
fn company(organisation: &Organisation) -> (State, HashMap<String, u32>) {
    let mut state = corp::empty();
    let numbers: HashMap<String, u32> =
        organisation.departments.keys().zip(2..).map(|(id, number)| (id.clone(), number)).collect();
    let number = |id: &str| numbers.get(id).copied().unwrap_or(1);
    let corp = &mut state.corps[0];
    for (id, row) in &organisation.departments {
        let order = u32::MAX - get(row, "order").parse::<u32>().unwrap_or(0);
        let department = json!({
            "id": number(id), "name": get(row, "name"), "parentid": number(get(row, "parent_id")), "order": order,
        });
        corp.departments.push(serde_json::from_value(department).expect("a department"));
    }
    for row in organisation.people.values() {
        let departments: Vec<u32> = get(row, "departments").split(';').map(number).collect();
        let flags = get(row, "is_leader").split(';').chain(std::iter::repeat("0"));
        let flags: Vec<u8> = flags.take(departments.len()).map(|flag| u8::from(flag == "1")).collect();
        let leader = organisation.people.get(get(row, "manager")).map(|leader| get(leader, "userid"));
        let member = json!({
            "userid": get(row, "userid"), "name": get(row, "name"), "mobile": get(row, "mobile"),
            "position": get(row, "position"), "department": departments, "is_leader_in_dept": flags,
            "main_department": number(get(row, "main_department")),
            "direct_leader": leader.into_iter().collect::<Vec<_>>(),
            "enable": u8::from(get(row, "enabled") != "0"), "status": 1,
        });
        corp.users.push(serde_json::from_value(member).expect("a member"));
    }
    (state, numbers)
}

/// The directory as it is: paths of departments, and people by account.
struct Directory {
    paths: HashMap<String, String>,
    people: BTreeMap<String, Value>,
}

impl Directory {
    fn of(house: &House) -> Self {
        let all = |kind: &str| {
            let shown = house.good(&["directory", "show", kind, "--reveal", "--limit", "100000"]);
            shown.as_array().cloned().unwrap_or_else(|| panic!("{shown}"))
        };
        let departments: HashMap<String, Value> = all("department")
            .into_iter()
            .filter(|one| one["status"] != "removed")
            .map(|one| (one["id"].as_str().expect("an id").to_string(), one))
            .collect();
        let path = |id: &str| {
            let mut names = Vec::new();
            let mut at = Some(id);
            while let Some(one) = at.and_then(|id| departments.get(id)) {
                names.push(one["name"].as_str().unwrap_or_default());
                at = one["parent"].as_str();
            }
            names.reverse();
            names.join("/")
        };
        let paths = departments.keys().map(|id| (id.clone(), path(id))).collect();
        let people = all("user").into_iter().map(|one| (one["username"].as_str().expect("username").into(), one));
        Self { paths, people: people.collect() }
    }

    fn path(&self, id: &Value) -> String {
        id.as_str().and_then(|id| self.paths.get(id)).cloned().unwrap_or_default()
    }

    /// Departments of somebody with the flag of each, sorted.
    fn memberships(&self, person: &Value) -> Vec<(String, bool)> {
        let all = person["departments"].as_array().into_iter().flatten();
        let mut all: Vec<(String, bool)> =
            all.map(|one| (self.path(&one["department"]), one["leader"] == json!(true))).collect();
        all.sort();
        all
    }

    /// Every field in which it differs from the organisation below `top`; nothing when they are equal.
    fn differences(&self, organisation: &Organisation, top: &str) -> Vec<String> {
        let path = |id: &str| {
            let path = organisation.path(id);
            [top, &path].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
        };
        let ids: HashMap<&str, &Value> = self.people.iter().map(|(name, one)| (name.as_str(), &one["id"])).collect();
        let mut found = Vec::new();
        let mut same = |who: &str, field: &str, there: String, wanted: String| {
            if there != wanted {
                found.push(format!("{who}: {field} is {there}, not {wanted}"));
            }
        };
        let mut wanted: Vec<String> = organisation.departments.keys().map(|id| path(id)).collect();
        wanted.extend(Some(top.to_string()).filter(|top| !top.is_empty()));
        let mut there: Vec<String> = self.paths.values().cloned().collect();
        wanted.sort();
        there.sort();
        same("departments", "paths", format!("{there:?}"), format!("{wanted:?}"));
        same("people", "number", self.people.len().to_string(), organisation.people.len().to_string());
        for row in organisation.people.values() {
            let who = get(row, "userid");
            let Some(one) = self.people.get(who) else {
                same(who, "presence", "missing".into(), "there".into());
                continue;
            };
            same(who, "name", one["name"].to_string(), json!(get(row, "name")).to_string());
            let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
            same(who, "title", text(&one["title"]), get(row, "position").into());
            same(who, "mobile", text(&one["mobile"]), String::new());
            let status = if get(row, "enabled") == "0" { "disabled" } else { "active" };
            same(who, "status", text(&one["status"]), status.into());
            let flags = get(row, "is_leader").split(';').chain(std::iter::repeat("0"));
            let mut wanted: Vec<(String, bool)> =
                get(row, "departments").split(';').zip(flags).map(|(id, flag)| (path(id), flag == "1")).collect();
            wanted.retain(|_| !get(row, "departments").is_empty());
            wanted.sort();
            same(who, "departments", format!("{:?}", self.memberships(one)), format!("{wanted:?}"));
            same(who, "main department", self.path(&one["primary_department"]), path(get(row, "main_department")));
            let leader = organisation.people.get(get(row, "manager")).map(|leader| get(leader, "userid"));
            let leader: Vec<&Value> = leader.and_then(|leader| ids.get(leader).copied()).into_iter().collect();
            let managers: Vec<&Value> = one["managers"].as_array().into_iter().flatten().collect();
            same(who, "managers", format!("{managers:?}"), format!("{leader:?}"));
        }
        found
    }
}

/// A run that changes nothing, and makes no call that changes something.
#[track_caller]
fn writes_nothing(house: &House, corp: &Corp) {
    let before = corp.counts().write_calls;
    let again = house.sync(&[]).expect(0).json();
    assert_eq!(again["status"], "succeeded_no_change", "{again}");
    assert_eq!(corp.counts().write_calls, before);
}

fn small() -> Organisation {
    Organisation::generated(6, 40)
}

/// A house whose connection has these secrets.
fn house(corp: &Corp, app: bool, contacts: bool) -> House {
    let house = House::new();
    let url = format!("base_url={}", corp.base_url());
    let (corp_id, agent) = (format!("corp_id={}", corp::CORP_ID), format!("agent_id={}", corp::AGENT_ID));
    let mut args = vec!["connection", "add", "wecom", "--name", "main", "--set", &corp_id, "--set", &url];
    if app {
        args.extend(["--set", &agent, "--secret", "app_secret=env:APP"]);
    }
    if contacts {
        args.extend(["--secret", "contacts_secret=env:CONTACTS"]);
    }
    house.good(&args);
    house.workflow(TEMPLATE);
    house
}

fn visible(corp: &Corp, departments: &[u32], users: &[&str], tags: &[u32]) {
    let range = json!({ "departments": departments, "users": users, "tags": tags });
    let range: VisibleState = serde_json::from_value(range).expect("a range");
    corp.set_visible(corp::CORP_ID, corp::AGENT_ID, &range).expect("the range is set");
}

#[test]
fn a_government_of_five_thousand_comes_up_and_a_second_run_writes_nothing() {
    let Some(samples) = samples() else { return };
    let folder = samples.join("china-gov-3k");
    let organisation = Organisation::read(&folder.join("departments.csv"), &folder.join("users.csv"));
    let (state, _) = company(&organisation);
    let corp = Corp::with(state);
    let house = house(&corp, true, true);
    let run = house.sync(&[]).expect(0).json();
    assert_eq!(run["status"], "succeeded", "{run}");
    assert_eq!(run["counts"]["department"]["created"], 3317, "and the company itself");
    assert_eq!(run["counts"]["user"]["created"], 5000);
    let differences = Directory::of(&house).differences(&organisation, ROOT);
    assert!(differences.is_empty(), "{}: {:#?}", differences.len(), &differences[..differences.len().min(5)]);
    writes_nothing(&house, &corp);
    assert_eq!(corp.writes(), 0, "a source is only read");

    // Half of the province is not seen any more: nobody has left.
    let only = self::house(&corp, true, false);
    only.sync(&[]).expect(0);
    assert!(Directory::of(&only).differences(&organisation, ROOT).is_empty());
    let cities: Vec<u32> = corp.now()["departments"]
        .as_array()
        .expect("departments")
        .iter()
        .filter(|one| one["parentid"] == 2)
        .filter_map(|one| one["id"].as_u64().and_then(|id| u32::try_from(id).ok()))
        .collect();
    visible(&corp, &cities[..cities.len() / 2], &[], &[]);
    let held = only.sync(&[]).expect(4).json();
    assert!(held["why"].to_string().contains("range_shrunk"), "{}", held["why"]);
    assert!(Directory::of(&only).people.values().all(|one| one["status"] != "left"));
}

/// What an app sees of an organisation whose range is these departments with all below them, and these people: a department
/// without one above it stands at the top, a place or a leader that is not seen is not there.
fn seen(organisation: &Organisation, tops: &[&str], people: &[&str]) -> Organisation {
    let below = |id: &str| {
        let mut at = id;
        while !tops.contains(&at) {
            match organisation.departments.get(at) {
                Some(row) => at = get(row, "parent_id"),
                None => return false,
            }
        }
        true
    };
    let departments: BTreeMap<_, _> = organisation
        .departments
        .iter()
        .filter(|(id, _)| below(id))
        .map(|(id, row)| (id.clone(), row.clone()))
        .collect();
    let mut cut = Organisation { departments, people: BTreeMap::new() };
    for (id, row) in &organisation.people {
        let flags = get(row, "is_leader").split(';').chain(std::iter::repeat("0"));
        let places: Vec<(&str, &str)> = get(row, "departments").split(';').zip(flags).collect();
        let inside: Vec<_> = places.iter().filter(|(id, _)| cut.departments.contains_key(*id)).collect();
        if inside.is_empty() && !people.contains(&get(row, "userid")) {
            continue;
        }
        let mut row = row.clone();
        let joined =
            |part: &dyn Fn(&(&str, &str)) -> String| inside.iter().map(|one| part(one)).collect::<Vec<_>>().join(";");
        row.insert("departments".into(), joined(&|(id, _)| (*id).into()));
        row.insert("is_leader".into(), joined(&|(_, flag)| (*flag).into()));
        cut.people.insert(id.clone(), row);
    }
    cut
}

#[test]
fn a_government_of_five_thousand_is_read_as_far_as_each_range_goes() {
    let Some(samples) = samples() else { return };
    let folder = samples.join("china-gov-3k");
    let organisation = Organisation::read(&folder.join("departments.csv"), &folder.join("users.csv"));
    let (state, numbers) = company(&organisation);
    let corp = Corp::with(state);
    let hand = |call: &str, body: Value| corp.by_hand(corp::CORP_ID, call, &body).expect("by hand");
    // Two cities; then a tag of one city, a district and two people; then one person.
    let [chengdu, mianyang, district] = ["5101", "5107", "510921"];
    let [first, second] = ["SC000001", "SC000002"].map(|id| get(&organisation.people[id], "userid"));
    let tag = hand("tag/create", json!({ "tagname": "值班" }));
    let members = json!({ "tagid": tag["tagid"], "userlist": [first, second], "partylist": [numbers[chengdu], numbers[district]] });
    hand("tag/addtagusers", members);
    let tag = tag["tagid"].as_u64().and_then(|id| u32::try_from(id).ok()).expect("a number");
    let reads = |departments: &[u32], users: &[&str], tags: &[u32], wanted: &Organisation| {
        visible(&corp, departments, users, tags);
        let seeing = house(&corp, true, false);
        seeing.sync(&[]).expect(0);
        let differences = Directory::of(&seeing).differences(wanted, "");
        let some = &differences[..differences.len().min(5)];
        assert!(differences.is_empty(), "{departments:?} {users:?} {tags:?}: {}: {some:#?}", differences.len());
        writes_nothing(&seeing, &corp);
    };
    let cities = seen(&organisation, &[chengdu, mianyang], &[]);
    reads(&[numbers[chengdu], numbers[mianyang]], &[], &[], &cities);
    reads(&[], &[], &[tag], &seen(&organisation, &[chengdu, district], &[first, second]));
    reads(&[], &[second], &[], &seen(&organisation, &[], &[second]));
    // The contact sync alone is told no name: nobody is made.
    let blind = house(&corp, false, true);
    let run = blind.sync(&[]).expect(0).json();
    assert_eq!(run["counts"]["user"]["skipped"], 5000, "{run}");
    assert!(Directory::of(&blind).people.is_empty());
}

#[test]
fn with_the_contact_sync_alone_nobody_is_made_and_whoever_is_linked_is_kept_up_to_date() {
    let organisation = small();
    let (state, numbers) = company(&organisation);
    let corp = Corp::with(state);
    let blind = house(&corp, false, true);
    let run = blind.sync(&[]).expect(0).json();
    assert_eq!(run["status"], "succeeded_no_change", "{run}");
    assert_eq!(run["counts"]["user"]["skipped"], 40, "{run}");
    assert!(blind.items(&run).iter().all(|item| item.to_string().contains("name_hidden")));

    let house = house(&corp, true, true);
    house.sync(&[]).expect(0);
    // The app sees nobody any more: moves and leavers are still seen.
    visible(&corp, &[], &[], &[]);
    let team = numbers["T001"];
    let moved = json!({ "userid": "user0000", "department": [team] });
    corp.by_hand(corp::CORP_ID, "user/update", &moved).expect("moved");
    corp.by_hand(corp::CORP_ID, "user/delete", &json!({ "userid": "user0039" })).expect("deleted");
    let run = house.sync(&[]).expect(0).json();
    let directory = Directory::of(&house);
    assert_eq!(directory.people["user0039"]["status"], "left", "{run}");
    let somebody = &directory.people["user0000"];
    assert_eq!(somebody["name"], "Person 0000", "a hidden name overwrites nothing");
    assert_eq!(directory.memberships(somebody), [(format!("{ROOT}/Company/South/Team 001"), false)]);
    writes_nothing(&house, &corp);
}

/// Of an unknown userid WeCom may say that it is malformed (40003): whoever no list has, that of all people included, has left.
#[test]
fn an_unknown_userid_that_no_list_has_is_that_of_a_leaver() {
    let (state, _) = company(&small());
    let corp = Corp::with(state);
    let house = house(&corp, true, true);
    house.sync(&[]).expect(0);
    corp.by_hand(corp::CORP_ID, "user/delete", &json!({ "userid": "user0039" })).expect("deleted");
    let unknown = Effect::Error { errcode: 40003, errmsg: None };
    corp.set_faults(Faults::rules([FaultRule::new("/cgi-bin/user/get", unknown).matching("user0039")]));
    let run = house.sync(&[]).json();
    assert_eq!(Directory::of(&house).people["user0039"]["status"], "left", "{run}");
}

/// Every list of members lacks somebody who is there, as a list in pages can: he has not left, and WeCom is asked for him alone.
#[test]
fn whoever_only_the_lists_lack_has_not_left() {
    let (state, _) = company(&small());
    let corp = Corp::with(state);
    let house = house(&corp, true, true);
    house.sync(&[]).expect(0);
    corp.by_hand(corp::CORP_ID, "user/delete", &json!({ "userid": "user0039" })).expect("deleted");
    let lacks = |path: &str| FaultRule::new(path, Effect::Lacks("user0003".into()));
    corp.set_faults(Faults::rules(["/cgi-bin/user/list", "/cgi-bin/user/list_id"].map(lacks)));
    let run = house.sync(&[]).json();
    let notices = run["notices"].to_string();
    assert!(notices.contains("wecom_list_lacks") && notices.contains("user0003"), "{run}");
    let people = Directory::of(&house).people;
    for name in ["user0003", "user0039"] {
        assert_eq!(people[name]["status"], "active", "of such a list nobody is gone: {run}");
    }
    // The lists are whole again, and who is gone is gone.
    corp.set_faults(Faults::default());
    let run = house.sync(&[]).expect(0).json();
    let people = Directory::of(&house).people;
    assert_eq!(
        (&people["user0003"]["status"], &people["user0039"]["status"]),
        (&json!("active"), &json!("left")),
        "{run}"
    );
    writes_nothing(&house, &corp);
}

/// The same of a department: it is asked for alone, and nobody is moved out of it.
#[test]
fn a_department_that_only_the_lists_lack_is_not_gone() {
    let (state, numbers) = company(&small());
    let corp = Corp::with(state);
    let house = house(&corp, true, true);
    house.sync(&[]).expect(0);
    let before = Directory::of(&house);
    let team = numbers["T003"].to_string();
    let lacks = |path: &str| FaultRule::new(path, Effect::Lacks(team.clone()));
    corp.set_faults(Faults::rules(["/cgi-bin/department/list", "/cgi-bin/department/simplelist"].map(lacks)));
    let run = house.sync(&[]).json();
    assert!(run["notices"].to_string().contains("wecom_tree_incomplete"), "{run}");
    let after = Directory::of(&house);
    assert_eq!((after.paths, after.people), (before.paths, before.people), "{run}");
    corp.set_faults(Faults::default());
    writes_nothing(&house, &corp);
}

/// With a scope: whoever is in a department that only the lists lack stays in it.
#[test]
fn nobody_is_taken_out_of_a_department_that_only_the_lists_lack() {
    let mut organisation = small();
    organisation.change("E0000", "departments", "T000;T003");
    organisation.change("E0000", "is_leader", "0;0");
    let (state, numbers) = company(&organisation);
    let corp = Corp::with(state);
    let house = house(&corp, true, true);
    let left_out = format!("exclude: [{}]}}", numbers["T005"]);
    house.workflow_changed(TEMPLATE, &[("exclude: []}", &left_out)]);
    house.sync(&[]).expect(0);
    let before = Directory::of(&house);
    assert_eq!(before.memberships(&before.people["user0000"]).len(), 2);
    let team = numbers["T003"].to_string();
    let lacks = |path: &str| FaultRule::new(path, Effect::Lacks(team.clone()));
    corp.set_faults(Faults::rules(["/cgi-bin/department/list", "/cgi-bin/department/simplelist"].map(lacks)));
    let run = house.sync(&[]).json();
    let after = Directory::of(&house);
    assert_eq!((after.paths, after.people), (before.paths, before.people), "{run}");
}

#[test]
fn an_app_alone_reads_its_range_as_far_as_it_goes() {
    let mut organisation = small();
    // Somebody in both subtrees, one of which will not be seen.
    organisation.change("E0000", "departments", "T000;T001");
    organisation.change("E0000", "is_leader", "1;0");
    let (state, numbers) = company(&organisation);
    let corp = Corp::with(state);
    let whole = house(&corp, true, false);
    whole.sync(&[]).expect(0);
    assert!(Directory::of(&whole).differences(&organisation, ROOT).is_empty());
    writes_nothing(&whole, &corp);

    // Two subtrees: each stands at the top, and the notice names them.
    visible(&corp, &[numbers["D0"], numbers["T003"]], &[], &[]);
    let parts = house(&corp, true, false);
    let run = parts.sync(&[]).expect(0).json();
    assert!(run["notices"].to_string().contains("wecom_parents_invisible"), "{}", run["notices"]);
    let directory = Directory::of(&parts);
    let mut tops: Vec<&String> = directory.paths.values().filter(|path| !path.contains('/')).collect();
    tops.sort();
    assert_eq!(tops, ["North", "Team 003"]);
    let teams = ["T000", "T002", "T003", "T004"];
    let seen =
        organisation.people.values().filter(|row| get(row, "departments").split(';').any(|id| teams.contains(&id)));
    assert_eq!(directory.people.len(), seen.count());
    assert_eq!(directory.memberships(&directory.people["user0000"]), [("North/Team 000".to_string(), true)]);
    writes_nothing(&parts, &corp);

    // What the smaller range cuts out of a list is not taken away, and nobody has left.
    let held = whole.sync(&[]).expect(4).json();
    let why = held["why"].to_string();
    assert!(why.contains("range_shrunk") && why.contains("整个企业"), "{why}");
    let directory = Directory::of(&whole);
    assert!(directory.people.values().all(|one| one["status"] != "left"));

    // One person without any department, and a tag.
    visible(&corp, &[], &["user0007"], &[]);
    let one = house(&corp, true, false);
    one.sync(&[]).expect(0);
    let directory = Directory::of(&one);
    assert_eq!(directory.people.keys().collect::<Vec<_>>(), ["user0007"]);
    assert!(directory.paths.is_empty() && directory.memberships(&directory.people["user0007"]).is_empty());
    let tag = corp.by_hand(corp::CORP_ID, "tag/create", &json!({ "tagname": "值班" })).expect("a tag");
    let members =
        json!({ "tagid": tag["tagid"], "userlist": ["user0003", "user0004"], "partylist": [numbers["T005"]] });
    corp.by_hand(corp::CORP_ID, "tag/addtagusers", &members).expect("members");
    let number = tag["tagid"].as_u64().and_then(|id| u32::try_from(id).ok()).expect("a number");
    visible(&corp, &[], &[], &[number]);
    let tagged = house(&corp, true, false);
    tagged.sync(&[]).expect(0);
    let directory = Directory::of(&tagged);
    assert!(["user0003", "user0004", "user0005", "user0011"].iter().all(|name| directory.people.contains_key(*name)));
    assert_eq!(directory.paths.values().collect::<Vec<_>>(), ["Team 005"]);
    writes_nothing(&tagged, &corp);
}

/// What waits, by account: why.
fn waiting(house: &House) -> BTreeMap<String, String> {
    let all = house.good(&["removals", "list", "--state", "waiting"]);
    let all = all.as_array().expect("removals").iter().filter(|one| one["object"]["type"] == "user");
    let text = |value: &Value| value.as_str().expect("a text").to_string();
    all.map(|one| (text(&one["object"]["source"]), text(&one["why"]["code"]))).collect()
}

#[test]
fn who_is_out_of_sight_has_not_left_and_a_person_decides() {
    let (state, numbers) = company(&small());
    let corp = Corp::with(state);
    let hand = |call: &str, body: Value| corp.by_hand(corp::CORP_ID, call, &body).expect("by hand");
    let tag = hand("tag/create", json!({ "tagname": "值班" }));
    hand("tag/addtagusers", json!({ "tagid": tag["tagid"], "userlist": ["user0000", "user0006"] }));
    let number = tag["tagid"].as_u64().and_then(|id| u32::try_from(id).ok()).expect("a number");
    let teams: Vec<u32> = (1..6).map(|team| numbers[&format!("T{team:03}")]).collect();
    visible(&corp, &teams, &["user0012", "user0018"], &[number]);
    let house = house(&corp, true, false);
    house.sync(&[]).expect(0);
    let before = Directory::of(&house).people.len();
    let night = || house.ask(&["run", "sync", "--wait"]).expect(0).json();

    // Out of the tag that the app sees; into a department that it does not see.
    hand("tag/deltagusers", json!({ "tagid": tag["tagid"], "userlist": ["user0000"] }));
    let moved = json!({ "userid": "user0019", "department": [numbers["T000"]], "main_department": numbers["T000"] });
    hand("user/update", moved);
    let run = night();
    let why = |code: &str| (code.to_string(), "maybe_out_of_range".to_string());
    assert_eq!(waiting(&house), BTreeMap::from([why("user0000"), why("user0019")]), "{run}");
    assert!(run["notices"].to_string().contains("maybe_out_of_range"), "whoever looks after a night reads why: {run}");
    let directory = Directory::of(&house);
    assert!(directory.people.len() == before && directory.people.values().all(|one| one["status"] == "active"));
    // The range loses somebody: that is the reason, also in the nights after.
    visible(&corp, &teams, &["user0012"], &[number]);
    let shrunk = ("user0018".to_string(), "range_shrunk".to_string());
    for _ in 0..2 {
        let run = night();
        assert_eq!(waiting(&house), BTreeMap::from([why("user0000"), why("user0019"), shrunk.clone()]), "{run}");
        assert!(run["notices"].to_string().contains("range_shrunk"), "{run}");
    }
    // Whoever sees the whole company knows better: these are there, and another one has really gone.
    hand("user/delete", json!({ "userid": "user0020" }));
    visible(&corp, &[1], &[], &[]);
    night();
    assert_eq!(waiting(&house), BTreeMap::new());
    let directory = Directory::of(&house);
    assert_eq!(
        ["user0000", "user0018", "user0019", "user0020"].map(|name| directory.people[name]["status"].clone()),
        ["active", "active", "active", "left"].map(Value::from)
    );
}

#[test]
fn whoever_is_there_under_another_account_is_not_made_a_second_time() {
    let mut state = corp::empty();
    state.corps[0].apps[0].sensitive_fields = wecom_sim::state::SensitiveFields::Shown;
    for (userid, name, mobile) in [("zhangsan", "张三", "13955551001"), ("lisi", "李四", "13955551002")] {
        let member = json!({"userid": userid, "name": name, "mobile": mobile, "department": [1], "status": 1});
        state.corps[0].users.push(serde_json::from_value(member).expect("a member"));
    }
    let corp = Corp::with(state);
    let house = house(&corp, true, true);
    for (userid, name, mobile) in [("p1", "张三", "mobile=13955551001"), ("p2", "王五", "mobile=13955551002")] {
        house.good(&["directory", "person", "add", userid, name, "--set", mobile]);
    }
    let run = house.sync(&[]).expect(3).json();
    let counts = &run["counts"]["user"];
    assert_eq!((&counts["created"], &counts["ambiguous"]), (&json!(0), &json!(1)), "one number, two names: {run:#}");
    assert_eq!(house.good(&["link", "resolve", "main", "zhangsan"])["username"], "p1");
    assert_eq!(Directory::of(&house).people.len(), 2);
}

#[test]
fn up_and_down_over_one_company_come_to_rest() {
    // Down, up, down.
    let corp = Corp::start();
    let house = House::ready(&corp, "wecom_downstream_full");
    let organisation = small();
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    house.sync(&[]).expect(0);
    let up = house.good(&["template", "show", TEMPLATE]);
    let file = house.path("up.yaml");
    std::fs::write(&file, up["text"].as_str().expect("a text")).expect("the workflow is written");
    let file = file.display().to_string();
    house.good(&["workflow", "create", "--file", &file, "--id", "up", "--connection", "wecom=main"]);
    house.good(&["workflow", "activate", "up", "--yes"]);
    let before = Directory::of(&house).people;
    let up = || house.ask(&["run", "up", "--wait", "--yes"]).expect(0).json();
    let run = up();
    assert_eq!(run["status"], "succeeded_no_change", "{run}");
    writes_nothing(&house, &corp);
    assert_eq!(Directory::of(&house).people, before);

    // A change on either side ends where its owner says, and the two come to rest again.
    let change = json!({ "userid": "user0001", "position": "Chief" });
    corp.by_hand(corp::CORP_ID, "user/update", &change).expect("changed");
    assert_eq!(up()["counts"]["user"]["updated"], 1);
    assert_eq!(Directory::of(&house).people["user0001"]["title"], "Chief");
    // WeCom does not show the contact sync what it has, so it may be told once what it knows.
    house.sync(&[]).expect(0);
    assert_eq!(corp.member("user0001")["position"], "Chief");
    writes_nothing(&house, &corp);
    assert_eq!(up()["status"], "succeeded_no_change");
}

#[test]
fn up_then_down_finds_what_it_made() {
    let organisation = small();
    let (state, _) = company(&organisation);
    let corp = Corp::with(state);
    let house = house(&corp, true, true);
    house.sync(&[]).expect(0);
    let down = house.good(&["template", "show", "wecom_downstream_full"]);
    let file = house.path("down.yaml");
    std::fs::write(&file, down["text"].as_str().expect("a text")).expect("the workflow is written");
    let file = file.display().to_string();
    house.good(&["workflow", "create", "--file", &file, "--id", "down", "--connection", "wecom=main"]);
    house.good(&["workflow", "activate", "down", "--yes"]);
    let before = corp.counts().write_calls;
    let run = house.ask(&["run", "down", "--wait", "--yes"]).expect(0).json();
    assert_eq!((run["status"].as_str(), corp.counts().write_calls), (Some("succeeded_no_change"), before), "{run}");
    writes_nothing(&house, &corp);
}

#[test]
fn a_field_that_is_filled_is_left_alone_once_it_has_a_value_and_two_directions_are_told() {
    let organisation = small();
    let (state, _) = company(&organisation);
    let corp = Corp::with(state);
    let house = House::new();
    house.connect(&corp);
    let always = "title: {value: \"{{source.position}}\", when_empty: clear}";
    let fill = "title: {value: \"{{source.position}}\", when_empty: omit, write: fill}";
    house.workflow_changed(TEMPLATE, &[(always, fill)]);
    house.sync(&[]).expect(0);
    assert_eq!(Directory::of(&house).people["user0001"]["title"], "Engineer", "nobody had one");
    let change = json!({ "userid": "user0001", "position": "Chief" });
    corp.by_hand(corp::CORP_ID, "user/update", &change).expect("changed");
    writes_nothing(&house, &corp);
    assert_eq!(Directory::of(&house).people["user0001"]["title"], "Engineer", "it has one");

    let down = house.good(&["template", "show", "wecom_downstream_full"]);
    let file = house.path("down.yaml");
    std::fs::write(&file, down["text"].as_str().expect("a text")).expect("the workflow is written");
    let file = file.display().to_string();
    house.good(&["workflow", "create", "--file", &file, "--id", "down", "--connection", "wecom=main"]);
    let told = house.good(&["workflow", "activate", "down", "--yes"]).to_string();
    assert!(told.contains("W0812") && told.contains("`sync`") && told.contains("department"), "{told}");
    assert!(!told.contains("position"), "one direction fills it alone: {told}");
}

#[test]
fn a_field_that_two_workflows_fill_is_contested_in_the_plan() {
    let organisation = small();
    let (state, _) = company(&organisation);
    let corp = Corp::with(state);
    let house = house(&corp, true, true);
    house.sync(&[]).expect(0);
    let change = json!({ "userid": "user0001", "position": "Chief" });
    corp.by_hand(corp::CORP_ID, "user/update", &change).expect("changed");
    assert_eq!(house.good(&["plan", "sync"])["contested"], Value::Null, "one owner");
    // A second one brings the same people from the same company.
    let other = house.good(&["template", "show", TEMPLATE]);
    let file = house.path("other.yaml");
    std::fs::write(&file, other["text"].as_str().expect("a text")).expect("the workflow is written");
    let file = file.display().to_string();
    house.good(&["workflow", "create", "--file", &file, "--id", "other", "--connection", "wecom=main"]);
    house.good(&["workflow", "activate", "other", "--yes"]);
    let plan = house.good(&["plan", "sync"]);
    let contested = plan["contested"].as_array().expect("contested");
    assert_eq!(contested.len(), 1, "{plan:#}");
    assert_eq!(
        (&contested[0]["field"], &contested[0]["workflow"], &contested[0]["count"]),
        (&json!("title"), &json!("other"), &json!(1))
    );
    assert!(house.text(&["plan", "sync"]).out.contains("contested"));
}

#[test]
fn whoever_had_left_or_was_disabled_waits_for_a_review_and_no_run_lets_him_in() {
    let mut state = corp::empty();
    let people = [("ann", "Ann"), ("bob", "Bob"), ("cid", "Cid"), ("dan", "Dan")];
    // So many that one who leaves is within the limits.
    let others: Vec<String> = (0..40).map(|number| format!("other{number:02}")).collect();
    for (userid, name) in people.into_iter().chain(others.iter().map(|name| (name.as_str(), name.as_str()))) {
        let member = json!({"userid": userid, "name": name, "department": [1], "status": 1, "position": "Old"});
        state.corps[0].users.push(serde_json::from_value(member).expect("a member"));
    }
    let corp = Corp::with(state);
    let house = House::new();
    house.connect(&corp);
    let rules = "match: [linked, source.userid == target.username, source.mobile == target.mobile, source.email == target.email]";
    house.workflow_changed(TEMPLATE, &[(rules, &format!("review: new\n    {rules}"))]);
    for (userid, name) in people {
        house.good(&["directory", "person", "add", userid, name]);
    }
    house.good(&["directory", "person", "disable", "ann"]);
    house.good(&["directory", "person", "disable", "bob"]);
    house.good(&["directory", "person", "disable", "cid"]);
    let run = house.sync(&[]).json();
    assert_eq!(
        (&run["counts"]["user"]["updated"], &run["counts"]["user"]["created"]),
        (&json!(4), &json!(40)),
        "{run}"
    );
    assert!(house.items(&run).iter().any(|item| item.to_string().contains("review_begins")), "told why");
    let waiting = |house: &House| {
        let all = house.good(&["directory", "review"]);
        let names = all.as_array().expect("people").iter().map(|one| one["username"].as_str().unwrap_or_default());
        names.map(str::to_string).collect::<std::collections::BTreeSet<_>>()
    };
    let wait: Vec<String> = ["ann", "bob", "cid"].map(String::from).into_iter().chain(others).collect();
    assert_eq!(waiting(&house), wait.into_iter().collect(), "whoever is new as well: the mapping says so");
    let status = |name: &str| Directory::of(&house).people[name]["status"].clone();
    assert_eq!(status("dan"), "active", "whoever works here is bound as he is");
    // What else is known of them follows, and they wait on.
    writes_nothing(&house, &corp);
    let change = json!({ "userid": "ann", "position": "Chief" });
    corp.by_hand(corp::CORP_ID, "user/update", &change).expect("changed");
    house.sync(&[]).expect(0);
    assert_eq!(
        (&Directory::of(&house).people["ann"]["title"], status("ann")),
        (&json!("Chief"), json!("pending_review"))
    );

    // One is let in, although a workflow fills the status; one is not, and stays out; one leaves meanwhile.
    house.good(&["directory", "review", "--approve", "ann", "--approve", "other00"]);
    house.good(&["directory", "review", "--reject", "bob", "--comment", "not ours any more"]);
    corp.by_hand(corp::CORP_ID, "user/delete", &json!({ "userid": "cid" })).expect("deleted");
    corp.by_hand(corp::CORP_ID, "user/update", &json!({ "userid": "other00", "enable": 0 })).expect("changed");
    let run = house.sync(&[]).json();
    let now = ["ann", "bob", "cid", "other00", "other01"].map(status);
    assert_eq!(now, ["active", "left", "left", "disabled", "pending_review"].map(Value::from), "{run}");
    assert_eq!(waiting(&house).len(), 39);
    let run = house.sync(&[]).json();
    assert_eq!(run["status"], "succeeded_no_change", "{run}");
    let ignored = house.items(&run).into_iter().find(|item| item.to_string().contains("decision_ignored"));
    assert!(ignored.is_some_and(|item| item.to_string().contains("bob")), "{run}");
    let said = house.good(&["match", "list", "--connection", "main"]).to_string();
    assert!(said.contains("not ours any more"), "whoever asks why finds the reason: {said}");
}
