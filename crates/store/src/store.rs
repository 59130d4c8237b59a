//! The registry's rules, once for all back ends: what must be there before what, and who sees it. How bytes and names
//! are kept is the business of [`Cas`] and [`Refs`].

use std::fmt;
use std::future::ready;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures_util::StreamExt;
use wharf_registry::{Blob, Descriptor, Error, ErrorCode, Policy, Repository};

use crate::clock::Clock;
use crate::collect::{CollectCas, CollectRefs};
use crate::context::Context;
use crate::{Cas, Refs};

mod delete;
mod list;
mod manifest;
mod own;
mod read;
mod record;
mod referrer;
mod upload;
mod write;

pub(crate) use manifest::leads_nowhere;

/// How long an upload session may lie idle before it is forgotten: longer than a night, so that who was interrupted can
/// go on.
const IDLE: Duration = Duration::from_secs(24 * 60 * 60);

/// A registry over content and names that you own. Clones share both.
///
/// * A repository sees the content that was stored in it or mounted into it; knowing a digest is not enough.
/// * Content becomes visible verified and whole: bytes first, then the link, then the manifest's record and its tags.
/// * Content that is there already is verified and not written again; what has gone bad is replaced by whoever brings it
///   anew.
/// * A manifest is also a blob, and is deleted as a manifest. Deleting hides content from one repository; the bytes stay
///   in the [`Cas`] until its owner [collects](crate::collect) what no repository names.
/// * Upload sessions are kept where content is: in memory until the last clone is gone; on disk until they end, so that
///   another process, or this one after a restart, goes on with them. 1,000 of them may be open at a time, of one
///   repository no more than are left for all others, and one that nobody holds or has written to for 24 hours is forgotten, with its content, when another begins or it is asked for.
///   How many there are is counted before one begins, so those that begin at the same moment can be a few more.
/// * A manifest with a subject is listed among the subject's referrers, whether the subject is there or not, until it is
///   deleted itself; so is one that clients entered in the index under the subject's fallback tag.
///
/// ```
/// use wharf_registry::Policy;
/// use wharf_store::{Store, memory};
///
/// let cache = Store::new(memory::Blobs::default(), memory::Names::default()).with_policy(Policy::Sparse);
/// ```
pub struct Store<C: Cas, R> {
    cas: Arc<C>,
    refs: Arc<R>,
    idle: Duration,
    clock: Clock,
    policy: Policy,
}

impl<C: Cas, R: Refs> Store<C, R> {
    /// A registry over `cas` and `refs`, which nothing else changes without the registry's rules in mind.
    ///
    /// ```
    /// use wharf_registry::{Blob, Digest, Read, Repository, Write};
    /// use wharf_store::{Cas, Store, memory};
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let blobs = memory::Blobs::default();
    /// let store = Store::new(blobs.clone(), memory::Names::default());
    /// let [here, there] = ["here", "there"].map(|name| Repository::parse(name).unwrap());
    /// store.put_blob(&here, Blob::from_bytes("hello")).await.unwrap();
    ///
    /// let digest = Digest::of(b"hello");
    /// assert_eq!(blobs.stat(&digest).await.unwrap(), Some(5));
    /// assert!(store.stat_blob(&there, &digest).await.unwrap_err().is_not_found(), "it was not stored there");
    /// assert!(store.mount(&there, &digest, &here).await.unwrap());
    /// # });
    /// ```
    #[must_use]
    pub fn new(cas: C, refs: R) -> Self {
        let (idle, clock, policy) = (IDLE, Clock::default(), Policy::default());
        Self { cas: Arc::new(cas), refs: Arc::new(refs), idle, clock, policy }
    }

    /// The same content and names, with another policy about what is demanded of a manifest; [`Policy::Referential`] unless
    /// said. It is for what is stored from now on.
    ///
    /// ```
    /// use wharf_registry::{Descriptor, Document, ErrorCode, Manifest, MediaType, Policy, Precondition};
    /// use wharf_registry::{Repository, Write};
    /// use wharf_store::Store;
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let (store, app) = (Store::memory(), Repository::from_static("app"));
    /// let missing = Descriptor::of(MediaType::IMAGE_CONFIG, b"{}");
    /// let manifest = Document::author(Manifest::new(missing, Vec::new())).unwrap().into_raw();
    ///
    /// let refused = store.put_manifest(&app, &manifest, &[], &Precondition::Always).await.unwrap_err();
    /// assert_eq!(*refused.code(), ErrorCode::MANIFEST_BLOB_UNKNOWN);
    /// store.with_policy(Policy::Sparse).put_manifest(&app, &manifest, &[], &Precondition::Always).await.unwrap();
    /// # });
    /// ```
    #[must_use]
    pub fn with_policy(self, policy: Policy) -> Self {
        Self { policy, ..self }
    }

