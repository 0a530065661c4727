//! The contract suite over a stand-in for the badge system, and over connections that break one promise each: whoever breaks
//! it is found out by the case that is about it.

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock, Mutex, Once},
};

use async_trait::async_trait;
use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get},
};
use idflow_badge::SPEC;
use idflow_sdk::{
    Applied, Call, CheckReport, Connection, ConnectorSpec, Context, Error, ErrorKind, Field, Kind, OpenRequest, Page,
    Problem, ReadRequest, Reader, Record, Secret, Seen, Snapshot, Summary, Value,
    contract::{self, NoDirectory, Sample, Stage, Subject, System, Trouble},
};
use serde_json::{Map, Value as Json, json};

const KEY: &str = "badge-key-4711-secret";

/// The system: its holders by number, and what goes wrong in it.
#[derive(Default)]
struct Doors {
    holders: BTreeMap<String, Map<String, Json>>,
    trouble: Option<Trouble>,
}

type Shared = Arc<Mutex<Doors>>;

fn answer(status: StatusCode, body: &Json) -> Response {
    (status, [("content-type", "application/json")], body.to_string()).into_response()
}

/// Does what a call asks, unless something is wrong.
async fn serve(doors: Shared, method: &str, number: Option<String>, headers: HeaderMap, body: Bytes) -> Response {
    let mut doors = doors.lock().expect("the doors");
    let status = |status: u16| StatusCode::from_u16(status).expect("a status");
    if headers.get("authorization").is_none_or(|given| given != &format!("Bearer {KEY}")) {
        return answer(status(401), &json!({}));
    }
    match doors.trouble {
        Some(Trouble::Busy) => return answer(status(503), &json!({})),
        Some(Trouble::TooMany) => return (status(429), [("retry-after", "7")], "").into_response(),
        Some(Trouble::NoRight) => return answer(status(403), &json!({})),
        Some(Trouble::Garbled) => return (status(200), "<html>sign in</html>").into_response(),
        _ => {}
    }
    let done = act(&mut doors.holders, method, number, &body);
    if doors.trouble == Some(Trouble::LostAnswers) && method != "GET" {
        // The head of an answer, and then nothing more.
        let broken = futures::stream::once(async { Err::<Bytes, _>(std::io::Error::other("cut")) });
        return Body::from_stream(broken).into_response();
    }
    let unnamed = doors.trouble == Some(Trouble::Partial);
    match done {
        Ok(mut json) => {
            if let (true, Some(holders)) = (unnamed, json["holders"].as_array_mut()) {
                holders.push(json!({"name": "Nobody"}));
            }
            answer(status(200), &json)
        }
        Err((code, json)) => answer(status(code), &json),
    }
}

fn act(
    holders: &mut BTreeMap<String, Map<String, Json>>,
    method: &str,
    number: Option<String>,
    body: &[u8],
) -> Result<Json, (u16, Json)> {
    let shown = |holder: &Map<String, Json>| {
        let open = holder.iter().filter(|(name, _)| *name != "mobile");
        Json::Object(open.map(|(name, value)| (name.clone(), value.clone())).collect())
    };
    let given: Map<String, Json> = serde_json::from_slice(body).unwrap_or_default();
    let key = number.clone().unwrap_or_else(|| given.get("number").and_then(Json::as_str).unwrap_or_default().into());
    let taken = |(other, holder): (&String, &Map<String, Json>)| {
        *other != key && given.get("mobile").is_some_and(|mobile| holder.get("mobile") == Some(mobile))
    };
    match (method, number) {
        ("GET", None) => Ok(json!({"holders": holders.values().map(shown).collect::<Vec<_>>()})),
        ("POST", None) if holders.contains_key(&key) => Err((409, json!({"field": "number"}))),
        ("POST" | "PATCH", _) if holders.iter().any(taken) => Err((409, json!({"field": "mobile"}))),
        ("POST", None) => {
            holders.insert(key, given);
            Ok(json!({}))
        }
        ("PATCH", Some(number)) => {
            let holder = holders.get_mut(&number).ok_or((404, json!({})))?;
            holder.extend(given);
            Ok(json!({}))
        }
        ("DELETE", Some(number)) => holders.remove(&number).map(|_| json!({})).ok_or((404, json!({}))),
        _ => Err((404, json!({}))),
    }
}

fn routes(doors: Shared) -> Router {
    let all =
        get(|State(doors): State<Shared>, headers: HeaderMap, body: Bytes| serve(doors, "GET", None, headers, body))
            .post(|State(doors): State<Shared>, headers: HeaderMap, body: Bytes| {
                serve(doors, "POST", None, headers, body)
            });
    let one: MethodRouter<Shared> = MethodRouter::new()
        .patch(|State(doors): State<Shared>, Path(number): Path<String>, headers: HeaderMap, body: Bytes| {
            serve(doors, "PATCH", Some(number), headers, body)
        })
        .delete(|State(doors): State<Shared>, Path(number): Path<String>, headers: HeaderMap, body: Bytes| {
            serve(doors, "DELETE", Some(number), headers, body)
        });
    Router::new().route("/holders", all).route("/holders/{number}", one).with_state(doors)
}

