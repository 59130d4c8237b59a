use std::cmp::Ordering;

use async_trait::async_trait;
use futures_util::TryStreamExt;
use wharf_reference::{Repository, Tag, TagOrDigest};
use wharf_spec::{Algorithm, Descriptor, Digest, Document, MediaType, Raw};

mod name;

use name::{Name, Renamed};

use crate::generate::generate;
use crate::{
    Blob, ByteRange, Delete, Error, Items, List, Operation, Precondition, Range, Read, Upload, UploadId, Write,
};

/// The length up to which a repository's path is one.
const LONGEST: usize = 255;

/// The repositories below a prefix, under the rest of their names: what is `team/app` in the registry below is `app` in
/// one that is scoped to `team`, and nothing else is there, not even `team` itself.
///
/// Blobs are mounted only from within. A name that would be too long with the prefix is refused with `NAME_INVALID`.
/// Errors name the repository as it was asked for; what the registry below says of the cause is left in their
/// [`source`](std::error::Error::source), where the prefix can be seen.
///
/// Repositories are listed without reading any that is not below the prefix, as far as the registry below begins its
/// list where it is told to.
///
/// ```
/// use wharf_registry::{Repository, Scoped};
///
/// # fn wrap(registry: impl wharf_registry::Registry + 'static) -> Box<dyn wharf_registry::Registry> {
/// Box::new(Scoped::new(registry, Repository::from_static("team")))
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Scoped<R> {
    registry: R,
    prefix: Repository,
}

impl<R> Scoped<R> {
    /// What of a registry is below `prefix`.
    pub const fn new(registry: R, prefix: Repository) -> Self {
        Self { registry, prefix }
    }

    fn name(&self, repository: &Repository, operation: Operation) -> Result<Name, Error> {
        Name::new(&self.prefix, repository, operation)
    }

    /// What all names here begin with.
    fn lead(&self) -> String {
        format!("{}/", self.prefix)
    }

