//! Callbacks: the published vectors, what is refused, and what clients that many people use seal and open.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, BufWriter, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use idflow_sdk::{Connection, Incoming, Keys, OpenRequest, Problem, Received, Secret, contract::NoDirectory};
use idflow_wecom::callback::{
    KEY, TOKEN,
    crypto::{Closed, Key, sign},
    message,
};
use serde_json::{Value, json};

const CORP: &str = "ww8c2f41d7b09e63a5";
const AES: &str = "Zk3vQm9sXw2RtYb7LcNfHj4PgUe8DiAo6KxVqT1zSnC";
const NOW: i64 = 1_764_000_500_000;

fn fixture(name: &str) -> Option<Value> {
    let file = format!("{}/../../../shared/reference/wecom-fixtures/{name}", env!("CARGO_MANIFEST_DIR"));
    let Ok(text) = std::fs::read_to_string(&file) else {
        let _ = writeln!(std::io::stderr(), "skipped: {file} is not here");
        return None;
    };
    Some(serde_json::from_str(&text).expect("JSON"))
}

#[test]
fn the_vectors_open_and_are_sealed_to_the_same_bytes() {
    let Some(all) = fixture("crypto-vectors.json") else { return };
    let vectors = all["vectors"].as_array().expect("vectors");
    let text = |vector: &Value, name: &str| vector[name].as_str().unwrap_or_default().to_string();
    let mut opened = 0;
    for vector in vectors {
        let id = text(vector, "id");
        let [token, stamp, nonce, sealed] = ["token", "timestamp", "nonce", "encrypt"].map(|name| text(vector, name));
        let signed = sign(&token, &stamp, &nonce, &sealed) == text(vector, "msg_signature");
        let key = Key::parse(&text(vector, "encoding_aes_key"));
        let receiver = vector["receive_id"].as_str().unwrap_or_default();
        let found = key.as_ref().map(|key| key.open(&sealed, receiver));
        match text(vector, "expect").as_str() {
            "ok" => {
                let (key, plain) = (key.expect("a key"), text(vector, "plaintext"));
                assert!(signed, "{id}: the signature");
                assert_eq!(found, Some(Ok(plain.clone().into_bytes())), "{id}");
                let hex = text(vector, "random16_hex");
                let random: Vec<u8> =
                    (0..32).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex")).collect();
                let random: [u8; 16] = random.try_into().expect("16 bytes");
                assert_eq!(key.seal(random, plain.as_bytes(), receiver), sealed, "{id}: sealed again");
                opened += 1;
            }
            "signature-ok" => assert!(signed, "{id}"),
            other => panic!("{id}: what is {other}?"),
        }
    }
    for wrong in all["negative"].as_array().expect("wrong ones") {
        let base = vectors.iter().find(|vector| vector["id"] == wrong["based_on"]).expect("its base");
        let of = |name: &str| wrong[name].as_str().or(base[name].as_str()).unwrap_or_default().to_string();
        let signed = sign(&of("token"), &of("timestamp"), &of("nonce"), &of("encrypt")) == of("msg_signature");
        let found = Key::parse(&of("encoding_aes_key")).map(|key| key.open(&of("encrypt"), &of("receive_id")));
        let taken = signed && matches!(found, Some(Ok(_)));
        assert!(!taken, "{wrong} is taken");
    }
    assert!(opened >= 8, "only {opened} vectors are to be opened");
}

fn account() -> std::sync::Arc<dyn Connection> {
    // Clients are made with it, and call nobody here.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let settings = BTreeMap::from([("corp_id".to_string(), CORP.to_string())]);
    let secrets = BTreeMap::from([("contacts_secret".to_string(), Secret::new("s".into()))]);
    let directory = std::sync::Arc::new(NoDirectory);
    idflow_wecom::open(OpenRequest { name: "main".into(), settings, secrets, directory, granted: None }).expect("opens")
}

fn keys(token: &str, key: &str) -> Keys {
    [(TOKEN, token), (KEY, key)].map(|(name, text)| (name.to_string(), Secret::new(text.into()))).into()
}

