//! `idflow plan` and `idflow run`.

use serde_json::{Map, Value, json};

use super::{Client, Failure, Session, client::encode, exit, output, progress, shown};

/// What to plan.
#[derive(Debug, clap::Args)]
pub struct PlanArgs {
    /// The workflow.
    workflow: String,
    /// An input of the workflow.
    #[arg(long = "input", value_name = "KEY=VALUE")]
    inputs: Vec<String>,
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
    /// An input of the workflow.
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
    let client = session.client().await?;
    let plan = compute_plan(session, &client, &args.workflow, inputs(&args.inputs)?).await?;
    if session.json() {
        output::json(&plan);
    } else {
        shown::plan(session, &plan, 50);
    }
    Ok(exit::DONE)
}

/// Computes a plan: a run that ends before it writes.
pub async fn compute_plan(
    session: &Session<'_>,
    client: &Client,
    workflow: &str,
    inputs: Map<String, Value>,
) -> Result<Value, Failure> {
    let body = json!({"inputs": inputs, "plan": true, "actor": session.environment.user});
    let started = client.post(&format!("/workflows/{}/runs", encode(workflow)), &body).await?;
    let run = output::cell(&started["run"]);
    progress::watch(client, &run).await?;
    client.get(&format!("/runs/{run}/plan")).await
}

/// Runs `idflow run`.
pub async fn run(session: &Session<'_>, args: RunArgs) -> Result<u8, Failure> {
    let client = session.client().await?;
    client.recover().await?;
    let body = json!({"inputs": inputs(&args.inputs)?, "approve": args.yes, "actor": session.environment.user});
    let started = client.post(&format!("/workflows/{}/runs", encode(&args.workflow)), &body).await?;
    let run = output::cell(&started["run"]);
    if client.is_remote() && !args.wait {
        if session.json() {
            output::json(&json!({"run": run, "status": "queued"}));
        } else {
            output::data(&format!("run {run} accepted"));
            output::say(&format!("next: idflow runs show {run}"));
        }
        return Ok(exit::DONE);
    }
    follow(session, &client, &run, args.yes).await
}

/// Waits for a run, asks about a held one where somebody can be asked, and shows what became of it.
pub async fn follow(session: &Session<'_>, client: &Client, run: &str, yes: bool) -> Result<u8, Failure> {
    let mut ended = progress::watch(client, run).await?;
    while ended["status"] == "held" && !yes && output::can_ask() && !session.json() {
        let plan = client.get(&format!("/runs/{run}/plan")).await?;
        shown::plan(session, &plan, 20);
        if !output::ask("Approve this plan?") {
            break;
        }
        // Whoever looks at the plan on a terminal has not thereby looked at the source: those checks stay.
        client.post(&format!("/runs/{run}/approve"), &json!({"actor": session.environment.user})).await?;
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
