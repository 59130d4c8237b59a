//! A service in place of a network. It spawns nothing and copies nothing: the service runs inside the future of the
//! request.

use std::error::Error as StdError;
use std::fmt;
use std::future::poll_fn;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HOST};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri};
use tower_service::Service;

use crate::{Body, Transport, TransportError, TransportErrorKind};

/// A transport to a service in the same process: a client of a server without a socket between them.
///
/// The service sees what it would see behind one: a request target without authority, the authority as `Host`, and the
/// `Content-Length` of bodies that know theirs. The same holds for what the client sees.
///
/// ```
/// use std::convert::Infallible;
/// use std::future::{Ready, ready};
/// use std::task::{Context, Poll};
///
/// use http::{Request, Response};
/// use wharf_client::{Body, Client, Host, InProcess};
/// use wharf_registry::{MediaType, Read, Repository, Tag};
///
/// /// A registry that has one manifest.
/// #[derive(Clone)]
/// struct Tiny;
///
/// impl tower_service::Service<Request<Body>> for Tiny {
///     type Response = Response<Body>;
///     type Error = Infallible;
///     type Future = Ready<Result<Response<Body>, Infallible>>;
///
///     fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
///         Poll::Ready(Ok(()))
///     }
///
///     fn call(&mut self, request: Request<Body>) -> Self::Future {
///         assert_eq!(request.uri(), "/v2/app/manifests/latest");
///         assert_eq!(request.headers()["host"], "registry.example.com");
///         let index = r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}"#;
///         ready(Ok(Response::new(Body::from(index))))
///     }
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let client = Client::new(InProcess::new(Tiny), Host::parse("registry.example.com").unwrap()).unwrap();
/// let manifest = client.manifest(&Repository::from_static("app"), &Tag::LATEST.into()).await.unwrap();
/// assert_eq!(*manifest.media_type(), MediaType::IMAGE_INDEX);
/// # });
/// ```
#[derive(Clone)]
pub struct InProcess<S>(S);

impl<S> InProcess<S> {
    /// A transport whose every host is `service`.
    pub const fn new(service: S) -> Self {
        Self(service)
    }
}

#[async_trait]
impl<S, B> Transport for InProcess<S>
where
    S: Service<Request<Body>, Response = Response<B>> + Clone + Send + Sync + 'static,
    S::Future: Send,
    S::Error: Into<Box<dyn StdError + Send + Sync>>,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let mut service = self.0.clone();
        poll_fn(|context| service.poll_ready(context)).await.map_err(failed)?;
        let has_body = request.method() != Method::HEAD;
        let response = service.call(as_received(request)?).await.map_err(failed)?;
        let mut response = response.map(Body::new);
        // The answer to HEAD has no body, and yet the length of the one that GET would have, which the service set.
        if has_body && response.status() != StatusCode::NO_CONTENT {
            let length = response.body().length();
            set_length(response.headers_mut(), length);
        }
        Ok(response)
    }
}

fn failed(error: impl Into<Box<dyn StdError + Send + Sync>>) -> TransportError {
    TransportError::from_boxed(error.into())
}

/// The request as a server would have read it from a connection.
fn as_received(mut request: Request<Body>) -> Result<Request<Body>, TransportError> {
    let other = |error: http::Error| TransportError::new(TransportErrorKind::Other, error);
    if let Some(authority) = request.uri().authority() {
        let host = HeaderValue::from_str(authority.as_str()).map_err(|error| other(error.into()))?;
        request.headers_mut().insert(HOST, host);
    }
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    *request.uri_mut() = Uri::try_from(target).map_err(|error| other(error.into()))?;
    let length = request.body().length().filter(|length| *length > 0);
    set_length(request.headers_mut(), length);
    Ok(request)
}

fn set_length(headers: &mut HeaderMap, length: Option<u64>) {
    if let (Some(length), false) = (length, headers.contains_key(CONTENT_LENGTH)) {
        headers.insert(CONTENT_LENGTH, length.into());
    }
}

impl<S> fmt::Debug for InProcess<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("InProcess").finish_non_exhaustive()
    }
}
