//! The calls of a run that did not go well, in the order of time: what was sent, what came back, what it means.

use std::collections::{BTreeSet, HashMap};

use super::{App, AppError, mask, paging, problem_words, time};
use crate::{
    contract::{
        item::{Call, CallFilter},
        page::Page,
    },
    model::{change::Row, id::RunId},
    store::{failed_calls, runs},
};

/// Calls that are read at most; as many as are kept of some restarts.
const MOST: usize = 20_000;

impl App {
    /// The newest calls of a run, or of some of its items: the newest page first, and on a page the oldest first.
    ///
    /// # Errors
    /// An unknown run, the store.
    pub async fn calls(&self, run: RunId, filter: &CallFilter) -> Result<Page<Call>, AppError> {
        let (limit, find) = (paging::limit(filter.limit)?, filter.find.as_deref());
        let end = paging::number::<usize>(filter.cursor.as_deref())?;
        let header = self.header(run).await?;
        let mut kept = failed_calls::of(&*self.store, &self.tenant, run, None, MOST).await?;
        kept.sort_by_key(|kept| kept.exchange.at);
        let groups: BTreeSet<(RunId, u32)> =
            kept.iter().filter_map(|kept| Some((run, kept.row? / runs::GROUP))).collect();
        let groups: Vec<(RunId, u32)> = groups.into_iter().collect();
        let rows = runs::get_groups(&*self.store, &self.tenant, &groups).await?;
        let rows: HashMap<u32, Vec<Row>> = groups.into_iter().map(|(_, group)| group).zip(rows).collect();
        // A stored version that this program cannot compile any more has no names for its steps.
        let workflow = self.workflow_of(&header).await.ok();
        let mut calls = Vec::new();
        for failed_calls::Kept { row, attempt, exchange } in kept {
            let row = row.and_then(|row| rows.get(&(row / runs::GROUP))?.get((row % runs::GROUP) as usize));
            let about = |find: &str| row.is_some_and(|row| row.key().contains(find) || row.name.contains(find));
            if !find.is_none_or(about) {
                continue;
            }
            let step = row.and_then(|row| Some(&workflow.as_ref()?.steps.get(usize::from(row.step))?.id));
            calls.push(Call {
                key: row.map(Row::key),
                step: step.cloned(),
                attempt: row.map(|_| attempt),
                api: exchange.api,
                at: time(exchange.at),
                ms: u64::from(exchange.ms),
                code: exchange.code,
                text: exchange.text.map(|text| mask::text(&text)),
                vendor_trace: exchange.trace,
                from_ip: exchange.from_ip,
                request: exchange.request,
                error: problem_words::show(&mask::problem(&exchange.problem, &[], &[])),
            });
        }
        let total = calls.len();
        calls.truncate(end.unwrap_or(total));
        let first = calls.len().saturating_sub(limit);
        let items = calls.split_off(first);
        Ok(Page { items, next: (first > 0).then(|| first.to_string()), total: Some(total as u64) })
    }
}
