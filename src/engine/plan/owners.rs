//! Whose are the links? A link belongs to the workflow that made it, and only that one removes its objects. Where it does not see
//! to leavers any more, whoever finds the object, and does, takes the link over: otherwise nobody would ever remove a leaver of a
//! workflow that was replaced.

use std::{collections::HashMap, sync::Arc};

use idflow_sdk::{Effect, Problem};

use crate::{
    engine::{Core, pair::pair_of, scope, wanted_work::wanted},
    model::{
        change::{Planned, Row},
        run::{Mode, Run},
        trigger::TriggerKind,
    },
    reconcile::{
        Known, LinkTable, Owner, Task,
        links::{Stand, TAKEN_OVER},
    },
    store::{
        StoreError,
        catalogue::{self, WorkflowState},
        links::Pair,
        newest_run::{WENT_WELL, newest},
    },
    workflow::compiled::{Workflow, Writing},
};

/// How many names a notice has.
const NAMED: usize = 10;

/// What becomes of the links of other workflows in a plan, by workflow.
#[derive(Debug, Default)]
pub(super) struct Others {
    /// Links that are taken over.
    taken: HashMap<Box<str>, u64>,
    /// Links that stay with a workflow which sees to leavers itself.
    kept: HashMap<Box<str>, u64>,
    /// Objects that are gone, or out of this workflow's scope: how many, and what some are called.
    gone: HashMap<Box<str>, (u64, Vec<String>)>,
}

/// The owners of the links of a pair, found once each.
pub(super) struct Owners<'a> {
    own: &'a str,
    names: Vec<Box<str>>,
}

impl<'a> Owners<'a> {
    /// Those of links that the workflow of this id looks at.
    pub const fn new(own: &'a str) -> Self {
        Self { own, names: Vec::new() }
    }

    /// The owner of a link that the workflow of this id made, as far as that is known by now.
    pub fn of(&mut self, workflow: &str) -> Owner {
        if workflow == self.own {
            return Owner::Own;
        }
        let at = self.names.iter().position(|name| **name == *workflow).unwrap_or_else(|| {
            self.names.push(workflow.into());
            self.names.len() - 1
        });
        Owner::Other(u16::try_from(at).unwrap_or(u16::MAX))
    }

    /// The same links, with those free whose workflow does not see to leavers any more.
    pub async fn judge(
        self,
        core: &Core,
        heir: &Workflow,
        pair: &Pair,
        table: &mut LinkTable,
    ) -> Result<(), StoreError> {
        let mut stands = Vec::with_capacity(self.names.len());
        for name in &self.names {
            stands.push(stand_of(core, name, heir, pair).await?);
        }
        table.belong_to(self.names, &stands);
        Ok(())
    }
}

/// How a workflow stands to what is gone of this kind between these connections. It sees to it if it is active, its last good run
/// removed such objects, and it starts by itself, unless the one that asks does not either.
async fn stand_of(core: &Core, id: &str, heir: &Workflow, pair: &Pair) -> Result<Stand, StoreError> {
    let Some(head) = catalogue::workflow(&*core.store, &core.tenant, id).await? else { return Ok(Stand::Free) };
    let head = head.value;
    // A version that is only saved does nothing yet.
    let number = head.active.unwrap_or(head.latest);
    let version = catalogue::version(&*core.store, &core.tenant, id, number).await?;
    match version.and_then(|version| core.connect.compile(&version.text).ok()) {
        Some(workflow) if !writes(core, &workflow, pair) && writes(core, &workflow, &pair.reversed()) => {
            return Ok(Stand::Opposite);
        }
        // Nobody can tell what it writes, and what is given away does not come back: it keeps its links until it is mended or
        // paused.
        None if head.state == WorkflowState::Active => return Ok(Stand::Sees),
        Some(_) | None => {}
    }
    if head.state != WorkflowState::Active {
        return Ok(Stand::Free);
    }
    let Some((run, workflow)) = last_removing(core, id, pair).await? else { return Ok(Stand::Free) };
    let by_itself =
        starts_by_itself(&workflow) || run.trigger.kind.is_by_itself() || run.trigger.kind == TriggerKind::Workflow;
    Ok(if by_itself || !starts_by_itself(heir) { Stand::Sees } else { Stand::Free })
}

