//! Changes of single places of a file, by path and value; comments, order and layout around them stay.
//!
//! A change is carried out on the text and then proved: the file is read again, and unless it says exactly what it said before
//! with this one change, nothing is done. So a form that edits a file can never change more than its field.

mod lists;

use serde_json::{Map, Value};

use super::{column, line_break, quoted, write};
use crate::workflow::{
    diagnostic::Span,
    yaml::{self, Data, Entry, Node, Style},
};

/// Larger files are edited as text.
const MOST_BYTES: usize = 512 << 10;
/// A change of more places than this is no edit of a field.
const MOST_PLACES: usize = 400;

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// Under this key; in a list the entry that has it as its `id`.
    Key(String),
    /// The entry of a list, from 0.
    Item(usize),
}

/// What is to be done at a place.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// This value stands there.
    Set(Value),
    /// Nothing stands there.
    Remove,
    /// This value stands there, and what stood there follows it. The path ends in an item; one beyond the last is the end.
    Insert(Value),
    /// The entry of the list moves to this place among the others.
    Move(usize),
    /// The key is called so.
    Rename(String),
}

/// Why a change cannot be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wrong {
    /// The file cannot be read as YAML, or is too large.
    Unreadable,
    /// There is no such place: how far the path leads.
    NoPlace(usize),
    /// It would be too many places at once.
    TooMany,
    /// The file is written in a way (anchors, merges) in which nobody can tell where to write it.
    NotPossible,
}

/// Carries out a change.
///
/// # Errors
/// See [`Wrong`]; the text is as it was then.
pub fn change(text: &str, path: &[Segment], what: &Change) -> Result<String, Wrong> {
    if text.len() > MOST_BYTES {
        return Err(Wrong::Unreadable);
    }
    let root = read(text)?;
    let path = resolved(&root, path)?;
    let mut wanted = root.to_json();
    imagine(&mut wanted, &path, what)?;
    let mut pen = Pen { left: MOST_PLACES };
    let done = match what {
        Change::Set(value) => pen.set(text, &path, value)?,
        Change::Remove => pen.remove(text, &path)?,
        Change::Insert(value) => pen.insert(text, &path, value)?,
        Change::Move(to) => pen.shift(text, &path, *to)?,
        Change::Rename(key) => pen.rename(text, &path, key)?,
    };
    let after = read(&done).map_err(|_| Wrong::NotPossible)?;
    if after.to_json() == wanted { Ok(done) } else { Err(Wrong::NotPossible) }
}

fn read(text: &str) -> Result<Node, Wrong> {
    let mut findings = Vec::new();
    let root = yaml::read(text, &mut findings).ok_or(Wrong::Unreadable)?;
    // One that was repaired while it was read says something else than what stands there.
    if findings.iter().any(|finding| matches!(finding.code, "E0101" | "E0102" | "E0103")) {
        return Err(Wrong::Unreadable);
    }
    Ok(root)
}

/// The path with ids of entries as their places.
fn resolved(root: &Node, path: &[Segment]) -> Result<Vec<Segment>, Wrong> {
    let mut node = Some(root);
    let mut found = Vec::with_capacity(path.len());
    for (depth, segment) in path.iter().enumerate() {
        let segment = match (segment, node.and_then(Node::list)) {
            (Segment::Key(id), Some(items)) => {
                let named = |item: &Node| item.get("id").and_then(Node::text) == Some(id);
                Segment::Item(items.iter().position(named).ok_or(Wrong::NoPlace(depth))?)
            }
            (segment, _) => segment.clone(),
        };
        node = node.and_then(|node| step(node, &segment));
        found.push(segment);
    }
    Ok(found)
}

fn step<'n>(node: &'n Node, segment: &Segment) -> Option<&'n Node> {
    match segment {
        Segment::Key(key) => node.get(key),
        Segment::Item(place) => node.list()?.get(*place),
    }
}

