//! What every part of planning works with: the steps that are wanted, open connections, reads of a target with their repeats.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use idflow_sdk::{Connection, Context, Error, ErrorKind, Kind, Problem};

use crate::{
    engine::{Core, event_reads::Keep, progress::Progress, rests, retry},
    model::definition::Retry,
    store::StoreError,
    workflow::{
        compiled::{Step, StepIndex, Uses, Workflow},
        scope::Scope,
    },
};

/// Why there is no plan: the step, and the first cause.
#[derive(Debug)]
pub(in crate::engine) struct PlanError {
    /// The step that could not be carried out.
    pub step: String,
    /// Why.
    pub problem: Problem,
}

/// Everything one planning needs.
pub(in crate::engine) struct Planner<'a> {
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
    /// The read steps whose file ended with the end of a line at the last good run.
    pub line_ends: BTreeSet<String>,
    /// What this workflow did in the last 24 hours, by word and kind.
    pub today: BTreeMap<(&'static str, Kind), u64>,
    /// What the scope and the match rules were at the last good run, as a digest.
    pub scope_before: String,
    /// Whether the run may keep to what events told.
    pub keep: Keep,
    /// Whether only files are read that are open to the network.
    pub fenced: bool,
}

impl Planner<'_> {
    /// Whether the step's `if` holds.
    pub(super) fn wanted(&self, step: &Step, scope: &Scope) -> Result<bool, PlanError> {
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
    pub(super) fn wanted_so_far(
        &self,
        step: &Step,
        reading: StepIndex,
        scope: &Scope,
    ) -> Result<Option<bool>, PlanError> {
        let name = format!("steps.{}.", self.workflow.steps[reading].id);
        match &step.condition {
            Some(condition) if condition.text().contains(&name) => Ok(None),
            _ => self.wanted(step, scope).map(Some),
        }
    }

    pub(super) fn failed(&self, step: &Step, problem: Problem) -> PlanError {
        PlanError { step: step.id.clone(), problem }
    }

    pub(super) fn store_failed(&self, step: &Step, error: StoreError) -> PlanError {
        self.failed(step, *Error::from(error).problem)
    }

    pub(super) async fn connection(
        &self,
        step: &Step,
        uses: &Uses,
    ) -> Result<(Arc<dyn Connection>, String), PlanError> {
        let alias = self.workflow.alias_of(uses);
        let connection = self
            .core
            .connect
            .open(&alias.reference, alias.connector.name)
            .await
            .map_err(|problem| self.failed(step, problem))?;
        Ok((connection, self.core.connect.link_name(&alias.reference, alias.connector.name)))
    }

    pub(super) async fn retrying<T, F, Fut>(&self, step: &Step, call: F) -> Result<T, PlanError>
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
    pub(super) async fn pause(&self, error: &Error, span: Duration) {
        if matches!(error.kind, ErrorKind::RateLimited(_)) {
            rests::note_all(self.core, self.workflow).await;
        }
        self.progress.wait(&*self.core.clock, retry::waits_for(error), span).await;
    }
}
