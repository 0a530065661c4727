//! Values: Handlebars strings compiled to a small typed evaluator.
//!
//! The `handlebars` crate parses; names, types and helpers are checked once; then a template is a tree of expressions that is
//! evaluated against a [`Record`] without JSON and without looking names up. A string that is exactly one `{{…}}` keeps the
//! type of its value; anything else is text. Long texts with block helpers are rendered by handlebars itself (`block`).

use std::borrow::Cow;

use idflow_sdk::{Field, FieldId, Kind, Problem, Record, Value};

use super::{
    compiled::{References, Resolved, WhenUnresolved},
    diagnostic::Span,
    helpers::Helper,
    names::Ty,
    scope::Scope,
};

mod block;
mod compile;
pub mod convert;
mod limits;
#[cfg(test)]
mod properties;
mod slips;
mod tag;
#[cfg(test)]
mod tests;
mod typed;

pub use compile::{Options, compile};

/// A compiled template.
#[derive(Debug, Clone)]
pub struct Template {
    text: Box<str>,
    expr: Expr,
    ty: Ty,
    /// Where a value that may be empty comes from.
    empty: Option<Span>,
}

/// One node of a compiled template.
#[derive(Debug, Clone)]
pub(crate) enum Expr {
    /// A literal.
    Literal(Field),
    /// A field of the object at hand.
    Field(FieldId),
    /// A part of a field.
    Part(FieldId, Vec<String>),
    /// Something in the scope.
    Scope(Vec<String>),
    /// A helper.
    Call(Helper, Vec<Self>),
    /// Texts one after the other.
    Concat(Vec<Self>),
    /// A long text, rendered by handlebars.
    Block(std::sync::Arc<block::Block>),
}

/// What an expression gives.
#[derive(Debug, Clone)]
pub(crate) enum Got<'a> {
    /// A value.
    Value(Cow<'a, Value>),
    /// Known to be empty.
    Empty,
    /// The source does not show it.
    Hidden,
}

impl Got<'_> {
    pub(crate) fn owned(value: Value) -> Self {
        Got::Value(Cow::Owned(value))
    }

    pub(crate) fn text(text: &str) -> Self {
        match Field::from_text(text) {
            Field::Empty => Got::Empty,
            Field::Value(value) => Self::owned(value),
        }
    }
}

/// Why there is no value.
#[derive(Debug)]
pub(crate) enum Stop {
    /// A reference is not decided yet.
    Later,
    /// All references were left out: the field is not written.
    Absent,
    /// Another item stands in the way.
    Blocked(String),
    /// A rule is broken.
    Invalid(Problem),
}

/// What an expression is evaluated against.
pub(crate) struct Frame<'a> {
    pub template: &'a str,
    pub record: Option<&'a Record>,
    pub scope: &'a Scope,
    pub lookup: Option<Lookup<'a>>,
}

/// How references are looked up for one target field.
#[derive(Clone, Copy)]
pub(crate) struct Lookup<'a> {
    pub references: &'a dyn References,
    pub kind: Kind,
    pub policy: WhenUnresolved,
    pub unknown: &'static str,
    /// Whether the field holds the parent of a tree: then nothing means the root.
    pub parent: bool,
    /// Whether the target keeps `{department, leader}` entries rather than keys.
    pub members: bool,
    pub quiet: bool,
    pub warnings: &'a std::cell::RefCell<Vec<Problem>>,
}

impl Lookup<'_> {
    /// The target's key of one source object; `None` is left out.
    pub(crate) fn resolve(&self, key: &str) -> Result<Option<Value>, Stop> {
        match self.references.resolve(self.kind, key) {
            Resolved::Key(value) => return Ok(Some(value)),
            Resolved::Later => return Err(Stop::Later),
            Resolved::Top => return Ok(None),
            Resolved::Refused { item } if self.policy != WhenUnresolved::Omit => return Err(Stop::Blocked(item)),
            Resolved::Refused { .. } | Resolved::Unknown => {}
        }
        let problem = Problem::new(self.unknown_code(key)).arg("key", key);
        if self.policy != WhenUnresolved::Omit {
            return Err(Stop::Invalid(problem));
        }
        if !self.quiet {
            self.warnings.borrow_mut().push(problem);
        }
        Ok(None)
    }
}

