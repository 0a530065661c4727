//! Import jobs: what is read before, what is uploaded and handed in, and what the answers mean.

use idflow_sdk::{
    Call, Carried, Connection, Error, ErrorKind, Field, JobState, ObjectCall, Params, Record, Submitted, Value,
};
use idflow_wecom::{SPEC, schema::user};
use serde_json::json;

use crate::stub::{IMPATIENT, Reply, Request, Stub, context, flag, ok, open, open_with, refuse};

fn person(name: &str, departments: &[i64]) -> Record {
    [
        (user::NAME, Field::from_text(name)),
        (user::EMAIL, Field::from_text("someone@example.com")),
        (user::DEPARTMENT, Field::Value(Value::list(departments.iter().copied().map(Value::Int)))),
    ]
    .into_iter()
    .collect()
}

/// A company with departments 1 and 2 and the member Lisi; every other call is the test's.
fn company(request: &Request, other: impl Fn(&Request) -> Option<Reply>) -> Option<Reply> {
    Some(match request.path.as_str() {
        "department/simplelist" => {
            ok(json!({"department_id": [{"id": 1, "parentid": 0, "order": 1}, {"id": 2, "parentid": 1, "order": 1}]}))
        }
        "user/list_id" => ok(json!({"next_cursor": "", "dept_user": [{"userid": "Lisi", "department": 2}]})),
        _ => match other(request) {
            Some(reply) => reply,
            None => match request.path.as_str() {
                "media/upload" => ok(json!({"type": "file", "media_id": "M1", "created_at": "1764000500"})),
                "batch/syncuser" => ok(json!({"jobid": "J1"})),
                _ => return None,
            },
        },
    })
}

async fn submit(
    connection: &dyn Connection,
    action: &str,
    params: Params,
    people: &[(&str, Record)],
) -> Result<Submitted, Error> {
    let objects = people.iter().map(|(key, record)| ObjectCall { key, record }).collect();
    let call = Call { action: SPEC.action(action).expect("action"), params: &params, objects };
    connection.bulk().expect("jobs").submit(&context(), call).await
}

fn refusals(submitted: &Submitted) -> Vec<(usize, ErrorKind, &str)> {
    submitted.refused.iter().map(|(place, error)| (*place, error.kind, &*error.problem.code)).collect()
}

#[tokio::test]
async fn a_job_is_checked_uploaded_and_handed_in() {
    let stub = Stub::start(|request| company(request, |_| None)).await;
    let people = [
        ("chen.yu", person("陈雨", &[2])),
        ("lisi", person("李四", &[2])),
        ("wangwu", person("王五", &[2, 77])),
        ("zhao", person("赵,六", &[1, 2])),
        ("ZHAO", person("赵", &[1])),
    ];
    let done = submit(&*open(&stub), "create_user", Params::default(), &people).await.expect("handed in");
    assert_eq!(done.job.as_deref(), Some("J1"));
    assert_eq!(
        refusals(&done),
        [
            (1, ErrorKind::Conflict, "WECOM_60102"),
            (2, ErrorKind::Invalid, "WECOM_60123"),
            (4, ErrorKind::Conflict, "WECOM_60102")
        ]
    );
    let mut calls = stub.calls();
    calls[..2].sort();
    assert_eq!(
        calls,
        ["contacts department/simplelist", "contacts user/list_id", "contacts media/upload", "contacts batch/syncuser"]
    );
    let requests = stub.requests();
    let upload = requests.iter().find(|request| request.path == "media/upload").expect("upload");
    assert_eq!(upload.query.get("type").map(String::as_str), Some("file"));
    assert!(upload.raw_body.contains("name=\"media\"; filename=\"members.csv\""), "{}", upload.raw_body);
    let table = "姓名,帐号,邮箱,所在部门\n\
                 陈雨,chen.yu,someone@example.com,2\n\
                 \"赵,六\",zhao,someone@example.com,1;2\n";
    assert!(upload.raw_body.contains(table), "{}", upload.raw_body);
    let job = requests.last().expect("job");
    assert_eq!(job.body(), json!({"media_id": "M1", "to_invite": false}), "nobody is invited unasked");
    let invited = submit(&*open(&stub), "create_user", flag("to_invite", true), &people).await;
    assert!(invited.is_ok());
    assert_eq!(stub.requests().last().expect("job").body()["to_invite"], json!(true));
}

