//! Between which two systems do the links of a step's objects hold?

use idflow_sdk::Kind;

use super::Core;
use crate::{
    store::links::Pair,
    workflow::compiled::{StepIndex, Uses, Workflow},
};

/// The pair of a step and a kind; `None` when there is no such step.
pub(super) fn pair_of(core: &Core, workflow: &Workflow, step_index: StepIndex, kind: Kind) -> Option<Pair> {
    let step = workflow.steps.get(step_index)?;
    let name = |uses: &Uses| {
        let alias = workflow.alias_of(uses);
        core.connect.link_name(&alias.reference, alias.connector.name)
    };
    let source = step.writing().and_then(|writing| workflow.steps.get(writing.foreach.step)?.uses());
    let source = source.map(name).unwrap_or_default();
    Some(Pair { tenant: core.tenant.clone(), source, target: name(step.uses()?), kind })
}
