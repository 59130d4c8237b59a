//! What an upload wants to have done.

use http::header::{CONTENT_RANGE, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method};
use url::Url;
use wharf_reference::Repository;

use super::fault::Reason;
use crate::Pause;
use crate::header::UploadRange;

/// What is to be done next.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "who drives an upload must do each of these, and there are no others")]
pub enum Step<T> {
    /// Make this request, and tell what became of it.
    Send(Box<Request>),
    /// Wait, and tell when that is over.
    Wait(Wait),
    /// It is done, with this result.
    Done(T),
    /// It is over, and this is why.
    GiveUp(Reason),
}

/// A pause before something is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Wait {
    /// How long.
    pub pause: Pause,
    /// How many failures there have been in a row.
    pub failures: u32,
    /// Why.
    pub reason: Reason,
}

/// A request as data: it has a `Content-Length` wherever its content has one, authorization unless it
/// [is foreign](Self::is_foreign), and what else its carrier always sends.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Request {
    /// What it is for.
    pub action: Action,
    /// Where it goes. It may hold a secret, so it is not for logs.
    pub url: Url,
    /// What it carries.
    pub content: Content,
    /// Where the content belongs, for a registry that wants to know.
    pub place: Option<UploadRange>,
    /// The address, or one that led to it, is not the registry's: no authorization goes there.
    pub is_foreign: bool,
    /// Which attempt it is of what is to be done, the first being 1, since something got through.
    pub attempt: u32,
    /// It is made to find out about, or to make good, a request that failed: when it fails too, the error to tell is
    /// the one before.
    pub is_aside: bool,
}

/// What a request is for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// Is the blob there already?
    Check,
    /// The blob of another repository, or of whichever has it, becomes visible in this one.
    Mount(Option<Repository>),
    /// Opens a session.
    Open,
    /// Sends all of a blob.
    Whole,
    /// Sends a part of it.
    Part,
    /// Sends what the source still has, however much that is.
    Append,
    /// How much does the session hold?
    Status,
    /// Ends the session under a digest.
    Finish,
    /// Was the blob stored all the same?
    Confirm,
    /// Ends the session without a blob.
    Cancel,
}

/// Which bytes of the source a request carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "who drives an upload must send each of these, and there are no others")]
pub enum Content {
    /// None.
    Nothing,
    /// Those from `from` up to `to`.
    Between {
        /// The first.
        from: u64,
        /// The one after the last.
        to: u64,
    },
    /// Those from `from` to the end of the source, wherever that is.
    Rest {
        /// The first.
        from: u64,
    },
}

impl Request {
    pub(super) const fn new(action: Action, url: Url, is_foreign: bool) -> Self {
        Self { action, url, content: Content::Nothing, place: None, is_foreign, attempt: 1, is_aside: false }
    }

    /// The same with content.
    pub(super) fn with(mut self, content: Content) -> Self {
        self.content = content;
        self
    }

    /// The same with content that says where it belongs.
    pub(super) fn placed(mut self, from: u64, to: u64) -> Self {
        self.place = Some(UploadRange { first: from, last: to.saturating_sub(1) });
        self.with(Content::Between { from, to })
    }

    /// The same to find out about another.
    pub(super) fn aside(mut self) -> Self {
        self.is_aside = true;
        self
    }

    /// Its method.
    #[must_use]
    pub const fn method(&self) -> Method {
        match self.action {
            Action::Check | Action::Confirm => Method::HEAD,
            Action::Mount(_) | Action::Open => Method::POST,
            Action::Whole | Action::Finish => Method::PUT,
            Action::Part | Action::Append => Method::PATCH,
            Action::Status => Method::GET,
            Action::Cancel => Method::DELETE,
        }
    }

    /// The headers that belong to what it does.
    #[must_use]
    pub fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if matches!(self.action, Action::Whole | Action::Finish | Action::Part | Action::Append) {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
        }
        let place = self.place.and_then(|place| HeaderValue::try_from(place.to_string()).ok());
        headers.extend(place.map(|place| (CONTENT_RANGE, place)));
        headers
    }

    /// Whether its carrier may make it again by itself, when it failed in a way that may pass: it does no more then than
    /// the first time. All others the upload repeats, where that helps.
    #[must_use]
    pub const fn may_repeat(&self) -> bool {
        match self.action {
            Action::Check | Action::Confirm => true,
            Action::Status | Action::Cancel => !self.is_aside,
            _ => false,
        }
    }

    /// Whether it is made to the session, at an address that the registry chose.
    #[must_use]
    pub const fn is_of_session(&self) -> bool {
        !matches!(self.action, Action::Check | Action::Confirm | Action::Mount(_) | Action::Open)
    }
}

impl<T> Step<T> {
    pub(super) fn send(request: Request) -> Self {
        Self::Send(Box::new(request))
    }
}

/// How much is sent at a time. The numbers that are not told by the registry are bytes, and for the caller to choose.
///
/// ```
/// use wharf_distribution::upload::Sizes;
///
/// let sizes = Sizes::default();
/// assert_eq!((sizes.part, sizes.least, sizes.most), (4 << 20, 256 << 10, 32 << 20));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sizes {
    /// The length of the first part that is tried: 4 MiB, which is all that some registries take.
    pub part: u64,
    /// The shortest part that is tried before a registry counts as one that takes nothing: 256 KiB.
    pub least: u64,
    /// The longest part that a registry can demand: 32 MiB. A part is in memory while it is sent.
    pub most: u64,
    /// The length that got through to this registry before, once something longer did not. See
    /// [`BlobUpload::learnt`](super::BlobUpload::learnt).
    pub known: Option<u64>,
}

impl Default for Sizes {
    fn default() -> Self {
        Self { part: 4 << 20, least: 256 << 10, most: 32 << 20, known: None }
    }
}
