//! Is what went wrong with an object over by now? Somebody who failed in March and was made in April is no open matter, and a
//! list that shows them for good hides the others.
//!
//! A later run of the same workflow that looked at everything and wanted such work knows: whoever went wrong there again is open,
//! everybody else is not. A run whose step was switched off says nothing: that it disabled nobody is no sign that nobody was to be
//! disabled. Of runs that look at a part of a list, as those of uploaded files do, the links tell who was made since.

use std::collections::{BTreeSet, HashMap, HashSet, hash_map::Entry};

use idflow_sdk::{Effect, Kind, Removal};

use super::{AppError, Desk, names};
use crate::{
    engine::wanted_work::wanted,
    model::{
        change::{Action, Row},
        id::RunId,
        run::{Mode, Run},
    },
    store::{
        links::{self, Pair},
        newest_run::{WENT_WELL, newest},
        runs,
    },
    workflow::compiled::{Workflow, Writing},
};

/// Of a run in which more went wrong nobody is told apart: then nothing counts as settled by it.
const MOST_BAD: usize = 5000;

/// So many whole runs of a workflow are looked at for one that wanted some work.
const MOST_WHOLE: usize = 100;

/// A row's work: that of its step in a version of its workflow, and what the row does.
type Work = (String, u64, u16, Action);

/// An object between two systems: their names, its kind and its key in the first.
type Object = (String, String, Kind, Box<str>);

/// What the whole runs say, as far as it was asked for.
#[derive(Default)]
pub(super) struct Settled {
    /// The newest whole run that wanted some work.
    whole: HashMap<Work, Option<RunId>>,
    /// What went wrong in a run; none where that is too much.
    bad: HashMap<RunId, Option<HashSet<Object>>>,
}

/// Whether a run looked at everything.
fn is_whole(run: &Run) -> bool {
    run.mode == Mode::Apply && run.complete && !run.is_part()
}

impl Settled {
    /// Whether the matter of a row of this run is over.
    pub(super) async fn is(
        &mut self,
        desk: &Desk<'_>,
        (run, workflow): (&Run, &Workflow),
        row: &Row,
    ) -> Result<bool, AppError> {
        let Some(pair) = pair_of(desk, workflow, row) else { return Ok(false) };
        let step = workflow.steps.get(usize::from(row.step)).and_then(|step| step.writing());
        let Some(effect) = step.map(|writing| writing.uses.action.effect) else { return Ok(false) };
        let work: Work = (run.workflow.clone(), run.version, row.step, row.action);
        let whole = match self.whole.get(&work) {
            Some(whole) => *whole,
            None => {
                let fits = |writing: &Writing| does(writing.uses.action.effect, effect, row.action);
                let whole = newest_whole(desk, &run.workflow, &pair, fits).await?;
                self.whole.insert(work, whole);
                whole
            }
        };
        if let Some(whole) = whole.filter(|whole| *whole > run.run)
            && let Some(bad) = self.bad(desk, whole).await?
        {
            return Ok(!bad.contains(&object(pair, row)));
        }
        was_linked_since(desk, &pair, run, row).await
    }

    /// What went wrong in a run.
    async fn bad(&mut self, desk: &Desk<'_>, run: RunId) -> Result<Option<&HashSet<Object>>, AppError> {
        match self.bad.entry(run) {
            Entry::Occupied(found) => Ok(found.into_mut().as_ref()),
            Entry::Vacant(place) => Ok(place.insert(bad_of(desk, run).await?).as_ref()),
        }
    }
}

/// Whether a step of this effect does what a row was to do whose step has the effect `of`: another version may have the step under
/// another name, or two in place of one.
fn does(effect: Effect, of: Effect, action: Action) -> bool {
    match (of, action) {
        // Whoever is deleted has no access either.
        (Effect::Remove(_), _) => effect == of || effect == Effect::Remove(Removal::Delete),
        (_, Action::Create) => effect.creates(),
        (_, Action::Update) => effect.updates(),
        _ => effect.creates() || effect.updates(),
    }
}

