//! A server that answers as a test tells it to, also in ways no proper server would: cut off, late, or not at all.
//!
//! It hands out a token of its own for each secret, so that a request shows which secret it was made with.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, Once},
};

use idflow_sdk::{
    Applied, Call, Connection, Context, Error, ObjectCall, OpenRequest, Params, Record, Secret, Value,
    contract::NoDirectory,
};
use reqwest::Url;
use serde_json::{Value as Json, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// Secrets of every test; none of these words may appear in an error.
pub const APP_SECRET: &str = "SEKRET-of-the-app";
pub const CONTACTS_SECRET: &str = "SEKRET-of-the-contacts";

/// What came in.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    /// Without `/cgi-bin/`.
    pub path: String,
    pub query: BTreeMap<String, String>,
    pub raw_body: String,
}

impl Request {
    pub fn body(&self) -> Json {
        serde_json::from_str(&self.raw_body).unwrap_or(Json::Null)
    }

    /// `app` or `contacts`, by the token.
    pub fn secret(&self) -> &'static str {
        match self.query.get("access_token") {
            Some(token) if token.starts_with("TOKEN-app") => "app",
            Some(token) if token.starts_with("TOKEN-contacts") => "contacts",
            _ => "none",
        }
    }
}

/// What goes out.
#[derive(Debug, Clone)]
pub enum Reply {
    Json(Json),
    /// Status, one header, body.
    Raw(u16, &'static str, String),
    /// The connection stays open without a word.
    Hang,
    /// The connection is closed without a word.
    Close,
    /// Half the body, then the end.
    Cut,
    /// The body in pieces of so many bytes, each after so many milliseconds.
    Slow(usize, u64, Json),
}

type Script = Arc<dyn Fn(&Request) -> Option<Reply> + Send + Sync>;

/// A running stub.
pub struct Stub {
    pub base: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Stub {
    /// Starts a stub. What the script does not answer gets a token for `gettoken`, an app that sees all for `agent/get`, and
    /// 404 for the rest.
    pub async fn start(script: impl Fn(&Request) -> Option<Reply> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("port");
        let base = format!("http://{}", listener.local_addr().expect("address"));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (script, log): (Script, _) = (Arc::new(script), requests.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, script.clone(), log.clone()));
            }
        });
        Self { base, requests }
    }

    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().expect("lock").clone()
    }

    /// Paths of the business calls with the secret they were made with: `app user/get`.
    pub fn calls(&self) -> Vec<String> {
        let business = |request: &&Request| request.path != "gettoken";
        self.requests()
            .iter()
            .filter(business)
            .map(|request| format!("{} {}", request.secret(), request.path))
            .collect()
    }

    pub fn count(&self, path: &str) -> usize {
        self.requests().iter().filter(|request| request.path == path).count()
    }
}

async fn serve(mut stream: TcpStream, script: Script, log: Arc<Mutex<Vec<Request>>>) {
    let mut buffer = Vec::new();
    while let Some(request) = receive(&mut stream, &mut buffer).await {
        let number = {
            let mut log = log.lock().expect("lock");
            log.push(request.clone());
            log.iter().filter(|earlier| earlier.path == "gettoken").count()
        };
        let reply = script(&request).unwrap_or_else(|| default(&request, number));
        let text = match reply {
            Reply::Json(json) => http(200, "Content-Type: application/json; charset=UTF-8", &json.to_string()),
            Reply::Raw(status, header, body) => http(status, header, &body),
            Reply::Cut => {
                let whole =
                    http(200, "Content-Type: application/json", &json!({"errcode": 0, "errmsg": "ok"}).to_string());
                let _ = stream.write_all(&whole.as_bytes()[..whole.len() - 9]).await;
                return;
            }
            Reply::Slow(bytes, pause, json) => {
                let whole = http(200, "Content-Type: application/json", &json.to_string());
                for piece in whole.as_bytes().chunks(bytes) {
                    tokio::time::sleep(std::time::Duration::from_millis(pause)).await;
                    if stream.write_all(piece).await.is_err() {
                        return;
                    }
                }
                continue;
            }
            Reply::Close => return,
            Reply::Hang => {
                tokio::time::sleep(std::time::Duration::from_secs(600)).await;
                return;
            }
        };
        if stream.write_all(text.as_bytes()).await.is_err() {
            return;
        }
    }
}

