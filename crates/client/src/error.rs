//! What went wrong on the wire, and how it becomes an error of the registry traits.
//!
//! The code is the registry's own where it gave one that fits the status; else it follows from the status and the
//! operation. No error holds a query, a redirect's address or a secret, so each can be logged.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use http::{Method, StatusCode};
use wharf_distribution::{ErrorBody, RateLimit};
use wharf_registry::{Error as RegistryError, ErrorCode, Operation};

use crate::{Fault, TransportError, TransportErrorKind, patience};

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
    rate_limit: Option<RateLimit>,
    retry_after: Option<Duration>,
    resumptions: u32,
}

/// What kind of failure an [`Error`] is: whose fault, and what.
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
    /// Hub's limit on pulls. [`Error::rate_limit`] has the numbers, if the registry gave them.
    RateLimited,
    /// An answer that breaks the rules or a limit.
    Peer(Fault),
    /// The manifest was stored or deleted, as the request's method tells, and the list of its subject's referrers under
    /// the fallback tag could not be brought up to date. The source is the [`Error`] that tells why. Doing the same
    /// again does no harm.
    Referrers,
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
    /// How often the request was made.
    pub(crate) attempts: u32,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, request: Summary) -> Self {
        Self(Box::new(Inner {
            kind,
            request,
            body: ErrorBody::default(),
            source: None,
            rate_limit: None,
            retry_after: None,
            resumptions: 0,
        }))
    }

    pub(crate) fn transport(error: TransportError, request: Summary) -> Self {
        Self::new(ErrorKind::Transport(error.kind()), request).because(error)
    }

    pub(crate) fn refused(kind: ErrorKind, body: ErrorBody, request: Summary) -> Self {
        let mut error = Self::new(kind, request);
        error.0.body = body;
        error
    }

    /// The same for a request with another path, to which the same answer was the last word.
    pub(crate) fn shared(&self, path: &str) -> Self {
        let request = Summary { path: path.to_owned(), ..self.0.request.clone() };
        Self::refused(self.0.kind, self.0.body.clone(), request).until(self.0.rate_limit, self.0.retry_after)
    }

    /// The same with what the answer's headers say of when to come back.
    pub(crate) fn until(mut self, rate_limit: Option<RateLimit>, retry_after: Option<Duration>) -> Self {
        (self.0.rate_limit, self.0.retry_after) = (rate_limit, retry_after);
        self
    }

    /// The same of a blob that was resumed so often.
    pub(crate) fn resumed(mut self, times: u32) -> Self {
        self.0.resumptions = times;
        self
    }

    pub(crate) fn because(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// The same as what is left to tell of a request that did what it was made for.
    pub(crate) fn after(self, request: Summary) -> Self {
        Self::new(ErrorKind::Referrers, request).because(self)
    }

    /// Why the referrers could not be brought up to date.
    fn cause(&self) -> Option<&Self> {
        let source = self.0.source.as_deref().filter(|_| self.0.kind == ErrorKind::Referrers)?;
        source.downcast_ref()
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
        match self.0.kind {
            ErrorKind::Refused(status) => Some(status),
            ErrorKind::RateLimited => Some(StatusCode::TOO_MANY_REQUESTS),
            _ => None,
        }
    }

    /// How often the request was made before this came of it.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.0.request.attempts
    }

    /// How often the blob had been resumed before this came of it. One of which all bytes came and which has another
    /// digest may have been put together from parts that do not belong together; from the start it may be right.
    #[must_use]
    pub fn resumptions(&self) -> u32 {
        self.0.resumptions
    }

    /// Whether the same request may succeed if it is made again soon. It says nothing of whether doing it twice does
    /// harm.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self.0.kind {
            ErrorKind::Transport(kind) => kind.may_pass(),
            // A token service that wants to be left alone may have locked the account.
            ErrorKind::Refused(StatusCode::TOO_MANY_REQUESTS) => self.party() != Party::TokenService,
            ErrorKind::Refused(status) => patience::may_pass(status),
            ErrorKind::Peer(Fault::WrongLength) => true,
            ErrorKind::Referrers => self.cause().is_some_and(Self::is_retryable),
            _ => false,
        }
    }

    /// Whether what was asked for may have been done nevertheless.
    pub(crate) fn leaves_open(&self) -> bool {
        match self.0.kind {
            ErrorKind::Transport(kind) => matches!(kind, TransportErrorKind::Timeout | TransportErrorKind::Closed),
            ErrorKind::Refused(status) => status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT,
            _ => false,
        }
    }

    /// How long the peer wants to be left alone, if it said so. It can be any time at all.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// How many requests the registry allows and how many are left, if the answer that refused this one told.
    #[must_use]
    pub fn rate_limit(&self) -> Option<RateLimit> {
        self.0.rate_limit
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
            ErrorKind::RateLimited => ErrorCode::TOOMANYREQUESTS,
            // What a token service sends is no content: its size and its length concern the token.
            ErrorKind::Peer(Fault::TooLarge | Fault::WrongLength) if self.party() == Party::TokenService => {
                ErrorCode::UNAUTHORIZED
            }
            ErrorKind::Peer(fault) => fault.code(operation),
            // What the list lacks is not what the manifest lacks: only who is asking, and how often, is the same.
            ErrorKind::Referrers => self
                .cause()
                .map(|cause| cause.code(operation))
                .filter(|code| PERSONAL.contains(code))
                .unwrap_or(ErrorCode::UNAVAILABLE),
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

/// The codes that are about who is asking, or how often, and not about what is asked for.
const PERSONAL: [ErrorCode; 3] = [ErrorCode::UNAUTHORIZED, ErrorCode::DENIED, ErrorCode::TOOMANYREQUESTS];

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
        let Self { method, path, party, .. } = self;
        match party {
            Party::Registry => write!(f, "{method} {path}"),
            Party::TokenService => f.write_str("asking for a token"),
            Party::Elsewhere => write!(f, "{method} {path}, elsewhere"),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { kind, request, body, rate_limit, resumptions, .. } = &*self.0;
        write!(f, "{request}: {kind}")?;
        if request.attempts > 1 {
            write!(f, " after {} attempts", request.attempts)?;
        }
        match resumptions {
            0 => {}
            1 => f.write_str(" after one resumption")?,
            times => write!(f, " after {times} resumptions")?,
        }
        if let Some(rate_limit) = rate_limit {
            write!(f, " ({rate_limit})")?;
        }
        if body.errors.is_empty() { Ok(()) } else { write!(f, ": {body}") }
    }
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

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { kind, request, body, source, rate_limit, retry_after, resumptions } = &*self.0;
        f.debug_struct("Error")
            .field("kind", kind)
            .field("request", request)
            .field("body", body)
            .field("source", source)
            .field("rate_limit", rate_limit)
            .field("retry_after", retry_after)
            .field("resumptions", resumptions)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
