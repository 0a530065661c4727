//! `idflow match`: what no rule could decide, and what people say about it.

use serde_json::{Value, json};

use super::{Failure, Session, client::encode, exit, output};

/// What to do with undecided objects.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Show what the newest run of each workflow left undecided, with candidates, and what was decided.
    List {
        /// Only objects of this connection.
        #[arg(long)]
        connection: Option<String>,
    },
    /// Decide about an object. The next run follows it.
    Decide(Decide),
}

/// A decision.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("choice").required(true).args(["same", "other", "create", "ignore"])))]
pub struct Decide {
    /// The connection; imports of files are called `import`.
    connection: String,
    /// The object's key there: a personnel number, an account. Leave it out with --all.
    #[arg(required_unless_present = "all")]
    key: Option<String>,
    /// The same person as the candidate: keeps id, account and access.
    #[arg(long)]
    same: bool,
    /// Another person than the candidates: both go on.
    #[arg(long)]
    other: bool,
    /// Not there yet: create it.
    #[arg(long)]
    create: bool,
    /// Leave it alone.
    #[arg(long)]
    ignore: bool,
    /// Which of several candidates, by account or name.
    #[arg(long)]
    candidate: Option<String>,
    /// All objects of the connection that wait for a decision and have one candidate; shown first.
    #[arg(long, conflicts_with_all = ["key", "candidate", "create"])]
    all: bool,
    /// With --all: do not ask for confirmation.
    #[arg(long)]
    yes: bool,
    /// user or department.
    #[arg(long, default_value = "user")]
    kind: String,
    /// The other connection, where it is not the directory.
    #[arg(long)]
    with: Option<String>,
    /// The reason, kept for later questions.
    #[arg(long, default_value = "")]
    why: String,
}

/// Runs the command.
pub async fn run(session: &Session<'_>, command: Command) -> Result<u8, Failure> {
    let client = session.client().await?;
    match command {
        Command::List { connection } => {
            let filter = connection.map(|name| format!("?connection={}", encode(&name))).unwrap_or_default();
            let open = client.all(&format!("/matching{filter}"), None).await?;
            let decisions = client.all(&format!("/matching/decisions{filter}"), None).await?;
            let matching = json!({"open": open, "decisions": decisions});
            if session.json() {
                output::json(&matching);
            } else {
                list(session, &matching);
            }
            Ok(exit::DONE)
        }
        Command::Decide(decide) => {
            let keys = match (&decide.key, decide.all) {
                (Some(key), false) => vec![key.clone()],
                _ => {
                    let found =
                        client.all(&format!("/matching?connection={}", encode(&decide.connection)), None).await?;
                    let keys = all(session, &decide, &found);
                    if keys.is_empty() {
                        return Err(Failure::new("nothing with exactly one candidate waits for a decision")
                            .hint("`idflow match list` shows what there is"));
                    }
                    let question = format!("decide this for {} objects?", keys.len());
                    let agreed = decide.yes || (output::can_ask() && output::ask(&question).await);
                    if !agreed {
                        return Err(Failure::new("nothing was decided").hint("repeat it with --yes"));
                    }
                    keys
                }
            };
            let choices = [("same", decide.same), ("other", decide.other), ("create", decide.create)];
            let choice = choices.iter().find(|(_, given)| *given).map_or("ignore", |(word, _)| word);
            let decisions: Vec<Value> = keys
                .iter()
                .map(|key| {
                    json!({
                        "connection": decide.connection, "with": decide.with, "kind": decide.kind, "key": key,
                        "choice": choice, "candidate": decide.candidate, "why": decide.why,
                    })
                })
                .collect();
            let kept = client.post("/matching/decisions", &json!({"decisions": decisions})).await?;
            if session.json() {
                output::json(&kept);
            } else {
                output::data(&format!("decided: {choice} for {}", keys.join(", ")));
                output::say("next: run the import or the workflow again");
            }
            Ok(exit::DONE)
        }
    }
}

/// The keys of what waits and has one candidate, shown.
fn all(session: &Session<'_>, decide: &Decide, found: &Value) -> Vec<String> {
    let open = found.as_array().into_iter().flatten();
    let one = open.filter(|one| {
        one["candidates"].as_array().map_or(0, Vec::len) == 1
            && one["kind"] == decide.kind.as_str()
            && one["decided"].as_array().is_none_or(Vec::is_empty)
    });
    let one: Vec<&Value> = one.filter(|one| one["key"].is_string()).collect();
    if !session.json() {
        for item in &one {
            output::say(&line(item));
        }
    }
    one.iter().map(|one| output::cell(&one["key"])).collect()
}

fn line(open: &Value) -> String {
    let candidates = open["candidates"].as_array().into_iter().flatten();
    let candidates: Vec<String> = candidates.map(|one| output::cell(&one["label"])).collect();
    format!(
        "{} {} {}: {}",
        output::cell(&open["connection"]),
        output::cell(&open["key"]),
        output::cell(&open["name"]),
        if candidates.is_empty() { "–".into() } else { candidates.join(", ") }
    )
}

fn list(session: &Session<'_>, matching: &Value) {
    let lang = session.lang.key();
    let open = matching["open"].as_array().cloned().unwrap_or_default();
    for one in &open {
        output::data(&line(one));
        output::data(&format!("  {}", output::cell(&one["error"]["reason"][lang])));
        let decided: Vec<String> =
            one["decided"].as_array().into_iter().flatten().map(|it| output::cell(&it["choice"])).collect();
        if decided.is_empty() {
            output::data(&format!("  → {}", output::cell(&one["error"]["hint"][lang])));
        } else {
            output::data(&format!("  decided: {}; the next run follows it", decided.join(", ")));
        }
    }
    if open.is_empty() {
        output::data("nothing waits for a decision");
    }
    let decisions = matching["decisions"].as_array().cloned().unwrap_or_default();
    if !decisions.is_empty() {
        let mut table = output::table(&["connection", "key", "kind", "decision", "by", "at", "why"]);
        for one in &decisions {
            let columns = ["connection", "key", "kind", "choice", "by", "at", "why"];
            table.add_row(columns.map(|column| output::cell(&one[column])));
        }
        output::data(&table.to_string());
    }
}
