//! `idflow workflow`.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::{
    Failure, Lang, Session,
    client::encode,
    exit,
    lang::{Wrong, both},
    output,
};

/// What to do with workflows.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Make a workflow from a template or a file; an existing id gets a new version.
    Create(Create),
    /// List workflows: what starts each, when next, and how its last run ended.
    List {
        /// Include archived workflows.
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
    /// Archive a workflow: nothing starts it any more and it is not listed. Its runs stay; activating it brings it back.
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
    /// Pause its triggers.
    Pause {
        /// The workflow.
        id: String,
    },
    /// Show the addresses that start it from outside (`on.webhook`), or make a new secret for one.
    Hook {
        /// The workflow.
        id: String,
        /// Make a new secret for this path. It is shown this once; the old one ends at once, unless `--keep-old` says otherwise.
        #[arg(long, value_name = "PATH")]
        new_secret: Option<String>,
        /// How long the old secret stays good beside the new one, at most 7d: time to change the callers.
        #[arg(long, value_name = "TIME", requires = "new_secret", value_parser = parse_time)]
        keep_old: Option<std::time::Duration>,
    },
}

/// A workflow to make.
#[derive(Debug, clap::Args)]
pub struct Create {
    /// The template it is made from; see `idflow template list`.
    #[arg(long, conflicts_with = "file")]
    template: Option<String>,
    /// The file it is made from.
    #[arg(long)]
    file: Option<PathBuf>,
    /// Its id; by default the one in the template or file.
    #[arg(long)]
    id: Option<String>,
    /// The connection that an alias of the workflow stands for; can be repeated.
    #[arg(long = "connection", value_name = "ALIAS=NAME")]
    connections: Vec<String>,
}

/// Runs the command.
pub async fn run(session: &Session<'_>, command: Command) -> Result<u8, Failure> {
    match command {
        Command::Create(create) => self::create(session, create).await,
        Command::List { all } => list(session, all).await,
        Command::Show { id, number } => {
            let client = session.client().await?;
            let version = number.map(|version| format!("?version={version}")).unwrap_or_default();
            let shown = client.get(&format!("/workflows/{}/text{version}", encode(&id))).await?;
            // Beside the text: what it is doing, and what it could not start.
            let mut whole = client.get(&format!("/workflows/{}", encode(&id))).await?;
            for (name, value) in shown.as_object().into_iter().flatten() {
                whole[name] = value.clone();
            }
            tell(session, &whole, &output::cell(&whole["text"]));
            let refused =
                whole["hooks"].as_array().into_iter().flatten().filter_map(|hook| refused_call(session, hook));
            for line in told(session, &whole).into_iter().chain(refused) {
                output::say(&line);
            }
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
        Command::Hook { id, new_secret, keep_old } => {
            hook(session, &id, new_secret, keep_old.unwrap_or_default()).await
        }
    }
}

fn parse_time(text: &str) -> Result<std::time::Duration, Wrong> {
    crate::workflow::parse::scalar::parse_duration(text)
        .ok_or_else(|| Wrong(both!("时长写成 30m、2h 或 3d", "a time is written 30m, 2h or 3d")))
}

async fn hook(
    session: &Session<'_>,
    id: &str,
    new_secret: Option<String>,
    keep_old: std::time::Duration,
) -> Result<u8, Failure> {
    let client = session.client().await?;
    let route = format!("/workflows/{}/hooks", encode(id));
    if let Some(path) = new_secret {
        let made = client.post(&route, &json!({"path": path, "keep_old_ms": keep_old.as_millis() as u64})).await?;
        if session.json() {
            output::json(&made);
        } else {
            output::data(&format!("url     {}", output::cell(&made["url"])));
            output::data(&format!("secret  {}", output::cell(&made["secret"])));
            output::data(&format!("send    {}", output::cell(&made["call"])));
            output::say("the secret is not shown again; give it to the caller and keep it nowhere else");
        }
        return Ok(exit::DONE);
    }
    let hooks = client.all(&route, None).await?;
    if session.json() {
        output::json(&hooks);
        return Ok(exit::DONE);
    }
    let mut table = output::table(&["url", "verify", "secret", "the caller sends"]);
    for hook in hooks.as_array().into_iter().flatten() {
        let secret = if hook["has_secret"] == true { "set" } else { "none: every call is refused" };
        table.add_row([
            output::cell(&hook["url"]),
            output::cell(&hook["verify"]),
            secret.to_string(),
            output::cell(&hook["call"]),
        ]);
    }
    output::data(&table.to_string());
    for line in hooks.as_array().into_iter().flatten().filter_map(|hook| refused_call(session, hook)) {
        output::say(&line);
    }
    output::say("the address begins with that of the server (`idflow serve --listen`); see docs/guide/triggers.md");
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
    if create.template.is_none() && create.file.is_none() {
        output::error(
            session.lang,
            "a workflow is made from a file or from a template",
            Some("--file FLOW.yaml, or --template NAME (`idflow template list` shows them)"),
        );
        return Ok(exit::USAGE);
    }
    let mut connections = Vec::new();
    for text in &create.connections {
        let pair = text.split_once('=').ok_or_else(|| {
            Failure::new(format!("`{text}` is not ALIAS=NAME")).hint("for example --connection wecom=main")
        })?;
        connections.push(json!({"alias": pair.0.trim(), "name": pair.1.trim()}));
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
    for notice in made["notices"].as_array().into_iter().flatten() {
        output::say(&format!("note: {}", output::cell(&notice[session.lang.key()])));
    }
    if !session.json() {
        output::say(&format!("next: idflow plan {id}, then idflow workflow activate {id}"));
    }
    Ok(exit::DONE)
}

async fn list(session: &Session<'_>, all: bool) -> Result<u8, Failure> {
    let mut workflows = session.client().await?.all("/workflows", None).await?;
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
            state(session, workflow),
            output::cell(&workflow["active"]),
            output::cell(&workflow["runs"]),
            last,
            starts(session, workflow),
        ]);
    }
    output::data(&table.to_string());
    for workflow in workflows.as_array().into_iter().flatten() {
        for line in told(session, workflow) {
            output::say(&format!("{}: {line}", output::cell(&workflow["id"])));
        }
    }
    Ok(exit::DONE)
}

