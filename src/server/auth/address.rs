//! From where does a call come?

use std::net::IpAddr;

use axum::http::request::Parts;

use crate::{app::caller::LOCAL, server::Shared};

/// Where a connection comes from; `listen` says so.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

/// From where a call comes. Behind a proxy that is believed, or one on this machine where the server has a public address, that
/// is what the proxy added to `X-Forwarded-For`; whatever stands before it may be made up.
#[must_use]
pub fn address(shared: &Shared, parts: &Parts) -> String {
    let Some(Peer(peer)) = parts.extensions.get::<Peer>() else { return LOCAL.into() };
    let Some(door) = &shared.door else { return LOCAL.into() };
    let lines = parts.headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let told: Vec<&str> = lines.flat_map(|line| line.split(',')).collect();
    if door.public().is_some() && peer.is_loopback() && !door.reach().believes(*peer) {
        let last = told.last().and_then(|last| last.trim().parse().ok());
        return last.unwrap_or(*peer).to_canonical().to_string();
    }
    door.reach().caller(*peer, told.into_iter()).to_string()
}
