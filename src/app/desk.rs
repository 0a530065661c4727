//! What can one caller do?

use super::{App, AppError, Caller, caller::Permission};
use crate::trigger::manual::By;

/// What one caller can do. Everything that needs to know who is asking is here; what is the same for everybody is found on
/// the application itself, which a desk stands for. Whether the caller may ask at all is decided by the route, see
/// `server::routes`; a desk decides about private values and about who approves.
#[derive(Clone, Copy)]
pub struct Desk<'a> {
    app: &'a App,
    /// Who is calling.
    pub caller: &'a Caller,
}

impl std::ops::Deref for Desk<'_> {
    type Target = App;

    fn deref(&self) -> &App {
        self.app
    }
}

impl App {
    /// The desk of a caller.
    #[must_use]
    pub const fn desk<'a>(&'a self, caller: &'a Caller) -> Desk<'a> {
        Desk { app: self, caller }
    }
}

impl Desk<'_> {
    /// Who asks, for what is started.
    pub(super) fn by(&self) -> By<'_> {
        let (actor, ticket) = (&self.caller.actor, self.caller.ticket.as_ref());
        By { actor, ticket, fenced: !self.caller.is_operator(), judged: None }
    }

    /// Whether private values are shown: asked for, and allowed.
    pub(super) fn reveals(&self, reveal: bool) -> Result<bool, AppError> {
        if reveal {
            self.caller.needs(Permission::PiiRead)?;
            tracing::info!(actor = self.caller.actor, "private values are shown");
            self.caller.trail.reveals();
        }
        Ok(reveal)
    }
}
