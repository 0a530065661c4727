//! Rules, as people see and change them; tries of them. The mail server is in [`super::mail_server`].

use std::collections::HashMap;

use idflow_sdk::{NextKind, Problem, Secret};

use super::{
    call, mail,
    notifier::new_delivery,
    send::action,
    sent::Sent,
    view::{shown_delivery, shown_event},
};
use crate::{
    app::{
        App, AppError, Desk,
        error::RefusalKind,
        expected::{Expected, tag},
        paging, proof, run_view, time,
    },
    contract::{
        notification::{
            DeliveryFilter, NotificationChannel, NotificationDelivery, NotificationEvent, NotificationLanguage,
            NotificationRule, NotificationTrial, PutNotificationRule, QuietHours, RemovedNotificationRule,
        },
        page::{Page, Paging},
        problem::Next,
    },
    store::{
        Batch, StoreError, catalogue,
        codec::Loaded,
        notices::{self, Channel, Delivery, Quiet, Rule, What},
    },
};

/// Rules of one tenant.
const MOST_RULES: usize = 100;
/// Receivers of one rule, and characters of a name.
const MOST_RECEIVERS: usize = 100;
const MOST_NAME: usize = 200;
/// How long is gathered, usually and at most.
const COLLECT_MS: i64 = 60_000;
const MOST_COLLECT_MS: i64 = 3_600_000;
/// How long before it expires an approval is told, usually and at most.
const EXPIRING_MS: i64 = 4 * 3_600_000;
const MOST_EXPIRING_MS: i64 = 7 * 24 * 3_600_000;
/// Messages that are looked through for a page of those that are wanted.
const MOST_LOOKED: usize = 2000;
/// Messages among which the newest of each rule is found.
const MOST_NEWEST: usize = 500;

const fn stored_event(event: NotificationEvent) -> What {
    match event {
        NotificationEvent::RunFailed => What::RunFailed,
        NotificationEvent::RunHeld => What::RunHeld,
        NotificationEvent::RunPartial => What::RunPartial,
        NotificationEvent::RunRecovered => What::RunRecovered,
        NotificationEvent::ApprovalExpiring => What::ApprovalExpiring,
        NotificationEvent::RemovalsWaiting => What::RemovalsWaiting,
        NotificationEvent::ConnectionUnhealthy => What::ConnectionUnhealthy,
        NotificationEvent::CallbackUnhealthy => What::CallbackUnhealthy,
        NotificationEvent::GrantExpiring => What::GrantExpiring,
    }
}

/// `HH:MM` as a minute of the day.
fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let whole =
        |text: &str| (text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok());
    let (hour, minute): (u16, u16) = (whole(hour)??, whole(minute)??);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

fn quiet(hours: &QuietHours) -> Result<Quiet, AppError> {
    let time = |text: &str, field: &'static str| {
        minute(text).ok_or_else(|| AppError::invalid("quiet_time").arg("time", text).field(field))
    };
    let (from, to) = (time(&hours.from, "quiet.from")?, time(&hours.to, "quiet.to")?);
    if from == to {
        return Err(AppError::invalid("quiet_always").field("quiet.to"));
    }
    if hours.timezone.parse::<chrono_tz::Tz>().is_err() {
        return Err(AppError::invalid("quiet_zone").arg("zone", &hours.timezone).field("quiet.timezone"));
    }
    Ok(Quiet { from, to, timezone: hours.timezone.clone() })
}

