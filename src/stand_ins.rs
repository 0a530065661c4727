//! What stands in for the systems of connectors while a workflow is rehearsed: one list, and all that a rehearsal needs to
//! know of them.
//!
//! ```text
//!  objects and files of a case ─► StandIn::start ─► settings and secrets of a connection
//! ```
//!
//! A connector that is in no stand-in's hands cannot be rehearsed; the case says so. The tenant's own directory needs none.

mod files;
pub mod played;
mod stand_in;
mod wecom;

pub use stand_in::{Held, Playing, Scene, StandIn, Stop};

/// All stand-ins.
pub static ALL: &[&dyn StandIn] = &[&files::Files, &wecom::Company];

/// The one for a connector.
#[must_use]
pub fn find(connector: &str) -> Option<&'static dyn StandIn> {
    ALL.iter().copied().find(|stand_in| stand_in.connector() == connector)
}

/// The one with which people can play.
#[must_use]
pub fn playable() -> Option<&'static dyn StandIn> {
    ALL.iter().copied().find(|stand_in| stand_in.is_playable())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connectors;

    #[test]
    fn each_plays_a_connector_of_its_own() {
        let names: Vec<&str> = ALL.iter().map(|stand_in| stand_in.connector()).collect();
        for name in &names {
            assert!(connectors::find(name).is_some_and(|spec| !spec.local), "{name}");
            assert_eq!(names.iter().filter(|other| *other == name).count(), 1, "{name}");
        }
    }
}
