//! A blob's bytes on their way: how many have passed, and whose fault it is when they go wrong.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use futures_util::Stream;
use futures_util::task::AtomicWaker;
use wharf_registry::{Blob, ByteStream, Descriptor, Digest, Error, ErrorCode, Mismatch, Operation};

use crate::Side;

/// What the future that copies knows of the stream that the target reads, maybe in another task.
///
/// The stream counts and does not hash: the target does that, so content is hashed once.
pub(crate) struct Flow {
    digest: Digest,
    size: u64,
    moved: AtomicU64,
    listener: AtomicWaker,
    fault: Mutex<Option<Error>>,
}

impl Flow {
    /// Gives the target the bytes that the source sends, as the blob that the manifest promises.
    pub(crate) fn watch(promised: &Descriptor, sent: Blob) -> Result<(Arc<Self>, Blob), Error> {
        let (said, stream) = sent.into_unverified();
        let flow = Arc::new(Self {
            digest: promised.digest.clone(),
            size: promised.size,
            moved: AtomicU64::new(0),
            listener: AtomicWaker::new(),
            fault: Mutex::new(None),
        });
        if said.digest != promised.digest {
            let mismatch = Mismatch::Digest { expected: promised.digest.clone().into(), actual: said.digest.into() };
            return Err(flow.error(ErrorCode::DIGEST_INVALID).because(mismatch));
        }
        if said.size != promised.size {
            return Err(flow.wrong_size(said.size));
        }
        let watched = Watched { stream, flow: Arc::clone(&flow), ended: false };
        Ok((flow, Blob::new(promised.clone(), Box::pin(watched))))
    }

    /// Runs what reads the stream, and tells how many bytes have been added and moved whenever that has changed.
    pub(crate) async fn follow<T>(&self, reader: impl Future<Output = T>, mut tell: impl FnMut(u64, u64)) -> T {
        let mut reader = pin!(reader);
        let mut told = 0;
        poll_fn(|context| {
            // Only bytes that are read elsewhere need to wake this task; what this poll reads is seen below.
            drop(self.listener.take());
            let polled = reader.as_mut().poll(context);
            self.listener.register(context.waker());
            let moved = self.moved.load(Ordering::Relaxed);
            if moved > told {
                tell(moved - told, moved);
                told = moved;
            }
            polled
        })
        .await
    }

    /// Whose fault it is that the target did not take the blob, and the error to show for it.
    pub(crate) fn blame(&self, error: Error) -> (Side, Error) {
        let fault = self.fault.lock().unwrap_or_else(PoisonError::into_inner).take();
        let whole = self.moved.load(Ordering::Relaxed) == self.size;
        match fault {
            Some(fault) => (Side::Source, fault),
            // All the bytes came, and they are others. A digest refused earlier is one that the target cannot use.
            None if whole && *error.code() == ErrorCode::DIGEST_INVALID => (Side::Source, error),
            None => (Side::Target, error),
        }
    }

    fn error(&self, code: ErrorCode) -> Error {
        Error::new(code, Operation::GetBlob).named(&self.digest)
    }

    fn wrong_size(&self, actual: u64) -> Error {
        self.error(ErrorCode::SIZE_INVALID).because(Mismatch::Size { expected: self.size, actual })
    }

    /// Counts a piece, or refuses the first byte too many.
    fn add(&self, length: u64) -> Result<(), Error> {
        let moved = self.moved.load(Ordering::Relaxed).saturating_add(length);
        if moved > self.size {
            return Err(self.wrong_size(moved));
        }
        self.moved.store(moved, Ordering::Relaxed);
        self.listener.wake();
        Ok(())
    }

    fn end(&self) -> Result<(), Error> {
        let moved = self.moved.load(Ordering::Relaxed);
        if moved == self.size { Ok(()) } else { Err(self.wrong_size(moved)) }
    }

    /// Keeps the source's error, whatever the target makes of it, and returns one like it for the target.
    fn fail(&self, error: Error) -> Error {
        let alike = self.error(error.code().clone());
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        alike
    }
}

/// The source's stream, as the target reads it.
struct Watched {
    stream: ByteStream,
    flow: Arc<Flow>,
    ended: bool,
}

impl Stream for Watched {
    type Item = <ByteStream as Stream>::Item;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.ended {
            return Poll::Ready(None);
        }
        let next = ready!(self.stream.as_mut().poll_next(context)).transpose();
        let judged = next.and_then(|piece| {
            let judged = piece.as_ref().map_or_else(|| self.flow.end(), |piece| self.flow.add(piece.len() as u64));
            judged.map(|()| piece)
        });
        self.ended = !matches!(judged, Ok(Some(_)));
        Poll::Ready(judged.map_err(|error| self.flow.fail(error)).transpose())
    }
}
