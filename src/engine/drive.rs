//! Leads one run from state to state: its turn in the concurrency group, plan, gate, apply, verdict. Each state is on
//! disk before the next begins, so the same code goes on after a crash.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use idflow_sdk::{Kind, Problem};

use super::{
    Core,
    applier::Applier,
    apply::Ending,
    aside::{Aside, aside},
    at_work::{Took, size, take_place},
    bulk, calm, extent,
    gate::{self, Gate, Judged, Question},
    guard,
    keep::{keep_to_approved, keep_to_retried},
    lease::{self, Lease},
    ledger::Ledger,
    left,
    owned::{self, Owned},
    past::{PLAN_OLD, Past},
    place::Place,
    plan::{PlanError, Planner},
    progress::{self, Progress, Stop},
    quarantine,
    removals::{self, PATIENCE_MS, Queue},
    scope::{scope, workflow_of},
    send::{self, Messages, Sent},
    stumble, told, verdict, verify,
    writer::Writer,
};
use crate::{
    model::{
        change::{Action, DOUBTS, Row},
        definition::{OnConflict, OnExceed},
        event::{Event, Outcome},
        id::RunId,
        outcomes::{NOT_WELL, WRITTEN},
        run::{Approved, Ask, Asked, ErrorGroup, Mode, Run, Status, StepCost},
    },
    reconcile::{bindings::Counted, links::TAKEN_OVER, safety},
    store::{Batch, StoreError, follow, marks, removals::Standing, runs, runs::Baseline, today},
    workflow::{
        compiled::{StepIndex, Work, Workflow},
        scope::Scope,
    },
};

/// A plan older than this is computed again before it is carried out.
const PLAN_AGE_MS: i64 = 10 * 60 * 1000;
/// Planning that takes longer is shown in the header; shorter ones cost no commit.
const SHOWN_AFTER: Duration = Duration::from_millis(200);
/// Plans of at most so many rows are written together with what follows.
const SMALL_PLAN: usize = 1024;
/// How often a run that waits for room on the disk looks again.
const ROOM: Duration = Duration::from_secs(5);
/// What a good end does not hide: notices that stand among its reasons, too.
const NOT_ALL: &[&str] = &[
    "removals_waiting",
    "changed_since_approval",
    "leavers_input",
    "leavers_step",
    "leavers_no_step",
    "leavers_of_other",
    "column_gone",
];
/// How long a run works at most where its workflow says nothing.
const LONGEST: Duration = Duration::from_secs(24 * 3600);
/// So many of the times at which a run went on are kept in its header, the newest ones.
const MOST_RESUMED: usize = 100;
/// So many runs are looked at that may have left no note of what they wrote.
const NEWEST: usize = 2000;
/// Sorts of errors that a header keeps.
const MOST_ERRORS: usize = 20;

/// Works on a run until it is over, held or paused. `run` is its header when it took its place; `new`: it was accepted just
/// now, by this process.
pub(super) async fn drive(core: &Arc<Core>, place: Place, run: Box<Run>, new: bool) -> Result<(), StoreError> {
    let id = place.run();
    let progress = core.live().get(&id).cloned().unwrap_or_default();
    let workflow = match workflow_of(core, &run).await {
        Ok(workflow) => workflow,
        Err(error) => return guard::unowned(core, &place, error).await,
    };
    let fresh = run.started.is_none() && !run.only_tells();
    if fresh {
        match workflow.map(|workflow| workflow.on_conflict).unwrap_or_default() {
            OnConflict::CancelRunning => cancel_others(core, &run).await?,
            OnConflict::Skip if !others_before(core, &run).await?.is_empty() => {
                return end_before_it_began(core, id, Problem::new("group_busy"), None).await;
            }
            OnConflict::Skip | OnConflict::Queue => {}
        }
    }
    let group = run.group_name().to_string();
    // For telling people nobody needs a place.
    let objects = if run.only_tells() { None } else { Some(size(core, &run).await?) };
    // The header that was just accepted is the newest, unless there was time for others.
    let mut newest = (new && !place.behind && !core.shared).then_some(run);
    let lease = loop {
        progress.waits_for(progress::GROUP);
        tokio::select! {
            () = place.turn() => {}
            () = core.left() => return Ok(()),
            by = progress.cancelled(), if fresh => return Box::pin(cancel_waiting(core, place, by, progress)).await,
        }
        progress.waits(None);
        if let Some(objects) = objects {
            match take_place(core, &progress, objects).await {
                Took::AtOnce => {}
                Took::Later => newest = None,
                Took::Nothing => return Ok(()),
            }
        }
        match place.claim().await? {
            Some(lease) => break lease,
            None => newest = None,
        }
        // Whoever waits for another node keeps nobody here from work.
        progress.rest();
        progress.waits_for(progress::GROUP);
        tokio::select! {
            () = Place::look(core) => {}
            by = progress.cancelled(), if fresh => return Box::pin(cancel_waiting(core, place, by, progress)).await,
        }
        match runs::get(&*core.store, &core.tenant, id).await? {
            Some(now) if !now.is_at_rest() => {}
            _ => return Ok(()),
        }
    };
    let owned = Arc::new(Owned::group(core, lease));
    let result = Box::pin(in_turn(core, &owned, (id, &group), newest, &progress)).await;
    progress.rest();
    // Before the next in the row asks for it.
    give_back(owned).await;
    drop(place);
    result?;
    Box::pin(tell_apart(core, id, progress)).await
}

/// Gives back what a run owned; nobody works under it any more.
async fn give_back(owned: Arc<Owned>) {
    if let Some(owned) = Arc::into_inner(owned) {
        owned.give_back().await;
    }
}

/// Works on a run that has its group.
async fn in_turn(
    core: &Arc<Core>,
    owned: &Arc<Owned>,
    (id, group): (RunId, &str),
    newest: Option<Box<Run>>,
    progress: &Arc<Progress>,
) -> Result<(), StoreError> {
    if core.shared {
        // A node that vanished may have left a run of this group half-way: nobody plans before that has come to its end.
        for other in runs::working(&*core.store, &core.tenant, Some(group)).await? {
            let half_way = other.status == Status::Applying && !other.only_tells() && !stumble::rests(core, &other);
            if other.run != id && half_way {
                let theirs = core.live().entry(other.run).or_default().clone();
                tracing::info!(run = %other.run, "a run that another node left goes on here");
                // It works in our place.
                theirs.work(progress.rest());
                let work = Box::pin(carry_on(core, other.run, None, owned, theirs.clone()));
                let carried = Box::pin(guard::guarded(core, other.run, owned, work)).await;
                owned.give_systems_back().await;
                progress.work(theirs.rest());
                core.leave(other.run);
                match carried {
                    // One that cannot go on keeps no other from its turn.
                    Err(error) if stumble::counts(&error) => {}
                    other => other?,
                }
            }
        }
    }
    let work = Box::pin(carry_on(core, id, newest, owned, progress.clone()));
    Box::pin(guard::guarded(core, id, owned, work)).await
}

