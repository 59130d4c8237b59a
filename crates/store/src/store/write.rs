//! Writing, in the order that leaves no name without content: bytes, then the link, then the record with its tags.
//!
//! Whatever breaks off in between leaves content that nobody sees. What is there already and right is not written again.

use std::collections::HashSet;

use async_trait::async_trait;
use bytes::Bytes;
use wharf_registry::{
    Admitted, Algorithm, Blob, ByteStream, Content, Descriptor, Digest, Document, Error, ErrorCode, MediaType,
    Mismatch, Operation, PolicyError, Precondition, Raw, Repository, Tag, Upload, UploadId, Write,
};

use super::upload::Handle;
use crate::context::Context;
use crate::sink::{Sink, Stopped};
use crate::{Cas, NewManifest, Put, Refs, Store};

/// How often a manifest is stored when it goes between its storing and its recording.
const ATTEMPTS: usize = 4;

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<C: Cas, R: Refs> Write for Store<C, R> {
    async fn put_blob(&self, repository: &Repository, blob: Blob) -> Result<(), Error> {
        // What is written is verified here, so the blob need not do it on the way.
        let (descriptor, stream) = blob.into_unverified();
        let at = Context::new(Operation::PutBlob, repository, &descriptor.digest);
        self.put(at, &descriptor, stream).await
    }

    async fn mount(&self, repository: &Repository, digest: &Digest, from: &Repository) -> Result<bool, Error> {
        if self.size(Context::new(Operation::Mount, from, digest), digest).await?.is_none() {
            return Ok(false);
        }
        self.link(Context::new(Operation::Mount, repository, digest), digest).await.map(|()| true)
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
        let needs = self.needs(repository, &admitted).await;
        self.check_needs(at, &needs, document).await?;
        let new =
            new_manifest(&admitted, document).with_needs(needs).with_tags(tags.iter().cloned()).when(when.clone());
        for _ in 0..ATTEMPTS {
            self.put(at, &new.manifest, once(document.bytes().clone())).await?;
            match self.refs.put_manifest(repository, new.clone()).await.map_err(|error| at.failed(error))? {
                Put::Done => return Ok(()),
                Put::Refused => return Err(at.error(ErrorCode::DENIED)),
                // Somebody deleted it, or swept it, between the two steps; its bytes are at hand.
                Put::Missing(missing) if missing == [document.digest().clone()] => {}
                Put::Missing(missing) => return Err(PolicyError::Missing(missing).refuse(repository, document)),
            }
        }
        Err(at.error(ErrorCode::UNAVAILABLE))
    }
}

impl<C: Cas, R: Refs> Store<C, R> {
    /// Content first, then the link that makes it visible.
    async fn put(&self, at: Context<'_>, descriptor: &Descriptor, stream: ByteStream) -> Result<(), Error> {
        if !self.holds(at, descriptor).await? {
            self.ingest(descriptor, stream).await.map_err(|stopped| stopped.at(at))?;
        }
        // Also when the content is seen already: what shows it may be another file than the one that was verified.
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

    /// What is linked must be there, and be there afterwards: until then no repository names it, so it can be swept.
    pub(super) async fn link(&self, at: Context<'_>, digest: &Digest) -> Result<(), Error> {
        self.refs.link(at.repository(), digest).await.map_err(|error| at.failed(error))?;
        match self.is_there(at, digest).await? {
            true => Ok(()),
            false => Err(at.error(ErrorCode::UNAVAILABLE)),
        }
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

    /// Everything that must be there for a manifest: what it needs, and what the manifests need that it names. Those may have
    /// been nobody's until now, and then what they need was, too. One that cannot be read needs nothing that is known.
    async fn needs(&self, repository: &Repository, admitted: &Admitted) -> Vec<Digest> {
        let mut needs: Vec<_> = admitted.blobs().map(|blob| blob.digest.clone()).collect();
        let mut waiting: Vec<_> = admitted.manifests().cloned().collect();
        let mut seen: HashSet<_> = needs.iter().cloned().collect();
        while let Some(Descriptor { digest, media_type, .. }) = waiting.pop() {
            if !seen.insert(digest.clone()) {
                continue;
            }
            needs.push(digest.clone());
            let Ok(document) = self.document(repository, &digest, Some(media_type)).await else { continue };
            let Ok(admitted) = self.policy.admit(&document) else { continue };
            let blobs = admitted.blobs().map(|blob| &blob.digest);
            needs.extend(blobs.filter(|digest| seen.insert((*digest).clone())).cloned());
            waiting.extend(admitted.manifests().cloned());
        }
        needs
    }

    /// Everything that must be there for a manifest is visible in its repository.
    async fn check_needs(&self, at: Context<'_>, needs: &[Digest], document: &Document) -> Result<(), Error> {
        let mut missing = Vec::new();
        for digest in needs {
            if !self.refs.linked(at.repository(), digest).await.map_err(|error| at.failed(error))? {
                missing.push(digest.clone());
            }
        }
        match missing.is_empty() {
            true => Ok(()),
            false => Err(PolicyError::Missing(missing).refuse(at.repository(), document)),
        }
    }
}

/// What is recorded of a manifest that is admitted, but for its needs and its tags.
fn new_manifest(admitted: &Admitted, document: &Document) -> NewManifest {
    let content = admitted.content().unwrap_or(&Content::Opaque);
    NewManifest::new(document.descriptor())
        .with_children(content.children().map(|child| child.digest.clone()))
        .with_subject(content.subject().map(|subject| subject.digest.clone()))
}

fn once(bytes: Bytes) -> ByteStream {
    Box::pin(futures_util::stream::once(std::future::ready(Ok(bytes))))
}

/// Whether a manifest's bytes are what a media type says, of which it is known what it means.
fn is_known_as(media_type: &MediaType, document: &Document) -> bool {
    let document = Document::new(media_type.clone(), document.bytes().clone());
    document.decode::<Content>().is_ok_and(|document| *document.view() != Content::Opaque)
}

fn allowed(at: Context<'_>, allowed: bool) -> Result<(), Error> {
    if allowed { Ok(()) } else { Err(at.error(ErrorCode::DENIED)) }
}
