//! No error, no debug output and no log line may hold a secret or a token, whatever the other side does.

use std::{
    io,
    sync::{Arc, Mutex},
};

use idflow_sdk::{Call, Error, Field, Kind, ObjectCall, Params, Record, Value};
use idflow_wecom::schema::user;
use tracing_subscriber::fmt::MakeWriter;

#[allow(dead_code)]
#[path = "it/stub.rs"]
mod stub;

use serde_json::json;
use stub::{Reply, Stub, apply, context, ok, open_with, refuse};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("lock").extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;
    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[track_caller]
fn clean(text: &str, what: &str) {
    for word in ["SEKRET", "TOKEN-", "corpsecret=", "access_token="] {
        assert!(!text.contains(word), "{word} in {what}: {text}");
    }
}

fn texts(error: &Error) -> String {
    let mut all = format!("{error} {error:?} {}", serde_json::to_string(&error.problem).expect("JSON"));
    if let Some(message) = idflow_wecom::SPEC.messages.iter().find(|message| message.code == error.problem.code) {
        for text in [message.reason.zh, message.reason.en, message.hint.zh, message.hint.en] {
            all.push_str(&error.problem.fill(text));
        }
    }
    all
}

fn person() -> Record {
    [(user::NAME, Field::from_text("x")), (user::DEPARTMENT, Field::Value(Value::list([Value::Int(1)])))]
        .into_iter()
        .collect()
}

fn message() -> Params {
    let values = [("to_users", Value::text("lisi")), ("text", Value::text("x"))];
    Params { values: values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(), ..Params::default() }
}

/// Only who never answers is waited for no longer than this.
fn limit(reply: &str) -> (&'static str, &'static str) {
    ("timeout_ms", if reply == "hang" { "700" } else { "60000" })
}

#[tokio::test]
async fn nothing_leaks() {
    let lines = Lines::default();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(lines.clone()).finish();
    tracing::subscriber::set_global_default(subscriber).expect("the only test of this binary");

    for token_too in [false, true] {
        for reply in ["hang", "close", "cut", "redirect", "echo", "page", "refuse", "wrong port"] {
            let stub = Stub::start(move |request| {
                if request.path == "gettoken" && !token_too {
                    return None;
                }
                // The worst other side repeats what it was sent.
                let echo = format!("{:?}", request.query);
                Some(match reply {
                    "hang" => Reply::Hang,
                    "close" => Reply::Close,
                    "cut" => Reply::Cut,
                    "redirect" => Reply::Raw(302, "Location: http://127.0.0.1:1/?next=x", echo),
                    "echo" => refuse(40058, &echo),
                    "page" => Reply::Raw(200, "Content-Type: text/html", echo),
                    _ => refuse(48002, "api forbidden"),
                })
            })
            .await;
            let wrong = if reply == "wrong port" { "http://127.0.0.1:9".to_owned() } else { stub.base.clone() };
            let connection = open_with(&stub, &[("base_url", &wrong), limit(reply)]);
            let mut errors = vec![
                connection.snapshot(&context(), Kind::User).await.expect_err(reply),
                connection.snapshot(&context(), Kind::Department).await.expect_err(reply),
                connection.lookup(&context(), Kind::User, "lisi").await.expect_err(reply),
            ];
            errors.push(
                apply(&connection, "delete_user", Default::default(), "lisi", &Record::new()).await.expect_err(reply),
            );
            let record = person();
            let objects = || vec![ObjectCall { key: "lisi", record: &record }];
            let action = |name| idflow_wecom::SPEC.action(name).expect("action");
            let (none, message) = (Params::default(), message());
            let bulk = connection.bulk().expect("jobs");
            let call = Call { action: action("create_user"), params: &none, objects: objects() };
            errors.push(bulk.submit(&context(), call).await.expect_err(reply));
            errors.push(bulk.poll(&context(), "J1", &["lisi"]).await.expect_err(reply));
            let call = Call { action: action("send_message"), params: &message, objects: vec![] };
            errors.push(connection.apply(&context(), call).await.remove(0).expect_err(reply));
            for error in &errors {
                clean(&texts(error), reply);
            }
            clean(&format!("{:?}", connection.check(&context()).await), reply);
        }
    }
    // The upload of a job is reached only when the lists before it are answered.
    for reply in ["hang", "close", "cut", "echo", "page"] {
        for path in ["media/upload", "batch/syncuser"] {
            let stub = Stub::start(move |request| {
                let echo = format!("{:?} {}", request.query, request.raw_body);
                Some(match request.path.as_str() {
                    "gettoken" => return None,
                    "department/simplelist" => ok(json!({"department_id": [{"id": 1, "parentid": 0}]})),
                    "user/list_id" => ok(json!({"dept_user": [{"userid": "other", "department": 1}]})),
                    "media/upload" if path != "media/upload" => ok(json!({"media_id": "M1"})),
                    _ => match reply {
                        "hang" => Reply::Hang,
                        "close" => Reply::Close,
                        "cut" => Reply::Cut,
                        "echo" => refuse(40058, &echo),
                        _ => Reply::Raw(200, "Content-Type: text/html", echo),
                    },
                })
            })
            .await;
            let connection = open_with(&stub, &[limit(reply)]);
            let (record, none) = (person(), Params::default());
            let action = idflow_wecom::SPEC.action("create_user").expect("action");
            let call = Call { action, params: &none, objects: vec![ObjectCall { key: "lisi", record: &record }] };
            let error = connection.bulk().expect("jobs").submit(&context(), call).await.expect_err(reply);
            clean(&texts(&error), reply);
            assert_eq!(stub.count(path), 1);
        }
    }
    let log = String::from_utf8_lossy(&lines.0.lock().expect("lock")).into_owned();
    assert!(log.contains("user/list_id"), "the log was written");
    clean(&log, "the log");
}