/// Ends a run that waits for its turn: nothing was begun, so there is nothing to wait for.
async fn cancel_waiting(core: &Arc<Core>, place: Place, by: String, progress: Arc<Progress>) -> Result<(), StoreError> {
    let id = place.run();
    let why = Problem::new("cancelled").arg("by", by.clone());
    end_before_it_began(core, id, why, Some(Event::Cancelled { by })).await?;
    drop(place);
    tell_apart(core, id, progress).await
}

/// Tells people of a run that is over or held. It took no longer than it had to: messages may wait for an hour, and its
/// group goes on meanwhile.
async fn tell_apart(core: &Arc<Core>, id: RunId, progress: Arc<Progress>) -> Result<(), StoreError> {
    let run = runs::get(&*core.store, &core.tenant, id).await?;
    if !run.as_ref().is_some_and(Run::only_tells) || progress.is_leaving() {
        return Ok(());
    }
    // Another node may be at it.
    let Some(lease) = Lease::claim(core, &lease::of_group(core, &lease::telling_group(id))).await? else {
        return Ok(());
    };
    let owned = Arc::new(Owned::group(core, lease));
    let work = Box::pin(carry_on(core, id, None, &owned, progress));
    let result = Box::pin(guard::guarded(core, id, &owned, work)).await;
    give_back(owned).await;
    result
}

/// Works on a run that has its group: takes what it writes, and goes on from where it is.
async fn carry_on(
    core: &Arc<Core>,
    id: RunId,
    newest: Option<Box<Run>>,
    owned: &Arc<Owned>,
    progress: Arc<Progress>,
) -> Result<(), StoreError> {
    // What was read before the lease may be old: another node may have worked on the run.
    let run = match newest {
        Some(run) => Some(*run),
        None => runs::get(&*core.store, &core.tenant, id).await?,
    };
    let Some(mut run) = run.filter(|run| !run.is_at_rest()) else { return Ok(()) };
    if let Some(asked) = runs::asked_of(&*core.store, &core.tenant, id).await? {
        progress.ask(asked);
    }
    let workflow = workflow_of(core, &run).await?;
    let mut written = BTreeSet::new();
    if let Ok(workflow) = &workflow
        && run.mode != Mode::Plan
        && !run.only_tells()
    {
        written = owned::written(core, workflow).await?;
        let mut waited = false;
        if !owned.take(&run, &written, &progress, &mut waited).await? && progress.is_leaving() {
            return Ok(());
        }
        if waited {
            let now = runs::get(&*core.store, &core.tenant, id).await?;
            let Some(now) = now.filter(|run| !run.is_at_rest()) else { return Ok(()) };
            run = now;
        }
    }
    let mut driver = Driver::new(core, run, owned.clone(), written, progress);
    let workflow = match workflow {
        Ok(workflow) => workflow,
        // It ended already, and nobody can be told.
        Err(_) if driver.log.run.untold => {
            driver.log.run.untold = false;
            return driver.log.commit().await;
        }
        Err(_) if driver.log.run.ending.is_some() => {
            let (status, why) = driver.log.run.ending.take().unwrap_or((Status::Failed, Vec::new()));
            return driver.end_plainly(status, why).await;
        }
        Err(message) => {
            // Windows of a step go ahead of the header.
            let mut last = driver.log.run.seq;
            runs::each_entry(&*core.store, &core.tenant, id, |entry| last = entry.seq).await?;
            driver.log.run.seq = last;
            let why = vec![Problem::new("workflow_invalid").arg("message", message)];
            return driver.end_plainly(Status::Failed, why).await;
        }
    };
    let scope = scope(core, &driver.log.run, &workflow).await?;
    calm::remember(core, &workflow).await?;
    // Apart from the futures around it, which would be as large as all of it together.
    Box::pin(driver.work(&workflow, scope)).await
}

/// The runs of the same group that were accepted before this one, and that somebody works on, or is about to. Who holds the
/// group's lease says nothing: it may be held for this very run, or for one that is gone.
async fn others_before(core: &Core, run: &Run) -> Result<Vec<Run>, StoreError> {
    let mut others = runs::working(&*core.store, &core.tenant, Some(run.group_name())).await?;
    others.retain(|other| other.run < run.run && !other.only_tells());
    Ok(others)
}

/// They are asked to stop.
async fn cancel_others(core: &Core, run: &Run) -> Result<(), StoreError> {
    for other in others_before(core, run).await? {
        let asked = Asked { ask: Ask::Cancel, by: format!("run {}", run.run) };
        core.ask(other.run, asked).await?;
    }
    Ok(())
}

/// A run that gives way, or that somebody cancels while it waits, ends as it was accepted. It has no lease, so it expects that
/// nobody has begun with it: of two nodes that look at the same run one is right, and that is in its header.
async fn end_before_it_began(core: &Core, id: RunId, why: Problem, event: Option<Event>) -> Result<(), StoreError> {
    let Some(old) = runs::loaded(&*core.store, &core.tenant, id).await? else { return Ok(()) };
    if old.value.is_at_rest() || old.value.started.is_some() {
        return Ok(());
    }
    let now = core.clock.now_ms();
    let mut run = old.value.clone();
    run.status = Status::Cancelled;
    // Whoever gives way has nothing to tell.
    run.untold = event.is_some() && workflow_of(core, &run).await?.is_ok_and(|workflow| !workflow.finally.is_empty());
    run.why = vec![why];
    run.ended = Some(now);
    let mut batch = Batch { notify: true, ..Batch::default() };
    runs::expect(&mut batch, &core.tenant, &old);
    runs::forget_asked(&mut batch, &core.tenant, id);
    let ended = Event::Ended { status: run.status.as_str().into() };
    runs::append(&mut batch, &core.tenant, &mut run, now, event.into_iter().chain([ended]).collect())?;
    match core.store.commit(batch).await {
        Err(StoreError::Conflict) => Ok(()),
        other => other,
    }
}

