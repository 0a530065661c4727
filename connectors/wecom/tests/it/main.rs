//! The connector against scripted answers, byte by byte (what it asks, with which secret, what it concludes), and against
//! the simulator (whole tasks). Secrecy has a binary of its own: it takes over the process's log.

mod callbacks;
mod checks;
mod contract;
mod imports;
mod jobs;
mod lists;
mod messages;
mod pieces;
mod provider;
mod quotas;
mod sending;
mod simulator;
mod stub;
mod token;
mod transport;
mod writes;
