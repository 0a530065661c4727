//! Removals that wait for a person: which of a plan's removals were asked about before, what becomes of them, and what the
//! queue learns of a plan and of its end.

use std::collections::{BTreeSet, HashMap, HashSet};

use idflow_sdk::{FieldId, Problem};
use sha2::{Digest, Sha256};

use super::{
    Core,
    keep::NOT_FOR_REMOVALS,
    ledger::{Ledger, RowState},
    pair::pair_of,
};
use crate::{
    model::{
        change::{Action, Planned, Row, cause},
        event::Outcome,
        hex::hex,
        id::RunId,
    },
    reconcile::{
        Ends,
        hash::{Names, row_digest},
        person::OTHER_PERSON,
    },
    store::{
        Batch, StoreError,
        removals::{self, Entry, Field, Found, Removal, Standing},
    },
    workflow::compiled::{StepIndex, Workflow},
};

/// How long a question stands, and an approval after it was given, where no step says otherwise.
pub(super) const PATIENCE_MS: i64 = 7 * 24 * 3600 * 1000;
/// What is over for so long is forgotten.
const FORGOTTEN_MS: i64 = 90 * 24 * 3600 * 1000;

/// What was asked about before, beside the rows of a plan.
pub(super) struct Queue {
    entries: HashMap<String, Entry>,
    /// The digest of each row that removes; nothing where none does.
    ids: Vec<Option<String>>,
}

impl Queue {
    /// Reads what is known of the removals of a workflow.
    pub async fn read(core: &Core, workflow: &Workflow, rows: &[Row]) -> Result<Self, StoreError> {
        let entries = removals::all(&*core.store, &core.tenant, Some(&workflow.id)).await?;
        let entries = entries.into_iter().map(|entry| (entry.removal.id.clone(), entry)).collect();
        Ok(Self { entries, ids: ids(core, workflow, rows) })
    }

    /// Leaves out what other lists asked than the one that a run read: one that is read once more says nothing of that.
    pub fn keep_to_list(&mut self, found_by: Option<RunId>) {
        let ids: HashSet<&String> = self.ids.iter().flatten().collect();
        self.entries.retain(|id, entry| ids.contains(id) || Some(entry.removal.run) == found_by);
    }

    fn entry(&self, at: usize) -> Option<&Entry> {
        self.entries.get(self.ids.get(at)?.as_ref()?)
    }

    /// How the removals among the rows stand.
    pub fn standing(&self, rows: &[Row], now: i64) -> Vec<Option<Standing>> {
        let of = |(at, row): (usize, &Row)| self.entry(at).filter(|_| row.writes())?.standing(now);
        rows.iter().enumerate().map(of).collect()
    }

    /// Takes what somebody decided to keep out of the rows; gives the places.
    pub fn leave_kept(&self, rows: &mut [Row], now: i64) -> Vec<usize> {
        let mut kept = Vec::new();
        for (at, standing) in self.standing(rows, now).into_iter().enumerate() {
            if standing == Some(Standing::Kept) {
                let by = self.entry(at).and_then(|entry| Some(entry.decision.as_ref()?.by.clone()));
                let problem = Problem::new("removal_kept").arg("by", by.unwrap_or_default()).arg("id", self.short(at));
                rows[at].planned = Planned::Skipped(problem.into());
                kept.push(at);
            }
        }
        kept
    }

    /// What was asked about before keeps the reason that it was asked for: whoever decides has to know what began it, and a
    /// source that shrank is no smaller the next time.
    pub fn keep_first_cause(&self, waiting: &mut [(usize, Problem)]) {
        for (at, why) in waiting {
            let asked = |removal: &&Removal| matches!(removal.found, Found::Open | Found::Failed);
            let open = self.entry(*at).map(|entry| &entry.removal).filter(asked);
            if let Some(first) = open.map(|removal| &removal.why).filter(|why| &*why.code != "removal_undecided") {
                why.clone_from(first);
            }
        }
    }

    /// Takes removals out of the rows that come after one which is not carried out, before anybody is asked about them: a
    /// department above one that somebody keeps, or that is still in use. Gives the places.
    pub fn leave_above(rows: &mut [Row]) -> Vec<usize> {
        let mut above: HashMap<usize, Vec<usize>> = HashMap::new();
        for (at, row) in rows.iter().enumerate().filter(|(_, row)| row.removes && row.writes()) {
            for need in row.needs.iter().filter(|need| need.leave_out.is_none()) {
                above.entry(need.row as usize).or_default().push(at);
            }
        }
        let stays = |row: &Row| match &row.planned {
            Planned::Do => false,
            // Of the others nobody has decided anything.
            Planned::Skipped(_) => cause(&row.cause()).removal.is_some(),
            Planned::Blocked { .. } | Planned::Ambiguous(_) | Planned::Invalid(_) => true,
        };
        let mut open: Vec<usize> = (0..rows.len()).filter(|at| rows[*at].removes && stays(&rows[*at])).collect();
        let mut left = Vec::new();
        while let Some(first) = open.pop() {
            for at in above.remove(&first).unwrap_or_default() {
                if rows[at].writes() {
                    let by = rows[first].cause_of(&rows[at]);
                    rows[at].planned = after(&by).unwrap_or(Planned::Blocked { by });
                    left.push(at);
                    open.push(at);
                }
            }
        }
        left
    }

