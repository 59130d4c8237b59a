//! Content as files (image-spec, "OCI Image Layout"). Nothing is cached: what is on the disk counts, because others
//! write there as well. Bytes are not verified when they are read from here; whoever passes a blob on whole does that.

use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream;
use wharf_registry::{Algorithm, ByteStream, Digest, Hasher, Operation};

use super::Writer;
use super::file::{self, failed};
use super::place::find;
use super::root::Root;
use super::temporary::Temporary;
use crate::{Cas, Error};

/// Content in the directory `blobs` of a layout, one file each: `blobs/sha256/<64 hexadecimal digits>`.
///
/// A file that is not a regular one counts as absent and is never followed. So does an empty one, unless its name is
/// that of nothing at all: that is how files look whose bytes did not survive a power cut. Content that was written
/// here is read-only and was on the disk before it had its name.
#[derive(Debug)]
pub struct Blobs {
    root: Arc<Root>,
}

impl Blobs {
    pub(super) const fn new(root: Arc<Root>) -> Self {
        Self { root }
    }
}

#[async_trait]
impl Cas for Blobs {
    type Ingest = Writer;

    async fn stat(&self, digest: &Digest) -> Result<Option<u64>, Error> {
        let digest = digest.clone();
        self.root.run(move |root| size(root.pool(), &digest)).await
    }

    async fn open(&self, digest: &Digest, offset: u64, length: u64) -> Result<Option<ByteStream>, Error> {
        let (root, digest) = (Arc::clone(&self.root), digest.clone());
        let opened = self.root.run(move |_| Reader::open(root, &digest, offset, length)).await?;
        Ok(opened.map(pieces))
    }

    async fn ingest(&self, algorithm: Algorithm<'_>) -> Result<Writer, Error> {
        let hasher = Hasher::new(algorithm)?;
        let temporary = self.root.run(move |root| Temporary::create(root.pool(), hasher)).await?;
        Ok(Writer::new(Arc::clone(&self.root), temporary))
    }

    async fn delete(&self, digest: &Digest) -> Result<bool, Error> {
        let digest = digest.clone();
        self.root.run(move |root| remove(root.pool(), &digest)).await
    }
}

/// The size of content in a layout, if it is there.
pub(super) fn size(layout: &Path, digest: &Digest) -> Result<Option<u64>, Error> {
    let Some(path) = find(layout, digest)? else { return Ok(None) };
    let size = file::stat(&path)?.map(|metadata| metadata.len());
    Ok(size.filter(|size| *size > 0 || digest.matches(&[]) == Ok(true)))
}

/// Removes content from a layout, and says whether it was there.
pub(super) fn remove(layout: &Path, digest: &Digest) -> Result<bool, Error> {
    find(layout, digest)?.map_or(Ok(false), |path| file::remove(&path))
}

/// A file of which a part is being read.
///
/// It holds the file open, so content that is deleted meanwhile is still read to its end where the system allows that.
struct Reader {
    root: Arc<Root>,
    path: PathBuf,
    file: File,
    remaining: u64,
}

/// The next piece, which is being read, and what is read after it.
type Ahead = Pin<Box<dyn Future<Output = Result<(Bytes, Reader), Error>> + Send>>;

impl Reader {
    /// The first piece is read in the same breath, which for most content is the only one.
    fn open(root: Arc<Root>, digest: &Digest, offset: u64, length: u64) -> Result<Option<(Bytes, Self)>, Error> {
        let Some(path) = find(root.pool(), digest)? else { return Ok(None) };
        let Some(mut file) = file::open(&path)? else { return Ok(None) };
        file.seek(SeekFrom::Start(offset)).map_err(failed("read", &path))?;
        Self { root, path, file, remaining: length }.read().map(Some)
    }

    /// No bytes when all have been read, or when the file is shorter than it should be.
    fn read(mut self) -> Result<(Bytes, Self), Error> {
        let piece = file::piece(&mut self.file, self.remaining).map_err(failed("read", &self.path))?;
        self.remaining = self.remaining.saturating_sub(piece.len() as u64);
        Ok((piece, self))
    }

    /// Begins to read the next piece while the last one is used.
    fn ahead(self) -> Option<Ahead> {
        let root = Arc::clone(&self.root);
        (self.remaining > 0).then(|| Box::pin(root.run(move |_| self.read())) as Ahead)
    }
}

/// At most two pieces are in memory: the one that is used and the one that is read.
fn pieces(first: (Bytes, Reader)) -> ByteStream {
    let first: Ahead = Box::pin(std::future::ready(Ok(first)));
    Box::pin(stream::unfold(Some(first), async |ahead| match ahead?.await {
        Ok((piece, _)) if piece.is_empty() => None,
        Ok((piece, reader)) => Some((Ok(piece), reader.ahead())),
        Err(error) => Some((Err(error.during(Operation::GetBlob)), None)),
    }))
}
