//! `idflow directory`.

use std::{collections::HashMap, path::PathBuf};

use serde_json::{Value, json};

use super::{Client, Failure, Session, client::encode, exit, output};

/// What to do with the directory.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Take departments.csv and users.csv of a folder as the full state.
    Import {
        /// The folder.
        folder: PathBuf,
        /// Approve the plan as computed, limits included; source checks stay.
        #[arg(long)]
        yes: bool,
    },
    /// Show what the directory holds: counts, departments or people.
    Show {
        /// List these instead of counts: department or user.
        kind: Option<String>,
        /// Only those that contain this text.
        #[arg(long)]
        find: Option<String>,
        /// Maximum number to show.
        #[arg(long, default_value_t = 100)]
        limit: usize,
        /// Show phone numbers, e-mail addresses and the like as they are.
        #[arg(long)]
        reveal: bool,
    },
}

/// Runs the command.
pub async fn run(session: &Session<'_>, command: Command) -> Result<u8, Failure> {
    match command {
        Command::Import { folder, yes } => {
            let folder = std::fs::canonicalize(&folder).map_err(|error| {
                Failure::new(format!("{}: {error}", folder.display()))
                    .hint("give a folder with departments.csv and users.csv")
            })?;
            let client = session.beginning().await?;
            client.recover().await?;
            let body = json!({"folder": folder.display().to_string(), "approve": yes});
            let started = client.post("/directory/import", &body).await?;
            super::run::follow(session, &client, &output::cell(&started["run"]), yes).await
        }
        Command::Show { kind, find, limit, reveal } => {
            let client = session.client().await?;
            let shown = match &kind {
                None => client.get("/directory").await?,
                Some(kind) => {
                    let find = find.map(|find| format!("&find={}", encode(&find))).unwrap_or_default();
                    let path = format!("/directory/objects?kind={}&reveal={reveal}{find}", encode(kind));
                    client.all(&path, Some(limit)).await?
                }
            };
            if session.json() {
                output::json(&shown);
            } else if let Some(objects) = shown.as_array() {
                let paths = paths(&client).await?;
                let departments = kind.as_deref() == Some("department");
                let mut table = output::table(match departments {
                    true => &["id", "path", "status"][..],
                    false => &["id", "name", "account", "status", "departments", "mobile", "e-mail"][..],
                });
                for object in objects {
                    let cell = |name: &str| output::cell(&object[name]);
                    let path = |id: &Value| paths.get(&output::cell(id)).cloned().unwrap_or_else(|| output::cell(id));
                    table.add_row(if departments {
                        vec![cell("id"), path(&object["id"]), cell("status")]
                    } else {
                        let memberships = object["departments"].as_array().into_iter().flatten();
                        let memberships = memberships.map(|membership| path(&membership["department"]));
                        vec![
                            cell("id"),
                            cell("name"),
                            cell("username"),
                            cell("status"),
                            memberships.collect::<Vec<_>>().join("\n"),
                            cell("mobile"),
                            cell("email"),
                        ]
                    });
                }
                output::data(&table.to_string());
            } else {
                for (kind, counts) in shown["counts"].as_object().into_iter().flatten() {
                    let words = counts.as_object().into_iter().flatten();
                    let words = words.map(|(word, number)| format!("{number} {word}")).collect::<Vec<_>>().join(", ");
                    output::data(&format!("{kind}: {}", if words.is_empty() { "none" } else { &words }));
                }
            }
            Ok(exit::DONE)
        }
    }
}

/// The paths of all departments by id: an id says nothing to anybody.
async fn paths(client: &Client) -> Result<HashMap<String, String>, Failure> {
    let departments = client.all("/directory/objects?kind=department", None).await?;
    let departments: HashMap<String, (String, String)> = departments
        .as_array()
        .into_iter()
        .flatten()
        .map(|one| (output::cell(&one["id"]), (output::cell(&one["name"]), output::cell(&one["parent"]))))
        .collect();
    let path = |id: &String| {
        let mut names = Vec::new();
        let mut at = id;
        // A circle of parents, which nobody should be able to make, ends here.
        while let Some((name, parent)) = departments.get(at).filter(|_| names.len() < 100) {
            names.push(name.as_str());
            at = parent;
        }
        names.reverse();
        format!("/{}", names.join("/"))
    };
    Ok(departments.keys().map(|id| (id.clone(), path(id))).collect())
}
