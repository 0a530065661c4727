//! Notifications: what happens to runs reaches people by mail, by a signed call and by the app of a connection, once, gathered,
//! not in quiet hours, and a delivery that fails is seen.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    time::Duration,
};

use hmac::{Hmac, KeyInit, Mac};
use idflow::{
    app::{App, Caller, Settings, expected::Expected, notify::Notifier},
    contract::{connection::NewConnection, run::NewRun, workflow::NewWorkflow},
    engine::clock::{Clock, ManualClock},
    model::id::Tenant,
    store::{Store, location::Location, memory::MemoryStore},
};
use serde_json::{Value, json};
use sha2::Sha256;

use super::support::{Corp, House, Organisation, eventually, house::BEGIN};

const PATIENCE: Duration = Duration::from_secs(60);
/// 2026-03-02 00:00 UTC, a Monday: 08:00 in Shanghai.
const MONDAY: i64 = 1_772_409_600_000;
const HOUR: i64 = 3_600_000;

/// Fails at once: its folder is not there.
const BROKEN: &str = "dsl: 1\nid: broken\nname: {zh: 坏的, en: Broken}\non: {manual: {}}\nconnections:\n  source: {type: csv, \
                      ref: gone}\nsteps:\n  - {id: read, name: {zh: 读, en: Read}, uses: csv/read, with: {path: gone.csv, key: id, columns: {id: [id]}}}\n";

/// A server of one protocol: each connection is talked to, and what it told is kept.
struct Listener {
    port: u16,
    heard: Arc<Mutex<Vec<String>>>,
    answer: Arc<Mutex<u16>>,
}

impl Listener {
    fn start(mut talk: impl FnMut(TcpStream, u16) -> Option<String> + Send + 'static) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = socket.local_addr().expect("its address").port();
        let heard: Arc<Mutex<Vec<String>>> = Arc::default();
        let answer = Arc::new(Mutex::new(0));
        let (kept, how) = (heard.clone(), answer.clone());
        std::thread::spawn(move || {
            for stream in socket.incoming().flatten() {
                let code = *how.lock().expect("no panic");
                if let Some(told) = talk(stream, code) {
                    kept.lock().expect("no panic").push(told);
                }
            }
        });
        Self { port, heard, answer }
    }

    fn heard(&self) -> Vec<String> {
        self.heard.lock().expect("no panic").clone()
    }

    fn answers(&self, code: u16) {
        *self.answer.lock().expect("no panic") = code;
    }
}

/// Only `later…` is to be tried again; `gone…` is never known.
const LATER: u16 = 451;

/// SMTP, as far as a client without encryption and account needs it. `code`: how a mail is refused; 0: it is taken.
fn smtp(stream: TcpStream, code: u16) -> Option<String> {
    let mut writer = stream.try_clone().expect("a copy");
    let mut lines = BufReader::new(stream);
    let mut say = move |text: &str| writer.write_all(format!("{text}\r\n").as_bytes()).ok();
    say("220 mail.example.com")?;
    let mut mail = String::new();
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let word = line.get(..4).unwrap_or_default().to_ascii_uppercase();
        match word.as_str() {
            "EHLO" => say("250 mail.example.com")?,
            "DATA" => {
                say("354 go on")?;
                loop {
                    let mut line = String::new();
                    lines.read_line(&mut line).ok()?;
                    if line == ".\r\n" {
                        break;
                    }
                    mail.push_str(&line);
                }
                if code > 0 && code != LATER {
                    say(&format!("{code} not now"))?;
                    return None;
                }
                say("250 taken")?;
                return Some(mail);
            }
            "RCPT" if line.contains("<gone") => say("550 5.1.1 nobody of this name")?,
            "RCPT" if line.contains("<later") && code == LATER => say("451 4.7.1 try again")?,
            _ => {
                if word == "RCPT" {
                    mail.push_str(&line);
                }
                say("250 good")?;
            }
        }
    }
}

