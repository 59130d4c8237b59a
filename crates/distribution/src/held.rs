use std::fmt;

use crate::header::UploadRange;

/// How much an upload session says that it holds (`Range: 0-<last byte>`, distribution-spec, "Pushing a blob in chunks").
///
/// The dialect cannot say "nothing": a session that holds nothing says `0-0` at most registries, as one does that holds
/// one byte, and `0--1` at some.
///
/// ```
/// use wharf_distribution::Held;
///
/// let held = Held::parse("0-0").unwrap();
/// assert!(held.can_be(0) && held.can_be(1) && !held.can_be(2));
/// assert_eq!(held.bytes(), None);
/// assert_eq!(Held::parse("bytes=0--1").unwrap().bytes(), Some(0));
/// assert_eq!(Held::parse("0-9").unwrap().bytes(), Some(10));
/// assert_eq!(Held::parse("5-9"), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Held {
    /// The offset of the last byte, where there is one to be said.
    last: Option<u64>,
    /// That byte is there, and not only said to be because nothing else can be said.
    is_known: bool,
}

impl Held {
    /// What a session says that holds nothing, and can say so.
    ///
    /// ```
    /// # use wharf_distribution::Held;
    /// assert_eq!((Held::NOTHING.to_string().as_str(), Held::NOTHING.bytes()), ("0--1", Some(0)));
    /// ```
    pub const NOTHING: Self = Self { last: None, is_known: true };

    /// What a session that holds `offset` bytes says, as most registries do and as clients expect it.
    ///
    /// ```
    /// # use wharf_distribution::Held;
    /// assert_eq!([0, 1, 2].map(|offset| Held::of(offset).to_string()), ["0-0", "0-0", "0-1"]);
    /// ```
    #[must_use]
    pub const fn of(offset: u64) -> Self {
        Self::until(UploadRange::held(offset).last)
    }

    const fn until(last: u64) -> Self {
        Self { last: Some(last), is_known: last > 0 }
    }

    /// The same for a session that says beside it how many bytes it holds (`Upload-Offset`). What contradicts it counts
    /// for nothing.
    ///
    /// ```
    /// # use wharf_distribution::Held;
    /// let held = Held::of(0);
    /// assert_eq!([0, 1, 2].map(|offset| held.beside(offset).bytes()), [Some(0), Some(1), None]);
    /// ```
    #[must_use]
    pub const fn beside(self, offset: u64) -> Self {
        match (self.bytes(), offset) {
            (None, 0) => Self::NOTHING,
            (None, 1) => Self { last: Some(0), is_known: true },
            _ => self,
        }
    }

    /// Reads the header. A unit before the range is passed over; a range that does not begin at 0 is none of a session.
    ///
    /// ```
    /// # use wharf_distribution::Held;
    /// assert_eq!(Held::parse("0--1").map(|held| held.to_string()).as_deref(), Some("0--1"));
    /// assert!(["", "0-", "0--2", "bytes=", "0-+1"].map(Held::parse).iter().all(Option::is_none));
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim_ascii();
        match text.strip_prefix("bytes=").unwrap_or(text) {
            "0--1" => Some(Self::NOTHING),
            text => UploadRange::parse(text).filter(|range| range.first == 0).map(|range| Self::until(range.last)),
        }
    }

    /// How many bytes that is; nothing for `0-0` alone, which is one or none.
    ///
    /// ```
    /// # use wharf_distribution::Held;
    /// assert_eq!(Held::of(2).bytes(), Some(2));
    /// ```
    #[must_use]
    pub const fn bytes(self) -> Option<u64> {
        match self.last {
            None => Some(0),
            Some(_) if !self.is_known => None,
            Some(last) => last.checked_add(1),
        }
    }

    /// Whether a session that holds `offset` bytes may say so.
    ///
    /// ```
    /// # use wharf_distribution::Held;
    /// assert!(Held::of(7).can_be(7) && !Held::of(7).can_be(8));
    /// ```
    #[must_use]
    pub const fn can_be(self, offset: u64) -> bool {
        match self.bytes() {
            Some(bytes) => bytes == offset,
            None => offset <= 1,
        }
    }

    /// Whether a session that holds `offset` bytes may say so where a registry takes the last byte's number for the
    /// count of bytes, as some do.
    ///
    /// ```
    /// # use wharf_distribution::Held;
    /// assert!(Held::parse("0-10").unwrap().can_count(10));
    /// ```
    #[must_use]
    pub const fn can_count(self, offset: u64) -> bool {
        match self.last {
            Some(last) => last == offset,
            None => false,
        }
    }
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.last {
            Some(last) => UploadRange { first: 0, last }.fmt(f),
            None => f.write_str("0--1"),
        }
    }
}
