//! `connection test` and the opening of connections: one cause, one finding, named for what it is.

use idflow_sdk::{CheckReport, Error, Secret};
use serde_json::json;

use crate::stub::{Reply, Request, Stub, context, ok, open, open_with, refuse, request};

/// A company in which everything is as it should be.
fn good(request: &Request) -> Option<Reply> {
    Some(match request.path.as_str() {
        "agent/get" => {
            ok(json!({"agentid": 1_000_002, "name": "idflow", "close": 0, "allow_partys": {"partyid": [1]}}))
        }
        "department/update" => refuse(60003, "department not found"),
        "department/list" => ok(json!({"department": [{"id": 1, "name": "ACME", "parentid": 0, "order": 1}]})),
        "department/simplelist" => ok(json!({"department_id": [{"id": 1, "parentid": 0, "order": 1}]})),
        "user/list" => ok(json!({"userlist": []})),
        "user/list_id" if request.secret() == "app" => refuse(48002, "api forbidden"),
        "user/list_id" => ok(json!({"next_cursor": "", "dept_user": []})),
        _ => return None,
    })
}

/// Subjects with the code of their problem; `!` when it stops runs.
fn findings(report: &CheckReport) -> Vec<String> {
    let shown = |finding: &idflow_sdk::Finding| match &finding.problem {
        None => format!("{} ok", finding.subject),
        Some(problem) => format!("{} {}{}", finding.subject, problem.code, if finding.fatal { "!" } else { "" }),
    };
    report.findings.iter().map(shown).collect()
}

fn allowed(report: &CheckReport) -> Vec<&'static str> {
    report.capabilities.iter().filter(|(_, allowed)| **allowed).map(|(name, _)| *name).collect()
}

#[tokio::test]
async fn a_good_connection() {
    let stub = Stub::start(good).await;
    let report = open(&stub).check(&context()).await;
    assert_eq!(
        findings(&report),
        [
            "contacts_secret ok",
            "api_edit ok",
            "root_department ok",
            "app_secret ok",
            "agent_id ok",
            "visible_range ok",
            "members ok"
        ]
    );
    let all = [
        "import_jobs",
        "read_ids",
        "read_names",
        "read_people",
        "read_source",
        "read_tree",
        "send_message",
        "write_dept",
        "write_user",
    ];
    assert_eq!(allowed(&report), all);
    let report = open_with(&stub, &[("import_jobs", "off")]).check(&context()).await;
    assert_eq!(allowed(&report), all[1..]);
    // What changes something is sent once, and names nothing.
    let posts: Vec<_> = stub
        .requests()
        .into_iter()
        .filter(|request| request.method != "GET" && request.path != "user/list_id")
        .collect();
    assert!(
        posts.iter().all(|request| request.path == "department/update" && request.body() == json!({})),
        "{posts:?}"
    );
}

#[tokio::test]
async fn a_missing_secret_is_told_and_the_rest_works() {
    let of_new_address = |request: &Request| match request.path.as_str() {
        "department/list" if request.secret() == "contacts" => Some(refuse(48009, "api forbidden")),
        _ => good(request),
    };
    let stub = Stub::start(of_new_address).await;
    let report = open_with(&stub, &[("app_secret", "")]).check(&context()).await;
    let without_app = ["contacts_secret ok", "api_edit ok", "root_department ok", "app_secret wecom_names_hidden"];
    assert_eq!(findings(&report), without_app);
    assert_eq!(allowed(&report), ["import_jobs", "read_ids", "read_source", "read_tree", "write_dept", "write_user"]);
    // From an old address the secret could read all, and why it does not is told.
    let old = Stub::start(good).await;
    let report = open_with(&old, &[("app_secret", "")]).check(&context()).await;
    assert_eq!(findings(&report), [&without_app[..], &["contacts_secret wecom_contacts_reads_unused"]].concat());
    assert_eq!(allowed(&report), ["import_jobs", "read_ids", "read_source", "read_tree", "write_dept", "write_user"]);
    let report = open_with(&stub, &[("contacts_secret", "")]).check(&context()).await;
    assert_eq!(findings(&report)[0], "contacts_secret wecom_contacts_secret_missing");
    assert_eq!(allowed(&report), ["read_names", "read_people", "read_source", "read_tree", "send_message"]);
}

