#![doc = include_str!("../README.md")]

mod cells;
mod clean;
mod connector;
mod encoding;
mod header;
mod layout;
mod messages;
mod names;
mod near;
mod problems;
mod raw;
mod reader;
mod row;
mod sample;
mod scan;
mod spec;
mod tokens;

pub use connector::open;
pub use layout::row_schema;
pub use messages::MESSAGES;
pub use sample::{Sample, rows, sample};
pub use spec::SPEC;
