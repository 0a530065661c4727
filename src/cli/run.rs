//! `idflow plan` and `idflow run`.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::{Client, Failure, Session, client::encode, exit, output, progress, shown};

/// What to plan.
#[derive(Debug, clap::Args)]
pub struct PlanArgs {
    /// The workflow.
    workflow: String,
    /// An input of the workflow; can be repeated.
    #[arg(long = "input", value_name = "KEY=VALUE")]
    inputs: Vec<String>,
    /// Write all changes into this file, too: .json, .jsonl, .csv or .xlsx.
    #[arg(long, value_name = "FILE")]
    export: Option<PathBuf>,
    /// Replace the file if it is there.
    #[arg(long, requires = "export")]
    overwrite: bool,
    /// Show phone numbers, e-mail addresses and the like as they are.
    #[arg(long)]
    reveal: bool,
    /// Show only the people who are gone from the source and keep an account that works.
    #[arg(long)]
    leavers: bool,
}

/// What to run.
#[derive(Debug, clap::Args)]
pub struct RunArgs {
    /// The workflow.
    workflow: String,
    /// Wait until the run is over or held. Without a running server a run always is waited for.
    #[arg(long)]
    wait: bool,
    /// Approve the plan as computed, approval steps and limits included; source checks stay.
    #[arg(long)]
    yes: bool,
    /// An input of the workflow; can be repeated.
    #[arg(long = "input", value_name = "KEY=VALUE")]
    inputs: Vec<String>,
}

fn inputs(given: &[String]) -> Result<Map<String, Value>, Failure> {
    given
        .iter()
        .map(|text| {
            text.split_once('=')
                .map(|(key, value)| (key.trim().to_string(), Value::from(value)))
                .ok_or_else(|| Failure::new(format!("`{text}` is not KEY=VALUE")).hint("for example --input grace=30d"))
        })
        .collect()
}

/// Runs `idflow plan`.
pub async fn plan(session: &Session<'_>, args: PlanArgs) -> Result<u8, Failure> {
    if let Some(file) = &args.export {
        format_of(file)?;
        free(file, args.overwrite)?;
    }
    let client = session.client().await?;
    let run = compute(&client, &args.workflow, inputs(&args.inputs)?).await?;
    if args.leavers {
        let mut plan = client.plan(&run, None, args.reveal).await?;
        let changes = plan["changes"].take();
        let mut leavers = changes.as_array().cloned().unwrap_or_default();
        leavers.retain(|change| change["error"]["code"] == "leaver_keeps_access");
        if session.json() { output::json(&leavers.into()) } else { shown::items(session, &leavers.into()) }
    } else if session.json() {
        output::json(&client.plan(&run, None, args.reveal).await?);
    } else {
        shown::plan(session, &client.plan(&run, Some(20), args.reveal).await?);
    }
    if let Some(file) = &args.export {
        export(session, &client, &run, file, Some(true), args.reveal).await?;
    }
    Ok(exit::DONE)
}

/// The form of a file, by its name.
pub fn format_of(file: &Path) -> Result<&'static str, Failure> {
    let extension = file.extension().and_then(|extension| extension.to_str()).unwrap_or_default().to_lowercase();
    ["json", "jsonl", "csv", "xlsx"].into_iter().find(|format| *format == extension).ok_or_else(|| {
        Failure::new(format!("{}: the name does not say which form is wanted", file.display()))
            .hint("let it end with .json, .jsonl, .csv or .xlsx")
    })
}

/// Refuses a file that is there, unless it is to be replaced.
pub fn free(file: &Path, overwrite: bool) -> Result<(), Failure> {
    if overwrite || !file.exists() {
        return Ok(());
    }
    Err(Failure::new(format!("{} is there already", file.display())).hint("name another file, or add --overwrite"))
}

/// Writes the rows of a run into a file.
pub async fn export(
    session: &Session<'_>,
    client: &Client,
    run: &str,
    file: &Path,
    plan: Option<bool>,
    reveal: bool,
) -> Result<(), Failure> {
    let format = format_of(file)?;
    let plan = plan.map(|plan| format!("&plan={plan}")).unwrap_or_default();
    let lang = session.lang.key();
    let path = format!("/runs/{}/export?format={format}&lang={lang}&reveal={reveal}{plan}", encode(run));
    let bytes = client.download(&path, file).await?;
    output::say(&format!("{}: {bytes} bytes", file.display()));
    Ok(())
}

/// Computes a plan: a run that ends before it writes. Gives the run.
async fn compute(client: &Client, workflow: &str, inputs: Map<String, Value>) -> Result<String, Failure> {
    let body = json!({"inputs": inputs, "plan": true});
    let started = client.post(&format!("/workflows/{}/runs", encode(workflow)), &body).await?;
    let run = output::cell(&started["run"]);
    progress::watch(client, &run).await?;
    Ok(run)
}

/// Computes a plan and gives it, with at most `most` changes of each group.
pub async fn compute_plan(
    client: &Client,
    workflow: &str,
    inputs: Map<String, Value>,
    most: usize,
) -> Result<Value, Failure> {
    let run = compute(client, workflow, inputs).await?;
    client.plan(&run, Some(most), false).await
}

/// Runs `idflow run`.
pub async fn run(session: &Session<'_>, args: RunArgs) -> Result<u8, Failure> {
    let client = session.client().await?;
    client.recover().await?;
    let body = json!({"inputs": inputs(&args.inputs)?, "approve": args.yes});
    let started = client.post(&format!("/workflows/{}/runs", encode(&args.workflow)), &body).await?;
    let run = output::cell(&started["run"]);
    accepted(session, &client, &run, args.wait, args.yes).await
}

/// Leaves an accepted run to the server, or waits for it.
pub async fn accepted(session: &Session<'_>, client: &Client, run: &str, wait: bool, yes: bool) -> Result<u8, Failure> {
    if client.is_served_by_other() && !wait {
        if session.json() {
            output::json(&json!({"run": run, "status": "queued"}));
        } else {
            output::data(&format!("run {run} accepted"));
            output::say(&format!("next: idflow runs show {run}"));
        }
        return Ok(exit::DONE);
    }
    follow(session, client, run, yes).await
}

/// Waits for a run, asks about a held one where somebody can be asked, and shows what became of it.
pub async fn follow(session: &Session<'_>, client: &Client, run: &str, yes: bool) -> Result<u8, Failure> {
    let mut ended = progress::watch(client, run).await?;
    while ended["status"] == "held" && !yes && output::can_ask() && !session.json() {
        let plan = client.plan(run, Some(10), false).await?;
        shown::plan(session, &plan);
        if !output::ask("Approve this plan?").await {
            break;
        }
        // Whoever looks at the plan on a terminal has not thereby looked at the source: those checks stay.
        client.post(&format!("/runs/{}/approve", encode(run)), &json!({})).await?;
        let before = ended["why"].clone();
        ended = progress::watch(client, run).await?;
        if ended["status"] == "held" && ended["why"] == before {
            break;
        }
    }
    if session.json() {
        output::json(&summary(&ended));
    } else {
        shown::ended(session, &ended);
    }
    Ok(exit::of_status(&output::cell(&ended["status"])))
}

/// What scripts rely on.
pub fn summary(run: &Value) -> Value {
    json!({
        "run": run["run"],
        "status": run["status"],
        "why": run["why"],
        "counts": run["counts"],
        "planned": run["planned"],
        "plan": run["plan"],
        "api": run["api"],
        "notices": run["notices"],
    })
}
