//! Entries of lists: added, removed, moved; and keys that are renamed.

use serde_json::{Map, Value};

use super::{
    super::{column, line_break, write},
    Pen, Segment, Wrong, below, broken, entry_end, find, in_braces, line_end, next_line, read, replaced,
};
use crate::workflow::{diagnostic::Span, yaml::Node};

impl Pen {
    pub(super) fn insert(&mut self, text: &str, path: &[Segment], value: &Value) -> Result<String, Wrong> {
        self.use_one()?;
        let Some((Segment::Item(index), list)) = path.split_last() else { return Err(Wrong::NoPlace(0)) };
        let root = read(text)?;
        let (held, depth) = find(&root, list);
        let count = held.node.list().map_or(0, <[Node]>::len);
        if depth < list.len() || count == 0 {
            return self.set(text, list, &Value::Array(vec![value.clone()]));
        }
        Self::add_item(text, held.node, (*index).min(count), value)
    }

    pub(super) fn add_item(text: &str, list: &Node, index: usize, value: &Value) -> Result<String, Wrong> {
        let items = list.list().filter(|items| !items.is_empty()).ok_or(Wrong::NotPossible)?;
        if items.iter().any(|item| item.span.start < list.span.start || item.span.end > list.span.end) {
            return Err(Wrong::NotPossible);
        }
        if in_braces(text, list) {
            let line = write::flow(value);
            let (at, line) = match items.get(index) {
                Some(next) => (next.span.start, format!("{line}, ")),
                None => (items[items.len() - 1].span.end, format!(", {line}")),
            };
            return Ok(replaced(text, Span::new(at, at), &line));
        }
        let dash = dash_of(text, &items[0]).ok_or(Wrong::NotPossible)?;
        let indent = column(text, dash).ok_or(Wrong::NotPossible)?;
        let pad = " ".repeat(indent);
        let lines = write::item(value, indent);
        match index.checked_sub(1).and_then(|before| items.get(before)) {
            Some(before) => {
                let at = line_end(text, before.span.end);
                Ok(replaced(text, Span::new(at, at), &broken(text, dash, &format!("\n{pad}{lines}"))))
            }
            None => Ok(replaced(text, Span::new(dash, dash), &broken(text, dash, &format!("{lines}\n{pad}")))),
        }
    }

    pub(super) fn remove(&mut self, text: &str, path: &[Segment]) -> Result<String, Wrong> {
        self.use_one()?;
        let root = read(text)?;
        let (held, depth) = find(&root, path);
        let Some((around, entry)) = held.around.filter(|_| depth == path.len()) else {
            return Err(Wrong::NoPlace(depth));
        };
        let parent = path.get(..path.len() - 1).unwrap_or_default();
        let (index, starts): (usize, Vec<Span>) = match entry {
            Some(entry) => {
                let own = around.map().unwrap_or_default().iter().filter(|entry| !entry.merged);
                let spans: Option<Vec<Span>> =
                    own.map(|entry| Some(Span::new(entry.key_span.start, entry_end(entry)?))).collect();
                let spans = spans.ok_or(Wrong::NotPossible)?;
                (spans.iter().position(|span| span.start == entry.key_span.start).unwrap_or_default(), spans)
            }
            None => {
                let items = around.list().unwrap_or_default();
                let index = items.iter().position(|item| std::ptr::eq(item, held.node)).unwrap_or_default();
                (index, items.iter().map(|item| item.span).collect())
            }
        };
        if starts.len() == 1 {
            let empty = if entry.is_some() { Value::Object(Map::new()) } else { Value::Array(Vec::new()) };
            let (outer, _) = find(&root, parent);
            return Self::put(text, &outer, &empty);
        }
        let own = starts[index];
        if in_braces(text, around) {
            let span = match starts.get(index + 1) {
                Some(next) => Span::new(own.start, next.start),
                None => Span::new(starts[index - 1].end, own.end),
            };
            return Ok(replaced(text, span, ""));
        }
        let begin = match entry {
            Some(_) => own.start,
            None => dash_of(text, held.node).ok_or(Wrong::NotPossible)?,
        };
        // The first key of a list's entry stands behind the dash, which stays.
        let lead = text.get(..begin).and_then(|lead| lead.rfind('\n')).map_or(0, |at| at + 1);
        let behind_dash = text.get(lead..begin).unwrap_or_default().contains('-');
        let span = match starts.get(index + 1) {
            Some(next) if behind_dash => Span::new(begin, next.start),
            _ => Span::new(lead, next_line(text, own.end)),
        };
        let mut done = replaced(text, span, "");
        if span.end == text.len() && !text.ends_with('\n') {
            done.truncate(done.trim_end_matches(['\n', '\r']).len());
        }
        Ok(done)
    }