impl Template {
    /// The literals that `default` and `coalesce` fall back to, as they may become the whole value.
    #[must_use]
    pub fn fallbacks(&self) -> Vec<&Value> {
        fn below<'e>(expr: &'e Expr, found: &mut Vec<&'e Value>) {
            let Expr::Call(Helper::Default | Helper::Coalesce, arguments) = expr else { return };
            for argument in arguments {
                match argument {
                    Expr::Literal(Field::Value(value)) => found.push(value),
                    other => below(other, found),
                }
            }
        }
        let mut found = Vec::new();
        below(&self.expr, &mut found);
        found
    }

    /// The texts that stand in every value, and whether something goes before them.
    #[must_use]
    pub fn fixed_parts(&self) -> Vec<(&str, bool)> {
        let Expr::Concat(parts) = &self.expr else { return Vec::new() };
        let literals = parts.iter().enumerate().filter_map(|(place, part)| match part {
            Expr::Literal(Field::Value(Value::Text(text))) => Some((text.as_str(), place > 0)),
            _ => None,
        });
        literals.collect()
    }

    /// A literal, as if it had been written without braces.
    #[must_use]
    pub fn literal(field: Field, ty: Ty) -> Self {
        Self { text: "".into(), expr: Expr::Literal(field), ty, empty: None }
    }

    /// A field of the object at hand, as if it had been written `{{source.name}}`.
    #[must_use]
    pub fn of_field(id: FieldId, ty: Ty, text: &str) -> Self {
        Self { text: text.into(), expr: Expr::Field(id), ty, empty: None }
    }

    /// The target's key of the object that a field refers to, as if it had been written `{{target_id source.parent}}`.
    #[must_use]
    pub fn target_id(id: FieldId) -> Self {
        let expr = Expr::Call(Helper::TargetId, vec![Expr::Field(id)]);
        Self { text: "{{target_id source.parent}}".into(), expr, ty: Ty::Reference, empty: None }
    }

    /// As written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The type of its value.
    #[must_use]
    pub const fn ty(&self) -> &Ty {
        &self.ty
    }

    /// The literal, if nothing has to be filled in.
    #[must_use]
    pub const fn constant(&self) -> Option<&Field> {
        match &self.expr {
            Expr::Literal(field) => Some(field),
            _ => None,
        }
    }

    /// The field, if the template is nothing but a field of the object at hand.
    #[must_use]
    pub const fn field(&self) -> Option<FieldId> {
        match self.expr {
            Expr::Field(id) => Some(id),
            _ => None,
        }
    }

    /// The place in the scope, if the template is nothing but a name there.
    #[must_use]
    pub fn scope_path(&self) -> Option<&[String]> {
        match &self.expr {
            Expr::Scope(path) => Some(path),
            _ => None,
        }
    }

    /// Where a value that may be empty comes from; `None` when there always is a value.
    #[must_use]
    pub const fn may_be_empty(&self) -> Option<Span> {
        self.empty
    }

    /// The fields of the object at hand that it reads.
    pub fn reads(&self, found: &mut Vec<FieldId>) {
        self.expr.reads(found);
    }

    /// Whether it uses this helper anywhere.
    pub(crate) fn uses(&self, test: impl Fn(Helper) -> bool + Copy) -> bool {
        self.expr.uses(test)
    }

    /// Its value for one object, or without one. `None` when the source hides what it needs.
    ///
    /// # Errors
    /// A value of the wrong type, naming the template. References need a mapping and are refused here.
    pub fn evaluate(&self, source: Option<&Record>, scope: &Scope) -> Result<Option<Field>, Problem> {
        let frame = Frame { template: &self.text, record: source, scope, lookup: None };
        match self.expr.evaluate(&frame) {
            Ok(Got::Value(value)) => Ok(Some(Field::Value(value.into_owned()))),
            Ok(Got::Empty) => Ok(Some(Field::Empty)),
            Ok(Got::Hidden) | Err(Stop::Absent | Stop::Later) => Ok(None),
            Err(Stop::Blocked(item)) => Err(cannot(&self.text, &item, &item)),
            Err(Stop::Invalid(problem)) => Err(problem),
        }
    }

    /// Its value as text; empty where there is none.
    ///
    /// # Errors
    /// The value is no text.
    pub fn render(&self, scope: &Scope) -> Result<String, Problem> {
        match self.evaluate(None, scope)? {
            Some(Field::Value(value)) => as_text(&value)
                .map(Cow::into_owned)
                .ok_or_else(|| cannot(&self.text, "值不是文本", "the value is no text")),
            _ => Ok(String::new()),
        }
    }

    pub(crate) fn fill<'a>(&'a self, frame: &Frame<'a>) -> Result<Got<'a>, Stop> {
        self.expr.evaluate(frame)
    }
}

impl Lookup<'_> {
    /// What an unknown key is most likely meant to be.
    fn unknown_code(&self, key: &str) -> &'static str {
        let path = || {
            self.kind == Kind::Department
                && !self.parent
                && !key.starts_with('/')
                && key.contains(['/', '\\', '>', '＞', '／'])
        };
        match self.unknown {
            "department_unknown" if path() => "department_by_path",
            "manager_unknown" if is_called(key) => "manager_by_name",
            other => other,
        }
    }
}

