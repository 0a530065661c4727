//! From where a server is reached, and what that means: which proxies are believed, whether browsers come encrypted.

use std::net::IpAddr;

/// A range of addresses: `10.0.0.0/8`, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    address: IpAddr,
    bits: u8,
}

impl std::str::FromStr for Range {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a range of addresses like 10.0.0.0/8");
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(most), |bits| bits.parse::<u8>().map_err(|_| wrong()))?;
        (bits <= most).then_some(Self { address, bits }).ok_or_else(wrong)
    }
}

impl Range {
    /// Whether an address is in it.
    #[must_use]
    pub fn holds(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(of), IpAddr::V4(address)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.bits)).unwrap_or(0);
                of.to_bits() & mask == address.to_bits() & mask
            }
            (IpAddr::V6(of), IpAddr::V6(address)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.bits)).unwrap_or(0);
                of.to_bits() & mask == address.to_bits() & mask
            }
            _ => false,
        }
    }
}

/// How a server is reached.
#[derive(Debug, Clone, Default)]
pub struct Reach {
    /// Proxies whose word about the caller's address is believed.
    pub proxies: Vec<Range>,
    /// Whether people come over a network without encryption, because the operator wants it so.
    pub plain: bool,
    /// Opens `/metrics` to whoever shows it; without one only this machine reads them.
    pub metrics_token: Option<String>,
}

impl Reach {
    /// Whether a proxy stands at this address.
    #[must_use]
    pub fn believes(&self, address: IpAddr) -> bool {
        self.proxies.iter().any(|range| range.holds(address))
    }

    /// The address of a caller: going back through the proxies, the first that is none of them. What stands before it may be
    /// made up.
    #[must_use]
    pub fn caller<'a>(&self, peer: IpAddr, told: impl DoubleEndedIterator<Item = &'a str>) -> IpAddr {
        let mut at = peer;
        for text in told.rev() {
            if !self.believes(at) {
                break;
            }
            match text.trim().parse::<IpAddr>() {
                Ok(before) => at = before,
                Err(_) => break,
            }
        }
        at.to_canonical()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn ranges() {
        for (range, inside, outside) in [
            ("10.0.0.0/8", "10.9.9.9", "11.0.0.0"),
            ("192.0.2.7", "192.0.2.7", "192.0.2.8"),
            ("0.0.0.0/0", "203.0.113.1", "::1"),
            ("fd00::/8", "fd12::1", "fe00::1"),
        ] {
            let range: Range = range.parse().unwrap();
            assert!(range.holds(ip(inside)) && !range.holds(ip(outside)), "{range:?}");
        }
        assert!("10.0.0.0/8".parse::<Range>().unwrap().holds(ip("::ffff:10.1.1.1")));
        for wrong in ["", "10.0.0.0/33", "10.0.0/8", "x", "::/129", "10.0.0.0/-1"] {
            assert!(wrong.parse::<Range>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_proxies_are_believed_and_only_as_far_back_as_they_go() {
        let reach = Reach { proxies: vec!["10.0.0.0/8".parse().unwrap()], ..Reach::default() };
        let of = |peer: &str, told: &[&str]| reach.caller(ip(peer), told.iter().copied()).to_string();
        assert_eq!(of("203.0.113.9", &["1.1.1.1"]), "203.0.113.9", "whoever is no proxy says what they like");
        assert_eq!(of("10.0.0.1", &["1.1.1.1", "203.0.113.9"]), "203.0.113.9");
        assert_eq!(of("10.0.0.1", &["1.1.1.1", "203.0.113.9", "10.0.0.2"]), "203.0.113.9");
        assert_eq!(of("10.0.0.1", &["nonsense"]), "10.0.0.1");
        assert_eq!(of("10.0.0.1", &[]), "10.0.0.1");
    }
}
