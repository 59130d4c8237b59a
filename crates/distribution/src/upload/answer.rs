//! What an upload is told.

use std::time::Duration;

use http::header::CONTENT_LENGTH;
use http::{HeaderMap, HeaderName, StatusCode};
use url::Url;
use wharf_spec::Digest;

use super::fault::{Failure, Fault, Reason};
use crate::field::HeaderErrorKind;
use crate::{RetryAfter, field, header};

/// The head of an answer, and where it came from. What it says is judged by who asked.
///
/// ```
/// use http::{HeaderMap, StatusCode};
/// use url::Url;
/// use wharf_distribution::upload::Answer;
///
/// let url = Url::parse("https://registry.example.com/v2/a/blobs/uploads/").unwrap();
/// let headers = HeaderMap::new();
/// let mut answer = Answer::new(StatusCode::UNAUTHORIZED, &headers, &url);
/// answer.may_renew = true; // because there is a token service to ask
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Answer<'a> {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// The address that answered, after redirects.
    pub url: &'a Url,
    /// Another host than the registry answered, or was on the way.
    pub is_foreign: bool,
    /// How long the peer wants to be left alone, if it said so.
    pub wait: Option<Duration>,
    /// Whoever carries the requests can get another authorization than the one that was sent.
    pub may_renew: bool,
}

impl<'a> Answer<'a> {
    /// An answer of the registry itself, to a request whose authorization is all that there is. How long it wants to be
    /// left alone is read from its headers.
    #[must_use]
    pub fn new(status: StatusCode, headers: &'a HeaderMap, url: &'a Url) -> Self {
        let wait = RetryAfter::read(headers, || None);
        Self { status, headers, url, is_foreign: false, wait, may_renew: false }
    }

    /// The value of a header.
    pub(super) fn text(&self, name: &HeaderName) -> Result<Option<&'a str>, Fault> {
        field::one(self.headers, name).map_err(|error| Fault::Header(error.kind()))
    }

    /// Fails when the registry stored something under another name.
    pub(super) fn is_about(&self, digest: &Digest) -> Result<(), Fault> {
        match field::denies(self.headers, digest).map_err(|error| error.kind()) {
            Ok(false) => Ok(()),
            Ok(true) => Err(Fault::WrongDigest),
            Err(HeaderErrorKind::Malformed) => Err(Fault::Digest),
            Err(kind) => Err(Fault::Header(kind)),
        }
    }

    /// Whether it says, as the answer to a `HEAD`, that a blob is there. A server that says yes to everything says that
    /// it has something of another size, if that is known.
    pub(super) fn has(&self, digest: &Digest, size: Option<u64>) -> bool {
        let length = self.text(&CONTENT_LENGTH).ok().flatten().and_then(header::number);
        let is_it = length.is_some_and(|length| size.is_none_or(|size| length == size));
        self.status == StatusCode::OK && is_it && self.is_about(digest).is_ok()
    }

    /// What it says when it is none of the answers that were hoped for.
    pub(super) fn refusal(&self) -> Reason {
        match self.status {
            status if status.is_success() || status.is_informational() => Reason::Fault(Fault::Status),
            status if status.is_redirection() => Reason::Fault(Fault::Redirected),
            status => Reason::Refused(status),
        }
    }

    /// Whether a registry that says so has done nothing: there is too much at once, or it comes back later.
    pub(super) fn is_put_off(&self) -> bool {
        self.status == StatusCode::TOO_MANY_REQUESTS
            || self.status == StatusCode::SERVICE_UNAVAILABLE && self.wait.is_some()
    }
}

/// What became of the last step.
#[derive(Clone, Debug)]
#[allow(clippy::exhaustive_enums, reason = "a request is answered or not, and a pause ends")]
pub enum Event<'a> {
    /// The request was answered.
    Answer(Answer<'a>),
    /// The request was not answered.
    Failed(Failure),
    /// The source had ended before the bytes that were to be sent.
    Ended,
    /// The pause is over.
    Waited,
}

/// What of the source can be sent: the bytes from `first` up to `end`, which have been taken from it already and are at
/// hand, and those that come after `end`, in order.
///
/// A source that can be read anywhere has everything at hand: `first` is 0, and `end` is how far it was ever read for a
/// request. More than that no registry can have.
///
/// ```
/// use wharf_distribution::upload::Window;
///
/// let window = Window { first: 100, end: 200, is_all: false };
/// assert!(window.reaches(100) && window.reaches(200));
/// assert!(!window.reaches(99) && !window.reaches(201));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "who drives an upload makes these, and there is nothing more to say")]
pub struct Window {
    /// The first byte that can be sent again.
    pub first: u64,
    /// How many bytes were taken from the source.
    pub end: u64,
    /// The source is known to have no more. It must be known once a request has sent the rest of it.
    pub is_all: bool,
}

impl Window {
    /// Whether all bytes from there on can be sent.
    #[must_use]
    pub const fn reaches(self, from: u64) -> bool {
        self.first <= from && from <= self.end
    }
}