/// Its state, and that it does not compile any more.
fn state(session: &Session<'_>, workflow: &Value) -> String {
    let state = output::cell(&workflow["state"]);
    match (workflow["broken"].is_null(), session.lang) {
        (true, _) => state,
        (false, Lang::Zh) => format!("{state}，无法编译"),
        (false, Lang::En) => format!("{state}, does not compile"),
    }
}

/// What people must know of it: that it does not compile, and due times that started nothing.
fn told(session: &Session<'_>, workflow: &Value) -> Vec<String> {
    let lang = session.lang.key();
    let zh = session.lang == Lang::Zh;
    let mut lines = Vec::new();
    if !workflow["broken"].is_null() {
        let why = format!(
            "{} {}",
            output::cell(&workflow["broken"]["code"]),
            output::cell(&workflow["broken"]["message"][lang])
        );
        lines.push(if zh {
            format!("这个版本的 idflow 不能编译它，触发器都不启动：{}", why.trim())
        } else {
            format!(
                "this version of idflow cannot compile it, and none of its triggers starts anything: {}",
                why.trim()
            )
        });
    }
    for schedule in workflow["schedules"].as_array().into_iter().flatten() {
        for missed in schedule["missed"].as_array().into_iter().flatten().rev().take(1) {
            let (count, due) = (output::cell(&missed["count"]), output::cell(&missed["due"]));
            let why = output::cell(&missed["why"]["reason"][lang]);
            lines.push(if zh {
                format!("{count} 次到时没有启动，最近一次 {due}：{why}")
            } else {
                format!("{count} due times started nothing, the last at {due}: {why}")
            });
        }
    }
    lines
}

/// The newest call of an address that started nothing.
fn refused_call(session: &Session<'_>, hook: &Value) -> Option<String> {
    let refused = hook.get("refused").filter(|refused| !refused.is_null())?;
    let (url, at) = (output::cell(&hook["url"]), output::cell(&refused["at"]));
    let why = output::cell(&refused["why"]["reason"][session.lang.key()]);
    Some(match session.lang {
        Lang::Zh => format!("{url}：{at} 的调用没有启动：{why}"),
        Lang::En => format!("{url}: a call at {at} started nothing: {why}"),
    })
}

/// What starts a workflow, in a line for each.
fn starts(session: &Session<'_>, workflow: &Value) -> String {
    let zh = session.lang == Lang::Zh;
    let triggers = &workflow["triggers"];
    let mut lines = Vec::new();
    for schedule in triggers["schedules"].as_array().into_iter().flatten() {
        let rule = format!("{} {}", output::cell(&schedule["cron"]), output::cell(&schedule["timezone"]));
        lines.push(match schedule["next"].is_null() {
            true => rule,
            false => format!("{rule}, next {}", output::when(&schedule["next"])),
        });
    }
    for other in triggers["after"].as_array().into_iter().flatten().map(output::cell) {
        lines.push(if zh { format!("在 {other} 之后") } else { format!("after {other}") });
    }
    for path in triggers["webhooks"].as_array().into_iter().flatten() {
        lines.push(format!("webhook {}", output::cell(path)));
    }
    for event in workflow["events"].as_array().into_iter().flatten() {
        let alias = output::cell(&event["connection"]);
        lines.push(if zh {
            format!("{alias} 的事件（还收不到）")
        } else {
            format!("events of {alias} (not received yet)")
        });
    }
    if triggers["manual"] == true && lines.is_empty() {
        lines.push(if zh { "手动".into() } else { "by hand".into() });
    }
    lines.join("\n")
}

/// Shows what the workflow would change now, asks, and makes it live. A plan that cannot be computed (an empty directory,
/// a system that does not answer) is told and does not stand in the way: nothing runs by being activated.
async fn activate(session: &Session<'_>, id: &str, yes: bool) -> Result<u8, Failure> {
    let client = session.client().await?;
    let path = format!("/workflows/{}/activate", encode(id));
    if !yes {
        match super::run::compute_plan(&client, id, serde_json::Map::new(), 5).await {
            Ok(plan) if !session.json() => super::shown::plan(session, &plan),
            Ok(_) => {}
            Err(failure) => output::say(&format!("no plan to show: {}", failure.words(session.lang).0)),
        }
        if !output::can_ask() {
            return Err(Failure::new("activation needs a confirmation").hint("add --yes"));
        }
        if !output::ask(&format!("Activate {id}?")).await {
            output::say("not activated");
            return Ok(exit::FAILED);
        }
    }
    let active = client.post(&path, &Value::Null).await?;
    for notice in active["notices"].as_array().into_iter().flatten() {
        output::say(&format!("note: {}", output::cell(&notice[session.lang.key()])));
    }
    tell(session, &active, &format!("workflow {id} is active (version {})", active["active"]));
    Ok(exit::DONE)
}