/// What is known of a plan that was computed just now, beside its rows.
struct Fresh {
    facts: safety::Facts,
    /// The scope or the match rules differ from those of the last applied version.
    scope_changed: bool,
    shrunk: Vec<Problem>,
    /// The steps whose removals the plan knows completely; `None` when it does not.
    judged: Option<BTreeSet<StepIndex>>,
}

struct Driver {
    core: Arc<Core>,
    log: Writer,
    owned: Arc<Owned>,
    /// The systems that it writes.
    written: BTreeSet<String>,
    progress: Arc<Progress>,
    messages: Messages,
    /// That the workflow was read anew before anything was planned.
    read_anew: Option<Problem>,
}

/// What became of the messages of `finally`.
enum Told {
    /// Those that were wanted were sent, or nobody knows.
    Done,
    /// None was sent.
    Nobody(Problem),
    /// This process ends before they are.
    Left,
}

impl Driver {
    fn new(core: &Arc<Core>, run: Run, owned: Arc<Owned>, written: BTreeSet<String>, progress: Arc<Progress>) -> Self {
        Self {
            core: core.clone(),
            log: Writer::new(core.clone(), run, owned.fence(), owned.right()),
            owned,
            written,
            progress,
            messages: Messages::default(),
            read_anew: None,
        }
    }

    fn run_id(&self) -> RunId {
        self.log.run.run
    }

    /// The end of a run of which nothing else is known.
    async fn end_plainly(&mut self, status: Status, why: Vec<Problem>) -> Result<(), StoreError> {
        let now = self.core.clock.now_ms();
        // Nothing is at work in a run that is over.
        for step in self.log.run.steps.iter_mut().filter(|step| step.status == Status::Applying) {
            step.status = if status == Status::Cancelled { Status::Cancelled } else { Status::Failed };
            step.ended.get_or_insert(now);
            step.why = step.why.take().or_else(|| why.first().cloned());
        }
        self.log.run.status = status;
        self.log.run.why = why;
        self.log.run.ended = Some(now);
        let mut along = Batch { notify: true, ..Batch::default() };
        runs::forget_asked(&mut along, &self.core.tenant, self.run_id());
        if WRITTEN.iter().any(|word| self.log.run.counts.total(word) > 0) {
            let (run, core) = (&self.log.run, &self.core);
            today::note(&*core.store, &mut along, &core.tenant, &run.workflow, (run.run, &run.counts), now).await?;
        }
        self.log.along(along);
        self.log.commit_with(Event::Ended { status: status.as_str().into() }).await
    }

    /// The end: messages first, then the state, with whatever follows from it. What it is going to be is written down with
    /// the first message, so that a crash in between does not lead to another end.
    async fn end(
        &mut self,
        workflow: &Workflow,
        scope: &Scope,
        status: Status,
        mut why: Vec<Problem>,
    ) -> Result<(), StoreError> {
        if self.log.run.errors.is_empty() {
            let group = |problem: &Problem| ErrorGroup {
                count: 1,
                problem: problem.clone(),
                first: String::new(),
                first_name: String::new(),
            };
            let groups = why.iter().map(group);
            if matches!(status, Status::Failed) {
                self.log.run.errors = groups.collect();
            }
        }
        self.log.run.why.clone_from(&why);
        if self.log.run.mode != Mode::Plan {
            let told = self.log.run.ending.replace((status, why.clone())).is_some();
            if !told && !workflow.finally.is_empty() {
                // On disk before anybody is told of it, and the next of the group need not wait for that.
                return self.log.commit().await;
            }
            match self.tell(workflow, scope, status).await? {
                Told::Left => return self.log.commit().await,
                Told::Nobody(problem) => why.push(problem),
                Told::Done => {}
            }
            self.follow(workflow, status).await?;
        }
        self.log.run.ending = None;
        tracing::info!(status = status.as_str(), calls = self.log.run.api.calls, "run ends");
        self.end_plainly(status, why).await
    }

    /// Notes the runs that follow this end.
    async fn follow(&mut self, workflow: &Workflow, status: Status) -> Result<(), StoreError> {
        let mut along = Batch::default();
        let run = &self.log.run;
        for (follower, rule) in follow::of(&*self.core.store, &self.core.tenant, &workflow.id).await? {
            // A circle of followers ends where it would begin anew.
            if rule.statuses.contains(&status)
                && let Some(chain) = run.leads_to(&follower)
            {
                let due = follow::Due {
                    workflow: follower,
                    parent: run.run,
                    chain,
                    at: self.core.clock.now_ms(),
                    inputs: None,
                };
                follow::note(&mut along, &self.core.tenant, &due)?;
            }
        }
        self.log.along(along);
        Ok(())
    }

    /// Tells of a state that was written before anybody could be told: a run that was put on hold, or that a person or the
    /// time ended while it was.
    async fn catch_up(&mut self, workflow: &Workflow, scope: &Scope) -> Result<(), StoreError> {
        let status = self.log.run.status;
        match self.tell(workflow, scope, status).await? {
            Told::Left => return self.log.commit().await,
            Told::Nobody(problem) => self.log.run.why.push(problem),
            Told::Done => {}
        }
        let mut along = Batch { notify: true, ..Batch::default() };
        if status.is_end() {
            self.follow(workflow, status).await?;
            runs::forget_asked(&mut along, &self.core.tenant, self.run_id());
        }
        self.log.run.untold = false;
        self.log.along(along);
        self.log.commit().await
    }

    /// The steps of `finally`, about this state. Gives why it matters when none of their messages arrived.
    async fn tell(&mut self, workflow: &Workflow, scope: &Scope, about: Status) -> Result<Told, StoreError> {
        if workflow.finally.is_empty() {
            return Ok(Told::Done);
        }
        let scope = send::closing(&self.core, scope, &self.log.run, about);
        // A run may be put on hold more than once, each time for another plan.
        let what = match self.log.run.approvals.len() {
            approved if about == Status::Held && approved > 0 => format!("held {}", approved + 1),
            _ => about.as_str().to_string(),
        };
        let (mut wanted, mut failed) = (0, 0);
        let (core, progress) = (self.core.clone(), self.progress.clone());
        let patience = send::Patience::Closing(progress.times_asked());
        let errand =
            send::Errand { core: &core, workflow, progress: &progress, patience, owned: &self.owned, about: &what };
        for step in &workflow.finally {
            progress.enter(&step.id);
            let sent = errand.step(&mut self.log, &mut self.messages, step, &scope).await?;
            if sent == Sent::Stopped {
                return Ok(Told::Left);
            }
            // Reads, and other workflows, tell nobody.
            let message = matches!(step.work, Work::Send(_));
            wanted += u64::from(message && sent != Sent::NotWanted);
            if let Sent::Problem(problem) = sent {
                // A message whose answer was lost may have arrived.
                failed += u64::from(message && problem.code != "message_unknown");
                if !self.log.run.notices.contains(&problem) {
                    self.log.run.notices.push(problem);
                }
            }
        }
        if wanted > 0 && failed == wanted {
            return Ok(Told::Nobody(Problem::new("nobody_told").arg("number", failed.to_string())));
        }
        Ok(Told::Done)
    }

