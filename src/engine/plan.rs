//! The planning half of a run: reads sources and targets, feeds reconcile, collects one plan. Nothing is written.
//!
//! A list is read once and streamed through every task that maps it. Departments come before people, so a list's tasks are
//! settled as soon as the next list begins. Failing reads end the plan: there is no plan from half a source.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use idflow_sdk::{
    Connection, Context, Effect, Error, ErrorKind, Kind, Problem, Range, ReadRequest, Reader, Schema, Snapshot,
    SourceObject, Summary, Told,
};

use super::{
    Core, calm,
    disabling::disabling,
    extent,
    items::Items,
    pair::pair_of,
    progress::Progress,
    retry,
    told::{Changes, Keep},
};
use crate::{
    model::{
        cells::Cells,
        change::{Action, Planned, Row},
        definition::Retry,
        id::Ulids,
        run::{Counts, SafetyCheck},
    },
    reconcile::{
        Known, LinkEntry, LinkTable, RemovalStep, Steps, TargetObjects, TargetTable, Task, compare::Written, hash,
        removal, safety,
    },
    store::{
        decisions::{self, Choice, Decision},
        links::{self, Pair},
    },
    workflow::{
        compiled::{InputType, Step, StepIndex, Uses, Work, Workflow, Writing},
        scope::Scope,
    },
};

/// How many names a message has.
const NAMED: usize = 10;
/// How long is waited at most before a source that was written to is read again.
const LONGEST_PAUSE: Duration = Duration::from_secs(4);

/// A finished plan.
#[derive(Debug)]
pub struct Plan {
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
    /// Which of them became smaller, and what they lost.
    pub shrunk: Vec<Problem>,
    /// What the reads came to, by step: what `steps` holds in the scope of everything after the plan.
    pub reads: serde_json::Value,
    /// Decisions that are over: carried out, or without an end.
    pub over: Vec<Decision>,
    /// A source was written to while it was read.
    moved: bool,
}

/// Why there is no plan: the step, and the first cause.
#[derive(Debug)]
pub struct PlanError {
    /// The step that could not be carried out.
    pub step: String,
    /// Why.
    pub problem: Problem,
}

/// Everything one planning needs.
pub(super) struct Planner<'a> {
    pub core: &'a Core,
    pub workflow: &'a Workflow,
    pub scope: &'a Scope,
    pub context: Context,
    pub progress: &'a Arc<Progress>,
    pub before: BTreeMap<Kind, u64>,
    /// The fields of each read step that had values at the last good run.
    pub filled: BTreeMap<String, BTreeSet<String>>,
    /// The step up to which is planned; all of them where none is named.
    pub until: Option<String>,
    /// What each read step's connection could see at the last good run.
    pub ranges: BTreeMap<String, BTreeMap<String, String>>,
    /// What this workflow did in the last 24 hours, by word and kind.
    pub today: BTreeMap<(&'static str, Kind), u64>,
    /// What the scope and the match rules were at the last good run, as a digest.
    pub scope_before: String,
    /// Whether the run may keep to what events told.
    pub keep: Keep,
}

/// The tasks of one list, and what was shared between lists.
#[derive(Default)]
struct Gathered {
    known: HashMap<(String, String), Known>,
    linked: BTreeMap<Kind, u64>,
    missing: BTreeMap<Kind, u64>,
    rows: Vec<Row>,
    counts: Counts,
    source: BTreeMap<Kind, u64>,
    notices: Vec<Problem>,
    /// What was judged while a list was settled.
    checks: Vec<SafetyCheck>,
    complete: bool,
    /// A source was written to while it was read.
    moved: bool,
    /// Kinds of which only what changed was read.
    parts: BTreeSet<Kind>,
    /// What people decided, as far as it stands.
    decided: Vec<Decision>,
    /// Decisions that were carried out before or that nobody can carry out any more.
    over: Vec<Decision>,
    /// Digests of the decisions that this plan follows.
    heeded: Vec<[u8; 32]>,
    /// Objects that seem to have another key, by kind.
    changed_keys: BTreeMap<Kind, u64>,
    scope: String,
    /// What templates and conditions can read, with the results of the reads so far.
    live: Scope,
    derived: BTreeSet<Kind>,
    judged: BTreeSet<StepIndex>,
    compared: BTreeMap<Kind, u64>,
    shifted: BTreeMap<Kind, u64>,
    cleared: BTreeMap<(Kind, String), u64>,
    filled: BTreeMap<String, BTreeSet<String>>,
    ranges: BTreeMap<String, BTreeMap<String, String>>,
    shrunk: Vec<Problem>,
    /// Who left and keeps access, and what is left behind beside people, by the way to change it.
    left: Vec<(Problem, u64)>,
}

