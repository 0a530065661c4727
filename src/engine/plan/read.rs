//! Reads one source: a page at a time into the tasks over its lists, and what later steps can read of it.

mod noted;
mod pushed;

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    sync::Arc,
};

use idflow_sdk::{Blank, Connection, Error, FieldId, Kind, Problem, ReadRequest, Reader, Schema, Summary, Told};

use super::{
    gathered::{Gathered, Job},
    planner::{PlanError, Planner},
};
use crate::{
    engine::{event_reads::Changes, extent, retry},
    reconcile::Known,
    workflow::{
        compiled::{Step, StepIndex, Uses, WithValue},
        expression::Condition,
    },
};
use noted::note_filled;
use pushed::note_unsure;

enum ReadError {
    /// Nothing was taken yet: the read may begin anew.
    Source(Error),
    Final(PlanError),
}

/// Keys as the links write them.
fn spelled(known: Option<&Known>, kind: Kind, keys: &[Box<str>]) -> HashSet<Box<str>> {
    let links = known.and_then(|known| known.links(kind));
    keys.iter().map(|key| links.map_or(&**key, |links| links.spelled(key)).into()).collect()
}

impl Planner<'_> {
    /// Reads one source and settles the tasks over its lists. A read that fails for a passing reason begins anew.
    pub(super) async fn read(
        &self,
        step_index: StepIndex,
        (step, uses): (&Step, &Uses),
        changes: Option<&Changes>,
        work: &mut Gathered,
    ) -> Result<(), PlanError> {
        let mut params = step.with.evaluate(&work.live).map_err(|problem| self.failed(step, problem))?;
        for predicate in params.predicates.values_mut() {
            // A connection asks it row by row, and knows nothing of time limits.
            let (test, halt) = (predicate.clone(), self.progress.halt());
            *predicate =
                Arc::new(move |record| if halt.is_set() { Err(Problem::new("step_failed")) } else { test(record) });
        }
        let (source, source_name) = self.connection(step, uses).await?;
        if self.fenced {
            let alias = self.workflow.alias_of(uses);
            let may = self.core.connect.may_read(&alias.reference, alias.connector.name, &params).await;
            may.map_err(|problem| self.failed(step, problem))?;
        }
        work.scope.push_str(&extent::of_read(step, &params, source.places(), &source_name, &work.live));
        let request = ReadRequest { action: uses.action, params };
        let told: &[Told] = match changes {
            Some(changes) if changes.connection == source_name => &changes.told,
            _ => &[],
        };
        let mut attempt = 1;
        loop {
            match self.read_once(step_index, (step, uses), (&source, &source_name), (request.clone(), told), work).await
            {
                Ok(()) => return Ok(()),
                Err(ReadError::Final(error)) => return Err(error),
                Err(ReadError::Source(error)) => {
                    attempt += 1;
                    match retry::wait(&uses.retry, &error, attempt, self.core.random()) {
                        Some(wait) => {
                            self.context.meter.retry();
                            self.pause(&error, wait).await;
                            if self.progress.is_stopped() {
                                return Err(self.failed(step, *error.problem));
                            }
                        }
                        None => return Err(self.failed(step, *error.problem)),
                    }
                }
            }
        }
    }

    async fn read_once(
        &self,
        step_index: StepIndex,
        (step, uses): (&Step, &Uses),
        (source, source_name): (&Arc<dyn Connection>, &str),
        (request, told): (ReadRequest, &[Told]),
        work: &mut Gathered,
    ) -> Result<(), ReadError> {
        // The first page is taken before anything else is read: a source that does not answer costs the target nothing.
        let mut reader = self.reader(step, source, request, told).await.map_err(ReadError::Source)?;
        let mut page = reader.next().await.map_err(ReadError::Source)?;
        let (absent, blank, asked) = self.lacking((step_index, step), &mut *reader).await.map_err(ReadError::Source)?;
        let mut jobs = self.jobs(step_index, source_name, work).await.map_err(ReadError::Final)?;
        self.heed_absent(step, (&absent, &blank), &mut jobs, work).map_err(ReadError::Final)?;
        let root = reader.root();
        jobs.iter_mut().for_each(|(_, job)| job.task.source_root.clone_from(&root));
        let (mut current, mut doubt): (Option<&'static str>, Option<Problem>) = (None, None);
        let mut seen: BTreeMap<&'static str, u64> = BTreeMap::new();
        while let Some(next) = page {
            self.progress.objects(next.objects.len() as u64);
            *seen.entry(next.output).or_default() += next.objects.len() as u64;
            self.progress.is_large(&self.core.permits, seen.values().sum());
            self.note_object((step, uses), &next, work);
            if let Some(over) = current.filter(|current| *current != next.output) {
                let lacks = self.look_once_more(&mut *reader, &mut jobs, Some(over), work).await;
                note_unsure(&*reader, over, &mut jobs, work);
                self.settle(over, &mut jobs, lacks.is_none(), work).await.map_err(ReadError::Final)?;
                doubt = doubt.or(lacks);
            }
            current = Some(next.output);
            self.push(next.output, next.objects, &mut jobs, work);
            if self.progress.is_stopped() {
                break;
            }
            page = match reader.next().await {
                Ok(page) => page,
                // What was pushed so far cannot be taken back: such a read is over.
                Err(error) => return Err(ReadError::Final(self.failed(step, *error.problem))),
            };
        }
        let mut summary: Summary = reader.summary();
        if summary.complete && summary.part.is_none() && doubt.is_none() && !self.progress.is_stopped() {
            doubt = self.look_once_more(&mut *reader, &mut jobs, None, work).await;
            // Whoever is there after all may show that there are more who are on no page.
            let after = reader.summary();
            summary.complete &= after.complete;
            summary.incomplete_because = summary.incomplete_because.or(after.incomplete_because);
            for output in uses.action.outputs.iter().filter(|output| output.list_of.is_some() && !output.removed) {
                note_unsure(&*reader, output.name, &mut jobs, work);
            }
        }
        summary.complete &= doubt.is_none();
        summary.incomplete_because = summary.incomplete_because.or(doubt);
        self.note_read((step, uses), &seen, work);
        note_filled(step, &jobs, (&absent, &blank, asked), work);
        let (part, complete) = (summary.part.take(), summary.complete);
        self.note_summary(step_index, step, summary, work);
        // What it keeps until its end, of a file a hash of every key, is not needed while the lists are settled.
        drop(reader);
        for output in uses.action.outputs.iter().map(|output| output.name) {
            let mut whole = complete;
            if let Some(part) = part.as_ref().filter(|part| part.output == output) {
                whole = false;
                for (_, job) in jobs.iter_mut().filter(|(name, _)| *name == output) {
                    job.task.part = true;
                    work.parts.insert(job.task.kind);
                    if told.is_empty() {
                        work.partial.insert(job.task.kind);
                    }
                    if complete && job.readable {
                        job.task.gone = spelled(work.known.get(&job.pair), job.task.kind, &part.gone);
                    }
                }
            }
            self.settle(output, &mut jobs, whole, work).await.map_err(ReadError::Final)?;
        }
        Ok(())
    }

    /// The fields that the source does not have, and of those that had values at the last good run, or that filters look at,
    /// the ones that are blank in every object now; and those that filters look at.
    async fn lacking(
        &self,
        (step_index, step): (StepIndex, &Step),
        reader: &mut dyn Reader,
    ) -> Result<(BTreeSet<String>, Vec<Blank>, BTreeSet<String>), Error> {
        let asked = self.asked((step_index, step));
        let absent: BTreeSet<String> = reader.absent().into_iter().collect();
        let before: BTreeSet<&String> = self.filled.get(&step.id).into_iter().flatten().chain(&asked).collect();
        let wanted: Vec<&str> =
            before.into_iter().filter(|field| !absent.contains(*field)).map(String::as_str).collect();
        let blank = if wanted.is_empty() { Vec::new() } else { reader.blank(&wanted).await? };
        Ok((absent, blank, asked))
    }

    /// The fields that filters of a read, or over its lists, look at.
    fn asked(&self, (step_index, step): (StepIndex, &Step)) -> BTreeSet<String> {
        let mut conditions: Vec<(&Condition, &Schema)> = Vec::new();
        for entry in &step.with.entries {
            if let WithValue::Predicate(condition, schema) = &entry.value {
                conditions.push((condition, schema));
            }
        }
        for foreach in self.workflow.steps.iter().filter_map(|step| Some(&step.writing()?.foreach)) {
            if let (true, Some(condition), Some(schema)) =
                (foreach.step == step_index, &foreach.filter, &foreach.fields)
            {
                conditions.push((condition, schema));
            }
        }
        let names = conditions.into_iter().flat_map(|(condition, schema)| {
            let fields = schema.fields.iter().enumerate();
            let read = fields.filter(|(id, _)| FieldId::try_from(*id).is_ok_and(|id| condition.reads(id)));
            read.map(|(_, field)| field.name.to_string())
        });
        names.collect()
    }

    /// Begins to read: what changed where that is known, else everything.
    async fn reader(
        &self,
        step: &Step,
        source: &Arc<dyn Connection>,
        request: ReadRequest,
        told: &[Told],
    ) -> Result<Box<dyn Reader>, Error> {
        let changed = match told {
            [] => None,
            told => source.read_changes(&self.context, &request, told).await?,
        };
        let mut reader = match changed {
            Some(reader) => reader,
            None => source.read(&self.context, request).await?,
        };
        if self.line_ends.contains(&step.id) {
            reader.expect_line_end();
        }
        Ok(reader)
    }

    /// Whoever is linked and was on no page of this output, or of any, is looked for once more, before anybody says that he is
    /// gone. Where that cannot be done, the read is incomplete, for the reason that is given.
    async fn look_once_more(
        &self,
        reader: &mut dyn Reader,
        jobs: &mut [(&'static str, Job)],
        only: Option<&str>,
        work: &mut Gathered,
    ) -> Option<Problem> {
        let mut missing: BTreeMap<&'static str, BTreeSet<Box<str>>> = BTreeMap::new();
        for (output, job) in jobs.iter_mut().filter(|(output, _)| only.is_none_or(|only| *output == only)) {
            let Some(known) = work.known.get(&job.pair) else { continue };
            job.task.look_at_heritage(known);
            missing.entry(*output).or_default().extend(job.task.to_be_looked_for(known));
        }
        let mut doubt = None;
        for (output, keys) in missing.into_iter().filter(|(_, keys)| !keys.is_empty()) {
            let keys: Vec<&str> = keys.iter().map(|key| &**key).collect();
            match reader.once_more(output, &keys).await {
                Ok(objects) => self.push(output, objects, jobs, work),
                Err(error) => doubt = doubt.or(Some(*error.problem)),
            }
        }
        doubt
    }
}
