use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use wharf_reference::{Repository, Tag, TagOrDigest};
use wharf_spec::{Descriptor, Digest, Document, Raw};

mod blob;
mod flight;
mod list;
mod listener;
mod manifest;
mod memory;
mod tee;

use blob::Waiting;
use flight::{Flight, Flights, Role};
use listener::Listener;
use memory::{Memory, is_away};
use tee::Ear;

use crate::{Blob, ByteRange, Delete, Error, List, Range, Read, Registry, Write};

/// A pull-through cache: reads come from `near`, and what it lacks is fetched from `far` and kept in `near`.
///
/// Content with a digest never changes, so it is fetched once, and verified before it is kept. It is kept for the
/// repository that it was asked for in: another one has to ask `far`, which decides who may read it. Manifests are kept
/// although their blobs are fetched later, so `near` must not insist on them. A manifest that cannot be kept is passed on
/// all the same; a blob that cannot be kept is an error. Asking whether content is there, and how large it is, fetches
/// nothing.
///
/// | of what can change | who is asked |
/// |---|---|
/// | where a tag points | `far` each time, or [once in a while](Self::with_freshness) |
/// | tags of a repository | `far` |
/// | referrers | `far`; what only `near` knows comes after that |
/// | repositories | `near`: these are those of which something is kept |
///
/// When `far` does not answer, what is kept is used, and [`on_stale`](Self::on_stale) hears of it. A list of which nothing
/// is kept is then an error and not empty: nothing may be known to be signed, but must not look unsigned because
/// an origin is away. That `far` refuses, or does not find, is an answer; it is passed on and not kept.
///
/// However many ask for a manifest, for where a tag points, or for a blob at a time, `far` is asked once. What a question
/// was begun for goes on as long as one of those who asked it waits. Of a blob, the first to ask gets its bytes while they
/// are stored, with at most 1 MiB in between, and the last of them when it was verified and kept; the others get it from
/// `near` then, and are not kept waiting by a first one who reads slowly.
///
/// Whoever asks, `far` is asked as whom it was made for, and what is kept is given by its digest to everybody: also what
/// `far` would refuse them, or refuses by now. So who may ask is judged before this, and origins that show different
/// things to different people are not put before one `near`. Nobody else writes to `near`: what it says of tags is used
/// when `far` is away. How much is kept is not limited here, and whoever may ask decides how much that is.
///
/// Writing and deleting are unsupported: a cache is not the place for either.
///
/// ```
/// use wharf_registry::{List, Overlay, Read, Registry};
///
/// # fn wrap(near: impl Registry + 'static, far: impl Read + List + 'static) {
/// let cache = Overlay::new(near, far);
/// # }
/// ```
pub struct Overlay<N, F> {
    near: Arc<N>,
    far: Arc<F>,
    memory: Arc<Memory>,
    flights: Arc<All>,
    stale: Arc<Stale>,
}

/// Everything that is under way.
#[derive(Debug, Default)]
struct All {
    blobs: Flights<(Repository, Digest), (), Ear>,
    manifests: Flights<(Repository, TagOrDigest), Document<Raw>, ()>,
    tags: Flights<(Repository, Tag), Descriptor, ()>,
}

type Stale = dyn Fn(&Repository, Option<&Tag>) + Send + Sync;

impl<N, F> Overlay<N, F> {
    /// `near` as a cache of `far`. Clones are the same cache.
    pub fn new(near: N, far: F) -> Self {
        Self {
            near: Arc::new(near),
            far: Arc::new(far),
            memory: Arc::default(),
            flights: Arc::default(),
            stale: Arc::new(|_, _| ()),
        }
    }

    /// The same cache, which does not ask `far` where a tag points for `freshness` after it has, if it has what that is;
    /// nor for a minute after `far` said that it was asked too much (`TOOMANYREQUESTS`), if it has anything. `now` tells
    /// the time.
    ///
    /// Without this, and with a `freshness` of zero, where a tag points is asked each time.
    ///
    /// ```
    /// use std::time::{Duration, Instant};
    /// use wharf_registry::{List, Overlay, Read, Registry};
    ///
    /// # fn wrap(near: impl Registry + 'static, far: impl Read + List + 'static) {
    /// let cache = Overlay::new(near, far).with_freshness(Duration::from_secs(300), Instant::now);
    /// # }
    /// ```
    #[must_use]
    pub fn with_freshness(self, freshness: Duration, now: impl Fn() -> Instant + Send + Sync + 'static) -> Self {
        Self { memory: Arc::new(Memory::new(freshness, now)), ..self }
    }

    /// The same cache, which tells `tell` when it answers with what it has because `far` does not answer, or is left
    /// alone: for a tag, or for a list of the repository. It must not wait.
    #[must_use]
    pub fn on_stale(self, tell: impl Fn(&Repository, Option<&Tag>) + Send + Sync + 'static) -> Self {
        Self { stale: Arc::new(tell), ..self }
    }
}

impl<N: Registry + 'static, F: Read + List + 'static> Overlay<N, F> {
    /// Takes part in fetching a blob into `near`.
    fn join(&self, repository: &Repository, digest: &Digest) -> (Flight<()>, Ear, Role) {
        let (near, far, memory) = (Arc::clone(&self.near), Arc::clone(&self.far), Arc::clone(&self.memory));
        let key = (repository.clone(), digest.clone());
        self.flights.blobs.join(key, |key, ear| blob::fetch(near, far, memory, key, ear))
    }

