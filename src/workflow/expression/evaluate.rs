//! A condition over one object.
//!
//! Every question has an answer: a part that is missing is empty, an empty text contains nothing, a place that a list does not
//! have is empty, a sum that is too large is empty. What is left is the cost. Each part that is looked at counts, and above a
//! bound the object is refused: a condition must not decide how long a night takes.

use std::{
    borrow::Cow,
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use idflow_sdk::Record;
use serde_json::Value as Json;

use super::{
    pattern::Pattern,
    span,
    tree::{Goal, Loop, Math, Node, Order, Search},
    value::{Fold, Val},
};

/// How much may be looked at for one object: some hundred microseconds of work, so that 10,000 people take a few seconds.
pub const EACH: u64 = 20_000;
/// How much may be looked at where it is done once for all.
pub const ONCE: u64 = 1_000_000;
/// What making a pattern ready costs.
const PATTERN: u64 = 1_000;
/// What each of its places adds to that.
const PLACE: u64 = 16;
/// Bytes that are looked at for the price of one part.
const BYTES: u64 = 32;
/// The same where they are compared in another form than they are written in: that form has to be made.
const FOLDED_BYTES: u64 = 6;
/// How many patterns are kept.
const PATTERNS: usize = 2_048;
/// How large all those may be together that are made before the first object.
const STEADY_SIZE: u64 = 64 * 1_024;

/// The work is above the bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooMuch;

/// Patterns that do not stand in the condition itself. What is no pattern matches nothing.
#[derive(Debug, Default)]
pub struct Patterns {
    /// Those that are the same for all objects, made before the first.
    steady: HashMap<Box<str>, Option<Arc<Pattern>>>,
    /// How large those are together.
    size: u64,
    /// Those that objects brought, kept from object to object.
    kept: Mutex<HashMap<Box<str>, Option<Arc<Pattern>>>>,
}

impl Patterns {
    /// Makes a pattern ready for all objects, as long as there is room.
    pub fn add(&mut self, written: &str) {
        let room = self.steady.len() < PATTERNS && self.size < STEADY_SIZE;
        if room && !self.steady.contains_key(written) {
            let made = Pattern::brought(written).ok().map(Arc::new);
            self.size = self.size.saturating_add(made.as_ref().map_or(0, |made| made.size()));
            self.steady.insert(written.into(), made);
        }
    }
}

/// One evaluation.
pub struct Evaluation<'a> {
    pub record: Option<&'a Record>,
    pub scope: &'a Json,
    pub patterns: &'a Patterns,
    locals: Vec<Val<'a>>,
    /// The patterns that this object paid for.
    paid: Vec<Box<str>>,
    left: u64,
}

impl<'a> Evaluation<'a> {
    /// With so much work, inside `depth` loops.
    pub fn new(record: Option<&'a Record>, scope: &'a Json, patterns: &'a Patterns, work: u64, depth: usize) -> Self {
        Self { record, scope, patterns, locals: vec![Val::Empty; depth], paid: Vec::new(), left: work }
    }

    fn spend(&mut self, work: u64) -> Result<(), TooMuch> {
        self.left = self.left.checked_sub(work).ok_or(TooMuch)?;
        Ok(())
    }

    /// What has been spent of this work.
    #[cfg(test)]
    pub const fn spent(&self, work: u64) -> u64 {
        work - self.left
    }

    fn letters(&mut self, value: &Val<'_>, fold: Fold) -> Result<(), TooMuch> {
        let bytes = match fold {
            Fold::Exact => BYTES,
            Fold::Caseless | Fold::Phone | Fold::Span => FOLDED_BYTES,
        };
        match value {
            Val::Text(text) => self.spend(text.len() as u64 / bytes),
            other => self.spend(other.len() as u64),
        }
    }

