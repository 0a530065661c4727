//! The connections of this process: few, kept open, each used by one call at a time.
//!
//! A connection goes back only when its call ended well. Whatever ended otherwise (an error of the network, a caller that
//! stopped waiting) closes it, so no call ever meets the rest of another one.
//!
//! One of them is kept for renewing leases: a node that is busy must not lose what it holds because its own calls stand in
//! the way.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use sqlx::{ConnectOptions, Connection, PgConnection, postgres::PgConnectOptions};
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
    /// For calls that must not wait for others.
    kept: Semaphore,
    resting: Mutex<Vec<(PgConnection, Instant)>>,
    /// When it was looked last whether the database is there, and whether it was: of many calls that wait one looks.
    looked: tokio::sync::Mutex<Option<(Instant, bool)>>,
}

/// One connection in use.
pub struct Lane<'a> {
    lanes: &'a Lanes,
    connection: PgConnection,
    _permit: SemaphorePermit<'a>,
}

impl Lanes {
    /// At most `most` connections (two at least), none of them open yet.
    pub fn new(options: PgConnectOptions, most: usize) -> Self {
        let free = Semaphore::new(most.saturating_sub(1).max(1));
        Self {
            options,
            free,
            kept: Semaphore::new(1),
            resting: Mutex::default(),
            looked: tokio::sync::Mutex::default(),
        }
    }

    /// A connection: one that rests, or a new one. `urgent`: the one that is kept, if no other is free.
    pub async fn take(&self, urgent: bool) -> Result<Lane<'_>, sqlx::Error> {
        let permit = if urgent {
            tokio::select! {
                biased;
                permit = self.free.acquire() => permit,
                permit = self.kept.acquire() => permit,
            }
        } else {
            self.free.acquire().await
        };
        let permit = permit.map_err(|_| sqlx::Error::PoolClosed)?;
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

    /// Whether the database answers anybody: a new connection within this time. Then a statement without an answer is one that
    /// it works on.
    pub async fn answers(&self, within: Duration) -> bool {
        let wanted = Instant::now();
        let mut looked = self.looked.lock().await;
        if let Some((at, there)) = *looked
            && at >= wanted
        {
            return there;
        }
        let there = match timeout(within, self.options.connect()).await {
            Ok(Ok(connection)) => connection.close().await.is_ok(),
            // It refuses, so it is there: too many connections, for example.
            Ok(Err(sqlx::Error::Database(_))) => true,
            _ => false,
        };
        *looked = Some((Instant::now(), there));
        there
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
