//! What a provider of OpenID Connect says about itself, and its keys.
//!
//! Both are kept for a while; a token by a key that is not known is a reason to ask for the keys again, once in a while.

use std::{
    sync::{Mutex, OnceLock, PoisonError},
    time::{Duration, Instant},
};

use serde::{Deserialize, de::DeserializeOwned};

use super::token;
use crate::app::{AppError, guarded};

/// How long what the provider says about itself is believed.
pub(super) const FRESH: Duration = Duration::from_secs(600);

/// How often keys are asked for again at most.
pub(super) const AGAIN: Duration = Duration::from_secs(30);

/// How long the provider may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// The longest answer.
const MOST: usize = 1 << 20;

/// What a provider says about itself (OpenID Connect Discovery 1.0), as far as it is used here.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Provider {
    pub(super) issuer: String,
    pub(super) authorization_endpoint: String,
    pub(super) token_endpoint: String,
    pub(super) jwks_uri: String,
    #[serde(default)]
    pub(super) end_session_endpoint: Option<String>,
    #[serde(default)]
    pub(super) token_endpoint_auth_methods_supported: Option<Vec<String>>,
}

/// What is known of the provider.
#[derive(Default)]
pub(in crate::app) struct Oidc(Mutex<Option<Known>>, OnceLock<()>);

#[derive(Clone)]
pub(super) struct Known {
    pub(super) issuer: String,
    pub(super) at: Instant,
    pub(super) provider: Provider,
    pub(super) keys: token::Keys,
}

pub(super) fn failed(what: impl std::fmt::Display) -> AppError {
    AppError::conflict("oidc_failed").arg("what", what.to_string())
}

/// The errors of the client without the address, which may hold what is secret.
fn unreachable(error: reqwest::Error) -> AppError {
    failed(error.without_url())
}

/// A client for an address of the provider. What only this machine or its network can see is not called where this server is
/// strict: a provider names its addresses itself.
pub(super) fn client(address: &str) -> Result<reqwest::Client, AppError> {
    let url = reqwest::Url::parse(address).map_err(failed)?;
    if !guarded::may_call(&url) {
        return Err(AppError::invalid("address_private").arg("address", url.host_str().unwrap_or_default()));
    }
    guarded::client(&url, PATIENCE).build().map_err(unreachable)
}

/// An encrypted address, or one of this machine.
pub(super) fn is_safe(address: &str) -> bool {
    let Ok(url) = reqwest::Url::parse(address) else { return false };
    let near = match url.host_str() {
        Some("localhost") => true,
        Some(host) => host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback()),
        None => return false,
    };
    (url.scheme() == "https" || url.scheme() == "http" && near) && url.username().is_empty() && url.password().is_none()
}

pub(super) async fn body<T: DeserializeOwned>(request: reqwest::RequestBuilder) -> Result<T, AppError> {
    let mut answer = request.header("accept", "application/json").send().await.map_err(unreachable)?;
    let status = answer.status();
    let mut bytes = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(unreachable)? {
        bytes.extend_from_slice(&piece);
        if bytes.len() > MOST {
            return Err(failed("too long"));
        }
    }
    if !status.is_success() {
        // `error` is a word of the protocol; what stands beside it may be anything.
        let said: serde_json::Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let word: String = said["error"].as_str().unwrap_or_default().chars().take(60).collect();
        return Err(failed(format!("{} {word}", status.as_u16())));
    }
    serde_json::from_slice(&bytes).map_err(failed)
}

impl Oidc {
    /// Whether the configuration of the server says how people sign in.
    pub(super) fn is_by_server(&self) -> bool {
        self.1.get().is_some()
    }

    /// From now on the configuration of the server says it.
    pub(super) fn set_by_server(&self) {
        let _ = self.1.set(());
    }

    pub(super) fn refuse_by_server(&self) -> Result<(), AppError> {
        match self.is_by_server() {
            true => Err(AppError::conflict("oidc_by_server")),
            false => Ok(()),
        }
    }

    fn known(&self, issuer: &str, fresh: Duration) -> Option<Known> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        known.filter(|known| known.issuer == issuer && known.at.elapsed() < fresh)
    }

    pub(super) async fn ask(&self, issuer: &str) -> Result<Known, AppError> {
        let address = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let provider: Provider = body(client(&address)?.get(address)).await?;
        if provider.issuer != issuer {
            return Err(failed(format!("issuer {}", provider.issuer)));
        }
        let addresses = [&provider.authorization_endpoint, &provider.token_endpoint, &provider.jwks_uri];
        if let Some(unsafe_one) = addresses.into_iter().find(|address| !is_safe(address)) {
            return Err(failed(unsafe_one));
        }
        let keys: token::Keys = body(client(&provider.jwks_uri)?.get(&provider.jwks_uri)).await?;
        let known = Known { issuer: issuer.into(), at: Instant::now(), provider, keys };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(known.clone());
        Ok(known)
    }

    pub(super) async fn of(&self, issuer: &str, fresh: Duration) -> Result<Known, AppError> {
        match self.known(issuer, fresh) {
            Some(known) => Ok(known),
            None => self.ask(issuer).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_encrypted_or_of_this_machine() {
        for (address, safe) in [
            ("https://id.example.com", true),
            ("http://127.0.0.1:3000", true),
            ("http://localhost:3000/x", true),
            ("http://[::1]:3000", true),
            ("http://id.example.com", false),
            ("https://user:word@id.example.com", false),
            ("ftp://127.0.0.1", false),
            ("id.example.com", false),
            ("", false),
        ] {
            assert_eq!(is_safe(address), safe, "{address}");
        }
    }
}
