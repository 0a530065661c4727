//! Limits: what is not sent, how long a refusal lasts, and how many writes may be in flight.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use idflow_sdk::{Connection, Context, Error, ErrorKind, Kind, ObjectCall, Params, Record, Seen};
use idflow_wecom::SPEC;
use serde_json::json;

use crate::stub::{Stub, ok, open, open_with, refuse};

fn at(seconds: i64) -> Context {
    Context::at(seconds * 1_000)
}

async fn details(connection: &Arc<dyn Connection>, seconds: i64) -> Result<Vec<Seen>, Error> {
    connection.details(&at(seconds), Kind::User, &["lisi"]).await
}

fn rest(result: Result<Vec<Seen>, Error>) -> (String, u64) {
    match result {
        Ok(_) => ("ok".into(), 0),
        Err(error) => match error.kind {
            // Rounded up: a little real time passes too.
            ErrorKind::RateLimited(wait) => (error.problem.code.into_owned(), wait.as_secs_f64().ceil() as u64),
            kind => panic!("{kind:?}"),
        },
    }
}

fn profile() -> serde_json::Value {
    json!({"userid": "lisi", "name": "N"})
}

#[tokio::test]
async fn a_full_bucket_sends_nothing_and_opens_with_the_clock() {
    let stub = Stub::start(|request| (request.path == "user/get").then(|| ok(profile()))).await;
    let few = [("limits", "per_minute=3, per_hour=5")];
    let (one, two) = (open_with(&stub, &few), open_with(&stub, &few));
    for connection in [&one, &two, &one] {
        assert!(details(connection, 0).await.is_ok());
    }
    let (code, wait) = rest(details(&two, 0).await);
    assert_eq!((code.as_str(), (60..=65).contains(&wait)), ("wecom_quota_used_up", true), "{wait}");
    assert_eq!(stub.count("user/get"), 3, "the fourth was not sent");
    assert!(details(&two, 66).await.is_ok());
    assert!(details(&one, 66).await.is_ok());
    let (_, wait) = rest(details(&one, 200).await);
    assert!((3_300..=3_660).contains(&wait), "the hour is full: {wait}");
    assert!(details(&one, 3_700).await.is_ok());
    assert_eq!(stub.count("user/get"), 6);
}

#[tokio::test]
async fn a_refusal_shuts_one_api_for_all_connections() {
    let refusals = Arc::new(AtomicUsize::new(2));
    let left = refusals.clone();
    let stub = Stub::start(move |request| match request.path.as_str() {
        "user/get" if left.load(Ordering::SeqCst) > 0 => {
            left.fetch_sub(1, Ordering::SeqCst);
            Some(refuse(45009, "api freq out of limit"))
        }
        "user/get" => Some(ok(profile())),
        "department/list" => Some(ok(json!({"department": [{"id": 1, "name": "A", "parentid": 0}]}))),
        "department/simplelist" => Some(ok(json!({"department_id": [{"id": 1, "parentid": 0}]}))),
        _ => None,
    })
    .await;
    let (one, two) = (open(&stub), open(&stub));
    assert_eq!(rest(details(&one, 0).await), ("WECOM_45009".into(), 60));
    let (code, wait) = rest(details(&two, 20).await);
    assert_eq!((code.as_str(), (38..=41).contains(&wait)), ("WECOM_45009", true), "the first cause is kept");
    assert_eq!(stub.count("user/get"), 1);
    assert!(one.snapshot(&at(20), Kind::Department).await.is_ok(), "other calls go on");
    assert_eq!(rest(details(&two, 61).await), ("WECOM_45009".into(), 3_600), "refused again: an hour");
    assert_eq!(rest(details(&one, 3_600).await).0, "WECOM_45009");
    assert_eq!(stub.count("user/get"), 2);
    assert!(details(&one, 3_700).await.is_ok());
    refusals.store(1, Ordering::SeqCst);
    assert_eq!(rest(details(&one, 3_701).await), ("WECOM_45009".into(), 60), "a clean answer ended the first one");
}

#[tokio::test]
async fn tokens_have_a_bucket_of_their_own() {
    let stub =
        Stub::start(|request| (request.path == "gettoken").then(|| refuse(45009, "api freq out of limit"))).await;
    let connection = open(&stub);
    for seconds in [0, 10] {
        assert_eq!(rest(details(&connection, seconds).await).0, "WECOM_45009");
    }
    assert_eq!(stub.count("gettoken"), 1);
}

#[tokio::test]
async fn writes_widen_after_clean_answers_and_narrow_at_a_complaint() {
    let busy = Arc::new(AtomicUsize::new(0));
    let code = busy.clone();
    let stub = Stub::start(move |request| {
        let code = [0, 6000, 45033, -1][code.load(Ordering::SeqCst)];
        (request.path != "gettoken").then(|| if code == 0 { ok(json!({})) } else { refuse(code, "busy") })
    })
    .await;
    let connection = open(&stub);
    let action = |name| SPEC.action(name).expect("action");
    let (params, record) = (Params::default(), Record::new());
    let write = async |count: usize| {
        for _ in 0..count {
            let objects = vec![ObjectCall { key: "lisi", record: &record }];
            let call = idflow_sdk::Call { action: action("enable_user"), params: &params, objects };
            let _ = connection.apply(&at(0), call).await;
        }
    };
    let width = || connection.slots().expect("shared places").width();
    assert_eq!(width(), 1);
    write(7).await;
    assert_eq!(width(), 8, "one alone, two together, four together");
    write(100).await;
    assert_eq!(width(), 8, "never more than is declared");
    for complaint in 1..=3 {
        busy.store(complaint, Ordering::SeqCst);
        write(1).await;
        assert_eq!(width(), 4, "{complaint}");
        busy.store(0, Ordering::SeqCst);
        write(4).await;
        assert_eq!(width(), 8, "{complaint}");
        write(8).await;
    }
    let again = open(&stub);
    assert!(std::ptr::eq(&**connection.slots().expect("places"), &**again.slots().expect("places")), "one company");
}