    /// Moves an entry of a list that is written in lines, with everything in it.
    pub(super) fn shift(&mut self, text: &str, path: &[Segment], to: usize) -> Result<String, Wrong> {
        let Some((Segment::Item(from), list)) = path.split_last() else { return Err(Wrong::NoPlace(0)) };
        let root = read(text)?;
        let (held, depth) = find(&root, list);
        let items = held.node.list().filter(|_| depth == list.len()).ok_or(Wrong::NoPlace(depth))?;
        let to = to.min(items.len().saturating_sub(1));
        let item = items.get(*from).ok_or(Wrong::NoPlace(depth))?;
        if to == *from {
            return Ok(text.into());
        }
        if in_braces(text, held.node) {
            let value = item.to_json();
            let text = self.remove(text, path)?;
            return self.insert(&text, &below(list, Segment::Item(to)), &value);
        }
        // Each entry goes from its dash to the dash of the next; the last one to the end of its line.
        let dashes: Option<Vec<usize>> = items.iter().map(|item| dash_of(text, item)).collect();
        let dashes = dashes.ok_or(Wrong::NotPossible)?;
        let line_start = |at: usize| text.get(..at).and_then(|lead| lead.rfind('\n')).map_or(0, |index| index + 1);
        let starts: Vec<usize> = dashes.iter().map(|dash| line_start(*dash)).collect();
        let end = next_line(text, items[items.len() - 1].span.end);
        let bounds: Vec<usize> = starts.iter().copied().chain([end]).collect();
        let first = bounds[0];
        let breaks = line_break(text, first);
        let mut pieces: Vec<String> = bounds
            .windows(2)
            .map(|pair| {
                let piece = text.get(pair[0]..pair[1]).unwrap_or_default();
                if piece.ends_with('\n') { piece.to_string() } else { format!("{piece}{breaks}") }
            })
            .collect();
        if dashes.iter().zip(&starts).any(|(dash, start)| text.get(*start..*dash).is_none_or(|lead| lead.contains('-')))
        {
            return Err(Wrong::NotPossible);
        }
        let piece = pieces.remove(*from);
        pieces.insert(to, piece);
        let mut done = format!("{}{}{}", &text[..first], pieces.concat(), &text[end..]);
        if !text.ends_with('\n') && end == text.len() {
            done.truncate(done.trim_end_matches(['\n', '\r']).len());
        }
        Ok(done)
    }

    pub(super) fn rename(&mut self, text: &str, path: &[Segment], key: &str) -> Result<String, Wrong> {
        self.use_one()?;
        let root = read(text)?;
        let (held, depth) = find(&root, path);
        let entry = held.around.and_then(|(_, entry)| entry).filter(|_| depth == path.len());
        let entry = entry.ok_or(Wrong::NoPlace(depth))?;
        Ok(replaced(text, entry.key_span, &write::word(key)))
    }
}

/// The dash before an entry of a list that is written in lines.
pub(super) fn dash_of(text: &str, item: &Node) -> Option<usize> {
    let lead = text.get(..item.span.start)?.trim_end_matches([' ', '\n', '\r']);
    lead.ends_with('-').then(|| lead.len() - 1)
}
