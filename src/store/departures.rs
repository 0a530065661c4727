//! What ends with a person: sign-ins that stand for them, and values that only they gave.
//!
//! A key outlives its person: a system gives the userid of somebody who left to somebody else. So a sign-in is bound to the
//! person behind the key, as far as one is linked. It ends for good when that person leaves, or when the system says that the
//! key was given up; it is good for nothing while the person is not active or their link is at another key. What a person
//! agreed to give goes with them, also from the history: whoever has the key next did not give it.

use std::collections::{BTreeMap, BTreeSet};

use idflow_sdk::{
    Field, FieldId, Kind, Record,
    directory::{By, Stored},
};

use super::{
    Batch, Kv, StoreError,
    accounts::{self, Ended, StoredIdentity, StoredSession},
    catalogue, codec, consents,
    keys::{self, Key},
    links::{self, Pair},
    object_history::{self, CONNECTION, Past},
    object_terms::user,
};
use crate::model::id::Tenant;

/// How the history names somebody who gave a value: this word, a blank, and the key in the system. No account has a blank in
/// its name.
pub const CONSENT: &str = "consent";
/// Entries of a history that are read at once.
const PAGE: usize = 200;
/// By so much two clocks may differ: a sign-in that was bound shortly after its key was given up may have been bound before.
const SKEW_MS: i64 = 5 * 60_000;

/// How a sign-in stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is good.
    Good,
    /// It ended for good.
    Ended(Ended),
    /// The person has not come in yet, or is disabled, or has left.
    PersonAway,
    /// The person has another key in the system by now, or none.
    LinkMoved,
}

fn pair(tenant: &Tenant, source: &str, target: &str) -> Pair {
    Pair { tenant: tenant.clone(), source: source.into(), target: target.into(), kind: Kind::User }
}

/// The person of the directory behind a key of a connection.
pub async fn person_of(
    store: &dyn Kv,
    tenant: &Tenant,
    connection: &str,
    key: &str,
) -> Result<Option<Box<str>>, StoreError> {
    let pair = pair(tenant, connection, CONNECTION);
    // Systems by which people sign in, and of which they are asked, take a key in any case.
    let link = links::of_source_in_any_case(store, &pair, key).await?;
    Ok(link.map(|link| pair.ends(&link).1.key.clone()))
}

/// The key of a person in a connection.
async fn key_of(
    store: &dyn Kv,
    tenant: &Tenant,
    connection: &str,
    person: &str,
) -> Result<Option<Box<str>>, StoreError> {
    let pair = pair(tenant, CONNECTION, connection);
    let link = links::of_source(store, &pair, person).await?;
    Ok(link.map(|link| pair.ends(&link).1.key.clone()))
}

/// A person of the directory, as stored.
pub async fn person(store: &dyn Kv, tenant: &Tenant, id: &str) -> Result<Option<Record>, StoreError> {
    let key = Key::new(keys::DIRECTORY, tenant).kind(Kind::User).name(id).bytes();
    let found = store.get(&key).await?;
    Ok(found.as_deref().map(codec::unpack::<Stored>).transpose()?.map(|stored| stored.record))
}

fn status(record: &Record) -> &str {
    record.text(user::STATUS).filter(|word| !word.is_empty()).unwrap_or("active")
}

/// How a sign-in stands, by the person that it is for.
pub async fn standing(store: &dyn Kv, one: &StoredIdentity) -> Result<Standing, StoreError> {
    if let Some(ended) = &one.ended {
        return Ok(Standing::Ended(*ended));
    }
    let (Some(tenant), Some(connection), Some(id)) = (&one.tenant, &one.connection, &one.person) else {
        return Ok(Standing::Good);
    };
    let Ok(tenant) = tenant.parse::<Tenant>() else { return Ok(Standing::LinkMoved) };
    let record = person(store, &tenant, id).await?;
    if record.is_none_or(|record| status(&record) != "active") {
        return Ok(Standing::PersonAway);
    }
    let key = key_of(store, &tenant, connection, id).await?;
    let same = key.is_some_and(|key| key.to_lowercase() == one.subject);
    Ok(if same { Standing::Good } else { Standing::LinkMoved })
}