/// One task with the connections it runs between.
struct Job {
    task: Task,
    pair: (String, String),
    target: Arc<dyn Connection>,
    first_step: StepIndex,
    items: Items,
    /// Whether every object could be told from the others.
    readable: bool,
    /// The fields of the source that had a value, by their place.
    filled: Vec<bool>,
    /// Steps whose `if` reads the list that is being read: decided when it has ended.
    undecided: Vec<StepIndex>,
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
        let parts = !plan.facts.parts.is_empty();
        parts && (self.scope_before != extent::digest(&plan.scope) || plan.rows.iter().any(open))
    }

    async fn once(&self, changes: Option<&Changes>) -> Result<Plan, PlanError> {
        let mut work = Gathered { complete: true, live: self.scope.clone(), ..Gathered::default() };
        let problem = |problem| PlanError { step: "vars".into(), problem };
        self.workflow.fill_vars(&mut work.live).map_err(problem)?;
        for place in self.workflow.graph.order().to_vec() {
            let step = &self.workflow.steps[place];
            if let Work::Read(uses) = &step.work
                && self.wanted(step, &work.live)?
            {
                self.progress.enter(&step.id);
                let late = || Problem::new("step_timeout").arg("step", step.id.clone());
                let _limit = step.timeout.map(|span| self.progress.limit(self.core.clock.clone(), span, late()));
                self.read(place, (step, uses), changes, &mut work).await?;
                // What a stopped read gave is no list.
                if self.progress.is_stopped() {
                    return Err(self.failed(step, self.progress.late().unwrap_or_else(|| Problem::new("step_failed"))));
                }
            }
        }
        let facts = safety::Facts {
            source: work.source.clone(),
            before: self.before.clone(),
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
        for (problem, number) in std::mem::take(&mut work.left) {
            work.notices.push(problem.arg("number", number.to_string()));
        }
        if !work.complete {
            super::gate::keep_back(&mut rows, "read_incomplete");
        }
        self.spare_used(&mut rows, &work.known, &mut work.counts);
        // Who is who fills as much memory as the names of all changes, which are made next.
        work.known.clear();
        work.known.shrink_to_fit();
        let names = hash::Names::of(&rows).without_picked(&rows, |row| self.has_picked_key(row));
        let adopts = !facts.adopts.is_empty();
        let counts = rows.iter().filter(|row| row.writes() || (adopts && row.binds()));
        let digests = counts.filter_map(|row| hash::row_digest(self.workflow, &names, row));
        let hash = hash::plan_hash(&self.workflow.content, digests.chain(work.heeded).collect());
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
            moved: work.moved,
            judged: work.judged,
            filled: work.filled,
            ranges: work.ranges,
            shrunk: work.shrunk,
            reads: work.live.reads(),
        })
    }

    /// Whether the key of the row's source object is one that idflow has picked, another one in every installation.
    fn has_picked_key(&self, row: &Row) -> bool {
        let writing = self.workflow.steps.get(usize::from(row.step)).and_then(|step| step.writing());
        let read = writing.and_then(|writing| self.workflow.steps.get(writing.foreach.step));
        let schema = read.and_then(|read| read.schema(row.kind));
        schema.is_some_and(|schema| matches!(schema.key, idflow_sdk::KeyRule::Ulid))
    }

    /// Departments that somebody in this plan, or an active person, still refers to are not removed.
    fn spare_used(&self, rows: &mut [Row], known: &HashMap<(String, String), Known>, counts: &mut Counts) {
        for row in rows.iter_mut().filter(|row| row.removes && row.writes()) {
            let pair = pair_of(self.core, self.workflow, usize::from(row.step), row.kind);
            let known = pair.and_then(|pair| known.get(&(pair.source, pair.target)));
            if let Some(problem) = known.and_then(|known| known.still_used(row.kind, &row.source, &row.target)) {
                row.planned = Planned::Invalid(problem);
                counts.moved(row.kind, "remove", "invalid");
            }
        }
    }

    /// Whether the step's `if` holds.
    fn wanted(&self, step: &Step, scope: &Scope) -> Result<bool, PlanError> {
        if !self.is_reached(step) {
            return Ok(false);
        }
        match &step.condition {
            None => Ok(true),
            Some(condition) => condition.test(scope).map_err(|problem| self.failed(step, problem)),
        }
    }

    /// Whether a step is the one up to which is planned, or comes before it.
    fn is_reached(&self, step: &Step) -> bool {
        let Some(until) = &self.until else { return true };
        let place = |id: &str| self.workflow.steps.iter().position(|step| step.id == id);
        match (place(&step.id), place(until)) {
            (Some(own), Some(last)) => own == last || self.workflow.graph.is_before(own, last),
            _ => true,
        }
    }

    /// The same, where the condition does not ask for the read step that is under way; then it is decided at its end.
    fn wanted_so_far(&self, step: &Step, reading: StepIndex, scope: &Scope) -> Result<Option<bool>, PlanError> {
        let name = format!("steps.{}.", self.workflow.steps[reading].id);
        match &step.condition {
            Some(condition) if condition.text().contains(&name) => Ok(None),
            _ => self.wanted(step, scope).map(Some),
        }
    }

    fn failed(&self, step: &Step, problem: Problem) -> PlanError {
        PlanError { step: step.id.clone(), problem }
    }

    /// Reads one source and settles the tasks over its lists. A read that fails for a passing reason begins anew.
    async fn read(
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
            if current.is_some_and(|current| current != next.output) {
                self.settle(current.unwrap_or_default(), &mut jobs, true, work).await.map_err(ReadError::Final)?;
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
        }
        self.note_range(step, summary.range.take(), work);
        work.notices.extend(summary.notices);
        work.moved |= summary.moved;
        if !summary.complete {
            work.complete = false;
            work.notices.extend(summary.incomplete_because);
            work.notices.push(Problem::new("read_incomplete"));
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
        for (output, job) in jobs.iter() {
            let Some(known) = work.known.get(&job.pair) else { continue };
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

    /// The tasks over the lists of a read step, by output; each target is read here.
    async fn jobs(
        &self,
        place: StepIndex,
        source_name: &str,
        work: &mut Gathered,
    ) -> Result<Vec<(&'static str, Job)>, PlanError> {
        let mut jobs: Vec<(&'static str, Job)> = Vec::new();
        let order: Vec<StepIndex> = self.workflow.graph.order().to_vec();
        let mut position = vec![0u16; self.workflow.steps.len()];
        for (at, step) in order.iter().enumerate() {
            position[*step] = u16::try_from(at).unwrap_or(u16::MAX);
        }
        for at in &order {
            let step = &self.workflow.steps[*at];
            let Some((writing, mapping)) = step.writing().and_then(|writing| Some((writing, writing.mapping?))) else {
                continue;
            };
            let (uses, foreach) = (&writing.uses, &writing.foreach);
            if foreach.step != place {
                continue;
            }
            let decided = self.wanted_so_far(step, place, &work.live)?;
            if decided == Some(false) {
                continue;
            }
            let mapping = &self.workflow.mappings[mapping];
            let number = u16::try_from(*at).unwrap_or(u16::MAX);
            let existing = jobs.iter_mut().find(|(output, job)| {
                *output == foreach.output.name
                    && Arc::ptr_eq(&job.task.mapping, mapping)
                    && self.workflow.steps[job.first_step]
                        .uses()
                        .is_some_and(|first| first.connection == uses.connection)
            });
            let job = match existing {
                Some((_, job)) => job,
                None => {
                    let (target, target_name) = self.connection(step, uses).await?;
                    let pair = (source_name.to_string(), target_name);
                    self.know(&pair, mapping.target, (step, uses), work).await?;
                    let schema = mapping.target;
                    let (gathered, snapshot) = self.snapshot(step, &*target, schema).await?;
                    work.notices.extend(snapshot.notices.clone());
                    if let Some(known) = work.known.get_mut(&pair) {
                        known.set_root(snapshot.root.clone());
                    }
                    let table = TargetTable::of(gathered, snapshot);
                    let steps = Steps {
                        position: position.clone(),
                        disabling: disabling(uses.connector, schema),
                        removals: self.removals(place, uses, schema.kind, &work.live)?,
                        ..Steps::default()
                    };
                    let mut task = Task::new(mapping.clone(), steps, table, work.live.clone(), self.context.now_ms);
                    task.halt = self.progress.halt();
                    self.take_decisions(&pair, &mut task, work)
                        .await
                        .map_err(|error| self.store_failed(step, error))?;
                    work.scope.push_str(&extent::of_loop(foreach, mapping, &pair.1, &work.live));
                    let items = Items::new(foreach, &mapping.source);
                    if items.derives() {
                        work.derived.insert(schema.kind);
                    }
                    let undecided = Vec::new();
                    let job = Job {
                        task,
                        pair,
                        target,
                        first_step: *at,
                        items,
                        readable: true,
                        filled: Vec::new(),
                        undecided,
                    };
                    jobs.push((foreach.output.name, job));
                    match jobs.last_mut() {
                        Some((_, job)) => job,
                        None => continue,
                    }
                }
            };
            if decided.is_none() {
                job.undecided.push(*at);
            }
            let steps = &mut job.task.steps;
            if uses.action.effect.creates() {
                steps.create.get_or_insert(number);
            }
            if uses.action.effect.updates() {
                steps.update.get_or_insert(number);
            }
        }
        Ok(jobs)
    }

    /// The removing steps that go over what is gone from this read, on the same connection and kind.
    fn removals(&self, place: StepIndex, of: &Uses, kind: Kind, scope: &Scope) -> Result<Vec<RemovalStep>, PlanError> {
        let mut removals = Vec::new();
        for at in self.workflow.graph.order().to_vec() {
            let step = &self.workflow.steps[at];
            let Some(Writing { uses, foreach, .. }) = step.writing() else { continue };
            let Effect::Remove(removal) = uses.action.effect else { continue };
            let same = foreach.step == place && uses.connection == of.connection && uses.action.kind == Some(kind);
            if !same || !foreach.output.removed || self.wanted_so_far(step, place, scope)? == Some(false) {
                continue;
            }
            let params = step.with.evaluate(scope).map_err(|problem| self.failed(step, problem))?;
            let after: Option<Duration> = params.durations.get("after").copied();
            removals.push(RemovalStep { step: u16::try_from(at).unwrap_or(u16::MAX), removal, after });
        }
        Ok(removals)
    }

    /// Loads the links between two connections, of every kind that the target knows.
    async fn know(
        &self,
        pair: &(String, String),
        schema: &'static Schema,
        (step, uses): (&Step, &Uses),
        work: &mut Gathered,
    ) -> Result<(), PlanError> {
        if work.known.contains_key(pair) {
            return Ok(());
        }
        let mut known = Known::default();
        for other in uses.connector.schemas {
            let open = self.workflow.mappings.iter().any(|mapping| std::ptr::eq(mapping.target, *other));
            let of = Pair {
                tenant: self.core.tenant.clone(),
                source: pair.0.clone(),
                target: pair.1.clone(),
                kind: other.kind,
            };
            let mut entries = Vec::new();
            links::all(&*self.core.store, &of, |link| {
                let (source, target) = link.ends(&of);
                // What was there under its own account keeps it, and nobody renamed anything.
                let given = match other.key {
                    idflow_sdk::KeyRule::Natural(name) => other.field(name).and_then(|id| target.written.text(id)),
                    _ => None,
                };
                let otherwise = given.filter(|given| crate::reconcile::links::compare_keys(given, target.key).is_ne());
                entries.push(LinkEntry {
                    otherwise: otherwise.map(Into::into),
                    source: source.key.into(),
                    target: target.key.into(),
                    fingerprint: target.fingerprint,
                    removed_at: target.removed_at,
                    ours: link.workflow == self.workflow.id,
                    gone: link.gone.is_some(),
                });
            })
            .await
            .map_err(|error| self.failed(step, *Error::from(error).problem))?;
            let table = LinkTable::new(entries);
            *work.linked.entry(other.kind).or_default() += table.live();
            known.add(other, table, open);
        }
        let _ = schema;
        work.known.insert(pair.clone(), known);
        Ok(())
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

    /// Settles the tasks over one list.
    async fn settle(
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
            let conform = |kind: Kind, record: &mut idflow_sdk::Record, whole: bool, warnings: &mut Vec<Problem>| {
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
            self.load_written(step, &pair, job.task.vanished(known), &mut written).await?;
            let needs = job.task.decide(known, &written, &conform, &mut || ids.pick());
            self.load_written(step, &pair, needs.written, &mut written).await?;
            for group in job.task.holders(known, &written).chunks(1000) {
                let mut held = Written::new();
                self.load_written(step, &pair, group.to_vec(), &mut held).await?;
                job.task.take_holders(known, &held);
            }
            let details = if needs.details.is_empty() {
                Vec::new()
            } else {
                let keys: Vec<&str> = needs.details.iter().map(|key| &**key).collect();
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
            work.notices.append(&mut job.task.notices);
            if let Some((check, notices)) = job.task.adoption(known, &work.rows) {
                work.checks.push(check);
                work.notices.extend(notices);
            }
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
            let removals = job.task.steps.removals.iter().map(|removal| removal.step);
            work.judged.extend(removals.chain(job.task.steps.update).map(StepIndex::from));
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

    /// What people decided about the objects of a task.
    async fn take_decisions(
        &self,
        pair: &(String, String),
        task: &mut Task,
        work: &mut Gathered,
    ) -> Result<(), crate::store::StoreError> {
        // Decisions are seen from the tenant's own objects.
        let own = self.core.connect.connectors().iter().find(|spec| spec.local).map_or("", |spec| spec.name);
        let by_target = decisions::by_target(&pair.0, own);
        let (connection, with) = if by_target { (&pair.1, &pair.0) } else { (&pair.0, &pair.1) };
        task.remote.clone_from(connection);
        task.decide_by_target = by_target;
        for decision in decisions::of_pair(&*self.core.store, &self.core.tenant, connection, with).await? {
            if decision.kind == task.kind {
                task.decisions.add(!by_target, &decision.key, &decision.choice);
                work.decided.push(decision);
            }
        }
        if !by_target {
            return Ok(());
        }
        // Who is another person than somebody who left, was said where both come from, and is not asked again.
        for decision in decisions::all(&*self.core.store, &self.core.tenant).await? {
            let Choice::Never(old) = &decision.choice else { continue };
            if decision.with != pair.0 || decision.connection == pair.1 || decision.kind != task.kind {
                continue;
            }
            let from = Pair {
                tenant: self.core.tenant.clone(),
                source: decision.connection.clone(),
                target: decision.with.clone(),
                kind: decision.kind,
            };
            if let Some(link) = links::of_source(&*self.core.store, &from, &decision.key).await? {
                task.decisions.keep_apart(&from.ends(&link).1.key, old);
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
            } else if one.workflow.as_ref() == Some(&self.workflow.id)
                && source.is_some_and(|source| unseen.contains(source))
            {
                // Only the workflow that asked knows that its list is all there is.
                work.notices.push(Problem::new("decision_source_gone").arg("who", one.key.to_string()));
                work.over.push(one);
            } else {
                if let Some(source) = source.filter(|source| task.heeded.contains(*source)) {
                    work.heeded.push(hash::decision_digest(pair.kind, source, &format!("{:?}", one.choice)));
                }
                left.push(one);
            }
        }
        work.decided = left;
        *work.changed_keys.entry(pair.kind).or_default() += task.changed_keys;
    }

    fn store_failed(&self, step: &Step, error: crate::store::StoreError) -> PlanError {
        self.failed(step, *Error::from(error).problem)
    }

    /// Objects of a system that is in use may be those of the source, made by hand: what is needed to tell is read.
    async fn look_for_faces(&self, job: &mut Job, known: &mut Known, step: &Step) -> Result<(), PlanError> {
        let (kind, target) = (job.task.kind, job.target.clone());
        let keys = job.task.faces_needed(known);
        if keys.is_empty() {
            return Ok(());
        }
        let keys: Vec<&str> = keys.iter().map(|key| &**key).collect();
        let read = self.retrying(step, || target.details(&self.context, kind, &keys)).await?;
        job.task.faces_read(read);
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

    /// A single object can be read by later steps.
    fn note_object(&self, (step, uses): (&Step, &Uses), page: &idflow_sdk::Page, work: &mut Gathered) {
        let Some(output) = uses.action.outputs.iter().find(|output| output.name == page.output && output.one) else {
            return;
        };
        let schema = output.list_of.and_then(|kind| uses.connector.schema(kind));
        let (Some(schema), Some(object)) = (schema, page.objects.first()) else { return };
        let fields = object.record.iter().filter_map(|(id, field)| {
            let name = schema.fields.get(usize::from(id))?.name.to_string();
            Some((name, field.value().map_or(serde_json::Value::Null, idflow_sdk::Value::to_json)))
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

    async fn connection(&self, step: &Step, uses: &Uses) -> Result<(Arc<dyn Connection>, String), PlanError> {
        let alias = self.workflow.alias_of(uses);
        let connection = self
            .core
            .connect
            .open(&alias.reference, alias.connector.name)
            .await
            .map_err(|problem| self.failed(step, problem))?;
        Ok((connection, self.core.connect.link_name(&alias.reference, alias.connector.name)))
    }

    /// All objects of a kind in a target, packed as they come.
    async fn snapshot(
        &self,
        step: &Step,
        target: &dyn Connection,
        schema: &'static Schema,
    ) -> Result<(TargetObjects, Snapshot), PlanError> {
        let once = || async {
            let mut gathered = TargetObjects::new(schema);
            let snapshot = target.snapshot_into(&self.context, schema.kind, &mut gathered).await?;
            Ok((gathered, snapshot))
        };
        self.retrying(step, once).await
    }

    async fn retrying<T, F, Fut>(&self, step: &Step, call: F) -> Result<T, PlanError>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = Result<T, Error>>,
    {
        // Reads of a target are repeated by the default policy, whatever the step says about its writes.
        let policy = Retry::default();
        let mut attempt = 1;
        loop {
            match call().await {
                Ok(value) => return Ok(value),
                Err(error) => {
                    attempt += 1;
                    let Some(wait) = retry::wait(&policy, &error, attempt, self.core.random()) else {
                        return Err(self.failed(step, *error.problem));
                    };
                    self.context.meter.retry();
                    self.pause(&error, wait).await;
                    if self.progress.is_stopped() {
                        return Err(self.failed(step, *error.problem));
                    }
                }
            }
        }
    }

    /// Waits before something is read again.
    async fn pause(&self, error: &Error, span: Duration) {
        if matches!(error.kind, ErrorKind::RateLimited(_)) {
            calm::note_all(self.core, self.workflow).await;
        }
        self.progress.wait(&*self.core.clock, retry::waits_for(error), span).await;
    }
}

/// Whether the row says that an object is gone from the source and stays in the target.
fn is_left(row: &Row) -> bool {
    matches!(&row.planned, Planned::Skipped(problem) if matches!(&*problem.code, "leaver_keeps_access" | "left_behind"))
}

enum ReadError {
    /// Nothing was taken yet: the read may begin anew.
    Source(Error),
    Final(PlanError),
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
