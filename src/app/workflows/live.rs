//! What becomes of a workflow: active, paused, put away.

use super::{
    super::{App, AppError, Desk, expected::Expected},
    checked,
    view::view,
};
use crate::{
    contract::workflow as shown,
    engine::Connect,
    store::{
        Batch,
        after_runs::{self, Follower},
        catalogue::{self, StoredWorkflow, WorkflowState},
        codec::Loaded,
        events, schedules, wakes,
    },
    workflow::{compiled::Workflow, signature::Summary},
};

/// Whoever activates a workflow.
#[derive(Debug, Clone, Copy)]
pub struct Activator<'a> {
    /// The name in the log.
    pub actor: &'a str,
    /// Whether they come over the network, so that it reads only files that are open to it.
    pub fenced: bool,
}

impl Desk<'_> {
    /// The caller as whoever activates a workflow.
    pub(in crate::app) fn activator(&self) -> Activator<'_> {
        Activator { actor: &self.caller.actor, fenced: !self.caller.is_operator() }
    }
}

impl App {
    /// Activates the newest version: its triggers are live from now on.
    ///
    /// # Errors
    /// A connection that is missing, of another type or without a right that a step needs; a webhook path that another
    /// workflow has; a called workflow that is not active, or that calls this one.
    pub async fn activate(&self, id: &str, by: &str) -> Result<shown::Workflow, AppError> {
        self.activate_if(id, Activator { actor: by, fenced: false }, &Expected::Anything).await
    }

    /// The same, as long as the workflow is as it was expected.
    ///
    /// # Errors
    /// As [`App::activate`]; [`crate::app::error::RefusalKind::Stale`].
    pub async fn activate_if(
        &self,
        id: &str,
        by: Activator<'_>,
        expected: &Expected,
    ) -> Result<shown::Workflow, AppError> {
        let head = self.expected_head(id, expected).await?;
        let text = self.workflow_text(id, None).await?.text;
        let (compiled, _) = checked(id, &text)?;
        let notices = self.may_go_live(id, &text, &compiled).await?;
        let mut batch = Batch::default();
        let new = self.put_live(&mut batch, Some(&head), head.value.clone(), &compiled, by).await?;
        self.store.commit(batch).await?;
        let mut view = view(&new, Some(&Summary::of(&compiled)));
        view.hooks = Some(self.hooks(id).await?);
        view.notices = notices;
        Ok(view)
    }

    /// Makes the newest version live in a batch; `head` is the workflow as it will be otherwise.
    pub(in crate::app) async fn put_live(
        &self,
        batch: &mut Batch,
        old: Option<&Loaded<StoredWorkflow>>,
        head: StoredWorkflow,
        compiled: &Workflow,
        by: Activator<'_>,
    ) -> Result<StoredWorkflow, AppError> {
        let mut new = head;
        if new.state != WorkflowState::Active {
            new.live_since = Some(self.now());
        } else if new.live_since.is_none() {
            new.live_since = new.activated.as_ref().map(|(at, _)| *at);
        }
        new.active = Some(new.latest);
        new.state = WorkflowState::Active;
        new.activated = Some((self.now(), by.actor.into()));
        new.fenced = by.fenced;
        let id = new.id.as_str();
        catalogue::put_workflow(batch, &self.tenant, old, &new)?;
        // One that never was active has no marks.
        if old.is_some_and(|old| old.value.active.is_some()) {
            let before = self.rules_of(old).await?;
            let rules: Vec<String> = compiled.schedules.iter().map(schedules::rule).collect();
            schedules::move_marks(&*self.store, batch, &self.tenant, id, (&before, &rules)).await?;
        }
        // Whoever looks after schedules finds out when it is due.
        wakes::put_changed(batch, &self.tenant, wakes::What::Schedules, self.now(), id.as_bytes());
        self.hold_hooks(compiled, batch).await?;
        let after = compiled.after.iter();
        let after = after.map(|after| Follower { after: after.workflow.clone(), statuses: after.statuses.clone() });
        self.follows(batch, id, &after.collect::<Vec<_>>()).await?;
        self.listens(batch, id, Some(compiled)).await?;
        Ok(new)
    }

