//! Which of the rows of a lost job are there? The target is looked at until it stands still.

use std::time::Duration;

use idflow_sdk::{Error, ErrorKind, Record};

use super::item::{Item, RowStage};
use crate::{
    engine::{
        applier::Applier,
        look,
        retry::{self, LATE, SOON},
        session::Session,
    },
    model::change::Action,
};

/// How often a look at unknown rows is repeated when it fails; with the growing waits a few minutes.
const MOST_TRIES: u32 = 14;

/// Looks at the unknown items until two looks agree, then tells what is there from what is to be done. True when all of
/// them are there.
pub(super) async fn settle(
    applier: &Applier<'_>,
    session: &Session<'_>,
    items: &mut [Item],
    indexes: &[usize],
) -> Result<bool, Error> {
    let unknown: Vec<usize> =
        indexes.iter().copied().filter(|index| matches!(items[*index].state, RowStage::Unknown)).collect();
    let keys: Vec<&str> = unknown.iter().map(|index| &*applier.ledger.row(items[*index].at).target).collect();
    let kind = applier.ledger.row(items[unknown[0]].at).kind;
    let mut before: Option<Vec<Option<Record>>> = None;
    let mut tries = 0;
    let expected = session.connection.bulk().and_then(|bulk| bulk.estimate(session.writing.uses.action, keys.len()));
    let mut span = expected.map_or(SOON, |expected| expected.time).clamp(SOON, Duration::from_secs(1));
    loop {
        let found = match session.connection.lookup_many(&applier.log.context(), kind, &keys).await {
            Ok(found) => found,
            // A job cannot be taken back, so it is worth some patience to learn what it did.
            Err(error) => {
                tries += 1;
                let hurry = applier.progress.is_stopped() && tries > 3;
                if !error.retryable() || tries > MOST_TRIES || hurry || session.lost() {
                    return Err(error);
                }
                let span = match error.kind {
                    ErrorKind::RateLimited(span) => span,
                    _ => LATE.min(SOON * 2u32.saturating_pow(tries - 1)),
                };
                applier.context.meter.retry();
                applier.progress.wait(&*applier.core.clock, retry::waits_for(&error), span).await;
                continue;
            }
        };
        let whole = found.iter().all(Option::is_some);
        // Whoever stops the run gets what one look says.
        if whole || before.as_ref() == Some(&found) || applier.progress.is_stopped() {
            let schema = session.connection.spec().schema(kind);
            for (index, found) in unknown.iter().zip(found) {
                let item = &mut items[*index];
                let made = applier.ledger.row(item.at).action == Action::Create;
                item.state = match (made, found, schema) {
                    (true, Some(read), Some(schema)) if look::is_other(schema, &item.record, &read) => {
                        RowStage::Over(Err(look::taken(&applier.ledger.row(item.at).target)))
                    }
                    (_, Some(read), Some(schema)) if schema.differing(&item.record, &read).is_empty() && made => {
                        RowStage::Over(Ok(Vec::new()))
                    }
                    // It was made, but not as wanted: what differs goes by a call of its own.
                    (true, Some(_), _) => {
                        let fields = std::mem::take(&mut item.record);
                        for (id, field) in fields.iter() {
                            item.rest.set(id, field.clone());
                        }
                        RowStage::Over(Ok(Vec::new()))
                    }
                    _ => RowStage::Open,
                };
            }
            return Ok(whole);
        }
        before = Some(found);
        applier.progress.wait(&*applier.core.clock, "import_job", span).await;
        span = (span * 2).min(LATE);
    }
}
