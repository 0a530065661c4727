//! Where the database is: a URL, with what is ours taken out and the password never shown.
//!
//! `postgres://USER:PASSWORD@HOST:PORT/DATABASE?schema=NAME&connections=N&wait=SECONDS`, with the other parameters of
//! PostgreSQL (`sslmode`, `sslrootcert`, `host` for a socket folder …) as usual.

use std::{fmt, str::FromStr, time::Duration};

use reqwest::Url;
use sqlx::{ConnectOptions, postgres::PgConnectOptions};

/// The schema when none is named.
const SCHEMA: &str = "idflow";
/// Connections of one process when the address says nothing.
const CONNECTIONS: usize = 8;
/// How long calls wait for a database that is away when the address says nothing.
const WAIT: Duration = Duration::from_secs(30);
/// How long the server works on one statement at most. Our largest are a page of 1,000 values and a batch of some
/// thousand entries.
pub const STATEMENT: Duration = Duration::from_secs(30);
/// The shortest and the longest silence that says nothing.
const SILENCE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(5));
/// How long one statement waits for a row that another one holds.
const LOCK: Duration = Duration::from_secs(10);

/// An address.
#[derive(Clone)]
pub struct Address {
    url: Url,
    /// The schema that holds our tables.
    pub schema: String,
    /// The most connections of this process, 1 to 100; one more listens.
    pub connections: usize,
    /// How long a call waits for a database that is away; up to an hour.
    pub wait: Duration,
}

impl Address {
    /// After how long a silence it is looked whether the database is there at all, and how long that look may take: the two
    /// are no more than calls wait for one that is away.
    #[must_use]
    pub fn silence(&self) -> Duration {
        (self.wait / 2).clamp(SILENCE.0, SILENCE.1)
    }

    /// Whether a text is meant as such an address.
    #[must_use]
    pub fn is_meant(text: &str) -> bool {
        text.starts_with("postgres:") || text.starts_with("postgresql:")
    }

    /// Which database and schema it is, without who comes and how.
    #[must_use]
    pub fn place(&self) -> String {
        let (host, port) = (self.url.host_str().unwrap_or("localhost"), self.url.port().unwrap_or(5432));
        format!("postgres://{host}:{port}{} ({})", self.url.path(), self.schema)
    }

    /// Whether there is a password in it.
    #[must_use]
    pub fn has_password(&self) -> bool {
        self.url.password().is_some_and(|password| !password.is_empty())
    }

    /// How to connect.
    ///
    /// # Errors
    /// What is wrong with the address, without the password.
    pub fn options(&self) -> Result<PgConnectOptions, String> {
        let options = PgConnectOptions::from_url(&self.url).map_err(|error| self.clean(&error.to_string()))?;
        let limits = [
            ("search_path", self.schema.clone()),
            ("statement_timeout", STATEMENT.as_millis().to_string()),
            ("lock_timeout", LOCK.as_millis().to_string()),
            ("idle_in_transaction_session_timeout", STATEMENT.as_millis().to_string()),
            // A commit is durable when it returns, whatever the server's default is.
            ("synchronous_commit", "on".into()),
            ("default_transaction_isolation", "read\\ committed".into()),
            ("client_min_messages", "warning".into()),
            // Everything is found by its key. A plan made while a table was small must not scan it when it is large.
            ("enable_seqscan", "off".into()),
            ("enable_bitmapscan", "off".into()),
            ("enable_hashjoin", "off".into()),
            ("enable_mergejoin", "off".into()),
            ("plan_cache_mode", "force_generic_plan".into()),
        ];
        let limits = limits.map(|(name, value)| (name, value.replace("\\ ", " ")));
        Ok(options.application_name("idflow").options(limits).disable_statement_logging())
    }