/// A call as the platform makes it.
struct Sent {
    token: &'static str,
    key: &'static str,
    to: &'static str,
    seconds: i64,
    receiver: &'static str,
    text: String,
    envelope: fn(&str) -> String,
}

impl Sent {
    fn new(text: &str) -> Self {
        Self { token: "tok", key: AES, to: CORP, seconds: NOW / 1000, receiver: "", text: text.into(), envelope: xml }
    }

    fn received(&self, keys: &[Keys]) -> Result<Received, Problem> {
        let sealed = Key::parse(self.key).expect("a key").seal([7; 16], self.text.as_bytes(), self.to);
        let seconds = self.seconds.to_string();
        let query = [
            ("msg_signature".to_string(), sign(self.token, &seconds, "n1", &sealed)),
            ("timestamp".into(), seconds),
            ("nonce".into(), "n1".into()),
        ];
        let body = (self.envelope)(&sealed);
        account().receive(&Incoming {
            receiver: self.receiver,
            keys,
            query: &query,
            body: Some(body.as_bytes()),
            now_ms: NOW,
        })
    }
}

fn xml(sealed: &str) -> String {
    format!(
        "<xml><ToUserName><![CDATA[{CORP}]]></ToUserName><AgentID></AgentID><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"
    )
}

#[test]
fn events_of_every_form_tell_whom_they_are_about() {
    let Some(all) = fixture("callbacks.json") else { return };
    let good = [keys("tok", AES)];
    let mut names = std::collections::BTreeSet::new();
    for (form, text) in all["events"].as_object().expect("events") {
        let found = Sent::new(text.as_str().expect("text")).received(&good).expect(form);
        let [event] = found.events.as_slice() else { panic!("{form}: {found:?}") };
        let name = form.split('.').next().expect("a name");
        assert_eq!((event.name, found.answer.as_str()), (name, ""), "{form}");
        assert_eq!(event.at_ms / 1_000_000_000, 1764, "{form}");
        names.insert(event.name);
        let detail = |name: &str| event.details.get(name).map(String::as_str);
        let (kind, key) = event.object.clone().expect("an object");
        match name {
            "create_party" | "update_party" | "delete_party" => {
                assert_eq!((kind, key.as_str(), detail("department_id")), ("department", "15", Some("15")), "{form}");
            }
            "update_tag" => assert_eq!((kind, detail("tag_id")), ("tag", Some("31")), "{form}"),
            "batch_job_result" => assert_eq!((kind, detail("errcode")), ("job", Some("0")), "{form}"),
            _ => assert_eq!((kind, key.as_str(), detail("userid")), ("user", "chen.yu", Some("chen.yu")), "{form}"),
        }
        assert_eq!(detail("new_userid"), (form == "update_user.full").then_some("chen.yu2"), "{form}");
        // The same in other words: blanks, another order, elements that nobody knows inside an envelope of JSON.
        let spread = text.as_str().expect("text").replace("><", ">\n  <").replace("<![CDATA[", " <![CDATA[");
        let json = Sent {
            envelope: |sealed| json!({"tousername": CORP, "encrypt": sealed, "x": [1]}).to_string(),
            ..Sent::new(&spread)
        };
        let again = json.received(&good).expect(form);
        assert_eq!(again.events, found.events, "{form}");
    }
    assert!(names.len() >= 10, "{names:?}");
    let inner = r#"{"ToUserName":"x","FromUserName":"sys","CreateTime":1764000123,"MsgType":"event","Event":"change_contact","ChangeType":"delete_user","UserID":"a"}"#;
    let found = Sent::new(inner).received(&good).expect("JSON inside");
    assert_eq!(found.events[0].object, Some(("user", "a".into())));
    // What nobody listens for is taken and starts nothing.
    let other = Sent::new("<xml><Event>change_external_contact</Event><ChangeType>x</ChangeType></xml>");
    assert_eq!(other.received(&good).expect("taken").events, []);
}

