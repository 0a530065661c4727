//! How is a problem shown?

use super::{Lang, lang::say, output};
use crate::contract::problem::Issue;

/// A problem in words, with the next step. The code stands behind the words: it is for whoever looks it up.
pub fn problem(lang: Lang, problem: &Issue, indent: &str) {
    let (code, reason, hint) = (&problem.code, lang.of(&problem.reason), lang.of(&problem.hint));
    let field = problem.field.as_ref().map(|field| say!(lang, "，{field}", ", {field}")).unwrap_or_default();
    output::data(&say!(lang, "{indent}{reason}（{code}{field}）", "{indent}{reason} ({code}{field})"));
    if !hint.is_empty() {
        let space = " ".repeat(indent.len() - indent.trim_start().len());
        output::data(&format!("{space}→ {hint}"));
    }
}
