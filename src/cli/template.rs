//! `idflow template`.

use super::{Failure, Session, client::encode, exit, output};

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
    let lang = session.lang.key();
    match command {
        Command::List => {
            let templates = client.all("/templates", None).await?;
            if session.json() {
                output::json(&templates);
                return Ok(exit::DONE);
            }
            let mut table = output::table(&["template", "name", "category", "connections"]);
            for template in templates.as_array().into_iter().flatten() {
                let aliases = template["connections"].as_array().into_iter().flatten();
                table.add_row([
                    output::cell(&template["id"]),
                    output::cell(&template["name"][lang]),
                    output::cell(&template["labels"]["category"]),
                    aliases.map(|alias| output::cell(&alias["alias"])).collect::<Vec<_>>().join(", "),
                ]);
            }
            output::data(&table.to_string());
        }
        Command::Show { id } => {
            let template = client.get(&format!("/templates/{}", encode(&id))).await?;
            if session.json() {
                output::json(&template);
            } else {
                output::data(&output::cell(&template["text"]));
            }
        }
    }
    Ok(exit::DONE)
}
