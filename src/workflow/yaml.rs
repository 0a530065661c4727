//! YAML text to a tree in which every node knows its bytes.
//!
//! The tree is built from parser events (YAML 1.2 core schema) and keeps what serde would lose: positions, the difference
//! between `0123` and `"0123"`, and both places of a key that occurs twice. Everything that could make a small file a big
//! one is capped here: size, depth, aliases, nodes. A template that was left unquoted is recognised here too, because to
//! YAML it is a map with a map for a key. Merge keys (`<<: *name`) are applied: what stands in the map itself counts more.
//!
//! Deliberately absent: what keys mean.

use std::collections::{HashMap, HashSet};

use granit_parser::{Event, Parser, ScalarStyle, StructureStyle};

use super::diagnostic::{Diagnostic, Span};

mod diagnose;
mod errors;
mod scalar_span;
#[cfg(test)]
mod tests;

/// The largest file that is read.
pub const MAX_BYTES: usize = 2 << 20;
const MAX_DEPTH: usize = 40;
const MAX_ALIASES: usize = 100;
const MAX_NODES: usize = 100_000;
/// From this size on the keys of a map are looked up and no longer compared one by one.
const MANY_KEYS: usize = 32;
/// Beyond so many keys that occur twice the file is no workflow, and the rest is not told.
const MAX_DUPLICATES: usize = 100;

/// How a scalar was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// In `'` or `"`.
    Quoted,
    /// As a `|` or `>` block.
    Block,
}

/// One node.
#[derive(Debug, Clone)]
pub struct Node {
    /// Its bytes, quotes and braces included.
    pub span: Span,
    /// What it is.
    pub data: Data,
}

/// What a node is.
#[derive(Debug, Clone)]
pub enum Data {
    /// Text, number, flag or nothing.
    Scalar(String, Style),
    /// A list.
    List(Vec<Node>),
    /// A map; keys are unique.
    Map(Vec<Entry>),
    /// An unquoted template, reported already.
    Broken,
}

/// One entry of a map.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Its bytes.
    pub key_span: Span,
    /// Whether the key was written without quotes.
    pub plain: bool,
    /// Whether a merge key brought it: an entry of the map itself may take its place.
    pub merged: bool,
    /// The value.
    pub value: Node,
}

/// What a plain scalar means.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Plain<'a> {
    /// Nothing.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Another number.
    Float(f64),
    /// Text.
    Text(&'a str),
}

impl Node {
    /// The scalar by the core schema: only plain scalars can be other than text.
    #[must_use]
    pub fn scalar(&self) -> Option<Plain<'_>> {
        match &self.data {
            Data::Scalar(text, Style::Plain) => Some(resolve(text)),
            Data::Scalar(text, _) => Some(Plain::Text(text)),
            _ => None,
        }
    }

    /// The text as written, whatever the core schema makes of it; `None` for nothing, lists and maps.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match (&self.data, self.scalar()) {
            (_, Some(Plain::Null)) => None,
            (Data::Scalar(text, _), _) => Some(text),
            _ => None,
        }
    }

    /// The entries, if it is a map.
    #[must_use]
    pub fn map(&self) -> Option<&[Entry]> {
        match &self.data {
            Data::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The items, if it is a list.
    #[must_use]
    pub fn list(&self) -> Option<&[Self]> {
        match &self.data {
            Data::List(items) => Some(items),
            _ => None,
        }
    }

    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.map()?.iter().find(|entry| entry.key == key).map(|entry| &entry.value)
    }

    /// Whether nothing was written.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.scalar() == Some(Plain::Null)
    }

    /// The node as JSON: templates and expressions as the texts they are.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        match &self.data {
            Data::Scalar(text, _) => match self.scalar() {
                Some(Plain::Bool(flag)) => flag.into(),
                Some(Plain::Int(number)) => number.into(),
                Some(Plain::Float(number)) => number.into(),
                Some(Plain::Null) | None => serde_json::Value::Null,
                Some(Plain::Text(_)) => text.as_str().into(),
            },
            Data::List(items) => items.iter().map(Self::to_json).collect(),
            Data::Map(entries) => entries
                .iter()
                .map(|entry| (entry.key.clone(), entry.value.to_json()))
                .collect::<serde_json::Map<_, _>>()
                .into(),
            Data::Broken => serde_json::Value::Null,
        }
    }
}

