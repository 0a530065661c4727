//! What runs are asked to do: repeat, stay, be given away as a file.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{super::item::Item, Counts, RunBrief};

/// A decision about a held run.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Approve {
    /// The hash of the plan that was looked at; by default the one that is held.
    #[serde(default)]
    pub plan: Option<String>,
    /// A person has looked at the source: its checks are lifted.
    #[serde(default)]
    pub source_checked: bool,
}

/// How to repeat a run.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Retry {
    /// By the active version of the workflow instead of the run's own.
    #[serde(default)]
    pub newest: bool,
    /// Approve the plan as computed.
    #[serde(default)]
    pub approve: bool,
    /// Only these items, by their rows in the run; all that went wrong where none is given.
    #[serde(default)]
    pub rows: Vec<u32>,
}

/// Which repetition to look at.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RetryLook {
    /// By the active version of the workflow instead of the run's own.
    #[serde(default)]
    #[param(required = false)]
    pub newest: bool,
    /// Show private values as they are; needs `pii:read`.
    #[serde(default)]
    #[param(required = false)]
    pub reveal: bool,
}

/// What a repetition would be about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RetryPreview {
    /// The run.
    pub run: RunBrief,
    /// Its version of the workflow.
    pub version: u64,
    /// The version by which it would be repeated.
    pub by_version: u64,
    /// How the two versions differ, as a unified diff; empty when they are the same.
    pub diff: String,
    /// The uploaded file that it read and that is read again, as it was then: what was corrected since is not in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// How many items.
    pub number: u64,
    /// Items by kind and outcome.
    pub repeats: Counts,
    /// The first of them.
    pub items: Vec<Item>,
}

/// Whether to keep a run whole.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Pin {
    /// Keep it whole until it is unpinned.
    pub pinned: bool,
}

/// Whether a run is kept whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Pinned {
    /// The run.
    pub run: String,
    /// Whether it is kept whole.
    pub pinned: bool,
}

/// Which file of a run.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Export {
    /// `json`, `jsonl`, `csv` or `xlsx`.
    pub format: String,
    /// The plan, or what became of it; by default what there is.
    pub plan: Option<bool>,
    /// Show private values as they are; needs `pii:read`.
    #[serde(default)]
    #[param(required = false)]
    pub reveal: bool,
    /// The language of reasons in tables: `zh` or `en`.
    pub lang: Option<String>,
}
