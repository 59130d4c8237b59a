//! Bodies in both directions, as an [`http_body::Body`] that any HTTP library takes.
//!
//! A body counts and does nothing else: it decodes no coding and verifies no digest, which is the business of those who
//! read it. Bytes in memory stay one shared piece on their way to the transport.

use std::error::Error as StdError;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyDataStream, BodyExt, Full};

use crate::TransportError;

/// The body of a request or of a response: nothing, bytes, or a stream of them. Pieces pass through uncopied.
///
/// ```
/// use wharf_client::Body;
///
/// assert_eq!(Body::empty().length(), Some(0));
/// assert_eq!(Body::from("hello").length(), Some(5));
/// ```
#[must_use = "a body does nothing by itself"]
pub struct Body(Kind);

enum Kind {
    Bytes(Full<Bytes>),
    Boxed(UnsyncBoxBody<Bytes, TransportError>),
}

impl Body {
    /// No bytes.
    pub fn empty() -> Self {
        Self(Kind::Bytes(Full::default()))
    }

    /// Any other body. An error of it that is no [`TransportError`] becomes the source of one.
    ///
    /// ```
    /// use http_body_util::Full;
    /// use wharf_client::Body;
    ///
    /// let body = Body::new(Full::new(bytes::Bytes::from_static(b"hello")));
    /// assert_eq!(body.length(), Some(5));
    /// ```
    pub fn new<B>(body: B) -> Self
    where
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn StdError + Send + Sync>>,
    {
        Self(Kind::Boxed(body.map_err(|error| TransportError::from_boxed(error.into())).boxed_unsync()))
    }

    /// The pieces of a stream, of `length` bytes together if that is known. A stream of another length is an error of
    /// the transport.
    ///
    /// ```
    /// use futures_util::{TryStreamExt, stream};
    /// use wharf_client::Body;
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let body = Body::stream(stream::iter([Ok("hel".into()), Ok("lo".into())]), Some(5));
    /// assert_eq!(body.length(), Some(5));
    /// let pieces: Vec<_> = body.into_stream().try_collect().await.unwrap();
    /// assert_eq!(pieces.concat(), b"hello");
    /// # });
    /// ```
    pub fn stream<S>(stream: S, length: Option<u64>) -> Self
    where
        S: Stream<Item = Result<Bytes, TransportError>> + Send + 'static,
    {
        Self::new(Streamed { stream: Box::pin(stream), left: length })
    }

    /// How many bytes are still to come, if that is known.
    #[must_use]
    pub fn length(&self) -> Option<u64> {
        self.size_hint().exact()
    }

    /// The body as a stream of its pieces; trailers are dropped.
    pub fn into_stream(self) -> impl Stream<Item = Result<Bytes, TransportError>> + Send + 'static {
        BodyDataStream::new(self)
    }
}

impl<T: Into<Bytes>> From<T> for Body {
    fn from(bytes: T) -> Self {
        Self(Kind::Bytes(Full::new(bytes.into())))
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        match &mut self.0 {
            Kind::Bytes(body) => Pin::new(body).poll_frame(context).map_err(|never| match never {}),
            Kind::Boxed(body) => Pin::new(body).poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Kind::Bytes(body) => body.is_end_stream(),
            Kind::Boxed(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Bytes(body) => body.size_hint(),
            Kind::Boxed(body) => body.size_hint(),
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body").field("length", &self.length()).finish_non_exhaustive()
    }
}

type Pieces = Pin<Box<dyn Stream<Item = Result<Bytes, TransportError>> + Send>>;

/// A stream that knows how many of its bytes are left, if anybody said how many there are.
struct Streamed {
    stream: Pieces,
    left: Option<u64>,
}

impl HttpBody for Streamed {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        let piece = ready!(self.stream.poll_next_unpin(context));
        if let (Some(Ok(piece)), Some(left)) = (&piece, &mut self.left) {
            *left = left.saturating_sub(piece.len() as u64);
        }
        Poll::Ready(piece.map(|piece| piece.map(Frame::data)))
    }

    fn size_hint(&self) -> SizeHint {
        self.left.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