/// To an app's own receiver whoever only leaves its visible range is a member deleted: that frees no userid.
#[test]
fn only_the_contact_sync_says_that_a_userid_is_free() {
    let good = [keys("tok", AES)];
    let told = |receiver, kind: &str, more: &str| {
        let text =
            format!("<xml><Event>change_contact</Event><ChangeType>{kind}</ChangeType><UserID>a</UserID>{more}</xml>");
        let found = Sent { receiver, ..Sent::new(&text) }.received(&good).expect("taken");
        found.events[0].frees_key
    };
    assert!(told("", "delete_user", ""));
    assert!(!told("app", "delete_user", ""), "he may have left the range alone");
    let new = "<NewUserID>b</NewUserID>";
    assert!(told("", "update_user", new) && told("app", "update_user", new));
    assert!(!told("", "update_user", ""));
}

#[test]
fn what_is_not_from_the_platform_is_refused_by_name() {
    let text = "<xml><Event>enter_agent</Event><FromUserName>a</FromUserName><CreateTime>1764000123</CreateTime></xml>";
    let good = [keys("tok", AES)];
    let code = |sent: Sent, keys: &[Keys]| match sent.received(keys) {
        Ok(received) => format!("taken: {received:?}"),
        Err(problem) => problem.code.into_owned(),
    };
    let sent = || Sent::new(text);
    let other = "abcdefghijABCDEFGHIJabcdefghijABCDEFGHIJ123";
    assert_eq!(code(sent(), &[]), "wecom_callback_no_keys");
    assert_eq!(code(Sent { token: "no", ..sent() }, &good), "wecom_callback_signature");
    assert_eq!(code(Sent { key: other, ..sent() }, &good), "wecom_callback_key");
    assert_eq!(code(Sent { to: "wwOTHER", ..sent() }, &good), "wecom_callback_receiver");
    assert_eq!(code(Sent { to: "", ..sent() }, &good), "wecom_callback_receiver");
    for day in [-1, 1] {
        assert_eq!(code(Sent { seconds: NOW / 1000 + day * 86_401, ..sent() }, &good), "wecom_callback_time");
    }
    assert!(Sent { seconds: NOW / 1000 - 86_000, ..sent() }.received(&good).is_ok(), "a late delivery");
    for form in [
        "",
        "<xml>",
        "<xml/><xml/>",
        "text",
        "<!DOCTYPE x [<!ENTITY a \"b\">]><xml><Event>enter_agent</Event></xml>",
        "<xml><Event>&a;</Event></xml>",
        "{",
        "{\"a\":",
    ] {
        assert_eq!(code(Sent::new(form), &good), "wecom_callback_form", "{form}");
    }
    let deep = format!("<xml>{}{}</xml>", "<a>".repeat(5000), "</a>".repeat(5000));
    assert_eq!(code(Sent::new(&deep), &good), "wecom_callback_form");
    let deep = format!("{}1{}", "{\"a\":".repeat(5000), "}".repeat(5000));
    assert_eq!(code(Sent::new(&deep), &good), "wecom_callback_form");
    let wide = format!("<xml>{}</xml>", "<a/>".repeat(20_000));
    assert_eq!(code(Sent::new(&wide), &good), "wecom_callback_form");
    assert!(message::read(&vec![b' '; message::MOST_BYTES + 1]).is_none());
    // The keys before the present ones are good as long as they are given.
    let both = [keys("new", other), keys("tok", AES)];
    assert!(sent().received(&both).is_ok());
    assert!(Sent { token: "new", key: other, ..sent() }.received(&both).is_ok());
    assert_eq!(code(Sent { key: other, ..sent() }, &both), "wecom_callback_key");
    let read = message::read("<xml><a>1 &lt; 2 &#x4e2d;</a><b> <![CDATA[<x>]]> </b></xml>".as_bytes()).expect("read");
    assert_eq!((read.text("a"), read.text("B")), (Some("1 < 2 中"), Some("<x>")));
}

#[test]
fn an_echo_is_sent_back_alone_also_where_a_plus_became_a_blank() {
    // Until the ciphertext has a plus, which most have.
    let key = Key::parse(AES).expect("a key");
    let sealed = (0..=255).map(|byte| key.seal([byte; 16], b"12345", CORP)).find(|sealed| sealed.contains('+'));
    let sealed = sealed.expect("one with a plus");
    let query = [
        ("msg_signature".to_string(), sign("tok", "1", "n", &sealed)),
        ("timestamp".into(), "1".into()),
        ("nonce".into(), "n".into()),
        ("echostr".into(), sealed.replace('+', " ")),
    ];
    let good = [keys("tok", AES)];
    let incoming = Incoming { receiver: "app", keys: &good, query: &query, body: None, now_ms: NOW };
    let found = account().receive(&incoming).expect("taken");
    assert_eq!((found.answer.as_str(), found.events.len()), ("12345", 0));
}