fn clock(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

pub(super) fn look() -> Next {
    Next::new(NextKind::ListRuns)
}

fn unknown(id: &str) -> AppError {
    AppError::not_found("notification_rule_unknown").arg("id", id)
}

fn is_id(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id.starts_with(|c: char| c.is_ascii_lowercase())
        && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// The texts of a list, trimmed and each once.
fn list(given: &[String], field: &'static str) -> Result<Vec<String>, AppError> {
    let mut found: Vec<String> = Vec::new();
    for text in given.iter().map(|text| text.trim()).filter(|text| !text.is_empty()) {
        if text.chars().count() > MOST_NAME {
            return Err(AppError::invalid("receiver_too_long").arg("most", MOST_NAME.to_string()).field(field));
        }
        // WeCom reads a bar as the end of one receiver and the beginning of another.
        if text.contains('|') || text.chars().any(char::is_control) {
            return Err(AppError::invalid("receiver_wrong").arg("text", text).field(field));
        }
        if !found.iter().any(|known| known == text) {
            found.push(text.to_string());
        }
    }
    if found.len() > MOST_RECEIVERS {
        return Err(AppError::invalid("receivers_many").arg("most", MOST_RECEIVERS.to_string()).field(field));
    }
    Ok(found)
}

impl App {
    async fn stored_rule(&self, id: &str) -> Result<Loaded<Rule>, AppError> {
        notices::rule(&*self.store, &self.tenant, id).await?.ok_or_else(|| unknown(id))
    }

    async fn rule_view(&self, rule: &Rule, newest: Option<&Delivery>) -> Result<NotificationRule, AppError> {
        let waiting = notices::queue(&*self.store, &self.tenant, &rule.id).await?.len() as u64;
        let channel = match &rule.channel {
            Channel::Message { connection, to_users, to_departments, to_tags } => NotificationChannel::Message {
                connection: connection.clone(),
                to_users: to_users.clone(),
                to_departments: to_departments.clone(),
                to_tags: to_tags.clone(),
            },
            Channel::Mail { to } => NotificationChannel::Mail { to: to.clone() },
            Channel::Webhook { url, .. } => NotificationChannel::Webhook { url: url.clone() },
        };
        Ok(NotificationRule {
            id: rule.id.clone(),
            name: rule.name.clone(),
            enabled: rule.enabled,
            events: rule.events.iter().map(|event| shown_event(*event)).collect(),
            workflows: rule.workflows.clone(),
            channel,
            language: if rule.chinese { NotificationLanguage::Zh } else { NotificationLanguage::En },
            quiet: rule.quiet.as_ref().map(|quiet| QuietHours {
                from: clock(quiet.from),
                to: clock(quiet.to),
                timezone: quiet.timezone.clone(),
            }),
            collect_ms: rule.collect_ms,
            expiring_ms: rule.expiring_ms,
            changed: time(rule.changed),
            changed_by: rule.by.clone(),
            waiting,
            newest: newest.map(|delivery| shown_delivery(self, delivery)),
            secret: None,
            etag: tag(rule),
        })
    }

    /// The newest message of each rule, as far as it is among the newest of all.
    async fn newest(&self) -> Result<HashMap<String, Delivery>, AppError> {
        let all = notices::deliveries(&*self.store, &self.tenant, None, MOST_NEWEST).await?;
        Ok(all.into_iter().rev().map(|delivery| (delivery.rule.clone(), delivery)).collect())
    }

    /// All rules.
    ///
    /// # Errors
    /// A wrong cursor, the store.
    pub async fn notification_rules(&self, wanted: &Paging) -> Result<Page<NotificationRule>, AppError> {
        let all = notices::rules(&*self.store, &self.tenant).await?;
        let page = paging::cut(all, wanted.limit, wanted.cursor.as_deref())?;
        let newest = self.newest().await?;
        let mut items = Vec::with_capacity(page.items.len());
        for rule in &page.items {
            items.push(self.rule_view(rule, newest.get(&rule.id)).await?);
        }
        Ok(Page { items, next: page.next, total: page.total })
    }

    /// One rule.
    ///
    /// # Errors
    /// There is none of this id; the store.
    pub async fn notification_rule(&self, id: &str) -> Result<NotificationRule, AppError> {
        let rule = self.stored_rule(id).await?;
        self.rule_view(&rule.value, self.newest().await?.get(id)).await
    }

    /// Forgets a rule.
    ///
    /// # Errors
    /// There is none of this id, or it is in another state; the store.
    pub async fn remove_notification_rule(
        &self,
        id: &str,
        expected: &Expected,
    ) -> Result<RemovedNotificationRule, AppError> {
        let rule = self.stored_rule(id).await?;
        expected.check(Some(&tag(&rule.value)), look)?;
        let mut batch = Batch::default();
        notices::drop_rule(&*self.store, &mut batch, &self.tenant, &rule).await?;
        self.store.commit(batch).await?;
        Ok(RemovedNotificationRule { id: id.into(), removed: true })
    }

    /// Messages, the newest first.
    ///
    /// # Errors
    /// A wrong limit; the store.
    pub async fn deliveries(&self, filter: &DeliveryFilter) -> Result<Page<NotificationDelivery>, AppError> {
        let limit = paging::limit(filter.limit)?;
        let mut cursor = filter.cursor.clone();
        if cursor.as_deref().is_some_and(|id| id.len() != 26 || !id.bytes().all(|byte| byte.is_ascii_alphanumeric())) {
            return Err(paging::wrong_cursor());
        }
        let (mut items, mut looked) = (Vec::new(), 0);
        loop {
            let some = notices::deliveries(&*self.store, &self.tenant, cursor.as_deref(), limit).await?;
            let whole = some.len() < limit;
            for delivery in some {
                if items.len() == limit || looked == MOST_LOOKED {
                    return Ok(Page { items, next: cursor, total: None });
                }
                looked += 1;
                cursor = Some(delivery.id.clone());
                let delivery = shown_delivery(self, &delivery);
                let mine = filter.rule.as_ref().is_none_or(|rule| *rule == delivery.rule);
                if mine && filter.state.is_none_or(|state| state == delivery.state) {
                    items.push(delivery);
                }
            }
            if whole {
                return Ok(Page { items, next: None, total: None });
            }
        }
    }
}

pub(super) fn trial_of(sent: Sent) -> NotificationTrial {
    let problem = match sent {
        Sent::Done => None,
        Sent::Partly(problem) | Sent::Again(problem) | Sent::Never(problem) | Sent::Unknown(problem) => Some(problem),
    };
    trial(problem.as_ref())
}

fn trial(problem: Option<&Problem>) -> NotificationTrial {
    NotificationTrial { delivered: problem.is_none(), problem: problem.map(|problem| run_view::shown(problem, false)) }
}

impl Desk<'_> {
    /// Makes a rule, or changes the one of this id. The secret of a new address is shown this once.
    ///
    /// # Errors
    /// What is wrong with it, by field; it is in another state; the store.
    pub async fn put_notification_rule(
        &self,
        id: &str,
        new: PutNotificationRule,
        expected: &Expected,
    ) -> Result<NotificationRule, AppError> {
        if !is_id(id) {
            return Err(AppError::invalid("notification_rule_id").arg("id", id).field("id"));
        }
        let old = notices::rule(&*self.store, &self.tenant, id).await?;
        expected.check(old.as_ref().map(|old| tag(&old.value)).as_deref(), look)?;
        if old.is_none() && notices::rules(&*self.store, &self.tenant).await?.len() >= MOST_RULES {
            return Err(AppError::conflict("notification_rules_many").arg("most", MOST_RULES.to_string()));
        }
        let name = new.name.as_deref().map(str::trim).filter(|name| !name.is_empty()).unwrap_or(id).to_string();
        if name.chars().count() > MOST_NAME {
            return Err(AppError::invalid("receiver_too_long").arg("most", MOST_NAME.to_string()).field("name"));
        }
        let mut events: Vec<What> = new.events.iter().map(|event| stored_event(*event)).collect();
        events.sort_unstable();
        events.dedup();
        if events.is_empty() {
            return Err(AppError::invalid("notification_events_missing").field("events"));
        }
        let within = |given: Option<i64>, usual: i64, most: i64, field: &'static str| match given.unwrap_or(usual) {
            ms if (0..=most).contains(&ms) => Ok(ms),
            _ => Err(AppError::invalid("span_too_long").arg("most", most.to_string()).field(field)),
        };
        let collect_ms = within(new.collect_ms, COLLECT_MS, MOST_COLLECT_MS, "collect_ms")?;
        let expiring_ms = within(new.expiring_ms, EXPIRING_MS, MOST_EXPIRING_MS, "expiring_ms")?;
        let quiet = new.quiet.as_ref().map(quiet).transpose()?;
        let workflows = list(&new.workflows, "workflows")?;
        for workflow in &workflows {
            if catalogue::workflow(&*self.store, &self.tenant, workflow).await?.is_none() {
                return Err(AppError::invalid("workflow_unknown").arg("workflow", workflow).field("workflows"));
            }
        }
        let mut secret = None;
        let before = old.as_ref().map(|old| &old.value.channel);
        let channel = self.channel(id, &new, before, &mut secret).await?;
        let rule = Rule {
            id: id.into(),
            name,
            enabled: new.enabled.unwrap_or(true),
            events,
            workflows,
            channel,
            chinese: new.language == NotificationLanguage::Zh,
            quiet,
            collect_ms,
            expiring_ms,
            changed: self.now(),
            by: self.caller.actor.clone(),
        };
        let mut batch = Batch::default();
        notices::put_rule(&mut batch, &self.tenant, old.as_ref(), &rule)?;
        match self.store.commit(batch).await {
            Err(StoreError::Conflict) => return Err(AppError::stale("changed_since").next(look())),
            done => done?,
        }
        let mut view = self.rule_view(&rule, self.newest().await?.get(id)).await?;
        view.secret = secret;
        Ok(view)
    }

    async fn channel(
        &self,
        id: &str,
        new: &PutNotificationRule,
        before: Option<&Channel>,
        secret: &mut Option<String>,
    ) -> Result<Channel, AppError> {
        let nobody = |field: &'static str| AppError::invalid("receivers_missing").field(field);
        match &new.channel {
            NotificationChannel::Message { connection, to_users, to_departments, to_tags } => {
                let stored = catalogue::connection(&*self.store, &self.tenant, connection).await?;
                let stored = stored.ok_or_else(|| {
                    AppError::invalid("connection_unknown").arg("name", connection).field("channel.connection")
                })?;
                if action(&stored.value.connector).is_none() {
                    let cannot = AppError::invalid("connection_cannot_tell").arg("name", connection);
                    return Err(cannot.field("channel.connection"));
                }
                let to_users = list(to_users, "channel.to_users")?;
                let to_departments = list(to_departments, "channel.to_departments")?;
                let to_tags = list(to_tags, "channel.to_tags")?;
                if to_users.is_empty() && to_departments.is_empty() && to_tags.is_empty() {
                    return Err(nobody("channel.to_users"));
                }
                Ok(Channel::Message { connection: connection.clone(), to_users, to_departments, to_tags })
            }
            NotificationChannel::Mail { to } => {
                let to = list(to, "channel.to")?;
                if to.is_empty() {
                    return Err(nobody("channel.to"));
                }
                if let Some(wrong) = to.iter().find(|address| mail::mailbox(address).is_none()) {
                    return Err(AppError::invalid("mail_address").arg("address", wrong).field("channel.to"));
                }
                Ok(Channel::Mail { to })
            }
            NotificationChannel::Webhook { url } => {
                let address = call::address(url)
                    .map_err(|problem| AppError::new(RefusalKind::Invalid, problem).field("channel.url"))?;
                let kept = match before {
                    // A secret is never sent to another host than the one that it was made for.
                    Some(Channel::Webhook { url: old, sealed }) if !new.new_secret => {
                        let same = call::address(old).is_ok_and(|old| old.origin() == address.origin());
                        same.then(|| sealed.clone())
                    }
                    _ => None,
                };
                let sealed = match kept {
                    Some(sealed) => sealed,
                    None => {
                        let made = proof::random(32);
                        let sealed = self.sealer.seal(&call::seal_context(id), &Secret::new(made.clone()))?;
                        *secret = Some(made);
                        sealed
                    }
                };
                Ok(Channel::Webhook { url: url.trim().to_string(), sealed })
            }
        }
    }

    /// Sends a message by a rule, to see whether it arrives.
    ///
    /// # Errors
    /// There is none of this id; the store. A message that was not taken is an answer.
    pub async fn try_notification_rule(&self, id: &str) -> Result<NotificationTrial, AppError> {
        let rule = self.stored_rule(id).await?.value;
        let delivery = new_delivery(&rule, Vec::new(), true, self.now());
        let mut batch = Batch::default();
        notices::put_delivery(&mut batch, &self.tenant, None, &delivery)?;
        self.store.commit(batch).await?;
        let claimed = notices::delivery(&*self.store, &self.tenant, &delivery.id).await?;
        let claimed = claimed.ok_or_else(|| unknown(id))?;
        let delivered = self.deliver_notice(&rule, claimed).await?;
        Ok(trial(delivered.problem.as_ref()))
    }
}
