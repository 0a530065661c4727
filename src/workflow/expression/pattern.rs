//! Patterns of `matches`, and what it costs to try one.
//!
//! A pattern is tried in time proportional to the text times the places in the pattern that may be open at once. Most need far
//! less; which of them, nobody knows beforehand, and what an answer costs must not depend on the objects before it. So the places
//! are counted when the pattern is made, and each try pays for its bytes times these. A plain text that is looked for is
//! found in one pass.

use regex_syntax::hir::{Hir, HirKind};

/// The largest compiled pattern that a condition holds itself, in bytes: enough for any name or number, little enough to be made
/// at once.
const LARGEST: usize = 1 << 20;
/// The largest one that objects or variables bring: there may be many.
const LARGEST_BROUGHT: usize = LARGEST / 16;
/// How deep groups may be nested.
const DEEPEST: u32 = 50;
/// The price of a try, however short the text.
pub const TRY: u64 = 14;
/// Bytes that are passed for the price of one look, where a plain text is looked for.
const PLAIN_BYTES: u64 = 32;

/// A pattern made ready.
#[derive(Debug, Clone)]
pub struct Pattern {
    regex: regex::Regex,
    /// Places that may be open at once; none where a plain text is looked for.
    places: u64,
}

impl Pattern {
    /// One that stands in a condition.
    ///
    /// # Errors
    /// It cannot be read, or is too large.
    pub fn written(text: &str) -> Result<Self, regex::Error> {
        Self::of(text, LARGEST)
    }

    /// One that an object or a variable brings.
    ///
    /// # Errors
    /// It cannot be read, or is too large.
    pub fn brought(text: &str) -> Result<Self, regex::Error> {
        Self::of(text, LARGEST_BROUGHT)
    }

    fn of(text: &str, largest: usize) -> Result<Self, regex::Error> {
        let regex = regex::RegexBuilder::new(text).size_limit(largest).nest_limit(DEEPEST).build()?;
        let parsed = regex_syntax::ParserBuilder::new().nest_limit(DEEPEST).build().parse(text);
        // What the one reads the other does, too; if ever not, it is as dear as its size allows.
        let places = parsed.map_or(largest as u64, |hir| if is_plain(&hir) { 0 } else { places(&hir).max(1) });
        Ok(Self { regex, places })
    }

    /// Whether a text matches.
    #[must_use]
    pub fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }

    /// What trying a text of so many bytes costs.
    #[must_use]
    pub const fn price(&self, bytes: usize) -> u64 {
        let bytes = bytes as u64;
        TRY + match self.places {
            0 => bytes / PLAIN_BYTES,
            places => bytes.saturating_mul(places),
        }
    }

    /// What making it costs, beyond what every pattern does.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.places
    }
}

/// Whether it is a text, or the beginning or end of one.
fn is_plain(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Empty | HirKind::Literal(_) | HirKind::Look(_) => true,
        HirKind::Capture(capture) => is_plain(&capture.sub),
        HirKind::Concat(parts) => parts.iter().all(is_plain),
        HirKind::Class(_) | HirKind::Repetition(_) | HirKind::Alternation(_) => false,
    }
}

/// The places at which a pattern can be, each letter that is repeated counted as often as it is.
fn places(hir: &Hir) -> u64 {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => 0,
        HirKind::Literal(literal) => literal.0.len() as u64,
        // A letter of several bytes is at one of them.
        HirKind::Class(class) => class.maximum_len().unwrap_or(1) as u64,
        HirKind::Capture(capture) => places(&capture.sub),
        HirKind::Repetition(repetition) => {
            let times = repetition.max.unwrap_or_else(|| repetition.min.saturating_add(1)).max(1);
            places(&repetition.sub).saturating_mul(u64::from(times))
        }
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().map(places).fold(0, u64::saturating_add),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_try_pays_for_the_text_times_the_places() {
        for (text, expected) in [
            ("urgent", 0),
            ("^c123$", 0),
            ("(?:urgent)", 0),
            ("^[a-z]+$", 2),
            ("[ab]{60}", 60),
            ("(?:ab|cd)*x(?:[ab]){100}", 105),
            ("(a{50}){40}", 2_000),
            ("[一-龥]{2,4}", 12),
        ] {
            let pattern = Pattern::written(text).unwrap();
            assert_eq!(pattern.places, expected, "{text}");
            assert_eq!(pattern.price(0), TRY, "{text}");
            let price = if expected == 0 { 800 / PLAIN_BYTES } else { 800 * expected };
            assert_eq!(pattern.price(800), TRY + price, "{text}");
        }
        assert!(Pattern::written("(a{1000}){1000}").is_err(), "too large");
        assert!(Pattern::brought("(a{100}){100}").is_err(), "too large to be brought");
        assert!(Pattern::written("(").is_err());
    }
}
