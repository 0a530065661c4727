//! `idflow connection`.

use std::{collections::BTreeMap, io::Read};

use serde_json::{Value, json};

use super::{Failure, Session, client::encode, exit, output};
use crate::app::connect::FOLDER;

/// What to do with connections.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Add a connection, or change the one of that name: what is not given stays.
    Add(Add),
    /// List connections.
    List,
    /// Show one: its settings, which secrets it has, which workflows use it.
    Show {
        /// The connection.
        name: String,
    },
    /// Remove one that no workflow uses and through which nothing is linked.
    Remove {
        /// The connection.
        name: String,
    },
    /// Show what a connector asks for, and where to find each value.
    Settings {
        /// The connector, for example `wecom`.
        connector: String,
    },
    /// Try settings, secrets and rights with harmless calls.
    Test {
        /// The connection.
        name: String,
    },
}

/// A connection to add.
#[derive(Debug, clap::Args)]
pub struct Add {
    /// The connector, for example `wecom`.
    connector: String,
    /// The name of the connection: lower-case letters, digits and `_`.
    #[arg(long)]
    name: String,
    /// A setting of the connector; can be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    settings: Vec<String>,
    /// A secret: from the environment (`env:NAME`), a file (`file:PATH`) or standard input (`-`); never the secret itself.
    #[arg(long = "secret", value_name = "KEY=env:NAME|file:PATH|-")]
    secrets: Vec<String>,
}

/// Runs the command.
pub async fn run(session: &Session<'_>, command: Command) -> Result<u8, Failure> {
    match command {
        Command::Add(add) => self::add(session, add).await,
        Command::List => list(session).await,
        Command::Show { name } => show(session, &name).await,
        Command::Remove { name } => {
            let client = session.client().await?;
            let removed = client.delete(&format!("/connections/{}", encode(&name))).await?;
            if session.json() {
                output::json(&removed);
            } else {
                output::data(&format!("connection {name} is removed"));
            }
            Ok(exit::DONE)
        }
        Command::Settings { connector } => settings(session, &connector).await,
        Command::Test { name } => test(session, &name).await,
    }
}

fn pair(text: &str) -> Result<(String, String), Failure> {
    text.split_once('=').map(|(key, value)| (key.trim().to_string(), value.to_string())).ok_or_else(|| {
        Failure::new("a value is given as KEY=VALUE").hint("for example --set corp_id=ww0123456789abcdef")
    })
}

async fn add(session: &Session<'_>, add: Add) -> Result<u8, Failure> {
    let mut settings: BTreeMap<String, String> =
        add.settings.iter().map(|text| pair(text)).collect::<Result<_, _>>()?;
    // The folder that is meant is the one seen from here, whoever reads it later.
    if let Some(folder) = settings.get_mut(FOLDER).filter(|folder| !folder.is_empty())
        && let Ok(whole) = std::path::absolute(&*folder)
    {
        *folder = whole.display().to_string();
    }
    let mut secrets = BTreeMap::new();
    for text in &add.secrets {
        let (key, source) = pair(text)?;
        let value = secret(session, &key, &source)?;
        secrets.insert(key, value);
    }
    let body = json!({"connector": add.connector, "name": add.name, "settings": settings, "secrets": secrets});
    let added = session.beginning().await?.post("/connections", &body).await?;
    for notice in added["notices"].as_array().into_iter().flatten() {
        output::say(&format!("note: {}", output::cell(&notice[session.lang.key()])));
    }
    if session.json() {
        output::json(&added);
    } else {
        output::data(&format!(
            "connection {} ({}) saved",
            output::cell(&added["name"]),
            output::cell(&added["connector"])
        ));
        output::say(&format!("next: idflow connection test {}", output::cell(&added["name"])));
    }
    Ok(exit::DONE)
}

/// Reads a secret from where it is kept.
pub(super) fn secret(session: &Session<'_>, key: &str, source: &str) -> Result<String, Failure> {
    if source == "-" {
        let mut text = String::new();
        std::io::stdin()
            .read_to_string(&mut text)
            .map_err(|error| Failure::new(format!("`{key}`: standard input cannot be read: {error}")))?;
        return Ok(text);
    }
    if let Some(name) = source.strip_prefix("env:") {
        return session.environment.secret(name).ok_or_else(|| {
            Failure::new(format!("`{key}`: the environment has no variable {name}")).hint(format!("export {name}=…"))
        });
    }
    if let Some(path) = source.strip_prefix("file:") {
        return std::fs::read_to_string(path).map_err(|error| Failure::new(format!("`{key}`: {path}: {error}")));
    }
    Err(Failure::new(format!("`{key}`: a secret is not given on the command line, where others can see it"))
        .hint(format!("use --secret {key}=env:NAME, --secret {key}=file:PATH, or --secret {key}=- for standard input")))
}

