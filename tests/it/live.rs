//! Live views: what a stream tells, that it resumes, that it ends with the session and with the server.

use std::{collections::BTreeSet, process::Stdio, sync::Arc};

use axum::{
    Router,
    body::{Body, BodyDataStream, to_bytes},
    http::{Method, Request, header},
};
use futures::StreamExt;
use idflow::{
    app::{App, Settings},
    contract::live::LiveEvent,
    engine::clock::SystemClock,
    server::{
        self, Inside, Shared,
        auth::Peer,
        handshake::{Doorkeeper, LocalKey},
    },
    store::location::Location,
};
use serde_json::{Value, json};
use tower::ServiceExt;
use wecom_sim::{Effect, FaultRule, Faults, Latency};

use super::support::{Corp, House, Organisation, PATIENCE};

const HOST: &str = "127.0.0.1:9";

struct Place {
    router: Router,
    _folder: tempfile::TempDir,
}

impl Place {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let settings = Settings {
            data_dir: folder.path().into(),
            store: Location::Memory,
            master_key: Some("0".repeat(64)),
            clock: Arc::new(SystemClock),
            disk_floor: 0,
            at_work: None,
        };
        let app = App::open(settings).await.expect("an application");
        let key = LocalKey::open(folder.path()).expect("a key");
        let door = Doorkeeper::new(key, HOST.parse().expect("an address"));
        let router = server::router(Shared { app: Arc::new(app), door: Some(Arc::new(door)) });
        Self { router, _folder: folder }
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        cookie: Option<(&str, &str)>,
        body: &Value,
    ) -> (u16, String, Value) {
        let mut request = Request::builder().method(method).uri(format!("/api/v1{path}")).header(header::HOST, HOST);
        request = match cookie {
            Some((cookie, csrf)) => request.header("cookie", cookie).header("x-idflow-csrf", csrf),
            None => request,
        };
        request = request.extension(Peer("127.0.0.1".parse().expect("an address")));
        if cookie.is_none() && !path.starts_with("/session") {
            request = request.extension(Inside);
        }
        let request = request.body(Body::from(body.to_string())).expect("a request");
        let answer = self.router.clone().oneshot(request).await.expect("an answer");
        let status = answer.status().as_u16();
        let given = answer.headers().get(header::SET_COOKIE).and_then(|value| value.to_str().ok());
        let given = given.and_then(|text| text.split(';').next()).unwrap_or_default().to_string();
        let bytes = to_bytes(answer.into_body(), 1 << 20).await.expect("a body");
        (status, given, serde_json::from_slice(&bytes).unwrap_or_default())
    }

    /// A stream, by the cookie alone, as a browser opens it.
    async fn stream(&self, path: &str, cookie: Option<&str>, last: Option<&str>) -> (u16, Stream) {
        let mut request = Request::builder().uri(format!("/api/v1{path}")).header(header::HOST, HOST);
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        request = match cookie {
            Some(cookie) => request.header("cookie", cookie),
            None => request.extension(Inside),
        };
        let answer = self.router.clone().oneshot(request.body(Body::empty()).expect("a request")).await;
        let answer = answer.expect("an answer");
        (answer.status().as_u16(), Stream { body: answer.into_body().into_data_stream(), text: String::new() })
    }
}

struct Stream {
    body: BodyDataStream,
    text: String,
}

impl Stream {
    /// The next event with its id; `None` at the end.
    async fn next(&mut self) -> Option<(Option<String>, LiveEvent)> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let lines: Vec<&str> = event.lines().collect();
                let of = |name: &str| lines.iter().find_map(|line| line.strip_prefix(name));
                let found = of("data: ").map(|data| {
                    let event: LiveEvent = serde_json::from_str(data).expect("an event of the contract");
                    assert_eq!(of("event: "), Some(event.name()));
                    (of("id: ").map(str::to_string), event)
                });
                self.text = rest.to_string();
                match found {
                    Some(found) => return Some(found),
                    None => continue,
                }
            }
            let piece = tokio::time::timeout(PATIENCE, self.body.next()).await.expect("something comes");
            self.text.push_str(std::str::from_utf8(&piece?.expect("a piece")).expect("UTF-8"));
        }
    }
}

fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Runtime::new().expect("a runtime").block_on(test);
}