/// One HTTP call, answered with `code`, or 204.
fn http(mut stream: TcpStream, code: u16) -> Option<String> {
    let mut lines = BufReader::new(stream.try_clone().expect("a copy"));
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        lines.read_line(&mut line).ok()?;
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if line == "\r\n" {
            break;
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    lines.read_exact(&mut body).ok()?;
    let code = if code == 0 { 204 } else { code };
    stream.write_all(format!("HTTP/1.1 {code} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").as_bytes()).ok()?;
    Some(format!("{head}\r\n{}", String::from_utf8(body).ok()?))
}

fn workflow(house: &House, text: &str) {
    let file = house.path("w.yaml");
    std::fs::write(&file, text).expect("written");
    house.good(&["workflow", "create", "--file", &file.display().to_string()]);
}

/// A house whose workflow `broken` fails.
fn broken(now: i64) -> House {
    let house = House::new().clocked(now);
    house.good(&BEGIN);
    std::fs::create_dir_all(house.path("folder")).expect("made");
    let folder = house.path("folder").display().to_string();
    house.good(&["connection", "add", "csv", "--name", "gone", "--set", &format!("folder={folder}")]);
    workflow(&house, BROKEN);
    house.good(&["workflow", "activate", "broken", "--yes"]);
    house
}

fn log(house: &House) -> Vec<Value> {
    house.good(&["notify", "log"]).as_array().expect("a list").clone()
}

/// Lets time pass until this is so.
fn pass<T>(house: &House, now: &mut i64, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    eventually(what, PATIENCE, || {
        *now += 20_000;
        house.set_clock(*now);
        look()
    })
}

fn header<'a>(call: &'a str, name: &str) -> &'a str {
    let found = call.lines().find_map(|line| line.split_once(": ").filter(|(key, _)| key.eq_ignore_ascii_case(name)));
    found.map_or("", |(_, value)| value)
}

#[test]
fn a_burst_is_one_mail_and_one_signed_call_over_restarts() {
    let mut now = MONDAY;
    let house = broken(now);
    let (mails, calls) = (Listener::start(smtp), Listener::start(http));
    let port = mails.port.to_string();
    house.good(&[
        "notify",
        "mail",
        "set",
        "127.0.0.1",
        "--port",
        &port,
        "--security",
        "none",
        "--from",
        "idflow <idflow@example.com>",
    ]);
    assert_eq!(house.good(&["notify", "mail", "test", "ops@example.com"])["delivered"], true);
    house.good(&[
        "notify",
        "set",
        "ops",
        "--on",
        "run_failed",
        "--mail",
        "ops@example.com",
        "--mail",
        "li@example.com",
    ]);
    let url = format!("http://127.0.0.1:{}/in", calls.port);
    let rule = house.good(&["notify", "set", "hook", "--on", "run_failed", "--webhook", &url, "--language", "en"]);
    let secret = rule["secret"].as_str().expect("shown once").to_string();
    assert!(house.good(&["notify", "list"]).to_string().contains("hook"));
    assert!(!house.good(&["notify", "list"]).to_string().contains(&secret), "a secret is shown once");
    // What happens while nobody serves is kept with the run itself.
    for _ in 0..3 {
        now += 1000;
        house.set_clock(now);
        house.ask(&["run", "broken", "--wait"]).expect(1);
    }
    let server = house.serve();
    pass(&house, &mut now, "a mail for each", || (mails.heard().len() == 3).then_some(()));
    pass(&house, &mut now, "a call", || (calls.heard().len() == 1).then_some(()));
    // Whoever is killed between an answer and its note tells it again, and says so: that is another story.
    pass(&house, &mut now, "both are noted", || {
        let log = log(&house);
        (log.len() == 2 && log.iter().all(|one| one["state"] == "delivered")).then_some(())
    });
    server.kill();
    let server = house.serve();
    for _ in 0..5 {
        now += 30_000;
        house.set_clock(now);
        house.good(&["notify", "log"]);
    }
    let heard = mails.heard();
    let to = |who: &str| heard.iter().filter(|mail| mail.contains(&format!("RCPT TO:<{who}>"))).count();
    assert_eq!((to("ops@example.com"), to("li@example.com")), (2, 1), "the test of before, and each once");
    let mail = heard.last().expect("a mail");
    for part in
        ["ops@example.com", "li@example.com", "Auto-Submitted: auto-generated", "From: \"idflow\" <idflow@example.com>"]
    {
        let plain = mail.replace("From: idflow <", "From: \"idflow\" <");
        assert!(plain.contains(part), "{part} is not in\n{mail}");
    }
    let call = calls.heard().pop().expect("a call");
    let (_, body) = call.split_once("\r\n\r\n").or_else(|| call.split_once("\n\r\n")).expect("a body");
    let told: Value = serde_json::from_str(body).expect("JSON");
    assert_eq!(told["items"].as_array().map(Vec::len), Some(3), "{told}");
    assert_eq!(told["items"][0]["event"], "run_failed");
    assert!(told["items"][0]["what"]["zh"].as_str().expect("text").contains("「坏的」第 1 次运行失败"), "{told}");
    assert!(told["text"].as_str().expect("text").contains("Broken, run 2, failed"), "{told}");
    let link = told["items"][0]["url"].as_str().expect("a link");
    assert!(link.starts_with("http://127.0.0.1:") && link.contains("/w/default/runs/"), "{link}");
    assert_eq!(header(&call, "idempotency-key"), told["id"]);
    let signed = header(&call, "x-idflow-signature");
    let (time, given) = signed.strip_prefix("t=").and_then(|rest| rest.split_once(",v1=")).expect("a signature");
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key");
    mac.update(format!("{time}.{body}").as_bytes());
    let wanted: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(given, wanted);
    let sent = log(&house);
    assert_eq!(sent.len(), 2, "each was told once: {sent:?}");
    // The clock leaps here, so the rest of a mail's recipients may be left for a second try; nobody got it twice.
    assert!(sent.iter().all(|one| one["state"] == "delivered"), "{sent:?}");
    assert_eq!((mails.heard().len(), calls.heard().len()), (3, 1));
    server.kill();
    let secrets =
        house.files().iter().any(|(_, bytes)| bytes.windows(secret.len()).any(|part| part == secret.as_bytes()));
    assert!(!secrets, "the secret lies open in the data folder");
}

