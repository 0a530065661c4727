//! Does a system want to be asked at present? When it says that it was asked too often (45009), the pause is for every program
//! of the company, and may last hours: it is kept, so that neither a restart nor another node begins by asking for more.

use idflow_sdk::{Connection, Problem};

use super::Core;
use crate::{
    store::{Batch, StoreError, rests},
    workflow::compiled::Workflow,
};

/// A shorter pause is not worth a note.
const WORTH_MS: i64 = 10_000;
/// No pause is longer; one that seems so was noted by a clock that was wrong.
const LONGEST_MS: i64 = 24 * 3600 * 1000;

/// Tells the connections of a workflow what rested when somebody worked with them last.
pub(super) async fn remember(core: &Core, workflow: &Workflow) -> Result<(), StoreError> {
    let now = core.clock.now_ms();
    for alias in workflow.connections.iter().filter(|alias| !alias.connector.local) {
        let system = core.connect.system(&alias.reference, alias.connector.name).await?;
        let mut rests = rests::of(&*core.store, &core.tenant, &system).await?;
        rests.retain(|rest| now < rest.until && rest.until - now <= LONGEST_MS);
        // What is wrong with a connection is told by whoever needs it.
        if !rests.is_empty()
            && let Ok(connection) = core.connect.open(&alias.reference, alias.connector.name).await
        {
            connection.let_rest(&rests);
        }
    }
    Ok(())
}

/// Notes what a connection lets rest. That it cannot be noted stops nobody.
pub(super) async fn note(core: &Core, system: &str, connection: &dyn Connection) {
    let now = core.clock.now_ms();
    let mut rests = connection.rests();
    rests.retain(|rest| rest.until - now >= WORTH_MS);
    if rests.is_empty() {
        return;
    }
    let mut batch = Batch::default();
    let noted = match rests::put(&mut batch, &core.tenant, system, &rests) {
        Ok(()) => core.store.commit(batch).await,
        Err(error) => Err(error),
    };
    if let Err(error) = noted {
        tracing::warn!(%error, system, "that a system wants to be left alone cannot be noted");
    }
}

/// The same for all connections of a workflow.
pub(super) async fn note_all(core: &Core, workflow: &Workflow) {
    for alias in workflow.connections.iter().filter(|alias| !alias.connector.local) {
        let system = core.connect.system(&alias.reference, alias.connector.name).await;
        let connection = core.connect.open(&alias.reference, alias.connector.name).await;
        if let (Ok(system), Ok(connection)) = (system, connection) {
            note(core, &system, &*connection).await;
        }
    }
}

/// Why connections of a workflow rest at present, each cause once.
pub(super) async fn causes(core: &Core, workflow: &Workflow) -> Vec<Problem> {
    let now = core.clock.now_ms();
    let mut causes: Vec<Problem> = Vec::new();
    for alias in workflow.connections.iter().filter(|alias| !alias.connector.local) {
        let Ok(connection) = core.connect.open(&alias.reference, alias.connector.name).await else { continue };
        for rest in connection.rests().into_iter().filter(|rest| now < rest.until) {
            if !causes.iter().any(|cause| cause.code == rest.cause.code) {
                causes.push(rest.cause);
            }
        }
    }
    causes
}
