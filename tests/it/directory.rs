//! Departments and people by hand: the rules of imports hold, what a source fills is left to it, and it is told who did what.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use axum::{
    Extension, Router,
    body::{Body, to_bytes},
    http::{Method, Request, header},
};
use idflow::{
    app::{
        App, Caller, Settings,
        caller::{Permission, Role},
    },
    engine::clock::ManualClock,
    model::id::Tenant,
    server::{Shared, routes},
    store::{
        Batch, Store,
        decisions::{self, Choice, Decision},
        events,
        links::{self, End, Pair},
        location::Location,
        memory::MemoryStore,
    },
};
use idflow_sdk::Kind;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::support::{House, Organisation};

/// 2026-03-02 00:00 UTC.
const MONDAY: i64 = 1_772_409_600_000;

/// An installation in this process.
pub struct Desk {
    pub shared: Shared,
    pub store: Store,
    /// The time, which each deed moves on: what happened in one moment has no order.
    pub clock: Arc<ManualClock>,
    /// Gone with the installation.
    pub folder: tempfile::TempDir,
}

impl Desk {
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let clock = Arc::new(ManualClock::at(MONDAY));
        let settings = Settings {
            data_dir: folder.path().into(),
            store: Location::Memory,
            master_key: Some("0".repeat(64)),
            clock: clock.clone(),
            disk_floor: 0,
            at_work: None,
        };
        let store: Store = Arc::new(MemoryStore::default());
        let app = App::over(store.clone(), settings).await.expect("an application");
        Self { shared: Shared { app: Arc::new(app), door: None }, store, clock, folder }
    }

    /// The operations as somebody sees them.
    pub fn router(&self, caller: Caller) -> Router {
        routes::router().layer(Extension(caller)).with_state(self.shared.clone())
    }

    /// As somebody with a role.
    pub fn role(&self, role: Role) -> Router {
        self.router(Caller::new(Tenant::default_tenant(), "wang.min", [role]))
    }
}

/// Status, tag and body of an answer.
pub async fn ask(router: &Router, method: Method, path: &str, body: &Value, tag: &str) -> (u16, String, Value) {
    let mut request = Request::builder().method(method).uri(path);
    if !tag.is_empty() {
        request = request.header(header::IF_MATCH, tag);
    }
    let request = request.body(Body::from(body.to_string())).expect("a request");
    let answer = router.clone().oneshot(request).await.expect("an answer");
    let status = answer.status().as_u16();
    let tag = answer.headers().get(header::ETAG).and_then(|tag| tag.to_str().ok()).unwrap_or_default().to_string();
    let bytes = to_bytes(answer.into_body(), 1 << 24).await.expect("a body");
    (status, tag, serde_json::from_slice(&bytes).unwrap_or_default())
}

#[track_caller]
pub fn good((status, _, body): (u16, String, Value)) -> Value {
    assert_eq!(status, 200, "{body}");
    body
}

#[track_caller]
pub fn refused((status, _, body): (u16, String, Value), wanted: u16, code: &str) -> Value {
    assert_eq!((status, &body["code"]), (wanted, &json!(code)), "{body}");
    body
}

pub fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Runtime::new().expect("a runtime").block_on(test);
}

/// A field of an object.
pub fn field<'o>(object: &'o Value, name: &str) -> &'o Value {
    let fields = object["fields"].as_array().expect("fields");
    fields.iter().find(|field| field["name"] == name).unwrap_or(&Value::Null)
}

