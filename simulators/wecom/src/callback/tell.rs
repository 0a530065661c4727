//! Who is told of what: changes to contact sync, to customized apps and to providers; the end of jobs to who asked.
//!
//! What was written with the contact-sync secret is not told to the receiver of contact sync, and what a provider wrote is not
//! told to that provider. An app that the corp built itself is told of no change at all.

use super::Event;
use super::events::{self, Audience};
use super::xml::Xml;
use crate::corp::changes::Change;
use crate::corp::visibility::View;
use crate::corp::{Corp, Holder};
use crate::state::{AppKind, EventForm, ReceiverState, SuiteKind};
use crate::world::World;

/// Who made a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A caller of the platform.
    Call(Holder),
    /// An administrator in the console.
    Console,
}

/// The end of a job.
pub(crate) struct Ended<'a> {
    pub jobid: &'a str,
    pub kind: &'a str,
    pub errcode: i64,
    pub errmsg: &'a str,
}

/// What every event of a corp begins with.
fn head(corpid: &str, from: &str, now_ms: u64, event: &str) -> Xml {
    Xml::default()
        .text("ToUserName", corpid)
        .text("FromUserName", from)
        .word("CreateTime", now_ms / 1000)
        .text("MsgType", "event")
        .text("Event", event)
}

impl World {
    /// Whether somebody would be told of changes in a corp.
    pub fn listens(&self, corp: &Corp) -> bool {
        corp.contacts.receiver.is_some()
            || corp.apps.iter().any(|app| app.settings.kind == AppKind::Customized && app.settings.receiver.is_some())
            || self.suites.values().any(|suite| suite.settings.receiver.is_some() && suite.serves(&corp.corpid))
    }

    /// Tells everybody who is to know what was kept of a corp's changes.
    pub fn tell_changes(&mut self, corpid: &str, origin: Origin, now_ms: u64) {
        let Some(corp) = self.corps.get_mut(corpid) else { return };
        let changes = corp.changes.take();
        if changes.is_empty() {
            return;
        }
        let corp = &self.corps[corpid];
        let outbox = &mut self.outbox;
        for change in &changes {
            if let Some(receiver) = &corp.contacts.receiver
                && origin != Origin::Call(Holder::Contacts)
            {
                let form = receiver.form.unwrap_or(EventForm::Reduced);
                let audience = Audience { view: View::Everything(corp), form };
                if let Some((name, xml)) = events::change(corp, change, audience) {
                    let message = contact_event(corpid, now_ms, name, &xml);
                    let receiver_name = "contacts".to_owned();
                    outbox.push(
                        receiver,
                        Event { to: corpid, agentid: None, receiver: receiver_name, name, message },
                        now_ms,
                    );
                }
            }
            let customized = corp.apps.iter().filter(|app| app.settings.kind == AppKind::Customized);
            for app in customized.filter(|app| origin != Origin::Call(Holder::App(app.settings.agentid))) {
                let Some(receiver) = &app.settings.receiver else { continue };
                let form = receiver.form.unwrap_or(EventForm::Full);
                if let Some((name, xml)) = events::change(corp, change, Audience { view: View::App(corp, app), form }) {
                    let message = contact_event(corpid, now_ms, name, &xml);
                    let agentid = Some(app.settings.agentid);
                    let receiver_name = format!("app {}", app.settings.agentid);
                    outbox.push(
                        receiver,
                        Event { to: corpid, agentid, receiver: receiver_name, name, message },
                        now_ms,
                    );
                }
            }
            for suite in self.suites.values().filter(|suite| suite.settings.kind != SuiteKind::Customized) {
                let Some(receiver) = &suite.settings.receiver else { continue };
                let Some(authorization) = suite.authorization(corpid) else { continue };
                let view = match suite.settings.kind {
                    SuiteKind::ContactEdit if origin == Origin::Call(Holder::ContactEdit) => continue,
                    SuiteKind::ContactEdit => View::Everything(corp),
                    _ => View::of(corp, Holder::App(authorization.agentid)),
                };
                let Some((name, xml)) = events::change(corp, change, Audience { view, form: EventForm::Reduced })
                else {
                    continue;
                };
                let (suite_id, known_as) = (suite.settings.suite_id.as_str(), corp.encrypted_id());
                let mut message = Xml::default()
                    .text("SuiteId", suite_id)
                    .text("AuthCorpId", &known_as)
                    .text("InfoType", "change_contact")
                    .word("TimeStamp", now_ms / 1000)
                    .text("ChangeType", name)
                    .then(&xml);
                if let Change::Member { after, before, .. } = change
                    && let Some(member) = after.as_ref().or(before.as_ref())
                {
                    message = message.text("OpenUserID", &corp.open_userid(&member.userid));
                }
                let receiver_name = format!("suite {suite_id}");
                let message = message.into_message();
                outbox.push(
                    receiver,
                    Event { to: suite_id, agentid: None, receiver: receiver_name, name, message },
                    now_ms,
                );
            }
        }
    }

    /// Tells the end of a job: to the receiver that the job names, or else to that of whoever submitted it.
    pub fn tell_job(
        &mut self,
        corpid: &str,
        holder: Holder,
        own: Option<&ReceiverState>,
        ended: &Ended<'_>,
        now_ms: u64,
    ) {
        let Some(corp) = self.corps.get(corpid) else { return };
        let agentid = match holder {
            Holder::App(agentid) => Some(agentid),
            Holder::Contacts | Holder::ContactEdit => None,
        };
        let (receiver, name) = match (own, holder) {
            (Some(own), _) => (Some(own), format!("job {}", ended.jobid)),
            (None, Holder::App(id)) => {
                (corp.app(id).and_then(|app| app.settings.receiver.as_ref()), format!("app {id}"))
            }
            (None, Holder::Contacts) => (corp.contacts.receiver.as_ref(), "contacts".to_owned()),
            (None, Holder::ContactEdit) => (None, String::new()),
        };
        let Some(receiver) = receiver else { return };
        let job = Xml::default()
            .text("JobId", ended.jobid)
            .text("JobType", ended.kind)
            .word("ErrCode", ended.errcode)
            .text("ErrMsg", ended.errmsg);
        let message = head(corpid, "sys", now_ms, "batch_job_result").raw("BatchJob", &job.into_text()).into_message();
        let event = Event { to: corpid, agentid, receiver: name, name: "batch_job_result", message };
        self.outbox.push(receiver, event, now_ms);
    }

    /// Tells an app that a member did something: came into its range, left it, or opened it.
    pub fn tell_app(&mut self, corpid: &str, agentid: i64, userid: &str, event: &str, now_ms: u64) -> bool {
        let app = self.corps.get(corpid).and_then(|corp| corp.app(agentid));
        let Some(receiver) = app.and_then(|app| app.settings.receiver.clone()) else { return false };
        let mut xml = head(corpid, userid, now_ms, event);
        if !matches!(event, "subscribe" | "unsubscribe") {
            xml = xml.text("EventKey", "");
        }
        let message = xml.word("AgentID", agentid).into_message();
        let name = format!("app {agentid}");
        self.outbox.push(
            &receiver,
            Event { to: corpid, agentid: Some(agentid), receiver: name, name: event, message },
            now_ms,
        );
        true
    }
}

fn contact_event(corpid: &str, now_ms: u64, name: &str, xml: &Xml) -> String {
    head(corpid, "sys", now_ms, "change_contact").word("ChangeType", name).then(xml).into_message()
}
