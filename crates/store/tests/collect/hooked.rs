//! A store that does something else between two steps of whoever uses it.

use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use wharf_registry::{Algorithm, Blob, ByteStream, Descriptor, Digest, Repository, Tag};
use wharf_store::collect::{CollectCas, CollectRefs, Condemn, Item, Known, Outcome, Root, Sweep};
use wharf_store::{Cas, Error, NewManifest, OpenSessions, Put, Refs, SessionName, Store};

/// What is about to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Before {
    /// The content of a repository is about to be listed.
    Content,
    /// The roots are about to be read, and the content is listed.
    Roots,
    /// Content of a repository is about to be condemned.
    Condemn,
    /// Condemned content of a repository is about to be swept.
    Sweep,
    /// The content that may be nobody's is about to be listed.
    PoolContent,
    /// Content that no repository names is about to be condemned.
    PoolCondemn,
    /// Content that no repository names is about to be swept.
    PoolSweep,
    /// Content is about to be linked, and its bytes are there.
    Link,
    /// It is about to be asked whether content is seen.
    Linked,
    /// Content is about to be read.
    Read,
    /// A manifest is about to be recorded, and its bytes are there.
    PutManifest,
}

/// What is done before a step, and how often the step comes without it first.
struct Hook {
    before: Before,
    later: usize,
    what: BoxFuture<'static, ()>,
}

impl Hook {
    /// Whether it is to be done, now that a step comes.
    fn is_due(&mut self, step: Before) -> bool {
        self.before == step && self.later.checked_sub(1).map(|left| self.later = left).is_none()
    }
}

/// A store below another one, which does each hook once.
pub(crate) struct Hooked<C: CollectCas, R> {
    store: Store<C, R>,
    hooks: Arc<Mutex<Vec<Hook>>>,
}

pub(crate) type Plain<C, R> = Store<Hooked<C, R>, Hooked<C, R>>;

impl<C: CollectCas, R: Refs> Hooked<C, R> {
    pub(crate) fn over(store: &Store<C, R>) -> (Plain<C, R>, Hooks) {
        let hooks = Arc::default();
        let half = || Self { store: store.clone(), hooks: Arc::clone(&hooks) };
        (Store::new(half(), half()), Hooks(Arc::clone(&hooks)))
    }

    async fn before(&self, step: Before) {
        let due: Vec<_> = self.hooks.lock().unwrap().extract_if(.., |hook| hook.is_due(step)).collect();
        for hook in due {
            hook.what.await;
        }
    }
}

/// What is still to be done.
#[derive(Clone)]
pub(crate) struct Hooks(Arc<Mutex<Vec<Hook>>>);

impl Hooks {
    /// Does something before a step the next time that it comes.
    pub(crate) fn add(&self, step: Before, hook: impl Future<Output = ()> + Send + 'static) {
        self.add_later(step, 0, hook);
    }

    /// The same, after the step has come so often.
    pub(crate) fn add_later(&self, before: Before, later: usize, hook: impl Future<Output = ()> + Send + 'static) {
        self.0.lock().unwrap().push(Hook { before, later, what: Box::pin(hook) });
    }

    /// Every step came that something was to be done before.
    #[track_caller]
    pub(crate) fn are_done(&self) {
        let left: Vec<_> = self.0.lock().unwrap().iter().map(|hook| hook.before).collect();
        assert!(left.is_empty(), "these steps never came: {left:?}");
    }
}

#[async_trait]
impl<C: CollectCas, R: Refs> Cas for Hooked<C, R> {
    type Ingest = C::Ingest;
    type Session = C::Session;

    async fn stat(&self, digest: &Digest) -> Result<Option<u64>, Error> {
        self.store.cas().stat(digest).await
    }

    async fn open(&self, digest: &Digest, offset: u64, length: u64) -> Result<Option<ByteStream>, Error> {
        self.store.cas().open(digest, offset, length).await
    }

    async fn read(&self, digest: &Digest) -> Result<Option<Blob>, Error> {
        self.before(Before::Read).await;
        self.store.cas().read(digest).await
    }

    async fn ingest(&self, algorithm: Algorithm<'_>) -> Result<C::Ingest, Error> {
        self.store.cas().ingest(algorithm).await
    }

    async fn begin(&self, name: &SessionName, algorithm: Algorithm<'_>, now: SystemTime) -> Result<C::Session, Error> {
        self.store.cas().begin(name, algorithm, now).await
    }

