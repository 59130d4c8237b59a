//! Blobs on their way from the origin into the cache, and to who asked for them.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use futures_util::FutureExt;
use wharf_reference::Repository;
use wharf_spec::{Descriptor, Digest, ErrorCode};

use super::flight::{Flight, Outcome};
use super::memory::Memory;
use super::tee::{Ear, Tee};
use crate::{Error, Operation, Read, Write};

/// An asker who waits for the end of a fetch that another one listens to, who must not keep it waiting.
pub(super) struct Waiting(Ear);

impl Waiting {
    pub(super) fn new(ear: Ear) -> Self {
        ear.hurry(true);
        Self(ear)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.hurry(false);
    }
}

/// Brings a blob from `far` to `near`, which verifies it. Who asked just before it was kept finds it there.
pub(super) async fn fetch<N: Read + Write, F: Read>(
    near: Arc<N>,
    far: Arc<F>,
    memory: Arc<Memory>,
    (repository, digest): (Repository, Digest),
    ear: Ear,
) -> Outcome<()> {
    if near.stat_blob(&repository, &digest).await.is_ok() {
        return Ok(());
    }
    let blob = memory.heard(far.blob(&repository, &digest).await)?;
    // What is passed on while it comes is verified against what was asked for, and not against what came.
    if blob.descriptor().digest != digest {
        let error = Error::new(ErrorCode::DIGEST_INVALID, Operation::GetBlob);
        return Err(error.about(&repository, &digest).into());
    }
    near.put_blob(&repository, Tee::blob(blob, ear)).await?;
    Ok(())
}

/// Waits until it is known what a fetch brings, or until it is over.
pub(super) async fn begun(fetch: &mut Flight<()>, ear: &Ear) -> Outcome<Option<Descriptor>> {
    poll_fn(|context| match fetch.poll_unpin(context) {
        Poll::Ready(outcome) => Poll::Ready(outcome.map(|()| None)),
        Poll::Pending => match ear.descriptor() {
            Some(descriptor) => Poll::Ready(Ok(Some(descriptor))),
            None => Poll::Pending,
        },
    })
    .await
}
