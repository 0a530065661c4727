//! Rules of schedules as they were parsed: most schedules of an installation have one of a few.

use std::sync::{Arc, Mutex, PoisonError};

use hashlink::LruCache;

use crate::{model::definition::Schedule, workflow::cron::Rule};

/// Rules that are kept.
const MOST: usize = 1024;

/// By expression and zone; `None`: it cannot be read.
type Parsed = LruCache<(String, String), Option<Arc<Rule>>>;

/// The rules.
pub(super) struct Rules(Mutex<Parsed>);

impl Rules {
    pub(super) fn new() -> Self {
        Self(Mutex::new(LruCache::new(MOST)))
    }

    /// The rule of a schedule.
    pub(super) fn of(&self, schedule: &Schedule) -> Option<Arc<Rule>> {
        let key = (schedule.cron.clone(), schedule.timezone.clone());
        let mut rules = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(rule) = rules.get(&key) {
            return rule.clone();
        }
        let rule = Rule::new(&schedule.cron, &schedule.timezone).ok().map(Arc::new);
        rules.insert(key, rule.clone());
        rule
    }
}
