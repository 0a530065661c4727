//! Is the plan still wanted? Asked between rows, so it costs next to nothing.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// A flag that somebody else sets. What is computed after that is thrown away, so whoever sees it may stop anywhere.
#[derive(Debug, Clone, Default)]
pub struct Halt(Arc<AtomicBool>);

impl Halt {
    /// Sets or clears it.
    pub fn set(&self, halt: bool) {
        self.0.store(halt, Ordering::Relaxed);
    }

    /// Whether it is set.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
