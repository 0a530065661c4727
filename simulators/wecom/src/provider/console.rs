//! What happens at providers and in corps by hand: tickets, authorisations, their change and their end, and who is told.

use serde::{Deserialize, Serialize};

use super::{Suite, connect};
use crate::callback::Event;
use crate::callback::xml::Xml;
use crate::chance;
use crate::corp::App;
use crate::corp::load::visible_range;
use crate::running::Error;
use crate::state::{AppKind, AppState, AuthorizationState, SuiteKind, VisibleState};
use crate::world::World;

/// How long the right to edit a directory lasts, in seconds.
const EDIT_SECS: u64 = 7200;
/// The publish status of a customized app that is being built, and of one that is online.
const IN_WORK: u8 = 1;
const PUBLISHED: u8 = 2;
/// The first id that a new app may get.
const FIRST_AGENT: i64 = 1_000_002;

/// A corp that is to authorise an app of a provider.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Authorize {
    /// The app.
    pub suite_id: String,
    /// The corp.
    pub corpid: String,
    /// The id of the app in the corp; the next free one without it.
    #[serde(default)]
    pub agentid: Option<i64>,
    /// Whom the app may see.
    #[serde(default)]
    pub visible: VisibleState,
    /// The administrator who scans the code.
    #[serde(default)]
    pub admin: String,
    /// What the link carried.
    #[serde(default)]
    pub state: String,
    /// How long it lasts; two hours for the right to edit a directory, for ever for apps.
    #[serde(default)]
    pub lasts_secs: Option<u64>,
}

/// A corp and an app of a provider.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Authorized {
    /// The app.
    pub suite_id: String,
    /// The corp.
    pub corpid: String,
}

/// A new visible range.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeRange {
    /// The app.
    pub suite_id: String,
    /// The corp.
    pub corpid: String,
    /// Whom the app may see from now on.
    pub visible: VisibleState,
}

/// The code that an authorisation came with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct AuthCode {
    /// Good once, for ten minutes.
    pub auth_code: String,
}

impl World {
    fn draw(&mut self) -> u64 {
        self.drawn += 1;
        chance::mix(self.seed ^ 0x0005_0171, self.drawn)
    }

    fn suite_mut(&mut self, suite_id: &str) -> Result<&mut Suite, Error> {
        self.suites.get_mut(suite_id).ok_or_else(|| Error::Unknown(format!("suite `{suite_id}`")))
    }

    /// Sends the tickets that are due.
    pub(crate) fn settle_tickets(&mut self) {
        let now_ms = self.clock.now_ms();
        let is_due = |suite: &&Suite| suite.settings.receiver.is_some() && now_ms >= suite.ticket_due_ms;
        let due: Vec<String> =
            self.suites.values().filter(is_due).map(|suite| suite.settings.suite_id.clone()).collect();
        for suite_id in due {
            // Only suites that are there are due.
            let _ = self.send_ticket(&suite_id);
        }
    }

    /// Makes a ticket and sends it; tells the ticket.
    pub(crate) fn send_ticket(&mut self, suite_id: &str) -> Result<String, Error> {
        let (random, now_ms) = (self.draw(), self.clock.now_ms());
        let ticket = self.suite_mut(suite_id)?.new_ticket(random, now_ms);
        self.tell_suite(suite_id, "suite_ticket", |xml| xml, |xml| xml.text("SuiteTicket", &ticket));
        Ok(ticket)
    }

    /// An event of a suite: its own elements stand before or behind what all have.
    fn tell_suite(
        &mut self,
        suite_id: &str,
        name: &str,
        before: impl FnOnce(Xml) -> Xml,
        behind: impl FnOnce(Xml) -> Xml,
    ) {
        let now_ms = self.clock.now_ms();
        let Some(receiver) = self.suites.get(suite_id).and_then(|suite| suite.settings.receiver.clone()) else {
            return;
        };
        let xml = before(Xml::default().text("SuiteId", suite_id)).text("InfoType", name);
        let message = behind(xml.word("TimeStamp", now_ms / 1000)).into_message();
        let to = format!("suite {suite_id}");
        self.outbox.push(&receiver, Event { to: suite_id, agentid: None, receiver: to, name, message }, now_ms);
    }

