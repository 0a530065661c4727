//! What does every part of leading a run work with: its writer, what it owns, who watches it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use idflow_sdk::Problem;

use crate::{
    engine::{
        Core,
        message_steps::Messages,
        owned::{self, Owned},
        progress::Progress,
        writer::Writer,
    },
    model::{id::RunId, run::Run},
    store::StoreError,
    workflow::compiled::Workflow,
};

/// A plan older than this is computed again before it is carried out.
pub(super) const PLAN_AGE_MS: i64 = 10 * 60 * 1000;

pub(super) struct Driver {
    pub core: Arc<Core>,
    pub log: Writer,
    pub owned: Arc<Owned>,
    /// The systems that it writes.
    pub written: BTreeSet<String>,
    pub progress: Arc<Progress>,
    pub messages: Messages,
    /// That the workflow was read anew before anything was planned.
    pub read_anew: Option<Problem>,
}

impl Driver {
    pub(super) fn new(
        core: &Arc<Core>,
        run: Run,
        owned: Arc<Owned>,
        written: BTreeSet<String>,
        progress: Arc<Progress>,
    ) -> Self {
        Self {
            core: core.clone(),
            log: Writer::new(core.clone(), run, owned.fence(), owned.right()),
            owned,
            written,
            progress,
            messages: Messages::default(),
            read_anew: None,
        }
    }

    pub(super) fn run_id(&self) -> RunId {
        self.log.run.run
    }

    /// Whether another run wrote to a system of this workflow after this one was planned: its plan is out of date.
    pub(super) async fn is_overtaken(&self, workflow: &Workflow) -> Result<bool, StoreError> {
        let systems = self.systems(workflow).await?;
        owned::others_wrote(&self.core, self.run_id(), systems, &self.log.run.marks).await
    }

    /// The systems that this workflow reads or writes.
    pub(super) async fn systems(&self, workflow: &Workflow) -> Result<Vec<String>, StoreError> {
        Ok(self.leads_to(workflow).await?.into_values().collect())
    }

    /// The system that each connection of this workflow leads to, by the name of the connection.
    pub(super) async fn leads_to(&self, workflow: &Workflow) -> Result<BTreeMap<String, String>, StoreError> {
        let mut systems = BTreeMap::new();
        for alias in &workflow.connections {
            let system = self.core.connect.system(&alias.reference, alias.connector.name).await?;
            systems.insert(alias.reference.clone(), system);
        }
        Ok(systems)
    }

    /// That a connection leads to another system than when the run was planned, where the same keys are others.
    pub(super) async fn leads_elsewhere(&self, workflow: &Workflow) -> Result<Option<Problem>, StoreError> {
        let before = &self.log.run.systems;
        if before.is_empty() {
            return Ok(None);
        }
        let now = self.leads_to(workflow).await?;
        let other = now.iter().find_map(|(name, now)| {
            let before = before.get(name).filter(|before| *before != now)?;
            let problem = Problem::new("leads_elsewhere").arg("workflow", workflow.id.clone());
            Some(problem.arg("connection", name.clone()).arg("before", before.clone()).arg("now", now.clone()))
        });
        Ok(other)
    }
}
