use alloc::boxed::Box;
use core::fmt;

use crate::{Digest, Hasher, Unsupported};

/// Checks content that comes in pieces against the digest and the size it should have.
///
/// The first byte too many is refused, and the piece that completes the content is accepted only when the digest is
/// right: whoever passes on just what [`update`](Self::update) accepted has passed on verified content or an error,
/// never a clean end of something else.
///
/// ```
/// use wharf_digest::{Digest, Verifier};
///
/// let mut verifier = Verifier::new(&Digest::of(b"hello"), 5).unwrap();
/// verifier.update(b"he").unwrap();
/// assert!(verifier.finish().is_err(), "too short");
/// verifier.update(b"llo").unwrap();
/// verifier.finish().unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct Verifier {
    expected: Digest,
    size: u64,
    seen: u64,
    hasher: Hasher,
    /// All bytes have come and are right, so that the end need not hash again.
    verified: bool,
}

impl Verifier {
    /// A verifier of content of `size` bytes.
    ///
    /// # Errors
    /// [`Unsupported`] when the digest's algorithm cannot be computed.
    ///
    /// ```
    /// # use wharf_digest::{Digest, Verifier};
    /// assert!(Verifier::new(&Digest::of(b""), 0).is_ok());
    /// ```
    pub fn new(expected: &Digest, size: u64) -> Result<Self, Unsupported> {
        let hasher = Hasher::new(expected.algorithm())?;
        Ok(Self { expected: expected.clone(), size, seen: 0, hasher, verified: false })
    }

    /// Takes the next bytes. After an error the verifier goes on refusing.
    ///
    /// # Errors
    /// [`Mismatch::Size`] at the first byte too many, [`Mismatch::Digest`] at the last byte of wrong content.
    ///
    /// ```
    /// # use wharf_digest::{Digest, Mismatch, Verifier};
    /// let mut verifier = Verifier::new(&Digest::of(b"ab"), 2).unwrap();
    /// assert!(matches!(verifier.update(b"xy"), Err(Mismatch::Digest { .. })));
    /// ```
    pub fn update(&mut self, bytes: &[u8]) -> Result<(), Mismatch> {
        let seen = self.seen.saturating_add(bytes.len() as u64);
        if seen > self.size {
            // What came is not counted further: "more than expected" is all that can be known.
            self.seen = self.size.saturating_add(1);
            return Err(Mismatch::Size { expected: self.size, actual: seen });
        }
        self.hasher.update(bytes);
        self.seen = seen;
        if seen < self.size || self.verified {
            return Ok(());
        }
        self.check_digest()?;
        self.verified = true;
        Ok(())
    }

    /// How many bytes have been accepted.
    ///
    /// ```
    /// # use wharf_digest::{Digest, Verifier};
    /// let mut verifier = Verifier::new(&Digest::of(b"ab"), 2).unwrap();
    /// verifier.update(b"a").unwrap();
    /// assert_eq!(verifier.seen(), 1);
    /// ```
    #[must_use]
    pub const fn seen(&self) -> u64 {
        self.seen
    }

    /// Ends the content: all of it must have come.
    ///
    /// # Errors
    /// [`Mismatch`] when bytes are missing or the digest is another.
    ///
    /// ```
    /// # use wharf_digest::{Digest, Verifier};
    /// assert!(Verifier::new(&Digest::of(b""), 0).unwrap().finish().is_ok());
    /// assert!(Verifier::new(&Digest::of(b"a"), 1).unwrap().finish().is_err());
    /// ```
    pub fn finish(&self) -> Result<(), Mismatch> {
        if self.seen != self.size {
            return Err(Mismatch::Size { expected: self.size, actual: self.seen });
        }
        if self.verified { Ok(()) } else { self.check_digest() }
    }

    fn check_digest(&self) -> Result<(), Mismatch> {
        let actual = self.hasher.clone().finish();
        if actual == self.expected {
            Ok(())
        } else {
            Err(Mismatch::Digest { expected: Box::new(self.expected.clone()), actual: Box::new(actual) })
        }
    }
}

/// Content that is not what it was said to be, with both sides.
///
/// ```
/// use wharf_digest::Mismatch;
///
/// let mismatch = Mismatch::Size { expected: 5, actual: 3 };
/// assert_eq!(mismatch.to_string(), "size mismatch: expected 5 bytes, got 3");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mismatch {
    /// Another number of bytes; when too many came, `actual` counts up to where reading stopped.
    Size {
        /// The size in bytes that was promised.
        expected: u64,
        /// The size in bytes that came.
        actual: u64,
    },
    /// The right number of other bytes.
    Digest {
        /// The digest that was promised.
        expected: Box<Digest>,
        /// The digest of what came.
        actual: Box<Digest>,
    },
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Size { expected, actual } => write!(f, "size mismatch: expected {expected} bytes, got {actual}"),
            Self::Digest { expected, actual } => write!(f, "digest mismatch: expected {expected}, got {actual}"),
        }
    }
}

impl core::error::Error for Mismatch {}
