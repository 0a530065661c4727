//! Can everything that is stored still be read, and do the indexes say what is there?

use super::{
    Kv, StoreError, codec,
    copy::{Amount, Checksum},
    format, item_index, keys, object_index, run_index, tables,
};

/// Entries that are read at once.
const PAGE: usize = 200;

/// One place that cannot be read.
#[derive(Debug, Clone)]
pub struct Damage {
    /// The key, with bytes that are no text as `\xNN`.
    pub key: String,
    /// What is wrong.
    pub why: String,
}

/// Reads everything and decodes each value. `found` hears of each damage. Gives the amount and the checksum of what could be
/// read; the checksum is that of a copy.
///
/// Where the backend cannot give a page, the rest of that kind of keys counts as one damage.
///
/// # Errors
/// Those that are not damage: a store that is away.
pub async fn check(store: &dyn Kv, mut found: impl FnMut(Damage) + Send) -> Result<(Amount, String), StoreError> {
    let read = read(store, &mut found).await?;
    let mut note = |key: &[u8], why: &str| found(Damage { key: shown(key), why: why.into() });
    for looked in [
        run_index::check(store, &mut note).await,
        object_index::check(store, &mut note).await,
        item_index::check(store, &mut note).await,
    ] {
        match looked {
            // What cannot be read was told above.
            Ok(()) | Err(StoreError::Corrupt(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(read)
}

async fn read(store: &dyn Kv, found: &mut (impl FnMut(Damage) + Send)) -> Result<(Amount, String), StoreError> {
    let mut amount = Amount::default();
    let mut checksum = Checksum::default();
    let mut from = Vec::new();
    let mut limit = PAGE;
    loop {
        match store.scan(from.clone(), keys::end_of(&[]), limit, false).await {
            Ok(page) => {
                for entry @ (key, value) in &page {
                    checksum.add(entry);
                    amount.entries += 1;
                    amount.bytes += (key.len() + value.len()) as u64;
                    if let Err(error) = decode(key, value) {
                        found(Damage { key: shown(key), why: error.to_string() });
                    }
                }
                match page.last() {
                    Some((key, _)) if page.len() == limit => from = [key, &[0][..]].concat(),
                    _ => return Ok((amount, checksum.hex())),
                }
            }
            // Smaller and smaller pages, until the place is known.
            Err(StoreError::Corrupt(_)) if limit > 1 => limit = limit.div_ceil(4).min(limit - 1),
            Err(StoreError::Corrupt(why)) => {
                found(Damage { key: format!("after {}", shown(&from)), why });
                from = match from.first() {
                    Some(kind) if *kind < 0xff => vec![kind + 1],
                    Some(_) => return Ok((amount, checksum.hex())),
                    // Not even the first entry: go through the kinds.
                    None => vec![1],
                };
                limit = PAGE;
            }
            Err(error) => return Err(error),
        }
    }
}

fn shown(key: &[u8]) -> String {
    key.escape_ascii().to_string()
}

/// Decodes a value as what its key says it is.
fn decode(key: &[u8], value: &[u8]) -> Result<(), StoreError> {
    match tables::of(key) {
        _ if *key == *format::key() => codec::unpack::<format::Written>(value).map(|_| ()),
        Some(table) => table.check(value),
        // The key says all; or a kind that has no type of its own here.
        None if value.is_empty() => Ok(()),
        None => codec::sound(value),
    }
}
