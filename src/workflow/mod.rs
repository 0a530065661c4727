//! Text to a checked graph. Pure: no I/O, no clock; actions and fields are learned from the connectors' tables, which are
//! an argument.

pub mod compiled;
