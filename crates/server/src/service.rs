//! The registry as a tower service. It is always ready: whoever wants fewer requests at a time puts a limit in front of
//! it.

use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::request::Parts;
use http::{Request, Response};
use tracing::{Instrument, Span};
use wharf_registry::{Limits, Registry};

use crate::budget::Budget;
use crate::call::Settings;
use crate::exchange::Ongoing;
use crate::failure::Cause;
use crate::metrics::Metrics;
use crate::payload::{Patience, Payload};
use crate::{Body, dispatch, trace};

/// A registry as a service: from an [`http::Request`] to an [`http::Response`]. Clones serve the same registry.
///
/// Bodies stream in both directions and are never held whole, but for manifests. An upload session belongs to one
/// request at a time; a request whose body breaks off keeps what had come, for as long as its future is polled.
///
/// # Cancel safety
/// Dropping a response's future stops what it does, as the methods of the registry say.
///
/// # Errors
/// None: the service's error is `Infallible`. Whatever goes wrong is a response with a status and a body of codes; what
/// goes wrong after the head was sent is an error of the response's [`Body`].
///
/// ```
/// use http::{Request, StatusCode};
/// use http_body_util::Full;
/// use tower_service::Service as _;
/// use wharf_registry::{Digest, Read, Repository};
/// use wharf_server::Service;
/// use wharf_store::Store;
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let store = Store::memory();
/// let mut service = Service::new(store.clone());
/// let digest = Digest::of(b"hello");
/// let target = format!("/v2/team/app/blobs/uploads/?digest={digest}");
/// let response = service.call(Request::post(target).body(Full::from("hello")).unwrap()).await.unwrap();
/// assert_eq!(response.status(), StatusCode::CREATED);
/// assert_eq!(store.stat_blob(&Repository::from_static("team/app"), &digest).await.unwrap().size, 5);
/// # });
/// ```
#[derive(Clone)]
pub struct Service {
    registry: Arc<dyn Registry>,
    settings: Settings,
    budget: Arc<Budget>,
    metrics: Option<Arc<dyn Metrics>>,
}

impl Service {
    /// Serves `registry`, which may be shared: an [`Arc`] of a registry is one.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use wharf_registry::{ReadOnly, Registry};
    /// use wharf_server::Service;
    ///
    /// # fn services(registry: impl Registry + 'static) {
    /// // The same registry twice: for everybody to read, and for some to write.
    /// let registry: Arc<dyn Registry> = Arc::new(registry);
    /// let everybody = Service::new(ReadOnly::new(Arc::clone(&registry)));
    /// let some = Service::new(registry);
    /// # }
    /// ```
    #[must_use]
    pub fn new(registry: impl Registry + 'static) -> Self {
        Self { registry: Arc::new(registry), settings: Settings::default(), budget: Arc::default(), metrics: None }
    }

    /// The same with other limits for documents: [`Limits::document_bytes`] for a manifest that is put, and
    /// [`Limits::descriptors`] for a list of referrers.
    ///
    /// ```
    /// use http::{Request, StatusCode};
    /// use http_body_util::Full;
    /// use tower_service::Service as _;
    /// use wharf_registry::Limits;
    /// use wharf_server::Service;
    /// use wharf_store::Store;
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let mut limits = Limits::default();
    /// limits.document_bytes = 10;
    /// let mut service = Service::new(Store::memory()).with_limits(limits);
    /// let request = Request::put("/v2/app/manifests/1").body(Full::from("more than ten")).unwrap();
    /// assert_eq!(service.call(request).await.unwrap().status(), StatusCode::PAYLOAD_TOO_LARGE);
    /// # });
    /// ```
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.settings.limits = limits;
        self
    }

    /// The same with another limit for the size of a blob that is put, in bytes; 1 TiB unless said.
    ///
    /// A request that says a larger size is refused before anything of it is read; one that does not say is broken off
    /// there.
    #[must_use]
    pub fn with_blob_bytes(mut self, bytes: u64) -> Self {
        self.settings.blob_bytes = bytes;
        self
    }

    /// The same with another limit for how much of manifests that are being put is in memory at a time, over all
    /// requests to this service and its clones made after this; 64 MiB unless said.
    ///
    /// A request that finds no room waits for it, in the order in which they came; a listener lets it wait for as long
    /// as a connection may stand still. When that is not enough, or 256 are waiting already, it is answered with 503 and
    /// `Retry-After`. A manifest that is larger than all of the room is held alone.
    #[must_use]
    pub fn with_manifest_memory(mut self, bytes: usize) -> Self {
        self.budget = Arc::new(Budget::new(bytes));
        self
    }

    /// The same, handing out blobs as the registry gives them, without hashing them again. Clients verify what they
    /// fetch in any case; hashing here as well means that content gone bad is cut off rather than sent whole.
    #[must_use]
    pub fn unverified(mut self) -> Self {
        self.settings.verify = false;
        self
    }

    /// The same, telling of every request when it begins and when it is over. What is told may be shared: an [`Arc`] of
    /// [`Metrics`] is one.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicU64, Ordering};
    /// use http::Request;
    /// use http_body_util::{BodyExt, Full};
    /// use tower_service::Service as _;
    /// use wharf_server::{Exchange, Metrics, Service};
    /// use wharf_store::Store;
    ///
    /// #[derive(Default)]
    /// struct Sent(AtomicU64);
    ///
    /// impl Metrics for Sent {
    ///     fn ended(&self, exchange: &Exchange) {
    ///         self.0.fetch_add(exchange.sent, Ordering::Relaxed);
    ///     }
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let sent = Arc::new(Sent::default());
    /// let mut service = Service::new(Store::memory()).with_metrics(Arc::clone(&sent));
    /// let request = Request::get("/v2/").body(Full::<bytes::Bytes>::default()).unwrap();
    /// service.call(request).await.unwrap().into_body().collect().await.unwrap();
    /// assert_eq!(sent.0.load(Ordering::Relaxed), 2);
    /// # });
    /// ```
    #[must_use]
    pub fn with_metrics(mut self, metrics: impl Metrics + 'static) -> Self {
        self.metrics = Some(Arc::new(metrics));
        self
    }
}

impl<B> tower_service::Service<Request<B>> for Service
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (registry, settings, budget) = (Arc::clone(&self.registry), self.settings, Arc::clone(&self.budget));
        let (head, body) = request.into_parts();
        let exchange = Ongoing::begin(&head, self.metrics.as_ref());
        let span = exchange.as_ref().map_or_else(Span::none, |exchange| exchange.span().clone());
        let answer = async move {
            let (patience, received) = (head.extensions.get::<Patience>(), exchange.as_ref().map(|it| it.received()));
            let payload = Payload::new(&head.headers, body, patience.copied(), received);
            let response = dispatch::answer(&*registry, &settings, &budget, &head, payload).await;
            Ok(told(&head, exchange, response))
        };
        Box::pin(answer.instrument(span))
    }
}

/// The same answer, after the owner was told why it is an error, and whoever counts that there is one.
fn told(head: &Parts, mut exchange: Option<Box<Ongoing>>, mut response: Response<Body>) -> Response<Body> {
    if let Some(Cause(error)) = response.extensions_mut().remove() {
        trace::failed(head, response.status().as_u16(), &*error);
    }
    if let Some(exchange) = &mut exchange {
        exchange.answered(response.status());
    }
    response.map(|body| body.ending(exchange))
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").field("settings", &self.settings).finish_non_exhaustive()
    }
}
