//! The only file that names the hash crate.

use alloc::boxed::Box;
use core::fmt;

use sha2::Digest as _;

use crate::{Algorithm, Digest};

/// Computes a digest of bytes that come in pieces.
///
/// ```
/// use wharf_digest::{Digest, Hasher};
///
/// let mut hasher = Hasher::sha256();
/// hasher.update(b"hel");
/// hasher.update(b"lo");
/// assert_eq!(hasher.finish(), Digest::of(b"hello"));
/// ```
#[derive(Clone)]
pub struct Hasher(State);

#[derive(Clone)]
enum State {
    Sha256(sha2::Sha256),
    Sha512(sha2::Sha512),
}

impl Hasher {
    /// A hasher of the given algorithm.
    ///
    /// # Errors
    /// [`Unsupported`] when the algorithm is not registered.
    ///
    /// ```
    /// use wharf_digest::{Algorithm, Hasher};
    ///
    /// assert!(Hasher::new(Algorithm::SHA512).is_ok());
    /// ```
    #[inline]
    pub fn new(algorithm: Algorithm<'_>) -> Result<Self, Unsupported> {
        match algorithm {
            Algorithm::SHA256 => Ok(Self::sha256()),
            Algorithm::SHA512 => Ok(Self::sha512()),
            other => Err(Unsupported { algorithm: other.as_str().into() }),
        }
    }

    /// A hasher of the algorithm that everybody must support.
    ///
    /// ```
    /// # use wharf_digest::{Digest, Hasher};
    /// assert_eq!(Hasher::sha256().finish(), Digest::of(b""));
    /// ```
    #[inline]
    #[must_use]
    pub fn sha256() -> Self {
        Self(State::Sha256(sha2::Sha256::new()))
    }

    /// A SHA-512 hasher.
    ///
    /// ```
    /// # use wharf_digest::{Algorithm, Hasher};
    /// assert_eq!(Hasher::sha512().finish().algorithm(), Algorithm::SHA512);
    /// ```
    #[inline]
    #[must_use]
    pub fn sha512() -> Self {
        Self(State::Sha512(sha2::Sha512::new()))
    }

    /// Takes the next bytes of the content.
    ///
    /// ```
    /// # use wharf_digest::Hasher;
    /// let mut hasher = Hasher::sha256();
    /// hasher.update(b"some bytes");
    /// ```
    #[inline]
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            State::Sha256(state) => state.update(bytes),
            State::Sha512(state) => state.update(bytes),
        }
    }

    /// The digest of all bytes taken so far.
    ///
    /// ```
    /// # use wharf_digest::Hasher;
    /// assert!(Hasher::sha256().finish().to_string().starts_with("sha256:e3b0c442"));
    /// ```
    #[inline]
    #[must_use]
    pub fn finish(self) -> Digest {
        match self.0 {
            State::Sha256(state) => Digest::from_sha256(state.finalize().into()),
            State::Sha512(state) => Digest::from_sha512(state.finalize().into()),
        }
    }
}

impl Digest {
    /// The SHA-256 digest of `content`, the name under which everybody can find it.
    ///
    /// ```
    /// # use wharf_digest::Digest;
    /// let digest = Digest::of(b"{}");
    /// assert!(digest.to_string().starts_with("sha256:44136fa3"));
    /// ```
    #[must_use]
    pub fn of(content: &[u8]) -> Self {
        let mut hasher = Hasher::sha256();
        hasher.update(content);
        hasher.finish()
    }

    /// Whether `content` has this digest.
    ///
    /// # Errors
    /// [`Unsupported`] when the algorithm cannot be computed.
    ///
    /// ```
    /// # use wharf_digest::Digest;
    /// assert!(Digest::of(b"a").matches(b"a").unwrap());
    /// assert!(!Digest::of(b"a").matches(b"b").unwrap());
    /// ```
    pub fn matches(&self, content: &[u8]) -> Result<bool, Unsupported> {
        let mut hasher = Hasher::new(self.algorithm())?;
        hasher.update(content);
        Ok(hasher.finish() == *self)
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            State::Sha256(_) => "Hasher(sha256)",
            State::Sha512(_) => "Hasher(sha512)",
        })
    }
}

/// An algorithm that is not registered, so that nothing can be verified with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsupported {
    algorithm: Box<str>,
}

impl Unsupported {
    /// The algorithm's name, which fits the grammar of names.
    ///
    /// ```
    /// # use wharf_digest::Digest;
    /// let digest = Digest::parse("md5:d41d8cd98f00b204e9800998ecf8427e").unwrap();
    /// assert_eq!(digest.matches(b"").unwrap_err().algorithm().as_str(), "md5");
    /// ```
    #[must_use]
    pub fn algorithm(&self) -> Algorithm<'_> {
        Algorithm::new(&self.algorithm)
    }
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the digest algorithm {} is not supported", self.algorithm)
    }
}

impl core::error::Error for Unsupported {}
