//! Calls of a served API by hand, as people and programs make them: with a cookie or a token, never with the key of the data folder.

use serde_json::{Value, json};

use super::House;

/// A password that will do.
pub const PASSWORD: &str = "a sentence of five words";

/// An answer.
#[derive(Debug)]
pub struct Said {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: reqwest::header::HeaderMap,
    /// The body.
    pub text: String,
    /// The same, byte by byte.
    pub bytes: Vec<u8>,
}

impl Said {
    /// The body as JSON; null where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    /// The body of an answer with this status.
    #[track_caller]
    pub fn is(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.json()
    }

    /// Makes sure that it was refused so.
    #[track_caller]
    pub fn refused(&self, status: u16, code: &str) {
        assert_eq!((self.status, &self.json()["code"]), (status, &json!(code)), "{}", self.text);
    }
}

/// What somebody shows: a token, or a cookie with what belongs to it.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The token.
    pub token: String,
    /// The cookie.
    pub cookie: String,
    /// What writes of the session send.
    pub csrf: String,
}

impl Shown {
    /// The headers of a session.
    pub fn session(&self) -> [(&str, &str); 2] {
        [("cookie", &self.cookie), ("x-idflow-csrf", &self.csrf)]
    }
}

/// A server.
pub struct Api {
    client: reqwest::Client,
    runtime: tokio::runtime::Runtime,
    /// Its address without a path.
    pub base: String,
}

impl Api {
    /// At this address.
    pub fn at(base: &str) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        // Each call has a connection of its own: behind a proxy they go to different nodes.
        let client = client.pool_max_idle_per_host(0);
        let client = client.build().expect("a client");
        Self { client, runtime: tokio::runtime::Runtime::new().expect("a runtime"), base: base.into() }
    }

    /// Of the server that works in this data folder.
    pub fn of(house: &House) -> Self {
        let note = std::fs::read_to_string(house.data().join("server.json")).expect("the note");
        let note: Value = serde_json::from_str(&note).expect("JSON");
        Self::at(&format!("http://{}", note["address"].as_str().expect("an address")))
    }

    /// A call of any address; nothing where no answer came.
    pub fn try_ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&str>) -> Option<Said> {
        let method = method.parse().expect("a method");
        let mut request = self.client.request(method, format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        self.runtime.block_on(async {
            let answer = request.send().await.ok()?;
            let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
            let bytes = answer.bytes().await.ok()?.to_vec();
            Some(Said { status, headers, text: String::from_utf8_lossy(&bytes).into_owned(), bytes })
        })
    }

    /// The same, answered.
    #[track_caller]
    pub fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&str>) -> Said {
        self.try_ask(method, path, headers, body).expect("an answer")
    }

    /// Reads with a token.
    #[track_caller]
    pub fn get(&self, shown: &Shown, path: &str) -> Said {
        let token = format!("Bearer {}", shown.token);
        self.ask("GET", &format!("/api/v1{path}"), &[("authorization", &token)], None)
    }

    /// Writes with a token.
    #[track_caller]
    pub fn post(&self, shown: &Shown, path: &str, body: &Value) -> Said {
        let token = format!("Bearer {}", shown.token);
        self.ask("POST", &format!("/api/v1{path}"), &[("authorization", &token)], Some(&body.to_string()))
    }

    /// Uses a link, and makes a token that may all that its account may.
    #[track_caller]
    pub fn enter(&self, code: &Value, name: Option<&str>) -> Shown {
        let body = match name {
            Some(name) => json!({"code": code, "password": PASSWORD, "name": name}),
            None => json!({"code": code, "password": PASSWORD}),
        };
        let said = self.ask("POST", "/api/v1/session/redeem", &[], Some(&body.to_string()));
        let me = said.is(200);
        let cookie = said.headers["set-cookie"].to_str().expect("text").split(';').next().expect("a pair").to_string();
        let mut shown = Shown { token: String::new(), cookie, csrf: me["csrf"].as_str().expect("one").into() };
        let may = me["permissions"].as_array().expect("permissions").clone();
        // A token is never let into what belongs to a person alone.
        let may: Vec<Value> = may.into_iter().filter(|permission| permission != "account:self").collect();
        let new = json!({"name": name.unwrap_or("all"), "permissions": may}).to_string();
        let made = self.ask("POST", "/api/v1/tokens", &shown.session(), Some(&new)).is(200);
        shown.token = made["token"].as_str().expect("a token").into();
        shown
    }

    /// The first owner of an installation that has none.
    #[track_caller]
    pub fn first_owner(&self, house: &House) -> Shown {
        self.enter(&house.good(&["account", "link"])["code"], Some("owner"))
    }
}
