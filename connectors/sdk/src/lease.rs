//! The right to write to a system, as those see it who make calls under it.
//!
//! Where several nodes work, one at a time may write to a system. Its right ends by itself when it cannot be renewed, so a
//! call asks just before it is sent: a machine that was asleep must not send what it wanted to send an hour ago.

use std::{fmt, sync::Arc};

/// The right under which a call is made.
#[derive(Clone)]
pub struct Lease {
    name: Arc<str>,
    epoch: u64,
    holder: Option<Arc<str>>,
    good: Arc<dyn Fn() -> bool + Send + Sync>,
}

impl Lease {
    /// A right with this name and number. `holder`: the node that has it, where there are several. `good` says whether calls
    /// may still be begun.
    #[must_use]
    pub fn new(name: &str, epoch: u64, holder: Option<&str>, good: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self { name: name.into(), epoch, holder: holder.map(Into::into), good: Arc::new(good) }
    }

    /// Whether calls may still be begun. False once another node may have taken over.
    #[must_use]
    pub fn is_good(&self) -> bool {
        (self.good)()
    }

    /// Name and number, for a store that refuses what comes under an old number.
    #[must_use]
    pub fn fence(&self) -> (String, u64) {
        (self.name.to_string(), self.epoch)
    }

    /// Number and holder as a request can carry them, so that whoever looks at requests can tell nodes apart; `None` where
    /// there is one node only.
    #[must_use]
    pub fn shown(&self) -> Option<String> {
        self.holder.as_ref().map(|holder| format!("{} {holder}", self.epoch))
    }
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lease").field("name", &self.name).field("epoch", &self.epoch).finish_non_exhaustive()
    }
}
