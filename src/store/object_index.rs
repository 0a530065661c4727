//! Which departments and people are found by a word, by a number or address, or in a department?
//!
//! An object stands in the index under its terms (see [`super::object_terms`]). Writing eight entries for each person would
//! triple the entries of an import, in no order that the store likes, so the commit that changes an object writes one note: that its entries are still
//! to be written, and which ones there are. It is written only when a field changes that terms come from; objects that are made
//! together have one note together. Notes are carried
//! out in pieces, in the background and by whoever searches; an answer is exact, because a search carries out what is noted
//! first, and reads everything where there is too much of it.

mod find;

use std::collections::{BTreeSet, HashSet};

use idflow_sdk::{Kind, Record, directory::Stored};

use super::{
    Batch, Kv, StoreError, codec,
    keys::{self, Key},
    object_terms::{self as terms, About, Term},
    pages::Pages,
    run_index::Progress,
    table::{Keys, Table},
};
use crate::model::id::Tenant;

pub use find::{ObjectCursor, Wanted, count, find};

/// Objects whose entries are written in one commit.
const PIECE: usize = 256;
/// Pieces that a search carries out before it reads everything instead.
const MOST_PIECES: usize = 20;
/// Entries that a search reads at once.
const PAGE: usize = 256;

pub(super) static ENTRIES: Keys = Keys::new(keys::OBJECT_TERM, "indexes");
/// The entries that there are of objects whose entries are to be written.
pub(super) static NOTES: Table<BTreeSet<Term>> = Table::packed(keys::OBJECT_NOTE, "indexes");
/// Objects that were made in one commit and have no entries yet, under the first of them: an import makes them by the hundred
/// thousand, and a note for each would be a quarter of what it writes.
pub(super) static MADE: Table<Vec<String>> = Table::packed(keys::OBJECTS_MADE, "indexes");
/// How far the objects of a store from before the index have come into it.
pub(super) static DONE: Table<Progress> = Table::json(keys::META, "other").part("objects by term");

fn note_key(tenant: &Tenant, kind: Kind, id: &str) -> Key {
    NOTES.key(tenant).kind(kind).name(id)
}

/// The beginning of the entries of a kind, for the tenant of another key.
fn start(other: &[u8], kind: Kind) -> Key {
    Key::beside(keys::OBJECT_TERM, other).kind(kind)
}

fn below(start: Key, about: About, text: &str) -> Key {
    start.raw(&[about.letter()]).raw(text.as_bytes())
}

fn entry(start: Key, (about, text): &Term, id: &str) -> Vec<u8> {
    below(start, *about, text).raw(&[0]).name(id).bytes()
}

/// Word and id of the entry with this key.
fn word_and_id(key: &[u8], length: usize) -> Option<(String, String)> {
    let mut parts = key.get(length..)?.split(|byte| *byte == 0);
    let text = |part: &[u8]| String::from_utf8_lossy(part).into_owned();
    Some((text(parts.next()?), text(parts.next()?)))
}

/// The kind and the id of an object or note, from its key.
fn object_of(key: &[u8]) -> Option<(Kind, String)> {
    let rest = key.splitn(2, |byte| *byte == 0).nth(1)?;
    let (letter, id) = rest.split_first()?;
    let kind = Kind::of_letter(char::from(*letter))?;
    Some((kind, String::from_utf8_lossy(id.strip_suffix(&[0])?).into_owned()))
}

/// An object that is about to be written: what it was and what it becomes.
pub(super) struct Changed<'a> {
    pub id: &'a str,
    pub before: Option<Record>,
    pub after: &'a Record,
}