    /// The rules of the schedules of the version that is live, or was last.
    async fn rules_of(&self, old: Option<&Loaded<StoredWorkflow>>) -> Result<Vec<String>, AppError> {
        let Some((id, active)) = old.and_then(|old| Some((&*old.value.id, old.value.active?))) else {
            return Ok(Vec::new());
        };
        let version = catalogue::version(&*self.store, &self.tenant, id, active).await?;
        let live = version.and_then(|version| self.connections.compile(&version.text).ok());
        Ok(live.map(|live| live.schedules.iter().map(schedules::rule).collect()).unwrap_or_default())
    }

    /// Puts a workflow away in a batch.
    pub(in crate::app) async fn put_away(
        &self,
        batch: &mut Batch,
        head: &Loaded<StoredWorkflow>,
    ) -> Result<StoredWorkflow, AppError> {
        let mut new = head.value.clone();
        new.state = WorkflowState::Archived;
        catalogue::put_workflow(batch, &self.tenant, Some(head), &new)?;
        self.drop_hooks(&new.id, None, batch).await?;
        self.follows(batch, &new.id, &[]).await?;
        self.listens(batch, &new.id, None).await?;
        Ok(new)
    }

    /// What the workflow follows from now on (`on.after`), in the commit that changes its state.
    pub(super) async fn follows(&self, batch: &mut Batch, id: &str, now: &[Follower]) -> Result<(), AppError> {
        let before = after_runs::followed_by(&*self.store, &self.tenant, id).await?;
        Ok(after_runs::set(batch, &self.tenant, id, &before, now)?)
    }

    /// What the workflow listens to from now on (`on.event`), in the commit that changes its state.
    pub(super) async fn listens(&self, batch: &mut Batch, id: &str, live: Option<&Workflow>) -> Result<(), AppError> {
        let wanted = live.into_iter().flat_map(|live| live.events.iter().map(move |event| (live, event)));
        let wanted = wanted.filter_map(|(live, event)| {
            let alias = live.connections.get(event.connection)?;
            let gathering = events::Gathering {
                collect_ms: i64::try_from(event.collect.as_millis()).unwrap_or(i64::MAX),
                most: event.most,
            };
            let connection = self.connections.link_name(&alias.reference, alias.connector.name);
            Some((connection, event.types.clone(), gathering))
        });
        let wanted: Vec<events::Wanted> = wanted.collect();
        Ok(events::listen(&*self.store, batch, &self.tenant, id, &wanted).await?)
    }

    /// Puts the triggers of a workflow to rest.
    ///
    /// # Errors
    /// An unknown workflow, or one that is not active or not as it was expected.
    pub async fn pause_workflow(&self, id: &str, expected: &Expected) -> Result<shown::Workflow, AppError> {
        let head = self.expected_head(id, expected).await?;
        if head.value.state != WorkflowState::Active {
            return Err(AppError::conflict("workflow_not_active").arg("workflow", id));
        }
        let mut new = head.value.clone();
        new.state = WorkflowState::Paused;
        let mut batch = Batch::default();
        catalogue::put_workflow(&mut batch, &self.tenant, Some(&head), &new)?;
        self.follows(&mut batch, id, &[]).await?;
        self.listens(&mut batch, id, None).await?;
        self.store.commit(batch).await?;
        Ok(view(&new, None))
    }

    /// Puts a workflow away: nothing starts it, and it is no longer listed unless asked for. Its runs stay. Activating it
    /// brings it back.
    ///
    /// # Errors
    /// An unknown workflow, one that is not as it was expected, the store.
    pub async fn archive_workflow(&self, id: &str, expected: &Expected) -> Result<shown::Workflow, AppError> {
        let head = self.expected_head(id, expected).await?;
        let mut batch = Batch::default();
        let new = self.put_away(&mut batch, &head).await?;
        self.store.commit(batch).await?;
        Ok(view(&new, None))
    }
}
