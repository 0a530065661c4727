//! How many runs are at work at once? Each one at work holds its plan in memory and wants a core while it plans, so there are
//! so many places for each core, and a large company takes several. A run asks for its place after its turn in the concurrency
//! group has come, and gives it back while it waits for other runs: whoever has a place never waits for somebody who has
//! none.
//!
//! Runs of one tenant get their places in the order in which they asked. Among tenants the next place goes to the one that
//! has the fewest, and among those to the one that was served the longest time ago: a tenant with a thousand runs in the
//! queue takes turns with one that has ten, and long runs of one tenant do not gather all places.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::oneshot;

use crate::model::id::Tenant;

/// Places for each core. Runs wait for the network most of the time.
const PER_CORE: usize = 16;
/// So many objects, of a source or rows of a plan, go into one place.
const OBJECTS: u64 = 5_000;

/// The places of this process.
#[derive(Debug)]
pub struct Permits {
    all: u32,
    shared: Arc<Shared>,
}

/// What permits and whoever holds one share.
#[derive(Debug)]
struct Shared(Mutex<PermitCounts>);

#[derive(Debug)]
struct PermitCounts {
    free: u32,
    /// Tenants with runs that have a place or wait for one.
    tenants: HashMap<Tenant, Share>,
    /// How often a place was given.
    served: u64,
}

/// What one tenant has.
#[derive(Debug, Default)]
struct Share {
    /// Its runs at work, and the places that they take together.
    runs: usize,
    places: u32,
    /// At which count of served runs it was served last.
    last: u64,
    waiting: VecDeque<Waiting>,
}

/// A run that waits for so many places.
#[derive(Debug)]
struct Waiting {
    places: u32,
    given: oneshot::Sender<Permit>,
}

impl Permits {
    /// So many places; by default as many as the machine's cores can serve.
    #[must_use]
    pub fn new(places: Option<usize>) -> Self {
        let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let places = places.unwrap_or_else(|| cores() * PER_CORE).clamp(1, 100_000);
        let all = u32::try_from(places).unwrap_or(1);
        let state = PermitCounts { free: all, tenants: HashMap::new(), served: 0 };
        Self { all, shared: Arc::new(Shared(Mutex::new(state))) }
    }

    /// How many runs of a tenant are at work.
    #[must_use]
    pub fn at_work(&self, tenant: &Tenant) -> usize {
        self.shared.state().tenants.get(tenant).map_or(0, |share| share.runs)
    }

    /// The places that so many objects take: one at least, and never more than half of all, so that a large company does not
    /// keep everybody else waiting.
    fn places_for(&self, objects: u64) -> u32 {
        let places = u32::try_from(1 + objects / OBJECTS).unwrap_or(u32::MAX);
        places.min((self.all / 2).max(1))
    }

    /// Waits for the places of a tenant's run that is as large as this.
    pub(super) async fn take(&self, tenant: &Tenant, objects: u64) -> Option<Permit> {
        // Dropped after what it waits by: whoever gives up keeps nobody behind it waiting.
        let _next = Next(&self.shared);
        let (given, permit) = oneshot::channel();
        let waiting = Waiting { places: self.places_for(objects), given };
        self.shared.state().tenants.entry(tenant.clone()).or_default().waiting.push_back(waiting);
        Shared::give(&self.shared);
        permit.await.ok()
    }
}

/// Looks who is next when dropped.
struct Next<'a>(&'a Arc<Shared>);

impl Drop for Next<'_> {
    fn drop(&mut self) {
        Shared::give(self.0);
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, PermitCounts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives free places to those whose turn it is.
    fn give(shared: &Arc<Self>) {
        loop {
            // Not in the condition: the lock must be free before a permit is dropped.
            let next = shared.state().next();
            let Some((tenant, waiting)) = next else { return };
            let permit = Permit { shared: shared.clone(), tenant, places: Mutex::new(waiting.places) };
            // Whoever gave up at this very moment gives the places back by dropping them.
            let _ = waiting.given.send(permit);
        }
    }
}

