//! Links: which object of one connection is which object of another, and what was last written to each end.
//!
//! A link has no direction. It is stored once, under the connection whose name sorts first, so that what a downstream
//! workflow created is found by an upstream one.

use idflow_sdk::{Kind, Record};
use serde::{Deserialize, Serialize};

use super::{Batch, Kv, StoreError, codec, keys, keys::Key, pages::Pages, scan_prefix, table::Table};
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

pub(super) static LINKS: Table<Link> = Table::packed(keys::LINK, "links");
pub(super) static ENDS: Table<Box<str>> = Table::json(keys::LINK_END, "links");

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

    /// Where the first end of a link is found by its second: what keeps a second link of that end out.
    fn end_key(&self, link: &Link) -> Vec<u8> {
        let (first, second) =
            if self.source_first() { (&self.source, &self.target) } else { (&self.target, &self.source) };
        let key = Key::new(keys::LINK_END, &self.tenant).name(first).name(second).kind(self.kind);
        key.name(&link.second.key).bytes()
    }

    fn first_key(&self, first: &str) -> Vec<u8> {
        self.prefix().name(first).bytes()
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
    let mut pages = Pages::of_prefix(pair.prefix().bytes(), 1000);
    while let Some(page) = pages.next(store).await? {
        for (_, value) in page {
            each(codec::unpack(&value)?);
        }
    }
    Ok(())
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

/// Writes a link that was there before.
///
/// # Errors
/// Those of the codec.
pub fn put(batch: &mut Batch, pair: &Pair, link: &Link) -> Result<(), StoreError> {
    let (source, target) = pair.ends(link);
    batch.put(pair.key(&source.key, &target.key), codec::pack(link)?);
    if link.gone.is_some() {
        batch.deletes.push(pair.end_key(link));
    }
    Ok(())
}

/// Writes a link of ends that have none, without a look at what is there.
///
/// # Errors
/// Those of the codec.
pub fn create(batch: &mut Batch, pair: &Pair, link: &Link) -> Result<(), StoreError> {
    put(batch, pair, link)?;
    if link.gone.is_none() {
        batch.put(pair.end_key(link), codec::json(&link.first.key)?);
    }
    Ok(())
}

/// A link to be made, and the one that it takes the place of, by its source and target key.
pub type New<'a> = (&'a Link, Option<(&'a str, &'a str)>);