    async fn pause(&mut self, from: Status, by: &str) -> Result<(), StoreError> {
        let core = self.core.clone();
        let mut along = Batch { notify: true, ..Batch::default() };
        match runs::asked_of(&*core.store, &core.tenant, self.run_id()).await? {
            Some(asked) if asked.ask == Ask::Pause => {
                runs::forget_pause(&mut along, &core.tenant, self.run_id(), &asked)?;
            }
            // It was cancelled meanwhile: the next look at the open runs sees to it.
            Some(_) => return Err(StoreError::Conflict),
            None => {}
        }
        self.log.run.paused_from = Some(from);
        self.log.run.status = Status::Paused;
        self.log.run.why = vec![Problem::new("paused").arg("by", by)];
        self.log.along(along);
        self.log.commit_with(Event::Paused { by: by.into() }).await
    }

    async fn work(&mut self, workflow: &Workflow, scope: Scope) -> Result<(), StoreError> {
        let now = self.core.clock.now_ms();
        let mut past = Past::default();
        if self.log.run.seq > 1 {
            past = Aside(Box::pin(Past::read(&self.core, &self.log.run))).await?;
            self.messages = std::mem::take(&mut past.messages);
            self.log.counts_too(past.uncounted);
        }
        if self.log.run.untold {
            return self.catch_up(workflow, &scope).await;
        }
        if let Some((status, why)) = self.log.run.ending.clone() {
            return self.end(workflow, &scope, status, why).await;
        }
        // Held until the work is done: what was announced is looked up, and nothing more is written.
        let _forbidden = match self.means_another(workflow) {
            None => None,
            Some(problem) if self.log.run.status == Status::Applying => Some(self.progress.forbid(problem)),
            Some(problem) if self.log.run.plan.is_some() => {
                return self.end(workflow, &scope, Status::Failed, vec![problem]).await;
            }
            Some(problem) => {
                self.read_anew = Some(Problem { code: "read_anew".into(), ..problem });
                None
            }
        };
        // Nobody has planned it yet, or nobody wrote down by what; what is forbidden stays so over a restart.
        if self.read_anew.is_some() || self.log.run.meaning.is_empty() {
            self.log.run.meaning.clone_from(&workflow.meaning);
        }
        let limit = workflow.timeout.unwrap_or(LONGEST);
        // Waiting for a turn, or for a person, takes as long as it takes: only work counts.
        let _limit = self.progress.limit(self.core.clock.clone(), limit, Problem::new("run_timeout"));
        if self.log.run.status == Status::Applying {
            return self.resume(workflow, scope, past).await;
        }
        if let Some(stop) = self.progress.stop() {
            return self.stopped(workflow, &scope, stop).await;
        }
        let fresh = self.log.run.started.replace(self.log.run.started.unwrap_or(now)).is_none();
        if fresh && self.core.shared && workflow.on_conflict == OnConflict::Skip {
            // On disk before anything else: another node must not take it for one that has not begun.
            self.log.commit().await?;
        }
        let approved_at = self.log.run.approvals.last().cloned();
        // A plan that a crash left in pieces is nothing that anybody approved: the new one is held again.
        let approved = match approved_at {
            Some(_) => runs::plan_of(&*self.core.store, &self.core.tenant, &self.log.run).await?,
            None => None,
        };
        let fresh = match self.log.run.planned_at {
            Some(at) if approved.is_some() => {
                (0..PLAN_AGE_MS).contains(&(now - at)) && !self.is_overtaken(workflow).await?
            }
            _ => false,
        };
        match approved {
            Some(rows) if fresh && self.log.run.plan.as_deref().is_some_and(|plan| covers(&approved_at, plan)) => {
                self.gate(workflow, scope, rows, None, true).await
            }
            approved => self.plan(workflow, scope, approved).await,
        }
    }

    /// Whether this version of idflow makes another workflow of the text than the one by which the run was accepted.
    fn means_another(&self, workflow: &Workflow) -> Option<Problem> {
        let run = &self.log.run;
        let other = !run.meaning.is_empty() && run.meaning != workflow.meaning;
        other.then(|| {
            Problem::new("means_another")
                .arg("workflow", workflow.id.clone())
                .arg("version", run.version.to_string())
                .arg("before", run.engine.clone())
                .arg("now", env!("CARGO_PKG_VERSION"))
        })
    }

    /// A run that is to stop before it wrote anything.
    async fn stopped(&mut self, workflow: &Workflow, scope: &Scope, stop: Stop) -> Result<(), StoreError> {
        match stop {
            Stop::Asked(asked) if asked.ask == Ask::Pause => self.pause(Status::Queued, &asked.by).await,
            Stop::Asked(asked) => {
                let why = vec![Problem::new("cancelled").arg("by", asked.by.clone())];
                self.log.note(Event::Cancelled { by: asked.by });
                self.end(workflow, scope, Status::Cancelled, why).await
            }
            Stop::Late(problem) => {
                let step = self.progress.look().step;
                let at = (!step.is_empty()).then(|| Problem::new("step_failed").arg("step", step));
                self.end(workflow, scope, Status::Failed, std::iter::once(problem).chain(at).collect()).await
            }
            // It is planned anew.
            Stop::Leaving => Ok(()),
        }
    }

    /// What this workflow did in the last 24 hours, for limits per day.
    async fn today(&self, workflow: &Workflow) -> Result<BTreeMap<(&'static str, Kind), u64>, StoreError> {
        let limits = [workflow.safety.create, workflow.safety.update, workflow.safety.remove];
        let mut today = BTreeMap::new();
        if limits.iter().all(|limit| limit.max_per_day.is_none()) {
            return Ok(today);
        }
        let since = self.core.clock.now_ms() - 24 * 3600 * 1000;
        let (store, tenant) = (&*self.core.store, &self.core.tenant);
        let mut written = today::since(store, tenant, &workflow.id, since).await?;
        // Runs of a version that left no notes.
        for run in runs::list(store, tenant, Some(&workflow.id), NEWEST).await? {
            if run.ended.is_none_or(|ended| ended >= since) {
                written.entry(run.run).or_insert(run.counts);
            }
        }
        for counts in written.into_values() {
            for kind in counts.0.keys() {
                for (word, done) in [("create", "created"), ("update", "updated"), ("remove", "removed")] {
                    *today.entry((word, *kind)).or_default() += counts.get(*kind, done);
                }
            }
        }
        Ok(today)
    }

