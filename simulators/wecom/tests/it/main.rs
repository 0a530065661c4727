//! The simulator over real HTTP: one file per question, all in one binary.

mod admin;
mod binary;
mod callers;
mod consistency;
mod departments;
mod faults;
mod fixtures;
mod imports;
mod limits;
mod members;
mod messages;
mod paging;
mod reading;
mod support;
mod tags;
mod tokens;
