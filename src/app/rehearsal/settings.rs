//! What does a rehearsal need of the machine?

use std::{path::PathBuf, sync::Arc};

use crate::engine::clock::Clock;

/// What a rehearsal needs of the machine.
pub struct Settings {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Where a case that reads files gets a folder for them, as long as it lasts.
    pub scratch: PathBuf,
}
