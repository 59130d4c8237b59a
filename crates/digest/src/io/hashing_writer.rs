use std::io::{self, Write};

use crate::{Digest, Hasher};

/// A writer that hashes and counts what the writer inside has taken.
///
/// ```
/// use std::io::Write;
///
/// use wharf_digest::io::HashingWriter;
/// use wharf_digest::{Digest, Hasher};
///
/// let mut writer = HashingWriter::new(Vec::new(), Hasher::sha256());
/// writer.write_all(b"hello").unwrap();
/// let (digest, size, written) = writer.finish();
/// assert_eq!((digest, size), (Digest::of(b"hello"), 5));
/// assert_eq!(written, b"hello");
/// ```
#[derive(Clone, Debug)]
pub struct HashingWriter<W> {
    inner: W,
    hasher: Hasher,
    size: u64,
}

impl<W: Write> HashingWriter<W> {
    /// A writer to `inner`; what the hasher has taken before is part of the digest, and not of the size.
    ///
    /// ```
    /// # use wharf_digest::{Hasher, io::HashingWriter};
    /// let writer = HashingWriter::new(std::io::sink(), Hasher::sha512());
    /// assert_eq!(writer.size(), 0);
    /// ```
    #[must_use]
    pub const fn new(inner: W, hasher: Hasher) -> Self {
        Self { inner, hasher, size: 0 }
    }

    /// How many bytes have been written.
    ///
    /// ```
    /// # use wharf_digest::{Hasher, io::HashingWriter};
    /// # use std::io::Write;
    /// let mut writer = HashingWriter::new(std::io::sink(), Hasher::sha256());
    /// writer.write_all(b"ab").unwrap();
    /// assert_eq!(writer.size(), 2);
    /// ```
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The writer inside, to be looked at.
    ///
    /// ```
    /// # use wharf_digest::{Hasher, io::HashingWriter};
    /// assert!(HashingWriter::new(Vec::new(), Hasher::sha256()).get_ref().is_empty());
    /// ```
    #[must_use]
    pub const fn get_ref(&self) -> &W {
        &self.inner
    }

    /// The digest and the size of what was written, and the writer inside. It is not flushed.
    ///
    /// ```
    /// # use wharf_digest::{Digest, Hasher, io::HashingWriter};
    /// let (digest, size, _) = HashingWriter::new(std::io::sink(), Hasher::sha256()).finish();
    /// assert_eq!((digest, size), (Digest::of(b""), 0));
    /// ```
    #[must_use]
    pub fn finish(self) -> (Digest, u64, W) {
        (self.hasher.finish(), self.size, self.inner)
    }
}

impl<W: Write> Write for HashingWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = self.inner.write(bytes)?;
        self.hasher.update(bytes.get(..taken).unwrap_or(bytes));
        self.size += taken as u64;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
