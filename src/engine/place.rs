//! A run's place among the runs of its concurrency group on this node. Which node works on a group is for [`super::lease`].

use std::sync::Arc;

use tokio::sync::Notify;

use super::Core;
use crate::model::id::RunId;

/// A run's place in its concurrency group; given up when dropped.
pub(super) struct Place {
    core: Arc<Core>,
    pub group: String,
    pub run: RunId,
    /// The run that worked when the place was taken.
    pub ahead: Option<RunId>,
    /// Called when nobody is ahead any more.
    turn: Arc<Notify>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut groups = self.core.groups();
        let Some(group) = groups.get_mut(&self.group) else { return };
        if group.queue.front().is_some_and(|(run, _)| *run == self.run) {
            group.queue.pop_front();
            // Whoever is not waiting yet finds the call when it does.
            group.queue.front().inspect(|(_, turn)| turn.notify_one());
        } else {
            group.queue.retain(|(run, _)| *run != self.run);
        }
        if group.queue.is_empty() {
            groups.remove(&self.group);
        }
    }
}

impl Place {
    /// The last place of a group.
    pub fn new(core: Arc<Core>, group: String, run: RunId) -> Self {
        let turn = Arc::new(Notify::new());
        let ahead = {
            let mut groups = core.groups();
            let group = groups.entry(group.clone()).or_default();
            let ahead = group.queue.front().map(|(run, _)| *run);
            group.queue.push_back((run, turn.clone()));
            ahead
        };
        Self { core, group, run, ahead, turn }
    }

    /// Waits until nobody is ahead.
    pub async fn turn(&self) {
        while !self.is_first() {
            self.turn.notified().await;
        }
    }

    fn is_first(&self) -> bool {
        let groups = self.core.groups();
        groups.get(&self.group).and_then(|group| group.queue.front()).is_none_or(|(run, _)| *run == self.run)
    }
}
