//! Import jobs against the simulator: the outcome for each member is the same as by single calls.

use std::{sync::Arc, time::Duration};

use idflow_sdk::{
    ActionSpec, Applied, Call, Carried, Connection, Error, ErrorKind, Field, FieldId, JobState, Kind, ObjectCall,
    Params, Record, Value,
};
use idflow_wecom::{SPEC, schema::user};
use serde_json::Value as Json;
use wecom_sim::{Effect, FaultRule, Faults, Running};

use crate::{
    simulator::{acme, connect, numbers, record, start, value},
    stub::{apply, context},
};

type Answer = Result<Applied, Error>;

fn action(name: &str) -> &'static ActionSpec {
    SPEC.action(name).expect("action")
}

/// Hands rows in until none is left, job after job, as the engine does: one group at a time, what a job cannot carry by
/// calls of their own afterwards. Returns what became of each, and how many jobs it took.
async fn by_jobs(connection: &Arc<dyn Connection>, name: &str, people: &[(String, Record)]) -> (Vec<Answer>, usize) {
    let bulk = connection.bulk().expect("jobs");
    let mut answers: Vec<Option<Answer>> = people.iter().map(|_| None).collect();
    let mut jobs = 0;
    for _ in 0..50 {
        let open: Vec<usize> = (0..people.len()).filter(|place| answers[*place].is_none()).collect();
        let Some(first) = open.first() else { break };
        if bulk.carries(action(name), &people[*first].1) == Carried::Nothing {
            let (key, fields) = &people[*first];
            answers[*first] = Some(apply(connection, name, Params::default(), key, fields).await);
            continue;
        }
        let group = bulk.group(action(name), &people[*first].1);
        let mine: Vec<usize> = open
            .into_iter()
            .filter(|place| bulk.carries(action(name), &people[*place].1) != Carried::Nothing)
            .filter(|place| bulk.group(action(name), &people[*place].1) == group)
            .collect();
        let objects =
            mine.iter().map(|place| ObjectCall { key: &people[*place].0, record: &people[*place].1 }).collect();
        let params = Params::default();
        let call = Call { action: action(name), params: &params, objects };
        let done = bulk.submit(&context(), call).await.expect("handed in");
        let mut carried = mine.clone();
        for (place, error) in done.refused {
            carried.retain(|other| *other != mine[place]);
            if !error.retryable() {
                answers[mine[place]] = Some(Err(error));
            }
        }
        let Some(job) = done.job else { continue };
        jobs += 1;
        let keys: Vec<&str> = carried.iter().map(|place| people[*place].0.as_str()).collect();
        let results = loop {
            match bulk.poll(&context(), &job, &keys).await.expect("state") {
                JobState::Done(results) => break results,
                JobState::Running { .. } => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        };
        for (place, result) in carried.into_iter().zip(results) {
            let (key, fields) = &people[place];
            let result = match (result, bulk.carries(action(name), fields)) {
                (Ok(_), Carried::Without(later)) => {
                    let rest: Record = fields.iter().filter(|(id, _)| later.contains(id)).map(owned).collect();
                    apply(connection, "update_user", Params::default(), key, &rest).await
                }
                (result, _) => result,
            };
            answers[place] = Some(result);
        }
    }
    (answers.into_iter().map(|answer| answer.expect("an answer for each")).collect(), jobs)
}

fn owned((id, field): (FieldId, &Field)) -> (FieldId, Field) {
    (id, field.clone())
}

async fn one_by_one(connection: &Arc<dyn Connection>, name: &str, people: &[(String, Record)]) -> Vec<Answer> {
    let mut answers = Vec::new();
    for (key, fields) in people {
        answers.push(apply(connection, name, Params::default(), key, fields).await);
    }
    answers
}

/// Codes and warnings, without what differs by the way taken.
fn told(answers: &[Answer]) -> Vec<(String, Option<ErrorKind>)> {
    answers
        .iter()
        .map(|answer| match answer {
            Ok(applied) => (applied.warnings.iter().map(|problem| &*problem.code).collect::<Vec<_>>().join(","), None),
            Err(error) => (error.problem.code.to_string(), Some(error.kind)),
        })
        .collect()
}

fn members(sim: &Running) -> Json {
    let state = serde_json::to_value(sim.state()).expect("JSON");
    let mut users = state["corps"][0]["users"].as_array().expect("users").clone();
    users.sort_by_key(|user| user["userid"].as_str().map(str::to_lowercase));
    serde_json::json!([users, state["corps"][0]["departments"]])
}

/// People of every shape that the rules let pass, and some that the platform refuses.
fn newcomers() -> Vec<(String, Record)> {
    (0..240)
        .map(|n: i64| {
            let key = format!("person.{n}");
            let mut fields = vec![
                (user::USERID, value(key.as_str())),
                (user::NAME, value(["王五", "O'Neil, \"Jo\"", "李;四", "陈 雨"][n as usize % 4])),
                (user::EMAIL, value(format!("p{n}@example.com").as_str())),
                (user::DEPARTMENT, numbers(if n % 3 == 0 { &[2, 3] } else { &[4] })),
            ];
            if n % 2 == 0 {
                fields.push((user::MOBILE, value(format!("1549800{n:04}").as_str())));
            }
            if n % 3 == 0 {
                let flags = Value::list([Value::Bool(false), Value::Bool(n % 2 == 0)]);
                fields.push((user::IS_LEADER_IN_DEPT, Field::Value(flags)));
                fields.push((user::MAIN_DEPARTMENT, value(3)));
            }
            if n % 5 == 0 {
                fields.push((user::GENDER, value(["male", "female"][n as usize % 2])));
                fields.push((user::POSITION, value("工程师 \"高级\", 二组")));
                fields.push((user::ENABLE, value(n % 10 == 0)));
            }
            if n % 7 == 0 {
                fields.push((user::ALIAS, Field::Empty));
                fields.push((user::TELEPHONE, value("+86-10-1234")));
                fields.push((user::ADDRESS, value(if n % 2 == 0 { "一号楼\n二层" } else { "一号楼" })));
                fields.push((user::DIRECT_LEADER, Field::Value(Value::list([Value::text("lisi")]))));
            }
            // The platform's to refuse: a number and an address that others have.
            if n == 17 {
                fields.push((user::MOBILE, value("15498000002")));
            }
            if n == 19 {
                fields[2].1 = value("LISI@example.com");
            }
            (key, record(fields))
        })
        .chain([(
            "LISI".to_owned(),
            record([
                (user::NAME, value("x")),
                (user::EMAIL, value("x1@example.com")),
                (user::DEPARTMENT, numbers(&[2])),
            ]),
        )])
        .collect()
}

#[tokio::test]
async fn new_members_end_up_the_same() {
    let (single, bulk) = (start(acme()).await, start(acme()).await);
    let people = newcomers();
    let expected = one_by_one(&connect(&single, &[]), "create_user", &people).await;
    let (found, jobs) = by_jobs(&connect(&bulk, &[]), "create_user", &people).await;
    assert_eq!(jobs, 1);
    assert_eq!(told(&found), told(&expected));
    assert!(told(&expected).iter().filter(|(_, kind)| kind.is_some()).count() == 3);
    assert_eq!(members(&bulk), members(&single));
    assert!(bulk.state().corps[0].invited.is_empty());
    assert!(bulk.counts().calls < single.counts().calls);
}

#[tokio::test]
async fn changed_members_end_up_the_same() {
    let (single, bulk) = (start(acme()).await, start(acme()).await);
    let people = newcomers();
    for sim in [&single, &bulk] {
        one_by_one(&connect(sim, &[]), "create_user", &people).await;
    }
    let changes: Vec<(String, Record)> = (0..240_i64)
        .map(|n| {
            let mut fields = vec![];
            if n % 2 == 0 {
                fields.push((user::POSITION, if n % 30 == 0 { Field::Empty } else { value("主管") }));
            } else {
                fields.push((user::DEPARTMENT, numbers(&[4, 2])));
                let flags = Value::list([Value::Bool(true), Value::Bool(false)]);
                fields.push((user::IS_LEADER_IN_DEPT, Field::Value(flags)));
            }
            if n % 8 == 0 {
                fields.push((user::MOBILE, value(format!("1549900{n:04}").as_str())));
                fields.push((user::ENABLE, value(n % 16 == 0)));
            }
            (format!("Person.{n}"), record(fields))
        })
        .chain([("nobody".to_owned(), record([(user::POSITION, value("主管"))]))])
        .collect();
    let expected = one_by_one(&connect(&single, &[]), "update_user", &changes).await;
    let (found, jobs) = by_jobs(&connect(&bulk, &[]), "update_user", &changes).await;
    assert_eq!(jobs, 3, "one for each set of columns");
    assert_eq!(told(&found), told(&expected));
    assert_eq!(members(&bulk), members(&single));
}

#[tokio::test]
async fn one_job_at_a_time_and_lost_answers() {
    let sim = start(acme()).await;
    let connection = connect(&sim, &[]);
    let people = newcomers();
    let submit = async |place: usize| {
        let params = Params::default();
        let objects = vec![ObjectCall { key: &people[place].0, record: &people[place].1 }];
        let call = Call { action: action("create_user"), params: &params, objects };
        connection.bulk().expect("jobs").submit(&context(), call).await
    };
    let first = submit(1).await.expect("handed in").job.expect("a job");
    let error = submit(2).await.expect_err("another job is at work");
    assert_eq!(
        (error.kind, &*error.problem.code),
        (ErrorKind::RateLimited(std::time::Duration::from_secs(2)), "WECOM_302008")
    );
    let over = async |job: &str, key: &str| loop {
        match connection.bulk().expect("jobs").poll(&context(), job, &[key]).await.expect("state") {
            JobState::Done(answers) => break answers,
            JobState::Running { .. } => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    };
    assert!(over(&first, "person.1").await[0].is_ok());

    sim.set_faults(Faults::rules([FaultRule::new("/cgi-bin/media/upload", Effect::Lost).times(1)]));
    assert_eq!(submit(3).await.expect_err("lost").kind, ErrorKind::Unavailable);
    sim.set_faults(Faults::rules([FaultRule::new("/cgi-bin/batch/syncuser", Effect::Lost).times(1)]));
    assert_eq!(submit(3).await.expect_err("lost").kind, ErrorKind::Unknown);
    // The job runs all the same: its member turns up.
    let keys = ["person.3", "person.2", "person.1", "LiSi", "nobody"];
    let mut there = Vec::new();
    for _ in 0..200 {
        let found = connection.lookup_many(&context(), Kind::User, &keys).await.expect("lookup");
        there = found.iter().map(Option::is_some).collect();
        if there[0] {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(there, [true, false, true, true, false]);
    let error = connection.bulk().expect("jobs").poll(&context(), "nope", &["x"]).await.expect_err("unknown");
    assert_eq!(error.kind, ErrorKind::NotFound);
}