#[test]
fn a_stream_begins_with_how_things_stand_and_resumes_only_what_it_has() {
    run(async {
        let place = Place::new().await;
        for (path, status) in [
            ("/events", 422),
            ("/events?topics=", 422),
            ("/events?topics=runs,nothing", 422),
            ("/events?topics=&runs=x", 422),
            ("/runs/01ARZ3NDEKTSV4RRFFQ69G5FAV/events", 404),
            ("/events?topics=runs&tenant=other", 404),
        ] {
            assert_eq!(place.stream(path, None, None).await.0, status, "{path}");
        }
        let (status, mut stream) = place.stream("/events?topics=waiting,connections&tenant=default", None, None).await;
        assert_eq!(status, 200);
        let Some((Some(id), LiveEvent::Hello(hello))) = stream.next().await else { panic!("no beginning") };
        assert!(!hello.resumed);
        let Some((_, LiveEvent::Waiting(waiting))) = stream.next().await else { panic!("nothing of what waits") };
        assert_eq!((waiting.held, waiting.removals), (0, 0));
        // From where it was: nothing is told twice.
        let (_, mut again) = place.stream("/events?topics=waiting", None, Some(&id)).await;
        assert!(matches!(again.next().await, Some((_, LiveEvent::Hello(hello))) if hello.resumed));
        // An id that this server does not have any more, however it is spelled.
        for old in ["0000.7", "x", "", &format!("{id}9")] {
            let (_, mut other) = place.stream(&format!("/events?topics=waiting&after={old}"), None, None).await;
            assert!(matches!(other.next().await, Some((_, LiveEvent::Hello(hello))) if !hello.resumed), "{old}");
            if !old.is_empty() {
                assert!(matches!(other.next().await, Some((_, LiveEvent::Reset(_)))), "{old}");
            }
            assert!(matches!(other.next().await, Some((_, LiveEvent::Waiting(_)))), "{old}");
        }
    });
}

#[test]
fn a_stream_ends_when_its_session_does_and_one_caller_has_so_many() {
    run(async {
        let place = Place::new().await;
        assert_eq!(place.stream("/events?topics=runs", Some("idflow-9=none"), None).await.0, 401);
        let (_, _, link) = place.ask(Method::POST, "/sign-in-links", None, &json!({})).await;
        let (_, cookie, me) = place.ask(Method::POST, "/session/redeem", None, &json!({"code": link["code"]})).await;
        let (status, mut stream) = place.stream("/events?topics=runs&tenant=default", Some(&cookie), None).await;
        assert_eq!(status, 200);
        assert!(matches!(stream.next().await, Some((_, LiveEvent::Hello(_)))));
        let mut more = Vec::new();
        let refused = loop {
            let (status, stream) = place.stream("/events?topics=runs", Some(&cookie), None).await;
            if status != 200 {
                break status;
            }
            more.push(stream);
        };
        assert_eq!((refused, more.len()), (429, 31));
        // Whoever closes one may open another.
        more.pop();
        assert_eq!(place.stream("/events?topics=runs", Some(&cookie), None).await.0, 200);
        let csrf = me["csrf"].as_str().expect("a proof");
        assert_eq!(place.ask(Method::DELETE, "/session", Some((&cookie, csrf)), &Value::Null).await.0, 200);
        let Some((_, LiveEvent::End(end))) = stream.next().await else { panic!("it goes on") };
        assert_eq!(serde_json::to_value(end.why).expect("JSON"), "session_ended");
        assert!(stream.next().await.is_none(), "nothing comes after the end");
    });
}

#[test]
fn a_run_is_watched_to_its_end() {
    let corp = Corp::start();
    let house = House::ready(&corp, "wecom_downstream_full");
    Organisation::generated(3, 40).write(&house.source());
    house.import(&[]).expect(0);
    corp.set_latency(Latency { ms: 60, jitter_ms: 0 });
    let effect = Effect::Error { errcode: 60104, errmsg: None };
    corp.set_faults(Faults::rules([FaultRule::new("/cgi-bin/user/create", effect).matching("user0007\"")]));
    let _server = house.serve();
    let run = house.good(&["run", "sync", "--yes"]);
    let id = run["run"].as_str().expect("an id");
    let watched = house.ask(&["runs", "watch", id]).expect(3);
    let events: Vec<Value> =
        watched.out.lines().map(|line| serde_json::from_str(line).expect("an event on each line")).collect();
    let kinds: BTreeSet<&str> = events.iter().filter_map(|event| event["kind"].as_str()).collect();
    assert_eq!(kinds, BTreeSet::from(["hello", "items", "progress", "run"]), "{}", watched.out);
    assert!(events.iter().all(|event| event["kind"] == "hello" || event["run"] == id || event["run"].is_null()));
    let wrong: Vec<&Value> = events.iter().filter(|event| event["kind"] == "items").collect();
    let codes: Vec<&Value> =
        wrong.iter().flat_map(|event| event["items"].as_array()).flatten().map(|item| &item["error"]["code"]).collect();
    assert!(codes.contains(&&json!("WECOM_60104")), "{codes:?}");
    let last = events.last().expect("events");
    assert_eq!((&last["status"], &last["counts"]["user"]["failed"]), (&json!("partial"), &json!(1)), "{last}");
    // Counters only grow, and come four times a second at most.
    let done: Vec<u64> = events.iter().filter_map(|event| event["progress"]["done"].as_u64()).collect();
    assert!(done.windows(2).all(|pair| pair[0] <= pair[1]), "{done:?}");
    // A run that is over is told at once.
    assert_eq!(house.ask(&["runs", "watch", "sync#1"]).expect(3).out.lines().count(), 2);
}

