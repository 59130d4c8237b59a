//! URLs that a peer sent, none of which is what `url` made of something else: it repairs what it is given, and a repaired
//! address is another address.
//!
//! Two rules: what a peer sends may not lead to a less secure scheme nor from a public registry into a private network; and
//! no URL with user information is ever used.

use url::Url;

use crate::UrlFault;

/// The longest URL that is taken from a peer, in bytes.
const MAX_URL: usize = 8 * 1024;

/// A URL that a peer sent in answer to a request of `current`. It never leads from https to http.
///
/// `home` is the registry's own: if that is plain http, the whole network was declared to be trusted, and else private
/// addresses are for registries that have one themselves. Whoever follows the URL must not send the registry's
/// authorization with it when its origin is another than that of `home`.
///
/// # Errors
/// [`UrlFault`] when it is to be followed by nobody.
///
/// ```
/// use url::Url;
/// use wharf_distribution::{UrlFault, address};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let home = Url::parse("https://registry.example.com/")?;
/// let asked = home.join("/v2/a/blobs/uploads/")?;
/// let there = address::resolve("one?_state=x", &asked, &home).map(String::from);
/// assert_eq!(there.as_deref(), Ok("https://registry.example.com/v2/a/blobs/uploads/one?_state=x"));
/// let elsewhere = address::resolve("http://store.example.net/1", &asked, &home);
/// assert_eq!(elsewhere, Err(UrlFault::Insecure));
/// # Ok(())
/// # }
/// ```
pub fn resolve(text: &str, current: &Url, home: &Url) -> Result<Url, UrlFault> {
    if text.len() > MAX_URL {
        return Err(UrlFault::TooLong);
    }
    if text.is_empty() || text.bytes().any(|byte| !byte.is_ascii_graphic() || byte == b'\\') {
        return Err(UrlFault::Malformed);
    }
    let mut url = current.join(text).map_err(|_| UrlFault::Malformed)?;
    url.set_fragment(None);
    match (url.scheme(), current.scheme()) {
        _ if has_user_information(&url) => Err(UrlFault::UserInformation),
        ("http", "https") => Err(UrlFault::Insecure),
        ("http" | "https", _) if !url.has_host() => Err(UrlFault::Malformed),
        ("http" | "https", _) if home.scheme() == "https" && leads_inside(&url, home) => Err(UrlFault::PrivateAddress),
        ("http" | "https", _) => Ok(url),
        _ => Err(UrlFault::Scheme),
    }
}

fn has_user_information(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

fn leads_inside(url: &Url, home: &Url) -> bool {
    url.host() != home.host() && is_private(url) && !is_private(home)
}

/// Whether the host is written as an address. Names can lead anywhere; only a resolver could tell.
///
/// ```
/// # use url::Url;
/// # use wharf_distribution::address;
/// assert!(address::is_address(&Url::parse("https://10.0.0.1/").unwrap()));
/// assert!(!address::is_address(&Url::parse("https://registry.example.com/").unwrap()));
/// ```
#[must_use]
pub fn is_address(url: &Url) -> bool {
    !matches!(url.host(), Some(url::Host::Domain(name)) if !is_localhost(name))
}

fn is_localhost(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    name == "localhost" || name.ends_with(".localhost")
}

fn is_private(url: &Url) -> bool {
    use std::net::IpAddr;
    let address = match url.host() {
        Some(url::Host::Domain(name)) => return is_localhost(name),
        Some(url::Host::Ipv4(address)) => IpAddr::V4(address),
        // An IPv4 address can be written as an IPv6 one.
        Some(url::Host::Ipv6(address)) => address.to_canonical(),
        None => return true,
    };
    match address {
        IpAddr::V4(address) => {
            let shared =
                matches!(address.octets(), [0 | 224.., ..] | [100, 64..=127, ..] | [192, 0, 0, _] | [198, 18 | 19, ..]);
            address.is_loopback() || address.is_private() || address.is_link_local() || shared
        }
        IpAddr::V6(address) => {
            // Forms that lead to an IPv4 address, and addresses of a site.
            let translated = matches!(
                address.segments(),
                [0x64, 0xff9b, ..] | [0, 0, 0, 0, 0, 0, ..] | [0x2002, ..] | [0xfec0..=0xfeff, ..]
            );
            address.is_loopback()
                || address.is_unspecified()
                || address.is_unique_local()
                || address.is_unicast_link_local()
                || translated
        }
    }
}