#[tokio::test]
async fn each_cause_has_its_name() {
    for (path, reply, expected) in [
        ("agent/get", refuse(301_002, "not allow operate another agent"), "agent_id wecom_agent_mismatch!"),
        ("agent/get", refuse(40056, "invalid agentid"), "agent_id wecom_agent_mismatch!"),
        ("agent/get", refuse(60020, "not allow to access from your ip"), "agent_id WECOM_60020!"),
        ("agent/get", Reply::Close, "agent_id wecom_no_answer!"),
        ("agent/get", ok(json!({"close": 1})), "agent_id wecom_app_closed!"),
        ("agent/get", ok(json!({"allow_partys": {"partyid": [5, 6]}})), "whole_company wecom_range_partial"),
        ("agent/get", ok(json!({"allow_tags": {"tagid": [5]}})), "whole_company wecom_range_partial"),
        ("department/update", refuse(48002, "api forbidden"), "api_edit wecom_edit_off!"),
        ("department/update", refuse(60020, "not allow to access from your ip"), "api_edit WECOM_60020!"),
        ("department/update", refuse(40058, "id missing"), "api_edit ok"),
        (
            "department/list",
            ok(json!({"department": [{"id": 5, "name": "x", "parentid": 1}]})),
            "visible_range wecom_range_too_small",
        ),
        ("department/list", ok(json!({"department": []})), "visible_range wecom_range_too_small"),
        ("user/list_id", refuse(48002, "api forbidden"), "contacts_secret wecom_not_contacts_secret!"),
        ("user/list_id", refuse(60020, "not allow to access from your ip"), "contacts_secret WECOM_60020!"),
        (
            "department/simplelist",
            ok(json!({"department_id": [{"id": 5, "parentid": 1}]})),
            "root_department wecom_root_not_found!",
        ),
    ] {
        let stub =
            Stub::start(move |request| if request.path == path { Some(reply.clone()) } else { good(request) }).await;
        let found = findings(&open(&stub).check(&context()).await);
        assert!(found.contains(&expected.to_owned()), "{path}: {found:?}");
    }
}

#[tokio::test]
async fn without_the_right_to_edit_nothing_is_said_to_be_writable() {
    let stub = Stub::start(|request| match request.path.as_str() {
        "department/update" => Some(refuse(48002, "api forbidden")),
        _ => good(request),
    })
    .await;
    let report = open(&stub).check(&context()).await;
    assert_eq!(allowed(&report), ["read_ids", "read_names", "read_people", "read_source", "read_tree", "send_message"]);
}

#[tokio::test]
async fn wrong_secrets_and_no_network() {
    let stub = Stub::start(|request| {
        let app = request.query.get("corpsecret").is_some_and(|secret| secret.contains("app"));
        if request.path == "gettoken" && app { Some(refuse(40001, "invalid credential")) } else { good(request) }
    })
    .await;
    let report = open(&stub).check(&context()).await;
    assert_eq!(
        findings(&report),
        ["contacts_secret ok", "api_edit ok", "root_department ok", "app_secret WECOM_40001!"]
    );

    let nowhere = open_with(&stub, &[("base_url", "http://127.0.0.1:9")]).check(&context()).await;
    assert_eq!(findings(&nowhere), ["contacts_secret wecom_unreachable!", "app_secret wecom_unreachable!"]);
}

#[test]
fn settings_are_checked_when_opening() {
    let open = |change: &dyn Fn(&mut idflow_sdk::OpenRequest)| -> Result<(), Error> {
        let mut request = request("https://qyapi.weixin.qq.com");
        change(&mut request);
        idflow_wecom::open(request).map(|_| ())
    };
    let code =
        |result: Result<(), Error>| result.map_or_else(|error| error.problem.code.into_owned(), |()| "ok".into());
    assert_eq!(code(open(&|_| {})), "ok");
    assert_eq!(code(open(&|request| request.secrets.clear())), "wecom_secret_missing");
    assert_eq!(
        code(open(&|request| {
            request.settings.remove("agent_id");
        })),
        "wecom_agent_id_missing"
    );
    assert_eq!(
        code(open(&|request| {
            request.settings.remove("agent_id");
            request.secrets.remove("app_secret");
        })),
        "ok"
    );
    assert_eq!(
        code(open(&|request| {
            request.settings.insert("base_url".into(), "http://example.com".into());
        })),
        "wecom_base_url_plain_http"
    );
    assert_eq!(
        code(open(&|request| {
            request.secrets.insert("app_secret".into(), Secret::new("a b".into()));
        })),
        "wecom_setting_blank"
    );
}