    /// Whether another run wrote to a system of this workflow after this one was planned: its plan is out of date.
    async fn is_overtaken(&self, workflow: &Workflow) -> Result<bool, StoreError> {
        let systems = self.systems(workflow).await?;
        owned::others_wrote(&self.core, self.run_id(), systems, &self.log.run.marks).await
    }

    /// The systems that this workflow reads or writes.
    async fn systems(&self, workflow: &Workflow) -> Result<Vec<String>, StoreError> {
        let mut systems = Vec::new();
        for alias in &workflow.connections {
            systems.push(self.core.connect.system(&alias.reference, alias.connector.name).await?);
        }
        Ok(systems)
    }

    async fn plan(
        &mut self,
        workflow: &Workflow,
        mut scope: Scope,
        approved: Option<Vec<Row>>,
    ) -> Result<(), StoreError> {
        let core = self.core.clone();
        let progress = self.progress.clone();
        while core.has_room().is_err() {
            tracing::warn!("the disk is full; the run waits for room before it plans");
            progress.wait(&*core.clock, "disk_full", ROOM).await;
            if let Some(stop) = progress.stop() {
                return self.stopped(workflow, &scope, stop).await;
            }
        }
        let sick = quarantine::look(&core, workflow).await?;
        if let Some(why) = quarantine::rests(&core, &self.log.run, &sick) {
            return self.end(workflow, &scope, Status::Failed, why).await;
        }
        self.log.run.status = Status::Planning;
        self.log.note(Event::Planning);
        let left = left::find(&core, workflow).await?;
        if !left.is_empty() {
            self.log.commit().await?;
            let over = left::wait(&core, left, &self.log.context(), &progress).await;
            self.log.along(over);
            if let Some(stop) = progress.stop() {
                return self.stopped(workflow, &scope, stop).await;
            }
        }
        // Before anything is read: what is written from here on may be missing in the plan.
        self.log.run.marks = marks::of(&*core.store, &core.tenant, self.systems(workflow).await?).await?;
        let baseline = runs::baseline(&*core.store, &core.tenant, &workflow.id).await?.unwrap_or_default();
        let planner = Planner {
            core: &core,
            workflow,
            scope: &scope,
            context: self.log.context(),
            progress: &progress,
            before: baseline.source.clone(),
            filled: baseline.filled.clone(),
            until: self.log.run.until.clone(),
            ranges: baseline.ranges.clone(),
            line_ends: baseline.line_ends.clone(),
            today: self.today(workflow).await?,
            scope_before: baseline.scope.clone(),
            keep: told::keep_to(&core, &self.log.run, &baseline).await?,
            renamed: told::renamed(&self.log.run),
        };
        let planned = {
            let mut planning = Aside(Box::pin(planner.plan()));
            match tokio::time::timeout(SHOWN_AFTER, unless_stopped(&progress, &mut planning)).await {
                Ok(planned) => planned,
                Err(_) => {
                    self.log.commit().await?;
                    unless_stopped(&progress, &mut planning).await
                }
            }
        };
        // What a stopped planning came to, if anything, is no plan.
        let planned = match (planned, progress.stop()) {
            (Err(stop), _) | (Ok(_), Some(stop)) => return self.stopped(workflow, &scope, stop).await,
            (Ok(planned), None) => planned,
        };
        let plan = match planned {
            Ok(plan) => plan,
            Err(PlanError { step, problem }) => {
                let mut along = Batch::default();
                quarantine::failed(&core, workflow, &step, &problem, &sick, &mut along)?;
                self.log.along(along);
                let why = vec![problem, Problem::new("step_failed").arg("step", step)];
                return self.end(workflow, &scope, Status::Failed, why).await;
            }
        };
        let mut along = Batch::default();
        quarantine::well(&core, &sick, &mut along);
        if self.log.run.mode != Mode::Plan {
            for (old, new) in &plan.follow {
                old.drop(&mut along, &core.tenant);
                if !plan.over.contains(new) {
                    new.put(&mut along, &core.tenant)?;
                }
            }
            plan.over.iter().for_each(|decision| decision.drop(&mut along, &core.tenant));
        }
        self.log.along(along);
        let mut rows = plan.rows;
        let mut told = plan.notices;
        told.extend(self.read_anew.take());
        if let Some(other) = self.log.run.retry_of {
            let only = self.log.run.retry_rows.clone();
            keep_to_retried(&core, &mut rows, other, &only).await?;
        }
        if let Some(approved) = &approved {
            let put_off = keep_to_approved(workflow, &plan.facts, &mut rows, approved);
            if put_off > 0 {
                told.push(Problem::new("changed_since_approval").arg("number", put_off.to_string()));
            }
            // What is left is what the approval saw, and additions within the limits.
            if let Some(last) = self.log.run.approvals.last_mut() {
                last.computed = Some(plan.hash.clone());
            }
        }
        progress.is_large(&core.permits, rows.len() as u64);
        super::names::tell(&mut rows);
        let first = self.log.run.plan.is_none();
        let run = &mut self.log.run;
        run.plan = Some(plan.hash.clone());
        run.planned_at = Some(core.clock.now_ms());
        run.rows = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        run.planned = plan.counts;
        run.source = plan.source;
        run.complete = plan.complete;
        let mut bindings = Counted::of(&run.source);
        rows.iter().for_each(|row| bindings.count(row));
        run.bindings = bindings.done();
        run.part = !plan.facts.parts.is_empty();
        let anew = baseline.read_at > 0 && baseline.content == run.content && plan.complete && !run.part;
        if anew && baseline.scope == extent::digest(&plan.scope) && told::should_know(&core, workflow, run).await? {
            let number = told::untold(&core, &workflow.id, &rows).await?;
            if number > 0 {
                let problem = Problem::new("events_not_told").arg("number", number.to_string());
                told::note_missed(&core, workflow, &problem).await;
                told.push(problem);
            }
        }
        run.notices = told;
        run.reads = plan.reads;
        run.filled = plan.filled;
        run.ranges = plan.ranges;
        run.partial = plan.partial;
        run.line_ends = plan.line_ends;
        scope.take_reads(&run.reads);
        run.scope = extent::digest(&plan.scope);
        let scope_changed = !baseline.scope.is_empty() && baseline.scope != self.log.run.scope;
        let judged = (plan.complete && self.log.run.mode == Mode::Apply).then_some(plan.judged);
        let fresh = Fresh { facts: plan.facts, scope_changed, shrunk: plan.shrunk, judged };
        self.gate(workflow, scope, rows, Some(fresh), !first).await
    }

