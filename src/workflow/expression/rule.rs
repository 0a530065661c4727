//! The usual conditions, decided without an interpreter.
//!
//! A comparison of a field with literals is made comparable once (userids without case, phone numbers without +86) and then
//! costs a look at the record. What is not usual becomes a [`Rule::Cel`] leaf. An empty or hidden field equals nothing: `==`
//! and `in` are false, `!=` is true, an order is false.

use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue, operators};
use idflow_sdk::{Field, FieldId, Record, Schema, Type, Value, text};

use super::{Types, check, interpreter};
use crate::workflow::{compiled::Scope, names::Target};

/// A compiled condition.
#[derive(Debug)]
pub enum Rule {
    /// Decided already.
    Constant(bool),
    /// All of them.
    And(Vec<Self>),
    /// One of them.
    Or(Vec<Self>),
    /// Not that.
    Not(Box<Self>),
    /// A flag.
    Flag(Place),
    /// One of these values.
    OneOf(Place, Type, Vec<Value>),
    /// Compared with a number.
    Order(Place, Order, i64),
    /// There is a value.
    Has(Place),
    /// One of two, by a third.
    If(Box<[Self; 3]>),
    /// Anything else.
    Cel(Box<interpreter::Program>),
}

/// Where a value is read.
#[derive(Debug)]
pub enum Place {
    /// A field of the object.
    Field(FieldId),
    /// Something in the scope.
    Scope(Vec<String>),
}

/// Orders of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

/// What a rule is tested on.
pub struct Data<'a> {
    pub object: Option<(&'a Record, &'a Schema, &'a str)>,
    pub scope: &'a Scope,
}

/// The rule of a checked expression.
pub fn compile(expr: IdedExpr, types: &Types<'_>) -> Rule {
    build(&expr, types).unwrap_or_else(|| Rule::Cel(Box::new(interpreter::Program::new(expr))))
}

fn leaf(expr: &IdedExpr, types: &Types<'_>) -> Rule {
    build(expr, types).unwrap_or_else(|| Rule::Cel(Box::new(interpreter::Program::new(expr.clone()))))
}

fn build(expr: &IdedExpr, types: &Types<'_>) -> Option<Rule> {
    match &expr.expr {
        Expr::Literal(LiteralValue::Boolean(flag)) => Some(Rule::Constant(*flag.inner())),
        Expr::Select(select) if select.test => {
            let mut path = check::path(&select.operand)?;
            path.push(&select.field);
            Some(Rule::Has(resolve(&path, types)?.0))
        }
        Expr::Ident(_) | Expr::Select(_) => Some(Rule::Flag(resolve(&check::path(expr)?, types)?.0)),
        Expr::Call(call) if call.target.is_none() => operator(call, types),
        _ => None,
    }
}

fn operator(call: &CallExpr, types: &Types<'_>) -> Option<Rule> {
    let args = call.args.as_slice();
    match (call.func_name.as_str(), args) {
        (operators::LOGICAL_AND, args) => Some(Rule::And(args.iter().map(|arg| leaf(arg, types)).collect())),
        (operators::LOGICAL_OR, args) => Some(Rule::Or(args.iter().map(|arg| leaf(arg, types)).collect())),
        (operators::LOGICAL_NOT, [arg]) => Some(Rule::Not(Box::new(leaf(arg, types)))),
        (operators::CONDITIONAL, [test, yes, no]) => {
            Some(Rule::If(Box::new([leaf(test, types), leaf(yes, types), leaf(no, types)])))
        }
        (operators::EQUALS, [left, right]) => equal(left, right, types),
        (operators::NOT_EQUALS, [left, right]) => Some(Rule::Not(Box::new(equal(left, right, types)?))),
        (operators::IN, [item, list]) => {
            let Expr::List(list) = &list.expr else { return None };
            let (place, ty) = resolve(&check::path(item)?, types)?;
            let values: Option<Vec<Value>> = list.elements.iter().map(|element| literal(element, ty)).collect();
            Some(Rule::OneOf(place, ty, values?))
        }
        (operators::LESS, [left, right]) => order(left, right, Order::Less, Order::Greater, types),
        (operators::LESS_EQUALS, [left, right]) => order(left, right, Order::LessEqual, Order::GreaterEqual, types),
        (operators::GREATER, [left, right]) => order(left, right, Order::Greater, Order::Less, types),
        (operators::GREATER_EQUALS, [left, right]) => order(left, right, Order::GreaterEqual, Order::LessEqual, types),
        _ => None,
    }
}

