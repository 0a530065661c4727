//! Reading: which call with which secret, names that are hidden, pages, profiles, single objects.

use std::sync::atomic::{AtomicUsize, Ordering};

use idflow_sdk::{ErrorKind, Field, Kind, Snapshot, Value};
use idflow_wecom::schema::{department, user};
use serde_json::{Value as Json, json};

use crate::stub::{Reply, Request, Stub, context, ok, open, open_with, refuse};

/// ACME with 1 > 2 Sales > 3 East and 1 > 4, of which the app sees 1, 2 and 3.
fn corp(request: &Request) -> Option<Reply> {
    let members = |department: &str| -> Json {
        match department {
            "2" => json!([profile("lisi", &[2])]),
            "3" => json!([profile("zhangsan", &[2, 3])]),
            _ => json!([]),
        }
    };
    let query = |name: &str| request.query.get(name).cloned().unwrap_or_default();
    Some(match request.path.as_str() {
        "gettoken" => return None,
        "department/list" => ok(json!({"department": [
            {"id": 1, "name": "ACME", "name_en": "", "parentid": 0, "order": 9},
            {"id": 2, "name": "Sales", "name_en": "", "parentid": 1, "order": 8},
            {"id": 3, "name": "East", "name_en": "E", "parentid": 2, "order": 7}]})),
        "department/simplelist" => ok(json!({"department_id": [
            {"id": 1, "parentid": 0, "order": 9}, {"id": 2, "parentid": 1, "order": 8},
            {"id": 3, "parentid": 2, "order": 7}, {"id": 4, "parentid": 1, "order": 6}]})),
        "department/get" if query("id") == "2" => {
            ok(json!({"department": {"id": 2, "name": "Sales", "parentid": 1, "order": 8}}))
        }
        "department/get" => refuse(60123, "invalid party id"),
        "user/list" => ok(json!({"userlist": members(&query("department_id"))})),
        "user/get" if query("userid") == "lisi" => ok(profile("lisi", &[2])),
        "user/get" => refuse(60111, "userid not found"),
        "user/list_id" => {
            // zhangsan's rows are split over the pages, and one row is repeated.
            let pairs = |rows: &[(&str, i64)]| -> Json {
                rows.iter().map(|(userid, department)| json!({"userid": userid, "department": department})).collect()
            };
            match request.body()["cursor"].as_str() {
                Some("") => ok(json!({"next_cursor": "p2", "dept_user": pairs(&[("lisi", 2), ("zhangsan", 2)])})),
                Some("p2") => ok(
                    json!({"next_cursor": "", "dept_user": pairs(&[("zhangsan", 3), ("zhangsan", 2), ("wangwu", 4)])}),
                ),
                _ => refuse(50100, "invalid cursor"),
            }
        }
        _ => return None,
    })
}

fn profile(userid: &str, departments: &[i64]) -> Json {
    json!({"userid": userid, "name": format!("N {userid}"), "department": departments, "mobile": "", "gender": "0",
           "position": "", "status": 1, "is_leader_in_dept": departments.iter().map(|_| 0).collect::<Vec<_>>()})
}

fn keys(snapshot: &Snapshot) -> Vec<&str> {
    snapshot.objects.iter().map(|seen| &*seen.key).collect()
}

#[tokio::test]
async fn departments_with_both_secrets() {
    let stub = Stub::start(corp).await;
    let found = open(&stub).snapshot(&context(), Kind::Department).await.expect("snapshot");
    assert_eq!(stub.calls(), ["app department/list", "contacts department/simplelist"]);
    assert_eq!(keys(&found), ["2", "3", "4"]);
    assert_eq!((found.root, found.highest_key), (Some(Value::Int(1)), 4));
    assert_eq!(found.objects[1].record.text(department::PATH), Some("/Sales/East"));
    assert_eq!(found.objects[1].record.text(department::NAME_EN), Some("E"));
    assert_eq!(found.objects[0].record.get(department::NAME_EN), Some(&Field::Empty));
    assert_eq!(found.objects[2].record.get(department::NAME), None);
    assert_eq!(found.objects[2].record.get(department::PATH), None);
    assert_eq!(found.notices[0].code, "wecom_names_partly_hidden");
}

