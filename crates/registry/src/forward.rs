//! A shared registry is a registry.

use std::sync::Arc;

use async_trait::async_trait;
use wharf_reference::{Repository, Tag, TagOrDigest};
use wharf_spec::{Algorithm, Descriptor, Digest, Document, MediaType, Raw};

use crate::{Blob, ByteRange, Delete, Error, Items, List, Precondition, Range, Read, Upload, UploadId, Write};

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<R: Read + ?Sized> Read for Arc<R> {
    async fn manifest(&self, repository: &Repository, which: &TagOrDigest) -> Result<Document<Raw>, Error> {
        (**self).manifest(repository, which).await
    }

    async fn blob(&self, repository: &Repository, digest: &Digest) -> Result<Blob, Error> {
        (**self).blob(repository, digest).await
    }

    async fn resolve(&self, repository: &Repository, which: &TagOrDigest) -> Result<Descriptor, Error> {
        (**self).resolve(repository, which).await
    }

    async fn stat_blob(&self, repository: &Repository, digest: &Digest) -> Result<Descriptor, Error> {
        (**self).stat_blob(repository, digest).await
    }

    async fn blob_range(&self, repository: &Repository, digest: &Digest, range: ByteRange) -> Result<Range, Error> {
        (**self).blob_range(repository, digest, range).await
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<R: Write + ?Sized> Write for Arc<R> {
    async fn put_blob(&self, repository: &Repository, blob: Blob) -> Result<(), Error> {
        (**self).put_blob(repository, blob).await
    }

    async fn mount(&self, repository: &Repository, digest: &Digest, from: &Repository) -> Result<bool, Error> {
        (**self).mount(repository, digest, from).await
    }

    async fn start_upload(&self, repository: &Repository, algorithm: Algorithm<'_>) -> Result<Box<dyn Upload>, Error> {
        (**self).start_upload(repository, algorithm).await
    }

    async fn resume_upload(&self, repository: &Repository, id: &UploadId) -> Result<Box<dyn Upload>, Error> {
        (**self).resume_upload(repository, id).await
    }

    async fn put_manifest(
        &self,
        repository: &Repository,
        document: &Document<Raw>,
        tags: &[Tag],
        when: &Precondition,
    ) -> Result<(), Error> {
        (**self).put_manifest(repository, document, tags, when).await
    }
}

#[deny(clippy::missing_trait_methods)]
impl<R: List + ?Sized> List for Arc<R> {
    fn tags<'a>(&'a self, repository: &'a Repository, after: Option<&'a Tag>) -> Items<'a, Tag> {
        (**self).tags(repository, after)
    }

    fn repositories<'a>(&'a self, after: Option<&'a Repository>) -> Items<'a, Repository> {
        (**self).repositories(after)
    }

    fn referrers<'a>(
        &'a self,
        repository: &'a Repository,
        digest: &'a Digest,
        artifact_type: Option<&'a MediaType>,
    ) -> Items<'a, Descriptor> {
        (**self).referrers(repository, digest, artifact_type)
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<R: Delete + ?Sized> Delete for Arc<R> {
    async fn delete_tag(&self, repository: &Repository, tag: &Tag) -> Result<(), Error> {
        (**self).delete_tag(repository, tag).await
    }

    async fn delete_manifest(&self, repository: &Repository, digest: &Digest) -> Result<(), Error> {
        (**self).delete_manifest(repository, digest).await
    }

    async fn delete_blob(&self, repository: &Repository, digest: &Digest) -> Result<(), Error> {
        (**self).delete_blob(repository, digest).await
    }
}
