//! Messages: steps that send something to people, in `steps` and in `finally`, and the reads of `finally`.
//!
//! A message is announced alone, on disk, before it is sent. When its answer is lost, in a live run or by a crash, nobody
//! knows whether people saw it; it is not sent again unless the step says `on_unknown: resend`.

use std::{collections::HashMap, sync::Arc, time::Duration};

use idflow_sdk::{Call, Connection, ErrorKind, Params, Problem, ReadRequest};

use super::{Core, owned::Owned, progress::Progress, retry, writer::Writer};
use crate::{
    model::{
        event::Event,
        run::{Run, Status},
    },
    store::{Batch, StoreError, after_runs},
    workflow::{
        compiled::{Sending, Step, Uses, Work, Workflow},
        scope::{Scope, TopError},
    },
};

/// What the journal says about the messages of a run, by step and what they are about: `None`, announced; else what went
/// wrong with it, if anything.
#[derive(Debug, Default)]
pub(super) struct Messages(HashMap<(String, String), Option<Option<Problem>>>);

impl Messages {
    /// Takes an event of the journal.
    pub fn take(&mut self, event: &Event) {
        let name = |step: &str, about: &str| (step.to_string(), about.to_string());
        match event {
            Event::Sending { step, about } => drop(self.0.insert(name(step, about), None)),
            Event::Sent { step, about, problem: Some(problem), .. } if problem.code == WITHDRAWN => {
                drop(self.0.remove(&name(step, about)));
            }
            Event::Sent { step, about, problem, .. } => drop(self.0.insert(name(step, about), Some(problem.clone()))),
            _ => {}
        }
    }
}

/// What became of a sending step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sent {
    /// Its `if` did not hold.
    NotWanted,
    /// It was sent.
    Done,
    /// It was not, or nobody knows.
    Problem(Problem),
    /// It was not, and is not any more: the run is to stop.
    Stopped,
}

impl From<Option<Problem>> for Sent {
    fn from(problem: Option<Problem>) -> Self {
        problem.map_or(Self::Done, Self::Problem)
    }
}

/// How long another try is waited for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Patience {
    /// As long as the step may take, and nobody asks the run to stop.
    Step,
    /// The run is over or held: until somebody asks once more than so many times, or nobody waits for such news any more.
    Closing(u64),
}

/// Whoever is told later than this is told something old.
const STALE: Duration = Duration::from_secs(6 * 3600);
/// An announcement that is taken back.
const WITHDRAWN: &str = "message_withdrawn";

/// The messages of a run at one place.
pub(super) struct Errand<'a> {
    pub core: &'a Core,
    pub workflow: &'a Workflow,
    pub progress: &'a Progress,
    pub patience: Patience,
    /// Under which they are sent.
    pub owned: &'a Owned,
    /// The state of the run that they are about; empty for steps before the end.
    pub about: &'a str,
}

