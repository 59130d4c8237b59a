use async_trait::async_trait;
use wharf_reference::{Repository, Tag, TagOrDigest};
use wharf_spec::{Descriptor, Digest, Document, MediaType, Raw};

use crate::{Blob, ByteRange, Delete, Error, Items, List, Range, Read, Write};

/// A registry that cannot be changed: what it wraps can be read and listed, and everything else is unsupported.
///
/// ```
/// # fn wrap(registry: impl wharf_registry::Registry + 'static) -> Box<dyn wharf_registry::Registry> {
/// Box::new(wharf_registry::ReadOnly::new(registry))
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct ReadOnly<R>(R);

impl<R> ReadOnly<R> {
    /// Takes a registry's writing and deleting away.
    pub const fn new(registry: R) -> Self {
        Self(registry)
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<R: Read> Read for ReadOnly<R> {
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

// The defaults refuse; that is the whole point.
impl<R: Send + Sync> Write for ReadOnly<R> {}
impl<R: Send + Sync> Delete for ReadOnly<R> {}

#[deny(clippy::missing_trait_methods)]
impl<R: List> List for ReadOnly<R> {
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
