//! `idflow runs`.

use std::path::PathBuf;

use super::{
    Client, Failure, Session,
    client::encode,
    exit,
    lang::{both, say},
    output,
    plan::about::Way,
    render,
    run::PlanLook,
};
use crate::{
    app::retention::disk_warning,
    contract::{
        item::{Call, FailedItem, Item},
        run::{Approve, Pin, Pinned, Run, RunRef},
        store::Room,
    },
};

/// What to do with runs.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// List runs, the newest first.
    List {
        /// Only those of this workflow.
        #[arg(long)]
        workflow: Option<String>,
        /// Only those in this state: queued, planning, held, applying, paused, succeeded, succeeded_no_change, partial, failed,
        /// cancelled.
        #[arg(long)]
        state: Option<String>,
        /// Only those that were started so: manual, schedule, webhook, event, after, workflow, import, retry, removals.
        #[arg(long)]
        trigger: Option<String>,
        /// Only those that write (apply), that end with their plan (plan), or that repeat what went wrong (retry).
        #[arg(long)]
        mode: Option<String>,
        /// Only those that this person or program started.
        #[arg(long)]
        actor: Option<String>,
        /// Only those from this time on: 2026-11-28T09:00:00+08:00, 2026-11-28 (UTC), or how long ago: 90m, 24h, 7d.
        #[arg(long, value_name = "TIME")]
        since: Option<String>,
        /// Only those before this time.
        #[arg(long, value_name = "TIME")]
        until: Option<String>,
        /// Only those with all of these words: workflow, who started it, number, code of what went wrong.
        #[arg(long)]
        text: Option<String>,
        /// Maximum number to show.
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// Show one run: who started it, what it did, and why it ended as it did.
    Show {
        /// The run: its id, or WORKFLOW#NUMBER.
        run: String,
        /// Show its plan, as whoever approves it reads it.
        #[arg(long)]
        plan: bool,
        /// With --plan: every change, however many there are.
        #[arg(long, requires = "plan")]
        all: bool,
        /// Show phone numbers, e-mail addresses and the like as they are.
        #[arg(long)]
        reveal: bool,
    },
    /// Show what became of each object that was not simply unchanged.
    Items {
        /// The run: its id, or WORKFLOW#NUMBER.
        run: String,
        /// Only this outcome: created, updated, removed, skipped, blocked, ambiguous, invalid, failed, not_attempted.
        #[arg(long)]
        outcome: Option<String>,
        /// Only those about objects of this kind: department, user, row, group.
        #[arg(long)]
        kind: Option<String>,
        /// Only this step.
        #[arg(long)]
        step: Option<String>,
        /// Only those with this code, for example WECOM_60104 or 60104: what went wrong with them, what is told of them, or a
        /// notice of the run that counts them.
        #[arg(long)]
        code: Option<String>,
        /// Only those that do this: create, update, disable, delete, link, none.
        #[arg(long)]
        action: Option<String>,
        /// Only those in which this field changes.
        #[arg(long)]
        field: Option<String>,
        /// Only those of this person or department: key, account or name in full.
        #[arg(long)]
        person: Option<String>,
        /// Only items whose key, name or account contains this.
        #[arg(long)]
        find: Option<String>,
        /// Show raw values, and the line of the mapping that asks for each.
        #[arg(long)]
        why: bool,
        /// Maximum number to show.
        #[arg(long)]
        limit: Option<usize>,
        /// Show phone numbers, e-mail addresses and the like as they are.
        #[arg(long)]
        reveal: bool,
    },
    /// Watch runs live: states, counters, what goes wrong, what waits. With a run it ends when that run does.
    Watch {
        /// The run: its id, or WORKFLOW#NUMBER; all runs where none is named.
        run: Option<String>,
    },
    /// Show the newest items that went wrong, over all runs.
    Failures {
        /// Maximum number to show.
        #[arg(long, default_value_t = 100)]
        limit: usize,
        /// Only those of this workflow.
        #[arg(long)]
        workflow: Option<String>,
        /// Show phone numbers, e-mail addresses and the like as they are.
        #[arg(long)]
        reveal: bool,
    },
    /// The calls of a run that were refused or not answered: what was sent, what came back, what it means.
    Calls {
        /// The run: its id, or WORKFLOW#NUMBER.
        run: String,
        /// Only those about items whose key or name contains this.
        #[arg(long)]
        find: Option<String>,
        /// Maximum number to show, the newest.
        #[arg(long, default_value_t = 100)]
        limit: usize,
    },
    /// Write the plan or the items of a run into a file.
    Export {
        /// The run: its id, or WORKFLOW#NUMBER.
        run: String,
        /// The file: .json, .jsonl, .csv or .xlsx.
        file: PathBuf,
        /// What was planned, not what became of it.
        #[arg(long)]
        plan: bool,
        /// Replace the file if it is there.
        #[arg(long)]
        overwrite: bool,
        /// Show phone numbers, e-mail addresses and the like as they are.
        #[arg(long)]
        reveal: bool,
    },
    /// Write what somebody needs who helps with a run into one zip file: masked, and without secrets.
    Bundle {
        /// The run: its id, or WORKFLOW#NUMBER.
        run: String,
        /// The file.
        file: PathBuf,
        /// Replace the file if it is there.
        #[arg(long)]
        overwrite: bool,
    },
    /// Approve a held run.
    Approve {
        /// The run: its id, or WORKFLOW#NUMBER.
        run: String,
        /// The plan that was looked at; by default the one that is held.
        #[arg(long)]
        plan: Option<String>,
        /// Lift the source checks: you have looked at the source and it is right.
        #[arg(long)]
        source_checked: bool,
        /// Do not ask for confirmation.
        #[arg(long)]
        yes: bool,
    },
    /// Refuse a held run.
    Reject {
        /// The run: its id, or WORKFLOW#NUMBER.
        run: String,
    },
    /// Ask a run to stop.
    Cancel {
        /// The run: its id, or WORKFLOW#NUMBER.
        run: String,
    },
    /// Stop a run for now, before its next call.
    Pause {
        /// The run: its id, or WORKFLOW#NUMBER.
        run: String,
    },
    /// Let a paused run go on where it was.
    Resume {
        /// The run: its id, or WORKFLOW#NUMBER.
        run: String,
        /// Wait until the run is over or held. Without a running server a run always is waited for.
        #[arg(long)]
        wait: bool,
    },
    /// Repeat what went wrong in a run, and only that.
    Retry(super::retry::Args),
    /// Keep a run whole, however old it becomes.
    Pin {
        /// The run: its id, or WORKFLOW#NUMBER.
        run: String,
        /// Undo it: keep the run no longer than others.
        #[arg(long)]
        off: bool,
    },
}

