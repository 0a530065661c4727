//! What every step of a run that writes works with, and what all of them do with it: the scope is told of a step, answers become
//! events and links, systems are lent while a called run is waited for.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use idflow_sdk::{Context, FieldId, Problem};

use super::{
    Core,
    ledger::Ledger,
    look::WAS_THERE,
    message_steps::Messages,
    not_made,
    owned::{self, Owned},
    progress::{Progress, Stop},
    remember,
    session::{Answer, Session},
    writer::Writer,
};
use crate::{
    model::{
        change::RowIndex,
        event::{Event, Outcome},
        run::{Ask, Mark, StepState},
    },
    store::{Batch, StoreError, last_writers},
    workflow::{
        compiled::{StepIndex, Workflow},
        scope::{Scope, StepFacts},
    },
};

pub(super) struct Applier<'a> {
    pub core: &'a Arc<Core>,
    pub workflow: &'a Workflow,
    pub log: &'a mut Writer,
    pub messages: &'a mut Messages,
    /// Under which calls are made.
    pub owned: Arc<Owned>,
    /// The systems that the workflow writes.
    pub written: &'a BTreeSet<String>,
    /// Who had written last to them when they were given back, for a called run.
    pub given_back: Option<BTreeMap<String, Mark>>,
    pub ledger: Ledger,
    /// Announced rows that were handed in as a job before a restart.
    pub jobs: HashMap<usize, Arc<str>>,
    /// Whether the store says that a job may be at work.
    pub left: bool,
    pub scope: Scope,
    pub context: Context,
    pub progress: &'a Arc<Progress>,
    /// The plan is out of date: what was announced is only looked at, and nothing more is written.
    pub stale: bool,
}

impl Applier<'_> {
    /// What later conditions and messages can read of a step.
    pub(super) fn tell_scope(&mut self, step_index: StepIndex) {
        let id = self.workflow.steps[step_index].id.clone();
        let Some(state) = self.log.run.steps.iter().find(|state| state.step == id) else { return };
        self.scope.tell_step(&id, &StepFacts::new(state.status, &state.counts));
    }

    /// How a step ends when the run is to stop.
    pub(super) fn stop(&self) -> Option<StepEnd> {
        Some(match self.progress.stop()? {
            Stop::Asked(asked) => match asked.ask {
                Ask::Cancel => StepEnd::Stopped(Problem::new("cancelled").arg("by", asked.by)),
                Ask::Pause => StepEnd::Paused(asked.by),
            },
            Stop::Late(problem) if ends_the_run(&problem) => StepEnd::Stopped(problem),
            Stop::Late(problem) => StepEnd::Failed(vec![problem]),
            Stop::Leaving => StepEnd::Left,
        })
    }

    pub(super) fn state(&mut self, step_index: StepIndex) -> &mut StepState {
        self.log.state(&self.workflow.steps[step_index].id)
    }

    /// Gives back what is written while a called run is waited for.
    pub(super) async fn lend(&mut self) -> Result<(), StoreError> {
        if self.given_back.is_none() {
            let written = self.written.iter().cloned().collect();
            self.given_back = Some(last_writers::of(&*self.core.store, &self.core.tenant, written).await?);
        }
        self.owned.give_systems_back().await;
        Ok(())
    }

    /// Takes back what was lent. When somebody else has written there meanwhile, the plan is out of date.
    pub(super) async fn take_back(&mut self) -> Result<(), StoreError> {
        let Some(before) = self.given_back.take() else { return Ok(()) };
        self.owned.take(&self.log.run, self.written, self.progress, &mut false).await?;
        let written = self.written.iter().cloned().collect();
        self.stale |= owned::others_wrote(self.core, self.log.run.run, written, &before).await?;
        Ok(())
    }

    /// The events of these answers, with what the links remember in `links`.
    pub(super) async fn answers(
        &mut self,
        session: &Session<'_>,
        mut answers: Vec<Answer>,
        links: &mut Batch,
    ) -> Result<Vec<Event>, StoreError> {
        for answer in &mut answers {
            self.log.witness(links, Some(answer.row), std::mem::take(&mut answer.exchanges))?;
            if answer.outcome.is_good() && !answer.left_out.is_empty() {
                answer.warnings.extend(not_made::since_the_plan(self.workflow, &self.ledger, answer.row as usize));
            }
        }
        let written: Vec<(usize, Vec<FieldId>)> = answers
            .iter()
            .filter(|answer| answer.outcome.is_good() || answer.made)
            // Its link stays as it was.
            .filter(|answer| !answer.warnings.iter().any(|warning| warning.code == WAS_THERE))
            .map(|answer| (answer.row as usize, answer.left_out.clone()))
            .collect();
        self.remember(session, &written, links).await?;
        let done = |answer: Answer| Event::Done {
            row: answer.row,
            attempt: answer.attempt,
            outcome: answer.outcome,
            ms: answer.ms,
            left_out: answer.left_out,
            warnings: answer.warnings,
        };
        Ok(answers.into_iter().map(done).collect())
    }

    /// What the links remember of these rows.
    pub(super) async fn remember(
        &self,
        session: &Session<'_>,
        written: &[(usize, Vec<FieldId>)],
        links: &mut Batch,
    ) -> Result<(), StoreError> {
        remember::done(self.core, self.workflow, &session.pair, self.ledger.rows(), written, links).await
    }

    /// Marks what is left of these rows as not attempted. Of those that were announced before a restart nobody knows.
    pub(super) async fn not_attempted(&mut self, rows: &[usize], why: &Problem) -> Result<(), StoreError> {
        let left: Vec<usize> =
            rows.iter().copied().filter(|at| self.ledger.row(*at).writes() && !self.ledger.is_over(*at)).collect();
        for group in left.chunks(512) {
            for at in group {
                let outcome = match self.ledger.is_announced(*at) {
                    true => Outcome::Failed(Problem::new("lost_answer")),
                    false => Outcome::NotAttempted(why.clone()),
                };
                self.log.note(Event::Done {
                    row: RowIndex::try_from(*at).unwrap_or(RowIndex::MAX),
                    attempt: 0,
                    outcome: outcome.clone(),
                    ms: 0,
                    left_out: Vec::new(),
                    warnings: Vec::new(),
                });
                self.ledger.close(*at, outcome);
            }
            if self.log.is_heavy() {
                self.log.commit().await?;
            }
        }
        Ok(())
    }
}

/// Whether a reason to stop ends the run, and not a step alone.
pub(super) fn ends_the_run(problem: &Problem) -> bool {
    matches!(&*problem.code, "run_timeout" | "means_another" | "leads_elsewhere")
}

/// How a step ended.
pub(super) enum StepEnd {
    Done,
    Failed(Vec<Problem>),
    Stopped(Problem),
    Paused(String),
    Left,
}
