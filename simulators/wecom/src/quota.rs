//! Counting calls per corp and API and per address and API, and refusing those beyond the limits.
//!
//! A minute or hour begins with the first call that is counted in it. A call that is refused for the
//! minute still counts in the hour when refused calls count, so hammering a closed minute uses up the hour.

use std::collections::HashMap;

use serde::Serialize;

use crate::corp::traffic::{HOUR_MS, MINUTE_MS};
use crate::errors::ApiError;
use crate::limits::{ApiLimits, Block, Limits};

/// One API as one corp or one address used it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ApiUsage {
    /// The corp, or nothing when it is the use of an address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub corpid: Option<String>,
    /// The address, or nothing when it is the use of a corp.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip: Option<String>,
    /// The path.
    pub path: String,
    /// Calls counted in the last minute that began.
    pub minute: u64,
    /// Calls counted in the last hour that began.
    pub hour: u64,
    /// Calls refused with 45009 so far.
    pub refused: u64,
    /// Until when calls are refused, in milliseconds since 1970; 0 when they never were.
    pub blocked_until_ms: u64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Window {
    since_ms: u64,
    count: u64,
    blocked_until_ms: u64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Usage {
    minute: Window,
    hour: Window,
    refused: u64,
}

/// The counts of all corps and addresses, each by the number of the API.
#[derive(Debug, Default)]
pub(crate) struct Quotas {
    corps: HashMap<Box<str>, Vec<Usage>>,
    ips: HashMap<Box<str>, Vec<Usage>>,
}

/// How a window is counted.
#[derive(Clone, Copy)]
struct Rules {
    block: Block,
    count_refused: bool,
    now_ms: u64,
}

impl Quotas {
    /// Counts a call; 45009 when a limit was hit. `corp` is the caller with the limits of the API.
    pub fn spend(
        &mut self,
        limits: &Limits,
        corp: Option<(&str, ApiLimits)>,
        ip: &str,
        api: usize,
        now_ms: u64,
    ) -> Result<(), ApiError> {
        let rules = Rules { block: limits.block, count_refused: limits.count_refused, now_ms };
        let by_ip = |usage: &mut Usage| usage.spend(limits.ip_api_per_minute, limits.ip_api_per_hour, rules);
        let mut good = count(&mut self.ips, ip, api, by_ip);
        if let Some((corpid, own)) = corp
            && (good || limits.count_refused)
        {
            good &= count(&mut self.corps, corpid, api, |usage| usage.spend(own.per_minute, own.per_hour, rules));
        }
        if good { Ok(()) } else { Err(ApiError::of(45009)) }
    }

    /// Everything that was counted; `paths` are the paths by API number.
    pub fn usage(&self, paths: &[&str]) -> Vec<ApiUsage> {
        let rows = |all: &HashMap<Box<str>, Vec<Usage>>, is_ip: bool| {
            let mut rows = Vec::new();
            for (name, usages) in all {
                for (path, usage) in paths.iter().zip(usages).filter(|(_, usage)| usage.hour.count > 0) {
                    rows.push(ApiUsage {
                        corpid: (!is_ip).then(|| name.to_string()),
                        ip: is_ip.then(|| name.to_string()),
                        path: (*path).to_owned(),
                        minute: usage.minute.count,
                        hour: usage.hour.count,
                        refused: usage.refused,
                        blocked_until_ms: usage.minute.blocked_until_ms.max(usage.hour.blocked_until_ms),
                    });
                }
            }
            rows
        };
        let mut all = rows(&self.corps, false);
        all.extend(rows(&self.ips, true));
        // Corps before addresses.
        all.sort_by(|a, b| (&a.ip, &a.corpid, &a.path).cmp(&(&b.ip, &b.corpid, &b.path)));
        all
    }

    /// Forgets all counts and blocks.
    pub fn clear(&mut self) {
        self.corps.clear();
        self.ips.clear();
    }
}

/// Counts a call in the usage of a name; a name that is new is the only one that costs a key.
fn count(all: &mut HashMap<Box<str>, Vec<Usage>>, name: &str, api: usize, spend: impl Fn(&mut Usage) -> bool) -> bool {
    if let Some(usages) = all.get_mut(name) {
        return usages.get_mut(api).is_none_or(spend);
    }
    let mut usages = vec![Usage::default(); crate::api::API_COUNT];
    let good = usages.get_mut(api).is_none_or(spend);
    all.insert(name.into(), usages);
    good
}

impl Usage {
    fn spend(&mut self, per_minute: Option<u64>, per_hour: Option<u64>, rules: Rules) -> bool {
        let minute = self.minute.spend(per_minute, MINUTE_MS, rules);
        let hour = (!minute && !rules.count_refused) || self.hour.spend(per_hour, HOUR_MS, rules);
        if !(minute && hour) {
            self.refused += 1;
        }
        minute && hour
    }
}

impl Window {
    fn spend(&mut self, limit: Option<u64>, length_ms: u64, rules: Rules) -> bool {
        let Rules { block, count_refused, now_ms } = rules;
        if now_ms < self.blocked_until_ms {
            self.count += u64::from(count_refused);
            return false;
        }
        if self.count == 0 || now_ms.saturating_sub(self.since_ms) >= length_ms {
            *self = Self { since_ms: now_ms, count: 0, blocked_until_ms: self.blocked_until_ms };
        }
        if limit.is_some_and(|limit| self.count >= limit) {
            let from = if block == Block::Full { now_ms } else { self.since_ms };
            self.blocked_until_ms = from.saturating_add(length_ms);
            self.count += u64::from(count_refused);
            return false;
        }
        self.count += 1;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(per_minute: u64, per_hour: u64) -> Limits {
        let mut limits = Limits::unlimited_calls();
        limits.corp_api_per_minute = Some(per_minute);
        limits.corp_api_per_hour = Some(per_hour);
        limits
    }

    fn spend(quotas: &mut Quotas, limits: &Limits, now_ms: u64) -> bool {
        quotas.spend(limits, Some(("ww1", limits.of("/x"))), "10.0.0.1", 0, now_ms).is_ok()
    }

    #[test]
    fn a_minute_that_is_used_up_is_closed_until_it_is_over() {
        let (mut quotas, limits) = (Quotas::default(), limits(2, 100));
        let passed: Vec<bool> =
            [1000, 20_000, 30_000, 60_999, 61_000].map(|now| spend(&mut quotas, &limits, now)).into();
        assert_eq!(passed, [true, true, false, false, true]);
        assert_eq!(quotas.usage(&["/x"])[0].refused, 2);
    }

    #[test]
    fn a_full_block_lasts_a_minute_from_the_call_that_hit_it() {
        let (mut quotas, mut limits) = (Quotas::default(), limits(1, 100));
        limits.block = Block::Full;
        let passed: Vec<bool> = [0, 50_000, 61_000, 110_000].map(|now| spend(&mut quotas, &limits, now)).into();
        assert_eq!(passed, [true, false, false, true]);
    }

    #[test]
    fn refused_calls_use_up_the_hour_unless_they_do_not_count() {
        for (count_refused, open) in [(true, false), (false, true)] {
            let (mut quotas, mut limits) = (Quotas::default(), limits(1, 4));
            limits.count_refused = count_refused;
            for now in 0..4 {
                spend(&mut quotas, &limits, now);
            }
            assert_eq!(spend(&mut quotas, &limits, 60_000), open, "count_refused {count_refused}");
        }
    }
}
