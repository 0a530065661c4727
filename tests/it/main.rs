//! The integration tests: the real binary, a data folder and a simulated WeCom for each test.
//!
//! * `tidy`, `messages`: promises about the source tree and the texts;
//! * `corpus`: files that must compile, and one-edit mistakes that must be found;
//! * `hostile`: files made to hurt the compiler;
//! * `store`: one suite of behaviour for every store;
//! * `cli`: forms and exit codes of the commands;
//! * `months`, `acme`, `nasty`: whole organisations, month by month, at full size, and full of mistakes;
//! * `templates`: every template does what its test says;
//! * `trust`: nobody loses access because something else went wrong;
//! * `durability`, `schedule`: killed at any moment, nothing is lost and nothing done twice.
//!
//! Sample organisations are read from `../shared/data`; where that folder is missing, the tests that need it say so.

#![allow(clippy::print_stderr, reason = "a skipped test and a seed are told")]

mod acme;
mod cli;
mod corpus;
mod durability;
mod hostile;
mod messages;
mod months;
mod nasty;
mod schedule;
mod store;
mod support;
mod templates;
mod tidy;
mod trust;
