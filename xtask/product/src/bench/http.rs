//! What the API costs under load: the list of runs at a thousand requests a second beside a bare server that answers the same
//! bytes, the first page of one code among the items of a large run, one person among many, and a run that two hundred people
//! watch.
//!
//! `cargo xtask bench --http`. Requests are sent at their times whether or not earlier ones were answered, and a time counts
//! from when its request was due, so a server that stands still for a moment pays for all who wait meanwhile. The bare server
//! runs in the process of the client and the product in one of its own, on the same processors; both are asked in turns.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use futures::StreamExt;
use serde::Serialize;
use serde_json::Value;

use super::{
    process,
    product::{Jobs, Product},
    server::{self, Running},
    simulator::Simulator,
};
use xtask::output;

/// Requests a second.
const RATE: u32 = 1_000;
/// How long each server is asked, and how often in turns.
const ASKED: Duration = Duration::from_secs(10);
const TURNS: usize = 2;
/// Clients at once: more than the rate needs while answers take less than 60 ms.
const CLIENTS: u32 = 64;
/// Rows of the import whose items are filtered, and how many of them are good for one that is refused.
const ROWS: usize = 300_000;
const ONE_IN: usize = 100;
/// How often a page is asked for; the median counts.
const PAGES: usize = 21;
/// People of the run that is watched, who watches, and how many streams one caller may have.
const WATCHED: usize = 20_000;
const VIEWERS: usize = 200;
const OF_ONE: usize = 25;

/// The figures; times are milliseconds.
#[derive(Debug, Serialize)]
pub struct Http {
    /// Requests a second in the first two.
    rate: u32,
    /// `GET /api/v1/runs`, the newest 50 of ten thousand.
    runs: Times,
    /// The same bytes from a bare axum.
    bare: Times,
    /// The first is so many times the second at p99.
    p99_times_bare: f64,
    /// How many items the large run has, and how many of them have the code.
    items: u64,
    of_code: u64,
    /// The first page of that code.
    items_by_code_ms: f64,
    /// People in the directory, and finding one by account, by name and by initials.
    people: usize,
    find_account_ms: f64,
    find_name_ms: f64,
    find_initials_ms: f64,
    /// A run that nobody watches and one that two hundred watch: its own time, and what the server used of the processors.
    alone_run_ms: f64,
    alone_cpu_ms: u64,
    watched_run_ms: f64,
    watched_cpu_ms: u64,
    /// What the viewers were sent in all.
    events: u64,
}

/// How long answers took.
#[derive(Debug, Clone, Copy, Default, Serialize)]
struct Times {
    requests: usize,
    p50: f64,
    p99: f64,
    most: f64,
}

impl Times {
    fn of(mut millis: Vec<f64>) -> Self {
        millis.sort_unstable_by(f64::total_cmp);
        let at = |share: f64| millis.get(((millis.len() as f64 - 1.0) * share) as usize).copied().unwrap_or(0.0);
        Self { requests: millis.len(), p50: at(0.5), p99: at(0.99), most: at(1.0) }
    }
}

/// Measures this program on the disk of this folder.
pub async fn measure(binary: &Path, simulator: &Path, folder: &Path) -> Result<Http> {
    // Each part takes minutes: what one has shown is not lost with the next.
    let (runs, bare) = list_of_runs(binary, &folder.join("runs")).await?;
    output::say(&format!("list of runs: {runs:?}, bare {bare:?}"));
    let pages = pages(binary, &folder.join("pages")).await?;
    output::say(&format!("pages: {pages:?}"));
    let (alone, watched, events) = viewers(binary, simulator, &folder.join("viewers")).await?;
    Ok(Http {
        rate: RATE,
        runs,
        bare,
        p99_times_bare: runs.p99 / bare.p99,
        items: pages.items,
        of_code: pages.of_code,
        items_by_code_ms: pages.by_code,
        people: ROWS,
        find_account_ms: pages.find[0],
        find_name_ms: pages.find[1],
        find_initials_ms: pages.find[2],
        alone_run_ms: alone.0,
        alone_cpu_ms: alone.1,
        watched_run_ms: watched.0,
        watched_cpu_ms: watched.1,
        events,
    })
}

/// A client of a running server.
#[derive(Clone)]
struct Client {
    http: reqwest::Client,
    api: String,
    token: String,
}

impl Client {
    /// With a new token that may look, and start runs.
    fn new(product: &Product, server: &Running, name: &str) -> Result<Self> {
        let may = ["run:view", "run:start", "run:approve", "workflow:view", "directory:view", "pii:read"];
        let may: Vec<&str> = may.iter().flat_map(|permission| ["--permission", permission]).collect();
        let made = product.say(&[&["token", "create", name], &may[..]].concat())?;
        let token = made["token"].as_str().context("the answer has no token")?.to_string();
        Ok(Self { http: client()?, api: format!("{}/api/v1", server.address), token })
    }

