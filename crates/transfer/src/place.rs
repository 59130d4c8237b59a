use std::fmt;

use wharf_registry::{Descriptor, Digest, Document, Precondition, Read, Registry, Repository, Tag, TagOrDigest};

use crate::Error;
use crate::error::Step;

/// Where to copy from: a repository of a registry that can be read.
///
/// ```
/// use wharf_registry::{Read, Repository};
/// use wharf_transfer::Source;
///
/// # fn place(registry: &dyn Read) {
/// let repository = Repository::from_static("team/app");
/// let source = Source::new(registry, &repository);
/// assert_eq!(source.repository(), &repository);
/// # }
/// ```
#[derive(Clone, Copy)]
pub struct Source<'a> {
    pub(crate) registry: &'a dyn Read,
    pub(crate) repository: &'a Repository,
}

impl<'a> Source<'a> {
    /// A repository to read.
    #[must_use]
    pub const fn new(registry: &'a dyn Read, repository: &'a Repository) -> Self {
        Self { registry, repository }
    }

    /// Which repository.
    #[must_use]
    pub const fn repository(self) -> &'a Repository {
        self.repository
    }
}

/// Where to copy to: a repository of a registry, which comes to be if it is not there.
///
/// ```
/// use wharf_registry::{Registry, Repository};
/// use wharf_transfer::Target;
///
/// # fn place(registry: &dyn Registry) {
/// let repository = Repository::from_static("mirror/app");
/// let target = Target::new(registry, &repository);
/// assert_eq!(target.repository(), &repository);
/// # }
/// ```
#[derive(Clone, Copy)]
pub struct Target<'a> {
    pub(crate) registry: &'a dyn Registry,
    pub(crate) repository: &'a Repository,
}

impl<'a> Target<'a> {
    /// A repository to write.
    #[must_use]
    pub const fn new(registry: &'a dyn Registry, repository: &'a Repository) -> Self {
        Self { registry, repository }
    }

    /// Which repository.
    #[must_use]
    pub const fn repository(self) -> &'a Repository {
        self.repository
    }

    /// The manifest that a tag or a digest stands for here, if it is here.
    pub(crate) async fn resolve(self, which: TagOrDigest) -> Result<Option<Digest>, Error> {
        match self.registry.resolve(self.repository, &which).await {
            Ok(found) => Ok(Some(found.digest)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(Error::at_target(Step::Resolve(which), error)),
        }
    }

    /// The digest again, if there is a manifest under it here.
    pub(crate) async fn manifest(self, digest: Digest) -> Result<Option<Digest>, Error> {
        let found = self.resolve(digest.clone().into()).await?;
        Ok(found.filter(|found| *found == digest))
    }

    /// The blob's digest again, if it is here.
    pub(crate) async fn blob(self, blob: &Descriptor) -> Result<Option<Digest>, Error> {
        let digest = blob.digest.clone();
        match self.registry.stat_blob(self.repository, &digest).await {
            // Content of another size is other content: moving it shows on which side the fault lies.
            Ok(found) => Ok((found.size == blob.size).then_some(digest)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(Error::at_target(Step::Stat(digest), error)),
        }
    }

    pub(crate) async fn put_manifest(self, document: &Document, tags: &[Tag]) -> Result<(), Error> {
        let put = self.registry.put_manifest(self.repository, document, tags, &Precondition::Always);
        put.await.map_err(|error| Error::at_target(Step::Manifest(document.digest().clone()), error))
    }
}

impl fmt::Debug for Source<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source").field("repository", &self.repository).finish_non_exhaustive()
    }
}

impl fmt::Debug for Target<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target").field("repository", &self.repository).finish_non_exhaustive()
    }
}
