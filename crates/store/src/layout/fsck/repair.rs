//! Making right what was found wrong: by what the store knows itself, and by content from another registry.

use std::path::PathBuf;
use std::sync::Arc;

use wharf_registry::{Blob, Descriptor, Digest, Error, MediaType, Operation, Read, Repository, Write};

use super::content::{self, State};
use super::finding::{Finding, Kind};
use super::report::Report;
use super::site::Site;
use super::watch::{Tell, Watch};
use crate::layout::root::{Root, Shape};
use crate::layout::{Blobs, Names, link, referrers};
use crate::{Refs, Store};

/// Where right content can be had: any registry that has it.
#[derive(Clone)]
pub struct Source<'a> {
    registry: &'a dyn Read,
    repository: Option<Repository>,
}

impl<'a> Source<'a> {
    /// A registry in which repositories have the names that they have here, such as a mirror or a backup.
    #[must_use]
    pub const fn new(registry: &'a dyn Read) -> Self {
        Self { registry, repository: None }
    }

    /// A registry in which everything is in one repository, whatever it is called here.
    ///
    /// ```
    /// use wharf_registry::Repository;
    /// use wharf_store::Store;
    /// use wharf_store::layout::fsck::Source;
    ///
    /// let registry = Store::memory();
    /// let source = Source::repository(&registry, Repository::from_static("team/app"));
    /// ```
    #[must_use]
    pub const fn repository(registry: &'a dyn Read, repository: Repository) -> Self {
        Self { registry, repository: Some(repository) }
    }

    /// Some content, wherever a registry keeps it: manifests are no blobs everywhere.
    async fn fetch(&self, repository: &Repository, digest: &Digest) -> Result<Blob, Error> {
        let repository = self.repository.as_ref().unwrap_or(repository);
        match self.registry.blob(repository, digest).await {
            Err(error) if error.is_not_found() => {
                let document = self.registry.manifest(repository, &digest.clone().into()).await?;
                let bytes = document.bytes().clone();
                let descriptor = Descriptor::new(MediaType::OCTET_STREAM, digest.clone(), bytes.len() as u64);
                Ok(Blob::new(descriptor, Box::pin(futures_util::stream::once(std::future::ready(Ok(bytes))))))
            }
            fetched => fetched,
        }
    }
}

impl std::fmt::Debug for Source<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source").field("repository", &self.repository).finish_non_exhaustive()
    }
}

/// What became of what was found. What nobody could repair is in neither list.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Repairs<'r> {
    /// What is right now.
    pub done: Vec<&'r Finding>,
    /// What is not, although it was tried.
    pub failed: Vec<Failure<'r>>,
}

/// Something that could not be repaired.
#[derive(Debug)]
#[non_exhaustive]
pub struct Failure<'r> {
    /// What was found.
    pub finding: &'r Finding,
    /// Why it is still so.
    pub error: Error,
}

/// Repairs what can be, one thing after another. The pool's own comes last: what repositories see of it is repaired with
/// them.
pub(super) async fn repair<'r>(root: &Arc<Root>, report: &'r Report, source: Option<&Source<'_>>) -> Repairs<'r> {
    let store = Store::new(Blobs::new(Arc::clone(root)), Names::new(Arc::clone(root)));
    let repair = Repair { root, store, names: Names::new(Arc::clone(root)), source };
    let mut repairs = Repairs::default();
    let (pool, repositories): (Vec<_>, Vec<_>) =
        report.findings.iter().partition(|finding| finding.repository.is_none());
    for finding in repositories.into_iter().chain(pool) {
        match repair.one(finding).await {
            Ok(true) => repairs.done.push(finding),
            Ok(false) => {}
            Err(error) => repairs.failed.push(Failure { finding, error }),
        }
    }
    repairs
}

struct Repair<'a> {
    root: &'a Arc<Root>,
    store: Store<Blobs, Names>,
    names: Names,
    source: Option<&'a Source<'a>>,
}

impl Repair<'_> {
    /// Whether something is right now; `false` when it is of a kind that is not repaired.
    async fn one(&self, finding: &Finding) -> Result<bool, Error> {
        let Some(digest) = &finding.digest else { return Ok(false) };
        let Some(repository) = &finding.repository else { return self.is_pooled(digest).await };
        match &finding.kind {
            Kind::Corrupt(_) | Kind::Obstacle(_) | Kind::Unreadable(_) => self.replace(repository, digest).await,
            Kind::Missing { .. } => self.fetch(repository, digest).await,
            Kind::NotInPool => self.share(repository, digest).await,
            Kind::Unlisted { subject } => self.list(repository, subject, digest).await.map(|()| true),
            _ => Ok(false),
        }
    }

    /// The pool's content where it is right, else the source's.
    async fn replace(&self, repository: &Repository, digest: &Digest) -> Result<bool, Error> {
        if self.root.shape() == Shape::Many && self.is_pooled(digest).await? {
            let linked = self.names.link(repository, digest).await;
            return linked.map(|()| true).map_err(|error| failed(error, repository, digest));
        }
        self.fetch(repository, digest).await
    }

    /// The source's content. What is not known to be right is replaced by it.
    async fn fetch(&self, repository: &Repository, digest: &Digest) -> Result<bool, Error> {
        let Some(source) = self.source else { return Ok(false) };
        self.store.put_blob(repository, source.fetch(repository, digest).await?).await?;
        Ok(true)
    }

    /// The repository's own content, where it is right, for the pool.
    async fn share(&self, repository: &Repository, digest: &Digest) -> Result<bool, Error> {
        let (layout, own, wanted) = (self.layout(repository), repository.clone(), digest.clone());
        let shared = self.root.run(move |root| {
            let is_right = Site::of(root, &own).is_some_and(|site| is_right(&site, &wanted));
            if is_right {
                link::share(root.files(), &layout, &wanted)?;
            }
            Ok(is_right)
        });
        shared.await.map_err(|error| failed(error, repository, digest))
    }

    /// Makes a manifest that is there a referrer.
    async fn list(&self, repository: &Repository, subject: &Digest, referrer: &Digest) -> Result<(), Error> {
        let (layout, subject, wanted) = (self.layout(repository), subject.clone(), referrer.clone());
        let listed = self.root.run(move |root| {
            let _held = root.hold(&layout)?;
            referrers::add(root.files(), &layout, &subject, &wanted)
        });
        listed.await.map_err(|error| failed(error, repository, referrer))
    }

    fn layout(&self, repository: &Repository) -> PathBuf {
        self.root.below(repository).unwrap_or_default()
    }

    /// Whether content is right in the pool.
    async fn is_pooled(&self, digest: &Digest) -> Result<bool, Error> {
        let wanted = digest.clone();
        let look = self.root.run(move |root| Ok(is_right(&Site::pool(root), &wanted)));
        look.await.map_err(|error| error.during(Operation::GetBlob))
    }
}

/// Whether a directory has the content, and its bytes are right.
fn is_right(site: &Site, digest: &Digest) -> bool {
    matches!(content::look(site, digest, &Watch::new(Tell::nobody())), State::Right(_))
}

fn failed(error: crate::Error, repository: &Repository, digest: &Digest) -> Error {
    error.during(Operation::PutBlob).about(repository, digest)
}
