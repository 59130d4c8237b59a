//! Where repositories are, and on which threads the disk is waited for.
//!
//! A name of the outside world becomes a path only here, and only after its grammar was checked: the names of
//! repositories have neither `..` nor empty components, and none begins with `_`.

use std::future::ready;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::future::Either;
use tokio::runtime::Handle;
use wharf_registry::Repository;

use super::cache::Cache;
use super::durability::Durability;
use super::files::Files;
use super::index::Index;
use super::line::Lines;
use super::place::{joined, pool};
use super::seen::{Now, system_time};
use super::update::Held;
use super::verified::Verified;
use super::warm::Warm;
use super::{REPOSITORY, header, update};
use crate::Error;

/// Where repositories live below the root of a [`Directory`](super::Directory).
pub(super) const REPOSITORIES: &str = "repositories";
/// A repository's layout, in the directory that is named like the repository. No component of a repository's name
/// begins like this, so that it is never taken for one.
pub(super) const LAYOUT: &str = "_oci";

/// The one place that knows where things are. Content lives in the pool `blobs` below the root, and each repository is
/// a layout whose own `blobs` shows what the repository sees.
#[derive(Debug)]
pub(super) struct Root {
    files: Files,
    shape: Shape,
    headers: Cache<Vec<u8>>,
    indexes: Cache<Index>,
    verified: Verified,
    warm: Warm,
    lines: Lines,
}

/// How repositories are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// The root is the only layout, and its blobs are the pool.
    Single,
    /// Each repository has a directory.
    Many,
}

impl Root {
    /// A root with these files.
    pub(super) fn new(files: Files, shape: Shape) -> Arc<Self> {
        Self::with_clock(files, shape, system_time)
    }

    /// The same, where `now` says how old a change of a file is.
    pub(super) fn with_clock(files: Files, shape: Shape, now: Now) -> Arc<Self> {
        let (headers, indexes) = (Cache::new(now), Cache::new(now));
        let (verified, warm, lines) = (Verified::new(now), Warm::default(), Lines::default());
        Arc::new(Self { files, shape, headers, indexes, verified, warm, lines })
    }

    /// The same root, where this is waited for, and of which nothing is known yet.
    pub(super) fn with_durability(&self, durability: Durability) -> Arc<Self> {
        Self::new(self.files.with_durability(durability), self.shape)
    }

    /// The files below the root.
    pub(super) const fn files(&self) -> &Files {
        &self.files
    }

    /// How repositories are laid out here.
    pub(super) const fn shape(&self) -> Shape {
        self.shape
    }

    /// The layout of a repository, which need not exist; nothing when there cannot be such a repository.
    pub(super) fn below(&self, repository: &Repository) -> Option<PathBuf> {
        match self.shape {
            Shape::Single => (*repository == REPOSITORY).then(|| pool().into()),
            Shape::Many => Some(joined(Path::new(REPOSITORIES), &[repository.as_str(), LAYOUT])),
        }
    }

    /// The layout of a repository that exists.
    pub(super) fn layout(&self, repository: &Repository) -> Result<Option<PathBuf>, Error> {
        let Some(layout) = self.below(repository) else { return Ok(None) };
        Ok(header::exists_through(&self.files, &self.headers, &layout)?.then_some(layout))
    }

    /// The same, if it is known without a look at the disk.
    pub(super) fn known_layout(&self, repository: &Repository) -> Option<PathBuf> {
        let layout = self.below(repository)?;
        header::is_known(&self.files, &self.headers, &layout).then_some(layout)
    }

    /// What the index of a layout says now.
    pub(super) fn index(&self, layout: &Path) -> Result<Arc<Index>, Error> {
        update::read_through(&self.files, &self.indexes, layout)
    }

    /// The same, if it is known without a look at the disk.
    pub(super) fn known_index(&self, layout: &Path) -> Option<Arc<Index>> {
        update::known(&self.files, &self.indexes, layout)
    }

    /// Waits until nobody else changes a layout.
    pub(super) fn hold<'a>(&'a self, layout: &'a Path) -> Result<Held<'a>, Error> {
        update::hold(&self.files, &self.indexes, layout)
    }

    /// What was verified of the content of the pool.
    pub(super) const fn verified(&self) -> &Verified {
        &self.verified
    }

    /// What was hashed of the upload sessions.
    pub(super) const fn warm(&self) -> &Warm {
        &self.warm
    }

    /// Who changes which repository in this process.
    pub(super) const fn lines(&self) -> &Lines {
        &self.lines
    }

    /// Starts work that waits for the disk, where it may wait. Once started it runs to its end, also when nobody asks
    /// for its result any more. Without a runtime there is no such place, and nobody else to hold up: it is done here.
    pub(super) fn run<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> Result<T, Error> + Send + 'static,
    ) -> impl Future<Output = Result<T, Error>> + Send + 'static {
        let Ok(runtime) = Handle::try_current() else { return Either::Left(ready(work(self))) };
        let (root, here) = (Arc::clone(self), Arc::clone(self));
        let running = runtime.spawn_blocking(move || work(&root));
        Either::Right(async move {
            match running.await.map_err(tokio::task::JoinError::try_into_panic) {
                Ok(done) => done,
                Err(Ok(panic)) => std::panic::resume_unwind(panic),
                // The runtime is shutting down.
                Err(Err(cancelled)) => Err(here.files.failed("wait for", pool())(io::Error::other(cancelled))),
            }
        })
    }
}

#[cfg(test)]
mod tests;
