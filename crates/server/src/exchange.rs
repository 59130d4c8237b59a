//! A request from its head to the last byte of its answer, for those who count and those who listen. It costs nothing
//! where there are none: then nothing is parsed twice, no clock is read, and nothing is allocated.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::request::Parts;
use http::{Method, StatusCode};
use tokio::time::Instant;
use tracing::Span;
use wharf_distribution::Endpoint;

use crate::metrics::{Exchange, Metrics};
use crate::trace;

/// A request that is not over. It is over when this is dropped, whether well or not.
pub(crate) struct Ongoing {
    exchange: Exchange,
    begun: Instant,
    received: Arc<AtomicU64>,
    span: Span,
    metrics: Option<Arc<dyn Metrics>>,
}

impl Ongoing {
    /// A request that has just come, if anybody wants to know of it.
    pub(crate) fn begin(head: &Parts, metrics: Option<&Arc<dyn Metrics>>) -> Option<Box<Self>> {
        let method = method(&head.method);
        let span = trace::request(method);
        if metrics.is_none() && span.is_disabled() {
            return None;
        }
        let endpoint = Endpoint::parse(&head.method, head.uri.path(), head.uri.query()).ok();
        if let Some(endpoint) = &endpoint {
            trace::identified(&span, endpoint);
        }
        let endpoint = endpoint.as_ref().map_or("none", Endpoint::name);
        if let Some(metrics) = metrics {
            metrics.begun(endpoint, method);
        }
        let exchange = Exchange {
            endpoint,
            method,
            status: None,
            received: 0,
            sent: 0,
            head: None,
            duration: Duration::ZERO,
            is_complete: false,
        };
        let (begun, received) = (Instant::now(), Arc::default());
        Some(Box::new(Self { exchange, begun, received, span, metrics: metrics.cloned() }))
    }

    /// The span in which the request is carried out.
    pub(crate) const fn span(&self) -> &Span {
        &self.span
    }

    /// Where to count what is read of the request's body.
    pub(crate) fn received(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.received)
    }

    /// The head of the answer is there.
    pub(crate) fn answered(&mut self, status: StatusCode) {
        self.exchange.status = Some(status);
        self.exchange.head = Some(self.begun.elapsed());
    }

    /// Bytes of the answer's body are handed over.
    pub(crate) fn sent(&mut self, bytes: usize) {
        self.exchange.sent = self.exchange.sent.saturating_add(bytes as u64);
    }

    /// All of the answer is handed over.
    pub(crate) fn completed(&mut self) {
        self.exchange.is_complete = true;
    }
}

impl Drop for Ongoing {
    fn drop(&mut self) {
        self.exchange.duration = self.begun.elapsed();
        self.exchange.received = self.received.load(Ordering::Relaxed);
        trace::ended(&self.span, &self.exchange);
        if let Some(metrics) = &self.metrics {
            metrics.ended(&self.exchange);
        }
    }
}

/// One of few names: a peer can make up methods without end.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        _ => "other",
    }
}