    /// Whether there is nothing to decide about a removal any more, because it comes after one that is not carried out. One that
    /// is approved stays so.
    fn is_moot(&self, at: usize, row: &Row, now: i64) -> bool {
        let comes_after = match &row.planned {
            Planned::Blocked { .. } => true,
            Planned::Skipped(problem) => problem.code == "removal_after",
            Planned::Do | Planned::Ambiguous(_) | Planned::Invalid(_) => false,
        };
        comes_after && self.entry(at).and_then(|entry| entry.standing(now)) != Some(Standing::Approved)
    }

    /// Takes what waits out of the rows.
    pub fn leave_waiting(&self, rows: &mut [Row], waiting: &[(usize, Problem)]) {
        for (at, why) in waiting {
            let problem = Problem::new("removal_waiting").arg("id", self.short(*at)).arg("why", why.code.to_string());
            rows[*at].planned = Planned::Skipped(problem.into());
        }
    }

    /// Who waits for a removal that is not carried out is blocked, and so is who waits for them: a plan must not show what
    /// cannot be done. Somebody who is there keeps the value that he was to exchange for one that such a removal frees, and
    /// gets everything else. Gives the places.
    pub fn leave_blocked(workflow: &Workflow, rows: &mut Vec<Row>, left_out: &[usize]) -> Vec<usize> {
        if left_out.is_empty() {
            return Vec::new();
        }
        let mut waits_for: HashMap<usize, Vec<(usize, Option<FieldId>)>> = HashMap::new();
        for (at, row) in rows.iter().enumerate().filter(|(_, row)| row.writes()) {
            for need in &row.needs {
                let value = need.takes_from(rows);
                if value.is_some() || need.leave_out.is_none() {
                    waits_for.entry(need.row as usize).or_default().push((at, value));
                }
            }
        }
        let mut blocked = Vec::new();
        let mut open: Vec<usize> = left_out.to_vec();
        while let Some(first) = open.pop() {
            for (at, value) in waits_for.remove(&first).unwrap_or_default() {
                if !rows[at].writes() || value.is_some_and(|id| keep_value(workflow, rows, at, id, first)) {
                    continue;
                }
                let by = rows[first].cause_of(&rows[at]);
                let after = if rows[at].removes { after(&by) } else { None };
                rows[at].planned = after.unwrap_or(Planned::Blocked { by });
                blocked.push(at);
                open.push(at);
            }
        }
        blocked
    }

    /// What is not deleted keeps its name: the row that would have given it a passing one, for whoever takes the name, is left out
    /// as well, with the same reason. Gives the places.
    pub fn leave_names(rows: &mut [Row]) -> Vec<usize> {
        let stays = |row: &Row| {
            let first = rows.get(row.object? as usize).filter(|first| !first.writes())?;
            matches!(first.action, Action::Delete | Action::None).then(|| first.planned.clone())
        };
        let kept: Vec<(usize, Planned)> = rows
            .iter()
            .enumerate()
            .filter(|(_, row)| row.writes())
            .filter_map(|(at, row)| Some((at, stays(row)?)))
            .collect();
        for (at, planned) in &kept {
            rows[*at].planned = planned.clone();
        }
        kept.into_iter().map(|(at, _)| at).collect()
    }

    /// Who approved the removals that are carried out because of that.
    pub fn approvers(&self, standing: &[Option<Standing>]) -> BTreeSet<String> {
        let approved = standing.iter().enumerate().filter(|(_, standing)| **standing == Some(Standing::Approved));
        approved.filter_map(|(at, _)| Some(self.entry(at)?.decision.as_ref()?.by.clone())).collect()
    }

    fn short(&self, at: usize) -> String {
        self.ids.get(at).cloned().flatten().map(|id| short(&id).to_string()).unwrap_or_default()
    }