/// Runs the command.
pub async fn run(session: &Session<'_>, command: Command) -> Result<u8, Failure> {
    let client = session.client().await?;
    let lang = session.lang;
    match command {
        Command::List { workflow, state, trigger, mode, actor, since, until, text, limit } => {
            let filters = [
                ("workflow", workflow),
                ("state", state),
                ("trigger", trigger),
                ("mode", mode),
                ("actor", actor),
                ("since", since),
                ("until", until),
                ("text", text),
            ];
            list(session, &client, &query(filters), limit).await?;
        }
        Command::Show { run, plan: true, all, reveal } => {
            let looked = PlanLook { reveal, all, why: false };
            super::run::tell_plan(session, &client, &run, looked, Way::Run(&[])).await?;
        }
        Command::Show { run, reveal, .. } => {
            let shown: Run = client.fetch(&format!("/runs/{}?reveal={reveal}", encode(&run))).await?;
            told(session, &shown, |shown| render::run(session, shown));
        }
        Command::Items { run, outcome, kind, step, code, action, field, person, find, why, limit, reveal } => {
            let filters = [
                ("reveal", Some(reveal.to_string())),
                ("outcome", outcome),
                ("kind", kind),
                ("step", step),
                ("code", code),
                ("action", action),
                ("field", field),
                ("object", person),
                ("find", find),
            ];
            let path = format!("/runs/{}/items{}", encode(&run), query(filters));
            let items: Vec<Item> = client.list(&path, limit).await?;
            told(session, &items, |items| render::items(lang, items, why));
        }
        Command::Calls { run, find, limit } => {
            let find = find.map(|find| format!("?find={}", encode(&find))).unwrap_or_default();
            let path = format!("/runs/{}/calls{find}", encode(&run));
            let calls: Vec<Call> = client.list_backwards(&path, Some(limit)).await?;
            told(session, &calls, |calls| render::calls(lang, calls));
        }
        Command::Approve { run, plan, source_checked, yes } => {
            return approve(session, &client, &run, Approve { plan, source_checked }, yes).await;
        }
        Command::Reject { run } => return decide(session, &client, &run, "reject").await,
        Command::Cancel { run } => return decide(session, &client, &run, "cancel").await,
        Command::Pause { run } => return decide(session, &client, &run, "pause").await,
        Command::Resume { run, wait } => {
            let resumed: RunRef = client.send(&format!("/runs/{}/resume", encode(&run)), &()).await?;
            return super::run::accepted(session, &client, &resumed.run, wait, false).await;
        }
        Command::Retry(args) => return super::retry::run(session, &client, &args).await,
        Command::Watch { run } => return super::watch::run(session, &client, run.as_deref()).await,
        Command::Failures { limit, workflow, reveal } => {
            let filter = workflow.map(|workflow| format!("&workflow={}", encode(&workflow))).unwrap_or_default();
            let path = format!("/failures?reveal={reveal}{filter}");
            let failures: Vec<FailedItem> = client.list(&path, Some(limit)).await?;
            told(session, &failures, |failures| render::failures(lang, failures));
        }
        Command::Export { run, file, plan, overwrite, reveal } => {
            super::run::free(&file, overwrite)?;
            super::run::export(session, &client, &run, &file, plan.then_some(true), reveal).await?;
        }
        Command::Bundle { run, file, overwrite } => {
            super::run::free(&file, overwrite)?;
            let bytes = client.download(&format!("/runs/{}/bundle", encode(&run)), &file).await?;
            let file = file.display();
            output::say(&say!(lang, "{file}：{bytes} 字节", "{file}: {bytes} bytes"));
        }
        Command::Pin { run, off } => pin(session, &client, &run, off).await?,
    }
    Ok(exit::DONE)
}

