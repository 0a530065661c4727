//! A simulator with a client, and calls in one line.

use serde_json::{Value, json};
use wecom_sim::{Options, Running, Simulator, State};

pub const CORP: &str = "ww1";
pub const CONTACTS: &str = "contacts-secret";
pub const APP: &str = "app-secret";
pub const AGENT: i64 = 1_000_002;

/// A running simulator and tokens for both kinds of secret.
pub struct Sim {
    pub running: Running,
    pub client: reqwest::Client,
    pub contacts: String,
    pub app: String,
}

/// What came back.
#[derive(Debug)]
pub struct Got {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
}

impl Got {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub fn code(&self) -> i64 {
        self.json()["errcode"].as_i64().unwrap_or_else(|| panic!("no errcode: {}", self.text))
    }

    /// The error text without the tail.
    pub fn message(&self) -> String {
        let value = self.json();
        let text = value["errmsg"].as_str().unwrap_or_default();
        text.split(", hint:").next().unwrap_or_default().to_owned()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| std::str::from_utf8(value.as_bytes()).ok())
    }
}

/// A corp with departments 1, 2 and 3 below 2, and whatever is laid over it.
pub fn state(overlay: Value) -> State {
    let mut corp = json!({
        "corpid": CORP,
        "name": "云栖科技",
        "contacts": { "secret": CONTACTS },
        "apps": [{ "agentid": AGENT, "secret": APP, "name": "App", "visible": { "departments": [1] } }],
        "departments": [
            { "id": 2, "name": "研发", "parentid": 1 },
            { "id": 3, "name": "平台", "parentid": 2 }
        ]
    });
    if let (Some(corp), Some(overlay)) = (corp.as_object_mut(), overlay.as_object()) {
        corp.extend(overlay.clone());
    }
    serde_json::from_value(json!({ "corps": [corp] })).expect("a state")
}

/// A form with one CSV file, as an upload has it.
pub fn csv_form(text: &str) -> reqwest::multipart::Form {
    let part = reqwest::multipart::Part::bytes(text.as_bytes().to_vec()).file_name("import.csv");
    reqwest::multipart::Form::new().part("media", part)
}

impl Sim {
    /// Uploads a CSV and returns its media id.
    pub async fn upload_as(&self, token: &str, text: &str) -> String {
        let url = format!("{}/cgi-bin/media/upload?access_token={token}&type=file", self.running.base_url());
        let got = self.send(self.client.post(url).multipart(csv_form(text))).await.expect("an answer");
        assert_eq!(got.code(), 0, "{}", got.text);
        got.json()["media_id"].as_str().unwrap_or_default().to_owned()
    }

    /// Uploads a CSV with the contact-sync token and submits it; `more` are further keys of the body.
    pub async fn submit(&self, path: &str, text: &str, more: Value) -> Got {
        let mut body = more;
        body["media_id"] = json!(self.upload_as(&self.contacts, text).await);
        self.write(path, body).await
    }

    /// Imports a CSV, lets the time pass that it takes, and returns the result.
    pub async fn import(&self, path: &str, text: &str, more: Value) -> Value {
        let job = self.submit(path, text, more).await;
        assert_eq!(job.code(), 0, "{}", job.text);
        self.running.advance_clock(std::time::Duration::from_secs(600));
        self.result(&job).await.json()
    }

    /// Asks for the result of a job that was submitted.
    pub async fn result(&self, job: &Got) -> Got {
        let id = job.json()["jobid"].as_str().unwrap_or_default().to_owned();
        self.read("batch/getresult", &format!("&jobid={id}")).await
    }

    /// The app's token in a POST.
    pub async fn app_post(&self, path: &str, body: Value) -> Got {
        self.post(&format!("{path}?access_token={}", self.app), body.to_string()).await
    }

    pub async fn new(overlay: Value) -> Self {
        Self::with(Options::with_state(state(overlay))).await
    }

    pub async fn with(options: Options) -> Self {
        // A second installation fails and changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let running = Simulator::start(options).await.expect("a simulator");
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let mut sim = Self { running, client, contacts: String::new(), app: String::new() };
        sim.contacts = sim.token(CONTACTS).await;
        sim.app = sim.token(APP).await;
        sim.running.clear_requests();
        sim
    }

    pub async fn gettoken(&self, corpid: &str, secret: &str) -> Got {
        self.get(&format!("gettoken?corpid={corpid}&corpsecret={secret}")).await
    }

    async fn token(&self, secret: &str) -> String {
        let got = self.gettoken(CORP, secret).await.json();
        got["access_token"].as_str().unwrap_or_default().to_owned()
    }

    pub async fn send(&self, request: reqwest::RequestBuilder) -> Result<Got, reqwest::Error> {
        let answer = request.send().await?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Ok(Got { status, headers, text: answer.text().await? })
    }

    /// GET with the path and query as given.
    pub async fn get(&self, path_and_query: &str) -> Got {
        let url = format!("{}/cgi-bin/{path_and_query}", self.running.base_url());
        self.send(self.client.get(url)).await.expect("an answer")
    }

    /// POST with the path and query as given.
    pub async fn post(&self, path_and_query: &str, body: impl Into<String>) -> Got {
        let url = format!("{}/cgi-bin/{path_and_query}", self.running.base_url());
        self.send(self.client.post(url).body(body.into())).await.expect("an answer")
    }

    /// A POST with the contact-sync token.
    pub async fn write(&self, path: &str, body: Value) -> Got {
        self.post(&format!("{path}?access_token={}", self.contacts), body.to_string()).await
    }

    /// A GET with the contact-sync token; `query` begins with `&`, or is empty.
    pub async fn read(&self, path: &str, query: &str) -> Got {
        self.get(&format!("{path}?access_token={}{query}", self.contacts)).await
    }

    /// A GET with the app's token.
    pub async fn app(&self, path: &str, query: &str) -> Got {
        self.get(&format!("{path}?access_token={}{query}", self.app)).await
    }

    /// A write whose outcome is a code.
    pub async fn refused(&self, path: &str, body: Value, code: i64) -> String {
        let got = self.write(path, body.clone()).await;
        assert_eq!(got.code(), code, "{path} {body} gave {}", got.text);
        got.message()
    }

    /// A write that must succeed.
    pub async fn written(&self, path: &str, body: Value) -> Value {
        let got = self.write(path, body.clone()).await;
        assert_eq!(got.code(), 0, "{path} {body} gave {}", got.text);
        got.json()
    }

    /// A member of the snapshot.
    pub fn user(&self, userid: &str) -> Value {
        let snapshot = self.running.snapshot();
        let users = snapshot["corps"][0]["users"].as_array().cloned().unwrap_or_default();
        users.into_iter().find(|user| user["userid"] == userid).unwrap_or_default()
    }

    /// A department of the snapshot.
    pub fn department(&self, id: u32) -> Value {
        let snapshot = self.running.snapshot();
        let all = snapshot["corps"][0]["departments"].as_array().cloned().unwrap_or_default();
        all.into_iter().find(|department| department["id"] == id).unwrap_or_default()
    }
}
