//! How much of what is stored, by class of key. Values are measured as they are stored, compressed.

use super::{Kv, StoreError, pages::Pages, tables};
use crate::model::id::Tenant;

/// One class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Class {
    /// What it holds: `plans`, `journal`, `links`.
    pub name: &'static str,
    /// How many entries.
    pub entries: u64,
    /// Bytes of keys and values, without what the backend adds.
    pub bytes: u64,
}

/// The classes in the order in which they are shown; kinds of keys that [`tables`] does not know are `other`.
const CLASSES: &[&str] = &[
    "journal",
    "plans",
    "failures",
    "calls",
    "runs",
    "links",
    "directory",
    "workflows",
    "connections",
    "tenants",
    "accounts",
    "audit",
    "indexes",
    OTHER,
];
/// What is in no class of its own.
const OTHER: &str = "other";

/// Reads everything once and counts it: of all tenants, or of one.
pub async fn by_class(store: &dyn Kv, tenant: Option<&Tenant>) -> Result<Vec<Class>, StoreError> {
    let mut classes: Vec<Class> = CLASSES.iter().map(|name| Class { name, entries: 0, bytes: 0 }).collect();
    // Parts of long values, from 0xfe on, are counted with the value they belong to.
    let mut pages = Pages::of_range(vec![0], vec![0xfe], 500);
    while let Some(page) = pages.next(store).await? {
        for (key, value) in page {
            let mut parts = key.get(1..).unwrap_or_default().split(|byte| *byte == 0);
            if tenant.is_some_and(|tenant| parts.next() != Some(tenant.as_str().as_bytes())) {
                continue;
            }
            let name = tables::of(&key).map_or(OTHER, |table| table.class());
            if let Some(class) = classes.iter_mut().find(|class| class.name == name) {
                class.entries += 1;
                class.bytes += (key.len() + value.len()) as u64;
            }
        }
    }
    classes.retain(|class| class.entries > 0);
    Ok(classes)
}
