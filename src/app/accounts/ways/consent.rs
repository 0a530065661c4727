//! What only the person can give: WeCom tells mobile, mail and gender of a member only if the member agrees on its page. Who is
//! invited gets a message with a link; what is given goes into the linked person of the directory, one field after the other, so
//! that one that belongs to somebody else does not keep the others out. What is not given says nothing.

use std::collections::BTreeMap;

use idflow_sdk::{Kind, Secret};

use super::{Origin, wecom};
use crate::{
    app::{
        App, AppError, Caller, Desk,
        audit::{Deed, Told},
        directory,
    },
    connectors,
    contract::{
        audit::AuditKind,
        link::ResolveLink,
        message::{MessageCard, NewMessage, ReceiverOutcome},
        sign_in::{ConsentCount, NewConsentInvitation},
    },
    store::{
        Batch,
        consents::{self, StoredConsent},
        departures::CONSENT,
        links,
    },
};
use serde_json::json;

/// Links that are read at once.
const PAGE: usize = 500;

/// What somebody gave.
pub struct Gave {
    /// What people call them.
    pub name: String,
    /// Fields that stand in the directory now.
    pub given: Vec<String>,
    /// Fields that could not be kept.
    pub refused: Vec<String>,
}

/// A value as the directory has it.
fn value<'a>(field: &str, value: &'a str) -> Option<(&'static str, &'a str)> {
    match (field, value) {
        ("mobile", mobile) => Some(("mobile", mobile)),
        ("email", email) => Some(("email", email)),
        ("gender", "1") => Some(("gender", "male")),
        ("gender", "2") => Some(("gender", "female")),
        _ => None,
    }
}

impl App {
    /// Keeps what somebody gave on the page of a connection.
    pub(super) async fn gave(
        &self,
        way: &wecom::Way,
        userid: &str,
        ticket: Option<&Secret>,
        from: &Origin,
    ) -> Result<Gave, AppError> {
        let asked = ResolveLink { connection: way.name().into(), userid: Some(userid.into()), code: None };
        let person = self.resolve_link(&asked).await.map_err(|error| match &*error.problem.code {
            "link_missing" => AppError::refused("consent_not_linked").arg("who", userid),
            _ => error,
        })?;
        // What somebody gives may not go to whoever had the account before.
        if person.status != "active" {
            return Err(AppError::refused("consent_not_linked").arg("who", userid));
        }
        let mut values = match ticket {
            Some(ticket) => way.given(ticket).await?,
            None => Default::default(),
        };
        // The company's own mailbox stands in for a mail address that was not given.
        if let Some(mailbox) = values.remove("biz_mail") {
            values.entry("email").or_insert(mailbox);
        }
        let caller = Caller::new(self.tenant.clone(), format!("{CONSENT} {userid}"), []);
        let mut deed = Deed {
            actor: caller.actor.clone(),
            via: way.connector().into(),
            address: from.address.clone(),
            kind: AuditKind::Write,
            deed: "consent_given".into(),
            outcome: "begun".into(),
            told: Told { about: Some(person.id.clone()), ..Told::default() },
        };
        let begun = self.who().recorder().begin(&self.tenant, deed.clone()).await?;
        let kept = self.keep_given(&caller, (way.name(), userid), &person.id, &values).await;
        self.who().good_return(from);
        deed.outcome = kept.as_ref().map_or_else(|error| error.problem.code.to_string(), |_| "done".into());
        deed.told.after = kept.as_ref().ok().map(|(given, refused)| json!({"given": given, "refused": refused}));
        self.who().recorder().settle(&begun, deed).await?;
        kept.map(|(given, refused)| Gave { name: person.name, given, refused })
    }

    /// Puts what somebody gave into the directory, and notes that they did; gives the fields that were kept, and those that were
    /// not.
    async fn keep_given(
        &self,
        caller: &Caller,
        (connection, userid): (&str, &str),
        person: &str,
        values: &BTreeMap<&'static str, String>,
    ) -> Result<(Vec<String>, Vec<String>), AppError> {
        let desk = self.desk(caller);
        let (mut given, mut refused) = (Vec::new(), Vec::new());
        for (field, text) in values.iter().filter_map(|(field, text)| value(field, text)) {
            match desk.give_value(person, field, text).await {
                Ok(()) => given.push(field.to_string()),
                Err(error) if matches!(&*error.problem.code, "directory_busy" | "store_conflict") => return Err(error),
                Err(_) => refused.push(field.to_string()),
            }
        }
        let old = consents::get(&*self.store, &self.tenant, connection, userid).await?.unwrap_or_default();
        let new = StoredConsent {
            key: userid.into(),
            answered: Some(self.now()),
            given: given.clone(),
            refused: refused.clone(),
            ..old
        };
        let mut batch = Batch::default();
        consents::put(&mut batch, &self.tenant, connection, &new)?;
        self.store.commit(batch).await?;
        Ok((given, refused))
    }
}