/// Whether what stands in the place of a key looks like what a person is called: in Chinese characters, or in several words of
/// letters.
fn is_called(key: &str) -> bool {
    let han = |c: char| matches!(c, '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{323af}' | '·');
    let letters = |c: char| c.is_alphabetic() || c == ' ' || ".'’-·".contains(c);
    key.chars().all(han) || (key.trim().contains(' ') && key.chars().all(letters))
}

/// What is said of a manager whom nobody knows by this key.
#[must_use]
pub fn manager_unknown(key: &str) -> Problem {
    Problem::new(if is_called(key) { "manager_by_name" } else { "manager_unknown" }).arg("key", key)
}

/// Whether a warning tells of a reference that nobody is at the other end of, and which was left out. Names in place of keys,
/// which are a whole column as a rule, are counted apart.
#[must_use]
pub fn is_unresolved(code: &str) -> bool {
    matches!(code, "manager_unknown" | "department_unknown" | "department_by_path" | "reference_unknown")
}

/// A template that cannot be filled.
pub(crate) fn cannot(template: &str, zh: &str, en: &str) -> Problem {
    Problem::new("template_value").arg("template", template).arg("what_zh", zh).arg("what_en", en)
}

/// A value as text, where that loses nothing.
pub(crate) fn as_text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::Text(text) => Some(Cow::Borrowed(text)),
        Value::Int(number) => Some(Cow::Owned(number.to_string())),
        Value::Bool(flag) => Some(Cow::Borrowed(if *flag { "true" } else { "false" })),
        Value::List(_) | Value::Map(_) => None,
    }
}

impl Expr {
    pub(crate) fn evaluate<'a>(&'a self, frame: &Frame<'a>) -> Result<Got<'a>, Stop> {
        match self {
            Self::Literal(field) => Ok(borrowed(field)),
            Self::Field(id) => Ok(match frame.record.and_then(|record| record.get(*id)) {
                Some(field) => borrowed(field),
                None => Got::Hidden,
            }),
            Self::Part(id, path) => {
                let Some(field) = frame.record.and_then(|record| record.get(*id)) else { return Ok(Got::Hidden) };
                let mut value = field.value();
                for name in path {
                    value = value.and_then(|value| value.entry(name));
                }
                Ok(value.map_or(Got::Empty, |value| Got::Value(Cow::Borrowed(value))))
            }
            Self::Scope(path) => {
                let mut json = &frame.scope.root;
                for name in path {
                    json = json.get(name).unwrap_or(&serde_json::Value::Null);
                }
                match Value::from_json(json) {
                    Ok(Field::Value(value)) => Ok(Got::owned(value)),
                    Ok(Field::Empty) => Ok(Got::Empty),
                    Err(what) => Err(Stop::Invalid(cannot(frame.template, &what, &what))),
                }
            }
            Self::Call(helper, arguments) => helper.call(arguments, frame),
            Self::Concat(parts) => {
                let mut text = String::new();
                for part in parts {
                    match part.evaluate(frame)? {
                        Got::Hidden => return Ok(Got::Hidden),
                        Got::Empty => {}
                        Got::Value(value) => match as_text(&value) {
                            Some(part) => text.push_str(&part),
                            None => {
                                return Err(Stop::Invalid(cannot(
                                    frame.template,
                                    "列表不能拼进文本",
                                    "a list cannot be part of a text",
                                )));
                            }
                        },
                    }
                }
                Ok(Got::text(&text))
            }
            Self::Block(block) => block.render(frame.scope).map(|text| Got::text(&text)).map_err(Stop::Invalid),
        }
    }

    fn reads(&self, found: &mut Vec<FieldId>) {
        match self {
            Self::Field(id) | Self::Part(id, _) => found.push(*id),
            Self::Call(_, parts) | Self::Concat(parts) => parts.iter().for_each(|part| part.reads(found)),
            _ => {}
        }
    }

    fn uses(&self, test: impl Fn(Helper) -> bool + Copy) -> bool {
        match self {
            Self::Call(helper, parts) => test(*helper) || parts.iter().any(|part| part.uses(test)),
            Self::Concat(parts) => parts.iter().any(|part| part.uses(test)),
            _ => false,
        }
    }
}

const fn borrowed(field: &Field) -> Got<'_> {
    match field {
        Field::Empty => Got::Empty,
        Field::Value(value) => Got::Value(Cow::Borrowed(value)),
    }
}
