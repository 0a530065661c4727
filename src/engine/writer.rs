//! The only writer of one run: its header, its journal and what belongs to them, under the lease of its group.
//!
//! What nobody depends on yet waits here and goes along with the next commit, so that a run costs few of them: the plan is
//! written with the first announcements, the last answers of a step with the announcements of the next.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use idflow_sdk::{Context, Evidence, Exchange, Meter, Problem};

use super::Core;
use crate::{
    model::{
        change::RowIndex,
        event::Event,
        run::{Api, Run, Status, StepState},
    },
    store::{Batch, StoreError, failed_calls, runs},
};

/// What may wait for the next commit.
const MOST_WAITING: usize = 2048;
/// Exchanges that are kept of a run for each process that works on it: when everything fails, some thousand say why.
const MOST_EXCHANGES: u64 = 5000;

/// Notices of one sort that a header keeps.
const MOST_ALIKE: usize = 20;
/// The code of what stands for the others.
const MORE: &str = "more_notices";

/// Keeps the first notices of each sort, and how many there are beside them: a header is read and written often.
fn keep_few(notices: &mut Vec<Problem>) {
    if notices.len() <= MOST_ALIKE {
        return;
    }
    let arg = |notice: &Problem, name: &str| {
        let found = notice.args.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.to_string()).unwrap_or_default()
    };
    let mut kept: HashMap<String, usize> = HashMap::new();
    let mut more: BTreeMap<String, u64> = BTreeMap::new();
    notices.retain(|notice| {
        if notice.code == MORE {
            *more.entry(arg(notice, "code")).or_default() += arg(notice, "number").parse().unwrap_or(0);
            return false;
        }
        let kept = kept.entry(notice.code.to_string()).or_default();
        *kept += 1;
        if *kept > MOST_ALIKE {
            *more.entry(notice.code.to_string()).or_default() += 1;
        }
        *kept <= MOST_ALIKE
    });
    let more = more.into_iter();
    notices.extend(more.map(|(code, number)| Problem::new(MORE).arg("code", code).arg("number", number.to_string())));
}

/// The writer.
pub(super) struct Writer {
    core: Arc<Core>,
    /// The header as it will be written next.
    pub run: Run,
    meter: Arc<Meter>,
    /// Exchanges about no row of the plan.
    evidence: Arc<Evidence>,
    /// Exchanges kept so far.
    exchanges: u64,
    /// What the run had counted when this process took it over.
    api_before: Api,
    fence: Option<(String, u64)>,
    /// Under which calls are made now.
    right: idflow_sdk::Lease,
    events: Vec<Event>,
    batch: Batch,
}

impl Writer {
    /// The writer of this run, under the lease of its group; calls are made under `right`.
    pub fn new(core: Arc<Core>, run: Run, fence: (String, u64), right: idflow_sdk::Lease) -> Self {
        let api_before = run.api;
        Self {
            core,
            run,
            meter: Arc::default(),
            evidence: Arc::default(),
            exchanges: 0,
            api_before,
            fence: Some(fence),
            right,
            events: Vec::new(),
            batch: Batch::default(),
        }
    }

    /// What calls are given.
    pub fn context(&self) -> Context {
        Context {
            meter: self.meter.clone(),
            now_ms: self.core.clock.now_ms(),
            evidence: self.evidence.clone(),
            lease: Some(self.right.clone()),
            run: Some(self.run.run.to_string().into()),
        }
    }

    /// Counts calls of a process before this one that the header does not know of.
    pub fn counts_too(&mut self, calls: Api) {
        self.api_before.calls += calls.calls;
        self.api_before.writes += calls.writes;
        self.api_before.retries += calls.retries;
        self.api_before.bytes += calls.bytes;
    }

    /// Calls are made under this right from now on.
    pub fn works_under(&mut self, right: idflow_sdk::Lease) {
        self.right = right;
    }

