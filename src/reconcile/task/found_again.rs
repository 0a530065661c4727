//! Whom the target's list lacks need not be gone: a list in pages can lose somebody. Whoever is linked, and would be made a second
//! time for that, is asked for alone; who is there stays linked, with all that is known of him.

use std::collections::HashSet;

use idflow_sdk::{Problem, Record, Seen};

use super::{
    Task,
    aside::{AsideState, Found},
};
use crate::{
    model::change::Planned,
    reconcile::{Known, decisions::Said},
};

/// So many of those who are there although the list lacks them are named.
const MOST_NAMED: usize = 5;

impl Task {
    /// The keys of people whom the source has and the target's list lacks. Departments are asked for by [`Task::lost`].
    #[must_use]
    pub fn lost_people(&self) -> Vec<Box<str>> {
        if self.is_tree() {
            return Vec::new();
        }
        self.aside.iter().filter_map(|aside| aside.lost().map(Box::<str>::from)).collect()
    }

    /// The keys that people chose for objects without a link, and that the target's list lacks.
    #[must_use]
    pub fn chosen_and_lacked(&self) -> Vec<Box<str>> {
        let open = self.aside.iter().filter(|aside| matches!(aside.found, Found::Nothing));
        let chosen = open.filter_map(|aside| match self.decisions.of(&aside.object.key) {
            Some(Said::Link(key)) if !self.target.has(key) => Some(key.clone()),
            _ => None,
        });
        chosen.collect()
    }

    /// Takes one of them, which is there all the same; `None`: it is not shown. Where a part is shown alone, whoever chose it
    /// is believed: nothing is known of it.
    pub fn take_chosen(&mut self, key: Box<str>, found: Option<Record>) {
        match found {
            Some(record) if self.lacking(&key, &record).is_some() => self.target.add(Seen { key, record }),
            None if self.target.partial => self.target.add(Seen { key, record: Record::new() }),
            _ => {}
        }
    }

    /// Takes what the target shows of those who were asked for alone. If one of them is there, the list is half of one, and so
    /// whoever was not asked for is left as he is.
    pub fn found_again(&mut self, known: &mut Known, found: Vec<Seen>, unasked: &[Box<str>]) {
        // Without a field that can be read it is not known whether there is anybody.
        let there: Vec<Seen> = found.into_iter().filter(|seen| !seen.record.is_empty()).collect();
        if there.is_empty() {
            return;
        }
        let mut names: Vec<String> = there.iter().take(MOST_NAMED).map(|seen| seen.key.to_string()).collect();
        if there.len() > MOST_NAMED {
            names.push("…".into());
        }
        let told = Problem::new("people_lacked").arg("number", there.len().to_string());
        self.notices.push(told.arg("names", names.join(", ")));
        let again: HashSet<Box<str>> = there.iter().map(|seen| seen.key.clone()).collect();
        let unasked: HashSet<&str> = unasked.iter().map(|key| &**key).collect();
        there.into_iter().for_each(|seen| self.target.add(seen));
        for aside in &mut self.aside {
            let Some(key) = aside.take_lost(|key| again.contains(key) || unasked.contains(key)) else { continue };
            let source = &aside.object.key;
            let Some(place) = known.links(self.kind).and_then(|links| links.of_source(source)) else { continue };
            known.mark_found(self.kind, source);
            aside.found = Found::Linked(place);
            self.missing = self.missing.saturating_sub(1);
            self.compared += 1;
            if !again.contains(&key) {
                let problem = Problem::new("not_looked_for").arg("key", &*key);
                aside.state = AsideState::Refused(Planned::Skipped(problem.into()));
            }
        }
    }
}
