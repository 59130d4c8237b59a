//! Content before it has its name: a file, and what was hashed of it on the way.

use wharf_registry::{Digest, Hasher, Mismatch};

use super::file::File;
use crate::Error;

/// After how many bytes the disk begins with them, while more come: few enough that little is left for the end, and
/// enough that they lie together.
const BEGIN: u64 = 8 << 20;

/// A file that is written from its beginning to its end.
#[derive(Debug)]
pub(super) struct Draft {
    file: File,
    /// Nothing when not all of it was written here: what is in the file is then hashed at the end.
    hasher: Option<Hasher>,
    size: u64,
    /// Up to where the disk was told to begin.
    begun: u64,
}

impl Draft {
    /// An empty file, whose content will probably be named by what `hasher` computes.
    pub(super) const fn new(file: File, hasher: Hasher) -> Self {
        Self::resumed(file, Some(hasher), 0)
    }

    /// A file of this size, and the hash of what is in it if that is known.
    pub(super) const fn resumed(file: File, hasher: Option<Hasher>, size: u64) -> Self {
        Self { file, hasher, size, begun: size }
    }

    pub(super) const fn file(&self) -> &File {
        &self.file
    }

    /// How many bytes have been written.
    pub(super) const fn size(&self) -> u64 {
        self.size
    }

    /// The hash of what was written so far, if it was computed.
    pub(super) const fn hasher(&self) -> Option<&Hasher> {
        self.hasher.as_ref()
    }

    /// Appends bytes; each is hashed and written while it is at hand. The disk is at work meanwhile, so that the end waits
    /// for little.
    pub(super) fn write(&mut self, piece: &[u8]) -> Result<(), Error> {
        if let Some(hasher) = &mut self.hasher {
            hasher.update(piece);
        }
        self.file.write(self.size, piece)?;
        self.size = self.size.saturating_add(piece.len() as u64);
        if self.size - self.begun >= BEGIN {
            self.file.begin_sync(self.begun, self.size - self.begun);
            self.begun = self.size;
        }
        Ok(())
    }

    /// Refuses content whose digest is another than the one that it is to be named by. Where another algorithm was thought
    /// of, or nothing was computed, what counts is what is in the file.
    pub(super) fn check(&self, expected: &Digest) -> Result<(), Error> {
        let computed = self.hasher.clone().map(Hasher::finish);
        let actual = match computed.filter(|digest| digest.algorithm() == expected.algorithm()) {
            Some(digest) => digest,
            None => self.file.digest(expected.algorithm())?,
        };
        match actual == *expected {
            true => Ok(()),
            false => Err(mismatch(expected, actual)),
        }
    }
}

fn mismatch(expected: &Digest, actual: Digest) -> Error {
    Mismatch::Digest { expected: Box::new(expected.clone()), actual: Box::new(actual) }.into()
}