    /// What each step of the plan will cost.
    async fn costs(&self, workflow: &Workflow, rows: &[Row]) -> Vec<StepCost> {
        let mut writes = vec![0usize; workflow.steps.len()];
        for row in rows.iter().filter(|row| row.writes()) {
            if let Some(number) = writes.get_mut(usize::from(row.step)) {
                *number += 1;
            }
        }
        let mut costs = Vec::new();
        for place in workflow.graph.order().iter().copied().filter(|place| writes[*place] > 0) {
            let step = &workflow.steps[place];
            let Some(uses) = step.uses() else { continue };
            let alias = workflow.alias_of(uses);
            // A connection that cannot be opened is told when its turn comes.
            let Ok(connection) = self.core.connect.open(&alias.reference, alias.connector.name).await else { continue };
            let records = rows.iter().filter(|row| usize::from(row.step) == place && row.writes()).map(|row| &row.set);
            let (estimate, job) = bulk::way(&*connection, uses.action, records);
            costs.push(StepCost {
                step: step.id.clone(),
                objects: writes[place] as u64,
                calls: estimate.calls,
                ms: u64::try_from(estimate.time.as_millis()).unwrap_or(u64::MAX),
                job,
            });
        }
        costs
    }

    /// `fresh`: the plan was computed just now. `stored`: an earlier state of it is on disk.
    async fn gate(
        &mut self,
        workflow: &Workflow,
        scope: Scope,
        rows: Vec<Row>,
        fresh: Option<Fresh>,
        stored: bool,
    ) -> Result<(), StoreError> {
        let (answer, rows) = Aside(Box::pin(self.judge(workflow, rows, fresh, stored))).await?;
        if self.log.run.mode == Mode::Plan {
            let mut why = vec![Problem::new("plan_only")];
            if let Gate::Hold(reasons) | Gate::Fail(reasons) = answer {
                why.extend(reasons);
            }
            return self.end(workflow, &scope, Status::SucceededNoChange, why).await;
        }
        match answer {
            Gate::Fail(why) => self.end(workflow, &scope, Status::Failed, why).await,
            Gate::Hold(why) => self.hold(workflow, &rows, why).await,
            Gate::Go => {
                self.log.run.status = Status::Applying;
                self.log.run.why.clear();
                self.log.run.expires = None;
                let ledger = Ledger::new(rows, Vec::new());
                self.apply(workflow, scope, ledger, HashMap::new(), false).await
            }
        }
    }

    /// Whether the plan may be carried out, and what of it. The plan as it is now goes to the disk.
    async fn judge(
        &mut self,
        workflow: &Workflow,
        mut rows: Vec<Row>,
        fresh: Option<Fresh>,
        stored: bool,
    ) -> Result<(Gate, Vec<Row>), StoreError> {
        let core = self.core.clone();
        let hash = self.log.run.plan.clone().unwrap_or_default();
        let queue = Queue::read(&core, workflow, &rows).await?;
        let now = core.clock.now_ms();
        let kept = queue.leave_kept(&mut rows, now);
        let standing = queue.standing(&rows, now);
        if let Some(fresh) = &fresh {
            // Removals that are decided one by one are no matter of limits: old questions do not keep new leavers from being
            // disabled.
            let alone = workflow.safety.on_exceed == OnExceed::HoldRemovals;
            let asks = |row: &Row| {
                let step = workflow.steps.get(usize::from(row.step));
                step.and_then(|step| step.approval()).is_some_and(|approval| approval.always)
            };
            let limited = |(row, standing): &(&Row, &Option<Standing>)| match standing {
                // Asked about one by one, whatever the workflow says.
                _ if row.removes && *row.rule == *TAKEN_OVER => false,
                Some(Standing::Approved) => false,
                Some(Standing::Waiting | Standing::Kept) => !alone,
                None => !(alone && row.removes && (asks(row) || row.doubt().is_some())),
            };
            let open = rows.iter().zip(&standing).filter(limited);
            self.log.run.safety = safety::judge(&workflow.safety, &fresh.facts, open.map(|(row, _)| row));
        }
        let question = Question {
            workflow,
            checks: &self.log.run.safety,
            hash: &hash,
            approvals: &self.log.run.approvals,
            approve: self.log.run.approve,
            scope_changed: fresh.as_ref().is_some_and(|fresh| fresh.scope_changed),
            shrunk: fresh.as_ref().map_or(&[], |fresh| &fresh.shrunk),
            standing: &standing,
        };
        let Judged { gate: answer, mut waiting } = gate::judge(&question, &rows);
        queue.keep_first_cause(&mut waiting);
        queue.leave_waiting(&mut rows, &waiting);
        let left_out: Vec<usize> = kept.iter().copied().chain(waiting.iter().map(|(at, _)| *at)).collect();
        let blocked = Queue::leave_blocked(&mut rows, &left_out);
        let skipped = left_out.iter().map(|at| (*at, "skipped"));
        for (at, to) in skipped.chain(blocked.iter().map(|at| (*at, "blocked"))) {
            let row = &rows[at];
            let word = match row.action {
                _ if row.object.is_some() => continue,
                _ if row.removes => "remove",
                Action::Create => "create",
                Action::Update => "update",
                _ => "remove",
            };
            self.log.run.planned.moved(row.kind, word, to);
        }
        let going = matches!(answer, Gate::Go);
        self.tell_removals(workflow, &waiting, kept.len(), queue.approvers(&standing));
        if going && self.log.run.mode != Mode::Plan {
            let judged = fresh.as_ref().and_then(|fresh| fresh.judged.as_ref());
            let learnt = queue.note(&core, workflow, &rows, &waiting, judged, self.run_id())?;
            self.log.along(learnt);
        }
        let changed = !kept.is_empty() || !waiting.is_empty();
        if fresh.is_some() || changed {
            self.log.run.costs = self.costs(workflow, &rows).await;
            self.keep_plan(&rows, stored).await?;
        }
        if fresh.is_some() {
            self.log.note(Event::Planned { hash, rows: self.log.run.rows });
        }
        Ok((answer, rows))
    }

