//! Content in a map. Nothing is evicted: whoever wants a bound on it puts one in front.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream;
use wharf_registry::{Algorithm, Blob, ByteStream, Descriptor, Digest, MediaType};

use super::draft::Draft;
use super::sessions::{Held, Sessions};
use crate::{Cas, Error, Ingest, SessionName};

/// How much of content is handed out at once, in bytes, so that whoever hashes it comes up for air.
const PIECE: usize = 256 << 10;

/// Content in memory. Reading shares the bytes and copies nothing; clones share the content and the upload sessions.
#[derive(Clone, Default)]
pub struct Blobs {
    content: Arc<RwLock<HashMap<Digest, Bytes>>>,
    sessions: Sessions,
}

impl Blobs {
    fn get(&self, digest: &Digest) -> Option<Bytes> {
        self.content.read().unwrap_or_else(PoisonError::into_inner).get(digest).cloned()
    }

    /// Makes content visible that was verified; what is there already stays.
    fn put(&self, digest: Digest, content: Bytes) {
        let mut blobs = self.content.write().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Vacant(vacant) = blobs.entry(digest) {
            vacant.insert(content);
        }
    }
}

#[async_trait]
impl Cas for Blobs {
    type Ingest = Writer;
    type Session = Held;

    async fn stat(&self, digest: &Digest) -> Result<Option<u64>, Error> {
        Ok(self.get(digest).map(|content| content.len() as u64))
    }

    async fn open(&self, digest: &Digest, offset: u64, length: u64) -> Result<Option<ByteStream>, Error> {
        Ok(self.get(digest).map(|content| pieces(part(&content, offset, length))))
    }

    /// What is here was verified when it came, and nobody can have changed it.
    async fn read(&self, digest: &Digest) -> Result<Option<Blob>, Error> {
        Ok(self.get(digest).map(|content| {
            let descriptor = Descriptor::new(MediaType::OCTET_STREAM, digest.clone(), content.len() as u64);
            Blob::verified(descriptor, pieces(content))
        }))
    }

    async fn ingest(&self, algorithm: Algorithm<'_>) -> Result<Writer, Error> {
        Ok(Writer { blobs: self.clone(), draft: Draft::new(algorithm)? })
    }

    async fn begin(&self, name: &SessionName, algorithm: Algorithm<'_>, now: SystemTime) -> Result<Held, Error> {
        let writer = Writer { blobs: self.clone(), draft: Draft::new(algorithm)? };
        self.sessions.begin(name, now, writer)
    }

    async fn resume(&self, name: &SessionName) -> Result<Held, Error> {
        self.sessions.resume(name, |draft| Writer { blobs: self.clone(), draft })
    }

    async fn expire(&self, before: SystemTime) -> Result<usize, Error> {
        Ok(self.sessions.expire(before))
    }

    async fn delete(&self, digest: &Digest) -> Result<bool, Error> {
        Ok(self.content.write().unwrap_or_else(PoisonError::into_inner).remove(digest).is_some())
    }
}

impl fmt::Debug for Blobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let blobs = self.content.read().unwrap_or_else(PoisonError::into_inner);
        f.debug_set().entries(blobs.keys()).finish()
    }
}

/// The range, cut at the content's end.
fn part(content: &Bytes, offset: u64, length: u64) -> Bytes {
    let within = |offset: u64| usize::try_from(offset).map_or(content.len(), |offset| offset.min(content.len()));
    content.slice(within(offset)..within(offset.saturating_add(length)))
}

/// The content in pieces that share its bytes.
fn pieces(mut rest: Bytes) -> ByteStream {
    Box::pin(stream::iter(std::iter::from_fn(move || {
        let piece = rest.split_to(rest.len().min(PIECE));
        (!piece.is_empty()).then_some(Ok(piece))
    })))
}

/// Content that is being written to memory; hashed as it comes.
pub struct Writer {
    blobs: Blobs,
    draft: Draft,
}

impl Writer {
    /// What was written so far.
    pub(super) fn into_draft(self) -> Draft {
        self.draft
    }
}

#[async_trait]
impl Ingest for Writer {
    fn offset(&self) -> u64 {
        self.draft.size()
    }

    async fn write(&mut self, pieces: Vec<Bytes>) -> Result<(), Error> {
        pieces.into_iter().for_each(|piece| self.draft.push(piece));
        Ok(())
    }

    async fn commit(self, digest: &Digest) -> Result<u64, Error> {
        let (size, content) = (self.draft.size(), self.draft.verify(digest)?);
        self.blobs.put(digest.clone(), content);
        Ok(size)
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").field("offset", &self.draft.size()).finish_non_exhaustive()
    }
}
