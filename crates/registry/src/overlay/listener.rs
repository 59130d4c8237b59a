//! The first one who asked for a blob: it gets the pieces while they are stored.
//!
//! The last piece is given only when the blob was verified and kept. So whoever has all of it has it verified, and who
//! stops listening after the last byte, as servers do, does not stop the storing.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::{FutureExt, TryStreamExt, stream};
use wharf_reference::Repository;
use wharf_spec::Descriptor;

use super::flight::{Flight, Outcome, failed};
use super::tee::Ear;
use crate::{Blob, ByteStream, Error, Read};

/// What is needed to go on listening, and to read the rest from where it was stored.
pub(super) struct Listener<N> {
    pub(super) near: Arc<N>,
    pub(super) repository: Repository,
    pub(super) blob: Descriptor,
    pub(super) fetch: Flight<()>,
    pub(super) ear: Ear,
}

/// How far the listener is.
struct Progress<N> {
    listener: Listener<N>,
    taken: u64,
    outcome: Option<Outcome<()>>,
    rest: Option<ByteStream>,
}

impl<N: Read + 'static> Listener<N> {
    /// The blob as it comes.
    pub(super) fn into_blob(self) -> Blob {
        let blob = self.blob.clone();
        let progress = Progress { listener: self, taken: 0, outcome: None, rest: None };
        let next = async |mut progress: Progress<N>| Ok(progress.next().await?.map(|piece| (piece, progress)));
        Blob::new(blob, Box::pin(stream::try_unfold(progress, next)))
    }
}

impl<N: Read> Progress<N> {
    async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        let heard = match self.rest {
            Some(_) => None,
            None => poll_fn(|context| self.poll_heard(context)).await?,
        };
        let piece = match heard {
            Some(piece) => Some(piece),
            None if self.left() == 0 => None,
            None => self.rest().await?,
        };
        self.taken = self.taken.saturating_add(piece.as_ref().map_or(0, |piece| piece.len() as u64));
        Ok(piece)
    }

    fn left(&self) -> u64 {
        self.listener.blob.size.saturating_sub(self.taken)
    }

    /// Moves the fetch on, and takes a piece if there is one to be given; none when all that was heard has been.
    fn poll_heard(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<Bytes>, Error>> {
        if self.outcome.is_none()
            && let Poll::Ready(outcome) = self.listener.fetch.poll_unpin(context)
        {
            self.outcome = Some(outcome);
        }
        // All but the last byte, until that is verified.
        match &self.outcome {
            None => match self.listener.ear.take(self.left().saturating_sub(1)) {
                Some(piece) => Poll::Ready(Ok(Some(piece))),
                None => Poll::Pending,
            },
            Some(Ok(())) => Poll::Ready(Ok(self.listener.ear.take(u64::MAX))),
            Some(Err(error)) => {
                let Listener { repository, blob, .. } = &self.listener;
                Poll::Ready(Err(failed(Arc::clone(error), repository, &blob.digest)))
            }
        }
    }

    /// What was not heard, from where it is kept.
    async fn rest(&mut self) -> Result<Option<Bytes>, Error> {
        if self.rest.is_none() {
            let Listener { near, repository, blob, .. } = &self.listener;
            let mut skipped = self.taken;
            let stored = near.blob(repository, &blob.digest).await?.map_ok(move |mut piece| {
                let passed = usize::try_from(skipped).map_or(piece.len(), |skipped| skipped.min(piece.len()));
                skipped -= passed as u64;
                piece.split_off(passed)
            });
            self.rest = Some(Box::pin(stored));
        }
        match &mut self.rest {
            Some(rest) => rest.try_next().await,
            None => Ok(None),
        }
    }
}

impl<N> Drop for Listener<N> {
    fn drop(&mut self) {
        self.ear.close();
    }
}
