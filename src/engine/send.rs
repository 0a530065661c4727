//! Messages: steps that send something to people, in `steps` and in `finally`, and the reads of `finally`.
//!
//! A message is announced alone, on disk, before it is sent. When its answer is lost, in a live run or by a crash, nobody
//! knows whether people saw it; it is not sent again unless the step says `on_unknown: resend`.

use std::collections::HashMap;

use idflow_sdk::{Call, Effect, ErrorKind, Problem, ReadRequest};
use serde_json::json;

use super::{Core, retry, writer::Writer};
use crate::{
    model::{
        event::Event,
        id::RunId,
        run::{Run, Status},
    },
    store::{Batch, StoreError, follow, runs},
    workflow::compiled::{Scope, Step, Workflow},
};

/// What the journal says about the messages of a run, by step and what they are about: `None`, announced; else what went
/// wrong with it, if anything.
#[derive(Debug, Default)]
pub(super) struct Messages(HashMap<(String, String), Option<Option<Problem>>>);

impl Messages {
    /// Reads the journal.
    pub async fn read(core: &Core, run: RunId) -> Result<Self, StoreError> {
        let mut messages = HashMap::new();
        for entry in runs::read_journal(&*core.store, &core.tenant, run).await? {
            match entry.event {
                Event::Sending { step, about } => drop(messages.insert((step.into(), about.into()), None)),
                Event::Sent { step, about, problem, .. } => {
                    drop(messages.insert((step.into(), about.into()), Some(problem)));
                }
                _ => {}
            }
        }
        Ok(Self(messages))
    }
}

/// Carries a sending step out; gives what went wrong.
pub(super) async fn step(
    core: &Core,
    log: &mut Writer,
    messages: &mut Messages,
    workflow: &Workflow,
    step: &Step,
    scope: &Scope,
    about: &str,
) -> Result<Option<Problem>, StoreError> {
    let name = (step.id.clone(), about.to_string());
    let announced = match messages.0.get(&name) {
        Some(Some(told)) => return Ok(told.clone()),
        Some(None) => true,
        None => false,
    };
    // A read leaves nothing behind: it is announced to nobody, and after a crash it is simply done again.
    let reads = step.action.effect == Effect::Read;
    let now = core.clock.now_ms();
    log.state(&step.id).started.get_or_insert(now);
    let wanted = match &step.condition {
        None => Ok(true),
        Some(condition) => condition.test(scope),
    };
    let outcome = match wanted {
        Ok(false) => None,
        Err(problem) => Some((Some(problem), Vec::new())),
        Ok(true) if announced && !step.resend => Some((Some(Problem::new("message_unknown")), Vec::new())),
        Ok(true) if reads => Some(read(core, log, workflow, step, scope).await),
        Ok(true) if step.calls.is_some() => Some((start(core, log, step, scope)?, Vec::new())),
        Ok(true) => {
            if !announced {
                log.note(Event::Sending { step: step.id.clone().into(), about: about.to_string().into() });
                log.commit().await?;
            }
            Some(send(core, log, workflow, step, scope).await)
        }
    };
    let now = core.clock.now_ms();
    let state = log.state(&step.id);
    state.ended = Some(now);
    state.status = Status::Succeeded;
    let Some((problem, warnings)) = outcome else {
        state.status = Status::SucceededNoChange;
        return Ok(None);
    };
    if let Some(problem) = &problem {
        state.status = Status::Failed;
        state.why = Some(problem.clone());
    }
    messages.0.insert(name, Some(problem.clone()));
    log.run.notices.extend(warnings.iter().cloned());
    if reads {
        return Ok(problem);
    }
    log.note(Event::Sent {
        step: step.id.clone().into(),
        about: about.to_string().into(),
        problem: problem.clone(),
        warnings,
    });
    Ok(problem)
}

/// Another workflow from `finally`: noted in the commit that ends this run, so that it starts once. This run does not wait for
/// it, which is why they may share a group.
fn start(core: &Core, log: &mut Writer, step: &Step, scope: &Scope) -> Result<Option<Problem>, StoreError> {
    let Some(name) = step.calls.clone() else { return Ok(None) };
    let inputs = match step.with.evaluate(scope) {
        Ok(params) => params.values.iter().map(|(name, value)| (name.clone(), value.to_json())).collect(),
        Err(problem) => return Ok(Some(problem)),
    };
    let mut chain = log.run.trigger.chain.clone();
    chain.push(log.run.workflow.clone());
    if chain.contains(&name) {
        return Ok(Some(Problem::new("calls_itself").arg("workflow", name)));
    }
    let at = core.clock.now_ms();
    let mut along = Batch::default();
    let due = follow::Due { workflow: name, parent: log.run.run, chain, at, inputs: Some(inputs) };
    follow::note(&mut along, &core.tenant, &due)?;
    log.along(along);
    Ok(None)
}

