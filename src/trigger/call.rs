//! A step of `finally` calls another workflow (`uses: workflow/ID`): a run of its own that nobody waits for. A step before the
//! end waits for the run that it calls, so that one is started by the engine, in the caller's own journal.

use crate::{
    engine::Request,
    model::trigger::{Trigger, TriggerKind},
    store::after_runs::Due,
};

/// What the step asked for.
pub(super) fn request(due: &Due, inputs: &serde_json::Map<String, serde_json::Value>, now: i64) -> Request {
    let trigger = Trigger::new(TriggerKind::Workflow, "after", now);
    let trigger = Trigger { parent: Some(due.parent), detached: true, chain: due.chain.clone(), ..trigger };
    Request { inputs: inputs.clone(), ..Request::new(&due.workflow, trigger) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::RunId;

    #[test]
    fn nobody_waits_for_a_run_that_a_step_of_finally_started() {
        let parent = RunId::first_of(1);
        let due = Due { workflow: "w".into(), parent, chain: Vec::new(), step: None, at: 1, inputs: None };
        let trigger = request(&due, &serde_json::Map::new(), 1).trigger;
        assert_eq!((trigger.parent, trigger.caller()), (Some(parent), None));
    }
}