#[tokio::test]
async fn an_update_makes_nobody() {
    let stub = Stub::start(|request| company(request, |_| None)).await;
    let position = |text: &str| -> Record { [(user::POSITION, Field::from_text(text))].into_iter().collect() };
    let mut alias = position("b");
    alias.set(user::ALIAS, Field::from_text("c"));
    let people = [("lisi", position("a")), ("nobody", position("b")), ("LISI", alias)];
    let connection = open(&stub);
    let done = submit(&*connection, "update_user", flag("to_invite", true), &people).await.expect("handed in");
    assert_eq!(
        refusals(&done),
        [(1, ErrorKind::NotFound, "WECOM_60111"), (2, ErrorKind::Unavailable, "wecom_import_left")]
    );
    let requests = stub.requests();
    let upload = requests.iter().find(|request| request.path == "media/upload").expect("upload");
    assert!(upload.raw_body.contains("\r\n\r\n帐号,职位\nlisi,a\n\r\n"), "{}", upload.raw_body);
    assert_eq!(requests.last().expect("job").body()["to_invite"], json!(false));

    // Nothing left: nothing is sent.
    let none = submit(&*connection, "update_user", Params::default(), &[("nobody", position("a"))]).await;
    assert_eq!(none.expect("checked").job, None);
    assert_eq!((stub.count("media/upload"), stub.count("batch/syncuser")), (1, 1));
}

#[tokio::test]
async fn what_was_lost_and_what_was_refused() {
    for (path, reply, kind) in [
        ("media/upload", Reply::Close, ErrorKind::Unavailable),
        ("media/upload", Reply::Cut, ErrorKind::Unavailable),
        ("media/upload", Reply::Raw(502, "X: y", String::new()), ErrorKind::Unavailable),
        ("media/upload", refuse(45001, "file too large"), ErrorKind::Unsupported),
        ("batch/syncuser", Reply::Close, ErrorKind::Unknown),
        ("batch/syncuser", Reply::Cut, ErrorKind::Unknown),
        ("batch/syncuser", Reply::Hang, ErrorKind::Unknown),
        ("batch/syncuser", ok(json!({})), ErrorKind::Unknown),
        (
            "batch/syncuser",
            refuse(302_008, "another import job is running"),
            ErrorKind::RateLimited(std::time::Duration::from_secs(2)),
        ),
        // Whoever says "busy" may have taken it.
        ("batch/syncuser", refuse(-1, "system busy"), ErrorKind::Unknown),
        ("batch/syncuser", refuse(40092, "import file invalid"), ErrorKind::Unsupported),
        ("batch/syncuser", refuse(48002, "api forbidden"), ErrorKind::Unsupported),
        ("batch/syncuser", refuse(60020, "not allow to access from your ip"), ErrorKind::Configuration),
        ("department/simplelist", refuse(60020, "not allow to access from your ip"), ErrorKind::Configuration),
        ("department/simplelist", ok(json!({"department_id": []})), ErrorKind::Unexpected),
        ("user/list_id", ok(json!({"next_cursor": "", "dept_user": [{"userid": ""}]})), ErrorKind::Unexpected),
    ] {
        let answer = reply.clone();
        let stub = Stub::start(move |request| match request.path == path {
            true => Some(answer.clone()),
            false => company(request, |_| None),
        })
        .await;
        let error = submit(
            &*open_with(&stub, &[IMPATIENT]),
            "create_user",
            Params::default(),
            &[("chen.yu", person("陈雨", &[2]))],
        )
        .await
        .expect_err(path);
        assert_eq!(error.kind, kind, "{path} {reply:?}");
        assert!(kind == ErrorKind::Unknown || path == "batch/syncuser" || stub.count("batch/syncuser") == 0);
    }
}

