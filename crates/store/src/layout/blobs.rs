//! Content as files (image-spec, "OCI Image Layout"). What is on the disk counts, because others write there as well: what
//! was learnt of a file counts for as long as it is the same file, unchanged.

use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;
use bytes::Bytes;
use wharf_registry::{Algorithm, Blob, ByteStream, Descriptor, Digest, Hasher, MediaType};

use super::content::known_size;
use super::held::Held;
use super::place::{place, pool};
use super::reader::Reader;
use super::root::Root;
use super::seen::Seen;
use super::writer::Writer;
use super::{session, trash};
use crate::{Cas, Error, OpenSessions, SessionName};

/// Content in the directory `blobs` of a layout, one file each: `blobs/sha256/<64 hexadecimal digits>`.
///
/// A file that is not a regular one counts as absent and is never followed. So does an empty one, unless its name is
/// that of nothing at all: that is how files look whose bytes did not survive a power cut. One that was read here and was
/// wrong is not told by [`stat`](Cas::stat) any more for as long as it is the same, so that somebody brings the content again.
/// Content that was written here is read-only and was on the disk before it had its name.
#[derive(Debug)]
pub struct Blobs {
    root: Arc<Root>,
}

impl Blobs {
    pub(super) const fn new(root: Arc<Root>) -> Self {
        Self { root }
    }

    /// The root that this is the content of.
    pub(super) const fn root(&self) -> &Arc<Root> {
        &self.root
    }
}

#[async_trait]
impl Cas for Blobs {
    type Ingest = Writer;
    type Session = Held;

    async fn stat(&self, digest: &Digest) -> Result<Option<u64>, Error> {
        let refuted = self.root.verified().refuted(digest);
        if refuted.is_none()
            && let Some(size) = known_size(self.root.files(), pool(), digest)
        {
            return Ok(Some(size));
        }
        let digest = digest.clone();
        let size = self.root.run(move |root| {
            let size = trash::size(root.files(), pool(), &digest)?;
            Ok(if is_refuted(root, &digest, refuted)? { None } else { size })
        });
        size.await
    }

    async fn open(&self, digest: &Digest, offset: u64, length: u64) -> Result<Option<ByteStream>, Error> {
        let (root, digest) = (Arc::clone(&self.root), digest.clone());
        let opened = self.root.run(move |_| Reader::open(root, pool(), &digest, offset, length)).await?;
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
        Ok(Writer::new(Arc::clone(&self.root), Hasher::new(algorithm)?))
    }

    async fn begin(&self, name: &SessionName, algorithm: Algorithm<'_>, now: SystemTime) -> Result<Held, Error> {
        Held::begin(&self.root, name, Hasher::new(algorithm)?, now).await
    }

    async fn resume(&self, name: &SessionName) -> Result<Held, Error> {
        Held::resume(&self.root, name).await
    }

    async fn expire(&self, before: SystemTime, beside: &SessionName) -> Result<OpenSessions, Error> {
        let beside = beside.clone();
        self.root.run(move |root| session::expire(root.files(), before, &beside)).await
    }

    async fn delete(&self, digest: &Digest) -> Result<bool, Error> {
        let digest = digest.clone();
        self.root.run(move |root| trash::forget(root.files(), pool(), &digest)).await
    }
}

/// Whether the pool still has the very file that was read before and was wrong.
fn is_refuted(root: &Root, digest: &Digest, refuted: Option<Seen>) -> Result<bool, Error> {
    let Some(refuted) = refuted else { return Ok(false) };
    let now = root.files().stat(&place(pool(), digest)?)?.and_then(|stat| Seen::of(&stat));
    Ok(now == Some(refuted))
}

/// Small content that was verified, if the system knows that its file is the same.
fn known_bytes(root: &Root, digest: &Digest) -> Option<Bytes> {
    let record = root.verified().get(digest)?;
    let bytes = record.bytes?;
    let path = place(pool(), digest).ok()?;
    (Seen::of(&root.files().known(&path)?)? == record.seen).then_some(bytes)
}

fn whole(bytes: Bytes) -> ByteStream {
    Box::pin(futures_util::stream::once(std::future::ready(Ok(bytes))))
}
