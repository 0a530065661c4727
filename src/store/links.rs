//! Links: which object of one connection is which object of another, and what was last written to each end.
//!
//! A link has no direction. It is stored once, under the connection whose name sorts first, so that what a downstream
//! workflow created is found by an upstream one.

use idflow_sdk::{Kind, Record};
use serde::{Deserialize, Serialize};

use super::{
    Batch, Kv, StoreError, codec, keys,
    keys::Key,
    pages::{Pages, of_made},
    table::Table,
};
use crate::model::{cells::RecordRef, id::Tenant};

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

impl End {
    /// Whether some run has compared this end with what it wanted of it, or has written it: it was a target.
    #[must_use]
    pub fn was_target(&self) -> bool {
        self.fingerprint != 0 || !self.written.is_empty()
    }
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

/// The rule of a link that follows a new key, as the source's system told.
pub const RENAMED: &str = "renamed";

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
        self.ends_prefix().name(&link.second.key).bytes()
    }

    fn ends_prefix(&self) -> Key {
        let (first, second) =
            if self.source_first() { (&self.source, &self.target) } else { (&self.target, &self.source) };
        Key::new(keys::LINK_END, &self.tenant).name(first).name(second).kind(self.kind)
    }

    fn first_key(&self, first: &str) -> Vec<u8> {
        self.prefix().name(first).bytes()
    }

    /// The same pair, read from the other side.
    #[must_use]
    pub fn reversed(&self) -> Self {
        Self { source: self.target.clone(), target: self.source.clone(), ..self.clone() }
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

/// An [`End`] whose texts stay where they lie.
#[derive(Debug, Deserialize)]
pub struct EndRef<'a> {
    /// As [`End::key`].
    pub key: &'a str,
    /// As [`End::written`].
    #[serde(borrow)]
    pub written: RecordRef<'a>,
    /// As [`End::fingerprint`].
    pub fingerprint: u64,
    /// As [`End::removed_at`].
    pub removed_at: Option<i64>,
}

/// A [`Link`] whose texts stay where they lie: all of a large company are looked at in each run, and little of each.
#[derive(Debug, Deserialize)]
pub struct LinkRef<'a> {
    #[serde(borrow)]
    first: EndRef<'a>,
    #[serde(borrow)]
    second: EndRef<'a>,
    /// As [`Link::workflow`].
    pub workflow: &'a str,
    #[expect(dead_code, reason = "stands between those that are looked at")]
    rule: &'a str,
    #[expect(dead_code, reason = "stands between those that are looked at")]
    since: i64,
    /// As [`Link::gone`].
    pub gone: Option<i64>,
}

impl<'a> LinkRef<'a> {
    /// The end that is read and the end that is written.
    #[must_use]
    pub fn ends(&self, pair: &Pair) -> (&EndRef<'a>, &EndRef<'a>) {
        if pair.source_first() { (&self.first, &self.second) } else { (&self.second, &self.first) }
    }
}

