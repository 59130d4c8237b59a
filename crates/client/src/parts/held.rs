//! Bytes that came before it was their turn.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};

/// Pieces in their order. Short ones are put together, so that a peer that sends single bytes does not fill the memory
/// with what it takes to tell them apart.
#[derive(Default)]
pub(super) struct Held {
    pieces: VecDeque<Bytes>,
    short: BytesMut,
}

/// A piece of so many bytes is worth a place of its own; it is held as it came.
const SHORT: usize = 4 << 10;

impl Held {
    pub(super) fn push(&mut self, piece: Bytes) {
        if piece.len() < SHORT {
            self.short.extend_from_slice(&piece);
        }
        if piece.len() >= SHORT || self.short.len() >= SHORT {
            self.close();
        }
        if piece.len() >= SHORT {
            self.pieces.push_back(piece);
        }
    }

    pub(super) fn pop(&mut self) -> Option<Bytes> {
        if self.pieces.is_empty() {
            self.close();
        }
        self.pieces.pop_front()
    }

    fn close(&mut self) {
        if !self.short.is_empty() {
            self.pieces.push_back(self.short.split().freeze());
        }
    }
}