#[test]
fn a_recipient_that_is_refused_keeps_the_mail_from_nobody_else() {
    let mut now = MONDAY;
    let house = broken(now);
    let mails = Listener::start(smtp);
    let port = mails.port.to_string();
    let mail = ["notify", "mail", "set", "127.0.0.1", "--port", &port, "--from", "idflow@example.com"];
    house.good(&[&mail[..], &["--security", "none"]].concat());
    let to = ["--mail", "ops@example.com", "--mail", "gone@example.com", "--mail", "later@example.com"];
    house.good(&[&["notify", "set", "ops", "--on", "run_failed"][..], &to].concat());
    mails.answers(LATER);
    let server = house.serve();
    house.ask(&["run", "broken", "--wait"]).expect(1);
    pass(&house, &mut now, "the first has it", || (mails.heard().len() == 1).then_some(()));
    pass(&house, &mut now, "one is tried again", || {
        log(&house).iter().any(|one| one["state"] == "waiting" && one["tries"].as_u64() >= Some(1)).then_some(())
    });
    mails.answers(0);
    now += 120_000;
    house.set_clock(now);
    pass(&house, &mut now, "all that can be", || {
        log(&house).iter().any(|one| one["state"] == "delivered").then_some(())
    });
    let heard = mails.heard();
    let got = |who: &str| heard.iter().filter(|mail| mail.contains(&format!("RCPT TO:<{who}>"))).count();
    let all = [got("ops@example.com"), got("later@example.com"), got("gone@example.com")];
    assert_eq!(all, [1, 1, 0], "nobody gets it twice: {heard:?}");
    let said = log(&house)[0]["problem"].to_string();
    // Addresses are masked, like everything private in a text.
    assert!(said.contains("mail_partly") && said.contains("g***@example.com") && said.contains("SMTP 550"), "{said}");
    assert!(!said.contains("l***@example.com"), "{said}");
    server.kill();
}

