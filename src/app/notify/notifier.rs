//! When something is told, and how often: what happens goes into the queue of each rule that wants it; what stands there is one
//! message when it has been gathered and no quiet hours are; a message that was not taken is sent again, less and less often.

use std::{collections::HashMap, sync::Arc, time::Duration};

use chrono::{DateTime, Timelike, Utc};
use tokio::task::JoinSet;

use idflow_sdk::Problem;

use super::{happened::News, mail, sent::Sent};
use crate::{
    app::{App, AppError},
    model::id::{Tenant, new_ulid},
    store::{
        Batch, StoreError,
        codec::Loaded,
        keys,
        notices::{self, Channel, Delivery, Item, NoticeState, Queued, Quiet, Recipients, Rule},
        tenants,
    },
};

/// How often is looked, and how often at least in case a hint was lost.
const LOOK: Duration = Duration::from_millis(250);
const ASK: Duration = Duration::from_secs(1);
/// How often is looked at what lasts, in milliseconds of the clock.
const LASTING_MS: i64 = 10_000;
/// What is older than this is told to nobody: a server that was off for a week does not send a week's news.
const STALE_MS: i64 = 24 * 3600 * 1000;
/// A message that has been on its way for longer than this was left by a process that ended.
const LEFT_MS: i64 = 300_000;
/// The first pause before a message is sent again, the longest, and how long it is tried.
const FIRST_MS: i64 = 60_000;
const LONGEST_MS: i64 = 3_600_000;
const TRIED_MS: i64 = 24 * 3600 * 1000;
/// How long messages can be looked at.
const KEPT_MS: i64 = 30 * 24 * 3600 * 1000;
/// How often what is old is forgotten.
const FORGET_MS: i64 = 3600 * 1000;
/// Messages on their way at once.
const AT_ONCE: usize = 16;
/// What one message tells of at most; the rest is the next message.
const MOST_ITEMS: usize = 500;

/// Tells people, for all tenants.
pub struct Notifier {
    app: Arc<App>,
    lasting: HashMap<Tenant, i64>,
    forgotten: i64,
    sending: JoinSet<()>,
}

/// The pause before the next try after so many.
fn pause(tries: u32) -> i64 {
    (FIRST_MS << tries.saturating_sub(1).min(10)).min(LONGEST_MS)
}

/// Whether it is quiet at this time.
fn is_quiet(quiet: &Quiet, now: i64) -> bool {
    let (Some(now), Ok(zone)) = (DateTime::<Utc>::from_timestamp_millis(now), quiet.timezone.parse::<chrono_tz::Tz>())
    else {
        return false;
    };
    let local = now.with_timezone(&zone);
    let minute = local.hour() * 60 + local.minute();
    let (from, to) = (u32::from(quiet.from), u32::from(quiet.to));
    if from <= to { (from..to).contains(&minute) } else { minute >= from || minute < to }
}

impl Notifier {
    /// For all tenants of the store.
    #[must_use]
    pub fn new(app: Arc<App>) -> Self {
        Self { app, lasting: HashMap::new(), forgotten: i64::MIN, sending: JoinSet::new() }
    }

