//! The simulator as a process of its own, and its admin surface.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::Value;

/// How many requests are fetched at a time.
const PAGE: usize = 20_000;

/// A running simulator; it ends with this value.
pub struct Simulator {
    child: Child,
    admin: String,
    http: reqwest::Client,
    /// Where the platform's paths begin.
    pub base_url: String,
}

/// A request as the simulator saw it, without token.
#[derive(Debug, Deserialize)]
pub struct Recorded {
    seq: u64,
    /// GET or POST.
    pub method: String,
    /// The path.
    pub path: String,
    /// The query.
    pub query: String,
    /// Whose token it carried: `app` or `contacts`.
    pub caller: String,
    /// The body, null without.
    pub body: Value,
    /// The outcome.
    pub errcode: Option<i64>,
    /// The fault that acted on it.
    pub fault: Option<u64>,
}

#[derive(Deserialize)]
struct Ready {
    base_url: String,
    admin: String,
}

#[derive(Deserialize)]
struct Page {
    requests: Vec<Recorded>,
}

impl Simulator {
    /// Starts one with an empty company.
    pub async fn start(binary: &Path) -> Result<Self> {
        let mut child = Command::new(binary)
            // What is measured is the product, not how long the platform makes it wait.
            .args(["--port", "0", "--limits", "none"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context("the simulator cannot be started")?;
        let mut line = String::new();
        if let Some(out) = child.stdout.take() {
            BufReader::new(out).read_line(&mut line)?;
        }
        let ready: Ready = serde_json::from_str(&line).context("the simulator did not say where it is")?;
        let http = reqwest::Client::builder().no_proxy().build()?;
        Ok(Self { child, admin: ready.admin, http, base_url: ready.base_url })
    }

    /// All it holds.
    pub async fn snapshot(&self) -> Result<Value> {
        let answer = self.http.get(format!("{}/snapshot", self.admin)).send().await?.error_for_status()?;
        Ok(answer.json().await?)
    }

    /// Replaces all it holds.
    pub async fn load(&self, state: &Value) -> Result<()> {
        self.http.put(format!("{}/state", self.admin)).json(state).send().await?.error_for_status()?;
        Ok(())
    }

    /// Changes one thing of its behaviour.
    pub async fn put(&self, what: &str, value: &Value) -> Result<()> {
        self.http.put(format!("{}/{what}", self.admin)).json(value).send().await?.error_for_status()?;
        Ok(())
    }

    /// How long it worked on import jobs that are over, in milliseconds.
    pub async fn job_ms(&self) -> Result<u64> {
        let answer = self.http.get(format!("{}/jobs", self.admin)).send().await?.error_for_status()?;
        let jobs: Value = answer.json().await?;
        let jobs = jobs.as_array().or_else(|| jobs["jobs"].as_array()).cloned().unwrap_or_default();
        let took = |job: &Value| Some(job["finished_ms"].as_u64()?.saturating_sub(job["submitted_ms"].as_u64()?));
        Ok(jobs.iter().filter_map(took).sum())
    }

    /// Empties the list of requests.
    pub async fn forget_requests(&self) -> Result<()> {
        self.http.delete(format!("{}/requests", self.admin)).send().await?.error_for_status()?;
        Ok(())
    }

    /// The business requests so far, in order: everything but the fetching of tokens.
    pub async fn requests(&self) -> Result<Vec<Recorded>> {
        let mut all: Vec<Recorded> = Vec::new();
        let mut after = 0;
        loop {
            let url = format!("{}/requests?after={after}&limit={PAGE}", self.admin);
            let page: Page = self.http.get(url).send().await?.error_for_status()?.json().await?;
            let Some(last) = page.requests.last() else { break };
            after = last.seq;
            all.extend(page.requests.into_iter().filter(|request| !request.path.ends_with("/gettoken")));
        }
        if all.is_empty() {
            bail!("the simulator saw no requests");
        }
        Ok(all)
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
