//! `uses: workflow/ID`: a step that is a run of its own, with its own plan and gate. Its verdict counts in the caller's.
//!
//! The run is accepted in the commit that notes it in the caller's journal, so a crash neither loses it nor starts it twice.

use idflow_sdk::Problem;

use super::{
    accept::{self, Refused, Request},
    applier::{Applier, StepEnd, ends_the_run},
    at_work,
    progress::Stop,
};
use crate::{
    model::{
        event::Event,
        id::RunId,
        run::{Ask, Run, Status},
        trigger::{Trigger, TriggerKind},
    },
    store::{StoreError, runs},
    workflow::compiled::StepIndex,
};

/// Starts the run, or finds the one that was started before a restart, and waits until it rests.
pub(super) async fn step(applier: &mut Applier<'_>, step_index: StepIndex) -> Result<StepEnd, StoreError> {
    let step = &applier.workflow.steps[step_index];
    let now = applier.core.clock.now_ms();
    let state = applier.state(step_index);
    state.started.get_or_insert(now);
    state.status = Status::Applying;
    let child = match state.child {
        Some(child) => Some(child),
        None => match start(applier, step_index).await? {
            Ok(child) => child,
            Err(problem) => {
                let now = applier.core.clock.now_ms();
                let state = applier.state(step_index);
                state.status = Status::Failed;
                state.ended = Some(now);
                state.why = Some(problem.clone());
                applier.tell_scope(step_index);
                return Ok(StepEnd::Failed(vec![problem]));
            }
        },
    };
    let ended = match child {
        None => None,
        Some(child) => match wait_aside(applier, child).await? {
            Wait::Rests(run) => Some(*run),
            Wait::Late(problem) => {
                // The called run goes on: it has a time limit of its own.
                let now = applier.core.clock.now_ms();
                let state = applier.state(step_index);
                state.status = Status::Failed;
                state.ended = Some(now);
                state.why = Some(problem.clone());
                let number = u16::try_from(step_index).unwrap_or(u16::MAX);
                applier.log.note(Event::StepEnded { step: number, status: Status::Failed.as_str().into() });
                applier.tell_scope(step_index);
                return Ok(if ends_the_run(&problem) {
                    StepEnd::Stopped(problem)
                } else {
                    StepEnd::Failed(vec![problem])
                });
            }
            Wait::Asked => {
                return Ok(applier.stop().unwrap_or(StepEnd::Done));
            }
        },
    };
    // A called run that ended because this one was stopped is no failure of the step.
    let stopped = ended.as_ref().is_some_and(|run| run.status == Status::Cancelled);
    if let Some(end) = applier.stop().filter(|_| stopped) {
        return Ok(end);
    }
    let now = applier.core.clock.now_ms();
    let number = u16::try_from(step_index).unwrap_or(u16::MAX);
    let state = applier.state(step_index);
    state.ended = Some(now);
    state.counts.clear();
    let (status, why) = match &ended {
        // Its `if` did not hold.
        None => (Status::SucceededNoChange, None),
        Some(run) if run.status == Status::Held => (Status::Held, Some(Problem::new("called_run_held"))),
        Some(run) => (run.status, run.why.first().cloned()),
    };
    state.status = status;
    state.why = why.map(|why| ended.iter().fold(why, |why, run| why.arg("run", run.run.to_string())));
    if let Some(run) = &ended {
        for words in run.counts.0.values() {
            for (word, count) in words {
                *state.counts.entry(word.clone()).or_default() += count;
            }
        }
    }
    let failed = (status == Status::Failed || status == Status::Cancelled).then(|| state.why.clone()).flatten();
    applier.log.note(Event::StepEnded { step: number, status: status.as_str().into() });
    applier.tell_scope(step_index);
    Ok(match failed {
        Some(why) => StepEnd::Failed(vec![why, Problem::new("step_failed").arg("step", step.id.clone())]),
        None => StepEnd::Done,
    })
}

