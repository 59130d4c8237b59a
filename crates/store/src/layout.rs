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
//!   an index never names what is not. After a power cut nothing is there that is half.
//! * Any number of processes may read and write at the same time.
//! * What was read of an index is kept for as long as its file is the same, of at most 64 layouts and 64 MiB of files in
//!   all; a file that anybody replaced is read at the next question.
//! * Content that was verified in this process is not hashed again for as long as its file is the same, and small content
//!   is then read from memory, of which this takes at most 16 MiB. Bytes that go bad on a disk without their file system
//!   knowing are noticed by clients, who verify what they fetch, and healed by whoever puts them again.
//! * Opening and reading write nothing, but that files which a process left behind are removed where that is possible.
//! * No link below the root is followed to content or to an index, and only regular files are read.
//! * Files and directories are for everybody to read, unless the user's mask says otherwise, because that is what a layout
//!   is for; nobody but their owner can write to them. Keep a layout of secrets in a directory that is closed.
//!
//! All work with files is done on the threads that the Tokio runtime has for that; so a store is used within one. Only
//! what is known of files is told at once, where Linux can say without a look at the disk that they are the same.

use std::fs;
use std::path::Path;

use wharf_registry::Repository;

use crate::{Error, Store};

mod blobs;
mod cache;
mod entry;
mod file;
pub mod fsck;
mod header;
mod index;
mod link;
mod lookup;
mod members;
mod names;
mod near;
mod place;
mod reader;
mod referrers;
mod repositories;
mod root;
mod seen;
mod shape;
mod stale;
mod temporary;
mod update;
mod verified;
mod writer;

pub use blobs::Blobs;
pub use names::Names;
pub use writer::Writer;

use file::failed;
use place::{BLOBS, INGEST};
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
        let path = path.as_ref();
        let root = fs::canonicalize(path).map_err(failed("open", path))?;
        if !header::exists(&root)? {
            return Err(Error::NotALayout { path: root });
        }
        update::read(&root)?;
        Ok(store(Root::new(root, Shape::Single)))
    }

    /// Opens the layout in a directory, and first makes it when it is not there. This waits for the disk.
    ///
    /// # Errors
    /// As [`open`](Self::open); [`Error::Io`] when something cannot be made.
    pub fn create(path: impl AsRef<Path>) -> Result<Store<Blobs, Names>, Error> {
        let path = path.as_ref();
        file::make_root(path)?;
        update::create(path, Path::new(""))?;
        Self::open(path)
    }
}

/// Many repositories, each of them an OCI image layout, over one pool of content.
///
/// Content that is deleted from a repository stays in the pool, because others may see it.
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
        let path = path.as_ref();
        let root = fs::canonicalize(path).map_err(failed("open", path))?;
        if ![BLOBS, REPOSITORIES].iter().all(|name| file::is_dir(&root.join(name))) {
            return Err(Error::NotALayout { path: root });
        }
        Ok(store(Root::new(root, Shape::Many)))
    }

    /// Opens the repositories in a directory, and first makes it when it is not there. This waits for the disk.
    ///
    /// # Errors
    /// As [`open`](Self::open); [`Error::Io`] when something cannot be made.
    pub fn create(path: impl AsRef<Path>) -> Result<Store<Blobs, Names>, Error> {
        let path = path.as_ref();
        file::make_root(path)?;
        file::make_dirs(path, Path::new(BLOBS))?;
        file::make_dirs(path, Path::new(REPOSITORIES))?;
        Self::open(path)
    }
}

/// A store over a root that was looked at; what was left behind in it is removed on the way.
fn store(root: std::sync::Arc<Root>) -> Store<Blobs, Names> {
    stale::remove(&root.pool().join(INGEST));
    Store::new(Blobs::new(std::sync::Arc::clone(&root)), Names::new(root))
}
