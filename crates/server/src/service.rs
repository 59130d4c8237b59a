//! The registry as a tower service. It is always ready; a request for which there is no room is answered so.

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
use crate::exchange::Ongoing;
use crate::failure::Cause;
use crate::gate::Gate;
use crate::metrics::Metrics;
use crate::owner::Owners;
use crate::patience::Patience;
use crate::payload::Payload;
use crate::shared::Shared;
use crate::source::Source;
use crate::{Authorize, Body, Identity, dispatch, trace};

/// A registry as a service: from an [`http::Request`] to an [`http::Response`]. Clones serve the same registry.
///
/// Bodies stream in both directions and are never held whole, but for manifests. An upload session belongs to one
/// request at a time, and others wait for it, at most 15 of them and as long as a listener lets a connection stand still;
/// a request whose body breaks off keeps what had come, for as long as its future is polled.
///
/// Everybody may do everything, unless an [`Authorize`] says otherwise.
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
pub struct Service(Arc<Shared>);

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
        Self::of(Source::One(Arc::new(registry)))
    }

    /// Serves to each identity the registry that `choose` gives for it: wrappers of `wharf-registry` around a store that
    /// all share, say. Without an [`Authorize`] everybody is [`Identity::ANONYMOUS`].
    ///
    /// It is asked once for each request, after the rights to it, so it should have its registries ready. Upload sessions
    /// are resumed in the registry of who began them.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use wharf_registry::{ReadOnly, Registry};
    /// use wharf_server::{Authorize, Identity, Service};
    /// use wharf_store::Store;
    ///
    /// /// Who has no name reads; who has one, writes as well.
    /// fn service(users: impl Authorize + 'static) -> Service {
    ///     let store: Arc<dyn Registry> = Arc::new(Store::memory());
    ///     let library: Arc<dyn Registry> = Arc::new(ReadOnly::new(Arc::clone(&store)));
    ///     let choose = move |identity: &Identity| match identity.name() {
    ///         None => Arc::clone(&library),
    ///         Some(_) => Arc::clone(&store),
    ///     };
    ///     Service::per_identity(choose).with_authorize(users)
    /// }
    /// ```
    #[must_use]
    pub fn per_identity(choose: impl Fn(&Identity) -> Arc<dyn Registry> + Send + Sync + 'static) -> Self {
        Self::of(Source::Each(Arc::new(choose)))
    }

    fn of(source: Source) -> Self {
        Self(Arc::new(Shared::new(source)))
    }

    /// The same, but that `authorize` is asked who sends a request and whether they may. It is asked before anything of
    /// the request's body is read and before the registry hears of it.
    ///
    /// An upload session is then that of the identity that began it, and unknown to all others. Who that was is known to
    /// the service and its clones made after this: a session that the registry still has when they are gone becomes that
    /// of whoever first goes on with it, among those who may write to its repository and know its name, which a registry
    /// must so make hard to guess.
    ///
    /// ```
    /// use async_trait::async_trait;
    /// use http::request::Parts;
    /// use http::{Request, StatusCode};
    /// use http_body_util::Full;
    /// use tower_service::Service as _;
    /// use wharf_distribution::Challenge;
    /// use wharf_server::{Access, Authorize, Identity, Permission, Service, Unidentified};
    /// use wharf_store::Store;
    ///
    /// /// Whoever brings a name may do everything. A name alone proves nothing: this is an example.
    /// struct ByName;
    ///
    /// #[async_trait]
    /// impl Authorize for ByName {
    ///     async fn identify(&self, head: &Parts) -> Result<Identity, Unidentified> {
    ///         match head.headers.get("x-name").map(|name| name.to_str()) {
    ///             None => Ok(Identity::ANONYMOUS),
    ///             Some(Ok(name)) => Ok(Identity::named(name)),
    ///             Some(Err(_)) => Err(Unidentified::Refused),
    ///         }
    ///     }
    ///
    ///     async fn permit(&self, identity: &Identity, _: &Access) -> Permission {
    ///         if identity.name().is_some() { Permission::Granted } else { Permission::Unauthorized }
    ///     }
    ///
    ///     fn challenges(&self, _: &[Access]) -> Vec<Challenge> {
    ///         Challenge::new("Name").into_iter().collect()
    ///     }
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let mut service = Service::new(Store::memory()).with_authorize(ByName);
    /// let anybody = Request::get("/v2/").body(Full::<bytes::Bytes>::default()).unwrap();
    /// let response = service.call(anybody).await.unwrap();
    /// assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    /// assert_eq!(response.headers()["www-authenticate"], "Name");
    /// let alice = Request::get("/v2/").header("x-name", "alice").body(Full::<bytes::Bytes>::default()).unwrap();
    /// assert_eq!(service.call(alice).await.unwrap().status(), StatusCode::OK);
    /// # });
    /// ```
    #[must_use]
    pub fn with_authorize(self, authorize: impl Authorize + 'static) -> Self {
        let gate = Gate { authorize: Box::new(authorize), owners: Owners::default() };
        self.change(|shared| shared.gate = Some(Arc::new(gate)))
    }

    fn change(mut self, change: impl FnOnce(&mut Shared)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }

    /// The same with other limits for documents: [`Limits::document_bytes`] for a manifest that is put, and
    /// [`Limits::descriptors`] for a page of referrers, which has at most a thousand in any case.
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
    pub fn with_limits(self, limits: Limits) -> Self {
        self.change(|shared| shared.settings.limits = limits)
    }

    /// The same with at most so many requests carried out at a time, over this service and its clones made after this; as
    /// many as come unless said. A request counts until its answer has been sent or given up. One too many is answered
    /// with 429 and `Retry-After`, before anybody is asked who sends it.
    ///
    /// ```
    /// use http::{Request, StatusCode};
    /// use http_body_util::Full;
    /// use tower_service::Service as _;
    /// use wharf_server::Service;
    /// use wharf_store::Store;
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let mut service = Service::new(Store::memory()).with_requests(1);
    /// let request = || Request::get("/v2/").body(Full::<bytes::Bytes>::default()).unwrap();
    /// let first = service.call(request()).await.unwrap();
    /// assert_eq!(service.call(request()).await.unwrap().status(), StatusCode::TOO_MANY_REQUESTS);
    /// drop(first);
    /// assert_eq!(service.call(request()).await.unwrap().status(), StatusCode::OK);
    /// # });
    /// ```
    #[must_use]
    pub fn with_requests(self, requests: usize) -> Self {
        self.change(|shared| shared.crowd.limit(requests))
    }

    /// The same with at most so many requests of one identity carried out at a time, as
    /// [`with_requests`](Self::with_requests) of all.
    ///
    /// Who did not say a name is one identity with all others who did not. A program that would tell them apart has an
    /// [`Authorize`] that names them, by their [`RemoteAddress`](crate::RemoteAddress) say: the head that it gets has the
    /// request's extensions.
    #[must_use]
    pub fn with_requests_per_identity(self, requests: usize) -> Self {
        self.change(|shared| shared.crowd.limit_each(requests))
    }

    /// The same with at most so many upload sessions of one identity open at a time; 10 unless said. One too many is
    /// answered with 429 and `Retry-After`, after the registry was asked which of the others it has forgotten.
    ///
    /// Without an [`Authorize`] sessions are nobody's, and only the registry limits them.
    #[must_use]
    pub fn with_uploads_per_identity(self, sessions: usize) -> Self {
        self.change(|shared| shared.settings.uploads = sessions)
    }

    /// The same with a text for the users of clients, such as that the registry is going away: a `Warning` in every answer
    /// (distribution-spec, "Warnings"). Several are all sent.
    ///
    /// All warnings of one answer have 4,096 bytes together; what goes beyond is cut off. What could drive a terminal is
    /// replaced. An answer to a manifest that was stored has warnings of the rules that it breaks as well, for which
    /// there is the room that these leave.
    ///
    /// ```
    /// use http::Request;
    /// use http_body_util::Full;
    /// use tower_service::Service as _;
    /// use wharf_server::Service;
    /// use wharf_store::Store;
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let mut service = Service::new(Store::memory()).with_warning("closed from May on");
    /// let request = Request::get("/v2/").body(Full::<bytes::Bytes>::default()).unwrap();
    /// let response = service.call(request).await.unwrap();
    /// assert_eq!(response.headers()["warning"], r#"299 - "closed from May on""#);
    /// # });
    /// ```
    #[must_use]
    pub fn with_warning(self, text: &str) -> Self {
        self.change(|shared| shared.warnings.add(text))
    }

    /// The same with another limit for the size of a blob that is put, in bytes; 1 TiB unless said.
    ///
    /// A request that says a larger size is refused before anything of it is read; one that does not say is broken off
    /// there.
    #[must_use]
    pub fn with_blob_bytes(self, bytes: u64) -> Self {
        self.change(|shared| shared.settings.blob_bytes = bytes)
    }

    /// The same with another limit for how much of manifests that are being put is in memory at a time, over all
    /// requests to this service and its clones made after this; 64 MiB unless said.
    ///
    /// A request that finds no room waits for it, in the order in which they came; a listener lets it wait for as long
    /// as a connection may stand still. When that is not enough, or 256 are waiting already, it is answered with 503 and
    /// `Retry-After`. A manifest that is larger than all of the room is held alone.
    #[must_use]
    pub fn with_manifest_memory(self, bytes: usize) -> Self {
        self.change(|shared| shared.budget = Arc::new(Budget::new(bytes)))
    }

    /// The same, handing out blobs as the registry gives them, without hashing them again. Clients verify what they
    /// fetch in any case; hashing here as well means that content gone bad is cut off rather than sent whole.
    #[must_use]
    pub fn unverified(self) -> Self {
        self.change(|shared| shared.settings.verify = false)
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
    pub fn with_metrics(self, metrics: impl Metrics + 'static) -> Self {
        self.change(|shared| shared.metrics = Some(Arc::new(metrics)))
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
        let shared = Arc::clone(&self.0);
        let (head, body) = request.into_parts();
        let exchange = Ongoing::begin(&head, shared.metrics.as_ref());
        let span = exchange.as_ref().map_or_else(Span::none, |exchange| exchange.span().clone());
        let answer = async move {
            let (patience, received) = (head.extensions.get::<Patience>(), exchange.as_ref().map(|it| it.received()));
            let payload = Payload::new(&head.headers, body, patience.copied(), received);
            let response = dispatch::answer(&shared, &head, payload).await;
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
        f.debug_struct("Service").field("settings", &self.0.settings).finish_non_exhaustive()
    }
}
