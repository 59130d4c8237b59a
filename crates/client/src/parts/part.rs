//! One part of a blob: on its way, in memory, or both.

use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::StreamExt;

use super::held::Held;
use crate::Error;
use crate::ranges::Place;
use crate::resume::Pieces;

pub(super) struct Part {
    /// The offset of its first byte in the blob.
    pub(super) first: u64,
    /// What is still to come.
    pieces: Option<Pieces>,
    /// What came while others were read.
    held: Held,
    place: Option<Place>,
    /// It was begun before it was its turn.
    pub(super) was_ahead: bool,
}

impl Part {
    pub(super) fn new(first: u64, pieces: Pieces, place: Option<Place>) -> Self {
        let was_ahead = place.is_some();
        Self { first, pieces: Some(pieces), held: Held::default(), place, was_ahead }
    }

    /// The next piece of the part that is being read.
    pub(super) fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Error>>> {
        match self.held.pop() {
            Some(piece) => Poll::Ready(Some(Ok(piece))),
            None => {
                // What comes from here on is passed on at once, so there is room for another part.
                self.place = None;
                self.come(context)
            }
        }
    }

    /// Takes in a piece of a part that is not yet read. Pending when there is nothing to take in now.
    pub(super) fn poll_ahead(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        match self.come(context) {
            Poll::Ready(Some(Ok(piece))) => {
                self.held.push(piece);
                Poll::Ready(Ok(()))
            }
            Poll::Ready(Some(Err(error))) => Poll::Ready(Err(error)),
            Poll::Ready(None) | Poll::Pending => Poll::Pending,
        }
    }

    fn come(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Error>>> {
        let Some(pieces) = &mut self.pieces else { return Poll::Ready(None) };
        let piece = pieces.poll_next_unpin(context);
        if matches!(piece, Poll::Ready(None | Some(Err(_)))) {
            self.pieces = None;
        }
        piece
    }
}