/// The change as it would be in the file's meaning.
fn imagine(json: &mut Value, path: &[Segment], what: &Change) -> Result<(), Wrong> {
    let Some((last, before)) = path.split_last() else {
        return match what {
            Change::Set(value) => {
                *json = value.clone();
                Ok(())
            }
            _ => Err(Wrong::NoPlace(0)),
        };
    };
    let mut at = json;
    let adds = matches!(what, Change::Set(_) | Change::Insert(_));
    for (depth, segment) in before.iter().enumerate() {
        at = enter(at, segment, adds).ok_or(Wrong::NoPlace(depth))?;
    }
    let nowhere = Wrong::NoPlace(before.len());
    match (what, last) {
        (Change::Set(value), _) => *enter(at, last, true).ok_or(nowhere)? = value.clone(),
        (Change::Remove, Segment::Key(key)) => {
            at.as_object_mut().and_then(|entries| entries.remove(key)).ok_or(nowhere)?;
        }
        (Change::Remove, Segment::Item(place)) => {
            let items = at.as_array_mut().filter(|items| *place < items.len()).ok_or(nowhere)?;
            items.remove(*place);
        }
        (Change::Insert(value), Segment::Item(place)) => {
            if at.is_null() {
                *at = Value::Array(Vec::new());
            }
            let items = at.as_array_mut().ok_or(nowhere)?;
            items.insert((*place).min(items.len()), value.clone());
        }
        (Change::Move(to), Segment::Item(place)) => {
            let items = at.as_array_mut().filter(|items| *place < items.len()).ok_or(nowhere)?;
            let item = items.remove(*place);
            items.insert((*to).min(items.len()), item);
        }
        (Change::Rename(new), Segment::Key(key)) => {
            let entries = at.as_object_mut().ok_or(nowhere.clone())?;
            if new != key && entries.contains_key(new) {
                return Err(Wrong::NotPossible);
            }
            let value = entries.remove(key).ok_or(nowhere)?;
            entries.insert(new.clone(), value);
        }
        _ => return Err(nowhere),
    }
    Ok(())
}

fn enter<'v>(json: &'v mut Value, segment: &Segment, adds: bool) -> Option<&'v mut Value> {
    match segment {
        Segment::Key(key) => {
            if json.is_null() && adds {
                *json = Value::Object(Map::new());
            }
            let entries = json.as_object_mut()?;
            if adds {
                return Some(entries.entry(key.clone()).or_insert(Value::Null));
            }
            entries.get_mut(key)
        }
        Segment::Item(place) => {
            if json.is_null() && adds {
                *json = Value::Array(Vec::new());
            }
            let items = json.as_array_mut()?;
            if adds && *place == items.len() {
                items.push(Value::Null);
            }
            items.get_mut(*place)
        }
    }
}

/// What is below a missing place, for the first key of it that is missing.
fn nested(path: &[Segment], value: &Value) -> Value {
    path.iter().rev().fold(value.clone(), |value, segment| match segment {
        Segment::Key(key) => Value::Object(Map::from_iter([(key.clone(), value)])),
        Segment::Item(_) => Value::Array(vec![value]),
    })
}

/// Writes into a text, a bounded number of times.
struct Pen {
    left: usize,
}

/// A node with what holds it.
struct HeldNode<'n> {
    node: &'n Node,
    /// The map or list around it, with the entry of the map.
    around: Option<(&'n Node, Option<&'n Entry>)>,
}

/// Follows a path; the second number says how many of its steps are there.
fn find<'n>(root: &'n Node, path: &[Segment]) -> (HeldNode<'n>, usize) {
    let mut held = HeldNode { node: root, around: None };
    for (depth, segment) in path.iter().enumerate() {
        let next = match segment {
            Segment::Key(key) => held
                .node
                .map()
                .and_then(|entries| entries.iter().find(|entry| entry.key == *key && !entry.merged))
                .map(|entry| (&entry.value, Some(entry))),
            Segment::Item(place) => held.node.list().and_then(|items| items.get(*place)).map(|node| (node, None)),
        };
        let Some((node, entry)) = next else { return (held, depth) };
        held = HeldNode { node, around: Some((held.node, entry)) };
    }
    (held, path.len())
}

fn replaced(text: &str, span: Span, with: &str) -> String {
    let mut text = text.to_string();
    text.replace_range(span.range(), with);
    text
}

/// Whether a map or list is written in braces; whatever is in it has to be so too.
fn in_braces(text: &str, node: &Node) -> bool {
    text.get(node.span.range()).unwrap_or_default().starts_with(['{', '['])
}

