//! Several lists may fill one kind of one target from one source: two files of people, or one list by two mappings. Their tasks are
//! settled one after the other when all lists have ended, and the last one sees to what is gone from all of them.

use std::collections::{HashMap, HashSet};

use super::{Task, keepers::Keepers};
use crate::{model::change::RowIndex, reconcile::Known};

impl Task {
    /// Whether this task sees to what is gone from the source.
    #[must_use]
    pub const fn sees_to_gone(&self) -> bool {
        !self.leaves_gone
    }

    /// The first row of the tasks that are settled together.
    #[must_use]
    pub fn first_of_all(&self) -> usize {
        self.first_of_all.unwrap_or(self.first_row) as usize
    }

    /// Gives tasks over several lists what they have to know of each other before the first is settled: whoever is in one of them
    /// is there, whoever left all leaves by any of their steps, and the last one sees to that.
    pub fn join(mut tasks: Vec<&mut Self>) {
        let (mut keepers, mut unsure) = (Keepers::default(), HashMap::new());
        let (mut gone, mut seen) = (HashSet::new(), HashSet::new());
        let mut removals = Vec::new();
        for task in &mut tasks {
            keepers.extend(&task.keepers);
            unsure.extend(std::mem::take(&mut task.unsure));
            gone.extend(std::mem::take(&mut task.gone));
            seen.extend(task.decisions.seen().cloned());
            removals.append(&mut task.steps.removals);
        }
        if let Some(task) = tasks.first() {
            removals.sort_by_key(|removal| (task.steps.position.get(usize::from(removal.step)).copied(), removal.step));
            removals.dedup_by_key(|removal| removal.step);
        }
        let last = tasks.len().saturating_sub(1);
        for (at, task) in tasks.into_iter().enumerate() {
            task.keepers.clone_from(&keepers);
            task.unsure.clone_from(&unsure);
            task.gone.clone_from(&gone);
            seen.iter().for_each(|key| task.decisions.saw(key));
            task.steps.removals.clone_from(&removals);
            task.leaves_gone = at != last;
        }
    }

    /// Takes what the task that was settled before this one has found: whose link it gave to somebody else is not gone.
    pub fn follow(&mut self, known: &mut Known, earlier: &Self) {
        self.first_of_all = Some(RowIndex::try_from(earlier.first_of_all()).unwrap_or(RowIndex::MAX));
        self.suspects.extend(earlier.suspects.iter().map(|(place, problem)| (*place, problem.clone())));
        self.former.extend(earlier.former.iter().cloned());
        for key in &earlier.replaced {
            if let Some(place) = known.links(self.kind).and_then(|links| links.of_target(key)) {
                known.mark_seen(self.kind, place);
            }
        }
    }
}
