//! The content of an upload, lent to one request after another.
//!
//! A source can be read once. The last bytes that were taken from it stay at hand, so that a request that failed can be
//! made again from where the registry stands, as long as that is not too far back. A transport may go on reading a body
//! whose answer has come already; the body of an earlier request gets nothing more once the next one has been lent.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt, TryStreamExt};
use wharf_distribution::upload::Window;
use wharf_registry::{ByteStream, Error};

use crate::{Body, TransportError, TransportErrorKind};

/// How many of the last bytes stay at hand, at least: 4 MiB, about what is on its way over a fast connection.
const AT_HAND: usize = 4 << 20;

/// The content of one upload.
#[derive(Clone)]
pub(crate) struct Supply(Arc<Mutex<Inner>>);

struct Inner {
    source: ByteStream,
    /// A source that fails is one that ends: what came before counts.
    is_lenient: bool,
    /// The source has no more.
    has_ended: bool,
    /// The last pieces that were taken, and where they begin.
    pieces: VecDeque<Bytes>,
    begin: u64,
    /// How much was taken from the source: where the pieces end.
    taken: u64,
    /// Which loan is the last one, and who waits for it.
    loan: u64,
    waker: Option<Waker>,
    failure: Option<Error>,
}

impl Supply {
    /// Content that is nothing unless it is whole.
    pub(crate) fn new(source: ByteStream) -> Self {
        Self::of(source, false)
    }

    /// Content of which what came before its source failed is as good as all of it.
    pub(crate) fn until_failure(source: ByteStream) -> Self {
        Self::of(source, true)
    }

    fn of(source: ByteStream, is_lenient: bool) -> Self {
        let (pieces, begin, taken, loan) = (VecDeque::new(), 0, 0, 0);
        let (has_ended, waker, failure) = (false, None, None);
        let inner = Inner { source, is_lenient, has_ended, pieces, begin, taken, loan, waker, failure };
        Self(Arc::new(Mutex::new(inner)))
    }

    /// The bytes from `from` up to `to`, or to wherever the source ends, as a body. Only when they are at hand.
    pub(crate) fn lend(&self, from: u64, to: Option<u64>) -> Body {
        let mut inner = self.lock();
        inner.recall();
        let loan = Loan { supply: self.clone(), loan: inner.loan, at: from, to: to.unwrap_or(u64::MAX) };
        drop(inner);
        Body::stream(loan, to.map(|to| to.saturating_sub(from)))
    }

    /// The bytes from `from` up to `to` in memory. Nothing when they are not at hand, or the source failed.
    pub(crate) async fn part(&self, from: u64, to: u64) -> Option<Bytes> {
        let mut pieces = self.lend(from, Some(to)).into_stream();
        let first = pieces.try_next().await.ok()?.unwrap_or_default();
        let Some(second) = pieces.try_next().await.ok()? else { return Some(first) };
        let mut all = BytesMut::from(first);
        all.extend_from_slice(&second);
        while let Some(piece) = pieces.try_next().await.ok()? {
            all.extend_from_slice(&piece);
        }
        Some(all.freeze())
    }

    /// What can be sent (again). From now on the bodies that were lent before get nothing more, so that it stays so.
    pub(crate) fn window(&self) -> Window {
        let mut inner = self.lock();
        inner.recall();
        Window { first: inner.begin, end: inner.taken, is_all: inner.has_ended }
    }

    /// Whether the source has failed in a way that leaves nothing to send.
    pub(crate) fn has_failed(&self) -> bool {
        let inner = self.lock();
        inner.failure.is_some() && !inner.is_lenient
    }

    /// The source's own error, which is the cause of whatever the transport complained about after it.
    pub(crate) fn failure(&self) -> Option<Error> {
        self.lock().failure.take()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Takes back what was lent.
    fn recall(&mut self) {
        self.loan += 1;
        self.waker.take().into_iter().for_each(Waker::wake);
    }

    /// A piece from `at` on, which is at hand or comes next.
    fn poll_at(&mut self, at: u64, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, TransportError>>> {
        if at < self.begin || at > self.taken {
            return Poll::Ready(Some(Err(cut("these bytes are not at hand any more"))));
        }
        while at == self.taken {
            if self.has_ended {
                return Poll::Ready(None);
            }
            self.waker = Some(context.waker().clone());
            match ready!(self.source.poll_next_unpin(context)) {
                Some(Ok(piece)) => self.keep(piece),
                Some(Err(error)) => {
                    (self.failure, self.has_ended) = (Some(error), true);
                    if !self.is_lenient {
                        return Poll::Ready(Some(Err(cut("the source failed"))));
                    }
                }
                None => self.has_ended = true,
            }
        }
        Poll::Ready(self.find(at).map(Ok))
    }

    fn keep(&mut self, piece: Bytes) {
        self.taken += piece.len() as u64;
        self.pieces.push_back(piece);
        while let Some(first) = self.pieces.front()
            && self.taken - self.begin - first.len() as u64 >= AT_HAND as u64
        {
            self.begin += first.len() as u64;
            self.pieces.pop_front();
        }
    }

    fn find(&self, at: u64) -> Option<Bytes> {
        let mut skip = usize::try_from(at.checked_sub(self.begin)?).ok()?;
        for piece in &self.pieces {
            match piece.len() {
                length if length <= skip => skip -= length,
                _ => return Some(piece.slice(skip..)),
            }
        }
        None
    }
}

fn cut(why: &'static str) -> TransportError {
    TransportError::new(TransportErrorKind::Other, why)
}

/// A part of the content as one request sends it.
struct Loan {
    supply: Supply,
    loan: u64,
    at: u64,
    to: u64,
}

impl Stream for Loan {
    type Item = Result<Bytes, TransportError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let left = self.to.saturating_sub(self.at);
        if left == 0 {
            return Poll::Ready(None);
        }
        let supply = self.supply.clone();
        let mut inner = supply.lock();
        if inner.loan != self.loan {
            return Poll::Ready(Some(Err(cut("another request sends it"))));
        }
        let mut piece = ready!(inner.poll_at(self.at, context));
        if let Some(Ok(piece)) = &mut piece {
            piece.truncate(usize::try_from(left).unwrap_or(usize::MAX));
            self.at += piece.len() as u64;
        }
        Poll::Ready(piece)
    }
}
