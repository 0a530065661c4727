//! What an editor is told about a place of a file: what can be written there, what stands there, where it is defined.
//!
//! ```text
//!  text ─► sketch (always) ─► spot: what belongs at this path ─► complete, hover, define
//!                             reads: names that can follow
//! ```
//!
//! Pure: a text and a byte in, an answer out. It works on half-typed files, so nothing in here uses the compiler's reader;
//! the meaning of keys, actions and fields comes from the compiler's tables. Findings are the compiler's own.
//!
//! Deliberately absent: the editor's protocol, which is in the command line.

mod code;
mod complete;
mod cursor;
mod define;
mod document;
mod hover;
mod names_at;
#[cfg(test)]
mod tests;
mod tolerant_yaml;

pub use complete::{Sort, Suggestion};
pub use document::Document;
pub use hover::{Hover, field_rules};