    /// A corp authorises an app: the app comes into being there, and the provider gets a code.
    pub(crate) fn authorize(&mut self, asked: &Authorize) -> Result<AuthCode, Error> {
        let now_ms = self.clock.now_ms();
        let (permanent, random) = (self.draw(), self.draw());
        let suite = self.suites.get(&asked.suite_id);
        let suite = suite.ok_or_else(|| Error::Unknown(format!("suite `{}`", asked.suite_id)))?;
        let corpid = asked.corpid.as_str();
        if suite.live(corpid, now_ms).is_some() {
            return Err(Error::Refused(format!("corp `{corpid}` has authorised `{}` already", asked.suite_id)));
        }
        let kind = suite.settings.kind;
        let name = suite.settings.name.clone();
        let corp = self.corps.get_mut(corpid).ok_or_else(|| Error::Unknown(format!("corp `{corpid}`")))?;
        let permanent_code =
            format!("PERM_{permanent:016x}{:016x}{:016x}", chance::mix(permanent, 1), chance::mix(permanent, 2));
        let mut agentid = 0;
        if kind != SuiteKind::ContactEdit {
            let highest = corp.apps.iter().map(|app| app.settings.agentid).max();
            agentid = asked.agentid.unwrap_or_else(|| highest.map_or(FIRST_AGENT, |id| id.max(FIRST_AGENT - 1) + 1));
            if corp.app(agentid).is_some() {
                return Err(Error::Refused(format!("corp `{corpid}` has an app {agentid} already")));
            }
            let (users, departments) = visible_range(corp, &asked.visible).map_err(Error::Refused)?;
            let settings = AppState {
                agentid,
                name,
                secret: permanent_code.clone(),
                kind: if kind == SuiteKind::Customized { AppKind::Customized } else { AppKind::ThirdParty },
                customized_publish_status: (kind == SuiteKind::Customized).then_some(IN_WORK),
                visible: VisibleState { tags: asked.visible.tags.clone(), ..VisibleState::default() },
                ..AppState::default()
            };
            corp.apps.push(App { settings, visible_users: users, visible_departments: departments });
            corp.apps.sort_by_key(|app| app.settings.agentid);
        }
        let lasts = asked.lasts_secs.or((kind == SuiteKind::ContactEdit).then_some(EDIT_SECS));
        let authorization = AuthorizationState {
            corpid: corpid.to_owned(),
            agentid,
            permanent_code,
            admin: asked.admin.clone(),
            expires_ms: lasts.map(|seconds| now_ms.saturating_add(seconds.saturating_mul(1000))),
        };
        let suite = self.suite_mut(&asked.suite_id)?;
        // An authorisation that ended makes room for the new one.
        suite.settings.authorizations.retain(|old| old.corpid != corpid);
        suite.settings.authorizations.push(authorization);
        let auth_code = suite.new_auth_code(corpid, random, now_ms);
        connect(&self.suites, &mut self.corps);
        self.tell_suite(
            &asked.suite_id,
            "create_auth",
            |xml| xml.text("AuthCode", &auth_code),
            |xml| if asked.state.is_empty() { xml } else { xml.text("State", &asked.state) },
        );
        Ok(AuthCode { auth_code })
    }

