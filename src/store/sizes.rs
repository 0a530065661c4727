//! How much of what is stored, by class of key. Values are measured as they are stored, compressed.

use super::{Kv, StoreError, keys, pages::Pages};

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

/// Names of the classes by kind byte.
const CLASSES: &[(&str, &[u8])] = &[
    ("journal", &[keys::JOURNAL]),
    ("plans", &[keys::PLAN]),
    ("failures", &[keys::BAD_ITEM]),
    ("calls", &[keys::EVIDENCE]),
    (
        "runs",
        &[
            keys::RUN,
            keys::RUN_OF_WORKFLOW,
            keys::OPEN_RUN,
            keys::RUN_AT_WORK,
            keys::NUMBER,
            keys::ASKED,
            keys::KEEP,
            keys::WRITTEN_TODAY,
        ],
    ),
    ("links", &[keys::LINK, keys::LINK_END, keys::DECISION]),
    ("directory", &[keys::DIRECTORY, keys::DIRECTORY_MARK]),
    (
        "workflows",
        &[keys::WORKFLOW, keys::BASELINE, keys::SIGNATURE, keys::SCHEDULE, keys::WAKE, keys::FOLLOW, keys::REMOVAL],
    ),
    ("connections", &[keys::CONNECTION, keys::SICK, keys::LEFT_JOB, keys::RESTS]),
];

/// Reads everything once and counts it; kinds that are in no class are `other`.
///
/// # Errors
/// Those of the store.
pub async fn by_class(store: &dyn Kv) -> Result<Vec<Class>, StoreError> {
    let mut classes: Vec<Class> = CLASSES.iter().map(|(name, _)| Class { name, entries: 0, bytes: 0 }).collect();
    let mut other = Class { name: "other", entries: 0, bytes: 0 };
    // Parts of long values, from 0xfe on, are counted with the value they belong to.
    let mut pages = Pages::of_range(vec![0], vec![0xfe], 500);
    while let Some(page) = pages.next(store).await? {
        for (key, value) in page {
            let kind = key.first().copied().unwrap_or_default();
            let place = CLASSES.iter().position(|(_, kinds)| kinds.contains(&kind));
            let class = place.and_then(|place| classes.get_mut(place)).unwrap_or(&mut other);
            class.entries += 1;
            class.bytes += (key.len() + value.len()) as u64;
        }
    }
    classes.push(other);
    classes.retain(|class| class.entries > 0);
    Ok(classes)
}
