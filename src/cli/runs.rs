//! `idflow runs`.

use serde_json::{Value, json};

use super::{Failure, Session, client::encode, exit, output, shown};

/// What to do with runs.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// List runs, the newest first.
    List {
        /// Only those of this workflow.
        #[arg(long)]
        workflow: Option<String>,
        /// At most so many.
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// Show one run: who started it, what it did, and why it ended as it did.
    Show {
        /// Its id.
        run: String,
    },
    /// Show what became of each object that was not simply unchanged.
    Items {
        /// Its id.
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
        /// At most so many.
        #[arg(long)]
        limit: Option<usize>,
    },
    /// Approve a held run.
    Approve {
        /// Its id.
        run: String,
        /// The plan that was looked at; by default the one that is held.
        #[arg(long)]
        plan: Option<String>,
        /// A person has looked at the source: lift the source checks.
        #[arg(long)]
        source_checked: bool,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
    /// Refuse a held run.
    Reject {
        /// Its id.
        run: String,
    },
    /// Ask a run to stop.
    Cancel {
        /// Its id.
        run: String,
    },
}

/// Runs the command.
pub async fn run(session: &Session<'_>, command: Command) -> Result<u8, Failure> {
    let client = session.client().await?;
    match command {
        Command::List { workflow, limit } => {
            let filter = workflow.map(|workflow| format!("&workflow={}", encode(&workflow))).unwrap_or_default();
            let runs = client.get(&format!("/runs?limit={limit}{filter}")).await?;
            if session.json() {
                output::json(&runs);
            } else {
                shown::runs(&runs);
            }
        }
        Command::Show { run } => {
            let shown = client.get(&format!("/runs/{}", encode(&run))).await?;
            if session.json() {
                output::json(&shown);
            } else {
                shown::run(session, &shown);
            }
        }
        Command::Items { run, outcome, step, find, limit } => {
            let mut path = format!("/runs/{}/items?", encode(&run));
            for (name, value) in [("outcome", outcome), ("step", step), ("find", find)] {
                if let Some(value) = value {
                    path.push_str(&format!("{name}={}&", encode(&value)));
                }
            }
            if let Some(limit) = limit {
                path.push_str(&format!("limit={limit}&"));
            }
            let items = client.get(&path).await?;
            if session.json() {
                output::json(&items);
            } else {
                shown::items(session, &items);
            }
        }
        Command::Approve { run, plan, source_checked, yes } => {
            if !yes && output::can_ask() {
                let plan = client.get(&format!("/runs/{}/plan", encode(&run))).await?;
                shown::plan(session, &plan, 20);
                if !output::ask("Approve this plan?") {
                    output::say("not approved");
                    return Ok(exit::FAILED);
                }
            }
            let body = json!({"actor": session.environment.user, "plan": plan, "source_checked": source_checked});
            client.post(&format!("/runs/{}/approve", encode(&run)), &body).await?;
            return super::run::follow(session, &client, &run, true).await;
        }
        Command::Reject { run } => return decide(session, &client, &run, "reject").await,
        Command::Cancel { run } => return decide(session, &client, &run, "cancel").await,
    }
    Ok(exit::DONE)
}

async fn decide(session: &Session<'_>, client: &super::Client, run: &str, what: &str) -> Result<u8, Failure> {
    let body = json!({"actor": session.environment.user});
    let done: Value = client.post(&format!("/runs/{}/{what}", encode(run)), &body).await?;
    if session.json() {
        output::json(&done);
    } else {
        output::data(&format!("run {run}: {what} accepted"));
    }
    Ok(exit::DONE)
}
