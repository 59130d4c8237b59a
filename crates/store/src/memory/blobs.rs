//! Content in a map. Nothing is evicted: whoever wants a bound on it puts one in front.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures_util::stream;
use wharf_registry::{Algorithm, Blob, ByteStream, Descriptor, Digest, Hasher, MediaType, Mismatch};

use super::sessions::{Held, Sessions};
use crate::{Cas, Error, Ingest, SessionName};

/// How much of content is handed out at once, in bytes, so that whoever hashes it comes up for air.
const PIECE: usize = 256 << 10;

/// Content in memory. Reading shares the bytes and copies nothing; clones share the content and the upload sessions.
#[derive(Clone, Default)]
pub struct Blobs {
    contents: Contents,
    sessions: Sessions<Writer>,
}

/// Every content by its digest.
type Contents = Arc<RwLock<HashMap<Digest, Bytes>>>;

impl Blobs {
    fn get(&self, digest: &Digest) -> Option<Bytes> {
        self.contents.read().unwrap_or_else(PoisonError::into_inner).get(digest).cloned()
    }
}

#[async_trait]
impl Cas for Blobs {
    type Ingest = Writer;
    type Session = Held<Writer>;

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
        let contents = Arc::clone(&self.contents);
        Ok(Writer { contents, hasher: Hasher::new(algorithm)?, content: BytesMut::new() })
    }

    async fn begin(
        &self,
        name: &SessionName,
        algorithm: Algorithm<'_>,
        now: SystemTime,
    ) -> Result<Held<Writer>, Error> {
        self.sessions.begin(name, self.ingest(algorithm).await?, now)
    }

    async fn resume(&self, name: &SessionName) -> Result<Held<Writer>, Error> {
        self.sessions.resume(name)
    }

    async fn expire(&self, before: SystemTime) -> Result<usize, Error> {
        Ok(self.sessions.expire(before))
    }

    async fn delete(&self, digest: &Digest) -> Result<bool, Error> {
        Ok(self.contents.write().unwrap_or_else(PoisonError::into_inner).remove(digest).is_some())
    }
}

impl fmt::Debug for Blobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let blobs = self.contents.read().unwrap_or_else(PoisonError::into_inner);
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
    contents: Contents,
    hasher: Hasher,
    content: BytesMut,
}

impl Writer {
    /// The digest of what has come, in the algorithm that is wanted now: it may be another than was thought at first.
    fn digest(&self, algorithm: Algorithm<'_>) -> Result<Digest, Error> {
        let guessed = self.hasher.clone().finish();
        if guessed.algorithm() == algorithm {
            return Ok(guessed);
        }
        let mut hasher = Hasher::new(algorithm)?;
        hasher.update(&self.content);
        Ok(hasher.finish())
    }

    /// The first piece is taken over without copying it when nobody else holds it.
    fn push(&mut self, piece: Bytes) {
        self.hasher.update(&piece);
        if self.content.is_empty() {
            self.content = BytesMut::from(piece);
        } else {
            self.content.extend_from_slice(&piece);
        }
    }
}

#[async_trait]
impl Ingest for Writer {
    fn offset(&self) -> u64 {
        self.content.len() as u64
    }

    async fn write(&mut self, pieces: Vec<Bytes>) -> Result<(), Error> {
        pieces.into_iter().for_each(|piece| self.push(piece));
        Ok(())
    }

    async fn commit(self, digest: &Digest) -> Result<u64, Error> {
        let actual = self.digest(digest.algorithm())?;
        if actual != *digest {
            let (expected, actual) = (Box::new(digest.clone()), Box::new(actual));
            return Err(Mismatch::Digest { expected, actual }.into());
        }
        let size = self.offset();
        let mut contents = self.contents.write().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Vacant(vacant) = contents.entry(actual) {
            vacant.insert(self.content.freeze());
        }
        Ok(size)
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").field("offset", &self.content.len()).finish_non_exhaustive()
    }
}
