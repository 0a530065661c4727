//! Where does each object of a list go, and which of a list are in doubt?

use std::collections::BTreeSet;

use idflow_sdk::{Problem, Reader, SourceObject};

use crate::{
    engine::plan::{
        gathered::{Gathered, Job},
        planner::{PlanError, Planner},
    },
    model::change::{Planned, Row},
    workflow::compiled::{Step, WithValue},
};

impl Planner<'_> {
    /// Columns are not there that a source could have: what they filled stays as it is.
    ///
    /// # Errors
    /// Nobody knows whom the filter means without them.
    pub(super) fn heed_absent(
        &self,
        step: &Step,
        absent: &BTreeSet<String>,
        jobs: &mut [(&'static str, Job)],
        work: &mut Gathered,
    ) -> Result<(), PlanError> {
        if let Some(problem) = self.lost_filter(step, absent) {
            return Err(self.failed(step, problem));
        }
        self.leave_alone(step, absent, jobs, work);
        Ok(())
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

    /// Why nobody knows whom the filter of a step means: it looks at columns that filled something last time and are not there.
    /// What is empty is not what it leaves out, so it would take everybody.
    fn lost_filter(&self, step: &Step, absent: &BTreeSet<String>) -> Option<Problem> {
        let before = self.filled.get(&step.id);
        let gone: Vec<&String> = before.into_iter().flatten().filter(|name| absent.contains(*name)).collect();
        let read = |name: &&String| {
            step.with.entries.iter().any(|entry| match &entry.value {
                WithValue::Predicate(condition, schema) => schema.field(name).is_some_and(|id| condition.reads(id)),
                _ => false,
            })
        };
        let names: Vec<&str> = gone.into_iter().filter(read).map(String::as_str).collect();
        let problem =
            || Problem::new("filter_column_gone").arg("step", step.id.clone()).arg("columns", names.join(", "));
        (!names.is_empty()).then(problem)
    }

    pub(super) fn push(
        &self,
        output: &str,
        objects: Vec<SourceObject>,
        jobs: &mut [(&'static str, Job)],
        work: &mut Gathered,
    ) {
        let wanted = jobs.iter().filter(|(name, _)| *name == output).count();
        let mut objects = Some(objects);
        for (at, (_, job)) in jobs.iter_mut().filter(|(name, _)| *name == output).enumerate() {
            let Some(known) = work.known.get_mut(&job.pair).filter(|_| !self.progress.is_stopped()) else { continue };
            let mine = if at + 1 == wanted { objects.take() } else { objects.clone() };
            if job.asks_paths {
                let records = mine.iter().flatten().map(|object| &object.record);
                records.for_each(|record| job.task.note_paths(known, record));
            }
            let taken = job.items.take(mine.unwrap_or_default(), &job.task.scope, &job.task.halt);
            job.readable &= !taken.unreadable;
            job.unsure |= taken.unsure;
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
}

/// An output is over: of those who were linked and are not in it, the source says who need not have left it.
pub(super) fn note_unsure(
    reader: &dyn Reader,
    output: &'static str,
    jobs: &mut [(&'static str, Job)],
    work: &Gathered,
) {
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
    let step = job.task.steps.create.or(job.task.steps.update).unwrap_or(0);
    let refused = object.refused.map_or_else(|| Problem::new("external_id_missing"), |problem| *problem);
    Row {
        at: Some(at.clone()),
        planned: Planned::Invalid(refused),
        warnings: object.warnings,
        ..Row::new(step, job.task.kind, at, "".into())
    }
}