    async fn resume(&self, name: &SessionName) -> Result<C::Session, Error> {
        self.store.cas().resume(name).await
    }

    async fn expire(&self, before: SystemTime, beside: &SessionName) -> Result<OpenSessions, Error> {
        self.store.cas().expire(before, beside).await
    }

    async fn delete(&self, digest: &Digest) -> Result<bool, Error> {
        self.store.cas().delete(digest).await
    }
}

#[async_trait]
impl<C: CollectCas, R: Refs> CollectCas for Hooked<C, R> {
    async fn content(&self) -> Result<Vec<Item>, Error> {
        self.before(Before::PoolContent).await;
        self.store.cas().content().await
    }

    async fn condemn(&self, what: Condemn) -> Result<Vec<Digest>, Error> {
        self.before(Before::PoolCondemn).await;
        self.store.cas().condemn(what).await
    }

    async fn sweep(&self, what: Sweep) -> Result<Vec<Digest>, Error> {
        self.before(Before::PoolSweep).await;
        self.store.cas().sweep(what).await
    }
}

#[async_trait]
impl<C: CollectCas, R: Refs> Refs for Hooked<C, R> {
    async fn repositories(&self, after: Option<&Repository>, limit: usize) -> Result<Vec<Repository>, Error> {
        self.store.refs().repositories(after, limit).await
    }

    async fn link(&self, repository: &Repository, digest: &Digest) -> Result<(), Error> {
        self.before(Before::Link).await;
        self.store.refs().link(repository, digest).await
    }

    async fn linked(&self, repository: &Repository, digest: &Digest) -> Result<bool, Error> {
        self.before(Before::Linked).await;
        self.store.refs().linked(repository, digest).await
    }

    async fn unlink(&self, repository: &Repository, digest: &Digest) -> Result<bool, Error> {
        self.store.refs().unlink(repository, digest).await
    }

    async fn manifest(&self, repository: &Repository, digest: &Digest) -> Result<Option<Descriptor>, Error> {
        self.store.refs().manifest(repository, digest).await
    }

    async fn put_manifest(&self, repository: &Repository, new: NewManifest) -> Result<Put, Error> {
        self.before(Before::PutManifest).await;
        self.store.refs().put_manifest(repository, new).await
    }

    async fn remove_manifest(&self, repository: &Repository, digest: &Digest) -> Result<bool, Error> {
        self.store.refs().remove_manifest(repository, digest).await
    }

    async fn referrers(&self, repository: &Repository, subject: &Digest) -> Result<Vec<Digest>, Error> {
        self.store.refs().referrers(repository, subject).await
    }

    async fn tags(
        &self,
        repository: &Repository,
        after: Option<&Tag>,
        limit: usize,
    ) -> Result<Option<Vec<Tag>>, Error> {
        self.store.refs().tags(repository, after, limit).await
    }

    async fn tag(&self, repository: &Repository, tag: &Tag) -> Result<Option<Descriptor>, Error> {
        self.store.refs().tag(repository, tag).await
    }

    async fn remove_tag(&self, repository: &Repository, tag: &Tag) -> Result<bool, Error> {
        self.store.refs().remove_tag(repository, tag).await
    }
}

#[async_trait]
impl<C: CollectCas, R: CollectRefs> CollectRefs for Hooked<C, R> {
    type Lease = R::Lease;
    type Turn = R::Turn;

    async fn begin(&self) -> Result<R::Turn, Error> {
        self.store.refs().begin().await
    }

    async fn roots(&self, repository: &Repository) -> Result<Vec<Root>, Error> {
        self.before(Before::Roots).await;
        self.store.refs().roots(repository).await
    }

    async fn content(&self, repository: &Repository) -> Result<Vec<Item>, Error> {
        self.before(Before::Content).await;
        CollectRefs::content(self.store.refs(), repository).await
    }

    async fn condemn(&self, repository: &Repository, what: Condemn, known: Arc<Known>) -> Result<Outcome, Error> {
        self.before(Before::Condemn).await;
        CollectRefs::condemn(self.store.refs(), repository, what, known).await
    }

    async fn sweep(&self, repository: &Repository, what: Sweep, known: Arc<Known>) -> Result<Outcome, Error> {
        self.before(Before::Sweep).await;
        CollectRefs::sweep(self.store.refs(), repository, what, known).await
    }

    async fn lease(&self, repository: &Repository) -> Result<R::Lease, Error> {
        self.store.refs().lease(repository).await
    }
}
