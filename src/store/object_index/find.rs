//! Objects by what they are looked for by, page by page.

use std::collections::BTreeSet;

use idflow_sdk::{Kind, Record, directory::Stored};

use super::{
    super::{
        Kv, StoreError, codec,
        keys::{self, Key},
        object_terms as terms,
        object_terms::About,
        pages::Pages,
        run_index::Total,
    },
    DONE, MOST_PIECES, PAGE, below, carry_out, entry, is_behind, word_and_id,
};
use crate::model::id::Tenant;

/// Which objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Their kind.
    pub kind: Kind,
    /// Those that are found by this text.
    pub find: Option<String>,
    /// Whether the text may be a telephone number or an address in full.
    pub contacts: bool,
    /// Those of this department; of departments, those right below it.
    pub department: Option<String>,
}

impl Wanted {
    /// The first word of an object that begins with the text; an empty one where a contact is the text. `None`: the object is
    /// not meant. It is what the list is in the order of.
    #[must_use]
    pub fn place(&self, record: &Record) -> Option<String> {
        if let Some(department) = &self.department {
            let member = terms::departments(self.kind, record).contains(&crate::store::run_index::plain(department));
            member.then_some(())?;
        }
        let Some(find) = &self.find else { return Some(String::new()) };
        if self.contacts && terms::contacts(self.kind, record).contains(&terms::contact(find)) {
            return Some(String::new());
        }
        let find = terms::written(find);
        terms::words(self.kind, record).into_iter().find(|word| word.starts_with(&find))
    }
}

/// Where an object stands in a list: by the word it is found by, then by its id.
pub type ObjectCursor = (String, String);

/// The next objects that are wanted, in the order of the words that they are found by, after this place.
pub async fn find(
    store: &dyn Kv,
    tenant: &Tenant,
    wanted: &Wanted,
    after: Option<&ObjectCursor>,
    limit: usize,
) -> Result<Vec<(ObjectCursor, Stored)>, StoreError> {
    let ready = DONE.get(store, DONE.key_of_store()).await?.is_some_and(|done| done.done);
    let mut left = ready;
    for _ in 0..MOST_PIECES {
        left = left && carry_out(store, Some(tenant)).await?;
    }
    if !ready || left {
        return read_all(store, tenant, wanted, after, limit).await;
    }
    let start = Key::new(keys::OBJECT_TERM, tenant).kind(wanted.kind);
    let mut found = Vec::new();
    let after = after.cloned().unwrap_or_default();
    let streams = match (&wanted.find, &wanted.department) {
        (Some(find), _) => {
            let contact = terms::contact(find);
            let contact = (wanted.contacts && !contact.is_empty()).then_some((About::Contact, contact, true));
            [contact, Some((About::Word, terms::written(find), false))]
        }
        (None, Some(department)) => [Some((About::Department, crate::store::run_index::plain(department), true)), None],
        (None, None) => return read_all(store, tenant, wanted, Some(&after), limit).await,
    };
    for (about, text, whole) in streams.into_iter().flatten() {
        // Whoever is found in full stands before all that are found by words.
        if whole && !after.0.is_empty() {
            continue;
        }
        let length = start.clone().raw(&[0]).bytes().len();
        let prefix = below(start.clone(), about, &text);
        let prefix = if whole { prefix.raw(&[0]) } else { prefix }.bytes();
        let from = match (whole, after.1.is_empty()) {
            (_, true) => prefix.clone(),
            (true, _) => [&prefix, after.1.as_bytes(), &[0, 0]].concat(),
            (false, _) => entry(start.clone(), &(about, after.0.clone()), &after.1).into_iter().chain([0]).collect(),
        };
        let from = from.max(prefix.clone());
        let mut pages = Pages::of_range(from, keys::end_of(&prefix), PAGE);
        while let Some(page) = pages.next(store).await? {
            let entries: Vec<ObjectCursor> = page.iter().filter_map(|(key, _)| word_and_id(key, length)).collect();
            let objects = entries.iter().map(|(_, id)| object_key(tenant, wanted.kind, id)).collect();
            for ((word, id), object) in entries.into_iter().zip(store.get_many(objects).await?) {
                let Some(stored) = object.as_deref().map(codec::unpack::<Stored>).transpose()? else { continue };
                let mine = if whole { String::new() } else { word };
                // One that has several words with this beginning is given at the first of them.
                if wanted.place(&stored.record).as_ref() == Some(&mine) {
                    found.push(((mine, id), stored));
                    if found.len() == limit {
                        return Ok(found);
                    }
                }
            }
        }
    }
    Ok(found)
}

