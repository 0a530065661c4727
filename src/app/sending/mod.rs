//! Messages that people send outside of runs: to whom, when, and what became of it.
//!
//! A message stands in the store before anything is sent, and each part of it is announced before its call: what a crash
//! leaves announced is not known to have failed, and is never sent again. A part that has to wait (a member would get too
//! many at once) stands in the store with its time, and [`App::send_waiting`] sends it then.

mod deliver;
mod receivers;
mod view;
mod way;

use idflow_sdk::{
    Context,
    messenger::{Content, Receivers},
};

use super::{App, AppError, Desk, caller::Permission, error::RefusalKind, paging, problem_words};
use crate::{
    connectors,
    contract::{
        message::{Message, MessageCard, MessageFilter, MessageState, NewMessage, ReceiverKind, ReceiverOutcome},
        page::Page,
    },
    engine::Connect,
    model::id::new_ulid,
    store::{
        Batch, catalogue,
        catalogue::StoredConnection,
        messages::{self, Stage, StoredMessage},
        wakes,
    },
};

use way::Way;

/// The most receivers of one message.
const MOST_RECEIVERS: usize = 10_000;
/// How long messages are kept.
const KEPT_MS: i64 = 180 * 24 * 3_600_000;
/// Messages that are looked at for one page.
const MOST_READ: usize = 5_000;

fn content(new: &NewMessage) -> Result<Content, AppError> {
    let given = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
    match (given(&new.text), given(&new.markdown), &new.card) {
        (Some(text), None, None) => Ok(Content::Text(text)),
        (None, Some(text), None) => Ok(Content::Markdown(text)),
        (None, None, Some(MessageCard { title, description, url })) => {
            Ok(Content::Card { title: title.clone(), description: description.clone(), url: url.clone() })
        }
        (None, None, None) => Err(AppError::invalid("message_empty").field("text")),
        _ => Err(AppError::invalid("message_mixed").field("text")),
    }
}

impl App {
    /// The connection of this name, or the only one that can send, ready for messages.
    async fn way(&self, named: Option<&str>) -> Result<Way, AppError> {
        let stored = match named {
            Some(name) => self.stored_connection(name).await?.value,
            None => self.only_way().await?,
        };
        let opened = self.connections.open(&stored.name, &stored.connector).await;
        let connection = opened.map_err(|problem| {
            AppError::conflict("message_way_broken").arg("name", &stored.name).because(problem_words::show(&problem))
        })?;
        Ok(Way { name: stored.name, connection })
    }

    async fn only_way(&self) -> Result<StoredConnection, AppError> {
        let all = catalogue::connections(&*self.store, &self.tenant).await?;
        let sends = |stored: &StoredConnection| {
            let spec = connectors::find(&stored.connector).filter(|spec| spec.action("send_message").is_some());
            spec.is_some()
                && self.connections.open_stored(stored).is_ok_and(|connection| connection.messenger().is_some())
        };
        let mut found = all.into_iter().filter(sends);
        match (found.next(), found.next()) {
            (Some(one), None) => Ok(one),
            (None, _) => Err(AppError::conflict("message_not_set_up").field("connection")),
            (Some(_), Some(_)) => Err(AppError::invalid("message_which_way").field("connection")),
        }
    }

    fn context(&self) -> Context {
        Context::at(self.now())
    }
}

