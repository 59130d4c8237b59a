//! The request that an error or an answer is about, as far as it may be told.

use std::fmt;

use http::Method;
use url::Url;
use wharf_registry::Host;

/// Who a request was made to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Party {
    /// The registry.
    Registry,
    /// The service that it gets its tokens from.
    TokenService,
    /// A host that the registry pointed to.
    Elsewhere,
}

/// A request without what can be secret of it: its query, and where a redirect led beyond its host.
#[derive(Clone, Debug)]
pub(crate) struct Summary {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) party: Party,
    /// How often the request was made.
    pub(crate) attempts: u32,
    /// Who was asked, once somebody was.
    pub(crate) host: Option<Host>,
}

impl Summary {
    /// A request that is to be made for the first time.
    pub(crate) const fn new(method: Method, path: String, party: Party) -> Self {
        Self { method, path, party, attempts: 1, host: None }
    }

    /// The same as it goes to `url`.
    pub(crate) fn at(self, url: &Url) -> Self {
        Self { host: Host::parse(url.authority()).ok(), ..self }
    }

    /// Whether it is about one repository, or something in it.
    pub(super) fn is_in_repository(&self) -> bool {
        !matches!(self.path.as_str(), "/v2/" | "/v2/_catalog")
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { method, path, party, host, .. } = self;
        let host = host.as_ref().map(Host::as_str);
        match party {
            Party::Registry => write!(f, "{method} {}{path}", host.unwrap_or_default()),
            Party::TokenService => write!(f, "asking {} for a token", host.unwrap_or("the token service")),
            Party::Elsewhere => write!(f, "{method} {path} at {}", host.unwrap_or("another host")),
        }
    }
}
