//! A person starts a workflow by hand.

use crate::{
    contract::run::NewRun,
    engine::{Engine, Refused, Request},
    model::{
        id::RunId,
        run::Mode,
        trigger::{Trigger, TriggerKind},
    },
};

/// Starts the active version, or plans by the newest one.
///
/// # Errors
/// See [`Refused`]; among them that the workflow has no `on.manual`.
pub async fn start(engine: &Engine, workflow: &str, new: NewRun, actor: &str) -> Result<RunId, Refused> {
    engine.submit(request(engine, workflow, new, TriggerKind::Manual, actor)).await
}

/// What somebody asks for who is there and waits.
pub(super) fn request(engine: &Engine, workflow: &str, new: NewRun, kind: TriggerKind, actor: &str) -> Request {
    Request {
        mode: if new.plan { Mode::Plan } else { Mode::Apply },
        inputs: new.inputs,
        approve: new.approve,
        ..Request::new(workflow, Trigger::new(kind, actor, engine.core().clock.now_ms()))
    }
}
