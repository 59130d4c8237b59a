use std::error::Error as StdError;
use std::fmt;

use async_trait::async_trait;
use wharf_spec::{Descriptor, Digest};

use crate::{ByteStream, Error};

/// A resumable upload session of one repository: bytes are appended until a digest is named for all of them.
///
/// A handle holds its session alone: while it lives, [`Write::resume_upload`](crate::Write::resume_upload) with the same
/// identifier answers [`BLOB_UPLOAD_INVALID`](wharf_spec::ErrorCode::BLOB_UPLOAD_INVALID). Dropping the handle leaves
/// the session as it is, to be resumed.
#[async_trait]
pub trait Upload: Send {
    /// The session's name.
    fn id(&self) -> &UploadId;

    /// How many bytes the session holds.
    fn offset(&self) -> u64;

    /// Appends everything that `data` yields, and returns the new offset.
    ///
    /// # Errors
    /// The stream's own; what came before it stays appended, and [`offset`](Self::offset) tells how much that was.
    ///
    /// # Cancel safety
    /// Pieces taken from the stream before the future was dropped may or may not be appended; `offset` tells.
    async fn append(&mut self, data: ByteStream) -> Result<u64, Error>;

    /// Ends the session: its bytes become the blob `digest`, durably, before this returns.
    ///
    /// # Errors
    /// [`DIGEST_INVALID`](wharf_spec::ErrorCode::DIGEST_INVALID) when they are something else; the session is then gone.
    ///
    /// # Cancel safety
    /// The blob is stored whole or not at all.
    async fn commit(self: Box<Self>, digest: &Digest) -> Result<Descriptor, Error>;

    /// Ends the session and forgets its bytes.
    ///
    /// # Errors
    /// When they cannot be removed.
    async fn cancel(self: Box<Self>) -> Result<(), Error>;
}

/// The name of an upload session: 1 to 128 characters out of `[A-Za-z0-9_-]`, so that it is safe in a path.
///
/// ```
/// use wharf_registry::UploadId;
///
/// assert_eq!(UploadId::parse("5a-3F_").unwrap().as_str(), "5a-3F_");
/// assert!(UploadId::parse("../../x").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UploadId(Box<str>);

impl UploadId {
    /// Reads the name of a session.
    ///
    /// # Errors
    /// [`InvalidUploadId`] when it has other characters or another length.
    pub fn parse(text: &str) -> Result<Self, InvalidUploadId> {
        let fits = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
        if fits && (1..=128).contains(&text.len()) { Ok(Self(text.into())) } else { Err(InvalidUploadId) }
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UploadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text that cannot name an upload session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidUploadId;

impl fmt::Display for InvalidUploadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not the name of an upload session")
    }
}

impl StdError for InvalidUploadId {}
