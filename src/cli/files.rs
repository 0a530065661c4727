//! `idflow graph`, `idflow schema` and `idflow completions`.

use std::path::PathBuf;

use super::{Failure, Lang, Session, arguments, client::encode, exit, output};
use crate::{app::workflows::draw, connectors, contract::workflow::Picture, workflow};

/// What to draw.
#[derive(Debug, clap::Args)]
pub struct GraphArgs {
    /// A workflow, a template, or a workflow file.
    workflow: String,
    /// Format: text, dot, svg or mermaid.
    #[arg(long, default_value = "text")]
    format: String,
}

/// Runs `idflow schema`.
pub fn schema() -> u8 {
    output::json(&workflow::json_schema::workflow(connectors::ALL));
    exit::DONE
}

/// Runs `idflow completions`.
pub fn completions(lang: Lang, shell: clap_complete::Shell) -> u8 {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut arguments::command(lang), "idflow", &mut script);
    // A reader that has gone away has seen enough.
    let _ = output::bytes(&script);
    exit::DONE
}

/// Runs `idflow graph`.
pub async fn graph(session: &Session<'_>, args: &GraphArgs) -> Result<u8, Failure> {
    let path = PathBuf::from(&args.workflow);
    let lang = session.lang.key();
    let picture = if path.extension().is_some() && path.is_file() {
        let text = std::fs::read_to_string(&path).map_err(|error| Failure::file(path.display(), &error))?;
        draw(&args.workflow, &text, &args.format, lang)?
    } else {
        let path = format!("/workflows/{}/graph?format={}&lang={lang}", encode(&args.workflow), encode(&args.format));
        session.shipped().await?.fetch::<Picture>(&path).await?.picture
    };
    output::data(&picture);
    Ok(exit::DONE)
}
