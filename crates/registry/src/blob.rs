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
    verifier: Result<Verifier, Unsupported>,
    ended: bool,
    explain: Option<Explain>,
}

type Explain = Box<dyn FnMut(Mismatch) -> Error + Send>;

impl Blob {
    /// A blob whose bytes come from `stream`, unverified so far.
    pub fn new(descriptor: Descriptor, stream: ByteStream) -> Self {
        let verifier = Verifier::new(&descriptor.digest, descriptor.size);
        Self { descriptor, stream, verifier, ended: false, explain: None }
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
        let verifier = match &mut self.verifier {
            Ok(verifier) => verifier,
            Err(unsupported) => return Err(error(ErrorCode::DIGEST_INVALID).because(unsupported.clone())),
        };
        let checked = match piece {
            Some(piece) => verifier.update(piece),
            None => verifier.finish(),
        };
        checked.map_err(|mismatch| match (&mut self.explain, mismatch) {
            (Some(explain), mismatch) => explain(mismatch),
            (None, mismatch @ Mismatch::Size { .. }) => error(ErrorCode::SIZE_INVALID).because(mismatch),
            (None, mismatch) => error(ErrorCode::DIGEST_INVALID).because(mismatch),
        })
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
