//! Conditions: CEL expressions that are true or false for the scope, or for one object of a list.
//!
//! The `cel` crate parses; `check` finds the type of every part on its public tree; `rule` turns what people usually
//! write (comparisons, `in`, `&&`, `||`, `!`) into a small tree of our own that compares by field type and needs no
//! allocation per object, and leaves the rest to CEL's interpreter. Length, nesting and loops are capped before and while
//! parsing, because a sum of a thousand terms would exhaust a worker's stack.
//!
//! Deliberately absent: a clock, random numbers, anything that changes the world.

use std::sync::Arc;

use idflow_sdk::{Problem, Record, Schema};

use super::{compiled::Scope, diagnostic::Diagnostic, names::Names, yaml::Node};

mod check;
mod constant;
pub mod functions;
mod interpreter;
mod position;
mod rule;
mod slips;
#[cfg(test)]
mod tests;

use check::Checked;
use rule::Rule;

/// A compiled condition.
#[derive(Debug, Clone)]
pub struct Condition {
    text: Box<str>,
    variable: Option<Box<str>>,
    constant: Option<bool>,
    rule: Arc<Rule>,
}

/// What a condition may read: the same table of names as templates.
pub type Types<'a> = Names<'a>;

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
    pub fn compile(node: &Node, source: &str, types: &Types<'_>) -> Result<Self, Vec<Diagnostic>> {
        let mut findings = Vec::new();
        let Some(Checked { expr, ty, constant }) = check::check(node, source, types, &mut findings) else {
            return Err(findings);
        };
        if !ty.is_bool() {
            let (zh, en) = ty.title();
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
        let variable = types.object.map(|object| object.variable.into());
        Ok(Self { text: text.into(), variable, constant, rule: Arc::new(rule::compile(expr, types)) })
    }

    /// Its value, if that is the same whatever is read.
    #[must_use]
    pub const fn constant(&self) -> Option<bool> {
        self.constant
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

    /// Whether it holds for one object, which has the name `variable` in it.
    ///
    /// # Errors
    /// It cannot be decided, for example because a part has no value.
    pub fn test_record(
        &self,
        record: &Record,
        schema: &Schema,
        variable: &str,
        scope: &Scope,
    ) -> Result<bool, Problem> {
        self.rule
            .test(&rule::Data { object: Some((record, schema, variable)), scope })
            .map_err(|what| self.failed(what))
    }

    /// Whether it holds for the scope.
    ///
    /// # Errors
    /// It cannot be decided.
    pub fn test(&self, scope: &Scope) -> Result<bool, Problem> {
        self.rule.test(&rule::Data { object: None, scope }).map_err(|what| self.failed(what))
    }

    fn failed(&self, what: String) -> Problem {
        Problem::new("condition_failed").arg("expression", &*self.text).arg("what", what)
    }
}

/// The largest compiled pattern, in bytes: enough for any name or number, little enough to be made at once.
const MAX_PATTERN: usize = 1 << 20;

/// The pattern of `matches`.
fn pattern(text: &str) -> Result<regex::Regex, regex::Error> {
    regex::RegexBuilder::new(text).size_limit(MAX_PATTERN).nest_limit(50).build()
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
