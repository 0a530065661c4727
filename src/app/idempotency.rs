//! The same call twice is one call: `Idempotency-Key` of the API.
//!
//! A name is bound to its caller, to the operation and to the body. For 24 hours a repetition is answered as the first one was;
//! the same name for something else is refused. What was refused has changed nothing and is forgotten, so that the next try
//! is looked at anew.
//!
//! A process may end while it carries a call out. Whether a run was started is known then, because the call is settled in the
//! commit that accepts the run; of other operations it is said that nobody knows.

use idflow_sdk::Secret;
use sha2::{Digest, Sha256};

use super::{
    App, AppError, Caller,
    process::{AT_WORK_MS, process},
};
use crate::{
    contract::run::RunRef,
    model::hex::hex,
    store::{
        Batch, StoreError,
        idempotency::{self, Call, Ticket},
        webhook_calls,
    },
};

/// The longest name.
const MOST_NAME: usize = 255;
/// How long a name is remembered.
const REMEMBERED_MS: i64 = 24 * 3600 * 1000;
/// The longest answer that is kept.
pub const MOST_ANSWER: usize = 256 << 10;
/// How often a call is looked at again when others are noted at the same moment.
const TRIES: usize = 16;

/// A call that names itself.
pub struct Named<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its method, path and query.
    pub operation: &'a str,
    /// Its body.
    pub body: &'a [u8],
    /// Whether all it does is to start a run.
    pub starts: bool,
}

/// What is to be done about a call.
pub enum Known {
    /// It is new: carry it out.
    New(Ticket),
    /// It was carried out and answered so.
    Answered(String),
    /// It has started this run; what it was answered besides is not known.
    Started(RunRef),
}

/// How a call ended.
pub enum Ended<'a> {
    /// It was refused and has changed nothing.
    Refused,
    /// It failed, and a part of it may have been done.
    Unknown,
    /// It was carried out, and answered so, where that is kept.
    Done(Option<&'a str>),
}

fn digest(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hex(&hash.finalize())
}

impl App {
    /// Notes a call before it is carried out, or tells what became of it when it came before.
    ///
    /// # Errors
    /// A name that belongs to another call, a call that is still at work or of which nobody knows the end; the store.
    pub async fn once(&self, caller: &Caller, named: &Named<'_>) -> Result<Known, AppError> {
        if named.name.len() > MOST_NAME {
            return Err(AppError::invalid("idempotency_key_long").arg("most", MOST_NAME.to_string()));
        }
        let who = caller.account.as_ref().map_or_else(|| format!("local {}", caller.actor), Clone::clone);
        let name = digest(&[who.as_bytes(), named.name.as_bytes()]);
        let (operation, body) = (digest(&[named.operation.as_bytes()]), digest(&[named.body]));
        for _ in 0..TRIES {
            let now = self.now();
            let found = idempotency::find(&*self.store, &self.tenant, &name).await?;
            if let Some(call) = found.as_ref().map(|found| &found.value).filter(|call| call.until >= now) {
                if call.operation != operation || call.body != body {
                    return Err(AppError::conflict("idempotency_key_reused"));
                }
                if call.done {
                    return self.known(&name, call);
                }
                let elsewhere = self.all.shared && now.saturating_sub(call.began) < AT_WORK_MS;
                if call.process == process() || elsewhere {
                    return Err(AppError::conflict("idempotency_under_way"));
                }
                if !named.starts {
                    return Err(AppError::conflict("idempotency_end_unknown"));
                }
                // Whoever carried it out is gone, and no run was accepted.
            }
            let call = Call {
                operation: operation.clone(),
                body: body.clone(),
                until: now.saturating_add(REMEMBERED_MS),
                began: now,
                process: process().into(),
                done: false,
                run: None,
                answer: None,
            };
            let mut batch = Batch::default();
            idempotency::put(&mut batch, &self.tenant, &name, found.as_ref(), &call)?;
            webhook_calls::forget(&*self.store, &self.tenant, now, &mut batch).await?;
            match self.store.commit(batch).await {
                Ok(()) => return Ok(Known::New(Ticket { name, call })),
                // The same call once more at the same moment.
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(StoreError::Conflict.into())
    }

    fn known(&self, name: &str, call: &Call) -> Result<Known, AppError> {
        if let Some(sealed) = &call.answer
            && let Some(answer) = self.sealer.unseal(&seal_context(name), sealed)
        {
            return Ok(Known::Answered(answer.expose().into()));
        }
        match call.run {
            Some(run) => Ok(Known::Started(super::run_view::reference(run))),
            None => Err(AppError::conflict("idempotency_answer_gone")),
        }
    }

    /// Notes how a call ended.
    pub async fn once_ended(&self, ticket: &Ticket, ended: Ended<'_>) -> Result<(), AppError> {
        for _ in 0..TRIES {
            let Some(found) = idempotency::find(&*self.store, &self.tenant, &ticket.name).await? else { return Ok(()) };
            let call = &found.value;
            let mut batch = Batch::default();
            match ended {
                // A run was accepted before something else went wrong: it is not started again.
                Ended::Refused | Ended::Unknown if call.done => return Ok(()),
                // As after a process that was killed: a start is tried again, and of all else nobody says that nothing was done.
                Ended::Unknown => {
                    let call = Call { process: String::new(), began: 0, ..call.clone() };
                    idempotency::put(&mut batch, &self.tenant, &ticket.name, Some(&found), &call)?;
                }
                Ended::Refused => idempotency::drop(&mut batch, &self.tenant, &ticket.name, &found),
                Ended::Done(answer) => {
                    let secret = answer.map(|answer| Secret::new(answer.into()));
                    let sealed =
                        secret.map(|answer| self.sealer.seal(&seal_context(&ticket.name), &answer)).transpose()?;
                    let call = Call { done: true, answer: sealed, ..call.clone() };
                    idempotency::put(&mut batch, &self.tenant, &ticket.name, Some(&found), &call)?;
                }
            }
            match self.store.commit(batch).await {
                Err(StoreError::Conflict) => {}
                done => return Ok(done?),
            }
        }
        Err(StoreError::Conflict.into())
    }
}

/// What a sealed answer is bound to.
pub(super) fn seal_context(name: &str) -> String {
    format!("once/{name}")
}
