//! What is tried for the objects of one call, round after round: a look, the call, what is left of it?

use std::{sync::Arc, time::Duration};

use idflow_sdk::{Call, Context, Error, ErrorKind, ObjectCall, Problem, Record};

use crate::{
    engine::{
        Core,
        flight::{Aside, Performed, Work},
        look::{Next, WAS_THERE, look, mend},
        retry::{self, waits_for},
        written_so_far::MAYBE_DONE,
    },
    model::change::{Action, Row},
};

/// The objects of one call, with what became of each so far.
pub(super) struct Tries<'a> {
    pub work: &'a Work<'a>,
    pub group: &'a [usize],
    pub records: &'a [Record],
    /// What calls are given. Evidence of one call is not mixed with that of others.
    pub context: Context,
    pub results: Vec<Option<Performed>>,
    /// Objects of which a call may have been done although nobody said so.
    pub maybe_done: Vec<bool>,
    /// Objects whose last call nobody answered, and no look has told what became of it.
    unconfirmed: Vec<bool>,
    pub attempt: u16,
}

/// One look and one call, and what they leave to be done.
pub(super) struct Round {
    pub context: Context,
    pub wait: Option<Duration>,
    /// A "later" of the system, or of our own bucket before anything was sent, is no failed attempt.
    pub only_later: bool,
    /// What is waited for, for whoever watches.
    pub shown: &'static str,
    pub left: Vec<(usize, Next)>,
    /// What is looked at once more, without a wait.
    pub late: Vec<(usize, Next)>,
}

impl<'a> Tries<'a> {
    pub(super) fn new(work: &'a Work<'a>, group: &'a [usize], records: &'a [Record], open: &[(usize, Next)]) -> Self {
        let relinked = |row: &Row| row.replaces.as_ref().is_some_and(|ends| ends.1 == row.target);
        Self {
            work,
            group,
            records,
            context: Context { evidence: Arc::default(), ..work.context.clone() },
            results: (0..group.len()).map(|_| None).collect(),
            maybe_done: open
                .iter()
                .map(|(index, next)| matches!(next, Next::Look) || relinked(&work.rows[group[*index]]))
                .collect(),
            unconfirmed: open.iter().map(|(_, next)| matches!(next, Next::Look)).collect(),
            attempt: 1,
        }
    }

    pub(super) fn round(&self) -> Round {
        let context = now(self.work.core, &self.context);
        Round { context, wait: None, only_later: true, shown: "retry", left: Vec::new(), late: Vec::new() }
    }

