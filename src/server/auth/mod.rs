//! Who is calling: the only place that makes a [`Caller`]. Nothing in a body says who somebody is. There are four proofs:
//!
//! | proof | whose | says |
//! |---|---|---|
//! | a call from inside this process ([`Inside`]) | the command line | the operator of the machine |
//! | `Authorization: Idflow …` ([`super::handshake`]) | the command line | the same |
//! | `Authorization: Bearer idflow_…` | programs | an account, bounded by the token |
//! | a cookie ([`cookie`]) | browsers | an account; writes show [`CSRF`] as well |
//!
//! Which tenant a call is about stands in [`TENANT`]. One that is not the caller's is not there at all.

mod address;
pub mod cookie;
pub mod guest;

pub use address::Peer;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header, request::Parts, uri::Authority},
    middleware::Next,
    response::Response,
};

use super::{Inside, Shared, error, handshake};
use crate::app::{
    AppError, Caller,
    accounts::{Known, csrf_of},
};

use address::address;

/// Under which name the holder of the local key acts, percent-encoded. The key gives every right already, so the name
/// gives none: it is what the log shows.
pub const LOCAL_USER: &str = "x-idflow-user";
/// The tenant that a call is about. Where nothing is said it is `default`, or the first one in which the caller may do something.
pub const TENANT: &str = "x-tenant-id";
/// What writes of a session show: a page of another site cannot read it.
pub const CSRF: &str = "x-idflow-csrf";

/// Who acts where no name is given.
const OWNER: &str = "owner";
/// The longest name.
const MOST_NAME: usize = 200;

/// The cookie that a call brought along, for what is made of it.
#[derive(Clone)]
pub struct Cookie(pub String);

/// Answers in the language of the caller.
pub async fn language(request: Request, next: Next) -> Response {
    let chinese = error::is_chinese(request.headers());
    error::in_language(next.run(request).await, chinese)
}

/// Refuses those who think that they speak to somebody else, a page in a browser whose name was made to lead here, and pages
/// of other sites.
pub async fn known_site(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    match other_site(&shared, &request) {
        Some(refused) => refused,
        None => next.run(request).await,
    }
}

fn other_site(shared: &Shared, request: &Request) -> Option<Response> {
    if request.extensions().get::<Inside>().is_some() {
        return None;
    }
    let header = |name: header::HeaderName| request.headers().get(name).and_then(|value| value.to_str().ok());
    let host = header(header::HOST).unwrap_or_default();
    let public = shared.door.as_ref().and_then(|door| door.public());
    let known = is_this_machine(host) || public.is_some_and(|public| public.authority.eq_ignore_ascii_case(host));
    if !known {
        let public = public.map(|public| format!("{public}, ")).unwrap_or_default();
        let refused = AppError::refused("host_unknown").arg("names", format!("{public}127.0.0.1, [::1], localhost"));
        return Some(error::answer_as(&refused, Some(StatusCode::MISDIRECTED_REQUEST)));
    }
    // Browsers say on every write which site it comes from. What is no browser says nothing.
    let own = |origin: &str| origin.split_once("://").is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(host));
    let other = !request.method().is_safe() && header(header::ORIGIN).is_some_and(|origin| !own(origin));
    other.then(|| error::answer(&AppError::refused("origin_other")))
}

/// Refuses callers that have not proved themselves. Tells the handlers who the others are.
pub async fn authorise(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    match caller(&shared, &mut parts).await {
        Ok(caller) => {
            let span = tracing::Span::current();
            span.record("tenant", caller.tenant.as_str()).record("actor", &caller.actor);
            parts.extensions.insert(caller);
            parts.extensions.insert(shared.app.who().recorder().clone());
            parts.extensions.insert(shared.app.clone());
            next.run(Request::from_parts(parts, body)).await
        }
        Err(refused) => error::answer(&refused),
    }
}

