//! The connector against scripted answers, byte by byte: what it asks, with which secret, and what it concludes.

mod checks;
mod lists;
mod messages;
mod secrecy;
mod stub;
mod token;
mod transport;
mod writes;
