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
