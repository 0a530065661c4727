//! Sends a message by the way of its rule, and says what became of it.

use idflow_sdk::{Call, Context, Effect, ErrorKind, Params, Problem, Value};

use super::{call, text::Message};
use crate::{
    app::{App, run_view, time},
    connectors,
    contract::{notification as shown, problem::Text},
    engine::Connect,
    store::{
        catalogue,
        notices::{self, Both, Channel, Delivery, Item, Recipients, Rule, State, What},
    },
};

/// What became of a message that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sent {
    /// It was taken.
    Done,
    /// It was taken for some, and the others will never get it.
    Partly(Problem),
    /// It was not, and may be later.
    Again(Problem),
    /// It was not, and will not be.
    Never(Problem),
    /// Nobody knows.
    Unknown(Problem),
}

/// A text in both languages.
pub(super) fn both(zh: impl Into<String>, en: impl Into<String>) -> Text {
    Text { zh: zh.into(), en: en.into() }
}

/// The action of a connector that sends to people, with this parameter for their accounts.
pub(super) fn action(connector: &str) -> Option<&'static idflow_sdk::ActionSpec> {
    let spec = connectors::find(connector)?;
    let mut actions = spec.actions.iter().copied();
    actions.find(|action| action.effect == Effect::Send && action.params.iter().any(|param| param.name == "to_users"))
}

impl App {
    /// Sends it, once, to everybody who has not got it yet; `so_far` learns who has.
    pub(super) async fn send_notice(&self, rule: &Rule, delivery: &Delivery, so_far: &mut Recipients) -> Sent {
        let message = self.notice_text(rule, &delivery.items, delivery.test);
        match &rule.channel {
            Channel::Message { connection, to_users, to_departments, to_tags } => {
                self.send_by_app(connection, [to_users, to_departments, to_tags], &message).await
            }
            Channel::Mail { to } => match notices::mail(&*self.store, &self.tenant).await {
                Ok(Some(mail)) => self.send_mail(&mail.value, to, &delivery.id, &message, so_far).await,
                Ok(None) => Sent::Never(Problem::new("mail_unset")),
                Err(error) => Sent::Again(*idflow_sdk::Error::from(error).problem),
            },
            Channel::Webhook { url, sealed } => match self.sealer.unseal(&call::place(&rule.id), sealed) {
                Some(secret) => self.call_address(rule, (url, &secret), delivery, &message).await,
                None => Sent::Again(Problem::new("webhook_secret_unreadable")),
            },
        }
    }

    async fn send_by_app(&self, connection: &str, to: [&Vec<String>; 3], message: &Message) -> Sent {
        let stored = match catalogue::connection(&*self.store, &self.tenant, connection).await {
            Ok(Some(stored)) => stored.value,
            Ok(None) => return Sent::Never(Problem::new("connection_unknown").arg("name", connection)),
            Err(error) => return Sent::Again(*idflow_sdk::Error::from(error).problem),
        };
        let Some(action) = action(&stored.connector) else {
            return Sent::Never(Problem::new("connection_cannot_tell").arg("name", connection));
        };
        let opened = match self.connections.open(connection, &stored.connector).await {
            Ok(opened) => opened,
            Err(problem) => return Sent::Again(problem),
        };
        let mut params = Params::default();
        for (name, list) in ["to_users", "to_departments", "to_tags"].into_iter().zip(to) {
            if !list.is_empty() {
                let list = list.iter().map(|text| Value::text(text.as_str())).collect();
                params.values.insert(name.into(), Value::List(list));
            }
        }
        let marked = action.params.iter().any(|param| param.name == "markdown");
        let (name, text) = if marked { ("markdown", &message.markdown) } else { ("text", &message.plain) };
        params.values.insert(name.into(), Value::text(text.as_str()));
        let context = Context::at(self.now());
        let call = Call { action, params: &params, objects: Vec::new() };
        match opened.apply(&context, call).await.pop() {
            Some(Ok(_)) => Sent::Done,
            Some(Err(error)) => match error.kind {
                ErrorKind::Unknown | ErrorKind::Unexpected => Sent::Unknown(*error.problem),
                ErrorKind::RateLimited(_) | ErrorKind::Unavailable | ErrorKind::Configuration => {
                    Sent::Again(*error.problem)
                }
                _ => Sent::Never(*error.problem),
            },
            None => Sent::Unknown(Problem::new("message_unknown")),
        }
    }
}

fn text(both: &Both) -> Text {
    Text { zh: both.zh.clone(), en: both.en.clone() }
}

pub(super) const fn shown_event(what: What) -> shown::NotificationEvent {
    match what {
        What::RunFailed => shown::NotificationEvent::RunFailed,
        What::RunHeld => shown::NotificationEvent::RunHeld,
        What::RunPartial => shown::NotificationEvent::RunPartial,
        What::RunRecovered => shown::NotificationEvent::RunRecovered,
        What::ApprovalExpiring => shown::NotificationEvent::ApprovalExpiring,
        What::RemovalsWaiting => shown::NotificationEvent::RemovalsWaiting,
        What::ConnectionUnhealthy => shown::NotificationEvent::ConnectionUnhealthy,
        What::CallbackUnhealthy => shown::NotificationEvent::CallbackUnhealthy,
        What::GrantExpiring => shown::NotificationEvent::GrantExpiring,
    }
}

pub(super) fn shown_item(app: &App, item: &Item) -> shown::NotificationItem {
    shown::NotificationItem {
        event: shown_event(item.event),
        happened: time(item.at),
        what: text(&item.what),
        next: text(&item.next),
        workflow: item.workflow.clone(),
        run: item.run.map(|run| run.to_string()),
        connection: item.connection.clone(),
        url: app.page_of(item),
    }
}

pub(super) fn shown_delivery(app: &App, delivery: &Delivery) -> shown::NotificationDelivery {
    let state = match delivery.state {
        State::Sending => shown::DeliveryState::Sending,
        State::Waiting => shown::DeliveryState::Waiting,
        State::Delivered => shown::DeliveryState::Delivered,
        State::Failed => shown::DeliveryState::Failed,
        State::Unknown => shown::DeliveryState::Unknown,
    };
    shown::NotificationDelivery {
        id: delivery.id.clone(),
        rule: delivery.rule.clone(),
        channel: delivery.channel.clone(),
        state,
        test: delivery.test,
        created: time(delivery.created),
        tries: delivery.tries,
        next_try: delivery.next.map(time),
        ended: delivery.state.is_end().then(|| time(delivery.moved)),
        problem: delivery.problem.as_ref().map(|problem| run_view::shown(problem, false)),
        items: delivery.items.iter().map(|item| shown_item(app, item)).collect(),
    }
}