#[tokio::test]
async fn departments_with_one_secret() {
    let stub = Stub::start(corp).await;
    let found = open_with(&stub, &[("app_secret", "")]).snapshot(&context(), Kind::Department).await.expect("snapshot");
    assert_eq!(keys(&found), ["2", "3", "4"]);
    assert!(found.objects.iter().all(|seen| seen.record.get(department::NAME).is_none()));
    assert_eq!(found.notices[0].code, "wecom_names_hidden");
    assert_eq!(stub.calls(), ["contacts department/simplelist"]);

    let stub = Stub::start(corp).await;
    let found =
        open_with(&stub, &[("contacts_secret", "")]).snapshot(&context(), Kind::Department).await.expect("snapshot");
    assert_eq!(keys(&found), ["2", "3"]);
    assert_eq!(stub.calls(), ["app department/list"]);
}

#[tokio::test]
async fn another_root() {
    let stub = Stub::start(corp).await;
    let found =
        open_with(&stub, &[("root_department", "2")]).snapshot(&context(), Kind::Department).await.expect("snapshot");
    assert_eq!((keys(&found), found.root.clone(), found.highest_key), (vec!["3"], Some(Value::Int(2)), 4));
    assert_eq!(found.objects[0].record.text(department::PATH), Some("/East"));

    let error =
        open_with(&stub, &[("root_department", "77")]).snapshot(&context(), Kind::Department).await.expect_err("none");
    assert_eq!((error.kind, &*error.problem.code), (ErrorKind::Configuration, "wecom_root_not_found"));
    assert_eq!(error.problem.get("department"), Some("77"));
}

#[tokio::test]
async fn a_refused_read_is_no_empty_company() {
    let stub =
        Stub::start(|request| (request.path != "gettoken").then(|| refuse(60020, "not allow to access from your ip")))
            .await;
    for kind in [Kind::Department, Kind::User] {
        let error = open(&stub).snapshot(&context(), kind).await.expect_err("refused");
        assert_eq!((error.kind, &*error.problem.code), (ErrorKind::Configuration, "WECOM_60020"));
        assert_eq!(error.problem.get("ip"), Some("203.0.113.24"));
    }
    for answer in [json!({}), json!({"department": [], "department_id": [], "dept_user": null})] {
        let stub = Stub::start(move |request| (request.path != "gettoken").then(|| ok(answer.clone()))).await;
        for kind in [Kind::Department, Kind::User] {
            let error = open(&stub).snapshot(&context(), kind).await.expect_err("shape");
            assert_eq!(error.kind, ErrorKind::Unexpected);
        }
    }
}

#[tokio::test]
async fn people_by_id() {
    let stub = Stub::start(corp).await;
    let found = open(&stub).snapshot(&context(), Kind::User).await.expect("snapshot");
    assert_eq!(keys(&found), ["lisi", "wangwu", "zhangsan"]);
    assert_eq!(found.objects[2].record.value(user::DEPARTMENT), Some(&Value::list([Value::Int(2), Value::Int(3)])));
    assert_eq!(found.objects[2].record.len(), 2);
    assert_eq!(stub.calls(), ["contacts user/list_id", "contacts user/list_id"]);
    let page = &stub.requests()[1];
    assert_eq!((page.method.as_str(), page.body()), ("POST", json!({"cursor": "", "limit": 10_000})));
}

#[tokio::test]
async fn an_unchanged_sync_reads_a_large_company_in_few_calls() {
    let stub = Stub::start(|request| {
        if request.path != "user/list_id" {
            return corp(request);
        }
        let body = request.body();
        let from: usize = body["cursor"].as_str().unwrap_or_default().parse().unwrap_or(0);
        let limit = usize::try_from(body["limit"].as_u64().unwrap_or(1)).expect("limit");
        let rows: Vec<Json> =
            (from..8_664.min(from + limit)).map(|n| json!({"userid": format!("u{n}"), "department": 2})).collect();
        let end = from + rows.len();
        Some(ok(json!({"next_cursor": if end < 8_664 { end.to_string() } else { String::new() }, "dept_user": rows})))
    })
    .await;
    let (connection, context) = (open(&stub), context());
    connection.snapshot(&context, Kind::Department).await.expect("departments");
    assert_eq!(connection.snapshot(&context, Kind::User).await.expect("people").objects.len(), 8_664);
    assert_eq!(context.meter.read()[0], 5);
}

#[tokio::test]
async fn pages_that_go_in_circles_are_refused() {
    let stub = Stub::start(|request| {
        (request.path == "user/list_id").then(|| ok(json!({"next_cursor": "again", "dept_user": []})))
    })
    .await;
    let error = open(&stub).snapshot(&context(), Kind::User).await.expect_err("stuck");
    assert_eq!(error.problem.code, "wecom_cursor_stuck");
    assert_eq!(stub.count("user/list_id"), 2);
}

