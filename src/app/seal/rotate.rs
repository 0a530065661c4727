//! Another master key: everything that is sealed is sealed anew under it.
//!
//! Nothing is changed before every sealed text could be opened. Then a note in the store says that a change is underway; from
//! there on nobody works with the store who has not both keys. Each entry is sealed in a commit that expects it as it was read,
//! so nodes that have both keys may go on working. At the end the whole store is read for the name of the old key, the new key
//! is put into its place, and the note says that the change is done. Killed in between, the same command goes on: what has the
//! new key already is left as it is.
//!
//! A key that lies in the data folder is made beside it (`master.key.next`) and moved over it at the end; the old one stays
//! as `master.key.before-ID`, for backups that were made before. Keys that somebody keeps elsewhere are both given in
//! `IDFLOW_MASTER_KEY`, the new one first.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use serde_json::json;

use super::{MasterKey, Sealer, before, make, next_to, of_file, read};
use crate::{
    app::{
        AppError,
        accounts::ways::oidc,
        audit::{Deed, Recorder, Told},
        callbacks,
        connect::Connections,
        idempotency,
        notify::{call, mail},
        template_bundles, uploads, webhooks,
    },
    contract::audit::AuditKind,
    engine::clock::Clock,
    model::id::Tenant,
    store::{
        Batch, Kv, Store, StoreError,
        key_change::{self, KeyChange},
        sealed::{self, Found, Holder, Whose},
    },
};

/// How often an entry is read again that somebody else has changed.
const TRIES: usize = 16;

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotated {
    /// The name of the key before.
    pub from: String,
    /// The name of the key that seals now.
    pub to: String,
    /// Texts that were sealed anew.
    pub sealed: u64,
    /// Texts that had the new key already.
    pub already: u64,
    /// Where the old key is kept, if it lay in the data folder.
    pub kept: Option<PathBuf>,
}

/// What a text is bound to.
fn seal_context(whose: &Whose) -> String {
    match whose {
        Whose::Connection { id, setting } => Connections::place_of(id, setting),
        Whose::Receiver { id, receiver, key } => callbacks::place_of(id, receiver, key),
        Whose::Hook { path } => webhooks::seal_context(path),
        Whose::Rule { id } => call::seal_context(id),
        Whose::Mail => mail::PLACE.into(),
        Whose::Oidc => oidc::PLACE.into(),
        Whose::Signing => template_bundles::PLACE.into(),
        Whose::Upload { id } => uploads::sealed::seal_context(id),
        Whose::Provider { place } => place.clone(),
        Whose::Answer { name } => idempotency::seal_context(name),
    }
}

/// The keys of a change: the new one first.
fn both(given: Option<&str>, file: &Path, change: Option<&KeyChange>) -> Result<Sealer, AppError> {
    let present = Sealer::open(given, file)?;
    let underway = change.filter(|change| change.done.is_none());
    if given.is_some() {
        return match present.keys.len() {
            1 => Err(AppError::invalid("key_two_needed")),
            _ => Ok(present),
        };
    }
    // Killed after the new key had been moved to its place: only the note is missing.
    if let Some(change) = underway.filter(|change| change.to == present.id()) {
        return present.and(&before(file, &change.from));
    }
    let next = next_to(file);
    let text = match read(&next)? {
        Some(text) => text,
        None => make(&next)?,
    };
    let mut keys = vec![MasterKey::of(&text)?];
    keys.extend(present.keys);
    Ok(Sealer { keys })
}

/// Seals everything anew. `given` is what the environment says of the key, `file` where it lies otherwise; `actor` stands in
/// the audit. `leave` is how long others that work with the store are given, once the change is noted, to see that they have not
/// both keys and to end: until then they seal with the old one.
///
/// # Errors
/// Keys that do not open what is sealed, and nothing is changed; another change underway; the store; a place that nobody
/// knows, and both keys stay needed.
pub async fn rotate(
    store: &Store,
    clock: Arc<dyn Clock>,
    given: Option<&str>,
    file: &Path,
    actor: &str,
    leave: Duration,
) -> Result<Rotated, AppError> {
    let noted = key_change::newest(&**store).await?;
    let change = noted.as_ref().map(|noted| &noted.value);
    let keys = both(given, file, change)?;
    let underway = change.filter(|change| change.done.is_none()).cloned();
    if let Some(other) = underway.as_ref().filter(|change| change.to != keys.id() || !opens(&keys, &change.from)) {
        let error = AppError::conflict("key_change_underway");
        return Err(error.arg("from", other.from.clone()).arg("to", other.to.clone()));
    }
    everything_opens(&**store, &keys).await?;
    let from = match &underway {
        Some(change) => change.from.clone(),
        None => keys.ids().get(1).map_or_else(String::new, |id| (*id).to_string()),
    };
    let begun = underway.map_or_else(|| clock.now_ms(), |change| change.begun);
    let change = KeyChange { from, to: keys.id().to_string(), begun, done: None };
    key_change::note(&**store, noted.as_ref(), &change).await?;
    tokio::time::sleep(leave).await;
    let recorder = Recorder::new(store.clone(), clock.clone());
    let tenant = Tenant::default_tenant();
    let deed = recorder.begin(&tenant, told(actor, &change, 0)).await?;
    let (mut anew, mut already) = (0, 0);
    for holder in Holder::ALL {
        let (done, had) = seal_anew(&**store, &keys, holder).await?;
        anew += done;
        already += had;
    }
    let left = sealed::remains(&**store, &format!("{}{}.", super::NAMED, change.from)).await?;
    if !left.is_empty() && change.from != change.to {
        return Err(AppError::conflict("key_left_over").arg("what", left.join(", ")));
    }
    let kept = match given {
        Some(_) => None,
        None => put_into_place(file, &change)?,
    };
    recorder.settle(&deed, told(actor, &change, anew)).await?;
    let noted = key_change::newest(&**store).await?;
    let done = KeyChange { done: Some(clock.now_ms()), ..change.clone() };
    key_change::note(&**store, noted.as_ref(), &done).await?;
    Ok(Rotated { from: change.from, to: change.to, sealed: anew, already, kept })
}

