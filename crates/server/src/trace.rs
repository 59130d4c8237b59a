//! What is told to `tracing`: a span for each request, and events for what only the owner can do something about.
//!
//! A span has the method, the endpoint, the repository, the status, the bytes and the time. No header, no path, no query,
//! no body and no tag or digest is ever a field. Causes of errors are, since nobody else gets to see them; they can name
//! files and hosts, and where one has the name of an upload session in it, which is as good as a key, that is taken out.
//!
//! Where nobody listens, each of these is a comparison of numbers.

use std::error::Error;
use std::fmt;
use std::io;

use http::request::Parts;
use tracing::field::Empty;
use tracing::{Span, debug, error, info_span, warn};
use wharf_distribution::Endpoint;
use wharf_registry::UploadId;

use crate::metrics::Exchange;

const TARGET: &str = "wharf_server";

/// The span of a request of which nothing else is known yet.
pub(crate) fn request(method: &'static str) -> Span {
    info_span!(
        target: TARGET,
        "request",
        method,
        endpoint = Empty,
        repository = Empty,
        status = Empty,
        received = Empty,
        sent = Empty,
        duration = Empty,
        complete = Empty
    )
}

/// Says what a request is.
pub(crate) fn identified(span: &Span, endpoint: &Endpoint) {
    span.record("endpoint", endpoint.name());
    if let Some(repository) = endpoint.repository() {
        span.record("repository", repository.as_str());
    }
}

/// Says what came of a request.
pub(crate) fn ended(span: &Span, exchange: &Exchange) {
    if let Some(status) = exchange.status {
        span.record("status", status.as_u16());
    }
    span.record("received", exchange.received);
    span.record("sent", exchange.sent);
    span.record("duration", tracing::field::debug(exchange.duration));
    span.record("complete", exchange.is_complete);
}

/// A request was answered with an error that is the server's.
pub(crate) fn failed(head: &Parts, status: u16, error: &(dyn Error + 'static)) {
    if tracing::enabled!(target: TARGET, tracing::Level::ERROR) {
        let endpoint = Endpoint::parse(&head.method, head.uri.path(), head.uri.query()).ok();
        let session = endpoint.as_ref().and_then(session);
        error!(target: TARGET, status, error = %Causes { error, session }, "a request failed");
    }
}

/// An answer broke off because the registry had no more of it, or something else.
pub(crate) fn broke_off(error: &(dyn Error + 'static)) {
    error!(target: TARGET, error = %Causes { error, session: None }, "an answer broke off");
}

/// A service that is not a registry's gave no answer.
pub(crate) fn service_failed(error: &(dyn Error + 'static)) {
    error!(target: TARGET, error = %Causes { error, session: None }, "a service failed");
}

/// A service panicked. What it said is told by the program's hook for panics.
pub(crate) fn service_panicked() {
    error!(target: TARGET, "a service panicked");
}

/// A connection's beginning was not what was expected. That is the peer's doing, as a rule.
pub(crate) fn handshake_failed(error: &io::Error) {
    debug!(target: TARGET, error = %Causes { error, session: None }, "a handshake failed");
}

/// No connection can be accepted for a while.
pub(crate) fn cannot_accept(error: &io::Error) {
    warn!(target: TARGET, %error, "cannot accept connections");
}

/// The session that a request names.
const fn session(endpoint: &Endpoint) -> Option<&UploadId> {
    match endpoint {
        Endpoint::UploadStatus { upload, .. }
        | Endpoint::AppendUpload { upload, .. }
        | Endpoint::FinishUpload { upload, .. }
        | Endpoint::CancelUpload { upload, .. } => Some(upload),
        _ => None,
    }
}

/// How many causes of an error are told.
const CAUSES: usize = 16;

/// An error with all its causes, in which a session has no name.
struct Causes<'a> {
    error: &'a (dyn Error + 'static),
    session: Option<&'a UploadId>,
}

impl fmt::Display for Causes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let causes = std::iter::successors(Some(self.error), |&error| error.source());
        for (depth, cause) in causes.take(CAUSES).enumerate() {
            let (before, text) = (if depth == 0 { "" } else { ": " }, cause.to_string());
            match self.session {
                Some(session) => write!(f, "{before}{}", text.replace(&session.to_string(), "[session]"))?,
                None => write!(f, "{before}{text}")?,
            }
        }
        Ok(())
    }
}
