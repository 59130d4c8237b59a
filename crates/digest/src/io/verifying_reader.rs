use std::io::{self, Read};

use crate::{Digest, Mismatch, Unsupported, Verifier};

/// A reader of content that must have a digest and a size.
///
/// Whoever reads to the end has read that content, or gets an error in the place of the end: [`InvalidData`] with a
/// [`Mismatch`] inside when the bytes are others or too many, [`UnexpectedEof`] with one when they are too few. The bytes
/// that would complete wrong content are not handed out. After such an error the reader repeats it.
///
/// [`InvalidData`]: io::ErrorKind::InvalidData
/// [`UnexpectedEof`]: io::ErrorKind::UnexpectedEof
///
/// ```
/// use std::io::{ErrorKind, Read};
///
/// use wharf_digest::io::VerifyingReader;
/// use wharf_digest::Digest;
///
/// let digest = Digest::of(b"hello");
/// let mut content = String::new();
/// VerifyingReader::new(&b"hello"[..], &digest, 5).unwrap().read_to_string(&mut content).unwrap();
/// assert_eq!(content, "hello");
///
/// let mut longer = VerifyingReader::new(&b"hello, world"[..], &digest, 5).unwrap();
/// assert_eq!(longer.read_to_end(&mut Vec::new()).unwrap_err().kind(), ErrorKind::InvalidData);
/// ```
#[derive(Clone, Debug)]
pub struct VerifyingReader<R> {
    inner: R,
    size: u64,
    verifier: Verifier,
    failed: Option<Mismatch>,
}

impl<R: Read> VerifyingReader<R> {
    /// A reader of `inner`, which must hold `size` bytes with this digest and nothing after them.
    ///
    /// # Errors
    /// [`Unsupported`] when the digest's algorithm cannot be computed.
    ///
    /// ```
    /// # use wharf_digest::{Digest, io::VerifyingReader};
    /// assert!(VerifyingReader::new(std::io::empty(), &Digest::of(b""), 0).is_ok());
    /// ```
    pub fn new(inner: R, expected: &Digest, size: u64) -> Result<Self, Unsupported> {
        Ok(Self { inner, size, verifier: Verifier::new(expected, size)?, failed: None })
    }

    /// The reader inside, to be looked at.
    ///
    /// ```
    /// # use wharf_digest::{Digest, io::VerifyingReader};
    /// let reader = VerifyingReader::new(&b"a"[..], &Digest::of(b"a"), 1).unwrap();
    /// assert_eq!(reader.get_ref(), b"a");
    /// ```
    #[must_use]
    pub const fn get_ref(&self) -> &R {
        &self.inner
    }

    /// The reader inside; what has not been read is not verified.
    ///
    /// ```
    /// # use wharf_digest::{Digest, io::VerifyingReader};
    /// let reader = VerifyingReader::new(&b"a"[..], &Digest::of(b"a"), 1).unwrap();
    /// assert_eq!(reader.into_inner(), b"a");
    /// ```
    #[must_use]
    pub fn into_inner(self) -> R {
        self.inner
    }

    /// Reads no further than the promised end, so that one byte too many is met on its own.
    fn read_content(&mut self, buffer: &mut [u8], left: u64) -> io::Result<usize> {
        let most = usize::try_from(left).map_or(buffer.len(), |left| left.min(buffer.len()));
        let buffer = buffer.get_mut(..most).unwrap_or_default();
        let length = self.inner.read(buffer)?;
        let checked = match buffer.get(..length) {
            Some([]) | None => self.verifier.finish(),
            Some(bytes) => self.verifier.update(bytes),
        };
        checked.map_err(|mismatch| self.fail(mismatch))?;
        Ok(length)
    }

    /// After the promised end there must be nothing, and of nothing the digest has not been looked at yet.
    fn read_end(&mut self) -> io::Result<usize> {
        let length = self.inner.read(&mut [0])?;
        let checked = match length {
            0 => self.verifier.finish(),
            _ => Err(Mismatch::Size { expected: self.size, actual: self.size.saturating_add(1) }),
        };
        checked.map_err(|mismatch| self.fail(mismatch))?;
        Ok(0)
    }

    fn fail(&mut self, mismatch: Mismatch) -> io::Error {
        self.failed = Some(mismatch.clone());
        error(mismatch)
    }
}

impl<R: Read> Read for VerifyingReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &self.failed {
            Some(mismatch) => Err(error(mismatch.clone())),
            None if buffer.is_empty() => Ok(0),
            None => match self.size.saturating_sub(self.verifier.seen()) {
                0 => self.read_end(),
                left => self.read_content(buffer, left),
            },
        }
    }
}

fn error(mismatch: Mismatch) -> io::Error {
    let kind = match mismatch {
        Mismatch::Size { expected, actual } if actual < expected => io::ErrorKind::UnexpectedEof,
        _ => io::ErrorKind::InvalidData,
    };
    io::Error::new(kind, mismatch)
}
