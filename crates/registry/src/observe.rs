use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use wharf_reference::{Repository, Tag, TagOrDigest};
use wharf_spec::{Algorithm, Digest, Document, Raw};

mod event;
mod upload;
mod witness;

pub use event::{Event, EventKind, Previous};
use upload::Watched;
use witness::{Sink, Witness};

use crate::forward::forward;
use crate::{Blob, Delete, Error, List, Precondition, Read, Upload, UploadId, Write};

/// A registry that tells what has happened to it: an [`Event`] for each manifest, tag and blob that was stored, mounted
/// or deleted, once it was; and for each that was read, if that is asked for.
///
/// The sink is called by whoever did it, before they have their answer. It cannot fail, and must not wait: what takes
/// time goes into a channel that is bounded, and is counted when that is full, as the example `webhooks` does.
///
/// Nothing is done otherwise than without it. So where a tag pointed before is asked just before it is moved, and is
/// exact only if the caller's precondition says it: of two who move a tag at the same time, both can be told to have
/// moved it from where it was. A compare-and-swap in the caller's place would be exact, but it would turn a write into
/// several, take tags apart that are to be moved together, and ask of the registry below what it may not offer. Callers
/// who need the history of a tag to be without gaps move it with [`Precondition::PointsTo`].
///
/// What was done and could not be answered, because the connection to the registry below broke or the future was
/// dropped, is not told. What others do to the registry below is not, either.
///
/// ```
/// use wharf_registry::{EventKind, Observe};
///
/// # fn wrap(registry: impl wharf_registry::Registry + 'static) -> Box<dyn wharf_registry::Registry> {
/// let (events, received) = std::sync::mpsc::sync_channel(1000);
/// let registry = Observe::new(registry, move |event| {
///     let _ = events.try_send(event);
/// });
/// // One view for each who asks; all of them are the same registry.
/// Box::new(registry.by("alice"))
/// # }
/// ```
pub struct Observe<R> {
    registry: Arc<R>,
    sink: Arc<Sink>,
    by: Option<Arc<str>>,
    pulls: bool,
}

impl<R> Observe<R> {
    /// Tells `sink` what happens to `registry`.
    pub fn new(registry: R, sink: impl Fn(Event) + Send + Sync + 'static) -> Self {
        Self { registry: Arc::new(registry), sink: Arc::new(sink), by: None, pulls: false }
    }

    /// The same, telling also what is read.
    #[must_use]
    pub fn with_pulls(mut self) -> Self {
        self.pulls = true;
        self
    }

    /// The same registry for one who is named in the events. It costs an allocation for the name.
    #[must_use]
    pub fn by(&self, name: &str) -> Self {
        Self { by: Some(name.into()), ..self.clone() }
    }

    fn witness(&self, repository: &Repository) -> Witness {
        Witness { sink: Arc::clone(&self.sink), by: self.by.clone(), repository: repository.clone() }
    }

    fn tell(&self, repository: &Repository, kind: EventKind) {
        self.witness(repository).tell(kind);
    }
}

impl<R: Read> Observe<R> {
    /// Where a tag points now.
    async fn current(&self, repository: &Repository, tag: &Tag) -> Previous {
        match self.registry.resolve(repository, &tag.clone().into()).await {
            Ok(found) => Previous::Manifest(found.digest),
            Err(error) if error.is_not_found() => Previous::Nothing,
            Err(_) => Previous::Unknown,
        }
    }