/// Accepts the run; `None` when the step's `if` does not hold.
async fn start(applier: &mut Applier<'_>, step_index: StepIndex) -> Result<Result<Option<RunId>, Problem>, StoreError> {
    let step = &applier.workflow.steps[step_index];
    let Some(name) = step.callee().map(ToString::to_string) else { return Ok(Ok(None)) };
    if let Some(condition) = &step.condition {
        match condition.test(&applier.scope) {
            Ok(true) => {}
            Ok(false) => return Ok(Ok(None)),
            Err(problem) => return Ok(Err(problem)),
        }
    }
    let inputs = match step.with.evaluate(&applier.scope) {
        Ok(params) => params.values.iter().map(|(name, value)| (name.clone(), value.to_json())).collect(),
        Err(problem) => return Ok(Err(problem)),
    };
    let run = &applier.log.run;
    let Some(chain) = run.leads_to(&name) else {
        return Ok(Err(Problem::new("calls_itself").arg("workflow", name)));
    };
    let now = applier.core.clock.now_ms();
    let trigger = Trigger::new(TriggerKind::Workflow, run.trigger.actor.clone(), now);
    let trigger = Trigger { parent: Some(run.run), chain, ..trigger };
    let held = groups_of_callers(applier).await?;
    // Whoever approved the caller's plan, by `--yes` too, did not see this one: it has a gate of its own.
    // It reads what both may: its caller names the files, and whoever activated it has said which of its inputs are files.
    let fenced = run.fenced.then_some(true);
    let request = Request { inputs, fenced, ..Request::new(&name, trigger) };
    // What waits is written first, so that a refusal of the next commit is about the called run alone.
    applier.log.commit().await?;
    for _ in 0..accept::TRIES {
        let mut accepted = match accept::prepare(applier.core, request.clone()).await {
            Ok(accepted) => accepted,
            Err(Refused::Store(error)) => return Err(error),
            Err(refused) => return Ok(Err(refused.within("call_refused"))),
        };
        if held.contains(&accepted.run.group) || waits_for_us(applier, &accepted.run.group, &held).await? {
            // It would wait for a group that one of its callers holds, or for a run that waits for one of them.
            let group = accepted.run.group;
            return Ok(Err(Problem::new("call_same_group").arg("workflow", name).arg("group", group)));
        }
        let child = accepted.run.run;
        let before = applier.log.run.clone();
        applier.state(step_index).child = Some(child);
        applier.log.note(Event::Called { step: u16::try_from(step_index).unwrap_or(u16::MAX), run: child });
        applier.log.along(accepted.batch()?);
        match applier.log.commit().await {
            Ok(()) => {
                applier.core.start(accepted.run);
                return Ok(Ok(Some(child)));
            }
            Err(error) => {
                applier.core.forget_number(&accepted.run.workflow);
                // Another node has given this number out. Nothing was written: once more from where it was.
                if !matches!(error, StoreError::Conflict) {
                    return Err(error);
                }
                applier.log.run = before;
            }
        }
    }
    Err(StoreError::Conflict)
}

/// Whether the run that works in this group waits for a called one in a group that we hold.
async fn waits_for_us(applier: &Applier<'_>, group: &str, held: &[String]) -> Result<bool, StoreError> {
    let (store, tenant) = (&*applier.core.store, &applier.core.tenant);
    let theirs = runs::working(store, tenant, Some(group)).await?;
    let theirs = theirs.iter().filter(|run| run.status == Status::Applying);
    let called =
        theirs.flat_map(|run| run.steps.iter().filter(|step| step.ended.is_none())).filter_map(|step| step.child);
    let called = runs::get_many(store, tenant, called.collect::<Vec<_>>()).await?;
    Ok(called.iter().any(|run| !run.status.is_end() && held.contains(&run.group)))
}

/// The groups that the caller, and whoever called it, hold while the called run is waited for.
async fn groups_of_callers(applier: &Applier<'_>) -> Result<Vec<String>, StoreError> {
    let core = applier.core;
    let mut groups = vec![applier.log.run.group.clone()];
    let mut trigger = applier.log.run.trigger.clone();
    while let Some(parent) = trigger.caller() {
        let Some(caller) = runs::get(&*core.store, &core.tenant, parent).await? else { break };
        groups.push(caller.group);
        trigger = caller.trigger;
    }
    Ok(groups)
}

enum Wait {
    Rests(Box<Run>),
    Asked,
    /// The caller's time, or the step's, is over.
    Late(Problem),
}

/// Waits as [`wait`] does. Meanwhile the caller has no place among the runs at work: the called run wants one, and so does
/// whoever is ahead of it.
async fn wait_aside(applier: &mut Applier<'_>, child: RunId) -> Result<Wait, StoreError> {
    applier.progress.rest();
    let waited = wait(applier, child).await?;
    at_work::take_place(applier.core, applier.progress, applier.ledger.len() as u64).await;
    Ok(waited)
}

/// Waits until the run is over, held or paused, or until the caller is asked to stop.
async fn wait(applier: &mut Applier<'_>, child: RunId) -> Result<Wait, StoreError> {
    // It may want to write what this one writes.
    applier.lend().await?;
    let core = applier.core;
    let mut asked = false;
    loop {
        let changes = core.store.changed();
        let run = runs::get(&*core.store, &core.tenant, child).await?;
        let run = run.ok_or_else(|| StoreError::Corrupt(format!("the called run {child} is missing")))?;
        if run.status.is_end() || run.status == Status::Held {
            return Ok(Wait::Rests(Box::new(run)));
        }
        if let Some(request) = applier.progress.asked()
            && !asked
        {
            asked = true;
            core.ask(child, request.clone()).await?;
            match (run.status, request.ask) {
                // Nobody works on it: it goes on to its end, which is where it is cancelled.
                (Status::Paused, Ask::Cancel) => core.go_on(run, &request.by).await?,
                (Status::Paused, Ask::Pause) => return Ok(Wait::Asked),
                _ => {}
            }
        } else if asked && run.status == Status::Paused {
            return Ok(Wait::Asked);
        }
        if let Some(problem) = applier.progress.late() {
            return Ok(Wait::Late(problem));
        }
        if applier.progress.stop() == Some(Stop::Leaving) {
            return Ok(Wait::Asked);
        }
        tokio::select! {
            () = changes => {}
            () = tokio::time::sleep(std::time::Duration::from_secs(1)) => {}
        }
    }
}
