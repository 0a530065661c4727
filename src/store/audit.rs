//! The audit of a tenant: numbered entries from 1, each with the hash of the one before it. Nothing here changes an entry, and
//! the only one that goes is the oldest, when it is older than the tenant's settings say: then an entry of the same commit
//! says up to which number, with the hash of the last one that went, so that a beginning that is missing can be told from one
//! that somebody took away.
//!
//! The hash of an entry is SHA-256 over its JSON with an empty `hash`. Whoever changes, removes or moves an entry in the
//! store without computing all later hashes again is found by [`verify`]; whoever computes them again has another last hash
//! than the one that somebody noted elsewhere.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    Batch, Kv, StoreError,
    codec::{self, Loaded},
    keys::{self, Key},
    pages::Pages,
    table::Table,
};
use crate::model::id::Tenant;

/// One entry. Its JSON is what is hashed: a new field must be left out where it has no value, and the order of the fields
/// stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its number, from 1 without gaps.
    pub no: u64,
    /// When, in milliseconds since 1970.
    pub time: i64,
    /// Who.
    pub actor: String,
    /// How that was proved: `local`, `session ID`, `token ID`; empty for somebody who proved nothing.
    pub via: String,
    /// From where.
    pub address: String,
    /// `write`, `sign_in`, `reveal` or `export`.
    pub kind: String,
    /// The operation.
    pub deed: String,
    /// The id of what it was about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// `done`, or the code of the refusal.
    pub outcome: String,
    /// How it was before, as JSON text. Text, because a number that is read and written again may end in another digit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// How it was afterwards, or what was asked for, as JSON text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// The hash of the entry before; empty for the first.
    pub prev: String,
    /// The hash of this entry.
    pub hash: String,
}

/// A deed that was begun: what is known of it before it is done. It goes with the commit that writes its entry, so what is
/// left of a process that ended in between says which deeds may have been done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begun {
    /// The process that carries it out.
    pub process: String,
    /// What its entry would say.
    pub entry: Entry,
}

/// The newest entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Its number.
    pub no: u64,
    /// Its hash.
    pub hash: String,
}

/// What is wrong with a chain, and from which number on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The entry is not the one that was written.
    Changed,
    /// There is no entry of this number.
    Missing,
    /// The entry does not follow the one before it.
    Moved,
    /// The bytes cannot be read as an entry.
    Unreadable,
}

/// What a look at a whole chain found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Entries that were read.
    pub entries: u64,
    /// The newest entry, as far as there is one.
    pub head: Option<Head>,
    /// What is wrong, the first hundred.
    pub faults: Vec<(u64, Fault)>,
}

/// Faults that are told at most.
const MOST_FAULTS: usize = 100;

/// The deed of an entry that says which ones were forgotten.
pub const FORGET: &str = "forget_audit";
/// Entries that are forgotten in one commit.
const MOST_FORGOTTEN: usize = 500;

/// The last entry that was forgotten.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cut {
    /// Its number.
    pub no: u64,
    /// Its hash.
    pub hash: String,
}

pub(super) static CUTS: Table<Cut> = Table::json(keys::AUDIT, "audit").part("cut");
pub(super) static HEADS: Table<Head> = Table::json(keys::AUDIT, "audit").part("head");
pub(super) static ENTRIES: Table<Entry> = Table::json(keys::AUDIT, "audit").part("entry");
pub(super) static BEGUN: Table<Begun> = Table::json(keys::AUDIT, "audit").part("begun");

fn begun_key(tenant: &Tenant, id: &str) -> Key {
    BEGUN.key(tenant).name(id)
}

/// Notes that a deed is begun; it is on disk when this returns.
pub async fn begin(store: &dyn Kv, tenant: &Tenant, id: &str, begun: &Begun) -> Result<(), StoreError> {
    let mut batch = Batch::default();
    BEGUN.put(&mut batch, begun_key(tenant, id), begun)?;
    store.commit(batch).await
}

