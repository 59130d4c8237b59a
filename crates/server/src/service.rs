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

use crate::payload::Payload;
use crate::{Body, dispatch};

/// A registry as a service: from an [`http::Request`] to an [`http::Response`]. Clones serve the same registry.
///
/// Bodies stream in both directions and are never held whole, but for manifests. An upload session belongs to one
/// request at a time; a request whose body breaks off keeps what had come, for as long as its future is polled.
///
/// # Cancel safety
/// Dropping a response's future stops what it does, as the methods of the registry say.
#[derive(Clone)]
pub struct Service {
    registry: Arc<dyn Registry>,
    settings: Settings,
}

/// What a service allows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    pub(crate) limits: Limits,
    pub(crate) blob_bytes: u64,
    pub(crate) verify: bool,
}

/// 1 TiB: more than any layer, less than any disk should be filled with by one request.
const BLOB_BYTES: u64 = 1 << 40;

impl Service {
    /// Serves `registry`, which may be shared: an [`Arc`] of a registry is one.
    #[must_use]
    pub fn new(registry: impl Registry + 'static) -> Self {
        let settings = Settings { limits: Limits::default(), blob_bytes: BLOB_BYTES, verify: true };
        Self { registry: Arc::new(registry), settings }
    }

    /// The same with other limits for documents: [`Limits::document_bytes`] for a manifest that is put, and
    /// [`Limits::descriptors`] for a list of referrers.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.settings.limits = limits;
        self
    }

    /// The same with another limit for the size of a blob that is put, in bytes; 1 TiB unless said.
    #[must_use]
    pub fn with_blob_bytes(mut self, bytes: u64) -> Self {
        self.settings.blob_bytes = bytes;
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
        let (registry, settings) = (Arc::clone(&self.registry), self.settings);
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let payload = Payload::new(&head.headers, body);
            Ok(dispatch::answer(&*registry, &settings, &head, payload).await)
        })
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").field("settings", &self.settings).finish_non_exhaustive()
    }
}
