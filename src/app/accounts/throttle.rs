//! How often somebody may try to sign in. Every try is counted before it is looked at, so many at once pass no more often than
//! one after the other; a good one takes the count of its name and address back.
//!
//! Per process, in memory: a node that restarts begins anew.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

/// A count begins anew after this time.
const WINDOW_MS: i64 = 15 * 60_000;
/// Tries of one name from one address. Whoever mistypes has some more after the window.
const OF_BOTH: u32 = 5;
/// Tries of one name from wherever: many addresses together guess no faster.
const OF_NAME: u32 = 50;
/// Tries from one address with whatever names: an office behind one address has many people.
const OF_ADDRESS: u32 = 100;
/// Names and addresses that are remembered; strangers choose them, so there is a bound.
const MOST: usize = 20_000;

/// What is counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Of {
    Both(String, String),
    Name(String),
    Address(String),
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Throttle {
    counts: Mutex<HashMap<Of, (i64, u32)>>,
}

impl Throttle {
    /// Counts a try; else the seconds after which the next one is looked at.
    pub(super) fn take(&self, name: &str, address: &str, now: i64) -> Result<(), u32> {
        let (name, address) = (name.to_string(), address.to_string());
        self.count(
            vec![
                (Of::Both(name.clone(), address.clone()), OF_BOTH),
                (Of::Name(name), OF_NAME),
                (Of::Address(address), OF_ADDRESS),
            ],
            now,
        )
    }

    /// The same for what nobody can guess: only the address counts.
    pub(super) fn take_unguessable(&self, address: &str, now: i64) -> Result<(), u32> {
        self.count(vec![(Of::Address(address.into()), OF_ADDRESS)], now)
    }

    /// A try from an address was a good one: many people come from one office in the same minute.
    pub(super) fn good_from(&self, address: &str) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, count)) = counts.get_mut(&Of::Address(address.into())) {
            *count = count.saturating_sub(1);
        }
    }

    fn count(&self, all: Vec<(Of, u32)>, now: i64) -> Result<(), u32> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that was set back must not keep the door closed.
        let over = |begun: i64| now.saturating_sub(begun) >= WINDOW_MS || begun > now;
        if counts.len() >= MOST {
            counts.retain(|_, (begun, _)| !over(*begun));
        }
        if counts.len() >= MOST {
            return Err(seconds(WINDOW_MS));
        }
        for (of, most) in &all {
            if let Some((begun, count)) = counts.get(of).filter(|(begun, _)| !over(*begun))
                && count >= most
            {
                return Err(seconds(begun + WINDOW_MS - now));
            }
        }
        for (of, _) in all {
            let entry = counts.entry(of).or_insert((now, 0));
            if over(entry.0) {
                *entry = (now, 0);
            }
            entry.1 += 1;
        }
        Ok(())
    }

    /// A try was good.
    pub(super) fn good(&self, name: &str, address: &str) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.remove(&Of::Both(name.into(), address.into()));
        for of in [Of::Name(name.into()), Of::Address(address.into())] {
            if let Some((_, count)) = counts.get_mut(&of) {
                *count = count.saturating_sub(1);
            }
        }
    }
}

fn seconds(ms: i64) -> u32 {
    u32::try_from((ms + 999) / 1_000).unwrap_or(1).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_are_counted_by_name_and_address() {
        let throttle = Throttle::default();
        let tries = |name: &str, address: &str, now, number: u32| {
            (0..number).filter(|_| throttle.take(name, address, now).is_ok()).count() as u32
        };
        assert_eq!(tries("a", "1", 0, 20), OF_BOTH);
        assert_eq!(throttle.take("a", "1", 60_000), Err(840));
        assert_eq!(tries("a", "2", 0, 20), OF_BOTH, "another address");
        assert_eq!(tries("b", "1", 0, 20), OF_BOTH, "another name");
        // Every address that there is guesses at one name no faster.
        let found: u32 = (0..100).map(|address| tries("c", &format!("c{address}"), 0, 5)).sum();
        assert_eq!(found, OF_NAME);
        // And one address at every name.
        let found: u32 = (0..100).map(|name| tries(&format!("d{name}"), "d", 0, 5)).sum();
        assert_eq!(found, OF_ADDRESS);
        assert_eq!(tries("a", "1", WINDOW_MS, 20), OF_BOTH, "later");
        assert_eq!(tries("a", "1", -5, 20), OF_BOTH, "the clock was set back");
    }

    #[test]
    fn a_good_try_takes_the_count_back() {
        let throttle = Throttle::default();
        for _ in 0..1_000 {
            assert!(throttle.take("a", "1", 0).is_ok());
            throttle.good("a", "1");
        }
    }

    #[test]
    fn strangers_do_not_fill_the_memory() {
        let throttle = Throttle::default();
        for name in 0..30_000 {
            let _ = throttle.take(&name.to_string(), &name.to_string(), 0);
        }
        assert!(throttle.counts.lock().unwrap().len() <= MOST + 3);
        assert!(throttle.take("a", "1", WINDOW_MS).is_ok());
    }
}