/// Writes links that are made now. An end has at most one living link to another connection: a link of which an end has
/// another one is refused (`false` at its place) and not written. The commit expects what was found here, so that of two
/// who make links at once one is refused as well.
///
/// # Errors
/// Those of the store and of the codec.
pub async fn add(store: &dyn Kv, batch: &mut Batch, pair: &Pair, new: &[New<'_>]) -> Result<Vec<bool>, StoreError> {
    let firsts: Vec<Vec<u8>> = new.iter().map(|(link, _)| pair.first_key(&link.first.key)).collect();
    let ends: Vec<Vec<u8>> = new.iter().map(|(link, _)| pair.end_key(link)).collect();
    let there = store.get_many(firsts.clone()).await?;
    let held = store.get_many(ends.clone()).await?;
    let mut taken = std::collections::HashSet::new();
    let mut answers = Vec::with_capacity(new.len());
    for (at, (link, replaces)) in new.iter().enumerate() {
        let replaced = |other: &Link| {
            let (source, target) = pair.ends(other);
            replaces.is_some_and(|(old, key)| *source.key == *old && *target.key == *key)
        };
        let same = |other: &Link| other.first.key == link.first.key && other.second.key == link.second.key;
        let stands = |other: &Link| other.gone.is_none() && !same(other) && !replaced(other);
        let before: Option<Link> = there[at].as_deref().map(codec::unpack).transpose()?;
        let mut free = !before.as_ref().is_some_and(stands);
        if let Some(raw) = held[at].as_deref() {
            let first: Box<str> = codec::unpack(raw)?;
            let other = store.get(&pair.first_key(&first)).await?;
            let other: Option<Link> = other.as_deref().map(codec::unpack).transpose()?;
            free &= !other.is_some_and(|other| other.second.key == link.second.key && stands(&other));
        }
        free = free && taken.insert(&firsts[at]) && taken.insert(&ends[at]);
        answers.push(free);
        if !free {
            continue;
        }
        batch.expect.push((firsts[at].clone(), there[at].clone()));
        batch.expect.push((ends[at].clone(), held[at].clone()));
        if let Some(before) = before.filter(|before| before.second.key != link.second.key) {
            batch.deletes.push(pair.end_key(&before));
        }
        if let Some((source, target)) = replaces {
            let end = |key: &str| End { key: key.into(), ..End::default() };
            let old = pair.link(end(source), end(target), "", "", 0);
            batch.deletes.push(pair.first_key(&old.first.key));
            // Its other end may belong to somebody else by now.
            let held = store.get(&pair.end_key(&old)).await?;
            let held: Option<Box<str>> = held.as_deref().map(codec::unpack).transpose()?;
            if held.is_none_or(|first| first == old.first.key) {
                batch.deletes.push(pair.end_key(&old));
            }
        }
        create(batch, pair, link)?;
    }
    Ok(answers)
}

/// The link of this object of the connection that is read, whichever end that is.
///
/// # Errors
/// Those of the store.
pub async fn of_source(store: &dyn Kv, pair: &Pair, source: &str) -> Result<Option<Link>, StoreError> {
    let mut first: Box<str> = source.into();
    if !pair.source_first() {
        let end = |key: &str| End { key: key.into(), ..End::default() };
        let held = store.get(&pair.end_key(&pair.link(end(source), end(""), "", "", 0))).await?;
        let Some(held) = held else { return Ok(None) };
        first = codec::unpack(&held)?;
    }
    let link = store.get(&pair.first_key(&first)).await?;
    let link: Option<Link> = link.as_deref().map(codec::unpack).transpose()?;
    Ok(link.filter(|link| link.gone.is_none() && *pair.ends(link).0.key == *source))
}

/// Drops a link.
pub fn drop(batch: &mut Batch, pair: &Pair, link: &Link) {
    batch.deletes.push(pair.first_key(&link.first.key));
    batch.deletes.push(pair.end_key(link));
}

/// A link with the pair it belongs to, the other connection being the one that is written.
pub type Placed = (Pair, Link);

/// All links of a connection, of any kind and to any other connection.
///
/// # Errors
/// Those of the store.
pub async fn of_connection(store: &dyn Kv, tenant: &Tenant, connection: &str) -> Result<Vec<Placed>, StoreError> {
    let mut found = Vec::new();
    for (key, value) in scan_prefix(store, &Key::new(keys::LINK, tenant).bytes()).await? {
        let mut parts = key.splitn(5, |byte| *byte == 0).skip(1);
        let (Some(first), Some(second), Some(rest)) = (parts.next(), parts.next(), parts.next()) else { continue };
        let (first, second) = (String::from_utf8_lossy(first), String::from_utf8_lossy(second));
        let other = match (first == connection, second == connection) {
            (true, _) => &second,
            (_, true) => &first,
            _ => continue,
        };
        let Some(kind) = rest.first().and_then(|letter| Kind::of_letter(char::from(*letter))) else { continue };
        let pair = Pair { tenant: tenant.clone(), source: connection.into(), target: other.clone().into_owned(), kind };
        found.push((pair, codec::unpack(&value)?));
    }
    Ok(found)
}

/// How many live links a connection has, of any kind and to any other connection; told before a connection is removed.
///
/// # Errors
/// Those of the store.
pub async fn count(store: &dyn Kv, tenant: &Tenant, connection: &str) -> Result<u64, StoreError> {
    let all = Key::new(keys::LINK, tenant);
    let prefix = all.clone().bytes();
    let (mut from, end) = (prefix.clone(), keys::end_of(&prefix));
    let mut number = 0;
    // Links stand under their first connection and then their second: of each first one a single entry is looked at.
    while let Some((key, _)) = store.scan(from, end.clone(), 1, false).await?.pop() {
        let first = key.splitn(3, |byte| *byte == 0).nth(1).unwrap_or_default();
        let first = String::from_utf8_lossy(first).into_owned();
        let below = all.clone().name(&first);
        let mine = if first == connection { below.clone() } else { below.clone().name(connection) };
        number += count_below(store, mine.bytes()).await?;
        from = keys::end_of(&below.bytes());
    }
    Ok(number)
}

async fn count_below(store: &dyn Kv, prefix: Vec<u8>) -> Result<u64, StoreError> {
    let mut number = 0;
    let mut pages = Pages::of_prefix(prefix, 1000);
    while let Some(page) = pages.next(store).await? {
        number += page.len() as u64;
    }
    Ok(number)
}