async fn list(session: &Session<'_>) -> Result<u8, Failure> {
    let connections = session.client().await?.all("/connections", None).await?;
    if session.json() {
        output::json(&connections);
        return Ok(exit::DONE);
    }
    let mut table = output::table(&["name", "connector", "title", "settings", "secrets"]);
    for connection in connections.as_array().into_iter().flatten() {
        let settings = connection["settings"].as_object().into_iter().flatten();
        let settings =
            settings.map(|(key, value)| format!("{key}={}", output::cell(value))).collect::<Vec<_>>().join(" ");
        let secrets =
            connection["secrets"].as_array().into_iter().flatten().map(output::cell).collect::<Vec<_>>().join(" ");
        table.add_row([
            output::cell(&connection["name"]),
            output::cell(&connection["connector"]),
            output::cell(&connection["title"]),
            settings,
            secrets,
        ]);
    }
    output::data(&table.to_string());
    for connection in connections.as_array().into_iter().flatten().filter(|connection| !connection["sick"].is_null()) {
        let (sick, lang) = (&connection["sick"], session.lang.key());
        output::data(&format!(
            "{}: {} failures since {}; runs that start by themselves rest until {}",
            output::cell(&connection["name"]),
            sick["failures"],
            output::cell(&sick["since"]),
            output::cell(&sick["rests_until"]),
        ));
        output::data(&format!("  {}", output::cell(&sick["error"]["reason"][lang])));
        output::data(&format!("  → {}", output::cell(&sick["error"]["hint"][lang])));
    }
    Ok(exit::DONE)
}

async fn show(session: &Session<'_>, name: &str) -> Result<u8, Failure> {
    let connection = session.client().await?.get(&format!("/connections/{}", encode(name))).await?;
    if session.json() {
        output::json(&connection);
        return Ok(exit::DONE);
    }
    output::data(&format!("connection {name} ({})", output::cell(&connection["connector"])));
    for (key, value) in connection["settings"].as_object().into_iter().flatten() {
        output::data(&format!("  {key} = {}", output::cell(value)));
    }
    for secret in connection["secrets"].as_array().into_iter().flatten() {
        output::data(&format!("  {} is set", output::cell(secret)));
    }
    let workflows = connection["workflows"].as_array().into_iter().flatten().map(output::cell).collect::<Vec<_>>();
    let workflows = if workflows.is_empty() { "none".to_string() } else { workflows.join(", ") };
    output::data(&format!("  workflows: {workflows}; linked objects: {}", connection["links"]));
    output::data(&format!("  changed {}", output::when(&connection["changed"])));
    Ok(exit::DONE)
}

async fn settings(session: &Session<'_>, connector: &str) -> Result<u8, Failure> {
    let asked = session.client().await?.get(&format!("/connectors/{}/settings", encode(connector))).await?;
    if session.json() {
        output::json(&asked);
        return Ok(exit::DONE);
    }
    let lang = session.lang.key();
    let word = |zh: &'static str, en: &'static str| if lang == "zh" { zh } else { en };
    for setting in asked["settings"].as_array().into_iter().flatten() {
        let mut marks = Vec::new();
        if setting["required"] == true {
            marks.push(word("必填", "needed").to_owned());
        }
        if setting["secret"] == true {
            marks.push(word("密钥，用 --secret 给出", "a secret, given by --secret").to_owned());
        }
        if let Some(default) = setting["default"].as_str() {
            marks.push(format!("{} {default}", word("默认", "default")));
        }
        let marks = if marks.is_empty() { String::new() } else { format!("  ({})", marks.join(", ")) };
        output::data(&format!("{}{marks}", output::cell(&setting["name"])));
        output::data(&format!("    {}", output::cell(&setting["doc"][lang])));
    }
    Ok(exit::DONE)
}

async fn test(session: &Session<'_>, name: &str) -> Result<u8, Failure> {
    let report = session.client().await?.post(&format!("/connections/{}/test", encode(name)), &Value::Null).await?;
    let code = if report["ok"] == true { exit::DONE } else { exit::FAILED };
    if session.json() {
        output::json(&report);
        return Ok(code);
    }
    let lang = session.lang.key();
    for finding in report["findings"].as_array().into_iter().flatten() {
        let sign = if finding["ok"] == true {
            "ok     "
        } else if finding["fatal"] == true {
            "FAILED "
        } else {
            "warning"
        };
        output::data(&format!("{sign} {}", output::cell(&finding["subject"])));
        if finding["ok"] != true {
            let error = &finding["error"];
            output::data(&format!(
                "        {}: {}",
                output::cell(&error["code"]),
                output::cell(&error["reason"][lang])
            ));
            output::data(&format!("        → {}", output::cell(&error["hint"][lang])));
        }
    }
    let capabilities = report["capabilities"].as_object().into_iter().flatten();
    let can = capabilities.filter(|(_, can)| **can == Value::Bool(true)).map(|(name, _)| name.as_str());
    output::data(&format!("can: {}", can.collect::<Vec<_>>().join(", ")));
    Ok(code)
}