/// A mail server that takes half a minute for one recipient gets the others later: whoever has the mail by then is kept, and
/// nobody gets it twice.
#[test]
fn a_slow_mail_server_gets_the_other_recipients_later() {
    let house = broken(MONDAY);
    let now = Arc::new(Mutex::new(MONDAY));
    let (time, clock, next) = (now.clone(), house.path("clock"), house.path("clock.slow"));
    let mut slow = true;
    let mails = Listener::start(move |stream, code| {
        if std::mem::take(&mut slow) {
            let mut time = time.lock().expect("no panic");
            *time += 31_000;
            std::fs::write(&next, time.to_string()).expect("the clock is written");
            std::fs::rename(&next, &clock).expect("the clock is moved");
        }
        smtp(stream, code)
    });
    let port = mails.port.to_string();
    let mail = ["notify", "mail", "set", "127.0.0.1", "--port", &port, "--from", "idflow@example.com"];
    house.good(&[&mail[..], &["--security", "none"]].concat());
    let to = ["--mail", "one@example.com", "--mail", "two@example.com", "--mail", "three@example.com"];
    house.good(&[&["notify", "set", "ops", "--on", "run_failed"][..], &to].concat());
    let server = house.serve();
    house.ask(&["run", "broken", "--wait"]).expect(1);
    let until = |what: &str, state: &str| {
        eventually(what, PATIENCE, || {
            let found = log(&house).into_iter().find(|one| one["state"] == state && one["tries"].as_u64() >= Some(1));
            if found.is_none() {
                let mut time = now.lock().expect("no panic");
                *time += 5_000;
                house.set_clock(*time);
            }
            found
        })
    };
    let waiting = until("the others wait", "waiting");
    assert!(waiting["problem"].to_string().contains("the other recipients follow"), "{waiting}");
    assert_eq!(mails.heard().len(), 1);
    until("all have it", "delivered");
    let heard = mails.heard();
    for who in ["one", "two", "three"] {
        let got = heard.iter().filter(|mail| mail.contains(&format!("RCPT TO:<{who}@example.com>"))).count();
        assert_eq!(got, 1, "{who}: {heard:?}");
    }
    server.kill();
}

#[test]
fn a_delivery_that_fails_is_seen_and_repeated_and_quiet_hours_keep_it() {
    let mut now = MONDAY;
    let house = broken(now);
    let calls = Listener::start(http);
    calls.answers(503);
    let url = format!("http://127.0.0.1:{}/in", calls.port);
    for url in [
        "http://169.254.169.254/latest",
        "http://[fe80::1]/",
        "http://[::ffff:169.254.1.1]/",
        "http://100.100.100.200/",
    ] {
        let refused = house.ask(&["notify", "set", "hook", "--on", "run_failed", "--webhook", url]).expect(1).json();
        assert_eq!(refused["error"]["code"], "address_private", "{url}: {refused}");
    }
    house.good(&["notify", "set", "hook", "--on", "run_failed", "--webhook", &url]);
    house.good(&[
        "notify",
        "set",
        "night",
        "--on",
        "run_failed",
        "--webhook",
        &url,
        "--quiet",
        "07:00-09:00",
        "--timezone",
        "Asia/Shanghai",
    ]);
    house.ask(&["run", "broken", "--wait"]).expect(1);
    let _server = house.serve();
    let first = pass(&house, &mut now, "a call that is refused", || {
        log(&house).into_iter().find(|one| one["state"] == "waiting" && one["tries"].as_u64() > Some(1))
    });
    assert_eq!(first["rule"], "hook");
    assert_eq!(first["problem"]["code"], "webhook_failed", "{first}");
    assert!(!first["problem"].to_string().contains("/in"), "an address may be a secret: {first}");
    assert!(now < MONDAY + HOUR, "it is still quiet");
    assert!(log(&house).iter().all(|one| one["rule"] == "hook"));
    calls.answers(0);
    now = MONDAY + HOUR;
    let done = pass(&house, &mut now, "both are told", || {
        let log = log(&house);
        (log.len() == 2 && log.iter().all(|one| one["state"] == "delivered")).then_some(log)
    });
    let night = done.iter().find(|one| one["rule"] == "night").expect("told after the quiet hours");
    assert!(night["created"].as_str().expect("a time") >= "2026-03-02T01:00:00.000Z", "{night}");
    let again = done.iter().find(|one| one["rule"] == "hook").expect("told");
    // The same message each time, so that whoever gets it twice knows it.
    let ids: std::collections::BTreeSet<String> =
        calls.heard().iter().map(|call| header(call, "idempotency-key").to_string()).collect();
    assert_eq!(ids.len(), 2, "{ids:?}");
    assert!(ids.contains(again["id"].as_str().expect("an id")));
    // An address that says no is not asked again.
    calls.answers(404);
    house.ask(&["run", "broken", "--wait"]).expect(1);
    pass(&house, &mut now, "an end", || {
        log(&house).into_iter().find(|one| one["rule"] == "hook" && one["state"] == "failed").map(|_| ())
    });
}