/// Whether a change from this key can go on: where it is gone, everything must have the new one already, which
/// [`everything_opens`] tells.
fn opens(keys: &Sealer, from: &str) -> bool {
    keys.knows(from) || keys.keys.len() == 1
}

/// Opens every sealed text once, before anything is changed.
async fn everything_opens(store: &dyn Kv, keys: &Sealer) -> Result<(), AppError> {
    let (mut number, mut name) = (0, String::new());
    for holder in Holder::ALL {
        for found in holder.find(store).await? {
            let closed =
                found.texts.iter().filter(|(whose, text)| keys.unseal(&seal_context(whose), text).is_none()).count();
            // What is of use for a day only may have come from anywhere; it is no reason to stop.
            if closed > 0 && holder.lasts() {
                number += closed;
                name = found.name;
            }
        }
    }
    match number {
        0 => Ok(()),
        _ => Err(AppError::conflict("key_does_not_open").arg("number", number.to_string()).arg("name", name)),
    }
}

/// Seals what stands in one table; says how many texts, and how many needed nothing.
async fn seal_anew(store: &dyn Kv, keys: &Sealer, holder: Holder) -> Result<(u64, u64), AppError> {
    let (mut anew, mut already) = (0, None);
    for round in 0..TRIES {
        let (mut had, mut again) = (0, false);
        for found in holder.find(store).await? {
            let (batch, sealed, newest) = of_entry(keys, &found)?;
            had += newest;
            if sealed == 0 {
                continue;
            }
            match store.commit(batch).await {
                Ok(()) => anew += sealed,
                Err(StoreError::Conflict) if round + 1 < TRIES => again = true,
                Err(error) => return Err(error.into()),
            }
        }
        // Later rounds find what the first one has done.
        already.get_or_insert(had);
        if !again {
            break;
        }
    }
    Ok((anew, already.unwrap_or(0)))
}

/// The commit for what was found. A sealed text is unique, so the values are changed by replacing it wherever it stands.
fn of_entry(keys: &Sealer, found: &Found) -> Result<(Batch, u64, u64), AppError> {
    let mut values: Vec<Vec<u8>> = found.entries.iter().map(|(_, value)| value.clone()).collect();
    let (mut anew, mut already) = (0, 0);
    for (whose, text) in &found.texts {
        if keys.is_newest(text) {
            already += 1;
            continue;
        }
        let context = seal_context(whose);
        // Only what does not last comes here without opening; it is of no use afterwards, and says so when it is asked for.
        let Some(secret) = keys.unseal(&context, text) else { continue };
        let sealed = keys.seal(&context, &secret)?;
        for value in &mut values {
            *value = replaced(value, text.as_bytes(), sealed.as_bytes());
        }
        anew += 1;
    }
    let mut batch = Batch::default();
    for ((key, old), new) in found.entries.iter().zip(values) {
        batch.expect.push((key.clone(), Some(old.clone())));
        if *old != new {
            batch.put(key.clone(), new);
        }
    }
    Ok((batch, anew, already))
}

fn replaced(value: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len() + new.len());
    let mut rest = value;
    while let Some(at) = rest.windows(old.len()).position(|part| part == old) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(new);
        rest = &rest[at + old.len()..];
    }
    out.extend_from_slice(rest);
    out
}

/// Keeps the old key under its name and moves the new one over it; says where the old one is.
fn put_into_place(file: &Path, change: &KeyChange) -> Result<Option<PathBuf>, AppError> {
    let failed = |error: std::io::Error| of_file("key_not_written", file, &error);
    let (next, kept) = (next_to(file), before(file, &change.from));
    if next.exists() {
        if !kept.exists() {
            std::fs::hard_link(file, &kept).or_else(|_| std::fs::copy(file, &kept).map(|_| ())).map_err(failed)?;
        }
        std::fs::rename(&next, file).map_err(failed)?;
        if let Some(folder) = file.parent().and_then(|folder| std::fs::File::open(folder).ok()) {
            folder.sync_all().map_err(failed)?;
        }
    }
    Ok(kept.exists().then_some(kept))
}

fn told(actor: &str, change: &KeyChange, sealed: u64) -> Deed {
    let told = Told {
        about: Some("master_key".into()),
        before: Some(json!({"key": change.from})),
        after: Some(json!({"key": change.to, "sealed": sealed})),
        ..Told::default()
    };
    Deed {
        actor: actor.into(),
        via: "local".into(),
        address: String::new(),
        kind: AuditKind::Write,
        deed: "rotate_master_key".into(),
        outcome: "done".into(),
        told,
    }
}
