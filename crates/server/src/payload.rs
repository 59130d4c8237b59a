//! The body of a request, as a stream of the registry traits and within limits.
//!
//! A body is read at most once, by one handler, and counted while it is read. What it says of its length is never
//! believed further than to refuse it early. What no handler took is drained, unless its sender waits to be asked for
//! it or it is long.

use std::error::Error as StdError;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_util::{Stream, StreamExt, TryStreamExt};
use http::HeaderMap;
use http::header::{CONTENT_LENGTH, EXPECT};
use http_body_util::BodyExt;
use tokio::sync::OwnedSemaphorePermit;
use wharf_distribution::header::number;
use wharf_registry::{ByteStream, Error, ErrorCode, Operation};

use crate::budget::Budget;
use crate::patience::{Patience, within};

#[cfg(test)]
mod tests;

type Pieces = Pin<Box<dyn Stream<Item = Result<Bytes, PayloadError>> + Send>>;

/// How much of a body that nobody wants is read and forgotten, in bytes, so that its sender gets to read the answer and
/// the connection can be used again. It is more than the largest manifest.
const DRAINED: u64 = 8 << 20;

/// A request's body, until a handler takes it.
pub(crate) struct Payload {
    pieces: Option<Pieces>,
    length: Option<u64>,
    /// Whether the body is sent only once it has been asked for.
    on_demand: bool,
    patience: Option<Patience>,
    /// The room for what was read into memory, until the request is answered.
    held: Option<OwnedSemaphorePermit>,
}

impl Payload {
    /// A body that is known to be empty costs nothing. What is read of it is counted for whoever wants to know.
    pub(crate) fn new<B>(
        headers: &HeaderMap,
        body: B,
        patience: Option<Patience>,
        received: Option<Arc<AtomicU64>>,
    ) -> Self
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn StdError + Send + Sync>>,
    {
        let on_demand = headers.contains_key(EXPECT);
        if body.is_end_stream() {
            return Self { pieces: None, length: Some(0), on_demand, patience, held: None };
        }
        let said = headers.get(CONTENT_LENGTH).and_then(|value| number(value.to_str().ok()?));
        let length = said.or(body.size_hint().exact());
        let count = move |piece: &Bytes| {
            received.iter().for_each(|received| _ = received.fetch_add(piece.len() as u64, Ordering::Relaxed));
        };
        let pieces: Pieces = Box::pin(body.into_data_stream().inspect_ok(count).map_err(PayloadError::from_body));
        Self { pieces: Some(pieces), length, on_demand, patience, held: None }
    }

    /// How long the body is, when that is known before it was read.
    pub(crate) const fn length(&self) -> Option<u64> {
        self.length
    }

    /// All of the body in one piece, which may have `limit` bytes, as soon as there is room for it. The room is held for
    /// as long as the payload is there.
    pub(crate) async fn read(&mut self, limit: usize, budget: &Budget) -> Result<Bytes, Error> {
        let error = |cause: PayloadError| Error::new(ErrorCode::SIZE_INVALID, Operation::PutManifest).because(cause);
        let said = self.length.map_or(Some(limit), |length| usize::try_from(length).ok());
        let room = said.filter(|said| *said <= limit).ok_or_else(|| error(PayloadError::TooLarge))?;
        let Some(pieces) = &mut self.pieces else { return Ok(Bytes::new()) };
        let held = within(self.patience, 0, budget.take(room)).await.flatten();
        let mut held = held.ok_or_else(|| Error::new(ErrorCode::UNAVAILABLE, Operation::PutManifest))?;
        let read = wharf_registry::collect(pieces.map_err(error), limit, || error(PayloadError::TooLarge));
        let read = within(self.patience, room, read).await.unwrap_or_else(|| Err(error(PayloadError::Slow)))?;
        // Who did not say how much would come held room for the most.
        drop(held.split(held.num_permits().saturating_sub(read.len())));
        self.held = Some(held);
        Ok(read)
    }

    /// The body as a stream, which fails when it turns out to have more than `limit` bytes, or not exactly `exact`.
    pub(crate) fn take(&mut self, limit: u64, exact: Option<u64>) -> ByteStream {
        let pieces = self.pieces.take().unwrap_or_else(|| Box::pin(futures_util::stream::empty()));
        let measured = Measured { pieces, taken: 0, limit, exact };
        Box::pin(measured.map_err(|cause| Error::new(ErrorCode::SIZE_INVALID, Operation::Upload).because(cause)))
    }

    /// Reads what nobody took, if it is short and comes soon, and forgets it.
    pub(crate) async fn drain(&mut self) {
        let Some(pieces) = self.pieces.take() else { return };
        if !self.on_demand && self.length.is_none_or(|length| length <= DRAINED) {
            within(self.patience, 0, forget(pieces)).await;
        }
    }
}

/// Reads to the end, or until it is too much.
async fn forget(mut pieces: Pieces) {
    let mut room = DRAINED;
    while let Some(Ok(piece)) = pieces.next().await {
        let Some(rest) = room.checked_sub(piece.len() as u64) else { return };
        room = rest;
    }
}

/// A stream that is counted while it is read.
struct Measured {
    pieces: Pieces,
    taken: u64,
    limit: u64,
    exact: Option<u64>,
}

impl Measured {
    /// Counts the next piece, or judges the end.
    fn check(&mut self, piece: Option<&Bytes>) -> Result<(), PayloadError> {
        self.taken = self.taken.saturating_add(piece.map_or(0, |piece| piece.len() as u64));
        match self.exact {
            Some(exact) if self.taken > exact => Err(PayloadError::Length),
            Some(exact) if piece.is_none() && self.taken < exact => Err(PayloadError::Length),
            _ if self.taken > self.limit => Err(PayloadError::TooLarge),
            _ => Ok(()),
        }
    }
}

impl Stream for Measured {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = ready!(self.pieces.as_mut().poll_next(context)).transpose();
        let checked = next.and_then(|piece| self.check(piece.as_ref()).map(|()| piece));
        Poll::Ready(checked.transpose())
    }
}

/// Why a body was not read to its end.
#[derive(Debug)]
pub(crate) enum PayloadError {
    /// It has more bytes than are allowed.
    TooLarge,
    /// It has other than the bytes that were said.
    Length,
    /// It came too slowly.
    Slow,
    /// It broke off.
    Broken(Box<dyn StdError + Send + Sync>),
}

impl PayloadError {
    /// The error of a body, which may be one of these already.
    fn from_body(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        match error.into().downcast::<Self>() {
            Ok(error) => *error,
            Err(error) => Self::Broken(error),
        }
    }
}

impl fmt::Display for PayloadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLarge => "the body is too large",
            Self::Length => "the body does not have the length that was said",
            Self::Slow => "the body came too slowly",
            Self::Broken(_) => "the body broke off",
        })
    }
}

impl StdError for PayloadError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Broken(source) => Some(&**source),
            _ => None,
        }
    }
}
