//! `idflow schema`, `idflow completions` and `idflow man`.

use std::path::Path;

use super::{Failure, Lang, Session, arguments, exit, lang::say, output};
use crate::{connectors, workflow};

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
