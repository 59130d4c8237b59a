//! Content on its way to the disk. The file travels to the thread that writes and back, so that a future that is
//! dropped in the middle takes its right to go on along: nothing is appended to a file of which nobody knows how far it
//! got.

use std::io;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use wharf_registry::Digest;

use super::place::pool;
use super::root::Root;
use super::temporary::Temporary;
use crate::{Error, Ingest};

/// Content that is being written to a file in the directory `ingest` of a layout, where nobody looks for it.
///
/// Dropping it removes the file. A process that ends before leaves the file behind; it is removed when a layout is
/// opened a day later.
#[derive(Debug)]
pub struct Writer {
    root: Arc<Root>,
    /// Nothing after a write that failed or was not waited for: what the file then holds is not known.
    temporary: Option<Temporary>,
    offset: u64,
}

impl Writer {
    pub(super) const fn new(root: Arc<Root>, temporary: Temporary) -> Self {
        Self { root, temporary: Some(temporary), offset: 0 }
    }

    fn take(&mut self) -> Result<Temporary, Error> {
        let lost = || io::Error::other("an earlier write did not end");
        self.temporary.take().ok_or_else(|| self.root.files().failed("write below", pool())(lost()))
    }
}

#[async_trait]
impl Ingest for Writer {
    fn offset(&self) -> u64 {
        self.offset
    }

    async fn write(&mut self, pieces: Vec<Bytes>) -> Result<(), Error> {
        let mut temporary = self.take()?;
        let written = self.root.run(move |_| {
            pieces.iter().try_for_each(|piece| temporary.write(piece))?;
            Ok(temporary)
        });
        let temporary = written.await?;
        self.offset = temporary.size();
        self.temporary = Some(temporary);
        Ok(())
    }

    async fn commit(mut self, digest: &Digest) -> Result<u64, Error> {
        let (temporary, digest) = (self.take()?, digest.clone());
        let published = self.root.run(move |root| {
            let size = temporary.publish(pool(), &digest)?;
            root.verified().absolve(&digest);
            Ok(size)
        });
        published.await
    }
}
