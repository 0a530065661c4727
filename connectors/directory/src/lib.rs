#![doc = include_str!("../README.md")]

mod connector;
pub mod events;
mod messages;
mod read;
mod rules;
pub mod schema;

pub use connector::{SPEC, open};
