//! Error and policy to: again after this time, or stop. Pure.

use std::time::Duration;

use idflow_sdk::{Error, ErrorKind};

use crate::model::definition::{Backoff, Retry, RetryOn};

/// The wait before attempt number `next` (2 is the first repeat; 1 after a "later", which was no attempt), or `None` to stop. `spread` is a number in 0..1 from
/// which jitter is taken.
#[must_use]
pub fn wait(policy: &Retry, error: &Error, next: u32, spread: f64) -> Option<Duration> {
    if next > policy.max_attempts {
        return None;
    }
    let (class, asked) = match error.kind {
        ErrorKind::RateLimited(after) => (RetryOn::RateLimited, Some(after)),
        ErrorKind::Unavailable => (RetryOn::ServerError, None),
        ErrorKind::Unknown => (RetryOn::Timeout, None),
        ErrorKind::NotFound => (RetryOn::NotFound, None),
        _ => return None,
    };
    if !policy.on.contains(&class) {
        return None;
    }
    let doublings = match policy.backoff {
        Backoff::Constant => 0,
        Backoff::Exponential => next.saturating_sub(2).min(20),
    };
    let base = policy.delay.saturating_mul(1 << doublings).min(policy.max_delay);
    let base = if policy.jitter { base.mul_f64(1.0 - spread.clamp(0.0, 1.0) / 2.0) } else { base };
    Some(asked.map_or(base, |asked| asked.max(base)))
}

/// What a wait is shown as.
#[must_use]
pub fn waits_for(error: &Error) -> &'static str {
    if matches!(error.kind, ErrorKind::RateLimited(_)) { "rate_limited" } else { "retry" }
}

/// The shortest wait before a job is asked again.
pub const SOON: Duration = Duration::from_millis(200);
/// The longest.
pub const LATE: Duration = Duration::from_secs(30);

/// The wait before a job is asked again that was asked for so long and is expected to be over after so long. Whatever is
/// expected: its end is noticed when at most a quarter more of the time is gone, and a job that seems to be all but over is
/// not asked all the time. So where the longest wait would end just before the job, there are two equal ones, and the second
/// ends with it.
#[must_use]
pub fn ask_again(gone: Duration, expected: Duration) -> Duration {
    let shortest = |gone: Duration| (gone / 16).clamp(SOON / 2, LATE);
    let longest = (gone / 4).clamp(SOON, LATE);
    let rest = expected.saturating_sub(longest);
    let two = !rest.is_zero() && rest < shortest(gone + longest);
    let wanted = if two { expected / 2 } else { expected };
    wanted.clamp(shortest(gone), longest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use idflow_sdk::Problem;

    #[test]
    fn a_job_is_asked_when_at_most_a_quarter_more_of_its_time_is_gone() {
        for expected in [Duration::ZERO, Duration::from_secs(2), Duration::MAX] {
            for over in [Duration::from_millis(1), Duration::from_secs(3), Duration::from_secs(600)] {
                let (mut gone, mut asked) = (SOON, 1);
                while gone < over {
                    gone += ask_again(gone, expected.saturating_sub(gone));
                    asked += 1;
                }
                assert!(gone <= SOON.max(over.mul_f64(1.25)).max(over + SOON), "{expected:?} {over:?} {gone:?}");
                assert!(asked < 120, "{expected:?} {over:?}: {asked}");
            }
        }
        assert_eq!(ask_again(Duration::from_secs(2), Duration::from_millis(300)), Duration::from_millis(300));
        assert_eq!(ask_again(Duration::from_secs(3600), Duration::from_secs(3600)), LATE);
    }

    #[test]
    fn the_end_of_a_job_that_tells_how_far_it_is_is_met() {
        let millis = Duration::from_millis;
        // Of a job that works from its first moment on, at every length; how far it is it tells in whole per cent.
        for over in (1_000..20_000).step_by(7).map(millis) {
            let mut gone = SOON;
            while gone < over {
                let percent = (gone.as_millis() * 100 / over.as_millis()).clamp(1, 99) as u32;
                gone += ask_again(gone, gone * (100 - percent) / percent);
            }
            assert!(gone - over <= (over / 20).max(SOON / 2), "{over:?} {gone:?}");
        }
        // Without the halving: half a second, and a tenth more after the end.
        assert_eq!(ask_again(millis(2_000), millis(600)), millis(300));
    }

    #[test]
    fn waits_grow_and_end() {
        let policy = Retry { jitter: false, ..Retry::default() };
        let busy = Error::new(ErrorKind::Unavailable, Problem::new("x"));
        let waits: Vec<_> = (2..=6).map(|next| wait(&policy, &busy, next, 0.0).map(|wait| wait.as_secs())).collect();
        assert_eq!(waits, [Some(1), Some(2), Some(4), Some(8), None]);
        let limited = Error::new(ErrorKind::RateLimited(Duration::from_secs(60)), Problem::new("x"));
        assert_eq!(wait(&policy, &limited, 2, 0.0), Some(Duration::from_secs(60)));
        let once = Retry { max_attempts: 1, ..policy };
        assert_eq!(wait(&once, &limited, 1, 0.0), Some(Duration::from_secs(60)), "a full bucket is no attempt");
        let wrong = Error::new(ErrorKind::Invalid, Problem::new("x"));
        assert_eq!(wait(&once, &wrong, 1, 0.0), None);
    }
}