    fn request(&self, path: &str) -> reqwest::RequestBuilder {
        self.http.get(format!("{}{path}", self.api)).bearer_auth(&self.token)
    }

    async fn get(&self, path: &str) -> Result<Value> {
        Ok(self.request(path).send().await?.error_for_status()?.json().await?)
    }

    /// The median of several times of the same request.
    async fn median(&self, path: &str) -> Result<f64> {
        let mut times = Vec::new();
        for _ in 0..PAGES {
            let begun = Instant::now();
            let answer = self.get(path).await?;
            times.push(begun.elapsed().as_secs_f64() * 1000.0);
            let found = answer["items"].as_array().is_some_and(|items| !items.is_empty());
            ensure!(found, "{path} found nothing: its time means nothing");
        }
        Ok(Times::of(times).p50)
    }
}

fn client() -> Result<reqwest::Client> {
    Ok(reqwest::Client::builder().no_proxy().pool_max_idle_per_host(CLIENTS as usize).build()?)
}

/// The list of runs, and a bare server that answers the same.
async fn list_of_runs(binary: &Path, folder: &Path) -> Result<(Times, Times)> {
    let product = Product::new(binary, folder);
    let data = product.data();
    server::schedules(&data).await?;
    let clock = folder.join("clock");
    let now = |now: i64| std::fs::write(&clock, now.to_string());
    now(server::MONDAY + server::HOUR)?;
    let running = Running::start(binary, &data, Some(&clock))?;
    running.rest()?;
    now(server::MONDAY + 3 * server::HOUR + 1000)?;
    running.rest()?;
    let client = Client::new(&product, &running, "bench")?;
    let answer = client.request("/runs").send().await?.error_for_status()?.bytes().await?;
    let shown: Value = serde_json::from_slice(&answer)?;
    ensure!(shown["items"].as_array().map(Vec::len) == Some(50), "the list of runs has another length: {shown}");

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let bare = format!("http://{}/", listener.local_addr()?);
    let handler = move || {
        let answer = answer.clone();
        async move { ([("content-type", "application/json")], answer) }
    };
    let app = axum::Router::new().route("/", axum::routing::get(handler));
    let serving = tokio::spawn(async move { axum::serve(listener, app).await });
    let (mut of_product, mut of_bare) = (Vec::new(), Vec::new());
    let plain = client.http.clone();
    for _ in 0..TURNS {
        of_bare.extend(asked(|| plain.get(&bare)).await?);
        of_product.extend(asked(|| client.request("/runs")).await?);
    }
    serving.abort();
    Ok((Times::of(of_product), Times::of(of_bare)))
}

/// Sends requests at the rate, and gives how many milliseconds after its time each one was answered in full.
async fn asked(request: impl Fn() -> reqwest::RequestBuilder) -> Result<Vec<f64>> {
    let each = ASKED.as_secs() as u32 * RATE / CLIENTS;
    let begin = Instant::now() + Duration::from_millis(100);
    let mut clients = Vec::new();
    for number in 0..CLIENTS {
        let requests: Vec<_> = (0..each).map(|_| request()).collect();
        clients.push(tokio::spawn(async move {
            let mut times = Vec::with_capacity(requests.len());
            for (place, request) in requests.into_iter().enumerate() {
                let due = begin + Duration::from_secs(1) * (place as u32 * CLIENTS + number) / RATE;
                tokio::time::sleep_until(due.into()).await;
                request.send().await?.error_for_status()?.bytes().await?;
                times.push(due.elapsed().as_secs_f64() * 1000.0);
            }
            anyhow::Ok(times)
        }));
    }
    let mut times = Vec::new();
    for client in clients {
        times.extend(client.await??);
    }
    Ok(times)
}

#[derive(Debug)]
struct Pages {
    items: u64,
    of_code: u64,
    by_code: f64,
    find: [f64; 3],
}

