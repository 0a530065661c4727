//! How long is a database waited for that is away, and how is the time between two tries spent?

use std::time::Duration;

use tokio::time::{Instant, sleep};

/// The first and the longest pause between two tries.
pub const PAUSES: (Duration, Duration) = (Duration::from_millis(25), Duration::from_secs(1));

/// Random bytes.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    // The operating system's source is there from boot on.
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

/// Pauses that grow, until the patience is at an end.
pub struct Patience {
    until: Instant,
    pause: Duration,
}

impl Patience {
    /// Patience for so long from the moment at which the database was heard of last.
    pub fn new(heard: Instant, wait: Duration) -> Self {
        Self { until: heard + wait, pause: PAUSES.0 }
    }

    /// Waits a little; false when there is no time left.
    pub async fn more(&mut self) -> bool {
        let now = Instant::now();
        if now >= self.until {
            return false;
        }
        // Nodes that lost the database together should not all come back in the same moment.
        let share = f64::from(random::<1>()[0]) / 512.0 + 0.5;
        sleep(self.pause.mul_f64(share).min(self.until - now)).await;
        self.pause = (self.pause * 2).min(PAUSES.1);
        true
    }
}