/// How many objects are wanted; at most so many are counted, and none while something is still to be written into the index.
pub async fn count(store: &dyn Kv, tenant: &Tenant, wanted: &Wanted, most: usize) -> Result<Total, StoreError> {
    if wanted.find.is_none() && wanted.department.is_none() {
        let prefix = Key::new(keys::DIRECTORY, tenant).kind(wanted.kind).bytes();
        let (mut pages, mut number) = (Pages::of_prefix(prefix, PAGE), 0);
        while let Some(page) = pages.next(store).await? {
            number += page.len();
            if number > most {
                return Ok(Total::TooMany);
            }
        }
        return Ok(Total::Exactly(number as u64));
    }
    let ready = DONE.get(store, DONE.key_of_store()).await?.is_some_and(|done| done.done);
    if !ready || is_behind(store, tenant).await? {
        return Ok(Total::Unknown);
    }
    let start = Key::new(keys::OBJECT_TERM, tenant).kind(wanted.kind);
    let mut found: Option<BTreeSet<String>> = None;
    if let Some(find) = &wanted.find {
        let mut ids = BTreeSet::new();
        let contact = terms::contact(find);
        let contact = (wanted.contacts && !contact.is_empty())
            .then(|| below(start.clone(), About::Contact, &contact).raw(&[0]).bytes());
        let word = below(start.clone(), About::Word, &terms::written(find)).bytes();
        for prefix in contact.into_iter().chain([word]) {
            if !ids_below(store, &start, prefix, most, &mut ids).await? {
                return Ok(Total::TooMany);
            }
        }
        found = Some(ids);
    }
    if let Some(department) = &wanted.department {
        let text = crate::store::run_index::plain(department);
        let mut ids = BTreeSet::new();
        let prefix = below(start.clone(), About::Department, &text).raw(&[0]).bytes();
        if !ids_below(store, &start, prefix, most, &mut ids).await? {
            return Ok(Total::TooMany);
        }
        found = Some(found.map_or(ids.clone(), |found| found.intersection(&ids).cloned().collect()));
    }
    Ok(found.map_or(Total::Unknown, |found| Total::Exactly(found.len() as u64)))
}

/// Adds the ids of the entries with this prefix. False: there are more than `most`.
pub(super) async fn ids_below(
    store: &dyn Kv,
    start: &Key,
    prefix: Vec<u8>,
    most: usize,
    ids: &mut BTreeSet<String>,
) -> Result<bool, StoreError> {
    let length = start.clone().raw(&[0]).bytes().len();
    let mut pages = Pages::of_prefix(prefix, PAGE);
    while let Some(page) = pages.next(store).await? {
        ids.extend(page.iter().filter_map(|(key, _)| Some(word_and_id(key, length)?.1)));
        if ids.len() > most {
            return Ok(false);
        }
    }
    Ok(true)
}

pub(super) fn object_key(tenant: &Tenant, kind: Kind, id: &str) -> Vec<u8> {
    Key::new(keys::DIRECTORY, tenant).kind(kind).name(id).bytes()
}

/// The same by reading every object: while there is no index yet, or much that is still to be written into it.
pub(super) async fn read_all(
    store: &dyn Kv,
    tenant: &Tenant,
    wanted: &Wanted,
    after: Option<&ObjectCursor>,
    limit: usize,
) -> Result<Vec<(ObjectCursor, Stored)>, StoreError> {
    let prefix = Key::new(keys::DIRECTORY, tenant).kind(wanted.kind).bytes();
    // In the order of ids a page can begin where it begins.
    let by_id = wanted.find.is_none();
    let from = match after.filter(|after| by_id && !after.1.is_empty()) {
        Some((_, id)) => [object_key(tenant, wanted.kind, id), vec![0]].concat(),
        None => prefix.clone(),
    };
    let mut found = Vec::new();
    let mut pages = Pages::of_range(from, keys::end_of(&prefix), if by_id { limit.clamp(1, 1000) } else { 1000 });
    while let Some(page) = pages.next(store).await? {
        for (_, value) in page {
            let stored: Stored = codec::unpack(&value)?;
            let Some(word) = wanted.place(&stored.record) else { continue };
            let place = (word, stored.key.to_string());
            if after.is_none_or(|after| place > *after) {
                found.push((place, stored));
            }
        }
        if by_id && found.len() >= limit {
            break;
        }
        // Not more is kept than is asked for.
        if found.len() > limit + 5000 {
            found.sort_by(|(one, _), (other, _)| one.cmp(other));
            found.truncate(limit);
        }
    }
    found.sort_by(|(one, _), (other, _)| one.cmp(other));
    found.truncate(limit);
    Ok(found)
}