/// The connector as a subject; with a lie, one that tells it.
#[derive(Default)]
struct Badge(Option<Lie>);

struct Running(Shared, tokio::task::JoinHandle<()>);

fn record(fields: &[(&str, Value)]) -> Record {
    let schema = SPEC.schema(Kind::User).expect("people");
    let field = |(name, value): &(&str, Value)| (schema.field(name).expect("a field"), Field::Value(value.clone()));
    fields.iter().map(field).collect()
}

#[async_trait]
impl Subject for Badge {
    fn spec(&self) -> &'static ConnectorSpec {
        if self.0.is_some() { &LIAR } else { &SPEC }
    }

    async fn begin(&self) -> Stage {
        static PROVIDER: Once = Once::new();
        PROVIDER.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
        let doors = Shared::default();
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let routes = routes(doors.clone());
        let server = tokio::spawn(async move { drop(axum::serve(listener, routes).await) });
        let mut settings = BTreeMap::from([("address".to_string(), address)]);
        settings.extend(self.0.map(|lie| ("lie".to_string(), format!("{lie:?}"))));
        let secrets = BTreeMap::from([("key".to_string(), Secret::new(KEY.into()))]);
        let request =
            OpenRequest { name: "doors".into(), settings, secrets, directory: Arc::new(NoDirectory), granted: None };
        Stage { request, system: Box::new(Running(doors, server)) }
    }

    fn sample(&self, _: Kind, number: usize) -> Sample {
        let key = format!("n{number}");
        let fields = [
            ("number", Value::text(&key)),
            ("name", Value::text(format!("Person {number}"))),
            ("mobile", Value::text(format!("1549800000{number}"))),
            ("email", Value::text(format!("person{number}@example.com"))),
            ("active", Value::Bool(true)),
        ];
        Sample { key, record: record(&fields) }
    }

    fn change(&self, _: Kind) -> Record {
        record(&[("name", Value::text("Somebody"))])
    }

    fn reads(&self) -> Vec<(&'static str, idflow_sdk::Params)> {
        vec![("read", idflow_sdk::Params::default())]
    }
}

#[async_trait]
impl System for Running {
    async fn trouble(&self, trouble: Trouble) -> bool {
        self.0.lock().expect("the doors").trouble = Some(trouble);
        true
    }

    async fn end(self: Box<Self>) {
        self.1.abort();
    }
}

/// What the system has no place for.
const SKIPPED: [&str; 2] = ["each_object_has_its_answer", "forged_callbacks_are_refused"];

#[tokio::test]
async fn it_keeps_what_the_engine_relies_on() {
    contract::run(&Badge::default()).await.expect(&SKIPPED);
}

/// A promise that is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lie {
    /// A part of what is there is called all of it.
    Complete,
    /// The last object is left out of the list.
    Short,
    /// An update is said to be done.
    Lazy,
    /// An update clears what it does not name.
    Greedy,
    /// What cannot be seen is called empty.
    Empty,
    /// No rule is kept.
    Lax,
    /// A lost answer is called a refusal.
    Sure,
    /// Nothing may ever be tried again.
    Final,
    /// Calls are made without asking whether they may.
    Alone,
    /// The key stands in every error.
    Loose,
    /// Errors have codes that nobody has words for.
    Mute,
}

const LIES: [(Lie, &[&str]); 11] = [
    (Lie::Complete, &["an_incomplete_read_says_so"]),
    (Lie::Short, &["a_target_is_listed_whole"]),
    (Lie::Lazy, &["an_update_changes_what_it_names", "what_is_not_there_is_not_found"]),
    (Lie::Greedy, &["an_update_changes_what_it_names"]),
    (Lie::Empty, &["what_is_hidden_is_not_empty"]),
    (Lie::Lax, &["what_is_required_is_asked_for", "one_of_several_is_enough"]),
    (Lie::Sure, &["a_lost_answer_is_unknown_and_can_be_looked_up"]),
    (Lie::Final, &["failures_say_what_to_do"]),
    (Lie::Alone, &["nothing_is_sent_without_the_right_to_it"]),
    (Lie::Loose, &["what_is_not_there_is_not_found", "failures_say_what_to_do"]),
    (Lie::Mute, &["what_is_not_there_is_not_found", "failures_say_what_to_do"]),
];

#[tokio::test]
async fn whoever_breaks_a_promise_is_found_out() {
    for (lie, cases) in LIES {
        let report = contract::run(&Badge(Some(lie))).await;
        let failed = report.failed();
        for case in cases {
            assert!(failed.contains(case), "{lie:?} passes {case}\n{report}");
        }
        assert!(failed.len() < 12, "{lie:?} is one lie\n{report}");
    }
}

