//! Part after part, each announced before its call.

use std::time::Duration;

use idflow_sdk::{Error, ErrorKind, Problem, messenger::Delivery};

use super::{
    super::{App, AppError, problem_words, process::process},
    ReceiverOutcome, holds, list_of,
    receivers::of,
};
use crate::store::{
    Batch, StoreError, keys,
    messages::{self, Stage, StoredMessage, StoredPart},
    tenants, wakes,
    wakes::What,
};

/// How often a part is tried to which the system did not answer at all.
const TRIES: u32 = 5;
/// The first pause between such tries; each further one is twice as long.
const PAUSE_MS: i64 = 10_000;
/// After this time a part that another process has announced is not on its way any more.
const AT_WORK_MS: i64 = 10 * 60_000;
/// How often is looked for messages whose time has come.
const LOOK: Duration = Duration::from_secs(1);
/// After this time a message that could not be looked at is looked at again.
const REST_MS: i64 = 10 * 60_000;
/// Messages that are looked at in one go.
const MOST: usize = 100;

impl App {
    /// Sends what is due of a message, and gives how it is then; nothing where it is not there.
    pub(super) async fn deliver(&self, id: &str) -> Result<Option<StoredMessage>, AppError> {
        loop {
            let now = self.now();
            let Some(found) = messages::get(&*self.store, &self.tenant, id).await? else { return Ok(None) };
            if found.value.stage != Stage::Waiting || found.value.due > now {
                return Ok(Some(found.value));
            }
            let announced =
                StoredMessage { stage: Stage::Sending, process: process().into(), due: now, ..found.value.clone() };
            let mut batch = Batch::default();
            messages::put(&mut batch, &self.tenant, Some(&found), &announced)?;
            match self.store.commit(batch).await {
                // Another node sends it, or somebody took it back.
                Err(StoreError::Conflict) => continue,
                done => done?,
            }
            let after = self.part(announced.clone()).await;
            let Some(found) = messages::get(&*self.store, &self.tenant, id).await? else { return Ok(None) };
            // Taken back while it was sent: what was sent stands there all the same.
            let after = StoredMessage { recalled: found.value.recalled, ..after };
            let mut batch = Batch::default();
            messages::put(&mut batch, &self.tenant, Some(&found), &after)?;
            if after.stage == Stage::Waiting {
                wakes::put(&mut batch, &self.tenant, What::Message, after.due, id.as_bytes());
            }
            self.store.commit(batch).await?;
        }
    }

    /// Makes the call of the next part, and says how the message is afterwards.
    async fn part(&self, message: StoredMessage) -> StoredMessage {
        let now = self.now();
        let over = |message: StoredMessage, problem: Problem, outcome: ReceiverOutcome| {
            let mut message = StoredMessage { stage: Stage::Over, problem: Some(problem), ..message };
            let waiting = message.receivers.iter_mut().filter(|one| one.outcome == ReceiverOutcome::Waiting);
            waiting.for_each(|one| one.outcome = outcome);
            message
        };
        let way = match self.way(Some(&message.connection)).await {
            Ok(way) => way,
            Err(refused) => return over(message, *refused.problem, ReceiverOutcome::Failed),
        };
        let messenger = match way.messenger() {
            Ok(messenger) => messenger,
            Err(refused) => return over(message, *refused.problem, ReceiverOutcome::Failed),
        };
        let parts = match messenger.parts(&message.content, &of(&message)) {
            Ok(parts) => parts,
            Err(problem) => return over(message, problem, ReceiverOutcome::Failed),
        };
        let Some(part) = parts.get(message.parts.len()) else {
            return StoredMessage { stage: Stage::Over, ..message };
        };
        match messenger.send(&self.context(), &message.content, part).await {
            Ok(delivery) => {
                let mut message = message;
                for one in message.receivers.iter_mut().filter(|one| one.outcome == ReceiverOutcome::Waiting) {
                    let Some(key) = one.key.as_deref().filter(|key| holds(list_of(part, one.kind), key)) else {
                        continue;
                    };
                    one.outcome = outcome(&delivery, one.kind, key);
                }
                message.parts.push(StoredPart { id: delivery.id, code: delivery.code, text: delivery.text, at: now });
                let more = message.parts.len() < parts.len();
                let stage = if more { Stage::Waiting } else { Stage::Over };
                StoredMessage { stage, due: now, tries: 0, problem: None, ..message }
            }
            Err(Error { kind: ErrorKind::RateLimited(rest) | ErrorKind::UsedUp(rest), problem }) => {
                let rest = i64::try_from(rest.as_millis()).unwrap_or(PAUSE_MS).max(1_000);
                StoredMessage {
                    stage: Stage::Waiting,
                    due: now.saturating_add(rest),
                    problem: Some(*problem),
                    ..message
                }
            }
            Err(Error { kind: ErrorKind::Unavailable, problem }) if message.tries + 1 < TRIES => {
                let (tries, pause) = (message.tries + 1, PAUSE_MS << message.tries);
                let due = now.saturating_add(pause);
                StoredMessage { stage: Stage::Waiting, due, tries, problem: Some(*problem), ..message }
            }
            Err(Error { kind: ErrorKind::Unknown, problem }) => {
                // A message cannot be looked up, so what is said of other calls whose answer was lost is not so here.
                let shown = problem_words::show(&problem).reason;
                let lost = Problem::new("message_answer_lost").arg("why_zh", shown.zh).arg("why_en", shown.en);
                over(message, lost, ReceiverOutcome::Unknown)
            }
            Err(error) => over(message, *error.problem, ReceiverOutcome::Failed),
        }
    }