#[tokio::test]
async fn a_cursor_that_does_not_hold_begins_the_list_anew_and_not_for_ever() {
    for (refusals, whole) in [(2, true), (9, false)] {
        let left = AtomicUsize::new(refusals);
        let stub = Stub::start(move |request| {
            if request.path != "user/list_id" {
                return None;
            }
            let row = |userid: &str| json!([{"userid": userid, "department": 2}]);
            Some(match request.body()["cursor"].as_str() {
                Some("") => ok(json!({"next_cursor": "p2", "dept_user": row("lisi")})),
                _ if left.load(Ordering::SeqCst) > 0 => {
                    left.fetch_sub(1, Ordering::SeqCst);
                    refuse(50100, "invalid cursor")
                }
                _ => ok(json!({"next_cursor": "", "dept_user": row("zhangsan")})),
            })
        })
        .await;
        let read = open(&stub).snapshot(&context(), Kind::User).await;
        assert_eq!(stub.count("user/list_id"), 6);
        match read {
            Ok(found) => assert!(whole && keys(&found) == ["lisi", "zhangsan"], "{found:?}"),
            Err(error) => assert!(!whole && error.problem.code == "WECOM_50100", "{error:?}"),
        }
    }
}

#[tokio::test]
async fn people_in_full() {
    let stub = Stub::start(corp).await;
    let found = open_with(&stub, &[("member_read", "full")]).snapshot(&context(), Kind::User).await.expect("snapshot");
    assert_eq!(keys(&found), ["lisi", "wangwu", "zhangsan"]);
    let zhangsan = &found.objects[2].record;
    assert_eq!(zhangsan.text(user::NAME), Some("N zhangsan"));
    assert_eq!(zhangsan.get(user::POSITION), Some(&Field::Empty));
    assert_eq!((zhangsan.get(user::MOBILE), zhangsan.get(user::GENDER)), (None, None));
    assert_eq!(zhangsan.value(user::ENABLE), Some(&Value::Bool(true)));
    assert_eq!(found.objects[1].record.get(user::NAME), None, "outside the app's range");
    assert_eq!(stub.count("user/list"), 3);

    let stub = Stub::start(corp).await;
    let found = open_with(&stub, &[("contacts_secret", "")]).snapshot(&context(), Kind::User).await.expect("snapshot");
    assert_eq!(keys(&found), ["lisi", "zhangsan"]);
    assert_eq!(found.notices[0].code, "wecom_people_visible_only");
    assert!(stub.calls().iter().all(|call| call.starts_with("app ")));
}

#[tokio::test]
async fn what_the_better_secret_sees_stays() {
    let stub = Stub::start(|request| match request.path.as_str() {
        "user/list_id" => {
            let rows: Vec<Json> = [2, 3, 4].iter().map(|id| json!({"userid": "Lisi", "department": id})).collect();
            Some(ok(json!({"next_cursor": "", "dept_user": rows})))
        }
        _ => corp(request),
    })
    .await;
    let found = open_with(&stub, &[("member_read", "full")]).snapshot(&context(), Kind::User).await.expect("snapshot");
    assert_eq!(keys(&found), ["Lisi", "zhangsan"]);
    let lisi = &found.objects[0].record;
    assert_eq!(lisi.value(user::DEPARTMENT).and_then(Value::as_list).map(<[Value]>::len), Some(3));
    assert_eq!(lisi.get(user::IS_LEADER_IN_DEPT), None);
    assert_eq!(lisi.text(user::NAME), Some("N lisi"));
}

