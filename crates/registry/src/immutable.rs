use async_trait::async_trait;
use wharf_reference::{Repository, Tag, TagOrDigest};
use wharf_spec::{Algorithm, Descriptor, Digest, Document, ErrorCode, MediaType, Raw};

use crate::{
    Blob, ByteRange, Delete, Error, Items, List, Operation, Precondition, Range, Read, Upload, UploadId, Write,
};

/// A registry whose tags are set once: a tag can neither be moved nor deleted, nor can a manifest or a blob, since a
/// tag may stand on it. Storing the same manifest under its tag again succeeds.
///
/// The registry below must be able to judge [`Precondition::Unset`] together with the write.
///
/// ```
/// # fn wrap(registry: impl wharf_registry::Registry + 'static) -> Box<dyn wharf_registry::Registry> {
/// Box::new(wharf_registry::Immutable::new(registry))
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Immutable<R>(R);

impl<R> Immutable<R> {
    /// Makes a registry's tags immutable.
    pub const fn new(registry: R) -> Self {
        Self(registry)
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<R: Read> Read for Immutable<R> {
    async fn manifest(&self, repository: &Repository, which: &TagOrDigest) -> Result<Document<Raw>, Error> {
        self.0.manifest(repository, which).await
    }

    async fn blob(&self, repository: &Repository, digest: &Digest) -> Result<Blob, Error> {
        self.0.blob(repository, digest).await
    }

    async fn resolve(&self, repository: &Repository, which: &TagOrDigest) -> Result<Descriptor, Error> {
        self.0.resolve(repository, which).await
    }

    async fn stat_blob(&self, repository: &Repository, digest: &Digest) -> Result<Descriptor, Error> {
        self.0.stat_blob(repository, digest).await
    }

    async fn blob_range(&self, repository: &Repository, digest: &Digest, range: ByteRange) -> Result<Range, Error> {
        self.0.blob_range(repository, digest, range).await
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<R: Write> Write for Immutable<R> {
    async fn put_blob(&self, repository: &Repository, blob: Blob) -> Result<(), Error> {
        self.0.put_blob(repository, blob).await
    }

    async fn mount(&self, repository: &Repository, digest: &Digest, from: &Repository) -> Result<bool, Error> {
        self.0.mount(repository, digest, from).await
    }

    async fn start_upload(&self, repository: &Repository, algorithm: Algorithm<'_>) -> Result<Box<dyn Upload>, Error> {
        self.0.start_upload(repository, algorithm).await
    }

    async fn resume_upload(&self, repository: &Repository, id: &UploadId) -> Result<Box<dyn Upload>, Error> {
        self.0.resume_upload(repository, id).await
    }

    async fn put_manifest(
        &self,
        repository: &Repository,
        document: &Document<Raw>,
        tags: &[Tag],
        when: &Precondition,
    ) -> Result<(), Error> {
        let when = match when {
            // To move a tag is what is refused here; to confirm it is not.
            Precondition::PointsTo(expected) if expected == document.digest() => when,
            Precondition::PointsTo(_) if !tags.is_empty() => {
                return Err(refused(Operation::PutManifest).about(repository, document.digest()));
            }
            _ => &Precondition::Unset,
        };
        self.0.put_manifest(repository, document, tags, when).await
    }
}

#[deny(clippy::missing_trait_methods)]
impl<R: List> List for Immutable<R> {
    fn tags<'a>(&'a self, repository: &'a Repository, after: Option<&'a Tag>) -> Items<'a, Tag> {
        self.0.tags(repository, after)
    }

    fn repositories<'a>(&'a self, after: Option<&'a Repository>) -> Items<'a, Repository> {
        self.0.repositories(after)
    }

    fn referrers<'a>(
        &'a self,
        repository: &'a Repository,
        digest: &'a Digest,
        artifact_type: Option<&'a MediaType>,
    ) -> Items<'a, Descriptor> {
        self.0.referrers(repository, digest, artifact_type)
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<R: Delete> Delete for Immutable<R> {
    async fn delete_tag(&self, repository: &Repository, tag: &Tag) -> Result<(), Error> {
        Err(refused(Operation::DeleteTag).about(repository, tag))
    }

    async fn delete_manifest(&self, repository: &Repository, digest: &Digest) -> Result<(), Error> {
        Err(refused(Operation::DeleteManifest).about(repository, digest))
    }

    async fn delete_blob(&self, repository: &Repository, digest: &Digest) -> Result<(), Error> {
        Err(refused(Operation::DeleteBlob).about(repository, digest))
    }
}

fn refused(operation: Operation) -> Error {
    Error::new(ErrorCode::DENIED, operation)
}
