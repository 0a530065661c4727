//! Conditions: CEL expressions that are true or false for the scope, or for one object of a list.
//!
//! The `cel` crate parses; `lower` finds the type of every part and makes a tree of ours from it, in which names are resolved
//! and comparisons follow the type of the field; `evaluate` decides it for one object. Every accepted condition has an answer
//! for every object: what is missing is empty, and empty equals nothing. `prepare` works out once what is the same for all
//! objects. Length, nesting and loops are capped before and while parsing, because a sum of a thousand terms would exhaust a
//! worker's stack; what a condition costs is bounded for each object.
//!
//! Deliberately absent: a clock, random numbers, anything that changes the world.

use std::sync::Arc;

use idflow_sdk::{FieldId, Problem, Record};

use super::{
    diagnostic::{Diagnostic, Span},
    names::Names,
    scope::Scope,
    yaml::Node,
};

mod calls;
mod check;
mod compare;
mod constant;
mod cost;
mod dotted;
mod evaluate;
pub mod functions;
mod limits;
mod lower;
mod pattern;
mod position;
mod prepare;
#[cfg(test)]
mod properties;
mod sort;
mod span;
#[cfg(test)]
mod tests;
mod tree;
mod typos;
mod value;

use check::Checked;
use evaluate::{EACH, Evaluation, ONCE, Patterns};
pub use prepare::Prepared;

/// A compiled condition.
#[derive(Debug, Clone)]
pub struct Condition {
    text: Box<str>,
    variable: Option<Box<str>>,
    constant: Option<bool>,
    tree: Arc<tree::Node>,
}

/// An expression that names one list: `steps.ID.outputs.NAME`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListName<'a> {
    /// The step's id.
    pub step: &'a str,
    /// The output's name.
    pub output: &'a str,
}

impl Condition {
    /// Compiles the text of a node.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn compile(node: &Node, source: &str, names: &Names<'_>) -> Result<Self, Vec<Diagnostic>> {
        let mut findings = Vec::new();
        let Some(Checked { tree, sort, constant }) = check::check(node, source, names, &mut findings) else {
            return Err(findings);
        };
        if !sort.is_bool() {
            let (zh, en) = sort.title();
            findings.push(
                Diagnostic::new(
                    "E0407",
                    node.span,
                    format!("条件必须是真假值，这里是{zh}"),
                    format!("a condition is true or false; this is {en}"),
                )
                .help(
                    "写成比较，例如 `user.status == \"active\"`",
                    "write a comparison, for example `user.status == \"active\"`",
                ),
            );
        }
        if !findings.is_empty() {
            return Err(findings);
        }
        let text = node.text().unwrap_or_default();
        let variable = names.object.map(|object| object.variable.into());
        Ok(Self { text: text.into(), variable, constant, tree: Arc::new(tree) })
    }

    /// Its value, if that is the same whatever is read.
    #[must_use]
    pub const fn constant(&self) -> Option<bool> {
        self.constant
    }

    /// That it takes nobody, or everybody, whatever is read.
    #[must_use]
    pub fn same_for_all(&self, at: Span) -> Option<Diagnostic> {
        let (zh, en) = match self.constant? {
            true => ("这个条件总是成立", "this condition always holds"),
            false => ("这个条件永远不成立", "this condition never holds"),
        };
        let finding = Diagnostic::new("W0813", at, zh, en).help(
            "引号里的是文字，不是变量；把变量写在引号外面，或者去掉这个条件",
            "what stands in quotes is text and no name: write the name without quotes, or remove the condition",
        );
        Some(finding)
    }

    /// As written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The name that the object has in it, if it is about objects.
    #[must_use]
    pub fn variable(&self) -> Option<&str> {
        self.variable.as_deref()
    }

    /// Whether it reads this field of the object.
    #[must_use]
    pub fn reads(&self, field: FieldId) -> bool {
        self.tree.reads(field)
    }

    /// Made ready for many objects of one scope.
    #[must_use]
    pub fn prepare(&self, scope: &Scope) -> Prepared {
        Prepared::new(&self.text, &self.tree, scope)
    }

    /// Whether it holds for one object, worked out from the beginning.
    ///
    /// # Errors
    /// The work is above the bound.
    pub fn test_record(&self, record: &Record, scope: &Scope) -> Result<bool, Problem> {
        self.decide(Some(record), scope, EACH)
    }

    /// Whether it holds for the scope.
    ///
    /// # Errors
    /// The work is above the bound.
    pub fn test(&self, scope: &Scope) -> Result<bool, Problem> {
        self.decide(None, scope, ONCE)
    }

    fn decide(&self, record: Option<&Record>, scope: &Scope, work: u64) -> Result<bool, Problem> {
        if scope.stop.is_set() {
            return Err(stopped(&self.text));
        }
        Evaluation::new(record, &scope.root, &Patterns::default(), work, 0)
            .holds(&self.tree)
            .map_err(|_| too_long(&self.text))
    }
}

/// Deciding costs more than it may.
fn too_long(text: &str) -> Problem {
    Problem::new("condition_too_long").arg("expression", text)
}

/// Nobody waits for the answer any more.
fn stopped(text: &str) -> Problem {
    Problem::new("condition_stopped").arg("expression", text)
}

/// The names in `steps.ID.outputs.NAME`, if the text is that and nothing else.
#[must_use]
pub fn list_name(text: &str) -> Option<ListName<'_>> {
    let mut parts = text.trim().split('.').map(str::trim);
    let (root, step, outputs, output) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let word = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    (root == "steps" && outputs == "outputs" && parts.next().is_none() && word(step) && word(output))
        .then_some(ListName { step, output })
}

/// The two sides of `source.x == target.y`, in whatever order, with their bytes in the text.
#[derive(Debug)]
pub struct Pair<'a> {
    /// The field of the source.
    pub source: (&'a str, std::ops::Range<usize>),
    /// The field of the target.
    pub target: (&'a str, std::ops::Range<usize>),
}

/// Reads a rule of `match`.
#[must_use]
pub fn pair(text: &str) -> Option<Pair<'_>> {
    let (left, right) = text.split_once("==")?;
    let side = |part: &'_ str, offset: usize| {
        let trimmed = part.trim();
        let start = offset + (part.len() - part.trim_start().len());
        (start, start + trimmed.len())
    };
    let (left_at, right_at) = (side(left, 0), side(right, left.len() + 2));
    let field = |(start, end): (usize, usize), root: &str| {
        let name = text.get(start..end)?.strip_prefix(root)?.strip_prefix('.')?;
        let word = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        word.then_some((name, start..end))
    };
    if let (Some(source), Some(target)) = (field(left_at, "source"), field(right_at, "target")) {
        return Some(Pair { source, target });
    }
    Some(Pair { source: field(right_at, "source")?, target: field(left_at, "target")? })
}
