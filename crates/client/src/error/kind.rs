use std::fmt;

use http::StatusCode;

use crate::{Fault, TransportErrorKind};

/// What kind of failure an [`Error`](crate::Error) is: whose fault, and what.
///
/// ```
/// use wharf_client::{ErrorKind, TransportErrorKind};
///
/// /// What a person is told.
/// fn advice(kind: ErrorKind) -> &'static str {
///     match kind {
///         ErrorKind::Transport(TransportErrorKind::Connect) => "is the registry running?",
///         ErrorKind::RateLimited => "log in, or come back in some hours",
///         _ => "see the error",
///     }
/// }
///
/// assert_eq!(advice(ErrorKind::RateLimited), "log in, or come back in some hours");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// No answer, or not all of it.
    Transport(TransportErrorKind),
    /// An answer that says no.
    Refused(StatusCode),
    /// An answer that says no because as many requests as are allowed in some hours were made (429), as with Docker
    /// Hub's limit on pulls, or because the account may be locked, for as long as somebody goes on trying.
    /// [`Error::rate_limit`](crate::Error::rate_limit) has the numbers, if the registry gave them.
    RateLimited,
    /// An answer that breaks the rules or a limit.
    Peer(Fault),
    /// The manifest was stored or deleted, as the request's method tells, and the list of its subject's referrers under
    /// the fallback tag could not be brought up to date. The source is the [`Error`](crate::Error) that tells why.
    /// Doing the same again does no harm.
    Referrers,
    /// The provider of credentials failed, or has some that cannot be sent.
    Credentials,
    /// The request cannot be written.
    Request,
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Transport(kind) => kind.fmt(f),
            Self::Refused(status) => write!(f, "status {}", status.as_str()),
            Self::RateLimited => f.write_str("the registry's limit on requests is used up"),
            Self::Peer(fault) => fault.fmt(f),
            Self::Referrers => f.write_str("done, but the list of referrers could not be brought up to date"),
            Self::Credentials => f.write_str("no usable credentials"),
            Self::Request => f.write_str("the request cannot be written"),
        }
    }
}