impl Errand<'_> {
    /// Carries a sending step out.
    pub async fn step(
        &self,
        log: &mut Writer,
        messages: &mut Messages,
        step: &Step,
        scope: &Scope,
    ) -> Result<Sent, StoreError> {
        let name = (step.id.clone(), self.about.to_string());
        let announced = match messages.0.get(&name) {
            Some(Some(told)) => return Ok(told.clone().into()),
            Some(None) => true,
            None => false,
        };
        // A read leaves nothing behind: it is announced to nobody, and after a crash it is simply done again.
        let (reads, resend) = match &step.work {
            Work::Read(_) => (true, false),
            Work::Send(sending) => (false, sending.resend),
            Work::Write(_) | Work::Call(_) => (false, false),
        };
        let now = self.core.clock.now_ms();
        log.state(&step.id).started.get_or_insert(now);
        let wanted = match &step.condition {
            None => Ok(true),
            Some(condition) => condition.test(scope),
        };
        let outcome = match wanted {
            Ok(false) => None,
            Err(problem) => Some((Some(problem), Vec::new())),
            Ok(true) if announced && !resend => Some((Some(Problem::new("message_unknown")), Vec::new())),
            Ok(true) => match &step.work {
                Work::Read(uses) => match self.read(log, (step, uses), scope).await {
                    Some(outcome) => Some(outcome),
                    None => return Ok(Sent::Stopped),
                },
                Work::Call(workflow) => Some((start(self.core, log, (step, workflow), scope)?, Vec::new())),
                // The compiler keeps loops away from here.
                Work::Write(_) => None,
                Work::Send(sending) => match self.announce_and_send(log, (step, sending), scope, announced).await? {
                    Some(outcome) => Some(outcome),
                    None => {
                        messages.0.remove(&name);
                        return Ok(Sent::Stopped);
                    }
                },
            },
        };
        let now = self.core.clock.now_ms();
        let state = log.state(&step.id);
        state.ended = Some(now);
        state.status = Status::Succeeded;
        let Some((problem, warnings)) = outcome else {
            state.status = Status::SucceededNoChange;
            return Ok(Sent::NotWanted);
        };
        if let Some(problem) = &problem {
            state.status = Status::Failed;
            state.why = Some(problem.clone());
        }
        messages.0.insert(name, Some(problem.clone()));
        log.run.notices.extend(warnings.iter().cloned());
        if reads {
            return Ok(problem.into());
        }
        log.note(Event::Sent {
            step: step.id.clone().into(),
            about: self.about.to_string().into(),
            problem: problem.clone(),
            warnings,
        });
        Ok(problem.into())
    }

    /// Writes down that a message is about to be sent, and sends it. `None`: the run is to stop, and it is taken back.
    async fn announce_and_send(
        &self,
        log: &mut Writer,
        (step, sending): (&Step, &Sending),
        scope: &Scope,
        announced: bool,
    ) -> Result<Option<(Option<Problem>, Vec<Problem>)>, StoreError> {
        if !announced {
            let (step, about) = (step.id.clone().into(), self.about.to_string().into());
            log.note(Event::Sending { step, about });
            log.commit().await?;
        }
        // Announced and not sent: it stays so, for whoever takes over.
        if !self.owned.is_good() {
            return Err(StoreError::Fenced);
        }
        let outcome = self.send(log, (step, sending), scope, announced).await;
        if outcome.is_none() {
            log.note(Event::Sent {
                step: step.id.clone().into(),
                about: self.about.to_string().into(),
                problem: Some(Problem::new(WITHDRAWN)),
                warnings: Vec::new(),
            });
        }
        Ok(outcome)
    }

    /// The connection of a step, and what is handed to its action.
    async fn opened(
        &self,
        (step, uses): (&Step, &Uses),
        scope: &Scope,
    ) -> Result<(Arc<dyn Connection>, Params), Problem> {
        let alias = self.workflow.alias_of(uses);
        let connection = self.core.connect.open(&alias.reference, alias.connector.name).await?;
        Ok((connection, step.with.evaluate(scope)?))
    }

    /// One message, repeated only when it certainly was not sent, unless the step wants it all the same; `None` when the
    /// run is to stop before it was. `maybe_done`: an earlier try may have been sent.
    async fn send(
        &self,
        log: &Writer,
        (step, sending): (&Step, &Sending),
        scope: &Scope,
        mut maybe_done: bool,
    ) -> Option<(Option<Problem>, Vec<Problem>)> {
        let core = self.core;
        let (connection, params) = match self.opened((step, &sending.uses), scope).await {
            Ok(opened) => opened,
            Err(problem) => return Some((Some(problem), Vec::new())),
        };
        let begun = core.clock.now_ms();
        let most = step.timeout.unwrap_or(STALE);
        let mut attempt = 1;
        loop {
            let context = log.context();
            let call = Call { action: sending.uses.action, params: &params, objects: Vec::new() };
            if let (Patience::Step, true) = (self.patience, self.progress.is_stopped() && !maybe_done) {
                return None;
            }
            let error = match connection.apply(&context, call).await.pop() {
                Some(Ok(applied)) => return Some((None, applied.warnings)),
                Some(Err(error)) => error,
                // Whether people saw it is not known, and nobody looks it up.
                None => return Some((Some(Problem::new("message_unknown")), Vec::new())),
            };
            attempt += 1;
            maybe_done |= error.kind == ErrorKind::Unknown;
            let failed = || {
                let problem = if maybe_done { Problem::new("message_unknown") } else { (*error.problem).clone() };
                Some((Some(problem), Vec::new()))
            };
            if error.kind == ErrorKind::Unknown && !sending.resend {
                return failed();
            }
            let Some(span) = retry::wait(&sending.uses.retry, &error, attempt, core.random()) else { return failed() };
            let spent = u64::try_from(core.clock.now_ms().saturating_sub(begun)).unwrap_or(0);
            if Duration::from_millis(spent) + span > most {
                return failed();
            }
            context.meter.retry();
            match self.waits(&error, span).await {
                Waited::Again => {}
                Waited::Enough => return failed(),
                Waited::Stopped if maybe_done => return failed(),
                Waited::Stopped => return None,
            }
        }
    }

    /// A read in `finally`: to its end, so that its problems are found. Nothing is kept of it. `None` when the run is to stop.
    async fn read(
        &self,
        log: &Writer,
        (step, uses): (&Step, &Uses),
        scope: &Scope,
    ) -> Option<(Option<Problem>, Vec<Problem>)> {
        let core = self.core;
        let (connection, params) = match self.opened((step, uses), scope).await {
            Ok(opened) => opened,
            Err(problem) => return Some((Some(problem), Vec::new())),
        };
        if log.run.fenced {
            let alias = self.workflow.alias_of(uses);
            if let Err(problem) = core.connect.may_read(&alias.reference, alias.connector.name, &params).await {
                return Some((Some(problem), Vec::new()));
            }
        }
        let mut attempt = 1;
        loop {
            let context = log.context();
            let request = ReadRequest { action: uses.action, params: params.clone() };
            let read = async {
                let mut reader = connection.read(&context, request).await?;
                while reader.next().await?.is_some() {}
                Ok::<_, idflow_sdk::Error>(reader.summary())
            };
            let error = match read.await {
                Ok(summary) if summary.complete => return Some((None, summary.notices)),
                Ok(summary) => {
                    let why = summary.incomplete_because.unwrap_or_else(|| Problem::new("read_incomplete"));
                    return Some((Some(why), summary.notices));
                }
                Err(error) => error,
            };
            attempt += 1;
            let Some(span) = retry::wait(&uses.retry, &error, attempt, core.random()) else {
                return Some((Some(*error.problem), Vec::new()));
            };
            context.meter.retry();
            match self.waits(&error, span).await {
                Waited::Again => {}
                Waited::Enough => return Some((Some(*error.problem), Vec::new())),
                Waited::Stopped => return None,
            }
        }
    }

    /// Waits before another try.
    async fn waits(&self, error: &idflow_sdk::Error, span: Duration) -> Waited {
        let (clock, why) = (&*self.core.clock, retry::waits_for(error));
        match self.patience {
            Patience::Step => {
                self.progress.wait(clock, why, span).await;
                if self.progress.is_stopped() { Waited::Stopped } else { Waited::Again }
            }
            Patience::Closing(times) => {
                self.progress.wait_or(clock, why, span, self.progress.asked_again(times)).await;
                if self.progress.times_asked() > times {
                    Waited::Enough
                } else if self.progress.is_leaving() {
                    Waited::Stopped
                } else {
                    Waited::Again
                }
            }
        }
    }
}

