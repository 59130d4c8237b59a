//! Registries that do what a test needs and the one in memory does not.

use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use tokio::sync::Notify;
use wharf_registry::{
    Blob, ByteStream, Delete, Descriptor, Digest, Document, Error, ErrorCode, Index, Items, List, MediaType, Operation,
    Precondition, Raw, Read, Repository, Tag, TagOrDigest, Upload, UploadId, Write,
};

/// Every tag is an empty index, there is one blob, which has these bytes and may be said to be another, and all else is
/// left to the defaults.
#[derive(Default)]
pub(crate) struct Small {
    pub(crate) pieces: Vec<&'static str>,
    pub(crate) said: Option<Descriptor>,
    pub(crate) referrers: Option<Vec<Descriptor>>,
}

#[async_trait]
impl Read for Small {
    async fn manifest(&self, _: &Repository, _: &TagOrDigest) -> Result<Document<Raw>, Error> {
        Ok(Document::author(Index::new(Vec::new())).unwrap().into_raw())
    }

    async fn blob(&self, _: &Repository, digest: &Digest) -> Result<Blob, Error> {
        let size = self.pieces.concat().len() as u64;
        let descriptor = Descriptor::new(MediaType::OCTET_STREAM, digest.clone(), size);
        let pieces: Vec<_> = self.pieces.iter().map(|piece| Ok(Bytes::from(*piece))).collect();
        let stream: ByteStream = Box::pin(stream::iter(pieces));
        Ok(Blob::new(self.said.clone().unwrap_or(descriptor), stream))
    }
}

impl Write for Small {}
impl Delete for Small {}

impl List for Small {
    fn referrers<'a>(&'a self, _: &'a Repository, _: &'a Digest, _: Option<&'a MediaType>) -> Items<'a, Descriptor> {
        let found = match &self.referrers {
            Some(found) => found.iter().cloned().map(Ok).collect(),
            None => vec![Err(Error::unsupported(Operation::ListReferrers))],
        };
        Box::pin(stream::iter(found))
    }
}

/// Fails at everything with one code, for a reason that is nobody's business.
pub(crate) struct Failing(pub(crate) ErrorCode);

pub(crate) const SECRET: &str = "/srv/secret/path";

impl Failing {
    fn error(&self, operation: Operation) -> Error {
        Error::new(self.0.clone(), operation).named(&"app").because(SECRET)
    }
}

#[async_trait]
impl Read for Failing {
    async fn manifest(&self, _: &Repository, _: &TagOrDigest) -> Result<Document<Raw>, Error> {
        Err(self.error(Operation::GetManifest))
    }

    async fn blob(&self, _: &Repository, _: &Digest) -> Result<Blob, Error> {
        Err(self.error(Operation::GetBlob))
    }
}

#[async_trait]
impl Write for Failing {
    async fn put_blob(&self, _: &Repository, _: Blob) -> Result<(), Error> {
        Err(self.error(Operation::PutBlob))
    }
}

impl List for Failing {}
impl Delete for Failing {}

/// Only upload sessions, of another registry, and each piece takes its time.
pub(crate) struct Lagging<R>(pub(crate) R);

struct LaggingUpload(Box<dyn Upload>);

#[async_trait]
impl<R: Read> Read for Lagging<R> {
    async fn manifest(&self, repository: &Repository, which: &TagOrDigest) -> Result<Document<Raw>, Error> {
        self.0.manifest(repository, which).await
    }

    async fn blob(&self, repository: &Repository, digest: &Digest) -> Result<Blob, Error> {
        self.0.blob(repository, digest).await
    }
}

#[async_trait]
impl<R: Write> Write for Lagging<R> {
    async fn resume_upload(&self, repository: &Repository, id: &UploadId) -> Result<Box<dyn Upload>, Error> {
        Ok(Box::new(LaggingUpload(self.0.resume_upload(repository, id).await?)))
    }
}

impl<R: Send + Sync> List for Lagging<R> {}
impl<R: Send + Sync> Delete for Lagging<R> {}

#[async_trait]
impl Upload for LaggingUpload {
    fn id(&self) -> &UploadId {
        self.0.id()
    }

    fn offset(&self) -> u64 {
        self.0.offset()
    }

    async fn append(&mut self, mut data: ByteStream) -> Result<u64, Error> {
        while let Some(piece) = data.next().await.transpose()? {
            for _ in 0..1000 {
                tokio::task::yield_now().await;
            }
            self.0.append(Box::pin(stream::iter([Ok(piece)]))).await?;
        }
        Ok(self.offset())
    }

    async fn commit(self: Box<Self>, digest: &Digest) -> Result<Descriptor, Error> {
        self.0.commit(digest).await
    }

    async fn cancel(self: Box<Self>) -> Result<(), Error> {
        self.0.cancel().await
    }
}

/// A manifest is stored once somebody says so.
#[derive(Default)]
pub(crate) struct Stuck {
    pub(crate) count: AtomicUsize,
    pub(crate) begun: Notify,
    pub(crate) go_on: Notify,
}

#[async_trait]
impl Read for Stuck {
    async fn manifest(&self, _: &Repository, _: &TagOrDigest) -> Result<Document<Raw>, Error> {
        Err(Error::unsupported(Operation::GetManifest))
    }

    async fn blob(&self, _: &Repository, _: &Digest) -> Result<Blob, Error> {
        Err(Error::unsupported(Operation::GetBlob))
    }
}

#[async_trait]
impl Write for Stuck {
    async fn put_manifest(&self, _: &Repository, _: &Document<Raw>, _: &[Tag], _: &Precondition) -> Result<(), Error> {
        self.count.fetch_add(1, Ordering::SeqCst);
        self.begun.notify_one();
        self.go_on.notified().await;
        Ok(())
    }
}

impl List for Stuck {}
impl Delete for Stuck {}
