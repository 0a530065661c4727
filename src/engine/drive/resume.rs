//! What is still wanted of a plan that was half carried out when its process ended, or when somebody paused it?

use idflow_sdk::Problem;

use super::driver::{Driver, PLAN_AGE_MS};
use crate::{
    engine::{
        blocking::Aside,
        ledger::Ledger,
        owned,
        replay::{PLAN_OLD, Past},
    },
    model::event::{Event, Outcome},
    store::{StoreError, runs},
    workflow::{compiled::Workflow, scope::Scope},
};

/// So many of the times at which a run went on are kept in its header, the newest ones.
const MOST_RESUMED: usize = 100;

impl Driver {
    /// After a restart: what the journal says is over stays over, what was announced is unknown.
    pub(super) async fn resume(&mut self, workflow: &Workflow, scope: Scope, past: Past) -> Result<(), StoreError> {
        let rows = Aside(Box::pin(runs::plan_of(&*self.core.store, &self.core.tenant, &self.log.run))).await?;
        let rows =
            rows.ok_or_else(|| StoreError::Corrupt(format!("the plan of run {} is not whole", self.run_id())))?;
        let Past { rows: states, jobs, last, paused, moved, put_off, .. } = past;
        // Windows of a step go ahead of the header.
        self.log.run.seq = last.max(self.log.run.seq);
        let mut ledger = Ledger::new(rows, states);
        // By a clock that was set back nobody knows how long it stood.
        let old = !(0..=PLAN_AGE_MS).contains(&(self.core.clock.now_ms() - moved));
        // While a run was paused, others of its group went on; while its node was gone, those of other groups may have.
        let mut stale = match paused {
            true => old || self.is_overtaken(workflow).await?,
            false => {
                let written = self.written.iter().cloned().collect();
                owned::others_wrote(&self.core, self.run_id(), written, &self.log.run.marks).await?
            }
        };
        // Whoever began to put rows off had a reason for it; not only removals if it was not only they.
        stale |= put_off.iter().any(|row| ledger.rows().get(*row).is_some_and(|row| !row.removes));
        if stale || old || !put_off.is_empty() {
            self.put_off(&mut ledger, stale).await?;
        }
        let unknown = (0..ledger.len()).filter(|row| ledger.is_announced(*row)).count();
        let resumed = &mut self.log.run.resumed;
        resumed.push(self.core.clock.now_ms());
        // The journal has them all.
        resumed.drain(..resumed.len().saturating_sub(MOST_RESUMED));
        self.log.commit_with(Event::Resumed { unknown: u32::try_from(unknown).unwrap_or(u32::MAX) }).await?;
        self.apply(workflow, scope, ledger, jobs, stale).await
    }

    /// The run stood still for so long that its plan says little about who is to be removed, or others have written since
    /// and it says little at all: the next plan does. Removals come last, so that a crash in between leaves to be seen
    /// whether it was only they.
    async fn put_off(&mut self, ledger: &mut Ledger, all: bool) -> Result<(), StoreError> {
        for removes in [false, true] {
            for (place, row) in ledger.rows().clone().iter().enumerate() {
                if row.removes != removes || !(all || removes) || !row.writes() || !ledger.is_open(place) {
                    continue;
                }
                let outcome = Outcome::NotAttempted(Problem::new(PLAN_OLD));
                self.log.note(Event::Done {
                    row: u32::try_from(place).unwrap_or(u32::MAX),
                    attempt: 0,
                    outcome: outcome.clone(),
                    ms: 0,
                    left_out: Vec::new(),
                    warnings: Vec::new(),
                });
                ledger.close(place, outcome);
                if self.log.is_heavy() {
                    self.log.commit().await?;
                }
            }
        }
        Ok(())
    }
}