/// What was told so far: the event, and the English words.
fn told(house: &House) -> Vec<String> {
    let all = log(house);
    let items = all.iter().flat_map(|one| one["items"].as_array().cloned().unwrap_or_default());
    let word = |text: &Value| text.as_str().unwrap_or_default().to_string();
    items.map(|item| format!("{} {}", word(&item["event"]), word(&item["what"]["en"]))).collect()
}

/// How often this event was told.
fn times(house: &House, event: &str) -> usize {
    told(house).iter().filter(|text| text.split(' ').next() == Some(event)).count()
}

#[test]
fn a_held_run_and_an_approval_that_expires_reach_the_app_of_a_connection() {
    let mut now = MONDAY;
    let corp = Corp::start();
    let house = House::new().clocked(now);
    house.connect(&corp);
    house.workflow("wecom_downstream_full");
    let mut company = Organisation::generated(3, 30);
    company.write(&house.source());
    house.import(&[]).expect(0);
    house.sync(&[]).expect(0);
    let userid = "user0001";
    house.good(&[
        "notify",
        "set",
        "people",
        "--on",
        "run_held,approval_expiring",
        "--connection",
        "main",
        "--to-user",
        userid,
        "--collect",
        "0s",
        "--language",
        "en",
    ]);
    let _server = house.serve();
    // Half of the people are gone: held, and later the time for the approval is nearly over.
    company.people.retain(|key, _| key.as_str() < "E0015");
    company.write(&house.source());
    house.import(&[]).expect(4);
    pass(&house, &mut now, "a held run", || told(&house).iter().any(|text| text.starts_with("run_held")).then_some(()));
    let run = log(&house)[0]["items"][0]["run"].as_str().expect("its id").to_string();
    let until = house.good(&["runs", "show", &run])["expires"].as_str().expect("a time").to_string();
    let until = chrono::DateTime::parse_from_rfc3339(&until).expect("a time").timestamp_millis();
    now = until - 5 * HOUR;
    house.set_clock(now);
    assert!(!told(&house).iter().any(|text| text.starts_with("approval_expiring")));
    now = until - 3 * HOUR;
    pass(&house, &mut now, "it is nearly over", || {
        told(&house).iter().any(|text| text.starts_with("approval_expiring")).then_some(())
    });
    for _ in 0..3 {
        now += 60_000;
        house.set_clock(now);
        assert_eq!(told(&house).iter().filter(|text| text.starts_with("approval_expiring")).count(), 1);
    }
    let messages: Vec<String> = corp.messages().iter().map(|message| format!("{message:?}")).collect();
    assert!(
        messages.iter().any(|text| text.contains(userid) && text.contains("waits for an approval")),
        "{messages:?}"
    );
    assert!(log(&house).iter().all(|one| one["state"] == "delivered"), "{:?}", log(&house));
}

