//! Where something was found: in the pool, or in the layout of a repository.

use std::path::{Path, PathBuf};

use wharf_registry::{Digest, Repository};

use super::finding::{Finding, Kind, Severity};
use crate::layout::REPOSITORY;
use crate::layout::files::Files;
use crate::layout::place::{BLOBS, place, pool};
use crate::layout::root::{Root, Shape};
use crate::layout::trash;

/// A directory with content.
#[derive(Clone, Debug)]
pub(super) struct Site {
    /// Whose it is; nothing when it is the pool of many.
    pub(super) repository: Option<Repository>,
    /// Where it is, as everything here, below the store's directory.
    pub(super) path: PathBuf,
    pub(super) files: Files,
}

impl Site {
    /// Where all content is; in a store that is one layout, this is the layout.
    pub(super) fn pool(root: &Root) -> Self {
        let repository = (root.shape() == Shape::Single).then(|| REPOSITORY.clone());
        Self { repository, path: pool().into(), files: root.files().clone() }
    }

    /// The layout of a repository, if there can be such a one.
    pub(super) fn of(root: &Root, repository: &Repository) -> Option<Self> {
        let path = root.below(repository)?;
        Some(Self { repository: Some(repository.clone()), path, files: root.files().clone() })
    }

    /// The layout of a repository, or the pool.
    pub(super) fn whose(root: &Root, repository: Option<&Repository>) -> Option<Self> {
        repository.map_or_else(|| Some(Self::pool(root)), |repository| Self::of(root, repository))
    }

    /// Whether this is all of the store.
    pub(super) fn is_whole_store(&self) -> bool {
        self.repository.is_some() && self.path.as_os_str().is_empty()
    }

    /// Where some content is, if its digest can be computed.
    pub(super) fn content(&self, digest: &Digest) -> Option<PathBuf> {
        place(&self.path, digest).ok()
    }

    /// Whether some content waits to be deleted here. Until it is, whoever asks the store for it gets it back; so it is not
    /// lost.
    pub(super) fn condemns(&self, digest: &Digest) -> bool {
        trash::holds(&self.files, &self.path, digest).unwrap_or_default()
    }

    /// Something wrong with a file of this directory.
    pub(super) fn fault(&self, kind: Kind, path: impl AsRef<Path>) -> Finding {
        self.find(Severity::Fault, kind, None, path.as_ref())
    }

    /// Something to be known of a file of this directory.
    pub(super) fn note(&self, kind: Kind, path: impl AsRef<Path>) -> Finding {
        self.find(Severity::Note, kind, None, path.as_ref())
    }

    /// Something about content.
    pub(super) fn about(&self, severity: Severity, kind: Kind, digest: &Digest) -> Finding {
        let unknown = || Path::new(BLOBS).join(digest.algorithm().as_str()).join(digest.encoded().to_string());
        let path = place(pool(), digest).unwrap_or_else(|_| unknown());
        self.find(severity, kind, Some(digest.clone()), &path)
    }

    fn find(&self, severity: Severity, kind: Kind, digest: Option<Digest>, path: &Path) -> Finding {
        Finding { severity, kind, repository: self.repository.clone(), digest, path: self.path.join(path) }
    }
}
