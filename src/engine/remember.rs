//! What the links remember: which two objects belong together, and what was last written to the target. Written with the
//! answers of rows, and taken back where a look at the target does not bear an answer out.

use std::collections::HashMap;

use idflow_sdk::{FieldId, Kind, Problem, Value, schema::PENDING_REVIEW};

use super::{Core, pair::pair_of, plan::stands_elsewhere};
use crate::{
    model::{
        cells::Cells,
        change::{Action, Row},
    },
    reconcile::{
        Ends,
        links::{LET_GO, LET_IN, TAKEN_OVER},
    },
    store::{
        Batch, StoreError,
        link_notes::{self, Called},
        links::{self, End, Pair},
    },
    workflow::compiled::Workflow,
};

/// What the links remember of these rows.
pub(super) async fn done(
    core: &Core,
    workflow: &Workflow,
    pair: &Pair,
    rows: &[Row],
    done: &[(usize, Vec<FieldId>)],
    batch: &mut Batch,
) -> Result<(), StoreError> {
    let now = core.clock.now_ms();
    let fresh = |at: usize| rows[at].base.is_some();
    let ends: Vec<(&str, &str)> =
        done.iter().filter(|(at, _)| !fresh(*at)).map(|(at, _)| (&*rows[*at].source, &*rows[*at].target)).collect();
    let mut old = links::get(&*core.store, pair, &ends).await?.into_iter();
    // Two rows of one object in one commit build on each other. Beside each link stands what is stored of it.
    let mut seen: HashMap<Ends, (links::Link, Option<links::Link>)> = HashMap::new();
    // Those that are made now, with the links whose place they take.
    let mut made: HashMap<Ends, Option<(&str, &str)>> = HashMap::new();
    for (at, left_out) in done {
        let row = &rows[*at];
        let name = (row.source.clone(), row.target.clone());
        let stored = if fresh(*at) { None } else { old.next().flatten() };
        let (mut link, stored) = match (seen.remove(&name), stored, &row.base) {
            (Some(before), ..) => before,
            (None, Some(link), _) => (link.clone(), Some(link)),
            // What was removed has no link any more: the key is somebody else's by now.
            (None, None, None) if row.removes => continue,
            (None, None, base) => {
                let replaces = row.replaces.as_ref().map(|ends| (&*ends.0, &*ends.1));
                made.insert(name.clone(), replaces);
                let written = base.as_ref().map(Cells::record).unwrap_or_default();
                let source = End { key: row.source.clone(), ..End::default() };
                let target = End { key: row.target.clone(), written, ..End::default() };
                (pair.link(source, target, &workflow.id, &row.rule, now), None)
            }
        };
        if *row.rule == *TAKEN_OVER {
            link.workflow.clone_from(&workflow.id);
        }
        if row.removes && matches!(row.action, Action::Delete | Action::Link) {
            link.gone = Some(now);
        }
        let (_, target) = pair.ends_mut(&mut link);
        if target.written.is_empty() && left_out.is_empty() {
            target.written = row.set.record();
        } else {
            let written = row.set.iter().filter(|(id, _)| !left_out.contains(id));
            written.for_each(|(id, field)| target.written.set(id, field));
        }
        target.fingerprint = if left_out.is_empty() { row.fingerprint } else { 0 };
        if row.removes && row.action == Action::Delete {
            target.removed_at.get_or_insert(now);
        } else if row.removes {
            // The time of grace begins when access was taken away last.
            target.removed_at = Some(now);
        } else if !matches!(row.action, Action::Link) && row.action == Action::Update {
            target.removed_at = None;
        }
        note_name(workflow, pair, row, batch)?;
        note_review(workflow, pair, row, left_out, batch)?;
        seen.insert(name, (link, stored));
    }
    let mut new: Vec<links::New<'_>> = Vec::new();
    for (name, (link, stored)) in &seen {
        match made.get(name) {
            Some(replaces) => new.push((link, *replaces)),
            // Departments are remembered in each run, nearly all of them as they are.
            None if stored.as_ref() == Some(link) => {}
            None => links::put(batch, pair, link)?,
        }
    }
    let added = links::add(&*core.store, batch, pair, &new).await?;
    for ((link, _), _) in new.iter().zip(added).filter(|(_, added)| !added) {
        // Somebody else made a link of one of the ends meanwhile; that one stays.
        tracing::warn!(first = %link.first.key, second = %link.second.key, "a link was not kept: an end has another");
    }
    Ok(())
}

