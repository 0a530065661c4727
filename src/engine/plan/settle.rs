//! A list has ended: its tasks decide, read what they still need, and become rows.

mod counted;

use std::collections::{HashMap, HashSet};

use idflow_sdk::{Error, Kind, Problem, Record};

use super::{
    elsewhere::tell_elsewhere,
    gathered::{Gathered, Job},
    planner::{PlanError, Planner},
};
use crate::{
    model::id::Ulids,
    reconcile::{Known, Task, compare::Written, hash, links::folded, occupants},
    store::{
        decisions::{Choice, Decision},
        links::{self, Pair},
    },
    workflow::{compiled::Step, scope::Scope},
};
use counted::{count, is_left, note_lost, tell};

/// So many departments that the target's list lacks are asked for alone.
const MOST_DOUBTED: usize = 20;
/// So many people whom the list lacks, and who are in the source: a call for each.
const MOST_LOST: usize = 200;
/// So many people whose links would be forgotten because the list lacks them: a call for each.
const MOST_FORGOTTEN: usize = 200;

impl Planner<'_> {
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
            match self.is_together(&job.pair) {
                true => work.together.push((job, complete)),
                false => self.settle_one(&mut job, complete, work).await?,
            }
        }
        Ok(())
    }

    /// Settles one task: its rows, and what they say of the list.
    pub(super) async fn settle_one(&self, job: &mut Job, complete: bool, work: &mut Gathered) -> Result<(), PlanError> {
        let step = &self.workflow.steps[job.first_step];
        let kind = job.task.kind;
        job.task.complete = complete && job.readable && !job.unsure;
        if !job.readable {
            work.complete = false;
            work.notices.push(Problem::new("read_incomplete"));
        }
        self.decide_steps(job, &work.live)?;
        if let Some(known) = work.known.get_mut(&job.pair) {
            self.look_for_the_lost(job, known, step).await?;
            self.look_for_the_chosen(job, step).await?;
            if let Some(name) = known.look_at_paths() {
                work.notices.push(Problem::new("paths_begin_with_company").arg("name", name));
            }
            job.task.first = known.is_first();
            job.task.in_use = job.target.in_use();
            self.look_for_faces(job, known, step).await?;
        }
        let lost = work.known.get(&job.pair).map(|known| {
            job.task.look_at_heritage(known);
            (job.task.lost(known), if kind == Kind::User { job.task.forgotten(known) } else { Vec::new() })
        });
        let (lost, forgotten) = lost.unwrap_or_default();
        self.doubt_what_is_lost(job, step, lost.into_iter().take(MOST_DOUBTED).collect()).await?;
        self.doubt_who_is_forgotten(job, step, forgotten).await?;
        let pair =
            Pair { tenant: self.core.tenant.clone(), source: job.pair.0.clone(), target: job.pair.1.clone(), kind };
        let unseen = work.known.get(&job.pair).map(|known| {
            let leavers = occupants::leavers_of_others(&job.task, known, &work.rows);
            (leavers, job.task.gone_and_there(known), job.task.would_go(known))
        });
        let (leavers, mut gone, mut going) = unseen.unwrap_or_default();
        gone.extend(leavers.iter().map(|(_, target)| target.clone()));
        let elsewhere = self.look_elsewhere(&gone, job.task.mapping.target, &pair).await;
        job.task.elsewhere = elsewhere.map_err(|error| self.store_failed(step, error))?;
        going.extend(leavers.iter().cloned());
        let beside = self.look_beside(job, going, &pair, &work.live).await?;
        job.task.elsewhere.extend(beside.stay);
        job.task.spared.extend(beside.spared);
        job.task.unsure.extend(beside.doubted);
        let left = leavers.into_iter().map(|(_, target)| target);
        job.task.left = left.filter(|target| !job.task.stays_for_others(target)).collect();
        let first = work.rows.len();
        let Some(unremoved) = self.make_rows(job, step, &pair, work).await? else { return Ok(()) };
        self.doubt_last_line(job, first, work);
        note_lost(&job.task, &pair, first, work);
        tell_elsewhere(&work.rows[first..], &mut work.notices);
        let left = work.rows[first..].iter().filter(|row| is_left(row)).count() as u64;
        if left > 0 {
            work.left.push((unremoved, left));
        }
        tell(&job.task, work);
        self.note_decisions(&mut job.task, &pair, work);
        self.settle_given_up(job, first, work).await.map_err(|error| self.store_failed(step, error))?;
        count(&mut job.task, complete, work);
        Ok(())
    }

    /// What the list of the target lacks is asked for alone before it is taken for deleted. If it is there, the list is half of
    /// one, and nothing is decided by it.
    async fn doubt_what_is_lost(&self, job: &mut Job, step: &Step, lost: Vec<Box<str>>) -> Result<(), PlanError> {
        let (target, kind) = (job.target.clone(), job.task.kind);
        for key in lost {
            let found = self.retrying(step, || target.lookup(&self.context, kind, &key)).await?;
            if let Some(problem) = found.and_then(|found| job.task.lacking(&key, &found)) {
                return Err(self.failed(step, problem));
            }
        }
        Ok(())
    }

    /// The same of people who would be made a second time. One of them keeps nobody's plan from being carried out: whoever is
    /// there is compared like all others.
    async fn look_for_the_lost(&self, job: &mut Job, known: &mut Known, step: &Step) -> Result<(), PlanError> {
        let mut lost = job.task.lost_people();
        let unasked = lost.split_off(lost.len().min(MOST_LOST));
        // A system that is this store itself has no half lists.
        if lost.is_empty() || job.target.spec().local {
            return Ok(());
        }
        let (target, kind) = (job.target.clone(), job.task.kind);
        let asked: Vec<&str> = lost.iter().map(|key| &**key).collect();
        let found = self.retrying(step, || target.details(&self.context, kind, &asked)).await?;
        job.task.found_again(known, found, &unasked);
        Ok(())
    }

    /// A list can lack an object that a person chose: it is asked for alone before that choice is taken for void.
    async fn look_for_the_chosen(&self, job: &mut Job, step: &Step) -> Result<(), PlanError> {
        let mut chosen = job.task.chosen_and_lacked();
        chosen.truncate(MOST_LOST);
        if chosen.is_empty() {
            return Ok(());
        }
        let (target, kind) = (job.target.clone(), job.task.kind);
        let asked: Vec<&str> = chosen.iter().map(|key| &**key).collect();
        let found = self.retrying(step, || target.lookup_many(&self.context, kind, &asked)).await?;
        for (key, found) in chosen.into_iter().zip(found) {
            job.task.take_chosen(key, found);
        }
        Ok(())
    }

    /// The same of people who are to be deleted and whom the list lacks. One of them keeps nobody's plan from being carried out:
    /// his link stays, as do those of all beyond the number that is asked for, and a later run looks again.
    async fn doubt_who_is_forgotten(
        &self,
        job: &mut Job,
        step: &Step,
        mut keys: Vec<Box<str>>,
    ) -> Result<(), PlanError> {
        let unasked = keys.split_off(keys.len().min(MOST_FORGOTTEN));
        if keys.is_empty() {
            return Ok(());
        }
        let (target, kind) = (job.target.clone(), job.task.kind);
        let asked: Vec<&str> = keys.iter().map(|key| &**key).collect();
        let found = self.retrying(step, || target.details(&self.context, kind, &asked)).await?;
        // Without a field that can be read it is not known whether there is anybody.
        let there = found.into_iter().filter(|seen| !seen.record.is_empty());
        let lacked = there.filter_map(|seen| Some((job.task.lacking(&seen.key, &seen.record)?, seen.key)));
        let mut lacked: Vec<(Problem, Box<str>)> = lacked.collect();
        lacked.extend(unasked.into_iter().map(|key| (Problem::new("not_looked_for").arg("key", &*key), key)));
        job.task.lacked.extend(lacked.into_iter().map(|(problem, key)| (key, problem)));
        Ok(())
    }

    /// Lets a task decide, reads what it still needs, and takes its rows. Gives what to say of those that are gone and stay;
    /// `None` where nothing is known of the pair.
    async fn make_rows(
        &self,
        job: &mut Job,
        step: &Step,
        pair: &Pair,
        work: &mut Gathered,
    ) -> Result<Option<Problem>, PlanError> {
        let target = job.target.clone();
        let conform = |kind: Kind, record: &mut Record, whole: bool, warnings: &mut Vec<Problem>| {
            target.conform(kind, record, whole, warnings)
        };
        let Some(known) = work.known.get_mut(&job.pair) else { return Ok(None) };
        // One after the other, so that what is made together is read again in the order of the source.
        let mut ids = Ulids::new(self.context.now_ms);
        let mut written = Written::new();
        job.task.look_at_heritage(known);
        self.load_written(step, pair, job.task.vanished(known), &mut written).await?;
        self.load_written(step, pair, job.task.gone_from_others(known), &mut written).await?;
        let picked = work.picked.entry((pair.target.clone(), pair.kind)).or_default();
        job.task.picked = std::mem::take(picked);
        let needs = job.task.decide(known, &written, &conform, &mut || ids.pick());
        *picked = std::mem::take(&mut job.task.picked);
        // In a first run that is everybody, and the rows of everybody come next.
        if self.is_referred_to_by_itself_alone(job) {
            known.forget_decided(pair.kind);
        }
        self.load_written(step, pair, needs.written, &mut written).await?;
        for group in job.task.holders(known, &written).chunks(1000) {
            let mut held = Written::new();
            self.load_written(step, pair, group.to_vec(), &mut held).await?;
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
            self.retrying(step, || target.details(&self.context, pair.kind, &keys)).await?
        };
        let (at, unremoved) = self.not_removing(step, pair.kind);
        job.task.left_step = at.and_then(|at| u16::try_from(at).ok()).or(job.task.steps.update).unwrap_or(0);
        let first = work.rows.len();
        job.task.finish(known, &written, details, &conform, &mut work.rows);
        for counted in std::mem::take(&mut job.task.left_to_later) {
            work.counts.moved(pair.kind, counted, "blocked");
        }
        let mut named = Written::new();
        self.load_written(step, pair, job.task.unnamed(), &mut named).await?;
        job.task.give_names(&mut work.rows, &named);
        for _ in 0..occupants::name_occupants(&job.task, known, &mut work.rows) {
            work.counts.moved(Kind::Department, "remove", "skipped");
        }
        work.others.note(&job.task, known, &work.rows[first..]);
        work.notices.append(&mut job.task.notices);
        known.name_departments(job.task.department_names());
        // The connection under which people decide about it.
        let connection = if job.task.decide_by_target { &pair.target } else { &pair.source };
        if let Some((check, notices)) = job.task.adoption(known, connection, &mut work.rows) {
            work.checks.push(check);
            work.notices.extend(notices);
        }
        Ok(Some(unremoved))
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
        let caseless = task.mapping.source.has_caseless_keys();
        let fold = |key: &str| -> Box<str> { folded(caseless, key).into() };
        // The object of the source that a decision of this pair is about.
        let about = |one: &Decision| -> Option<Box<str>> {
            let mine = one.connection == *connection && one.with == *with && one.kind == pair.kind;
            match (&one.choice, by_target) {
                (Choice::Never(_), _) => None,
                (Choice::Link(other), true) => mine.then(|| fold(other)),
                _ => mine.then(|| fold(&one.key)),
            }
        };
        let void: HashMap<Box<str>, Problem> =
            std::mem::take(&mut task.void).into_iter().map(|(key, problem)| (fold(&key), problem)).collect();
        let fulfilled: HashSet<Box<str>> = task.fulfilled().map(fold).collect();
        let heeded: HashSet<Box<str>> = task.heeded.iter().map(|key| fold(key)).collect();
        let mut left = Vec::new();
        for one in std::mem::take(&mut work.decided) {
            let source = about(&one);
            let source = source.as_deref();
            if let Some(problem) = source.and_then(|source| void.get(source)) {
                work.notices.push(problem.clone());
                work.over.push(one);
            } else if source.is_some_and(|source| fulfilled.contains(source)) {
                work.over.push(one);
            } else if source.is_some_and(|source| heeded.contains(source)) {
                let source = source.unwrap_or_default();
                work.heeded.push(hash::decision_digest(pair.kind, source, &format!("{:?}", one.choice)));
                left.push(one);
            } else if one.workflow.as_ref() == Some(&self.workflow.id)
                && source.is_some_and(|source| task.complete && task.decisions.is_unseen(source))
            {
                // Only the workflow that asked knows that its list is all there is.
                work.unseen.push(one);
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