/// Forgets a deed that came to nothing.
pub async fn forget(store: &dyn Kv, tenant: &Tenant, id: &str) -> Result<(), StoreError> {
    let mut batch = Batch::default();
    BEGUN.drop(&mut batch, begun_key(tenant, id));
    store.commit(batch).await
}

/// Deeds that were begun and have no entry yet, with their ids.
pub async fn all_begun(store: &dyn Kv, tenant: &Tenant) -> Result<Vec<(String, Begun)>, StoreError> {
    let found = BEGUN.entries(store, BEGUN.key(tenant)).await?;
    Ok(found.into_iter().map(|(rest, begun)| (rest.name(0), begun)).collect())
}

fn entries_key(tenant: &Tenant) -> Key {
    ENTRIES.key(tenant)
}

/// The hash of an entry.
pub fn hash(entry: &Entry) -> Result<String, StoreError> {
    let bare = Entry { hash: String::new(), ..entry.clone() };
    let text = serde_json::to_vec(&bare).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    Ok(Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The newest entry's number and hash.
pub async fn head(store: &dyn Kv, tenant: &Tenant) -> Result<Option<Loaded<Head>>, StoreError> {
    HEADS.loaded(store, HEADS.key(tenant)).await
}

/// Writes an entry after the newest one, which gives it number and hashes. What was noted when its deed was begun goes with it.
///
/// # Errors
/// [`StoreError::Conflict`] when another one was written meanwhile.
pub async fn append(store: &dyn Kv, tenant: &Tenant, entry: Entry, begun: Option<&str>) -> Result<u64, StoreError> {
    let mut batch = Batch::default();
    let no = add(&mut batch, store, tenant, entry).await?;
    if let Some(id) = begun {
        BEGUN.drop(&mut batch, begun_key(tenant, id));
    }
    store.commit(batch).await?;
    Ok(no)
}

/// Puts an entry after the newest one into a commit.
async fn add(batch: &mut Batch, store: &dyn Kv, tenant: &Tenant, mut entry: Entry) -> Result<u64, StoreError> {
    let newest = head(store, tenant).await?;
    let (no, prev) = newest.as_ref().map_or((0, String::new()), |head| (head.value.no, head.value.hash.clone()));
    entry.no = no + 1;
    entry.prev = prev;
    entry.hash = hash(&entry)?;
    let head = Head { no: entry.no, hash: entry.hash.clone() };
    HEADS.replace(batch, HEADS.key(tenant), newest.as_ref(), &head)?;
    ENTRIES.add(batch, entries_key(tenant).number(entry.no), &entry)?;
    Ok(entry.no)
}

/// Forgets the oldest entries that are from before this time, some hundred at once, and writes this entry, which is told their
/// last number and hash. Says how many; the newest one always stays.
///
/// # Errors
/// [`StoreError::Conflict`] when another entry was written meanwhile.
pub async fn forget_before(store: &dyn Kv, tenant: &Tenant, old: i64, mut entry: Entry) -> Result<u64, StoreError> {
    let cut = CUTS.loaded(store, CUTS.key(tenant)).await?;
    let newest = head(store, tenant).await?.map_or(0, |head| head.value.no);
    let first = entries_key(tenant).bytes();
    let page = store.scan(first.clone(), keys::end_of(&first), MOST_FORGOTTEN, false).await?;
    let mut batch = Batch::default();
    let mut last: Option<Cut> = None;
    for (key, value) in page {
        // One that cannot be read stays, for whoever looks what happened to it.
        let Ok(found) = codec::unpack::<Entry>(&value) else { break };
        if found.time >= old || found.no >= newest {
            break;
        }
        last = Some(Cut { no: found.no, hash: found.hash });
        batch.deletes.push(key);
    }
    let Some(last) = last else { return Ok(0) };
    let number = batch.deletes.len() as u64;
    entry.about = Some(last.hash.clone());
    entry.after = Some(format!("{{\"until\":{}}}", last.no));
    CUTS.replace(&mut batch, CUTS.key(tenant), cut.as_ref(), &last)?;
    add(&mut batch, store, tenant, entry).await?;
    store.commit(batch).await?;
    Ok(number)
}

/// Entries before this number, the newest first; from the newest on without one.
pub async fn before(store: &dyn Kv, tenant: &Tenant, no: Option<u64>, limit: usize) -> Result<Vec<Entry>, StoreError> {
    let from = entries_key(tenant).bytes();
    let to = no.map_or_else(|| keys::end_of(&from), |no| entries_key(tenant).number(no).bytes());
    let entries = store.scan(from, to, limit, true).await?;
    entries.iter().map(|(_, value)| codec::unpack(value)).collect()
}

/// Reads the whole chain and compares.
pub async fn verify(store: &dyn Kv, tenant: &Tenant) -> Result<Verdict, StoreError> {
    // The head first: entries that are written meanwhile are after it and belong to the next look.
    let head = head(store, tenant).await?.map(|head| head.value);
    let mut verdict = Verdict { head, ..Verdict::default() };
    let mut pages = Pages::of_prefix(entries_key(tenant).bytes(), 500);
    let cut = CUTS.get(store, CUTS.key(tenant)).await?;
    let (mut expected, mut prev) = cut.as_ref().map_or((1, String::new()), |cut| (cut.no + 1, cut.hash.clone()));
    let mut said = cut.is_none();
    let newest = verdict.head.as_ref().map_or(0, |head| head.no);
    'pages: while let Some(page) = pages.next(store).await? {
        for (key, value) in page {
            let no = keys::last_number(&key);
            if no > newest {
                break 'pages;
            }
            for missing in expected..no {
                verdict.fault(missing, Fault::Missing);
            }
            verdict.entries += 1;
            match codec::unpack::<Entry>(&value) {
                Err(_) => verdict.fault(no, Fault::Unreadable),
                Ok(entry) => {
                    if hash(&entry)? != entry.hash {
                        verdict.fault(no, Fault::Changed);
                    } else if entry.no != no || (expected == no && entry.prev != prev) {
                        verdict.fault(no, Fault::Moved);
                    }
                    said |= entry.deed == FORGET && entry.about == cut.as_ref().map(|cut| cut.hash.clone());
                    prev = entry.hash;
                }
            }
            expected = no + 1;
        }
    }
    for missing in expected..=newest {
        verdict.fault(missing, Fault::Missing);
    }
    // Nothing that was recorded says that the beginning may be missing.
    if let Some(cut) = cut.filter(|_| !said) {
        verdict.fault(cut.no, Fault::Missing);
    }
    let ends_otherwise = verdict.head.as_ref().is_some_and(|head| head.hash != prev);
    if verdict.faults.is_empty() && ends_otherwise {
        verdict.fault(newest, Fault::Changed);
    }
    Ok(verdict)
}

impl Verdict {
    fn fault(&mut self, no: u64, fault: Fault) {
        if self.faults.len() < MOST_FAULTS {
            self.faults.push((no, fault));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::memory::MemoryStore;

    fn entry(deed: &str) -> Entry {
        Entry { deed: deed.into(), actor: "a".into(), outcome: "done".into(), ..Entry::default() }
    }

    fn place(no: u64) -> Vec<u8> {
        entries_key(&Tenant::default_tenant()).number(no).bytes()
    }

    #[tokio::test]
    async fn what_was_done_to_a_chain_is_found() {
        let tenant = Tenant::default_tenant();
        let put = |key: Vec<u8>, value: Vec<u8>| Batch { puts: vec![(key, value)], ..Batch::default() };
        for (what, wanted) in [
            ("nothing", vec![]),
            ("changed", vec![(3, Fault::Changed)]),
            ("changed with its hash", vec![(4, Fault::Moved)]),
            ("removed", vec![(3, Fault::Missing)]),
            ("swapped", vec![(3, Fault::Moved), (4, Fault::Moved), (5, Fault::Moved)]),
            ("the last one removed", vec![(5, Fault::Missing)]),
            ("the last one changed with its hash", vec![(5, Fault::Changed)]),
            ("damaged", vec![(3, Fault::Unreadable), (4, Fault::Moved)]),
        ] {
            let store = MemoryStore::default();
            for no in 1..=5 {
                assert_eq!(append(&store, &tenant, entry(&format!("deed {no}")), None).await.unwrap(), no);
            }
            let get = async |no| store.get(&place(no)).await.unwrap().unwrap();
            let forged = async |no, deed: &str| {
                let mut entry: Entry = codec::unpack(&store.get(&place(no)).await.unwrap().unwrap()).unwrap();
                entry.deed = deed.into();
                entry
            };
            let batch = match what {
                "changed" => put(place(3), codec::json(&forged(3, "x").await).unwrap()),
                "changed with its hash" | "the last one changed with its hash" => {
                    let no = if what == "changed with its hash" { 3 } else { 5 };
                    let mut entry = forged(no, "x").await;
                    entry.hash = hash(&entry).unwrap();
                    put(place(no), codec::json(&entry).unwrap())
                }
                "removed" => Batch { deletes: vec![place(3)], ..Batch::default() },
                "the last one removed" => Batch { deletes: vec![place(5)], ..Batch::default() },
                "swapped" => {
                    let (third, fourth) = (get(3).await, get(4).await);
                    Batch { puts: vec![(place(3), fourth), (place(4), third)], ..Batch::default() }
                }
                "damaged" => put(place(3), vec![3, b'{']),
                _ => Batch::default(),
            };
            store.commit(batch).await.unwrap();
            let verdict = verify(&store, &tenant).await.unwrap();
            assert_eq!(verdict.faults, wanted, "{what}");
        }
    }

    #[tokio::test]
    async fn the_oldest_entries_go_by_age_and_an_entry_says_so() {
        let tenant = Tenant::default_tenant();
        let store = MemoryStore::default();
        for no in 1..=1300_i64 {
            append(&store, &tenant, Entry { time: no, ..entry("deed") }, None).await.unwrap();
        }
        let mut rounds = Vec::new();
        while rounds.last() != Some(&0) {
            rounds.push(forget_before(&store, &tenant, 1201, Entry { time: 1301, ..entry(FORGET) }).await.unwrap());
        }
        assert_eq!(rounds, [500, 500, 200, 0]);
        let verdict = verify(&store, &tenant).await.unwrap();
        assert_eq!((verdict.faults, verdict.entries), (vec![], 103));
        assert_eq!(before(&store, &tenant, None, 1).await.unwrap()[0].no, 1303);
        // However old, the newest one stays.
        while forget_before(&store, &tenant, i64::MAX, Entry { time: 1302, ..entry(FORGET) }).await.unwrap() > 100 {}
        assert!(verify(&store, &tenant).await.unwrap().faults.is_empty());
        // Somebody takes more away and says in the store that it was forgotten.
        let kept = before(&store, &tenant, None, 10).await.unwrap();
        let oldest = kept.last().unwrap();
        let mut batch = Batch { deletes: vec![place(oldest.no)], ..Batch::default() };
        let old = CUTS.loaded(&store, CUTS.key(&tenant)).await.unwrap();
        let cut = Cut { no: oldest.no, hash: oldest.hash.clone() };
        CUTS.replace(&mut batch, CUTS.key(&tenant), old.as_ref(), &cut).unwrap();
        store.commit(batch).await.unwrap();
        assert!(!verify(&store, &tenant).await.unwrap().faults.is_empty());
    }
}
