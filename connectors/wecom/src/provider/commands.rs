//! Commands of the platform to a provider (指令回调): verified, meant for one of the provider's apps, and not older than a code is
//! good. A command says what happened; what it means is found out by calls afterwards, because it has to be answered in a second.

use idflow_sdk::{
    Grant, Incoming, Problem, Secret,
    provider::{Command, CommandWord},
};

use super::config::Config;
use crate::callback::{
    self, events,
    message::{self, Element},
};

/// How far the signed time may be from ours: so long a code is good, and so long a second delivery is known as one.
pub(super) const WINDOW_MS: i64 = 10 * 60 * 1000;
/// What the platform wants to read.
const TAKEN: &str = "success";

/// Takes a command.
pub(super) fn receive(config: &Config, incoming: &Incoming<'_>) -> Result<Command, Problem> {
    let grant = Grant::of(incoming.receiver).ok_or(Problem::new("wecom_callback_no_keys"))?;
    let suite = config.suite(grant).ok_or(Problem::new("wecom_provider_no_suite"))?;
    let Some(_) = incoming.body else {
        // An address is tried out in the name of the provider; older consoles do it in the name of the app.
        let text = callback::opened(&[&config.corp_id, &suite.id], incoming, WINDOW_MS)?;
        let answer = String::from_utf8(text).map_err(|_| Problem::new("wecom_callback_form"))?;
        return Ok(Command { answer, grant, id: String::new(), at_ms: incoming.now_ms, word: CommandWord::Echo });
    };
    let text = callback::opened(&[&suite.id], incoming, WINDOW_MS)?;
    let message = message::read(&text).ok_or(Problem::new("wecom_callback_form"))?;
    if message.text("SuiteId").is_some_and(|named| named != suite.id) {
        return Err(Problem::new("wecom_callback_receiver").arg("corp_id", suite.id.clone()));
    }
    let sent = message.text("TimeStamp").and_then(|text| text.parse::<i64>().ok());
    Ok(Command {
        answer: TAKEN.into(),
        grant,
        id: events::name_of(&message),
        at_ms: sent.and_then(|seconds| seconds.checked_mul(1000)).unwrap_or(incoming.now_ms),
        word: word(&message),
    })
}

fn word(message: &Element) -> CommandWord {
    let secret = |name: &str| message.text(name).map(|text| Secret::new(text.to_owned()));
    let company = || message.text("AuthCorpId").map(str::to_owned);
    let found = match message.text("InfoType") {
        Some("suite_ticket") => secret("SuiteTicket").map(CommandWord::Ticket),
        Some("create_auth") => secret("AuthCode")
            .map(|code| CommandWord::Authorised { code, state: message.text("State").map(str::to_owned) }),
        Some("change_auth") => company().map(CommandWord::Changed),
        Some("cancel_auth") => company().map(CommandWord::Withdrawn),
        Some("reset_permanent_code") => secret("AuthCode").map(CommandWord::Replaced),
        _ => None,
    };
    found.unwrap_or(CommandWord::Other)
}
