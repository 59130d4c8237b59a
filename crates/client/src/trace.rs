//! What is told to `tracing`: a span for each operation, and events for what happens on the wire.
//!
//! Everything that is written down here is public: names of content, methods, paths without queries, statuses, hosts, and
//! kinds of failures. No header, no query, no body and no address that a registry gave is ever a field; what a registry
//! says to its user is cleaned and without secrets before it comes here.
//!
//! Where nobody listens, each of these is a comparison of numbers.

use std::fmt::{self, Display};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::{Stream, StreamExt};
use tracing::{Span, debug, info, info_span, warn};
use wharf_distribution::{RateLimit, Scope, TokenRequest};
use wharf_registry::{Digest, Host, Operation, Repository};

use crate::answer::Answer;
use crate::{Client, Error, ErrorKind};

const TARGET: &str = "wharf_client";

impl Client {
    /// The span of an operation on a repository, or on something in it.
    pub(crate) fn span(&self, operation: Operation, repository: &Repository, what: Option<&dyn Display>) -> Span {
        let reference = what.map(tracing::field::display);
        info_span!(target: TARGET, "registry", host = %self.host, %operation, %repository, reference)
    }

    /// The span of an operation on the registry itself.
    pub(crate) fn wide_span(&self, operation: Operation) -> Span {
        info_span!(target: TARGET, "registry", host = %self.host, %operation)
    }
}

/// A stream that is part of an operation, although it is read after that has returned.
pub(crate) struct Within<S> {
    span: Span,
    stream: S,
}

/// The same stream as part of the operation that is going on.
pub(crate) fn within_this<S>(stream: S) -> Within<S> {
    within(Span::current(), stream)
}

/// The same stream as part of an operation.
pub(crate) const fn within<S>(span: Span, stream: S) -> Within<S> {
    Within { span, stream }
}

impl<S: Stream + Unpin> Stream for Within<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let Self { span, stream } = self.get_mut();
        let _entered = span.enter();
        stream.poll_next_unpin(context)
    }
}

/// A request was answered.
pub(crate) fn answered(answer: &Answer) {
    let (request, status) = (&answer.request, answer.status.as_u16());
    debug!(
        target: TARGET,
        method = %request.method,
        path = request.path,
        status,
        attempt = request.attempts,
        party = ?request.party,
        host = request.host.as_ref().map(Host::as_str),
        "answered"
    );
}

/// A request was not answered.
pub(crate) fn unanswered(error: &Error) {
    debug!(
        target: TARGET,
        method = %error.method(),
        path = error.path(),
        attempt = error.attempts(),
        party = ?error.party(),
        kind = %error.kind(),
        "not answered"
    );
}

/// A request will be made again.
pub(crate) fn retry(attempt: u32, kind: ErrorKind, wait: Duration) {
    info!(target: TARGET, attempt, %kind, ?wait, "will be tried again");
}

/// The rest of a blob will be asked for.
pub(crate) fn resumption(digest: &Digest, offset: u64, kind: ErrorKind, wait: Duration) {
    info!(target: TARGET, %digest, offset, %kind, ?wait, "will be resumed");
}

/// From here on a blob comes in one stream, or for a while in fewer parts.
pub(crate) fn fewer_parts(digest: &Digest, offset: u64, error: &Error) {
    info!(target: TARGET, %digest, offset, kind = %error.kind(), "parts are given up");
}

/// A token service will be asked for a token.
pub(crate) fn token(request: &TokenRequest) {
    let service = request.realm().host_str().unwrap_or_default();
    debug!(target: TARGET, service, scopes = %Scopes(request.scopes()), "asks for a token");
}

/// Scopes as they are written in a challenge.
struct Scopes<'a>(&'a [Scope]);

impl fmt::Display for Scopes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut scopes = self.0.iter();
        scopes.next().map_or(Ok(()), |first| first.fmt(f))?;
        scopes.try_for_each(|scope| write!(f, " {scope}"))
    }
}

/// The registry told how many requests it allows.
pub(crate) fn rate_limit(limit: &RateLimit) {
    debug!(target: TARGET, %limit, "rate limit");
}

/// The registry has a text for its user.
pub(crate) fn warning(text: &str) {
    warn!(target: TARGET, text, "the registry warns");
}
