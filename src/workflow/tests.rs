//! Whole files: the shipped templates, and one broken file for each code.

use super::diagnostic::{Language, Severity, Source};
use super::*;

mod broken;
mod robust;
mod shipped;
mod speed;

pub(crate) fn connectors() -> Vec<&'static ConnectorSpec> {
    vec![&idflow_directory::SPEC, &idflow_wecom::SPEC, &idflow_csv::SPEC]
}

/// Compiles against the real tables.
pub(crate) fn compiled(text: &str) -> Outcome {
    compile("flow.yaml", text, &Environment { connectors: &connectors() })
}

/// The findings as a reader sees them, for messages of failed tests.
pub(crate) fn shown(text: &str, outcome: &Outcome) -> String {
    let source = Source::new("flow.yaml", text);
    outcome.diagnostics.iter().map(|finding| finding.render(&source, Language::En, false) + "\n").collect()
}

/// A file that must be right.
pub(crate) fn good(text: &str) -> Workflow {
    let outcome = compiled(text);
    let errors = outcome.diagnostics.iter().filter(|finding| finding.severity == Severity::Error).count();
    assert_eq!(errors, 0, "{}", shown(text, &outcome));
    outcome.workflow.unwrap()
}
