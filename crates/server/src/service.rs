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
use http::{Request, Response};
use wharf_registry::{Limits, Registry};

use crate::budget::Budget;
use crate::call::Settings;
use crate::payload::{Patience, Payload};
use crate::{Body, dispatch};

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
        Self { registry: Arc::new(registry), settings: Settings::default(), budget: Arc::default() }
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
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let payload = Payload::new(&head.headers, body, head.extensions.get::<Patience>().copied());
            Ok(dispatch::answer(&*registry, &settings, &budget, &head, payload).await)
        })
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").field("settings", &self.settings).finish_non_exhaustive()
    }
}
