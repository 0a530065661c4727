//! What an error of the database means for the call that met it.

use sqlx::Error;

use super::address::Address;
use crate::store::StoreError;

/// What to do.
#[derive(Debug)]
pub enum Trouble {
    /// The connection is gone or the server is not ready; whether a commit took place is not known.
    Away(String),
    /// The server took the statement back because of others; nothing was done, again soon.
    Again(String),
    /// No repeat helps.
    Final(StoreError),
}

impl Trouble {
    /// Reads an error.
    pub fn of(error: &Error, address: &Address) -> Self {
        let text = || address.clean(&error.to_string());
        match error {
            Error::Database(database) => {
                let code = database.code().unwrap_or_default().into_owned();
                let said = address.clean(database.message());
                match code.as_str() {
                    "IDF01" => Self::Final(StoreError::Conflict),
                    "IDF02" => Self::Final(StoreError::Fenced),
                    // serialization failure, deadlock, lock timeout, statement timeout
                    "40001" | "40P01" | "55P03" | "57014" => Self::Again(said),
                    // too many connections; a standby after a switch
                    "53300" | "25006" => Self::Away(said),
                    // disk full, and limits of the operating system
                    "53100" => Self::Final(StoreError::Full(format!("{address}: {said}"))),
                    code if code.starts_with("08") || code.starts_with("57P") => Self::Away(said),
                    "28000" | "28P01" => Self::Final(StoreError::Unavailable(format!("{address}: {said}"))),
                    _ => Self::Final(StoreError::Unavailable(format!("{address}: {said} (SQLSTATE {code})"))),
                }
            }
            // Waiting gives it no encryption.
            Error::Tls(why) if why.to_string().contains("does not support TLS") => {
                Self::Final(StoreError::Unavailable(format!("{address}: {}", text())))
            }
            Error::Io(_) | Error::Tls(_) | Error::Protocol(_) | Error::WorkerCrashed | Error::PoolTimedOut => {
                Self::Away(text())
            }
            _ => Self::Final(StoreError::Unavailable(format!("{address}: {}", text()))),
        }
    }
}
