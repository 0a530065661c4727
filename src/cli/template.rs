//! `idflow template`.

use super::{Failure, Lang, Session, client::encode, exit, output};
use crate::contract::template::{Prerequisites, Template};

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
}

/// Runs the command.
pub async fn run(session: &Session<'_>, command: Command) -> Result<u8, Failure> {
    if let Command::Check { id, connection } = &command {
        return check(session, id, connection.as_deref()).await;
    }
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
        Command::Check { .. } => {}
        Command::Show { id } => {
            let template: Template = client.fetch(&format!("/templates/{}", encode(&id))).await?;
            if session.json() {
                output::json(&template);
            } else {
                output::data(template.text.as_deref().unwrap_or_default());
            }
        }
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
