//! What an editor is told about a place of a file: what can be written there, what stands there, where it is defined.
//!
//! ```text
//!  text ─► sketch (always) ─► spot: what belongs at this path ─► complete, hover, define
//!                             reads: names that can follow
//! ```
//!
//! Pure: a text and a byte in, an answer out. It works on half-typed files, so nothing in here uses the compiler's reader;
//! the meaning of keys, actions and fields comes from the compiler's tables. Findings are the compiler's own.
//!
//! Deliberately absent: the editor's protocol, which is in the command line.

use super::{Environment, diagnostic::Span};

mod complete;
mod define;
mod hover;
mod reads;
mod sketch;
mod spot;
#[cfg(test)]
mod tests;

pub use complete::{Sort, Suggestion};
pub use hover::{Hover, field_rules};

use sketch::Sketch;
use spot::{Here, Spot};

/// A file in an editor.
#[derive(Debug)]
pub struct Document<'a> {
    text: &'a str,
    environment: Environment<'a>,
    sketch: Sketch,
}

/// A place inside a template or an expression.
#[derive(Debug)]
struct Code {
    /// Whether it is a template.
    template: bool,
    /// Where the template or expression begins.
    start: usize,
    /// Where the dotted name at the place begins.
    token: usize,
}

impl<'a> Document<'a> {
    /// Looks at a text.
    #[must_use]
    pub fn new(text: &'a str, environment: Environment<'a>) -> Self {
        Self { text, environment, sketch: Sketch::new(text) }
    }

    fn slice(&self, span: Span) -> &'a str {
        self.text.get(span.range()).unwrap_or_default()
    }

    /// Whether this byte stands in a template or an expression, for a value that begins at `start`.
    fn code(&self, here: &Here, start: usize, offset: usize) -> Option<Code> {
        let head = self.text.get(start..offset)?;
        let token = |from: usize| {
            let head = self.text.get(from..offset).unwrap_or_default();
            let word = head.chars().rev().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'));
            offset - word.map(char::len_utf8).sum::<usize>()
        };
        let open = head.rfind("{{").filter(|open| !head.get(*open..).is_some_and(|rest| rest.contains("}}")));
        if let Some(open) = open {
            return Some(Code { template: true, start: start + open + 2, token: token(start + open + 2) });
        }
        is_expression(here.spot).then(|| Code { template: false, start, token: token(start) })
    }

    /// The end of the name that goes on at this byte.
    fn word_end(&self, offset: usize) -> usize {
        let rest = self.text.get(offset..).unwrap_or_default();
        offset + rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').map(char::len_utf8).sum::<usize>()
    }
}

/// Whether an expression stands there.
fn is_expression(spot: Spot) -> bool {
    use super::vocabulary::Shape;
    use idflow_sdk::ParamType;
    match spot {
        Spot::Value(_, _, shape) | Spot::Entry(shape) => {
            matches!(shape, Shape::Condition | Shape::Expression | Shape::Rules | Shape::MapOrList("foreach"))
        }
        Spot::Parameter(param) => matches!(param.ty, ParamType::Predicate { .. }),
        Spot::Part(_, part) => part == "where",
        _ => false,
    }
}