/// What becomes of somebody in a change of the directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Away {
    /// They have left.
    Left,
    /// They are disabled, or wait for a look at them, and may come back.
    Rests,
}

/// Whether somebody is away after a change who was not before.
pub(super) fn goes(kind: Kind, before: Option<&str>, after: &Record) -> Option<Away> {
    let before = before.filter(|_| kind == Kind::User)?;
    match status(after) {
        "left" if before != "left" => Some(Away::Left),
        word if word != "active" && before == "active" => Some(Away::Rests),
        _ => None,
    }
}

/// The status of somebody, where there is a record.
pub(super) fn status_of(record: Option<&Record>) -> Option<String> {
    record.map(|record| status(record).to_string())
}

/// Ends what stands for people who go: sessions of those who rest, sign-ins as well of those who leave.
pub(super) async fn end_with_people(
    store: &dyn Kv,
    batch: &mut Batch,
    tenant: &Tenant,
    gone: &[(&str, Away)],
    now: i64,
) -> Result<(), StoreError> {
    let mut keys: BTreeMap<String, BTreeMap<String, Away>> = BTreeMap::new();
    let mut over = Vec::new();
    for one in accounts::all::<StoredIdentity>(store).await? {
        let Some(connection) = one.connection.clone().filter(|_| one.tenant.as_deref() == Some(tenant.as_str())) else {
            continue;
        };
        let how = match &one.person {
            Some(person) => gone.iter().find(|(id, _)| *id == person.as_str()).map(|(_, how)| *how),
            // Nobody has signed in by it yet: whose it is stands in the links alone.
            None => {
                if !keys.contains_key(&connection) {
                    let mut of = BTreeMap::new();
                    for (id, how) in gone {
                        if let Some(key) = key_of(store, tenant, &connection, id).await? {
                            of.insert(key.to_lowercase(), *how);
                        }
                    }
                    keys.insert(connection.clone(), of);
                }
                keys.get(&connection).and_then(|of| of.get(&one.subject)).copied()
            }
        };
        if let Some(how) = how {
            over.push((one, (how == Away::Left).then_some(Ended { at: now, why: accounts::EndedBy::PersonLeft })));
        }
    }
    end(store, batch, over).await
}

/// Ends sign-ins of a key that a system has given up: its member was deleted, or has another key.
///
/// # Errors
/// Those of the store; a conflict when one of them is used in this moment.
pub async fn end_key(
    store: &dyn Kv,
    batch: &mut Batch,
    tenant: &Tenant,
    (connection, key): (&str, &str),
    (at, now): (i64, i64),
) -> Result<(), StoreError> {
    let key = key.to_lowercase();
    let all = accounts::all::<StoredIdentity>(store).await?.into_iter();
    let mine = all.filter(|one| {
        one.tenant.as_deref() == Some(tenant.as_str())
            && one.connection.as_deref() == Some(connection)
            && one.subject == key
            // Somebody may have been bound anew before an old event came.
            && one.bound.saturating_sub(SKEW_MS) <= at
    });
    let ended = Ended { at: now, why: accounts::EndedBy::KeyGivenUp };
    end(store, batch, mine.map(|one| (one, Some(ended))).collect()).await
}

/// Ends the sessions that began by a connection which is removed, and forgets whom it asked for what only they can give.
///
/// # Errors
/// Those of the store.
pub async fn end_connection(
    store: &dyn Kv,
    batch: &mut Batch,
    tenant: &Tenant,
    connection: &str,
) -> Result<(), StoreError> {
    let all = accounts::all::<StoredIdentity>(store).await?.into_iter();
    let mine = all
        .filter(|one| one.tenant.as_deref() == Some(tenant.as_str()) && one.connection.as_deref() == Some(connection));
    let mine: BTreeSet<String> = mine.map(|one| one.id).collect();
    for session in accounts::all::<StoredSession>(store).await? {
        if session.identity.as_ref().is_some_and(|identity| mine.contains(identity)) {
            accounts::forget(batch, &session);
        }
    }
    for one in consents::all(store, tenant, connection).await? {
        consents::forget(batch, tenant, connection, &one.key);
    }
    Ok(())
}

