//! The connections of this process: few, kept open, each used by one call at a time.
//!
//! A connection goes back only when its call ended well. Whatever ended otherwise (an error of the network, a caller that
//! stopped waiting) closes it, so no call ever meets the rest of another one.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use sqlx::{ConnectOptions, PgConnection, postgres::PgConnectOptions};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::{Instant, timeout},
};

/// A connection that rested longer is not used again: something between here and there may have forgotten it.
const REST: Duration = Duration::from_secs(300);
/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(5);

/// The connections.
pub struct Lanes {
    options: PgConnectOptions,
    free: Semaphore,
    resting: Mutex<Vec<(PgConnection, Instant)>>,
}

/// One connection in use.
pub struct Lane<'a> {
    lanes: &'a Lanes,
    connection: PgConnection,
    _permit: SemaphorePermit<'a>,
}

impl Lanes {
    /// At most `most` connections, none of them open yet.
    pub fn new(options: PgConnectOptions, most: usize) -> Self {
        Self { options, free: Semaphore::new(most), resting: Mutex::default() }
    }

    /// A connection: one that rests, or a new one.
    pub async fn take(&self) -> Result<Lane<'_>, sqlx::Error> {
        let permit = self.free.acquire().await.map_err(|_| sqlx::Error::PoolClosed)?;
        let rested = {
            let mut resting = self.resting.lock().unwrap_or_else(PoisonError::into_inner);
            let rested = resting.pop().filter(|(_, since)| since.elapsed() < REST);
            if rested.is_none() {
                // The others have rested even longer.
                resting.clear();
            }
            rested
        };
        let connection = match rested {
            Some((connection, _)) => connection,
            None => match timeout(CONNECT, self.options.connect()).await {
                Ok(connected) => connected?,
                Err(_) => return Err(sqlx::Error::PoolTimedOut),
            },
        };
        Ok(Lane { lanes: self, connection, _permit: permit })
    }
}

impl Lane<'_> {
    /// The connection.
    pub fn connection(&mut self) -> &mut PgConnection {
        &mut self.connection
    }

    /// The call ended well: others may use the connection.
    pub fn back(self) {
        let mut resting = self.lanes.resting.lock().unwrap_or_else(PoisonError::into_inner);
        resting.push((self.connection, Instant::now()));
    }
}
