//! Runs: start, plan, list, show, items, approve.

use std::{cmp::Reverse, collections::BTreeMap};

use idflow_sdk::{Kind, Problem};

use super::{
    App, AppError, Desk, paging, plan_view,
    reader::Reader,
    run_view::{self, reference},
};
use crate::{
    contract::{
        item::{Item, Planned},
        page::{MOST_COUNTED, Page, Written},
        plan::{Plan, PlanGroup, PlanLook, RowFilter},
        run as shown,
        run::{Approve, NewRun, RunFilter, RunRef, RunVerb},
    },
    engine::{Connect, Refused},
    model::{
        change::{Action, Row},
        id::RunId,
        run::{Kept, Mode, Run, Status},
    },
    reconcile::bindings::Counted,
    store::{catalogue, retention, run_index, run_index::Wanted, runs},
    trigger::manual::{self, By},
    workflow::compiled::Workflow,
};

/// The groups in which a plan is shown, in this order: what is done before what is not, removals first: who
/// approves looks at them before anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Sort {
    planned: Planned,
    removes: Reverse<bool>,
    step: u16,
    kind: Kind,
    action: Action,
}

impl Sort {
    fn of(row: &Row) -> Self {
        let planned = plan_view::planned(&row.planned);
        let removes = row.removes && planned == Planned::Do;
        Self { planned, removes: Reverse(removes), step: row.step, kind: row.kind, action: row.action }
    }
}

/// Runs that are told of as started by one, at most; the newest.
const MOST_CHILDREN: usize = 200;

/// How often a run that another node carries out is looked at while somebody waits for it, and how many times: a minute.
const LOOK: std::time::Duration = std::time::Duration::from_millis(250);
const LOOKS: usize = 240;

impl App {
    /// The run that a text names: its id, or `WORKFLOW#NUMBER`.
    ///
    /// # Errors
    /// A text that is neither, a number that no run has.
    pub async fn find_run(&self, text: &str) -> Result<RunId, AppError> {
        let Some((workflow, number)) = text.split_once('#') else {
            return text.parse().map_err(|_: String| AppError::invalid("run_id_invalid").arg("run", text));
        };
        let number = number.parse().map_err(|_| AppError::invalid("run_number_invalid").arg("number", number))?;
        if let Some(found) = runs::by_number(&*self.store, &self.tenant, workflow, number).await? {
            return Ok(found);
        }
        self.is_known(workflow).await?;
        let unknown = AppError::not_found("run_number_unknown").arg("workflow", workflow);
        Err(unknown.arg("number", number.to_string()))
    }

    pub(super) async fn header(&self, run: RunId) -> Result<Run, AppError> {
        let found = runs::get(&*self.store, &self.tenant, run).await?;
        found.ok_or_else(|| AppError::not_found("run_unknown").arg("run", run.to_string()))
    }

    pub(super) async fn workflow_of(&self, run: &Run) -> Result<std::sync::Arc<Workflow>, AppError> {
        let stored = catalogue::version(&*self.store, &self.tenant, &run.workflow, run.version).await?;
        let text = stored.map(|stored| stored.text).unwrap_or_default();
        self.connections.compile(&text).map_err(|message| {
            let error = AppError::conflict("version_broken").arg("version", run.version.to_string());
            error.arg("message", message)
        })
    }

    /// Refuses when the plan of a run could not be computed.
    pub(super) fn has_plan(header: &Run) -> Result<(), AppError> {
        if header.status != Status::Failed || header.plan.is_some() {
            return Ok(());
        }
        let error = AppError::conflict("run_without_plan").arg("workflow", &header.workflow);
        let error = error.arg("no", header.no.to_string()).arg("run", header.run.to_string());
        let first = header.why.first().cloned().unwrap_or(Problem::new("run_broken"));
        Err(error.because(run_view::shown_of(header, &first, false)))
    }
}

/// The next page of rows that fit.
pub(super) async fn rows(
    desk: &Desk<'_>,
    mut reader: Reader,
    limit: usize,
    mut fits: impl FnMut(&Reader, usize, &Row) -> bool,
) -> Result<Page<Item>, AppError> {
    let mut found = Vec::new();
    let mut next = None;
    'all: while let Some(rows) = reader.next(&*desk.store).await? {
        for (number, row) in rows {
            if !fits(&reader, number, &row) {
                continue;
            }
            if found.len() == limit {
                next = Some(number.to_string());
                break 'all;
            }
            found.push((number, row));
        }
    }
    reader.lens.learn(desk, &found.iter().map(|(_, row)| row).collect::<Vec<_>>()).await?;
    let items = found.iter().map(|(number, row)| reader.item(*number, row)).collect();
    Ok(Page { items, next, total: None })
}

/// How many rows a run has, as long as they are kept.
pub(super) fn all_rows(header: &Run) -> Option<u64> {
    (header.kept == Kept::All).then(|| u64::from(header.rows))
}

