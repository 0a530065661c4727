//! A list has ended: its tasks decide, read what they still need, and become rows.

use std::collections::{HashMap, HashSet};

use idflow_sdk::{Effect, Error, Kind, Problem, Record};

use super::{
    gathered::{Gathered, Job},
    planner::{PlanError, Planner},
};
use crate::{
    model::{
        change::{Planned, Row},
        id::Ulids,
    },
    reconcile::{Known, Task, compare::Written, hash, removal},
    store::{
        decisions::{Choice, Decision},
        links::{self, Pair},
    },
    workflow::{
        compiled::{InputType, Step, StepIndex},
        scope::Scope,
    },
};

/// Whether the row says that an object is gone from the source and stays in the target.
fn is_left(row: &Row) -> bool {
    matches!(&row.planned, Planned::Skipped(problem) if matches!(&*problem.code, "leaver_keeps_access" | "left_behind"))
}

/// Notes how many that were linked are not in the list any more, or leave.
fn note_lost(task: &Task, pair: &Pair, first: usize, work: &mut Gathered) {
    let known = work.known.get(&(pair.source.clone(), pair.target.clone()));
    let Some(links) = known.and_then(|known| known.links(task.kind)) else { return };
    let schema = task.mapping.target;
    let there = |target: &str| task.target.get(target).is_some_and(|seen| !task.target.is_gone(&seen));
    let entries = links.entries().iter().enumerate();
    let unseen = entries.filter(|(place, entry)| !entry.gone && !links.was_seen(*place) && there(&entry.target));
    let leaves = |row: &&Row| row.writes() && (row.removes || schema.is_gone(&row.set.record()));
    let lost = unseen.count() + work.rows[first..].iter().filter(leaves).count();
    *work.lost.entry(task.kind).or_default() += lost as u64;
}

