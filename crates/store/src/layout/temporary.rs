//! Content before it has its name. The order is what makes a power cut harmless: bytes to the disk, then the name, then
//! the directory that holds the name; a directory that is new was made durable before that.

use std::path::Path;

use wharf_registry::{Digest, Hasher, Mismatch};

use super::file::File;
use super::files::{Files, parent};
use super::place::place;
use super::scratch::{PRIVATE, Scratch};
use crate::Error;

/// For everybody to read and for nobody to write, whatever the user's mask is: content never changes.
const READ_ONLY: u32 = 0o444;

/// A file that gets the name of its content once that is verified and durable. Dropping it removes it.
#[derive(Debug)]
pub(super) struct Temporary {
    file: File,
    scratch: Scratch,
    files: Files,
    hasher: Hasher,
    size: u64,
}

impl Temporary {
    /// A new file on the file system of a layout, whose content will probably be named by what `hasher` computes.
    pub(super) fn create(files: &Files, layout: &Path, hasher: Hasher) -> Result<Self, Error> {
        let (scratch, file) = Scratch::file(files, layout, PRIVATE)?;
        Ok(Self { file, scratch, files: files.clone(), hasher, size: 0 })
    }

    /// How many bytes have been written.
    pub(super) const fn size(&self) -> u64 {
        self.size
    }

    /// Appends bytes; each is hashed and written while it is at hand.
    pub(super) fn write(&mut self, piece: &[u8]) -> Result<(), Error> {
        self.hasher.update(piece);
        self.file.write(self.size, piece)?;
        self.size = self.size.saturating_add(piece.len() as u64);
        Ok(())
    }

    /// Gives the content its name in a layout's blobs, and returns its size. Content that is there already and is right
    /// is kept, anything else in its place is replaced.
    pub(super) fn publish(self, layout: &Path, digest: &Digest) -> Result<u64, Error> {
        self.check(digest)?;
        let target = place(layout, digest)?;
        if !self.keeps_existing(&target, digest)? {
            self.place(&target, digest)?;
        }
        Ok(self.size)
    }

    /// The name is given only after the bytes are on the disk; a file that could not be synced is not tried again.
    ///
    /// The first of many writers of the same content wins, so that the pool's file stays the one that is linked.
    fn place(&self, target: &Path, digest: &Digest) -> Result<(), Error> {
        self.file.set_mode(READ_ONLY)?;
        self.file.sync()?;
        self.files.make_dirs(parent(target))?;
        if self.files.rename_new(self.scratch.path(), target).is_err() && !self.keeps_existing(target, digest)? {
            self.files.rename(self.scratch.path(), target)?;
        }
        self.files.sync_parent(target)
    }

    /// Refuses content whose digest is another than the one that it is to be named by.
    fn check(&self, expected: &Digest) -> Result<(), Error> {
        let mut actual = self.hasher.clone().finish();
        if actual.algorithm() != expected.algorithm() {
            // The algorithm was guessed wrong; what counts is what is in the file.
            actual = self.file.digest(expected.algorithm())?;
        }
        match actual == *expected {
            true => Ok(()),
            false => Err(mismatch(expected, actual)),
        }
    }

    /// Whether the content is there already, right and durable. Whoever wrote it may not have waited for the disk; what
    /// cannot be read, or does not get there, is as bad as what is wrong, and is replaced like it.
    fn keeps_existing(&self, target: &Path, digest: &Digest) -> Result<bool, Error> {
        let Some(found) = self.files.open(target)? else { return Ok(false) };
        let is_of_size = found.stat()?.size == self.size;
        if !is_of_size || found.digest(digest.algorithm()).ok().as_ref() != Some(digest) || found.sync().is_err() {
            return Ok(false);
        }
        self.files.sync_parent(target).map(|()| true)
    }
}

fn mismatch(expected: &Digest, actual: Digest) -> Error {
    Mismatch::Digest { expected: Box::new(expected.clone()), actual: Box::new(actual) }.into()
}
