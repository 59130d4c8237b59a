//! Content before it has its name. The order is what makes a power cut harmless: bytes to the disk, then the name, then
//! the directory that holds the name; a directory that is new was made durable before that.

use std::path::Path;

use wharf_registry::{Digest, Hasher};

use super::draft::Draft;
use super::files::{Files, parent};
use super::place::place;
use super::scratch::{PRIVATE, Scratch};
use crate::Error;

/// For everybody to read and for nobody to write, whatever the user's mask is: content never changes.
const READ_ONLY: u32 = 0o444;

/// A file that gets the name of its content once that is verified and durable. Dropping it removes it.
#[derive(Debug)]
pub(super) struct Temporary {
    draft: Draft,
    scratch: Scratch,
    files: Files,
}

impl Temporary {
    /// A new file on the file system of a layout, whose content will probably be named by what `hasher` computes.
    pub(super) fn create(files: &Files, layout: &Path, hasher: Hasher) -> Result<Self, Error> {
        let (scratch, file) = Scratch::file(files, layout, PRIVATE)?;
        Ok(Self::new(files, scratch, Draft::new(file, hasher)))
    }

    /// What was written to the file of this name.
    pub(super) fn new(files: &Files, scratch: Scratch, draft: Draft) -> Self {
        Self { draft, scratch, files: files.clone() }
    }

    /// How many bytes have been written.
    pub(super) const fn size(&self) -> u64 {
        self.draft.size()
    }

    /// Appends bytes.
    pub(super) fn write(&mut self, piece: &[u8]) -> Result<(), Error> {
        self.draft.write(piece)
    }

    /// Gives the content its name in a layout's blobs, and returns its size. Content that is there already and is right
    /// is kept, anything else in its place is replaced.
    pub(super) fn publish(self, layout: &Path, digest: &Digest) -> Result<u64, Error> {
        self.draft.check(digest)?;
        self.publish_checked(layout, digest)
    }

    /// The same of content that was found to have this digest.
    pub(super) fn publish_checked(self, layout: &Path, digest: &Digest) -> Result<u64, Error> {
        let target = place(layout, digest)?;
        if !is_there(&self.files, &target, self.size(), digest)? {
            self.place(&target, digest)?;
        }
        Ok(self.size())
    }

    /// The name is given only after the bytes are on the disk; a file that could not be synced is not tried again.
    ///
    /// The first of many writers of the same content wins, so that the pool's file stays the one that is linked.
    fn place(&self, target: &Path, digest: &Digest) -> Result<(), Error> {
        self.draft.file().set_mode(READ_ONLY)?;
        self.draft.file().sync()?;
        self.files.make_dirs(parent(target))?;
        let is_placed = self.files.rename_new(self.scratch.path(), target).is_ok();
        if !is_placed && !is_there(&self.files, target, self.size(), digest)? {
            self.files.rename(self.scratch.path(), target)?;
        }
        self.files.sync_name(target, self.draft.file())
    }
}

/// Whether content of a size is in a place already, right and durable. Whoever wrote it may not have waited for the disk;
/// what cannot be read, or does not get there, is as bad as what is wrong, and is replaced like it.
pub(super) fn is_there(files: &Files, target: &Path, size: u64, digest: &Digest) -> Result<bool, Error> {
    let Some(found) = files.open(target)? else { return Ok(false) };
    let is_of_size = found.stat()?.size == size;
    if !is_of_size || found.digest(digest.algorithm()).ok().as_ref() != Some(digest) {
        return Ok(false);
    }
    files.settle(target, &found)
}
