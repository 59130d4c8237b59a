/// Which bytes of a blob are wanted (RFC 9110, section 14.1.2, one range only). Offsets count from 0.
///
/// Registries and clients ask for one range at a time: the rest of a blob whose transfer broke off, the footer of a layer
/// that has a table of contents, one file out of an eStargz layer. An answer to several ranges is a multipart body, which
/// neither side asks for.
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
    /// From the first to the last byte, both included: `bytes=500-1499`, which is a thousand bytes. The last may lie beyond
    /// the end of the content.
    Between {
        /// Offset of the first byte.
        first: u64,
        /// Offset of the last byte.
        last: u64,
    },
    /// From the first byte to the end: `bytes=500-`.
    From {
        /// Offset of the first byte.
        first: u64,
    },
    /// The last bytes: `bytes=-500`. All of the content when it is shorter.
    Last {
        /// How many.
        length: u64,
    },
}

impl ByteRange {
    /// Offset and length of the range in content of `size` bytes, cut at its end; nothing when it lies outside, for which
    /// HTTP has the status 416. A range of no bytes is outside too, and so is everything in empty content.
    ///
    /// ```
    /// use wharf_spec::ByteRange;
    ///
    /// let content = b"0123456789";
    /// let part = |range: ByteRange| {
    ///     let (offset, length) = range.resolve(content.len() as u64)?;
    ///     content.get(offset as usize..(offset + length) as usize)
    /// };
    /// assert_eq!(part(ByteRange::Between { first: 2, last: 99 }), Some(&b"23456789"[..]));
    /// assert_eq!(part(ByteRange::Last { length: 3 }), Some(&b"789"[..]));
    /// assert_eq!(part(ByteRange::Between { first: 4, last: 3 }), None);
    /// assert_eq!(ByteRange::Last { length: 1 }.resolve(0), None);
    /// ```
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
