//! Runs as lists show them, written as JSON once: whoever looks at a list looks at nearly the same runs again and again.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hashlink::LruCache;

use super::{AppError, run_view};
use crate::{
    contract::{page::Written, run as shown, run::RunVerb},
    model::run::Run,
    store::StoreError,
};

/// So many stay written; of a header that is shown to people with other rights, one for each.
const MOST: usize = 512;
/// Longer ones are written anew each time, in bytes.
const LONGEST: usize = 16 << 10;

/// A header, by where it is in memory: it does not change there, and stays there as long as it stands in here.
type Header = (usize, Vec<RunVerb>);

/// What stays written, with the header that keeps its place.
type Kept = LruCache<Header, (Arc<Run>, Written<shown::Run>)>;

/// The runs that were listed last.
pub struct WrittenRuns(Mutex<Kept>);

impl Default for WrittenRuns {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(MOST)))
    }
}

impl WrittenRuns {
    /// A run as it is shown to somebody who may do this with it.
    ///
    /// # Errors
    /// It cannot be written as JSON, which is a mistake of ours.
    pub fn of(&self, run: &Arc<Run>, allowed: Vec<RunVerb>) -> Result<Written<shown::Run>, AppError> {
        let key = (Arc::as_ptr(run) as usize, allowed);
        if let Some((_, written)) = self.kept().get(&key) {
            return Ok(written.clone());
        }
        let view = shown::Run { allowed: key.1.clone(), ..run_view::view(run, false) };
        let written = Written::new(&view).map_err(|error| StoreError::Corrupt(error.to_string()))?;
        if written.json().len() <= LONGEST {
            self.kept().insert(key, (Arc::clone(run), written.clone()));
        }
        Ok(written)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
