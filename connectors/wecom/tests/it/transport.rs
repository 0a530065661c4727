//! What is concluded when the answer is late, cut, foreign or missing: for reads, for writes, for the token.

use std::time::Duration;

use idflow_sdk::{Call, ErrorKind, Kind, Lease, ObjectCall, Params, Record};
use serde_json::json;

use crate::stub::{IMPATIENT, Reply, Stub, apply, context, open, open_with, refuse};

const LOGIN_PAGE: &str = "<html><body>please log in</body></html>";

#[tokio::test]
async fn failures_of_reads_and_writes() {
    use ErrorKind::{Configuration, RateLimited, Unavailable, Unexpected, Unknown};
    let minute = RateLimited(Duration::from_secs(60));
    let html = |status| Reply::Raw(status, "Content-Type: text/html", LOGIN_PAGE.into());
    let json = |body: serde_json::Value| Reply::Raw(200, "Content-Type: application/json", body.to_string());
    for (reply, code, read, write) in [
        (Reply::Hang, "wecom_no_answer", Unavailable, Unknown),
        (Reply::Close, "wecom_no_answer", Unavailable, Unknown),
        (Reply::Cut, "wecom_no_answer", Unavailable, Unknown),
        (Reply::Raw(200, "X: y", "{\"errcode\": 0, \"depa".into()), "wecom_no_answer", Unavailable, Unknown),
        (html(200), "wecom_not_json", Unexpected, Unknown),
        (Reply::Raw(200, "X: y", String::new()), "wecom_not_json", Unexpected, Unknown),
        (json(json!([])), "wecom_not_json", Unexpected, Unknown),
        (json(json!({})), "wecom_not_json", Unexpected, Unknown),
        (json(json!({"dept_user": [], "next_cursor": ""})), "wecom_not_json", Unexpected, Unknown),
        (json(json!({"errcode": "0"})), "wecom_not_json", Unexpected, Unknown),
        (html(500), "wecom_server_busy", Unavailable, Unknown),
        (html(502), "wecom_server_busy", Unavailable, Unknown),
        (html(429), "wecom_server_busy", minute, minute),
        (html(404), "wecom_wrong_address", Configuration, Configuration),
        (html(403), "wecom_wrong_address", Configuration, Configuration),
        (
            Reply::Raw(302, "Location: http://127.0.0.1:1/login", String::new()),
            "wecom_wrong_address",
            Configuration,
            Configuration,
        ),
        (
            Reply::Raw(301, "Location: https://127.0.0.1:1/cgi-bin", String::new()),
            "wecom_wrong_address",
            Configuration,
            Configuration,
        ),
        (refuse(45009, "api freq out of limit"), "WECOM_45009", minute, minute),
        (refuse(45033, "concurrent"), "WECOM_45033", Unavailable, Unavailable),
        (refuse(6000, "data version conflict"), "WECOM_6000", Unavailable, Unavailable),
        (refuse(99999, "new"), "WECOM_UNKNOWN", Unexpected, Unexpected),
    ] {
        let shown = format!("{reply:?}");
        let settings = if matches!(reply, Reply::Hang) { &[IMPATIENT][..] } else { &[] };
        let stub = Stub::start(move |request| (request.path != "gettoken").then(|| reply.clone())).await;
        let connection = open_with(&stub, settings);
        let error = connection.snapshot(&context(), Kind::User).await.expect_err(&shown);
        assert_eq!((error.kind, &*error.problem.code), (read, code), "read: {shown}");
        let error =
            apply(&connection, "delete_user", Default::default(), "lisi", &Record::new()).await.expect_err(&shown);
        assert_eq!((error.kind, &*error.problem.code), (write, code), "write: {shown}");
        assert_eq!((stub.count("user/list_id"), stub.count("user/delete")), (1, 1), "one attempt each: {shown}");
    }
}