impl Planner<'_> {
    /// The step that would remove what is gone from a list and does not: it is switched off, or there is none. Gives its place
    /// and what to say of it.
    fn not_removing(&self, of: &Step, kind: Kind) -> (Option<StepIndex>, Problem) {
        let connection = of.uses().map(|uses| uses.connection);
        let gone = |step: &Step| {
            step.writing().is_some_and(|writing| {
                matches!(writing.uses.action.effect, Effect::Remove(_))
                    && Some(writing.uses.connection) == connection
                    && writing.uses.action.kind == Some(kind)
                    && writing.foreach.output.removed
            })
        };
        let at = self.workflow.steps.iter().position(gone);
        if kind != Kind::User {
            return (at, Problem::new("departments_left_behind"));
        }
        let Some(step) = at.and_then(|at| self.workflow.steps.get(at)) else {
            return (at, Problem::new("leavers_no_step").arg("workflow", self.workflow.id.clone()));
        };
        let condition = step.condition.as_ref().map(|condition| condition.text().trim()).unwrap_or_default();
        let input = condition.strip_prefix("inputs.").filter(|name| {
            self.workflow.inputs.iter().any(|input| input.name == *name && input.ty == InputType::Boolean)
        });
        let problem = match input {
            Some(input) => Problem::new("leavers_input").arg("input", input),
            None => Problem::new("leavers_step").arg("condition", condition),
        };
        (at, problem.arg("step", step.id.clone()).arg("workflow", self.workflow.id.clone()))
    }

    /// Settles the tasks over one list.
    pub(super) async fn settle(
        &self,
        output: &str,
        jobs: &mut Vec<(&'static str, Job)>,
        complete: bool,
        work: &mut Gathered,
    ) -> Result<(), PlanError> {
        while let Some(at) = jobs.iter().position(|(name, _)| *name == output) {
            let (_, mut job) = jobs.remove(at);
            let step = &self.workflow.steps[job.first_step];
            let kind = job.task.kind;
            job.task.complete = complete && job.readable;
            if !job.readable {
                work.complete = false;
                work.notices.push(Problem::new("read_incomplete"));
            }
            self.decide_steps(&mut job, &work.live)?;
            let target = job.target.clone();
            let conform = |kind: Kind, record: &mut Record, whole: bool, warnings: &mut Vec<Problem>| {
                target.conform(kind, record, whole, warnings)
            };
            if let Some(known) = work.known.get_mut(&job.pair) {
                job.task.first = known.is_first();
                job.task.in_use = target.in_use();
                self.look_for_faces(&mut job, known, step).await?;
            }
            let Some(known) = work.known.get_mut(&job.pair) else { continue };
            // One after the other, so that what is made together is read again in the order of the source.
            let mut ids = Ulids::new(self.context.now_ms);
            let pair =
                Pair { tenant: self.core.tenant.clone(), source: job.pair.0.clone(), target: job.pair.1.clone(), kind };
            let mut written = Written::new();
            job.task.look_at_heritage(known);
            self.load_written(step, &pair, job.task.vanished(known), &mut written).await?;
            self.load_written(step, &pair, job.task.gone_from_others(known), &mut written).await?;
            let needs = job.task.decide(known, &written, &conform, &mut || ids.pick());
            self.load_written(step, &pair, needs.written, &mut written).await?;
            for group in job.task.holders(known, &written).chunks(1000) {
                let mut held = Written::new();
                self.load_written(step, &pair, group.to_vec(), &mut held).await?;
                job.task.take_holders(known, &held);
            }
            let mut wanted = needs.details;
            wanted.extend(job.task.to_be_recognised(known, &written));
            wanted.sort_unstable();
            wanted.dedup();
            let details = if wanted.is_empty() {
                Vec::new()
            } else {
                let keys: Vec<&str> = wanted.iter().map(|key| &**key).collect();
                self.retrying(step, || target.details(&self.context, kind, &keys)).await?
            };
            let (at, unremoved) = self.not_removing(step, kind);
            job.task.left_step = at.and_then(|at| u16::try_from(at).ok()).or(job.task.steps.update).unwrap_or(0);
            let first = work.rows.len();
            job.task.finish(known, &written, details, &conform, &mut work.rows);
            let mut named = Written::new();
            self.load_written(step, &pair, job.task.unnamed(), &mut named).await?;
            job.task.give_names(&mut work.rows, &named);
            removal::name_occupants(&job.task, &mut work.rows);
            work.others.note(&job.task, known, &work.rows[first..]);
            work.notices.append(&mut job.task.notices);
            if let Some((check, notices)) = job.task.adoption(known, &work.rows) {
                work.checks.push(check);
                work.notices.extend(notices);
            }
            self.doubt_last_line(&job, first, work);
            note_lost(&job.task, &pair, first, work);
            let left = work.rows[first..].iter().filter(|row| is_left(row)).count() as u64;
            if left > 0 {
                work.left.push((unremoved, left));
            }
            if !job.task.refused.is_empty() {
                let schema = job.task.mapping.target;
                let fields =
                    job.task.refused.iter().map(|(id, number)| format!("{} × {number}", schema.spec(*id).name));
                let number: u64 = job.task.refused.values().sum();
                let told = Problem::new("values_refused").arg("number", number.to_string());
                work.notices.push(told.arg("fields", fields.collect::<Vec<_>>().join(", ")));
            }
            if job.task.by_name > 0 {
                work.notices.push(Problem::new("managers_by_name").arg("number", job.task.by_name.to_string()));
            }
            if job.task.kept_keys > 0 {
                work.notices.push(Problem::new("keys_kept").arg("number", job.task.kept_keys.to_string()));
            }
            self.note_decisions(&mut job.task, &pair, work);
            *work.compared.entry(kind).or_default() += job.task.compared;
            *work.shifted.entry(kind).or_default() += job.task.would_shift();
            for (id, number) in &job.task.cleared {
                let field = job.task.mapping.target.spec(*id).name.to_string();
                *work.cleared.entry((kind, field)).or_default() += number;
            }
            // Of a part, what is not in the plan is as before.
            let removals = job.task.steps.removals.iter().map(|removal| removal.step).filter(|_| complete);
            work.judged.extend(removals.chain(job.task.steps.update.filter(|_| complete)).map(StepIndex::from));
            *work.source.entry(kind).or_default() += job.task.total;
            *work.missing.entry(kind).or_default() += job.task.missing;
            for (kind, words) in std::mem::take(&mut job.task.counts).0 {
                for (word, number) in words {
                    work.counts.add(kind, &word, number);
                }
            }
        }
        Ok(())
    }

    /// A last line without an end of which something cannot be used may be the beginning of one: the file was cut off there,
    /// and whoever came after it has not left.
    fn doubt_last_line(&self, job: &Job, first: usize, work: &mut Gathered) {
        let of = self.workflow.steps[job.first_step].writing().map(|writing| writing.foreach.step);
        let last = work.unended.iter().find(|(place, _)| Some(*place) == of).map(|(_, key)| key);
        let odd = |row: &Row| {
            Some(&row.source) == last && (!row.warnings.is_empty() || matches!(row.planned, Planned::Invalid(_)))
        };
        if !work.rows[first..].iter().any(odd) {
            return;
        }
        for row in work.rows[first..].iter_mut().filter(|row| is_left(row)) {
            row.planned = Planned::Skipped(Problem::new("read_incomplete"));
        }
        if work.complete {
            work.complete = false;
            let step = of.map(|of| self.workflow.steps[of].id.clone()).unwrap_or_default();
            work.notices.push(Problem::new("last_line_doubtful").arg("step", step));
            work.notices.push(Problem::new("read_incomplete"));
        }
    }

    /// Reads what was last written to the counterparts of these objects.
    async fn load_written(
        &self,
        step: &Step,
        pair: &Pair,
        wanted: Vec<(Box<str>, Box<str>)>,
        written: &mut Written,
    ) -> Result<(), PlanError> {
        for group in wanted.chunks(1000) {
            let ends: Vec<(&str, &str)> = group.iter().map(|(source, target)| (&**source, &**target)).collect();
            let found = links::get(&*self.core.store, pair, &ends)
                .await
                .map_err(|error| self.failed(step, *Error::from(error).problem))?;
            for (link, (source, _)) in found.into_iter().zip(group) {
                if let Some(link) = link {
                    written.insert(source.clone(), pair.ends(&link).1.written.clone());
                }
            }
        }
        Ok(())
    }

    /// Decisions that were followed belong to the plan's name; those that were carried out before, and those that nobody can
    /// carry out any more, are over. The latter are told.
    fn note_decisions(&self, task: &mut Task, pair: &Pair, work: &mut Gathered) {
        let by_target = task.decide_by_target;
        let (connection, with) = if by_target { (&pair.target, &pair.source) } else { (&pair.source, &pair.target) };
        // The object of the source that a decision of this pair is about.
        let about = |one: &Decision| -> Option<Box<str>> {
            let mine = one.connection == *connection && one.with == *with && one.kind == pair.kind;
            match (&one.choice, by_target) {
                (Choice::Never(_), _) => None,
                (Choice::Link(other), true) => mine.then(|| other.clone()),
                _ => mine.then(|| one.key.clone()),
            }
        };
        let void: HashMap<Box<str>, Problem> = std::mem::take(&mut task.void).into_iter().collect();
        let fulfilled: HashSet<&str> = task.fulfilled().collect();
        let unseen: HashSet<&str> = task.decisions.unseen().filter(|_| task.complete).collect();
        let mut left = Vec::new();
        for one in std::mem::take(&mut work.decided) {
            let source = about(&one);
            let source = source.as_deref();
            if let Some(problem) = source.and_then(|source| void.get(source)) {
                work.notices.push(problem.clone());
                work.over.push(one);
            } else if source.is_some_and(|source| fulfilled.contains(source)) {
                work.over.push(one);
            } else if source.is_some_and(|source| task.heeded.contains(source)) {
                let source = source.unwrap_or_default();
                work.heeded.push(hash::decision_digest(pair.kind, source, &format!("{:?}", one.choice)));
                left.push(one);
            } else if one.workflow.as_ref() == Some(&self.workflow.id)
                && source.is_some_and(|source| unseen.contains(source))
            {
                // Only the workflow that asked knows that its list is all there is.
                work.notices.push(Problem::new("decision_source_gone").arg("who", one.key.to_string()));
                work.over.push(one);
            } else {
                left.push(one);
            }
        }
        work.decided = left;
        *work.changed_keys.entry(pair.kind).or_default() += task.changed_keys;
    }

    /// Objects of a system that is in use may be those of the source, made by hand: what is needed to tell is read.
    async fn look_for_faces(&self, job: &mut Job, known: &mut Known, step: &Step) -> Result<(), PlanError> {
        let (kind, target) = (job.task.kind, job.target.clone());
        let (keys, compare) = job.task.faces_needed(known);
        if keys.is_empty() {
            return Ok(());
        }
        let keys: Vec<&str> = keys.iter().map(|key| &**key).collect();
        let read = self.retrying(step, || target.details(&self.context, kind, &keys)).await?;
        job.task.faces_read(read);
        if !compare {
            return Ok(());
        }
        let field = target.asked_by(kind).first().copied();
        let questions = job.task.compare_faces(known, field);
        let misses = job.task.misses();
        let values: Vec<&str> = questions.iter().map(|question| &*question.value).collect();
        let field = field.unwrap_or_default();
        let holders = match values.is_empty() {
            true => Vec::new(),
            false => self.retrying(step, || target.holders(&self.context, kind, field, &values, misses)).await?,
        };
        job.task.faces_asked(known, &questions, holders, field);
        Ok(())
    }

    /// Decides the conditions that waited for the end of the list.
    fn decide_steps(&self, job: &mut Job, scope: &Scope) -> Result<(), PlanError> {
        for at in std::mem::take(&mut job.undecided) {
            if !self.wanted(&self.workflow.steps[at], scope)? {
                let number = u16::try_from(at).ok();
                let steps = &mut job.task.steps;
                steps.create = steps.create.filter(|step| Some(*step) != number);
                steps.update = steps.update.filter(|step| Some(*step) != number);
            }
        }
        let mut kept = Vec::new();
        for removal in std::mem::take(&mut job.task.steps.removals) {
            let step = self.workflow.steps.get(usize::from(removal.step));
            if step.map_or(Ok(true), |step| self.wanted(step, scope))? {
                kept.push(removal);
            }
        }
        job.task.steps.removals = kept;
        Ok(())
    }
}
