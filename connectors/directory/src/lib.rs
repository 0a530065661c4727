#![doc = include_str!("../README.md")]

mod connector;
pub mod events;
mod messages;
mod read;
mod rules;
pub mod schema;
mod scope;

pub use connector::{SPEC, open};
