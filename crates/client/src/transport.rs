//! What the client asks of an HTTP library, and nothing more, so that any of them will do.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use crate::Body;

/// What carries requests to a host and brings its responses back: an HTTP library, or a service in the same process.
///
/// The request's URI is absolute. A transport does as it is told and nothing else: it follows no redirects, decodes no
/// content, answers no challenges, keeps no cookies, and goes through no proxy that nobody asked for. It knows the
/// length of a body that says it, and fails when another number of bytes comes. How long it waits is its own affair. If
/// it connects to addresses, it keeps requests within their [`Reach`](crate::Reach).
///
/// ```
/// use wharf_client::{Body, Transport, TransportError, TransportErrorKind};
///
/// struct Unplugged;
///
/// #[async_trait::async_trait]
/// impl Transport for Unplugged {
///     async fn send(&self, _: http::Request<Body>) -> Result<http::Response<Body>, TransportError> {
///         Err(TransportError::new(TransportErrorKind::Connect, "no cable"))
///     }
/// }
/// ```
#[async_trait]
pub trait Transport: Send + Sync {
    /// Sends a request and waits for the head of its response.
    ///
    /// # Errors
    /// When no response came. One with a status that tells of an error is a response.
    ///
    /// # Cancel safety
    /// Dropping the future abandons the request; the peer may have acted on it.
    async fn send(&self, request: http::Request<Body>) -> Result<http::Response<Body>, TransportError>;
}

#[async_trait]
impl<T: Transport + ?Sized> Transport for Arc<T> {
    async fn send(&self, request: http::Request<Body>) -> Result<http::Response<Body>, TransportError> {
        (**self).send(request).await
    }
}

/// Why a response, or the rest of a body, did not come.
///
/// The source must not hold what a request carried: errors are printed.
///
/// ```
/// use wharf_client::{TransportError, TransportErrorKind};
///
/// let refused = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
/// let error = TransportError::new(TransportErrorKind::Connect, refused);
/// assert_eq!(error.kind(), TransportErrorKind::Connect);
/// assert_eq!(error.to_string(), "cannot connect");
/// ```
#[derive(Debug)]
pub struct TransportError {
    kind: TransportErrorKind,
    source: Box<dyn StdError + Send + Sync>,
}

/// What kind of failure a [`TransportError`] is, and whether the same request may succeed later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// No connection to the host, or one on which the host did not look at the request. Nothing was done, so any request
    /// may be repeated.
    Connect,
    /// The connection is not one that can be trusted. Repeating does not help.
    Tls,
    /// A rule forbids the connection: the address is not one that the request may go to ([`Reach`](crate::Reach)), or a
    /// proxy does not let it through. The host got nothing. Repeating does not help.
    Forbidden,
    /// The peer was silent for too long. It may have acted, so only what can be done twice may be repeated.
    Timeout,
    /// The connection ended in the middle. As after a timeout.
    Closed,
    /// Something else, among others an error of the body that was to be sent. Not to be repeated.
    Other,
}

impl TransportError {
    /// A failure and its cause.
    #[must_use]
    pub fn new(kind: TransportErrorKind, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { kind, source: source.into() }
    }

    /// The error itself if it is one already, else [`Other`](TransportErrorKind::Other) with it as source.
    pub(crate) fn from_boxed(source: Box<dyn StdError + Send + Sync>) -> Self {
        match source.downcast::<Self>() {
            Ok(error) => *error,
            Err(source) => Self { kind: TransportErrorKind::Other, source },
        }
    }

    /// What kind of failure it is.
    #[must_use]
    pub const fn kind(&self) -> TransportErrorKind {
        self.kind
    }
}

impl TransportErrorKind {
    /// Whether another exchange may not fail like this one.
    pub(crate) const fn may_pass(self) -> bool {
        matches!(self, Self::Connect | Self::Timeout | Self::Closed)
    }
}

impl fmt::Display for TransportErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "cannot connect",
            Self::Tls => "cannot trust the connection",
            Self::Forbidden => "the connection is not allowed",
            Self::Timeout => "no answer in time",
            Self::Closed => "the connection was closed",
            Self::Other => "the exchange failed",
        })
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl StdError for TransportError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.source)
    }
}
