//! What is noted of a read: its range, what it was filled with, what later steps can read of it.

use std::collections::{BTreeMap, BTreeSet};

use idflow_sdk::{Blank, Ending, Page, Problem, Range, Summary, Value};

use super::pushed::of_filter;
use crate::{
    engine::plan::{
        gathered::{Gathered, Job},
        planner::Planner,
    },
    workflow::compiled::{Step, StepIndex, Uses},
};

/// How many names a message has.
const NAMED: usize = 10;

impl Planner<'_> {
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

    /// What a read says of itself at its end.
    pub(super) fn note_summary(&self, step_index: StepIndex, step: &Step, summary: Summary, work: &mut Gathered) {
        self.note_range(step, summary.range, work);
        work.notices.extend(summary.notices);
        work.moved |= summary.moved;
        if !summary.complete {
            work.complete = false;
            work.notices.extend(summary.incomplete_because);
            work.notices.push(Problem::new("read_incomplete"));
        }
        match summary.ending {
            Some(Ending::Line) => {
                work.line_ends.insert(step.id.clone());
            }
            Some(Ending::Open(key)) => {
                work.unended.insert((step_index, key));
            }
            None => {}
        }
    }

    /// A single object can be read by later steps.
    pub(super) fn note_object(&self, (step, uses): (&Step, &Uses), page: &Page, work: &mut Gathered) {
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
    pub(super) fn note_read(
        &self,
        (step, uses): (&Step, &Uses),
        seen: &BTreeMap<&'static str, u64>,
        work: &mut Gathered,
    ) {
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

/// Which fields of a list had a value in some object, and which of those that filters look at.
pub(super) fn note_filled(
    step: &Step,
    jobs: &[(&'static str, Job)],
    (absent, blank, asked): (&BTreeSet<String>, &[Blank], BTreeSet<String>),
    work: &mut Gathered,
) {
    let there = |name: &String| !absent.contains(name) && !blank.iter().any(|blank| blank.field == *name);
    let asked: BTreeSet<String> = asked.into_iter().filter(there).collect();
    if !asked.is_empty() {
        work.filled.entry(of_filter(step)).or_default().extend(asked);
    }
    for (_, job) in jobs {
        let names = job.filled.iter().enumerate().filter(|(_, filled)| **filled);
        let names = names.filter_map(|(place, _)| Some(job.task.mapping.source.fields.get(place)?.name.to_string()));
        let read: Vec<String> = names.filter(|name| !absent.contains(name)).collect();
        work.filled.entry(step.id.clone()).or_default().extend(read);
    }
}
