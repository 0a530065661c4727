//! What the usual rules do not cover, decided by CEL's interpreter over values of ours.
//!
//! Numbers become CEL's `int`, never its `uint`, or `source.order > 5` would compare two types that do not meet. A hidden or
//! empty field is `null`. Errors are told in a few words of ours: the crate's own text prints whole values.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock},
};

use cel::{
    Context, Env, ExecutionError, Value as Cel,
    common::ast::IdedExpr,
    extractors::This,
    objects::{Key, Map},
};
use idflow_sdk::Value;

use super::rule::Data;

/// The standard functions; building them costs more than most conditions.
static FUNCTIONS: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib()));

/// An expression, with what it reads.
#[derive(Debug)]
pub struct Program {
    expr: IdedExpr,
    reads: Reads,
    /// The patterns of `matches` that stand in the expression, made once and not for each object.
    patterns: Patterns,
}

type Patterns = Arc<HashMap<String, regex::Regex>>;

/// The literal patterns in an expression.
fn patterns(expr: &IdedExpr, found: &mut HashMap<String, regex::Regex>) {
    use cel::common::ast::{Expr, LiteralValue};
    match &expr.expr {
        Expr::Call(call) => {
            for part in call.target.iter().map(AsRef::as_ref).chain(&call.args) {
                if call.func_name == "matches"
                    && let Expr::Literal(LiteralValue::String(text)) = &part.expr
                    && let Ok(pattern) = super::pattern(text.inner())
                {
                    found.insert(text.inner().to_string(), pattern);
                }
                patterns(part, found);
            }
        }
        Expr::Select(select) => patterns(&select.operand, found),
        Expr::List(list) => list.elements.iter().for_each(|element| patterns(element, found)),
        Expr::Comprehension(loops) => {
            for part in [&loops.iter_range, &loops.accu_init, &loops.loop_cond, &loops.loop_step, &loops.result] {
                patterns(part, found);
            }
        }
        _ => {}
    }
}

/// What an expression reads, so that nothing else is made ready for it.
#[derive(Debug, Default)]
struct Reads {
    roots: Vec<String>,
    fields: Vec<String>,
    changes: bool,
}

impl Program {
    /// Looks through the expression once.
    pub fn new(expr: IdedExpr) -> Self {
        let mut reads = Reads::default();
        roots(&expr, &mut reads);
        let mut found = HashMap::new();
        patterns(&expr, &mut found);
        Self { expr, reads, patterns: Arc::new(found) }
    }
}

/// Whether the expression is true.
pub fn test(program: &Program, data: &Data<'_>) -> Result<bool, String> {
    let mut context = Context::with_env(Arc::clone(&FUNCTIONS));
    let reads = &program.reads;
    if let Some((record, schema, variable)) = data.object
        && reads.roots.iter().any(|root| root == variable)
    {
        let mut map = HashMap::with_capacity(reads.fields.len());
        for (place, field) in schema.fields.iter().enumerate() {
            if !reads.fields.iter().any(|read| *read == field.name) {
                continue;
            }
            let value = u16::try_from(place).ok().and_then(|id| record.value(id));
            map.insert(Key::String(Arc::new(field.name.to_string())), value.map_or(Cel::Null, of_value));
        }
        context.add_variable_from_value(variable.to_string(), Cel::Map(Map { map: Arc::new(map) }));
    }
    for (name, json) in data.scope.root.as_object().into_iter().flatten() {
        if reads.roots.iter().any(|root| root == name) {
            context.add_variable_from_value(name.clone(), of_json(json));
        }
    }
    if !program.patterns.is_empty() {
        let patterns = Arc::clone(&program.patterns);
        let _ =
            context.add_function("matches", move |This(text): This<Arc<String>>, wanted: Arc<String>| {
                match patterns.get(wanted.as_str()) {
                    Some(pattern) => Ok(pattern.is_match(&text)),
                    None => super::pattern(&wanted)
                        .map(|pattern| pattern.is_match(&text))
                        .map_err(|_| ExecutionError::function_error("matches", "not a pattern")),
                }
            });
    }
    if reads.changes {
        let _ = context.add_function("changes", |cel::extractors::Arguments(steps): cel::extractors::Arguments| {
            steps.iter().map(changes).sum::<i64>()
        });
    }
    match context.resolve(&program.expr) {
        Ok(Cel::Bool(flag)) => Ok(flag),
        Ok(_) => Err("not true or false".into()),
        Err(error) => Err(words(&error)),
    }
}

