//! The command line's way to the API: over the loopback to a running server, or to the same router in this process. What
//! a command does looks the same either way.

use std::{path::Path, sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    http::{Method, Request, header},
};
use futures::{StreamExt, TryStreamExt, stream::BoxStream};
use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tower::ServiceExt;

use super::Session;
use crate::{
    app::{App, error::Kind},
    server::{self, Shared, note::Note},
};

/// How long another process may hold the data folder before we give up.
const PATIENCE: Duration = Duration::from_secs(10);
/// The largest answer.
const MOST_BYTES: usize = 1 << 30;

/// Why a call was refused.
#[derive(Debug, Clone, Default)]
pub struct Failure {
    /// What is wrong.
    pub message: String,
    /// The next step.
    pub hint: Option<String>,
    /// More, for machines.
    pub details: Option<Value>,
}

impl Failure {
    /// A failure without a next step.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), ..Self::default() }
    }

    /// The same with a next step.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// A way to the API.
pub enum Client {
    /// The router of this process.
    Here {
        /// The routes.
        router: Router,
        /// Their token.
        token: Arc<str>,
        /// The application behind them.
        app: Arc<App>,
    },
    /// A running server.
    There {
        /// The HTTP client.
        http: reqwest::Client,
        /// Where, and with which token.
        note: Note,
    },
}

