//! What does every part of leading a run work with: its writer, what it owns, who watches it.

use std::{collections::BTreeSet, sync::Arc};

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
        let mut systems = Vec::new();
        for alias in &workflow.connections {
            systems.push(self.core.connect.system(&alias.reference, alias.connector.name).await?);
        }
        Ok(systems)
    }
}
