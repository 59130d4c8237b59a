//! From names to URLs, none of which is what `url` made of something else: it repairs what it is given, and a repaired
//! address is another address.
//!
//! Three rules: what the registry's own URL becomes is compared with what it was made of; what a peer sends may not
//! lead to a less secure scheme nor from a public registry into a private network; and no URL with user information is
//! ever used.

use std::error::Error as StdError;
use std::fmt;

use url::Url;
use wharf_distribution::header;
use wharf_registry::Host;

/// The machine behind Docker Hub's name.
const HUB_REGISTRY: &str = "registry-1.docker.io";

/// Why a registry's host cannot be connected to.
///
/// ```
/// use wharf_client::{Client, HostError};
/// # use wharf_client::InProcess;
/// # use wharf_registry::Host;
/// # #[derive(Clone)]
/// # struct Service;
/// # impl tower_service::Service<http::Request<wharf_client::Body>> for Service {
/// #     type Response = http::Response<wharf_client::Body>;
/// #     type Error = std::convert::Infallible;
/// #     type Future = std::future::Ready<Result<Self::Response, Self::Error>>;
/// #     fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Self::Error>> {
/// #         std::task::Poll::Ready(Ok(()))
/// #     }
/// #     fn call(&mut self, _: http::Request<wharf_client::Body>) -> Self::Future {
/// #         std::future::ready(Ok(http::Response::new(wharf_client::Body::empty())))
/// #     }
/// # }
/// # let transport = InProcess::new(Service);
/// let host = Host::parse("localhost:99999").unwrap();
/// assert_eq!(Client::new(transport, host).unwrap_err(), HostError::Port);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HostError {
    /// The port is not a number between 1 and 65535.
    Port,
    /// The name between the brackets is not an IPv6 address.
    Ipv6,
    /// The name would be taken for another one: numbers that look like an IPv4 address and are none, or an
    /// internationalised name that is not written as it should be.
    Name,
}

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Port => "the port is not a number between 1 and 65535",
            Self::Ipv6 => "the host is not an IPv6 address",
            Self::Name => "the host is ambiguous",
        })
    }
}

impl StdError for HostError {}

/// The root of a registry, as a URL.
pub(crate) fn base(host: &Host, scheme: &str) -> Result<Url, HostError> {
    let (name, port) = if *host == Host::DOCKER_HUB { (HUB_REGISTRY, None) } else { (host.name(), host.port()) };
    let port = port.map(port_number).transpose()?;
    let text = match port {
        Some(port) => format!("{scheme}://{name}:{port}/"),
        None => format!("{scheme}://{name}/"),
    };
    let wrong = if name.starts_with('[') { HostError::Ipv6 } else { HostError::Name };
    let url = Url::parse(&text).map_err(|_| wrong)?;
    let same_port = port.is_none_or(|port| url.port_or_known_default() == Some(port));
    match same_name(&url, name) && same_port && url.path() == "/" {
        true => Ok(url),
        false => Err(wrong),
    }
}

fn port_number(text: &str) -> Result<u16, HostError> {
    let number = header::number(text).and_then(|number| u16::try_from(number).ok());
    number.filter(|number| *number > 0).ok_or(HostError::Port)
}

fn same_name(url: &Url, name: &str) -> bool {
    match url.host() {
        Some(url::Host::Domain(domain)) => domain.eq_ignore_ascii_case(name),
        Some(url::Host::Ipv4(address)) => address.to_string() == name,
        // One address has many spellings; all of them mean it.
        Some(url::Host::Ipv6(address)) => {
            let inner = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
            inner.and_then(|inner| inner.parse().ok()) == Some(address)
        }
        None => false,
    }
}

/// The URL of a request to the registry; nothing when `url` would make another target of it.
pub(crate) fn request(base: &Url, target: &str) -> Option<Url> {
    let url = base.join(target).ok()?;
    let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
    let same = url.origin() == base.origin() && url.path() == path && url.query() == query;
    debug_assert!(same, "the grammars of names leave nothing to repair");
    same.then_some(url)
}

/// What is wrong with a URL that a peer sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UrlFault {
    /// It is missing.
    Missing,
    /// It is longer than 8 KiB.
    TooLong,
    /// It is not absolute, where it must be.
    Relative,
    /// It is no URL, or one that different programs read differently.
    Malformed,
    /// It holds a user name or a password.
    UserInformation,
    /// It is neither `http` nor `https`.
    Scheme,
    /// It leads from `https` to `http`, or somewhere else over `http`.
    Insecure,
    /// It leads to an address of a private network or of this machine.
    PrivateAddress,
    /// It leads to another host, where that is not allowed.
    OtherOrigin,
    /// It leads to another path, where that is not allowed.
    OtherPath,
}

impl fmt::Display for UrlFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "it is missing",
            Self::TooLong => "it is too long",
            Self::Relative => "it is not absolute",
            Self::Malformed => "it is malformed",
            Self::UserInformation => "it holds user information",
            Self::Scheme => "it is neither http nor https",
            Self::Insecure => "it is not secure",
            Self::PrivateAddress => "it is a private address",
            Self::OtherOrigin => "it is on another host",
            Self::OtherPath => "it has another path",
        })
    }
}

/// The longest URL that is taken from a peer, in bytes.
const MAX_URL: usize = 8 * 1024;

/// A URL that a peer sent in answer to a request of `current`. It never leads from https to http.
///
/// `home` is the registry's own: if that is plain http, the whole network was declared to be trusted, and else private
/// addresses are for registries that have one themselves.
pub(crate) fn resolve(text: &str, current: &Url, home: &Url) -> Result<Url, UrlFault> {
    let url = join(text, current)?;
    match (url.scheme(), current.scheme()) {
        _ if has_user_information(&url) => Err(UrlFault::UserInformation),
        ("http", "https") => Err(UrlFault::Insecure),
        ("http" | "https", _) if !url.has_host() => Err(UrlFault::Malformed),
        ("http" | "https", _) if home.scheme() == "https" && leads_inside(&url, home) => Err(UrlFault::PrivateAddress),
        ("http" | "https", _) => Ok(url),
        _ => Err(UrlFault::Scheme),
    }
}

/// A URL that a peer sent in answer to a request of `current`, wherever it leads. It is not for following.
pub(crate) fn join(text: &str, current: &Url) -> Result<Url, UrlFault> {
    if text.len() > MAX_URL {
        return Err(UrlFault::TooLong);
    }
    if text.is_empty() || text.bytes().any(|byte| !byte.is_ascii_graphic() || byte == b'\\') {
        return Err(UrlFault::Malformed);
    }
    let mut url = current.join(text).map_err(|_| UrlFault::Malformed)?;
    url.set_fragment(None);
    Ok(url)
}

fn has_user_information(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

fn leads_inside(url: &Url, home: &Url) -> bool {
    url.host() != home.host() && is_private(url) && !is_private(home)
}

/// Whether the host is written as an address. Names can lead anywhere; only a resolver could tell.
pub(crate) fn is_address(url: &Url) -> bool {
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
