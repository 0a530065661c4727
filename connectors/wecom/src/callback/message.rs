//! The bodies of callbacks as a tree of named texts, whether they are XML or JSON.
//!
//! XML is read without document types and entities but for the five that XML has itself, and depth, elements and size are
//! bounded: whoever sends a body has proved nothing yet. Elements that nobody knows are kept and do no harm.

use quick_xml::{Reader, escape::resolve_predefined_entity, events::Event};

/// The longest body, in bytes.
pub const MOST_BYTES: usize = 1 << 20;
/// How deep elements may stand in each other; the platform's stand in five.
const DEPTH: usize = 16;
/// How many elements there may be; a tag event with a thousand members has a dozen.
const ELEMENTS: usize = 10_000;

/// An element: its name, its text, and what is in it.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Element {
    /// The name.
    pub name: String,
    /// The text, without blanks around it.
    pub text: String,
    /// The elements in it.
    pub children: Vec<Element>,
}

impl Element {
    /// The first element of this name in it. JSON and XML write the same name in different cases.
    #[must_use]
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name.eq_ignore_ascii_case(name))
    }

    /// The text of the first element of this name; nothing where it is empty.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.as_str()).filter(|text| !text.is_empty())
    }

    /// All texts by their paths, sorted: the same for two bodies that say the same.
    #[must_use]
    pub fn leaves(&self) -> Vec<(String, String)> {
        let mut leaves = Vec::new();
        self.gather("", &mut leaves);
        leaves.sort();
        leaves
    }

    fn gather(&self, path: &str, leaves: &mut Vec<(String, String)>) {
        for child in &self.children {
            let path = format!("{path}/{}", child.name.to_ascii_lowercase());
            if child.children.is_empty() {
                leaves.push((path, child.text.clone()));
            } else {
                child.gather(&path, leaves);
            }
        }
    }
}

/// Reads a body; nothing where it is none.
#[must_use]
pub fn read(body: &[u8]) -> Option<Element> {
    if body.len() > MOST_BYTES {
        return None;
    }
    let text = std::str::from_utf8(body).ok()?;
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.starts_with('{') { json(text) } else { xml(text) }
}

fn json(text: &str) -> Option<Element> {
    let mut left = ELEMENTS;
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    element("xml", &value, DEPTH, &mut left)
}

fn element(name: &str, value: &serde_json::Value, depth: usize, left: &mut usize) -> Option<Element> {
    use serde_json::Value;
    *left = left.checked_sub(1)?;
    let depth = depth.checked_sub(1)?;
    let mut found = Element { name: name.into(), ..Element::default() };
    match value {
        Value::Null => {}
        Value::Bool(value) => found.text = value.to_string(),
        Value::Number(value) => found.text = value.to_string(),
        Value::String(value) => found.text = value.trim().into(),
        // A list of texts is one text in XML.
        Value::Array(values) if values.iter().all(|value| !value.is_object() && !value.is_array()) => {
            let texts: Option<Vec<String>> =
                values.iter().map(|value| Some(element(name, value, depth, left)?.text)).collect();
            found.text = texts?.join(",");
        }
        Value::Array(values) => {
            for value in values {
                found.children.push(element("Item", value, depth, left)?);
            }
        }
        Value::Object(values) => {
            for (name, value) in values {
                found.children.push(element(name, value, depth, left)?);
            }
        }
    }
    Some(found)
}

fn xml(text: &str) -> Option<Element> {
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Element> = Vec::new();
    let mut root = None;
    let mut left = ELEMENTS;
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => {
                left = left.checked_sub(1)?;
                if open.len() >= DEPTH || root.is_some() {
                    return None;
                }
                open.push(named(start.local_name().as_ref()));
            }
            Event::Empty(start) => {
                left = left.checked_sub(1)?;
                close(named(start.local_name().as_ref()), &mut open, &mut root)?;
            }
            Event::End(_) => {
                let mut element = open.pop()?;
                element.text = element.text.trim().into();
                close(element, &mut open, &mut root)?;
            }
            Event::Text(piece) => add(&mut open, &piece)?,
            Event::CData(piece) => add(&mut open, &piece)?,
            Event::GeneralRef(reference) => match reference.resolve_char_ref().ok()? {
                Some(letter) => add(&mut open, letter.encode_utf8(&mut [0; 4]))?,
                None => add(&mut open, resolve_predefined_entity(&reference)?)?,
            },
            Event::Decl(_) | Event::Comment(_) | Event::PI(_) => {}
            Event::DocType(_) => return None,
            Event::Eof => return root.filter(|_| open.is_empty()),
        }
    }
}

fn named(name: &str) -> Element {
    Element { name: name.into(), ..Element::default() }
}

/// Text in the innermost element; outside of all there may be blanks only.
fn add(open: &mut [Element], text: &str) -> Option<()> {
    match open.last_mut() {
        Some(element) => element.text.push_str(text),
        None if text.trim().is_empty() => {}
        None => return None,
    }
    Some(())
}

/// An element has ended: it belongs to the one around it, or is the root.
fn close(element: Element, open: &mut [Element], root: &mut Option<Element>) -> Option<()> {
    match open.last_mut() {
        Some(around) => around.children.push(element),
        None if root.is_none() => *root = Some(element),
        None => return None,
    }
    Some(())
}
