//! Two pools of connections, one without and one with TLS. The second is made with the first request that needs it,
//! because reading the system's certificates takes time and can fail, and neither concerns plain http.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use http::uri::Scheme;
use http::{Request, Response};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use wharf_client::{Body, Transport, TransportError, TransportErrorKind};

use crate::idle::{Activity, Watched};
use crate::tls::{NoRoots, Roots};
use crate::{RootError, failure};

/// A pool of connections to any number of hosts. Clones share it.
///
/// # Cancel safety
/// Dropping the future of a request abandons it, and the peer may have acted on it. Other requests are not disturbed.
#[derive(Clone)]
pub struct Hyper {
    plain: Client<HttpConnector, Body>,
    secure: OnceLock<Secure>,
    roots: Roots,
    timeouts: Timeouts,
}

/// The pool of connections over TLS, or why there is none.
type Secure = Result<Client<HttpsConnector<HttpConnector>, Body>, NoRoots>;

/// How long is waited before a request fails.
///
/// There is none for a request as a whole: a large blob takes as long as it takes, while it moves.
///
/// ```
/// use std::time::Duration;
/// use wharf_transport_hyper::{Hyper, Timeouts};
///
/// let mut timeouts = Timeouts::default();
/// assert_eq!(timeouts.response, Duration::from_secs(60));
/// timeouts.connect = Duration::from_secs(3);
/// let transport = Hyper::new().with_timeouts(timeouts);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timeouts {
    /// For a connection: 10 seconds.
    pub connect: Duration,
    /// For the head of a response, counted from the last byte of the request: 60 seconds, since a registry may have to
    /// bring what it was sent to its disk first.
    pub response: Duration,
    /// For the next bytes of a response's body: 30 seconds.
    pub idle: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { connect: seconds(10), response: seconds(60), idle: seconds(30) }
    }
}

/// How much is read from a connection at once, at most, in bytes. Reads grow to this while they fill the buffer; more
/// does not fit into a core's cache together with what hashing and writing need.
const READ_BUFFER: usize = 256 << 10;

impl Hyper {
    /// A transport with the system's certificates and the default timeouts.
    ///
    /// Nothing is read and nothing connected before the first request.
    #[must_use]
    pub fn new() -> Self {
        Self::with(Roots::default(), Timeouts::default())
    }

    /// The same, trusting one more certificate authority, given as the DER form of its certificate.
    ///
    /// # Errors
    /// [`RootError`] when it cannot be read.
    ///
    /// It has connections of its own. The system's authorities are trusted as before.
    ///
    /// ```no_run
    /// use wharf_transport_hyper::Hyper;
    ///
    /// # fn company() -> Result<Hyper, Box<dyn std::error::Error>> {
    /// let transport = Hyper::new().with_root(std::fs::read("/etc/company/ca.der")?)?;
    /// # Ok(transport)
    /// # }
    /// ```
    pub fn with_root(self, der: Vec<u8>) -> Result<Self, RootError> {
        Ok(Self::with(self.roots.with(der)?, self.timeouts))
    }

    /// The same with other timeouts.
    ///
    /// It has connections of its own, on which the roots that were added are trusted, too.
    #[must_use]
    pub fn with_timeouts(self, timeouts: Timeouts) -> Self {
        Self::with(self.roots, timeouts)
    }

    fn with(roots: Roots, timeouts: Timeouts) -> Self {
        let plain = pool(connector(timeouts));
        Self { plain, secure: OnceLock::new(), roots, timeouts }
    }

    /// The pool with TLS, made when it is first asked for.
    fn secure(&self) -> &Secure {
        self.secure.get_or_init(|| {
            let mut connector = connector(self.timeouts);
            connector.enforce_http(false);
            let builder = hyper_rustls::HttpsConnectorBuilder::new().with_tls_config(self.roots.config()?);
            Ok(pool(builder.https_only().enable_all_versions().wrap_connector(connector)))
        })
    }

    /// Plain http only when the address says so; any other scheme goes over TLS or not at all.
    async fn exchange(&self, request: Request<Body>) -> Result<Response<hyper::body::Incoming>, TransportError> {
        let answer = match request.uri().scheme() {
            Some(scheme) if *scheme == Scheme::HTTP => self.plain.request(request).await,
            _ => match self.secure() {
                Ok(secure) => secure.request(request).await,
                Err(no_roots) => return Err(TransportError::new(TransportErrorKind::Tls, no_roots.clone())),
            },
        };
        answer.map_err(failure::of_request)
    }
}

/// Connections with `TCP_NODELAY`, since a request's head and body are two writes and the second must not wait.
fn connector(timeouts: Timeouts) -> HttpConnector {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    connector.set_connect_timeout(Some(timeouts.connect));
    connector
}

fn pool<C>(connector: C) -> Client<C, Body>
where
    C: hyper_util::client::legacy::connect::Connect + Clone,
{
    Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .timer(TokioTimer::new())
        .http1_max_buf_size(READ_BUFFER)
        .build(connector)
}

impl Default for Hyper {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Transport for Hyper {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let activity = Arc::new(Activity::default());
        let request = request.map(|body| activity.watch(body));
        let response = activity.limit(self.timeouts.response, self.exchange(request)).await?;
        Ok(response.map(|body| Body::new(Watched::new(body, self.timeouts.idle))))
    }
}

impl fmt::Debug for Hyper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hyper").field("timeouts", &self.timeouts).finish_non_exhaustive()
    }
}
