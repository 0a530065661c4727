//! Tenants: organisations that are kept apart within one installation.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The state of a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TenantState {
    /// In use.
    Active,
    /// Put away: nothing is started in it, its data stay.
    Archived,
}

/// What can be done with a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TenantVerb {
    /// Give it another name.
    Rename,
    /// Put it away.
    Archive,
    /// Take it up again.
    Restore,
}

/// A tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Tenant {
    /// Its id: part of the addresses of its webhooks, and never changed.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Its state.
    pub state: TenantState,
    /// When it was made; absent for the one that is there from the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    /// Since when it is put away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archived: Option<String>,
    /// Its house number (门牌号): a short word that no other tenant has or had, for accounts that a sync makes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub house_number: Option<String>,
    /// How long its things are kept.
    #[serde(default)]
    pub retention: TenantRetention,
    /// What the caller may do with it now.
    #[serde(default)]
    pub allowed: Vec<TenantVerb>,
    /// The tag of its state: an edit that sends it as `If-Match` changes this state or nothing.
    #[serde(default)]
    pub etag: String,
}

/// A tenant to be made.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTenant {
    /// Its id: lower-case letters, digits and `_`, a letter first, at most 64.
    pub id: String,
    /// What people call it; by default its id.
    #[serde(default)]
    pub name: Option<String>,
}

/// Another name for a tenant.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RenameTenant {
    /// What people call it.
    pub name: String,
}

/// How long things of a tenant are kept, in days: of runs after their end, of all others since they were written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TenantRetention {
    /// Calls that did not go well.
    pub calls_days: u32,
    /// Changes that were carried out, with values before and after.
    pub changes_days: u32,
    /// Items that went wrong.
    pub failures_days: u32,
    /// Runs: summary, counts, approvals.
    pub runs_days: u32,
    /// Entries of the audit.
    pub audit_days: u32,
    /// Files that somebody uploaded.
    pub uploads_days: u32,
}

/// How long things of a tenant are kept from now on, in days. What is not given stays as it is.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetRetention {
    /// Everything that is not given as usual: 30, 90, 180, 400, 730 and 1.
    #[serde(default)]
    pub usual: bool,
    /// Calls that did not go well.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 3650)]
    pub calls_days: Option<u32>,
    /// Changes that were carried out: not longer than items that went wrong.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 3650)]
    pub changes_days: Option<u32>,
    /// Items that went wrong: not longer than runs.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 3650)]
    pub failures_days: Option<u32>,
    /// Runs: summary, counts, approvals.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 3650)]
    pub runs_days: Option<u32>,
    /// Entries of the audit: half a year at least.
    #[serde(default)]
    #[schema(minimum = 184, maximum = 3650)]
    pub audit_days: Option<u32>,
    /// Files that somebody uploaded.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 30)]
    pub uploads_days: Option<u32>,
}

/// A house number for a tenant.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GiveHouseNumber {
    /// The number: 4 to 8 letters and digits. Nothing: the next free one.
    #[serde(default)]
    pub number: Option<String>,
    /// The form of the next free one: `#` stands for a digit, everything else for itself. `####` where nothing is said.
    #[serde(default)]
    pub pattern: Option<String>,
}
