//! Which host and port, whatever way they are written.

use std::net::Ipv6Addr;

use http::Uri;
use wharf_client::Host;

/// A host and a port, as settings are looked up by: without the case of a name or the spelling of an address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Site {
    name: String,
    port: u16,
}

/// The port of https, which is meant where none is named.
const HTTPS: u16 = 443;

impl Site {
    /// A registry as references name it; nothing when its port is none, so that nobody can be there.
    pub(crate) fn of_host(host: &Host) -> Option<Self> {
        let port = host.port().map_or(Ok(HTTPS), str::parse).ok()?;
        Some(Self { name: canonical(host.name()), port })
    }

    /// Where a request goes.
    pub(crate) fn of_uri(uri: &Uri) -> Option<Self> {
        Some(Self { name: canonical(uri.host()?), port: uri.port_u16().unwrap_or(HTTPS) })
    }
}

fn canonical(name: &str) -> String {
    let inner = bare(name);
    inner.parse::<Ipv6Addr>().map_or_else(|_| inner.to_ascii_lowercase(), |address| address.to_string())
}

/// A host without the brackets of an IPv6 address.
pub(crate) fn bare(host: &str) -> &str {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}
