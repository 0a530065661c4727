//! Progress of a run: a bar with rate and time left on a terminal, plain lines elsewhere.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::{
    Client, Failure, Lang,
    client::encode,
    lang::{both, say},
    output, words,
};
use crate::contract::run::{Progress, Run, Status};

/// The longest time between two looks at a run.
const LOOK: Duration = Duration::from_millis(100);
/// The shortest one.
const FIRST_LOOK: Duration = Duration::from_millis(2);
/// Looks come so many times in the time that has gone by: the end of a short run is noticed soon, and a long one is asked seldom.
const SHARE: u32 = 8;

/// How long to wait until the next look.
fn until_next(begun: Instant) -> Duration {
    (begun.elapsed() / SHARE).clamp(FIRST_LOOK, LOOK)
}

/// How often plain lines are written.
const LINE: Duration = Duration::from_secs(5);
/// Looks at a run that nobody works on before it is given up here, and how long they go on at least.
const MOST_IDLE: u32 = 50;
const IDLE: Duration = Duration::from_secs(5);

/// Waits until nobody works on a run in this process: its messages are sent before the command ends.
pub async fn settle(client: &Client, run: &str) -> Result<(), Failure> {
    let begun = Instant::now();
    while client.is_here() && client.fetch::<Run>(&format!("/runs/{}", encode(run))).await?.progress.is_some() {
        tokio::time::sleep(until_next(begun)).await;
    }
    Ok(())
}

/// Waits until a run is over or held, showing how far it is.
pub async fn watch(client: &Client, run: &str) -> Result<Run, Failure> {
    client.answer().await;
    client.watching(Some(run));
    let ended = watched(client, run).await;
    client.watching(None);
    ended
}

async fn watched(client: &Client, run: &str) -> Result<Run, Failure> {
    let lang = client.lang();
    let mut here = client.is_here();
    let begun = Instant::now();
    let bar = output::is_terminal().then(bar);
    let mut last_line = Instant::now();
    let mut step = String::new();
    let (mut idle, mut worked) = (0, begun);
    loop {
        let state: Run = client.fetch(&format!("/runs/{}", encode(run))).await?;
        if !here && client.is_here() {
            // The command that worked on it was stopped, and the folder is ours now.
            if !client.resumes() && state.status != Status::Held && state.ended.is_none() {
                return Err(Failure::new(both!(
                    "处理运行 {run} 的命令已被停止",
                    "the command that worked on run {run} was stopped"
                ))
                .hint(both!(
                    "运行已保存；下次 `idflow run` 或 `idflow serve` 启动时继续",
                    "it is on disk; the next `idflow run` or `idflow serve` goes on with it"
                )));
            }
            here = true;
            if client.resumes() {
                client.recover().await?;
            }
            continue;
        }
        let resting = !matches!(state.status, Status::Queued | Status::Planning | Status::Applying);
        if resting && state.progress.is_none() {
            if let Some(bar) = bar {
                bar.finish_and_clear();
            }
            return Ok(state);
        }
        // Nobody works on it in this process any more: the store failed, or another node has taken it over.
        match &state.progress {
            None => idle += 1,
            Some(_) => (idle, worked) = (0, Instant::now()),
        }
        if idle > MOST_IDLE && worked.elapsed() > IDLE && client.is_here() {
            let (zh, en) = (words::status(Lang::Zh, state.status), words::status(Lang::En, state.status));
            return Err(Failure::new(both!("运行 {run} 停在“{zh}”", "run {run} stopped as {en}")).hint(both!(
                "运行已保存，会继续：启动 `idflow serve`，或用 `idflow runs show` 查看",
                "it is on disk and goes on: start `idflow serve`, or look with `idflow runs show`"
            )));
        }
        let progress = state.progress.unwrap_or_default();
        let (total, done) = (progress.total, progress.done);
        let at = progress.step.clone();
        match &bar {
            Some(bar) if total > 0 => {
                bar.set_length(total);
                bar.set_position(done);
                bar.set_message(at);
                bar.set_prefix(pace(lang, &progress));
            }
            Some(bar) => {
                let read = progress.read;
                bar.set_message(say!(lang, "{at} 已读取 {read}", "{at} {read} read"));
                bar.tick();
            }
            None if total > 0 && last_line.elapsed() >= LINE || (at != step && begun.elapsed() > LINE) => {
                let far = far(lang, &progress);
                output::say(&say!(lang, "{at}：{far}", "{at}: {far}"));
                last_line = Instant::now();
                step = at;
            }
            None => {}
        }
        tokio::time::sleep(until_next(begun)).await;
    }
}

/// How far a run is, at which rate, and what it waits for.
pub fn far(lang: Lang, progress: &Progress) -> String {
    let (total, done, read) = (progress.total, progress.done, progress.read);
    let mut text = match total {
        0 => say!(lang, "已读取 {read}", "{read} read"),
        total => say!(lang, "{done}/{total}", "{done} of {total}"),
    };
    text.push_str(&pace(lang, progress));
    if let Some(waiting) = &progress.waiting {
        let why = &waiting.why;
        match &waiting.text {
            Some(words) => text.push_str(&format!("{}{}", lang.pick("，", ", "), lang.of(words))),
            None => text.push_str(&say!(lang, "，等待中（{why}）", ", waiting ({why})")),
        }
        if waiting.until.is_some() {
            let until = output::when(waiting.until.as_deref());
            text.push_str(&say!(lang, "，直到 {until}", " until {until}"));
        }
    }
    text
}

/// At which rate, and how long it will take; nothing where nothing is left.
fn pace(lang: Lang, progress: &Progress) -> String {
    match (progress.rate_per_s, progress.eta_ms) {
        (Some(rate), Some(left)) if left > 0 => {
            let s = left.div_ceil(1000);
            say!(lang, "，每秒 {rate:.1} 项，约剩 {s} 秒", ", {rate:.1}/s, about {s} s left")
        }
        _ => String::new(),
    }
}

fn bar() -> ProgressBar {
    let bar = ProgressBar::new(0);
    let style = ProgressStyle::with_template("{msg:24} {bar:30} {pos}/{len}{prefix}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}