/// Notes the objects of which a field changes that they are found by.
pub(super) async fn note(
    store: &dyn Kv,
    batch: &mut Batch,
    tenant: &Tenant,
    kind: Kind,
    changed: &[Changed<'_>],
) -> Result<(), StoreError> {
    let moved = |one: &&Changed<'_>| one.before.as_ref().is_none_or(|before| !terms::same(kind, before, one.after));
    let moved: Vec<&Changed<'_>> = changed.iter().filter(moved).collect();
    // An object that is new has neither entries nor a note.
    let old: Vec<&Changed<'_>> = moved.iter().copied().filter(|one| one.before.is_some()).collect();
    let notes = match old.is_empty() {
        true => Vec::new(),
        false => store.get_many(old.iter().map(|one| note_key(tenant, kind, one.id).bytes()).collect()).await?,
    };
    for (one, there) in old.into_iter().zip(notes) {
        let key = note_key(tenant, kind, one.id);
        batch.expect.push((key.clone().bytes(), there.clone()));
        if let (None, Some(before)) = (there, &one.before) {
            NOTES.put(batch, key, &terms::terms(kind, before))?;
        }
    }
    let made: Vec<String> =
        moved.into_iter().filter(|one| one.before.is_none()).map(|one| one.id.to_string()).collect();
    for piece in made.chunks(PIECE) {
        match piece {
            [] => {}
            [one] => NOTES.put(batch, note_key(tenant, kind, one), &BTreeSet::new())?,
            [first, ..] => MADE.put(batch, MADE.key(tenant).kind(kind).name(first), &piece.to_vec())?,
        }
    }
    Ok(())
}

/// Writes the entries of objects that were made together. False: there are none.
async fn carry_out_made(store: &dyn Kv, tenant: Option<&Tenant>) -> Result<bool, StoreError> {
    let prefix = tenant.map_or_else(|| vec![keys::OBJECTS_MADE], |tenant| MADE.key(tenant).bytes());
    let Some((key, value)) = store.scan(prefix.clone(), keys::end_of(&prefix), 1, false).await?.pop() else {
        return Ok(false);
    };
    let mut batch = Batch::default();
    if let (Some((kind, _)), Ok(made)) = (object_of(&key), codec::unpack::<Vec<String>>(&value)) {
        let object = |id: &String| Key::beside(keys::DIRECTORY, &key).kind(kind).name(id).bytes();
        let objects: Vec<Vec<u8>> = made.iter().map(object).collect();
        let there = store.get_many(objects.clone()).await?;
        let all = made.into_iter().zip(objects).zip(there).map(|((id, object), there)| (kind, id, object, there));
        write_first(store, &mut batch, all.collect()).await?;
    }
    batch.expect.push((key.clone(), Some(value)));
    batch.deletes.push(key);
    match store.commit(batch).await {
        Ok(()) | Err(StoreError::Conflict) => Ok(true),
        Err(error) => Err(error),
    }
}

/// An object as it was found: kind, id, key and bytes.
type Found = (Kind, String, Vec<u8>, Option<Vec<u8>>);

/// Writes the entries of objects that have none yet. One that has changed since it was made has a
/// note of the entries that there would be by then; exactly these are written, and the note is carried out later.
async fn write_first(store: &dyn Kv, batch: &mut Batch, objects: Vec<Found>) -> Result<(), StoreError> {
    let note = |(kind, id, object, _): &Found| Key::beside(keys::OBJECT_NOTE, object).kind(*kind).name(id).bytes();
    let notes: Vec<Vec<u8>> = objects.iter().map(note).collect();
    let noted = store.get_many(notes.clone()).await?;
    for (((kind, id, object, there), note), noted) in objects.into_iter().zip(notes).zip(noted) {
        let terms = match &noted {
            Some(noted) => codec::unpack::<BTreeSet<Term>>(noted).unwrap_or_default(),
            None => {
                let stored: Option<Stored> = there.as_deref().and_then(|there| codec::unpack(there).ok());
                stored.map(|stored| terms::terms(kind, &stored.record)).unwrap_or_default()
            }
        };
        let start = start(&object, kind);
        batch.puts.extend(terms.iter().map(|term| (entry(start.clone(), term, &id), Vec::new())));
        batch.expect.push((object, there));
        batch.expect.push((note, noted));
    }
    Ok(())
}

/// Whether something is still to be written into the index.
async fn is_behind(store: &dyn Kv, tenant: &Tenant) -> Result<bool, StoreError> {
    for prefix in [NOTES.key(tenant).bytes(), MADE.key(tenant).bytes()] {
        if !store.scan(prefix.clone(), keys::end_of(&prefix), 1, false).await?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The objects that were made and have no entries yet, by their keys.
async fn all_made(store: &dyn Kv) -> Result<HashSet<Vec<u8>>, StoreError> {
    let mut all = HashSet::new();
    let mut pages = Pages::of_prefix(vec![keys::OBJECTS_MADE], PAGE);
    while let Some(page) = pages.next(store).await? {
        for (key, value) in page {
            let (Some((kind, _)), Ok(made)) = (object_of(&key), codec::unpack::<Vec<String>>(&value)) else { continue };
            all.extend(made.iter().map(|id| Key::beside(keys::DIRECTORY, &key).kind(kind).name(id).bytes()));
        }
    }
    Ok(all)
}

/// Writes some of the entries that are noted, of all tenants or of one. False: nothing is noted. Another node may do the same.
pub async fn carry_out(store: &dyn Kv, tenant: Option<&Tenant>) -> Result<bool, StoreError> {
    // First: a note of an object that changed after it was made tells of entries that stand by then.
    if carry_out_made(store, tenant).await? {
        return Ok(true);
    }
    let prefix = tenant.map_or_else(|| vec![keys::OBJECT_NOTE], |tenant| NOTES.key(tenant).bytes());
    let page = store.scan(prefix.clone(), keys::end_of(&prefix), PIECE, false).await?;
    let mut noted = Vec::new();
    let mut batch = Batch::default();
    for (key, value) in page {
        match object_of(&key) {
            Some((kind, id)) => {
                let object = Key::beside(keys::DIRECTORY, &key).kind(kind).name(&id).bytes();
                noted.push((key, value, kind, id, object));
            }
            None => batch.deletes.push(key),
        }
    }
    let objects = store.get_many(noted.iter().map(|(.., object)| object.clone()).collect()).await?;
    for ((key, value, kind, id, object), there) in noted.into_iter().zip(objects) {
        let before: BTreeSet<Term> = codec::unpack(&value).unwrap_or_default();
        let stored: Option<Stored> = there.as_deref().and_then(|there| codec::unpack(there).ok());
        let after = stored.map(|stored| terms::terms(kind, &stored.record)).unwrap_or_default();
        let start = start(&key, kind);
        batch.deletes.extend(before.difference(&after).map(|term| entry(start.clone(), term, &id)));
        batch.puts.extend(after.difference(&before).map(|term| (entry(start.clone(), term, &id), Vec::new())));
        batch.expect.push((object, there));
        batch.expect.push((key.clone(), Some(value)));
        batch.deletes.push(key);
    }
    if batch.is_empty() {
        return Ok(false);
    }
    match store.commit(batch).await {
        // Somebody else did it, or changed one of them: it is looked at again.
        Ok(()) | Err(StoreError::Conflict) => Ok(true),
        Err(error) => Err(error),
    }
}

/// Takes some more objects of a store from before the index into it. False: there are none left.
pub async fn complete(store: &dyn Kv) -> Result<bool, StoreError> {
    let done = DONE.loaded(store, DONE.key_of_store()).await?;
    if done.as_ref().is_some_and(|done| done.value.done) {
        return Ok(false);
    }
    let from = done.as_ref().and_then(|done| done.value.next.clone()).unwrap_or_else(|| vec![keys::DIRECTORY]);
    let page = store.scan(from, keys::end_of(&[keys::DIRECTORY]), PIECE, false).await?;
    let mut batch = Batch::default();
    let mut objects = Vec::with_capacity(page.len());
    for (key, value) in &page {
        if let Some((kind, id)) = object_of(key) {
            objects.push((kind, id, key.clone(), Some(value.clone())));
        }
    }
    write_first(store, &mut batch, objects).await?;
    let next = page.last().map(|(key, _)| [key, &[0][..]].concat());
    let after = Progress { done: page.len() < PIECE, next };
    DONE.replace(&mut batch, DONE.key_of_store(), done.as_ref(), &after)?;
    match store.commit(batch).await {
        Ok(()) | Err(StoreError::Conflict) => Ok(!after.done),
        Err(error) => Err(error),
    }
}

/// Notes that every object of a new store stands in the index.
pub fn note_complete(batch: &mut Batch) -> Result<(), StoreError> {
    DONE.put(batch, DONE.key_of_store(), &Progress { done: true, next: None })
}

/// Looks for what the index lacks, and for what is in it and should not be. `found` hears of each.
pub async fn check(store: &dyn Kv, found: &mut (dyn FnMut(&[u8], &str) + Send)) -> Result<(), StoreError> {
    if !DONE.get(store, DONE.key_of_store()).await?.is_some_and(|done| done.done) {
        return Ok(());
    }
    let made = all_made(store).await?;
    let note = |key: &[u8], kind: Kind, id: &str| Key::beside(keys::OBJECT_NOTE, key).kind(kind).name(id).bytes();
    let mut pages = Pages::of_prefix(vec![keys::DIRECTORY], PIECE);
    while let Some(page) = pages.next(store).await? {
        let named: Vec<(Kind, String)> =
            page.iter().map(|(key, _)| object_of(key).unwrap_or((Kind::Row, String::new()))).collect();
        let keys = page.iter().zip(&named).map(|((key, _), (kind, id))| note(key, *kind, id)).collect();
        let mut wanted = Vec::new();
        for (((key, value), (kind, id)), noted) in page.iter().zip(&named).zip(store.get_many(keys).await?) {
            let Ok(stored) = codec::unpack::<Stored>(value) else { continue };
            if noted.is_none() && !made.contains(key) {
                let all = terms::terms(*kind, &stored.record);
                wanted.extend(all.iter().map(|term| entry(start(key, *kind), term, id)));
            }
        }
        for (key, there) in wanted.clone().into_iter().zip(store.get_many(wanted).await?) {
            if there.is_none() {
                found(&key, "the index of the directory lacks this entry");
            }
        }
    }
    let mut pages = Pages::of_prefix(vec![keys::OBJECT_TERM], PIECE);
    while let Some(page) = pages.next(store).await? {
        let owner = |key: &[u8]| {
            let (kind, _) = object_of(key).unwrap_or((Kind::Row, String::new()));
            let id = key.strip_suffix(&[0]).and_then(|key| key.rsplit(|byte| *byte == 0).next()).unwrap_or_default();
            (kind, String::from_utf8_lossy(id).into_owned())
        };
        let owners: Vec<(Kind, String)> = page.iter().map(|(key, _)| owner(key)).collect();
        let object = |key: &[u8], kind: Kind, id: &str| Key::beside(keys::DIRECTORY, key).kind(kind).name(id).bytes();
        let objects = page.iter().zip(&owners).map(|((key, _), (kind, id))| object(key, *kind, id)).collect();
        let notes = page.iter().zip(&owners).map(|((key, _), (kind, id))| note(key, *kind, id)).collect();
        let (objects, notes) = (store.get_many(objects).await?, store.get_many(notes).await?);
        for (((key, _), (kind, id)), (object, noted)) in page.iter().zip(&owners).zip(objects.into_iter().zip(notes)) {
            let stored = object.as_deref().map(codec::unpack::<Stored>);
            let is = match stored {
                Some(Ok(stored)) => {
                    let all = terms::terms(*kind, &stored.record);
                    noted.is_some() || all.iter().any(|term| entry(start(key, *kind), term, id) == *key)
                }
                // It is told for itself.
                Some(Err(_)) => true,
                None => noted.is_some(),
            };
            if !is {
                found(key, "the index of the directory has an entry of which there is nothing");
            }
        }
    }
    Ok(())
}