impl Client {
    /// The running server of this data folder, or the folder itself.
    ///
    /// # Errors
    /// A folder that cannot be used, or that another process keeps.
    pub async fn open(session: &Session<'_>) -> Result<Self, Failure> {
        let begun = std::time::Instant::now();
        loop {
            if let Some(client) = Self::running(&session.data_dir).await {
                return Ok(client);
            }
            match App::open(session.settings()).await {
                Ok(app) => return Ok(Self::here(Arc::new(app))),
                Err(error) if error.kind == Kind::Unavailable && error.message.contains("another process") => {
                    if begun.elapsed() > PATIENCE {
                        return Err(Failure { message: error.message, hint: error.hint, details: None });
                    }
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                Err(error) => return Err(Failure { message: error.message, hint: error.hint, details: error.details }),
            }
        }
    }

    /// The data folder for a server: waits for short commands that hold it, not for another server.
    ///
    /// # Errors
    /// A folder that cannot be used, or that another process keeps.
    pub async fn own(session: &Session<'_>) -> Result<App, Failure> {
        let begun = std::time::Instant::now();
        loop {
            let error = match App::open(session.settings()).await {
                Ok(app) => return Ok(app),
                Err(error) => error,
            };
            let waits = error.kind == Kind::Unavailable && error.message.contains("another process");
            if !waits || begun.elapsed() > PATIENCE || Self::is_served(&session.data_dir).await {
                return Err(Failure { message: error.message, hint: error.hint, details: error.details });
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// The API of an application in this process.
    #[must_use]
    pub fn here(app: Arc<App>) -> Self {
        let token: Arc<str> = server::note::new_token().into();
        let router = server::router(Shared { app: app.clone(), token: token.clone() });
        Self::Here { router, token, app }
    }

    /// Whether a server answers for this data folder.
    pub async fn is_served(data_dir: &Path) -> bool {
        Self::running(data_dir).await.is_some()
    }

    async fn running(data_dir: &Path) -> Option<Self> {
        let note = Note::read(data_dir)?;
        let http = reqwest::Client::builder().no_proxy().connect_timeout(Duration::from_millis(500)).build().ok()?;
        let health = http.get(format!("http://{}/healthz", note.address)).timeout(Duration::from_secs(2)).send().await;
        health.ok().filter(|answer| answer.status().is_success())?;
        let client = Self::There { http, note };
        // The port may belong to somebody else by now: only the right server knows the token.
        client.get("/templates").await.ok()?;
        Some(client)
    }

    /// Goes on with what a stopped process left behind, when this process owns the folder.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn recover(&self) -> Result<(), Failure> {
        if let Self::Here { app, .. } = self {
            let resumed = app.recover().await.map_err(|error| Failure {
                message: error.message,
                hint: error.hint,
                details: None,
            })?;
            if resumed > 0 {
                super::output::say(&format!("{resumed} unfinished runs go on"));
            }
        }
        Ok(())
    }

    /// Whether a server keeps working after this command.
    #[must_use]
    pub fn is_remote(&self) -> bool {
        matches!(self, Self::There { .. })
    }

    /// Reads.
    ///
    /// # Errors
    /// What the API refuses.
    pub async fn get(&self, path: &str) -> Result<Value, Failure> {
        self.call(Method::GET, path, None).await
    }

    /// Does.
    ///
    /// # Errors
    /// What the API refuses.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.call(Method::POST, path, Some(body)).await
    }

    /// Writes an answer into a file, piece by piece. The file has its name only when it is complete.
    ///
    /// # Errors
    /// What the API refuses, a file that cannot be written, an answer that is cut short.
    pub async fn download(&self, path: &str, file: &Path) -> Result<u64, Failure> {
        let path = format!("/api/v1{path}");
        let name = file.display();
        let failed = |error: std::io::Error| Failure::new(format!("{name}: {error}"));
        let lost = |error: &dyn std::fmt::Display| Failure::new(format!("the answer is cut short: {error}"));
        let mut part = file.as_os_str().to_owned();
        part.push(".part");
        let (good, mut pieces) = self.pieces(&path).await?;
        if !good {
            let mut answer = Vec::new();
            while let Some(piece) = pieces.next().await {
                answer.extend_from_slice(&piece.map_err(|error| lost(&error))?);
            }
            return Err(refusal(&answer));
        }
        let mut out = tokio::fs::File::create(&part).await.map_err(failed)?;
        let written = async {
            let mut bytes = 0;
            while let Some(piece) = pieces.next().await {
                let piece = piece.map_err(|error| lost(&error))?;
                bytes += piece.len() as u64;
                out.write_all(&piece).await.map_err(failed)?;
            }
            out.sync_all().await.map_err(failed)?;
            tokio::fs::rename(&part, file).await.map_err(failed)?;
            Ok(bytes)
        };
        let written = written.await;
        if written.is_err() {
            let _ = tokio::fs::remove_file(&part).await;
        }
        written
    }

    /// The answer to a question, as it comes.
    async fn pieces(&self, path: &str) -> Result<(bool, BoxStream<'static, Result<Bytes, String>>), Failure> {
        match self {
            Self::Here { router, token, .. } => {
                let request = Request::builder().uri(path).header(header::AUTHORIZATION, format!("Bearer {token}"));
                let request = request.body(Body::empty()).map_err(|error| Failure::new(format!("{path}: {error}")))?;
                let answer = match router.clone().oneshot(request).await {
                    Ok(answer) => answer,
                    Err(never) => match never {},
                };
                let good = answer.status().is_success();
                let pieces = answer.into_body().into_data_stream().map_err(|error| error.to_string());
                Ok((good, pieces.boxed()))
            }
            Self::There { http, note } => {
                let request = http.get(format!("http://{}{path}", note.address)).bearer_auth(&note.token);
                let answer = request.send().await.map_err(|error| {
                    Failure::new(format!("the server does not answer: {}", error.without_url()))
                        .hint("is `idflow serve` still running?")
                })?;
                let good = answer.status().is_success();
                let pieces = answer.bytes_stream().map_err(|error| error.without_url().to_string());
                Ok((good, pieces.boxed()))
            }
        }
    }

    async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, Failure> {
        let path = format!("/api/v1{path}");
        let (good, answer) = match self {
            Self::Here { router, token, .. } => {
                let mut request = Request::builder()
                    .method(method)
                    .uri(&path)
                    .header(header::AUTHORIZATION, format!("Bearer {token}"));
                if body.is_some() {
                    request = request.header(header::CONTENT_TYPE, "application/json");
                }
                let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
                let request = request.body(body).map_err(|error| Failure::new(format!("{path}: {error}")))?;
                let answer = match router.clone().oneshot(request).await {
                    Ok(answer) => answer,
                    Err(never) => match never {},
                };
                let good = answer.status().is_success();
                let bytes = to_bytes(answer.into_body(), MOST_BYTES).await;
                (good, bytes.map_err(|error| Failure::new(error.to_string()))?)
            }
            Self::There { http, note } => {
                let mut request =
                    http.request(method, format!("http://{}{path}", note.address)).bearer_auth(&note.token);
                if let Some(body) = body {
                    request = request.json(body);
                }
                let lost = |error: reqwest::Error| {
                    Failure::new(format!("the server does not answer: {}", error.without_url()))
                        .hint("is `idflow serve` still running?")
                };
                let answer = request.send().await.map_err(lost)?;
                (answer.status().is_success(), answer.bytes().await.map_err(lost)?)
            }
        };
        if !good {
            return Err(refusal(&answer));
        }
        serde_json::from_slice(&answer).map_err(|_| Failure::new(String::from_utf8_lossy(&answer).trim().to_string()))
    }
}

/// What the API said when it refused.
fn refusal(answer: &[u8]) -> Failure {
    let Ok(value) = serde_json::from_slice::<Value>(answer) else {
        return Failure::new(String::from_utf8_lossy(answer).trim().to_string());
    };
    let error = &value["error"];
    Failure {
        message: error["message"].as_str().unwrap_or("refused").to_string(),
        hint: error["hint"].as_str().map(ToString::to_string),
        details: Some(error["details"].clone()).filter(|details| !details.is_null()),
    }
}

/// A text as part of a path or query.
#[must_use]
pub fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}
