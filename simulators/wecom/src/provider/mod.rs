//! Service providers (服务商): their apps, tickets, and the corps that authorised them.

pub(crate) mod console;
pub(crate) mod service;

use std::collections::{BTreeMap, HashMap, VecDeque};

use crate::chance;
use crate::corp::Corp;
use crate::state::{AuthorizationState, SuiteKind, SuiteState};

/// How often a ticket is sent: every ten minutes.
const TICKET_PAUSE_MS: u64 = 10 * 60_000;
/// How long a ticket is good: half an hour.
const TICKET_MS: u64 = 30 * 60_000;
/// How long an authorisation code is good: ten minutes.
const AUTH_CODE_MS: u64 = 10 * 60_000;

/// The apps of providers by suite id.
pub(crate) type Suites = BTreeMap<String, Suite>;

/// One app of a provider.
#[derive(Debug, Default)]
pub(crate) struct Suite {
    pub settings: SuiteState,
    /// Tickets with the moment when they end, oldest first; not part of the state, like all that follows.
    tickets: VecDeque<(String, u64)>,
    /// When the next ticket is due.
    pub ticket_due_ms: u64,
    /// Suite tokens with the moment when they end.
    tokens: HashMap<String, u64>,
    pre_auth_codes: HashMap<String, u64>,
    /// The corps behind authorisation codes, and when the codes end.
    auth_codes: HashMap<String, (String, u64)>,
}

impl Suite {
    pub fn new(settings: SuiteState) -> Self {
        Self { settings, ..Self::default() }
    }

    /// Whether a corp authorised it.
    pub fn serves(&self, corpid: &str) -> bool {
        self.authorization(corpid).is_some()
    }

    /// What a corp granted, whether or not it has ended since.
    pub fn authorization(&self, corpid: &str) -> Option<&AuthorizationState> {
        self.settings.authorizations.iter().find(|authorization| authorization.corpid == corpid)
    }

    /// What a corp granted, if that has not ended.
    pub fn live(&self, corpid: &str, now_ms: u64) -> Option<&AuthorizationState> {
        self.authorization(corpid).filter(|found| found.expires_ms.is_none_or(|end| now_ms < end))
    }

    /// A new ticket; older ones stay good until their time is over.
    fn new_ticket(&mut self, random: u64, now_ms: u64) -> String {
        self.tickets.retain(|(_, ends_ms)| now_ms < *ends_ms);
        let text = format!("tkt-{random:016x}");
        self.tickets.push_back((text.clone(), now_ms + TICKET_MS));
        self.ticket_due_ms = now_ms + TICKET_PAUSE_MS;
        text
    }

    fn knows_ticket(&self, text: &str, now_ms: u64) -> bool {
        self.tickets.iter().any(|(ticket, ends_ms)| ticket == text && now_ms < *ends_ms)
    }

    fn new_auth_code(&mut self, corpid: &str, random: u64, now_ms: u64) -> String {
        // Real ones have 64 to 512 bytes.
        let text: String = (0..5).map(|part| format!("{:016x}", chance::mix(random, part))).collect();
        self.auth_codes.insert(text.clone(), (corpid.to_owned(), now_ms + AUTH_CODE_MS));
        text
    }
}

/// Puts what authorisations mean for corps in place: the right to edit a directory, which belongs to no app.
pub(crate) fn connect(suites: &Suites, corps: &mut BTreeMap<String, Corp>) {
    for corp in corps.values_mut() {
        let editing = suites.values().filter(|suite| suite.settings.kind == SuiteKind::ContactEdit);
        let mut code =
            editing.filter_map(|suite| suite.authorization(&corp.corpid)).map(|found| found.permanent_code.clone());
        corp.edit_code = code.next_back();
    }
}