#[test]
fn bytes_of_any_kind_are_no_message() {
    let key = Key::parse(AES).expect("a key");
    let mut state = 20_261_121_u64;
    for round in 0..2000 {
        let mut bytes = Vec::new();
        for _ in 0..round % 97 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            bytes.push((state >> 33) as u8);
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        assert!(key.open(&text, CORP).is_err());
        let _ = message::read(&bytes);
        let _ = key.decrypt(&bytes);
    }
    assert_eq!(key.open("", CORP), Err(Closed::Form));
    assert!(Key::parse(&"a".repeat(42)).is_none() && Key::parse(&format!("{}+", "a".repeat(42))).is_none());
}

/// How many messages each judge is given; more by the environment.
fn how_many() -> usize {
    std::env::var("IDFLOW_SEALED_MESSAGES").ok().and_then(|text| text.parse().ok()).unwrap_or(12)
}

/// The longest message, in bytes.
const LONGEST: usize = 100_000;

/// Messages of 0 to 100 kB: every length around the ends of blocks, then pieces of one long text, cut anywhere.
struct Messages {
    text: String,
    state: u64,
}

impl Messages {
    fn new() -> Self {
        let pieces = ["陈雨", "a", "<x>", "\u{1F600}", " ", "é", "]]>", "&amp;", "\"", "line\r\n"];
        let mut messages = Self { text: String::new(), state: 20_261_129 };
        while messages.text.len() < 3 * LONGEST {
            let piece = messages.random(pieces.len());
            messages.text.push_str(pieces[piece]);
        }
        messages
    }

    fn random(&mut self, below: usize) -> usize {
        self.state = self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.state >> 33) as usize % below
    }

    fn next(&mut self, number: usize) -> String {
        let length = if number < 70 { number } else { self.random(LONGEST + 1) };
        let begins = self.random(2 * LONGEST);
        let begins = self.text.ceil_char_boundary(begins);
        let ends = self.text.floor_char_boundary(begins + length).max(begins);
        self.text[begins..ends].to_owned()
    }
}

