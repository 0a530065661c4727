//! The words of what the application refuses: a file for each thing that a refusal is about. Commands and buttons are not among
//! them: each edge has its own for the next step.

mod accounts;
mod connections;
mod directory;

mod providers;
mod requests;
mod runs;
mod sending;
mod store;
mod uploads;
mod workflows;

use idflow_sdk::Message;

/// All of them.
pub fn all() -> impl Iterator<Item = &'static Message> {
    [
        store::MESSAGES,
        uploads::MESSAGES,
        directory::MESSAGES,
        sending::MESSAGES,
        accounts::MESSAGES,
        providers::MESSAGES,
        runs::MESSAGES,
        workflows::MESSAGES,
        connections::MESSAGES,
        requests::MESSAGES,
    ]
    .into_iter()
    .flatten()
}
