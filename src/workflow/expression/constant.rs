//! Is a condition true or false whatever is read? Only what can be seen at a glance: literals, one name that would have to
//! be two things at once, and the state of a run while it is still under way.

use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue, operators};

use super::{dotted::path, span, value::Fold};
use crate::workflow::names::Phase;

/// The value of the expression, if it is always the same.
pub fn value(expr: &IdedExpr, phase: Phase) -> Option<bool> {
    match &expr.expr {
        Expr::Literal(LiteralValue::Boolean(flag)) => Some(*flag.inner()),
        Expr::Call(call) => of_call(call, phase),
        _ => None,
    }
}

fn of_call(call: &CallExpr, phase: Phase) -> Option<bool> {
    let args = call.args.as_slice();
    match (call.func_name.as_str(), args) {
        (operators::LOGICAL_NOT, [inner]) => value(inner, phase).map(|flag| !flag),
        (operators::LOGICAL_AND, [left, right]) => match (value(left, phase), value(right, phase)) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ if contradict(expr_parts(left), expr_parts(right)) => Some(false),
            _ => None,
        },
        (operators::LOGICAL_OR, [left, right]) => match (value(left, phase), value(right, phase)) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), Some(false)) => Some(false),
            _ => None,
        },
        (operators::EQUALS, [left, right]) => equal(left, right, phase),
        (operators::NOT_EQUALS, [left, right]) => equal(left, right, phase).map(|flag| !flag),
        (operators::LESS | operators::LESS_EQUALS | operators::GREATER | operators::GREATER_EQUALS, [left, right]) => {
            let (left, right) = (number(left)?, number(right)?);
            Some(match call.func_name.as_str() {
                operators::LESS => left < right,
                operators::LESS_EQUALS => left <= right,
                operators::GREATER => left > right,
                _ => left >= right,
            })
        }
        (operators::IN, [_, list]) => match &list.expr {
            Expr::List(list) if list.elements.is_empty() => Some(false),
            Expr::List(list) => {
                let each = list.elements.iter().map(|element| equal(&args[0], element, phase));
                each.reduce(|all, one| if all == one { all } else { None }).flatten().filter(|flag| !flag)
            }
            _ => None,
        },
        _ => None,
    }
}

fn equal(left: &IdedExpr, right: &IdedExpr, phase: Phase) -> Option<bool> {
    if let (Some(left), Some(right)) = (literal(left), literal(right)) {
        return Some(left == right);
    }
    // A step of `steps` runs before the run has ended: it never sees how.
    let word = literal(left).or_else(|| literal(right))?;
    let name = path(left).or_else(|| path(right))?;
    let early = matches!(phase, Phase::Plan | Phase::Turn) && name == ["run", "status"];
    (early && !matches!(word.as_str(), "planning" | "applying")).then_some(false)
}

/// A literal in a form that can be compared.
fn literal(expr: &IdedExpr) -> Option<String> {
    match &expr.expr {
        Expr::Literal(LiteralValue::String(text)) => Some(text.inner().to_string()),
        Expr::Literal(LiteralValue::Int(number)) => Some(format!("#{}", number.inner())),
        Expr::Literal(LiteralValue::Boolean(flag)) => Some(format!("!{}", flag.inner())),
        _ => None,
    }
}

fn number(expr: &IdedExpr) -> Option<i64> {
    match &expr.expr {
        Expr::Literal(LiteralValue::Int(number)) => Some(*number.inner()),
        _ => None,
    }
}

/// What a comparison says: this name is this, or is not.
struct Says<'a> {
    name: Vec<&'a str>,
    word: String,
    holds: bool,
}

fn expr_parts(expr: &IdedExpr) -> Option<Says<'_>> {
    match &expr.expr {
        Expr::Call(call) => match (call.func_name.as_str(), call.args.as_slice()) {
            (name @ (operators::EQUALS | operators::NOT_EQUALS), [left, right]) => {
                let word = literal(left).or_else(|| literal(right))?;
                let path = path(left).or_else(|| path(right))?;
                Some(Says { name: path, word, holds: name == operators::EQUALS })
            }
            (operators::LOGICAL_NOT, [inner]) => {
                let says = expr_parts(inner)?;
                Some(Says { holds: !says.holds, ..says })
            }
            _ => None,
        },
        Expr::Ident(_) | Expr::Select(_) => Some(Says { name: path(expr)?, word: "!true".into(), holds: true }),
        _ => None,
    }
}

/// Whether one value can be the same as both, by some type of field: accounts without case, numbers as numbers, spans as spans.
fn may_be_same(left: &str, right: &str) -> bool {
    let span = |text: &str| span::parse(text);
    Fold::Phone.apply(left) == Fold::Phone.apply(right) || (span(left).is_some() && span(left) == span(right))
}

fn contradict(left: Option<Says<'_>>, right: Option<Says<'_>>) -> bool {
    let (Some(left), Some(right)) = (left, right) else { return false };
    left.name == right.name
        && match (left.holds, right.holds) {
            (true, true) => !may_be_same(&left.word, &right.word),
            (true, false) | (false, true) => left.word == right.word,
            (false, false) => false,
        }
}