/// What a program says to this input when it ends well, or what went wrong.
fn said(command: &mut Command) -> Result<String, String> {
    let done = command.stdin(Stdio::null()).output().map_err(|error| format!("{command:?}: {error}"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if done.status.success() {
        Ok(text(&done.stdout))
    } else {
        Err(format!("{}\n{}", text(&done.stdout), text(&done.stderr)))
    }
}

/// Gives a judge what we sealed, and opens what it sealed: one process for all messages, a line for each, in which texts are
/// Base64, so that no time is spent on JSON.
fn judged(name: &str, prepared: Result<Command, String>) {
    let mut command = match prepared {
        Ok(command) => command,
        Err(why) => {
            let _ = writeln!(std::io::stderr(), "skipped: {name} cannot be had here: {why}");
            return;
        }
    };
    let (number, begun) = (how_many(), std::time::Instant::now());
    let mut child = command
        .args([CORP, "tok", AES])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .expect("the judge begins");
    let stdin = child.stdin.take().expect("its input");
    let writer = std::thread::spawn(move || -> std::io::Result<()> {
        let (key, mut messages, mut out) = (Key::parse(AES).expect("a key"), Messages::new(), BufWriter::new(stdin));
        for number in 0..number {
            let text = messages.next(number);
            let sealed = key.seal([number as u8; 16], text.as_bytes(), CORP);
            let signature = sign("tok", "1764000000", "n", &sealed);
            writeln!(out, "{} {sealed} {signature}", STANDARD.encode(text))?;
        }
        out.flush()
    });
    let (key, mut messages) = (Key::parse(AES).expect("a key"), Messages::new());
    let mut answers = BufReader::new(child.stdout.take().expect("its output")).lines();
    for at in 0..number {
        let text = messages.next(at);
        let answer = answers.next().unwrap_or_else(|| panic!("{name}: no answer to message {at}")).expect("a line");
        let fields: Vec<&str> = answer.split(' ').collect();
        let [verdict, sealed, signature] = fields[..] else { panic!("{name}, message {at}: {answer:.200}") };
        assert_eq!(verdict, "same", "{name} opens what we sealed, {} bytes", text.len());
        let opened = key.open(sealed, CORP);
        assert!(opened.as_deref() == Ok(text.as_bytes()), "{name}: we open what it sealed, {} bytes", text.len());
        assert_eq!(sign("tok", "1764000000", "n", sealed), signature, "{name}");
    }
    assert!(answers.next().is_none(), "{name} says more than it was asked");
    writer.join().expect("no panic").expect("all was given");
    assert!(child.wait().expect("it ends").success(), "{name}");
    let _ = writeln!(std::io::stderr(), "{name}: {number} messages both ways in {:?}", begun.elapsed());
}

const PYTHON: &str = r#"
import base64, sys
from xml.etree import ElementTree
from wechatpy.enterprise.crypto import WeChatCrypto
corp, token, key = sys.argv[1:4]
crypto = WeChatCrypto(token, key, corp)
for line in sys.stdin.buffer:
    text, sealed, signature = line.decode().rstrip("\n").split(" ")
    text = base64.b64decode(text)
    envelope = "<xml><ToUserName>%s</ToUserName><Encrypt>%s</Encrypt></xml>" % (corp, sealed)
    opened = crypto.decrypt_message(envelope, signature, "1764000000", "n")
    opened = opened.encode() if isinstance(opened, str) else opened
    out = ElementTree.fromstring(crypto.encrypt_message(text.decode(), "n", "1764000000"))
    verdict = "same" if opened == text else "other"
    print(verdict, out.find("Encrypt").text.strip(), out.find("MsgSignature").text.strip(), flush=True)
"#;

const NODE: &str = r#"
const { encrypt, decrypt, getSignature } = require("@wecom/crypto");
const [corp, token, key] = process.argv.slice(1);
const lines = require("readline").createInterface({ input: process.stdin });
lines.on("line", line => {
  const [text, sealed, signature] = line.split(" ");
  const plain = Buffer.from(text, "base64").toString("utf8");
  const signed = getSignature(token, "1764000000", "n", sealed) === signature;
  const opened = decrypt(key, sealed);
  const verdict = signed && opened.message === plain && opened.id === corp ? "same" : "other";
  const again = encrypt(key, plain, corp);
  process.stdout.write(`${verdict} ${again} ${getSignature(token, "1764000000", "n", again)}\n`);
});
"#;

fn folder(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("idflow-{name}-{}", std::process::id()))
}

fn python(folder: &Path) -> Result<Command, String> {
    said(Command::new("python3").args(["-m", "venv"]).arg(folder))?;
    let python = folder.join("bin/python");
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--timeout", "20", "--retries", "1"];
    said(Command::new(&python).args(pip).args(["wechatpy==1.8.18", "cryptography==42.0.8"]))?;
    let mut command = Command::new(python);
    command.args(["-c", PYTHON]);
    Ok(command)
}

fn node(folder: &Path) -> Result<Command, String> {
    std::fs::create_dir_all(folder).map_err(|error| error.to_string())?;
    let install = ["install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "@wecom/crypto@1.0.1"];
    said(Command::new("npm").args(install).current_dir(folder))?;
    let mut command = Command::new("node");
    command.args(["-e", NODE]).current_dir(folder);
    Ok(command)
}

#[test]
fn wechatpy_and_we_open_what_the_other_sealed() {
    let folder = folder("wechatpy");
    judged("wechatpy", python(&folder));
    let _ = std::fs::remove_dir_all(folder);
}

#[test]
fn the_platforms_own_client_and_we_open_what_the_other_sealed() {
    let folder = folder("wecom-crypto");
    judged("@wecom/crypto", node(&folder));
    let _ = std::fs::remove_dir_all(folder);
}
