//! What members granted to apps: codes of authorise pages, tickets for their own fields, and who plays the member.
//!
//! Not part of the state.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::state::OauthField;

/// How long a code is good: five minutes.
const CODE_MS: u64 = 5 * 60_000;
/// How long a ticket is good: half an hour.
const TICKET_MS: u64 = 30 * 60_000;
/// How long a code for a second factor is good: five minutes.
const TFA_MS: u64 = 5 * 60_000;
/// From how many entries on old ones are looked for and forgotten.
const MANY: usize = 10_000;

/// Who comes to an authorise page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Person {
    /// A member, by userid.
    Member(String),
    /// A member of a linked corp (互联企业, 上下游), as `CorpId/userid`.
    Linked(String),
    /// Somebody from outside, by openid; a customer has an external userid, too.
    Outsider {
        /// The openid.
        openid: String,
        /// The external userid.
        #[serde(default)]
        external_userid: Option<String>,
    },
}

/// Somebody who comes to an authorise page, and what they do there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Visitor {
    /// Who it is.
    pub person: Person,
    /// The fields that they give when they are asked; all that may be given unless said.
    #[serde(default)]
    pub consent: Option<Vec<OauthField>>,
    /// Whether they turn the request down.
    #[serde(default)]
    pub refuses: bool,
}

/// A code on its way to the app.
#[derive(Debug, Clone)]
pub(crate) struct Code {
    pub person: Person,
    /// The app that was named.
    pub agentid: Option<i64>,
    /// Host and port of the page that got the code.
    pub host: String,
    /// The fields that a ticket opens, when the scope asked for them.
    pub consent: Option<Vec<OauthField>>,
    pub made_ms: u64,
}

/// A ticket for a member's own fields.
#[derive(Debug, Clone)]
pub(crate) struct Ticket {
    pub userid: String,
    pub agentid: i64,
    pub consent: Vec<OauthField>,
    pub made_ms: u64,
}

/// The codes and tickets of a corp.
#[derive(Debug, Default)]
pub(crate) struct Grants {
    codes: HashMap<String, Code>,
    tickets: HashMap<String, Ticket>,
    /// Codes for a second factor: whose, and when they were made.
    tfa: HashMap<String, (String, u64)>,
    /// Who is meant when an authorise page is opened; without anybody the page asks.
    pub visitor: Option<Visitor>,
}

impl Grants {
    pub fn add_code(&mut self, text: &str, code: Code) {
        if self.codes.len() >= MANY {
            self.codes.retain(|_, old| code.made_ms.saturating_sub(old.made_ms) < CODE_MS);
        }
        self.codes.insert(text.to_owned(), code);
    }

    /// Takes a code that is still good; it is used up thereby.
    pub fn take_code(&mut self, text: &str, now_ms: u64) -> Option<Code> {
        self.codes.remove(text).filter(|code| now_ms.saturating_sub(code.made_ms) < CODE_MS)
    }

    pub fn add_ticket(&mut self, text: &str, ticket: Ticket) {
        if self.tickets.len() >= MANY {
            self.tickets.retain(|_, old| ticket.made_ms.saturating_sub(old.made_ms) < TICKET_MS);
        }
        self.tickets.insert(text.to_owned(), ticket);
    }

    /// A ticket, and whether it is too old.
    pub fn ticket(&self, text: &str, now_ms: u64) -> Option<(&Ticket, bool)> {
        let ticket = self.tickets.get(text)?;
        Some((ticket, now_ms.saturating_sub(ticket.made_ms) >= TICKET_MS))
    }

    pub fn add_tfa(&mut self, text: &str, userid: &str, now_ms: u64) {
        self.tfa.retain(|_, (_, made_ms)| now_ms.saturating_sub(*made_ms) < TFA_MS);
        self.tfa.insert(text.to_owned(), (userid.to_owned(), now_ms));
    }

    /// Takes a code for a second factor that is this member's and still good.
    pub fn take_tfa(&mut self, text: &str, userid: &str, now_ms: u64) -> bool {
        let found = self.tfa.remove(text);
        found.is_some_and(|(own, made_ms)| own == userid && now_ms.saturating_sub(made_ms) < TFA_MS)
    }
}
