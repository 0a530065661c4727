//! Writing: what each action sends, with which secret and verb, and what its answer means.

use idflow_sdk::{ErrorKind, Field, Kind, Params, Record, Value};
use idflow_wecom::schema::{department, user};
use serde_json::json;

use crate::stub::{Stub, apply, context, flag, ok, open, open_with, refuse};

fn person() -> Record {
    [
        (user::USERID, Field::from_text("chen.yu")),
        (user::NAME, Field::from_text("陈雨")),
        (user::MOBILE, Field::from_text("13900001111")),
        (user::DEPARTMENT, Field::Value(Value::list([Value::Int(12), Value::Int(15)]))),
        (user::IS_LEADER_IN_DEPT, Field::Value(Value::list([Value::Bool(false), Value::Bool(true)]))),
        (user::ENABLE, Field::Value(Value::Bool(true))),
    ]
    .into_iter()
    .collect()
}

fn only(id: u16, field: Field) -> Record {
    [(id, field)].into_iter().collect()
}

#[tokio::test]
async fn each_action_makes_its_call() {
    let unit = [(department::NAME, Field::from_text("研发部")), (department::ORDER, Field::Value(Value::Int(7)))];
    let unit: Record = unit.into_iter().collect();
    for (action, params, key, record, method, path, query, body) in [
        (
            "create_department",
            Params::default(),
            "12",
            unit.clone(),
            "POST",
            "department/create",
            None,
            json!({"id": 12, "name": "研发部", "parentid": 1, "order": 7}),
        ),
        (
            "update_department",
            Params::default(),
            "12",
            only(department::PARENTID, Field::Value(Value::Int(9))),
            "POST",
            "department/update",
            None,
            json!({"id": 12, "parentid": 9}),
        ),
        (
            "delete_department",
            Params::default(),
            "12",
            Record::new(),
            "GET",
            "department/delete",
            Some(("id", "12")),
            json!(null),
        ),
        (
            "create_user",
            Params::default(),
            "chen.yu",
            person(),
            "POST",
            "user/create",
            None,
            json!({"userid": "chen.yu", "name": "陈雨", "mobile": "13900001111", "department": [12, 15],
                   "is_leader_in_dept": [0, 1], "enable": 1, "to_invite": false}),
        ),
        (
            "create_user",
            flag("to_invite", true),
            "chen.yu",
            only(user::NAME, Field::from_text("陈雨")),
            "POST",
            "user/create",
            None,
            json!({"userid": "chen.yu", "name": "陈雨", "to_invite": true}),
        ),
        (
            "update_user",
            Params::default(),
            "chen.yu",
            only(user::POSITION, Field::Empty),
            "POST",
            "user/update",
            None,
            json!({"userid": "chen.yu", "position": ""}),
        ),
        (
            "disable_user",
            Params::default(),
            "chen.yu",
            only(user::ENABLE, Field::Value(Value::Bool(false))),
            "POST",
            "user/update",
            None,
            json!({"userid": "chen.yu", "enable": 0}),
        ),
        (
            "enable_user",
            Params::default(),
            "chen.yu",
            Record::new(),
            "POST",
            "user/update",
            None,
            json!({"userid": "chen.yu", "enable": 1}),
        ),
        (
            "delete_user",
            Params::default(),
            "a@b+c",
            Record::new(),
            "GET",
            "user/delete",
            Some(("userid", "a@b+c")),
            json!(null),
        ),
    ] {
        let stub = Stub::start(|request| (request.path != "gettoken").then(|| ok(json!({})))).await;
        let applied = apply(&open(&stub), action, params, key, &record).await.expect(action);
        assert!(applied.warnings.is_empty(), "{action}");
        let requests = stub.requests();
        assert_eq!(requests.len(), 2, "{action}");
        let request = &requests[1];
        assert_eq!((request.method.as_str(), request.path.as_str(), request.secret()), (method, path, "contacts"));
        assert_eq!(request.body(), body, "{action}");
        assert!(!request.raw_body.contains("\\u"), "characters go out as they are");
        if let Some((name, value)) = query {
            assert_eq!(request.query.get(name).map(String::as_str), Some(value));
        }
    }
}

#[tokio::test]
async fn writes_are_counted() {
    let stub = Stub::start(|request| (request.path != "gettoken").then(|| ok(json!({})))).await;
    let (connection, context) = (open(&stub), context());
    let (action, params, record) =
        (idflow_wecom::SPEC.action("create_user").expect("action"), Params::default(), person());
    let objects = vec![idflow_sdk::ObjectCall { key: "chen.yu", record: &record }];
    let results = connection.apply(&context, idflow_sdk::Call { action, params: &params, objects }).await;
    assert!(results[0].is_ok());
    assert_eq!(context.meter.read()[..3], [2, 1, 0]);
}

