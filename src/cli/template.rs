//! `idflow template`.

use super::{Failure, Lang, Session, client::encode, exit, output};
use crate::contract::template::Template;

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
}

/// Runs the command.
pub async fn run(session: &Session<'_>, command: Command) -> Result<u8, Failure> {
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
    }
    Ok(exit::DONE)
}
