//! The audit: who did what, from where, and how it was before and after.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

/// Sorts of entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuditKind {
    /// Something was changed, started or decided.
    Write,
    /// Somebody signed in, or tried to.
    SignIn,
    /// Private values were shown.
    Reveal,
    /// Data was written into a file.
    Export,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AuditEntry {
    /// Its number, from 1 without gaps.
    pub no: u64,
    /// When.
    pub time: String,
    /// Who.
    pub actor: String,
    /// How that was proved: `local`, `session ID`, `token ID`; empty for somebody who proved nothing.
    pub via: String,
    /// From where; `local` for a command on the machine.
    pub address: String,
    /// What sort of entry.
    pub kind: AuditKind,
    /// The operation, as the document of the API names it.
    pub deed: String,
    /// The id of what it was about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// `done`, the code of the refusal, or `end_unknown`: the process ended before it could tell whether it was done.
    pub outcome: String,
    /// How it was before. Secrets are left out, private values masked, long texts told by their length and hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Value)]
    pub before: Option<Value>,
    /// How it was afterwards, or what was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Value)]
    pub after: Option<Value>,
    /// The hash of the entry, which covers that of the entry before.
    pub hash: String,
}

/// Which entries.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct AuditFilter {
    /// Only what this one did.
    pub actor: Option<String>,
    /// Only this operation.
    pub deed: Option<String>,
    /// Only what was about this id.
    pub about: Option<String>,
    /// Only this sort: `write`, `sign_in`, `reveal`, `export`.
    pub kind: Option<String>,
    /// Only from this time on (RFC 3339).
    pub since: Option<String>,
    /// Only before this time.
    pub until: Option<String>,
    /// How many at most; 50 where nothing is said, never more than 500.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<usize>,
    /// The `next` of the page before.
    pub cursor: Option<String>,
}

/// What may be wrong with an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuditFaultKind {
    /// It is not as it was written.
    Changed,
    /// It is not there.
    Missing,
    /// It does not follow the one before it.
    Moved,
    /// It cannot be read.
    Unreadable,
}

/// An entry that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditFault {
    /// Its number.
    pub no: u64,
    /// What is wrong.
    pub kind: AuditFaultKind,
}

/// What a look at the whole audit found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditVerdict {
    /// Whether every entry is there as it was written.
    pub ok: bool,
    /// Entries that were read.
    pub entries: u64,
    /// The number of the newest.
    pub newest: u64,
    /// The hash of the newest. Somebody who notes it elsewhere can tell later that nothing before it was changed.
    pub hash: String,
    /// What is wrong, the first hundred.
    pub faults: Vec<AuditFault>,
}
