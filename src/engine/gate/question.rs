//! What is known when the gate is asked?

use idflow_sdk::Problem;

use crate::{
    model::run::{Approved, SafetyCheck},
    store::removals::Standing,
    workflow::compiled::Workflow,
};

/// What is known when the gate is asked.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The workflow.
    pub workflow: &'a Workflow,
    /// Limits, judged.
    pub checks: &'a [SafetyCheck],
    /// The hash of the plan.
    pub hash: &'a str,
    /// Approvals so far.
    pub approvals: &'a [Approved],
    /// The caller approved the plan as computed.
    pub approve: bool,
    /// The scope or the match rules differ from those of the last applied version.
    pub scope_changed: bool,
    /// The reads that see less than at the last good run, and what they lost.
    pub shrunk: &'a [Problem],
    /// How removals stand that were asked about before, row by row.
    pub standing: &'a [Option<Standing>],
}
