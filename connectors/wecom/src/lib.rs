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
mod job;
mod lookup;
mod mapping;
mod message;
mod messenger;
mod rate;
mod people;
mod provider;
mod quota;
mod roster;
mod rules;
mod rule_messages;
pub mod schema;
mod import_file;
mod sign_in;
mod source;
mod messages;
mod token;
mod transport;
mod tree;

pub use connector::{SPEC, open};
