//! What a failure of the HTTP library means.
//!
//! The distinction that counts is whether anything was sent: a request that met no connection can be repeated, one
//! whose connection broke cannot be told from one that was carried out. TLS comes first, as it fails inside of
//! connecting.

use std::error::Error;

use h2::Reason;
use wharf_client::{NotPublic, TransportError, TransportErrorKind};

use crate::tls::NoRoots;
use crate::{ProxyRefusal, TlsError};

/// Why there is no connection: an error of any of the layers below.
pub(crate) type BoxError = Box<dyn Error + Send + Sync>;

/// A request that got no response. What the request's own body complained about is handed out as it was.
pub(crate) fn of_request(error: hyper_util::client::legacy::Error) -> TransportError {
    let kind = match () {
        () if is_about_trust(&error) => TransportErrorKind::Tls,
        () if find::<NotPublic>(&error).is_some() => TransportErrorKind::Forbidden,
        () if find::<ProxyRefusal>(&error).is_some_and(|refusal| !refusal.may_pass()) => TransportErrorKind::Forbidden,
        () if error.is_connect() => TransportErrorKind::Connect,
        () => find::<hyper::Error>(&error).map_or(TransportErrorKind::Other, kind),
    };
    TransportError::new(kind, error)
}

/// A request that a proxy read and will not pass on.
pub(crate) fn of_proxy(refusal: ProxyRefusal) -> TransportError {
    let kind = if refusal.may_pass() { TransportErrorKind::Connect } else { TransportErrorKind::Forbidden };
    TransportError::new(kind, refusal)
}

/// Whether the host could not be trusted, or no one could.
fn is_about_trust(error: &(dyn Error + 'static)) -> bool {
    find::<rustls::Error>(error).is_some() || find::<TlsError>(error).is_some() || find::<NoRoots>(error).is_some()
}

/// A response that broke off. Whoever sent its head has acted on the request, whatever is said later.
pub(crate) fn of_body(error: hyper::Error) -> TransportError {
    let kind = match find::<h2::Error>(&error) {
        // A stream that ends before its message does is an error that is found on this side.
        Some(http2) if http2.is_reset() && http2.reason() != Some(Reason::HTTP_1_1_REQUIRED) => {
            TransportErrorKind::Closed
        }
        _ => kind(&error),
    };
    TransportError::new(kind, error)
}

/// A connection that ended before the message did. Everything else is something else, such as a peer that does not
/// speak HTTP, or a body that failed.
fn kind(error: &hyper::Error) -> TransportErrorKind {
    let closed = error.is_incomplete_message() || error.is_closed() || error.is_canceled();
    match find::<h2::Error>(error) {
        Some(http2) => of_http2(http2),
        None if closed || find::<std::io::Error>(error).is_some() => TransportErrorKind::Closed,
        None => TransportErrorKind::Other,
    }
}

/// A stream or a connection of HTTP/2 that the peer ended (RFC 9113 sections 7 and 8.7).
///
/// `GOAWAY` tells which requests were not looked at, and h2 does not pass that on, so that each may have been.
fn of_http2(error: &h2::Error) -> TransportErrorKind {
    match error.reason() {
        Some(Reason::REFUSED_STREAM) if error.is_remote() && error.is_reset() => TransportErrorKind::Connect,
        // It will not do with this connection, nor with another.
        Some(Reason::HTTP_1_1_REQUIRED) => TransportErrorKind::Other,
        _ if error.is_remote() || error.is_io() => TransportErrorKind::Closed,
        _ => TransportErrorKind::Other,
    }
}

/// The first error of a kind in the chain. An I/O error that wraps another hides it from `source`.
fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<E>() {
            return Some(found);
        }
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        next = match inner {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}