    /// What the queue learns of a plan that is carried out: what waits, what is still kept, and what nobody wants any more.
    /// `judged`: the steps whose removals the plan knows completely, of others it says nothing; and who stands in a list again.
    pub fn note(
        &self,
        core: &Core,
        workflow: &Workflow,
        rows: &[Row],
        waiting: &[(usize, Problem)],
        judged: Option<(&BTreeSet<StepIndex>, &HashSet<Ends>)>,
        run: RunId,
    ) -> Result<Batch, StoreError> {
        let now = core.clock.now_ms();
        let mut batch = Batch::default();
        let why: HashMap<usize, &Problem> = waiting.iter().map(|(at, why)| (*at, why)).collect();
        for (at, row) in rows.iter().enumerate().filter(|(at, row)| !self.is_moot(*at, row, now)) {
            let Some(Some(id)) = self.ids.get(at) else { continue };
            let known = self.entries.get(id);
            let Some(mut removal) = (match (why.get(&at), known) {
                (Some(why), _) => removal(workflow, row, id, (*why).clone(), run),
                // What was left because nobody was asked about it is no question.
                (None, Some(entry)) if is_unasked(row) && entry.standing(now).is_none() => None,
                // Kept, or to be done now: the question stays as it was.
                (None, Some(entry)) => Some(entry.removal.clone()),
                (None, None) => None,
            }) else {
                continue;
            };
            let open = known.filter(|entry| matches!(entry.removal.found, Found::Open | Found::Failed));
            removal.since = open.map_or(now, |entry| entry.removal.since);
            removal.problem = open.and_then(|entry| entry.removal.problem.clone());
            // What went wrong and whose approval is over is asked about again; why it went wrong is told with the question.
            let still = open.filter(|_| !why.contains_key(&at));
            removal.found = still.map_or(Found::Open, |entry| entry.removal.found);
            removal.over = still.and_then(|entry| entry.removal.over);
            removal.seen = now;
            removal.run = run;
            removals::put(&mut batch, &core.tenant, known.map(|entry| &entry.removal), &removal)?;
        }
        let Some((judged, back)) = judged else { return Ok(batch) };
        let asked = rows.iter().enumerate().filter(|(at, row)| !self.is_moot(*at, row, now));
        let wanted: HashSet<&String> = asked.filter_map(|(at, _)| self.ids.get(at)?.as_ref()).collect();
        // Whoever is back may be somebody else: until that is said, he was gone.
        let asked =
            rows.iter().filter(|row| matches!(&row.planned, Planned::Ambiguous(why) if *why.code == *OTHER_PERSON));
        let asked: HashSet<(&str, &str)> = asked.map(|row| (&*row.source, &*row.target)).collect();
        for entry in self.entries.values().filter(|entry| !wanted.contains(&entry.removal.id)) {
            let removal = &entry.removal;
            let step = workflow.steps.iter().position(|step| step.id == removal.step);
            if asked.contains(&(&*removal.source, &*removal.target)) {
                continue;
            }
            if matches!(removal.found, Found::Open | Found::Failed) {
                // A step that is switched off is another matter than an object that came back. Where the step is gone from the
                // workflow, as in a file that is a part, what was approved stays: a list with that step carries it out, unless
                // whoever it is about is back.
                let ends: Ends = (removal.source.as_str().into(), removal.target.as_str().into());
                let is_over = match step {
                    Some(step) => judged.contains(&step),
                    None => entry.standing(now) != Some(Standing::Approved) || back.contains(&ends),
                };
                if is_over {
                    let gone = Removal { found: Found::Gone, over: Some(now), ..removal.clone() };
                    removals::put(&mut batch, &core.tenant, Some(removal), &gone)?;
                }
            } else if !entry.is_kept() && removal.over.is_some_and(|over| now - over > FORGOTTEN_MS) {
                removals::forget(&mut batch, &core.tenant, removal)?;
            }
        }
        Ok(batch)
    }
}

/// Whether a removal was left because nobody was asked about it.
fn is_unasked(row: &Row) -> bool {
    matches!(&row.planned, Planned::Skipped(why) if *why.code == *NOT_FOR_REMOVALS)
}

/// What becomes of a removal that comes after one which waits for a person, or is kept: it waits as well, and nothing is wrong.
fn after(by: &str) -> Option<Planned> {
    let cause = cause(by);
    let problem = Problem::new("removal_after").arg("by", cause.name).arg("id", cause.removal?);
    Some(Planned::Skipped(problem.into()))
}

