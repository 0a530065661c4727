//! Does a place stand in a template or in an expression?

use super::{
    cursor::{Here, Spot},
    document::Document,
};

/// A place inside a template or an expression.
#[derive(Debug)]
pub(super) struct Code {
    /// Whether it is a template.
    pub template: bool,
    /// Where the template or expression begins.
    pub start: usize,
    /// Where the dotted name at the place begins.
    pub token: usize,
}

impl Document<'_> {
    /// Whether this byte stands in a template or an expression, for a value that begins at `start`.
    pub(super) fn code(&self, here: &Here, start: usize, offset: usize) -> Option<Code> {
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
}

/// Whether an expression stands there.
fn is_expression(spot: Spot) -> bool {
    use crate::workflow::vocabulary::Shape;
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