#[test]
fn people_and_departments_by_hand_follow_the_rules_of_imports() {
    run(async {
        let desk = Desk::new().await;
        let owner = desk.role(Role::Owner);
        let post = async |path: &str, body: Value| {
            desk.clock.advance(Duration::from_millis(5));
            ask(&owner, Method::POST, path, &body, "").await
        };
        let get = async |path: &str| good(ask(&owner, Method::GET, path, &Value::Null, "").await);
        let department = async |name: &str, parent: Value| {
            post("/directory/objects", json!({"kind": "department", "fields": {"name": name, "parent": parent}})).await
        };
        let person = async |fields: Value| post("/directory/objects", json!({"kind": "user", "fields": fields})).await;
        let acme = good(department("ACME", Value::Null).await);
        let sales = good(department("Sales", acme["id"].clone()).await);
        assert_eq!(sales["departments"][0]["path"], "/ACME/Sales");
        // By path as well as by id; the same name among siblings is refused.
        refused(department("Sales", json!("/ACME")).await, 409, "directory_taken");
        good(department("Sales", json!("/ACME/Sales")).await);
        refused(department("Lost", json!("/Nowhere")).await, 422, "department_unknown");

        // Who listens is told; the account is composed, the number has the form of the directory.
        let mut batch = Batch::default();
        let wanted = [("directory".to_string(), vec!["user_created".to_string()], events::Gathering::default())];
        events::listen(&*desk.store, &mut batch, &Tenant::default_tenant(), "joiners", &wanted).await.expect("listens");
        desk.store.commit(batch).await.expect("written");
        let li = json!({"username": "Li.Lei", "name": " 李e\u{301}雷 ", "mobile": "+86 138-0013-8000", "departments": ["/ACME/Sales"]});
        let li = good(person(li).await);
        let awaited = events::awaited(&*desk.store, &Tenant::default_tenant()).await.expect("read");
        assert_eq!(awaited, ["joiners"]);
        assert_eq!((&field(&li, "name")["value"], &li["label"]), (&json!("李é雷"), &json!("李é雷")));
        assert_eq!(field(&li, "mobile")["value"], "138****8000");
        let seen = get(&format!("/directory/objects/{}?reveal=true", li["id"].as_str().unwrap_or_default())).await;
        assert_eq!(field(&seen, "mobile")["value"], "13800138000");
        for (fields, status, code) in [
            (json!({"username": "li.LEI", "name": "X"}), 409, "directory_taken"),
            (json!({"username": "x", "name": "X", "mobile": "138 0013 8000"}), 409, "directory_taken"),
            (json!({"username": "x", "name": "X", "mobile": "12345"}), 422, "mobile_invalid"),
            (
                json!({"username": "x", "name": "X", "departments": ["01JD0000000000000000000000"]}),
                422,
                "department_unknown",
            ),
            (json!({"username": "x", "name": "X", "gender": "other"}), 422, "directory_value_wrong"),
            (json!({"username": "x", "name": "X", "order": 1}), 422, "directory_field_unknown"),
            (json!({"username": "x", "name": "X", "id": "1"}), 422, "directory_field_read_only"),
            (json!({"username": "x", "name": 1}), 422, "directory_value_wrong"),
            (json!({"username": "x"}), 422, "name_missing"),
        ] {
            let said = refused(person(fields).await, status, code);
            assert!(said["reason"]["zh"].as_str().is_some_and(|text| !text.contains('{')), "{said}");
        }

        // Moves: no circle, nothing lost; what is not empty stays.
        let path = |object: &Value, verb: &str| {
            format!("/directory/objects/{}/{verb}", object["id"].as_str().unwrap_or_default())
        };
        let below = json!({"to": ["/ACME/Sales/Sales"]});
        refused(post(&path(&acme, "move"), below.clone()).await, 422, "dept_parent_cycle");
        refused(post(&path(&sales, "remove"), json!({})).await, 409, "directory_not_empty");
        good(post(&path(&li, "move"), below).await);
        let roots = get("/directory/tree").await;
        assert_eq!((&roots["items"][0]["name"], &roots["items"][0]["departments"]), (&json!("ACME"), &json!(1)));
        let inside = get(&format!("/directory/tree?parent={}", sales["id"].as_str().unwrap_or_default())).await;
        assert_eq!(inside["items"][0]["people"], 1);
        // By name, pinyin, initials, account; by number who may read it.
        for find in ["李", "li.lei", "13800138000"] {
            let found = get(&format!("/directory/objects?kind=user&find={}", urlencoded(find))).await;
            assert_eq!(found["items"].as_array().map(Vec::len), Some(1), "{find}");
        }
        let viewer = desk.role(Role::Viewer);
        let found = ask(&viewer, Method::GET, "/directory/objects?kind=user&find=13800138000", &Value::Null, "").await;
        assert_eq!(good(found)["items"], json!([]));

        // Of two who edit what they saw, the second is told.
        let (_, tag, _) = ask(&owner, Method::GET, path(&li, "").trim_end_matches('/'), &Value::Null, "").await;
        let edit = |title: &str| json!({"fields": {"title": title}});
        desk.clock.advance(Duration::from_millis(5));
        good(ask(&owner, Method::POST, &path(&li, "edit"), &edit("Fellow"), &tag).await);
        refused(ask(&owner, Method::POST, &path(&li, "edit"), &edit("Head"), &tag).await, 412, "changed_since");
        let now = good(post(&path(&li, "disable"), json!({})).await);
        assert_eq!((&now["status"], &field(&now, "title")["value"]), (&json!("disabled"), &json!("Fellow")));
        assert_eq!(field(&now, "title")["origin"]["actor"], "wang.min");
        assert!(now["allowed"].as_array().is_some_and(|verbs| verbs.contains(&json!("enable"))), "{now}");
        let past = get(&path(&li, "timeline")).await;
        let what: Vec<&Value> = past["items"].as_array().expect("entries").iter().map(|entry| &entry["what"]).collect();
        assert_eq!(what, ["changed", "changed", "changed", "created"]);
        assert_eq!(past["items"][1]["changes"][0]["after"], "Fellow");
        // People read words and names, not codes and ids.
        let disabled = &past["items"][0]["changes"][0];
        assert_eq!((&disabled["after"], &disabled["in_words"]["after"]["zh"]), (&json!("disabled"), &json!("已禁用")));
        assert!(!past["items"][3]["changes"].to_string().contains("13800138000"), "{past}");

        // Whoever left gives up the account; coming back finds it taken.
        good(post(&path(&li, "remove"), json!({})).await);
        refused(post(&path(&li, "disable"), json!({})).await, 409, "directory_left");
        let other = good(person(json!({"username": "li.lei", "name": "Other"})).await);
        refused(post(&path(&li, "enable"), json!({})).await, 409, "directory_taken");
        good(post(&path(&other, "remove"), json!({})).await);
        good(post(&path(&li, "enable"), json!({})).await);

        // Looking is not changing.
        let alone: BTreeSet<Permission> = [Permission::DirectoryView].into();
        let looker = Caller { permissions: alone, ..Caller::new(Tenant::default_tenant(), "x", []) };
        let refusal = ask(&desk.router(looker), Method::POST, &path(&li, "disable"), &json!({}), "").await;
        refused(refusal, 403, "not_permitted");
    });
}

