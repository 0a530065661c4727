//! `idflow graph`, `idflow schema` and `idflow completions`.

use std::path::{Path, PathBuf};

use super::{Failure, Lang, Session, arguments, client::encode, exit, lang::say, output};
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

/// Runs `idflow man`: a page for each command.
pub fn man(session: &Session<'_>, folder: &Path) -> Result<u8, Failure> {
    let name = folder.display();
    let failed = |error: std::io::Error| Failure::file(&name, &error);
    std::fs::create_dir_all(folder).map_err(failed)?;
    clap_mangen::generate_to(arguments::command(session.lang), folder).map_err(failed)?;
    output::say(&say!(session.lang, "手册页已写入 {name}", "the pages of the manual are in {name}"));
    Ok(exit::DONE)
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
