//! What does a list come to once it is settled: what is told of it, and what the limits are judged on?

use idflow_sdk::{Effect, Kind, Problem};

use crate::{
    engine::plan::{
        elsewhere::stands_elsewhere,
        gathered::{Gathered, Job},
        planner::Planner,
    },
    model::change::{Planned, Row},
    reconcile::{Task, decisions::BESIDE},
    store::links::Pair,
    workflow::compiled::{InputType, Step, StepIndex},
};

/// Whether the row says that an object is gone from the source and stays in the target.
pub(super) fn is_left(row: &Row) -> bool {
    matches!(&row.planned, Planned::Skipped(problem) if matches!(&*problem.code, "leaver_keeps_access" | "left_behind"))
}

/// Notes how many that were linked are not in the list any more, or leave.
pub(super) fn note_lost(task: &Task, pair: &Pair, first: usize, work: &mut Gathered) {
    let known = work.known.get(&(pair.source.clone(), pair.target.clone()));
    let Some(links) = known.and_then(|known| known.links(task.kind)) else { return };
    let schema = task.mapping.target;
    let there = |target: &str| task.target.get(target).is_some_and(|seen| !task.target.is_gone(&seen));
    let entries = links.entries().iter().enumerate();
    let entries = entries.filter(|_| task.sees_to_gone());
    let unseen = entries.filter(|(place, entry)| !entry.gone && !links.was_seen(*place) && there(&entry.target));
    let status = schema.gone_when.and_then(|(name, _)| schema.field(name));
    let says_gone = |row: &Row| status.is_some_and(|id| schema.is_gone(&row.set.pick(&[id])));
    let leaves = |row: &&Row| row.writes() && (row.removes || says_gone(row));
    let lost = unseen.count() + work.rows[first..].iter().filter(leaves).count();
    *work.lost.entry(task.kind).or_default() += lost as u64;
}

/// Says what a task found of its list as a whole.
pub(super) fn tell(task: &Task, work: &mut Gathered) {
    if !task.refused.is_empty() {
        let schema = task.mapping.target;
        let fields = task.refused.iter().map(|(id, number)| format!("{} × {number}", schema.spec(*id).name));
        let number: u64 = task.refused.values().sum();
        let told = Problem::new("values_refused").arg("number", number.to_string());
        work.notices.push(told.arg("fields", fields.collect::<Vec<_>>().join(", ")));
    }
    if task.by_name > 0 {
        work.notices.push(Problem::new("managers_by_name").arg("number", task.by_name.to_string()));
    }
    if task.kept_keys > 0 {
        work.notices.push(Problem::new("keys_kept").arg("number", task.kept_keys.to_string()));
    }
}

/// Adds what the limits are judged on, and the objects by planned action.
pub(super) fn count(task: &mut Task, complete: bool, work: &mut Gathered) {
    let kind = task.kind;
    *work.compared.entry(kind).or_default() += task.compared;
    *work.shifted.entry(kind).or_default() += task.would_shift();
    for (id, number) in &task.cleared {
        let field = task.mapping.target.spec(*id).name.to_string();
        *work.cleared.entry((kind, field)).or_default() += number;
    }
    // Of a part, what is not in the plan is as before.
    let removals = task.steps.removals.iter().map(|removal| removal.step).filter(|_| complete);
    work.judged.extend(removals.chain(task.steps.update.filter(|_| complete)).map(StepIndex::from));
    *work.source.entry(kind).or_default() += task.total;
    *work.missing.entry(kind).or_default() += task.missing;
    for (kind, words) in std::mem::take(&mut task.counts).0 {
        for (word, number) in words {
            work.counts.add(kind, &word, number);
        }
    }
}

impl Planner<'_> {
    /// The step that would remove what is gone from a list and does not: it is switched off, or there is none. Gives its place
    /// and what to say of it.
    pub(super) fn not_removing(&self, of: &Step, kind: Kind) -> (Option<StepIndex>, Problem) {
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

    /// A last line without an end of which something cannot be used may be the beginning of one: the file was cut off there,
    /// and whoever came after it has not left.
    pub(super) fn doubt_last_line(&self, job: &Job, first: usize, work: &mut Gathered) {
        let of = self.workflow.steps[job.first_step].writing().map(|writing| writing.foreach.step);
        let last = work.unended.iter().find(|(place, _)| Some(*place) == of).map(|(_, key)| key);
        // That somebody there has the same name says nothing of the line.
        let told = |row: &Row| row.warnings.iter().any(|warning| *warning.code != *BESIDE);
        let odd = |row: &Row| Some(&row.source) == last && (told(row) || matches!(row.planned, Planned::Invalid(_)));
        if !work.rows[first..].iter().any(odd) {
            return;
        }
        let left = |row: &&mut Row| is_left(row) || stands_elsewhere(row).is_some();
        for row in work.rows[first..].iter_mut().filter(left) {
            row.planned = Planned::Skipped(Problem::new("read_incomplete").into());
        }
        if work.complete {
            work.complete = false;
            let step = of.map(|of| self.workflow.steps[of].id.clone()).unwrap_or_default();
            work.notices.push(Problem::new("last_line_doubtful").arg("step", step));
            work.notices.push(Problem::new("read_incomplete"));
        }
    }
}
