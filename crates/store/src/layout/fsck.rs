//! Is everything in a store what it should be? Every byte is read and every reference is followed, while others go on
//! working with the store; what is wrong is told as data, put aside or repaired when that is asked for, and never deleted.
//!
//! ```
//! use wharf_registry::{Blob, Digest, Write};
//! use wharf_store::layout::fsck::{Fsck, Kind, Source};
//! use wharf_store::layout::{Layout, REPOSITORY};
//!
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! # let directory = tempfile::tempdir().unwrap();
//! # let [path, mirror] = ["store", "mirror"].map(|name| directory.path().join(name));
//! let (layout, mirror) = (Layout::create(&path).unwrap(), Layout::create(&mirror).unwrap());
//! for registry in [&layout, &mirror] {
//!     registry.put_blob(&REPOSITORY, Blob::from_bytes("hello")).await.unwrap();
//! }
//! let fsck = Fsck::open(&path).unwrap();
//! assert!(fsck.check().await.unwrap().is_sound());
//!
//! // A disk goes bad.
//! let content = path.join(format!("blobs/sha256/{}", Digest::of(b"hello").encoded()));
//! # std::fs::remove_file(&content).unwrap();
//! std::fs::write(&content, "jello").unwrap();
//! let report = fsck.check().await.unwrap();
//! assert!(matches!(report.findings[0].kind, Kind::Corrupt(_)));
//!
//! // What is bad is put aside, and fetched anew from where it is still right.
//! assert_eq!(fsck.quarantine(&report).await.unwrap().len(), 1);
//! let repairs = fsck.repair(&report, Some(&Source::new(&mirror))).await;
//! assert!(repairs.failed.is_empty());
//! assert!(fsck.check().await.unwrap().is_sound());
//! # });
//! ```
//!
//! # What is looked at
//!
//! | | is wrong when |
//! |---|---|
//! | content, the pool's and that of repositories | its bytes are not those of its digest, it cannot be read, or it is no file |
//! | what repositories see | it is other content than the pool's, or the pool does not have it |
//! | `oci-layout`, `index.json` and its entries | they cannot be read, or lead to nothing |
//! | manifests and indexes | they cannot be read as what they are said to be, what they need is not there, or not of the size that they say |
//! | configurations | nothing: it is only told when they cannot be read or break a must |
//! | lists of referrers | a manifest that has a subject is not listed |
//! | all other files | nothing: they are only told |
//!
//! A [`Policy`] says what manifests need, as it does when they are stored; what it does not demand is told as a
//! [`Severity::Note`], such as content that is missing in a sparse store.
//!
//! # While others work
//!
//! Nothing is locked and nothing is written by looking. What was found wrong is looked at again, until it was seen in a
//! repository whose index did not change meanwhile, or four times in a row: so nothing is told of what came or went in
//! the normal course of things. A fault that came to be behind the look is for the next one.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::thread::available_parallelism;

use wharf_registry::Policy;

use super::disk::Disk;
use super::files::Files;
use super::root::Root;
use super::{Durability, shape, system};
use crate::Error;

mod again;
mod check;
mod content;
mod crew;
mod document;
mod edge;
mod finding;
mod header;
mod ingest;
mod known;
mod link;
mod quarantine;
mod repair;
mod report;
mod repository;
mod site;
mod tree;
mod usage;
mod watch;

pub use finding::{By, Finding, Kind, Severity, Thing};
pub use quarantine::Quarantined;
pub use repair::{Failure, Repairs, Source};
pub use report::{Report, Tally};
pub use usage::{RepositoryUsage, Usage};
pub use watch::Event;

use watch::{Cancel, Tell, Watch};

/// What looks at a store, puts aside and repairs. A store is one layout or a directory of them; it need not be in order
/// to be opened.
#[derive(Clone, Debug)]
pub struct Fsck {
    root: Arc<Root>,
    options: Options,
    tell: Tell,
}

/// How to look.
#[derive(Clone, Copy, Debug)]
struct Options {
    policy: Policy,
    jobs: NonZeroUsize,
}

