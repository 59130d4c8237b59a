use core::cmp::Ordering;
use core::fmt;

/// The longest text of a registered digest: `sha512:` and 128 digits.
const MAX_TEXT: usize = 7 + 2 * 64;

/// The encoded part of a digest; see [`Digest::encoded`](crate::Digest::encoded).
///
/// ```
/// # use wharf_digest::Digest;
/// assert_eq!(Digest::of(b"").encoded().to_string().len(), 64);
/// ```
#[derive(Clone, Copy)]
pub struct Encoded<'a>(Repr<'a>);

#[derive(Clone, Copy)]
enum Repr<'a> {
    Hash(&'a [u8]),
    Text(&'a str),
}

impl<'a> Encoded<'a> {
    pub(crate) const fn hash(hash: &'a [u8]) -> Self {
        Self(Repr::Hash(hash))
    }

    pub(crate) const fn text(text: &'a str) -> Self {
        Self(Repr::Text(text))
    }

    /// The order of two encoded parts of one algorithm, which are both hashes or both texts.
    pub(crate) fn cmp(&self, other: &Self) -> Ordering {
        match (self.0, other.0) {
            (Repr::Hash(one), Repr::Hash(two)) => one.cmp(two),
            (Repr::Text(one), Repr::Text(two)) => one.cmp(two),
            (Repr::Hash(_), Repr::Text(_)) => Ordering::Less,
            (Repr::Text(_), Repr::Hash(_)) => Ordering::Greater,
        }
    }
}

impl fmt::Display for Encoded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Repr::Text(text) => f.pad(text),
            Repr::Hash(hash) => f.pad(Text::of(b"", hash).as_str()),
        }
    }
}

impl fmt::Debug for Encoded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A prefix and a hash in lower-case hexadecimal, on the stack, so that printing is one write.
pub(crate) struct Text {
    bytes: [u8; MAX_TEXT],
    length: usize,
}

impl Text {
    /// The text of a hash of at most 64 bytes after a prefix of at most 7.
    pub(crate) fn of(prefix: &[u8], hash: &[u8]) -> Self {
        let mut text = Self { bytes: [0; MAX_TEXT], length: prefix.len() + 2 * hash.len() };
        let (start, rest) = text.bytes.split_at_mut(prefix.len());
        start.copy_from_slice(prefix);
        for (pair, byte) in rest.as_chunks_mut().0.iter_mut().zip(hash) {
            *pair = [digit(byte >> 4), digit(byte & 15)];
        }
        text
    }

    pub(crate) fn as_str(&self) -> &str {
        self.bytes.get(..self.length).and_then(|text| str::from_utf8(text).ok()).unwrap_or_default()
    }
}

/// Arithmetic and not a table, so that the compiler can do many at once.
const fn digit(nibble: u8) -> u8 {
    nibble + if nibble < 10 { b'0' } else { b'a' - 10 }
}
