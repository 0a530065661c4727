//! A system held for a moment by somebody who is no run: a person who changes the directory by hand. While it is held no run
//! writes there, and while a run writes there nobody else gets it.

use super::{Engine, lease::Lease};
use crate::store::StoreError;

/// A system that is held; given back when dropped.
pub struct HeldSystem(Lease);

impl HeldSystem {
    /// The right under which is written.
    #[must_use]
    pub fn right(&self) -> idflow_sdk::Lease {
        self.0.right(self.0.state())
    }

    /// Gives it back now.
    pub async fn give_back(self) {
        self.0.give_back().await;
    }
}

impl Engine {
    /// Holds a system, unless a run does.
    pub async fn hold(&self, system: &str) -> Result<Option<HeldSystem>, StoreError> {
        let name = format!("{}/system/{system}", self.core.tenant.as_str());
        Ok(Lease::claim(&self.core, &name).await?.map(HeldSystem))
    }
}
