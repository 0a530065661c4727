//! Of the objects that a plan is about, how many are bound, would be bound, made, or wait for a person.

use std::collections::BTreeMap;

use idflow_sdk::{Kind, Problem};

use super::decisions::CANDIDATES;
use crate::model::{
    change::{Action, Planned, Row},
    run::Bindings,
};

/// Counts so far, by kind.
pub struct Counted(BTreeMap<Kind, Bindings>);

impl Counted {
    /// Nothing yet, of so many objects.
    #[must_use]
    pub fn of(source: &BTreeMap<Kind, u64>) -> Self {
        let kinds = source.iter().filter(|(kind, _)| matches!(kind, Kind::Department | Kind::User));
        Self(kinds.map(|(kind, read)| (*kind, Bindings { read: *read, ..Bindings::default() })).collect())
    }

    /// Counts a row.
    pub fn count(&mut self, row: &Row) {
        let Some(counts) = self.0.get_mut(&row.kind) else { return };
        // A later row of the same object, and one about somebody who is gone from the source.
        if row.object.is_some() || row.removes || matches!(row.action, Action::Disable | Action::Delete) {
            return;
        }
        let counter = match &row.planned {
            Planned::Do if row.takes() => &mut counts.to_bind,
            Planned::Do if row.action == Action::Create => &mut counts.to_create,
            Planned::Do => return,
            Planned::Ambiguous(problem) => match candidates(problem) {
                0 => &mut counts.alone,
                1 => &mut counts.proposed,
                _ => &mut counts.ambiguous,
            },
            Planned::Skipped(problem) if problem.code == "decision_ignored" => &mut counts.ignored,
            Planned::Skipped(_) | Planned::Blocked { .. } | Planned::Invalid(_) => &mut counts.left_out,
        };
        *counter += 1;
    }

    /// The counts, by kind.
    #[must_use]
    pub fn done(self) -> BTreeMap<Kind, Bindings> {
        let done = |(kind, mut counts): (Kind, Bindings)| {
            let open = counts.proposed + counts.ambiguous + counts.alone;
            let others = counts.to_bind + counts.to_create + open + counts.ignored + counts.left_out;
            counts.bound = counts.read.saturating_sub(others);
            (kind, counts)
        };
        self.0.into_iter().map(done).collect()
    }
}

fn candidates(problem: &Problem) -> usize {
    let listed = problem.get(CANDIDATES).and_then(|text| serde_json::from_str::<Vec<serde_json::Value>>(text).ok());
    listed.map_or(0, |all| all.len())
}
