//! `idflow removals`: what waits for a decision, and the decision.

use serde_json::{Value, json};

use super::{Failure, Session, client::encode, exit, output, shown};

/// What to do with removals that wait.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Show the removals that were asked about: those that wait first.
    List {
        /// Only those of this workflow.
        #[arg(long)]
        workflow: Option<String>,
        /// Only those in this state: waiting, approved, kept, done, failed, gone.
        #[arg(long)]
        state: Option<String>,
    },
    /// Approve removals: the next run that plans them again carries them out.
    Approve {
        #[command(flatten)]
        which: Which,
        /// Start the workflow at once, with the inputs of the run that asked.
        #[arg(long)]
        run: bool,
        /// With --run: wait until the run is over or held. Without a running server a run always is waited for.
        #[arg(long, requires = "run")]
        wait: bool,
    },
    /// Keep objects: they are not removed, whatever else is approved, until somebody approves their removal.
    Keep {
        #[command(flatten)]
        which: Which,
    },
}

/// Which removals.
#[derive(Debug, clap::Args)]
pub struct Which {
    /// Their ids, or the first digits of them.
    #[arg(required_unless_present = "all")]
    ids: Vec<String>,
    /// All that wait, if their number is still NUMBER, as you saw it in the list.
    #[arg(long, value_name = "NUMBER", conflicts_with = "ids")]
    all: Option<u64>,
    /// With --all: only those of this workflow.
    #[arg(long)]
    workflow: Option<String>,
}

/// Runs the command.
pub async fn run(session: &Session<'_>, command: Command) -> Result<u8, Failure> {
    let client = session.client().await?;
    match command {
        Command::List { workflow, state } => {
            let given = [("workflow", workflow), ("state", state)].into_iter();
            let given = given.filter_map(|(name, value)| Some(format!("{name}={}", encode(&value?))));
            let path = format!("/removals?{}", given.collect::<Vec<_>>().join("&"));
            let found = client.all(&path, None).await?;
            if session.json() {
                output::json(&found);
                return Ok(exit::DONE);
            }
            list(session, &found);
            let waiting =
                found.as_array().into_iter().flatten().filter(|removal| removal["state"] == "waiting").count();
            if waiting > 0 {
                output::say(&format!(
                    "{waiting} wait; next: idflow removals approve ID …, idflow removals keep ID …, or --all {waiting}"
                ));
            }
        }
        Command::Approve { which, run, wait } => {
            let decided = client.post("/removals/approve", &body(&which, run)).await?;
            if !run {
                answer(session, &decided, "approved");
                return Ok(exit::DONE);
            }
            if !session.json() {
                answer(session, &decided, "approved");
            }
            let mut code = exit::DONE;
            for started in decided["runs"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                code = code.max(super::run::accepted(session, &client, started, wait, false).await?);
            }
            return Ok(code);
        }
        Command::Keep { which } => {
            let decided = client.post("/removals/keep", &body(&which, false)).await?;
            answer(session, &decided, "kept");
        }
    }
    Ok(exit::DONE)
}

fn body(which: &Which, run: bool) -> Value {
    json!({"ids": which.ids, "all": which.all, "workflow": which.workflow, "run": run})
}

fn answer(session: &Session<'_>, decided: &Value, word: &str) {
    if session.json() {
        output::json(decided);
        return;
    }
    list(session, &decided["removals"]);
    let number = decided["removals"].as_array().map_or(0, Vec::len);
    output::say(&format!("{number} {word}"));
}

fn list(session: &Session<'_>, removals: &Value) {
    for removal in removals.as_array().into_iter().flatten() {
        let object = &removal["object"];
        let name = object["name"].as_str().filter(|name| !name.is_empty());
        let name = name.map(|name| format!("{name} ")).unwrap_or_default();
        output::data(&format!(
            "{}  {:8} {} {} {name}({})  {} of {}",
            output::cell(&removal["id"]),
            output::cell(&removal["state"]),
            output::cell(&removal["action"]),
            output::cell(&object["type"]),
            output::cell(&object["target"]),
            output::cell(&removal["step"]),
            output::cell(&removal["workflow"]),
        ));
        for field in removal["fields"].as_array().into_iter().flatten() {
            let (before, after) = (output::cell(&field["before"]), output::cell(&field["after"]));
            output::data(&format!("    {}: {before} → {after}", output::cell(&field["field"])));
        }
        let until = removal["until"].as_str().map(|until| format!(", until {until}")).unwrap_or_default();
        output::data(&format!("    asked since {}{until}", output::cell(&removal["since"])));
        if let Some(by) = removal["decided"]["by"].as_str() {
            let what = if removal["decided"]["keep"] == true { "kept" } else { "approved" };
            output::data(&format!("    {what} by {by} at {}", output::cell(&removal["decided"]["at"])));
        }
        for warning in removal["warnings"].as_array().into_iter().flatten() {
            shown::problem(session, warning, "    ");
        }
        if !removal["error"].is_null() {
            shown::problem(session, &removal["error"], "    ");
        } else if removal["state"] == "waiting" {
            let lang = session.lang.key();
            output::data(&format!("    {}", output::cell(&removal["why"]["reason"][lang])));
        }
    }
}
