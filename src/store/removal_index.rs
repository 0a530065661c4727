//! Removals in the order in which people look at them: those that a plan still wants before those that are over, then by
//! workflow, the oldest question first.
//!
//! Whether one needs a decision depends on the time (an approval ends) and on what somebody decided, which is kept apart from
//! what runs know. So an entry holds what runs know, as far as it matters for that, and whoever asks reads the decisions
//! beside the entries: neither a list nor a number reads the removals themselves.

use serde::{Deserialize, Serialize};

use super::{
    Batch, Kv, StoreError, codec, keys,
    pages::Pages,
    removal::{self, Decision, Found, Removal, StoredRemovalState},
    run_index::Progress,
    table::Table,
};
use crate::model::id::Tenant;

/// Entries that are read at once.
const PIECE: usize = 500;

/// What is known of a removal without reading it.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Known {
    found: Found,
    patience: i64,
}

pub(super) static ENTRIES: Table<Known> = Table::packed(keys::REMOVAL_ORDER, "indexes");
/// How far the removals of a store from before the index have come into it.
pub(super) static DONE: Table<Progress> = Table::json(keys::META, "other").part("removals in order");

/// Which part of the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// A plan wants them: they wait, are approved or kept, or went wrong.
    Wanted,
    /// They were done, or no plan wants them any more.
    Over,
}

impl Part {
    const fn of(found: Found) -> Self {
        match found {
            Found::Open | Found::Failed => Self::Wanted,
            Found::Done | Found::Gone => Self::Over,
        }
    }

    /// Never given a second meaning.
    const fn letter(self) -> &'static str {
        match self {
            Self::Wanted => "a",
            Self::Over => "b",
        }
    }
}

/// Where a removal stands in its part.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RemovalCursor {
    /// The workflow.
    pub workflow: String,
    /// See [`Removal::since`].
    pub since: i64,
    /// Its digest.
    pub id: String,
}

/// A removal as the index knows it, with what was decided about it.
#[derive(Debug, Clone)]
pub struct Standing {
    /// Where it stands.
    pub place: RemovalCursor,
    known: Known,
    decision: Option<Decision>,
}

impl Standing {
    /// How it stands.
    #[must_use]
    pub fn state(&self, now: i64) -> StoredRemovalState {
        removal::state(self.known.found, (self.place.since, self.known.patience), self.decision.as_ref(), now)
    }
}

fn key(tenant: &Tenant, part: Part, place: &RemovalCursor) -> Vec<u8> {
    let since = u64::try_from(place.since).unwrap_or(0);
    ENTRIES.key(tenant).name(part.letter()).name(&place.workflow).number(since).name(&place.id).bytes()
}

fn place_of(removal: &Removal) -> RemovalCursor {
    RemovalCursor { workflow: removal.workflow.clone(), since: removal.since, id: removal.id.clone() }
}

fn key_of(tenant: &Tenant, removal: &Removal) -> Vec<u8> {
    key(tenant, Part::of(removal.found), &place_of(removal))
}

/// Notes what becomes of a removal; `before` is what it was, if it was there.
pub(super) fn note(
    batch: &mut Batch,
    tenant: &Tenant,
    before: Option<&Removal>,
    after: Option<&Removal>,
) -> Result<(), StoreError> {
    let same = |one: &Removal, other: &Removal| {
        key_of(tenant, one) == key_of(tenant, other) && (one.found, one.patience) == (other.found, other.patience)
    };
    if let (Some(before), Some(after)) = (before, after)
        && same(before, after)
    {
        return Ok(());
    }
    if let Some(before) = before {
        batch.deletes.push(key_of(tenant, before));
    }
    if let Some(after) = after {
        let known = Known { found: after.found, patience: after.patience };
        batch.put(key_of(tenant, after), codec::pack(&known)?);
    }
    Ok(())
}

/// Notes that every removal of a new store stands in the index.
pub fn note_complete(batch: &mut Batch) -> Result<(), StoreError> {
    DONE.put(batch, DONE.key_of_store(), &Progress { done: true, next: None })
}

