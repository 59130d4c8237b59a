use std::sync::Arc;

use async_trait::async_trait;
use wharf_reference::{Repository, Tag, TagOrDigest};
use wharf_spec::{Descriptor, Digest, Document, MediaType, Raw};

mod flight;
mod listener;
mod tee;

use flight::Flights;
use listener::Listener;

use crate::{Blob, ByteRange, Delete, Error, Items, List, Precondition, Range, Read, Registry, Write};

/// A pull-through cache: reads come from `near`, and what it lacks is fetched from `far` and kept in `near`.
///
/// A tag is asked for at `far` each time, because it can move; when `far` does not answer, what `near` knows is used. That
/// it refuses is an answer.
/// Content with a digest never changes, so it is fetched once. Nothing is kept before it is verified. Manifests are kept
/// in `near` although their blobs are fetched later, so `near` must not insist on them. Lists tell what is kept. Writing
/// and deleting are unsupported: a cache is not the place for either.
///
/// However many ask for a blob at a time, it is fetched once: the first to ask gets its bytes while they are stored, with
/// at most 1 MiB in between, and the last of them when it was verified and kept; the others get it from `near` then, and
/// are not kept waiting by a first one who reads slowly. What a fetch was begun for goes on as long as one of them waits.
/// A manifest that cannot be kept is passed on all the same; a blob that cannot be kept is an error.
///
/// ```
/// # fn wrap(near: impl wharf_registry::Registry + 'static, far: impl wharf_registry::Read + 'static) {
/// let cache = wharf_registry::Overlay::new(near, far);
/// # }
/// ```
#[derive(Debug)]
pub struct Overlay<N, F> {
    near: Arc<N>,
    far: Arc<F>,
    flights: Arc<Flights>,
}

impl<N, F> Overlay<N, F> {
    /// `near` as a cache of `far`. Clones are the same cache.
    pub fn new(near: N, far: F) -> Self {
        Self { near: Arc::new(near), far: Arc::new(far), flights: Arc::default() }
    }
}

impl<N, F> Clone for Overlay<N, F> {
    fn clone(&self) -> Self {
        let Self { near, far, flights } = self;
        Self { near: Arc::clone(near), far: Arc::clone(far), flights: Arc::clone(flights) }
    }
}

impl<N: Registry + 'static, F: Read + 'static> Overlay<N, F> {
    /// Keeps a manifest for later; whoever asked for it gets it whether that works or not.
    async fn keep(&self, repository: &Repository, document: &Document<Raw>, tags: &[Tag]) {
        let _ = self.near.put_manifest(repository, document, tags, &Precondition::Always).await;
    }

    /// Fetches a blob into `near`.
    async fn fetch(&self, repository: &Repository, digest: &Digest) -> Result<(), Error> {
        let (fetch, role) = self.flights.join(&self.near, &self.far, repository, digest);
        if let Ok(ear) = &role {
            ear.close();
        }
        fetch.await.map_err(|error| flight::failed(error, repository, digest))
    }

    /// Fetches a blob into `near`, and gives it at once to who asks first.
    async fn fetch_blob(&self, repository: &Repository, digest: &Digest) -> Result<Blob, Error> {
        let (mut fetch, role) = self.flights.join(&self.near, &self.far, repository, digest);
        let begun = match &role {
            Ok(ear) => flight::begun(&mut fetch, ear).await,
            Err(_) => fetch.clone().await.map(|()| None),
        };
        match (begun.map_err(|error| flight::failed(error, repository, digest))?, role) {
            (Some(blob), Ok(ear)) => {
                let (near, repository) = (Arc::clone(&self.near), repository.clone());
                Ok(Listener { near, repository, blob, fetch, ear }.into_blob())
            }
            _ => self.near.blob(repository, digest).await,
        }
    }
}

/// Whether `far` said nothing about what it was asked for. A refusal is an answer: who may not read any more must not be
/// served what was kept while he might.
fn is_away(error: &Error) -> bool {
    !error.is_not_found() && !error.is_unauthorized()
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<N: Registry + 'static, F: Read + 'static> Read for Overlay<N, F> {
    async fn manifest(&self, repository: &Repository, which: &TagOrDigest) -> Result<Document<Raw>, Error> {
        let tag = match which {
            TagOrDigest::Tag(tag) => Some(tag),
            TagOrDigest::Digest(_) => match self.near.manifest(repository, which).await {
                Ok(document) => return Ok(document),
                Err(_) => None,
            },
        };
        match self.far.manifest(repository, which).await {
            Ok(document) => {
                self.keep(repository, &document, tag.map(std::slice::from_ref).unwrap_or_default()).await;
                Ok(document)
            }
            Err(error) if tag.is_some() && is_away(&error) => {
                self.near.manifest(repository, which).await.map_err(|_| error)
            }
            Err(error) => Err(error),
        }
    }

    async fn blob(&self, repository: &Repository, digest: &Digest) -> Result<Blob, Error> {
        match self.near.blob(repository, digest).await {
            Err(error) if error.is_not_found() => self.fetch_blob(repository, digest).await,
            answer => answer,
        }
    }

    async fn resolve(&self, repository: &Repository, which: &TagOrDigest) -> Result<Descriptor, Error> {
        if let TagOrDigest::Digest(_) = which {
            return match self.near.resolve(repository, which).await {
                Ok(descriptor) => Ok(descriptor),
                Err(_) => self.far.resolve(repository, which).await,
            };
        }
        match self.far.resolve(repository, which).await {
            Err(error) if is_away(&error) => self.near.resolve(repository, which).await.map_err(|_| error),
            answer => answer,
        }
    }

    async fn stat_blob(&self, repository: &Repository, digest: &Digest) -> Result<Descriptor, Error> {
        match self.near.stat_blob(repository, digest).await {
            Ok(descriptor) => Ok(descriptor),
            Err(_) => self.far.stat_blob(repository, digest).await,
        }
    }

    async fn blob_range(&self, repository: &Repository, digest: &Digest, range: ByteRange) -> Result<Range, Error> {
        match self.near.blob_range(repository, digest, range).await {
            Err(error) if error.is_not_found() => {
                self.fetch(repository, digest).await?;
                self.near.blob_range(repository, digest, range).await
            }
            answer => answer,
        }
    }
}

#[deny(clippy::missing_trait_methods)]
impl<N: Registry + 'static, F: Read + 'static> List for Overlay<N, F> {
    fn tags<'a>(&'a self, repository: &'a Repository, after: Option<&'a Tag>) -> Items<'a, Tag> {
        self.near.tags(repository, after)
    }

    fn repositories<'a>(&'a self, after: Option<&'a Repository>) -> Items<'a, Repository> {
        self.near.repositories(after)
    }

    fn referrers<'a>(
        &'a self,
        repository: &'a Repository,
        digest: &'a Digest,
        artifact_type: Option<&'a MediaType>,
    ) -> Items<'a, Descriptor> {
        self.near.referrers(repository, digest, artifact_type)
    }
}

// The defaults refuse.
impl<N: Registry + 'static, F: Read + 'static> Write for Overlay<N, F> {}
impl<N: Registry + 'static, F: Read + 'static> Delete for Overlay<N, F> {}