#[tokio::test]
async fn details_of_people() {
    let stub = Stub::start(corp).await;
    let connection = open(&stub);
    let found = connection.details(&context(), Kind::User, &["lisi", "wangwu"]).await.expect("details");
    assert_eq!(stub.calls(), ["app agent/get", "app user/get", "app user/get"]);
    assert_eq!(found[0].record.text(user::NAME), Some("N lisi"));
    assert_eq!((&*found[1].key, found[1].record.len()), ("wangwu", 0));

    let alone = open_with(&stub, &[("contacts_secret", "")]);
    assert_eq!(alone.details(&context(), Kind::User, &["lisi", "wangwu"]).await.expect("details").len(), 1);

    let many: Vec<String> =
        (0..250).map(|n| format!("u{n}")).chain(["lisi".into(), "wangwu".into(), "ghost".into()]).collect();
    let keys: Vec<&str> = many.iter().map(String::as_str).collect();
    let stub = Stub::start(|request| match request.path.as_str() {
        "user/list" => {
            let all: Vec<Json> =
                (0..250).map(|n| profile(&format!("U{n}"), &[2])).chain([profile("lisi", &[2])]).collect();
            Some(ok(json!({"userlist": all})))
        }
        _ => corp(request),
    })
    .await;
    let found = open(&stub).details(&context(), Kind::User, &keys).await.expect("details");
    assert_eq!(found.len(), 253);
    assert_eq!((&*found[7].key, found[7].record.text(user::NAME)), ("u7", Some("N U7")));
    // All are in one department but Wangwu, whose department the app does not see; the ghost is nowhere.
    assert_eq!((stub.count("user/list"), stub.count("department/list"), stub.count("user/list_id")), (1, 1, 2));
    assert_eq!(stub.calls().iter().filter(|call| *call == "app user/get").count(), 1);
    assert!(found[251..].iter().all(|seen| seen.record.is_empty()));
    let alone = open_with(&stub, &[("contacts_secret", "")]);
    assert_eq!(alone.details(&context(), Kind::User, &keys[..251]).await.expect("details").len(), 251);
    assert_eq!(stub.count("user/list"), 4, "an app alone reads every department");

    let stub = Stub::start(corp).await;
    let found =
        open_with(&stub, &[("app_secret", "")]).details(&context(), Kind::User, &["lisi"]).await.expect("details");
    assert_eq!((found.len(), found[0].record.len(), stub.calls().len()), (1, 0, 0));
}

#[tokio::test]
async fn details_of_departments() {
    let stub = Stub::start(corp).await;
    let found = open(&stub).details(&context(), Kind::Department, &["3", "99"]).await.expect("details");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].record.text(department::PATH), Some("/Sales/East"));
}

#[tokio::test]
async fn single_objects_are_looked_up() {
    let stub = Stub::start(corp).await;
    let connection = open(&stub);
    let lisi = connection.lookup(&context(), Kind::User, "lisi").await.expect("lookup").expect("there");
    assert_eq!(lisi.text(user::NAME), Some("N lisi"));
    let wangwu =
        connection.lookup(&context(), Kind::User, "WangWu").await.expect("lookup").expect("not visible, but there");
    assert_eq!(wangwu.value(user::DEPARTMENT), Some(&Value::list([Value::Int(4)])));
    assert_eq!(connection.lookup(&context(), Kind::User, "ghost").await.expect("lookup"), None);

    let sales = connection.lookup(&context(), Kind::Department, "2").await.expect("lookup").expect("there");
    assert_eq!(sales.text(department::NAME), Some("Sales"));
    let hidden =
        connection.lookup(&context(), Kind::Department, "4").await.expect("lookup").expect("not visible, but there");
    assert_eq!((hidden.get(department::NAME), hidden.value(department::PARENTID)), (None, Some(&Value::Int(1))));
    assert_eq!(connection.lookup(&context(), Kind::Department, "5").await.expect("lookup"), None);

    let stub = Stub::start(corp).await;
    let alone = open_with(&stub, &[("app_secret", "")]);
    assert!(alone.lookup(&context(), Kind::User, "zhangsan").await.expect("lookup").is_some());
    assert!(stub.calls().iter().all(|call| call.starts_with("contacts ")));
}

#[tokio::test]
async fn many_objects_are_looked_up_with_few_calls() {
    let keys: Vec<String> = (0..3_000).map(|n| format!("u{n}")).chain(["WANGWU".into(), "zhangsan".into()]).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    for changes in [&[("app_secret", "")][..], &[]] {
        let stub = Stub::start(corp).await;
        let connection = open_with(&stub, changes);
        let found = connection.lookup_many(&context(), Kind::User, &keys).await.expect("lookup");
        assert_eq!(found.len(), keys.len());
        assert!(found[..3_000].iter().all(Option::is_none));
        let [Some(wangwu), Some(zhangsan)] = &found[3_000..] else { panic!("both are there") };
        assert_eq!(wangwu.value(user::DEPARTMENT), Some(&Value::list([Value::Int(4)])));
        assert_eq!(zhangsan.value(user::DEPARTMENT), Some(&Value::list([Value::Int(2), Value::Int(3)])));
        assert!(stub.calls().len() <= 5, "{:?}", stub.calls());

        let found = connection.lookup_many(&context(), Kind::Department, &["2", "4", "5", "99"]).await.expect("lookup");
        let there: Vec<bool> = found.iter().map(Option::is_some).collect();
        assert_eq!(there, [true, true, false, false]);
        let named = found[0].as_ref().and_then(|record| record.text(department::NAME));
        assert_eq!(named, changes.is_empty().then_some("Sales"));
    }
}
