//! `idflow template`.

use std::path::PathBuf;

use super::{Failure, Lang, Session, client::encode, exit, output, template_bundle};
use crate::contract::template::{ExportTemplates, Prerequisites, Template};

/// What to do with templates.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// List templates.
    List,
    /// Show a template's YAML.
    Show {
        /// The template.
        id: String,
    },
    /// Show what a template needs, and whether it is so now.
    Check {
        /// The template.
        id: String,
        /// A connection to ask whether it may do what the template needs.
        #[arg(long)]
        connection: Option<String>,
    },
    /// Put workflows and templates into a bundle that this installation signs.
    Export {
        /// The bundle.
        file: PathBuf,
        /// A workflow: its newest version becomes a template.
        #[arg(long = "workflow", value_name = "ID")]
        workflows: Vec<String>,
        /// A template of one's own.
        #[arg(long = "template", value_name = "ID")]
        templates: Vec<String>,
        /// Replace the file if it is there.
        #[arg(long)]
        overwrite: bool,
    },
    /// Take the templates of a bundle whose key is trusted.
    Import {
        /// The bundle.
        file: PathBuf,
        /// For all tenants, not for this one only.
        #[arg(long)]
        all_tenants: bool,
    },
    /// Remove a template that came in a bundle. Workflows that were made from it stay.
    Remove {
        /// The template.
        id: String,
    },
    /// List the keys whose bundles are taken.
    Keys,
    /// Trust the key of a bundle, after its fingerprint was compared with whoever made it.
    Trust {
        /// The bundle.
        file: PathBuf,
        /// The fingerprint, as whoever made the bundle tells it.
        fingerprint: String,
        /// Whose key it is.
        #[arg(long)]
        name: String,
    },
    /// Trust a key no longer. Templates that came by it stay.
    Distrust {
        /// Its fingerprint.
        fingerprint: String,
    },
}

/// Runs the command.
pub async fn run(session: &Session<'_>, command: Command) -> Result<u8, Failure> {
    let command = match command {
        Command::Check { id, connection } => return check(session, &id, connection.as_deref()).await,
        Command::Export { file, workflows, templates, overwrite } => {
            return template_bundle::export(session, &file, overwrite, ExportTemplates { templates, workflows }).await;
        }
        Command::Import { file, all_tenants } => return template_bundle::import(session, &file, all_tenants).await,
        Command::Remove { id } => return template_bundle::remove(session, &id).await,
        Command::Keys => return template_bundle::keys(session).await,
        Command::Trust { file, fingerprint, name } => {
            return template_bundle::trust(session, &file, fingerprint, name).await;
        }
        Command::Distrust { fingerprint } => return template_bundle::distrust(session, &fingerprint).await,
        other => other,
    };
    let client = session.shipped().await?;
    let lang = session.lang;
    match command {
        Command::List => {
            let templates: Vec<Template> = client.list("/templates", None).await?;
            if session.json() {
                output::json(&templates);
                return Ok(exit::DONE);
            }
            let mut table = output::table(&match lang {
                Lang::Zh => ["模板", "名称", "类别", "账号连接"],
                Lang::En => ["template", "name", "category", "connections"],
            });
            for template in &templates {
                table.add_row([
                    template.id.clone(),
                    lang.of(&template.name).to_string(),
                    template.labels.get("category").cloned().unwrap_or_default(),
                    lang.list(template.connections.iter().map(|alias| &alias.alias)),
                ]);
            }
            output::show(table);
        }
        Command::Show { id } => {
            let template: Template = client.fetch(&format!("/templates/{}", encode(&id))).await?;
            if session.json() {
                output::json(&template);
            } else {
                output::data(template.text.as_deref().unwrap_or_default());
            }
        }
        _ => {}
    }
    Ok(exit::DONE)
}

/// What a template needs.
async fn check(session: &Session<'_>, id: &str, connection: Option<&str>) -> Result<u8, Failure> {
    let query = connection.map(|name| format!("?connection={}", encode(name))).unwrap_or_default();
    let path = format!("/templates/{}/prerequisites{query}", encode(id));
    let found: Prerequisites = session.client().await?.fetch(&path).await?;
    let code = if found.ok { exit::DONE } else { exit::FAILED };
    if session.json() {
        output::json(&found);
        return Ok(code);
    }
    let lang = session.lang;
    for item in &found.items {
        let sign = match item.ok {
            Some(true) => lang.pick("满足", "ok     "),
            Some(false) => lang.pick("缺少", "MISSING"),
            None => lang.pick("未查", "unasked"),
        };
        output::data(&format!("{sign} {}", lang.of(&item.title)));
        if let Some(error) = &item.error {
            super::shown::problem(lang, error, "        ");
        }
    }
    Ok(code)
}
