//! A run's place among the runs of its concurrency group on this node. Which node works on a group is for [`super::lease`].

use std::sync::Arc;

use super::Core;
use crate::model::id::RunId;

/// A run's place in its concurrency group; given up when dropped.
pub(super) struct Place {
    core: Arc<Core>,
    pub group: String,
    pub run: RunId,
    /// The run that worked when the place was taken.
    pub ahead: Option<RunId>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut groups = self.core.groups();
        if let Some(group) = groups.get_mut(&self.group) {
            group.queue.retain(|run| *run != self.run);
            group.turn.notify_waiters();
            if group.queue.is_empty() {
                groups.remove(&self.group);
            }
        }
    }
}

impl Place {
    pub fn new(core: Arc<Core>, group: String, run: RunId, ahead: Option<RunId>) -> Self {
        Self { core, group, run, ahead }
    }

    /// Waits until nobody is ahead.
    pub async fn turn(&self) {
        loop {
            let notify = {
                let groups = self.core.groups();
                match groups.get(&self.group) {
                    Some(group) if group.queue.front() != Some(&self.run) => group.turn.clone(),
                    _ => return,
                }
            };
            // A short look now and then makes up for a notice that came between look and wait.
            tokio::select! {
                () = notify.notified() => {}
                () = tokio::time::sleep(std::time::Duration::from_millis(200)) => {}
            }
        }
    }
}
