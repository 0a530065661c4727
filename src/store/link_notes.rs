//! What is known of links beside their two ends: what the source called a person whose name its workflow does not keep up to
//! date, and who was never let in.
//!
//! A link says what was last written, and by that it is seen that a key has another holder. Where a name is written when somebody
//! is made, filled once, or not at all, as where accounts are only bound, nothing written tells; then the source's own name does.
//! Whoever waits for a review, leaves and comes back still waits for it, although nothing in the record tells any more.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::{Batch, Kv, StoreError, keys, keys::Key, links::Pair, table::Table};

/// What the source called somebody when it was last known to be he.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Called {
    /// The other end of the link that this is about.
    pub target: Box<str>,
    /// The name.
    pub name: Box<str>,
}

/// By source, target, kind, and the source's key.
pub(super) static CALLED: Table<Called> = Table::json(keys::LINK_NOTE, "links").part("called");
/// The other end of the links of those whom nobody has let in; by the same.
pub(super) static WAITING: Table<Box<str>> = Table::json(keys::LINK_NOTE, "links").part("waiting");

fn of_pair<V>(table: &Table<V>, pair: &Pair) -> Key {
    table.key(&pair.tenant).name(&pair.source).name(&pair.target).kind(pair.kind)
}

/// The names of all of a pair, by the source's key.
///
/// # Errors
/// Those of the store.
pub async fn called(store: &dyn Kv, pair: &Pair) -> Result<HashMap<String, Called>, StoreError> {
    let all = CALLED.entries(store, of_pair(&CALLED, pair)).await?;
    Ok(all.into_iter().map(|(rest, called)| (rest.name(0), called)).collect())
}

/// Remembers a name.
///
/// # Errors
/// The codec.
pub fn call(batch: &mut Batch, pair: &Pair, source: &str, called: &Called) -> Result<(), StoreError> {
    CALLED.put(batch, of_pair(&CALLED, pair).name(source), called)
}

/// Those of a pair whom nobody has let in: both keys.
///
/// # Errors
/// Those of the store.
pub async fn waiting(store: &dyn Kv, pair: &Pair) -> Result<HashSet<(String, Box<str>)>, StoreError> {
    let all = WAITING.entries(store, of_pair(&WAITING, pair)).await?;
    Ok(all.into_iter().map(|(rest, target)| (rest.name(0), target)).collect())
}

/// Somebody waits to be let in.
///
/// # Errors
/// The codec.
pub fn wait(batch: &mut Batch, pair: &Pair, source: &str, target: &str) -> Result<(), StoreError> {
    WAITING.put(batch, of_pair(&WAITING, pair).name(source), &target.into())
}

/// Somebody was let in.
pub fn let_in(batch: &mut Batch, pair: &Pair, source: &str) {
    WAITING.drop(batch, of_pair(&WAITING, pair).name(source));
}