    /// Where a tag will have pointed if a write under this precondition succeeds.
    async fn before(&self, repository: &Repository, tag: &Tag, when: &Precondition, new: &Digest) -> Previous {
        match when {
            Precondition::PointsTo(expected) => Previous::Manifest(expected.clone()),
            Precondition::Unset => match self.current(repository, tag).await {
                Previous::Manifest(current) if current != *new => Previous::Nothing,
                current => current,
            },
            Precondition::Always => self.current(repository, tag).await,
        }
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<R: Read> Read for Observe<R> {
    forward!(self => self.registry; resolve, stat_blob, blob_range);

    async fn manifest(&self, repository: &Repository, which: &TagOrDigest) -> Result<Document<Raw>, Error> {
        let document = self.registry.manifest(repository, which).await?;
        if self.pulls {
            let tag = if let TagOrDigest::Tag(tag) = which { Some(tag.clone()) } else { None };
            self.tell(repository, EventKind::ManifestPulled { manifest: document.descriptor(), tag });
        }
        Ok(document)
    }

    async fn blob(&self, repository: &Repository, digest: &Digest) -> Result<Blob, Error> {
        let blob = self.registry.blob(repository, digest).await?;
        Ok(if self.pulls { self.witness(repository).watch(blob) } else { blob })
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<R: Read + Write> Write for Observe<R> {
    async fn put_blob(&self, repository: &Repository, blob: Blob) -> Result<(), Error> {
        let descriptor = blob.descriptor().clone();
        self.registry.put_blob(repository, blob).await?;
        self.tell(repository, EventKind::BlobPushed { blob: descriptor });
        Ok(())
    }

    async fn mount(&self, repository: &Repository, digest: &Digest, from: &Repository) -> Result<bool, Error> {
        let mounted = self.registry.mount(repository, digest, from).await?;
        if mounted {
            self.tell(repository, EventKind::BlobMounted { digest: digest.clone(), from: from.clone() });
        }
        Ok(mounted)
    }

    async fn start_upload(&self, repository: &Repository, algorithm: Algorithm<'_>) -> Result<Box<dyn Upload>, Error> {
        let upload = self.registry.start_upload(repository, algorithm).await?;
        Ok(Box::new(Watched { upload, witness: self.witness(repository) }))
    }

    async fn resume_upload(&self, repository: &Repository, id: &UploadId) -> Result<Box<dyn Upload>, Error> {
        let upload = self.registry.resume_upload(repository, id).await?;
        Ok(Box::new(Watched { upload, witness: self.witness(repository) }))
    }

    async fn put_manifest(
        &self,
        repository: &Repository,
        document: &Document<Raw>,
        tags: &[Tag],
        when: &Precondition,
    ) -> Result<(), Error> {
        let mut before = Vec::with_capacity(tags.len());
        for tag in tags {
            before.push(self.before(repository, tag, when, document.digest()).await);
        }
        self.registry.put_manifest(repository, document, tags, when).await?;
        let manifest = document.descriptor();
        self.tell(repository, EventKind::ManifestPushed { manifest: manifest.clone() });
        for (tag, from) in tags.iter().zip(before) {
            self.tell(repository, EventKind::TagSet { tag: tag.clone(), from, to: manifest.clone() });
        }
        Ok(())
    }
}

#[deny(clippy::missing_trait_methods)]
impl<R: List> List for Observe<R> {
    forward!(self => self.registry; tags, repositories, referrers);
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<R: Read + Delete> Delete for Observe<R> {
    async fn delete_tag(&self, repository: &Repository, tag: &Tag) -> Result<(), Error> {
        let from = self.current(repository, tag).await;
        self.registry.delete_tag(repository, tag).await?;
        self.tell(repository, EventKind::TagDeleted { tag: tag.clone(), from });
        Ok(())
    }

    async fn delete_manifest(&self, repository: &Repository, digest: &Digest) -> Result<(), Error> {
        self.registry.delete_manifest(repository, digest).await?;
        self.tell(repository, EventKind::ManifestDeleted { digest: digest.clone() });
        Ok(())
    }

    async fn delete_blob(&self, repository: &Repository, digest: &Digest) -> Result<(), Error> {
        self.registry.delete_blob(repository, digest).await?;
        self.tell(repository, EventKind::BlobDeleted { digest: digest.clone() });
        Ok(())
    }
}

impl<R> Clone for Observe<R> {
    fn clone(&self) -> Self {
        let Self { registry, sink, by, pulls } = self;
        Self { registry: Arc::clone(registry), sink: Arc::clone(sink), by: by.clone(), pulls: *pulls }
    }
}

impl<R: fmt::Debug> fmt::Debug for Observe<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { registry, by, pulls, .. } = self;
        f.debug_struct("Observe")
            .field("registry", registry)
            .field("by", by)
            .field("pulls", pulls)
            .finish_non_exhaustive()
    }
}