    /// Says how many removals wait, and why where the list itself is in doubt; how many are kept, or are carried out because
    /// somebody approved them.
    fn tell_removals(
        &mut self,
        workflow: &Workflow,
        waiting: &[(usize, Problem)],
        kept: usize,
        approved_by: BTreeSet<String>,
    ) {
        let run = &mut self.log.run;
        run.waiting = waiting.len() as u64;
        let of_list = |code: &str| matches!(code, "range_shrunk" | "scope_changed") || DOUBTS.contains(&code);
        run.notices.retain(|notice| {
            let code = &*notice.code;
            !matches!(code, "removals_waiting" | "removals_kept" | "removals_approved") && !of_list(code)
        });
        run.notices.extend(removals_waiting(workflow, run.waiting));
        for (_, why) in waiting.iter().filter(|(_, why)| of_list(&why.code)) {
            if run.notices.iter().all(|notice| notice.code != why.code) {
                run.notices.push(why.clone());
            }
        }
        if kept > 0 {
            run.notices.push(Problem::new("removals_kept").arg("number", kept.to_string()));
        }
        if !approved_by.is_empty() {
            let by: Vec<String> = approved_by.into_iter().collect();
            run.notices.push(Problem::new("removals_approved").arg("by", by.join(", ")));
        }
    }

    async fn hold(&mut self, workflow: &Workflow, rows: &[Row], why: Vec<Problem>) -> Result<(), StoreError> {
        let asked: HashSet<usize> = rows.iter().filter(|row| row.writes()).map(|row| usize::from(row.step)).collect();
        let patience = asked
            .iter()
            .filter_map(|place| workflow.steps.get(*place)?.approval())
            .map(|approval| i64::try_from(approval.expires_after.as_millis()).unwrap_or(i64::MAX))
            .min();
        let concerned = rows.iter().filter(|row| row.writes() || row.binds()).map(|row| usize::from(row.step));
        let concerned: HashSet<usize> = concerned.collect();
        let ids = concerned.iter().filter_map(|place| Some(workflow.steps.get(*place)?.id.to_string()));
        self.log.run.concerns = Some(ids.collect());
        let now = self.core.clock.now_ms();
        self.log.run.expires = Some(now.saturating_add(patience.unwrap_or(PATIENCE_MS)));
        self.log.run.why.clone_from(&why);
        // On disk before anybody is told of it.
        self.log.run.status = Status::Held;
        self.log.run.untold = !workflow.finally.is_empty();
        self.log.along(Batch { notify: true, ..Batch::default() });
        self.log.commit_with(Event::Held { why }).await?;
        Ok(())
    }

    /// `stored`: an earlier plan of the run is on disk.
    async fn keep_plan(&mut self, rows: &[Row], stored: bool) -> Result<(), StoreError> {
        let (core, run) = (self.core.clone(), self.run_id());
        if rows.len() <= SMALL_PLAN {
            let mut along = Batch::default();
            runs::plan_along(&*core.store, &mut along, &core.tenant, run, rows).await?;
            self.log.along(along);
            return Ok(());
        }
        // It takes several commits. Meanwhile the header tells of no plan, so that a crash leaves none that looks whole.
        let plan = self.log.run.plan.take();
        if stored {
            self.log.commit().await?;
        }
        runs::put_plan(&*core.store, &core.tenant, run, rows, self.log.fence()).await?;
        self.log.run.plan = plan;
        Ok(())
    }

    /// After a restart: what the journal says is over stays over, what was announced is unknown.
    async fn resume(&mut self, workflow: &Workflow, scope: Scope, past: Past) -> Result<(), StoreError> {
        let rows = Aside(Box::pin(runs::plan_of(&*self.core.store, &self.core.tenant, &self.log.run))).await?;
        let rows =
            rows.ok_or_else(|| StoreError::Corrupt(format!("the plan of run {} is not whole", self.run_id())))?;
        let Past { rows: states, jobs, last, paused, moved, put_off, .. } = past;
        // Windows of a step go ahead of the header.
        self.log.run.seq = last.max(self.log.run.seq);
        let mut ledger = Ledger::new(rows, states);
        let stood = self.core.clock.now_ms() - moved;
        // While a run was paused, others of its group went on; while its node was gone, those of other groups may have.
        let mut stale = match paused {
            true => stood > PLAN_AGE_MS || self.is_overtaken(workflow).await?,
            false => {
                let written = self.written.iter().cloned().collect();
                owned::others_wrote(&self.core, self.run_id(), written, &self.log.run.marks).await?
            }
        };
        // Whoever began to put rows off had a reason for it; not only removals if it was not only they.
        stale |= put_off.iter().any(|row| ledger.rows().get(*row).is_some_and(|row| !row.removes));
        if stale || stood > PLAN_AGE_MS || !put_off.is_empty() {
            self.put_off(&mut ledger, stale).await?;
        }
        let unknown = (0..ledger.len()).filter(|row| ledger.is_announced(*row)).count();
        let resumed = &mut self.log.run.resumed;
        resumed.push(self.core.clock.now_ms());
        // The journal has them all.
        resumed.drain(..resumed.len().saturating_sub(MOST_RESUMED));
        self.log.commit_with(Event::Resumed { unknown: u32::try_from(unknown).unwrap_or(u32::MAX) }).await?;
        self.apply(workflow, scope, ledger, jobs, stale).await
    }

    /// The run stood still for so long that its plan says little about who is to be removed, or others have written since
    /// and it says little at all: the next plan does. Removals come last, so that a crash in between leaves to be seen
    /// whether it was only they.
    async fn put_off(&mut self, ledger: &mut Ledger, all: bool) -> Result<(), StoreError> {
        for removes in [false, true] {
            for (place, row) in ledger.rows().clone().iter().enumerate() {
                if row.removes != removes || !(all || removes) || !row.writes() || !ledger.is_open(place) {
                    continue;
                }
                let outcome = Outcome::NotAttempted(Problem::new(PLAN_OLD));
                self.log.note(Event::Done {
                    row: u32::try_from(place).unwrap_or(u32::MAX),
                    attempt: 0,
                    outcome: outcome.clone(),
                    ms: 0,
                    left_out: Vec::new(),
                    warnings: Vec::new(),
                });
                ledger.close(place, outcome);
                if self.log.is_heavy() {
                    self.log.commit().await?;
                }
            }
        }
        Ok(())
    }

