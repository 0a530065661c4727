//! Callbacks: calls from the system behind a connection, what they start, and that none is lost.
//!
//! `IDFLOW_CALLBACK_KILLS` says how often a server is killed between its answer and the run (3 by default).

use std::{
    collections::BTreeSet,
    io::{Read, Write},
    net::TcpStream,
    sync::Arc,
    time::{Duration, SystemTime},
};

use axum::{body::Body, http::Request};
use idflow::{
    app::{App, Settings},
    contract::{callback::CallbackKeys, connection::NewConnection, tenant::NewTenant},
    engine::clock::ManualClock,
    model::id::Tenant,
    server::{Shared, router},
    store::{events, location::Location, runs},
};
use idflow_wecom::callback::crypto::{Key, sign};
use serde_json::{Value, json};
use tower::ServiceExt;
use wecom_sim::{CallbackSettings, NewReceiver};

use super::support::{Chance, Corp, House, PATIENCE, corp, counted::Counted, eventually};

fn now() -> i64 {
    let passed = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
    i64::try_from(passed.as_millis()).expect("a time")
}

/// A workflow that starts when members come or go, and tells another one whom it was told of.
const LISTENER: &str = "dsl: 1\nid: listener\nname: {zh: 听, en: Listener}\non:\n  event: [{connection: wecom, types: \
                        [create_user, update_user, delete_user, enter_agent], collect: 2s, max: 400}]\nconnections:\n  \
                        directory: {type: directory, ref: default}\n  wecom: {type: wecom, ref: main}\nsteps:\n  - {id: \
                        read, name: {zh: 读, en: Read}, uses: directory/read}\n  - {id: tell, name: {zh: 告知, en: Tell}, \
                        uses: workflow/told, with: {what: \"{{trigger.type}} {{trigger.userid}}\"}}\n";
const TOLD: &str = "dsl: 1\nid: told\nname: {zh: 被告知, en: Told}\non: {manual: {inputs: {what: {type: string, required: \
                    true}}}}\nconnections:\n  directory: {type: directory, ref: default}\nsteps:\n  - {id: read, name: {zh: 读, \
                    en: Read}, uses: directory/read}\n";

fn activate(house: &House) -> Value {
    for (id, text) in [("told", TOLD), ("listener", LISTENER)] {
        let file = house.path(&format!("{id}.yaml"));
        std::fs::write(&file, text).expect("the file is written");
        house.good(&["workflow", "create", "--file", &file.display().to_string()]);
    }
    house.good(&["workflow", "activate", "told", "--yes"]);
    house.good(&["workflow", "activate", "listener", "--yes"])
}

fn address(house: &House) -> String {
    let note = std::fs::read(house.data().join("server.json")).expect("a note");
    let note: Value = serde_json::from_slice(&note).expect("JSON");
    note["address"].as_str().expect("an address").to_string()
}

/// An address of a connection with its keys.
struct Line {
    url: String,
    token: String,
    key: String,
}

impl Line {
    fn of(shown: &Value) -> Self {
        let text = |value: &Value| value.as_str().expect("a text").to_string();
        let keys = &shown["keys"];
        Self { url: text(&shown["url"]), token: text(&keys["Token"]), key: text(&keys["EncodingAESKey"]) }
    }

    fn receiver(&self, house: &House, agentid: Option<i64>) -> NewReceiver {
        NewReceiver {
            corpid: corp::CORP_ID.into(),
            agentid,
            url: format!("http://{}{}", address(house), self.url),
            token: self.token.clone(),
            encoding_aes_key: self.key.clone(),
            ..NewReceiver::default()
        }
    }

    /// Query and body of an event, as the platform sends it.
    fn sealed(&self, now: i64, number: u64, userid: &str) -> (String, String) {
        let seconds = now / 1000;
        let text = format!(
            "<xml><FromUserName>sys</FromUserName><CreateTime>{seconds}</CreateTime><Event>change_contact</Event>\
             <ChangeType>update_user</ChangeType><UserID><![CDATA[{userid}]]></UserID></xml>"
        );
        let mut random = [0; 16];
        random[..8].copy_from_slice(&number.to_be_bytes());
        let sealed = Key::parse(&self.key).expect("a key").seal(random, text.as_bytes(), corp::CORP_ID);
        let signature = sign(&self.token, &seconds.to_string(), "n", &sealed);
        (
            format!("msg_signature={signature}&timestamp={seconds}&nonce=n"),
            format!("<xml><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"),
        )
    }
}

