//! A message as it is shown.

use idflow_sdk::messenger::Content;

use super::{
    super::{Desk, caller::Permission, problem_words, time},
    Message, MessageState, ReceiverKind, ReceiverOutcome,
    receivers::is,
};
use crate::{
    contract::message::{MessageReceiver, MessageResult, MessageVerb},
    store::messages::{Stage, StoredMessage, StoredReceiver},
};

/// How long a message can be taken back.
const RECALL_MS: i64 = 24 * 3_600_000;

fn count(message: &StoredMessage, wanted: ReceiverOutcome) -> usize {
    message.receivers.iter().filter(|one| one.outcome == wanted).count()
}

/// How far it is.
fn state(message: &StoredMessage) -> MessageState {
    if message.recalled.is_some() {
        return MessageState::Recalled;
    }
    match message.stage {
        Stage::Waiting => return MessageState::Waiting,
        Stage::Sending => return MessageState::Sending,
        Stage::Over => {}
    }
    let good = message.parts.iter().any(|part| part.code == 0);
    if message.everybody {
        return match (good, count_unknown(message)) {
            (true, _) => MessageState::Sent,
            (false, true) => MessageState::Unknown,
            (false, false) => MessageState::Failed,
        };
    }
    match (count(message, ReceiverOutcome::Sent), count(message, ReceiverOutcome::Unknown)) {
        (0, 0) => MessageState::Failed,
        (_, 1..) => MessageState::Unknown,
        (sent, 0) if sent == message.receivers.len() => MessageState::Sent,
        _ => MessageState::Partial,
    }
}

/// Whether a message to everybody is not known to have arrived or failed.
fn count_unknown(message: &StoredMessage) -> bool {
    message.problem.as_ref().is_some_and(|problem| problem_words::show(problem).class == idflow_sdk::Class::Unknown)
}

/// Whether it can be taken back now.
pub(super) fn can_recall(message: &StoredMessage, now: i64) -> bool {
    let sent = message.parts.iter().any(|part| part.id.is_some());
    message.recalled.is_none()
        && match message.stage {
            Stage::Waiting => true,
            Stage::Sending => false,
            Stage::Over => sent && now.saturating_sub(message.created) < RECALL_MS,
        }
}

/// What the system said over all parts.
fn result(message: &StoredMessage) -> Option<MessageResult> {
    let joined = |kind: ReceiverKind, outcome: ReceiverOutcome| {
        let all = message.receivers.iter().filter(is(kind)).filter(|one| one.outcome == outcome);
        all.filter_map(|one| one.key.clone()).collect::<Vec<_>>().join("|")
    };
    let said = message.parts.iter().find(|part| part.code != 0).or(message.parts.first());
    let refused = message.problem.as_ref().and_then(|problem| {
        let code = problem.get("errcode")?.parse().ok()?;
        Some((code, problem.get("errmsg").unwrap_or_default().to_string()))
    });
    let (errcode, errmsg) = match (said, refused) {
        (_, Some(refused)) => refused,
        (Some(part), None) => (part.code, part.text.clone()),
        (None, None) => return None,
    };
    Some(MessageResult {
        errcode,
        errmsg,
        invaliduser: joined(ReceiverKind::Person, ReceiverOutcome::OutOfReach),
        invalidparty: joined(ReceiverKind::Department, ReceiverOutcome::OutOfReach),
        invalidtag: joined(ReceiverKind::Tag, ReceiverOutcome::OutOfReach),
        unlicenseduser: joined(ReceiverKind::Person, ReceiverOutcome::Unlicensed),
        msgid: message.parts.iter().find_map(|part| part.id.clone()).unwrap_or_default(),
    })
}

fn receiver(one: &StoredReceiver) -> MessageReceiver {
    MessageReceiver {
        kind: one.kind,
        given: one.given.clone(),
        name: one.name.clone(),
        key: one.key.clone(),
        outcome: one.outcome,
    }
}

impl Desk<'_> {
    /// A message with so many of its receivers.
    pub(super) fn message_view(&self, message: &StoredMessage, most: usize) -> Message {
        let (form, text) = match &message.content {
            Content::Text(text) => ("text", text),
            Content::Markdown(text) => ("markdown", text),
            Content::Card { title, .. } => ("card", title),
        };
        let may = self.caller.may(Permission::MessageSend) && !message.id.is_empty();
        let recall = may && can_recall(message, self.now());
        Message {
            id: message.id.clone(),
            connection: message.connection.clone(),
            state: state(message),
            by: message.by.clone(),
            created: time(message.created),
            due: (message.stage == Stage::Waiting && message.recalled.is_none()).then(|| time(message.due)),
            sent: message.parts.last().map(|part| time(part.at)),
            recalled: message.recalled.map(time),
            text: text.clone(),
            form: form.into(),
            send_all: message.everybody,
            receivers: message.receivers.iter().take(most).map(receiver).collect(),
            total: message.receivers.len() as u64,
            reached: count(message, ReceiverOutcome::Sent) as u64,
            result: result(message),
            problem: message.problem.as_ref().map(problem_words::show),
            allowed: if recall { vec![MessageVerb::Recall] } else { Vec::new() },
        }
    }
}
