//! An upload session on its way to the disk. As with other content, the file travels to the thread that writes and back; a
//! future that is dropped in the middle leaves the session to whoever resumes it, as soon as that thread is done.

use std::io;
use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;
use bytes::Bytes;
use wharf_registry::{Digest, Hasher};

use super::place::pool;
use super::root::Root;
use super::session::Kept;
use crate::{Error, Ingest, Session, SessionName};

/// An upload session that is held: a file in the directory `ingest` of a layout, with a lock that all processes see.
///
/// Dropping it leaves the file, for whoever resumes the session, in this process or another.
#[derive(Debug)]
pub struct Held {
    root: Arc<Root>,
    name: SessionName,
    /// Nothing after a write that failed or was not waited for.
    kept: Option<Kept>,
    offset: u64,
    written: SystemTime,
}

impl Held {
    pub(super) async fn begin(
        root: &Arc<Root>,
        name: &SessionName,
        hasher: Hasher,
        now: SystemTime,
    ) -> Result<Self, Error> {
        let begun = name.clone();
        let kept = root.run(move |root| Kept::begin(root.files(), &begun, hasher, now)).await?;
        Ok(Self::new(root, name, kept))
    }

    pub(super) async fn resume(root: &Arc<Root>, name: &SessionName) -> Result<Self, Error> {
        let resumed = name.clone();
        let kept = root.run(move |root| Kept::resume(root.files(), root.warm(), &resumed)).await?;
        Ok(Self::new(root, name, kept))
    }

    fn new(root: &Arc<Root>, name: &SessionName, kept: Kept) -> Self {
        let (offset, written) = (kept.size(), kept.written());
        Self { root: Arc::clone(root), name: name.clone(), kept: Some(kept), offset, written }
    }

    /// Does something with the file on a thread that may wait.
    async fn with(&mut self, work: impl FnOnce(&mut Kept) -> Result<(), Error> + Send + 'static) -> Result<(), Error> {
        let mut kept = self.take()?;
        let done = self.root.run(move |_| work(&mut kept).map(|()| kept));
        let kept = done.await?;
        (self.offset, self.written) = (kept.size(), kept.written());
        self.kept = Some(kept);
        Ok(())
    }

    fn take(&mut self) -> Result<Kept, Error> {
        let lost = || io::Error::other("an earlier write did not end");
        self.kept.take().ok_or_else(|| self.root.files().failed("write below", pool())(lost()))
    }
}

#[async_trait]
impl Ingest for Held {
    fn offset(&self) -> u64 {
        self.offset
    }

    async fn write(&mut self, pieces: Vec<Bytes>) -> Result<(), Error> {
        self.with(move |kept| pieces.iter().try_for_each(|piece| kept.write(piece))).await
    }

    async fn commit(mut self, digest: &Digest) -> Result<u64, Error> {
        let (kept, digest) = (self.take()?, digest.clone());
        let published = self.root.run(move |root| {
            let size = kept.publish(&digest)?;
            root.verified().absolve(&digest);
            Ok(size)
        });
        published.await
    }
}

#[async_trait]
impl Session for Held {
    fn written(&self) -> SystemTime {
        self.written
    }

    async fn keep(&mut self, now: SystemTime) -> Result<(), Error> {
        self.with(move |kept| kept.keep(now)).await
    }

    async fn cancel(mut self) -> Result<(), Error> {
        let kept = self.take()?;
        self.root.run(move |_| kept.cancel()).await
    }
}

impl Drop for Held {
    /// It is remembered before the lock is let go of.
    fn drop(&mut self) {
        if let Some(left) = self.kept.as_ref().and_then(Kept::left) {
            self.root.warm().put(&self.name, left);
        }
    }
}
