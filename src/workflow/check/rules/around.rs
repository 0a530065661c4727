//! What rules about a step look at.

use crate::workflow::check::{Scene, action::Action};
use crate::workflow::{
    diagnostic::{Diagnostic, Fix},
    syntax::{self, Written},
    yaml_edit,
};

/// What stands around a step.
pub struct Around<'a, 't> {
    pub list: &'a [syntax::Step<'t>],
    pub actions: &'a [Option<Action>],
    pub written: &'a Written<'t>,
    pub scene: &'a Scene<'a>,
}

impl Around<'_, '_> {
    /// The finding with an entry that could be added to a map: what is missing is not known for certain.
    pub(super) fn adding(&self, finding: Diagnostic, node: &crate::workflow::yaml::Node, entry: &str) -> Diagnostic {
        with_fix(finding, yaml_edit::add_entry(self.scene.source.text, node, entry))
    }
}

pub(super) fn with_fix(finding: Diagnostic, fix: Option<Fix>) -> Diagnostic {
    match fix {
        Some(fix) => finding.suggest(fix.span, fix.text),
        None => finding,
    }
}
