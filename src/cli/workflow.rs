//! `idflow workflow`.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::{Failure, Session, client::encode, exit, output};

/// What to do with workflows.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Make a workflow from a template or a file; an existing id gets a new version.
    Create(Create),
    /// List workflows: what starts each, when next, and how its last run ended.
    List {
        /// Those that are put away, too.
        #[arg(long)]
        all: bool,
    },
    /// Show the stored text of a workflow.
    Show {
        /// The workflow.
        id: String,
        /// The version of this number; by default the newest.
        #[arg(long)]
        number: Option<u64>,
    },
    /// Put a workflow away: nothing starts it any more, and it is not listed. Its runs stay; activating it brings it back.
    Archive {
        /// The workflow.
        id: String,
    },
    /// Make the newest version live, after showing what it would change.
    Activate {
        /// The workflow.
        id: String,
        /// Approve without being asked.
        #[arg(long)]
        yes: bool,
    },
    /// Put its triggers to rest.
    Pause {
        /// The workflow.
        id: String,
    },
    /// Show the addresses that start it from outside (`on.webhook`), or make a new secret for one.
    Hook {
        /// The workflow.
        id: String,
        /// Make a new secret for this path. It is shown this once; the old one ends at once.
        #[arg(long, value_name = "PATH")]
        new_secret: Option<String>,
    },
}

/// A workflow to make.
#[derive(Debug, clap::Args)]
pub struct Create {
    /// The template it is made from; see `idflow template list`.
    #[arg(long, conflicts_with = "file", required_unless_present = "file")]
    template: Option<String>,
    /// Or its file.
    #[arg(long)]
    file: Option<PathBuf>,
    /// Its id; by default the one in the template or file.
    #[arg(long)]
    id: Option<String>,
    /// Which connection an alias means.
    #[arg(long = "connection", value_name = "ALIAS=NAME")]
    connections: Vec<String>,
}

/// Runs the command.
pub async fn run(session: &Session<'_>, command: Command) -> Result<u8, Failure> {
    match command {
        Command::Create(create) => self::create(session, create).await,
        Command::List { all } => list(session, all).await,
        Command::Show { id, number } => {
            let version = number.map(|version| format!("?version={version}")).unwrap_or_default();
            let shown = session.client().await?.get(&format!("/workflows/{}/text{version}", encode(&id))).await?;
            tell(session, &shown, &output::cell(&shown["text"]));
            Ok(exit::DONE)
        }
        Command::Archive { id } => {
            let path = format!("/workflows/{}/archive", encode(&id));
            let archived = session.client().await?.post(&path, &Value::Null).await?;
            tell(session, &archived, &format!("workflow {id} is put away"));
            Ok(exit::DONE)
        }
        Command::Activate { id, yes } => activate(session, &id, yes).await,
        Command::Pause { id } => {
            let paused =
                session.client().await?.post(&format!("/workflows/{}/pause", encode(&id)), &Value::Null).await?;
            tell(session, &paused, &format!("workflow {id} is paused"));
            Ok(exit::DONE)
        }
        Command::Hook { id, new_secret } => hook(session, &id, new_secret).await,
    }
}

async fn hook(session: &Session<'_>, id: &str, new_secret: Option<String>) -> Result<u8, Failure> {
    let client = session.client().await?;
    let route = format!("/workflows/{}/hooks", encode(id));
    if let Some(path) = new_secret {
        let made = client.post(&route, &json!({"path": path})).await?;
        if session.json() {
            output::json(&made);
        } else {
            output::data(&format!("url     {}", output::cell(&made["url"])));
            output::data(&format!("secret  {}", output::cell(&made["secret"])));
            output::say("the secret is not shown again; give it to the caller and keep it nowhere else");
        }
        return Ok(exit::DONE);
    }
    let hooks = client.get(&route).await?;
    if session.json() {
        output::json(&hooks);
        return Ok(exit::DONE);
    }
    let mut table = output::table(&["url", "verify", "secret"]);
    for hook in hooks.as_array().into_iter().flatten() {
        let secret = if hook["has_secret"] == true { "set" } else { "none: every call is refused" };
        table.add_row([output::cell(&hook["url"]), output::cell(&hook["verify"]), secret.to_string()]);
    }
    output::data(&table.to_string());
    Ok(exit::DONE)
}

fn tell(session: &Session<'_>, value: &Value, text: &str) {
    if session.json() {
        output::json(value);
    } else {
        output::data(text);
    }
}

