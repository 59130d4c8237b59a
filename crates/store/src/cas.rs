use async_trait::async_trait;
use bytes::Bytes;
use wharf_registry::{Algorithm, ByteStream, Digest};

use crate::Error;

/// Content by digest, without names: bytes go in through an [`Ingest`] and are visible only once verified.
///
/// # Cancel safety
/// Dropping the future of any method here leaves content as it was or as it was to be.
#[async_trait]
pub trait Cas: Send + Sync + 'static {
    /// Content that is being written.
    type Ingest: Ingest;

    /// The size of the content in bytes, if it is there.
    ///
    /// # Errors
    /// When the storage does not answer.
    async fn stat(&self, digest: &Digest) -> Result<Option<u64>, Error>;

    /// `length` bytes of the content from `offset`, if it is there. They are not verified here: whoever passes them on
    /// as a whole does that. The range lies within the content.
    ///
    /// # Errors
    /// When the storage does not answer; also in the stream.
    async fn open(&self, digest: &Digest, offset: u64, length: u64) -> Result<Option<ByteStream>, Error>;

    /// Begins to write content, which will probably be named by a digest of `algorithm`.
    ///
    /// # Errors
    /// When the storage does not take it; [`Error::Unsupported`].
    async fn ingest(&self, algorithm: Algorithm<'_>) -> Result<Self::Ingest, Error>;

    /// Removes content, and says whether it was there.
    ///
    /// # Errors
    /// When the storage does not answer.
    async fn delete(&self, digest: &Digest) -> Result<bool, Error>;
}

/// Content that is being written and that nobody can see yet. Dropping it forgets it.
#[async_trait]
pub trait Ingest: Send + 'static {
    /// How many bytes have been written.
    fn offset(&self) -> u64;

    /// Appends the pieces in order, each touched once.
    ///
    /// # Errors
    /// When the storage does not take them; what it holds is then unknown and must be dropped.
    async fn write(&mut self, pieces: Vec<Bytes>) -> Result<(), Error>;

    /// Makes the content visible under `digest`, durably, and returns its size. Content that is there already is kept.
    ///
    /// # Errors
    /// [`Error::Mismatch`] when it has another digest, [`Error::Unsupported`] when that cannot be known.
    async fn commit(self, digest: &Digest) -> Result<u64, Error>;
}
