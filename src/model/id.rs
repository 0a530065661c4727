//! Ids: parsed once at the edge, typed ever after.

use std::{
    fmt,
    str::FromStr,
    sync::{Mutex, PoisonError},
};

use serde::{Deserialize, Serialize};
use ulid::Ulid;

/// The isolation boundary. `default` exists from the start.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Tenant(String);

impl FromStr for Tenant {
    type Err = String;

    /// Ids of tenants stand in addresses and begin every stored key, so they follow the rule of names.
    fn from_str(text: &str) -> Result<Self, String> {
        if is_snake_case(text) { Ok(Self(text.into())) } else { Err(format!("`{text}` is not the id of a tenant")) }
    }
}

impl Tenant {
    /// The tenant that exists from the start.
    #[must_use]
    pub fn default_tenant() -> Self {
        Self("default".into())
    }

    /// Its name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The id of a run: a ULID, so ids sort by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(Ulid);

impl RunId {
    /// An id of this moment.
    #[must_use]
    pub fn new(now_ms: i64) -> Self {
        static LAST: Mutex<(u64, u128)> = Mutex::new((0, 0));
        let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
        let now = u64::try_from(now_ms).unwrap_or(0);
        // Ids of one moment are in the order in which they were given out.
        *last = if now == last.0 { (now, last.1 + 1) } else { (now, random() >> 56) };
        Self(Ulid::from_parts(last.0, last.1))
    }

    /// An id that is not after any id of this moment: where a search by time begins.
    #[must_use]
    pub fn first_of(ms: i64) -> Self {
        Self(Ulid::from_parts(u64::try_from(ms).unwrap_or(0), 0))
    }

    /// 16 bytes that sort like the id.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 16] {
        self.0.to_bytes()
    }

    /// The id with these bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Ulid::from_bytes(bytes))
    }
}

/// A fresh ULID as text, for directory objects and connections.
#[must_use]
pub fn new_ulid(now_ms: i64) -> String {
    Ulid::from_parts(u64::try_from(now_ms).unwrap_or(0), random()).to_string()
}

/// Fresh ULIDs in rising order.
pub struct Ulids {
    now_ms: i64,
    next: Ulid,
}

impl Ulids {
    /// From this moment on.
    #[must_use]
    pub fn new(now_ms: i64) -> Self {
        Self { now_ms, next: Ulid::from_parts(u64::try_from(now_ms).unwrap_or(0), random()) }
    }

    /// The next one.
    pub fn pick(&mut self) -> String {
        let picked = self.next.to_string();
        // Where the random part ends the order begins anew; that costs nobody anything.
        self.next = self.next.increment().unwrap_or_else(|_| Self::new(self.now_ms).next);
        picked
    }
}

fn random() -> u128 {
    let mut bytes = [0; 16];
    // The operating system's source of randomness is there from boot on; without it nothing here could be trusted.
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    u128::from_be_bytes(bytes)
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for RunId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ulid::from_string(text).map(Self).map_err(|_| format!("`{text}` is not a run id (26 letters and digits)"))
    }
}

/// Whether the text can name a workflow, a connection or an alias: lower-case letters, digits and `_`, a letter first,
/// at most 64.
#[must_use]
pub fn is_snake_case(text: &str) -> bool {
    text.len() <= 64
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}