async fn create(session: &Session<'_>, create: Create) -> Result<u8, Failure> {
    let mut connections = Vec::new();
    for text in &create.connections {
        let pair = text.split_once('=').ok_or_else(|| {
            Failure::new(format!("`{text}` is not ALIAS=NAME")).hint("for example --connection wecom=main")
        })?;
        connections.push((pair.0.trim().to_string(), pair.1.trim().to_string()));
    }
    let (text, file) = match &create.file {
        Some(path) => {
            let text =
                std::fs::read_to_string(path).map_err(|error| Failure::new(format!("{}: {error}", path.display())))?;
            (Some(text), Some(path.display().to_string()))
        }
        None => (None, None),
    };
    let body = json!({
        "template": create.template, "text": text, "file": file, "id": create.id, "connections": connections,
    });
    let made = match session.beginning().await?.post("/workflows", &body).await {
        Ok(made) => made,
        Err(failure) => {
            if let (Some(text), Some(file)) = (body["text"].as_str(), body["file"].as_str()) {
                super::validate::show_findings(session, file, text);
            }
            return Err(failure);
        }
    };
    let id = output::cell(&made["id"]);
    let what = if made["changed"] == true { "saved as version" } else { "is unchanged at version" };
    tell(session, &made, &format!("workflow {id} {what} {}", made["version"]));
    if !session.json() {
        output::say(&format!("next: idflow plan {id}, then idflow workflow activate {id}"));
    }
    Ok(exit::DONE)
}

async fn list(session: &Session<'_>, all: bool) -> Result<u8, Failure> {
    let mut workflows = session.client().await?.get("/workflows").await?;
    if let Some(workflows) = workflows.as_array_mut().filter(|_| !all) {
        workflows.retain(|workflow| workflow["state"] != "archived");
    }
    if session.json() {
        output::json(&workflows);
        return Ok(exit::DONE);
    }
    let lang = session.lang.key();
    let mut table = output::table(&["id", "name", "state", "version", "runs", "last run", "starts"]);
    for workflow in workflows.as_array().into_iter().flatten() {
        let last = &workflow["last"];
        let last = if last.is_null() {
            "–".to_string()
        } else {
            format!("{} {}", output::cell(&last["status"]), output::when(&last["at"]))
        };
        table.add_row([
            output::cell(&workflow["id"]),
            output::cell(&workflow["name"][lang]),
            output::cell(&workflow["state"]),
            output::cell(&workflow["active"]),
            output::cell(&workflow["runs"]),
            last,
            starts(&workflow["triggers"]),
        ]);
    }
    output::data(&table.to_string());
    Ok(exit::DONE)
}

/// What starts a workflow, in a line for each.
fn starts(triggers: &Value) -> String {
    let mut lines = Vec::new();
    for schedule in triggers["schedules"].as_array().into_iter().flatten() {
        let rule = format!("{} {}", output::cell(&schedule["cron"]), output::cell(&schedule["timezone"]));
        lines.push(match schedule["next"].is_null() {
            true => rule,
            false => format!("{rule}, next {}", output::when(&schedule["next"])),
        });
    }
    for (name, what) in [("after", "after"), ("webhooks", "webhook")] {
        let named = triggers[name].as_array().into_iter().flatten();
        lines.extend(named.map(|named| format!("{what} {}", output::cell(named))));
    }
    if triggers["manual"] == true && lines.is_empty() {
        lines.push("by hand".into());
    }
    lines.join("\n")
}

/// Shows what the workflow would change now, asks, and makes it live. A plan that cannot be computed (an empty directory,
/// a system that does not answer) is told and does not stand in the way: nothing runs by being activated.
async fn activate(session: &Session<'_>, id: &str, yes: bool) -> Result<u8, Failure> {
    let client = session.client().await?;
    let path = format!("/workflows/{}/activate", encode(id));
    if !yes {
        match super::run::compute_plan(session, &client, id, serde_json::Map::new(), 5).await {
            Ok(plan) if !session.json() => super::shown::plan(session, &plan),
            Ok(_) => {}
            Err(failure) => output::say(&format!("no plan to show: {}", failure.message)),
        }
        if !output::can_ask() {
            return Err(Failure::new("activation needs a confirmation").hint("add --yes"));
        }
        if !output::ask(&format!("Activate {id}?")).await {
            output::say("not activated");
            return Ok(exit::FAILED);
        }
    }
    let active = client.post(&path, &json!({"actor": session.environment.user})).await?;
    for notice in active["notices"].as_array().into_iter().flatten() {
        output::say(&format!("note: {}", output::cell(notice)));
    }
    tell(session, &active, &format!("workflow {id} is active (version {})", active["active"]));
    Ok(exit::DONE)
}