/// Created, updated and removed objects of a step.
fn changes(step: &Cel) -> i64 {
    let of = |map: &Cel, name: &str| match map {
        Cel::Map(map) => map.map.get(&Key::String(Arc::new(name.to_string()))).cloned(),
        _ => None,
    };
    let counts = of(step, "counts").unwrap_or(Cel::Null);
    ["created", "updated", "removed"]
        .iter()
        .map(|name| match of(&counts, name) {
            Some(Cel::Int(number)) => number,
            _ => 0,
        })
        .sum()
}

/// The names that an expression begins with, and those behind the first dot.
fn roots(expr: &IdedExpr, found: &mut Reads) {
    use cel::common::ast::{EntryExpr, Expr};
    match &expr.expr {
        Expr::Ident(name) => found.roots.push(name.clone()),
        Expr::Select(select) => {
            found.fields.push(select.field.clone());
            roots(&select.operand, found);
        }
        Expr::Call(call) => {
            found.changes |= call.func_name == "changes";
            call.target.iter().for_each(|target| roots(target, found));
            call.args.iter().for_each(|argument| roots(argument, found));
        }
        Expr::List(list) => list.elements.iter().for_each(|element| roots(element, found)),
        Expr::Comprehension(loops) => {
            for part in [&loops.iter_range, &loops.accu_init, &loops.loop_cond, &loops.loop_step, &loops.result] {
                roots(part, found);
            }
        }
        Expr::Map(map) => {
            for entry in &map.entries {
                if let EntryExpr::MapEntry(entry) = &entry.expr {
                    roots(&entry.key, found);
                    roots(&entry.value, found);
                }
            }
        }
        Expr::Struct(_) | Expr::Literal(_) | Expr::Unspecified => {}
    }
}

fn of_value(value: &Value) -> Cel {
    match value {
        Value::Bool(flag) => Cel::Bool(*flag),
        Value::Int(number) => Cel::Int(*number),
        Value::Text(text) => Cel::String(Arc::new(text.to_string())),
        Value::List(items) => Cel::List(Arc::new(items.iter().map(of_value).collect())),
        Value::Map(entries) => {
            let map = entries.iter().map(|(name, value)| (Key::String(Arc::new(name.to_string())), of_value(value)));
            Cel::Map(Map { map: Arc::new(map.collect()) })
        }
    }
}

fn of_json(json: &serde_json::Value) -> Cel {
    match json {
        serde_json::Value::Null => Cel::Null,
        serde_json::Value::Bool(flag) => Cel::Bool(*flag),
        serde_json::Value::Number(number) => {
            number.as_i64().map_or_else(|| Cel::Float(number.as_f64().unwrap_or(0.0)), Cel::Int)
        }
        serde_json::Value::String(text) => Cel::String(Arc::new(text.clone())),
        serde_json::Value::Array(items) => Cel::List(Arc::new(items.iter().map(of_json).collect())),
        serde_json::Value::Object(entries) => {
            let map = entries.iter().map(|(name, value)| (Key::String(Arc::new(name.clone())), of_json(value)));
            Cel::Map(Map { map: Arc::new(map.collect()) })
        }
    }
}

fn words(error: &ExecutionError) -> String {
    match error {
        ExecutionError::NoSuchKey(key) => format!("no `{key}`"),
        ExecutionError::UndeclaredReference(name) => format!("no `{name}`"),
        ExecutionError::NoSuchOverload(_) => "a part is empty or of another type".into(),
        ExecutionError::InvalidArgumentCount { .. } | ExecutionError::MissingArgumentOrTarget => {
            "wrong arguments".into()
        }
        _ => "a part is empty or of another type".into(),
    }
}
