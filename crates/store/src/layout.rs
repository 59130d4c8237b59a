//! Content and names as OCI image layouts on disk, which other tools read and write as well.
//!
//! [`Layout`] is one layout, which is one repository, [`REPOSITORY`]; [`Directory`] is many repositories over one pool
//! of content:
//!
//! ```text
//! ROOT/blobs/sha256/...                          the pool: every content once
//! ROOT/repositories/team/app/_oci/oci-layout     a layout that is whole in itself
//!                                /index.json     its tags
//!                                /blobs/sha256/  hard links into the pool: what this repository sees
//! ROOT/ingest/                                   what is being written, and upload sessions
//! ROOT/trash/                                    what was condemned; each repository has one, too
//! ```
//!
//! so that `oci:ROOT/repositories/team/app/_oci:1.0` names an image for any tool that knows layouts.
//!
//! ```
//! use wharf_registry::{Blob, Digest, Read, Write};
//! use wharf_store::layout::{Layout, REPOSITORY};
//!
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! # let directory = tempfile::tempdir().unwrap();
//! # let path = directory.path().join("layout");
//! let layout = Layout::create(&path).unwrap();
//! layout.put_blob(&REPOSITORY, Blob::from_bytes("hello")).await.unwrap();
//!
//! let same = Layout::open(&path).unwrap();
//! assert_eq!(same.stat_blob(&REPOSITORY, &Digest::of(b"hello")).await.unwrap().size, 5);
//! # });
//! ```
//!
//! # What holds
//!
//! * Content has its name only after its bytes were verified and are on the disk, and the names of its directories too;
//!   an index never names what is not. After a power cut nothing is there that is half. What is found is not taken for
//!   durable because it is there: its writer may have ended too early. Whoever need not survive power cuts says so
//!   ([`Durability`]).
//! * Any number of processes may read and write at the same time.
//! * What another tool copies into the layout of one repository is read from there at once, by whoever may read that
//!   repository. It becomes content of the pool when it is put or mounted here, verified like anything from outside.
//! * An upload session is a file, so it outlives the process: whoever opens the directory goes on with it at the length that
//!   is on the disk. One process holds it at a time, by a lock that ends with the process.
//! * What was read of an index is kept for as long as its file is the same, of at most 64 layouts and 64 MiB of files in
//!   all; a file that anybody replaced is read at the next question.
//! * Content that was verified in this process is not hashed again for as long as its file is the same, and small content
//!   is then read from memory, of which this takes at most 16 MiB. Content that was read and was wrong counts as absent for
//!   whoever asks whether it is there, until somebody brings it again. Bytes that go bad on a disk without their file system
//!   knowing are noticed by clients, who verify what they fetch, and healed by whoever puts them again.
//! * Opening and reading write nothing, but that files which a process left behind are removed where that is possible.
//! * No link below the root is followed, and only regular files are read. On Unix the root is the directory that was
//!   opened, also when it is moved or replaced by another one afterwards. Whoever may write to it can remove what they
//!   like, so there is a way to [refuse](refuse_shared) one that is not the user's alone.
//! * Files and directories are for everybody to read, unless the user's mask says otherwise, because that is what a layout
//!   is for; nobody but their owner can write to them. Keep a layout of secrets in a directory that is closed.
//!
//! Within a Tokio runtime all work with files is done on the threads that it has for that; elsewhere, where it is asked
//! for, which then waits for the disk. Only what is known of files is told at once, where Linux can say without a look at
//! the disk that they are the same.

use std::path::Path;
use std::sync::Arc;

use wharf_registry::Repository;

use crate::{Error, Store};

mod blobs;
mod cache;
mod change;
mod collect;
mod content;
#[doc(hidden)]
pub mod disk;
mod draft;
mod durability;
mod durable;
mod entry;
mod file;
mod files;
pub mod fsck;
mod header;
mod held;
mod index;
mod lease;
mod line;
mod link;
mod members;
mod names;
mod owner;
mod place;
mod reader;
mod record;
mod referrers;
mod repositories;
mod root;
mod scratch;
mod seen;
mod session;
mod shape;
mod stale;
mod temporary;
mod trash;
mod update;
mod verified;
mod warm;
mod writer;

