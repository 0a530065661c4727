//! Values: Handlebars strings compiled to a small typed evaluator.
//!
//! The `handlebars` crate parses; names, types and helpers are checked once; then a template is a tree of expressions that is
//! evaluated against a [`Record`] without JSON and without looking names up. A string that is exactly one `{{…}}` keeps the
//! type of its value; anything else is text. Long texts with block helpers are rendered by handlebars itself (`block`).

use std::borrow::Cow;

use idflow_sdk::{Field, FieldId, Problem, Record, Value};

use super::{diagnostic::Span, helpers::Helper, names::Ty, scope::Scope};

mod block;
mod compile;
pub mod convert;
mod limits;
mod lookup;
#[cfg(test)]
mod properties;
mod tag;
#[cfg(test)]
mod tests;
mod tree;
mod typed;
mod typos;
mod value;

pub use compile::{Options, compile};
pub use lookup::{NOT_MADE, is_unresolved, manager_unknown, not_made, unknown_code};

pub(crate) use lookup::Lookup;

pub(crate) use tree::{Expr, Frame};

pub(crate) use value::{Got, Stop, as_text, cannot};

/// A compiled template.
#[derive(Debug, Clone)]
pub struct Template {
    text: Box<str>,
    expr: Expr,
    ty: Ty,
    /// Where a value that may be empty comes from.
    empty: Option<Span>,
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
        let (Expr::Concat(parts) | Expr::Whole(parts)) = &self.expr else { return Vec::new() };
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

    /// Whether it is a text that has no value where one of its parts has none.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        matches!(self.expr, Expr::Whole(_))
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
                .ok_or_else(|| cannot(&self.text, "值不是文本", "the value is not text")),
            _ => Ok(String::new()),
        }
    }

    pub(crate) fn fill<'a>(&'a self, frame: &Frame<'a>) -> Result<Got<'a>, Stop> {
        self.expr.evaluate(frame)
    }
}
