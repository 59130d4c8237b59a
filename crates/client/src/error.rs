//! What went wrong on the wire, and how it becomes an error of the registry traits.
//!
//! The code is the registry's own where it gave one that fits the status; else it follows from the status and the
//! operation. No error holds a query, a redirect's address or a secret, so each can be logged.

use std::error::Error as StdError;
use std::fmt;

use http::{Method, StatusCode};
use wharf_distribution::ErrorBody;
use wharf_registry::{Error as RegistryError, ErrorCode, Operation};

use crate::{Fault, TransportError, TransportErrorKind};

/// What went wrong on the wire. It is found as the source of a [`wharf_registry::Error`].
///
/// It names the request by method and path; queries, which can hold signatures, and secrets are in no error. `Display`
/// prints one level.
///
/// ```
/// use std::error::Error as _;
/// use http::StatusCode;
///
/// /// The status that a registry answered with, if that is why an operation failed.
/// fn status(error: &wharf_registry::Error) -> Option<StatusCode> {
///     error.source()?.downcast_ref::<wharf_client::Error>()?.status()
/// }
/// # let error = wharf_registry::Error::unsupported(wharf_registry::Operation::Mount);
/// # assert_eq!(status(&error), None);
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    request: Summary,
    body: ErrorBody,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What kind of failure an [`Error`] is: whose fault, and what.
///
/// ```
/// use wharf_client::{ErrorKind, TransportErrorKind};
///
/// /// Whether the same read may succeed if it is tried again.
/// fn is_transient(kind: ErrorKind) -> bool {
///     use TransportErrorKind::{Closed, Connect, Timeout};
///     match kind {
///         ErrorKind::Transport(kind) => matches!(kind, Connect | Timeout | Closed),
///         ErrorKind::Refused(status) => status.is_server_error() || status == 429,
///         _ => false,
///     }
/// }
///
/// assert!(is_transient(ErrorKind::Transport(TransportErrorKind::Connect)));
/// assert!(!is_transient(ErrorKind::Credentials));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// No answer, or not all of it.
    Transport(TransportErrorKind),
    /// An answer that says no.
    Refused(StatusCode),
    /// An answer that breaks the rules or a limit.
    Peer(Fault),
    /// The provider of credentials failed, or has some that cannot be sent.
    Credentials,
    /// The request cannot be written.
    Request,
}

/// Who a request was made to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Party {
    /// The registry.
    Registry,
    /// The service that it gets its tokens from.
    TokenService,
    /// A host that the registry pointed to.
    Elsewhere,
}

/// A request as far as it may be told.
#[derive(Clone, Debug)]
pub(crate) struct Summary {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) party: Party,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, request: Summary) -> Self {
        Self(Box::new(Inner { kind, request, body: ErrorBody::default(), source: None }))
    }

    pub(crate) fn transport(error: TransportError, request: Summary) -> Self {
        Self::new(ErrorKind::Transport(error.kind()), request).because(error)
    }

    pub(crate) fn refused(status: StatusCode, body: ErrorBody, request: Summary) -> Self {
        let mut error = Self::new(ErrorKind::Refused(status), request);
        error.0.body = body;
        error
    }

    pub(crate) fn because(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// What kind of failure it is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The method of the request.
    #[must_use]
    pub fn method(&self) -> &Method {
        &self.0.request.method
    }

    /// The path of the request, as it was made to the registry. Where it was led to from there is not told.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.0.request.path
    }

    /// Who gave the answer, or did not.
    #[must_use]
    pub fn party(&self) -> Party {
        self.0.request.party
    }

    /// The status, when it was the answer's status that says no.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        if let ErrorKind::Refused(status) = self.0.kind { Some(status) } else { None }
    }

    /// What the registry said about it, possibly nothing.
    #[must_use]
    pub fn body(&self) -> &ErrorBody {
        &self.0.body
    }

    /// The same as the error of an operation on a registry.
    pub(crate) fn during(self, operation: Operation) -> RegistryError {
        RegistryError::new(self.code(operation), operation).because(self)
    }

    fn code(&self, operation: Operation) -> ErrorCode {
        match self.0.kind {
            ErrorKind::Transport(_) => ErrorCode::UNAVAILABLE,
            ErrorKind::Refused(status) => self.refusal_code(status, operation),
            // What a token service sends is no content: its size and its length concern the token.
            ErrorKind::Peer(Fault::TooLarge | Fault::WrongLength) if self.party() == Party::TokenService => {
                ErrorCode::UNAUTHORIZED
            }
            ErrorKind::Peer(fault) => fault.code(operation),
            ErrorKind::Credentials => ErrorCode::UNAUTHORIZED,
            ErrorKind::Request => ErrorCode::UNSUPPORTED,
        }
    }

    /// The registry's own word where it has one. Some have words of their own for what is missing, or say nothing at
    /// all, and then it is the status that counts.
    fn refusal_code(&self, status: StatusCode, operation: Operation) -> ErrorCode {
        match (self.party(), self.0.body.errors.first()) {
            (Party::Registry, Some(entry)) if status != StatusCode::NOT_FOUND && entry.code != ErrorCode::UNKNOWN => {
                entry.code.clone()
            }
            (Party::Registry, Some(entry)) if MISSING.contains(&entry.code) => entry.code.clone(),
            (Party::TokenService, _) if status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS => {
                ErrorCode::UNAUTHORIZED
            }
            _ => by_status(status, operation),
        }
    }
}

