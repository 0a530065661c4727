//! Which work did a run want, or was the step that does it switched off?
//!
//! The header of a run does not tell: a step whose condition did not hold ends like one that had nothing to do. So the conditions
//! are asked again, with what the run was given.

use super::{Core, pair::pair_of, scope};
use crate::{
    model::run::Run,
    store::{StoreError, links::Pair},
    workflow::compiled::{Workflow, Writing},
};

/// Whether a run wanted some step of its workflow that writes objects of a pair and fits.
///
/// # Errors
/// Those of the store.
pub async fn wanted(
    core: &Core,
    run: &Run,
    workflow: &Workflow,
    pair: &Pair,
    fits: impl Fn(&Writing) -> bool,
) -> Result<bool, StoreError> {
    let scope = scope::scope(core, run, workflow).await?;
    Ok(workflow.steps.iter().enumerate().any(|(index, step)| {
        step.writing().is_some_and(|writing| writing.uses.action.kind == Some(pair.kind) && fits(writing))
            && pair_of(core, workflow, index, pair.kind).as_ref() == Some(pair)
            && step.condition.as_ref().is_none_or(|condition| matches!(condition.test(&scope), Ok(true)))
    }))
}
