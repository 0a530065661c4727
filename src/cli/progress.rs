//! Progress of a run: a bar with rate and time left on a terminal, plain lines elsewhere.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

use super::{Client, Failure, client::encode, output};

const LOOK: Duration = Duration::from_millis(100);
/// How often plain lines are written.
const LINE: Duration = Duration::from_secs(5);
/// Looks at a run that nobody works on before it is given up here.
const MOST_IDLE: u32 = 50;

/// Waits until nobody works on a run in this process: its messages are sent before the command ends.
pub async fn settle(client: &Client, run: &str) -> Result<(), Failure> {
    while client.is_here() && !client.get(&format!("/runs/{}", encode(run))).await?["progress"].is_null() {
        tokio::time::sleep(LOOK).await;
    }
    Ok(())
}

/// Waits until a run is over or held, showing how far it is.
pub async fn watch(client: &Client, run: &str) -> Result<Value, Failure> {
    client.answer().await;
    client.watching(Some(run));
    let ended = watched(client, run).await;
    client.watching(None);
    ended
}

async fn watched(client: &Client, run: &str) -> Result<Value, Failure> {
    let mut here = client.is_here();
    let begun = Instant::now();
    let bar = output::is_terminal().then(bar);
    let mut last_line = Instant::now();
    let mut step = String::new();
    let mut look = Duration::from_millis(2);
    let mut idle = 0;
    loop {
        let state = client.get(&format!("/runs/{}", encode(run))).await?;
        if !here && client.is_here() {
            // The command that worked on it was stopped, and the folder is ours now.
            if !client.resumes() && (state["status"] != "held" && state["ended"].is_null()) {
                return Err(Failure::new(format!("the command that worked on run {run} was stopped"))
                    .hint("it is on disk; the next `idflow run` or `idflow serve` goes on with it"));
            }
            here = true;
            if client.resumes() {
                client.recover().await?;
            }
            continue;
        }
        let progress = &state["progress"];
        let resting = !matches!(state["status"].as_str(), Some("queued" | "planning" | "applying"));
        if resting && progress.is_null() {
            if let Some(bar) = bar {
                bar.finish_and_clear();
            }
            return Ok(state);
        }
        // Nobody works on it in this process any more: the store failed, or another node has taken it over.
        idle = if progress.is_null() { idle + 1 } else { 0 };
        if idle > MOST_IDLE && client.is_here() {
            return Err(Failure::new(format!("run {run} stopped as {}", output::cell(&state["status"])))
                .hint("it is on disk and goes on: start `idflow serve`, or look with `idflow runs show`"));
        }
        let (total, done) = (number(&progress["total"]), number(&progress["done"]));
        let at = output::cell(&progress["step"]);
        match &bar {
            Some(bar) if total > 0 => {
                bar.set_length(total);
                bar.set_position(done);
                bar.set_message(at);
                bar.set_prefix(pace(progress));
            }
            Some(bar) => {
                bar.set_message(format!("{at} {} read", number(&progress["read"])));
                bar.tick();
            }
            None if total > 0 && last_line.elapsed() >= LINE || (at != step && begun.elapsed() > LINE) => {
                output::say(&format!("{at}: {}", far(progress, "en")));
                last_line = Instant::now();
                step = at;
            }
            None => {}
        }
        tokio::time::sleep(look).await;
        look = (look * 2).min(LOOK);
    }
}

/// How far a run is, at which rate, and what it waits for, in this language as far as there are words.
pub fn far(progress: &Value, lang: &str) -> String {
    let total = number(&progress["total"]);
    let mut text = match (total, number(&progress["read"])) {
        (0, read) => format!("{read} read"),
        (total, _) => format!("{} of {total}", number(&progress["done"])),
    };
    text.push_str(&pace(progress));
    if let Some(why) = progress["waiting"]["why"].as_str() {
        match progress["waiting"]["text"][lang].as_str() {
            Some(words) => text.push_str(&format!(", {words}")),
            None => text.push_str(&format!(", waiting ({why})")),
        }
        if let Some(until) = progress["waiting"]["until"].as_str() {
            text.push_str(&format!(" until {until}"));
        }
    }
    text
}

/// At which rate, and how long it will take; nothing where nothing is left.
fn pace(progress: &Value) -> String {
    match (progress["rate_per_s"].as_f64(), progress["eta_ms"].as_u64()) {
        (Some(rate), Some(left)) if left > 0 => format!(", {rate:.1}/s, about {} s left", left.div_ceil(1000)),
        _ => String::new(),
    }
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or(0)
}

fn bar() -> ProgressBar {
    let bar = ProgressBar::new(0);
    let style = ProgressStyle::with_template("{msg:24} {bar:30} {pos}/{len}{prefix}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}
