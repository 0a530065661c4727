//! Whom a server calls for others: nobody of its own network where others reach it, however the address is written; nobody to whom
//! an answer sends it on; and never what tells a machine of a cloud its secrets.

use std::{
    io::{Read, Write},
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};

use super::support::{House, house::BEGIN};

/// Ways to write an address of this machine or its network.
const PRIVATE: [&str; 20] = [
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "id.localhost",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.0.1",
    "100.64.0.1",
    "0.0.0.0",
    "[::]",
    "[fd00::1]",
    "[fe80::1]",
];
/// Addresses at which clouds tell machines their secrets.
const METADATA: [&str; 5] =
    ["169.254.169.254", "100.100.100.200", "[fd00:ec2::254]", "[::ffff:169.254.169.254]", "2852039166"];

/// Answers every request so, and counts them.
fn answers(answer: String) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("its address"));
    let count = Arc::new(AtomicUsize::new(0));
    let counted = count.clone();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            counted.fetch_add(1, Ordering::SeqCst);
            let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut byte), Ok(1)) {
                head.push(byte[0]);
            }
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    (base, count)
}

/// What somebody may enter an address for, with the code of what came of it.
fn entered(house: &House, host: &str) -> Vec<(&'static str, Value)> {
    let code = |args: &[&str]| {
        let answer = house.ask(args).json();
        let found = [&answer["error"]["code"], &answer["problem"]["code"]].into_iter().find(|code| !code.is_null());
        found.unwrap_or(&answer).clone()
    };
    let url = format!("https://{host}/in");
    let bare = host.trim_matches(['[', ']']);
    let mut mail = code(&["notify", "mail", "set", bare, "--security", "starttls", "--from", "idflow@example.com"]);
    if !mail.is_string() {
        // A name that was not looked up yet.
        mail = code(&["notify", "mail", "test", "ops@example.com"]);
    }
    let base = format!("base_url=https://{host}");
    let add = ["connection", "add", "wecom", "--name", "out", "--set", "corp_id=ww0123456789abcdef", "--set", &base];
    let added = house.ask(&[&add[..], &["--secret", "contacts_secret=env:CONTACTS"]].concat());
    let said = added.out + &house.ask(&["connection", "test", "out"]).out;
    let connection = if said.contains("wecom_base_url_private") { "address_private".into() } else { json!(said) };
    vec![
        ("webhook", code(&["notify", "set", "out", "--on", "run_failed", "--webhook", &url])),
        ("mail", mail),
        ("oidc", code(&["oidc", "set", &format!("https://{host}"), "--client-id", "x"])),
        ("connection", connection),
    ]
}

#[test]
fn a_server_that_others_reach_calls_nobody_in_its_network_however_that_is_written() {
    let house = House::new();
    house.good(&BEGIN);
    let _server = house.serve_with(&["--public-url", "https://id.example.com"]);
    for host in PRIVATE.into_iter().chain(METADATA) {
        for (what, code) in entered(&house, host) {
            assert_eq!(code, "address_private", "{host} as {what}");
        }
    }
    assert!(house.good(&["notify", "list"]).as_array().is_some_and(Vec::is_empty), "no rule was made");
    assert_eq!(house.good(&["oidc", "show"])["set_up"], false);
}

#[test]
fn nobody_calls_what_tells_a_machine_its_secrets() {
    let house = House::new();
    house.good(&BEGIN);
    let _server = house.serve();
    for host in METADATA {
        for (what, code) in entered(&house, host) {
            assert_eq!(code, "address_private", "{host} as {what}");
        }
    }
}

#[test]
fn an_answer_sends_nobody_on_to_another_address() {
    let house = House::new();
    house.good(&BEGIN);
    let _server = house.serve();
    let (inner, reached) = answers("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}".into());
    for status in [301, 302, 303, 307, 308] {
        let head = format!("HTTP/1.1 {status} Elsewhere\r\nlocation: {inner}/secret\r\n");
        let (outer, asked) = answers(head + "content-length: 0\r\nconnection: close\r\n\r\n");
        house.good(&["notify", "set", "out", "--on", "run_failed", "--webhook", &format!("{outer}/in")]);
        let told = house.ask(&["notify", "test", "out"]).json().to_string();
        assert!(told.contains(&format!("HTTP {status}")), "{told}");
        assert_eq!(asked.load(Ordering::SeqCst), 1, "{status}");
        house.ask(&["oidc", "set", &outer, "--client-id", "x"]).expect(1);
        let base = format!("base_url={outer}");
        let add =
            ["connection", "add", "wecom", "--name", "out", "--set", "corp_id=ww0123456789abcdef", "--set", &base];
        house.ask(&[&add[..], &["--secret", "contacts_secret=env:CONTACTS"]].concat());
        house.ask(&["connection", "test", "out"]).expect(1);
        assert!(asked.load(Ordering::SeqCst) >= 3, "{status}: all of them were asked");
        assert_eq!(reached.load(Ordering::SeqCst), 0, "{status} was followed");
    }
    assert_eq!(house.good(&["oidc", "show"])["set_up"], false);
}
