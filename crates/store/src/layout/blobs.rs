//! Content as files (image-spec, "OCI Image Layout"). What is on the disk counts, because others write there as well: what
//! was learnt of a file counts for as long as it is the same file, unchanged.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use wharf_registry::{Algorithm, Blob, ByteStream, Descriptor, Digest, Hasher, MediaType};

use super::Writer;
use super::file;
use super::near;
use super::place::{self, find};
use super::reader::Reader;
use super::root::Root;
use super::seen::Seen;
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
        if let Some(size) = known_size(self.root.pool(), digest) {
            return Ok(Some(size));
        }
        let digest = digest.clone();
        self.root.run(move |root| size(root.pool(), &digest)).await
    }

    async fn open(&self, digest: &Digest, offset: u64, length: u64) -> Result<Option<ByteStream>, Error> {
        let (root, digest) = (Arc::clone(&self.root), digest.clone());
        let opened = self.root.run(move |_| Reader::open(root, &digest, offset, length)).await?;
        Ok(opened.map(Reader::pieces))
    }

    /// Small content that was verified is in memory, and larger content is not hashed again.
    async fn read(&self, digest: &Digest) -> Result<Option<Blob>, Error> {
        if let Some(bytes) = known_bytes(&self.root, digest) {
            let descriptor = Descriptor::new(MediaType::OCTET_STREAM, digest.clone(), bytes.len() as u64);
            return Ok(Some(Blob::verified(descriptor, whole(bytes))));
        }
        let (root, digest) = (Arc::clone(&self.root), digest.clone());
        let opened = self.root.run(move |_| Reader::whole(root, digest)).await?;
        Ok(opened.map(Reader::blob))
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

/// Small content that was verified, if the system knows that its file is the same.
fn known_bytes(root: &Root, digest: &Digest) -> Option<Bytes> {
    let record = root.verified().get(digest)?;
    let bytes = record.bytes?;
    let path = place::path(root.pool(), digest).ok()?;
    (Seen::of(&near::stat(&path)?)? == record.seen).then_some(bytes)
}

/// The size of content in a layout, if the system knows it without a look at the disk.
pub(super) fn known_size(layout: &Path, digest: &Digest) -> Option<u64> {
    let path = place::path(layout, digest).ok()?;
    near::stat(&path).map(|metadata| metadata.len()).filter(|size| *size > 0)
}

fn whole(bytes: Bytes) -> ByteStream {
    Box::pin(futures_util::stream::once(std::future::ready(Ok(bytes))))
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
