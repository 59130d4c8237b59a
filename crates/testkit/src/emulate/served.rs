use std::fmt;
use std::future::poll_fn;
use std::pin::pin;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HOST};
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Full};
use tower_service::Service;

use super::Peer;

/// An HTTP service as a peer: what the emulated registries stand on.
///
/// The service sees what it would see behind a socket, and its answers have a length, as they would have there. An
/// answer whose body fails is one that breaks off.
///
/// ```
/// use bytes::Bytes;
/// use http::{Request, Response};
/// use http_body_util::Full;
/// use wharf_testkit::emulate::{Network, Served};
///
/// fn registry<S>(service: S) -> Network
/// where
///     S: tower_service::Service<Request<Full<Bytes>>, Response = Response<Full<Bytes>>> + Clone + Send + Sync + 'static,
///     S::Future: Send,
/// {
///     let network = Network::default();
///     network.put("https://registry.example.com", Served::new(service));
///     network
/// }
/// ```
#[derive(Clone)]
pub struct Served<S>(S);

impl<S> Served<S> {
    /// The service as a peer.
    pub const fn new(service: S) -> Self {
        Self(service)
    }
}

#[async_trait]
impl<S, B> Peer for Served<S>
where
    S: Service<Request<Full<Bytes>>, Response = Response<B>> + Clone + Send + Sync,
    S::Future: Send,
    B: http_body::Body<Data = Bytes> + Send,
    B::Error: Send,
{
    async fn answer(&self, request: Request<Bytes>) -> Option<Response<Bytes>> {
        let mut service = self.0.clone();
        let has_body = request.method() != Method::HEAD;
        poll_fn(|context| service.poll_ready(context)).await.ok()?;
        let response = service.call(as_received(request)).await.ok()?;
        let (mut head, body) = response.into_parts();
        let mut body = pin!(body);
        let mut bytes = Vec::new();
        while let Some(frame) = body.frame().await {
            let Ok(frame) = frame else { return Some(Response::from_parts(head, bytes.into())) };
            bytes.extend_from_slice(&frame.into_data().unwrap_or_default());
        }
        if has_body && head.status != StatusCode::NO_CONTENT && !head.headers.contains_key(CONTENT_LENGTH) {
            head.headers.insert(CONTENT_LENGTH, bytes.len().into());
        }
        Some(Response::from_parts(head, bytes.into()))
    }
}

/// The request as a server reads it from a connection.
fn as_received(request: Request<Bytes>) -> Request<Full<Bytes>> {
    let (mut head, body) = request.into_parts();
    if let Some(authority) = head.uri.authority() {
        head.headers.insert(HOST, HeaderValue::from_str(authority.as_str()).unwrap());
    }
    let target = head.uri.path_and_query().map_or("/", |target| target.as_str());
    head.uri = Uri::try_from(target).unwrap();
    Request::from_parts(head, Full::new(body))
}

impl<S> fmt::Debug for Served<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Served").finish_non_exhaustive()
    }
}
