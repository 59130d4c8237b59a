//! A registry in memory that is as strict as any, remembers every call, and misbehaves when told to.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use wharf_registry::{
    Blob, ByteStream, Content, Delete, Descriptor, Digest, Document, Error, ErrorCode, List, MediaType, Operation,
    Precondition, Raw, Read, Repository, Tag, TagOrDigest, Write,
};

/// What was asked of a registry, apart from questions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    GetManifest(Digest),
    GetBlob(Digest),
    PutBlob(Digest),
    PutManifest(Digest, Vec<Tag>),
}

/// How the reading of a blob goes wrong.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    /// The last byte is another one.
    Corrupt,
    /// The last piece is missing.
    Short,
    /// There is a byte too many.
    Long,
    /// The descriptor says another size, and the bytes are right.
    Lies,
    /// An error comes instead of the last piece.
    Breaks,
    /// Nothing comes instead of the last piece, ever.
    Stalls,
    /// The stream cannot be opened.
    Refuses,
}

#[derive(Default)]
pub(crate) struct Shelf {
    blobs: Mutex<HashMap<(Repository, Digest), Bytes>>,
    manifests: Mutex<HashMap<(Repository, Digest), Document>>,
    tags: Mutex<HashMap<(Repository, Tag), Digest>>,
    calls: Mutex<Vec<Call>>,
    reading: Mutex<HashMap<Digest, Fault>>,
    refused: Mutex<HashMap<Digest, ErrorCode>>,
    open: Arc<AtomicUsize>,
    peak: Arc<AtomicUsize>,
    mounts: bool,
}

impl Shelf {
    pub(crate) fn that_mounts() -> Self {
        Self { mounts: true, ..Self::default() }
    }

    /// Makes reads of a blob go wrong.
    pub(crate) fn break_reading(&self, digest: &Digest, fault: Fault) {
        lock(&self.reading).insert(digest.clone(), fault);
    }

    /// Makes the storing of a blob or manifest fail, before anything is read.
    pub(crate) fn refuse(&self, digest: &Digest, code: ErrorCode) {
        lock(&self.refused).insert(digest.clone(), code);
    }

    pub(crate) fn add_blob(&self, repository: &Repository, bytes: impl Into<Bytes>) -> Digest {
        let bytes = bytes.into();
        let digest = Digest::of(&bytes);
        lock(&self.blobs).insert((repository.clone(), digest.clone()), bytes);
        digest
    }

    pub(crate) fn add_manifest(&self, repository: &Repository, document: Document) {
        lock(&self.manifests).insert((repository.clone(), document.digest().clone()), document);
    }

    pub(crate) fn set_tag(&self, repository: &Repository, tag: &str, digest: &Digest) {
        lock(&self.tags).insert((repository.clone(), Tag::parse(tag).unwrap()), digest.clone());
    }

    pub(crate) fn tag(&self, repository: &Repository, tag: &str) -> Option<Digest> {
        lock(&self.tags).get(&(repository.clone(), Tag::parse(tag).unwrap())).cloned()
    }

    pub(crate) fn has_blob(&self, repository: &Repository, digest: &Digest) -> bool {
        lock(&self.blobs).contains_key(&(repository.clone(), digest.clone()))
    }

    pub(crate) fn document(&self, repository: &Repository, digest: &Digest) -> Option<Document> {
        lock(&self.manifests).get(&(repository.clone(), digest.clone())).cloned()
    }

    /// What has been asked since the last time that this was called.
    pub(crate) fn take_calls(&self) -> Vec<Call> {
        std::mem::take(&mut lock(&self.calls))
    }

    /// The blobs that were stored since the calls were last taken.
    pub(crate) fn take_stored_blobs(&self) -> HashSet<Digest> {
        let stored = |call| if let Call::PutBlob(digest) = call { Some(digest) } else { None };
        self.take_calls().into_iter().filter_map(stored).collect()
    }

    /// How many streams of blobs were open at a time, at most.
    pub(crate) fn peak(&self) -> usize {
        self.peak.load(Ordering::SeqCst)
    }

    /// How many are open now.
    pub(crate) fn open(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }

    pub(crate) fn manifests(&self) -> usize {
        lock(&self.manifests).len()
    }

    fn call(&self, call: Call) {
        lock(&self.calls).push(call);
    }

    fn allowed(&self, digest: &Digest, operation: Operation) -> Result<(), Error> {
        match lock(&self.refused).get(digest) {
            Some(code) => Err(Error::new(code.clone(), operation)),
            None => Ok(()),
        }
    }

    fn find(&self, repository: &Repository, which: &TagOrDigest, operation: Operation) -> Result<Document, Error> {
        let digest = match which {
            TagOrDigest::Digest(digest) => Some(digest.clone()),
            TagOrDigest::Tag(tag) => self.tag(repository, tag.as_str()),
        };
        let found = digest.and_then(|digest| self.document(repository, &digest));
        found.ok_or_else(|| Error::new(ErrorCode::MANIFEST_UNKNOWN, operation).about(repository, which))
    }

