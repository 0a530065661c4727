//! Exit codes. Scripts rely on them.

use std::process::ExitCode;

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
pub fn of_status(status: &str) -> u8 {
    match status {
        "succeeded" | "succeeded_no_change" | "queued" | "planning" | "applying" => DONE,
        "partial" => PARTIAL,
        "held" | "paused" => HELD,
        _ => FAILED,
    }
}

/// Something that stops even the beginning.
#[must_use]
pub fn fatal(lang: super::Lang, message: &str) -> ExitCode {
    super::output::error(lang, message, None);
    ExitCode::from(FAILED)
}