/// What a plain scalar means by the core schema.
pub(super) fn resolve(text: &str) -> Plain<'_> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Plain::Null,
        "true" | "True" | "TRUE" => return Plain::Bool(true),
        "false" | "False" | "FALSE" => return Plain::Bool(false),
        _ => {}
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        // A leading zero makes a personnel or phone number; it stays text, or the zero would be lost.
        if digits.len() > 1 && digits.starts_with('0') {
            return Plain::Text(text);
        }
        return text.parse().map_or(Plain::Text(text), Plain::Int);
    }
    let mut parts = digits.splitn(2, '.');
    if let (Some(whole), Some(fraction)) = (parts.next(), parts.next())
        && !fraction.is_empty()
        && whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit())
    {
        return text.parse().map_or(Plain::Text(text), Plain::Float);
    }
    Plain::Text(text)
}

/// Reads the text. The tree is `None` when nothing can be made of it.
pub fn read(text: &str, findings: &mut Vec<Diagnostic>) -> Option<Node> {
    if text.len() > MAX_BYTES {
        findings.push(errors::too_large(Span::new(0, 0)));
        return None;
    }
    let options = granit_parser::options! {
        emit_comments: false,
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
    };
    let mut builder = Builder::default();
    for next in Parser::new_from_str_with_options(text, options) {
        match next {
            Ok((event, span)) => {
                let range = span.byte_range().unwrap_or_default();
                if let Err(finding) = builder.event(event, Span::new(range.start, range.end), text) {
                    builder.findings.push(*finding);
                    findings.append(&mut builder.findings);
                    return None;
                }
            }
            Err(error) => {
                let fault = errors::unreadable(text, &error);
                builder.findings.retain(|finding| finding.code != fault.code);
                findings.append(&mut builder.findings);
                findings.push(fault);
                return None;
            }
        }
    }
    findings.append(&mut builder.findings);
    // Comments and blanks only.
    let end = Span::new(text.len(), text.len());
    builder.root.or(Some(Node { span: end, data: Data::Scalar(String::new(), Style::Plain) }))
}

/// A list or map that is not closed yet.
struct Open {
    start: usize,
    flow: bool,
    anchor: usize,
    kind: OpenKind,
    /// The keys of a large map.
    seen: HashSet<String>,
    /// What `<<` names, in order.
    merged: Vec<Node>,
}

enum OpenKind {
    List(Vec<Node>),
    Map(Vec<Entry>, Option<Node>),
}

#[derive(Default)]
struct Builder {
    root: Option<Node>,
    stack: Vec<Open>,
    anchors: HashMap<usize, (Node, usize)>,
    aliases: usize,
    nodes: usize,
    documents: usize,
    findings: Vec<Diagnostic>,
}

