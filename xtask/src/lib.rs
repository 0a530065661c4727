//! What the project's own commands share: where things are, and how they print.

pub mod output;
pub mod workspace;
