//! What starts a run. A trigger turns an outside fact into "start this workflow with these inputs, once" and does nothing
//! else: [`Engine::submit`](crate::engine::Engine::submit) checks, numbers and keeps the run.
//!
//! | file | what starts the run |
//! |---|---|
//! | `manual` | a person |
//! | `schedule` | a due time |
//! | `webhook` | a call of an address |
//! | `event` | something that happened in the system of a connection |
//! | `after` | the end of a run of another workflow |
//! | `call` | a step of another workflow that nobody waits for; one that is waited for belongs to the engine |
//! | `import` | a person who fills the directory from files |
//! | `retry` | a person who repeats what went wrong |
//! | `removals` | a person who decided about removals that waited |

pub mod after;
mod call;
pub mod event;
pub mod import;
pub mod manual;
pub mod removals;
pub mod retry;
pub mod schedule;
pub mod webhook;
