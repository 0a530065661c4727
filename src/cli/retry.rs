//! `idflow runs retry`: shows what it repeats, and with `--newest` how the workflow differs and what it would do, first.

use serde_json::{Value, json};

use super::{Client, Failure, Session, client::encode, exit, output, progress, shown};

/// Changes of each group that are shown of a plan.
const SHOWN: usize = 10;

/// What to repeat.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The run: its id, or WORKFLOW#NUMBER.
    run: String,
    /// By the active version of the workflow instead of the run's own.
    #[arg(long)]
    newest: bool,
    /// Approve the plan as computed, approval steps and limits included; source checks stay.
    #[arg(long)]
    yes: bool,
    /// Wait until the run is over or held. Without a running server a run always is waited for.
    #[arg(long)]
    wait: bool,
}

/// Runs the command.
pub async fn run(session: &Session<'_>, client: &Client, args: &Args) -> Result<u8, Failure> {
    let path = format!("/runs/{}/retry", encode(&args.run));
    if !session.json() {
        preview(&client.get(&format!("{path}?newest={}", args.newest)).await?, args.newest);
        if args.newest && !args.yes {
            let body = json!({"newest": true});
            let planned = client.post(&format!("{path}/plan"), &body).await?;
            let planned = output::cell(&planned["run"]);
            progress::watch(client, &planned).await?;
            shown::plan(session, &client.plan(&planned, Some(SHOWN), false).await?);
            if output::can_ask() && !output::ask("Repeat these items?").await {
                output::say("not repeated");
                return Ok(exit::FAILED);
            }
        }
    }
    let body = json!({"newest": args.newest, "approve": args.yes});
    let started = client.post(&path, &body).await?;
    super::run::accepted(session, client, &output::cell(&started["run"]), args.wait, args.yes).await
}

fn preview(preview: &Value, newest: bool) {
    output::data(&format!(
        "repeats {} of {}#{}",
        output::number_of(usize::try_from(preview["number"].as_u64().unwrap_or(0)).unwrap_or(usize::MAX), "item"),
        output::cell(&preview["run"]["workflow"]),
        preview["run"]["no"]
    ));
    for (kind, words) in preview["repeats"].as_object().into_iter().flatten() {
        let words = words.as_object().into_iter().flatten();
        let words = words.map(|(word, number)| format!("{number} {word}")).collect::<Vec<_>>().join(", ");
        output::data(&format!("  {kind}: {words}"));
    }
    let items = preview["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    for item in items.iter().take(SHOWN) {
        output::data(&format!(
            "    {} {} ({}) {}",
            output::cell(&item["key"]),
            output::cell(&item["object"]["name"]),
            output::cell(&item["outcome"]),
            output::cell(&item["error"]["code"]),
        ));
    }
    let shown = items.len().min(SHOWN) as u64;
    if let Some(more) = preview["number"].as_u64().and_then(|number| number.checked_sub(shown)).filter(|more| *more > 0)
    {
        output::data(&format!("    … and {more} more"));
    }
    if newest {
        match preview["diff"].as_str() {
            Some(diff) if !diff.is_empty() => output::data(diff),
            _ => output::data(&format!("the active version is the run's own, {}", preview["version"])),
        }
    }
}
