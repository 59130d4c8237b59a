//! What peers do wrong, each with a name. A fault is never the caller's.

use std::fmt;

use wharf_distribution::field::HeaderErrorKind;
use wharf_distribution::{referrers, upload};
use wharf_registry::{ErrorCode, Operation};

use crate::UrlFault;

/// What a peer did wrong. Details, where there are some, are in the error's source.
///
/// Each becomes the nearest [`ErrorCode`] of the operation that met it: what has another digest is `DIGEST_INVALID`,
/// what has another length `SIZE_INVALID`, what concerns tokens `UNAUTHORIZED`, and most others are `UNAVAILABLE`.
///
/// ```
/// use wharf_client::{Fault, UrlFault};
///
/// assert_eq!(Fault::WrongDigest.to_string(), "the content has another digest than it should");
/// let fault = Fault::Redirect(UrlFault::Insecure);
/// assert_eq!(fault.to_string(), "the redirect is unusable: it is not secure");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// A status that the request cannot have.
    Status,
    /// The value of a header that is read here is not ASCII text, or is longer than 8 KiB.
    Header,
    /// More bytes of headers than allowed.
    Headers,
    /// A header that must have one value has two.
    DuplicateHeader,
    /// A redirect that cannot be followed.
    Redirect(UrlFault),
    /// A redirect of a request that is not followed anywhere.
    Redirected,
    /// More redirects than allowed.
    TooManyRedirects,
    /// A `Location` of an upload that cannot be used.
    Location(UrlFault),
    /// A link to the next page that cannot be used.
    Link(UrlFault),
    /// A page that leads to one that was read already.
    LinkLoop,
    /// More pages, or entries on them, than allowed.
    TooManyPages,
    /// A list that cannot be read.
    List,
    /// A realm that no token may be asked for at.
    Realm(UrlFault),
    /// A token that cannot be read.
    Token,
    /// A body, or what it claims to be, that is larger than allowed.
    TooLarge,
    /// No `Content-Length`, or none that is a number.
    Length,
    /// A body of another length than its `Content-Length`.
    WrongLength,
    /// A content coding that nobody asked for.
    ContentEncoding,
    /// A manifest that neither its `Content-Type` nor itself says the kind of.
    MediaType,
    /// A `Docker-Content-Digest` that is no digest.
    Digest,
    /// Content, or what was stored, that has another digest than it should, or is said to have it.
    WrongDigest,
    /// A range that is not the one that was asked for.
    ContentRange,
    /// Several ranges, although one was asked for (`multipart/byteranges`).
    Multipart,
    /// The rest of a blob that broke off is one of other content: the size or the entity tag is another than before.
    Changed,
    /// An upload that holds other bytes than those sent.
    UploadRange,
    /// A tag that was not set, although the answer is a success.
    TagNotSet,
    /// Something under a fallback tag for referrers that is not a list of them. It is not written over.
    FallbackTag,
}

impl Fault {
    /// The nearest code of the distribution-spec.
    pub(crate) const fn code(self, operation: Operation) -> ErrorCode {
        match self {
            Self::TooLarge if matches!(operation, Operation::GetManifest | Operation::Resolve) => {
                ErrorCode::MANIFEST_INVALID
            }
            Self::WrongDigest | Self::Digest => ErrorCode::DIGEST_INVALID,
            Self::TooLarge | Self::WrongLength => ErrorCode::SIZE_INVALID,
            Self::MediaType => ErrorCode::MANIFEST_INVALID,
            Self::ContentRange | Self::Multipart | Self::UploadRange => ErrorCode::RANGE_INVALID,
            Self::Realm(_) | Self::Token => ErrorCode::UNAUTHORIZED,
            Self::TagNotSet => ErrorCode::UNSUPPORTED,
            _ => ErrorCode::UNAVAILABLE,
        }
    }
}

impl From<HeaderErrorKind> for Fault {
    fn from(kind: HeaderErrorKind) -> Self {
        match kind {
            HeaderErrorKind::Contradiction => Self::DuplicateHeader,
            _ => Self::Header,
        }
    }
}

impl From<upload::Fault> for Fault {
    fn from(fault: upload::Fault) -> Self {
        match fault {
            upload::Fault::Redirected => Self::Redirected,
            upload::Fault::Header(kind) => kind.into(),
            upload::Fault::Location(fault) => Self::Location(fault),
            upload::Fault::Range => Self::UploadRange,
            upload::Fault::Digest => Self::Digest,
            upload::Fault::WrongDigest => Self::WrongDigest,
            _ => Self::Status,
        }
    }
}

impl From<referrers::Fault> for Fault {
    fn from(fault: referrers::Fault) -> Self {
        match fault {
            referrers::Fault::Header(kind) => kind.into(),
            referrers::Fault::Coding => Self::ContentEncoding,
            referrers::Fault::Digest => Self::Digest,
            referrers::Fault::Content(_) | referrers::Fault::WrongDigest => Self::WrongDigest,
            _ => Self::FallbackTag,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())?;
        match self {
            Self::Redirect(url) | Self::Location(url) | Self::Link(url) | Self::Realm(url) => write!(f, ": {url}"),
            _ => Ok(()),
        }
    }
}

impl Fault {
    const fn text(self) -> &'static str {
        match self {
            Self::Status => "unexpected status",
            Self::Header => "a header cannot be read",
            Self::Headers => "the headers are too large",
            Self::DuplicateHeader => "a header contradicts itself",
            Self::Redirect(_) => "the redirect is unusable",
            Self::Redirected => "unexpected redirect",
            Self::TooManyRedirects => "too many redirects",
            Self::Location(_) => "the location of the upload is unusable",
            Self::Link(_) => "the link to the next page is unusable",
            Self::LinkLoop => "the pages of the list lead in a circle",
            Self::TooManyPages => "the list is too long",
            Self::List => "the list cannot be read",
            Self::Realm(_) => "the realm of the token service is unusable",
            Self::Token => "the token cannot be used",
            Self::TooLarge => "the body is too large",
            Self::Length => "the length of the body is missing",
            Self::WrongLength => "the body has another length than said",
            Self::ContentEncoding => "the body is encoded in a way that was not asked for",
            Self::MediaType => "the manifest's kind is unknown",
            Self::Digest => "the header with the digest holds none",
            Self::WrongDigest => "the content has another digest than it should",
            Self::ContentRange => "the range is not the one asked for",
            Self::Multipart => "several ranges came although one was asked for",
            Self::Changed => "the content is not the one that began",
            Self::UploadRange => "the upload does not hold what was sent",
            Self::TagNotSet => "the tag was not set",
            Self::FallbackTag => "the fallback tag for referrers is taken by something else",
        }
    }
}
