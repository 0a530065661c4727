//! How many streams are there, and whose are they?

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;

use super::ring::Feed;
use crate::{app::AppError, model::id::Tenant};

/// Streams of this process at once.
const MOST_STREAMS: usize = 600;

/// Streams of one caller at once.
const MOST_OF_ONE: usize = 32;

/// The streams of a process.
pub struct Live {
    feeds: Mutex<HashMap<Tenant, Arc<Feed>>>,
    /// How many streams each caller has.
    open: Mutex<HashMap<String, usize>>,
    pub(super) stopping: watch::Sender<bool>,
}

impl Default for Live {
    fn default() -> Self {
        Self { feeds: Mutex::default(), open: Mutex::default(), stopping: watch::Sender::new(false) }
    }
}

impl Live {
    /// Ends every stream: the server stops.
    pub fn stop(&self) {
        self.stopping.send_replace(true);
    }

    /// Whether the server stops.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    /// How many streams there are.
    #[must_use]
    pub fn streams(&self) -> usize {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).values().sum()
    }

    pub(super) fn feeds(&self) -> MutexGuard<'_, HashMap<Tenant, Arc<Feed>>> {
        self.feeds.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for another stream of this caller.
    pub(super) fn enter(self: &Arc<Self>, who: String) -> Result<Seat, AppError> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = open.values().sum();
        let mine = open.get(&who).copied().unwrap_or_default();
        if all >= MOST_STREAMS || mine >= MOST_OF_ONE {
            return Err(AppError::too_many(10, "streams_many").arg("most", MOST_OF_ONE.to_string()));
        }
        open.insert(who.clone(), mine + 1);
        drop(open);
        Ok(Seat { live: self.clone(), who })
    }
}

/// A stream is open until this is dropped.
pub(super) struct Seat {
    live: Arc<Live>,
    who: String,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut open = self.live.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(number) = open.get_mut(&self.who) {
            *number -= 1;
            if *number == 0 {
                open.remove(&self.who);
            }
        }
    }
}