/// The newest whole run of a workflow that wanted a step between these systems that fits.
async fn newest_whole(
    desk: &Desk<'_>,
    of: &str,
    pair: &Pair,
    fits: impl Fn(&Writing) -> bool,
) -> Result<Option<RunId>, AppError> {
    let mut before = None;
    for _ in 0..MOST_WHOLE {
        let Some(run) = newest(&*desk.store, &desk.tenant, (of, before), &WENT_WELL, is_whole).await? else { break };
        before = Some(run.run);
        let Ok(workflow) = desk.workflow_of(&run).await else { continue };
        if wanted(desk.engine.core(), &run, &workflow, pair, &fits).await? {
            return Ok(before);
        }
    }
    Ok(None)
}

async fn bad_of(desk: &Desk<'_>, run: RunId) -> Result<Option<HashSet<Object>>, AppError> {
    let (store, tenant) = (&*desk.store, &desk.tenant);
    let items = runs::bad_items(store, tenant, Some(run), None, MOST_BAD + 1).await?;
    if items.len() > MOST_BAD {
        return Ok(None);
    }
    let Some(header) = runs::get(store, tenant, run).await? else { return Ok(None) };
    let workflow = desk.workflow_of(&header).await?;
    let groups: BTreeSet<(RunId, u32)> = items.iter().map(|item| (item.run, item.row / runs::GROUP)).collect();
    let groups: Vec<(RunId, u32)> = groups.into_iter().collect();
    let found = runs::get_groups(store, tenant, &groups).await?;
    let rows: HashMap<u32, Vec<Row>> = groups.into_iter().map(|(_, group)| group).zip(found).collect();
    let row = |row: u32| rows.get(&(row / runs::GROUP))?.get((row % runs::GROUP) as usize);
    let bad = items.iter().filter_map(|item| row(item.row));
    Ok(Some(bad.filter_map(|row| Some(object(pair_of(desk, &workflow, row)?, row))).collect()))
}

/// Between which systems a row's object is linked.
fn pair_of(desk: &Desk<'_>, workflow: &Workflow, row: &Row) -> Option<Pair> {
    let step = workflow.steps.get(usize::from(row.step))?;
    let source = names::source_of(workflow, step).map(|source| names::link_name(desk, workflow, source));
    Some(Pair {
        tenant: desk.tenant.clone(),
        source: source.unwrap_or_default(),
        target: names::link_name(desk, workflow, step),
        kind: row.kind,
    })
}

fn object(pair: Pair, row: &Row) -> Object {
    (pair.source, pair.target, row.kind, row.source.clone())
}

/// Whether the object got a counterpart after the run that could not make it.
async fn was_linked_since(desk: &Desk<'_>, pair: &Pair, run: &Run, row: &Row) -> Result<bool, AppError> {
    let link = links::of_source(&*desk.store, pair, &row.source).await?;
    let ended = run.ended.unwrap_or(run.accepted);
    Ok(link.is_some_and(|link| link.gone.is_none() && link.since > ended))
}

#[cfg(test)]
mod tests {
    use idflow_sdk::action::RemovedValue;

    use super::*;

    const SET: Removal = Removal::Set { field: "enable", value: RemovedValue::Bool(false) };

    #[test]
    fn only_a_step_that_does_the_same_settles_it() {
        let away = Effect::Remove(Removal::Delete);
        assert!(does(away, away, Action::Delete));
        assert!(does(away, Effect::Remove(SET), Action::Disable), "who is deleted has no access");
        assert!(!does(Effect::Remove(SET), away, Action::Delete));
        assert!(!does(Effect::Upsert, away, Action::Delete), "that it writes others says nothing");
        assert!(does(Effect::Upsert, Effect::Create, Action::Create), "one step in place of two");
        assert!(!does(Effect::Update, Effect::Upsert, Action::Create), "it makes nobody");
        assert!(does(Effect::Update, Effect::Upsert, Action::Update), "two steps in place of one");
        assert!(does(Effect::Create, Effect::Update, Action::None), "who is in doubt is looked at by any of them");
        assert!(!does(away, Effect::Update, Action::None));
    }
}
