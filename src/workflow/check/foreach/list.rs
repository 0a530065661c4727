//! What a loop goes over, as it is written.

use std::ops::Range;

use crate::workflow::{
    expression::{ListName, list_name},
    names::Local,
    syntax,
};

pub(super) const EXAMPLE: (&str, &str) =
    ("写作 `steps.read_directory.outputs.users`", "write `steps.read_directory.outputs.users`");

/// The names of all loops of a file.
pub fn locals<'a>(list: &'a [syntax::Step<'_>]) -> Vec<Local<'a>> {
    list.iter()
        .filter_map(|step| {
            let foreach = step.foreach.as_ref()?;
            let word = foreach.variable?;
            Some(Local { name: word.text, step: step.id.text, span: word.span })
        })
        .collect()
}

/// What `in` says.
pub(super) struct List<'t> {
    pub(super) name: ListName<'t>,
    pub(super) at: Range<usize>,
    /// Whether it stands in brackets.
    pub(super) bracketed: bool,
    /// `filter`: the variable, and the condition.
    pub(super) filter: Option<(&'t str, Range<usize>)>,
}

pub(super) fn parse(text: &str) -> Option<List<'_>> {
    let start = text.len() - text.trim_start().len();
    let whole = text.trim();
    if let Some(inner) = whole.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        let at = start + 1 + (inner.len() - inner.trim_start().len());
        let name = list_name(inner)?;
        return Some(List { name, at: at..at + inner.trim().len(), bracketed: true, filter: None });
    }
    if let Some((base, rest)) = whole.split_once(".filter(") {
        let rest = rest.strip_suffix(')')?;
        let (variable, condition) = rest.split_once(',')?;
        let name = list_name(base)?;
        let from = start + base.len() + ".filter(".len() + variable.len() + 1;
        let from = from + (condition.len() - condition.trim_start().len());
        let variable = variable.trim();
        let good = variable.starts_with(|c: char| c.is_ascii_lowercase())
            && variable.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        return good.then(|| List {
            name,
            at: start..start + base.len(),
            bracketed: false,
            filter: Some((variable, from..from + condition.trim().len())),
        });
    }
    let name = list_name(whole)?;
    Some(List { name, at: start..start + whole.len(), bracketed: false, filter: None })
}
