/// Which bytes of a blob are wanted (RFC 9110, section 14.1.2, one range only). Offsets count from 0.
///
/// ```
/// use wharf_spec::ByteRange;
///
/// assert_eq!(ByteRange::Between { first: 500, last: 1499 }.resolve(2048), Some((500, 1000)));
/// assert_eq!(ByteRange::From { first: 2000 }.resolve(2048), Some((2000, 48)));
/// assert_eq!(ByteRange::Last { length: 500 }.resolve(2048), Some((1548, 500)));
/// assert_eq!(ByteRange::From { first: 2048 }.resolve(2048), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "HTTP knows these three forms of a range and no other")]
pub enum ByteRange {
    /// From the first to the last byte, both included.
    Between {
        /// Offset of the first byte.
        first: u64,
        /// Offset of the last byte.
        last: u64,
    },
    /// From the first byte to the end.
    From {
        /// Offset of the first byte.
        first: u64,
    },
    /// The last bytes.
    Last {
        /// How many.
        length: u64,
    },
}

impl ByteRange {
    /// Offset and length of the range in content of `size` bytes, cut at its end; nothing when it lies outside.
    #[must_use]
    pub fn resolve(self, size: u64) -> Option<(u64, u64)> {
        let (first, last) = match self {
            Self::Between { first, last } => (first, last),
            Self::From { first } => (first, u64::MAX),
            Self::Last { length: 0 } => return None,
            Self::Last { length } => (size.saturating_sub(length), u64::MAX),
        };
        let last = last.min(size.checked_sub(1)?);
        (first <= last).then(|| (first, last - first + 1))
    }
}