    /// Fetches a blob into `near`.
    async fn fetch(&self, repository: &Repository, digest: &Digest) -> Result<(), Error> {
        let (fetch, ear, role) = self.join(repository, digest);
        let _waiting = match role {
            Role::First => {
                ear.close();
                None
            }
            Role::Later => Some(Waiting::new(ear)),
        };
        fetch.await.map_err(|error| flight::failed(error, repository, digest))
    }

    /// Fetches a blob into `near`, and gives it at once to who asks first.
    async fn fetch_blob(&self, repository: &Repository, digest: &Digest) -> Result<Blob, Error> {
        let (mut fetch, ear, role) = self.join(repository, digest);
        let begun = match role {
            Role::First => blob::begun(&mut fetch, &ear).await,
            Role::Later => {
                let _waiting = Waiting::new(ear.clone());
                fetch.clone().await.map(|()| None)
            }
        };
        match begun.map_err(|error| flight::failed(error, repository, digest))? {
            Some(blob) => {
                let (near, repository) = (Arc::clone(&self.near), repository.clone());
                Ok(Listener { near, repository, blob, fetch, ear }.into_blob())
            }
            None => self.near.blob(repository, digest).await,
        }
    }

    /// Fetches a manifest into `near`.
    async fn fetch_manifest(&self, repository: &Repository, which: &TagOrDigest) -> Result<Document<Raw>, Error> {
        let (near, far, memory) = (Arc::clone(&self.near), Arc::clone(&self.far), Arc::clone(&self.memory));
        let key = (repository.clone(), which.clone());
        let (flight, (), _) = self.flights.manifests.join(key, |key, ()| manifest::fetch(near, far, memory, key));
        flight.await.map_err(|error| flight::failed(error, repository, which))
    }

    /// Asks `far` where a tag points.
    async fn ask(&self, repository: &Repository, tag: &Tag) -> Result<Descriptor, Error> {
        let (near, far, memory) = (Arc::clone(&self.near), Arc::clone(&self.far), Arc::clone(&self.memory));
        let key = (repository.clone(), tag.clone());
        let (flight, (), _) = self.flights.tags.join(key, |key, ()| manifest::resolve(near, far, memory, key));
        flight.await.map_err(|error| flight::failed(error, repository, tag))
    }

    /// What a tag stands for: `kept`, when `far` is to be left alone or is away; otherwise what it says.
    async fn stands_for<T>(
        &self,
        repository: &Repository,
        tag: &Tag,
        asked: impl Future<Output = Result<T, Error>>,
        kept: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let stale = |kept| {
            (self.stale)(repository, Some(tag));
            kept
        };
        if self.memory.is_paused() {
            return match kept.await {
                Ok(kept) => Ok(stale(kept)),
                Err(_) => asked.await,
            };
        }
        match asked.await {
            Err(error) if is_away(&error) => kept.await.map(stale).map_err(|_| error),
            answer => answer,
        }
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<N: Registry + 'static, F: Read + List + 'static> Read for Overlay<N, F> {
    async fn manifest(&self, repository: &Repository, which: &TagOrDigest) -> Result<Document<Raw>, Error> {
        let asked = self.fetch_manifest(repository, which);
        match which {
            TagOrDigest::Digest(_) => match self.near.manifest(repository, which).await {
                Ok(document) => Ok(document),
                Err(_) => asked.await,
            },
            TagOrDigest::Tag(tag) => {
                if let Some(fresh) = self.memory.fresh(repository, tag)
                    && let Ok(document) = self.near.manifest(repository, &fresh.digest.into()).await
                {
                    return Ok(document);
                }
                self.stands_for(repository, tag, asked, self.near.manifest(repository, which)).await
            }
        }
    }

    async fn blob(&self, repository: &Repository, digest: &Digest) -> Result<Blob, Error> {
        match self.near.blob(repository, digest).await {
            Err(error) if error.is_not_found() => self.fetch_blob(repository, digest).await,
            answer => answer,
        }
    }

    async fn resolve(&self, repository: &Repository, which: &TagOrDigest) -> Result<Descriptor, Error> {
        match which {
            TagOrDigest::Digest(_) => match self.near.resolve(repository, which).await {
                Ok(descriptor) => Ok(descriptor),
                Err(_) => self.memory.heard(self.far.resolve(repository, which).await),
            },
            TagOrDigest::Tag(tag) => {
                if let Some(fresh) = self.memory.fresh(repository, tag) {
                    return Ok(fresh);
                }
                let asked = self.ask(repository, tag);
                self.stands_for(repository, tag, asked, self.near.resolve(repository, which)).await
            }
        }
    }

    async fn stat_blob(&self, repository: &Repository, digest: &Digest) -> Result<Descriptor, Error> {
        match self.near.stat_blob(repository, digest).await {
            Ok(descriptor) => Ok(descriptor),
            Err(_) => self.memory.heard(self.far.stat_blob(repository, digest).await),
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

// The defaults refuse.
impl<N: Registry + 'static, F: Read + List + 'static> Write for Overlay<N, F> {}
impl<N: Registry + 'static, F: Read + List + 'static> Delete for Overlay<N, F> {}

impl<N, F> Clone for Overlay<N, F> {
    fn clone(&self) -> Self {
        let Self { near, far, memory, flights, stale } = self;
        Self {
            near: Arc::clone(near),
            far: Arc::clone(far),
            memory: Arc::clone(memory),
            flights: Arc::clone(flights),
            stale: Arc::clone(stale),
        }
    }
}

impl<N: fmt::Debug, F: fmt::Debug> fmt::Debug for Overlay<N, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { near, far, memory, .. } = self;
        f.debug_struct("Overlay").field("near", near).field("far", far).field("memory", memory).finish_non_exhaustive()
    }
}