/// Where a page of numbered rows begins.
pub(super) fn first_row(cursor: Option<&str>, from: Option<u32>) -> Result<u32, AppError> {
    Ok(paging::number(cursor)?.or(from).unwrap_or(0))
}

impl Desk<'_> {
    /// Starts a run and gives it once it is on disk.
    ///
    /// # Errors
    /// See [`crate::engine::Refused`].
    pub async fn start_run(&self, workflow: &str, new: NewRun) -> Result<RunRef, AppError> {
        let judged = self.may_approve_at_start(workflow, new.approve).await?;
        // Its file comes by an upload: whoever starts it over the network has no folder to name.
        if !self.caller.is_operator() && self.reads_uploads(workflow).await? {
            return Err(AppError::conflict("upload_not_run").arg("workflow", workflow));
        }
        self.may_start_reading(workflow, &new.inputs).await?;
        self.may_start_granted(workflow).await?;
        match manual::start(&self.engine, workflow, new, By { judged, ..self.by() }).await {
            Err(Refused::NoWorkflow(id)) => Err(self.no_workflow(&id).await?),
            started => Ok(reference(started?)),
        }
    }

    /// Waits until a run is over or held. Of one that another node carries out it is known by looking; after a minute of that it
    /// is shown as it is then, because nobody may be at work on it.
    ///
    /// # Errors
    /// An unknown run, the store.
    pub async fn wait_run(&self, run: RunId, reveal: bool) -> Result<shown::Run, AppError> {
        for _ in 0..LOOKS {
            let found = self.engine.wait(run).await?;
            if !self.all.shared || found.is_none_or(|found| found.is_at_rest()) {
                break;
            }
            tokio::time::sleep(LOOK).await;
        }
        self.run(run, reveal).await
    }

    /// One run, with the runs that it started or that follow it.
    ///
    /// # Errors
    /// An unknown run, the store.
    pub async fn run(&self, run: RunId, reveal: bool) -> Result<shown::Run, AppError> {
        let reveal = self.reveals(reveal)?;
        // Looked at before the header, too: a header that is read while somebody still works on it may not be the last one, as
        // of a held run whose messages are on their way, and whoever waits must see that.
        let working = self.engine.progress(run);
        let mut header = self.header(run).await?;
        self.count_waiting_now(&mut header).await?;
        let mut view = run_view::view(&header, reveal);
        view.pinned = Some(retention::is_pinned(&*self.store, &self.tenant, run).await?);
        if header.status.is_end() {
            let wanted = Wanted::children(run);
            let mut mine = run_index::find(&*self.store, &self.tenant, &wanted, None, MOST_CHILDREN).await?;
            mine.reverse();
            view.children = Some(mine.iter().map(|run| run_view::brief(run)).collect());
        }
        let moving = matches!(header.status, Status::Queued | Status::Planning | Status::Applying);
        let progress = self.engine.progress(run).or(working);
        // Among several nodes another one may be at it.
        view.abandoned = Some(moving && !self.all.shared && progress.is_none());
        view.progress = progress.map(run_view::progress);
        view.allowed = self.allowed(&header).await;
        Ok(view)
    }

    /// Runs, the newest first.
    ///
    /// # Errors
    /// A wrong cursor, the store.
    pub async fn runs(&self, filter: &RunFilter) -> Result<Page<Written<shown::Run>>, AppError> {
        let limit = paging::limit(filter.limit)?;
        let before =
            filter.cursor.as_deref().map(str::parse).transpose().map_err(|_: String| paging::wrong_cursor())?;
        let wanted = self.wanted(filter)?;
        let mut found = run_index::find(&*self.store, &self.tenant, &wanted, before, limit + 1).await?;
        if let Some(id) = filter.workflow.as_deref().filter(|_| found.is_empty()) {
            self.is_known(id).await?;
        }
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| more).map(|run| run.run.to_string());
        let mut items = Vec::with_capacity(found.len());
        for run in &found {
            items.push(self.all.written_runs.of(run, self.allowed(run).await)?);
        }
        let total = match (before, more) {
            (None, false) => Some(found.len() as u64),
            (None, true) => {
                let count = run_index::count(&*self.store, &self.tenant, &wanted, MOST_COUNTED as u64);
                self.all.uncounted.total((&self.tenant, &wanted), self.now(), count).await?
            }
            (Some(_), _) => None,
        };
        Ok(Page { items, next, total })
    }

    /// What the caller may do with a run as it is now. Whoever is not among those that decide about its steps is not offered
    /// to approve it.
    async fn allowed(&self, run: &Run) -> Vec<RunVerb> {
        let mut allowed = self.caller.verbs_of_run(run);
        if allowed.contains(&RunVerb::Approve) && self.may_decide(run).await.is_err() {
            allowed.retain(|verb| *verb != RunVerb::Approve);
        }
        allowed
    }

    /// The plan of a run: its changes by group, with the first of each.
    ///
    /// # Errors
    /// An unknown run, one without a plan, the store.
    pub async fn plan_of(&self, run: RunId, look: &PlanLook) -> Result<Plan, AppError> {
        // None of them: whoever wants to know only how many there are.
        let limit = look.limit.filter(|wanted| *wanted == 0).map_or_else(|| paging::limit(look.limit), Ok)?;
        let reveal = self.reveals(look.reveal)?;
        let mut header = self.header(run).await?;
        self.count_waiting_now(&mut header).await?;
        App::has_plan(&header)?;
        let mut reader = self.reader(&header, reveal, false).await?;
        let mut groups: BTreeMap<Sort, (u64, Vec<(usize, Row)>)> = BTreeMap::new();
        let mut bindings = Counted::of(&header.source);
        let mut contest = super::contested::Contest::of(self, &header).await?;
        while let Some(rows) = reader.next(&*self.store).await? {
            for (number, row) in rows {
                bindings.count(&row);
                contest.note(&row);
                // Of departments that are made others are members: their names are wanted later.
                if row.kind == Kind::Department {
                    reader.lens.notice(self, &row);
                }
                let (count, first) = groups.entry(Sort::of(&row)).or_default();
                *count += 1;
                if first.len() < limit {
                    first.push((number, row));
                }
            }
        }
        let shown = groups.values().flat_map(|(_, first)| first.iter().map(|(_, row)| row));
        reader.lens.learn(self, &shown.collect::<Vec<_>>()).await?;
        let mut plan = run_view::plan(&header, reveal);
        self.tell_sides(&header, &mut plan).await?;
        plan.bindings = run_view::bindings(&bindings.done());
        plan.contested = contest.done().await?;
        for (sort, (count, first)) in groups {
            plan.groups.push(PlanGroup {
                step: reader.lens.step_name(sort.step).into(),
                kind: sort.kind.as_str().into(),
                action: plan_view::action(sort.action),
                planned: sort.planned,
                removes: sort.removes.0,
                count,
            });
            plan.changes.extend(first.iter().map(|(number, row)| reader.item(*number, row)));
        }
        Ok(plan)
    }

    /// The rows of a plan in their order.
    ///
    /// # Errors
    /// An unknown run, one without a plan, the store.
    pub async fn plan_rows(&self, run: RunId, filter: &RowFilter) -> Result<Page<Item>, AppError> {
        let limit = paging::limit(filter.limit)?;
        let header = self.header(run).await?;
        App::has_plan(&header)?;
        let first = first_row(filter.cursor.as_deref(), filter.from)?;
        let reader = self.reader_from(&header, self.reveals(filter.reveal)?, false, first).await?;
        let page = rows(self, reader, limit, |_, _, _| true).await?;
        Ok(Page { total: all_rows(&header), ..page })
    }

    /// A person approves a held run.
    ///
    /// # Errors
    /// A caller whom `approval.by` of a step does not name; see [`crate::engine::Refused`].
    pub async fn approve_run(&self, run: RunId, approve: &Approve) -> Result<RunRef, AppError> {
        let header = self.header(run).await?;
        self.may_decide(&header).await?;
        // What was looked at here is what is approved: a run that is held only by now, or by another plan, waits for other steps.
        let hash = header.plan.clone().unwrap_or_default();
        match &approve.plan {
            _ if header.status != Status::Held && header.mode == Mode::Plan => {
                return Err(Refused::OnlyPlanned(run, header.workflow).into());
            }
            _ if header.status != Status::Held => return Err(Refused::NotHeld(run, header.status).into()),
            Some(plan) if *plan != hash => return Err(Refused::OtherPlan(run, hash, plan.clone()).into()),
            _ => {}
        }
        self.engine.approve(run, &self.caller.actor, Some(&hash), approve.source_checked).await?;
        Ok(reference(run))
    }

    /// Refuses whoever is not among those that may decide about the steps that a held run waits for.
    async fn may_decide(&self, header: &Run) -> Result<(), AppError> {
        if header.status != Status::Held {
            return Ok(());
        }
        // A limit concerns every step for which the plan has something; a step that always asks says its own name.
        let limit = header.why.iter().any(|why| why.code != "approval_needed");
        let concerned = |id: &str| header.concerns.as_ref().is_none_or(|steps| steps.contains(id));
        let asks = |id: &str| limit && concerned(id) || header.why.iter().any(|why| why.get("step") == Some(id));
        let (workflow, involved) = (self.workflow_of(header).await?, self.involved(header).await?);
        let mut asked = workflow.steps.iter().filter(|step| asks(&step.id));
        asked.try_for_each(|step| self.may_approve(step, &involved))
    }

    /// A person refuses a held run.
    ///
    /// # Errors
    /// See [`crate::engine::Refused`].
    pub async fn reject_run(&self, run: RunId) -> Result<RunRef, AppError> {
        self.engine.reject(run, &self.caller.actor).await?;
        Ok(reference(run))
    }

    /// Asks a run to stop.
    ///
    /// # Errors
    /// See [`crate::engine::Refused`].
    pub async fn cancel_run(&self, run: RunId) -> Result<RunRef, AppError> {
        self.engine.cancel(run, &self.caller.actor).await?;
        Ok(reference(run))
    }
}