/// What can be the matter with a status of 404.
const MISSING: [ErrorCode; 8] = [
    ErrorCode::BLOB_UNKNOWN,
    ErrorCode::BLOB_UPLOAD_INVALID,
    ErrorCode::BLOB_UPLOAD_UNKNOWN,
    ErrorCode::MANIFEST_BLOB_UNKNOWN,
    ErrorCode::MANIFEST_UNKNOWN,
    ErrorCode::NAME_INVALID,
    ErrorCode::NAME_UNKNOWN,
    ErrorCode::UNSUPPORTED,
];

/// What a status means when nobody says more.
fn by_status(status: StatusCode, operation: Operation) -> ErrorCode {
    match status {
        StatusCode::UNAUTHORIZED => ErrorCode::UNAUTHORIZED,
        StatusCode::FORBIDDEN => ErrorCode::DENIED,
        StatusCode::NOT_FOUND => missing(operation),
        StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_IMPLEMENTED => ErrorCode::UNSUPPORTED,
        StatusCode::PAYLOAD_TOO_LARGE => ErrorCode::SIZE_INVALID,
        StatusCode::RANGE_NOT_SATISFIABLE => ErrorCode::RANGE_INVALID,
        StatusCode::TOO_MANY_REQUESTS => ErrorCode::TOOMANYREQUESTS,
        status if status.is_server_error() => ErrorCode::UNAVAILABLE,
        _ => ErrorCode::UNKNOWN,
    }
}

/// What is missing when nobody says what.
const fn missing(operation: Operation) -> ErrorCode {
    match operation {
        Operation::GetManifest | Operation::Resolve | Operation::DeleteManifest | Operation::DeleteTag => {
            ErrorCode::MANIFEST_UNKNOWN
        }
        Operation::GetBlob | Operation::StatBlob | Operation::DeleteBlob => ErrorCode::BLOB_UNKNOWN,
        Operation::Upload => ErrorCode::BLOB_UPLOAD_UNKNOWN,
        Operation::ListRepositories | Operation::ListReferrers => ErrorCode::UNSUPPORTED,
        _ => ErrorCode::NAME_UNKNOWN,
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { method, path, party } = self;
        match party {
            Party::Registry => write!(f, "{method} {path}"),
            Party::TokenService => f.write_str("asking for a token"),
            Party::Elsewhere => write!(f, "{method} {path}, elsewhere"),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { kind, request, body, .. } = &*self.0;
        write!(f, "{request}: {kind}")?;
        if body.errors.is_empty() { Ok(()) } else { write!(f, ": {body}") }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Transport(kind) => kind.fmt(f),
            Self::Refused(status) => write!(f, "status {}", status.as_str()),
            Self::Peer(fault) => fault.fmt(f),
            Self::Credentials => f.write_str("no usable credentials"),
            Self::Request => f.write_str("the request cannot be written"),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { kind, request, body, source } = &*self.0;
        f.debug_struct("Error")
            .field("kind", kind)
            .field("request", request)
            .field("body", body)
            .field("source", source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
