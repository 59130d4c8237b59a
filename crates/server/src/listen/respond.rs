//! One request for a service: what is refused before it, and what becomes of one that fails or panics.
#![allow(clippy::disallowed_methods, reason = "a request that writes is a task")]

use std::error::Error;
use std::future::{Future, poll_fn};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use http::header::RETRY_AFTER;
use http::{Method, Request, Response, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::sync::Semaphore;
use tower_service::Service;
use wharf_registry::ErrorCode;

use crate::failure::{Failure, LATER};
use crate::listen::HEADER_BYTES;
use crate::listen::outgoing::AnyBody;
use crate::listen::request_body::RequestBody;
use crate::patience::Patience;
use crate::trace;

/// What can be served: a tower service from requests to responses, whatever its body and its error are.
pub(super) trait Answers: Clone + Send + 'static {
    /// The answer, once the service is ready for the request.
    fn answer(
        self,
        request: Request<RequestBody>,
    ) -> impl Future<Output = Result<Response<AnyBody>, Box<dyn Error + Send + Sync>>> + Send + 'static;
}

impl<S, B> Answers for S
where
    S: Service<Request<RequestBody>, Response = Response<B>> + Clone + Send + 'static,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    S::Future: Send,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    async fn answer(
        mut self,
        request: Request<RequestBody>,
    ) -> Result<Response<AnyBody>, Box<dyn Error + Send + Sync>> {
        poll_fn(|context| self.poll_ready(context)).await.map_err(Into::into)?;
        let response = self.call(request).await.map_err(Into::into)?;
        Ok(response.map(|body| body.map_err(Into::into).boxed_unsync()))
    }
}

/// A service, and the terms on which it is asked.
#[derive(Clone)]
pub(super) struct Responder<S> {
    pub(super) service: S,
    pub(super) idle: Duration,
    /// Room for requests that write.
    pub(super) writes: Arc<Semaphore>,
}

impl<S: Answers> Responder<S> {
    /// The answer to a request. A service that fails or panics answers with 500, and harms no other request.
    ///
    /// A request that writes has a task of its own, because the connection's task ends with the connection. Such a task
    /// also outlives a request that its sender takes back, which over HTTP/2 costs nothing; so there are only as many of
    /// them as there may be connections, and more requests wait, as long as a connection may stand still.
    pub(super) async fn respond(self, request: Request<Incoming>) -> Response<AnyBody> {
        if header_bytes(&request) > HEADER_BYTES as usize {
            return refused(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "the headers are too large");
        }
        let writes = !matches!(*request.method(), Method::GET | Method::HEAD);
        let mut request = request.map(|body| RequestBody::new(body, self.idle));
        request.extensions_mut().insert(Patience(self.idle));
        let answer = settled(self.service.answer(request));
        if !writes {
            return answer.await;
        }
        let Ok(permit) = tokio::time::timeout(self.idle, self.writes.acquire_owned()).await else { return crowded() };
        let carried_on = async move {
            let answer = answer.await;
            drop(permit);
            answer
        };
        // Nothing in it panics, so that it can only have been ended with the runtime.
        tokio::spawn(carried_on).await.unwrap_or_else(|_| failed())
    }
}

/// A response in any case.
async fn settled(
    answer: impl Future<Output = Result<Response<AnyBody>, Box<dyn Error + Send + Sync>>>,
) -> Response<AnyBody> {
    // What a panic left half done belongs to the request, which is over, or is the service's own to guard.
    match AssertUnwindSafe(answer).catch_unwind().await {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => {
            trace::service_failed(&*error);
            failed()
        }
        Err(_) => {
            trace::service_panicked();
            failed()
        }
    }
}

fn crowded() -> Response<AnyBody> {
    let failure = Failure::new(StatusCode::SERVICE_UNAVAILABLE, ErrorCode::UNAVAILABLE, "too many requests write");
    boxed(failure.with(RETRY_AFTER, LATER))
}

fn failed() -> Response<AnyBody> {
    refused(StatusCode::INTERNAL_SERVER_ERROR, "the request could not be carried out")
}

fn refused(status: StatusCode, message: &str) -> Response<AnyBody> {
    boxed(Failure::new(status, ErrorCode::UNKNOWN, message))
}

fn boxed(failure: Failure) -> Response<AnyBody> {
    failure.into_response().map(|body| body.map_err(Into::into).boxed_unsync())
}

/// The bytes of names, values and the target, without what separates them on the wire.
fn header_bytes(request: &Request<Incoming>) -> usize {
    let headers = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len());
    headers.sum::<usize>() + request.uri().path_and_query().map_or(0, |target| target.as_str().len())
}
