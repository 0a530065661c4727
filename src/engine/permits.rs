//! How many runs are at work at once? Each one at work holds its plan in memory and wants a core while it plans, so there are
//! so many places for each core, and a large company takes several. A run asks for its place after its turn in the concurrency
//! group has come, and gives it back while it waits for other runs: whoever has a place never waits for somebody who has
//! none.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Places for each core. Runs wait for the network most of the time.
const PER_CORE: usize = 16;
/// So many objects, of a source or rows of a plan, go into one place.
const OBJECTS: u64 = 5_000;

/// The places of this process.
#[derive(Debug)]
pub struct Permits {
    all: u32,
    free: Arc<Semaphore>,
    at_work: Arc<AtomicUsize>,
}

impl Permits {
    /// So many places; by default as many as the machine's cores can serve.
    #[must_use]
    pub fn new(places: Option<usize>) -> Self {
        let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let places = places.unwrap_or_else(|| cores() * PER_CORE).clamp(1, 100_000);
        let all = u32::try_from(places).unwrap_or(1);
        Self { all, free: Arc::new(Semaphore::new(places)), at_work: Arc::default() }
    }

    /// How many runs are at work.
    #[must_use]
    pub fn at_work(&self) -> usize {
        self.at_work.load(Ordering::Relaxed)
    }

    /// The places that so many objects take: one at least, and never more than half of all, so that a large company does not
    /// keep everybody else waiting.
    fn places_for(&self, objects: u64) -> u32 {
        let places = u32::try_from(1 + objects / OBJECTS).unwrap_or(u32::MAX);
        places.min((self.all / 2).max(1))
    }

    /// Waits for the places of a run that is as large as this. Who came first goes first.
    pub(super) async fn take(&self, objects: u64) -> Option<Permit> {
        let places = self.free.clone().acquire_many_owned(self.places_for(objects)).await.ok()?;
        Some(self.permit(places))
    }

    fn permit(&self, places: OwnedSemaphorePermit) -> Permit {
        self.at_work.fetch_add(1, Ordering::Relaxed);
        Permit { places: Mutex::new(places), at_work: self.at_work.clone() }
    }
}

/// The place of a run at work; given back when dropped.
#[derive(Debug)]
pub(super) struct Permit {
    places: Mutex<OwnedSemaphorePermit>,
    at_work: Arc<AtomicUsize>,
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.at_work.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Permit {
    /// The run turns out to be as large as this. It takes more places if there are any and never waits for them: whoever comes
    /// next does.
    pub fn fit(&self, permits: &Permits, objects: u64) {
        let wanted = permits.places_for(objects) as usize;
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let has = places.num_permits();
        if has > wanted {
            drop(places.split(has - wanted));
        } else if let Ok(more) = permits.free.clone().try_acquire_many_owned((wanted - has) as u32) {
            places.merge(more);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    #[tokio::test]
    async fn a_large_run_takes_more_places_and_never_all_of_them() {
        let permits = Permits::new(Some(8));
        let large = permits.take(300_000).await.expect("open");
        let small: Vec<_> = (0..4).map(|_| permits.take(10).now_or_never().flatten().expect("a place")).collect();
        assert_eq!(permits.at_work(), 5);
        assert!(permits.take(10).now_or_never().is_none());
        // Its plan is small.
        large.fit(&permits, 100);
        let more: Vec<_> = (0..3).map(|_| permits.take(10).now_or_never().flatten().expect("a place")).collect();
        // There is no room to grow, and nobody waits for it.
        large.fit(&permits, 20_000);
        drop((small, more));
        large.fit(&permits, 20_000);
        assert_eq!(permits.free.available_permits(), 4);
        drop(large);
        assert_eq!((permits.at_work(), permits.free.available_permits()), (0, 8));
    }

    #[tokio::test]
    async fn who_came_first_goes_first_even_if_it_is_large() {
        let permits = Permits::new(Some(4));
        let first: Vec<_> = (0..3).map(|_| permits.take(0).now_or_never().flatten().expect("a place")).collect();
        let mut large = Box::pin(permits.take(300_000));
        assert!((&mut large).now_or_never().is_none());
        let mut small = Box::pin(permits.take(0));
        assert!((&mut small).now_or_never().is_none(), "the large one would wait for ever");
        drop(first);
        assert!((&mut large).now_or_never().is_some());
        assert!((&mut small).now_or_never().is_some());
    }
}