/// The last good run of a workflow, with what it ran, if its steps removed what is gone of this kind between these connections.
pub(super) async fn last_removing(
    core: &Core,
    id: &str,
    pair: &Pair,
) -> Result<Option<(Run, Arc<Workflow>)>, StoreError> {
    let Some(run) = last_good(core, id).await? else { return Ok(None) };
    let Ok(workflow) = scope::workflow_of(core, &run).await? else { return Ok(None) };
    let takes_away =
        |writing: &Writing| matches!(writing.uses.action.effect, Effect::Remove(_)) && writing.foreach.output.removed;
    let removes = wanted(core, &run, &workflow, pair, takes_away).await?;
    Ok(removes.then_some((run, workflow)))
}

/// The last run of a workflow that went well and did what the whole workflow says.
pub(super) async fn last_good(core: &Core, id: &str) -> Result<Option<Run>, StoreError> {
    let ended_well = |run: &Run| {
        run.mode == Mode::Apply
            && run.ended.is_some()
            // Those carry out what another run left.
            && !matches!(run.trigger.kind, TriggerKind::Retry | TriggerKind::Removals | TriggerKind::Test)
    };
    let found = newest(&*core.store, &core.tenant, (id, None), &WENT_WELL, ended_well).await?;
    Ok(found.map(Arc::unwrap_or_clone))
}

/// Whether a workflow writes the objects of a pair.
pub(super) fn writes(core: &Core, workflow: &Workflow, pair: &Pair) -> bool {
    let writing = |index: usize| pair_of(core, workflow, index, pair.kind).as_ref() == Some(pair);
    (0..workflow.steps.len()).any(|index| workflow.steps[index].writing().is_some() && writing(index))
}

const fn starts_by_itself(workflow: &Workflow) -> bool {
    !(workflow.schedules.is_empty()
        && workflow.webhooks.is_empty()
        && workflow.events.is_empty()
        && workflow.after.is_empty())
}

impl Others {
    /// Counts what became of the links of others in the rows of a task, from `first` on.
    pub fn note(&mut self, task: &Task, known: &Known, rows: &[Row]) {
        let Some(links) = known.links(task.kind).filter(|_| task.removes_what_is_gone()) else { return };
        for row in rows.iter().filter(|row| *row.rule == *TAKEN_OVER && row.planned == Planned::Do) {
            let owner = links.of_source(&row.source).and_then(|index| links.owner(index));
            if let (Some(owner), false) = (owner, row.removes) {
                *self.taken.entry(owner.into()).or_default() += 1;
            }
        }
        for (index, entry) in links.entries().iter().enumerate().filter(|(_, entry)| !entry.gone) {
            let Some(owner) = links.owner(index) else { continue };
            match (entry.owner, links.was_seen(index)) {
                (Owner::Other(_), true) => *self.kept.entry(owner.into()).or_default() += 1,
                // Who stays because another one reads him is told of by himself.
                (Owner::Free(_), false)
                    if task.sees_to_gone() && task.was_there(entry) && !task.elsewhere.contains_key(&entry.target) =>
                {
                    let (number, names) = self.gone.entry(owner.into()).or_default();
                    *number += 1;
                    if names.len() < NAMED {
                        names.push(task.name_of_gone(known, entry));
                    }
                }
                _ => {}
            }
        }
    }

    /// What is told of it.
    pub fn told(self) -> Vec<Problem> {
        let sorted = |all: HashMap<Box<str>, u64>| {
            let mut all: Vec<(Box<str>, u64)> = all.into_iter().collect();
            all.sort_unstable();
            all
        };
        let one = |code: &'static str, workflow: &str, number: u64| {
            Problem::new(code).arg("workflow", workflow).arg("number", number.to_string())
        };
        let mut told: Vec<Problem> = Vec::new();
        told.extend(
            sorted(self.taken).into_iter().map(|(workflow, number)| one("links_taken_over", &workflow, number)),
        );
        told.extend(sorted(self.kept).into_iter().map(|(workflow, number)| one("links_kept_by", &workflow, number)));
        let mut gone: Vec<_> = self.gone.into_iter().collect();
        gone.sort_unstable();
        told.extend(gone.into_iter().map(|(workflow, (number, mut names))| {
            if number > names.len() as u64 {
                names.push("…".into());
            }
            one("leavers_of_other", &workflow, number).arg("names", names.join(", "))
        }));
        told
    }
}
