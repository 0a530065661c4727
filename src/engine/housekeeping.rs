//! Background work of a node: runs that a dead node left, requests that came in elsewhere, approvals that
//! nobody gave.

use std::time::Duration;

use super::{Engine, put_off};
use crate::{
    model::{id::RunId, run::Status},
    store::{
        Batch, StoreError, keys, runs, tenants, wakes,
        wakes::{Wake, What},
    },
};

/// The time between two rounds at least.
const BREATH: Duration = Duration::from_millis(50);
/// Of the time, housekeeping takes one part in so many at most.
const SHARE: u32 = 10;
/// So many runs are read at once.
const SOME: usize = 100;

impl Engine {
    /// One round over all tenants; one that has nothing to look after costs nothing. A server does this every second and
    /// whenever the store hints at something new.
    pub async fn tend(&self) -> Result<(), StoreError> {
        let store = &*self.core.store;
        let now = self.core.clock.now_ms();
        let trusted = self.core.trusts_clock().await?;
        for tenant in tenants::with(store, keys::RUN_AT_WORK).await? {
            self.of(&tenant).take_up().await?;
        }
        // Whoever waits for a person is not ended by a clock that jumped.
        let waiting = if trusted { tenants::with(store, keys::WAKE).await? } else { Vec::new() };
        for tenant in waiting {
            self.of(&tenant).expire_held(now).await?;
        }
        for tenant in tenants::with(store, keys::ASKED).await? {
            let core = self.of(&tenant).core;
            for (run, asked) in runs::asked(store, &tenant).await? {
                if let Some(progress) = core.live().get(&run) {
                    progress.remind(asked);
                }
            }
        }
        Ok(())
    }

    /// Begins with the runs that have something to do and that nobody works on here. Those that are worked on are not even
    /// read.
    async fn take_up(&self) -> Result<(), StoreError> {
        let core = &self.core;
        let (store, tenant) = (&*core.store, &core.tenant);
        let mut left = runs::at_work(store, tenant, None).await?;
        left.retain(|entry| !core.live().contains_key(&entry.run) && !put_off::rests_here(core, entry.run));
        for some in left.chunks(SOME) {
            for (entry, header) in some.iter().zip(runs::headers(store, tenant, some).await?) {
                match header {
                    Ok(Some(run)) if put_off::rests(core, &run.value) => {}
                    Ok(Some(run)) if !run.value.is_at_rest() => core.start(run.value),
                    // Nothing is to be done for it: a commit of another version of idflow may have said so.
                    Ok(run) => {
                        let mut stale = Batch::default();
                        runs::drop_work(&mut stale, tenant, entry.clone(), run.as_ref());
                        match core.store.commit(stale).await {
                            Ok(()) | Err(StoreError::Conflict) => {}
                            Err(error) => return Err(error),
                        }
                    }
                    Err(error) => self.complain(&format!("run {} is left alone", entry.run), &error),
                }
            }
        }
        Ok(())
    }

    /// Ends the held runs whose time for an approval is over.
    async fn expire_held(&self, now: i64) -> Result<(), StoreError> {
        let core = &self.core;
        let (store, tenant) = (&*core.store, &core.tenant);
        let mut seen: Option<Wake> = None;
        loop {
            let due = wakes::due(store, tenant, What::HeldRun, now, seen.as_ref(), SOME).await?;
            let last = due.len() < SOME;
            for wake in &due {
                let looked = async {
                    let Some(id) = wake.id.as_slice().try_into().ok().map(RunId::from_bytes) else { return Ok(true) };
                    let Some(run) = runs::get(store, tenant, id).await? else { return Ok(true) };
                    if run.status != Status::Held || run.expires.is_none_or(|expires| now < expires) {
                        return Ok(true);
                    }
                    // Its messages are still on their way.
                    if core.live().contains_key(&id) {
                        return Ok(false);
                    }
                    self.expire(run).await.map(|()| true)
                };
                match looked.await {
                    Ok(true) => {
                        let mut batch = Batch::default();
                        wake.done(&mut batch);
                        match core.store.commit(batch).await {
                            Ok(()) | Err(StoreError::Conflict) => {}
                            Err(error) => return Err(error),
                        }
                    }
                    Ok(false) => {}
                    // The others are not to blame.
                    Err(error @ StoreError::Corrupt(_)) => self.complain("a held run is left alone", &error),
                    Err(error) => return Err(error),
                }
            }
            if last {
                return Ok(());
            }
            seen = due.into_iter().next_back();
        }
    }

    /// Tells in the log what stands in the way: once, not with every look.
    fn complain(&self, what: &str, why: &dyn std::fmt::Display) {
        let said = format!("{what}: {why}");
        if self.core.said(&said) {
            tracing::warn!("{said}");
        }
    }

    /// Rounds without end.
    pub async fn tend_always(self) {
        let mut changes = self.core.store.changes();
        loop {
            let begun = tokio::time::Instant::now();
            if let Err(error) = self.tend().await {
                tracing::warn!(%error, "looking after the runs failed; it is tried again");
            }
            // Many hints at once are one reason to look.
            tokio::time::sleep(BREATH.max(begun.elapsed() * SHARE)).await;
            tokio::select! {
                _ = changes.changed() => {}
                () = tokio::time::sleep(Duration::from_secs(1)) => {}
            }
        }
    }
}