    fn bytes(&self, repository: &Repository, digest: &Digest, operation: Operation) -> Result<Bytes, Error> {
        let found = lock(&self.blobs).get(&(repository.clone(), digest.clone())).cloned();
        found.ok_or_else(|| Error::new(ErrorCode::BLOB_UNKNOWN, operation).about(repository, digest))
    }

    /// The bytes, one at a time, each after a pause in which others run.
    fn stream(&self, mut bytes: Vec<u8>, fault: Option<Fault>) -> ByteStream {
        match fault {
            Some(Fault::Corrupt) => *bytes.last_mut().unwrap() ^= 1,
            Some(Fault::Short | Fault::Breaks | Fault::Stalls) => drop(bytes.pop()),
            Some(Fault::Long) => bytes.push(0),
            _ => {}
        }
        let guard = Guard::new(self);
        let pieces = stream::iter(bytes).then(move |byte| {
            let _ = &guard;
            async move {
                tokio::task::yield_now().await;
                Ok(Bytes::from(vec![byte]))
            }
        });
        match fault {
            Some(Fault::Breaks) => {
                let broken = Error::new(ErrorCode::UNAVAILABLE, Operation::GetBlob).named(&"cable cut");
                Box::pin(pieces.chain(stream::once(std::future::ready(Err(broken)))))
            }
            Some(Fault::Stalls) => Box::pin(pieces.chain(stream::pending())),
            _ => Box::pin(pieces),
        }
    }
}

/// Counts a stream as long as it is open.
struct Guard(Arc<AtomicUsize>);

impl Guard {
    fn new(shelf: &Shelf) -> Self {
        let open = shelf.open.fetch_add(1, Ordering::SeqCst) + 1;
        shelf.peak.fetch_max(open, Ordering::SeqCst);
        Self(Arc::clone(&shelf.open))
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap()
}

#[async_trait]
impl Read for Shelf {
    async fn manifest(&self, repository: &Repository, which: &TagOrDigest) -> Result<Document<Raw>, Error> {
        let document = self.find(repository, which, Operation::GetManifest)?;
        self.call(Call::GetManifest(document.digest().clone()));
        Ok(document)
    }

    async fn blob(&self, repository: &Repository, digest: &Digest) -> Result<Blob, Error> {
        self.call(Call::GetBlob(digest.clone()));
        let bytes = self.bytes(repository, digest, Operation::GetBlob)?;
        let fault = lock(&self.reading).get(digest).copied();
        let size = bytes.len() as u64 + u64::from(matches!(fault, Some(Fault::Lies)));
        if matches!(fault, Some(Fault::Refuses)) {
            return Err(Error::new(ErrorCode::DENIED, Operation::GetBlob).about(repository, digest));
        }
        let descriptor = Descriptor::new(MediaType::OCTET_STREAM, digest.clone(), size);
        Ok(Blob::new(descriptor, self.stream(bytes.to_vec(), fault)))
    }

    async fn resolve(&self, repository: &Repository, which: &TagOrDigest) -> Result<Descriptor, Error> {
        Ok(self.find(repository, which, Operation::Resolve)?.descriptor())
    }

    async fn stat_blob(&self, repository: &Repository, digest: &Digest) -> Result<Descriptor, Error> {
        let bytes = self.bytes(repository, digest, Operation::StatBlob)?;
        Ok(Descriptor::new(MediaType::OCTET_STREAM, digest.clone(), bytes.len() as u64))
    }
}

#[async_trait]
impl Write for Shelf {
    async fn put_blob(&self, repository: &Repository, blob: Blob) -> Result<(), Error> {
        let digest = blob.descriptor().digest.clone();
        self.call(Call::PutBlob(digest.clone()));
        self.allowed(&digest, Operation::PutBlob)?;
        let pieces: Vec<Bytes> = blob.try_collect().await?;
        assert_eq!(self.add_blob(repository, pieces.concat()), digest, "the blob's own verification");
        Ok(())
    }

    async fn mount(&self, repository: &Repository, digest: &Digest, from: &Repository) -> Result<bool, Error> {
        let found = self.bytes(from, digest, Operation::Mount).ok().filter(|_| self.mounts);
        Ok(found.map(|bytes| self.add_blob(repository, bytes)).is_some())
    }

    async fn put_manifest(
        &self,
        repository: &Repository,
        document: &Document<Raw>,
        tags: &[Tag],
        _: &Precondition,
    ) -> Result<(), Error> {
        // Whoever waits here lets others go first, which would show a wrong order.
        tokio::task::yield_now().await;
        self.call(Call::PutManifest(document.digest().clone(), tags.to_vec()));
        self.allowed(document.digest(), Operation::PutManifest)?;
        let content = document.clone().decode::<Content>().unwrap();
        let children = content.view().children().all(|child| self.document(repository, &child.digest).is_some());
        if !children || !content.view().blobs().all(|blob| self.has_blob(repository, &blob.digest)) {
            return Err(Error::new(ErrorCode::MANIFEST_BLOB_UNKNOWN, Operation::PutManifest));
        }
        self.add_manifest(repository, document.clone());
        tags.iter().for_each(|tag| self.set_tag(repository, tag.as_str(), document.digest()));
        Ok(())
    }
}

impl List for Shelf {}

impl Delete for Shelf {}