impl PermitCounts {
    /// The run whose turn it is, with its places taken; nobody while there are not enough free. Who comes after a large run
    /// waits with it, or it would wait for ever.
    fn next(&mut self) -> Option<(Tenant, Waiting)> {
        for share in self.tenants.values_mut() {
            while share.waiting.front().is_some_and(|first| first.given.is_closed()) {
                share.waiting.pop_front();
            }
        }
        self.tenants.retain(|_, share| share.runs > 0 || !share.waiting.is_empty());
        let waiting = self.tenants.iter_mut().filter(|(_, share)| !share.waiting.is_empty());
        let (tenant, share) = waiting.min_by_key(|(_, share)| (share.places, share.last))?;
        let first = share.waiting.pop_front_if(|first| first.places <= self.free)?;
        self.free -= first.places;
        self.served += 1;
        (share.runs, share.places, share.last) = (share.runs + 1, share.places + first.places, self.served);
        Some((tenant.clone(), first))
    }
}

/// The place of a run at work; given back when dropped.
#[derive(Debug)]
pub(super) struct Permit {
    shared: Arc<Shared>,
    tenant: Tenant,
    places: Mutex<u32>,
}

impl Drop for Permit {
    fn drop(&mut self) {
        let places = *self.places.get_mut().unwrap_or_else(PoisonError::into_inner);
        {
            let mut state = self.shared.state();
            state.free += places;
            if let Some(share) = state.tenants.get_mut(&self.tenant) {
                share.runs -= 1;
                share.places -= places;
            }
        }
        Shared::give(&self.shared);
    }
}

