//! What a node looks after beside its own runs: runs that a dead node left, requests that came in elsewhere, approvals that
//! nobody gave, workflows that follow others.

use super::{Engine, Refused, Request, drive};
use crate::{
    model::run::{Mode, Status, Trigger},
    store::{Batch, StoreError, follow, runs},
};

/// A start that was due longer ago than this is forgotten: nobody expects it any more.
const FORGOTTEN_MS: i64 = 24 * 3600 * 1000;
/// The time between two rounds at least.
const BREATH: std::time::Duration = std::time::Duration::from_millis(50);

impl Engine {
    /// One round. A server does this every second and whenever the store hints at something new.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn tend(&self) -> Result<(), StoreError> {
        let core = &self.core;
        let (store, tenant) = (&*core.store, &core.tenant);
        let now = core.clock.now_ms();
        for run in runs::open(store, tenant).await? {
            match run.status {
                Status::Held
                    if run.expires.is_some_and(|expires| now >= expires) && !core.live().contains_key(&run.run) =>
                {
                    self.expire(run).await?;
                }
                _ if drive::at_rest(&run) => {}
                _ => core.start(run),
            }
        }
        for (run, asked) in runs::asked(store, tenant).await? {
            if let Some(progress) = core.live().get(&run) {
                progress.ask(asked);
            }
        }
        for due in follow::due(store, tenant).await? {
            let mut along = Batch::default();
            follow::take(&mut along, tenant, &due)?;
            if now - due.at > FORGOTTEN_MS {
                tracing::warn!(workflow = due.workflow, parent = %due.parent, "a start is too old and forgotten");
                settled(store.commit(along).await)?;
                continue;
            }
            let request = Request {
                workflow: due.workflow.clone(),
                mode: Mode::Apply,
                inputs: serde_json::Map::new(),
                trigger: Trigger {
                    kind: "after".into(),
                    due: None,
                    fired: now,
                    actor: "after".into(),
                    parent: Some(due.parent),
                    chain: due.chain.clone(),
                    body: serde_json::Value::Null,
                },
                approve: false,
                along: along.clone(),
                retry_of: None,
                version: None,
            };
            match self.submit(request).await {
                Ok(run) => tracing::info!(%run, workflow = due.workflow, parent = %due.parent, "a run follows another"),
                Err(Refused::Store(StoreError::Conflict)) => {}
                Err(Refused::Store(error)) => return Err(error),
                // It starts when there is room again.
                Err(refused @ Refused::DiskFull(_)) => {
                    tracing::warn!(workflow = due.workflow, %refused, "a run that should follow waits");
                }
                Err(refused) => {
                    tracing::warn!(workflow = due.workflow, %refused, "a run that should follow cannot start");
                    settled(store.commit(along).await)?;
                }
            }
        }
        Ok(())
    }

    /// Rounds without end.
    pub async fn tend_always(self) {
        let mut changes = self.core.store.changes();
        loop {
            if let Err(error) = self.tend().await {
                tracing::warn!(%error, "looking after the runs failed; it is tried again");
            }
            // Many hints at once are one reason to look.
            tokio::time::sleep(BREATH).await;
            tokio::select! {
                _ = changes.changed() => {}
                () = tokio::time::sleep(std::time::Duration::from_secs(1)) => {}
            }
        }
    }
}

fn settled(result: Result<(), StoreError>) -> Result<(), StoreError> {
    match result {
        // Another node was faster.
        Err(StoreError::Conflict) => Ok(()),
        other => other,
    }
}
