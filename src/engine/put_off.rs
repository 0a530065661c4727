//! What if a run cannot be carried on? Something stored cannot be read, or the program has a fault. It is tried again after
//! pauses that grow; [`super::guard`] ends it after some tries.

use std::time::Duration;

use super::Core;
use crate::{
    model::{id::RunId, run::Run},
    store::StoreError,
};

/// How long it rests after so many tries: seconds at first, minutes at last.
fn rest(stumbled: u32) -> Duration {
    Duration::from_secs(4u64.saturating_pow(stumbled.clamp(1, 5)))
}

pub(super) fn rest_ms(stumbled: u32) -> i64 {
    i64::try_from(rest(stumbled).as_millis()).unwrap_or(i64::MAX)
}

/// Whether an error is one of the run. A store that is away, or a node that was faster, says nothing about it.
pub(super) const fn counts(error: &StoreError) -> bool {
    matches!(error, StoreError::Corrupt(_) | StoreError::Conflict | StoreError::Refused(_))
}

/// Whether a run that could not be carried on is left alone for a while, on every node.
pub(super) fn rests(core: &Core, run: &Run) -> bool {
    let now = core.clock.now_ms();
    // What was noted by a clock that was wrong is no reason to wait for longer than anything rests.
    let noted = run.rests.is_some_and(|until| now < until && until - now <= rest_ms(u32::MAX));
    rests_here(core, run.run) || noted
}

/// The same, as far as this node knows.
pub(super) fn rests_here(core: &Core, run: RunId) -> bool {
    core.resting().get(&run).is_some_and(|(until, _)| core.clock.now_ms() < *until)
}

/// A run stopped here for a reason that is perhaps not its own: the next try comes later than the one before. Nothing of it
/// is written down; whoever can write knows more ([`super::guard`]).
pub(super) fn pause(core: &Core, run: RunId) {
    let now = core.clock.now_ms();
    let mut resting = core.resting();
    let (until, times) = resting.entry(run).or_default();
    // Noted a moment ago.
    if now < *until {
        return;
    }
    *times += 1;
    *until = now.saturating_add(rest_ms(*times));
}
