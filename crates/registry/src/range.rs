use std::fmt;

use wharf_spec::Descriptor;

use crate::ByteStream;

/// A part of a blob on its way. Its bytes are **not verified**: a digest says nothing about a part.
#[must_use = "nothing has been read yet"]
pub struct Range {
    blob: Descriptor,
    offset: u64,
    length: u64,
    stream: ByteStream,
}

impl Range {
    /// `length` bytes from `offset` of the blob.
    pub const fn new(blob: Descriptor, offset: u64, length: u64, stream: ByteStream) -> Self {
        Self { blob, offset, length, stream }
    }

    /// The whole blob that this is a part of.
    #[must_use]
    pub const fn blob(&self) -> &Descriptor {
        &self.blob
    }

    /// Offset of the first byte in the blob.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// Number of bytes.
    #[must_use]
    pub const fn length(&self) -> u64 {
        self.length
    }

    /// The bytes, unverified.
    #[must_use]
    pub fn into_unverified(self) -> ByteStream {
        self.stream
    }
}

impl fmt::Debug for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { blob, offset, length, .. } = self;
        f.debug_struct("Range")
            .field("blob", blob)
            .field("offset", offset)
            .field("length", length)
            .finish_non_exhaustive()
    }
}
