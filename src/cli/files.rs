//! `idflow validate` and `idflow graph`.

use std::path::PathBuf;

use serde_json::Value;

use super::{Failure, Lang, Session, client::encode, exit, output};
use crate::{
    app::workflows::draw,
    connectors,
    workflow::{
        self, Environment,
        diagnostic::{Language, Severity, Source},
        library::Library,
    },
};

/// What to check.
#[derive(Debug, clap::Args)]
pub struct ValidateArgs {
    /// Workflow files, or folders of them; several are checked against each other.
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

/// What to draw.
#[derive(Debug, clap::Args)]
pub struct GraphArgs {
    /// A workflow, a template, or a workflow file.
    workflow: String,
    /// text, dot, svg or mermaid.
    #[arg(long, default_value = "text")]
    format: String,
}

/// Runs `idflow validate`. Several files, or those of a folder, are checked against each other too.
pub fn validate(session: &Session<'_>, args: &ValidateArgs) -> Result<u8, Failure> {
    let mut texts: Vec<(String, String)> = Vec::new();
    for path in paths(&args.files)? {
        let file = path.display().to_string();
        let bytes = std::fs::read(&path).map_err(|error| Failure::new(format!("{file}: {error}")))?;
        let text = String::from_utf8(bytes).map_err(|error| {
            Failure::new(format!("{file}: byte {} is not UTF-8", error.utf8_error().valid_up_to()))
                .hint("save the file as UTF-8")
        })?;
        texts.push((file, text));
    }
    let library = (texts.len() > 1).then(|| {
        let environment = Environment { connectors: connectors::ALL, ..Environment::default() };
        let mut library = Library::default();
        for (file, text) in &texts {
            library.extend(workflow::compile(file, text, &environment).workflow.as_ref());
        }
        library
    });
    let environment = Environment { connectors: connectors::ALL, library: library.as_ref() };
    let mut all: Vec<Value> = Vec::new();
    let mut broken = false;
    for (file, text) in &texts {
        let outcome = workflow::compile(file, text, &environment);
        broken |= outcome.workflow.is_none();
        if session.json() {
            let source = Source::new(file, text);
            all.extend(outcome.diagnostics.iter().map(|finding| finding.to_json(&source)));
        } else {
            show(session, file, text, &outcome);
        }
    }
    if session.json() {
        output::json(&all.into());
    }
    Ok(if broken { exit::FAILED } else { exit::DONE })
}

/// The files that are named, and for a folder its workflows; the tests beside them are none.
fn paths(given: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut paths = Vec::new();
    for path in given {
        if !path.is_dir() {
            paths.push(path.clone());
            continue;
        }
        let wrong = |error: std::io::Error| Failure::new(format!("{}: {error}", path.display()));
        let before = paths.len();
        for entry in std::fs::read_dir(path).map_err(wrong)? {
            let file = entry.map_err(wrong)?.path();
            let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let yaml = name.ends_with(".yaml") || name.ends_with(".yml");
            if yaml && !name.ends_with(".test.yaml") && !name.ends_with(".test.yml") {
                paths.push(file);
            }
        }
        paths[before..].sort();
        if paths.len() == before {
            return Err(Failure::new(format!("{}: no workflow files in this folder", path.display())));
        }
    }
    Ok(paths)
}

/// Shows what the compiler finds in a file.
pub fn show_findings(session: &Session<'_>, file: &str, text: &str) {
    let environment = Environment { connectors: connectors::ALL, ..Environment::default() };
    show(session, file, text, &workflow::compile(file, text, &environment));
}

fn show(session: &Session<'_>, file: &str, text: &str, outcome: &workflow::Outcome) {
    let language = if session.lang == Lang::Zh { Language::Zh } else { Language::En };
    let colour = output::is_terminal() && !session.environment.no_color;
    let source = Source::new(file, text);
    for finding in &outcome.diagnostics {
        output::say(&finding.render(&source, language, colour));
    }
    let errors = outcome.diagnostics.iter().filter(|finding| finding.severity == Severity::Error).count();
    let warnings = outcome.diagnostics.len() - errors;
    output::say(&match session.lang {
        Lang::Zh => format!("{file}：{errors} 个错误，{warnings} 个警告"),
        Lang::En => format!("{file}: {errors} errors, {warnings} warnings"),
    });
}

/// Runs `idflow graph`.
pub async fn graph(session: &Session<'_>, args: &GraphArgs) -> Result<u8, Failure> {
    let path = PathBuf::from(&args.workflow);
    let lang = session.lang.key();
    let picture = if path.extension().is_some() && path.is_file() {
        let text =
            std::fs::read_to_string(&path).map_err(|error| Failure::new(format!("{}: {error}", path.display())))?;
        draw(&args.workflow, &text, &args.format, lang).map_err(|error| Failure {
            message: error.message,
            hint: error.hint,
            details: error.details,
        })?
    } else {
        let path = format!("/workflows/{}/graph?format={}&lang={lang}", encode(&args.workflow), encode(&args.format));
        output::cell(&session.client().await?.get(&path).await?["picture"])
    };
    output::data(&picture);
    Ok(exit::DONE)
}
