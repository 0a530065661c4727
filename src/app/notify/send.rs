//! Sends a message by the way of its rule, and says what became of it.

use idflow_sdk::{Call, Context, Effect, ErrorKind, Params, Problem, Value};

use super::{call, sent::Sent, text::Message};
use crate::{
    app::App,
    connectors,
    engine::Connect,
    store::{
        catalogue,
        notices::{self, Channel, Delivery, Recipients, Rule},
    },
};

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
            Channel::Webhook { url, sealed } => match self.sealer.unseal(&call::seal_context(&rule.id), sealed) {
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
            // A system takes a message also where it knows only some of the receivers, and says who does not get it.
            Some(Ok(applied)) => applied.warnings.into_iter().next().map_or(Sent::Done, Sent::Partly),
            Some(Err(error)) => match error.kind {
                ErrorKind::Unknown | ErrorKind::Unexpected => Sent::Unknown(*error.problem),
                ErrorKind::RateLimited(_)
                | ErrorKind::UsedUp(_)
                | ErrorKind::Unavailable
                | ErrorKind::Configuration => Sent::Again(*error.problem),
                _ => Sent::Never(*error.problem),
            },
            None => Sent::Unknown(Problem::new("message_unknown")),
        }
    }
}
