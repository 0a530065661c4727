//! One token for each secret, fetched once, replaced once.

use futures::future::join_all;
use idflow_sdk::{ErrorKind, Kind, Record};
use serde_json::json;

use crate::stub::{Stub, apply, context, ok, open, refuse};

fn tree() -> serde_json::Value {
    json!({"department_id": [{"id": 1, "parentid": 0, "order": 1}], "department": [{"id": 1, "name": "ACME", "parentid": 0, "order": 1}]})
}

#[tokio::test]
async fn concurrent_callers_share_one_token_for_each_secret() {
    let stub = Stub::start(|request| (request.path != "gettoken").then(|| ok(tree()))).await;
    let connection = open(&stub);
    let context = context();
    let results = join_all((0..30).map(|_| connection.snapshot(&context, Kind::Department))).await;
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(stub.count("gettoken"), 2);
    let [calls, writes, retries, bytes] = context.meter.read();
    assert_eq!((calls, writes, retries), (62, 0, 0));
    assert!(bytes > 1000);
}

#[tokio::test]
async fn a_stale_token_is_replaced_and_the_call_repeated_once() {
    for code in [40014, 42001, 40001] {
        let stub = Stub::start(move |request| {
            let stale = request.query.get("access_token").is_some_and(|token| token.ends_with("-1"));
            match request.path.as_str() {
                "gettoken" => None,
                _ if stale => Some(refuse(code, "stale")),
                _ => Some(ok(json!({}))),
            }
        })
        .await;
        let connection = open(&stub);
        let first = apply(&connection, "delete_user", Default::default(), "lisi", &Record::new()).await;
        assert!(first.is_ok(), "{code}");
        assert_eq!(stub.calls(), ["contacts user/delete", "contacts user/delete"]);
        assert!(apply(&connection, "delete_user", Default::default(), "lisi", &Record::new()).await.is_ok());
        assert_eq!((stub.count("gettoken"), stub.count("user/delete")), (2, 3));
    }
}

#[tokio::test]
async fn a_token_refused_twice_is_a_matter_of_settings() {
    let stub = Stub::start(|request| (request.path != "gettoken").then(|| refuse(40014, "invalid access_token"))).await;
    let connection = open(&stub);
    let context = context();
    let error = connection.snapshot(&context, Kind::User).await.expect_err("refused");
    assert_eq!((error.kind, &*error.problem.code), (ErrorKind::Configuration, "WECOM_40014"));
    assert_eq!((stub.count("gettoken"), stub.count("user/list_id")), (2, 2));
    assert_eq!(context.meter.read()[2], 1);
}

#[tokio::test]
async fn a_wrong_secret_is_not_tried_again_and_again() {
    for code in [40001, 40013, 40091, 60020] {
        let stub = Stub::start(move |request| (request.path == "gettoken").then(|| refuse(code, "no"))).await;
        let connection = open(&stub);
        let context = context();
        let results = join_all((0..20).map(|_| connection.snapshot(&context, Kind::User))).await;
        for result in results {
            let error = result.expect_err("refused");
            assert_eq!(error.kind, ErrorKind::Configuration);
            assert_eq!(*error.problem.code, format!("WECOM_{code}"));
        }
        assert_eq!(stub.count("gettoken"), 1, "{code}");
    }
}

#[tokio::test]
async fn a_busy_token_call_can_be_repeated() {
    let stub = Stub::start(|request| (request.path == "gettoken").then(|| refuse(-1, "system busy"))).await;
    let connection = open(&stub);
    for round in 1..=2 {
        let error = connection.snapshot(&context(), Kind::User).await.expect_err("busy");
        assert_eq!(error.kind, ErrorKind::Unavailable);
        assert_eq!(stub.count("gettoken"), round);
    }
}

#[tokio::test]
async fn an_answer_without_token_is_no_token() {
    let stub = Stub::start(|request| (request.path == "gettoken").then(|| ok(json!({"expires_in": 7200})))).await;
    let error = open(&stub).snapshot(&context(), Kind::User).await.expect_err("refused");
    assert_eq!((error.kind, &*error.problem.code), (ErrorKind::Unexpected, "wecom_answer_shape"));
    assert_eq!(error.problem.get("lacks"), Some("access_token"));
}
