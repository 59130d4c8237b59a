//! Writing, in the order that leaves no name without content: bytes, then the link, then the record with its tags.
//!
//! Whatever breaks off in between leaves content that nobody sees. What is there already and right is not written again.

use async_trait::async_trait;
use wharf_registry::{
    Algorithm, Blob, ByteStream, Content, Descriptor, Digest, Document, Error, ErrorCode, MediaType, Mismatch,
    Operation, PolicyError, Precondition, Raw, Repository, Tag, Upload, UploadId, Write,
};

use super::upload::Handle;
use crate::context::Context;
use crate::sink::{Sink, Stopped};
use crate::{Cas, Refs, Store};

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<C: Cas, R: Refs> Write for Store<C, R> {
    async fn put_blob(&self, repository: &Repository, blob: Blob) -> Result<(), Error> {
        // What is written is verified here, so the blob need not do it on the way.
        let (descriptor, stream) = blob.into_unverified();
        let at = Context::new(Operation::PutBlob, repository, &descriptor.digest);
        at.there(self.put(at, &descriptor, stream).await?)
    }

    async fn mount(&self, repository: &Repository, digest: &Digest, from: &Repository) -> Result<bool, Error> {
        let [from, at] = [from, repository].map(|one| Context::new(Operation::Mount, one, digest));
        if self.size(from, digest).await?.is_none() {
            return Ok(false);
        }
        if self.is_there(at, digest).await? {
            return self.link(at, digest).await;
        }
        let Some(own) = self.own(from, digest).await? else { return Ok(false) };
        let (descriptor, stream) = own.into_unverified();
        self.put(at, &descriptor, stream).await
    }

    async fn start_upload(&self, repository: &Repository, algorithm: Algorithm<'_>) -> Result<Box<dyn Upload>, Error> {
        Ok(Box::new(Handle::open(self, repository, algorithm).await?))
    }

    async fn resume_upload(&self, repository: &Repository, id: &UploadId) -> Result<Box<dyn Upload>, Error> {
        Ok(Box::new(Handle::resume(self, repository, id).await?))
    }

    async fn put_manifest(
        &self,
        repository: &Repository,
        document: &Document<Raw>,
        tags: &[Tag],
        when: &Precondition,
    ) -> Result<(), Error> {
        let at = Context::new(Operation::PutManifest, repository, document.digest());
        let admitted = self.policy.admit(document).map_err(|error| error.refuse(repository, document))?;
        self.check_tags(at, document.digest(), tags, when).await?;
        self.check_known(at, document).await?;
        self.record(at, document, &admitted, tags, when).await
    }
}

impl<C: Cas, R: Refs> Store<C, R> {
    /// Content first, then the link that makes it visible; says whether it is there then, as [`link`](Self::link) does.
    pub(super) async fn put(
        &self,
        at: Context<'_>,
        descriptor: &Descriptor,
        stream: ByteStream,
    ) -> Result<bool, Error> {
        // What is seen already is linked, too: what shows it may be another file than the one that was verified. What went
        // meanwhile is as good as new.
        if self.holds(at, descriptor).await? && self.link(at, &descriptor.digest).await? {
            return Ok(true);
        }
        self.ingest(descriptor, stream).await.map_err(|stopped| stopped.at(at))?;
        self.link(at, &descriptor.digest).await
    }

    /// Content into the store, which no repository sees yet. Its size is checked before its digest.
    async fn ingest(&self, descriptor: &Descriptor, mut stream: ByteStream) -> Result<(), Stopped> {
        let Descriptor { digest, size, .. } = descriptor;
        let mut sink = Sink::new(self.cas.ingest(digest.algorithm()).await?);
        sink.pour(&mut stream, *size).await?;
        if sink.offset() < *size {
            let mismatch = Mismatch::Size { expected: *size, actual: sink.offset() };
            return Err(Stopped::Store(mismatch.into()));
        }
        sink.commit(digest).await.map(drop)
    }

    /// What is linked must be there, and be there afterwards: until then no repository names it, so it can be swept; and
    /// somebody may delete it. Says whether it is.
    pub(super) async fn link(&self, at: Context<'_>, digest: &Digest) -> Result<bool, Error> {
        self.refs.link(at.repository(), digest).await.map_err(|error| at.failed(error))?;
        self.is_there(at, digest).await
    }

    /// Refuses early what the tags do not allow now, so that it leaves nothing behind. What counts is judged again
    /// together with the write.
    async fn check_tags(&self, at: Context<'_>, new: &Digest, tags: &[Tag], when: &Precondition) -> Result<(), Error> {
        if *when == Precondition::Always {
            return Ok(());
        }
        for tag in tags {
            let current = self.refs.tag(at.repository(), tag).await.map_err(|error| at.failed(error))?;
            allowed(at, when.allows(current.as_ref().map(|current| &current.digest), new))?;
        }
        Ok(())
    }

    /// What a manifest is known as stays as long as it can be read as that. Otherwise whoever may store manifests could
    /// turn one into something that nobody knows, under tags that stay and without deleting anything.
    async fn check_known(&self, at: Context<'_>, document: &Document) -> Result<(), Error> {
        if !self.refs.linked(at.repository(), document.digest()).await.map_err(|error| at.failed(error))? {
            return Ok(());
        }
        let known = self.refs.manifest(at.repository(), document.digest()).await.map_err(|error| at.failed(error))?;
        let known = match known {
            Some(known) => Some(known.media_type).filter(|known| known != document.media_type()),
            // Without a record it is what it says itself, and can be anything that is known.
            None if is_known_as(document.media_type(), document) => None,
            None => Document::inferred(document.bytes().clone()).ok().map(|inferred| inferred.media_type().clone()),
        };
        match known.filter(|known| is_known_as(known, document)) {
            Some(known) => Err(PolicyError::Known(known).refuse(at.repository(), document)),
            None => Ok(()),
        }
    }
}

/// Whether a manifest's bytes are what a media type says, of which it is known what it means.
fn is_known_as(media_type: &MediaType, document: &Document) -> bool {
    let document = Document::new(media_type.clone(), document.bytes().clone());
    document.decode::<Content>().is_ok_and(|document| *document.view() != Content::Opaque)
}

fn allowed(at: Context<'_>, allowed: bool) -> Result<(), Error> {
    if allowed { Ok(()) } else { Err(at.error(ErrorCode::DENIED)) }
}
