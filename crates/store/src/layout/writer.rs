//! Content on its way to the disk. The file travels to the thread that writes and back, so that a future that is
//! dropped in the middle takes its right to go on along: nothing is appended to a file of which nobody knows how far it
//! got.
//!
//! Most content is small, and going to that thread costs as much as writing it. So a little waits until there is more, or
//! until its end, and then has its file, its bytes and its name in one go.

use std::io;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use wharf_registry::{Digest, Hasher};

use super::files::Files;
use super::place::pool;
use super::root::Root;
use super::temporary::Temporary;
use crate::{Error, Ingest};

/// How much may wait, in bytes.
const LITTLE: u64 = 64 << 10;

/// Content that is being written to a file in the directory `ingest` of a layout, where nobody looks for it.
///
/// Dropping it removes the file. A process that ends before leaves the file behind; it is removed when a layout is
/// opened a day later.
#[derive(Debug)]
pub struct Writer {
    root: Arc<Root>,
    /// Nothing after a write that failed or was not waited for: what the file then holds is not known.
    content: Option<Content>,
    offset: u64,
}

/// What came so far.
#[derive(Debug)]
enum Content {
    /// It has no file, and the hash is of nothing yet.
    Waiting(Hasher, Vec<Bytes>),
    Written(Temporary),
}

impl Content {
    /// All of it in a file.
    fn written(self, files: &Files) -> Result<Temporary, Error> {
        match self {
            Self::Written(temporary) => Ok(temporary),
            Self::Waiting(hasher, pieces) => {
                let mut temporary = Temporary::create(files, pool(), hasher)?;
                pieces.iter().try_for_each(|piece| temporary.write(piece))?;
                Ok(temporary)
            }
        }
    }
}

impl Writer {
    pub(super) const fn new(root: Arc<Root>, hasher: Hasher) -> Self {
        Self { root, content: Some(Content::Waiting(hasher, Vec::new())), offset: 0 }
    }

    fn take(&mut self) -> Result<Content, Error> {
        let lost = || io::Error::other("an earlier write did not end");
        self.content.take().ok_or_else(|| self.root.files().failed("write below", pool())(lost()))
    }
}

#[async_trait]
impl Ingest for Writer {
    fn offset(&self) -> u64 {
        self.offset
    }

    async fn write(&mut self, pieces: Vec<Bytes>) -> Result<(), Error> {
        let mut content = self.take()?;
        let offset = pieces.iter().fold(self.offset, |offset, piece| offset.saturating_add(piece.len() as u64));
        if let Content::Waiting(_, waiting) = &mut content
            && offset <= LITTLE
        {
            waiting.extend(pieces);
        } else {
            let written = self.root.run(move |root| {
                let mut temporary = content.written(root.files())?;
                pieces.iter().try_for_each(|piece| temporary.write(piece))?;
                Ok(Content::Written(temporary))
            });
            content = written.await?;
        }
        self.offset = offset;
        self.content = Some(content);
        Ok(())
    }

    async fn commit(mut self, digest: &Digest) -> Result<u64, Error> {
        let (content, digest) = (self.take()?, digest.clone());
        let published = self.root.run(move |root| {
            let size = content.written(root.files())?.publish(pool(), &digest)?;
            root.verified().absolve(&digest);
            Ok(size)
        });
        published.await
    }
}