    /// Tells until the task is dropped.
    pub async fn watch(mut self) {
        let mut changes = self.app.store.changes();
        let mut asked: Option<tokio::time::Instant> = None;
        loop {
            let hint = changes.has_changed().unwrap_or(false);
            if hint || asked.is_none_or(|asked| asked.elapsed() >= ASK) {
                changes.mark_unchanged();
                asked = Some(tokio::time::Instant::now());
                if let Err(error) = self.look().await {
                    tracing::warn!(%error, "notifications could not be looked at; trying again");
                }
            }
            while self.sending.try_join_next().is_some() {}
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Waits until nothing is on its way.
    pub async fn settle(&mut self) {
        while self.sending.join_next().await.is_some() {}
    }

    /// Looks once: gathers, and sends what is due.
    pub async fn look(&mut self) -> Result<(), AppError> {
        let now = self.app.now();
        let forgets = !(0..FORGET_MS).contains(&now.saturating_sub(self.forgotten));
        for tenant in tenants::with(&*self.app.store, keys::NOTICE).await? {
            let app = self.app.of(&tenant);
            let done = async {
                if forgets {
                    unless_raced(notices::forget(&*app.store, &tenant, now, now - KEPT_MS).await)?;
                }
                let rules = notices::rules(&*app.store, &tenant).await?;
                let lasts = self.lasting.get(&tenant).is_none_or(|at| !(0..LASTING_MS).contains(&(now - at)));
                app.gather(&rules, lasts && !rules.is_empty(), now).await?;
                if lasts {
                    self.lasting.insert(tenant.clone(), now);
                }
                for rule in rules {
                    if self.sending.len() < AT_ONCE {
                        self.tell(&app, rule, now).await?;
                    }
                }
                Ok::<(), AppError>(())
            };
            if let Err(error) = done.await {
                // The other tenants are not to blame.
                tracing::warn!(tenant = tenant.as_str(), %error, "the notifications of a tenant could not be looked at");
            }
        }
        if forgets {
            self.forgotten = now;
        }
        Ok(())
    }

    /// Begins to send what is due for a rule.
    async fn tell(&mut self, app: &App, rule: Rule, now: i64) -> Result<(), AppError> {
        let quiet = rule.quiet.as_ref().is_some_and(|quiet| is_quiet(quiet, now));
        let delivery = match notices::open(&*app.store, &app.tenant, &rule.id).await? {
            Some(open) => app.take_up(&rule, open, now, quiet).await?,
            None if rule.enabled && !quiet => app.claim(&rule, now).await?,
            None => None,
        };
        let Some(delivery) = delivery else { return Ok(()) };
        let app = app.clone();
        self.sending.spawn(async move {
            let id = delivery.value.id.clone();
            if let Err(error) = app.deliver_notice(&rule, delivery).await {
                tracing::warn!(%error, rule = rule.id, delivery = id, "what became of a notification is in this log only");
            }
        });
        Ok(())
    }
}

/// Somebody else was faster: that is as good.
fn unless_raced(done: Result<(), StoreError>) -> Result<bool, StoreError> {
    match done {
        Ok(()) => Ok(true),
        Err(StoreError::Conflict) => Ok(false),
        Err(error) => Err(error),
    }
}

impl App {
    /// Puts what happened into the queues.
    async fn gather(&self, rules: &[Rule], lasts: bool, now: i64) -> Result<(), AppError> {
        for turn in notices::turns(&*self.store, &self.tenant).await? {
            let mut batch = Batch::default();
            notices::take_turn(&mut batch, &self.tenant, &turn);
            if !rules.is_empty() && now - turn.value.at <= STALE_MS {
                for item in self.news_of_run(&turn.value).await? {
                    self.queue(&mut batch, rules, &item, now)?;
                }
            }
            unless_raced(self.store.commit(batch).await)?;
        }
        if lasts {
            for News { item, name } in self.lasting(rules).await? {
                let mut batch = Batch::default();
                if !self.queue(&mut batch, rules, &item, now)? {
                    continue;
                }
                if let Some((name, until)) = name {
                    notices::tell(&mut batch, &self.tenant, &name, until)?;
                }
                unless_raced(self.store.commit(batch).await)?;
            }
        }
        Ok(())
    }

    /// Queues something for everybody who wants it; whether somebody does.
    fn queue(&self, batch: &mut Batch, rules: &[Rule], item: &Item, now: i64) -> Result<bool, StoreError> {
        let wants = |rule: &&Rule| {
            let mine = |workflow: &String| rule.workflows.is_empty() || rule.workflows.contains(workflow);
            rule.enabled && rule.events.contains(&item.event) && item.workflow.as_ref().is_none_or(mine)
        };
        let mut wanted = false;
        for rule in rules.iter().filter(wants) {
            let queued = Queued { id: new_ulid(now), since: now, item: item.clone() };
            notices::put_queued(batch, &self.tenant, &rule.id, &queued)?;
            wanted = true;
        }
        Ok(wanted)
    }

    /// Makes a message of what stands in the queue of a rule, if that was gathered; nothing when another node was faster.
    async fn claim(&self, rule: &Rule, now: i64) -> Result<Option<Loaded<Delivery>>, AppError> {
        let mut queue = notices::queue(&*self.store, &self.tenant, &rule.id).await?;
        let Some(first) = queue.first() else { return Ok(None) };
        // A clock that was put back begins anew.
        if (0..rule.collect_ms).contains(&(now - first.since)) {
            return Ok(None);
        }
        // What is noted in one moment has no order of its own.
        queue.sort_by_key(|one| (one.item.at, one.item.run));
        queue.truncate(MOST_ITEMS);
        let mut batch = Batch::default();
        for queued in &queue {
            notices::take_queued(&mut batch, &self.tenant, &rule.id, queued)?;
        }
        let items = queue.into_iter().map(|queued| queued.item).collect();
        let delivery = new_delivery(rule, items, false, now);
        notices::put_delivery(&mut batch, &self.tenant, None, &delivery)?;
        match unless_raced(self.store.commit(batch).await)? {
            true => Ok(notices::delivery(&*self.store, &self.tenant, &delivery.id).await?),
            false => Ok(None),
        }
    }

    /// Goes on with a message that is not over: sends it again when its time has come, or settles one that was left.
    async fn take_up(
        &self,
        rule: &Rule,
        open: Loaded<Delivery>,
        now: i64,
        quiet: bool,
    ) -> Result<Option<Loaded<Delivery>>, AppError> {
        let old = &open.value;
        let left = old.state == NoticeState::Sending && !(0..LEFT_MS).contains(&(now - old.moved));
        let due = old.state == NoticeState::Waiting && old.next.is_none_or(|next| next <= now) && !quiet;
        let mut next = Delivery { moved: now, ..old.clone() };
        if !rule.enabled && (left || due) {
            next.state = NoticeState::Failed;
            next.next = None;
        } else if left && matches!(rule.channel, Channel::Message { .. }) {
            next.state = NoticeState::Unknown;
            next.problem = Some(Problem::new("message_unknown"));
        } else if left || due {
            next.state = NoticeState::Sending;
            next.tries += 1;
            next.next = None;
        } else {
            return Ok(None);
        }
        let mut batch = Batch::default();
        notices::put_delivery(&mut batch, &self.tenant, Some(&open), &next)?;
        let mine = unless_raced(self.store.commit(batch).await)?;
        match mine && next.state == NoticeState::Sending {
            true => Ok(notices::delivery(&*self.store, &self.tenant, &next.id).await?),
            false => Ok(None),
        }
    }

    /// Sends a message that was claimed, and notes what became of it.
    pub(super) async fn deliver_notice(&self, rule: &Rule, claimed: Loaded<Delivery>) -> Result<Delivery, AppError> {
        let mut next = Delivery { next: None, ..claimed.value.clone() };
        let sent = self.send_notice(rule, &claimed.value, &mut next.recipients).await;
        let now = self.now();
        next.moved = now;
        // Whoever has a mail already is told of, whatever becomes of the others.
        let given_up = |problem: Problem| match &rule.channel {
            Channel::Mail { to } if !next.recipients.reached.is_empty() => {
                (NoticeState::Delivered, Some(mail::partly(to, &next.recipients, &problem)))
            }
            _ => (NoticeState::Failed, Some(problem)),
        };
        let over = next.test || now - next.created >= TRIED_MS;
        let (state, problem, again) = match sent {
            Sent::Done => (NoticeState::Delivered, None, None),
            Sent::Partly(problem) => (NoticeState::Delivered, Some(problem), None),
            Sent::Unknown(problem) => (NoticeState::Unknown, Some(problem), None),
            Sent::Again(problem) if !over => {
                (NoticeState::Waiting, Some(problem), Some(now.saturating_add(pause(next.tries))))
            }
            Sent::Never(problem) | Sent::Again(problem) => {
                let (state, problem) = given_up(problem);
                (state, problem, None)
            }
        };
        (next.state, next.problem, next.next) = (state, problem, again);
        if let Some(problem) = &next.problem {
            tracing::warn!(rule = rule.id, delivery = next.id, code = %problem.code, "a notification was not taken");
        }
        let mut batch = Batch::default();
        notices::put_delivery(&mut batch, &self.tenant, Some(&claimed), &next)?;
        self.store.commit(batch).await?;
        Ok(next)
    }
}

/// A message that is on its way.
pub(super) fn new_delivery(rule: &Rule, items: Vec<Item>, test: bool, now: i64) -> Delivery {
    let channel = match rule.channel {
        Channel::Message { .. } => "message",
        Channel::Mail { .. } => "mail",
        Channel::Webhook { .. } => "webhook",
    };
    Delivery {
        id: new_ulid(now),
        rule: rule.id.clone(),
        channel: channel.into(),
        state: NoticeState::Sending,
        test,
        created: now,
        moved: now,
        tries: 1,
        next: None,
        problem: None,
        items,
        recipients: Recipients::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_hours_are_those_of_their_zone_and_may_go_over_midnight() {
        let quiet = |from, to| Quiet { from, to, timezone: "Asia/Shanghai".into() };
        // 2026-03-02 00:00 UTC is 08:00 there.
        let eight = 1_772_409_600_000;
        let hour = 3_600_000;
        let night = quiet(22 * 60, 7 * 60 + 30);
        assert!(!is_quiet(&night, eight));
        assert!(is_quiet(&night, eight - hour) && is_quiet(&night, eight + 14 * hour));
        assert!(!is_quiet(&night, eight + 14 * hour - 1) && !is_quiet(&night, eight - hour / 2));
        let noon = quiet(12 * 60, 14 * 60);
        assert!(is_quiet(&noon, eight + 4 * hour) && !is_quiet(&noon, eight + 6 * hour));
    }

    #[test]
    fn pauses_grow_to_an_hour() {
        let minutes: Vec<i64> = [1, 2, 3, 6, 7, 40].into_iter().map(|tries| pause(tries) / 60_000).collect();
        assert_eq!(minutes, [1, 2, 4, 32, 60, 60]);
    }
}
