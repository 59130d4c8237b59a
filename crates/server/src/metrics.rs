//! What a program may count: every request once, when it begins and when it is over.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;

/// Hears of every request that a [`Service`](crate::Service) gets.
///
/// What is told has few values, whoever asks for what: no repository, tag or digest is among it, so that all of it can be
/// labels of time series. Both methods are called where requests are carried out, and should count and return.
///
/// ```
/// use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
/// use wharf_server::{Exchange, Metrics};
///
/// #[derive(Default)]
/// struct Counts {
///     in_flight: AtomicI64,
///     failed: AtomicU64,
/// }
///
/// impl Metrics for Counts {
///     fn begun(&self, _endpoint: &'static str, _method: &'static str) {
///         self.in_flight.fetch_add(1, Ordering::Relaxed);
///     }
///
///     fn ended(&self, exchange: &Exchange) {
///         self.in_flight.fetch_sub(1, Ordering::Relaxed);
///         if exchange.status.is_some_and(|status| status.is_server_error()) {
///             self.failed.fetch_add(1, Ordering::Relaxed);
///         }
///     }
/// }
/// ```
pub trait Metrics: Send + Sync {
    /// A request has come: its endpoint and method as [`Exchange`] has them.
    fn begun(&self, endpoint: &'static str, method: &'static str) {
        let _ = (endpoint, method);
    }

    /// A request of which was told is over: its answer has been handed over to its last byte, or has broken off. It is
    /// called exactly once for each request, however that ends.
    fn ended(&self, exchange: &Exchange);
}

impl<M: Metrics + ?Sized> Metrics for Arc<M> {
    fn begun(&self, endpoint: &'static str, method: &'static str) {
        (**self).begun(endpoint, method);
    }

    fn ended(&self, exchange: &Exchange) {
        (**self).ended(exchange);
    }
}

/// A request and its answer, once both are over.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Exchange {
    /// What was asked for: the [name](wharf_distribution::Endpoint::name) of an endpoint, or `none` for a request that is
    /// none of the distribution-spec's.
    pub endpoint: &'static str,
    /// The method: `GET`, `HEAD`, `POST`, `PUT`, `PATCH`, `DELETE`, or `other`.
    pub method: &'static str,
    /// The status of the answer; none when the request broke off before there was one.
    pub status: Option<StatusCode>,
    /// How many bytes of the request's body were read.
    pub received: u64,
    /// How many bytes of the answer's body were handed to whoever sends it.
    pub sent: u64,
    /// How long it took until the answer's head; none when the request broke off before there was one.
    pub head: Option<Duration>,
    /// How long it took until the last byte of the answer was handed over, or until it broke off.
    pub duration: Duration,
    /// Whether all of the answer was handed over.
    pub is_complete: bool,
}