/// The end of the line on which this byte stands, without its line break.
fn line_end(text: &str, at: usize) -> usize {
    text.get(at..).and_then(|rest| rest.find(['\r', '\n'])).map_or(text.len(), |place| at + place)
}

/// The byte after the line break of that line.
fn next_line(text: &str, at: usize) -> usize {
    text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len(), |place| at + place + 1)
}

/// Where the entry whose value this is ends; `None` where the value stands elsewhere in the file.
fn entry_end(entry: &Entry) -> Option<usize> {
    if entry.value.is_null() {
        return Some(entry.value.span.end.max(entry.key_span.end));
    }
    (entry.value.span.start >= entry.key_span.end).then_some(entry.value.span.end)
}

/// Text of several lines in the line breaks of the file.
fn broken(text: &str, at: usize, lines: &str) -> String {
    match line_break(text, at) {
        "\n" => lines.to_string(),
        other => lines.replace('\n', other),
    }
}

impl Pen {
    fn use_one(&mut self) -> Result<(), Wrong> {
        self.left = self.left.checked_sub(1).ok_or(Wrong::TooMany)?;
        Ok(())
    }

    fn set(&mut self, text: &str, path: &[Segment], value: &Value) -> Result<String, Wrong> {
        self.use_one()?;
        let root = read(text)?;
        let (held, depth) = find(&root, path);
        if depth < path.len() {
            return Self::add(text, held, &path[depth..], value);
        }
        if held.node.to_json() == *value {
            return Ok(text.into());
        }
        match (&held.node.data, value) {
            (Data::Map(entries), Value::Object(new))
                if !entries.is_empty() && !new.is_empty() && entries.iter().all(|entry| !entry.merged) =>
            {
                let kept = entries.iter().any(|entry| new.contains_key(&entry.key));
                if !kept {
                    return Self::put(text, &held, value);
                }
                let mut text = text.to_string();
                for (key, value) in new {
                    text = self.set(&text, &below(path, Segment::Key(key.clone())), value)?;
                }
                for entry in entries.iter().filter(|entry| !new.contains_key(&entry.key)) {
                    text = self.remove(&text, &below(path, Segment::Key(entry.key.clone())))?;
                }
                Ok(text)
            }
            (Data::List(items), Value::Array(new))
                if !items.is_empty() && !new.is_empty() && !in_braces(text, held.node) =>
            {
                let mut text = text.to_string();
                for (place, value) in new.iter().enumerate() {
                    let path = below(path, Segment::Item(place));
                    text = match place < items.len() {
                        true => self.set(&text, &path, value)?,
                        false => self.insert(&text, &path, value)?,
                    };
                }
                for place in (new.len()..items.len()).rev() {
                    text = self.remove(&text, &below(path, Segment::Item(place)))?;
                }
                Ok(text)
            }
            _ => Self::put(text, &held, value),
        }
    }