impl Desk<'_> {
    /// How far consent has come for a connection.
    ///
    /// # Errors
    /// An unknown connection.
    pub async fn consent(&self, connection: &str) -> Result<ConsentCount, AppError> {
        let stored = self.stored_connection(connection).await?.value;
        let all = consents::all(&*self.store, &self.tenant, connection).await?;
        let count = |fits: &dyn Fn(&StoredConsent) -> bool| all.iter().filter(|one| fits(one)).count() as u64;
        Ok(ConsentCount {
            invited: count(&|one| one.invited.is_some()),
            gave: count(&|one| !one.given.is_empty()),
            gave_nothing: count(&|one| one.answered.is_some() && one.given.is_empty()),
            waiting: count(&|one| one.invited.is_some() && one.answered.is_none()),
            conflicts: count(&|one| !one.refused.is_empty()),
            receivers: 0,
            message: None,
            start: format!("{}{}/start?purpose=consent", wecom::PATH, stored.id),
        })
    }

    /// Invites people by a message. `page` is the address of a path of this server, as people open it.
    ///
    /// # Errors
    /// An unknown connection, nobody to invite, somebody who is not linked; what sending a message refuses.
    pub async fn invite_consent(
        &self,
        connection: &str,
        new: &NewConsentInvitation,
        page: impl Fn(&str) -> String,
    ) -> Result<ConsentCount, AppError> {
        let counted = self.consent(connection).await?;
        let mut receivers = new.receivers.clone();
        if new.all_hidden {
            receivers.extend(self.hidden_people(connection).await?);
        }
        if receivers.is_empty() {
            let code = if new.all_hidden { "consent_nobody_hidden" } else { "consent_nobody" };
            let nobody = AppError::invalid(code).field("receivers");
            return if new.only_check { Ok(counted) } else { Err(nobody) };
        }
        let words = "请授权提供手机号、邮箱等信息，用于更新通讯录。Please share your mobile number and mail address.";
        let description = new.text.clone().filter(|text| !text.trim().is_empty()).unwrap_or_else(|| words.into());
        let card = MessageCard {
            title: "请授权个人信息 Please share your details".into(),
            description: Some(description),
            url: page(&counted.start),
        };
        let message = NewMessage {
            connection: Some(connection.into()),
            receivers,
            only_check: new.only_check,
            card: Some(card),
            ..NewMessage::default()
        };
        let sent = self.send_message(message).await?;
        let mut batch = Batch::default();
        if !new.only_check {
            for one in sent.receivers.iter().filter(|one| {
                matches!(one.outcome, ReceiverOutcome::Sent | ReceiverOutcome::Waiting | ReceiverOutcome::Unknown)
            }) {
                let Some(key) = &one.key else { continue };
                let old = consents::get(&*self.store, &self.tenant, connection, key).await?.unwrap_or_default();
                let asked = StoredConsent { key: key.clone(), invited: Some(self.now()), ..old };
                consents::put(&mut batch, &self.tenant, connection, &asked)?;
            }
            self.store.commit(batch).await?;
        }
        let message = Some(sent.id).filter(|id| !id.is_empty());
        Ok(ConsentCount { receivers: sent.total, message, ..self.consent(connection).await? })
    }

    /// People who are linked by a connection and have no mobile number, by their ids.
    async fn hidden_people(&self, connection: &str) -> Result<Vec<String>, AppError> {
        let local = connectors::DIRECTORY.name;
        let own = self.connections.directory();
        let held = self.held_back(connection).await?;
        let mobile = directory::schema(Kind::User).field("mobile");
        let status = directory::schema(Kind::User).field("status");
        let (mut found, mut after) = (Vec::new(), None::<String>);
        loop {
            let all = links::page(&*self.store, &self.tenant, connection, after.as_deref(), PAGE).await?;
            let ids: Vec<Box<str>> = all
                .iter()
                .filter(|(_, (pair, link))| pair.kind == Kind::User && pair.target == local && link.gone.is_none())
                .map(|(_, (pair, link))| pair.ends(link))
                .filter(|(own, other)| !held.holds(&own.key, &other.key))
                .map(|(_, other)| other.key.clone())
                .collect();
            let keys: Vec<&str> = ids.iter().map(|id| &**id).collect();
            for stored in own.get(Kind::User, &keys).await.map_err(|error| directory::failed(&error))? {
                let text =
                    |field: Option<_>| field.and_then(|id| stored.record.text(id)).unwrap_or_default().to_string();
                if text(mobile).is_empty() && matches!(text(status).as_str(), "" | "active") {
                    found.push(stored.key.to_string());
                }
            }
            match all.last() {
                Some((place, _)) if all.len() == PAGE => after = Some(place.clone()),
                _ => return Ok(found),
            }
        }
    }
}