#[tokio::test]
async fn a_long_list_that_keeps_coming_is_no_dead_call() {
    let rows: Vec<_> = (0..40).map(|number| json!({"userid": format!("user{number:04}"), "department": 1})).collect();
    let list = json!({"errcode": 0, "errmsg": "ok", "dept_user": rows, "next_cursor": ""});
    let length = list.to_string().len();
    // In eight pieces it takes three times the limit, which no pause reaches; in two pieces one pause does.
    for (pieces, pause, there) in [(8, 500, true), (2, 3000, false)] {
        let slow = Reply::Slow(length / pieces, pause, list.clone());
        let stub = Stub::start(move |request| (request.path == "user/list_id").then(|| slow.clone())).await;
        let connection = open_with(&stub, &[IMPATIENT]);
        let read = connection.snapshot(&context(), Kind::User).await;
        match read {
            Ok(snapshot) => assert!(there && snapshot.objects.len() == 40),
            Err(error) => {
                assert!(!there, "{error:?}");
                assert_eq!((error.kind, &*error.problem.code), (ErrorKind::Unavailable, "wecom_no_answer"));
            }
        }
    }
    // A write has the limit alone: it must not outlive the right to write.
    let slow = Reply::Slow(8, 500, json!({"errcode": 0, "errmsg": "deleted"}));
    let stub = Stub::start(move |request| (request.path == "user/delete").then(|| slow.clone())).await;
    let connection = open_with(&stub, &[IMPATIENT]);
    let error = apply(&connection, "delete_user", Default::default(), "lisi", &Record::new()).await;
    assert_eq!(error.expect_err("too long").kind, ErrorKind::Unknown);
}

#[tokio::test]
async fn a_lost_token_call_leaves_nothing_in_doubt() {
    let stub = Stub::start(|_| Some(Reply::Close)).await;
    let error =
        apply(&open(&stub), "delete_user", Default::default(), "lisi", &Record::new()).await.expect_err("closed");
    assert_eq!((error.kind, &*error.problem.code), (ErrorKind::Unavailable, "wecom_no_answer"));
    assert_eq!(stub.count("user/delete"), 0);
}

/// Another node may have taken over: whatever was about to be asked or written here is not sent any more.
#[tokio::test]
async fn nothing_is_sent_under_a_right_that_was_lost() {
    let stub = Stub::start(|_| None).await;
    let connection = open(&stub);
    let mut lost = context();
    lost.lease = Some(Lease::new("wecom/company", 1, Some("other"), || false));
    let (params, record) = (Params::default(), Record::new());
    for name in ["delete_user", "delete_department"] {
        let action = idflow_wecom::SPEC.action(name).expect("an action");
        let objects = vec![ObjectCall { key: "7", record: &record }];
        let mut results = connection.apply(&lost, Call { action, params: &params, objects }).await;
        let error = results.remove(0).expect_err(name);
        assert_eq!((error.kind, &*error.problem.code), (ErrorKind::Unavailable, "lease_lost"), "{name}");
    }
    let error = connection.snapshot(&lost, Kind::User).await.expect_err("a read");
    assert_eq!(&*error.problem.code, "lease_lost");
    assert!(stub.requests().is_empty(), "not even for a token");
}

#[tokio::test]
async fn a_refused_connection_sent_nothing() {
    let stub = Stub::start(|_| None).await;
    let connection = open_with(&stub, &[("base_url", "http://127.0.0.1:9")]);
    let context = context();
    let error = connection.snapshot(&context, Kind::User).await.expect_err("refused");
    assert_eq!((error.kind, &*error.problem.code), (ErrorKind::Unavailable, "wecom_unreachable"));
    assert_eq!(error.problem.get("host"), Some("127.0.0.1:9"));
    assert_eq!(context.meter.read()[0], 0);
    let error =
        apply(&connection, "delete_user", Default::default(), "lisi", &Record::new()).await.expect_err("refused");
    assert_eq!(error.kind, ErrorKind::Unavailable);
}

#[tokio::test]
async fn encryption_that_never_comes_about_sent_nothing() {
    let stub = Stub::start(|_| None).await;
    let connection = open_with(&stub, &[("base_url", &stub.base.replace("http:", "https:"))]);
    let error =
        apply(&connection, "delete_user", Default::default(), "lisi", &Record::new()).await.expect_err("no TLS");
    assert_eq!((error.kind, &*error.problem.code), (ErrorKind::Unavailable, "wecom_unreachable"));
    assert!(stub.requests().is_empty());
}

#[tokio::test]
async fn a_base_address_may_have_a_path() {
    let stub =
        Stub::start(|request| (request.path.ends_with("gettoken")).then(|| refuse(40013, "invalid corpid"))).await;
    let connection = open_with(&stub, &[("base_url", &format!("{}/wecom/", stub.base))]);
    let _ = connection.snapshot(&context(), Kind::User).await;
    assert_eq!(stub.requests()[0].path, "/wecom/cgi-bin/gettoken");
}