    /// A name after which the list below has those that come after `after`, and at most a few before them; none when
    /// the prefix leaves no room for names.
    fn before(&self, after: Option<&Repository>) -> Option<Repository> {
        let mut text = match after {
            Some(after) => format!("{}/{after}", self.prefix),
            // The last name before all that are below the prefix: `.` comes before `/`, and no character after `z`.
            None => format!("{}.{}", self.prefix, "z".repeat(LONGEST)),
        };
        let has_room = self.prefix.as_str().len() + "/a".len() <= LONGEST;
        // Names are of ASCII.
        text.truncate(LONGEST);
        while has_room && !text.is_empty() {
            match Repository::parse(&text) {
                Ok(name) => return Some(name),
                Err(_) => text.truncate(text.len() - 1),
            }
        }
        None
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<R: Read> Read for Scoped<R> {
    async fn manifest(&self, repository: &Repository, which: &TagOrDigest) -> Result<Document<Raw>, Error> {
        let name = self.name(repository, Operation::GetManifest)?;
        self.registry.manifest(&name.full, which).await.map_err(|error| name.shown(error))
    }

    async fn blob(&self, repository: &Repository, digest: &Digest) -> Result<Blob, Error> {
        let name = self.name(repository, Operation::GetBlob)?;
        let blob = self.registry.blob(&name.full, digest).await.map_err(|error| name.shown(error))?;
        Ok(blob.map_err(move |error| name.shown(error)))
    }

    async fn resolve(&self, repository: &Repository, which: &TagOrDigest) -> Result<Descriptor, Error> {
        let name = self.name(repository, Operation::Resolve)?;
        self.registry.resolve(&name.full, which).await.map_err(|error| name.shown(error))
    }

    async fn stat_blob(&self, repository: &Repository, digest: &Digest) -> Result<Descriptor, Error> {
        let name = self.name(repository, Operation::StatBlob)?;
        self.registry.stat_blob(&name.full, digest).await.map_err(|error| name.shown(error))
    }

    async fn blob_range(&self, repository: &Repository, digest: &Digest, range: ByteRange) -> Result<Range, Error> {
        let name = self.name(repository, Operation::GetBlob)?;
        let part = self.registry.blob_range(&name.full, digest, range).await.map_err(|error| name.shown(error))?;
        let (blob, offset, length) = (part.blob().clone(), part.offset(), part.length());
        let stream = part.into_unverified().map_err(move |error| name.shown(error));
        Ok(Range::new(blob, offset, length, Box::pin(stream)))
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<R: Write> Write for Scoped<R> {
    async fn put_blob(&self, repository: &Repository, blob: Blob) -> Result<(), Error> {
        let name = self.name(repository, Operation::PutBlob)?;
        self.registry.put_blob(&name.full, blob).await.map_err(|error| name.shown(error))
    }

    async fn mount(&self, repository: &Repository, digest: &Digest, from: &Repository) -> Result<bool, Error> {
        let name = self.name(repository, Operation::Mount)?;
        // A source whose name is too long has nothing.
        let Ok(from) = self.name(from, Operation::Mount) else { return Ok(false) };
        let mounted = self.registry.mount(&name.full, digest, &from.full).await;
        mounted.map_err(|error| from.shown(name.shown(error)))
    }

    async fn start_upload(&self, repository: &Repository, algorithm: Algorithm<'_>) -> Result<Box<dyn Upload>, Error> {
        let name = self.name(repository, Operation::Upload)?;
        let upload = self.registry.start_upload(&name.full, algorithm).await.map_err(|error| name.shown(error))?;
        Ok(Box::new(Renamed { upload, name }))
    }

    async fn resume_upload(&self, repository: &Repository, id: &UploadId) -> Result<Box<dyn Upload>, Error> {
        let name = self.name(repository, Operation::Upload)?;
        let upload = self.registry.resume_upload(&name.full, id).await.map_err(|error| name.shown(error))?;
        Ok(Box::new(Renamed { upload, name }))
    }

    async fn put_manifest(
        &self,
        repository: &Repository,
        document: &Document<Raw>,
        tags: &[Tag],
        when: &Precondition,
    ) -> Result<(), Error> {
        let name = self.name(repository, Operation::PutManifest)?;
        self.registry.put_manifest(&name.full, document, tags, when).await.map_err(|error| name.shown(error))
    }
}

#[deny(clippy::missing_trait_methods)]
impl<R: List> List for Scoped<R> {
    fn tags<'a>(&'a self, repository: &'a Repository, after: Option<&'a Tag>) -> Items<'a, Tag> {
        generate(|out| async move {
            let name = self.name(repository, Operation::ListTags)?;
            out.give_all(self.registry.tags(&name.full, after).map_err(|error| name.shown(error))).await
        })
    }

    fn repositories<'a>(&'a self, after: Option<&'a Repository>) -> Items<'a, Repository> {
        generate(|out| async move {
            let Some(before) = self.before(after) else { return Ok(()) };
            let lead = self.lead();
            let mut found = self.registry.repositories(Some(&before));
            while let Some(full) = found.try_next().await? {
                match full.as_str().strip_prefix(&lead).map(Repository::parse) {
                    Some(Ok(name)) if after.is_none_or(|after| name > *after) => out.give(name).await,
                    None if full.as_str().cmp(&lead) == Ordering::Greater => break,
                    _ => {}
                }
            }
            Ok(())
        })
    }

    fn referrers<'a>(
        &'a self,
        repository: &'a Repository,
        digest: &'a Digest,
        artifact_type: Option<&'a MediaType>,
    ) -> Items<'a, Descriptor> {
        generate(|out| async move {
            let name = self.name(repository, Operation::ListReferrers)?;
            let found = self.registry.referrers(&name.full, digest, artifact_type);
            out.give_all(found.map_err(|error| name.shown(error))).await
        })
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<R: Delete> Delete for Scoped<R> {
    async fn delete_tag(&self, repository: &Repository, tag: &Tag) -> Result<(), Error> {
        let name = self.name(repository, Operation::DeleteTag)?;
        self.registry.delete_tag(&name.full, tag).await.map_err(|error| name.shown(error))
    }

    async fn delete_manifest(&self, repository: &Repository, digest: &Digest) -> Result<(), Error> {
        let name = self.name(repository, Operation::DeleteManifest)?;
        self.registry.delete_manifest(&name.full, digest).await.map_err(|error| name.shown(error))
    }

    async fn delete_blob(&self, repository: &Repository, digest: &Digest) -> Result<(), Error> {
        let name = self.name(repository, Operation::DeleteBlob)?;
        self.registry.delete_blob(&name.full, digest).await.map_err(|error| name.shown(error))
    }
}
