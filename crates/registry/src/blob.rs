use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use wharf_spec::{Descriptor, Digest, ErrorCode, Limits, MediaType, Mismatch, Unsupported, Verifier};

use crate::{ByteStream, Error, Operation};

/// A blob on its way: what it is, and a stream of its bytes that is verified as it flows.
///
/// The stream ends cleanly only after exactly the descriptor's bytes have passed; before anything else it ends with an
/// error. A sink that verifies what it writes itself takes the bytes with [`into_unverified`](Self::into_unverified), so
/// that content is hashed once on its way and not twice.
///
/// ```
/// use futures_util::TryStreamExt;
/// use wharf_registry::{Blob, Digest};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let blob = Blob::from_bytes("hello");
/// assert_eq!(blob.descriptor().digest, Digest::of(b"hello"));
/// let pieces: Vec<_> = blob.try_collect().await.unwrap();
/// assert_eq!(pieces.concat(), b"hello");
/// # });
/// ```
#[must_use = "nothing has been read yet"]
pub struct Blob {
    descriptor: Descriptor,
    stream: ByteStream,
    check: Check,
    ended: bool,
    explain: Option<Explain>,
    verified: Option<Then>,
    refuted: Option<Then>,
}

type Explain = Box<dyn FnMut(Mismatch) -> Error + Send>;
type Then = Box<dyn FnOnce() + Send>;

/// What a blob's bytes are held to.
enum Check {
    /// The descriptor, as the bytes flow.
    Digest(Box<Verifier>),
    /// The descriptor's size alone, of which so much was taken: the bytes were verified before.
    Size { taken: u64 },
    /// Nothing can be known of such a digest.
    Never(Unsupported),
}

impl Blob {
    /// A blob whose bytes come from `stream`, unverified so far.
    pub fn new(descriptor: Descriptor, stream: ByteStream) -> Self {
        let check = match Verifier::new(&descriptor.digest, descriptor.size) {
            Ok(verifier) => Check::Digest(Box::new(verifier)),
            Err(unsupported) => Check::Never(unsupported),
        };
        Self::checked(descriptor, stream, check)
    }

    /// A blob whose bytes were verified before, by whoever has kept them since and knows that they have not changed.
    /// They are counted on their way and not hashed again.
    ///
    /// It is for registries that own what they read, and a promise to everybody who takes a clean end for verified
    /// bytes. Bytes of a network are never verified before they have come.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use futures_util::{TryStreamExt, stream};
    /// use wharf_registry::{Blob, Descriptor, MediaType};
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let descriptor = Descriptor::of(MediaType::OCTET_STREAM, b"hello");
    /// let kept = |bytes| Box::pin(stream::once(std::future::ready(Ok(Bytes::from_static(bytes)))));
    /// let pieces: Vec<_> = Blob::verified(descriptor.clone(), kept(b"hello")).try_collect().await.unwrap();
    /// assert_eq!(pieces.concat(), b"hello");
    ///
    /// let cut = Blob::verified(descriptor, kept(b"hell")).try_collect::<Vec<_>>().await;
    /// assert!(cut.is_err(), "they are counted all the same");
    /// # });
    /// ```
    pub fn verified(descriptor: Descriptor, stream: ByteStream) -> Self {
        Self::checked(descriptor, stream, Check::Size { taken: 0 })
    }

    fn checked(descriptor: Descriptor, stream: ByteStream, check: Check) -> Self {
        Self { descriptor, stream, check, ended: false, explain: None, verified: None, refuted: None }
    }

    /// A blob in memory, under its SHA-256 digest.
    pub fn from_bytes(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        let descriptor = Descriptor::new(MediaType::OCTET_STREAM, Digest::of(&bytes), bytes.len() as u64);
        Self::new(descriptor, Box::pin(stream::once(std::future::ready(Ok(bytes)))))
    }

    /// What the blob is said to be; its media type is whatever the registry says, which is often nothing.
    #[must_use]
    pub const fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    /// The blob's parts, for a sink that verifies what it writes against the descriptor. Only before reading.
    #[must_use]
    pub fn into_unverified(self) -> (Descriptor, ByteStream) {
        (self.descriptor, self.stream)
    }

    /// The same blob with each piece shown to `observe` as it passes, before it is verified.
    pub fn inspect(self, mut observe: impl FnMut(&Bytes) + Send + 'static) -> Self {
        let stream = self.stream.inspect(move |piece| {
            if let Ok(piece) = piece {
                observe(piece);
            }
        });
        Self { stream: Box::pin(stream), ..self }
    }

    /// The same blob, with an error made by `explain` when it turns out to have other bytes than its descriptor says.
    ///
    /// It is for who knows more of where the bytes come from than their digest. Its error should have the code
    /// [`DIGEST_INVALID`](ErrorCode::DIGEST_INVALID), or [`SIZE_INVALID`](ErrorCode::SIZE_INVALID) for another size.
    pub fn explain(self, explain: impl FnMut(Mismatch) -> Error + Send + 'static) -> Self {
        Self { explain: Some(Box::new(explain)), ..self }
    }