    /// Sends what waits in all tenants, as long as the server runs.
    pub async fn send_always(&self) {
        if let Err(error) = self.end_what_was_left().await {
            tracing::warn!(%error, "messages that an earlier process was sending are looked at later");
        }
        loop {
            if let Err(error) = self.send_waiting().await {
                tracing::warn!(%error, "messages that wait could not be looked at; trying again");
            }
            self.engine.core().clock.sleep(LOOK).await;
            tokio::task::yield_now().await;
        }
    }

    /// Sends what is due, of all tenants. What is wrong with one message is told and keeps no other from its time.
    ///
    /// # Errors
    /// The first that was met, after everybody had a turn.
    pub async fn send_waiting(&self) -> Result<(), AppError> {
        let mut first = Ok(());
        for tenant in tenants::with(&*self.store, keys::MESSAGE).await? {
            let app = self.of(&tenant);
            first = first.and(app.send_due().await);
        }
        first
    }

    /// Sends what is due of this tenant.
    async fn send_due(&self) -> Result<(), AppError> {
        let mut first = Ok(());
        for wake in wakes::due(&*self.store, &self.tenant, What::Message, self.now(), None, MOST).await? {
            let mut batch = Batch::default();
            wake.done(&mut batch);
            let done = match self.deliver(&wake.name()).await {
                Ok(Some(message)) if message.stage == Stage::Sending => self.look_after(&mut batch, &message).await,
                done => done.map(|_| ()),
            };
            match done {
                Ok(()) => {}
                // The others are not to blame; it is looked at again.
                Err(error) if error.problem.code == "store_corrupt" => {
                    let again = self.now().saturating_add(REST_MS);
                    wakes::put(&mut batch, &self.tenant, What::Message, again, wake.name().as_bytes());
                    self.tell_once(&wake.name(), &error);
                    first = first.and(Err(error));
                }
                Err(error) => return Err(error),
            }
            self.looked_at(batch).await?;
        }
        first
    }

    /// Tells the log of a message that cannot be looked at, once for each thing that is wrong with it.
    fn tell_once(&self, id: &str, error: &AppError) {
        if self.engine.core().said(&format!("message {id}: {error}")) {
            let tenant = self.tenant.as_str();
            tracing::error!(tenant, message = id, %error, "a message cannot be looked at; the others are sent");
        }
    }

    async fn looked_at(&self, batch: Batch) -> Result<(), AppError> {
        match self.store.commit(batch).await {
            // It was put anew, or another node looked at it.
            Ok(()) | Err(StoreError::Conflict) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// What an earlier process was sending when it ended. Where nobody else works on the store, nobody tells any more what became of
    /// it, and that is said at once.
    async fn end_what_was_left(&self) -> Result<(), AppError> {
        if self.all.shared {
            return Ok(());
        }
        let mut first = Ok(());
        for tenant in tenants::with(&*self.store, keys::MESSAGE).await? {
            let app = self.of(&tenant);
            first = first.and(app.end_what_was_left_here().await);
        }
        first
    }

    /// The same of this tenant.
    async fn end_what_was_left_here(&self) -> Result<(), AppError> {
        let (mut first, mut last) = (Ok(()), None);
        loop {
            let found = wakes::due(&*self.store, &self.tenant, What::Message, i64::MAX, last.as_ref(), MOST).await?;
            for wake in &found {
                let message = match messages::get(&*self.store, &self.tenant, &wake.name()).await {
                    Ok(message) => message.map(|found| found.value),
                    Err(error @ StoreError::Corrupt(_)) => {
                        let error = error.into();
                        self.tell_once(&wake.name(), &error);
                        first = first.and(Err(error));
                        continue;
                    }
                    Err(error) => return Err(error.into()),
                };
                let left = |message: &StoredMessage| message.stage == Stage::Sending && message.process != process();
                if let Some(message) = message.filter(left) {
                    let mut batch = Batch::default();
                    wake.done(&mut batch);
                    self.look_after(&mut batch, &message).await?;
                    self.looked_at(batch).await?;
                }
            }
            last = found.into_iter().next_back();
            if last.is_none() {
                return first;
            }
        }
    }

    /// A part that is announced: whoever sends it may be gone, then nobody knows whether it arrived.
    async fn look_after(&self, batch: &mut Batch, message: &StoredMessage) -> Result<(), AppError> {
        let now = self.now();
        let age = now.saturating_sub(message.due);
        let mine = message.process == process();
        let alive = mine || self.all.shared && age < AT_WORK_MS;
        if alive {
            let again = now.saturating_add(60_000);
            wakes::put(batch, &self.tenant, What::Message, again, message.id.as_bytes());
            return Ok(());
        }
        let Some(found) = messages::get(&*self.store, &self.tenant, &message.id).await? else { return Ok(()) };
        if found.value != *message {
            return Ok(());
        }
        let problem = Some(Problem::new("message_end_unknown"));
        let mut lost = StoredMessage { stage: Stage::Over, problem, ..message.clone() };
        let waiting = lost.receivers.iter_mut().filter(|one| one.outcome == ReceiverOutcome::Waiting);
        waiting.for_each(|one| one.outcome = ReceiverOutcome::Unknown);
        messages::put(batch, &self.tenant, Some(&found), &lost)?;
        Ok(())
    }
}

fn outcome(delivery: &Delivery, kind: super::ReceiverKind, key: &str) -> ReceiverOutcome {
    match () {
        () if holds(&delivery.unlicensed, key) => ReceiverOutcome::Unlicensed,
        () if holds(list_of(&delivery.missed, kind), key) => ReceiverOutcome::OutOfReach,
        () => ReceiverOutcome::Sent,
    }
}
