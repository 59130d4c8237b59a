use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::future::{BoxFuture, FutureExt, ready};
use http::{Request, Response, StatusCode};
use http_body_util::{Either, Full};
use wharf::server::{Body, RequestBody, Service};

use super::prometheus::Prometheus;

/// A registry, and pages beside it. Their paths are not below `/v2/`, so that they are nobody's repository.
#[derive(Clone)]
pub(crate) struct Pages {
    registry: Service,
    metrics: Arc<Prometheus>,
    ready: Arc<AtomicBool>,
}

impl Pages {
    pub(crate) fn new(registry: Service, metrics: Arc<Prometheus>, ready: Arc<AtomicBool>) -> Self {
        Self { registry, metrics, ready }
    }

    /// The page at a path, if there is one.
    fn page(&self, path: &str) -> Option<(StatusCode, String)> {
        match path {
            // Whoever can say so is alive.
            "/healthz" => Some((StatusCode::OK, "well\n".into())),
            "/readyz" => Some(match self.ready.load(Ordering::Relaxed) {
                true => (StatusCode::OK, "ready\n".into()),
                false => (StatusCode::SERVICE_UNAVAILABLE, "going away\n".into()),
            }),
            "/metrics" => Some((StatusCode::OK, self.metrics.to_string())),
            _ => None,
        }
    }
}

impl tower_service::Service<Request<RequestBody>> for Pages {
    type Response = Response<Either<Body, Full<Bytes>>>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(())) // as the registry is
    }

    fn call(&mut self, request: Request<RequestBody>) -> Self::Future {
        let Some((status, text)) = self.page(request.uri().path()) else {
            let answer = self.registry.call(request);
            return answer.map(|answer| answer.map(|response| response.map(Either::Left))).boxed();
        };
        let mut response = Response::new(Either::Right(Full::from(text)));
        *response.status_mut() = status;
        response.headers_mut().insert("content-type", http::HeaderValue::from_static("text/plain; version=0.0.4"));
        ready(Ok(response)).boxed()
    }
}
