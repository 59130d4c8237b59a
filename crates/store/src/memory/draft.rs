//! Bytes before they have a name.

use bytes::{Bytes, BytesMut};
use wharf_registry::{Algorithm, Digest, Hasher, Mismatch};

use crate::Error;

/// What was written so far, hashed as it came.
pub(super) struct Draft {
    hasher: Hasher,
    content: BytesMut,
}

impl Draft {
    /// Nothing yet, whose digest will probably be of this algorithm.
    pub(super) fn new(algorithm: Algorithm<'_>) -> Result<Self, Error> {
        Ok(Self { hasher: Hasher::new(algorithm)?, content: BytesMut::new() })
    }

    pub(super) fn size(&self) -> u64 {
        self.content.len() as u64
    }

    /// The first piece is taken over without copying it when nobody else holds it.
    pub(super) fn push(&mut self, piece: Bytes) {
        self.hasher.update(&piece);
        if self.content.is_empty() {
            self.content = BytesMut::from(piece);
        } else {
            self.content.extend_from_slice(&piece);
        }
    }

    /// All of it, if this is its digest.
    pub(super) fn verify(self, digest: &Digest) -> Result<Bytes, Error> {
        let actual = self.digest(digest.algorithm())?;
        if actual != *digest {
            let (expected, actual) = (Box::new(digest.clone()), Box::new(actual));
            return Err(Mismatch::Digest { expected, actual }.into());
        }
        Ok(self.content.freeze())
    }

    /// The digest in the algorithm that is wanted now: it may be another than was thought at first.
    fn digest(&self, algorithm: Algorithm<'_>) -> Result<Digest, Error> {
        let guessed = self.hasher.clone().finish();
        if guessed.algorithm() == algorithm {
            return Ok(guessed);
        }
        let mut hasher = Hasher::new(algorithm)?;
        hasher.update(&self.content);
        Ok(hasher.finish())
    }
}