    /// Whether it is true.
    pub fn holds(&mut self, node: &'a Node) -> Result<bool, TooMuch> {
        match node {
            Node::And(parts) => {
                for part in parts {
                    if !self.holds(part)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Node::Or(parts) => {
                for part in parts {
                    if self.holds(part)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Node::Not(part) => Ok(!self.holds(part)?),
            _ => Ok(self.value(node)?.is_true()),
        }
    }

    fn both(&mut self, parts: &'a [Node; 2], fold: Fold) -> Result<(Val<'a>, Val<'a>), TooMuch> {
        let (left, right) = (self.value(&parts[0])?, self.value(&parts[1])?);
        self.letters(&left, fold)?;
        self.letters(&right, fold)?;
        Ok((left, right))
    }

    /// What it comes to.
    pub fn value(&mut self, node: &'a Node) -> Result<Val<'a>, TooMuch> {
        self.spend(1)?;
        Ok(match node {
            Node::Known(value) => again(value),
            Node::Field(id) => self.record.and_then(|record| record.value(*id)).map_or(Val::Empty, Val::of_value),
            Node::Scope(path) => self.scope(path),
            Node::Local(place) => self.locals.get(*place).cloned().unwrap_or(Val::Empty),
            Node::Part(part, name) => {
                let part = self.value(part)?;
                self.spend(part.len() as u64 / 8)?;
                part.entry(name)
            }
            Node::At(parts) => {
                let (whole, place) = (self.value(&parts[0])?, self.value(&parts[1])?);
                match place {
                    Val::Int(place) if !whole.is_map() => usize::try_from(place).map_or(Val::Empty, |at| whole.at(at)),
                    other => {
                        self.spend(whole.len() as u64 / 8)?;
                        other.text().map_or(Val::Empty, |name| whole.entry(&name))
                    }
                }
            }
            Node::Has(part) => Val::Bool(!self.value(part)?.is_blank()),
            Node::Blank(part) => Val::Bool(self.value(part)?.is_blank()),
            Node::Not(_) | Node::And(_) | Node::Or(_) => Val::Bool(self.holds(node)?),
            Node::If(parts) => {
                let [test, yes, no] = parts.as_ref();
                let chosen = if self.holds(test)? { yes } else { no };
                self.value(chosen)?
            }
            Node::Same(parts, fold) => {
                let (left, right) = self.both(parts, *fold)?;
                Val::Bool(left.same(&right, *fold))
            }
            Node::Compare(parts, order, fold) => {
                let (left, right) = self.both(parts, *fold)?;
                Val::Bool(left.order(&right, *fold).is_some_and(|found| match order {
                    Order::Less => found.is_lt(),
                    Order::LessEqual => found.is_le(),
                    Order::Greater => found.is_gt(),
                    Order::GreaterEqual => found.is_ge(),
                }))
            }
            Node::In { item, list, fold, blank } => Val::Bool(self.is_in(item, list, *fold, *blank)?),
            Node::OneOf(item, wanted) => {
                let item = self.value(item)?;
                self.letters(&item, wanted.fold)?;
                Val::Bool(match &item {
                    Val::Empty => wanted.blank,
                    Val::Bool(flag) => wanted.flags[usize::from(*flag)],
                    other => other.text().is_some_and(|text| wanted.texts.contains(&*wanted.fold.apply(&text))),
                })
            }
            Node::List(parts) => {
                let items = parts.iter().map(|part| self.value(part)).collect::<Result<Vec<_>, _>>()?;
                Val::List(Arc::new(items))
            }
            Node::Size(part) => {
                let value = self.value(part)?;
                self.letters(&value, Fold::Exact)?;
                let size = match &value {
                    Val::Text(text) => text.chars().count(),
                    other => other.len(),
                };
                Val::Int(i64::try_from(size).unwrap_or(i64::MAX))
            }
            Node::Int(part) => match self.value(part)? {
                Val::Int(number) => Val::Int(number),
                Val::Text(text) => text.trim().parse().map_or(Val::Empty, Val::Int),
                _ => Val::Empty,
            },
            Node::Text(part) => {
                let value = self.value(part)?;
                self.letters(&value, Fold::Exact)?;
                match value {
                    Val::Text(text) => Val::Text(text),
                    Val::Bool(flag) => Val::Text(Cow::Borrowed(if flag { "true" } else { "false" })),
                    Val::Span(seconds) => Val::Text(Cow::Owned(span::written(seconds))),
                    other => other.text().map_or(Val::Empty, |text| Val::Text(Cow::Owned(text.into_owned()))),
                }
            }
            Node::Span(part) => self.value(part)?.span().map_or(Val::Empty, Val::Span),
            Node::Search(search, parts, fold) => {
                let (whole, part) = self.both(parts, *fold)?;
                Val::Bool(match (whole.text(), part.text()) {
                    (Some(whole), Some(part)) => {
                        let (whole, part) = (fold.apply(&whole), fold.apply(&part));
                        match search {
                            Search::Start => whole.starts_with(&*part),
                            Search::End => whole.ends_with(&*part),
                            Search::Anywhere => whole.contains(&*part),
                        }
                    }
                    // Nothing is in no text, and no text is in nothing.
                    _ => false,
                })
            }
            Node::Matches(parts) => {
                let (text, pattern) = self.both(parts, Fold::Exact)?;
                let (Some(text), Some(written)) = (text.text(), pattern.text()) else { return Ok(Val::Bool(false)) };
                let Some(pattern) = self.pattern(&written)? else { return Ok(Val::Bool(false)) };
                Val::Bool(self.fits(&pattern, &text)?)
            }
            Node::Fits(part, pattern) => {
                let value = self.value(part)?;
                let Some(text) = value.text() else { return Ok(Val::Bool(false)) };
                Val::Bool(self.fits(pattern, &text)?)
            }
            Node::Changes(steps) => {
                let mut sum = 0_i64;
                for path in steps {
                    let counts = self.scope(path).entry("counts");
                    for word in ["created", "updated", "removed"] {
                        if let Val::Int(number) = counts.entry(word) {
                            sum = sum.saturating_add(number);
                        }
                    }
                }
                Val::Int(sum)
            }
            Node::Math(math, parts) => {
                let (left, right) = self.both(parts, Fold::Exact)?;
                self.math(*math, left, right)?
            }
            Node::Negate(part) => match self.value(part)? {
                Val::Int(number) => number.checked_neg().map_or(Val::Empty, Val::Int),
                Val::Float(number) => Val::Float(-number),
                Val::Span(seconds) => seconds.checked_neg().map_or(Val::Empty, Val::Span),
                _ => Val::Empty,
            },
            Node::Loop(looped) => self.looped(looped)?,
        })
    }

    fn scope(&self, path: &[String]) -> Val<'a> {
        let mut json = self.scope;
        for name in path {
            match json.get(name) {
                Some(below) => json = below,
                None => return Val::Empty,
            }
        }
        Val::of_json(json)
    }

    fn is_in(&mut self, item: &'a Node, list: &'a Node, fold: Fold, blank: bool) -> Result<bool, TooMuch> {
        let item = self.value(item)?;
        if item.is_empty() {
            return Ok(blank);
        }
        self.letters(&item, fold)?;
        // A list as written needs not be made: the first that is the same is enough.
        if let Node::List(parts) = list {
            for part in parts {
                if self.value(part)?.same(&item, fold) {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
        let list = self.value(list)?;
        self.spend(list.len() as u64)?;
        if list.is_map() {
            return Ok(item.text().is_some_and(|name| !list.entry(&name).is_empty()));
        }
        for place in 0..list.len() {
            let other = list.at(place);
            self.letters(&other, fold)?;
            if other.same(&item, fold) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn fits(&mut self, pattern: &Pattern, text: &str) -> Result<bool, TooMuch> {
        self.spend(pattern.price(text.len()))?;
        Ok(pattern.is_match(text))
    }

    /// A pattern that stands in no condition. What it costs does not depend on the objects before this one.
    fn pattern(&mut self, written: &str) -> Result<Option<Arc<Pattern>>, TooMuch> {
        if let Some(found) = self.patterns.steady.get(written) {
            return Ok(found.clone());
        }
        let known = self.kept().get(written).cloned();
        let pattern = known.unwrap_or_else(|| {
            let made = Pattern::brought(written).ok().map(Arc::new);
            let mut kept = self.kept();
            if kept.len() >= PATTERNS {
                kept.clear();
            }
            kept.insert(written.into(), made.clone());
            made
        });
        if !self.paid.iter().any(|paid| **paid == *written) {
            let size = pattern.as_ref().map_or(0, |pattern| pattern.size());
            self.spend(PATTERN + written.len() as u64 + size.saturating_mul(PLACE))?;
            self.paid.push(written.into());
        }
        Ok(pattern)
    }

    fn kept(&self) -> std::sync::MutexGuard<'a, HashMap<Box<str>, Option<Arc<Pattern>>>> {
        self.patterns.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The same inside a loop over these items.
    pub fn inside(&mut self, item: Val<'a>) {
        self.locals.push(item);
    }

    /// Outside of that loop again.
    pub fn outside(&mut self) {
        self.locals.pop();
    }

    fn math(&mut self, math: Math, left: Val<'a>, right: Val<'a>) -> Result<Val<'a>, TooMuch> {
        let number = |left: i64, right: i64| match math {
            Math::Add => left.checked_add(right),
            Math::Subtract => left.checked_sub(right),
            Math::Multiply => left.checked_mul(right),
            Math::Divide => left.checked_div(right),
            Math::Remainder => left.checked_rem(right),
        };
        Ok(match (left, right) {
            (Val::Int(left), Val::Int(right)) => number(left, right).map_or(Val::Empty, Val::Int),
            (Val::Span(left), Val::Span(right)) if matches!(math, Math::Add | Math::Subtract) => {
                number(left, right).map_or(Val::Empty, Val::Span)
            }
            (Val::Text(text), Val::Empty) | (Val::Empty, Val::Text(text)) if math == Math::Add => Val::Text(text),
            (left, right) if math == Math::Add && left.is_list() | right.is_list() => {
                self.spend((left.len() + right.len()) as u64)?;
                let items = [left, right].into_iter().flat_map(|list| (0..list.len()).map(move |at| list.at(at)));
                Val::List(Arc::new(items.collect()))
            }
            (Val::Text(left), right) if math == Math::Add => match right.text() {
                Some(right) => Val::Text(Cow::Owned(format!("{left}{right}"))),
                None => Val::Empty,
            },
            (left, Val::Text(right)) if math == Math::Add => match left.text() {
                Some(left) => Val::Text(Cow::Owned(format!("{left}{right}"))),
                None => Val::Empty,
            },
            _ => Val::Empty,
        })
    }

    fn looped(&mut self, looped: &'a Loop) -> Result<Val<'a>, TooMuch> {
        let list = self.value(&looped.list)?;
        let (mut found, mut made) = (0_usize, Vec::new());
        let names: Vec<String> = if list.is_map() {
            self.spend(list.len() as u64)?;
            list.names().into_iter().map(ToString::to_string).collect()
        } else {
            Vec::new()
        };
        for place in 0..list.len() {
            let item = match names.get(place) {
                Some(name) => Val::of_text(Cow::Owned(name.clone())),
                None => list.at(place),
            };
            self.spend(1)?;
            self.locals.push(item);
            let passed = match &looped.test {
                Some(test) => self.holds(test),
                None => Ok(true),
            };
            let value = match (&passed, &looped.value) {
                (Ok(true), Some(value)) => Some(self.value(value)),
                _ => None,
            };
            let item = self.locals.pop();
            let passed = passed?;
            match looped.goal {
                Goal::Exists if passed => return Ok(Val::Bool(true)),
                Goal::All if !passed => return Ok(Val::Bool(false)),
                Goal::ExistsOne if passed => {
                    found += 1;
                    if found > 1 {
                        return Ok(Val::Bool(false));
                    }
                }
                Goal::List if passed => {
                    self.spend(1)?;
                    made.extend(value.transpose()?.or(item));
                }
                _ => {}
            }
        }
        Ok(match looped.goal {
            Goal::Exists => Val::Bool(false),
            Goal::All => Val::Bool(true),
            Goal::ExistsOne => Val::Bool(found == 1),
            Goal::List => Val::List(Arc::new(made)),
        })
    }
}

/// What is known, borrowed.
fn again<'a>(value: &'a Val<'static>) -> Val<'a> {
    match value {
        Val::Text(text) => Val::Text(Cow::Borrowed(text)),
        other => other.clone(),
    }
}
