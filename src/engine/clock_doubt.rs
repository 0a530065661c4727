//! Is the clock right? Whatever is done because time has passed (approvals that expire, runs that are forgotten, times of
//! schedules that are made up for) asks first. A server that was off for weeks looks the same as a clock that jumped, so it
//! waits for the second look, too. Where nothing looks for days, as without a server, a second look that is far ahead of the
//! first may be another jump: the third one counts, if each was ahead of the one before it.

use std::sync::PoisonError;

use super::{Engine, Process};
use crate::{
    model::id::Tenant,
    store::{Batch, StoreError, believed_time, believed_time::Seen, runs},
};

const HOUR_MS: i64 = 3600 * 1000;
/// So much may pass between two looks: a server is off over a long weekend.
const GAP_MS: i64 = 96 * HOUR_MS;
/// So long after the first look the second one counts.
const AGREE_MS: i64 = 2 * HOUR_MS;
/// How often the time is written down while nothing is wrong with it.
const NOTE_MS: i64 = HOUR_MS / 6;

/// What is known after a look.
fn judge(seen: Option<Seen>, now: i64) -> Seen {
    let sure = Seen { at: now, doubt: None, again: false };
    let Some(seen) = seen else { return sure };
    // A clock that was put back is believed: nothing is forgotten by that.
    if now <= seen.at.saturating_add(GAP_MS) {
        return sure;
    }
    match seen.doubt.map(|first| now.saturating_sub(first)) {
        Some(since) if (0..AGREE_MS).contains(&since) => seen,
        Some(since) if since > 0 && (since <= GAP_MS || seen.again) => sure,
        since => Seen { doubt: Some(now), again: since.is_some_and(|since| since > 0), ..seen },
    }
}

impl Process {
    /// Whether what is old by the clock is old.
    pub(super) async fn trusts_clock(&self) -> Result<bool, StoreError> {
        // There is one clock for all tenants; what it was stands at the one that is there from the start.
        let tenant = &Tenant::default_tenant();
        let now = self.clock.now_ms();
        let kept = *self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let before = match kept {
            Some(seen) => Some(seen),
            None => match believed_time::get(&*self.store, tenant).await? {
                Some(seen) => Some(seen),
                // Nobody looked before: the newest run is from a time that was believed.
                None => {
                    let newest = runs::list(&*self.store, tenant, None, 1).await?;
                    newest.first().map(|run| Seen { at: run.accepted, doubt: None, again: false })
                }
            },
        };
        let after = judge(before, now);
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(after);
        let stored = *self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        let far = stored.is_none_or(|stored| stored.doubt != after.doubt || (after.at - stored.at).abs() >= NOTE_MS);
        if far {
            if after.doubt.is_some() && before.is_none_or(|before| before.doubt.is_none()) {
                tracing::warn!(
                    "the clock is far ahead of what was seen last; nothing expires until a look in hours agrees"
                );
            }
            let mut batch = Batch::default();
            believed_time::put(&mut batch, tenant, after)?;
            self.store.commit(batch).await?;
            *self.noted.lock().unwrap_or_else(PoisonError::into_inner) = Some(after);
        }
        Ok(after.doubt.is_none())
    }
}

impl Engine {
    /// Looks at the clock: whether what is old by it is old. Otherwise nothing is to expire or to be forgotten.
    pub async fn trusts_clock(&self) -> Result<bool, StoreError> {
        self.core.trusts_clock().await
    }

    /// Since when the clock is in doubt, as of the last look.
    #[must_use]
    pub fn clock_doubt(&self) -> Option<i64> {
        self.core.seen.lock().unwrap_or_else(PoisonError::into_inner).and_then(|seen| seen.doubt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 24 * HOUR_MS;

    /// The looks at these times: whether each believes the clock.
    fn looks(times: &[i64]) -> Vec<bool> {
        let mut seen = Some(Seen { at: 0, doubt: None, again: false });
        let look = |now: &i64| {
            seen = Some(judge(seen, *now));
            seen.is_some_and(|seen| seen.doubt.is_none())
        };
        times.iter().map(look).collect()
    }

    #[test]
    fn a_jump_is_believed_when_a_look_hours_later_agrees() {
        assert_eq!(looks(&[HOUR_MS, DAY, 3 * DAY]), [true, true, true]);
        let far = 500 * DAY;
        // It is put right: nothing was ever old.
        assert_eq!(looks(&[far, far + 5000, 10_000, DAY]), [false, false, true, true]);
        // It stays: a server that was off.
        assert_eq!(looks(&[far, far + HOUR_MS, far + 2 * HOUR_MS, far + DAY]), [false, false, true, true]);
        // It jumps again, back and forth: each time the hours begin anew.
        assert_eq!(looks(&[far, 2 * far, 2 * far + HOUR_MS, far, far + 1]), [false, false, false, false, false]);
        // Wrong for long enough to be believed, then put right, then wrong again.
        assert_eq!(looks(&[far, far + 3 * HOUR_MS, DAY, far]), [false, true, true, false]);
    }

    #[test]
    fn whoever_looks_once_a_week_believes_the_clock_at_the_third_look() {
        let weekly: Vec<i64> = (1..=6).map(|week| week * 7 * DAY).collect();
        assert_eq!(looks(&weekly), [false, false, true, false, false, true]);
        let far = 500 * DAY;
        // It was seen to go back, however little: the looks begin anew.
        assert_eq!(looks(&[far, 2 * far, 2 * far - DAY, 3 * far]), [false, false, false, false]);
        assert_eq!(looks(&[far, 2 * far, DAY, far, 2 * far]), [false, false, true, false, false]);
        // Two jumps at one moment are not two looks of two weeks.
        assert_eq!(looks(&[far, 2 * far, 2 * far + 1, 2 * far + HOUR_MS]), [false, false, false, false]);
    }
}
