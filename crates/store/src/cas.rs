//! What a back end for content implements. It keeps bytes under digests and knows nothing of repositories: who may see
//! what is decided above it, by [`Refs`](crate::Refs).

use std::time::SystemTime;

use async_trait::async_trait;
use bytes::Bytes;
use wharf_registry::{Algorithm, Blob, ByteStream, Descriptor, Digest, MediaType};

use crate::{Error, OpenSessions, Session, SessionName};

/// Content by digest, without names: bytes go in through an [`Ingest`] and are visible only once verified.
///
/// # Cancel safety
/// Dropping the future of any method here leaves content as it was or as it was to be.
///
/// A [`Store`](crate::Store) calls in this order: to write, [`ingest`](Self::ingest), [`Ingest::write`] as often as
/// there are bytes, [`Ingest::commit`]; to read, [`read`](Self::read), or [`stat`](Self::stat), then [`open`](Self::open)
/// of a range within that size. It never calls [`delete`](Self::delete).
///
/// A back end whose content is collected also implements [`CollectCas`](crate::collect::CollectCas): what it has condemned
/// is there all the same, and comes back when it is asked for or committed again.
///
/// For an upload session it calls [`expire`](Self::expire) and [`begin`](Self::begin), or [`resume`](Self::resume);
/// [`Ingest::write`] as often as there are bytes, then [`Session::keep`], and that any number of times; in the end
/// [`Ingest::commit`] or [`Session::cancel`], or it drops the session and resumes it later.
///
/// ```
/// use wharf_registry::{Algorithm, Digest};
/// use wharf_store::memory::Blobs;
/// use wharf_store::{Cas, Ingest};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let (blobs, digest) = (Blobs::default(), Digest::of(b"hello"));
/// let mut ingest = blobs.ingest(Algorithm::SHA256).await.unwrap();
/// ingest.write(vec!["hel".into(), "lo".into()]).await.unwrap();
/// assert_eq!(ingest.offset(), 5);
/// assert_eq!(blobs.stat(&digest).await.unwrap(), None, "nobody sees what is being written");
///
/// assert_eq!(ingest.commit(&digest).await.unwrap(), 5);
/// assert_eq!(blobs.stat(&digest).await.unwrap(), Some(5));
/// # });
/// ```
#[async_trait]
pub trait Cas: Send + Sync + 'static {
    /// Content that is being written.
    type Ingest: Ingest;
    /// Content that is being written to an upload session.
    type Session: Session;

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

    /// All of the content, if it is there, as a blob of bytes; what it is beside that, nobody here knows. The blob
    /// verifies itself, or was verified before.
    ///
    /// This one asks for the size and opens the content. A back end that does both in one step has a faster one, and one
    /// that verified the bytes and knows that they are the same has no need to hash them again ([`Blob::verified`]).
    ///
    /// # Errors
    /// When the storage does not answer; also in the blob.
    async fn read(&self, digest: &Digest) -> Result<Option<Blob>, Error> {
        let Some(size) = self.stat(digest).await? else { return Ok(None) };
        let stream = self.open(digest, 0, size).await?;
        Ok(stream.map(|stream| Blob::new(Descriptor::new(MediaType::OCTET_STREAM, digest.clone(), size), stream)))
    }

    /// Begins to write content, which will probably be named by a digest of `algorithm`.
    ///
    /// The algorithm is what a digest will most likely have, so that it can be computed on the way. Another one may be
    /// named at the end, and must then be computed from what was written.
    ///
    /// # Errors
    /// When the storage does not take it; [`Error::Unsupported`].
    async fn ingest(&self, algorithm: Algorithm<'_>) -> Result<Self::Ingest, Error>;

    /// Begins an upload session of this name, which nobody has used, and notes that it was written to `now`. The algorithm
    /// is a guess as in [`ingest`](Self::ingest).
    ///
    /// # Errors
    /// When the storage does not take it; [`Error::Unsupported`].
    ///
    /// # Cancel safety
    /// The session may have begun.
    async fn begin(
        &self,
        name: &SessionName,
        algorithm: Algorithm<'_>,
        now: SystemTime,
    ) -> Result<Self::Session, Error>;

    /// Takes up an upload session that nobody holds, where it was left; that its content will be named by a digest of the
    /// algorithm that was guessed need not be remembered. This is no use of the session that [`expire`](Self::expire)
    /// would count.
    ///
    /// # Errors
    /// [`Error::NoSession`] when there is none of this name, [`Error::Held`] when somebody else holds it.
    ///
    /// # Cancel safety
    /// Leaves the session as it is.
    async fn resume(&self, name: &SessionName) -> Result<Self::Session, Error>;

    /// Ends the upload sessions that nobody holds and that were last written to before a time, and says how many are left, in
    /// all and of the repository that `beside` is a session of. Others may begin meanwhile.
    ///
    /// # Errors
    /// When the storage does not answer; one session that cannot be removed is not an error, and is left.
    ///
    /// # Cancel safety
    /// Some may have ended.
    async fn expire(&self, before: SystemTime, beside: &SessionName) -> Result<OpenSessions, Error>;

    /// Removes content at once, condemned or not, and says whether it was there. Nobody is asked who needs it: what
    /// collects beside pushes is [`collect`](crate::collect).
    ///
    /// # Errors
    /// When the storage does not answer.
    async fn delete(&self, digest: &Digest) -> Result<bool, Error>;
}

/// Content that is being written and that nobody can see yet. Dropping it forgets it, unless it is a [`Session`].
///
/// Any number of them may be written at the same time, also for the same content; all of them succeed, and it is the same
/// which one's bytes are kept.
#[async_trait]
pub trait Ingest: Send + 'static {
    /// How many bytes have been written.
    fn offset(&self) -> u64;

    /// Appends the pieces in order, each touched once.
    ///
    /// # Errors
    /// When the storage does not take them; what it holds is then unknown and must be dropped.
    async fn write(&mut self, pieces: Vec<Bytes>) -> Result<(), Error>;

    /// Makes the content visible under `digest`, durably, and returns its size. Content that is there already is kept if it
    /// is right. What has gone bad is replaced in one step: a [`Store`](crate::Store) writes content that is there only when
    /// it could not read it as what it should be, and that is how it heals.
    ///
    /// # Errors
    /// [`Error::Mismatch`] when it has another digest, [`Error::Unsupported`] when that cannot be known.
    ///
    /// # Cancel safety
    /// The content is visible or not, and whole if it is.
    ///
    /// ```
    /// use wharf_registry::{Algorithm, Digest};
    /// use wharf_store::memory::Blobs;
    /// use wharf_store::{Cas, Error, Ingest};
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let mut ingest = Blobs::default().ingest(Algorithm::SHA256).await.unwrap();
    /// ingest.write(vec!["hello".into()]).await.unwrap();
    /// let refused = ingest.commit(&Digest::of(b"something else")).await;
    /// assert!(matches!(refused, Err(Error::Mismatch(_))));
    /// # });
    /// ```
    async fn commit(self, digest: &Digest) -> Result<u64, Error>;
}
