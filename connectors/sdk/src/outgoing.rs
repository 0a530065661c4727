//! Which addresses may be called from here (server-side request forgery, OWASP): whoever may edit a connection must not reach
//! what only this machine or its network can see.
//!
//! Link-local addresses and those at which a cloud tells a machine its secrets are never called. A server that others reach is strict: loopback, private and link-local addresses are refused, whatever name leads there.
//! A name is resolved by [`resolve`], and what is called are the addresses that were looked at, so that a second answer of the
//! name server changes nothing.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::atomic::{AtomicBool, Ordering},
};

/// Whether private addresses are refused; one answer for the whole process, given when it begins.
static STRICT: AtomicBool = AtomicBool::new(false);

/// Whether a proxy resolves names.
static PROXIED: AtomicBool = AtomicBool::new(false);

/// From now on private addresses are refused. `proxied`: calls go through a proxy that the operator of the machine has set,
/// which resolves names itself and decides where they may lead.
pub fn be_strict(proxied: bool) {
    PROXIED.store(proxied, Ordering::Relaxed);
    STRICT.store(true, Ordering::Relaxed);
}

/// Whether names are to be resolved by [`resolve`].
#[must_use]
pub fn resolves() -> bool {
    !PROXIED.load(Ordering::Relaxed)
}

/// Whether private addresses are refused.
#[must_use]
pub fn is_strict() -> bool {
    STRICT.load(Ordering::Relaxed)
}

/// Whether an address can only be meant for this machine or its own network, or for nobody.
#[must_use]
pub fn is_private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_private_v4(address),
        IpAddr::V6(address) => is_private_v6(address),
    }
}

fn is_private_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_broadcast()
        || address.is_multicast()
        || a == 0
        // Shared by carriers (RFC 6598), benchmarks (RFC 2544), protocols (RFC 6890), reserved (RFC 1112).
        || (a == 100 && (64..128).contains(&b))
        || (a == 198 && (18..20).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || a >= 240
}

fn is_private_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    address.is_loopback()
        || address.is_unspecified()
        || address.is_multicast()
        || (segments[0] & 0xfe00) == 0xfc00
        || (segments[0] & 0xffc0) == 0xfe80
        // Another address stands in it: NAT64 (RFC 6052), 6to4 (RFC 3056), and the old mapping.
        || (segments[0] == 0x64 && segments[1] == 0xff9b && embedded(segments[6], segments[7]))
        || (segments[0] == 0x2002 && embedded(segments[1], segments[2]))
        || (segments[..6] == [0; 6] && embedded(segments[6], segments[7]))
}

fn embedded(high: u16, low: u16) -> bool {
    let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
    is_private_v4(Ipv4Addr::new(a, b, c, d))
}

/// Addresses at which clouds tell a machine its own secrets, beside the link-local ones.
const METADATA: [IpAddr; 5] = [
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)),
    IpAddr::V4(Ipv4Addr::new(192, 0, 0, 192)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
    IpAddr::V6(Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254)),
];

/// Whether nobody has a service of theirs at an address, but a cloud may have: link-local ones (RFC 3927, RFC 4291) and those of
/// metadata. They are refused wherever this server runs.
#[must_use]
pub fn is_link_local(address: IpAddr) -> bool {
    let inner = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_link_local(IpAddr::V4(Ipv4Addr::new(a, b, c, d)))
    };
    match address.to_canonical() {
        address if METADATA.contains(&address) => true,
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => {
            let segments = address.segments();
            (segments[0] & 0xffc0) == 0xfe80
                || (segments[0] == 0x64 && segments[1] == 0xff9b && inner(segments[6], segments[7]))
                || (segments[0] == 0x2002 && inner(segments[1], segments[2]))
                || (segments[..6] == [0; 6] && inner(segments[6], segments[7]))
        }
    }
}

fn refused(address: IpAddr) -> bool {
    is_link_local(address) || is_strict() && is_private(address)
}

/// Whether the host of an address may be called, as far as it can be told without asking anybody: a name may.
#[must_use]
pub fn may_call_host(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    // A zone of an IPv6 address names a network of this machine.
    let literal = host.split_once('%').map_or(host, |(address, _)| address);
    literal.parse::<IpAddr>().map_or_else(|_| !is_strict() || !is_local_name(host), |address| !refused(address))
}

/// Whether a name leads to this machine wherever it is asked about (RFC 6761, 6.3).
fn is_local_name(host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    host == "localhost" || host.ends_with(".localhost")
}

/// The addresses of a name that may be called.
///
/// # Errors
/// A name that has none, or only private ones where those are refused.
pub async fn resolve(name: &str) -> std::io::Result<Vec<SocketAddr>> {
    let found: Vec<SocketAddr> = tokio::net::lookup_host((name, 0)).await?.collect();
    let public: Vec<SocketAddr> = found.into_iter().filter(|address| !refused(address.ip())).collect();
    if public.is_empty() {
        return Err(std::io::Error::new(
            std::io::ErrorKind::PermissionDenied,
            format!("{name} leads to a private address, which this server does not call"),
        ));
    }
    Ok(public)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn link_local_addresses_are_refused_where_others_are_not() {
        for text in [
            "169.254.169.254",
            "169.254.0.1",
            "100.100.100.200",
            "fe80::1",
            "[fe80::a9fe:a9fe]",
            "fd00:ec2::254",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "2002:a9fe:a9fe::",
        ] {
            assert!(!may_call_host(text), "{text}");
        }
        for text in ["127.0.0.1", "10.0.0.1", "192.168.1.1", "::1", "fd12::1", "localhost", "example.com", "8.8.8.8"] {
            assert!(may_call_host(text), "{text}");
        }
    }

    #[test]
    fn names_of_this_machine() {
        for host in ["localhost", "LOCALHOST", "localhost.", "a.localhost", "a.b.LocalHost."] {
            assert!(is_local_name(host), "{host}");
        }
        for host in ["", ".", "localhost.example.com", "notlocalhost", "example.com."] {
            assert!(!is_local_name(host), "{host}");
        }
    }

    #[test]
    fn private_addresses_however_they_are_written() {
        for text in [
            "127.0.0.1",
            "127.9.9.9",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "64:ff9b::a00:1",
            "2002:7f00:1::",
        ] {
            assert!(is_private(text.parse().unwrap()), "{text}");
        }
        for text in
            ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::808:808"]
        {
            assert!(!is_private(text.parse().unwrap()), "{text}");
        }
    }
}
