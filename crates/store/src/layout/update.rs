//! `index.json` in a file: read without a lock, because it is only ever replaced as a whole, and changed under one.
//!
//! The lock is the operating system's, on a file of its own, so it ends with the process that holds it. Readers never
//! wait.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use wharf_registry::LayoutHeader;

use super::cache::Cache;
use super::file::{self, failed, joined};
use super::index::Index;
use super::lookup::Lookup;
use super::place::{BLOBS, INGEST};
use super::{header, stale, temporary};
use crate::Error;

/// The name of the index.
const INDEX: &str = "index.json";
/// Which process may change a layout's index. The file is never removed: whoever then made another would hold another
/// lock.
const LOCK: &str = ".wharf.lock";
/// How large an index may be, in bytes. It holds every tag of a repository, at some 250 bytes each, and so must be able
/// to grow beyond what any one manifest may have: this is room for a quarter of a million.
const INDEX_BYTES: u64 = 64 << 20;

/// Makes a directory `below` another one a layout, if it is not one.
pub(super) fn create(base: &Path, below: &Path) -> Result<(), Error> {
    let layout = base.join(below);
    if file::has_dirs(base, below)? && header::exists(&layout)? {
        return Ok(());
    }
    file::make_dirs(base, &below.join(BLOBS))?;
    let _lock = lock(&layout)?;
    if file::stat(&layout.join(INDEX))?.is_none() {
        replace(&layout, INDEX, &Index::empty().encode())?;
    }
    // This comes last: it says that everything else is there.
    replace(&layout, LayoutHeader::FILE, LayoutHeader::V1.as_bytes())
}

/// What a layout's index says now.
pub(super) fn read(layout: &Path) -> Result<Index, Error> {
    let path = layout.join(INDEX);
    let bytes = file::read(&path, INDEX_BYTES)?.ok_or_else(|| missing(&path))?;
    decode(&path, &bytes)
}

/// The same, which is decoded only if it has changed.
pub(super) fn read_through(cache: &Cache<Lookup>, layout: &Path) -> Result<Arc<Lookup>, Error> {
    let path = layout.join(INDEX);
    cache.get(&path, INDEX_BYTES, |bytes| decode(&path, bytes).map(Lookup::new))?.ok_or_else(|| missing(&path))
}

/// The same, if it is known to be what was decoded last.
pub(super) fn known(cache: &Cache<Lookup>, layout: &Path) -> Option<Arc<Lookup>> {
    cache.known(&joined(layout, &[INDEX]))
}

fn decode(path: &Path, bytes: &[u8]) -> Result<Index, Error> {
    Index::decode(bytes).map_err(|source| Error::Corrupt { path: path.into(), source })
}

fn missing(path: &Path) -> Error {
    failed("read", path)(io::ErrorKind::NotFound.into())
}

/// A layout that nobody else changes, in whatever process, for as long as this is held.
#[derive(Debug)]
pub(super) struct Held<'a> {
    layout: &'a Path,
    _lock: File,
}

/// Waits until nobody else changes a layout.
pub(super) fn hold(layout: &Path) -> Result<Held<'_>, Error> {
    Ok(Held { layout, _lock: lock(layout)? })
}

impl Held<'_> {
    /// Changes the layout's index; what does not change it is not written. It is read anew: what was kept of it is for
    /// those who only ask. A change that fails is not made.
    pub(super) fn update<T>(&self, change: impl FnOnce(&mut Index) -> Result<T, Error>) -> Result<T, Error> {
        let mut index = read(self.layout)?;
        let before = index.encode();
        let answer = change(&mut index)?;
        let after = index.encode();
        if before != after {
            // What grew beyond what is read would never be read again; what shrinks is on its way back.
            if after.len() as u64 > INDEX_BYTES && after.len() > before.len() {
                return Err(Error::Full { path: self.layout.join(INDEX) });
            }
            stale::remove(&self.layout.join(INGEST));
            replace(self.layout, INDEX, &after)?;
        }
        Ok(answer)
    }
}

/// Waits for the lock, which is held until the file is dropped.
fn lock(layout: &Path) -> Result<File, Error> {
    let path = layout.join(LOCK);
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o644);
    let file = match file::open_with(&path, &options)? {
        Some(file) => file,
        None => match options.clone().create_new(true).open(&path) {
            // Somebody else was faster, or it is not a file.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                file::open_with(&path, &options)?.ok_or_else(|| failed("open", &path)(error))?
            }
            opened => opened.map_err(failed("create", &path))?,
        },
    };
    file.lock().map_err(failed("lock", &path))?;
    Ok(file)
}

/// Replaces a file as a whole, durably: whoever reads it sees the old or the new bytes, also after a power cut.
fn replace(layout: &Path, name: &str, bytes: &[u8]) -> Result<(), Error> {
    let path = layout.join(name);
    let old = file::stat(&path)?.map(|metadata| metadata.permissions());
    let temporary = temporary::create(layout, readable())?;
    let mut file = temporary.as_file();
    file.write_all(bytes).map_err(failed("write to", temporary.path()))?;
    if let Some(old) = old {
        file.set_permissions(old).map_err(failed("keep the permissions of", &path))?;
    }
    file.sync_all().map_err(failed("sync", temporary.path()))?;
    fs::rename(temporary.path(), &path).map_err(failed("replace", &path))?;
    file::sync_dir(layout)
}

/// For everybody to read, for the owner to write, less what the user's mask takes.
#[cfg(unix)]
fn readable() -> Option<Permissions> {
    Some(std::os::unix::fs::PermissionsExt::from_mode(0o644))
}

/// As the directory says.
#[cfg(not(unix))]
const fn readable() -> Option<Permissions> {
    None
}
