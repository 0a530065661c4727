//! How many writes may be in flight to one system, for everybody in this process who writes to it.
//!
//! It begins with one. When a window of answers was clean, one for each call that may be in flight, it doubles, up to what the
//! connector declares; a complaint (busy, too many at a time, a write conflict, no answer) halves it. What was in flight when it
//! was halved was asked too wide and says nothing new. A system that complains as soon as it is asked wider is tried ever more
//! rarely; complaints that come later are chance, and only narrow the way for a moment.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A width that was complained about at once is tried again after so many times the usual window at most.
const MOST_PATIENCE: usize = 128;

/// The places for writes to one system.
#[derive(Debug)]
pub struct Slots {
    /// First come, first served.
    free: Arc<Semaphore>,
    most: usize,
    state: Mutex<SlotCounts>,
}

#[derive(Debug)]
struct SlotCounts {
    width: usize,
    /// Places that are still taken and are not given out again.
    owed: usize,
    /// Clean answers since the width was last looked at.
    clean: usize,
    /// How many usual windows of clean answers it takes to widen.
    patience: usize,
    /// How many more clean answers it takes until the width is no longer new.
    on_trial: usize,
    /// How often it was narrowed.
    narrowed: u64,
}

/// When a call was begun: what it meets says something about the width of then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Begun(u64);

/// One taken place; given back when dropped.
#[derive(Debug)]
pub struct Slot {
    slots: Arc<Slots>,
    permit: Option<OwnedSemaphorePermit>,
}

impl Slots {
    /// Places for at most so many writes at a time.
    #[must_use]
    pub fn new(most: usize) -> Self {
        let state = SlotCounts { width: 1, owed: 0, clean: 0, patience: 1, on_trial: 0, narrowed: 0 };
        Self { free: Arc::new(Semaphore::new(1)), most: most.max(1), state: Mutex::new(state) }
    }

    fn lock(&self) -> MutexGuard<'_, SlotCounts> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a place.
    pub async fn take(self: &Arc<Self>) -> Slot {
        // It is never closed.
        let permit = self.free.clone().acquire_owned().await.ok();
        Slot { slots: self.clone(), permit }
    }

    /// How many there are now.
    #[must_use]
    pub fn width(&self) -> usize {
        self.lock().width
    }

    /// The most that there can be.
    #[must_use]
    pub const fn most(&self) -> usize {
        self.most
    }

    /// To be noted when a call is begun.
    #[must_use]
    pub fn begin(&self) -> Begun {
        Begun(self.lock().narrowed)
    }

    /// A write was answered without complaint.
    pub fn clean(&self, begun: Begun) {
        let mut state = self.lock();
        if begun.0 != state.narrowed {
            return;
        }
        state.clean += 1;
        if state.on_trial > 0 {
            state.on_trial -= 1;
            if state.on_trial == 0 {
                state.patience = 1;
            }
        }
        if state.clean < state.width * state.patience {
            return;
        }
        state.clean = 0;
        let wider = (state.width * 2).min(self.most);
        if wider > state.width {
            let more = wider - state.width;
            let kept = more.min(state.owed);
            state.owed -= kept;
            self.free.add_permits(more - kept);
            state.width = wider;
            state.on_trial = wider;
        }
    }

    /// The system complained.
    pub fn complaint(&self, begun: Begun) {
        let mut state = self.lock();
        if begun.0 != state.narrowed {
            return;
        }
        state.narrowed += 1;
        state.clean = 0;
        if std::mem::take(&mut state.on_trial) > 0 {
            state.patience = (state.patience * 2).min(MOST_PATIENCE);
        }
        let narrower = (state.width / 2).max(1);
        let fewer = state.width - narrower;
        state.owed += fewer - self.free.forget_permits(fewer);
        state.width = narrower;
    }

