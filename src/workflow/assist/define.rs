//! Where what stands at a place is defined in the file.

use super::{cursor::Spot, document::Document, tolerant_yaml::Segment};
use crate::workflow::{diagnostic::Span, vocabulary::Shape};

impl Document<'_> {
    /// The place of the definition. Other workflows and the connectors' own words have none here.
    #[must_use]
    pub fn define(&self, offset: usize) -> Option<Span> {
        let offset = self.text.floor_char_boundary(offset.min(self.text.len()));
        let fact = self.sketch.value_at(offset)?;
        let here = self.here(&fact.path);
        if let Some(code) = self.code(&here, fact.value.start, offset) {
            let end = self.word_end(offset);
            let word = self.slice(Span::new(code.token, end));
            let parts: Vec<&str> = word.split('.').collect();
            // The part under the cursor, or the nearest before it that the file defines.
            return (1..=parts.len()).rev().find_map(|length| {
                let (last, path) = parts.get(..length)?.split_last()?;
                self.names(&here, path).into_iter().find(|name| name.name == *last)?.defined
            });
        }
        let shape = match here.spot {
            Spot::Value(_, _, shape) | Spot::Entry(shape) => shape,
            _ => return None,
        };
        let text = fact.text.as_str();
        let named = |list: &str| self.named(list).into_iter().find(|(name, _)| name == text).map(|(_, span)| span);
        match shape {
            Shape::StepIds => {
                let (_, path) = self.steps().into_iter().find(|(id, _)| id == text)?;
                self.sketch.at(&[path, vec![Segment::Key("id".into())]].concat()).map(|fact| fact.value)
            }
            Shape::Mapping => named("mappings"),
            Shape::Connection => named("connections"),
            // An action: the connection that serves it.
            Shape::Action => {
                let step = here.step.as_ref()?;
                let prefix = text.split('/').next()?;
                let alias = self.text_at(step, "connection").unwrap_or(prefix).to_string();
                self.named("connections").into_iter().find(|(name, _)| *name == alias).map(|(_, span)| span)
            }
            _ => None,
        }
    }
}
