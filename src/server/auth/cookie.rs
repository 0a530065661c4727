//! The cookie of a session.
//!
//! Over https its name begins with `__Host-`: browsers take such a cookie from this host only, for all of it, and send it
//! encrypted only. On a loopback address over http there is no encryption to ask for; there the name has the port in it,
//! because cookies of one machine's servers are otherwise each other's.

use axum::http::{HeaderMap, header};

/// The name of the cookie and whether it may travel encrypted only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kind {
    /// Its name.
    pub name: String,
    /// Whether it is `Secure`.
    pub secure: bool,
}

impl Kind {
    /// That of a server which is reached over https.
    #[must_use]
    pub fn of_https() -> Self {
        Self { name: "__Host-idflow".into(), secure: true }
    }

    /// That of a server that people reach over a network without encryption, because its operator wants it so.
    #[must_use]
    pub fn of_plain_http() -> Self {
        Self { name: "idflow-insecure".into(), secure: false }
    }

    /// That of a server on a port of this machine.
    #[must_use]
    pub fn of_port(port: u16) -> Self {
        Self { name: format!("idflow-{port}"), secure: false }
    }

    /// The header that gives it to a browser for so many seconds; 0 takes it away.
    #[must_use]
    pub fn set(&self, value: &str, seconds: i64) -> String {
        let secure = if self.secure { "; Secure" } else { "" };
        format!("{}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}", self.name)
    }
}

/// The value of a cookie that a call brings. Two of one name are nobody's: one of them was put there by somebody else.
#[must_use]
pub fn read<'a>(headers: &'a HeaderMap, kind: &Kind) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut found = lines
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(name, _)| *name == kind.name)
        .map(|(_, value)| value);
    let first = found.next();
    first.filter(|_| found.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_found_by_their_name() {
        let kind = Kind::of_port(80);
        for (given, found) in [
            ("", None),
            ("idflow-80=a", Some("a")),
            ("x=1; idflow-80=a; y=2", Some("a")),
            ("idflow-81=a", None),
            ("idflow-80=a; idflow-80=b", None),
            ("idflow-80", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::COOKIE, given.parse().unwrap());
            assert_eq!(read(&headers, &kind), found, "{given}");
        }
        assert_eq!(Kind::of_https().set("a", 5), "__Host-idflow=a; Path=/; HttpOnly; SameSite=Lax; Max-Age=5; Secure");
    }
}
