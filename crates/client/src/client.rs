use std::fmt;
use std::sync::Arc;

use url::Url;
use wharf_registry::Host;

use crate::auth::Tokens;
use crate::{Anonymous, Clock, Credentials, HostError, Limits, SystemClock, Transport, address};

/// A registry at the other end of a network.
///
/// It is all of [`Read`](wharf_registry::Read), [`Write`](wharf_registry::Write), [`List`](wharf_registry::List) and
/// [`Delete`](wharf_registry::Delete) but referrers and preconditions on tags, which are unsupported. A clone shares
/// connections and tokens with its original, so a client is made once for a registry and an identity.
///
/// Requests go over https unless [`plain_http`](Self::plain_http) is asked for; what fails over https is never tried
/// without. A request that failed is not repeated, except once with a token when the registry wants one.
///
/// # Cancel safety
/// Dropping the future of any method abandons its request, and leaves nothing behind but what the method itself tells.
#[derive(Clone)]
pub struct Client {
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) host: Host,
    pub(crate) base: Url,
    pub(crate) credentials: Arc<dyn Credentials>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) limits: Limits,
    pub(crate) realms: Vec<Host>,
    pub(crate) tokens: Arc<Tokens>,
    plain: Url,
}

impl Client {
    /// A client of the registry at `host`, as named in references: `docker.io` leads to where Docker Hub really is.
    ///
    /// # Errors
    /// [`HostError`] when the host cannot be an address. Whether there is a registry is not tried.
    pub fn new(transport: impl Transport + 'static, host: Host) -> Result<Self, HostError> {
        let (base, plain) = (address::base(&host, "https")?, address::base(&host, "http")?);
        Ok(Self {
            transport: Arc::new(transport),
            host,
            base,
            credentials: Arc::new(Anonymous),
            clock: Arc::new(SystemClock::new()),
            limits: Limits::default(),
            realms: Vec::new(),
            tokens: Arc::default(),
            plain,
        })
    }

    /// The same over http, for a network on which everybody may read and change what is sent, credentials included.
    #[must_use]
    pub fn plain_http(mut self) -> Self {
        self.base = self.plain.clone();
        self.tokens = Arc::default();
        self
    }

    /// The same with another identity.
    #[must_use]
    pub fn with_credentials(mut self, credentials: impl Credentials + 'static) -> Self {
        self.credentials = Arc::new(credentials);
        self.tokens = Arc::default();
        self
    }

    /// The same with other limits.
    #[must_use]
    pub const fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The same with another idea of the time.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self.tokens = Arc::default();
        self
    }

    /// The same, and the credentials may be sent to a token service at `host`.
    ///
    /// A registry says where its tokens come from, and could say anything. Without this, credentials go to a token
    /// service only when it is at the registry's own host and port, or is Docker Hub's; others are asked for an
    /// anonymous token.
    #[must_use]
    pub fn trust_realm(mut self, host: Host) -> Self {
        self.realms.push(host);
        self.tokens = Arc::default();
        self
    }

    /// The registry's host, as it was given.
    #[must_use]
    pub const fn host(&self) -> &Host {
        &self.host
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("base", &self.base.as_str()).finish_non_exhaustive()
    }
}