#[test]
fn streams_end_with_the_server() {
    let house = House::new();
    house.good(&super::support::house::BEGIN);
    let server = house.serve();
    let mut child = house
        .command(&["--output", "json", "runs", "watch"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let out = child.stdout.take().expect("its output");
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(out));
    assert!(lines.next().expect("a line").expect("UTF-8").contains("hello"));
    // It would wait ten seconds for a stream that goes on; PATIENCE of the harness is for slow machines only.
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        server.stop();
        let _ = tell.send(());
    });
    told.recv_timeout(PATIENCE).expect("it stops");
    let rest: Vec<String> = lines.map_while(Result::ok).collect();
    assert!(rest.iter().any(|line| line.contains("\"stopping\"")), "{rest:?}");
    assert_eq!(child.wait().expect("it ends").code(), Some(1));
}

#[test]
fn why_a_person_is_as_they_are_is_told_from_the_scope_to_the_answer() {
    let corp = Corp::start();
    let house = House::ready(&corp, "wecom_downstream_full");
    Organisation::generated(3, 12).write(&house.source());
    house.import(&[]).expect(0);
    let effect = Effect::Error { errcode: 60104, errmsg: None };
    corp.set_faults(Faults::rules([FaultRule::new("/cgi-bin/user/create", effect).matching("user0007\"")]));
    house.sync(&[]).expect(3);
    let stages = |trace: &Value| -> Vec<(String, String)> {
        let word = |step: &Value, name: &str| step[name].as_str().unwrap_or_default().to_string();
        trace.as_array().into_iter().flatten().map(|step| (word(step, "stage"), word(step, "verdict"))).collect()
    };
    let has = |trace: &Value, stage: &str, verdict: &str| {
        let found = stages(trace);
        assert!(found.iter().any(|(s, v)| s == stage && v == verdict), "{stage} {verdict}: {found:?}");
    };
    let refused = house.good(&["why", "E0007"]);
    assert_eq!(refused["person"]["employee_no"], "E0007", "{refused}");
    let now = &refused["now"][0];
    assert_eq!(now["workflow"], "sync");
    has(&now["trace"], "scope", "yes");
    has(&now["trace"], "match", "no");
    // How it stands is said where it is asked, not two screens below in the past.
    has(&now["trace"], "now", "trouble");
    let texts = |trace: &Value| -> Vec<String> {
        trace
            .as_array()
            .into_iter()
            .flatten()
            .map(|step| step["text"]["zh"].as_str().unwrap_or_default().into())
            .collect()
    };
    assert!(texts(&now["trace"]).iter().any(|text| text.contains("没有成功")), "{now}");
    for text in texts(&now["trace"]) {
        assert!(!text.contains(['[', '{']) && !text.contains("true") && !text.contains("false"), "raw values: {text}");
    }
    let runs = refused["runs"].as_array().expect("runs");
    let sync = runs.iter().find(|run| run["run"]["workflow"] == "sync").expect("the sync");
    for (stage, verdict) in [
        ("match", "no"),
        ("map", "trouble"),
        ("plan", "yes"),
        ("gate", "yes"),
        ("call", "trouble"),
        ("answer", "trouble"),
    ] {
        has(&sync["trace"], stage, verdict);
    }
    let text = sync["trace"].to_string();
    assert!(text.contains("60104") && text.contains("mappings."), "{text}");
    // Somebody who is well, in words, in both languages.
    let well = house.good(&["why", "E0003"]);
    has(&well["now"][0]["trace"], "match", "yes");
    has(&well["now"][0]["trace"], "map", "yes");
    has(&well["now"][0]["trace"], "now", "yes");
    let zh = house.text(&["--lang", "zh", "why", "E0003"]).expect(0).out;
    assert!(zh.contains("在范围内") && zh.contains("已绑定") | zh.contains("绑定到"), "{zh}");
    let mobiles: Vec<&str> = zh.split(|c: char| !c.is_ascii_digit()).filter(|part| part.len() == 11).collect();
    assert!(mobiles.is_empty(), "private values are masked: {mobiles:?}");
    // Nobody knows somebody else, and a name of several is refused with who is meant.
    let nobody = house.good(&["why", "nobody-at-all"]);
    assert_eq!((&nobody["person"], nobody["runs"].as_array().map(Vec::len)), (&Value::Null, Some(0)));
    // One item is repeated by its row, and only that.
    let id = sync["run"]["run"].as_str().expect("an id");
    let row = sync["items"][0]["row"].to_string();
    house.ask(&["runs", "retry", id, "--row", "0", "--wait"]).expect(1);
    corp.set_faults(Faults::default());
    let again = house.ask(&["runs", "retry", id, "--row", &row, "--wait", "--yes"]).expect(0).json();
    assert_eq!(again["counts"]["user"]["created"], 1, "{again}");
    let by_field = house.good(&["runs", "items", id, "--action", "create", "--field", "mobile"]);
    assert!(by_field.as_array().is_some_and(|items| !items.is_empty()), "{by_field}");
    let none = house.good(&["runs", "items", id, "--action", "delete"]);
    assert_eq!(none, json!([]));
}