/// A read in `finally`: to its end, so that its problems are found. Nothing is kept of it.
async fn read(
    core: &Core,
    log: &Writer,
    workflow: &Workflow,
    step: &Step,
    scope: &Scope,
) -> (Option<Problem>, Vec<Problem>) {
    let alias = &workflow.connections[step.connection];
    let connection = match core.connect.open(&alias.reference, alias.connector.name).await {
        Ok(connection) => connection,
        Err(problem) => return (Some(problem), Vec::new()),
    };
    let params = match step.with.evaluate(scope) {
        Ok(params) => params,
        Err(problem) => return (Some(problem), Vec::new()),
    };
    let mut attempt = 1;
    loop {
        let context = log.context();
        let request = ReadRequest { action: step.action, params: params.clone() };
        let read = async {
            let mut reader = connection.read(&context, request).await?;
            while reader.next().await?.is_some() {}
            Ok::<_, idflow_sdk::Error>(reader.summary())
        };
        let error = match read.await {
            Ok(summary) if summary.complete => return (None, summary.notices),
            Ok(summary) => {
                let why = summary.incomplete_because.unwrap_or_else(|| Problem::new("read_incomplete"));
                return (Some(why), summary.notices);
            }
            Err(error) => error,
        };
        attempt += 1;
        match retry::wait(&step.retry, &error, attempt, core.random()) {
            Some(span) => {
                context.meter.retry();
                core.clock.sleep(span).await;
            }
            None => return (Some(*error.problem), Vec::new()),
        }
    }
}

/// One message, repeated only when it certainly was not sent.
async fn send(
    core: &Core,
    log: &Writer,
    workflow: &Workflow,
    step: &Step,
    scope: &Scope,
) -> (Option<Problem>, Vec<Problem>) {
    let alias = &workflow.connections[step.connection];
    let connection = match core.connect.open(&alias.reference, alias.connector.name).await {
        Ok(connection) => connection,
        Err(problem) => return (Some(problem), Vec::new()),
    };
    let params = match step.with.evaluate(scope) {
        Ok(params) => params,
        Err(problem) => return (Some(problem), Vec::new()),
    };
    let mut attempt = 1;
    loop {
        let context = log.context();
        let call = Call { action: step.action, params: &params, objects: Vec::new() };
        let error = match connection.apply(&context, call).await.pop() {
            Some(Ok(applied)) => return (None, applied.warnings),
            Some(Err(error)) => error,
            // Whether people saw it is not known, and nobody looks it up.
            None => return (Some(Problem::new("message_unknown")), Vec::new()),
        };
        attempt += 1;
        let again = error.kind != ErrorKind::Unknown || step.resend;
        match retry::wait(&step.retry, &error, attempt, core.random()) {
            Some(span) if again => {
                context.meter.retry();
                core.clock.sleep(span).await;
            }
            _ if error.kind == ErrorKind::Unknown => return (Some(Problem::new("message_unknown")), Vec::new()),
            _ => return (Some(*error.problem), Vec::new()),
        }
    }
}

/// What the steps of `finally` can read: the run as it ends, or is put on hold, in this state.
pub(super) fn closing(core: &Core, scope: &Scope, run: &Run, about: Status) -> Scope {
    let mut scope = scope.clone();
    let errors: Vec<serde_json::Value> = run
        .errors
        .iter()
        .map(|group| (group.count, &group.problem))
        .chain(run.why.iter().filter(|_| run.errors.is_empty()).map(|problem| (1, problem)))
        .map(|(count, problem)| {
            let words = core.connect.words(problem);
            json!({"count": count, "code": words.code, "reason": words.reason, "hint": words.hint})
        })
        .collect();
    let mut totals: std::collections::BTreeMap<&str, u64> = std::collections::BTreeMap::new();
    for words in run.counts.0.values() {
        for (word, number) in words {
            *totals.entry(word).or_default() += number;
        }
    }
    let place = &mut scope.root["run"];
    place["status"] = about.as_str().into();
    place["status_text"] = core.connect.status_text(about).into();
    place["counts"] = json!(totals);
    place["waiting_removals"] = run.waiting.into();
    place["top_errors"] = errors.into();
    scope
}
