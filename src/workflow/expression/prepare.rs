//! A condition made ready for many objects: whatever is the same for all of them is worked out once, lists to look in become
//! sets, patterns are compiled.
//!
//! It decides as [`super::Condition::test_record`] does; only the time differs.

use std::{collections::HashSet, sync::Arc};

use idflow_sdk::{Problem, Record};
use serde_json::Value as Json;

use super::{
    evaluate::{EACH, Evaluation, ONCE, Patterns},
    pattern::Pattern,
    tree::{Goal, Loop, Node, Wanted},
    value::{Fold, Val},
};
use crate::workflow::scope::{Scope, Stop};

/// A condition over one scope.
#[derive(Debug)]
pub struct Prepared {
    text: Box<str>,
    tree: Node,
    /// The scope, where something of it is still to be read.
    scope: Json,
    patterns: Patterns,
    stop: Stop,
}

impl Prepared {
    pub(super) fn new(text: &str, tree: &Node, scope: &Scope) -> Self {
        let tree = ready(tree.clone(), &scope.root, 0);
        let mut patterns = Patterns::default();
        steady_patterns(&tree, &scope.root, &mut Vec::new(), &mut patterns);
        let scope_left = reads_scope(&tree);
        Self {
            text: text.into(),
            tree,
            scope: if scope_left { scope.root.clone() } else { Json::Null },
            patterns,
            stop: scope.stop.clone(),
        }
    }

    /// Whether it holds for one object.
    ///
    /// # Errors
    /// The work is above the bound, or nobody waits for the answer any more.
    pub fn test(&self, record: &Record) -> Result<bool, Problem> {
        if self.stop.is_set() {
            return Err(super::stopped(&self.text));
        }
        Evaluation::new(Some(record), &self.scope, &self.patterns, EACH, 0)
            .holds(&self.tree)
            .map_err(|_| super::too_long(&self.text))
    }

    /// The work that deciding takes; `None`: too much.
    #[cfg(test)]
    pub(super) fn work(&self, record: &Record) -> Option<u64> {
        let mut evaluation = Evaluation::new(Some(record), &self.scope, &self.patterns, EACH, 0);
        evaluation.holds(&self.tree).ok()?;
        Some(evaluation.spent(EACH))
    }

    #[cfg(test)]
    pub(super) const fn tree(&self) -> &Node {
        &self.tree
    }
}

fn reads_scope(node: &Node) -> bool {
    matches!(node, Node::Scope(_) | Node::Changes(_)) || node.parts().into_iter().any(reads_scope)
}

/// The node made ready, `depth` loops deep.
fn ready(node: Node, scope: &Json, depth: usize) -> Node {
    if matches!(node, Node::Known(_)) {
        return node;
    }
    if node.is_steady(depth)
        && let Ok(value) = Evaluation::new(None, scope, &Patterns::default(), ONCE, depth).value(&node)
    {
        return Node::Known(value.keep());
    }
    let node = match node {
        Node::Loop(looped) => {
            let Loop { goal, list, test, value } = *looped;
            let list = ready(list, scope, depth);
            let mut below = |part: Node| ready(part, scope, depth + 1);
            let (test, value) = (test.map(&mut below), value.map(&mut below));
            Node::Loop(Box::new(Loop { goal, list, test, value }))
        }
        other => other.map(&mut |part| ready(part, scope, depth)),
    };
    quick(node, depth)
}

/// Makes the patterns ready that loops over known lists come to.
fn steady_patterns(node: &Node, scope: &Json, lists: &mut Vec<Option<Val<'static>>>, found: &mut Patterns) {
    if let Node::Matches(parts) = node
        && reads_no_object(&parts[1])
        && let Some(lists) = lists.iter().cloned().collect::<Option<Vec<_>>>()
    {
        let none = Patterns::default();
        let mut written = Vec::new();
        written_in(&parts[1], &lists, &mut Evaluation::new(None, scope, &none, ONCE, 0), &mut written);
        written.iter().for_each(|written| found.add(written));
    }
    if let Node::Loop(looped) = node {
        steady_patterns(&looped.list, scope, lists, found);
        lists.push(match &looped.list {
            Node::Known(list) if list.is_list() => Some(list.clone()),
            _ => None,
        });
        for part in looped.test.iter().chain(&looped.value) {
            steady_patterns(part, scope, lists, found);
        }
        lists.pop();
        return;
    }
    for part in node.parts() {
        steady_patterns(part, scope, lists, found);
    }
}

