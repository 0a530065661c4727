//! Items of runs that no rule could decide.

use idflow_sdk::{Kind, Problem};

use crate::app::{App, AppError, plan_view::Lens};
use crate::{
    contract::matching::{Candidate, Undecided},
    engine::Connect,
    model::{
        change::{Planned, Row},
        run::{Mode, Run, Status},
    },
    reconcile::{
        decisions::{BESIDE, CANDIDATES},
        person::OTHER_PERSON,
    },
    store::{
        catalogue,
        decisions::{self, Choice, Decision},
        runs,
    },
    workflow::compiled::Workflow,
};

/// How many runs of a workflow are looked at to find the newest plan.
pub(super) const MOST_RUNS: usize = 50;

/// An object that some run left undecided.
pub(super) struct Open {
    pub(super) workflow: String,
    pub(super) connection: String,
    pub(super) with: String,
    pub(super) kind: Kind,
    /// The object's key in `connection`, or, where that is the system that is written, the keys that it could have there.
    pub(super) source: String,
    pub(super) by_target: bool,
    /// It would be made beside objects of its name.
    pub(super) beside: bool,
    pub(super) shown: Undecided,
}

impl Open {
    /// Whether a decision between these two connections is about this object. One about an account that several could have is
    /// about whom it names.
    pub(super) fn concerns(&self, decision: &Decision) -> bool {
        let named = match &decision.choice {
            Choice::Link(other) | Choice::Never(other) => **other == *self.source,
            Choice::Create | Choice::Ignore => true,
        };
        self.is_between(decision) && self.keys().contains(&&*decision.key) && (named || !self.by_target)
    }

    /// Whether a decision gives what this object could be to another one.
    pub(super) fn gives_away(&self, decision: &Decision, candidate: &str) -> bool {
        let other = matches!(&decision.choice, Choice::Link(other) if **other != *self.source);
        self.by_target && other && self.is_between(decision) && *decision.key == *candidate
    }

    fn is_between(&self, decision: &Decision) -> bool {
        decision.connection == self.connection && decision.with == self.with && decision.kind == self.kind
    }

    pub(super) fn keys(&self) -> Vec<&str> {
        match self.by_target {
            true => self.shown.candidates.iter().map(|one| one.key.as_str()).collect(),
            false => vec![&self.source],
        }
    }
}

impl App {
    /// Whether somebody has to say first whose an account of a connection is.
    pub(in crate::app) async fn is_in_doubt(&self, connection: &str, key: &str) -> Result<bool, AppError> {
        let may_be = |run: &Run| run.ended.is_none() || run.counts.get(Kind::User, "ambiguous") > 0;
        let key = key.to_lowercase();
        let open = self.open_items_of(may_be).await?.into_iter();
        // A namesake for whom another one would be made is no doubt about whose his account is.
        let mut open = open.filter(|open| open.kind == Kind::User && open.connection == connection && !open.beside);
        Ok(open.any(|open| open.keys().iter().any(|one| one.to_lowercase() == key)))
    }

    /// What the newest plan of each workflow left undecided.
    pub(super) async fn open_items(&self) -> Result<Vec<Open>, AppError> {
        self.open_items_of(|_| true).await
    }

    /// The same of runs that may have left something.
    async fn open_items_of(&self, may_have: impl Fn(&Run) -> bool) -> Result<Vec<Open>, AppError> {
        let mut found = Vec::new();
        for workflow in catalogue::workflows(&*self.store, &self.tenant).await? {
            let newest = runs::list(&*self.store, &self.tenant, Some(&workflow.id), MOST_RUNS).await?;
            let has_plan = |run: &&Run| run.plan.is_some() && run.status != Status::Planning;
            let Some(run) = newest.iter().find(has_plan) else { continue };
            if !may_have(run) {
                continue;
            }
            let Ok(compiled) = self.workflow_of(run).await else { continue };
            let mut reader = self.reader(run, false, false).await?;
            while let Some(rows) = reader.next(&*self.store).await? {
                for (number, row) in &rows {
                    let Some(problem) = question(run, row) else { continue };
                    let place = (*number, row, problem);
                    let Some(mut open) = self.open_item(run, &compiled, &reader.lens, place) else { continue };
                    // People of the directory are told apart by their accounts.
                    if open.by_target && open.with == self.directory_name() {
                        open.shown.name = self.person(open.kind, &open.source).await?;
                        if open.kind == Kind::User {
                            open.shown.at = self.home_of(&open.source).await?;
                        }
                    }
                    found.push(open);
                }
            }
        }
        Ok(found)
    }

    fn open_item(
        &self,
        run: &Run,
        workflow: &Workflow,
        lens: &Lens,
        (number, row, problem): (usize, &Row, &Problem),
    ) -> Option<Open> {
        // The old end of a changed key is shown with the new one.
        let asked = !row.removes || problem.code == OTHER_PERSON;
        if !asked || problem.code == "key_changed" && problem.get("old") == Some(&*row.source) {
            return None;
        }
        let step = workflow.steps.get(usize::from(row.step))?;
        let name = |step: &crate::workflow::compiled::Step| {
            let alias = workflow.alias_of(step.uses()?);
            Some(self.connections.link_name(&alias.reference, alias.connector.name))
        };
        let source = name(workflow.steps.get(step.writing()?.foreach.step)?)?;
        let target = name(step)?;
        let by_target = decisions::by_target(&source, &self.directory_name());
        let (connection, with) = if by_target { (target, source) } else { (source, target) };
        let candidates: Vec<Candidate> =
            problem.get(CANDIDATES).and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let item = lens.item(number, row, None);
        let error = item.error.or_else(|| item.warnings.into_iter().find(|warning| *warning.code == *problem.code));
        let key = match (by_target, candidates.as_slice()) {
            (false, _) => Some(row.source.to_string()),
            (true, [one]) => Some(one.key.clone()),
            (true, _) => None,
        };
        let shown = Undecided {
            run: run.run.to_string(),
            workflow: workflow.id.clone(),
            connection: connection.clone(),
            with: with.clone(),
            kind: row.kind.as_str().into(),
            key,
            name: row.name.to_string(),
            at: row.at.as_deref().map(ToString::to_string),
            item: item.key,
            error,
            candidates,
            decided: Vec::new(),
        };
        let (source, beside) = (row.source.to_string(), *problem.code == *BESIDE);
        Some(Open { workflow: workflow.id.clone(), connection, with, kind: row.kind, source, by_target, beside, shown })
    }
}

/// What a row leaves to a person: it is ambiguous, or would be made beside objects of its name by a plan that nobody has
/// approved.
fn question<'r>(run: &Run, row: &'r Row) -> Option<&'r Problem> {
    let waits = run.status == Status::Held || run.mode == Mode::Plan;
    match &row.planned {
        Planned::Ambiguous(problem) => Some(problem),
        Planned::Do if waits => row.warnings.iter().find(|warning| *warning.code == *BESIDE),
        _ => None,
    }
}
