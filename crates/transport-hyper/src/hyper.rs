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
    #[must_use]
    pub fn new() -> Self {
        Self::with(Roots::default(), Timeouts::default())
    }

    /// The same, trusting one more certificate authority, given as the DER form of its certificate.
    ///
    /// # Errors
    /// [`RootError`] when it cannot be read.
    pub fn with_root(self, der: Vec<u8>) -> Result<Self, RootError> {
        Ok(Self::with(self.roots.with(der)?, self.timeouts))
    }

    /// The same with other timeouts.
    #[must_use]
    pub fn with_timeouts(self, timeouts: Timeouts) -> Self {
        Self::with(self.roots, timeouts)
    }

    fn with(roots: Roots, timeouts: Timeouts) -> Self {
        let plain = pool(connector(timeouts));
        Self { plain, secure: OnceLock::new(), roots, timeouts }
    }

    fn secure(&self) -> &Secure {
        self.secure.get_or_init(|| {
            let mut connector = connector(self.timeouts);
            connector.enforce_http(false);
            let builder = hyper_rustls::HttpsConnectorBuilder::new().with_tls_config(self.roots.config()?);
            Ok(pool(builder.https_only().enable_all_versions().wrap_connector(connector)))
        })
    }

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