/// Whoever the system does not know gets nothing: the message of the others is delivered, and the log says who has not got it.
#[test]
fn a_receiver_whom_the_company_does_not_have_is_told_of() {
    let corp = Corp::start();
    let house = House::new().clocked(MONDAY);
    house.connect(&corp);
    house.workflow("wecom_downstream_full");
    Organisation::generated(3, 5).write(&house.source());
    house.import(&[]).expect(0);
    house.sync(&[]).expect(0);
    let set = ["notify", "set", "people", "--on", "run_failed", "--connection", "main", "--to-user", "user0001"];
    house.good(&[&set[..], &["--to-user", "nobody.here"]].concat());
    house.ask(&["notify", "test", "people"]);
    let sent = &log(&house)[0];
    let wanted = (&json!("delivered"), &json!("wecom_message_no_user"));
    assert_eq!((&sent["state"], &sent["problem"]["code"]), wanted, "{sent}");
    assert!(sent["problem"].to_string().contains("nobody.here"), "{sent}");
    house.set_clock(MONDAY + HOUR);
    house.good(&set);
    house.good(&["notify", "test", "people"]);
    assert_eq!(log(&house)[0]["problem"], Value::Null);
}

/// One company through a bad week: a member is refused, it comes right, a team is to go, and the secret is changed. Each is told
/// once, by a call, with what to do.
#[test]
fn partial_and_recovered_runs_waiting_removals_and_a_sick_connection_are_told_once_each() {
    let mut now = MONDAY;
    let corp = Corp::start();
    let house = House::new().clocked(now);
    house.connect(&corp);
    house.workflow("wecom_downstream_mirror");
    let mut company = Organisation::generated(12, 40);
    company.write(&house.source());
    house.import(&[]).expect(0);
    let calls = Listener::start(http);
    let url = format!("http://127.0.0.1:{}/in", calls.port);
    let events = "run_partial,run_recovered,removals_waiting,connection_unhealthy";
    house.good(&["notify", "set", "hook", "--on", events, "--webhook", &url, "--collect", "0s", "--language", "en"]);
    let _server = house.serve();
    let heard = |text: &str| calls.heard().iter().filter(|call| call.contains(text)).count();

    // One member is refused: partial, with how many and why.
    let refuse = wecom_sim::Effect::Error { errcode: 60104, errmsg: None };
    let rule = wecom_sim::FaultRule::new("/cgi-bin/user/create", refuse).matching("user0007\"");
    corp.set_faults(wecom_sim::Faults::rules([rule]));
    house.sync(&[]).expect(3);
    pass(&house, &mut now, "a partial run", || (times(&house, "run_partial") == 1).then_some(()));
    let partial = told(&house).into_iter().find(|text| text.starts_with("run_partial")).expect("it was told");
    assert!(partial.contains("run 1") && partial.contains("did not succeed with"), "{partial}");
    assert_eq!((times(&house, "run_recovered"), times(&house, "removals_waiting")), (0, 0), "{:?}", told(&house));

    // The next one is well, and the one after it is nothing new.
    corp.set_faults(wecom_sim::Faults::default());
    house.sync(&[]).expect(0);
    pass(&house, &mut now, "a run that recovers", || (times(&house, "run_recovered") == 1).then_some(()));
    house.sync(&[]).expect(0);

    // A team is closed: its department waits for a decision, and waits once, however often it is found again.
    let keys: Vec<String> = company.people.keys().cloned().collect();
    for key in keys {
        if company.people[&key]["departments"] == "T011" {
            company.change(&key, "departments", "T000");
            company.change(&key, "main_department", "T000");
        }
    }
    company.departments.remove("T011");
    company.write(&house.source());
    house.import(&[]).expect(0);
    house.ask(&["run", "sync", "--wait"]).expect(0);
    pass(&house, &mut now, "a removal that waits", || (times(&house, "removals_waiting") == 1).then_some(()));
    let waits = told(&house).into_iter().find(|text| text.starts_with("removals_waiting")).expect("it was told");
    assert!(waits.contains("found 1 removal "), "{waits}");
    house.ask(&["run", "sync", "--wait"]).expect(0);

    // The secret is refused: the connection is sick, until it works again.
    let refuse = wecom_sim::Effect::Error { errcode: 40001, errmsg: None };
    let tokens = wecom_sim::FaultRule::new("/cgi-bin/gettoken", refuse);
    let lists =
        wecom_sim::FaultRule::new("/cgi-bin/user/list_id", wecom_sim::Effect::Error { errcode: 60020, errmsg: None });
    corp.set_faults(wecom_sim::Faults::rules([tokens, lists]));
    for _ in 0..4 {
        let run = house.ask(&["run", "sync", "--wait"]);
        assert_ne!(run.code, 0, "{}", run.out);
        now += 60_000;
        house.set_clock(now);
    }
    pass(&house, &mut now, "a sick connection", || (times(&house, "connection_unhealthy") == 1).then_some(()));
    let sick = told(&house).into_iter().find(|text| text.starts_with("connection_unhealthy")).expect("it was told");
    assert!(sick.contains("the connection main does not work"), "{sick}");

    // Time passes, and nothing is told twice; each went out signed, in words and with its next step.
    for _ in 0..3 {
        now += 600_000;
        house.set_clock(now);
        house.good(&["notify", "list"]);
    }
    for event in ["run_partial", "run_recovered", "removals_waiting", "connection_unhealthy"] {
        assert_eq!(times(&house, event), 1, "{event}: {:?}", told(&house));
        assert_eq!(heard(&format!("\"{event}\"")), 1, "{event} went out once");
    }
    for one in log(&house) {
        for item in one["items"].as_array().expect("items") {
            for language in ["zh", "en"] {
                assert!(item["next"][language].as_str().is_some_and(|text| !text.is_empty()), "{item}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_nodes_one_tells() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let store: Store = Arc::new(MemoryStore::default());
    let clock = Arc::new(ManualClock::at(MONDAY));
    let folder = tempfile::tempdir().expect("a folder");
    let open = || {
        let settings = Settings {
            data_dir: folder.path().to_path_buf(),
            store: Location::Memory,
            master_key: Some("11".repeat(32)),
            clock: clock.clone(),
            disk_floor: 0,
            at_work: None,
        };
        App::over(store.clone(), settings)
    };
    let (one, other) = (open().await.expect("a node"), open().await.expect("another"));
    let caller = Caller::local(Tenant::default_tenant(), "anna");
    let settings = [("folder".to_string(), folder.path().display().to_string())].into();
    let gone = NewConnection {
        connector: "csv".into(),
        name: "gone".into(),
        settings,
        secrets: Default::default(),
        only_new: false,
    };
    one.put_connection(gone).await.expect("connected");
    one.create_workflow(NewWorkflow { text: Some(BROKEN.into()), ..NewWorkflow::default() }, "anna")
        .await
        .expect("made");
    one.activate("broken", "anna").await.expect("activated");
    let calls = Listener::start(http);
    let rule = json!({
        "events": ["run_failed"], "channel": {"kind": "webhook", "url": format!("http://127.0.0.1:{}/in", calls.port)},
    });
    let rule = serde_json::from_value(rule).expect("a rule");
    one.desk(&caller).put_notification_rule("hook", rule, &Expected::Anything).await.expect("made");
    let (mut here, mut there) = (Notifier::new(Arc::new(one.clone())), Notifier::new(Arc::new(other)));
    for round in 1..=5 {
        let run = one.desk(&caller).start_run("broken", NewRun::default()).await.expect("started").run;
        one.engine().wait(run.parse().expect("an id")).await.expect("it ends");
        for _ in 0..3 {
            let (first, second) = tokio::join!(here.look(), there.look());
            first.and(second).expect("looked");
            tokio::join!(here.settle(), there.settle());
            clock.set(clock.now_ms() + 61_000);
        }
        eventually("the call", PATIENCE, || (calls.heard().len() >= round).then_some(()));
        assert_eq!(calls.heard().len(), round, "each failure is told once");
    }
}