    /// How many rounds of calls, each as wide as the width is by then, so many clean calls take, `most` at a time.
    #[must_use]
    pub fn rounds(&self, calls: u64, most: usize) -> u64 {
        let (mut width, patience) = {
            let state = self.lock();
            (state.width, state.patience)
        };
        let most = self.most.min(most.max(1));
        let wide = |width: usize| width.min(most) as u64;
        let (mut left, mut rounds) = (calls, 0);
        while width < most {
            let window = (width * patience) as u64;
            if left <= window {
                break;
            }
            rounds += window.div_ceil(wide(width));
            left -= window;
            width *= 2;
        }
        rounds + left.div_ceil(wide(width))
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut state = self.slots.lock();
        let permit = self.permit.take();
        if state.owed > 0 {
            state.owed -= 1;
            if let Some(permit) = permit {
                permit.forget();
            }
        } else {
            // Whoever waits gets it.
            drop(permit);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clean(slots: &Slots, times: usize) -> usize {
        (0..times).for_each(|_| slots.clean(slots.begin()));
        slots.width()
    }

    #[test]
    fn it_doubles_after_a_clean_window_and_halves_at_a_complaint() {
        let slots = Slots::new(8);
        assert_eq!(slots.width(), 1);
        for (more, width) in [(1, 2), (1, 2), (1, 4), (3, 4), (1, 8), (1_000, 8)] {
            assert_eq!(clean(&slots, more), width);
        }
        let before = slots.begin();
        slots.complaint(before);
        // Seven more were in flight: they complain about the same width, or are clean by luck.
        (0..6).for_each(|_| slots.complaint(before));
        (0..100).for_each(|_| slots.clean(before));
        assert_eq!(slots.width(), 4);
        slots.complaint(slots.begin());
        slots.complaint(slots.begin());
        slots.complaint(slots.begin());
        assert_eq!(slots.width(), 1);
        assert_eq!(clean(&slots, 1 + 2 + 4), 8);
    }

    #[test]
    fn what_is_refused_each_time_is_tried_ever_more_rarely() {
        let slots = Slots::new(8);
        let mut complaints = 0;
        for _ in 0..10_000 {
            match slots.width() {
                1 => slots.clean(slots.begin()),
                _ => {
                    slots.complaint(slots.begin());
                    complaints += 1;
                }
            }
        }
        assert!((10..100).contains(&complaints), "{complaints}");
        // Once the width holds for a round, nothing of that is remembered.
        assert_eq!(clean(&slots, 10_000), 8);
        slots.complaint(slots.begin());
        assert_eq!(clean(&slots, 4), 8);
    }

    #[test]
    fn chance_complaints_narrow_it_for_a_moment_only() {
        for seed in 1..=20_u64 {
            let slots = Slots::new(8);
            let mut random = seed;
            // In parts of a round of calls: what each takes of it.
            let mut spent = 0;
            for _ in 0..10_000 {
                spent += 8 / slots.width();
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                // One in a hundred, wherever it falls.
                match (random >> 33) % 100 {
                    0 => slots.complaint(slots.begin()),
                    _ => slots.clean(slots.begin()),
                }
            }
            assert!(spent < 12_500, "a quarter more than undisturbed: {seed} {spent}");
        }
    }

    fn ready(future: std::pin::Pin<&mut impl Future>) -> bool {
        future.poll(&mut std::task::Context::from_waker(std::task::Waker::noop())).is_ready()
    }

    #[tokio::test]
    async fn nobody_gets_a_place_that_is_not_there() {
        let slots = Arc::new(Slots::new(4));
        assert_eq!(clean(&slots, 100), 4);
        let mut taken = Vec::new();
        for _ in 0..4 {
            taken.push(slots.take().await);
        }
        let mut fifth = Box::pin(slots.take());
        assert!(!ready(fifth.as_mut()));
        slots.complaint(slots.begin());
        // Two of the four are not given out again.
        taken.truncate(2);
        assert!(!ready(fifth.as_mut()));
        taken.truncate(1);
        assert!(ready(fifth.as_mut()));
        drop((fifth, taken));
        assert_eq!(slots.free.available_permits(), 2);
        assert_eq!(clean(&slots, 100), 4);
        assert_eq!(slots.free.available_permits(), 4);
    }

    #[test]
    fn rounds_are_counted_as_it_would_widen() {
        let slots = Slots::new(8);
        // The first alone, 2 together, 4 together, the rest by eights.
        assert_eq!(slots.rounds(1, 8), 1);
        assert_eq!(slots.rounds(7, 8), 3);
        assert_eq!(slots.rounds(1_007, 8), 3 + 125);
        assert_eq!(slots.rounds(1_000, 1), 1_000);
        clean(&slots, 100);
        assert_eq!(slots.rounds(1_000, 8), 125);
        assert_eq!(slots.rounds(1_000, 4), 250);
    }
}
