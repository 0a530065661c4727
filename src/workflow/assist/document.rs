//! A file in an editor, in whatever state it is.

use super::tolerant_yaml::Sketch;
use crate::workflow::{Environment, diagnostic::Span};

/// A file in an editor.
#[derive(Debug)]
pub struct Document<'a> {
    pub(super) text: &'a str,
    pub(super) environment: Environment<'a>,
    pub(super) sketch: Sketch,
}

impl<'a> Document<'a> {
    /// Looks at a text.
    #[must_use]
    pub fn new(text: &'a str, environment: Environment<'a>) -> Self {
        Self { text, environment, sketch: Sketch::new(text) }
    }

    pub(super) fn slice(&self, span: Span) -> &'a str {
        self.text.get(span.range()).unwrap_or_default()
    }

    /// The end of the name that goes on at this byte.
    pub(super) fn word_end(&self, offset: usize) -> usize {
        let rest = self.text.get(offset..).unwrap_or_default();
        offset + rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').map(char::len_utf8).sum::<usize>()
    }
}