    fn row(&self, index: usize) -> &'a Row {
        &self.work.rows[self.group[index]]
    }

    /// What an object came to in this round.
    pub(super) fn note(&mut self, round: &Round, index: usize, result: Result<Vec<Problem>, Error>) {
        self.results[index] = Some((result, self.attempt, elapsed(self.work.core, round.context.now_ms)));
    }

    /// It did not work: when is what tried again, if at all?
    fn again(&mut self, round: &mut Round, index: usize, next: Next, error: Error) {
        let later = matches!(error.kind, ErrorKind::RateLimited(_));
        let next_attempt = if later { 1 } else { u32::from(self.attempt) + 1 };
        let policy = &self.work.session.writing.uses.retry;
        let span = retry::wait(policy, &error, next_attempt, self.work.core.random());
        round.shown = waits_for(&error);
        round.only_later &= later;
        self.note(round, index, Err(error));
        if let Some(span) = span {
            round.wait = round.wait.max(Some(span));
            round.left.push((index, next));
        }
    }

    /// Looks at what may have been done, and mends what was made otherwise than wanted. Gives those that are to be called.
    pub(super) async fn look_before(&mut self, round: &mut Round, open: Vec<(usize, Next)>) -> Vec<usize> {
        let mut calls = Vec::new();
        let session = self.work.session;
        for (index, next) in open {
            let row = self.row(index);
            let refused = matches!(next, Next::LookWhy) && row.action == Action::Create;
            let next = match next {
                Next::Look | Next::LookWhy => match look(&round.context, session, row, &self.records[index]).await {
                    Ok(None) => {
                        self.note(round, index, Ok(self.of_refused(refused, index)));
                        continue;
                    }
                    // The refusal that was noted stands: another value of it is somebody else's.
                    Ok(Some(Next::Call)) if refused => continue,
                    Ok(Some(next)) => {
                        // What is there and is to be mended was made.
                        self.unconfirmed[index] &= !matches!(next, Next::Call);
                        next
                    }
                    Err(_) if refused => continue,
                    Err(error) => {
                        self.again(round, index, Next::Look, unconfirmed(error));
                        continue;
                    }
                },
                next => next,
            };
            match next {
                Next::Mend(fields) => match mend(&round.context, session, row, &fields).await {
                    Ok(warnings) => {
                        let warnings = warnings.into_iter().chain(self.of_refused(refused, index)).collect();
                        self.note(round, index, Ok(warnings));
                    }
                    Err(error) => self.again(round, index, Next::Look, error),
                },
                _ => calls.push(index),
            }
        }
        calls
    }

    /// What is told of an object whose making was refused, and that is there: no call of this run can have made it before the
    /// first one. It is the one of the link that it has.
    fn of_refused(&self, refused: bool, index: usize) -> Vec<Problem> {
        let row = self.row(index);
        let own = row.replaces.as_ref().is_some_and(|ends| (&ends.0, &ends.1) == (&row.source, &row.target));
        if refused && own && self.attempt == 1 { vec![Problem::new(WAS_THERE)] } else { Vec::new() }
    }

    /// One call for all of these.
    pub(super) async fn call(&mut self, round: &mut Round, calls: Vec<usize>, aside: &mut Aside) {
        let session = self.work.session;
        let objects = calls
            .iter()
            .map(|index| ObjectCall { key: &self.row(*index).target, record: &self.records[*index] })
            .collect();
        let call = Call { action: session.writing.uses.action, params: &session.params, objects };
        let answers = session.connection.apply(&round.context, call).await;
        for (index, answer) in calls.into_iter().zip(answers) {
            match answer {
                Ok(applied) => {
                    aside.stop = aside.stop.take().or(applied.stop);
                    self.note(round, index, Ok(applied.warnings));
                }
                // It is there by now: a call of before was done late, or somebody else was faster. A look tells.
                Err(error) if error.kind == ErrorKind::Conflict && std::mem::take(&mut self.maybe_done[index]) => {
                    self.note(round, index, Err(error));
                    round.late.push((index, Next::LookWhy));
                }
                Err(error) => {
                    let unknown = error.kind == ErrorKind::Unknown;
                    self.maybe_done[index] |= error.maybe_done();
                    self.unconfirmed[index] |= unknown;
                    self.again(round, index, if unknown { Next::Look } else { Next::Call }, error);
                }
            }
        }
    }

    /// Nobody wants it any more. Of what may have been done one more look tells; what was not done stays announced.
    pub(super) async fn look_at_the_end(&mut self, round: &Round, open: Vec<(usize, Next)>, paused: bool) {
        for (index, next) in open {
            if matches!(next, Next::Call) && !self.maybe_done[index] {
                continue;
            }
            let row = self.row(index);
            let context = now(self.work.core, &round.context);
            let looked = look(&context, self.work.session, row, &self.records[index]).await;
            let refused = matches!(next, Next::LookWhy) && row.action == Action::Create;
            if refused && !matches!(looked, Ok(None)) {
                // The refusal that was noted stands.
                continue;
            }
            let open =
                matches!(looked, Ok(Some(Next::Call))) && (row.action == Action::Create || matches!(next, Next::Call));
            let kind = if open || paused { ErrorKind::Unavailable } else { ErrorKind::Unknown };
            let result = match looked {
                Ok(None) => Ok(Vec::new()),
                _ => Err(Error::new(kind, Problem::new("lost_answer"))),
            };
            self.note(round, index, result);
        }
    }

    pub(super) fn performed(self) -> Vec<Performed> {
        let nothing = || Error::new(ErrorKind::Unexpected, Problem::new("lost_answer"));
        let attempt = self.attempt;
        let ended = |(result, unconfirmed): (Option<Performed>, bool)| {
            let (mut result, attempt, ms) = result.unwrap_or_else(|| (Err(nothing()), attempt, 0));
            if let (Err(error), true) = (&mut result, unconfirmed) {
                error.problem.args.push((MAYBE_DONE.into(), "1".into()));
            }
            (result, attempt, ms)
        };
        self.results.into_iter().zip(self.unconfirmed).map(ended).collect()
    }
}

/// A look whose answer nobody understands tells nothing of the call before it, which may have been done: that is what is said,
/// with the answer beside it, and it is looked again.
fn unconfirmed(error: Error) -> Error {
    match error.kind {
        ErrorKind::Unexpected => {
            let problem = Problem::new("lost_answer_unconfirmed").arg("cause", error.problem.code.to_string());
            Error::new(ErrorKind::Unknown, problem)
        }
        _ => error,
    }
}

fn elapsed(core: &Core, begun: i64) -> u32 {
    u32::try_from(core.clock.now_ms().saturating_sub(begun)).unwrap_or(u32::MAX)
}

/// What a call is given: the time of now, not of when the step began.
pub(super) fn now(core: &Core, context: &Context) -> Context {
    Context { now_ms: core.clock.now_ms(), ..context.clone() }
}
