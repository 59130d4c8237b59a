//! What went wrong on the wire, and how it becomes an error of the registry traits.
//!
//! The code is the registry's own where it gave one that fits the status; else it follows from the status and the
//! operation. No error holds a query, a redirect's address or a secret, so each can be logged.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use http::{Method, StatusCode};
use wharf_distribution::{ErrorBody, RateLimit, may_pass};
use wharf_registry::{Error as RegistryError, Host, Operation};

use crate::{Fault, TransportError};

mod code;
mod kind;
mod request;

pub use kind::ErrorKind;
pub use request::Party;
pub(crate) use request::Summary;

/// What went wrong on the wire. It is found as the source of a [`wharf_registry::Error`].
///
/// It names the request by method, host and path; queries, which can hold signatures, and secrets are in no error.
/// `Display` prints one level.
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

    /// The host that gave the answer, or did not, with its port if that is not its scheme's: the registry's, or that of
    /// [`party`](Self::party) where it led to. Nothing when no request was made, or the name is none of the grammar.
    #[must_use]
    pub fn host(&self) -> Option<&Host> {
        self.0.request.host.as_ref()
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
            ErrorKind::Refused(status) => may_pass(status),
            ErrorKind::Peer(Fault::WrongLength) => true,
            ErrorKind::Referrers => self.cause().is_some_and(Self::is_retryable),
            _ => false,
        }
    }

    /// Whether the registry does not let on if the repository is missing or not for this caller.
    ///
    /// Registries differ in what they say of a repository that the caller may not see: Docker Hub has 401 for one that
    /// does not exist, the GitHub registry refuses the token, and Harbor has 404 for one that does. So none of these
    /// proves either. The text of the error says so, too.
    ///
    /// ```
    /// /// What a person is told.
    /// fn advice(error: &wharf_client::Error) -> &'static str {
    ///     match error.is_denied_or_missing() {
    ///         true => "check the name of the repository, and who you are logged in as",
    ///         false => "see the error",
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn is_denied_or_missing(&self) -> bool {
        let hides = match self.0.kind {
            ErrorKind::Refused(StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => self.party() != Party::Elsewhere,
            ErrorKind::Refused(StatusCode::NOT_FOUND) => {
                let said = self.0.body.errors.first().map(|entry| &entry.code);
                self.party() == Party::Registry && said.is_some_and(|code| NO_REPOSITORY.contains(&code.as_str()))
            }
            _ => false,
        };
        hides && self.0.request.is_in_repository()
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
}

/// What registries say with 404 of a repository that is not there, or not for everybody.
const NO_REPOSITORY: [&str; 2] = ["NAME_UNKNOWN", "NOT_FOUND"];

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
        if !body.errors.is_empty() {
            write!(f, ": {body}")?;
        }
        match self.is_denied_or_missing() {
            true => f.write_str(" (the repository is missing, or not for this caller)"),
            false => Ok(()),
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