    /// Writes a value in the place of the one that stands there.
    fn put(text: &str, held: &HeldNode<'_>, value: &Value) -> Result<String, Wrong> {
        let node = held.node;
        let written = text.get(node.span.range()).ok_or(Wrong::NotPossible)?;
        let Some((around, entry)) = held.around else {
            return Ok(broken(text, 0, write::after_colon(value, 0).trim_start()));
        };
        let braces = in_braces(text, around);
        let Some(entry) = entry else {
            // An entry of a list: what stands behind its dash, or between commas.
            let line = match (value, &node.data) {
                (Value::String(new), Data::Scalar(_, Style::Plain | Style::Quoted))
                    if written.starts_with(['"', '\'']) && !new.contains(write::is_odd) =>
                {
                    quoted(text, node.span, new)
                }
                _ => write::flow(value),
            };
            return Ok(replaced(text, node.span, &line));
        };
        if entry_end(entry).is_none() {
            return Err(Wrong::NotPossible);
        }
        let scalar = matches!(node.data, Data::Scalar(_, Style::Plain | Style::Quoted)) && !written.is_empty();
        let long = !braces && write::after_colon(value, 0).contains('\n');
        if scalar && !long {
            let line = match value {
                Value::String(new) if written.starts_with(['"', '\'']) && !new.contains(write::is_odd) => {
                    quoted(text, node.span, new)
                }
                _ => write::flow(value),
            };
            return Ok(replaced(text, node.span, &line));
        }
        if !long && in_braces(text, node) {
            return Ok(replaced(text, node.span, &write::flow(value)));
        }
        let colon = text.get(entry.key_span.end..).and_then(|rest| rest.find(':')).ok_or(Wrong::NotPossible)?;
        let start = entry.key_span.end + colon + 1;
        let new = match column(text, entry.key_span.start).filter(|_| !braces) {
            Some(indent) => write::after_colon(value, indent),
            None => format!(" {}", write::flow(value)),
        };
        // A comment behind a key, or behind a value of one line, stays on the line of the key.
        let mut end = node.span.end.max(start);
        let note = comment(text, start).filter(|note| node.span.start > start + note.len());
        let note = match comment(text, end).filter(|_| note.is_none() && new.contains('\n')) {
            Some(behind) => {
                end = line_end(text, end);
                Some(behind)
            }
            None => note,
        };
        let note = note.map(|note| format!(" {note}")).unwrap_or_default();
        let new = broken(text, start, &new);
        let new = match new.split_once('\n') {
            Some((first, rest)) => format!("{}{note}\n{rest}", first.trim_end_matches('\r')),
            None => format!("{new}{note}"),
        };
        Ok(replaced(text, Span::new(start, end), &new))
    }

    /// Writes what is missing below a node.
    fn add(text: &str, held: HeldNode<'_>, rest: &[Segment], value: &Value) -> Result<String, Wrong> {
        let Some((first, rest)) = rest.split_first() else { return Err(Wrong::NotPossible) };
        let value = nested(rest, value);
        let node = held.node;
        if node.is_null() || node.map().is_some_and(<[Entry]>::is_empty) || node.list().is_some_and(<[Node]>::is_empty)
        {
            let whole = nested(std::slice::from_ref(first), &value);
            if held.around.is_none() {
                let gap = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
                let lines = broken(text, 0, write::after_colon(&whole, 0).trim_start());
                let flow = lines.starts_with(['{', '[']);
                let lines = match (flow, first) {
                    (true, Segment::Key(key)) => write::entry(key, &value, 0),
                    _ => lines,
                };
                return Ok(format!("{text}{gap}{lines}\n"));
            }
            return Self::put(text, &held, &whole);
        }
        match first {
            Segment::Key(key) => Self::add_entry(text, node, key, &value),
            Segment::Item(place) if node.list().is_some_and(|items| *place == items.len()) => {
                Self::add_item(text, node, *place, &value)
            }
            Segment::Item(_) => Err(Wrong::NoPlace(0)),
        }
    }

    fn add_entry(text: &str, node: &Node, key: &str, value: &Value) -> Result<String, Wrong> {
        let entries = node.map().ok_or(Wrong::NotPossible)?;
        let own = || entries.iter().filter(|entry| !entry.merged);
        let last = own().max_by_key(|entry| entry.key_span.start).ok_or(Wrong::NotPossible)?;
        let end = entry_end(last);
        if in_braces(text, node) || end.is_none() {
            let line = format!("{}: {}", write::word(key), write::flow(value));
            let fix = super::add_entry(text, node, &line).ok_or(Wrong::NotPossible)?;
            return Ok(replaced(text, fix.span, &fix.text));
        }
        let indent = column(text, last.key_span.start).ok_or(Wrong::NotPossible)?;
        let at = line_end(text, end.unwrap_or_default());
        let lines = format!("\n{}{}", " ".repeat(indent), write::entry(key, value, indent));
        Ok(replaced(text, Span::new(at, at), &broken(text, last.key_span.start, &lines)))
    }
}

fn below(path: &[Segment], segment: Segment) -> Vec<Segment> {
    path.iter().cloned().chain([segment]).collect()
}

/// The comment that stands on the line behind this byte, if nothing else does.
fn comment(text: &str, at: usize) -> Option<&str> {
    let rest = text.get(at..line_end(text, at))?.trim();
    rest.starts_with('#').then_some(rest)
}

#[cfg(test)]
mod tests;
