//! `idflow graph`.

use std::path::PathBuf;

use super::{Failure, Session, client::encode, exit, output};
use crate::{app::workflows::draw, contract::workflow::Picture};

/// What to draw.
#[derive(Debug, clap::Args)]
pub struct GraphArgs {
    /// A workflow, a template, or a workflow file.
    workflow: String,
    /// Format: text, dot, svg or mermaid.
    #[arg(long, default_value = "text")]
    format: String,
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
