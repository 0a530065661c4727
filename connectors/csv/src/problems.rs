//! Problems about a column or a file: the few shapes in which this crate makes them.

use std::{borrow::Cow, io};

use idflow_sdk::{Error, ErrorKind, Problem};

/// How much of a value a problem repeats, in characters.
const SHOWN: usize = 60;

/// A problem about one of our columns.
pub(crate) fn about(code: &'static str, column: &str) -> Problem {
    let mut problem = Problem::new(code).arg("column", column);
    problem.field = Some(Cow::Owned(column.to_string()));
    problem
}

/// A value, cut to what fits into a message.
pub(crate) fn shown(value: &str) -> String {
    match value.char_indices().nth(SHOWN) {
        None => value.to_string(),
        Some((end, _)) => format!("{}…", &value[..end]),
    }
}

/// Why a file cannot be opened or read on.
pub(crate) fn io_error(file: &str, error: &io::Error) -> Error {
    let (kind, code) = match error.kind() {
        io::ErrorKind::NotFound => (ErrorKind::NotFound, "file_not_found"),
        io::ErrorKind::PermissionDenied => (ErrorKind::Configuration, "file_not_allowed"),
        io::ErrorKind::IsADirectory => (ErrorKind::Configuration, "file_is_folder"),
        _ => {
            let problem = Problem::new("file_unreadable").arg("file", file).arg("reason", error.to_string());
            return Error::new(ErrorKind::Unavailable, problem);
        }
    };
    Error::new(kind, Problem::new(code).arg("file", file))
}

/// A file whose content is not what was promised: repeating the read is useless.
pub(crate) fn invalid(problem: Problem) -> Error {
    Error::new(ErrorKind::Invalid, problem)
}