/// The caller, from what a call shows.
async fn caller(shared: &Shared, parts: &mut Parts) -> Result<Caller, AppError> {
    let given = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let local = parts.extensions.get::<Inside>().is_some()
        || given.is_some_and(|given| shared.door.as_ref().is_some_and(|door| door.knows(given)));
    // One that cannot be read is one that is not there.
    let named = parts.headers.get(TENANT).map(|value| value.to_str().unwrap_or_default().to_string());
    let named = named.or_else(|| tenant_of_address(parts));
    if local {
        let wanted = shared.app.tenant_of_request(named.as_deref()).await?;
        return Ok(Caller::local(wanted, name(&parts.headers)));
    }
    let Some(door) = &shared.door else { return Err(guest::unproved()) };
    let known: Known = match given {
        Some(given) => {
            let token = given.strip_prefix("Bearer ").filter(|_| !given.starts_with(handshake::SCHEME));
            let found = match token {
                Some(token) => shared.app.who().by_token(token.trim()).await?,
                None => None,
            };
            found.ok_or_else(guest::unproved)?
        }
        None => {
            let cookie = cookie::read(&parts.headers, &door.cookie()).ok_or_else(guest::unproved)?.to_string();
            let known = shared.app.who().by_cookie(&cookie).await?.ok_or_else(guest::unproved)?;
            let shown = parts.headers.get(CSRF).and_then(|value| value.to_str().ok()).unwrap_or_default();
            if !matches!(parts.method, Method::GET | Method::HEAD) && !crate::app::proof::same(shown, &csrf_of(&cookie))
            {
                return Err(AppError::refused("csrf_missing"));
            }
            parts.extensions.insert(Cookie(cookie));
            known
        }
    };
    // Whoever says nothing means a tenant of their own.
    let wanted = match &named {
        Some(_) => shared.app.tenant_of_request(named.as_deref()).await?,
        None => shared.app.who().usual_tenant(&known).await?,
    };
    let missing = || AppError::not_found("tenant_unknown").arg("id", wanted.as_str());
    let mut caller = shared.app.who().caller(&known, &wanted).await?.ok_or_else(missing)?;
    caller.address = address(shared, parts);
    Ok(caller)
}

/// The tenant as a parameter: streams and downloads of a browser send no headers. Writes do, so for them it says nothing.
fn tenant_of_address(parts: &Parts) -> Option<String> {
    let reads = matches!(parts.method, Method::GET | Method::HEAD);
    let mut pairs = parts.uri.query().filter(|_| reads)?.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(name, _)| *name == "tenant").map(|(_, value)| decoded(value))
}

fn is_this_machine(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else { return false };
    let name = authority.host().trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// What the holder of the local key is called.
fn name(headers: &HeaderMap) -> String {
    let given = headers.get(LOCAL_USER).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let name = decoded(given);
    let name: String = name.chars().filter(|char| !char.is_control()).take(MOST_NAME).collect();
    if name.trim().is_empty() { OWNER.into() } else { name }
}

/// The text without its percent-encoding; what is no UTF-8 is replaced.
pub(super) fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let pair = after.get(..2).and_then(|pair| std::str::from_utf8(pair).ok());
        match pair.and_then(|pair| u8::from_str_radix(pair, 16).ok()).filter(|_| *first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_this_machine() {
        for host in ["127.0.0.1", "127.0.0.1:80", "localhost:1", "LOCALHOST", "[::1]:99", "127.9.9.9"] {
            assert!(is_this_machine(host), "{host}");
        }
        for host in ["", "example.com", "127.0.0.1.example.com", "localhost.example.com:80", "10.0.0.1", "0.0.0.0"] {
            assert!(!is_this_machine(host), "{host}");
        }
    }

    #[test]
    fn names_of_local_users() {
        for (given, shown) in [
            ("", "owner"),
            ("%20", "owner"),
            ("wang.min", "wang.min"),
            ("%E7%8E%8B%E6%95%8F", "王敏"),
            ("a%0Ab%", "ab%"),
            ("%zz", "%zz"),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(LOCAL_USER, given.parse().unwrap());
            assert_eq!(name(&headers), shown);
        }
        assert_eq!(name(&HeaderMap::new()), "owner");
    }
}
