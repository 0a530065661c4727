//! May a workflow be started, as far as companies have to have granted it something? Whatever starts it otherwise finds the same out
//! at its first call.

use idflow_sdk::Grant;

use super::{by_provider, failed, stages};
use crate::{
    app::{App, AppError, error::about_connection},
    engine::Connect,
    store::{catalogue, provider as store},
    workflow::compiled::{Work, Workflow},
};

impl App {
    /// Whether a workflow can run as far as companies have to have granted it something.
    ///
    /// # Errors
    /// What is not granted, or not any more, and what to do.
    pub(in crate::app) async fn may_start_granted(&self, workflow: &str) -> Result<(), AppError> {
        let Some(head) = catalogue::workflow(&*self.store, &self.tenant, workflow).await? else { return Ok(()) };
        let version = head.value.active.unwrap_or(head.value.latest);
        let stored = catalogue::version(&*self.store, &self.tenant, workflow, version).await?;
        let Some(Ok(compiled)) = stored.map(|stored| self.connections.compile(&stored.text)) else {
            return Ok(());
        };
        let all = catalogue::connections(&*self.store, &self.tenant).await?;
        for (place, alias) in compiled.connections.iter().enumerate() {
            let connector = alias.connector.name;
            let stored = all.iter().find(|stored| stored.name == alias.reference && stored.connector == connector);
            let Some(stored) = stored.filter(|stored| by_provider(stored).is_some()) else { continue };
            let way = store::way(&*self.store, &self.tenant, &stored.name).await?;
            let way = way.map(|way| way.value).unwrap_or_default();
            let grant = if writes(&compiled, place) { Grant::Contacts } else { Grant::App };
            if let Err(error) = stages::stands(&stored.name, &way, grant, self.now()) {
                let next = about_connection(idflow_sdk::NextKind::ShowConnection, &stored.name);
                return Err(failed(error).next(next));
            }
        }
        Ok(())
    }
}

/// Whether a workflow writes through a connection.
fn writes(workflow: &Workflow, connection: usize) -> bool {
    let steps = workflow.steps.iter().chain(&workflow.finally);
    steps.into_iter().any(|step| {
        matches!(&step.work, Work::Write(_)) && step.uses().is_some_and(|uses| uses.connection == connection)
    })
}
