//! What goes wrong with an upload, and whose fault it is.

use std::error::Error;
use std::fmt;

use http::StatusCode;

use crate::field::HeaderErrorKind;
use crate::{UrlFault, may_pass};

/// What a registry did wrong.
///
/// ```
/// use wharf_distribution::{UrlFault, upload::Fault};
///
/// assert_eq!(Fault::Location(UrlFault::Insecure).to_string(), "the location is unusable: it is not secure");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// A success that the request cannot have.
    Status,
    /// A redirect of a request that is not followed anywhere.
    Redirected,
    /// A header that cannot be read.
    Header(HeaderErrorKind),
    /// A `Location` that cannot be used.
    Location(UrlFault),
    /// A `Range` that does not say what was sent.
    Range,
    /// A `Docker-Content-Digest` that is none.
    Digest,
    /// What was stored has another digest than what was sent.
    WrongDigest,
}

/// How a request ended without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Failure {
    /// Nothing of it got to anybody: there was no connection.
    Unsent,
    /// No answer came in time. It may have been carried out.
    Silent,
    /// The connection ended in the middle. It may have been carried out.
    Broken,
    /// It is no use to make it again: the source failed, the peer cannot be trusted, or who is asking is not let in.
    Hopeless,
}

/// Why an upload is not going on.
///
/// ```
/// use http::StatusCode;
/// use wharf_distribution::upload::Reason;
///
/// let reason = Reason::Refused(StatusCode::SERVICE_UNAVAILABLE);
/// assert!(reason.may_pass());
/// assert_eq!(reason.to_string(), "the registry answered 503");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// The registry's answer says no.
    Refused(StatusCode),
    /// The registry's answer breaks the rules.
    Fault(Fault),
    /// No answer came.
    Failed(Failure),
    /// The root that was given for the registry is none that requests can be made of.
    Base,
    /// What was told is not what was asked for: the caller's mistake.
    OutOfTurn,
}

impl Reason {
    /// Whether doing the same again may have another end.
    ///
    /// ```
    /// # use wharf_distribution::upload::{Failure, Reason};
    /// assert!(Reason::Failed(Failure::Broken).may_pass() && !Reason::Failed(Failure::Hopeless).may_pass());
    /// ```
    #[must_use]
    pub fn may_pass(self) -> bool {
        match self {
            Self::Refused(status) => may_pass(status),
            Self::Failed(failure) => failure != Failure::Hopeless,
            _ => false,
        }
    }

    /// Whether the request may have been carried out nevertheless.
    ///
    /// ```
    /// # use wharf_distribution::upload::{Failure, Reason};
    /// assert!(Reason::Failed(Failure::Silent).leaves_open() && !Reason::Failed(Failure::Unsent).leaves_open());
    /// ```
    #[must_use]
    pub fn leaves_open(self) -> bool {
        match self {
            Self::Refused(status) => status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT,
            Self::Failed(failure) => matches!(failure, Failure::Silent | Failure::Broken),
            _ => false,
        }
    }

    /// Whether nobody is there who could be told anything more.
    pub(super) const fn is_silence(self) -> bool {
        matches!(self, Self::Failed(Failure::Silent | Failure::Unsent))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status => f.write_str("unexpected status"),
            Self::Redirected => f.write_str("unexpected redirect"),
            Self::Header(kind) => write!(f, "a header {kind}"),
            Self::Location(fault) => write!(f, "the location is unusable: {fault}"),
            Self::Range => f.write_str("the upload does not hold what was sent"),
            Self::Digest => f.write_str("the header with the digest holds none"),
            Self::WrongDigest => f.write_str("what was stored has another digest than it should"),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unsent => "nothing could be sent",
            Self::Silent => "no answer came in time",
            Self::Broken => "the connection broke off",
            Self::Hopeless => "the request failed for good",
        })
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(status) => write!(f, "the registry answered {}", status.as_str()),
            Self::Fault(fault) => fault.fmt(f),
            Self::Failed(failure) => failure.fmt(f),
            Self::Base => f.write_str("the registry's root is not one"),
            Self::OutOfTurn => f.write_str("the upload was told of something that it did not ask for"),
        }
    }
}

impl Error for Fault {}
impl Error for Failure {}
impl Error for Reason {}
