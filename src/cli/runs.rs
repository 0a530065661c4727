//! `idflow runs`.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::{Failure, Lang, Session, client::encode, exit, output, shown};
use crate::{app::kept::disk_warning, contract::store::Room};

/// What to do with runs.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// List runs, the newest first.
    List {
        /// Only those of this workflow.
        #[arg(long)]
        workflow: Option<String>,
        /// Maximum number to show.
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// Show one run: who started it, what it did, and why it ended as it did.
    Show {
        /// The run: its id, or WORKFLOW#NUMBER.
        run: String,
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
        /// Only this step.
        #[arg(long)]
        step: Option<String>,
        /// Only items whose key, name or account contains this.
        #[arg(long)]
        find: Option<String>,
        /// Maximum number to show.
        #[arg(long)]
        limit: Option<usize>,
        /// Show phone numbers, e-mail addresses and the like as they are.
        #[arg(long)]
        reveal: bool,
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
    match command {
        Command::List { workflow, limit } => {
            let filter = workflow.map(|workflow| format!("?workflow={}", encode(&workflow))).unwrap_or_default();
            let runs = client.all(&format!("/runs{filter}"), Some(limit)).await?;
            if session.json() {
                output::json(&runs);
            } else {
                shown::runs(&runs);
            }
            let room: Room = serde_json::from_value(client.get("/store").await?).unwrap_or(Room { disk: None });
            if let Some(warning) = disk_warning(room.disk.as_ref()) {
                output::say(&match session.lang {
                    Lang::Zh => format!("警告：{}", warning.zh),
                    Lang::En => format!("warning: {}", warning.en),
                });
            }
        }
        Command::Show { run, reveal } => {
            let shown = client.get(&format!("/runs/{}?reveal={reveal}", encode(&run))).await?;
            if session.json() {
                output::json(&shown);
            } else {
                shown::run(session, &shown);
            }
        }
        Command::Items { run, outcome, step, find, limit, reveal } => {
            let mut path = format!("/runs/{}/items?reveal={reveal}", encode(&run));
            for (name, value) in [("outcome", outcome), ("step", step), ("find", find)] {
                if let Some(value) = value {
                    path.push_str(&format!("&{name}={}", encode(&value)));
                }
            }
            let items = client.all(&path, limit).await?;
            if session.json() {
                output::json(&items);
            } else {
                shown::items(session, &items);
            }
        }
        Command::Calls { run, find, limit } => {
            let find = find.map(|find| format!("?find={}", encode(&find))).unwrap_or_default();
            let calls = client.all_backwards(&format!("/runs/{}/calls{find}", encode(&run)), Some(limit)).await?;
            if session.json() {
                output::json(&calls);
            } else {
                shown::calls(session, &calls);
            }
        }
        Command::Approve { run, plan, source_checked, yes } => {
            if !yes && output::can_ask() {
                client.answer().await;
                let plan = client.plan(&run, Some(10), false).await?;
                shown::plan(session, &plan);
                if !output::ask("Approve this plan?").await {
                    output::say("not approved");
                    return Ok(exit::FAILED);
                }
            }
            let body = json!({"plan": plan, "source_checked": source_checked});
            client.post(&format!("/runs/{}/approve", encode(&run)), &body).await?;
            return super::run::follow(session, &client, &run, true).await;
        }
        Command::Reject { run } => return decide(session, &client, &run, "reject").await,
        Command::Cancel { run } => return decide(session, &client, &run, "cancel").await,
        Command::Pause { run } => return decide(session, &client, &run, "pause").await,
        Command::Resume { run, wait } => {
            let resumed = client.post(&format!("/runs/{}/resume", encode(&run)), &Value::Null).await?;
            return super::run::accepted(session, &client, &output::cell(&resumed["run"]), wait, false).await;
        }
        Command::Retry(args) => return super::retry::run(session, &client, &args).await,
        Command::Failures { limit, workflow, reveal } => {
            let filter = workflow.map(|workflow| format!("&workflow={}", encode(&workflow))).unwrap_or_default();
            let failures = client.all(&format!("/failures?reveal={reveal}{filter}"), Some(limit)).await?;
            if session.json() {
                output::json(&failures);
            } else {
                shown::failures(session, &failures);
            }
        }
        Command::Export { run, file, plan, overwrite, reveal } => {
            super::run::free(&file, overwrite)?;
            super::run::export(session, &client, &run, &file, plan.then_some(true), reveal).await?;
        }
        Command::Pin { run, off } => {
            let pinned = client.post(&format!("/runs/{}/pin", encode(&run)), &json!({"pinned": !off})).await?;
            if session.json() {
                output::json(&pinned);
            } else {
                output::data(&format!("run {run} is {}", if off { "kept as long as others" } else { "kept whole" }));
            }
        }
    }
    Ok(exit::DONE)
}

async fn decide(session: &Session<'_>, client: &super::Client, run: &str, what: &str) -> Result<u8, Failure> {
    let done = client.post(&format!("/runs/{}/{what}", encode(run)), &Value::Null).await?;
    super::progress::settle(client, run).await?;
    if session.json() {
        output::json(&done);
    } else {
        output::data(&format!("run {run}: {what} accepted"));
        // Where nobody works on runs, nobody stops them either.
        let now = client.get(&format!("/runs/{}", encode(run))).await?;
        if what == "cancel" && now["ended"].is_null() && client.is_here() {
            output::say("nobody works on it now: it ends with the next `idflow run` or `idflow serve`");
        }
    }
    Ok(exit::DONE)
}
