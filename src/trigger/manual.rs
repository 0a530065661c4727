//! A person starts a workflow by hand.

use crate::{
    contract::run::NewRun,
    engine::{Engine, Refused, Request},
    model::{
        id::RunId,
        run::Mode,
        trigger::{Trigger, TriggerKind},
    },
    store::idempotency::Ticket,
};

/// Who asks, and in which call.
#[derive(Debug, Clone, Copy)]
pub struct By<'a> {
    /// The name in the log.
    pub actor: &'a str,
    /// The call, where it named itself.
    pub ticket: Option<&'a Ticket>,
    /// Whether they come over the network, so that only files are read for them that are open to it.
    pub fenced: bool,
    /// The version of which it was asked whether they may approve it beforehand.
    pub judged: Option<u64>,
}

/// Starts the active version, or plans by the newest one.
///
/// # Errors
/// See [`Refused`]; among them that the workflow has no `on.manual`.
pub async fn start(engine: &Engine, workflow: &str, new: NewRun, by: By<'_>) -> Result<RunId, Refused> {
    engine.submit(request(engine, workflow, new, TriggerKind::Manual, by)).await
}

/// What somebody asks for who is there and waits.
pub(super) fn request(engine: &Engine, workflow: &str, new: NewRun, kind: TriggerKind, by: By<'_>) -> Request {
    Request {
        mode: if new.plan { Mode::Plan } else { Mode::Apply },
        inputs: new.inputs,
        approve: new.approve,
        until: new.until,
        ticket: by.ticket.cloned(),
        fenced: Some(by.fenced),
        judged: by.judged,
        ..Request::new(workflow, Trigger::new(kind, by.actor, engine.core().clock.now_ms()))
    }
}
