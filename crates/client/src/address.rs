//! From names to URLs, none of which is what `url` made of something else: it repairs what it is given, and a repaired
//! address is another address.
//!
//! What the registry's own URL becomes is compared with what it was made of. What a peer sends is judged by
//! [`wharf_distribution::address`].

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
