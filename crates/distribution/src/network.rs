//! Which addresses belong to the Internet at large, and which to a network or a machine of somebody's own.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether anybody on the Internet can be at an address. An IPv4 address can be written as an IPv6 one, and means what
/// it means.
///
/// ```
/// use wharf_distribution::address;
///
/// assert!(address::is_public("192.0.2.1".parse().unwrap()));
/// assert!(!address::is_public("169.254.169.254".parse().unwrap()));
/// assert!(!address::is_public("::ffff:127.0.0.1".parse().unwrap()));
/// ```
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let special = matches!(
        address.octets(),
        [0 | 224.., ..] | [100, 64..=127, ..] | [192, 0, 0, _] | [198, 18 | 19, ..] // RFC 6890
    );
    !(special || address.is_loopback() || address.is_private() || address.is_link_local())
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        // What is behind a translator is what counts (RFC 6052); a network has no other addresses for most hosts.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => is_public_v4(Ipv4Addr::from(u32::from(high) << 16 | u32::from(low))),
        // Other forms that lead to an IPv4 address: of a network's own translator, compatible, translated, Teredo, 6to4.
        [0x64, 0xff9b, ..] | [0, ..] | [0x2001, 0, ..] | [0x2002, ..] => false,
        // One machine or network, or many.
        [0xfc00..=0xfdff | 0xfe80..=0xfeff | 0xff00.., ..] => false,
        _ => true,
    }
}