/// The connector, opened by somebody who lies.
static LIAR: LazyLock<ConnectorSpec> = LazyLock::new(|| ConnectorSpec { open: lying, ..SPEC });

fn lying(request: OpenRequest) -> Result<Arc<dyn Connection>, Error> {
    let told = request.settings.get("lie").cloned().unwrap_or_default();
    let honest = (SPEC.open)(request)?;
    match LIES.into_iter().find(|(lie, _)| format!("{lie:?}") == told) {
        Some((lie, _)) => Ok(Arc::new(Liar { honest, lie })),
        None => Ok(honest),
    }
}

struct Liar {
    honest: Arc<dyn Connection>,
    lie: Lie,
}

impl Liar {
    /// What is made of an error.
    fn error(&self, mut error: Error) -> Error {
        match self.lie {
            Lie::Sure if error.kind == ErrorKind::Unknown => error.kind = ErrorKind::Invalid,
            Lie::Final if error.retryable() => error.kind = ErrorKind::Unexpected,
            Lie::Loose => *error.problem = error.problem.clone().arg("key", KEY),
            Lie::Mute => *error.problem = Problem::new("something_went_wrong"),
            _ => {}
        }
        error
    }

    /// What is made of an object.
    fn record(&self, mut record: Record) -> Record {
        if self.lie == Lie::Empty {
            let mobile = SPEC.schema(Kind::User).and_then(|schema| schema.field("mobile"));
            mobile.into_iter().for_each(|mobile| record.set(mobile, Field::Empty));
        }
        record
    }

    fn seen(&self, seen: Vec<Seen>) -> Vec<Seen> {
        seen.into_iter().map(|Seen { key, record }| Seen { key, record: self.record(record) }).collect()
    }
}

#[async_trait]
impl Connection for Liar {
    fn spec(&self) -> &'static ConnectorSpec {
        &LIAR
    }

    async fn check(&self, context: &Context) -> CheckReport {
        self.honest.check(context).await
    }

    async fn read(&self, context: &Context, request: ReadRequest) -> Result<Box<dyn Reader>, Error> {
        let reader = self.honest.read(context, request).await.map_err(|error| self.error(error))?;
        Ok(Box::new(LyingReader(reader, self.lie)))
    }

    async fn snapshot(&self, context: &Context, kind: Kind) -> Result<Snapshot, Error> {
        let mut snapshot = self.honest.snapshot(context, kind).await.map_err(|error| self.error(error))?;
        if self.lie == Lie::Short {
            snapshot.objects.pop();
        }
        snapshot.objects = self.seen(snapshot.objects);
        Ok(snapshot)
    }

    async fn details(&self, context: &Context, kind: Kind, keys: &[&str]) -> Result<Vec<Seen>, Error> {
        let seen = self.honest.details(context, kind, keys).await.map_err(|error| self.error(error))?;
        Ok(self.seen(seen))
    }

    fn conform(&self, kind: Kind, record: &mut Record, whole: bool, told: &mut Vec<Problem>) -> Result<(), Problem> {
        if self.lie == Lie::Lax { Ok(()) } else { self.honest.conform(kind, record, whole, told) }
    }

    async fn apply(&self, context: &Context, call: Call<'_>) -> Vec<Result<Applied, Error>> {
        let updates = call.action.effect.updates();
        if self.lie == Lie::Lazy && updates {
            return call.objects.iter().map(|_| Ok(Applied::default())).collect();
        }
        let mut context = context.clone();
        if self.lie == Lie::Alone {
            context.lease = None;
        }
        let email = SPEC.schema(Kind::User).and_then(|schema| schema.field("email"));
        let greedy = self.lie == Lie::Greedy && updates;
        let mut records: Vec<Record> = call.objects.iter().map(|object| object.record.clone()).collect();
        if let (true, Some(email)) = (greedy, email) {
            records.iter_mut().for_each(|record| record.set(email, Field::Empty));
        }
        let objects = call.objects.iter().zip(&records);
        let objects = objects.map(|(object, record)| idflow_sdk::ObjectCall { key: object.key, record }).collect();
        let answers = self.honest.apply(&context, Call { objects, ..call }).await;
        answers.into_iter().map(|answer| answer.map_err(|error| self.error(error))).collect()
    }

    async fn lookup(&self, context: &Context, kind: Kind, key: &str) -> Result<Option<Record>, Error> {
        let found = self.honest.lookup(context, kind, key).await.map_err(|error| self.error(error))?;
        Ok(found.map(|record| self.record(record)))
    }
}

struct LyingReader(Box<dyn Reader>, Lie);

#[async_trait]
impl Reader for LyingReader {
    async fn next(&mut self) -> Result<Option<Page>, Error> {
        self.0.next().await
    }

    fn summary(&self) -> Summary {
        let complete = self.1 == Lie::Complete || self.0.summary().complete;
        Summary { complete, ..self.0.summary() }
    }
}