async fn end(store: &dyn Kv, batch: &mut Batch, over: Vec<(StoredIdentity, Option<Ended>)>) -> Result<(), StoreError> {
    if over.is_empty() {
        return Ok(());
    }
    for session in accounts::all::<StoredSession>(store).await? {
        let begun = |(one, _): &(StoredIdentity, Option<Ended>)| {
            session.account == one.account && session.way == one.way && session.tenant == one.tenant
        };
        if over.iter().any(begun) {
            accounts::forget(batch, &session);
        }
    }
    for (one, ended) in over {
        let Some(ended) = ended.filter(|_| one.ended.is_none()) else { continue };
        if let Some(stored) = accounts::get::<StoredIdentity>(store, &one.id).await? {
            accounts::put(batch, Some(&stored), &StoredIdentity { ended: Some(ended), ..stored.value.clone() })?;
        }
    }
    Ok(())
}

/// Takes what a person gave out of their record and out of their history, and forgets that they were asked.
pub(super) async fn forget_given(
    store: &dyn Kv,
    batch: &mut Batch,
    tenant: &Tenant,
    id: &str,
    record: &mut Record,
) -> Result<(), StoreError> {
    let mut past: Vec<(String, Past, bool)> = Vec::new();
    loop {
        let before = past.last().map(|(id, ..)| id.clone());
        let page = object_history::history(store, tenant, (Kind::User, id), before.as_deref(), PAGE).await?;
        let is_last = page.len() < PAGE;
        past.extend(page.into_iter().map(|(id, past)| (id, past, false)));
        if is_last {
            break;
        }
    }
    // The newest comes first: which entry wrote a field next, and whose the value is that stands there now.
    let mut next: BTreeMap<FieldId, usize> = BTreeMap::new();
    let (mut given, mut keys) = (BTreeSet::new(), BTreeSet::new());
    for index in 0..past.len() {
        let by = giver(&past[index].1.by).map(ToString::to_string);
        let fields: Vec<FieldId> = past[index].1.after.iter().map(|(field, _)| field).collect();
        for field in fields {
            let later = next.insert(field, index);
            if by.is_none() {
                continue;
            }
            match later {
                Some(later) => hide(&mut past[later], field, false),
                None => drop(given.insert(field)),
            }
            hide(&mut past[index], field, true);
        }
        keys.extend(by);
    }
    for field in given {
        if record.value(field).is_some() {
            record.set(field, Field::Empty);
        }
    }
    for (entry, past, changed) in &past {
        if *changed {
            object_history::rewrite(batch, tenant, (Kind::User, id), entry, past)?;
        }
    }
    if keys.is_empty() {
        return Ok(());
    }
    for connection in catalogue::connections(store, tenant).await? {
        for key in &keys {
            let asked = consents::get(store, tenant, &connection.name, key).await?.is_some();
            let holder = person_of(store, tenant, &connection.name, key).await?;
            if asked && holder.is_none_or(|holder| *holder == *id) {
                consents::forget(batch, tenant, &connection.name, key);
            }
        }
    }
    Ok(())
}

/// The key of whoever gave what a change wrote.
fn giver(by: &By) -> Option<&str> {
    match by {
        By::Person(actor) => actor.strip_prefix(CONSENT)?.strip_prefix(' '),
        By::Run(_) => None,
    }
}

fn hide((_, past, changed): &mut (String, Past, bool), field: FieldId, after: bool) {
    let record = if after { &mut past.after } else { &mut past.before };
    if record.value(field).is_some() {
        record.set(field, Field::Empty);
        *changed = true;
    }
}
