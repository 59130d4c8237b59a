//! One proxy: where it is, what it speaks, and who we are there.

use std::fmt;
use std::str::FromStr;

use http::uri::Authority;
use http::{HeaderValue, StatusCode, Uri};
use percent_encoding::percent_decode_str;
use wharf_client::{Credential, Secret};

/// A proxy that connections go through.
///
/// `http` and `https` proxies get requests of plain http as they are (RFC 9112 section 3.2.2), and are asked for a
/// tunnel (`CONNECT`, RFC 9110 section 9.3.6) to everything else; the connection to an `https` proxy is over TLS
/// itself. `socks5` and `socks5h`, which mean the same here, are SOCKS 5 (RFC 1928).
///
/// ```
/// use wharf_transport_hyper::Proxy;
///
/// let proxy: Proxy = "http://robot:hunter2@proxy.example:3128".parse()?;
/// assert_eq!(proxy.to_string(), "http://proxy.example:3128");
/// assert_eq!("proxy.example".parse::<Proxy>()?.to_string(), "http://proxy.example:80");
/// # Ok::<_, wharf_transport_hyper::ProxyError>(())
/// ```
#[derive(Clone)]
pub struct Proxy {
    scheme: Scheme,
    uri: Uri,
    account: Option<Account>,
}

/// What a proxy speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    Http,
    Https,
    Socks5,
}

/// Who we are at a proxy.
#[derive(Clone)]
pub(crate) struct Account {
    pub(crate) user: String,
    pub(crate) password: Secret,
}

/// Why a text is not the address of a proxy. It repeats nothing of the text, as that can hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProxyError {
    /// It is no URL of a host.
    Malformed,
    /// It is none of `http`, `https`, `socks5` and `socks5h`.
    Scheme,
    /// A user name or a password that cannot be sent: not UTF-8, over 255 bytes, or a user name with a colon.
    Account,
    /// A rule about hosts to go to directly that is none.
    Rule,
}

/// What a proxy answered that will not carry a request. It is a source of the transport's error.
///
/// ```
/// # use wharf_transport_hyper::ProxyRefusal;
/// fn advice(refusal: &ProxyRefusal) -> &'static str {
///     match refusal.status() {
///         http::StatusCode::PROXY_AUTHENTICATION_REQUIRED => "is the proxy's password right?",
///         _ => "may this host be reached at all?",
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProxyRefusal {
    status: StatusCode,
}

/// What fits into one field of SOCKS 5, and is enough for others.
const MAX_FIELD: usize = 255;

impl Proxy {
    /// The same with a name and a password, in place of those in the URL.
    ///
    /// # Errors
    /// [`ProxyError::Account`] when they cannot be sent.
    pub fn with_account(mut self, user: impl Into<String>, password: Secret) -> Result<Self, ProxyError> {
        let user = user.into();
        if user.contains(':') || user.len() > MAX_FIELD || password.reveal().len() > MAX_FIELD {
            return Err(ProxyError::Account);
        }
        self.account = Some(Account { user, password });
        Ok(self)
    }

    pub(crate) const fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Whether it gets requests of plain http as they are, and not a stream of bytes.
    pub(crate) fn reads_requests(&self) -> bool {
        self.scheme != Scheme::Socks5
    }

    /// Where it is; the port is always there.
    pub(crate) const fn uri(&self) -> &Uri {
        &self.uri
    }

    pub(crate) const fn account(&self) -> Option<&Account> {
        self.account.as_ref()
    }

    /// The value of `Proxy-Authorization`.
    pub(crate) fn authorization(&self) -> Option<HeaderValue> {
        let Account { user, password } = self.account.as_ref()?;
        Credential::basic(user.as_str(), password.clone()).header()
    }
}

impl FromStr for Proxy {
    type Err = ProxyError;

    /// A URL of a host, possibly with a port and percent-encoded user information. Without a scheme it is `http`.
    fn from_str(text: &str) -> Result<Self, ProxyError> {
        let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
        let (scheme, port) = Scheme::parse(scheme).ok_or(ProxyError::Scheme)?;
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (account, place) = rest.rsplit_once('@').map_or((None, rest), |(account, place)| (Some(account), place));
        let place: Authority = place.parse().map_err(|_| ProxyError::Malformed)?;
        let host = Some(place.host()).filter(|host| !host.is_empty()).ok_or(ProxyError::Malformed)?;
        // What follows the host, if anything does, is a colon and a port.
        let port = match place.as_str().strip_prefix(host) {
            Some("") => port,
            _ => place.port_u16().filter(|port| *port > 0).ok_or(ProxyError::Malformed)?,
        };
        let uri = Uri::try_from(format!("{}://{host}:{port}/", scheme.of_connection()));
        let proxy = Self { scheme, uri: uri.map_err(|_| ProxyError::Malformed)?, account: None };
        match account {
            None => Ok(proxy),
            Some(account) => {
                let (user, password) = account.split_once(':').unwrap_or((account, ""));
                proxy.with_account(decoded(user)?, Secret::new(decoded(password)?))
            }
        }
    }
}

fn decoded(text: &str) -> Result<String, ProxyError> {
    let text = percent_decode_str(text).decode_utf8().map_err(|_| ProxyError::Account)?;
    Ok(text.into_owned())
}

impl Scheme {
    /// A scheme, and the port where none is named.
    fn parse(text: &str) -> Option<(Self, u16)> {
        match text.to_ascii_lowercase().as_str() {
            "http" => Some((Self::Http, 80)),
            "https" => Some((Self::Https, 443)),
            "socks5" | "socks5h" => Some((Self::Socks5, 1080)),
            _ => None,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
            Self::Socks5 => "socks5",
        }
    }

    /// As which the connection itself is made.
    const fn of_connection(self) -> &'static str {
        if matches!(self, Self::Https) { "https" } else { "http" }
    }
}

impl ProxyRefusal {
    pub(crate) const fn new(status: StatusCode) -> Self {
        Self { status }
    }

    /// The status of the proxy's answer: 407 when it wants to know who is asking, or somebody else.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// Whether the proxy may think better of it.
    pub(crate) fn may_pass(&self) -> bool {
        self.status.is_server_error()
            || [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_MANY_REQUESTS].contains(&self.status)
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.uri.authority().map_or("", Authority::as_str);
        write!(f, "{}://{place}", self.scheme.name())
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Proxy").field(&self.to_string()).finish()
    }
}

impl fmt::Display for ProxyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "not the address of a proxy",
            Self::Scheme => "the proxy speaks none of http, https and socks5",
            Self::Account => "the proxy's user name or password cannot be sent",
            Self::Rule => "not a host, a domain or a network",
        })
    }
}

impl std::error::Error for ProxyError {}

impl fmt::Display for ProxyRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the proxy answered {}", self.status)
    }
}

impl std::error::Error for ProxyRefusal {}
