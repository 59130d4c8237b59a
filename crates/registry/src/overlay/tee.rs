//! A blob that is stored and passed on at the same time. What was not taken yet is kept in a bounded buffer; when that is
//! full, storing waits for who listens, unless others wait for the storing: then the listener is left behind, and reads
//! the rest from where it was stored.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use bytes::Bytes;
use futures_util::Stream;
use wharf_spec::Descriptor;

use crate::{Blob, ByteStream, Error};

/// How much may have been fetched that the listener has not taken, in bytes, but for the last piece.
const BUFFER: usize = 1 << 20;

/// What is heard of a blob that is being stored. Clones hear the same.
#[derive(Clone, Default)]
pub(super) struct Ear(Arc<Mutex<Heard>>);

#[derive(Default)]
struct Heard {
    descriptor: Option<Descriptor>,
    pieces: VecDeque<Bytes>,
    buffered: usize,
    hurried: usize,
    deaf: bool,
    waits: Option<Waker>,
}

impl Ear {
    fn lock(&self) -> MutexGuard<'_, Heard> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is being stored, once that is known.
    pub(super) fn descriptor(&self) -> Option<Descriptor> {
        self.lock().descriptor.clone()
    }

    /// The next piece if it is there and at most `limit` bytes long.
    pub(super) fn take(&self, limit: u64) -> Option<Bytes> {
        let mut heard = self.lock();
        heard.pieces.front().filter(|piece| piece.len() as u64 <= limit)?;
        let piece = heard.pieces.pop_front()?;
        heard.buffered -= piece.len();
        heard.wake();
        Some(piece)
    }

    /// Stops listening.
    pub(super) fn close(&self) {
        let mut heard = self.lock();
        (heard.deaf, heard.buffered) = (true, 0);
        heard.pieces.clear();
        heard.wake();
    }

    /// Counts one more, or one less, of those for whose sake storing must not wait for the listener.
    pub(super) fn hurry(&self, more: bool) {
        let mut heard = self.lock();
        heard.hurried = if more { heard.hurried + 1 } else { heard.hurried.saturating_sub(1) };
        heard.wake();
    }
}

impl Heard {
    fn wake(&mut self) {
        if let Some(waker) = self.waits.take() {
            waker.wake();
        }
    }

    /// Whether there is room for another piece, or nobody to keep it for.
    fn poll_room(&mut self, context: &Context<'_>) -> Poll<()> {
        if self.deaf || self.buffered < BUFFER {
            return Poll::Ready(());
        }
        if self.hurried > 0 {
            self.deaf = true;
            return Poll::Ready(());
        }
        self.waits = Some(context.waker().clone());
        Poll::Pending
    }

    fn hear(&mut self, piece: &Bytes) {
        if !self.deaf && !piece.is_empty() {
            self.buffered += piece.len();
            self.pieces.push_back(piece.clone());
        }
    }
}

/// A stream whose pieces are heard.
pub(super) struct Tee {
    stream: ByteStream,
    ear: Ear,
    remaining: u64,
}

impl Tee {
    /// The same blob, of which `ear` hears. It is still to be verified.
    pub(super) fn blob(blob: Blob, ear: Ear) -> Blob {
        let (descriptor, stream) = blob.into_unverified();
        ear.lock().descriptor = Some(descriptor.clone());
        let remaining = descriptor.size;
        Blob::new(descriptor, Box::pin(Self { stream, ear, remaining }))
    }
}

impl Stream for Tee {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        // After the last piece nothing more is buffered, and the listener waits for the end.
        if self.remaining > 0 {
            ready!(self.ear.lock().poll_room(context));
        }
        let next = ready!(self.stream.as_mut().poll_next(context));
        if let Some(Ok(piece)) = &next {
            self.remaining = self.remaining.saturating_sub(piece.len() as u64);
            self.ear.lock().hear(piece);
        }
        Poll::Ready(next)
    }
}
