//! Links: which object of one connection is which object of another, and what was last written to each end.
//!
//! A link has no direction. It is stored once, under the connection whose name sorts first, so that what a downstream
//! workflow created is found by an upstream one.

use idflow_sdk::{Kind, Record};
use serde::{Deserialize, Serialize};

use super::{Batch, Kv, StoreError, codec, keys, keys::Key, scan_prefix};
use crate::model::id::Tenant;

/// One end of a link that we write to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// The object's key.
    pub key: Box<str>,
    /// Field to value, as last written.
    pub written: Record,
    /// Fingerprint of what the mapping wanted when this end was last found or made as wanted; 0: never.
    pub fingerprint: u64,
    /// When access was taken away (by a removing step or a mapping), in milliseconds since 1970.
    pub removed_at: Option<i64>,
}

/// A link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The end of the connection whose name sorts first.
    pub first: End,
    /// The other end.
    pub second: End,
    /// The workflow that made it.
    pub workflow: String,
    /// How the two were matched: `created`, a match rule, or a person.
    pub rule: String,
    /// When.
    pub since: i64,
    /// When the target object was deleted; such a link matches nothing and explains later runs.
    pub gone: Option<i64>,
}

/// The two connections of a workflow's mapping, and the kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// The tenant.
    pub tenant: Tenant,
    /// The connection that is read.
    pub source: String,
    /// The connection that is written.
    pub target: String,
    /// The kind.
    pub kind: Kind,
}

impl Pair {
    /// Whether the source is the first end.
    #[must_use]
    pub fn source_first(&self) -> bool {
        self.source <= self.target
    }

    fn prefix(&self) -> Key {
        let (first, second) =
            if self.source_first() { (&self.source, &self.target) } else { (&self.target, &self.source) };
        Key::new(keys::LINK, &self.tenant).name(first).name(second).kind(self.kind)
    }

    /// The key of the link of this source object. Links are keyed by the first end; for a pair whose source is the
    /// second end this takes the target's key.
    fn key(&self, source: &str, target: &str) -> Vec<u8> {
        self.prefix().name(if self.source_first() { source } else { target }).bytes()
    }

    /// The end that is read and the end that is written.
    #[must_use]
    pub fn ends<'a>(&self, link: &'a Link) -> (&'a End, &'a End) {
        if self.source_first() { (&link.first, &link.second) } else { (&link.second, &link.first) }
    }

    /// The same, to be changed.
    #[must_use]
    pub fn ends_mut<'a>(&self, link: &'a mut Link) -> (&'a mut End, &'a mut End) {
        if self.source_first() { (&mut link.first, &mut link.second) } else { (&mut link.second, &mut link.first) }
    }

    /// A link between the two.
    #[must_use]
    pub fn link(&self, source: End, target: End, workflow: &str, rule: &str, since: i64) -> Link {
        let (first, second) = if self.source_first() { (source, target) } else { (target, source) };
        Link { first, second, workflow: workflow.into(), rule: rule.into(), since, gone: None }
    }
}

/// All links of a pair.
///
/// # Errors
/// Those of the store.
pub async fn all(store: &dyn Kv, pair: &Pair, mut each: impl FnMut(Link)) -> Result<(), StoreError> {
    let prefix = pair.prefix().bytes();
    let end = keys::end_of(&prefix);
    let mut from = prefix;
    loop {
        let page = store.scan(from, end.clone(), 1000, false).await?;
        let Some((last, _)) = page.last() else { return Ok(()) };
        from = last.clone();
        from.push(0);
        let full = page.len() == 1000;
        for (_, value) in page {
            each(codec::unpack(&value)?);
        }
        if !full {
            return Ok(());
        }
    }
}

/// The links of these (source, target) keys, in their order.
///
/// # Errors
/// Those of the store.
pub async fn get(store: &dyn Kv, pair: &Pair, ends: &[(&str, &str)]) -> Result<Vec<Option<Link>>, StoreError> {
    let keys = ends.iter().map(|(source, target)| pair.key(source, target)).collect();
    let values = store.get_many(keys).await?;
    values.iter().map(|value| value.as_deref().map(codec::unpack).transpose()).collect()
}

/// Writes a link.
///
/// # Errors
/// Those of the codec.
pub fn put(batch: &mut Batch, pair: &Pair, link: &Link) -> Result<(), StoreError> {
    let (source, target) = pair.ends(link);
    batch.put(pair.key(&source.key, &target.key), codec::pack(link)?);
    Ok(())
}

/// Drops a link, when its object is linked anew.
pub fn drop(batch: &mut Batch, pair: &Pair, source: &str, target: &str) {
    batch.deletes.push(pair.key(source, target));
}

/// How many live links a connection has, of any kind and to any other connection; told before a connection is removed.
///
/// # Errors
/// Those of the store.
pub async fn count(store: &dyn Kv, tenant: &Tenant, connection: &str) -> Result<u64, StoreError> {
    let mut number = 0;
    let needle = connection.as_bytes();
    for (key, _) in scan_prefix(store, &Key::new(keys::LINK, tenant).bytes()).await? {
        let mut names = key.splitn(4, |byte| *byte == 0).skip(1);
        let (first, second) = (names.next(), names.next());
        if first == Some(needle) || second == Some(needle) {
            number += 1;
        }
    }
    Ok(number)
}
