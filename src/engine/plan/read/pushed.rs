//! Where does each object of a list go, and which of a list are in doubt?

use std::collections::BTreeSet;

use idflow_sdk::{Blank, FieldId, Kind, Problem, Reader, SourceObject};

use crate::{
    engine::plan::{
        gathered::{Gathered, Job},
        planner::{PlanError, Planner},
    },
    model::{
        change::{Planned, Row},
        run::SafetyCheck,
    },
    workflow::{
        compiled::{Step, WithValue},
        helpers::Helper,
    },
};

impl Planner<'_> {
    /// Columns are not there that a source could have, or have no value in any row where a blank means a default: what they
    /// filled stays as it is. Where a filter looks at one that has no value any more, a person looks at the source first.
    ///
    /// # Errors
    /// Nobody knows whom the filter means without them.
    pub(super) fn heed_absent(
        &self,
        step: &Step,
        (absent, blank): (&BTreeSet<String>, &[Blank]),
        jobs: &mut [(&'static str, Job)],
        work: &mut Gathered,
    ) -> Result<(), PlanError> {
        let asks = |name: &str| {
            let job =
                jobs.iter().find(|(_, job)| job.task.mapping.source.field(name).is_some_and(|id| job.items.asks(id)));
            job.map(|(_, job)| job.task.kind)
        };
        let defaults = blank.iter().filter(|blank| blank.default).map(|blank| &blank.field);
        let lost: Vec<&str> = absent.iter().chain(defaults).map(String::as_str).collect();
        if let Some(problem) = self.lost_filter(step, &lost, asks) {
            return Err(self.failed(step, problem));
        }
        for field in
            blank.iter().filter(|blank| !blank.default && self.had(step, &blank.field)).map(|blank| &*blank.field)
        {
            let first = || jobs.first().map(|(_, job)| job.task.kind).filter(|_| picks_by(step, field));
            work.checks.extend(asks(field).or_else(first).map(|kind| SafetyCheck {
                rule: format!("filter_blank.{field}"),
                kind,
                limit: 0.0,
                actual: 100.0,
                ok: false,
                source: true,
            }));
        }
        let before = self.filled.get(&step.id);
        let gone = before.into_iter().flatten().filter(|name| absent.contains(*name));
        let gone: Vec<(&String, bool)> = gone.map(|name| (name, true)).collect();
        let filled = |blank: &&Blank| before.is_some_and(|before| before.contains(&blank.field));
        let blank: Vec<(&String, bool)> =
            blank.iter().filter(filled).map(|blank| (&blank.field, blank.default)).collect();
        leave_alone(step, ("column_gone", &gone), jobs, work);
        leave_alone(step, ("column_blank", &blank), jobs, work);
        Ok(())
    }

    /// Why nobody knows whom the filter of a step means: it looks at columns that filled something last time and are not there.
    /// What is empty is not what it leaves out, so it would take everybody.
    fn lost_filter(&self, step: &Step, lost: &[&str], asks: impl Fn(&str) -> Option<Kind>) -> Option<Problem> {
        let meant = |name: &&&str| self.had(step, name) && (picks_by(step, name) || asks(name).is_some());
        let names: Vec<&str> = lost.iter().filter(meant).copied().collect();
        let problem =
            || Problem::new("filter_column_gone").arg("step", step.id.clone()).arg("columns", names.join(", "));
        (!names.is_empty()).then(problem)
    }

    /// Whether a column had a value in some row at the last good run, one that its filters left out included.
    fn had(&self, step: &Step, name: &str) -> bool {
        let before = [self.filled.get(&step.id), self.filled.get(&of_filter(step))];
        before.iter().flatten().any(|before| before.contains(name))
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
                for (id, field) in object.record.iter().filter(|(id, _)| !object.defaulted.contains(id)) {
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

/// Where it is kept which columns that the filters of a read look at had a value in some row, one left out included. No step
/// has such an id.
pub(super) fn of_filter(step: &Step) -> String {
    format!("{}/where", step.id)
}

/// Whether a filter of the read itself looks at a column.
pub(super) fn picks_by(step: &Step, name: &str) -> bool {
    step.with.entries.iter().any(|entry| match &entry.value {
        WithValue::Predicate(condition, schema) => schema.field(name).is_some_and(|id| condition.reads(id)),
        _ => false,
    })
}

/// What such columns filled stays as it is, on everything that exists: one that is gone says nothing, and one that came empty in
/// every row does not say that everybody has the default. Without a default an empty column says that there is no value. It
/// is remembered until the column is back or no longer asked for. `columns`: with whether what they fill is known to be a
/// default without them.
fn leave_alone(
    step: &Step,
    (code, columns): (&'static str, &[(&String, bool)]),
    jobs: &mut [(&'static str, Job)],
    work: &mut Gathered,
) {
    let mut told: BTreeSet<&String> = columns.iter().filter(|_| code == "column_gone").map(|(name, _)| *name).collect();
    for (_, job) in jobs {
        let mapping = &job.task.mapping;
        let mut frozen: BTreeSet<FieldId> = job.task.frozen.iter().copied().collect();
        for field in &mapping.fields {
            let mut reads = Vec::new();
            field.value.reads(&mut reads);
            let default = field.value.uses(|helper| helper == Helper::Default);
            let lost = columns.iter().filter(|(name, known)| {
                (*known || default) && mapping.source.field(name).is_some_and(|id| reads.contains(&id))
            });
            for (name, _) in lost {
                told.insert(name);
                frozen.insert(field.target);
                frozen.extend(mapping.target.companion(field.target));
            }
        }
        job.task.frozen = frozen.into_iter().collect();
    }
    if told.is_empty() {
        return;
    }
    let names = told.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
    work.notices.push(Problem::new(code).arg("step", step.id.clone()).arg("columns", names));
    work.filled.entry(step.id.clone()).or_default().extend(told.into_iter().cloned());
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
    let refused = object.refused.unwrap_or_else(|| Problem::new("external_id_missing").into());
    Row {
        at: Some(at.clone()),
        planned: Planned::Invalid(refused),
        warnings: object.warnings,
        ..Row::new(step, job.task.kind, at, "".into())
    }
}