/// Shows an answer of the server: as it is, or in words.
fn told<T: serde::Serialize>(session: &Session<'_>, answer: &T, in_words: impl FnOnce(&T)) {
    if session.json() {
        output::json(answer);
    } else {
        in_words(answer);
    }
}

async fn list(session: &Session<'_>, client: &Client, filters: &str, limit: usize) -> Result<(), Failure> {
    let lang = session.lang;
    let runs: Vec<Run> = client.list(&format!("/runs{filters}"), Some(limit)).await?;
    told(session, &runs, |runs| render::runs(lang, runs));
    let room: Room = client.fetch("/store").await.unwrap_or(Room { disk: None });
    if let Some(warning) = disk_warning(room.disk.as_ref()) {
        let warning = lang.of(&warning);
        output::say(&say!(lang, "警告：{warning}", "warning: {warning}"));
    }
    Ok(())
}

/// Approves a held run, after asking whoever sits there.
async fn approve(
    session: &Session<'_>,
    client: &Client,
    run: &str,
    mut approve: Approve,
    yes: bool,
) -> Result<u8, Failure> {
    let lang = session.lang;
    if !yes && output::can_ask() {
        client.answer().await;
        let shown = super::run::show(session, client, run).await?;
        approve.plan = approve.plan.or(shown);
        if !output::ask(lang, lang.pick("批准这份预演？", "Approve this plan?")).await {
            output::say(lang.pick("没有批准", "not approved"));
            return Ok(exit::FAILED);
        }
    }
    let _: RunRef = client.send(&format!("/runs/{}/approve", encode(run)), &approve).await?;
    super::run::follow(session, client, run, true).await
}

async fn pin(session: &Session<'_>, client: &Client, run: &str, off: bool) -> Result<(), Failure> {
    let lang = session.lang;
    let pinned: Pinned = client.send(&format!("/runs/{}/pin", encode(run)), &Pin { pinned: !off }).await?;
    told(session, &pinned, |_| {
        output::data(&match off {
            true => say!(lang, "运行 {run} 与其他运行一样清理", "run {run} is kept as long as others"),
            false => say!(lang, "运行 {run} 会完整保留", "run {run} is kept whole"),
        });
    });
    Ok(())
}

/// The given ones of these parameters.
fn query<const N: usize>(parameters: [(&str, Option<String>); N]) -> String {
    let given = parameters.into_iter().filter_map(|(name, value)| Some(format!("{name}={}", encode(&value?))));
    let given = given.collect::<Vec<_>>().join("&");
    if given.is_empty() { given } else { format!("?{given}") }
}

async fn decide(session: &Session<'_>, client: &Client, run: &str, what: &str) -> Result<u8, Failure> {
    let done: RunRef = client.send(&format!("/runs/{}/{what}", encode(run)), &()).await?;
    super::progress::settle(client, run).await?;
    if session.json() {
        output::json(&done);
        return Ok(exit::DONE);
    }
    let text = match what {
        "reject" => both!("运行 {run} 已驳回", "run {run}: reject accepted"),
        "cancel" => both!("运行 {run}：已接受取消", "run {run}: cancel accepted"),
        _ => both!("运行 {run}：已接受暂停", "run {run}: pause accepted"),
    };
    output::data(session.lang.of(&text));
    // Where nobody works on runs, nobody stops them either.
    let now: Run = client.fetch(&format!("/runs/{}", encode(run))).await?;
    if what == "cancel" && now.ended.is_none() && client.is_here() {
        output::say(session.text(
            "目前没有进程在处理它：下次 `idflow run` 或 `idflow serve` 启动时结束",
            "nobody works on it now: it ends with the next `idflow run` or `idflow serve`",
        ));
    }
    Ok(exit::DONE)
}
