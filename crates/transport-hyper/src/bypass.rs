//! Which hosts are gone to directly although there is a proxy.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use http::Uri;

use crate::site::bare;

/// Rules, any of which is enough.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bypass {
    rules: Vec<Rule>,
    /// This machine, under any of its names.
    loopback: bool,
}

#[derive(Clone, Debug)]
struct Rule {
    hosts: Hosts,
    port: Option<u16>,
}

#[derive(Clone, Debug)]
enum Hosts {
    All,
    /// A domain, if `apex`, and all below it.
    Domain {
        name: String,
        apex: bool,
    },
    Network {
        bits: u128,
        mask: u128,
    },
}

impl Bypass {
    /// No rule, and this machine.
    pub(crate) const fn of_this_machine() -> Self {
        Self { rules: Vec::new(), loopback: true }
    }

    /// One more rule, if the text is one.
    pub(crate) fn add(&mut self, text: &str) -> Option<()> {
        self.rules.push(Rule::parse(text)?);
        Some(())
    }

    pub(crate) fn covers(&self, uri: &Uri) -> bool {
        let host = bare(uri.host().unwrap_or_default()).trim_end_matches('.').to_ascii_lowercase();
        let address = host.parse::<IpAddr>().ok();
        let port = uri.port_u16().or(if uri.scheme_str() == Some("http") { Some(80) } else { Some(443) });
        let mut rules = self.rules.iter().filter(|rule| rule.port.is_none() || rule.port == port);
        (self.loopback && is_loopback(&host, address)) || rules.any(|rule| rule.hosts.include(&host, address))
    }
}

impl Rule {
    fn parse(text: &str) -> Option<Self> {
        if let Some(network) = Hosts::network(bare(text)) {
            return Some(Self { hosts: network, port: None });
        }
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) => (host, Some(port.parse().ok()?)),
            None => (text, None),
        };
        let hosts = Hosts::network(bare(host)).or_else(|| Hosts::domain(host))?;
        Some(Self { hosts, port })
    }
}

impl Hosts {
    /// An address, or as many of its first bits as count.
    fn network(text: &str) -> Option<Self> {
        let (address, length) = text.split_once('/').map_or((text, None), |(address, length)| (address, Some(length)));
        let address: IpAddr = address.parse().ok()?;
        let family = if address.is_ipv4() { 32 } else { 128 };
        let length = length.map_or(Some(family), |length| length.parse().ok().filter(|length| *length <= family))?;
        let mask = u128::MAX.checked_shl(family - length).unwrap_or(0);
        Some(Self::Network { bits: bits(address) & mask, mask })
    }

    /// A domain with all below it, or, after a dot, only what is below.
    fn domain(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::All);
        }
        let text = text.strip_prefix('*').unwrap_or(text);
        let name = text.strip_prefix('.').unwrap_or(text);
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        let valid = !name.is_empty() && name.bytes().all(is_name);
        valid.then(|| Self::Domain { name: name.trim_end_matches('.').to_ascii_lowercase(), apex: name == text })
    }

    fn include(&self, host: &str, address: Option<IpAddr>) -> bool {
        match self {
            Self::All => true,
            Self::Domain { name, apex } => match host.strip_suffix(name.as_str()) {
                Some("") => *apex,
                Some(above) => above.ends_with('.'),
                None => false,
            },
            Self::Network { bits: network, mask } => address.is_some_and(|address| bits(address) & mask == *network),
        }
    }
}

/// An address as a number; one of IPv4 like the IPv6 address that means it.
fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

fn is_loopback(host: &str, address: Option<IpAddr>) -> bool {
    match address.map(|address| address.to_canonical()) {
        Some(IpAddr::V4(address)) => address.is_loopback() || address == Ipv4Addr::UNSPECIFIED,
        Some(IpAddr::V6(address)) => address.is_loopback() || address == Ipv6Addr::UNSPECIFIED,
        None => host == "localhost" || host.ends_with(".localhost"),
    }
}
