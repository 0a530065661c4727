//! Clients for addresses that somebody has entered: webhooks of notifications, the provider of a sign-in. Where this server is
//! strict they call public addresses only, those that a name had when it was looked at; redirects are not followed.

use std::{sync::Arc, time::Duration};

use idflow_sdk::outgoing;
use reqwest::{Client, ClientBuilder, Url, redirect};

/// Names lead to addresses that were looked at.
struct Looked;

impl reqwest::dns::Resolve for Looked {
    fn resolve(&self, name: reqwest::dns::Name) -> reqwest::dns::Resolving {
        Box::pin(async move {
            let found = outgoing::resolve(name.as_str()).await?;
            Ok(Box::new(found.into_iter()) as reqwest::dns::Addrs)
        })
    }
}

/// Whether this address may be called, as far as it can be told without asking anybody.
pub(super) fn may_call(url: &Url) -> bool {
    url.host_str().is_some_and(outgoing::may_call_host)
}

/// A client for calls of this address.
pub(super) fn client(url: &Url, patience: Duration) -> ClientBuilder {
    let mut builder = Client::builder()
        .timeout(patience)
        .redirect(redirect::Policy::none())
        .retry(reqwest::retry::never())
        .user_agent(concat!("idflow/", env!("CARGO_PKG_VERSION")));
    if url.host_str().is_some_and(|host| host == "localhost" || host.starts_with("127.")) {
        builder = builder.no_proxy();
    }
    if outgoing::resolves() {
        builder = builder.dns_resolver(Arc::new(Looked));
    }
    builder
}