    async fn apply(
        &mut self,
        workflow: &Workflow,
        scope: Scope,
        ledger: Ledger,
        jobs: HashMap<usize, Arc<str>>,
        stale: bool,
    ) -> Result<(), StoreError> {
        let progress = self.progress.clone();
        let core = self.core.clone();
        let context = self.log.context();
        let mut applier = Applier {
            core: &core,
            workflow,
            log: &mut self.log,
            messages: &mut self.messages,
            owned: self.owned.clone(),
            written: &self.written,
            given_back: None,
            ledger,
            left: !jobs.is_empty(),
            jobs,
            scope,
            context,
            progress: &progress,
            stale,
        };
        let ending = applier.apply().await?;
        let Applier { mut ledger, scope, .. } = applier;
        match &ending {
            Ending::Paused(by) => return self.pause(Status::Applying, by).await,
            // The answers that came are kept.
            Ending::Left => return self.log.commit().await,
            _ => {}
        }
        if matches!(ending, Ending::Through | Ending::StepFailed(_)) {
            verify::verify(&core, &mut self.log, &progress, workflow, &mut ledger).await?;
        }
        Aside(Box::pin(verdict::index(&mut self.log, &core.tenant, &ledger))).await?;
        let run = &mut self.log.run;
        (run.counts, run.errors) =
            aside(|| (verdict::counts(&run.planned, &ledger), verdict::groups(&ledger, MOST_ERRORS)));
        let mut along = Batch::default();
        let bad: u64 = NOT_WELL.iter().map(|word| run.counts.total(word)).sum();
        let (unwell, child_wrote) = unwell_steps(run, workflow);
        let writes: u64 = WRITTEN.iter().map(|word| run.counts.total(word)).sum();
        along.append(removals::settle(&core, workflow, &ledger, run.run).await?);
        // Whoever only looks at the state is told here that it is not all.
        let told: Vec<Problem> =
            run.notices.iter().filter(|notice| NOT_ALL.contains(&&*notice.code)).cloned().collect();
        let (status, mut why) = match ending {
            Ending::StepFailed(why) => (Status::Failed, why),
            Ending::Stopped(why) if why.code == "cancelled" => (Status::Cancelled, vec![why]),
            Ending::Stopped(why) => (Status::Failed, vec![why]),
            Ending::Paused(_) | Ending::Left => return Ok(()),
            // Whatever else went well: a run with a step that was not carried out is no success.
            Ending::Through if bad > 0 || !unwell.is_empty() => {
                let mut why = verdict::not_well(&run.counts, verdict::in_part(&ledger));
                why.extend(unwell);
                (Status::Partial, why)
            }
            Ending::Through if writes == 0 && !child_wrote => (Status::SucceededNoChange, Vec::new()),
            Ending::Through => (Status::Succeeded, Vec::new()),
        };
        if matches!(status, Status::Succeeded | Status::SucceededNoChange | Status::Partial) {
            why.extend(told);
        }
        let good = matches!(status, Status::Succeeded | Status::SucceededNoChange | Status::Partial);
        // What was mostly refused is no measure for the next file.
        let refused = run.counts.total("invalid");
        let usable = refused == 0 || refused * 2 <= run.counts.all();
        // What changed says nothing about all the others; nor does a part of a list say how long that is.
        if good && usable && run.complete && (!run.part || !run.partial.is_empty()) && run.mode == Mode::Apply {
            let old = runs::baseline(&*core.store, &core.tenant, &workflow.id).await?.unwrap_or_default();
            let scope = if run.scope.is_empty() { old.scope.clone() } else { run.scope.clone() };
            let mut filled = if run.filled.is_empty() { old.filled.clone() } else { run.filled.clone() };
            let mut source = run.source.clone();
            for kind in &run.partial {
                source.remove(kind);
                source.extend(old.source.get(kind).map(|number| (*kind, *number)));
            }
            if !run.partial.is_empty() {
                for (step, fields) in &old.filled {
                    filled.entry(step.clone()).or_default().extend(fields.iter().cloned());
                }
            }
            let ranges = if run.ranges.is_empty() { old.ranges.clone() } else { run.ranges.clone() };
            let baseline = Baseline {
                source,
                scope,
                filled,
                ranges,
                line_ends: run.line_ends.clone(),
                read_at: run.planned_at.unwrap_or_default(),
                content: run.content.clone(),
            };
            if baseline != old {
                runs::put_baseline(&mut along, &core.tenant, &workflow.id, &baseline)?;
            }
        }
        self.log.along(along);
        self.end(workflow, &scope, status, why).await
    }
}

/// That so many removals wait, with the way to decide.
fn removals_waiting(workflow: &Workflow, number: u64) -> Option<Problem> {
    let problem =
        || Problem::new("removals_waiting").arg("number", number.to_string()).arg("workflow", workflow.id.clone());
    (number > 0).then(problem)
}

fn covers(approval: &Option<Approved>, plan: &str) -> bool {
    approval.as_ref().is_some_and(|approval| approval.covers(plan))
}

/// Why a run is not as wanted although none of its items says so: steps that could not be carried out, and called runs that
/// are not over, or not well; and whether a called run wrote something.
fn unwell_steps(run: &Run, workflow: &Workflow) -> (Vec<Problem>, bool) {
    let (mut why, mut wrote) = (Vec::new(), false);
    // The steps of `finally` are told beside it.
    let steps = workflow.steps.iter().filter_map(|step| run.steps.iter().find(|state| state.step == step.id));
    for state in steps {
        wrote |= state.child.is_some() && state.status != Status::SucceededNoChange;
        let well = matches!(state.status, Status::Succeeded | Status::SucceededNoChange | Status::Queued);
        if state.child.is_some() && !well {
            why.push(Problem::new("called_run_failed"));
            why.extend(state.why.clone());
        } else if matches!(state.status, Status::Failed | Status::Cancelled) {
            why.extend(state.why.clone());
            why.push(Problem::new("step_failed").arg("step", state.step.clone()));
        }
    }
    (why, wrote)
}

/// What the future comes to, unless the run is to stop before.
async fn unless_stopped<T>(progress: &Progress, work: impl Future<Output = T>) -> Result<T, Stop> {
    tokio::select! {
        biased;
        done = work => Ok(done),
        () = progress.stopped() => Err(progress.stop().unwrap_or(Stop::Leaving)),
    }
}
