//! What a registry answers when it has done what was asked, without the body: one type for each kind of head, and
//! [`Success`] for all of them, which knows what each request is answered with.
//!
//! A registry writes what the specification has, and a client reads what registries send:
//!
//! * a header that is not needed and cannot be read is as good as missing;
//! * one that is needed, or that says how long or what the content is or that a list goes on, is a [`HeaderError`] when it
//!   cannot be read;
//! * statuses that registries answer with in place of the right one are taken for it, but a 200 is never taken for a blob
//!   that was stored or a session that was opened: there are servers that answer so to everything.
//!
//! ```
//! use wharf_distribution::Endpoint;
//! use wharf_distribution::response::{Session, Success};
//! use wharf_reference::Repository;
//! use wharf_spec::UploadId;
//!
//! let repository = Repository::from_static("a");
//! let upload = UploadId::parse("x").unwrap();
//! let answer = Success::Opened(Session::new(&repository, &upload, 0));
//! let (status, headers) = answer.encode();
//! assert_eq!((status.as_u16(), &headers["location"]), (202, &"/v2/a/blobs/uploads/x".parse().unwrap()));
//!
//! let start = Endpoint::StartUpload { repository, algorithm: None };
//! assert_eq!(Success::decode(&start, status, &headers), Ok(Some(answer)));
//! ```

mod content;
mod listed;
mod session;
mod stored;

pub use content::Content;
pub use listed::Listed;
pub use session::Session;
pub use stored::Stored;

use http::header::{CONTENT_RANGE, LOCATION};
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::Endpoint;
use crate::field::{self, HeaderError, HeaderErrorKind};
use crate::header::{ContentRange, DOCKER_API_VERSION};

/// The head of an answer to a request that was carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Success {
    /// 200: this is a registry.
    Base,
    /// 200: a manifest or a blob, or what is known of it.
    Content(Content),
    /// 206: a part of a blob, and where in it that lies.
    Part(Content, ContentRange),
    /// 304: what the client has is what there is.
    Unchanged(Content),
    /// 201: a manifest or a blob was stored, or mounted.
    Stored(Stored),
    /// 202: an upload session was opened, or has taken a part.
    Opened(Session),
    /// 204: how much an upload session holds.
    Status(Session),
    /// 202: a tag, a manifest or a blob is gone.
    Deleted,
    /// 204: an upload session is gone.
    Cancelled,
    /// 200: a page of tags, repositories or referrers.
    Listed(Listed),
}

impl Success {
    /// The status, and the headers that say something. The length of a body that is sent is for who sends it.
    ///
    /// ```
    /// use wharf_distribution::response::Success;
    ///
    /// assert_eq!(Success::Deleted.encode().0, 202);
    /// ```
    #[must_use]
    pub fn encode(&self) -> (StatusCode, HeaderMap) {
        let mut headers = HeaderMap::new();
        match self {
            Self::Base => drop(headers.insert(DOCKER_API_VERSION, API_VERSION)),
            Self::Content(content) | Self::Unchanged(content) => content.write(&mut headers),
            Self::Part(content, place) => {
                content.write(&mut headers);
                field::write(&mut headers, CONTENT_RANGE, Some(place));
            }
            Self::Stored(stored) => stored.write(&mut headers),
            Self::Opened(session) | Self::Status(session) => session.write(&mut headers),
            Self::Listed(page) => page.write(&mut headers),
            Self::Deleted | Self::Cancelled => {}
        }
        (self.status(), headers)
    }

