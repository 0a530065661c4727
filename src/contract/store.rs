//! The store: room on the disk, what takes how much, how long things are kept.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What the free space means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DiskLevel {
    /// There is enough.
    Plenty,
    /// New runs will soon be refused.
    Low,
    /// New runs are refused.
    Full,
}

/// The disk of the data folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Disk {
    /// Free bytes, as far as that is known.
    pub free: Option<u64>,
    /// Bytes below which new runs are refused.
    pub floor: u64,
    /// What that means.
    pub level: DiskLevel,
}

/// The room on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Room {
    /// The disk; null when nobody looks.
    pub disk: Option<Disk>,
}

/// One class of what is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SizeClass {
    /// What it holds.
    pub class: String,
    /// How many entries.
    pub entries: u64,
    /// Bytes of keys and values.
    pub bytes: u64,
}

/// What takes how much.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Sizes {
    /// Bytes on disk; for a caller who sees one tenant only, as many as that takes.
    pub on_disk: u64,
    /// Bytes that are in use.
    pub live: u64,
    /// By class.
    pub classes: Vec<SizeClass>,
    /// When old runs were forgotten last.
    pub pruned: Option<String>,
    /// The disk; null when nobody looks.
    pub disk: Option<Disk>,
    /// Since when the clock is not believed.
    pub clock_doubted_since: Option<String>,
}

/// How long things are kept, in milliseconds; what is not given is as usual.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Prune {
    /// Calls that did not go well.
    #[serde(default)]
    pub calls: Option<i64>,
    /// Changes that were carried out.
    #[serde(default)]
    pub changes: Option<i64>,
    /// Items that went wrong.
    #[serde(default)]
    pub failures: Option<i64>,
    /// Headers of runs.
    #[serde(default)]
    pub headers: Option<i64>,
}

/// How many runs lost what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Pruned {
    /// Runs without their calls.
    pub calls: u64,
    /// Runs of which only the failed items are left.
    pub changes: u64,
    /// Runs of which only the header is left.
    pub failures: u64,
    /// Runs that are forgotten.
    pub headers: u64,
    /// Entries of the audit that are forgotten.
    #[serde(default)]
    pub audit: u64,
}

/// What a store took before and after its space was given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Compacted {
    /// Bytes on disk before.
    pub before: u64,
    /// Bytes on disk after.
    pub after: u64,
    /// Entries that were copied.
    pub entries: u64,
}
