//! Plain data: no I/O, no async, no clock.

pub mod definition;
