//! What do all handlers know?

use std::sync::Arc;

use super::handshake::Doorkeeper;
use crate::app::App;

/// What handlers share.
#[derive(Clone)]
pub struct Shared {
    /// The application.
    pub app: Arc<App>,
    /// Who may call over the network; without one only [`Inside`] calls are answered.
    pub door: Option<Arc<Doorkeeper>>,
}

/// Marks a call that comes from this process. It is no header, so nobody outside can set it.
#[derive(Debug, Clone, Copy)]
pub struct Inside;