/// The status of a call; nothing when nobody answers any more.
fn call(address: &str, method: &str, target: &str, body: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(address).ok()?;
    let length = body.len();
    write!(
        stream,
        "{method} {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let status = answer.split(' ').nth(1)?.parse().ok()?;
    Some((status, answer.split_once("\r\n\r\n")?.1.to_string()))
}

type Told = Vec<(String, String)>;

/// The events that runs of the listener were told of, as type and userid: servers run until they are what is wanted.
fn told(house: &House, now: &mut i64, wanted: impl Fn(&Told) -> bool) -> Told {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut events = Told::new();
    for _ in 0..60 {
        let server = house.serve();
        for _ in 0..4 {
            *now += 2500;
            house.set_clock(*now);
            house.good(&["runs", "list", "--workflow", "listener"]);
        }
        server.kill();
        events = runtime.block_on(async {
            let store = Location::Folder(house.data()).open().await.expect("the store opens");
            let runs = runs::list(&*store, &Tenant::default_tenant(), Some("listener"), 10_000).await.expect("runs");
            let lists = runs.iter().rev().map(|run| run.trigger.body["events"].clone());
            let text = |event: &Value, name: &str| event[name].as_str().unwrap_or_default().to_string();
            let events = lists.flat_map(|list| list.as_array().cloned().unwrap_or_default());
            events.map(|event| (text(&event, "type"), text(&event, "userid"))).collect()
        });
        if wanted(&events) {
            return events;
        }
    }
    panic!("the runs were told of {events:?}");
}

#[test]
fn a_change_in_the_console_starts_one_run_and_the_address_says_what_it_heard() {
    let mut now = now();
    let house = House::new().clocked(now);
    let corp = Corp::start();
    corp.set_callbacks(CallbackSettings { duplicates: 1.0, ..CallbackSettings::default() });
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let save =
        |receiver: NewReceiver| runtime.block_on(corp.save_receiver(receiver)).map_err(|error| error.to_string());
    let url = format!("base_url={}", corp.base_url());
    let id = format!("corp_id={}", corp::CORP_ID);
    let agent = format!("agent_id={}", corp::AGENT_ID);
    let made = house.good(&[
        "connection",
        "add",
        "wecom",
        "--name",
        "main",
        "--set",
        &id,
        "--set",
        &url,
        "--set",
        &agent,
        "--secret",
        "contacts_secret=env:CONTACTS",
        "--secret",
        "app_secret=env:APP",
    ]);
    let lines: Vec<Line> = made["callbacks"].as_array().expect("addresses").iter().map(Line::of).collect();
    let [contacts, app] = lines.as_slice() else { panic!("{made}") };
    assert_eq!((contacts.token.len(), contacts.key.len()), (32, 43));
    assert_eq!(app.url, format!("{}/app", contacts.url));
    let active = activate(&house);
    let notices = active["notices"].to_string();
    assert!(notices.contains("connection callbacks main"), "nothing was received yet: {notices}");

    let server = house.serve();
    // Somebody has mixed the keys up: the console says no, and the address why.
    let mixed = Line { url: contacts.url.clone(), token: app.token.clone(), key: app.key.clone() };
    let refused = save(mixed.receiver(&house, None)).expect_err("mixed up");
    assert!(refused.contains("40057"), "{refused}");
    let shown = |receiver: usize| house.good(&["connection", "callbacks", "main"])[receiver].clone();
    let trouble = eventually("the reason", PATIENCE, || {
        let code = shown(0)["last_refused"]["why"]["code"].clone();
        (!code.is_null()).then_some(code)
    });
    assert_eq!(
        (trouble, &shown(0)["reached"], &shown(0)["keys"]),
        (json!("wecom_callback_signature"), &json!(false), &Value::Null)
    );
    // The last refusal is shown, also when it comes right after another one: the token is right now, and the key is not.
    let half = Line { url: contacts.url.clone(), token: contacts.token.clone(), key: app.key.clone() };
    save(half.receiver(&house, None)).expect_err("half right");
    eventually("the newest reason", PATIENCE, || {
        let code = shown(0)["last_refused"]["why"]["code"].clone();
        (code == "wecom_callback_key").then_some(())
    });
    save(contacts.receiver(&house, None)).expect("saved");
    save(app.receiver(&house, Some(corp::AGENT_ID))).expect("saved");
    eventually("the echo", PATIENCE, || (!shown(0)["last_echo"].is_null()).then_some(()));

    // Three people, each told twice, and one who opens the app: one run.
    for name in ["a1", "a2", "a3"] {
        let member =
            json!({ "userid": name, "name": name, "department": [1], "mobile": format!("1390000000{}", &name[1..]) });
        corp.by_hand(corp::CORP_ID, "user/create", &member).expect("by hand");
    }
    corp.app_event(corp::CORP_ID, corp::AGENT_ID, "a1", "enter_agent").expect("told");
    eventually("all are delivered", PATIENCE, || {
        let sent = corp.callbacks();
        (sent.len() == 4 && sent.iter().all(|one| one.attempts.iter().any(|call| call.status == Some(200))))
            .then_some(())
    });
    server.kill();
    let mut events = told(&house, &mut now, |events| events.len() >= 4);
    events.sort();
    let wanted = [("create_user", "a1"), ("create_user", "a2"), ("create_user", "a3"), ("enter_agent", "a1")];
    assert_eq!(events, wanted.map(|(kind, name)| (kind.to_string(), name.to_string())));
    assert_eq!(house.good(&["runs", "list", "--workflow", "listener"]).as_array().expect("runs").len(), 1);
    assert!(!shown(1)["last_event"].is_null() && shown(0)["trouble"].is_null());
    let server = house.serve();
    let inputs = eventually("the run that was told", PATIENCE, || {
        let runs = house.good(&["runs", "list", "--workflow", "told"]);
        let run = runs.as_array()?.first()?["run"].as_str()?.to_string();
        Some(house.good(&["runs", "show", &run])["inputs"]["what"].clone())
    });
    assert!(
        inputs.as_str().is_some_and(|text| text.ends_with("_user a3") || text.ends_with("a1") || text.ends_with("a2")),
        "{inputs}"
    );

    // New keys: both are good for a day, then the new ones alone.
    let new = Line::of(&house.good(&["connection", "callbacks", "main", "--new-keys"]));
    assert_ne!(new.token, contacts.token);
    let push = |line: &Line, number: u64, name: &str, now: i64| {
        let (query, body) = line.sealed(now, number, name);
        call(&address(&house), "POST", &format!("{}?{query}", line.url), &body).expect("an answer").0
    };
    assert_eq!((push(contacts, 1, "b1", now), push(&new, 2, "b2", now)), (200, 200));
    // A second click ends nothing that is at work.
    let newer = Line::of(&house.good(&["connection", "callbacks", "main", "--new-keys"]));
    let all = [contacts, &new, &newer];
    assert_eq!([5, 6, 7].map(|place| push(all[place - 5], place as u64, "b5", now)), [200; 3]);
    now += 24 * 3_600_000 + 1000;
    house.set_clock(now);
    assert_eq!((push(contacts, 3, "b3", now), push(&newer, 4, "b4", now)), (403, 200));
    server.kill();
}

fn connection(corp_id: &str) -> NewConnection {
    NewConnection {
        connector: "wecom".into(),
        name: "main".into(),
        settings: [("corp_id".to_string(), corp_id.to_string())].into(),
        secrets: [("contacts_secret".to_string(), "s".to_string())].into(),
        ..NewConnection::default()
    }
}

#[test]
fn unknown_addresses_are_alike_and_each_address_is_that_of_one_tenant() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let store = Counted::new();
        let _ = rustls::crypto::ring::default_provider().install_default();
        let clock = Arc::new(ManualClock::at(now()));
        let settings = Settings {
            data_dir: tempfile::tempdir().expect("a folder").keep(),
            store: Location::Memory,
            master_key: Some("7".repeat(64)),
            clock: clock.clone(),
            disk_floor: 0,
            at_work: None,
        };
        let folder = settings.data_dir.clone();
        let app = App::over(store.clone(), settings).await.expect("an application");
        app.create_tenant(&NewTenant { id: "east".into(), name: None }, None).await.expect("made");
        let east: Tenant = "east".parse().expect("an id");
        let mut lines = Vec::new();
        for (app, corp_id) in [(app.clone(), corp::CORP_ID), (app.of(&east), "wwEASTabcdef0123")] {
            let made = app.put_connection(connection(corp_id)).await.expect("made");
            lines.push((Line::of(&serde_json::to_value(&made.callbacks[0]).expect("JSON")), made.id));
        }
        let router = router(Shared { app: Arc::new(app.clone()), door: None });
        let ask = async |target: String, body: String| {
            let request = Request::post(target).body(Body::from(body)).expect("a request");
            let answer = router.clone().oneshot(request).await.expect("an answer");
            let status = answer.status().as_u16();
            let body = axum::body::to_bytes(answer.into_body(), 1 << 20).await.expect("a body");
            (status, String::from_utf8_lossy(&body).into_owned())
        };
        let (first, id) = &lines[0];
        let (query, body) = first.sealed(now(), 1, "li");
        assert_eq!(ask(format!("{}?{query}", first.url), body.clone()).await.0, 200);
        // An event of one tenant is none of another's: the address is for another company.
        assert_eq!(ask(format!("{}?{query}", lines[1].0.url), body.clone()).await.0, 403);
        // Whatever is unknown is told in the same words, also a tenant that is put away.
        app.archive_tenant("east").await.expect("put away");
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(6)).await;
        let mut answers = BTreeSet::new();
        for target in [
            "/callbacks/01ARZ3NDEKTSV4RRFFQ69G5FAV".to_string(),
            "/callbacks/main".into(),
            "/callbacks/%00".into(),
            format!("/callbacks/{id}/nothing"),
            lines[1].0.url.clone(),
        ] {
            answers.insert(ask(format!("{target}?{query}"), body.clone()).await);
        }
        assert_eq!(answers.len(), 1, "{answers:?}");
        assert_eq!(answers.iter().next().map(|(status, _)| *status), Some(404));
        // Too large is not read; what cannot be stored is not acknowledged.
        assert_eq!(ask(format!("{}?{query}", first.url), "x".repeat((1 << 20) + 1)).await.0, 413);
        store.fill(true);
        let (query, body) = first.sealed(now(), 2, "wang");
        assert_eq!(ask(format!("{}?{query}", first.url), body.clone()).await.0, 500);
        store.fill(false);
        assert_eq!(ask(format!("{}?{query}", first.url), body.clone()).await.0, 200);
        let waiting = events::awaited(&*store, &Tenant::default_tenant()).await.expect("read");
        assert!(waiting.is_empty(), "nobody listens: {waiting:?}");
        // Guessing is slow.
        let mut statuses = BTreeSet::new();
        for number in 0..300 {
            statuses.insert(ask(format!("/callbacks/unknown{number}?{query}"), body.clone()).await.0);
        }
        assert_eq!(statuses, BTreeSet::from([404, 429]));
        // It is removed with its address.
        let keys = app.new_callback_keys("main", &CallbackKeys { receiver: "nothing".into() }).await;
        assert_eq!(keys.expect_err("no such address").problem.code, "callback_receiver_unknown");
        app.remove_connection("main").await.expect("removed");
        clock.advance(Duration::from_secs(3600));
        assert_eq!(ask(format!("{}?{query}", first.url), body).await.0, 404);
        let _ = std::fs::remove_dir_all(folder);
    });
}