    /// A text that may repeat parts of the address, without the password.
    pub fn clean(&self, text: &str) -> String {
        let mut text = text.replace(self.url.as_str(), &self.to_string());
        if let Some(password) = self.url.password().filter(|password| !password.is_empty()) {
            text = text.replace(password, "***");
        }
        text
    }
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // The text is not repeated: a slip in it may stand anywhere, and there is a password in it.
        // As libpq has it, the host may be missing where a parameter names it; URLs want one.
        let with_host = text.split_once("@/").filter(|(before, _)| before.matches('/').count() == 2);
        let with_host = with_host.map(|(before, after)| format!("{before}@localhost/{after}"));
        let mut url = Url::parse(with_host.as_deref().unwrap_or(text)).map_err(|error| {
            format!("the address of the database is not postgres://USER:PASSWORD@HOST:PORT/DATABASE: {error}")
        })?;
        let (mut schema, mut connections, mut wait) = (SCHEMA.to_string(), CONNECTIONS, WAIT);
        let mut others = Vec::new();
        for (name, value) in url.query_pairs() {
            match &*name {
                "schema" => {
                    let fits = !value.is_empty()
                        && value.len() <= 40
                        && value.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
                        && !value.starts_with(|first: char| first.is_ascii_digit())
                        && !value.starts_with("pg_");
                    if !fits {
                        return Err("schema: lower-case letters, digits and _, at most 40, not pg_…".into());
                    }
                    schema = value.into_owned();
                }
                "connections" => {
                    connections = value
                        .parse()
                        .ok()
                        .filter(|count| (1..=100).contains(count))
                        .ok_or("connections: a number from 1 to 100")?;
                }
                "wait" => {
                    let seconds =
                        value.parse().ok().filter(|seconds| *seconds <= 3600).ok_or("wait: seconds, from 0 to 3600")?;
                    wait = Duration::from_secs(seconds);
                }
                "sslmode" | "ssl-mode" | "sslrootcert" | "ssl-root-cert" | "ssl-ca" | "sslcert" | "ssl-cert"
                | "sslkey" | "ssl-key" | "host" | "hostaddr" | "port" | "dbname" | "user" | "application_name"
                | "options" => {
                    others.push((name.into_owned(), value.into_owned()));
                }
                "password" => {
                    return Err("the password stands before the host: postgres://USER:PASSWORD@HOST/DATABASE".into());
                }
                other => return Err(format!("the address of the database has the unknown parameter `{other}`")),
            }
        }
        url.set_query(None);
        if !others.is_empty() {
            url.query_pairs_mut().extend_pairs(others);
        }
        let address = Self { url, schema, connections, wait };
        address.options()?;
        Ok(address)
    }
}

/// Without the password.
impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut url = self.url.clone();
        // Both fail only for addresses without a host, which have neither.
        let _ = url.set_password(None);
        write!(formatter, "{url}, schema {}", self.schema)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_never_shown() {
        for text in [
            "postgres://anna:s3cr%40t-Word@db.example.com:5433/identity?schema=one&sslmode=disable",
            "postgresql://anna:s3cr%40t-Word@localhost/identity?wait=3&connections=2",
            "postgres://anna:s3cr%40t-Word@/identity?host=/run/postgresql",
        ] {
            let address: Address = text.parse().unwrap();
            let shown = format!("{address} {address:?} {}", address.clean(&format!("cannot reach {text}")));
            assert!(!shown.contains("s3cr"), "{shown}");
            assert!(shown.contains("identity"), "{shown}");
        }
        for wrong in [
            "postgres://anna:s3cret@host:notaport/x",
            "postgres://anna:s3cret@host/x?schema=No",
            "postgres://anna:s3cret@host/x?schema=a-b",
            "postgres://anna:s3cret@host/x?schema=",
            "postgres://anna:s3cret@host/x?wait=soon",
            "postgres://anna:s3cret@host/x?connections=0",
            "postgres://anna:s3cret@host/x?sslmode=perhaps",
            "postgres://anna@host/x?password=s3cret",
            "postgres://anna@host/x?nosuch=s3cret",
        ] {
            let error = wrong.parse::<Address>().unwrap_err();
            assert!(!error.contains("s3cret"), "{error}");
        }
    }

    #[test]
    fn our_parameters_are_read() {
        let address: Address =
            "postgres://anna@host/x?schema=team_1&connections=3&wait=7&sslmode=disable".parse().unwrap();
        assert_eq!((address.schema.as_str(), address.connections, address.wait.as_secs()), ("team_1", 3, 7));
        let plain: Address = "postgres://anna@host/x".parse().unwrap();
        assert_eq!((plain.schema.as_str(), plain.connections, plain.wait.as_secs()), ("idflow", 8, 30));
    }
}
