//! What a failure of the HTTP library means.
//!
//! The distinction that counts is whether anything was sent: a request that met no connection can be repeated, one
//! whose connection broke cannot be told from one that was carried out. TLS comes first, as it fails inside of
//! connecting.

use std::error::Error;

use wharf_client::{TransportError, TransportErrorKind};

use crate::tls::NoRoots;
use crate::{ProxyRefusal, TlsError};

/// A request that got no response. What the request's own body complained about is handed out as it was.
pub(crate) fn of_request(error: hyper_util::client::legacy::Error) -> TransportError {
    let kind = match () {
        () if is_about_trust(&error) => TransportErrorKind::Tls,
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

/// A response that broke off.
pub(crate) fn of_body(error: hyper::Error) -> TransportError {
    TransportError::new(kind(&error), error)
}

/// A connection that ended before the message did. Everything else is something else, such as a peer that does not
/// speak HTTP, or a body that failed.
fn kind(error: &hyper::Error) -> TransportErrorKind {
    let closed = error.is_incomplete_message() || error.is_closed() || error.is_canceled();
    match closed || find::<std::io::Error>(error).is_some() {
        true => TransportErrorKind::Closed,
        false => TransportErrorKind::Other,
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
