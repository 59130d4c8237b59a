//! What a failure of reqwest means.
//!
//! It tells whether there was a connection. The rest is in the errors of the libraries below it, as far as these are the
//! same for every program; which library speaks TLS is not, so that failures of TLS are known by what they are not.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::iter::successors;

use h2::Reason;
use wharf_client::{NotPublic, TransportError, TransportErrorKind};

/// A request that got no response. The URL is left out: it can hold a signature.
pub(crate) fn of_request(error: reqwest::Error) -> TransportError {
    let error = error.without_url();
    TransportError::new(kind(&error), error)
}

/// A response that broke off. Whoever sent its head has acted on the request, whatever is said later.
pub(crate) fn of_body(error: reqwest::Error) -> TransportError {
    let error = error.without_url();
    let kind = match find::<h2::Error>(&error) {
        // A stream that ends before its message does is an error that is found on this side.
        Some(http2) if http2.is_reset() && http2.reason() != Some(Reason::HTTP_1_1_REQUIRED) => {
            TransportErrorKind::Closed
        }
        _ => kind(&error),
    };
    TransportError::new(kind, error)
}

fn kind(error: &reqwest::Error) -> TransportErrorKind {
    match () {
        () if find::<NotPublic>(error).is_some() => TransportErrorKind::Forbidden,
        () if error.is_connect() && is_about_trust(error) => TransportErrorKind::Tls,
        () if error.is_connect() => TransportErrorKind::Connect,
        () if error.is_timeout() => TransportErrorKind::Timeout,
        // What the program's own body said of itself.
        () if find::<TransportError>(error).is_some() => TransportErrorKind::Other,
        () => ending(error),
    }
}

/// Whether nobody agreed on TLS: rustls says so with data that is not valid, others without an error of the system,
/// with which every connection ends that was not there.
fn is_about_trust(error: &reqwest::Error) -> bool {
    let mut system = chain(error).filter_map(|error| error.downcast_ref::<io::Error>()).peekable();
    match system.peek() {
        None => !error.is_dns() && !error.is_timeout(),
        Some(_) => system.any(|error| error.kind() == ErrorKind::InvalidData),
    }
}

/// How a connection ended, or a stream of HTTP/2 (RFC 9113 sections 7 and 8.7).
fn ending(error: &reqwest::Error) -> TransportErrorKind {
    if let Some(http2) = find::<h2::Error>(error) {
        return match http2.reason() {
            Some(Reason::REFUSED_STREAM) if http2.is_remote() && http2.is_reset() => TransportErrorKind::Connect,
            Some(Reason::HTTP_1_1_REQUIRED) => TransportErrorKind::Other,
            _ if http2.is_remote() || http2.is_io() => TransportErrorKind::Closed,
            _ => TransportErrorKind::Other,
        };
    }
    let is_over = |error: &hyper::Error| error.is_incomplete_message() || error.is_closed() || error.is_canceled();
    match find::<hyper::Error>(error).is_some_and(is_over) || find::<io::Error>(error).is_some() {
        true => TransportErrorKind::Closed,
        false => TransportErrorKind::Other,
    }
}

fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    chain(error).find_map(|error| error.downcast_ref())
}

/// An error and its causes. An I/O error that wraps another hides it from `source`.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    successors(Some(error), |&error| match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(inner) => Some(inner),
        None => error.source(),
    })
}
