//! Content before it has its name. The order is what makes a power cut harmless: bytes to the disk, then the name, then
//! the directory that holds the name; a directory that is new was made durable before that.

use std::fs::{self, File, Permissions};
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use wharf_registry::{Algorithm, Digest, Hasher, Mismatch};

use super::file::{self, failed};
use super::place::{self, INGEST};
use crate::Error;

/// With what the names of temporary files begin, so that those of others are left alone.
pub(super) const PREFIX: &str = "wharf-";
/// Random characters in a name: 22 of 62 hold more than 128 bits.
const RANDOM: usize = 22;
/// After how many bytes the disk begins with them, while more come: few enough that little is left for the end, and
/// enough that they lie together.
const BEGIN: u64 = 8 << 20;

/// A file that gets the name of its content once that is verified and durable. Dropping it removes it.
#[derive(Debug)]
pub(super) struct Temporary {
    file: NamedTempFile,
    hasher: Hasher,
    size: u64,
    /// How many bytes the disk was told to begin with.
    begun: u64,
}

impl Temporary {
    /// A new file on the file system of a layout, whose content will probably be named by what `hasher` computes.
    pub(super) fn create(layout: &Path, hasher: Hasher) -> Result<Self, Error> {
        let file = create(layout, None)?;
        // Where the lock is not to be had, nobody else gets it either and the file is never taken for abandoned.
        let _ = file.as_file().try_lock();
        Ok(Self { file, hasher, size: 0, begun: 0 })
    }

    /// How many bytes have been written.
    pub(super) const fn size(&self) -> u64 {
        self.size
    }

    /// Appends bytes; each is hashed and written while it is at hand. The disk is at work meanwhile, so that the end waits
    /// for little.
    pub(super) fn write(&mut self, piece: &[u8]) -> Result<(), Error> {
        self.hasher.update(piece);
        self.file.as_file_mut().write_all(piece).map_err(failed("write to", self.file.path()))?;
        self.size = self.size.saturating_add(piece.len() as u64);
        if self.size - self.begun >= BEGIN {
            file::begin_sync(self.file.as_file(), self.begun, self.size - self.begun);
            self.begun = self.size;
        }
        Ok(())
    }

    /// Gives the content its name in a layout's blobs, and returns its size. Content that is there already and is right
    /// is kept, anything else in its place is replaced.
    pub(super) fn publish(self, layout: &Path, digest: &Digest) -> Result<u64, Error> {
        self.check(digest)?;
        let size = self.size;
        if !keep_existing(layout, digest, size)? {
            self.place(layout, digest)?;
        }
        Ok(size)
    }

    /// The name is given only after the bytes are on the disk; a file that could not be synced is not tried again.
    ///
    /// The first of many writers of the same content wins, so that the pool's file stays the one that is linked.
    fn place(self, layout: &Path, digest: &Digest) -> Result<(), Error> {
        let (below, target) = place::place(layout, digest)?;
        set_read_only(self.file.as_file()).map_err(failed("make read-only", self.file.path()))?;
        self.file.as_file().sync_all().map_err(failed("sync", self.file.path()))?;
        file::make_dirs(layout, &below)?;
        if let Err(refused) = self.file.persist_noclobber(&target)
            && !keep_existing(layout, digest, self.size)?
        {
            fs::rename(refused.file.path(), &target).map_err(failed("replace", &target))?;
        }
        file::sync_dir(&layout.join(below))
    }

    /// Refuses content whose digest is another than the one that it is to be named by.
    fn check(&self, expected: &Digest) -> Result<(), Error> {
        let mut actual = self.hasher.clone().finish();
        if actual.algorithm() != expected.algorithm() {
            // The algorithm was guessed wrong; what counts is what is in the file.
            let mut file = self.file.as_file();
            file.rewind().map_err(failed("read", self.file.path()))?;
            actual = digest_of(file, expected.algorithm(), self.file.path())?;
        }
        match actual == *expected {
            true => Ok(()),
            false => Err(mismatch(expected, actual)),
        }
    }
}

/// A new, empty file for its owner alone, or as readable as is said, less what the user's mask takes.
pub(super) fn create(layout: &Path, permissions: Option<Permissions>) -> Result<NamedTempFile, Error> {
    let mut builder = builder();
    if let Some(permissions) = permissions {
        builder.permissions(permissions);
    }
    let directory = directory(layout)?;
    builder.tempfile_in(&directory).map_err(failed("create a file in", &directory))
}

/// Another name for a file; it goes when this is dropped, if it is still there.
pub(super) fn link(layout: &Path, source: &Path) -> Result<NamedTempFile<()>, Error> {
    let directory = directory(layout)?;
    let linked = builder().make_in(&directory, |path| fs::hard_link(source, path));
    linked.map_err(failed("create a link in", &directory))
}

/// The directory for files that are being written, made where it is missing.
fn directory(layout: &Path) -> Result<PathBuf, Error> {
    file::make_dirs(layout, Path::new(INGEST))?;
    Ok(layout.join(INGEST))
}

/// Names that nobody can guess and that tell whose files these are.
fn builder() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX).rand_bytes(RANDOM);
    builder
}

/// Whether the content is there already, right and durable. Whoever wrote it may not have waited for the disk.
fn keep_existing(layout: &Path, digest: &Digest, size: u64) -> Result<bool, Error> {
    let Some(path) = place::find(layout, digest)? else { return Ok(false) };
    let Some(found) = file::open(&path)? else { return Ok(false) };
    let is_of_size = found.metadata().map_err(failed("look at", &path))?.len() == size;
    // What cannot be read is as bad as what is wrong, and is replaced like it.
    if !is_of_size || digest_of(&found, digest.algorithm(), &path).ok().as_ref() != Some(digest) {
        return Ok(false);
    }
    if cfg!(unix) {
        // Elsewhere only those who may write to a file can ask for this.
        found.sync_all().map_err(failed("sync", &path))?;
    }
    path.parent().map_or(Ok(()), file::sync_dir)?;
    Ok(true)
}

/// The digest of what is left to read of a file.
fn digest_of(file: &File, algorithm: Algorithm<'_>, path: &Path) -> Result<Digest, Error> {
    let mut hasher = Hasher::new(algorithm)?;
    loop {
        match file::piece(file, u64::MAX).map_err(failed("read", path))? {
            piece if piece.is_empty() => return Ok(hasher.finish()),
            piece => hasher.update(&piece),
        }
    }
}

fn mismatch(expected: &Digest, actual: Digest) -> Error {
    Mismatch::Digest { expected: Box::new(expected.clone()), actual: Box::new(actual) }.into()
}

/// For everybody to read and for nobody to write, whatever the user's mask is: content never changes.
#[cfg(unix)]
fn set_read_only(file: &File) -> io::Result<()> {
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o444))
}

/// Here a file that is read-only could not be removed, so it stays as it is.
#[cfg(not(unix))]
fn set_read_only(_: &File) -> io::Result<()> {
    Ok(())
}