    /// The same content and names, where an upload session that nobody has written to for longer than `timeout` is
    /// forgotten when another begins or it is asked for; 24 hours unless said. One that a handle holds, in whatever
    /// process, is not forgotten.
    ///
    /// ```
    /// use std::time::Duration;
    /// use wharf_store::Store;
    ///
    /// let store = Store::memory().with_upload_timeout(Duration::from_secs(60 * 60));
    /// ```
    #[must_use]
    pub fn with_upload_timeout(self, timeout: Duration) -> Self {
        Self { idle: timeout, ..self }
    }

    /// The same content and names, where `now` tells how long upload sessions have lain idle: for tests, and for
    /// programs that have a clock of their own. It is the time of the calendar, because a session can be older than the
    /// process; a clock that is set back makes sessions younger, and one that is set forward makes them older, of those
    /// that nobody holds.
    ///
    /// ```
    /// use std::time::SystemTime;
    /// use wharf_store::Store;
    ///
    /// let timeless = Store::memory().with_clock(|| SystemTime::UNIX_EPOCH);
    /// ```
    #[must_use]
    pub fn with_clock(self, now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self { clock: Clock::new(now), ..self }
    }

    /// The same registry over other content and names.
    #[cfg(feature = "layout")]
    pub(crate) fn over(self, cas: C, refs: R) -> Self {
        Self { cas: Arc::new(cas), refs: Arc::new(refs), ..self }
    }

    /// The content that this stands on, without its rules.
    #[must_use]
    pub fn cas(&self) -> &C {
        &self.cas
    }

    /// The names that this stands on, without its rules.
    #[must_use]
    pub fn refs(&self) -> &R {
        &self.refs
    }

    /// Whether the repository sees this very content already and every byte of it is right, so that it need not be
    /// written again. Content that has gone bad, or cannot be read, is worth another copy.
    async fn holds(&self, at: Context<'_>, descriptor: &Descriptor) -> Result<bool, Error> {
        let Descriptor { digest, size, .. } = descriptor;
        if self.size(at, digest).await? != Some(*size) {
            return Ok(false);
        }
        match self.cas.open(digest, 0, *size).await.map_err(|error| at.failed(error))? {
            Some(stream) => Ok(Blob::new(descriptor.clone(), stream).all(|piece| ready(piece.is_ok())).await),
            None => Ok(false),
        }
    }

    /// The error that says what is missing: the repository, or only something in it.
    async fn missing(&self, at: Context<'_>, code: ErrorCode) -> Error {
        match self.refs.tags(at.repository(), None, 1).await {
            Ok(Some(_)) => at.error(code),
            Ok(None) => at.error(ErrorCode::NAME_UNKNOWN),
            Err(error) => at.failed(error),
        }
    }
}

impl<C: CollectCas, R: CollectRefs> Store<C, R> {
    /// Holds content of a repository against collection, for whoever is told that content is there and needs it later.
    ///
    /// ```
    /// use wharf_registry::{Blob, Digest, Repository, Write};
    /// use wharf_store::Store;
    /// use wharf_store::collect::Lease;
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let (store, app) = (Store::memory(), Repository::from_static("team/app"));
    /// store.put_blob(&app, Blob::from_bytes("hello")).await.unwrap();
    /// let mut lease = store.lease(&app).await.unwrap();
    /// assert!(lease.hold(&Digest::of(b"hello")).await.unwrap());
    /// // It stays as long as `lease` does.
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`NoRepository`](crate::Error::NoRepository) when there can be no such repository; when the storage does not take
    /// it.
    pub async fn lease(&self, repository: &Repository) -> Result<R::Lease, crate::Error> {
        self.refs.lease(repository).await
    }
}

impl<C: Cas, R> Clone for Store<C, R> {
    fn clone(&self) -> Self {
        Self {
            cas: Arc::clone(&self.cas),
            refs: Arc::clone(&self.refs),
            idle: self.idle,
            clock: self.clock.clone(),
            policy: self.policy,
        }
    }
}

impl<C: Cas + fmt::Debug, R: fmt::Debug> fmt::Debug for Store<C, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("cas", &self.cas)
            .field("refs", &self.refs)
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}
