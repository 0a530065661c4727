//! Through which connection is a message sent?

use std::sync::Arc;

use idflow_sdk::{Connection, Messenger};

use crate::app::AppError;

/// A connection that can send.
pub(super) struct Way {
    pub(super) name: String,
    pub(super) connection: Arc<dyn Connection>,
}

impl Way {
    pub(super) fn messenger(&self) -> Result<&dyn Messenger, AppError> {
        self.connection.messenger().ok_or_else(|| AppError::conflict("message_no_way").arg("name", &self.name))
    }
}