/// All links of a pair.
pub async fn all(store: &dyn Kv, pair: &Pair, mut each: impl FnMut(LinkRef<'_>)) -> Result<(), StoreError> {
    let mut pages = Pages::of_prefix(pair.prefix().bytes(), 1000);
    while let Some(page) = pages.next(store).await? {
        for (_, value) in page {
            codec::look(&value, &mut Vec::new(), &mut each)?;
        }
    }
    Ok(())
}

/// The links of these (source, target) keys, in their order. A link of which only one end has such a key is another one: keys
/// are given again.
pub async fn get(store: &dyn Kv, pair: &Pair, ends: &[(&str, &str)]) -> Result<Vec<Option<Link>>, StoreError> {
    let keys = ends.iter().map(|(source, target)| pair.key(source, target)).collect();
    let values = store.get_many(keys).await?;
    let mut links = Vec::with_capacity(ends.len());
    for (value, (source, target)) in values.iter().zip(ends) {
        let link: Option<Link> = value.as_deref().map(codec::unpack).transpose()?;
        links.push(link.filter(|link| {
            let (one, other) = pair.ends(link);
            *one.key == **source && *other.key == **target
        }));
    }
    Ok(links)
}

/// Writes a link that was there before.
pub fn put(batch: &mut Batch, pair: &Pair, link: &Link) -> Result<(), StoreError> {
    let (source, target) = pair.ends(link);
    batch.put(pair.key(&source.key, &target.key), codec::pack(link)?);
    if link.gone.is_some() {
        batch.deletes.push(pair.end_key(link));
    }
    Ok(())
}

/// Writes a link of ends that have none, without a look at what is there.
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
/// who make links at once one is refused as well. Only a link that follows a new key takes that key from whoever had it before.
///
/// # Errors
/// Those of the store and of the codec.
pub async fn add(store: &dyn Kv, batch: &mut Batch, pair: &Pair, new: &[New<'_>]) -> Result<Vec<bool>, StoreError> {
    let firsts: Vec<Vec<u8>> = new.iter().map(|(link, _)| pair.first_key(&link.first.key)).collect();
    let ends: Vec<Vec<u8>> = new.iter().map(|(link, _)| pair.end_key(link)).collect();
    let there = of_made(store, firsts.clone()).await?;
    let held = of_made(store, ends.clone()).await?;
    let mut taken = std::collections::HashSet::new();
    let mut answers = Vec::with_capacity(new.len());
    for (at, (link, replaces)) in new.iter().enumerate() {
        let replaced = |other: &Link| {
            let (source, target) = pair.ends(other);
            replaces.is_some_and(|(old, key)| *source.key == *old && *target.key == *key)
        };
        let same = |other: &Link| other.first.key == link.first.key && other.second.key == link.second.key;
        let former = |other: &Link| link.rule == RENAMED && pair.ends(other).0.key == pair.ends(link).0.key;
        let stands = |other: &Link| other.gone.is_none() && !same(other) && !replaced(other) && !former(other);
        let mut taken_from = None;
        let before: Option<Link> = there[at].as_deref().map(codec::unpack).transpose()?;
        let mut free = !before.as_ref().is_some_and(stands);
        if let Some(raw) = held[at].as_deref() {
            let first: Box<str> = codec::unpack(raw)?;
            let other = store.get(&pair.first_key(&first)).await?;
            let other: Option<Link> = other.as_deref().map(codec::unpack).transpose()?;
            let other = other.filter(|other| other.gone.is_none() && other.second.key == link.second.key);
            free &= !other.as_ref().is_some_and(stands);
            taken_from = other.filter(|other| former(other) && !same(other));
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
        batch.deletes.extend(taken_from.map(|other| pair.first_key(&other.first.key)));
        if let Some((source, target)) = replaces {
            let end = |key: &str| End { key: key.into(), ..End::default() };
            let old = pair.link(end(source), end(target), "", "", 0);
            // Either end may belong to somebody else by now.
            let there = store.get(&pair.first_key(&old.first.key)).await?;
            let there: Option<Link> = there.as_deref().map(codec::unpack).transpose()?;
            if there.is_none_or(|there| there.second.key == old.second.key) {
                batch.deletes.push(pair.first_key(&old.first.key));
            }
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

/// The same of several objects, in their order.
pub async fn of_sources(store: &dyn Kv, pair: &Pair, sources: &[&str]) -> Result<Vec<Option<Link>>, StoreError> {
    let mut firsts: Vec<Option<Box<str>>> = sources.iter().map(|source| Some((*source).into())).collect();
    if !pair.source_first() {
        let end = |key: &str| End { key: key.into(), ..End::default() };
        let ends = sources.iter().map(|source| pair.end_key(&pair.link(end(source), end(""), "", "", 0))).collect();
        let held = of_made(store, ends).await?;
        firsts = held.iter().map(|held| held.as_deref().map(codec::unpack).transpose()).collect::<Result<_, _>>()?;
    }
    let keys = firsts.iter().flatten().map(|first| pair.first_key(first)).collect();
    let mut found = of_made(store, keys).await?.into_iter();
    let mut links = Vec::with_capacity(sources.len());
    for (first, source) in firsts.iter().zip(sources) {
        let link = first.as_ref().and_then(|_| found.next().flatten());
        let link: Option<Link> = link.as_deref().map(codec::unpack).transpose()?;
        links.push(link.filter(|link| link.gone.is_none() && *pair.ends(link).0.key == **source));
    }
    Ok(links)
}

/// The same where the key may be written in another case than the link writes it: WeCom tells userids by case no more than
/// people do. The connection is to be one whose keys are compared so.
pub async fn of_source_in_any_case(store: &dyn Kv, pair: &Pair, source: &str) -> Result<Option<Link>, StoreError> {
    if let Some(link) = of_source(store, pair, source).await? {
        return Ok(Some(link));
    }
    // Keys stand in the order of their bytes: letter by letter those forms are followed that some key begins with.
    let prefix = if pair.source_first() { pair.prefix() } else { pair.ends_prefix() };
    let mut heads = vec![String::new()];
    for letter in source.chars() {
        let mut next = Vec::new();
        for head in heads {
            for form in forms_of(letter) {
                let longer = format!("{head}{form}");
                let from = prefix.clone().raw(longer.as_bytes()).bytes();
                let end = keys::end_of(&from);
                if !store.scan(from, end, 1, false).await?.is_empty() {
                    next.push(longer);
                }
            }
        }
        heads = next;
    }
    for key in heads {
        if let Some(link) = of_source(store, pair, &key).await? {
            return Ok(Some(link));
        }
    }
    Ok(None)
}

/// Whether anything has a living link to this object of a connection. Keys of people are taken in any case.
pub async fn is_linked(
    store: &dyn Kv,
    tenant: &Tenant,
    connection: &str,
    kind: Kind,
    key: &str,
) -> Result<bool, StoreError> {
    for pair in places(store, tenant, connection).await?.iter().filter(|pair| pair.kind == kind) {
        let link = match kind {
            Kind::User => of_source_in_any_case(store, pair, key).await?,
            _ => of_source(store, pair, key).await?,
        };
        if link.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// How a letter of a key may be written.
fn forms_of(letter: char) -> impl Iterator<Item = char> {
    let other = Some(letter.to_ascii_uppercase()).filter(|other| *other != letter.to_ascii_lowercase());
    [letter.to_ascii_lowercase()].into_iter().chain(other)
}

/// Drops a link.
pub fn drop(batch: &mut Batch, pair: &Pair, link: &Link) {
    batch.deletes.push(pair.first_key(&link.first.key));
    batch.deletes.push(pair.end_key(link));
}

/// A link with the pair it belongs to, the other connection being the one that is written.
pub type Placed = (Pair, Link);

/// The pairs of connections and kinds that have links with this connection. Links stand under their first connection, the
/// second and the kind: of each such place a single entry is looked at.
pub async fn places(store: &dyn Kv, tenant: &Tenant, connection: &str) -> Result<Vec<Pair>, StoreError> {
    let all = LINKS.key(tenant);
    let (mut from, end) = (all.clone().bytes(), keys::end_of(&all.clone().bytes()));
    let mut pairs = Vec::new();
    while let Some((key, _)) = store.scan(from, end.clone(), 1, false).await?.pop() {
        let mut parts = key.splitn(4, |byte| *byte == 0).skip(1);
        let mut name = || String::from_utf8_lossy(parts.next().unwrap_or_default()).into_owned();
        let (first, second, rest) = (name(), name(), name());
        let below = all.clone().name(&first);
        let kind = rest.chars().next().and_then(Kind::of_letter);
        let other = match (first == connection, second == connection) {
            (true, _) => &second,
            (_, true) => &first,
            // Everything below this one up to its links with the connection is left out.
            _ => {
                let mine = below.clone().name(connection).bytes();
                from = if key < mine { mine } else { keys::end_of(&below.bytes()) };
                continue;
            }
        };
        let Some(kind) = kind else {
            from = keys::end_of(&below.name(&second).bytes());
            continue;
        };
        pairs.push(Pair { tenant: tenant.clone(), source: connection.into(), target: other.clone(), kind });
        from = keys::end_of(&below.name(&second).kind(kind).bytes());
    }
    Ok(pairs)
}

/// Where a link stands in the list of those of a connection: its key, as text.
pub type LinkCursor = String;

fn place_of(key: &[u8]) -> LinkCursor {
    let rest = key.splitn(2, |byte| *byte == 0).nth(1).unwrap_or_default();
    String::from_utf8_lossy(rest).replace('\0', "\u{1f}")
}

fn key_of(tenant: &Tenant, place: &str) -> Vec<u8> {
    LINKS.key(tenant).raw(place.replace('\u{1f}', "\0").as_bytes()).bytes()
}

/// The next links of a connection, of any kind and to any other connection, after this place.
pub async fn page(
    store: &dyn Kv,
    tenant: &Tenant,
    connection: &str,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<(LinkCursor, Placed)>, StoreError> {
    let after = after.map(|after| [key_of(tenant, after), vec![0]].concat()).unwrap_or_default();
    let mut found = Vec::new();
    for pair in places(store, tenant, connection).await? {
        let prefix = pair.prefix().bytes();
        let end = keys::end_of(&prefix);
        for (key, value) in store.scan(prefix.max(after.clone()), end, limit - found.len(), false).await? {
            found.push((place_of(&key), (pair.clone(), codec::unpack(&value)?)));
        }
        if found.len() == limit {
            break;
        }
    }
    Ok(found)
}

/// The links of a connection of which an end has a key that begins with this text, or is one of these keys of `named`'s
/// connection; at most so many, in the order of [`page`]. Links whose object is gone are found by their first end only.
pub async fn find(
    store: &dyn Kv,
    tenant: &Tenant,
    connection: &str,
    text: &str,
    named: (&str, &[(Kind, String)]),
    most: usize,
) -> Result<Vec<(LinkCursor, Placed)>, StoreError> {
    let mut found: std::collections::BTreeMap<Vec<u8>, Placed> = std::collections::BTreeMap::new();
    for pair in places(store, tenant, connection).await? {
        let below = |prefix: Key| prefix.raw(text.as_bytes()).bytes();
        let first = below(pair.prefix());
        let (one, other) =
            if pair.source_first() { (&pair.source, &pair.target) } else { (&pair.target, &pair.source) };
        let ends = ENDS.key(tenant).name(one).name(other).kind(pair.kind);
        let second = below(ends.clone());
        for (key, value) in store.scan(first.clone(), keys::end_of(&first), most, false).await? {
            found.insert(key, (pair.clone(), codec::unpack(&value)?));
        }
        let mut firsts: Vec<Box<str>> = Vec::new();
        for (_, value) in store.scan(second.clone(), keys::end_of(&second), most, false).await? {
            firsts.push(codec::unpack(&value)?);
        }
        let keys = named.1.iter().filter(|(kind, _)| *kind == pair.kind).map(|(_, key)| key.as_str());
        if *one == named.0 {
            firsts.extend(keys.map(Into::into));
        } else if *other == named.0 {
            firsts.extend(
                ENDS.many(store, keys.map(|key| ends.clone().name(key)).collect()).await?.into_iter().flatten(),
            );
        }
        let keys: Vec<Vec<u8>> = firsts.iter().map(|first| pair.first_key(first)).collect();
        for (key, value) in keys.clone().into_iter().zip(store.get_many(keys).await?) {
            if let Some(value) = value {
                found.insert(key, (pair.clone(), codec::unpack(&value)?));
            }
        }
    }
    Ok(found.into_iter().take(most).map(|(key, placed)| (place_of(&key), placed)).collect())
}

/// How many live links a connection has, of any kind and to any other connection; told before a connection is removed.
pub async fn count(store: &dyn Kv, tenant: &Tenant, connection: &str) -> Result<u64, StoreError> {
    let mut number = 0;
    for pair in places(store, tenant, connection).await? {
        number += count_below(store, pair.prefix().bytes()).await?;
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