    /// The status of the specification.
    ///
    /// ```
    /// use wharf_distribution::response::{Stored, Success};
    ///
    /// assert_eq!(Success::Stored(Stored::default()).status(), 201);
    /// ```
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::Base | Self::Content(_) | Self::Listed(_) => StatusCode::OK,
            Self::Part(..) => StatusCode::PARTIAL_CONTENT,
            Self::Unchanged(_) => StatusCode::NOT_MODIFIED,
            Self::Stored(_) => StatusCode::CREATED,
            Self::Opened(_) | Self::Deleted => StatusCode::ACCEPTED,
            Self::Status(_) | Self::Cancelled => StatusCode::NO_CONTENT,
        }
    }

    /// Reads the head of an answer to a request; nothing when the status is none of those that a request of this kind is
    /// carried out with.
    ///
    /// A blob that was sent or is to be mounted in one request may be answered with a session (202): the registry does
    /// not do that, and the blob is to be uploaded there.
    ///
    /// # Errors
    /// [`HeaderError`] when a header that is needed is missing, or one of those that are believed cannot be read.
    ///
    /// ```
    /// use http::{HeaderMap, StatusCode};
    /// use wharf_distribution::Endpoint;
    /// use wharf_distribution::response::Success;
    /// use wharf_reference::Repository;
    ///
    /// let start = Endpoint::StartUpload { repository: Repository::from_static("a"), algorithm: None };
    /// let headers = HeaderMap::new();
    /// assert_eq!(Success::decode(&start, StatusCode::OK, &headers), Ok(None));
    /// assert!(Success::decode(&start, StatusCode::ACCEPTED, &headers).is_err(), "where is the session?");
    /// ```
    pub fn decode(endpoint: &Endpoint, status: StatusCode, headers: &HeaderMap) -> Result<Option<Self>, HeaderError> {
        let is_get = matches!(endpoint, Endpoint::GetBlob { .. });
        Ok(Some(match (Kind::of(endpoint), status.as_u16()) {
            (Kind::Base, 200) => Self::Base,
            (Kind::Content, 200) => Self::Content(Content::read(headers)?),
            (Kind::Content, 206) if is_get => Self::Part(Content::read(headers)?, place(headers)?),
            (Kind::Content, 304) => Self::Unchanged(Content::read(headers)?),
            (Kind::Manifest, 200..=204) | (Kind::Finish, 201 | 204) | (Kind::Post, 201) => {
                Self::Stored(Stored::read(headers)?)
            }
            (Kind::Post | Kind::Start, 202) => Self::Opened(opened(headers)?),
            (Kind::Append, 201 | 202 | 204) => Self::Opened(Session::read(headers)?),
            (Kind::Status, 200 | 204) => Self::Status(Session::read(headers)?),
            (Kind::Delete, 200..=204) => Self::Deleted,
            (Kind::Cancel, 200..=204) => Self::Cancelled,
            (Kind::List, 200) => Self::Listed(Listed::read(headers)?),
            _ => return Ok(None),
        }))
    }
}

/// What old Docker clients look for.
const API_VERSION: HeaderValue = HeaderValue::from_static("registry/2.0");

/// Requests that are answered alike.
enum Kind {
    Base,
    Content,
    Manifest,
    Start,
    Post,
    Append,
    Status,
    Finish,
    Delete,
    Cancel,
    List,
}

impl Kind {
    const fn of(endpoint: &Endpoint) -> Self {
        match endpoint {
            Endpoint::Base => Self::Base,
            Endpoint::GetManifest { .. }
            | Endpoint::HeadManifest { .. }
            | Endpoint::GetBlob { .. }
            | Endpoint::HeadBlob { .. } => Self::Content,
            Endpoint::PutManifest { .. } => Self::Manifest,
            Endpoint::StartUpload { .. } => Self::Start,
            Endpoint::PostBlob { .. } | Endpoint::MountBlob { .. } => Self::Post,
            Endpoint::AppendUpload { .. } => Self::Append,
            Endpoint::UploadStatus { .. } => Self::Status,
            Endpoint::FinishUpload { .. } => Self::Finish,
            Endpoint::DeleteManifest { .. } | Endpoint::DeleteBlob { .. } => Self::Delete,
            Endpoint::CancelUpload { .. } => Self::Cancel,
            Endpoint::ListTags { .. } | Endpoint::ListRepositories { .. } | Endpoint::ListReferrers { .. } => {
                Self::List
            }
        }
    }
}

/// Where a part lies, without which its bytes are nothing.
fn place(headers: &HeaderMap) -> Result<ContentRange, HeaderError> {
    let missing = HeaderErrorKind::Missing.of(CONTENT_RANGE);
    field::read(headers, &CONTENT_RANGE, ContentRange::parse)?.ok_or(missing)
}

/// A session that is new, of which only the answer says where it is.
fn opened(headers: &HeaderMap) -> Result<Session, HeaderError> {
    let session = Session::read(headers)?;
    match session.location {
        Some(_) => Ok(session),
        None => Err(HeaderErrorKind::Missing.of(LOCATION)),
    }
}
