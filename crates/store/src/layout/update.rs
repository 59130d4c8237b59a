//! `index.json` in a file: read without a lock, because it is only ever replaced as a whole, and changed under one.
//!
//! The lock is the operating system's, on a file of its own, so it ends with the process that holds it. Readers never
//! wait.

use std::io;
use std::path::Path;
use std::sync::Arc;

use wharf_registry::LayoutHeader;

use super::cache::Cache;
use super::change::Change;
use super::file::File;
use super::files::Files;
use super::index::{self, Index};
use super::place::{BLOBS, INGEST, joined};
use super::scratch::Scratch;
use super::{header, stale};
use crate::Error;

/// The name of the index.
pub(super) const INDEX: &str = "index.json";
/// Which process may change a layout's index. The file is never removed: whoever then made another would hold another
/// lock.
const LOCK: &str = ".wharf.lock";
/// How large an index may be, in bytes. It holds every tag of a repository, at some 250 bytes each, and so must be able
/// to grow beyond what any one manifest may have: this is room for a quarter of a million.
pub(super) const INDEX_BYTES: u64 = 64 << 20;
/// For everybody to read, for the owner to write, less what the user's mask takes.
const READABLE: u32 = 0o644;

/// Makes a directory a layout, if it is not one.
pub(super) fn create(files: &Files, layout: &Path) -> Result<(), Error> {
    // Whoever made what is there may not have come as far as to wait for the disk.
    files.make_dirs(&layout.join(BLOBS))?;
    if header::exists(files, layout)? && is_settled(files, &layout.join(LayoutHeader::FILE))? {
        return Ok(());
    }
    let _lock = lock(files, layout)?;
    ensure(files, layout, INDEX, &index::empty())?;
    // This comes last: it says that everything else is there.
    ensure(files, layout, LayoutHeader::FILE, LayoutHeader::V1.as_bytes())
}

/// Makes a file that says this, if there is none; one that is there is made durable, if need be by another one like it.
fn ensure(files: &Files, layout: &Path, name: &str, bytes: &[u8]) -> Result<(), Error> {
    let path = layout.join(name);
    if is_settled(files, &path)? {
        return Ok(());
    }
    let old = files.read(&path, INDEX_BYTES)?;
    replace(files, layout, name, old.as_deref().unwrap_or(bytes))
}

/// Whether a file is there and durable.
fn is_settled(files: &Files, path: &Path) -> Result<bool, Error> {
    files.open(path)?.map_or(Ok(false), |file| files.settle(path, &file))
}

/// What a layout's index says now.
pub(super) fn read(files: &Files, layout: &Path) -> Result<Index, Error> {
    let path = layout.join(INDEX);
    let bytes = files.read(&path, INDEX_BYTES)?.ok_or_else(|| missing(files, &path))?;
    decode(files, &path, bytes)
}

/// The same, which is read only if it has changed.
pub(super) fn read_through(files: &Files, cache: &Cache<Index>, layout: &Path) -> Result<Arc<Index>, Error> {
    let path = layout.join(INDEX);
    let read = cache.get(files, &path, INDEX_BYTES, |bytes| decode(files, &path, bytes))?;
    read.ok_or_else(|| missing(files, &path))
}

/// The same, if it is known to be what was decoded last.
pub(super) fn known(files: &Files, cache: &Cache<Index>, layout: &Path) -> Option<Arc<Index>> {
    cache.known(files, &joined(layout, &[INDEX]))
}

fn decode(files: &Files, path: &Path, bytes: Vec<u8>) -> Result<Index, Error> {
    Index::decode(bytes).map_err(|source| Error::Corrupt { path: files.full(path), source })
}

fn missing(files: &Files, path: &Path) -> Error {
    files.failed("read", path)(io::ErrorKind::NotFound.into())
}

/// A layout that nobody else changes, in whatever process, for as long as this is held.
#[derive(Debug)]
pub(super) struct Held<'a> {
    files: &'a Files,
    cache: &'a Cache<Index>,
    layout: &'a Path,
    _lock: File,
}

/// Waits until nobody else changes a layout.
pub(super) fn hold<'a>(files: &'a Files, cache: &'a Cache<Index>, layout: &'a Path) -> Result<Held<'a>, Error> {
    Ok(Held { files, cache, layout, _lock: lock(files, layout)? })
}

impl Held<'_> {
    /// Changes the layout's index; what does not change it is not written. It is read anew: that it is what was kept of
    /// it is believed when each byte is. A change that fails is not made.
    pub(super) fn update<T>(&self, change: impl FnOnce(&mut Change<'_>) -> Result<T, Error>) -> Result<T, Error> {
        let Self { files, cache, layout, .. } = *self;
        let path = layout.join(INDEX);
        let read = cache.get_anew(files, &path, INDEX_BYTES, |bytes| decode(files, &path, bytes))?;
        let index = read.ok_or_else(|| missing(files, &path))?;
        let mut changed = Change::new(&index);
        let answer = change(&mut changed)?;
        let made = changed.made().map(Arc::new);
        if made.is_none() && !files.is_doubted(layout) {
            // Whoever wrote what is there may not have come this far.
            files.sync_dir(layout)?;
            return Ok(answer);
        }
        let bytes = made.as_ref().unwrap_or(&index).as_bytes();
        // What grew beyond what is read would never be read again.
        if bytes.len() as u64 > INDEX_BYTES {
            return Err(Error::Full { path: files.full(&path) });
        }
        stale::remove(files, &layout.join(INGEST));
        replace(files, layout, INDEX, bytes)?;
        if let Some(made) = made {
            cache.put(&path, made);
        }
        Ok(answer)
    }
}

/// Waits for the lock, which is held until the file is dropped.
fn lock(files: &Files, layout: &Path) -> Result<File, Error> {
    let file = lock_file(files, &layout.join(LOCK))?;
    file.lock()?;
    Ok(file)
}

/// A file to be locked, which is made if it is not there.
pub(super) fn lock_file(files: &Files, path: &Path) -> Result<File, Error> {
    let file = match files.open_to_write(path)? {
        Some(file) => Some(file),
        None => match files.create(path, READABLE)? {
            Some(file) => Some(file),
            // Somebody else was faster, or it is not a file.
            None => files.open_to_write(path)?,
        },
    };
    file.ok_or_else(|| files.failed("open", path)(io::ErrorKind::AlreadyExists.into()))
}

/// Replaces a file as a whole, durably: whoever reads it sees the old or the new bytes, also after a power cut.
fn replace(files: &Files, layout: &Path, name: &str, bytes: &[u8]) -> Result<(), Error> {
    let path = layout.join(name);
    let old = files.stat(&path)?;
    let (scratch, file) = Scratch::file(files, layout, READABLE)?;
    file.write(0, bytes)?;
    if let Some(old) = old {
        file.set_mode(old.mode)?;
    }
    file.sync()?;
    files.rename(scratch.path(), &path)?;
    files.sync_name(&path, &file)
}