fn equal(left: &IdedExpr, right: &IdedExpr, types: &Types<'_>) -> Option<Rule> {
    let (name, other) = if check::path(left).is_some() { (left, right) } else { (right, left) };
    let (place, ty) = resolve(&check::path(name)?, types)?;
    if matches!(other.expr, Expr::Literal(LiteralValue::Null)) {
        return Some(Rule::Not(Box::new(Rule::Has(place))));
    }
    // The empty text is how people ask for "empty".
    if let Expr::Literal(LiteralValue::String(text)) = &other.expr
        && text.inner().is_empty()
    {
        return Some(Rule::Not(Box::new(Rule::Has(place))));
    }
    Some(Rule::OneOf(place, ty, vec![literal(other, ty)?]))
}

fn order(left: &IdedExpr, right: &IdedExpr, straight: Order, turned: Order, types: &Types<'_>) -> Option<Rule> {
    let number = |expr: &IdedExpr| match literal(expr, Type::Id)? {
        Value::Int(number) => Some(number),
        _ => None,
    };
    let (name, order, number) = match (check::path(left), check::path(right)) {
        (Some(path), None) => (path, straight, number(right)?),
        (None, Some(path)) => (path, turned, number(left)?),
        _ => return None,
    };
    Some(Rule::Order(resolve(&name, types)?.0, order, number))
}

fn resolve(path: &[&str], types: &Types<'_>) -> Option<(Place, Type)> {
    use crate::workflow::{diagnostic::Span, names::Ty};
    let (ty, target) = types.resolve(path, Span::default()).ok()?;
    let ty = match ty {
        Ty::Field(ty) => ty,
        _ => Type::Text,
    };
    match target {
        Target::Field(id) => Some((Place::Field(id), ty)),
        Target::Scope(path) if !matches!(path.first().map(String::as_str), Some("trigger")) => {
            Some((Place::Scope(path), ty))
        }
        _ => None,
    }
}

fn literal(expr: &IdedExpr, ty: Type) -> Option<Value> {
    match &expr.expr {
        Expr::Literal(LiteralValue::Boolean(flag)) => Some(Value::Bool(*flag.inner())),
        Expr::Literal(LiteralValue::Int(number)) => Some(Value::Int(*number.inner())),
        Expr::Literal(LiteralValue::String(text)) => Some(Value::text(comparable(text.inner(), ty))),
        Expr::Call(call) if call.func_name == operators::NEGATE => match literal(call.args.first()?, ty)? {
            Value::Int(number) => number.checked_neg().map(Value::Int),
            _ => None,
        },
        _ => None,
    }
}

fn comparable(written: &str, ty: Type) -> String {
    match ty {
        Type::Caseless | Type::Email => written.to_lowercase(),
        Type::Phone => text::phone_digits(written),
        _ => written.to_string(),
    }
}

fn matches(value: &Value, ty: Type, wanted: &[Value]) -> bool {
    match (value, ty) {
        (Value::Text(written), Type::Caseless | Type::Email | Type::Phone) => {
            let written = Value::text(comparable(written, ty));
            wanted.contains(&written)
        }
        _ => wanted.contains(value),
    }
}

impl Rule {
    pub fn test(&self, data: &Data<'_>) -> Result<bool, String> {
        match self {
            Self::Constant(flag) => Ok(*flag),
            Self::And(rules) => {
                for rule in rules {
                    if !rule.test(data)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Self::Or(rules) => {
                for rule in rules {
                    if rule.test(data)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Self::Not(rule) => Ok(!rule.test(data)?),
            Self::If(parts) => parts[if parts[0].test(data)? { 1 } else { 2 }].test(data),
            Self::Flag(place) => Ok(place.value(data).is_some_and(|value| matches!(*value, Value::Bool(true)))),
            Self::OneOf(place, ty, wanted) => Ok(place.value(data).is_some_and(|value| matches(&value, *ty, wanted))),
            Self::Order(place, order, number) => {
                Ok(place.value(data).and_then(|value| value.as_int()).is_some_and(|value| match order {
                    Order::Less => value < *number,
                    Order::LessEqual => value <= *number,
                    Order::Greater => value > *number,
                    Order::GreaterEqual => value >= *number,
                }))
            }
            Self::Has(place) => Ok(place.value(data).is_some()),
            Self::Cel(program) => interpreter::test(program, data),
        }
    }
}

impl Place {
    fn value<'a>(&self, data: &Data<'a>) -> Option<std::borrow::Cow<'a, Value>> {
        use std::borrow::Cow;
        match self {
            Self::Field(id) => data.object?.0.value(*id).map(Cow::Borrowed),
            Self::Scope(path) => {
                let mut json = &data.scope.root;
                for name in path {
                    json = json.get(name)?;
                }
                match Value::from_json(json).ok()? {
                    Field::Value(value) => Some(Cow::Owned(value)),
                    Field::Empty => None,
                }
            }
        }
    }
}