/// Takes some more removals of a store from before the index into it, of all tenants. False: there are none left.
pub async fn complete(store: &dyn Kv) -> Result<bool, StoreError> {
    let done = DONE.loaded(store, DONE.key_of_store()).await?;
    if done.as_ref().is_some_and(|done| done.value.done) {
        return Ok(false);
    }
    let from = done.as_ref().and_then(|done| done.value.next.clone()).unwrap_or_else(|| vec![keys::REMOVAL]);
    let page = store.scan(from, keys::end_of(&[keys::REMOVAL]), PIECE, false).await?;
    let mut batch = Batch::default();
    for (key, value) in &page {
        // Decisions stand between them. A removal that cannot be read is told by `store check`.
        let Ok(removal) = codec::unpack::<Removal>(value) else { continue };
        let tenant = key.get(1..).and_then(|rest| rest.split(|byte| *byte == 0).next()).unwrap_or_default();
        let Ok(tenant) = String::from_utf8_lossy(tenant).parse::<Tenant>() else { continue };
        note(&mut batch, &tenant, None, Some(&removal))?;
        batch.expect.push((key.clone(), Some(value.clone())));
    }
    let next = page.last().map(|(key, _)| [key, &[0][..]].concat());
    let after = Progress { done: page.len() < PIECE, next };
    DONE.replace(&mut batch, DONE.key_of_store(), done.as_ref(), &after)?;
    match store.commit(batch).await {
        // Somebody was faster, or wrote one of them: it is looked at again.
        Ok(()) | Err(StoreError::Conflict) => Ok(true),
        Err(error) => Err(error),
    }
}

/// The removals of one part in their order, of one workflow or of all, piece by piece.
pub struct InOrder {
    tenant: Tenant,
    pages: Pages,
    /// Bytes of a key before the workflow.
    before: usize,
}

impl InOrder {
    /// Those after this place. What an older store lacks is written first.
    pub async fn new(
        store: &dyn Kv,
        tenant: &Tenant,
        part: Part,
        workflow: Option<&str>,
        after: Option<&RemovalCursor>,
    ) -> Result<Self, StoreError> {
        while complete(store).await? {}
        let start = ENTRIES.key(tenant).name(part.letter());
        let before = start.clone().bytes().len();
        let prefix = workflow.map_or(start.clone(), |workflow| start.name(workflow)).bytes();
        let from = after.map(|after| [&key(tenant, part, after)[..], &[0]].concat()).unwrap_or_default();
        let pages = Pages::of_range(from.max(prefix.clone()), keys::end_of(&prefix), PIECE);
        Ok(Self { tenant: tenant.clone(), pages, before })
    }

    /// The next ones; `None` at the end.
    pub async fn next(&mut self, store: &dyn Kv) -> Result<Option<Vec<Standing>>, StoreError> {
        let Some(page) = self.pages.next(store).await? else { return Ok(None) };
        let place = |key: &[u8]| {
            let rest = key.get(self.before..)?;
            let (workflow, rest) = rest.split_at_checked(rest.iter().position(|byte| *byte == 0)?)?;
            let (since, id) = rest.get(1..)?.split_first_chunk::<8>()?;
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            Some(RemovalCursor {
                workflow: text(workflow),
                since: i64::try_from(u64::from_be_bytes(*since)).ok()?,
                id: text(id.strip_suffix(&[0])?),
            })
        };
        let mut found = Vec::with_capacity(page.len());
        for (key, value) in &page {
            let Some(place) = place(key) else { continue };
            found.push(Standing { place, known: codec::unpack(value)?, decision: None });
        }
        let decisions = found.iter().map(|one| removal::decision_key(&self.tenant, &one.place.workflow, &one.place.id));
        let decisions = store.get_many(decisions.collect()).await?;
        for (one, decision) in found.iter_mut().zip(decisions) {
            one.decision = decision.as_deref().map(codec::unpack).transpose()?;
        }
        Ok(Some(found))
    }
}

/// How many removals of a part, of one workflow or of all, are as wanted.
pub async fn count(
    store: &dyn Kv,
    tenant: &Tenant,
    part: Part,
    workflow: Option<&str>,
    wanted: impl Fn(&Standing) -> bool,
) -> Result<u64, StoreError> {
    let mut number = 0;
    let mut pages = InOrder::new(store, tenant, part, workflow, None).await?;
    while let Some(page) = pages.next(store).await? {
        number += page.iter().filter(|one| wanted(one)).count() as u64;
    }
    Ok(number)
}

#[cfg(test)]
mod tests {
    use idflow_sdk::{Kind, Problem};

    use super::*;
    use crate::{
        model::{change::Action, id::RunId},
        store::{Store, memory::MemoryStore, removals, scan_prefix},
    };

