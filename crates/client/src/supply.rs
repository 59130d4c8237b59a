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
use wharf_registry::{Blob, Error};

use crate::{Body, TransportError, TransportErrorKind};

/// How many of the last bytes stay at hand, at least: 4 MiB, about what is on its way over a fast connection.
const AT_HAND: usize = 4 << 20;

/// The content of one upload.
#[derive(Clone)]
pub(crate) struct Supply(Arc<Mutex<Inner>>);

struct Inner {
    source: Blob,
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
    pub(crate) fn new(source: Blob) -> Self {
        let (pieces, begin, taken, loan, waker, failure) = (VecDeque::new(), 0, 0, 0, None, None);
        Self(Arc::new(Mutex::new(Inner { source, pieces, begin, taken, loan, waker, failure })))
    }

    /// The bytes from `from` up to `to` as a body. Only when they are [at hand](Self::is_at_hand).
    pub(crate) fn lend(&self, from: u64, to: u64) -> Body {
        let mut inner = self.lock();
        inner.loan += 1;
        inner.waker.take().into_iter().for_each(Waker::wake);
        let loan = Loan { supply: self.clone(), loan: inner.loan, at: from, to };
        drop(inner);
        Body::stream(loan, Some(to.saturating_sub(from)))
    }

    /// The bytes from `from` up to `to` in memory. Nothing when they are not at hand, or the source failed.
    pub(crate) async fn part(&self, from: u64, to: u64) -> Option<Bytes> {
        let mut pieces = self.lend(from, to).into_stream();
        let first = pieces.try_next().await.ok()?.unwrap_or_default();
        let Some(second) = pieces.try_next().await.ok()? else { return Some(first) };
        let mut all = BytesMut::from(first);
        all.extend_from_slice(&second);
        while let Some(piece) = pieces.try_next().await.ok()? {
            all.extend_from_slice(&piece);
        }
        Some(all.freeze())
    }

    /// Whether the bytes from there on can be sent (again).
    pub(crate) fn is_at_hand(&self, from: u64) -> bool {
        let inner = self.lock();
        (inner.begin..=inner.taken).contains(&from)
    }

    /// How many bytes were taken from the source: more than that no registry can have.
    pub(crate) fn taken(&self) -> u64 {
        self.lock().taken
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.lock().failure.is_some()
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
    /// A piece from `at` on, which is at hand or comes next.
    fn poll_at(&mut self, at: u64, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, TransportError>>> {
        if at < self.begin || at > self.taken {
            return Poll::Ready(Some(Err(cut("these bytes are not at hand any more"))));
        }
        while at == self.taken {
            self.waker = Some(context.waker().clone());
            match ready!(self.source.poll_next_unpin(context)) {
                Some(Ok(piece)) => self.keep(piece),
                Some(Err(error)) => {
                    self.failure = Some(error);
                    return Poll::Ready(Some(Err(cut("the source failed"))));
                }
                None => return Poll::Ready(None),
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
