//! Who is calling: the only place that makes a [`Caller`]. Until there are accounts, whoever proves that it can read the key of
//! the data folder is an owner of every tenant, and so is a call from inside this process. Which tenant a call is about its
//! header says ([`TENANT`]); one that the caller may not see is not found, like one that is not there.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header, uri::Authority},
    middleware::Next,
    response::Response,
};
use idflow_sdk::Problem;

use super::{Inside, Shared, error};
use crate::app::{AppError, Caller, error::Kind};

/// Under which name the holder of the local key acts, percent-encoded. The key gives every right already, so the name
/// gives none: it is what the log shows.
pub const LOCAL_USER: &str = "x-idflow-user";

/// Which of the tenants that the caller may see the call is about; without it the one that is there from the start.
pub const TENANT: &str = "x-tenant-id";

/// Who acts where no name is given.
const OWNER: &str = "owner";
/// The longest name.
const MOST_NAME: usize = 200;

/// Refuses callers that have not proved themselves, and those who think that they speak to somebody else: a page in a
/// browser whose name was made to lead here. Tells the handlers who the others are.
pub async fn authorise(State(shared): State<Shared>, mut request: Request, next: Next) -> Response {
    let chinese = error::is_chinese(request.headers());
    let caller = match refusal(&shared, &request) {
        Some(refused) => Err(refused),
        None => caller(&shared, request.headers().clone()).await,
    };
    let response = match caller {
        Err(refused) => refused,
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
    };
    error::in_language(response, chinese)
}

/// Who is calling, and about which tenant.
async fn caller(shared: &Shared, headers: HeaderMap) -> Result<Caller, Response> {
    // One that cannot be read is one that is not there.
    let named = headers.get(TENANT).map(|value| value.to_str().unwrap_or_default());
    let tenant = shared.app.tenant_of_request(named).await.map_err(|refused| error::answer(&refused))?;
    Ok(Caller::local(tenant, name(&headers)))
}

fn refusal(shared: &Shared, request: &Request) -> Option<Response> {
    if request.extensions().get::<Inside>().is_some() {
        return None;
    }
    let header = |name: header::HeaderName| request.headers().get(name).and_then(|value| value.to_str().ok());
    if !header(header::HOST).is_some_and(is_this_machine) {
        let refused = AppError::refused("host_unknown");
        return Some(error::answer_as(&refused, Some(StatusCode::MISDIRECTED_REQUEST)));
    }
    let given = header(header::AUTHORIZATION).unwrap_or_default();
    let known = shared.door.as_ref().is_some_and(|door| door.knows(given));
    (!known).then(|| error::answer(&unproved()))
}

/// Nobody knows who is calling.
pub(super) fn unproved() -> AppError {
    AppError::new(Kind::Unknown, Problem::new("caller_not_proved"))
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
fn decoded(text: &str) -> String {
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