    /// The corp changes whom an app of a provider may see.
    pub(crate) fn change_authorization(&mut self, asked: &ChangeRange) -> Result<(), Error> {
        let agentid = self.authorized(&asked.suite_id, &asked.corpid)?.agentid;
        let corp =
            self.corps.get_mut(&asked.corpid).ok_or_else(|| Error::Unknown(format!("corp `{}`", asked.corpid)))?;
        let known_as = corp.encrypted_id();
        let (users, departments) = visible_range(corp, &asked.visible).map_err(Error::Refused)?;
        if let Some(app) = corp.apps.iter_mut().find(|app| app.settings.agentid == agentid) {
            app.visible_users = users;
            app.visible_departments = departments;
            app.settings.visible.tags.clone_from(&asked.visible.tags);
        }
        self.tell_suite(&asked.suite_id, "change_auth", |xml| xml, |xml| xml.text("AuthCorpId", &known_as));
        Ok(())
    }

    /// The provider publishes its customized app in a corp (上线). Nobody is told.
    pub(crate) fn publish(&mut self, asked: &Authorized) -> Result<(), Error> {
        let agentid = self.authorized(&asked.suite_id, &asked.corpid)?.agentid;
        let corp = self.corps.get_mut(&asked.corpid);
        let apps = corp.into_iter().flat_map(|corp| &mut corp.apps);
        for app in apps.filter(|app| app.settings.agentid == agentid) {
            app.settings.customized_publish_status = Some(PUBLISHED);
        }
        Ok(())
    }

    /// The corp takes its authorisation back (取消授权): the app is gone, and so are its tokens.
    pub(crate) fn cancel_authorization(&mut self, asked: &Authorized) -> Result<(), Error> {
        let agentid = self.authorized(&asked.suite_id, &asked.corpid)?.agentid;
        let suite = self.suite_mut(&asked.suite_id)?;
        suite.settings.authorizations.retain(|old| old.corpid != asked.corpid);
        suite.auth_codes.retain(|_, (corpid, _)| *corpid != asked.corpid);
        let mut known_as = String::new();
        if let Some(corp) = self.corps.get_mut(&asked.corpid) {
            known_as = corp.encrypted_id();
            corp.apps.retain(|app| agentid == 0 || app.settings.agentid != agentid);
        }
        connect(&self.suites, &mut self.corps);
        self.tokens.keep_known(&self.corps);
        self.tell_suite(&asked.suite_id, "cancel_auth", |xml| xml, |xml| xml.text("AuthCorpId", &known_as));
        Ok(())
    }

    /// The provider resets the permanent code: the old one stops, and a code for the new one is sent.
    pub(crate) fn reset_permanent_code(&mut self, asked: &Authorized) -> Result<AuthCode, Error> {
        let now_ms = self.clock.now_ms();
        let agentid = self.authorized(&asked.suite_id, &asked.corpid)?.agentid;
        let (permanent, random) = (self.draw(), self.draw());
        let code = format!("PERM_{permanent:016x}{:016x}", chance::mix(permanent, 1));
        let suite = self.suite_mut(&asked.suite_id)?;
        let found = suite.settings.authorizations.iter_mut().find(|found| found.corpid == asked.corpid);
        if let Some(authorization) = found {
            authorization.permanent_code.clone_from(&code);
        }
        let auth_code = suite.new_auth_code(&asked.corpid, random, now_ms);
        let corp = self.corps.get_mut(&asked.corpid);
        let apps = corp.into_iter().flat_map(|corp| &mut corp.apps);
        for app in apps.filter(|app| app.settings.agentid == agentid) {
            app.settings.secret.clone_from(&code);
        }
        connect(&self.suites, &mut self.corps);
        self.tokens.keep_known(&self.corps);
        self.tell_suite(&asked.suite_id, "reset_permanent_code", |xml| xml.text("AuthCode", &auth_code), |xml| xml);
        Ok(AuthCode { auth_code })
    }

    fn authorized(&self, suite_id: &str, corpid: &str) -> Result<&AuthorizationState, Error> {
        let suite = self.suites.get(suite_id).ok_or_else(|| Error::Unknown(format!("suite `{suite_id}`")))?;
        suite
            .authorization(corpid)
            .ok_or_else(|| Error::Unknown(format!("authorisation of `{suite_id}` by `{corpid}`")))
    }
}