/// Pages of a large run and of a large directory.
async fn pages(binary: &Path, folder: &Path) -> Result<Pages> {
    let source = folder.join("source");
    let mut organisation = idflow::demo::organisation::generate(super::SEED, ROWS);
    for person in organisation.people.iter_mut().step_by(ONE_IN) {
        person.name.clear();
    }
    organisation.write(&source)?;
    let somebody = organisation.people[ROWS / 2 + 1].clone();
    drop(organisation);
    let product = Product::new(binary, folder);
    product.import_anyway(&source)?;
    let running = Running::start(binary, &product.data(), None)?;
    // People are found by an index, which the import leaves for afterwards.
    let begun = Instant::now();
    running.rest()?;
    output::say(&format!("after the import the server was busy for {:.1} s", begun.elapsed().as_secs_f64()));
    let client = Client::new(&product, &running, "bench")?;
    let run = client.get("/runs").await?["items"][0]["run"].as_str().context("a run")?.to_string();
    let counted = client.get(&format!("/runs/{run}/items?outcome=invalid&limit=1")).await?;
    let code = counted["items"][0]["error"]["code"].as_str().context("a code")?.to_string();
    let page = format!("/runs/{run}/items?code={code}");
    let by_code = client.median(&page).await?;
    let name: String = somebody.name.chars().take(2).collect();
    let mut find = [0.0; 3];
    for (time, words) in find.iter_mut().zip([&somebody.userid, &name, "zs"]) {
        let path = reqwest::Url::parse_with_params("http://x/directory/objects", [("kind", "user"), ("find", words)])?;
        *time = client.median(&format!("{}?{}", path.path(), path.query().unwrap_or_default())).await?;
    }
    let total = |answer: &Value| answer["total"].as_u64().unwrap_or(0);
    let all = client.get(&format!("/runs/{run}/items?limit=1")).await?;
    Ok(Pages { items: total(&all), of_code: total(&client.get(&page).await?), by_code, find })
}

/// One run that nobody watches and the same one with viewers: milliseconds of the run and of the processors. And what the
/// viewers were sent.
async fn viewers(binary: &Path, simulator: &Path, folder: &Path) -> Result<((f64, u64), (f64, u64), u64)> {
    let source = folder.join("source");
    idflow::demo::organisation::generate(super::SEED, WATCHED).write(&source)?;
    let simulator = Simulator::start(simulator).await?;
    let empty = simulator.snapshot().await?;
    let product = Product::new(binary, folder);
    product.import(&source)?;
    product.connect(&simulator.base_url, Jobs::AsShipped)?;
    let kept = folder.join("kept");
    server::copy(&product.data(), &kept)?;
    let mut best = [(f64::MAX, u64::MAX); 2];
    let mut events = 0;
    for round in 0..2 * TURNS {
        simulator.load(&empty).await?;
        std::fs::remove_dir_all(product.data())?;
        server::copy(&kept, &product.data())?;
        let watched = round % 2;
        let (ran, seen) = run_once(binary, &product, if watched == 1 { VIEWERS } else { 0 }).await?;
        best[watched] = (best[watched].0.min(ran.0), best[watched].1.min(ran.1));
        events = events.max(seen);
    }
    Ok((best[0], best[1], events))
}

async fn run_once(binary: &Path, product: &Product, viewers: usize) -> Result<((f64, u64), u64)> {
    let running = Running::start(binary, &product.data(), None)?;
    let clients: Vec<Client> = (0..viewers.div_ceil(OF_ONE).max(1))
        .map(|number| Client::new(product, &running, &format!("viewer {number}")))
        .collect::<Result<_>>()?;
    let before = running.rest()?;
    // By whoever owns the machine: its first steps ask for an administrator, and a token is none.
    let started = product.say(&["run", super::product::WORKFLOW, "--yes"])?;
    let run = started["run"].as_str().context("a run")?.to_string();
    let mut watching = Vec::new();
    let seen = Arc::new(std::sync::atomic::AtomicU64::new(0));
    for number in 0..viewers {
        let request = clients[number / OF_ONE].request(&format!("/runs/{run}/events"));
        let seen = seen.clone();
        watching.push(tokio::spawn(async move {
            let answer = request.send().await?.error_for_status()?;
            let mut stream = answer.bytes_stream();
            while let Some(bytes) = stream.next().await {
                let events = bytes?.windows(2).filter(|pair| *pair == b"\n\n").count();
                seen.fetch_add(events as u64, std::sync::atomic::Ordering::Relaxed);
            }
            anyhow::Ok(())
        }));
    }
    let ended = loop {
        let shown = clients[0].get(&format!("/runs/{run}?wait=true")).await?;
        if !shown["ended"].is_null() {
            break shown;
        }
    };
    if ended["status"] != "succeeded" {
        bail!("the run that was watched is {}", ended["status"]);
    }
    let cpu = process::cpu_of(running.pid()).unwrap_or(0) - before;
    for viewer in watching {
        if viewer.is_finished() {
            viewer.await??;
        } else {
            viewer.abort();
        }
    }
    let at = |name: &str| -> Result<i64> {
        let text = ended[name].as_str().with_context(|| format!("the run has no `{name}`"))?;
        Ok(chrono::DateTime::parse_from_rfc3339(text)?.timestamp_millis())
    };
    let ran = (at("ended")? - at("started")?) as f64;
    Ok(((ran, cpu), seen.load(std::sync::atomic::Ordering::Relaxed)))
}