#[tokio::test]
async fn rows_are_read_when_the_job_is_over() {
    let rows = json!([
        {"userid": "CHEN.YU", "errcode": 0, "errmsg": "ok"},
        {"userid": "lisi", "errcode": 60104, "errmsg": "mobile existed:wang"},
        {"userid": "zhao", "errcode": 60123, "errmsg": "invalid party id"},
        {"userid": "qian", "errcode": 302_005, "errmsg": "failed"},
        {"userid": "sun"}
    ]);
    let stub = Stub::start(move |request| {
        let job = request.query.get("jobid").map(String::as_str);
        (request.path == "batch/getresult").then(|| match job {
            Some("started") => ok(json!({"status": 1, "type": "sync_user", "total": 5, "percentage": 0, "result": []})),
            Some("running") => ok(json!({"status": 2, "type": "sync_user", "total": 5, "percentage": 50})),
            Some("done") => ok(json!({"status": 3, "type": "sync_user", "percentage": 100, "result": rows.clone()})),
            Some("purged") => refuse(40089, "batch result purged"),
            Some("failed") => refuse(302_005, "import failed"),
            Some("odd") => ok(json!({"status": 9})),
            Some("file") => refuse(40092, "invalid import file"),
            Some("twice") => refuse(302_003, "userid repeated"),
            _ => refuse(40088, "jobid not found"),
        })
    })
    .await;
    let connection = open(&stub);
    let keys = ["chen.yu", "lisi", "zhao", "qian", "sun", "zhou"];
    let poll = async |job: &str| connection.bulk().expect("jobs").poll(&context(), job, &keys).await;
    for (job, expected) in [("started", 0), ("running", 50)] {
        let state = poll(job).await.expect(job);
        assert!(matches!(state, JobState::Running { percent, again } if percent == expected && !again.is_zero()));
    }
    let JobState::Done(answers) = poll("done").await.expect("done") else { panic!("over") };
    let answers: Vec<_> =
        answers.iter().map(|answer| answer.as_ref().map_err(|error| error.kind).map(|_| ())).collect();
    assert_eq!(
        answers,
        [
            Ok(()),
            Err(ErrorKind::Conflict),
            Err(ErrorKind::Invalid),
            Err(ErrorKind::Unavailable),
            Err(ErrorKind::Unknown),
            Err(ErrorKind::Unknown)
        ]
    );
    let JobState::Done(answers) = poll("failed").await.expect("over") else { panic!("over") };
    assert_eq!(answers.len(), keys.len());
    assert!(answers.iter().all(|answer| answer.as_ref().is_err_and(|error| error.kind == ErrorKind::Unavailable)));
    for (job, kind) in [
        ("purged", ErrorKind::NotFound),
        ("lost", ErrorKind::NotFound),
        ("odd", ErrorKind::Unexpected),
        ("file", ErrorKind::Unsupported),
        ("twice", ErrorKind::Unsupported),
    ] {
        assert_eq!(poll(job).await.expect_err(job).kind, kind, "{job}");
    }
}

/// A code means of a row what it means of the single call that the row stands for.
#[tokio::test]
async fn rows_of_creations_are_no_updates() {
    let stub = Stub::start(|request| {
        company(request, |request| {
            let row = json!([{"userid": "chen.yu", "errcode": 60111, "errmsg": "userid not found"}]);
            let over = || ok(json!({"status": 3, "type": "sync_user", "percentage": 100, "result": row}));
            (request.path == "batch/getresult").then(over)
        })
    })
    .await;
    for (action, key, kind) in
        [("create_user", "chen.yu", ErrorKind::Invalid), ("update_user", "lisi", ErrorKind::NotFound)]
    {
        let connection = open(&stub);
        let people = [(key, person("陈雨", &[2]))];
        let job =
            submit(&*connection, action, Params::default(), &people).await.expect("handed in").job.expect("a job");
        let state = connection.bulk().expect("jobs").poll(&context(), &job, &["chen.yu"]).await.expect("over");
        let JobState::Done(answers) = state else { panic!("over") };
        assert_eq!(answers[0].as_ref().expect_err("refused").kind, kind, "{action}");
    }
}

#[tokio::test]
async fn jobs_are_offered_where_they_can_be_done() {
    let stub = Stub::start(|_| None).await;
    // Switched off: none is handed in any more, but one of before can still be looked at.
    let off = open_with(&stub, &[("import_jobs", "off")]);
    let create = SPEC.action("create_user").expect("action");
    assert!(off.bulk().is_some_and(|bulk| bulk.most() == 0 && bulk.estimate(create, 5_000).is_none()));
    assert!(open_with(&stub, &[("contacts_secret", "")]).bulk().is_none());
    let connection = open(&stub);
    let bulk = connection.bulk().expect("jobs");
    let action = |name| SPEC.action(name).expect("action");
    for (name, objects, offered) in [
        ("create_user", 5_000, true),
        ("update_user", 5_000, true),
        ("create_user", 50, false),
        ("disable_user", 5_000, false),
        ("create_department", 5_000, false),
    ] {
        assert_eq!(bulk.estimate(action(name), objects).is_some(), offered, "{name} {objects}");
    }
    let (job, single) =
        (bulk.estimate(action("create_user"), 1_000).expect("job"), connection.estimate(action("create_user"), 1_000));
    assert!(job.calls < 20 && single.calls == 1_000 && job.time < single.time, "{job:?} {single:?}");
    let enabled: Record = [(user::ENABLE, Field::Value(Value::Bool(false)))].into_iter().collect();
    assert_eq!(bulk.carries(action("update_user"), &enabled), Carried::Whole);
    assert_eq!(bulk.carries(action("disable_user"), &enabled), Carried::Nothing);
    assert_eq!(bulk.group(action("create_user"), &enabled), 0);
}
