//! Exit codes. Scripts rely on them.

use std::process::ExitCode;

use crate::contract::run::Status;

/// Done.
pub const DONE: u8 = 0;
/// Failed or refused.
pub const FAILED: u8 = 1;
/// Wrong usage. clap uses the same number.
pub const USAGE: u8 = 2;
/// Done in part: every step was reached, some item is not as wanted.
pub const PARTIAL: u8 = 3;
/// Held for an approval, or paused.
pub const HELD: u8 = 4;

/// Stopped by an interrupt, as shells count it: 128 and the number of the signal.
pub const INTERRUPTED: u8 = 130;

/// The code for the state of a run.
#[must_use]
pub const fn of_status(status: Status) -> u8 {
    match status {
        Status::Succeeded | Status::SucceededNoChange | Status::Queued | Status::Planning | Status::Applying => DONE,
        Status::Partial => PARTIAL,
        Status::Held | Status::Paused => HELD,
        Status::Failed | Status::Cancelled => FAILED,
    }
}

/// Something that stops even the beginning.
#[must_use]
pub fn fatal(lang: super::Lang, message: &str) -> ExitCode {
    super::output::error(lang, message, None);
    ExitCode::from(FAILED)
}
