//! Content in a map. Nothing is evicted: whoever wants a bound on it puts one in front.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures_util::stream;
use wharf_registry::{Algorithm, Blob, ByteStream, Descriptor, Digest, Hasher, MediaType, Mismatch};

use super::collect::sorted;
use super::sessions::{Held, Sessions};
use crate::clock::Clock;
use crate::collect::{CollectCas, Condemn, Epoch, Item, Sweep};
use crate::sync::RwLock;
use crate::{Cas, Error, Ingest, OpenSessions, SessionName};

/// How much of content is handed out at once, in bytes, so that whoever hashes it comes up for air.
const PIECE: usize = 256 << 10;

/// Content in memory. Reading shares the bytes and copies nothing; clones share the content and the upload sessions.
#[derive(Clone, Default)]
pub struct Blobs {
    contents: Arc<Contents>,
    sessions: Sessions<Writer>,
}

/// Every content by its digest.
#[derive(Default)]
struct Contents {
    all: RwLock<HashMap<Digest, Content>>,
    clock: Clock,
}

struct Content {
    bytes: Bytes,
    touched: SystemTime,
    condemned: Option<Epoch>,
}

impl Contents {
    /// Content that is there; what is condemned comes back.
    fn get(&self, digest: &Digest) -> Option<Bytes> {
        let found = self.all.read().get(digest).map(|content| (content.bytes.clone(), content.condemned));
        match found? {
            (bytes, None) => Some(bytes),
            (_, Some(_)) => self.all.write().get_mut(digest).map(|content| {
                content.touch(self.clock.now());
                content.bytes.clone()
            }),
        }
    }

    /// Makes content visible that was verified; what is there already stays, and is as new.
    fn put(&self, digest: Digest, bytes: Bytes) {
        let now = self.clock.now();
        let new = || Content { bytes, touched: now, condemned: None };
        self.all.write().entry(digest).or_insert_with(new).touch(now);
    }
}

impl Content {
    const fn touch(&mut self, now: SystemTime) {
        self.touched = now;
        self.condemned = None;
    }

    /// Whether it may be condemned.
    fn is_condemnable(&self, before: SystemTime) -> bool {
        self.condemned.is_none() && self.touched < before
    }

    fn is_sweepable(&self, until: Epoch) -> bool {
        self.condemned.is_some_and(|epoch| epoch <= until)
    }
}

#[async_trait]
impl CollectCas for Blobs {
    async fn content(&self) -> Result<Vec<Item>, Error> {
        let item = |(digest, content): (&Digest, &Content)| {
            let item = Item::new(digest.clone(), Some(content.bytes.len() as u64), content.touched);
            match content.condemned {
                Some(epoch) => item.condemned(epoch),
                None => item,
            }
        };
        let items = self.contents.all.read().iter().map(item).collect();
        Ok(sorted(items))
    }

    async fn condemn(&self, what: Condemn) -> Result<Vec<Digest>, Error> {
        let mut contents = self.contents.all.write();
        let mut condemn = |digest: &Digest| {
            let content = contents.get_mut(digest).filter(|content| content.is_condemnable(what.before));
            content.map(|content| content.condemned = Some(what.epoch)).is_some()
        };
        Ok(what.digests.into_iter().filter(|digest| condemn(digest)).collect())
    }

    async fn sweep(&self, what: Sweep) -> Result<Vec<Digest>, Error> {
        let mut contents = self.contents.all.write();
        let mut sweep = |digest: &Digest| {
            let is_due = contents.get(digest).is_some_and(|content| content.is_sweepable(what.until));
            is_due && contents.remove(digest).is_some()
        };
        Ok(what.digests.into_iter().filter(|digest| sweep(digest)).collect())
    }
}

#[async_trait]
impl Cas for Blobs {
    type Ingest = Writer;
    type Session = Held<Writer>;

    async fn stat(&self, digest: &Digest) -> Result<Option<u64>, Error> {
        Ok(self.contents.get(digest).map(|content| content.len() as u64))
    }

    async fn open(&self, digest: &Digest, offset: u64, length: u64) -> Result<Option<ByteStream>, Error> {
        Ok(self.contents.get(digest).map(|content| pieces(part(&content, offset, length))))
    }

    /// What is here was verified when it came, and nobody can have changed it.
    async fn read(&self, digest: &Digest) -> Result<Option<Blob>, Error> {
        Ok(self.contents.get(digest).map(|content| {
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

    async fn expire(&self, before: SystemTime, beside: &SessionName) -> Result<OpenSessions, Error> {
        Ok(self.sessions.expire(before, beside))
    }

    async fn delete(&self, digest: &Digest) -> Result<bool, Error> {
        Ok(self.contents.all.write().remove(digest).is_some())
    }
}

impl fmt::Debug for Blobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.contents.all.read().keys()).finish()
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
    contents: Arc<Contents>,
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
        self.contents.put(actual, self.content.freeze());
        Ok(size)
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").field("offset", &self.content.len()).finish_non_exhaustive()
    }
}
