//! Items of runs that no rule could decide.
//!
//! A question stands until it is decided, or until a run that looked at its object does not ask any more. Runs by events, uploaded
//! files and repetitions look at a part: they say nothing about anybody else.

use std::collections::HashSet;

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
    workflow::compiled::{Step, Workflow},
};

/// How many headers of runs are read at once, and how often, to find the newest plan that looked at everything.
const PAGE: usize = 50;
const MOST_PAGES: usize = 40;

/// An object of which a plan speaks: its kind, its key in the source, and the connection that is written.
type About = (Kind, Box<str>, String);

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

    /// What the newest plans of each workflow left undecided.
    pub(super) async fn open_items(&self) -> Result<Vec<Open>, AppError> {
        self.open_items_of(|_| true).await
    }

    /// The same of runs that may have left something.
    async fn open_items_of(&self, may_have: impl Fn(&Run) -> bool) -> Result<Vec<Open>, AppError> {
        let mut found = Vec::new();
        for workflow in catalogue::workflows(&*self.store, &self.tenant).await? {
            let plans = self.plans_of(&workflow.id).await?;
            let Some(oldest) = plans.iter().rposition(&may_have) else { continue };
            let mut told = HashSet::new();
            for (at, run) in plans[..=oldest].iter().enumerate() {
                let told_by_it = self.open_of_plan(run, at < oldest, &told, &mut found).await?;
                told.extend(told_by_it);
            }
        }
        Ok(found)
    }

    /// The plans that say what is open in a workflow, the newest first: the last one that looked at everything, and those that
    /// looked at a part since.
    async fn plans_of(&self, workflow: &str) -> Result<Vec<Run>, AppError> {
        let (mut plans, mut before) = (Vec::new(), None);
        for _ in 0..MOST_PAGES {
            let page = runs::before(&*self.store, &self.tenant, Some(workflow), before, PAGE).await?;
            let full = page.len() == PAGE;
            before = page.last().map(|run| run.run);
            for run in page.into_iter().filter(|run| run.plan.is_some() && run.status != Status::Planning) {
                let everything = run.complete && !run.is_part();
                plans.push(run);
                if everything {
                    return Ok(plans);
                }
            }
            if !full {
                break;
            }
        }
        Ok(plans)
    }

    /// What a plan left undecided of what no newer one speaks of (`told`); and, where older ones are looked at as well, of whom it
    /// speaks: what those asked is answered then, or asked again.
    async fn open_of_plan(
        &self,
        run: &Run,
        older_follow: bool,
        told: &HashSet<About>,
        found: &mut Vec<Open>,
    ) -> Result<Vec<About>, AppError> {
        let mut speaks_of = Vec::new();
        let Ok(compiled) = self.workflow_of(run).await else { return Ok(speaks_of) };
        let mut reader = self.reader(run, false, false).await?;
        while let Some(rows) = reader.next(&*self.store).await? {
            for (number, row) in &rows {
                let target = compiled.steps.get(usize::from(row.step)).and_then(|step| self.link_name(&compiled, step));
                let about = (row.kind, row.source.clone(), target.unwrap_or_default());
                let answered = told.contains(&about);
                if older_follow && !is_of_before(row) {
                    speaks_of.push(about);
                }
                let Some(problem) = question(run, row).filter(|_| !answered) else { continue };
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
        Ok(speaks_of)
    }

    /// By which name links know the connection of a step.
    fn link_name(&self, workflow: &Workflow, step: &Step) -> Option<String> {
        let alias = workflow.alias_of(step.uses()?);
        Some(self.connections.link_name(&alias.reference, alias.connector.name))
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
        let source = self.link_name(workflow, workflow.steps.get(step.writing()?.foreach.step)?)?;
        let target = self.link_name(workflow, step)?;
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

/// Whether a row says what a file said of its object before: that was read once more for others.
fn is_of_before(row: &Row) -> bool {
    matches!(&row.planned, Planned::Skipped(problem) if problem.code == "not_for_removals")
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
