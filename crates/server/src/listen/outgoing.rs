//! Bodies of answers, which tell for whom they wait: for the service, which may take its time, or for the peer.

use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::combinators::UnsyncBoxBody;

use crate::listen::streams::Progress;
use crate::listen::traffic::Work;

/// Any body of an answer.
pub(super) type AnyBody = UnsyncBoxBody<Bytes, Box<dyn Error + Send + Sync>>;

/// How much of a body is handed to an HTTP/2 stream at once, in bytes. The next piece is asked for when this one is taken,
/// so this is how often a stream shows that it moves; and when the last one is taken nobody sees.
pub(super) const PIECE: usize = 64 << 10;

/// A body whose next piece is work of ours while it is awaited.
#[derive(Debug)]
pub(super) struct Outgoing {
    body: AnyBody,
    progress: Progress,
    work: Option<Work>,
    /// What is left of a piece that is too large for a stream.
    rest: Bytes,
}

impl Outgoing {
    pub(super) const fn new(body: AnyBody, progress: Progress) -> Self {
        Self { body, progress, work: None, rest: Bytes::new() }
    }

    /// As much of a piece as may be handed on, and the rest for later.
    fn cut(&mut self, mut piece: Bytes) -> Bytes {
        if self.progress.is_of_stream() && piece.len() > PIECE {
            self.rest = piece.split_off(PIECE);
        }
        self.progress.sent(piece.len());
        piece
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = Box<dyn Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = &mut *self;
        if !this.rest.is_empty() {
            let rest = std::mem::take(&mut this.rest);
            return Poll::Ready(Some(Ok(Frame::data(this.cut(rest)))));
        }
        let frame = Pin::new(&mut this.body).poll_frame(context);
        // It is the same wait however often it is asked about.
        let work = frame.is_pending().then(|| this.work.take().unwrap_or_else(|| this.progress.work()));
        this.work = work;
        Poll::Ready(ready!(frame).map(|frame| Ok(frame?.map_data(|piece| this.cut(piece)))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (body, rest) = (self.body.size_hint(), self.rest.len() as u64);
        let mut hint = SizeHint::new();
        hint.set_lower(body.lower().saturating_add(rest));
        if let Some(upper) = body.upper().and_then(|upper| upper.checked_add(rest)) {
            hint.set_upper(upper);
        }
        hint
    }
}