/// Takes a value out of an update, because a removal that is not carried out keeps it; a row of its own says so. False when
/// nothing would be left of the update, or nothing of the person without the value.
fn keep_value(workflow: &Workflow, rows: &mut Vec<Row>, at: usize, id: FieldId, holder: usize) -> bool {
    let by = rows[holder].cause();
    let row = &mut rows[at];
    let schema = workflow.steps.get(usize::from(row.step)).and_then(|step| step.schema(row.kind));
    let needed = schema.is_none_or(|schema| schema.spec(id).required);
    if needed || row.action != Action::Update || row.set.ids().all(|other| other == id) {
        return false;
    }
    let Some(mut second) = row.split_off(id, at) else { return false };
    row.needs.retain(|need| (need.row as usize, need.leave_out) != (holder, Some(id)));
    second.planned = Planned::Blocked { by };
    rows.push(second);
    true
}

/// The name of a removal as people type it.
#[must_use]
pub fn short(id: &str) -> &str {
    id.get(..12).unwrap_or(id)
}

/// What the queue learns of the end of a run: which of the removals that were asked about are done, and which went wrong.
pub(super) async fn settle(core: &Core, workflow: &Workflow, ledger: &Ledger, run: RunId) -> Result<Batch, StoreError> {
    let rows = &**ledger.rows();
    let mut batch = Batch::default();
    if !rows.iter().any(|row| row.removes && row.planned == Planned::Do) {
        return Ok(batch);
    }
    let queue = Queue::read(core, workflow, rows).await?;
    let now = core.clock.now_ms();
    for (place, row) in rows.iter().enumerate().filter(|(_, row)| row.planned == Planned::Do) {
        let Some(entry) = queue.entry(place) else { continue };
        let (found, problem) = match ledger.state(place) {
            RowState::Over(outcome) if outcome.is_good() => (Found::Done, None),
            RowState::Over(Outcome::Failed(problem)) => (Found::Failed, Some(problem.clone())),
            RowState::Over(Outcome::Blocked { by }) => {
                (Found::Failed, Some(Problem::new("blocked").arg("by", by.clone())))
            }
            _ => continue,
        };
        let warnings = row.warnings.clone();
        let removal = Removal { found, problem, warnings, over: Some(now), run, ..entry.removal.clone() };
        removals::put(&mut batch, &core.tenant, Some(&entry.removal), &removal)?;
    }
    Ok(batch)
}

/// The digests of the rows that remove, in hex: what a row does, and between which connections.
fn ids(core: &Core, workflow: &Workflow, rows: &[Row]) -> Vec<Option<String>> {
    if !rows.iter().any(|row| row.removes) {
        return Vec::new();
    }
    let names = Names::of(rows);
    rows.iter()
        .map(|row| {
            let digest = if row.removes { row_digest(workflow, &names, row)? } else { return None };
            let place = usize::from(row.step);
            let pair = pair_of(core, workflow, place, row.kind)?;
            let mut hash = Sha256::new();
            for name in [&pair.source, &pair.target] {
                hash.update((name.len() as u64).to_be_bytes());
                hash.update(name.as_bytes());
            }
            hash.update(digest);
            Some(hex(&hash.finalize()))
        })
        .collect()
}

/// A removal that is asked about for the first time; when is filled in by the caller. Private values are masked.
fn removal(workflow: &Workflow, row: &Row, id: &str, why: Problem, run: RunId) -> Option<Removal> {
    let step = workflow.steps.get(usize::from(row.step))?;
    let schema = step.schema(row.kind)?;
    let fields = row.set.iter().map(|(field, after)| Field {
        field: schema.spec(field).name.to_string(),
        before: row.before.get(field).map_or(serde_json::Value::Null, |before| shown(schema.spec(field), &before)),
        after: shown(schema.spec(field), &after),
    });
    let patience = step
        .approval()
        .map_or(PATIENCE_MS, |approval| i64::try_from(approval.expires_after.as_millis()).unwrap_or(i64::MAX));
    let warnings = row.warnings.iter().filter(|warning| warning.code != why.code).cloned().collect();
    Some(Removal {
        id: id.into(),
        workflow: workflow.id.clone(),
        step: step.id.clone(),
        kind: row.kind,
        action: row.action,
        source: row.source.to_string(),
        target: row.target.to_string(),
        name: row.name.to_string(),
        fields: fields.collect(),
        why,
        warnings,
        since: 0,
        seen: 0,
        patience,
        run,
        found: Found::Open,
        over: None,
        problem: None,
    })
}

fn shown(spec: &idflow_sdk::FieldSpec, field: &idflow_sdk::Field) -> serde_json::Value {
    match (spec.privacy, field.to_json()) {
        (idflow_sdk::Privacy::Open, value) | (_, value @ serde_json::Value::Null) => value,
        (privacy, serde_json::Value::String(text)) => privacy.mask(&text).into(),
        (privacy, other) => privacy.mask(&other.to_string()).into(),
    }
}
