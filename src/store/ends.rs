//! Where a link is found by its second end, for links from before that was kept.
//!
//! Such links stay as they are and get what they lack, once for each store: whatever asks for an object's link from the other
//! side, or refuses a second one, then knows them as well as newer ones.

use super::{Batch, Kv, StoreError, codec, keys, links::Link};

/// Links that are looked at in one commit.
const PAGE: usize = 1_000;

/// The key of the fact that it was done.
#[must_use]
pub fn key() -> Vec<u8> {
    [&[keys::META, 0], &b"link_ends"[..]].concat()
}

/// Notes that every link of the store can be found from both ends.
pub fn note(batch: &mut Batch) -> Result<(), StoreError> {
    batch.put(key(), codec::json(&true)?);
    Ok(())
}

/// Adds what old links lack. Another node may do the same at the same moment.
pub async fn complete(store: &dyn Kv) -> Result<(), StoreError> {
    let mut from = vec![keys::LINK];
    let end = keys::end_of(&from);
    loop {
        let page = store.scan(from.clone(), end.clone(), PAGE, false).await?;
        let mut ends: Vec<(Vec<u8>, Box<str>)> = Vec::new();
        for (key, value) in &page {
            let link: Link = codec::unpack(value)?;
            if let Some(end) = end_key(key, &link).filter(|_| link.gone.is_none()) {
                ends.push((end, link.first.key));
            }
        }
        let there = store.get_many(ends.iter().map(|(key, _)| key.clone()).collect()).await?;
        let mut batch = Batch::default();
        for ((key, first), _) in ends.into_iter().zip(there).filter(|(_, there)| there.is_none()) {
            // Of two old links of one end the first keeps it.
            if batch.puts.iter().all(|(other, _)| *other != key) {
                batch.expect.push((key.clone(), None));
                batch.put(key, codec::json(&first)?);
            }
        }
        match store.commit(batch).await {
            // Somebody was faster: this page is looked at again.
            Err(StoreError::Conflict) => continue,
            other => other?,
        }
        match page.last() {
            Some((last, _)) if page.len() == PAGE => {
                from.clone_from(last);
                from.push(0);
            }
            _ => break,
        }
    }
    let mut batch = Batch::default();
    note(&mut batch)?;
    store.commit(batch).await
}

/// Where the first end of a link is found by its second, from the key of the link.
fn end_key(key: &[u8], link: &Link) -> Option<Vec<u8>> {
    // What stands before the key of the first end: tenant, both connections and the kind are the same.
    let common = key.strip_suffix(&[0])?.strip_suffix(link.first.key.as_bytes())?;
    let mut end = [&[keys::LINK_END], common.get(1..)?, link.second.key.as_bytes()].concat();
    end.push(0);
    Some(end)
}
