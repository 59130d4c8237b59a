//! What of a blob is wanted and has not come.

use wharf_registry::ByteRange;

/// The bytes that are still to come, by their offsets in the blob.
pub(crate) struct Span {
    pub(crate) at: u64,
    pub(crate) end: u64,
    /// How many bytes the blob has.
    pub(crate) size: u64,
    /// All of the blob is wanted, so that its digest will tell whether it is right.
    pub(crate) is_whole: bool,
}

impl Span {
    pub(super) const fn left(&self) -> u64 {
        self.end - self.at
    }

    /// What to ask for. The end is named where it is the caller's.
    pub(super) const fn range(&self) -> ByteRange {
        match self.is_whole {
            true => ByteRange::From { first: self.at },
            false => ByteRange::Between { first: self.at, last: self.end.saturating_sub(1) },
        }
    }
}