fn http(status: u16, header: &str, body: &str) -> String {
    format!("HTTP/1.1 {status} X\r\n{header}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

fn default(request: &Request, number: usize) -> Reply {
    if request.path == "agent/get" {
        return ok(json!({"close": 0, "allow_partys": {"partyid": [1]}}));
    }
    if request.path != "gettoken" {
        return Reply::Raw(404, "Content-Type: text/plain", String::new());
    }
    let whose = match request.query.get("corpsecret").map(String::as_str) {
        Some(APP_SECRET) => "app",
        Some(CONTACTS_SECRET) => "contacts",
        _ => return refuse(40001, "invalid credential"),
    };
    ok(json!({"access_token": format!("TOKEN-{whose}-{number}"), "expires_in": 7200}))
}

/// A successful answer with these keys.
pub fn ok(mut json: Json) -> Reply {
    json["errcode"] = 0.into();
    json["errmsg"] = "ok".into();
    Reply::Json(json)
}

/// A refusal as WeCom words it.
pub fn refuse(code: i64, text: &str) -> Reply {
    let errmsg = format!(
        "{text}, hint: [1764000123456789012345678], from ip: 203.0.113.24, more info at https://open.work.weixin.qq.com/devtool/query?e={code}"
    );
    Reply::Json(json!({"errcode": code, "errmsg": errmsg, "department": [], "dept_user": []}))
}

async fn receive(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<Request> {
    let head_end = loop {
        if let Some(place) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            break place + 4;
        }
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8_lossy(&buffer[..head_end]).into_owned();
    let length = head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(0, |(_, value)| value.parse().expect("length"));
    while buffer.len() < head_end + length {
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    }
    let raw_body = String::from_utf8(buffer[head_end..head_end + length].to_vec()).expect("UTF-8");
    buffer.drain(..head_end + length);
    let mut words = head.split_whitespace();
    let method = words.next()?.to_owned();
    let url = Url::parse(&format!("http://stub{}", words.next()?)).expect("target");
    let query = url.query_pairs().into_owned().collect();
    Some(Request { method, path: url.path().trim_start_matches("/cgi-bin/").to_owned(), query, raw_body })
}

/// For tests of who never answers. Everything else has time: a machine that is busy is no reason to fail.
pub const IMPATIENT: (&str, &str) = ("timeout_ms", "1500");

/// Settings for this address, with both secrets.
pub fn request(base: &str) -> OpenRequest {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    let settings =
        [("corp_id", "wwtest000000000001"), ("agent_id", "1000002"), ("base_url", base), ("timeout_ms", "60000")];
    let secrets = [("app_secret", APP_SECRET), ("contacts_secret", CONTACTS_SECRET)];
    OpenRequest {
        name: "main".into(),
        settings: settings.into_iter().map(|(name, value)| (name.into(), value.into())).collect(),
        secrets: secrets.into_iter().map(|(name, value)| (name.into(), Secret::new(value.into()))).collect(),
        directory: Arc::new(NoDirectory),
        granted: None,
    }
}

/// A connection with both secrets.
pub fn open(stub: &Stub) -> Arc<dyn Connection> {
    idflow_wecom::open(request(&stub.base)).expect("settings")
}

/// A connection with these settings changed (a secret set to `""` is left out).
pub fn open_with(stub: &Stub, changes: &[(&str, &str)]) -> Arc<dyn Connection> {
    let mut request = request(&stub.base);
    for (name, value) in changes {
        if name.ends_with("_secret") {
            request.secrets.remove(*name);
        } else {
            request.settings.insert((*name).into(), (*value).into());
        }
    }
    idflow_wecom::open(request).expect("settings")
}

pub fn context() -> Context {
    Context::at(0)
}

/// Does one action on one object.
pub async fn apply(
    connection: &Arc<dyn Connection>,
    action: &str,
    params: Params,
    key: &str,
    record: &Record,
) -> Result<Applied, Error> {
    let action = idflow_wecom::SPEC.action(action).expect("action");
    let call = Call { action, params: &params, objects: vec![ObjectCall { key, record }] };
    let mut results = connection.apply(&context(), call).await;
    assert_eq!(results.len(), 1);
    results.remove(0)
}

/// A parameter that is a flag.
pub fn flag(name: &str, value: bool) -> Params {
    Params { values: [(name.to_owned(), Value::Bool(value))].into(), ..Params::default() }
}