    fn removal(number: usize, since: i64, found: Found) -> Removal {
        Removal {
            id: format!("{number:04x}"),
            workflow: if number.is_multiple_of(3) { "w".into() } else { "w_b".into() },
            step: "s".into(),
            kind: Kind::User,
            action: Action::Delete,
            source: number.to_string(),
            target: "t".into(),
            name: String::new(),
            fields: Vec::new(),
            why: Problem::new("approval_needed"),
            warnings: Vec::new(),
            since,
            seen: since,
            patience: 50,
            run: RunId::new(1),
            found,
            over: None,
            problem: None,
        }
    }

    /// By reading everything: part, place and state of each.
    async fn all(store: &Store, tenant: &Tenant, now: i64) -> Vec<(&'static str, RemovalCursor, StoredRemovalState)> {
        let read = removals::all(&**store, tenant, None).await.expect("readable");
        let one = |entry: &removals::Entry| {
            (Part::of(entry.removal.found).letter(), place_of(&entry.removal), entry.state(now))
        };
        let mut all: Vec<_> = read.iter().map(one).collect();
        all.sort_by(|one, other| (one.0, &one.1).cmp(&(other.0, &other.1)));
        all
    }

    async fn by_index(
        store: &Store,
        tenant: &Tenant,
        now: i64,
    ) -> Vec<(&'static str, RemovalCursor, StoredRemovalState)> {
        let mut found = Vec::new();
        for part in [Part::Wanted, Part::Over] {
            let mut pages = InOrder::new(&**store, tenant, part, None, None).await.expect("readable");
            while let Some(page) = pages.next(&**store).await.expect("readable") {
                found.extend(page.iter().map(|one| (part.letter(), one.place.clone(), one.state(now))));
            }
        }
        found
    }

    #[tokio::test]
    async fn the_order_is_that_of_everything_read_whatever_was_found_decided_and_forgotten() {
        let store: Store = std::sync::Arc::new(MemoryStore::default());
        let tenant = Tenant::default_tenant();
        let mut batch = Batch::default();
        let all_of = [Found::Open, Found::Failed, Found::Done, Found::Gone];
        let before: Vec<Removal> = (0..1200)
            .map(|number| removal(number, 100 + i64::try_from(number * 7 % 40).unwrap_or(0), all_of[number % 4]))
            .collect();
        for one in &before {
            put(&mut batch, &tenant, one);
        }
        store.commit(batch).await.expect("committed");
        assert_eq!(by_index(&store, &tenant, 200).await, all(&store, &tenant, 200).await);
        // What is wanted anew, is over, is forgotten; and what people decided.
        let mut batch = Batch::default();
        for (number, one) in before.iter().enumerate() {
            match number % 5 {
                0 => removals::forget(&mut batch, &tenant, one).expect("encoded"),
                1 => {
                    let after = Removal { found: all_of[number % 3], since: 300, ..one.clone() };
                    removals::put(&mut batch, &tenant, Some(one), &after).expect("encoded");
                }
                2 => {
                    let entry = removals::get(&*store, &tenant, &[(&one.workflow, &one.id)]).await.expect("readable");
                    let since = one.since - i64::from(number.is_multiple_of(2));
                    let decision =
                        Decision { keep: number.is_multiple_of(7), by: "li".into(), at: 180, since, comment: None };
                    removals::decide(&mut batch, &tenant, &entry[0], &decision).expect("encoded");
                }
                _ => {}
            }
        }
        store.commit(batch).await.expect("committed");
        for now in [181, 229, 230] {
            let found = by_index(&store, &tenant, now).await;
            assert_eq!(found, all(&store, &tenant, now).await);
            let waiting = found.iter().filter(|(.., state)| *state == StoredRemovalState::Waiting).count() as u64;
            let waits = |one: &Standing| one.state(now) == StoredRemovalState::Waiting;
            assert_eq!(count(&*store, &tenant, Part::Wanted, None, waits).await.expect("readable"), waiting);
        }
        // A store from before the index.
        let mut batch = Batch::default();
        let entries = scan_prefix(&*store, &[keys::REMOVAL_ORDER]).await.expect("readable");
        batch.deletes.extend(entries.into_iter().map(|(key, _)| key));
        batch.deletes.push(DONE.key_of_store().bytes());
        store.commit(batch).await.expect("committed");
        assert_eq!(by_index(&store, &tenant, 200).await, all(&store, &tenant, 200).await);
    }

    fn put(batch: &mut Batch, tenant: &Tenant, one: &Removal) {
        removals::put(batch, tenant, None, one).expect("encoded");
    }
}
