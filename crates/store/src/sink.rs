//! From a stream of a registry into content of a store.
//!
//! Sizes are judged here and digests below: one byte more than was promised ends the writing, whatever the digest would
//! be.

use std::time::SystemTime;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::future::join;
use wharf_registry::{ByteStream, Digest, Error, ErrorCode, Mismatch};

use crate::context::Context;
use crate::{Ingest, Session};

/// How much is gathered for one write, in bytes: a write can mean a system call and a change of threads, whose cost
/// this makes small beside that of hashing, while many writers still fit into memory.
const BATCH: usize = 256 << 10;

/// How many pieces are gathered for one write: what one vectored system call takes.
const PIECES: usize = 1024;

/// Content on its way in. While it is being written it belongs to the future that writes, so that one that fails or is
/// dropped takes it along: what a sink holds is always known.
pub(crate) struct Sink<I> {
    ingest: Option<I>,
    offset: u64,
}

/// Why content could not be taken to its end.
pub(crate) enum Stopped {
    /// The stream failed; what came before is written.
    Source(Error),
    /// More or other bytes than were promised, or the store failed.
    Store(crate::Error),
    /// An earlier write had not ended well.
    Lost,
}

impl Stopped {
    /// The error for the caller. The stream's own is returned as it is, because it is not this store that failed.
    pub(crate) fn at(self, context: Context<'_>) -> Error {
        match self {
            Self::Source(error) => error,
            Self::Store(error) => context.failed(error),
            Self::Lost => context.error(ErrorCode::BLOB_UPLOAD_UNKNOWN),
        }
    }
}

impl From<crate::Error> for Stopped {
    fn from(error: crate::Error) -> Self {
        Self::Store(error)
    }
}

impl<I: Ingest> Sink<I> {
    /// Content of which nothing is known but how much there is.
    pub(crate) fn new(ingest: I) -> Self {
        Self { offset: ingest.offset(), ingest: Some(ingest) }
    }

    /// How many bytes were written, by the last write that ended well.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// Writes the stream, of which `room` bytes fit; the next pieces are gathered while the last ones are written.
    pub(crate) async fn pour(&mut self, stream: &mut ByteStream, room: u64) -> Result<(), Stopped> {
        let mut room = Room { promised: room, taken: 0 };
        let mut batch = gather(stream, &mut room).await;
        while batch.next.is_none() {
            let (written, next) = join(self.write(batch.pieces), gather(stream, &mut room)).await;
            written?;
            batch = next;
        }
        self.write(batch.pieces).await?;
        batch.next.unwrap_or(Ok(()))
    }

    /// Writes some pieces, or nothing when there are none.
    pub(crate) async fn write(&mut self, pieces: Vec<Bytes>) -> Result<(), Stopped> {
        let mut ingest = self.ingest.take().ok_or(Stopped::Lost)?;
        if !pieces.is_empty() {
            ingest.write(pieces).await?;
        }
        self.offset = ingest.offset();
        self.ingest = Some(ingest);
        Ok(())
    }

    /// Ends the content under its digest, and tells its size.
    pub(crate) async fn commit(mut self, digest: &Digest) -> Result<u64, Stopped> {
        let ingest = self.ingest.take().ok_or(Stopped::Lost)?;
        Ok(ingest.commit(digest).await?)
    }

    /// The content, if it is still there.
    pub(crate) fn into_inner(self) -> Option<I> {
        self.ingest
    }
}

impl<S: Session> Sink<S> {
    /// Makes what was written durable, and notes when that was.
    pub(crate) async fn keep(&mut self, now: SystemTime) -> Result<(), Stopped> {
        let mut session = self.ingest.take().ok_or(Stopped::Lost)?;
        session.keep(now).await?;
        self.ingest = Some(session);
        Ok(())
    }
}

/// What is gathered for one write, and how the stream ended if it did.
struct Batch {
    pieces: Vec<Bytes>,
    next: Option<Result<(), Stopped>>,
}

/// Takes pieces until there is enough for a write, or the stream ends in whatever way.
async fn gather(stream: &mut ByteStream, room: &mut Room) -> Batch {
    let (mut pieces, mut length) = (Vec::new(), 0);
    while length < BATCH && pieces.len() < PIECES {
        let piece = match stream.next().await {
            None => return Batch { pieces, next: Some(Ok(())) },
            Some(Err(error)) => return Batch { pieces, next: Some(Err(Stopped::Source(error))) },
            Some(Ok(piece)) => piece,
        };
        if let Err(mismatch) = room.take(&piece) {
            return Batch { pieces, next: Some(Err(Stopped::Store(mismatch.into()))) };
        }
        if !piece.is_empty() {
            length += piece.len();
            pieces.push(piece);
        }
    }
    Batch { pieces, next: None }
}

/// How many bytes were promised, and how many came.
struct Room {
    promised: u64,
    taken: u64,
}

impl Room {
    /// Counts a piece, or refuses it when it is more than was promised.
    fn take(&mut self, piece: &Bytes) -> Result<(), Mismatch> {
        self.taken = self.taken.saturating_add(piece.len() as u64);
        match self.taken > self.promised {
            true => Err(Mismatch::Size { expected: self.promised, actual: self.taken }),
            false => Ok(()),
        }
    }
}