/// What came of a wait.
enum Waited {
    Again,
    /// Somebody asked again: no other try.
    Enough,
    /// The run is to stop.
    Stopped,
}

/// Another workflow from `finally`: noted in the commit that ends this run, so that it starts once. This run does not wait for
/// it, which is why they may share a group.
fn start(
    core: &Core,
    log: &mut Writer,
    (step, name): (&Step, &str),
    scope: &Scope,
) -> Result<Option<Problem>, StoreError> {
    let inputs = match step.with.evaluate(scope) {
        Ok(params) => params.values.iter().map(|(name, value)| (name.clone(), value.to_json())).collect(),
        Err(problem) => return Ok(Some(problem)),
    };
    let Some(chain) = log.run.leads_to(name) else {
        return Ok(Some(Problem::new("calls_itself").arg("workflow", name)));
    };
    let at = core.clock.now_ms();
    let mut along = Batch::default();
    let (parent, step) = (log.run.run, Some(step.id.to_string()));
    let due = after_runs::Due { workflow: name.into(), parent, chain, step, at, inputs: Some(inputs) };
    after_runs::note(&mut along, &core.tenant, &due)?;
    log.along(along);
    Ok(None)
}

/// What the steps of `finally` can read: the run as it ends, or is put on hold, in this state.
pub(super) fn closing(core: &Core, scope: &Scope, run: &Run, about: Status) -> Scope {
    let errors: Vec<TopError> = run
        .errors
        .iter()
        .map(|group| (group.count, &group.problem))
        .chain(run.why.iter().filter(|_| run.errors.is_empty()).map(|problem| (1, problem)))
        .map(|(count, problem)| {
            let words = core.connect.words(problem);
            TopError { count, code: words.code, reason: words.reason, hint: words.hint }
        })
        .collect();
    let mut scope = scope.clone();
    scope.tell_end(about, core.connect.status_text(about), run.waiting, &errors);
    scope
}
