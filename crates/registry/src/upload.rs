use async_trait::async_trait;
use wharf_spec::{Descriptor, Digest, UploadId};

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