impl Fsck {
    /// The store in a directory: many repositories where there are `blobs` and `repositories`, else one layout. Nothing
    /// else is read yet. This waits for the disk.
    ///
    /// # Errors
    /// [`Error::NotALayout`] when there is nothing of a layout, [`Error::Io`] when the directory cannot be found.
    ///
    /// ```
    /// use wharf_store::Error;
    /// use wharf_store::layout::fsck::Fsck;
    ///
    /// # let directory = tempfile::tempdir().unwrap();
    /// assert!(matches!(Fsck::open(directory.path()), Err(Error::NotALayout { .. })));
    /// ```
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::open_on(system(path.as_ref())?)
    }

    /// As [`open`](Self::open), at the root of any disk. A seam for tests, of which nothing is promised.
    #[doc(hidden)]
    pub fn open_on(disk: Arc<dyn Disk>) -> Result<Self, Error> {
        let options = Options { policy: Policy::default(), jobs: available_parallelism().unwrap_or(NonZeroUsize::MIN) };
        Ok(Self { root: shape::find(Files::new(disk, Durability::default()))?, options, tell: Tell::nobody() })
    }

    /// The same, where something else is demanded of manifests than [`Policy::Referential`]: what the store that serves
    /// them demands.
    #[must_use]
    pub fn with_policy(mut self, policy: Policy) -> Self {
        self.options.policy = policy;
        self
    }

    /// The same, where so many threads read, instead of one for each core.
    #[must_use]
    pub fn with_jobs(mut self, jobs: NonZeroUsize) -> Self {
        self.options.jobs = jobs;
        self
    }

    /// The same, where what happens is told while it happens, from several threads, which wait for it.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicU64, Ordering};
    /// use wharf_store::layout::Layout;
    /// use wharf_store::layout::fsck::{Event, Fsck};
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// # let directory = tempfile::tempdir().unwrap();
    /// # Layout::create(directory.path()).unwrap();
    /// let read = Arc::new(AtomicU64::new(0));
    /// let counter = Arc::clone(&read);
    /// let fsck = Fsck::open(directory.path()).unwrap().with_progress(move |event| match event {
    ///     Event::Read { bytes } => drop(counter.fetch_add(bytes, Ordering::Relaxed)),
    ///     _ => {}
    /// });
    /// let report = fsck.check().await.unwrap();
    /// assert_eq!(report.content.bytes, read.load(Ordering::Relaxed));
    /// # });
    /// ```
    #[must_use]
    pub fn with_progress(self, tell: impl Fn(Event<'_>) + Send + Sync + 'static) -> Self {
        Self { tell: Tell::new(tell), ..self }
    }

    /// Looks at everything and changes nothing. Each file of content is read once, by as many threads as there are
    /// [jobs](Self::with_jobs); what is wrong is read again. Memory goes with the number of digests of the pool and of
    /// the largest repositories, and with what is found.
    ///
    /// # Errors
    /// [`Error::Io`] when the store's own directory cannot be read. What cannot be read in it is a finding.
    ///
    /// # Cancel safety
    /// The threads end with the piece that they are reading.
    pub async fn check(&self) -> Result<Report, Error> {
        let (options, watch) = (self.options, Arc::new(Watch::new(self.tell.clone())));
        let _cancel = Cancel::new(&watch);
        self.root.run(move |root| check::check(root, options, &watch)).await
    }

    /// Renames what was found to be no content of its digest, or no file, into the directory `quarantine` of the layout
    /// that it is in, where nobody looks for it: from then on it is missing, and whoever puts the content again heals it.
    /// Each thing is looked at again before, and left where it is when it is right by now. Nothing is deleted or replaced.
    ///
    /// # Errors
    /// [`Error::Io`] when something cannot be renamed; what came before it is.
    ///
    /// # Cancel safety
    /// What was begun is done to its end, also when nobody waits for it any more.
    pub async fn quarantine(&self, report: &Report) -> Result<Vec<Quarantined>, Error> {
        let wrong = quarantine::candidates(report);
        let watch = Watch::new(Tell::nobody());
        self.root.run(move |root| quarantine::quarantine(root, &wrong, &watch)).await
    }

    /// Repairs what can be repaired. Without a source that is what the store itself knows: what a repository sees is
    /// linked to the right content of the pool, the pool gets what only a repository has, and lists of referrers are
    /// completed. From a source comes content that is missing or wrong, verified like any other; what is wrong is replaced
    /// by it, as a push would, unless it was put in [quarantine](Self::quarantine) before.
    ///
    /// What only a manifest names that is itself missing, is found by the next look, and repaired after that. What cannot be
    /// repaired this way, such as a broken index, is not tried. Content of the pool that no repository sees
    /// has no name by which a source could be asked for it; `quarantine` is for such.
    ///
    /// # Cancel safety
    /// Content is there as a whole or not at all.
    pub async fn repair<'r>(&self, report: &'r Report, source: Option<&Source<'_>>) -> Repairs<'r> {
        repair::repair(&self.root, report, source).await
    }

    /// Who takes how much room. Only names and sizes are looked at, each once: no content is read, and no manifest. So
    /// this tells nothing of single images, and nothing of whether anybody needs what is there. Memory goes with the
    /// number of digests. What cannot be listed counts for nothing.
    ///
    /// # Errors
    /// [`Error::Io`] when the runtime ends.
    ///
    /// # Cancel safety
    /// The thread ends with the repository that it is looking at.
    ///
    /// ```
    /// use wharf_registry::{Blob, Repository, Write};
    /// use wharf_store::layout::Directory;
    /// use wharf_store::layout::fsck::Fsck;
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// # let directory = tempfile::tempdir().unwrap();
    /// # let path = directory.path();
    /// let store = Directory::create(path).unwrap();
    /// for (name, content) in [("base", "a layer"), ("app", "a layer"), ("app", "of its own")] {
    ///     store.put_blob(&Repository::parse(name).unwrap(), Blob::from_bytes(content)).await.unwrap();
    /// }
    /// let usage = Fsck::open(path).unwrap().usage().await.unwrap();
    /// let app = &usage.repositories[0];
    /// assert_eq!((app.logical.bytes, app.unique.bytes, app.shared.bytes), (17, 10, 7));
    /// assert_eq!((usage.logical.bytes, usage.stored.bytes, usage.saved()), (24, 17, 7));
    /// # });
    /// ```
    pub async fn usage(&self) -> Result<Usage, Error> {
        let watch = Arc::new(Watch::new(Tell::nobody()));
        let _cancel = Cancel::new(&watch);
        self.root.run(move |root| Ok(usage::measure(root, &watch))).await
    }
}
