//! The only file that prints. A closed pipe is no error.

use std::io::Write;

/// Writes a line to standard output.
pub fn data(text: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// Writes a line to standard error.
pub fn say(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Passes on what another program has said.
pub fn pass_on(said: &std::process::Output) {
    let _ = std::io::stderr().write_all(&said.stderr);
    let _ = std::io::stdout().write_all(&said.stdout);
}
