//! Text to a checked graph.
pub mod codes;
pub mod compiled;
pub mod diagnostic;
pub mod foreign;
pub mod keys;
pub mod parse;
pub mod secret;
pub mod suggest;
pub mod written;
pub mod yaml;