impl Permit {
    /// The run turns out to be as large as this. It takes more places if there are any that nobody waits for, and never waits
    /// for them itself: whoever comes next does.
    pub fn fit(&self, permits: &Permits, objects: u64) {
        let wanted = permits.places_for(objects);
        {
            let mut state = self.shared.state();
            let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
            let waits = state.tenants.values().any(|share| !share.waiting.is_empty());
            let more = wanted.saturating_sub(*places);
            if more > 0 && (waits || more > state.free) {
                return;
            }
            state.free = state.free + *places - wanted;
            if let Some(share) = state.tenants.get_mut(&self.tenant) {
                share.places = share.places + wanted - *places;
            }
            *places = wanted;
        }
        Shared::give(&self.shared);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    fn tenant(id: &str) -> Tenant {
        id.parse().expect("an id")
    }

    #[tokio::test]
    async fn a_large_run_takes_more_places_and_never_all_of_them() {
        let (permits, a) = (Permits::new(Some(8)), tenant("a"));
        let large = permits.take(&a, 300_000).await.expect("a place");
        let small: Vec<_> = (0..4).map(|_| permits.take(&a, 10).now_or_never().flatten().expect("a place")).collect();
        assert_eq!(permits.at_work(&a), 5);
        assert!(permits.take(&a, 10).now_or_never().is_none());
        // Its plan is small.
        large.fit(&permits, 100);
        let more: Vec<_> = (0..3).map(|_| permits.take(&a, 10).now_or_never().flatten().expect("a place")).collect();
        // There is no room to grow, and nobody waits for it.
        large.fit(&permits, 20_000);
        drop((small, more));
        large.fit(&permits, 20_000);
        assert_eq!(permits.shared.state().free, 4);
        drop(large);
        assert_eq!((permits.at_work(&a), permits.shared.state().free), (0, 8));
    }

    #[tokio::test]
    async fn who_came_first_goes_first_even_if_it_is_large() {
        let (permits, a) = (Permits::new(Some(4)), tenant("a"));
        let first: Vec<_> = (0..3).map(|_| permits.take(&a, 0).now_or_never().flatten().expect("a place")).collect();
        let mut large = Box::pin(permits.take(&a, 300_000));
        assert!((&mut large).now_or_never().is_none());
        let mut small = Box::pin(permits.take(&a, 0));
        assert!((&mut small).now_or_never().is_none(), "the large one would wait for ever");
        drop(first);
        assert!((&mut large).now_or_never().is_some());
        assert!((&mut small).now_or_never().is_some());
    }

    #[tokio::test]
    async fn whoever_gives_up_keeps_nobody_waiting() {
        let (permits, a) = (Permits::new(Some(4)), tenant("a"));
        let first: Vec<_> = (0..3).map(|_| permits.take(&a, 0).now_or_never().flatten().expect("a place")).collect();
        let mut large = Box::pin(permits.take(&a, 300_000));
        assert!((&mut large).now_or_never().is_none());
        let mut small = Box::pin(permits.take(&a, 0));
        assert!((&mut small).now_or_never().is_none());
        drop(large);
        assert!((&mut small).now_or_never().is_some());
        drop((small, first));
        assert_eq!(permits.shared.state().free, 4);
        assert!(permits.shared.state().next().is_none() && permits.shared.state().tenants.is_empty());
    }

    /// The tenants in the order in which their waiting runs get one of so many places. Runs of `long` are never over.
    async fn order(permits: &Permits, long: &str, waiting: &[(&str, usize)]) -> Vec<String> {
        let (told, mut hears) = tokio::sync::mpsc::unbounded_channel();
        let mut kept = Vec::new();
        let mut waits = futures::stream::FuturesUnordered::new();
        for (name, runs) in waiting {
            for _ in 0..*runs {
                let (told, id) = (told.clone(), tenant(name));
                let mut run = Box::pin(async move {
                    let permit = permits.take(&id, 0).await.expect("a place");
                    told.send(id.as_str().to_string()).expect("somebody hears");
                    permit
                });
                match (&mut run).now_or_never() {
                    Some(permit) => kept.push(permit),
                    None => waits.push(run),
                }
            }
        }
        // One at a time comes to its end, the one that began first.
        while !waits.is_empty() {
            let Some(over) = kept.iter().position(|permit| permit.tenant.as_str() != long) else { break };
            drop(kept.remove(over));
            // A task that never waits is held back by the runtime after so many polls.
            tokio::task::yield_now().await;
            while let Some(Some(permit)) = futures::StreamExt::next(&mut waits).now_or_never() {
                kept.push(permit);
            }
        }
        drop((kept, waits, told));
        let mut names = Vec::new();
        while let Some(name) = hears.recv().await {
            names.push(name);
        }
        names
    }

    #[tokio::test]
    async fn tenants_take_turns() {
        let permits = Permits::new(Some(4));
        let names = order(&permits, "", &[("many", 1000), ("few", 10)]).await;
        assert_eq!(names.len(), 1010);
        let last = names.iter().rposition(|name| name == "few").expect("it was served");
        assert!(last < 30, "the last of ten runs was served after {last} others");
        // Three tenants, each its third.
        let names = order(&permits, "", &[("a", 300), ("b", 100), ("c", 100)]).await;
        let first: Vec<_> = names.iter().take(90).collect();
        for name in ["a", "b", "c"] {
            let count = first.iter().filter(|other| ***other == name).count();
            assert!((25..=35).contains(&count), "{name}: {count} of 90");
        }
    }

    #[tokio::test]
    async fn long_runs_of_one_tenant_do_not_gather_all_places() {
        let permits = Permits::new(Some(8));
        // Both have work without end; what one begins is never over.
        let names = order(&permits, "long", &[("short", 500), ("long", 100)]).await;
        let last = names.iter().rposition(|name| name == "short").expect("it was served");
        let long = names[..last].iter().filter(|name| *name == "long").count();
        assert_eq!(long, 4, "half of the places, as long as the other one has work");
    }
}
