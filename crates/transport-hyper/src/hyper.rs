//! The transport: a pool of connections, and the settings that they are made with.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use http::header::PROXY_AUTHORIZATION;
use http::uri::Scheme;
use http::{Request, Response, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use wharf_client::{Body, Host, Reach, Transport, TransportError};

use crate::connector::Connector;
use crate::idle::{Activity, Watched};
use crate::settings::Settings;
use crate::site::Site;
use crate::trust::Configs;
use crate::{CertsD, Proxies, Proxy, ProxyRefusal, Resolve, Timeouts, Tls, TlsError, failure};

/// A pool of connections to any number of hosts. Clones share it.
///
/// Whatever is changed with one of the methods below begins with a pool of its own, so that no request goes over a
/// connection that was made in another way.
///
/// # Cancel safety
/// Dropping the future of a request abandons it, and the peer may have acted on it. Other requests are not disturbed.
#[derive(Clone)]
pub struct Hyper {
    settings: Settings,
    pools: Pools,
}

/// Connections by how far their requests may go: one that was made for a request that may go anywhere must not be used
/// by another.
#[derive(Clone)]
struct Pools {
    anywhere: Client<Connector, Body>,
    public: Client<Connector, Body>,
}

/// How much is read from a connection at once, at most, in bytes. Reads grow to this while they fill the buffer. Each one
/// costs a system call and a change of threads where it is hashed and written: half as much a time costs a tenth more,
/// and twice as much gains little and doubles the memory of a pull.
const READ_BUFFER: usize = 512 << 10;

impl Hyper {
    /// A transport with the system's certificates and the default timeouts.
    ///
    /// Nothing is read and nothing connected before the first request. The system's certificates are read with the
    /// first one that needs them, because reading takes time and can fail, and neither concerns plain http.
    #[must_use]
    pub fn new() -> Self {
        Self::with(Settings::default())
    }

    /// The same with other timeouts.
    #[must_use]
    pub fn with_timeouts(self, timeouts: Timeouts) -> Self {
        Self::with(Settings { timeouts, ..self.settings })
    }

    /// The same, trusting one more certificate authority at every host, given as the DER form of its certificate.
    ///
    /// # Errors
    /// [`TlsErrorKind::Certificate`](crate::TlsErrorKind::Certificate) when it cannot be read.
    ///
    /// ```no_run
    /// use wharf_transport_hyper::Hyper;
    ///
    /// # fn company() -> Result<Hyper, Box<dyn std::error::Error>> {
    /// let transport = Hyper::new().with_root(std::fs::read("/etc/company/ca.der")?)?;
    /// # Ok(transport)
    /// # }
    /// ```
    pub fn with_root(self, der: Vec<u8>) -> Result<Self, TlsError> {
        let tls = self.settings.trust.general().clone().with_root_der(der)?;
        Ok(self.with_tls(tls))
    }

    /// The same with `tls` for every host, in place of what was set for all before.
    #[must_use]
    pub fn with_tls(mut self, tls: Tls) -> Self {
        self.settings.trust.set(tls);
        Self::with(self.settings)
    }

    /// The same with `tls` for one host and port, beside what holds for all. A host without a port is at 443.
    ///
    /// ```no_run
    /// use wharf_client::Host;
    /// use wharf_transport_hyper::{Hyper, Tls};
    ///
    /// # fn two() -> Result<Hyper, Box<dyn std::error::Error>> {
    /// let lab = Tls::new().with_roots_pem(std::fs::read("/etc/lab/ca.pem")?)?;
    /// // The laboratory's authority can vouch for its own registry, and for no other host.
    /// let transport = Hyper::new().with_host_tls(&Host::parse("registry.lab.example:5000")?, lab);
    /// # Ok(transport)
    /// # }
    /// ```
    #[must_use]
    pub fn with_host_tls(mut self, host: &Host, tls: Tls) -> Self {
        if let Some(site) = Site::of_host(host) {
            self.settings.trust.set_host(site, tls);
        }
        Self::with(self.settings)
    }

    /// The same with what was found in directories `certs.d`, but for hosts that something was set for already.
    #[must_use]
    pub fn with_certs_d(mut self, found: &CertsD) -> Self {
        self.settings.trust.add(found);
        Self::with(self.settings)
    }

    /// The same through proxies, in place of those before.
    ///
    /// Over https a proxy sees the name of the host and nothing of what is said: TLS is with the host. Over plain http
    /// it sees everything, the registry's credentials included, as everybody on the way does.
    #[must_use]
    pub fn with_proxies(self, proxies: Proxies) -> Self {
        Self::with(Settings { proxies: Arc::new(proxies), ..self.settings })
    }

    /// The same, looking up names in another way than the system's.
    #[must_use]
    pub fn with_resolver(self, resolver: impl Resolve + 'static) -> Self {
        Self::with(Settings { resolver: Arc::new(resolver), ..self.settings })
    }

    fn with(settings: Settings) -> Self {
        let configs = Arc::new(Configs::new(settings.trust.clone()));
        let pool = |reach| pool(Connector::new(&settings, Arc::clone(&configs), reach));
        Self { pools: Pools { anywhere: pool(Reach::Anywhere), public: pool(Reach::Public) }, settings }
    }

    async fn exchange(&self, mut request: Request<Body>) -> Result<Response<hyper::body::Incoming>, TransportError> {
        let plain = request.uri().scheme() == Some(&Scheme::HTTP);
        let proxy = self.settings.proxies.of(request.uri()).filter(|proxy| plain && proxy.reads_requests());
        if let Some(authorization) = proxy.and_then(Proxy::authorization) {
            request.headers_mut().insert(PROXY_AUTHORIZATION, authorization);
        }
        let pool = match Reach::of(request.extensions()) {
            Reach::Anywhere => &self.pools.anywhere,
            _ => &self.pools.public,
        };
        let response = pool.request(request).await.map_err(failure::of_request)?;
        match response.status() {
            // Only a proxy that reads requests can say so of one; a host has no business to.
            status @ StatusCode::PROXY_AUTHENTICATION_REQUIRED if proxy.is_some() => {
                Err(failure::of_proxy(ProxyRefusal::new(status)))
            }
            _ => Ok(response),
        }
    }
}

/// How many connections to one host wait for the next request, at most: twice as many as a client with its default limits
/// makes requests at a time, blobs aside. Each of them costs the host something, too.
const IDLE: usize = 32;

fn pool(connector: Connector) -> Client<Connector, Body> {
    Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .timer(TokioTimer::new())
        .http1_max_buf_size(READ_BUFFER)
        .pool_max_idle_per_host(IDLE)
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
        let response = activity.limit(self.settings.timeouts.response, self.exchange(request)).await?;
        Ok(response.map(|body| Body::new(Watched::new(body, self.settings.timeouts.idle))))
    }
}

impl fmt::Debug for Hyper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hyper").field("timeouts", &self.settings.timeouts).finish_non_exhaustive()
    }
}
