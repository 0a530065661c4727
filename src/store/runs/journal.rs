//! The journal of a run: entries in their order, each once.

use super::{
    super::{
        Batch, Kv, StoreError, codec,
        keys::{self, Key},
        pages::Pages,
    },
    JOURNAL, open_key, write,
};
use crate::model::{
    event::{Entry, Event},
    id::{RunId, Tenant},
    run::Run,
};

/// So many commits of a journal are read at once.
pub(super) const PIECES: usize = 64;

/// Appends events and writes the header as it is now.
pub fn append(
    batch: &mut Batch,
    tenant: &Tenant,
    run: &mut Run,
    at: i64,
    events: Vec<Event>,
) -> Result<(), StoreError> {
    if run.status.is_end() && !run.untold {
        batch.deletes.push(open_key(tenant, run.run));
    }
    write(batch, tenant, run, at, events)
}

/// Writes events without the header; for the windows of an applying step, whose only writer holds the run.
pub fn journal(
    batch: &mut Batch,
    tenant: &Tenant,
    run: RunId,
    first: u64,
    at: i64,
    events: Vec<Event>,
) -> Result<(), StoreError> {
    let key = Key::new(keys::JOURNAL, tenant).run(run).number(first).bytes();
    batch.expect.push((key.clone(), None));
    batch.put(key, codec::pack(&(at, events))?);
    Ok(())
}

/// The whole journal.
///
/// # Errors
/// [`StoreError::Corrupt`] when numbers are missing.
pub async fn read_journal(store: &dyn Kv, tenant: &Tenant, run: RunId) -> Result<Vec<Entry>, StoreError> {
    let mut entries = Vec::new();
    each_entry(store, tenant, run, |entry| entries.push(entry)).await?;
    Ok(entries)
}

/// Looks at the journal from its beginning, a piece at a time: that of a large company is not held as a whole.
///
/// # Errors
/// [`StoreError::Corrupt`] when numbers are missing.
pub async fn each_entry(
    store: &dyn Kv,
    tenant: &Tenant,
    run: RunId,
    mut each: impl FnMut(Entry),
) -> Result<(), StoreError> {
    let mut next = 1;
    let mut pages = Pages::of_prefix(Key::new(keys::JOURNAL, tenant).run(run).bytes(), PIECES);
    while let Some(page) = pages.next(store).await? {
        for (key, value) in page {
            let first = keys::last_number(&key);
            if first != next {
                return Err(StoreError::Corrupt(format!("the journal of run {run} has a gap before event {first}")));
            }
            let (at, events): (i64, Vec<Event>) = codec::unpack(&value)?;
            for event in events {
                each(Entry { seq: next, at, event });
                next += 1;
            }
        }
    }
    Ok(())
}

/// Some commits of a journal, by the numbers of their first events: their times and events, in the order asked.
pub async fn commits(
    store: &dyn Kv,
    tenant: &Tenant,
    run: RunId,
    firsts: &[u64],
) -> Result<Vec<(i64, Vec<Event>)>, StoreError> {
    let keys = firsts.iter().map(|first| JOURNAL.key(tenant).run(run).number(*first)).collect();
    Ok(JOURNAL.many(store, keys).await?.into_iter().flatten().collect())
}
