//! Every method of a registry: record the call, then do it, with its fault if it has one.
//!
//! A call is recorded before anything else, so that one which fails, or whose future is dropped, is among the calls as
//! well. Faults of streams are put into the content on its way; those of calls replace or follow what the registry
//! does.

use async_trait::async_trait;
use futures_util::stream;
use wharf_registry::{
    Algorithm, Blob, ByteRange, Delete, Descriptor, Digest, Document, Error, Items, List, MediaType, Operation,
    Precondition, Range, Raw, Read, Repository, Tag, TagOrDigest, Upload, UploadId, Write,
};

use super::stream::{spoilt, spoilt_stream};
use super::{Fault, Faulty, run, unavailable};

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<R: Read> Read for Faulty<R> {
    async fn manifest(&self, repository: &Repository, which: &TagOrDigest) -> Result<Document<Raw>, Error> {
        let fault = self.called(Operation::GetManifest, &format_args!("{repository} {which}"));
        run(fault, Operation::GetManifest, self.registry.manifest(repository, which)).await
    }

    async fn blob(&self, repository: &Repository, digest: &Digest) -> Result<Blob, Error> {
        let fault = self.called(Operation::GetBlob, &format_args!("{repository} {digest}"));
        let (call, stream) = apart(fault);
        let blob = run(call, Operation::GetBlob, self.registry.blob(repository, digest)).await?;
        Ok(spoilt(blob, stream.as_ref(), Operation::GetBlob))
    }

    async fn resolve(&self, repository: &Repository, which: &TagOrDigest) -> Result<Descriptor, Error> {
        let fault = self.called(Operation::Resolve, &format_args!("{repository} {which}"));
        run(fault, Operation::Resolve, self.registry.resolve(repository, which)).await
    }

    async fn stat_blob(&self, repository: &Repository, digest: &Digest) -> Result<Descriptor, Error> {
        let fault = self.called(Operation::StatBlob, &format_args!("{repository} {digest}"));
        run(fault, Operation::StatBlob, self.registry.stat_blob(repository, digest)).await
    }

    async fn blob_range(&self, repository: &Repository, digest: &Digest, range: ByteRange) -> Result<Range, Error> {
        let fault = self.called(Operation::GetBlob, &format_args!("{repository} {digest}"));
        let (call, stream) = apart(fault);
        let part = run(call, Operation::GetBlob, self.registry.blob_range(repository, digest, range)).await?;
        let (blob, offset, length) = (part.blob().clone(), part.offset(), part.length());
        let stream = spoilt_stream(part.into_unverified(), stream.as_ref(), Operation::GetBlob);
        Ok(Range::new(blob, offset, length, stream))
    }
}

/// The fault of the call, or the one of its stream.
fn apart(fault: Option<Fault>) -> (Option<Fault>, Option<Fault>) {
    match fault {
        Some(Fault::Refuse(_) | Fault::Lose) => (fault, None),
        _ => (None, fault),
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<R: Write> Write for Faulty<R> {
    async fn put_blob(&self, repository: &Repository, blob: Blob) -> Result<(), Error> {
        let fault = self.called(Operation::PutBlob, &format_args!("{repository} {}", blob.descriptor().digest));
        let (call, stream) = apart(fault);
        let blob = spoilt(blob, stream.as_ref(), Operation::PutBlob);
        run(call, Operation::PutBlob, self.registry.put_blob(repository, blob)).await
    }

    async fn mount(&self, repository: &Repository, digest: &Digest, from: &Repository) -> Result<bool, Error> {
        let fault = self.called(Operation::Mount, &format_args!("{repository} {digest}"));
        run(fault, Operation::Mount, self.registry.mount(repository, digest, from)).await
    }

    async fn start_upload(&self, repository: &Repository, algorithm: Algorithm<'_>) -> Result<Box<dyn Upload>, Error> {
        let fault = self.called(Operation::Upload, repository);
        run(fault, Operation::Upload, self.registry.start_upload(repository, algorithm)).await
    }

    async fn resume_upload(&self, repository: &Repository, id: &UploadId) -> Result<Box<dyn Upload>, Error> {
        let fault = self.called(Operation::Upload, &format_args!("{repository} {id}"));
        run(fault, Operation::Upload, self.registry.resume_upload(repository, id)).await
    }

    async fn put_manifest(
        &self,
        repository: &Repository,
        document: &Document<Raw>,
        tags: &[Tag],
        when: &Precondition,
    ) -> Result<(), Error> {
        let fault = self.called(Operation::PutManifest, &format_args!("{repository} {}", document.digest()));
        run(fault, Operation::PutManifest, self.registry.put_manifest(repository, document, tags, when)).await
    }
}

#[deny(clippy::missing_trait_methods)]
impl<R: List> List for Faulty<R> {
    fn tags<'a>(&'a self, repository: &'a Repository, after: Option<&'a Tag>) -> Items<'a, Tag> {
        let fault = self.called(Operation::ListTags, repository);
        listed(fault, Operation::ListTags, self.registry.tags(repository, after))
    }

    fn repositories<'a>(&'a self, after: Option<&'a Repository>) -> Items<'a, Repository> {
        let fault = self.called(Operation::ListRepositories, &"");
        listed(fault, Operation::ListRepositories, self.registry.repositories(after))
    }

    fn referrers<'a>(
        &'a self,
        repository: &'a Repository,
        digest: &'a Digest,
        artifact_type: Option<&'a MediaType>,
    ) -> Items<'a, Descriptor> {
        let fault = self.called(Operation::ListReferrers, &format_args!("{repository} {digest}"));
        listed(fault, Operation::ListReferrers, self.registry.referrers(repository, digest, artifact_type))
    }
}

/// A list, or an error in its place.
fn listed<'a, T: Send + 'a>(fault: Option<Fault>, operation: Operation, items: Items<'a, T>) -> Items<'a, T> {
    match fault {
        None => items,
        Some(Fault::Refuse(code)) => Box::pin(stream::once(std::future::ready(Err(Error::new(code, operation))))),
        Some(_) => Box::pin(stream::once(std::future::ready(Err(unavailable(operation))))),
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<R: Delete> Delete for Faulty<R> {
    async fn delete_tag(&self, repository: &Repository, tag: &Tag) -> Result<(), Error> {
        let fault = self.called(Operation::DeleteTag, &format_args!("{repository} {tag}"));
        run(fault, Operation::DeleteTag, self.registry.delete_tag(repository, tag)).await
    }

    async fn delete_manifest(&self, repository: &Repository, digest: &Digest) -> Result<(), Error> {
        let fault = self.called(Operation::DeleteManifest, &format_args!("{repository} {digest}"));
        run(fault, Operation::DeleteManifest, self.registry.delete_manifest(repository, digest)).await
    }

    async fn delete_blob(&self, repository: &Repository, digest: &Digest) -> Result<(), Error> {
        let fault = self.called(Operation::DeleteBlob, &format_args!("{repository} {digest}"));
        run(fault, Operation::DeleteBlob, self.registry.delete_blob(repository, digest)).await
    }
}