/// What a pattern comes to for all entries of the lists around it.
fn written_in<'a>(
    pattern: &'a Node,
    lists: &[Val<'a>],
    evaluation: &mut Evaluation<'a>,
    found: &mut Vec<String>,
) -> Option<()> {
    match lists.split_first() {
        Some((list, deeper)) => {
            for place in 0..list.len() {
                evaluation.inside(list.at(place));
                let went_on = written_in(pattern, deeper, evaluation, found);
                evaluation.outside();
                went_on?;
            }
        }
        None => found.extend(evaluation.value(pattern).ok()?.text().map(std::borrow::Cow::into_owned)),
    }
    Some(())
}

fn reads_no_object(node: &Node) -> bool {
    !matches!(node, Node::Field(_)) && node.parts().into_iter().all(reads_no_object)
}

/// The same question in a form that is answered at once, where there is one.
fn quick(node: Node, depth: usize) -> Node {
    match node {
        Node::In { item, list, fold, blank } => match &*list {
            Node::Known(list) => match wanted(list, fold, blank) {
                Some(wanted) => Node::OneOf(item, Arc::new(wanted)),
                None => Node::In { item, list: Box::new(Node::Known(list.clone())), fold, blank },
            },
            _ => Node::In { item, list, fold, blank },
        },
        Node::Matches(parts) => {
            let [text, pattern] = *parts;
            match &pattern {
                Node::Known(written) => match written.text().map(|written| Pattern::written(&written)) {
                    Some(Ok(pattern)) => Node::Fits(Box::new(text), Arc::new(pattern)),
                    _ => Node::Known(Val::Bool(false)),
                },
                _ => Node::Matches(Box::new([text, pattern])),
            }
        }
        // `list.exists(x, x == something)`
        Node::Loop(looped) if looped.goal == Goal::Exists => match &*looped {
            Loop { list: Node::Known(list), test: Some(Node::Same(parts, fold)), .. } => {
                let item = match parts.as_ref() {
                    [Node::Local(place), other] | [other, Node::Local(place)]
                        if *place == depth && other.is_outside(depth) =>
                    {
                        Some(other.clone())
                    }
                    _ => None,
                };
                match item.zip(wanted(list, *fold, false)) {
                    Some((item, wanted)) => Node::OneOf(Box::new(item), Arc::new(wanted)),
                    None => Node::Loop(looped),
                }
            }
            _ => Node::Loop(looped),
        },
        other => other,
    }
}

impl Node {
    /// Whether the loop at this depth is not read in it.
    fn is_outside(&self, depth: usize) -> bool {
        match self {
            Self::Local(place) => *place < depth,
            // Loops inside would have to be renumbered.
            Self::Loop(_) => false,
            _ => self.parts().into_iter().all(|part| part.is_outside(depth)),
        }
    }
}

/// A list to look in, if it holds nothing but texts, numbers and flags.
fn wanted(list: &Val<'_>, fold: Fold, blank: bool) -> Option<Wanted> {
    if !list.is_list() || fold == Fold::Span {
        return None;
    }
    let mut wanted = Wanted { texts: HashSet::new(), flags: [false; 2], fold, blank };
    for place in 0..list.len() {
        match list.at(place) {
            Val::Empty => {}
            Val::Bool(flag) => wanted.flags[usize::from(flag)] = true,
            other => {
                let text = other.text()?;
                wanted.texts.insert(fold.apply(&text).into());
            }
        }
    }
    Some(wanted)
}