pub use blobs::Blobs;
pub use collect::Turn;
pub use durability::Durability;
pub use held::Held;
pub use lease::Lease;
pub use names::Names;
pub use owner::refuse_shared;
pub use writer::Writer;

use disk::{Disk, System};
use files::Files;
use place::{BLOBS, INGEST, pool};
use root::{REPOSITORIES, Root, Shape};

/// The name of the one repository that a [`Layout`] is.
pub static REPOSITORY: Repository = Repository::from_static("layout");

/// One OCI image layout, as a registry with the one repository [`REPOSITORY`].
///
/// ```
/// use wharf_store::Error;
/// use wharf_store::layout::Layout;
///
/// # let directory = tempfile::tempdir().unwrap();
/// # let path = directory.path();
/// assert!(matches!(Layout::open(path), Err(Error::NotALayout { .. })));
/// Layout::create(path).unwrap();
/// Layout::open(path).unwrap();
/// assert!(path.join("oci-layout").is_file() && path.join("index.json").is_file());
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Layout;

impl Layout {
    /// Opens the layout in a directory. This looks at the disk and waits for it.
    ///
    /// # Errors
    /// [`Error::NotALayout`] when there is no file `oci-layout` of version 1.0.0, [`Error::Corrupt`] when `index.json`
    /// is not an index, [`Error::Io`] when it is missing or something cannot be read.
    pub fn open(path: impl AsRef<Path>) -> Result<Store<Blobs, Names>, Error> {
        Self::open_on(system(path.as_ref())?)
    }

    /// Opens the layout in a directory, and first makes it when it is not there. This waits for the disk.
    ///
    /// # Errors
    /// As [`open`](Self::open); [`Error::Io`] when something cannot be made.
    pub fn create(path: impl AsRef<Path>) -> Result<Store<Blobs, Names>, Error> {
        Self::create_on(make_system(path.as_ref())?)
    }

    /// As [`open`](Self::open), at the root of any disk. A seam for tests, of which nothing is promised.
    #[doc(hidden)]
    pub fn open_on(disk: Arc<dyn Disk>) -> Result<Store<Blobs, Names>, Error> {
        Self::open_in(Files::new(disk, Durability::default()))
    }

    /// As [`create`](Self::create), at the root of any disk. A seam for tests, of which nothing is promised.
    #[doc(hidden)]
    pub fn create_on(disk: Arc<dyn Disk>) -> Result<Store<Blobs, Names>, Error> {
        let files = Files::new(disk, Durability::default());
        update::create(&files, pool())?;
        Self::open_in(files)
    }

    fn open_in(files: Files) -> Result<Store<Blobs, Names>, Error> {
        if !header::exists(&files, pool())? {
            return Err(Error::NotALayout { path: files.full(pool()) });
        }
        update::read(&files, pool())?;
        Ok(store(files, Shape::Single))
    }
}

/// Many repositories, each of them an OCI image layout, over one pool of content.
///
/// Content that is deleted from a repository stays in the pool, because others may see it, until it is
/// [collected](crate::collect).
///
/// ```
/// use wharf_registry::{Blob, Repository, Write};
/// use wharf_store::layout::Directory;
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// # let directory = tempfile::tempdir().unwrap();
/// # let path = directory.path();
/// let store = Directory::create(path).unwrap();
/// store.put_blob(&Repository::from_static("team/app"), Blob::from_bytes("hello")).await.unwrap();
/// assert!(path.join("repositories/team/app/_oci/oci-layout").is_file());
/// # });
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Directory;