#[test]
fn no_acknowledged_event_is_lost_when_a_server_is_killed() {
    let kills = std::env::var("IDFLOW_CALLBACK_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(3_usize);
    let begun = now();
    let mut now = begun;
    let house = House::new().clocked(now);
    let corp = Corp::start();
    house.connect(&corp);
    let line = Arc::new(Line::of(&house.good(&["connection", "callbacks", "main", "--new-keys"])));
    activate(&house);
    let mut chance = Chance::new(20_261_121);
    let mut acknowledged = BTreeSet::new();
    for kill in 0..kills as u64 {
        let server = house.serve();
        let (say, hear) = std::sync::mpsc::channel();
        let (line, address) = (line.clone(), address(&house));
        // One after the other until nobody answers any more.
        let sender = std::thread::spawn(move || {
            for number in 0..10_000 {
                let name = format!("u{kill}x{number}");
                let (query, body) = line.sealed(begun, kill * 10_000 + number, &name);
                match call(&address, "POST", &format!("{}?{query}", line.url), &body) {
                    Some((200, _)) => drop(say.send(name)),
                    Some((status, body)) => panic!("{status}: {body}"),
                    None => return,
                }
            }
        });
        for _ in 0..chance.within(1..15) {
            acknowledged.insert(hear.recv_timeout(PATIENCE).expect("an event is taken"));
            // So it also ends while events are gathered, and while a run is told of them.
            now += i64::try_from(chance.within(0..1200)).expect("small");
            house.set_clock(now);
        }
        server.kill();
        acknowledged.extend(hear.iter());
        sender.join().expect("no panic");
    }
    let events = told(&house, &mut now, |events| {
        let names: BTreeSet<&String> = events.iter().map(|(_, name)| name).collect();
        acknowledged.iter().all(|name| names.contains(name))
    });
    let names: BTreeSet<&String> = events.iter().map(|(_, name)| name).collect();
    assert_eq!(names.len(), events.len(), "one was told twice");
    eprintln!("{kills} kills, {} events acknowledged, {} told", acknowledged.len(), events.len());
}