    /// The same blob, which calls `then` once every byte was read and is what the descriptor says, before the last piece
    /// is given.
    ///
    /// It is for who keeps a record of what was verified. Nothing is called when the blob is read
    /// [unverified](Self::into_unverified), not to its last byte, or was [verified](Self::verified) before.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicBool, Ordering};
    /// use futures_util::TryStreamExt;
    /// use wharf_registry::Blob;
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let (record, is_right) = (Arc::new(AtomicBool::new(false)), |record: &AtomicBool| record.load(Ordering::Relaxed));
    /// let kept = Arc::clone(&record);
    /// let blob = Blob::from_bytes("hello").when_verified(move || kept.store(true, Ordering::Relaxed));
    /// assert!(!is_right(&record), "nobody has read it");
    /// let pieces: Vec<_> = blob.try_collect().await.unwrap();
    /// assert!(is_right(&record));
    /// // Who holds such a record, and knows that the bytes are the same, spares the hash.
    /// let descriptor = Blob::from_bytes("hello").descriptor().clone();
    /// let again = Blob::verified(descriptor, Box::pin(futures_util::stream::iter(pieces.into_iter().map(Ok))));
    /// assert_eq!(again.try_collect::<Vec<_>>().await.unwrap().concat(), b"hello");
    /// # });
    /// ```
    pub fn when_verified(self, then: impl FnOnce() + Send + 'static) -> Self {
        Self { verified: Some(Box::new(then)), ..self }
    }

    /// The same blob, which calls `then` when its bytes turn out to be other than the descriptor says, before it ends with
    /// the error. It is for who keeps bytes and can tell others that they are no good; nothing is called when the blob is
    /// read [unverified](Self::into_unverified), or its source fails.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicBool, Ordering};
    /// use bytes::Bytes;
    /// use futures_util::{TryStreamExt, stream};
    /// use wharf_registry::{Blob, Descriptor, MediaType};
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let is_wrong = Arc::new(AtomicBool::new(false));
    /// let told = Arc::clone(&is_wrong);
    /// let short = Box::pin(stream::once(std::future::ready(Ok(Bytes::from_static(b"hell")))));
    /// let blob = Blob::new(Descriptor::of(MediaType::OCTET_STREAM, b"hello"), short);
    /// let blob = blob.when_refuted(move || told.store(true, Ordering::Relaxed));
    /// assert!(blob.try_collect::<Vec<_>>().await.is_err() && is_wrong.load(Ordering::Relaxed));
    /// # });
    /// ```
    pub fn when_refuted(self, then: impl FnOnce() + Send + 'static) -> Self {
        Self { refuted: Some(Box::new(then)), ..self }
    }

    /// The same blob, whose errors are changed.
    pub(crate) fn map_err(self, change: impl Fn(Error) -> Error + Clone + Send + 'static) -> Self {
        let stream = Box::pin(self.stream.map_err(change.clone()));
        let explain = self.explain.map(|mut explain| -> Explain { Box::new(move |found| change(explain(found))) });
        Self { stream, explain, ..self }
    }

    /// All of the blob in one piece.
    ///
    /// # Errors
    /// The stream's; or [`SIZE_INVALID`](ErrorCode::SIZE_INVALID) without reading when the descriptor promises more than
    /// [`Limits::document_bytes`].
    pub async fn into_bytes(self, limits: &Limits) -> Result<Bytes, Error> {
        let too_long = || Error::new(ErrorCode::SIZE_INVALID, Operation::GetBlob);
        match usize::try_from(self.descriptor.size) {
            Ok(size) if size <= limits.document_bytes => crate::collect(self, size, too_long).await,
            _ => Err(too_long()),
        }
    }

    /// Judges the next piece, or the end.
    fn check(&mut self, piece: Option<&Bytes>) -> Result<(), Error> {
        let error = |code| Error::new(code, Operation::GetBlob).named(&self.descriptor.digest);
        let checked = match &mut self.check {
            Check::Digest(verifier) => verify(verifier, piece),
            Check::Size { taken } => count(taken, self.descriptor.size, piece),
            Check::Never(unsupported) => {
                return Err(error(ErrorCode::DIGEST_INVALID).because(unsupported.clone()));
            }
        };
        if let Check::Digest(verifier) = &self.check
            && checked.is_ok()
            && verifier.seen() == self.descriptor.size
            && let Some(then) = self.verified.take()
        {
            then();
        }
        if checked.is_err()
            && let Some(then) = self.refuted.take()
        {
            then();
        }
        checked.map_err(|mismatch| match (&mut self.explain, mismatch) {
            (Some(explain), mismatch) => explain(mismatch),
            (None, mismatch @ Mismatch::Size { .. }) => error(ErrorCode::SIZE_INVALID).because(mismatch),
            (None, mismatch) => error(ErrorCode::DIGEST_INVALID).because(mismatch),
        })
    }
}

/// Hashes a piece, or judges the end.
fn verify(verifier: &mut Verifier, piece: Option<&Bytes>) -> Result<(), Mismatch> {
    match piece {
        Some(piece) => verifier.update(piece),
        None => verifier.finish(),
    }
}

/// Counts a piece, or judges the end.
fn count(taken: &mut u64, expected: u64, piece: Option<&Bytes>) -> Result<(), Mismatch> {
    *taken = taken.saturating_add(piece.map_or(0, |piece| piece.len() as u64));
    match piece {
        Some(_) if *taken <= expected => Ok(()),
        None if *taken == expected => Ok(()),
        _ => Err(Mismatch::Size { expected, actual: *taken }),
    }
}

impl Stream for Blob {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.ended {
            return Poll::Ready(None);
        }
        let next = ready!(self.stream.as_mut().poll_next(context)).transpose();
        let checked = next.and_then(|piece| self.check(piece.as_ref()).map(|()| piece));
        self.ended = !matches!(checked, Ok(Some(_)));
        Poll::Ready(checked.transpose())
    }
}

impl fmt::Debug for Blob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Blob").field("descriptor", &self.descriptor).finish_non_exhaustive()
    }
}