impl Directory {
    /// Opens the repositories in a directory. This looks at the disk and waits for it.
    ///
    /// # Errors
    /// [`Error::NotALayout`] when the directories `blobs` and `repositories` are not there, [`Error::Io`] when
    /// something cannot be read.
    pub fn open(path: impl AsRef<Path>) -> Result<Store<Blobs, Names>, Error> {
        Self::open_on(system(path.as_ref())?)
    }

    /// Opens the repositories in a directory, and first makes it when it is not there. This waits for the disk.
    ///
    /// # Errors
    /// As [`open`](Self::open); [`Error::Io`] when something cannot be made.
    pub fn create(path: impl AsRef<Path>) -> Result<Store<Blobs, Names>, Error> {
        Self::create_on(make_system(path.as_ref())?)
    }

    /// As [`open`](Self::open), at the root of any disk. A seam for tests, of which nothing is promised.
    #[doc(hidden)]
    pub fn open_on(disk: Arc<dyn Disk>) -> Result<Store<Blobs, Names>, Error> {
        Self::open_in(Files::new(disk, Durability::default()))
    }

    /// As [`create`](Self::create), at the root of any disk. A seam for tests, of which nothing is promised.
    #[doc(hidden)]
    pub fn create_on(disk: Arc<dyn Disk>) -> Result<Store<Blobs, Names>, Error> {
        let files = Files::new(disk, Durability::default());
        files.make_dirs(Path::new(BLOBS))?;
        files.make_dirs(Path::new(REPOSITORIES))?;
        Self::open_in(files)
    }

    fn open_in(files: Files) -> Result<Store<Blobs, Names>, Error> {
        for name in [BLOBS, REPOSITORIES] {
            if !files.is_dir(Path::new(name))? {
                return Err(Error::NotALayout { path: files.full(pool()) });
            }
        }
        Ok(store(files, Shape::Many))
    }
}

impl Store<Blobs, Names> {
    /// The same content and names, where what is stored from now on survives this; power cuts unless said. Uploads that
    /// were begun before are not concerned.
    ///
    /// ```
    /// use wharf_store::layout::{Directory, Durability};
    ///
    /// # let directory = tempfile::tempdir().unwrap();
    /// # let path = directory.path();
    /// let cache = Directory::create(path).unwrap().with_durability(Durability::Process);
    /// ```
    #[must_use]
    pub fn with_durability(self, durability: Durability) -> Self {
        let root = self.cas().root().with_durability(durability);
        self.over(Blobs::new(Arc::clone(&root)), Names::new(root))
    }
}

/// The files below a directory that the user named.
fn system(path: &Path) -> Result<Arc<dyn Disk>, Error> {
    let system = System::open(path).map_err(|source| Error::Io { step: "open", path: path.into(), source })?;
    Ok(Arc::new(system))
}

/// The same, where the directory and those above it are made, durably, if they are missing. Links that the user named are
/// meant.
fn make_system(path: &Path) -> Result<Arc<dyn Disk>, Error> {
    let find = |source| Error::Io { step: "find", path: path.into(), source };
    let whole = std::path::absolute(path).map_err(find)?;
    let existing = whole.ancestors().find(|above| above.is_dir());
    if let Some((existing, below)) = existing.and_then(|above| Some((above, whole.strip_prefix(above).ok()?))) {
        sync_name(existing);
        Files::new(system(existing)?, Durability::default()).make_dirs(below)?;
    }
    system(path)
}

/// Makes the name of a directory durable that another process may just have made. Where its user may not even look into the
/// directory above, somebody else made it.
fn sync_name(existing: &Path) {
    if let Some(above) = existing.parent().and_then(|above| System::open(above).ok()) {
        let _ = above.sync_dir(pool());
    }
}

/// A store of these files, which were looked at; what was left behind in them is removed on the way.
fn store(files: Files, shape: Shape) -> Store<Blobs, Names> {
    stale::remove(&files, &pool().join(INGEST));
    let root = Root::new(files, shape);
    Store::new(Blobs::new(Arc::clone(&root)), Names::new(root))
}