impl Builder {
    fn event(&mut self, event: Event<'_>, span: Span, text: &str) -> Result<(), Box<Diagnostic>> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(errors::too_large(span).into());
        }
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(errors::second_document(span).into());
                }
            }
            Event::Scalar(value, style, anchor, _) => {
                let style = match style {
                    ScalarStyle::Plain => Style::Plain,
                    ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
                    ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
                };
                let span = self.trimmed(span, text, &value, style);
                self.finish(Node { span, data: Data::Scalar(value.into_owned(), style) }, anchor);
            }
            Event::SequenceStart(style, anchor, _) => self.open(span, style, anchor, OpenKind::List(Vec::new())),
            Event::MappingStart(style, anchor, _) => self.open(span, style, anchor, OpenKind::Map(Vec::new(), None)),
            Event::SequenceEnd | Event::MappingEnd => self.close(span, text),
            Event::Alias(anchor) => self.alias(anchor, span)?,
            _ => {}
        }
        Ok(())
    }

    /// A value that was left out has no bytes of its own: it stands at the end of its key. Blocks lose the blank end.
    fn trimmed(&self, span: Span, text: &str, value: &str, style: Style) -> Span {
        if style == Style::Plain && value.is_empty() {
            if let Some(Open { kind: OpenKind::Map(_, Some(key)), .. }) = self.stack.last() {
                return Span::new(key.span.end, key.span.end);
            }
            return Span::new(span.start, span.start);
        }
        let written = text.get(span.range()).unwrap_or_default();
        Span::new(span.start, span.start + written.trim_end().len())
    }

    fn open(&mut self, span: Span, style: StructureStyle, anchor: usize, kind: OpenKind) {
        let flow = style == StructureStyle::Flow;
        self.stack.push(Open { start: span.start, flow, anchor, kind, seen: HashSet::new(), merged: Vec::new() });
    }

    fn close(&mut self, end: Span, text: &str) {
        let Some(open) = self.stack.pop() else { return };
        let (start, anchor) = (open.start, open.anchor);
        let merged = open.merged;
        let (last, mut data) = match open.kind {
            OpenKind::List(items) => (items.last().map(|node| node.span.end), Data::List(items)),
            OpenKind::Map(entries, _) => (entries.last().map(|entry| entry.value.span.end), Data::Map(entries)),
        };
        let end = if open.flow { end.end } else { last.unwrap_or(start) };
        let written = text.get(start..end.max(start)).unwrap_or_default();
        let span = Span::new(start, start + written.trim_end().len());
        if let Data::Map(entries) = &mut data {
            merge(entries, merged);
        }
        self.finish(Node { span, data }, anchor);
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<(), Box<Diagnostic>> {
        self.aliases += 1;
        let Some((node, size)) = self.anchors.get(&anchor) else {
            return Err(errors::open_alias(span).into());
        };
        self.nodes += size;
        if self.aliases > MAX_ALIASES || self.nodes > MAX_NODES || self.stack.len() + depth(node) > MAX_DEPTH {
            return Err(errors::too_large(span).into());
        }
        let node = node.clone();
        self.finish(node, 0);
        Ok(())
    }

    fn finish(&mut self, node: Node, anchor: usize) {
        if anchor != 0 {
            let size = count(&node);
            self.nodes += size;
            if self.nodes <= MAX_NODES {
                self.anchors.insert(anchor, (node.clone(), size));
            }
        }
        let Some(open) = self.stack.last_mut() else {
            self.root.get_or_insert(node);
            return;
        };
        match &mut open.kind {
            OpenKind::List(items) => items.push(node),
            OpenKind::Map(_, key @ None) => *key = Some(node),
            OpenKind::Map(entries, key) => {
                let Some(key) = key.take() else { return };
                match key.data {
                    Data::Scalar(name, Style::Plain) if name == "<<" && mergeable(&node) => open.merged.push(node),
                    Data::Scalar(name, style) => {
                        if entries.len() == MANY_KEYS {
                            open.seen.extend(entries.iter().map(|entry| entry.key.clone()));
                        }
                        let large = entries.len() >= MANY_KEYS;
                        if (!large || open.seen.contains(&name))
                            && let Some(first) = entries.iter().find(|entry| entry.key == name)
                        {
                            if self.findings.len() < MAX_DUPLICATES {
                                self.findings.push(errors::duplicate(&name, first.key_span, key.span));
                            }
                            return;
                        }
                        if large {
                            open.seen.insert(name.clone());
                        }
                        let plain = style == Style::Plain;
                        entries.push(Entry { key: name, key_span: key.span, plain, merged: false, value: node });
                    }
                    // `{{name}}` without quotes: a map whose key is a map.
                    Data::Map(_) if open.flow => {
                        let span = Span::new(open.start, key.span.end + usize::from(key.span.end > 0));
                        self.findings.push(errors::unquoted(span));
                        entries.push(Entry {
                            key: "\u{0}".into(),
                            key_span: span,
                            plain: false,
                            merged: false,
                            value: Node { span, data: Data::Broken },
                        });
                    }
                    _ => self.findings.push(errors::odd_key(key.span)),
                }
            }
        }
    }
}

impl Node {
    /// Whether this was an unquoted template: it was reported, so nothing more is said about it.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        match &self.data {
            Data::Broken => true,
            Data::Map(entries) => entries.first().is_some_and(|entry| matches!(entry.value.data, Data::Broken)),
            _ => false,
        }
    }
}

/// Whether `<<` can name it: a map, or a list of maps.
fn mergeable(node: &Node) -> bool {
    match &node.data {
        Data::Map(_) => !node.is_broken(),
        Data::List(items) => items.iter().all(|item| matches!(item.data, Data::Map(_)) && !item.is_broken()),
        _ => false,
    }
}

/// The entries of merged maps that the map does not have itself; the first map that has one counts.
fn merge(entries: &mut Vec<Entry>, merged: Vec<Node>) {
    let maps = merged.into_iter().flat_map(|node| match node.data {
        Data::List(items) => items,
        _ => vec![node],
    });
    let mut seen: Option<HashSet<String>> = None;
    for map in maps {
        let Data::Map(inner) = map.data else { continue };
        let seen = seen.get_or_insert_with(|| entries.iter().map(|entry| entry.key.clone()).collect());
        for entry in inner {
            if seen.insert(entry.key.clone()) {
                entries.push(Entry { merged: true, ..entry });
            }
        }
    }
}

fn depth(node: &Node) -> usize {
    match &node.data {
        Data::List(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Data::Map(entries) => 1 + entries.iter().map(|entry| depth(&entry.value)).max().unwrap_or(0),
        _ => 1,
    }
}

fn count(node: &Node) -> usize {
    match &node.data {
        Data::List(items) => 1 + items.iter().map(count).sum::<usize>(),
        Data::Map(entries) => 1 + entries.iter().map(|entry| 1 + count(&entry.value)).sum::<usize>(),
        _ => 1,
    }
}