/// A text as it stands in an address.
pub fn urlencoded(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[test]
fn many_are_changed_by_filter_and_count_or_none() {
    run(async {
        let desk = Desk::new().await;
        let owner = desk.role(Role::Owner);
        let post = async |path: &str, body: Value| ask(&owner, Method::POST, path, &body, "").await;
        for name in ["A", "B"] {
            good(post("/directory/objects", json!({"kind": "department", "fields": {"name": name}})).await);
        }
        for number in 0..5 {
            let fields = json!({"username": format!("p{number}"), "name": "P", "departments": ["/A"]});
            good(post("/directory/objects", json!({"kind": "user", "fields": fields})).await);
        }
        let tree = good(ask(&owner, Method::GET, "/directory/tree", &Value::Null, "").await);
        let filter = json!({"kind": "user", "department": tree["items"][0]["id"]});
        let bulk =
            |verb: &str, expected: u64| json!({"verb": verb, "filter": filter, "expected": expected, "to": ["/B"]});
        refused(post("/directory/bulk", bulk("move", 4)).await, 409, "directory_count_differs");
        refused(post("/directory/bulk", bulk("edit", 5)).await, 422, "directory_verb_wrong");
        assert_eq!(good(post("/directory/bulk", bulk("disable", 5)).await), json!({"found": 5, "changed": 5}));
        assert_eq!(good(post("/directory/bulk", bulk("disable", 5)).await), json!({"found": 5, "changed": 0}));
        good(post("/directory/bulk", bulk("move", 5)).await);
        let tree = good(ask(&owner, Method::GET, "/directory/tree", &Value::Null, "").await);
        assert_eq!((&tree["items"][0]["people"], &tree["items"][1]["people"]), (&json!(0), &json!(5)));
        let active =
            good(ask(&owner, Method::GET, "/directory/objects?kind=user&status=active", &Value::Null, "").await);
        assert_eq!(active["items"], json!([]));
    });
}

#[test]
fn what_a_source_fills_is_left_to_it() {
    let house = House::new();
    let company = Organisation::generated(2, 8);
    company.write(&house.source());
    house.import(&[]).expect(0);
    let shown = house.good(&["directory", "person", "show", "user0001"]);
    let object = &shown["object"];
    assert_eq!(field(object, "name")["master"]["workflow"], "csv_to_directory");
    assert_eq!(field(object, "nickname")["editable"], true);
    assert_eq!(object["allowed"], json!(["edit"]));
    let refused = house.ask(&["directory", "person", "edit", "user0001", "--set", "name=Other"]).expect(1).json();
    assert!(refused.to_string().contains("csv_to_directory"), "{refused}");
    for verb in ["disable", "leave"] {
        house.ask(&["directory", "person", verb, "user0001"]).expect(1);
    }
    house.good(&["directory", "person", "edit", "user0001", "--set", "nickname=Lei"]);
    // Made by hand beside it, and left alone by the next import, which changes the other one.
    house.good(&["directory", "person", "add", "guest", "Guest"]);
    let mut company = company;
    let first = company.people.keys().next().cloned().expect("a person");
    company.change(&first, "title", "Fellow");
    company.write(&house.source());
    house.import(&["--yes"]).expect(0);
    let guest = house.good(&["directory", "person", "show", "guest"]);
    assert_eq!(guest["object"]["status"], "active");
    assert!(guest["timeline"][0]["by"]["actor"].is_string(), "{guest}");
    let shown = house.good(&["directory", "person", "show", "user0001"]);
    assert_eq!(field(&shown["object"], "nickname")["value"], "Lei");
    let whole = shown["timeline"].as_array().expect("entries");
    assert_eq!(whole.last().map(|entry| &entry["by"]["workflow"]), Some(&json!("csv_to_directory")), "{shown}");
    // Put away, the workflow masters nothing more.
    house.good(&["workflow", "archive", "csv_to_directory"]);
    house.good(&["directory", "person", "disable", "user0001"]);
}

#[test]
fn whoever_waits_comes_in_by_a_review_and_by_nothing_else() {
    run(async {
        let desk = Desk::new().await;
        let owner = desk.role(Role::Owner);
        let post = async |router: &Router, path: &str, body: Value| ask(router, Method::POST, path, &body, "").await;
        let mut ids = Vec::new();
        for name in ["Ann", "Bob", "Cid", "Dan"] {
            let status = if name == "Dan" { "active" } else { "pending_review" };
            let fields = json!({"username": name, "name": name, "status": status});
            let made = good(post(&owner, "/directory/objects", json!({"kind": "user", "fields": fields})).await);
            ids.push(made["id"].as_str().expect("an id").to_string());
        }
        let queue = async || {
            let page = good(ask(&owner, Method::GET, "/directory/review", &Value::Null, "").await);
            let names = page["items"].as_array().expect("people").iter();
            names.map(|one| one["name"].as_str().unwrap_or_default().to_string()).collect::<BTreeSet<_>>()
        };
        assert_eq!(queue().await, ["Ann", "Bob", "Cid"].map(String::from).into());
        // Whoever edits people does not thereby let them in.
        let object = format!("/directory/objects/{}", ids[0]);
        refused(post(&owner, &format!("{object}/enable"), json!({})).await, 409, "review_waiting");
        let edit = json!({"fields": {"status": "active"}});
        refused(post(&owner, &format!("{object}/edit"), edit).await, 409, "review_waiting");
        good(post(&owner, &format!("{object}/edit"), json!({"fields": {"title": "Fellow"}})).await);
        let bulk = json!({"verb": "enable", "filter": {"kind": "user", "ids": [ids[1]]}, "expected": 1});
        refused(post(&owner, "/directory/bulk", bulk).await, 409, "review_waiting");
        let decision = |ids: &[&String]| json!({"ids": ids, "comment": "on the list of May"});
        let operator = desk.role(Role::Operator);
        refused(post(&operator, "/directory/review/approve", decision(&[&ids[0]])).await, 403, "not_permitted");
        // All of them or none.
        let mixed = decision(&[&ids[0], &ids[3]]);
        refused(post(&owner, "/directory/review/approve", mixed).await, 409, "review_not_waiting");
        refused(
            post(&owner, "/directory/review/approve", json!({"ids": ["01JD0000000000000000000000"]})).await,
            404,
            "directory_object_missing",
        );
        refused(post(&owner, "/directory/review/reject", json!({})).await, 422, "review_nobody");
        assert_eq!(queue().await.len(), 3);
        let approver = desk.role(Role::Approver);
        assert_eq!(
            good(post(&approver, "/directory/review/approve", decision(&[&ids[0], &ids[1]])).await),
            json!({"decided": 2})
        );
        assert_eq!(
            good(post(&approver, "/directory/review/reject", decision(&[&ids[2]])).await),
            json!({"decided": 1})
        );
        assert_eq!(queue().await.len(), 0);
        // Somebody else was faster.
        refused(post(&owner, "/directory/review/reject", decision(&[&ids[0]])).await, 409, "review_not_waiting");
        for (id, status) in ids.iter().zip(["active", "active", "left", "active"]) {
            let path = format!("/directory/objects/{id}");
            assert_eq!(good(ask(&owner, Method::GET, &path, &Value::Null, "").await)["status"], status);
        }
    });
}

/// Also when a run writes to the directory at the moment.
#[test]
fn a_review_is_decided_as_a_whole_or_not_at_all() {
    run(async {
        let desk = Desk::new().await;
        let owner = desk.role(Role::Owner);
        let post = async |path: &str, body: Value| ask(&owner, Method::POST, path, &body, "").await;
        let fields = json!({"username": "ann", "name": "Ann", "status": "pending_review"});
        let made = good(post("/directory/objects", json!({"kind": "user", "fields": fields})).await);
        let id = made["id"].as_str().expect("an id");
        let tenant = Tenant::default_tenant();
        let pair =
            Pair { tenant: tenant.clone(), source: "wecom".into(), target: "directory".into(), kind: Kind::User };
        let end = |key: &str| End { key: key.into(), ..End::default() };
        let mut batch = Batch::default();
        links::create(&mut batch, &pair, &pair.link(end("ann"), end(id), "up", "created", 1)).expect("written");
        desk.store.commit(batch).await.expect("committed");
        let linked = async || links::count(&*desk.store, &tenant, "wecom").await.expect("read");
        let decided = async || decisions::all(&*desk.store, &tenant).await.expect("read").len();
        let whom = json!({"ids": [id]});

        let held = desk.shared.app.engine().hold("directory").await.expect("read").expect("it is free");
        refused(post("/directory/review/reject", whom.clone()).await, 409, "directory_busy");
        assert_eq!((linked().await, decided().await), (1, 0));
        held.give_back().await;
        // Of somebody who is let in after all, no source is told to leave him alone.
        let ignored = Decision {
            connection: "wecom".into(),
            with: "directory".into(),
            kind: Kind::User,
            key: "ann".into(),
            choice: Choice::Ignore,
            by: "li".into(),
            at: 1,
            why: String::new(),
            workflow: None,
            review: Some(id.into()),
        };
        let other = Decision { key: "bob".into(), review: None, ..ignored.clone() };
        let mut batch = Batch::default();
        [&ignored, &other].iter().for_each(|one| one.put(&mut batch, &tenant).expect("written"));
        desk.store.commit(batch).await.expect("committed");
        good(post("/directory/review/approve", whom).await);
        assert_eq!((linked().await, decided().await), (1, 1));
    });
}

#[test]
fn house_numbers_are_of_one_tenant_for_good() {
    let house = House::new();
    house.good(&["tenant", "create", "east"]);
    house.good(&["tenant", "create", "west"]);
    let give = |args: &[&str]| house.good(&[&["tenant", "house-number"][..], args].concat())["house_number"].clone();
    assert_eq!(give(&["east"]), "0001");
    assert_eq!(give(&["west"]), "0002");
    assert_eq!(give(&["east", "SH12"]), "SH12");
    // Neither in another spelling, nor once it was given up.
    for taken in ["sh12", "0001"] {
        house.ask(&["tenant", "house-number", "west", taken]).expect(1);
    }
    assert_eq!(give(&["west", "--pattern", "SH1#"]), "SH11");
    assert_eq!(give(&["east", "0001"]), "0001");
    assert_eq!(give(&["default"]), "0003");
    for wrong in ["012", "0012 345", "a-b-c", "门牌"] {
        house.ask(&["tenant", "house-number", "west", wrong]).expect(1);
    }
    assert_eq!(house.good(&["tenant", "list"])[1]["house_number"], "0001");
}
