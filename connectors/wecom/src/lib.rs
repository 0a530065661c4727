#![doc = include_str!("../README.md")]

mod actions;
mod apply;
pub mod callback;
mod check;
mod client;
mod codes;
mod codes_address_book;
mod codes_other;
mod config;
mod connector;
mod error;
mod evidence;
mod examine;
mod export;
mod import_file;
mod job;
mod lookup;
mod mapping;
mod message;
mod messages;
mod messenger;
mod people;
mod provider;
mod quota;
mod rate;
mod roster;
mod rule_messages;
mod rules;
pub mod schema;
mod sign_in;
mod source;
mod token;
mod transport;
mod tree;

pub use connector::{SPEC, open};
