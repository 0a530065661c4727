//! Plain data: no I/O, no async, no clock.

pub mod cells;
pub mod change;
pub mod definition;
pub mod event;
pub mod hex;
pub mod id;
pub mod json;
pub mod outcomes;
pub mod pinyin;
pub mod retention;
pub mod run;
pub mod time;
pub mod trace;
pub mod trigger;
pub mod unread;
