//! What is sent: the length is known before the first byte, so a response with a body has a `Content-Length`.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tracing::Span;
use wharf_registry::{ByteStream, Error, ErrorCode, Operation};

use crate::crowd::Ticket;
use crate::exchange::Ongoing;
use crate::trace;

/// The body of a response: nothing, one piece, or a stream of a known length.
///
/// A stream that ends early or goes on too long ends with an error, so that nobody takes it for whole.
///
/// An error of the stream is an error of the body: an HTTP server ends the connection at once, and the client sees that
/// it has less than was promised. Such an error cannot become a status any more, since the head has been sent.
///
/// ```
/// use http::Request;
/// use http_body::Body as _;
/// use http_body_util::Full;
/// use tower_service::Service as _;
/// use wharf_server::Service;
/// use wharf_store::Store;
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let request = Request::get("/v2/").body(Full::<bytes::Bytes>::default()).unwrap();
/// let body = Service::new(Store::memory()).call(request).await.unwrap().into_body();
/// assert_eq!(body.size_hint().exact(), Some(2), "the base of the API answers `{{}}`");
/// # });
/// ```
pub struct Body {
    repr: Repr,
    /// What counts the request until this has ended.
    ticket: Option<Box<Ticket>>,
    /// The request that this answers, if anybody wants to know when it is over.
    exchange: Option<Box<Ongoing>>,
}

enum Repr {
    Whole(Bytes),
    Stream { stream: ByteStream, remaining: u64 },
    Ended,
}

impl Body {
    /// No bytes.
    pub(crate) const fn empty() -> Self {
        Self::new(Repr::Ended)
    }

    /// These bytes, shared and not copied.
    pub(crate) const fn whole(bytes: Bytes) -> Self {
        Self::new(Repr::Whole(bytes))
    }

    /// What `stream` yields, which must be `length` bytes.
    pub(crate) fn stream(stream: ByteStream, length: u64) -> Self {
        Self::new(Repr::Stream { stream, remaining: length })
    }

    const fn new(repr: Repr) -> Self {
        Self { repr, ticket: None, exchange: None }
    }

    /// The same, by which a request is counted until it has ended or is dropped.
    pub(crate) fn counted(mut self, ticket: Ticket) -> Self {
        if ticket.counts() && !matches!(self.repr, Repr::Ended) {
            self.ticket = Some(Box::new(ticket));
        }
        self
    }

    /// The same body, whose end is the end of a request.
    pub(crate) fn ending(mut self, mut exchange: Option<Box<Ongoing>>) -> Self {
        if let Some(exchange) = exchange.as_mut().filter(|_| self.length() == 0) {
            exchange.completed();
        }
        self.exchange = exchange;
        self
    }

    /// Tells what became of a piece.
    fn told(&mut self, next: Option<&Result<Bytes, Error>>) {
        if let Some(Err(error)) = next {
            trace::broke_off(error);
        }
        let remaining = self.length();
        if let (Some(exchange), Some(Ok(piece))) = (&mut self.exchange, next) {
            exchange.sent(piece.len());
            if remaining == 0 {
                exchange.completed();
            }
        }
    }

    /// How many bytes are still to come.
    pub(crate) fn length(&self) -> u64 {
        match &self.repr {
            Repr::Whole(bytes) => bytes.len() as u64,
            Repr::Stream { remaining, .. } => *remaining,
            Repr::Ended => 0,
        }
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let span = self.exchange.as_ref().map(|exchange| exchange.span().clone());
        let _entered = span.as_ref().map(Span::enter);
        let next = match &mut self.repr {
            Repr::Ended => None,
            Repr::Whole(bytes) => Some(std::mem::take(bytes)).filter(|bytes| !bytes.is_empty()).map(Ok),
            Repr::Stream { stream, remaining } => {
                let next = ready!(stream.as_mut().poll_next(context)).transpose();
                next.and_then(|piece| count(piece, remaining)).transpose()
            }
        };
        let goes_on = matches!((&self.repr, &next), (Repr::Stream { .. }, Some(Ok(_))));
        if !goes_on {
            self.repr = Repr::Ended;
            self.ticket = None;
        }
        self.told(next.as_ref());
        Poll::Ready(next.map(|piece| piece.map(Frame::data)))
    }

    /// A stream's end is not known before it was seen, since it can still turn out to be an error.
    fn is_end_stream(&self) -> bool {
        match &self.repr {
            Repr::Whole(bytes) => bytes.is_empty(),
            Repr::Stream { .. } => false,
            Repr::Ended => true,
        }
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.length())
    }
}

/// Takes a piece off what is still to come.
fn count(piece: Option<Bytes>, remaining: &mut u64) -> Result<Option<Bytes>, Error> {
    let length = piece.as_ref().map_or(0, |piece| piece.len() as u64);
    match (remaining.checked_sub(length), &piece) {
        (Some(0), None) => Ok(None),
        (Some(rest), Some(_)) => {
            *remaining = rest;
            Ok(piece)
        }
        _ => Err(Error::new(ErrorCode::SIZE_INVALID, Operation::GetBlob)),
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body").field("length", &self.length()).finish_non_exhaustive()
    }
}