impl Desk<'_> {
    /// Sends a message, or says who would get it.
    ///
    /// # Errors
    /// Nobody to send to, somebody who is not linked, content that cannot be sent, a connection that cannot send; `send_all`
    /// without the permission or the confirmation. What the system refuses is no error: the answer tells.
    pub async fn send_message(&self, new: NewMessage) -> Result<Message, AppError> {
        if new.send_all {
            self.caller.needs(Permission::MessageBroadcast)?;
        }
        let asked = new.receivers.len() + new.departments.len() + new.tags.len();
        match (new.send_all, asked) {
            (false, 0) => return Err(AppError::invalid("message_nobody").field("receivers")),
            (true, 1..) => return Err(AppError::invalid("message_both").field("send_all")),
            (true, 0) if !new.confirm_all && !new.only_check => {
                return Err(AppError::invalid("message_confirm").field("confirm_all"));
            }
            (_, MOST_RECEIVERS..) => {
                return Err(AppError::invalid("message_many")
                    .arg("most", MOST_RECEIVERS.to_string())
                    .field("receivers"));
            }
            _ => {}
        }
        let content = content(&new)?;
        let way = self.way(new.connection.as_deref()).await?;
        let messenger = way.messenger()?;
        let receivers = self.message_receivers(&way, &new).await?;
        let now = self.now();
        let mut message = StoredMessage {
            id: new_ulid(now),
            connection: way.name.clone(),
            by: self.caller.actor.clone(),
            created: now,
            content,
            everybody: new.send_all,
            receivers,
            parts: Vec::new(),
            stage: Stage::Waiting,
            due: now,
            tries: 0,
            process: String::new(),
            problem: None,
            recalled: None,
        };
        let to = receivers::of(&message);
        let reached = message.receivers.iter().any(|receiver| receiver.outcome == ReceiverOutcome::Waiting);
        if !reached && !message.everybody && !new.only_check {
            return Err(AppError::invalid("message_nobody_left").field("receivers"));
        }
        if reached || message.everybody {
            let parts = messenger.parts(&message.content, &to);
            parts.map_err(|problem| AppError::new(RefusalKind::Invalid, problem))?;
        }
        if new.only_check {
            message.id.clear();
            return Ok(Message { state: MessageState::Checked, ..self.message_view(&message, usize::MAX) });
        }
        let mut batch = Batch::default();
        messages::put(&mut batch, &self.tenant, None, &message)?;
        wakes::put(&mut batch, &self.tenant, wakes::What::Message, now, message.id.as_bytes());
        messages::forget(&*self.store, &mut batch, &self.tenant, now.saturating_sub(KEPT_MS)).await?;
        self.store.commit(batch).await?;
        self.caller.trail.about(&message.id);
        let sent = self.deliver(&message.id).await?.unwrap_or(message);
        Ok(self.message_view(&sent, usize::MAX))
    }

    /// Messages, the newest first.
    ///
    /// # Errors
    /// A wrong limit, the store.
    pub async fn messages(&self, filter: &MessageFilter) -> Result<Page<Message>, AppError> {
        let limit = paging::limit(filter.limit)?;
        let mut from = filter.cursor.clone();
        if from.as_ref().is_some_and(|id| id.len() > 64 || !id.bytes().all(|byte| byte.is_ascii_alphanumeric())) {
            return Err(paging::wrong_cursor());
        }
        let (mut items, mut read) = (Vec::new(), 0);
        while read < MOST_READ {
            let found = messages::before(&*self.store, &self.tenant, from.as_deref(), 200).await?;
            let Some(last) = found.last() else { return Ok(Page { items, next: None, total: None }) };
            (from, read) = (Some(last.id.clone()), read + found.len());
            for message in found {
                let view = self.message_view(&message, 100);
                let fits = filter.connection.as_ref().is_none_or(|name| *name == view.connection)
                    && filter.state.is_none_or(|state| state == view.state);
                if !fits {
                    continue;
                }
                if items.len() == limit {
                    let next = items.last().map(|last: &Message| last.id.clone());
                    return Ok(Page { items, next, total: None });
                }
                items.push(view);
            }
        }
        Ok(Page { items, next: from, total: None })
    }

    /// One message with all its receivers.
    ///
    /// # Errors
    /// One that is not there.
    pub async fn message(&self, id: &str) -> Result<Message, AppError> {
        let found = messages::get(&*self.store, &self.tenant, id).await?;
        let found = found.ok_or_else(|| AppError::not_found("message_missing").arg("id", id))?;
        Ok(self.message_view(&found.value, usize::MAX))
    }

    /// Takes a message back: what waits is not sent, what was sent is recalled.
    ///
    /// # Errors
    /// One that is not there, that nobody got, or that is too old; what the system says.
    pub async fn recall_message(&self, id: &str) -> Result<Message, AppError> {
        let missing = || AppError::not_found("message_missing").arg("id", id);
        let found = messages::get(&*self.store, &self.tenant, id).await?.ok_or_else(missing)?;
        let message = &found.value;
        if message.recalled.is_some() {
            return Ok(self.message_view(message, usize::MAX));
        }
        if !view::can_recall(message, self.now()) {
            return Err(AppError::conflict("message_not_recalled"));
        }
        let ids: Vec<&str> = message.parts.iter().filter_map(|part| part.id.as_deref()).collect();
        if !ids.is_empty() {
            let way = self.way(Some(&message.connection)).await?;
            for id in ids {
                let done = way.messenger()?.recall(&self.context(), id).await;
                done.map_err(|error| {
                    AppError::conflict("message_recall_failed").because(problem_words::show(&error.problem))
                })?;
                // Nobody sees this part any more, whatever becomes of the others.
                self.caller.trail.keeps();
            }
        }
        let new = StoredMessage { recalled: Some(self.now()), stage: Stage::Over, ..message.clone() };
        let mut batch = Batch::default();
        messages::put(&mut batch, &self.tenant, Some(&found), &new)?;
        self.store.commit(batch).await?;
        self.caller.trail.about(id);
        Ok(self.message_view(&new, usize::MAX))
    }
}

/// Keys as they are compared: systems answer in lower case.
fn holds(list: &[String], key: &str) -> bool {
    list.iter().any(|one| one.eq_ignore_ascii_case(key))
}

/// The list of a kind.
fn list_of(all: &Receivers, kind: ReceiverKind) -> &[String] {
    match kind {
        ReceiverKind::Person => &all.people,
        ReceiverKind::Department => &all.departments,
        ReceiverKind::Tag => &all.tags,
    }
}