#[tokio::test]
async fn refusals_say_what_to_do() {
    for (action, code, text, kind, field) in [
        ("create_user", 60104, "mobile existed:lisi", ErrorKind::Conflict, Some("mobile")),
        ("create_user", 60102, "userid existed", ErrorKind::Conflict, Some("userid")),
        ("create_user", 60123, "invalid party id", ErrorKind::Invalid, None),
        ("update_user", 60111, "userid not found", ErrorKind::NotFound, None),
        ("update_user", 48002, "api forbidden", ErrorKind::Configuration, None),
        ("delete_user", 301005, "not allow to delete creator", ErrorKind::Invalid, None),
    ] {
        let stub = Stub::start(move |request| (request.path != "gettoken").then(|| refuse(code, text))).await;
        let error = apply(&open(&stub), action, Params::default(), "chen.yu", &person()).await.expect_err(action);
        assert_eq!((error.kind, error.problem.field.as_deref()), (kind, field), "{code}");
        assert_eq!(error.problem.code, format!("WECOM_{code}"));
        assert_eq!(error.problem.get("errmsg"), Some(text), "the tail is cut off");
        if code == 60104 {
            assert_eq!(error.problem.get("holder"), Some("lisi"));
        }
    }
}

#[tokio::test]
async fn what_is_gone_is_deleted() {
    for (action, key, code) in [("delete_user", "lisi", 60111), ("delete_department", "12", 60123)] {
        let stub = Stub::start(move |request| (request.path != "gettoken").then(|| refuse(code, "not found"))).await;
        let applied = apply(&open(&stub), action, Params::default(), key, &Record::new()).await.expect(action);
        assert_eq!(applied.warnings[0].code, "wecom_already_gone");
    }
}

#[tokio::test]
async fn things_told_beside_success() {
    let stub = Stub::start(|request| {
        (request.path == "user/create")
            .then(|| ok(json!({"created_department_list": {"department_info": [{"name": "待设置部门1", "id": 8801}]}})))
    })
    .await;
    let applied = apply(&open(&stub), "create_user", Params::default(), "chen.yu", &person()).await.expect("created");
    assert_eq!(applied.warnings[0].code, "wecom_department_invented");
    assert_eq!(applied.warnings[0].get("departments"), Some("待设置部门1 (8801)"));

    let stub = Stub::start(|request| (request.path == "user/update").then(|| ok(json!({})))).await;
    let mobile = only(user::MOBILE, Field::from_text("13900002222"));
    let applied = apply(&open(&stub), "update_user", Params::default(), "chen.yu", &mobile).await.expect("updated");
    assert_eq!(applied.warnings[0].code, "wecom_mobile_may_stay");
    let email = only(user::EMAIL, Field::from_text("chen.yu@example.com"));
    let applied = apply(&open(&stub), "update_user", Params::default(), "chen.yu", &email).await.expect("updated");
    assert_eq!(applied.warnings[0].code, "wecom_email_may_stay");

    let applied =
        apply(&open(&stub), "update_user", Params::default(), "chen.yu", &only(user::GENDER, Field::Empty)).await;
    let warnings = applied.expect("updated").warnings;
    assert_eq!((&*warnings[0].code, warnings[0].get("field")), ("wecom_cannot_clear", Some("gender")));

    let stub = Stub::start(|request| (request.path == "department/create").then(|| ok(json!({"id": 99})))).await;
    let name = only(department::NAME, Field::from_text("x"));
    let error = apply(&open(&stub), "create_department", Params::default(), "12", &name).await.expect_err("other id");
    assert_eq!(error.problem.code, "wecom_department_id_differs");
}

#[tokio::test]
async fn nothing_is_sent_that_cannot_work() {
    let stub = Stub::start(|_| None).await;
    let error =
        apply(&open(&stub), "delete_department", Params::default(), "x", &Record::new()).await.expect_err("key");
    assert_eq!((error.kind, &*error.problem.code), (ErrorKind::Invalid, "wecom_key_invalid"));
    let alone = open_with(&stub, &[("contacts_secret", "")]);
    let error = apply(&alone, "delete_user", Params::default(), "lisi", &Record::new()).await.expect_err("secret");
    assert_eq!((error.kind, &*error.problem.code), (ErrorKind::Configuration, "wecom_contacts_secret_missing"));
    assert!(stub.requests().is_empty());
}

#[tokio::test]
async fn rules_are_checked_through_the_connection() {
    let stub = Stub::start(|_| None).await;
    let connection = open(&stub);
    let mut warnings = Vec::new();
    assert!(connection.conform(Kind::User, &mut person(), true, &mut warnings).is_ok());
    let mut bad = person();
    bad.set(user::NAME, Field::from_text(&"长".repeat(65)));
    let problem = connection.conform(Kind::User, &mut bad, true, &mut warnings).expect_err("too long");
    assert_eq!((&*problem.code, problem.field.as_deref()), ("name_too_long", Some("name")));
    assert!(warnings.is_empty());
}
