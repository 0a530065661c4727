//! What a condition costs, as far as that is seen before anything is read: the lists of the file are known.
//!
//! Lists of objects are not; what they cost is counted while a condition is decided, see [`super::evaluate`].

use serde_json::Value as Json;

use super::{
    evaluate::{EACH, ONCE},
    pattern::TRY,
    tree::{Loop, Node},
};
use crate::workflow::{
    diagnostic::{Diagnostic, Span},
    names::Names,
};

/// What the condition needs for one object, if that surely is too much when nothing ends it early.
pub fn too_much(tree: &Node, names: &Names<'_>) -> Option<(u64, u64)> {
    let vars = names.vars.unwrap_or(&Json::Null);
    let bound = if names.object.is_some() { EACH } else { ONCE };
    let needed = if names.object.is_some() { each(tree, vars, 0) } else { once(tree, vars) };
    (needed > bound).then_some((needed, bound))
}

pub fn finding(span: Span, (needed, bound): (u64, u64)) -> Diagnostic {
    Diagnostic::new(
        "E0411",
        span,
        format!("条件的计算量过大：每次最多要看 {needed} 处，上限是 {bound}"),
        format!("this condition looks at up to {needed} things each time; the limit is {bound}"),
    )
    .help(
        "用 `值 in vars.列表` 代替循环里的比较，不要把两个长列表套在一起",
        "write `VALUE in vars.LIST` instead of a comparison in a loop, and keep two long lists out of one another",
    )
}

/// For one object: what is the same for all was worked out before.
fn each(node: &Node, vars: &Json, depth: usize) -> u64 {
    if node.is_steady(depth) {
        return 1;
    }
    match node {
        Node::Loop(looped) => {
            let Loop { list, test, value, .. } = &**looped;
            let round = test.iter().chain(value).map(|part| each(part, vars, depth + 1)).fold(1, u64::saturating_add);
            each(list, vars, depth).saturating_add(round.saturating_mul(length(list, vars)))
        }
        _ => {
            let own = if matches!(node, Node::Matches(_)) { 1 + TRY } else { 1 };
            node.parts().into_iter().map(|part| each(part, vars, depth)).fold(own, u64::saturating_add)
        }
    }
}

/// Everything.
fn once(node: &Node, vars: &Json) -> u64 {
    let parts = |node: &Node| node.parts().into_iter().map(|part| once(part, vars)).fold(1, u64::saturating_add);
    match node {
        Node::Loop(looped) => {
            let Loop { list, test, value, .. } = &**looped;
            let round = test.iter().chain(value).map(|part| once(part, vars)).fold(1, u64::saturating_add);
            once(list, vars).saturating_add(round.saturating_mul(length(list, vars)))
        }
        Node::In { item, list, .. } => {
            once(item, vars).saturating_add(once(list, vars)).saturating_add(length(list, vars))
        }
        _ => parts(node),
    }
}

/// How long a list is; one where that is not known.
fn length(list: &Node, vars: &Json) -> u64 {
    let length = match list {
        Node::List(parts) => parts.len(),
        Node::Scope(path) => match path.split_first() {
            Some((root, below)) if root == "vars" => {
                let found = below.iter().try_fold(vars, |json, name| json.get(name));
                found.map_or(1, |json| match json {
                    Json::Array(items) => items.len(),
                    Json::Object(entries) => entries.len(),
                    _ => 1,
                })
            }
            _ => 1,
        },
        Node::Loop(looped) if looped.value.is_some() => return length(&looped.list, vars),
        _ => 1,
    };
    length as u64
}
