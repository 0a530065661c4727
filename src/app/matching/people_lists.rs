//! Lists of the people of connections that were read lately, kept in memory for as long as they are fresh.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use crate::model::id::Tenant;

/// So long what was read is used.
const FRESH_MS: i64 = 2 * 60 * 1000;
/// How many lists are kept at most, and of how many people each: a longer one is read whenever somebody asks.
const MOST_LISTS: usize = 8;
pub(super) const MOST_PEOPLE: usize = 200_000;

/// A person as it was read.
pub(super) struct Member {
    pub(super) key: Box<str>,
    pub(super) label: Option<Box<str>>,
    pub(super) departments: Vec<Arc<str>>,
    pub(super) number: Option<Box<str>>,
    pub(super) mobile: Option<Box<str>>,
    pub(super) status: Option<Box<str>>,
}

/// The people of a connection, as they were at a time.
pub(super) struct KeptList {
    /// The settings by which they were read.
    pub(super) changed: i64,
    pub(super) at: i64,
    pub(super) people: Arc<Vec<Member>>,
}

impl KeptList {
    pub(super) const fn is_fresh(&self, now: i64) -> bool {
        let age = now.saturating_sub(self.at);
        0 <= age && age < FRESH_MS
    }
}

type ListEntry = Arc<tokio::sync::Mutex<Option<KeptList>>>;

/// What was read lately, of all tenants. Whoever reads holds the entry of his connection: others wait for what he finds.
#[derive(Default)]
pub(in crate::app) struct Lists(Mutex<HashMap<(Tenant, String), ListEntry>>);

impl Lists {
    pub(super) fn of(&self, tenant: &Tenant, name: &str, now: i64) -> ListEntry {
        let key = (tenant.clone(), name.to_string());
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_old = |entry: &ListEntry| match entry.try_lock() {
            Ok(kept) => !kept.as_ref().is_some_and(|kept| kept.is_fresh(now)),
            Err(_) => false,
        };
        all.retain(|other, entry| *other == key || Arc::strong_count(entry) > 1 || !is_old(entry));
        if all.len() >= MOST_LISTS {
            all.retain(|other, entry| *other == key || Arc::strong_count(entry) > 1);
        }
        all.entry(key).or_default().clone()
    }
}

/// Lets go of a list once it is no longer fresh, if it is still that of this time.
pub(super) async fn forget(entry: Weak<tokio::sync::Mutex<Option<KeptList>>>, at: i64) {
    tokio::time::sleep(Duration::from_millis(FRESH_MS.unsigned_abs())).await;
    let Some(entry) = entry.upgrade() else { return };
    let mut kept = entry.lock().await;
    if kept.as_ref().is_some_and(|kept| kept.at == at) {
        *kept = None;
    }
}
