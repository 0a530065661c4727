//! A run's place in a row on this node: among the runs of its concurrency group, or among those that write to the same
//! system. Which node has its turn is for [`super::lease`].

use std::sync::Arc;

use tokio::sync::Notify;

use super::Core;
use crate::{model::id::RunId, store::StoreError};

/// How often a store without hints is asked whether something is free.
pub(super) const LOOK: std::time::Duration = std::time::Duration::from_secs(1);

/// A place in a row; given up when dropped.
pub(super) struct QueueEntry {
    core: Arc<Core>,
    row: String,
    run: RunId,
    /// Whether somebody was there before.
    pub behind: bool,
    /// Called when nobody is ahead any more.
    turn: Arc<Notify>,
}

impl Drop for QueueEntry {
    fn drop(&mut self) {
        let mut groups = self.core.groups();
        let Some(group) = groups.get_mut(&self.row) else { return };
        if group.queue.front().is_some_and(|(run, _)| *run == self.run) {
            group.queue.pop_front();
            // Whoever is not waiting yet finds the call when it does.
            group.queue.front().inspect(|(_, turn)| turn.notify_one());
        } else {
            group.queue.retain(|(run, _)| *run != self.run);
        }
        if group.queue.is_empty() {
            groups.remove(&self.row);
        }
    }
}

impl QueueEntry {
    /// The last place in a row. Places are taken in the order of the calls.
    pub fn take(core: &Arc<Core>, row: String, run: RunId) -> Self {
        let turn = Arc::new(Notify::new());
        let mut groups = core.groups();
        let group = groups.entry(row.clone()).or_default();
        let behind = !group.queue.is_empty();
        group.queue.push_back((run, turn.clone()));
        drop(groups);
        Self { core: core.clone(), row, run, behind, turn }
    }

    /// The run that has it.
    pub fn run(&self) -> RunId {
        self.run
    }

    /// Waits until nobody is ahead.
    pub async fn turn(&self) {
        while !self.is_first() {
            self.turn.notified().await;
        }
    }

    fn is_first(&self) -> bool {
        let groups = self.core.groups();
        groups.get(&self.row).and_then(|group| group.queue.front()).is_none_or(|(run, _)| *run == self.run)
    }

    /// Asks once among nodes.
    pub async fn claim(&self) -> Result<Option<super::lease::Lease>, StoreError> {
        super::lease::Lease::claim(&self.core, &self.row).await
    }

    /// Waits for its turn on this node, and then asks once among nodes; `None`: another node has it, or this process ends.
    pub async fn free(&self) -> Result<Option<super::lease::Lease>, StoreError> {
        tokio::select! {
            () = self.turn() => {}
            () = self.core.left() => return Ok(None),
        }
        self.claim().await
    }

    /// Waits for a hint that something has changed, not for long.
    pub async fn look(core: &Core) {
        let changes = core.store.changed();
        tokio::select! {
            () = changes => {}
            () = tokio::time::sleep(LOOK) => {}
            () = core.left() => {}
        }
    }
}
