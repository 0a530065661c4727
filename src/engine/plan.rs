//! The planning half of a run: reads sources and targets, feeds reconcile, collects one plan. Nothing is written.
//!
//! A list is read once and streamed through every task that maps it. Departments come before people, so a list's tasks are
//! settled as soon as the next list begins. Failing reads end the plan: there is no plan from half a source.

mod beside;
mod elsewhere;
mod gathered;
mod given_up;
mod owners;
mod planner;
mod read;
mod settle;
mod tasks;
mod together;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    time::Duration,
};

use idflow_sdk::{KeyRule, Kind, Problem};

use super::{
    event_reads::{Changes, Keep},
    extent, gate,
    not_made::{self, Lacking},
    pair::pair_of,
};
use crate::{
    model::{
        change::{Planned, Row},
        run::Counts,
    },
    reconcile::{Ends, Known, hash, safety},
    store::{decisions::Decision, freed_keys::FreedKey},
    workflow::compiled::{StepIndex, Work},
};
use gathered::Gathered;

pub(super) use elsewhere::stands_elsewhere;
pub(super) use planner::{PlanError, Planner};

/// How long is waited at most before a source that was written to is read again.
const LONGEST_PAUSE: Duration = Duration::from_secs(4);

/// A finished plan.
#[derive(Debug)]
pub(super) struct Plan {
    /// Its rows.
    pub rows: Vec<Row>,
    /// Its name.
    pub hash: String,
    /// Objects by planned action.
    pub counts: Counts,
    /// In-scope objects of the source.
    pub source: BTreeMap<Kind, u64>,
    /// Whether every read was complete.
    pub complete: bool,
    /// The steps that remove, and those that may take access away by an update: whose removals the plan knows.
    pub judged: BTreeSet<StepIndex>,
    /// Things told once by the reads.
    pub notices: Vec<Problem>,
    /// What the scope and the match rules are.
    pub scope: String,
    /// What the limits were judged on.
    pub facts: safety::Facts,
    /// The fields of each read step that had values, and those that had some before and were not read this time.
    pub filled: BTreeMap<String, BTreeSet<String>>,
    /// What each read step's connection may see, by step: keys of its parts, with their names.
    pub ranges: BTreeMap<String, BTreeMap<String, String>>,
    /// Kinds whose list is said to be a part of it.
    pub partial: BTreeSet<Kind>,
    /// The read steps whose file ended with the end of a line.
    pub line_ends: BTreeSet<String>,
    /// Which of them became smaller, and what they lost.
    pub shrunk: Vec<Problem>,
    /// What the reads came to, by step: what `steps` holds in the scope of everything after the plan.
    pub reads: serde_json::Value,
    /// Decisions that are over: carried out, or without an end.
    pub over: Vec<Decision>,
    /// Decisions of this workflow about objects that the source does not have any more: over once the plan is carried out.
    pub unseen: Vec<Decision>,
    /// Decisions about objects that have another key now: as they are, and as they are to be.
    pub follow: Vec<(Decision, Decision)>,
    /// Keys that were given up and of which the plan knows who has them, by connection.
    pub freed: Vec<(String, FreedKey)>,
    /// Whoever was gone, as a removal says, and stands in a list again: both keys of each.
    pub back: HashSet<Ends>,
    /// A source was written to while it was read.
    moved: bool,
}

/// What the code of a decision is whose object the source does not have any more.
pub(super) const SOURCE_GONE: &str = "decision_source_gone";

fn source_gone(decision: &Decision) -> Problem {
    Problem::new(SOURCE_GONE).arg("who", decision.key.to_string())
}

/// Nobody is known to be gone from a list that was not read as a whole.
fn keep_back_of_part(rows: &mut [Row], counts: &mut Counts) {
    for row in rows.iter().filter(|row| row.removes && row.writes() && row.object.is_none()) {
        counts.moved(row.kind, "remove", "skipped");
    }
    gate::keep_back(rows, "read_incomplete");
    for row in rows.iter_mut().filter(|row| elsewhere::stands_elsewhere(row).is_some()) {
        row.planned = Planned::Skipped(Problem::new("read_incomplete").into());
    }
}

