//! Reads one source: a page at a time into the tasks over its lists, and what later steps can read of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use idflow_sdk::{
    Connection, Ending, Error, Page, Problem, Range, ReadRequest, Reader, SourceObject, Summary, Told, Value,
};

use super::{
    gathered::{Gathered, Job},
    planner::{PlanError, Planner},
};
use crate::{
    engine::{extent, retry, told::Changes},
    model::{
        cells::Cells,
        change::{Action, Planned, Row},
    },
    workflow::compiled::{Step, StepIndex, Uses},
};

/// How many names a message has.
const NAMED: usize = 10;

enum ReadError {
    /// Nothing was taken yet: the read may begin anew.
    Source(Error),
    Final(PlanError),
}

impl Planner<'_> {
    /// Reads one source and settles the tasks over its lists. A read that fails for a passing reason begins anew.
    pub(super) async fn read(
        &self,
        place: StepIndex,
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
        work.scope.push_str(&extent::of_read(step, &params, source.places(), &source_name, &work.live));
        let request = ReadRequest { action: uses.action, params };
        let told: &[Told] = match changes {
            Some(changes) if changes.connection == source_name => &changes.told,
            _ => &[],
        };
        let mut attempt = 1;
        loop {
            match self.read_once(place, (step, uses), (&source, &source_name), (request.clone(), told), work).await {
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
        place: StepIndex,
        (step, uses): (&Step, &Uses),
        (source, source_name): (&Arc<dyn Connection>, &str),
        (request, told): (ReadRequest, &[Told]),
        work: &mut Gathered,
    ) -> Result<(), ReadError> {
        // The first page is taken before anything else is read: a source that does not answer costs the target nothing.
        let changed = match told {
            [] => None,
            told => source.read_changes(&self.context, &request, told).await.map_err(ReadError::Source)?,
        };
        let mut reader = match changed {
            Some(reader) => reader,
            None => source.read(&self.context, request).await.map_err(ReadError::Source)?,
        };
        if self.line_ends.contains(&step.id) {
            reader.expect_line_end();
        }
        let mut page = reader.next().await.map_err(ReadError::Source)?;
        let mut buffered: Vec<(&'static str, Vec<SourceObject>)> = Vec::new();
        let mut jobs = self.jobs(place, source_name, work).await.map_err(ReadError::Final)?;
        let absent: BTreeSet<String> = reader.absent().into_iter().collect();
        self.leave_alone(step, &absent, &mut jobs, work);
        let root = reader.root();
        jobs.iter_mut().for_each(|(_, job)| job.task.source_root.clone_from(&root));
        let mut current: Option<&'static str> = None;
        let mut seen: BTreeMap<&'static str, u64> = BTreeMap::new();
        while let Some(next) = page {
            self.progress.objects(next.objects.len() as u64);
            *seen.entry(next.output).or_default() += next.objects.len() as u64;
            self.progress.is_large(&self.core.permits, seen.values().sum());
            self.note_object((step, uses), &next, work);
            if let Some(over) = current.filter(|current| *current != next.output) {
                note_unsure(&*reader, over, &mut jobs, work);
                self.settle(over, &mut jobs, true, work).await.map_err(ReadError::Final)?;
            }
            current = Some(next.output);
            buffered.push((next.output, next.objects));
            for (output, objects) in buffered.drain(..) {
                self.push(output, objects, &mut jobs, work);
            }
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
        if summary.complete && summary.part.is_none() && !self.progress.is_stopped() {
            self.look_once_more(&mut *reader, &mut jobs, &mut summary, work).await;
            for output in uses.action.outputs.iter().filter(|output| output.list_of.is_some() && !output.removed) {
                note_unsure(&*reader, output.name, &mut jobs, work);
            }
        }
        self.note_range(step, summary.range.take(), work);
        work.notices.extend(summary.notices);
        work.moved |= summary.moved;
        if !summary.complete {
            work.complete = false;
            work.notices.extend(summary.incomplete_because);
            work.notices.push(Problem::new("read_incomplete"));
        }
        match summary.ending.take() {
            Some(Ending::Line) => {
                work.line_ends.insert(step.id.clone());
            }
            Some(Ending::Open(key)) => {
                work.unended.insert((place, key));
            }
            None => {}
        }
        self.note_read((step, uses), &seen, work);
        let outputs: Vec<&'static str> = uses.action.outputs.iter().map(|output| output.name).collect();
        for (_, job) in &jobs {
            let names = job.filled.iter().enumerate().filter(|(_, filled)| **filled);
            let names =
                names.filter_map(|(place, _)| Some(job.task.mapping.source.fields.get(place)?.name.to_string()));
            let read: Vec<String> = names.filter(|name| !absent.contains(name)).collect();
            work.filled.entry(step.id.clone()).or_default().extend(read);
        }
        let part = summary.part.take();
        for output in outputs {
            let mut whole = summary.complete;
            if let Some(part) = part.as_ref().filter(|part| part.output == output) {
                whole = false;
                for (_, job) in jobs.iter_mut().filter(|(name, _)| *name == output) {
                    work.parts.insert(job.task.kind);
                    if told.is_empty() {
                        work.partial.insert(job.task.kind);
                    }
                    if summary.complete && job.readable {
                        job.task.gone = part.gone.iter().cloned().collect();
                    }
                }
            }
            self.settle(output, &mut jobs, whole, work).await.map_err(ReadError::Final)?;
        }
        Ok(())
    }

    /// Whoever is linked and was on no page is looked for once more, before anybody says that he is gone. Where that cannot be
    /// done, the read is incomplete.
    async fn look_once_more(
        &self,
        reader: &mut dyn Reader,
        jobs: &mut [(&'static str, Job)],
        summary: &mut Summary,
        work: &mut Gathered,
    ) {
        let mut missing: BTreeMap<&'static str, BTreeSet<Box<str>>> = BTreeMap::new();
        for (output, job) in jobs.iter_mut() {
            let Some(known) = work.known.get(&job.pair) else { continue };
            job.task.look_at_heritage(known);
            let vanished = job.task.vanished(known).into_iter().map(|(source, _)| source);
            missing.entry(*output).or_default().extend(vanished);
        }
        for (output, keys) in missing.into_iter().filter(|(_, keys)| !keys.is_empty()) {
            let keys: Vec<&str> = keys.iter().map(|key| &**key).collect();
            match reader.once_more(output, &keys).await {
                Ok(objects) => self.push(output, objects, jobs, work),
                Err(error) => {
                    summary.complete = false;
                    summary.incomplete_because.get_or_insert(*error.problem);
                }
            }
        }
    }

    /// What the connection of a read may see, and what of it was lost since the last good run.
    fn note_range(&self, step: &Step, range: Option<Range>, work: &mut Gathered) {
        let Some(range) = range else { return };
        let lost = self.ranges.get(&step.id).map(|before| range.lost(before)).unwrap_or_default();
        if !lost.is_empty() {
            let more = if lost.len() > NAMED { "…" } else { "" };
            let names = lost.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
            let problem = Problem::new("range_shrunk").arg("step", step.id.clone());
            work.shrunk.push(problem.arg("lost", format!("{names}{more}")));
        }
        work.ranges.insert(step.id.clone(), range.parts);
    }

    /// What a column filled that is not there this time stays as it is, on everything that exists: an empty column says that
    /// there is no value, one that is gone says nothing. It is remembered until it is back or no longer asked for.
    fn leave_alone(
        &self,
        step: &Step,
        absent: &BTreeSet<String>,
        jobs: &mut [(&'static str, Job)],
        work: &mut Gathered,
    ) {
        let before = self.filled.get(&step.id);
        let gone: Vec<&String> = before.into_iter().flatten().filter(|name| absent.contains(*name)).collect();
        if gone.is_empty() {
            return;
        }
        for (_, job) in jobs {
            let mapping = &job.task.mapping;
            let ids: BTreeSet<_> = gone.iter().filter_map(|name| mapping.source.field(name)).collect();
            let mut frozen = BTreeSet::new();
            for field in &mapping.fields {
                let mut reads = Vec::new();
                field.value.reads(&mut reads);
                if reads.iter().any(|id| ids.contains(id)) {
                    frozen.insert(field.target);
                    frozen.extend(mapping.target.companion(field.target));
                }
            }
            job.task.frozen = frozen.into_iter().collect();
        }
        let names = gone.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
        work.notices.push(Problem::new("column_gone").arg("step", step.id.clone()).arg("columns", names));
        work.filled.entry(step.id.clone()).or_default().extend(gone.into_iter().cloned());
    }

    fn push(&self, output: &str, objects: Vec<SourceObject>, jobs: &mut [(&'static str, Job)], work: &mut Gathered) {
        let wanted = jobs.iter().filter(|(name, _)| *name == output).count();
        let mut objects = Some(objects);
        for (at, (_, job)) in jobs.iter_mut().filter(|(name, _)| *name == output).enumerate() {
            let Some(known) = work.known.get_mut(&job.pair).filter(|_| !self.progress.is_stopped()) else { continue };
            let mine = if at + 1 == wanted { objects.take() } else { objects.clone() };
            let taken = job.items.take(mine.unwrap_or_default(), &job.task.scope, &job.task.halt);
            job.readable &= !taken.unreadable;
            for key in taken.present {
                job.task.present(known, &key);
            }
            for object in taken.objects {
                job.filled.resize(job.task.mapping.source.fields.len(), false);
                for (id, field) in object.record.iter() {
                    if let Some(filled) = job.filled.get_mut(usize::from(id)) {
                        *filled |= field.value().is_some();
                    }
                }
                if object.key.is_empty() {
                    let row = nameless(job, object);
                    work.counts.add(job.task.kind, "invalid", 1);
                    job.task.total += 1;
                    work.rows.push(row);
                } else {
                    job.task.push(known, object);
                }
            }
        }
    }

    /// A single object can be read by later steps.
    fn note_object(&self, (step, uses): (&Step, &Uses), page: &Page, work: &mut Gathered) {
        let Some(output) = uses.action.outputs.iter().find(|output| output.name == page.output && output.one) else {
            return;
        };
        let schema = output.list_of.and_then(|kind| uses.connector.schema(kind));
        let (Some(schema), Some(object)) = (schema, page.objects.first()) else { return };
        let fields = object.record.iter().filter_map(|(id, field)| {
            let name = schema.fields.get(usize::from(id))?.name.to_string();
            Some((name, field.value().map_or(serde_json::Value::Null, Value::to_json)))
        });
        let json: serde_json::Map<String, serde_json::Value> = fields.collect();
        work.live.tell_output(&step.id, output.name, json.into());
    }

    /// What a read came to can be read by later steps: how many objects there were.
    fn note_read(&self, (step, uses): (&Step, &Uses), seen: &BTreeMap<&'static str, u64>, work: &mut Gathered) {
        for output in uses.action.outputs {
            let number = match output.list_of {
                Some(_) if output.removed => continue,
                Some(_) => seen.get(output.name).copied().unwrap_or(0),
                None => seen.values().copied().next().unwrap_or(0),
            };
            match output.list_of {
                Some(_) => work.live.tell_count(&step.id, output.name, number),
                None => work.live.tell_output(&step.id, output.name, number.into()),
            }
        }
        work.live.tell_read(&step.id);
    }
}

/// An output is over: of those who were linked and are not in it, the source says who need not have left it.
fn note_unsure(reader: &dyn Reader, output: &'static str, jobs: &mut [(&'static str, Job)], work: &Gathered) {
    for (_, job) in jobs.iter_mut().filter(|(name, _)| *name == output) {
        let Some(known) = work.known.get(&job.pair) else { continue };
        let vanished = job.task.vanished(known);
        let keys: Vec<&str> = vanished.iter().map(|(source, _)| &**source).collect();
        if !keys.is_empty() {
            job.task.unsure.extend(reader.unsure(output, &keys));
        }
    }
}

/// The row of an object whose key cannot be read.
fn nameless(job: &Job, object: SourceObject) -> Row {
    let at = object.at.unwrap_or_default();
    Row {
        step: job.task.steps.create.or(job.task.steps.update).unwrap_or(0),
        kind: job.task.kind,
        source: at.clone(),
        target: "".into(),
        name: "".into(),
        at: Some(at),
        action: Action::None,
        planned: Planned::Invalid(
            object.refused.map_or_else(|| Problem::new("external_id_missing"), |problem| *problem),
        ),
        set: Cells::new(),
        before: Cells::new(),
        base: None,
        replaces: None,
        fingerprint: 0,
        needs: Vec::new(),
        removes: false,
        warnings: object.warnings,
        rule: "".into(),
        object: None,
    }
}
