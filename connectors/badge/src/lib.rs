#![doc = include_str!("../README.md")]

mod client;
mod connection;
mod spec;

pub use spec::SPEC;
