//! What goes wrong with an index under a fallback tag.

use std::error::Error;
use std::fmt;

use http::StatusCode;
use wharf_spec::{DecodeError, VerifyError};

use crate::field::{HeaderError, HeaderErrorKind};
use crate::header::DOCKER_CONTENT_DIGEST;

/// What a registry did wrong.
///
/// ```
/// use wharf_distribution::referrers::Fault;
///
/// assert_eq!(Fault::NoIndex.to_string(), "the tag is taken by something else");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// A header that cannot be read.
    Header(HeaderErrorKind),
    /// A content coding that nobody asked for.
    Coding,
    /// A `Docker-Content-Digest` that is none.
    Digest,
    /// The index came here as something else than what it is said to be.
    Content(VerifyError),
    /// What was stored has another digest than what was sent.
    WrongDigest,
    /// What is under the tag is not an image index, or is the subject itself. It is not written over.
    NoIndex,
}

/// Why an index could not be brought up to date.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// The registry's answer says no. That another was faster, again and again, is a 412.
    Refused(StatusCode),
    /// The registry's answer breaks the rules.
    Fault(Fault),
    /// What would be written could not be read again: it is too large.
    Unwritable(DecodeError),
    /// What was told is not what was asked for: the caller's mistake.
    OutOfTurn,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header(kind) => write!(f, "a header {kind}"),
            Self::Coding => f.write_str("the body is encoded in a way that was not asked for"),
            Self::Digest => f.write_str("the header with the digest holds none"),
            Self::Content(_) => f.write_str("the index has another digest than it should"),
            Self::WrongDigest => f.write_str("what was stored has another digest than it should"),
            Self::NoIndex => f.write_str("the tag is taken by something else"),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(status) => write!(f, "the registry answered {}", status.as_str()),
            Self::Fault(fault) => fault.fmt(f),
            Self::Unwritable(_) => f.write_str("the index cannot be written"),
            Self::OutOfTurn => f.write_str("the update was told of something that it did not ask for"),
        }
    }
}

impl Error for Fault {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Content(error) => Some(error),
            _ => None,
        }
    }
}

impl Error for Reason {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Fault(fault) => fault.source(),
            Self::Unwritable(error) => Some(error),
            _ => None,
        }
    }
}

impl From<HeaderError> for Fault {
    fn from(error: HeaderError) -> Self {
        match error.kind() {
            HeaderErrorKind::Malformed if *error.name() == DOCKER_CONTENT_DIGEST => Self::Digest,
            kind => Self::Header(kind),
        }
    }
}