/// What the source calls somebody whose name is not kept up to date: by that he is recognised the next time.
fn note_name(workflow: &Workflow, pair: &Pair, row: &Row, batch: &mut Batch) -> Result<(), StoreError> {
    let mapping = workflow.steps.get(usize::from(row.step)).and_then(|step| step.writing()?.mapping);
    let mapping = mapping.and_then(|mapping| workflow.mappings.get(mapping));
    if pair.kind != Kind::User || row.removes || row.name.is_empty() || mapping.is_none_or(|one| one.keeps_names()) {
        return Ok(());
    }
    link_notes::call(batch, pair, &row.source, &Called { target: row.target.clone(), name: row.name.clone() })
}

/// Who begins to wait for a review, and who is known to have been let in.
fn note_review(
    workflow: &Workflow,
    pair: &Pair,
    row: &Row,
    left_out: &[FieldId],
    batch: &mut Batch,
) -> Result<(), StoreError> {
    let schema = workflow.steps.get(usize::from(row.step)).and_then(|step| step.schema(row.kind));
    let Some((schema, id)) = schema.and_then(|schema| Some((schema, schema.review_field()?))) else { return Ok(()) };
    let waits = |cells: &Cells| cells.value(id).as_ref().and_then(Value::as_text) == Some(PENDING_REVIEW);
    let was_in = || row.before.value(id).is_some() && !waits(&row.before) && !schema.is_gone(&row.before.record());
    if waits(&row.set) && !left_out.contains(&id) {
        return link_notes::wait(batch, pair, &row.source, &row.target);
    }
    if *row.rule == *LET_IN || was_in() {
        link_notes::let_in(batch, pair, &row.source);
    }
    Ok(())
}

/// The links of what is gone from this list and stays because another one has it: once that one drops it as well, this one does
/// not keep it. Where another workflow reads it from the same list, the link is that one's from now on.
pub(super) async fn let_go(core: &Core, workflow: &Workflow, rows: &[Row]) -> Result<Batch, StoreError> {
    let mut batch = Batch::default();
    for row in rows {
        let Some(problem) = stands_elsewhere(row) else { continue };
        let Some(pair) = pair_of(core, workflow, usize::from(row.step), row.kind) else { continue };
        let found = links::get(&*core.store, &pair, &[(&row.source, &row.target)]).await?;
        let Some(mut link) = found.into_iter().flatten().next() else { continue };
        if problem.get("connection").is_none() {
            if let Some(takes) = problem.get("takes").filter(|takes| !takes.is_empty()) {
                link.workflow = takes.into();
                links::put(&mut batch, &pair, &link)?;
            }
            continue;
        }
        let (_, target) = pair.ends_mut(&mut link);
        if std::mem::replace(&mut target.fingerprint, LET_GO) != LET_GO {
            links::put(&mut batch, &pair, &link)?;
        }
    }
    Ok(batch)
}

/// A row that is not believed.
pub(super) struct Doubt {
    pub place: usize,
    pub problem: Problem,
    /// Fields that are not as they were written.
    pub fields: Vec<FieldId>,
}

/// The links of these rows without what was only promised, so that the next run writes it.
pub(super) async fn doubted(
    core: &Core,
    workflow: &Workflow,
    rows: &[Row],
    doubts: &[Doubt],
) -> Result<Batch, StoreError> {
    let mut batch = Batch::default();
    for doubt in doubts {
        let row = &rows[doubt.place];
        let Some(pair) = pair_of(core, workflow, usize::from(row.step), row.kind) else { continue };
        let found = links::get(&*core.store, &pair, &[(&row.source, &row.target)]).await?;
        let Some(mut link) = found.into_iter().flatten().next() else { continue };
        if row.action == Action::Delete {
            link.gone = None;
        }
        let (_, target) = pair.ends_mut(&mut link);
        target.fingerprint = 0;
        for field in &doubt.fields {
            target.written.take(*field);
        }
        if row.removes && row.action != Action::Delete {
            // Access was not taken away: no time of grace has begun.
            target.removed_at = None;
        }
        // A link that was told gone lives again, with both its ends.
        links::create(&mut batch, &pair, &link)?;
    }
    Ok(batch)
}
