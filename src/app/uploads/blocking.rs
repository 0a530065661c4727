//! How is a file read as a whole, away from those who must not wait?

use idflow_sdk::Problem;

use super::sheet;
use crate::app::{AppError, error::RefusalKind};

/// What is wrong with a file.
pub(super) fn problem(problem: Problem) -> AppError {
    AppError::new(RefusalKind::Invalid, problem)
}

/// Something that reads a whole file, away from those who must not wait.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, AppError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done.map_err(problem),
        // Whatever a crafted file does to its reader ends with that file.
        Err(_) => Err(problem(sheet::unreadable("the reader of the file failed"))),
    }
}
