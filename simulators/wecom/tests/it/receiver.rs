//! A program that gets events: it proves that it can read them, keeps what came, and answers as it is told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use wecom_sim::NewReceiver;
use wecom_sim::crypto::{Key, sign};

pub const TOKEN: &str = "Hq7sYnR2vKx9";
pub const KEY: &str = "Zk3vQm9sXw2RtYb7LcNfHj4PgUe8DiAo6KxVqT1zSnC";

/// How the next calls are answered; 0 is no answer at all.
type Statuses = Arc<Mutex<VecDeque<u16>>>;

/// One receiver.
pub struct Receiver {
    pub url: String,
    statuses: Statuses,
    came: UnboundedReceiver<(String, String)>,
    /// The last call as it came: its query and its body.
    raw: Raw,
}

type Raw = Arc<Mutex<Value>>;

impl Receiver {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/callback?from=wecom", listener.local_addr().expect("an address"));
        let statuses = Statuses::default();
        let (told, came) = unbounded_channel();
        let raw = Raw::default();
        tokio::spawn(serve(listener, Arc::clone(&statuses), told, Arc::clone(&raw)));
        Self { url, statuses, came, raw }
    }

    /// The last call as it came, for a client that opens it itself.
    pub fn raw(&self) -> Value {
        self.raw.lock().expect("no panic").clone()
    }

    /// How the next calls are answered; then it is 200 again.
    pub fn answer(&self, statuses: &[u16]) {
        self.statuses.lock().expect("no panic").extend(statuses);
    }

    /// The plain text of the next event, and whom it was encrypted for.
    pub async fn next(&mut self) -> (String, String) {
        let next = tokio::time::timeout(Duration::from_secs(60), self.came.recv()).await;
        next.expect("an event comes").expect("the receiver runs")
    }

    /// As it stands in a state.
    pub fn state(&self, form: Option<&str>) -> Value {
        let mut state = json!({ "url": self.url, "token": TOKEN, "encoding_aes_key": KEY });
        if let Some(form) = form {
            state["form"] = json!(form);
        }
        state
    }

    /// As it is to be saved.
    pub fn saved(&self, corpid: &str) -> NewReceiver {
        NewReceiver {
            corpid: corpid.to_owned(),
            url: self.url.clone(),
            token: TOKEN.to_owned(),
            encoding_aes_key: KEY.to_owned(),
            ..NewReceiver::default()
        }
    }
}

/// What stands in an element.
pub fn element<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    let (text, _) = rest.split_once(&format!("</{name}>"))?;
    Some(text.strip_prefix("<![CDATA[").and_then(|text| text.strip_suffix("]]>")).unwrap_or(text))
}

async fn serve(listener: TcpListener, statuses: Statuses, told: UnboundedSender<(String, String)>, raw: Raw) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(answer(stream, Arc::clone(&statuses), told.clone(), Arc::clone(&raw)));
    }
}

async fn answer(mut stream: TcpStream, statuses: Statuses, told: UnboundedSender<(String, String)>, raw: Raw) {
    let mut request = Vec::new();
    let (head, body) = loop {
        let mut part = [0; 4096];
        let read = stream.read(&mut part).await.unwrap_or(0);
        request.extend_from_slice(&part[..read]);
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length =
                head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                break (head.to_owned(), body.to_owned());
            }
        }
        if read == 0 {
            return;
        }
    };
    let status = statuses.lock().expect("no panic").pop_front().unwrap_or(200);
    if status == 0 {
        return std::future::pending().await;
    }
    let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let query = reqwest::Url::parse(&format!("http://here{target}")).expect("an address");
    let value = |name: &str| {
        query.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned()).unwrap_or_default()
    };
    assert_eq!(value("from"), "wecom", "the own query stays");
    let is_echo = head.starts_with("GET ");
    let sealed = if is_echo { value("echostr") } else { element(&body, "Encrypt").unwrap_or_default().to_owned() };
    let signed = sign(TOKEN, &value("timestamp"), &value("nonce"), &sealed);
    assert_eq!(signed, value("msg_signature"));
    let (message, to) = Key::parse(KEY).and_then(|key| key.open(&sealed)).expect("it is for this receiver");
    let message = String::from_utf8(message).expect("a text");
    let reply = if is_echo { message.clone() } else { String::new() };
    // Whoever waits for the event may look at once whether it counts as delivered.
    let text = format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{reply}", reply.len());
    let _ = stream.write_all(text.as_bytes()).await;
    let _ = stream.shutdown().await;
    *raw.lock().expect("no panic") = json!({ "query": query.query().unwrap_or_default(), "body": body });
    if !is_echo && status == 200 {
        let _ = told.send((message, to));
    }
}