    /// Keeps exchanges that did not go well, as far as there are not too many of them already.
    pub fn witness(
        &mut self,
        batch: &mut Batch,
        row: Option<RowIndex>,
        exchanges: impl IntoIterator<Item = (u16, Exchange)>,
    ) -> Result<(), StoreError> {
        for (attempt, exchange) in exchanges {
            if self.exchanges >= MOST_EXCHANGES {
                break;
            }
            self.exchanges += 1;
            // In the order of time, also after a restart.
            let at = u64::try_from(exchange.at).unwrap_or(0);
            let number = (at << 16) | (self.exchanges & 0xffff);
            let kept = failed_calls::Kept { row, attempt, exchange };
            failed_calls::keep(batch, &self.core.tenant, self.run.run, number, &kept)?;
        }
        Ok(())
    }

    /// The lease that every commit of this run names.
    pub fn fence(&self) -> Option<(String, u64)> {
        self.fence.clone()
    }

    /// An event that may wait.
    pub fn note(&mut self, event: Event) {
        self.events.push(event);
    }

    /// Changes that may wait.
    pub fn along(&mut self, batch: Batch) {
        self.batch.append(batch);
    }

    /// The state of a step, in the header.
    pub fn state(&mut self, id: &str) -> &mut StepState {
        let at = match self.run.steps.iter().position(|state| state.step == id) {
            Some(at) => at,
            None => {
                self.run.steps.push(StepState {
                    step: id.to_string(),
                    status: Status::Queued,
                    counts: Default::default(),
                    started: None,
                    ended: None,
                    why: None,
                    child: None,
                });
                self.run.steps.len() - 1
            }
        };
        &mut self.run.steps[at]
    }

    /// Whether something waits.
    pub fn waits(&self) -> bool {
        !self.events.is_empty() || !self.batch.is_empty()
    }

    /// Whether so much waits that it should be written.
    pub fn is_heavy(&self) -> bool {
        self.events.len() + self.batch.puts.len() > MOST_WAITING
    }

    /// Writes what waits, with the header.
    pub async fn commit(&mut self) -> Result<(), StoreError> {
        let batch = self.take()?;
        self.core.store.commit(batch).await
    }

    /// Notes an event and writes what waits, with the header.
    pub async fn commit_with(&mut self, event: Event) -> Result<(), StoreError> {
        self.note(event);
        self.commit().await
    }

    /// What waits and the header, as one batch to be committed next.
    fn take(&mut self) -> Result<Batch, StoreError> {
        let mut batch = std::mem::take(&mut self.batch);
        let about_no_row = self.evidence.take();
        self.witness(&mut batch, None, about_no_row.into_iter().map(|exchange| (1, exchange)))?;
        let events = std::mem::take(&mut self.events);
        keep_few(&mut self.run.notices);
        let [calls, writes, retries, bytes] = self.meter.read();
        self.run.api = Api {
            calls: self.api_before.calls + calls,
            writes: self.api_before.writes + writes,
            retries: self.api_before.retries + retries,
            bytes: self.api_before.bytes + bytes,
        };
        runs::append(&mut batch, &self.core.tenant, &mut self.run, self.core.clock.now_ms(), events)?;
        batch.fence = self.fence.clone();
        Ok(batch)
    }

    /// The events of a window and what waits, as one batch to be committed next. The header is only written when something
    /// else waits: windows are many, and the journal alone says what happened.
    pub fn window(&mut self, events: Vec<Event>, along: Batch) -> Result<Batch, StoreError> {
        if self.waits() {
            self.events.extend(events);
            self.batch.append(along);
            return self.take();
        }
        let mut batch = along;
        batch.fence = self.fence.clone();
        if !events.is_empty() {
            let first = self.run.seq + 1;
            self.run.seq += events.len() as u64;
            runs::journal(&mut batch, &self.core.tenant, self.run.run, first, self.core.clock.now_ms(), events)?;
        }
        Ok(batch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_keeps_few_notices_of_a_sort_and_counts_the_others() {
        let codes = |notices: &[Problem]| notices.iter().filter(|notice| notice.code == "a").count();
        let mut notices = Vec::new();
        for _ in 0..3 {
            notices.extend((0..1000).map(|number| Problem::new("a").arg("number", number.to_string())));
            notices.push(Problem::new("b"));
            keep_few(&mut notices);
            assert_eq!(codes(&notices), MOST_ALIKE);
        }
        let more = notices.last().expect("notices");
        assert_eq!((&*more.code, &*more.args[0].1, &*more.args[1].1), (MORE, "a", "2980"));
        assert_eq!(notices.len(), MOST_ALIKE + 3 + 1);
    }
}
