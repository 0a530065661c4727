//! Where log lines go: standard error. Of a server the beginning and the end of each run, of other commands warnings only,
//! unless `IDFLOW_LOG` says otherwise.

use std::{
    collections::HashSet,
    io::IsTerminal,
    sync::{Mutex, PoisonError},
};

use tracing_subscriber::EnvFilter;

/// What a server tells: runs come and go without anybody at a terminal.
const SERVER: &str = "warn,idflow::runs=info";
/// What a command tells beside its answer.
const COMMAND: &str = "warn";

/// Sets logging up. `filter` is the name of a variable and what it says, in the syntax of `RUST_LOG`.
///
/// # Errors
/// A filter that is none, as it stands in which variable: whoever sets one wants to see something, and would look in vain.
pub fn init(filter: Option<(&str, &str)>, serves: bool, json: bool) -> Result<(), String> {
    let filter = match filter {
        Some((name, text)) => {
            EnvFilter::builder().with_regex(false).parse(text).map_err(|_| format!("{name}: `{text}`"))?
        }
        None => EnvFilter::new(if serves { SERVER } else { COMMAND }),
    };
    // Where nobody reads standard error any more, a line that cannot be written is no fault, and telling of it would be a panic.
    let lines = tracing_subscriber::fmt().log_internal_errors(false);
    if json {
        // One object on each line, with the ids of the request and the run that it belongs to.
        let lines = lines.json().flatten_event(true);
        let _ = lines.with_env_filter(filter).with_writer(std::io::stderr).try_init();
        return Ok(());
    }
    let _ = lines
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .compact()
        .try_init();
    Ok(())
}

/// Tells of a panic once for each place in the program: a task that is started again may panic again and again.
pub fn tell_panics_once() {
    let seen: Mutex<HashSet<(String, u32)>> = Mutex::default();
    let tell = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let place = panic.location().map(|place| (place.file().to_string(), place.line())).unwrap_or_default();
        if seen.lock().unwrap_or_else(PoisonError::into_inner).insert(place) {
            tell(panic);
        }
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_that_is_none_is_refused_and_named() {
        let why = init(Some(("IDFLOW_LOG", "foo=bar=baz")), false, false).unwrap_err();
        assert!(why.starts_with("IDFLOW_LOG: `foo=bar=baz`"), "{why}");
    }
}
