//! Who is who: of the objects that a plan or a run is about, how many are bound.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Of the objects that were read, how many are whose counterpart. Together they are all that were read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Bindings {
    /// Objects of the source in scope.
    pub read: u64,
    /// Bound by an earlier run.
    pub bound: u64,
    /// Found by a rule, a decision or a name, and bound by this plan.
    pub to_bind: u64,
    /// Nobody who is there: made by this plan.
    pub to_create: u64,
    /// Waiting for a person, with one candidate.
    pub proposed: u64,
    /// Waiting for a person, with several candidates.
    pub ambiguous: u64,
    /// Waiting for a person, without a candidate.
    pub alone: u64,
    /// Left alone because a person decided so.
    pub ignored: u64,
    /// Left out by the workflow, or not usable.
    pub left_out: u64,
}