impl Planner<'_> {
    /// Computes the plan, of one moment of the source: when a source was written to while it was read, everything is read
    /// again. After some tries the last reading counts, and removes nothing.
    pub async fn plan(&self) -> Result<Plan, PlanError> {
        let mut pause = Duration::from_secs(1);
        let mut changes = match &self.keep {
            Keep::Changes(changes) => Some(changes),
            Keep::All | Keep::AllBecause(_) => None,
        };
        loop {
            let mut plan = self.once(changes).await?;
            if changes.is_some() && self.needs_all(&plan) {
                tracing::info!("what changed is not enough to decide by; everything is read");
                changes = None;
                continue;
            }
            if let Keep::AllBecause(problem) = &self.keep {
                plan.notices.push(problem.clone());
            }
            if !plan.moved || pause > LONGEST_PAUSE || self.progress.is_stopped() {
                return Ok(plan);
            }
            tracing::info!("the source was written to while it was read; it is read again");
            self.core.clock.sleep(pause).await;
            pause *= 2;
        }
    }

    /// Whether a plan of what changed cannot stand: who is like whom is told by looking at everybody, and so is what another
    /// scope means.
    fn needs_all(&self, plan: &Plan) -> bool {
        let open = |row: &Row| {
            plan.facts.parts.contains(&row.kind) && (row.takes() || matches!(row.planned, Planned::Ambiguous(_)))
        };
        // Whether whoever had a key before has left is told by the whole list as well.
        let takes_key = |row: &Row| {
            let given_up = row.replaces.as_ref().filter(|_| plan.facts.parts.contains(&row.kind));
            given_up.is_some_and(|ends| ends.0 == row.source && ends.1 != row.target)
        };
        let tells = |row: &Row| open(row) || takes_key(row);
        let parts = !plan.facts.parts.is_empty();
        parts && (self.scope_before != extent::digest(&plan.scope) || plan.rows.iter().any(tells))
    }

    async fn once(&self, changes: Option<&Changes>) -> Result<Plan, PlanError> {
        let mut work = Gathered { complete: true, live: self.scope.clone(), ..Gathered::default() };
        let problem = |problem| PlanError { step: "vars".into(), problem };
        self.workflow.fill_vars(&mut work.live).map_err(problem)?;
        for index in self.workflow.graph.order().to_vec() {
            let step = &self.workflow.steps[index];
            if let Work::Read(uses) = &step.work
                && self.wanted(step, &work.live)?
            {
                self.progress.enter(&step.id);
                let late = || Problem::new("step_timeout").arg("step", step.id.clone());
                let _limit = step.timeout.map(|span| self.progress.limit(self.core.clock.clone(), span, late()));
                self.read(index, (step, uses), changes, &mut work).await?;
                // What a stopped read gave is no list.
                if self.progress.is_stopped() {
                    return Err(self.failed(step, self.progress.late().unwrap_or_else(|| Problem::new("step_failed"))));
                }
            }
        }
        self.settle_together(&mut work).await?;
        let facts = safety::Facts {
            source: work.source.clone(),
            before: self.before.clone(),
            lost: work.lost,
            linked: work.linked.clone(),
            missing: work.missing.clone(),
            today: self.today.clone(),
            derived: work.derived.clone(),
            parts: work.parts.clone(),
            changed_keys: work.changed_keys.clone(),
            compared: work.compared,
            shifted: work.shifted,
            cleared: work.cleared,
            adopts: work.checks,
        };
        let mut rows = work.rows;
        work.notices.extend(std::mem::take(&mut work.others).told());
        let left = std::mem::take(&mut work.left).into_iter();
        work.notices.extend(left.map(|(problem, number)| problem.arg("number", number.to_string())));
        // A list that is half of one says nothing of them.
        let unseen = if work.complete { std::mem::take(&mut work.unseen) } else { Vec::new() };
        work.notices.extend(unseen.iter().map(source_gone));
        if !work.complete {
            keep_back_of_part(&mut rows, &mut work.counts);
        }
        self.spare_used(&mut rows, &work.known, &mut work.counts);
        not_made::name(self.workflow, &mut rows);
        work.notices.extend(Lacking::of_plan(&rows).notices());
        // Who is who fills as much memory as the names of all changes, which are made next.
        work.known = std::collections::HashMap::new();
        let names = hash::Names::of(&rows).without_picked(&rows, |row| self.has_picked_key(row));
        let adopts = !facts.adopts.is_empty();
        let counts = rows.iter().filter(|row| row.writes() || (adopts && row.binds()));
        let digests = counts.filter_map(|row| hash::row_digest(self.workflow, &names, row));
        let hash = hash::plan_hash(&self.workflow.content, rows.len() + work.heeded.len(), digests.chain(work.heeded));
        drop(names);
        Ok(Plan {
            hash,
            rows,
            counts: work.counts,
            source: work.source,
            complete: work.complete,
            notices: work.notices,
            scope: work.scope,
            facts,
            over: work.over,
            unseen,
            follow: work.follow,
            freed: work.freed,
            back: work.back,
            moved: work.moved,
            judged: work.judged,
            filled: work.filled,
            ranges: work.ranges,
            partial: work.partial,
            line_ends: work.line_ends,
            shrunk: work.shrunk,
            reads: work.live.reads(),
        })
    }

    /// Whether the key of the row's source object is one that idflow has picked, another one in every installation.
    fn has_picked_key(&self, row: &Row) -> bool {
        let writing = self.workflow.steps.get(usize::from(row.step)).and_then(|step| step.writing());
        let read = writing.and_then(|writing| self.workflow.steps.get(writing.foreach.step));
        let schema = read.and_then(|read| read.schema(row.kind));
        schema.is_some_and(|schema| matches!(schema.key, KeyRule::Ulid))
    }

    /// Departments that somebody in this plan, or an active person, still refers to are not removed. What only changes were
    /// read for is decided by the next full read.
    fn spare_used(&self, rows: &mut [Row], known: &HashMap<(String, String), Known>, counts: &mut Counts) {
        for row in rows.iter_mut().filter(|row| row.removes && row.writes()) {
            let pair = pair_of(self.core, self.workflow, usize::from(row.step), row.kind);
            let known = pair.and_then(|pair| known.get(&(pair.source, pair.target)));
            if let Some(planned) = known.and_then(|known| known.still_used(row.kind, &row.source, &row.target)) {
                let word = if matches!(planned, Planned::Invalid(_)) { "invalid" } else { "skipped" };
                row.planned = planned;
                counts.moved(row.kind, "remove", word);
            }
        }
    }
}
