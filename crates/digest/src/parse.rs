//! The grammar of a digest, one scanner per production, in the order of checks that the field agrees on:
//! form, then algorithm, then length, then characters.

use core::fmt;

/// Why a text is not a digest. It never holds the text itself, so it is safe to log.
///
/// ```
/// use wharf_digest::{Digest, ParseErrorKind};
///
/// let error = Digest::parse("sha256:abc").unwrap_err();
/// assert_eq!(error.kind(), ParseErrorKind::Length);
/// assert_eq!(error.at(), 10);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseError {
    kind: ParseErrorKind,
    at: usize,
}

/// What is wrong with the text of a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParseErrorKind {
    /// The text does not fit `algorithm ":" encoded`, or a registered algorithm's part is not lower-case hexadecimal.
    Format,
    /// The algorithm is registered and the encoded part has another length than it must have.
    Length,
    /// The algorithm is grammatical but not registered, and the caller asked for a registered one.
    Unsupported,
}

impl ParseError {
    pub(crate) const fn new(kind: ParseErrorKind, at: usize) -> Self {
        Self { kind, at }
    }

    /// The same, where the text is preceded by `prefix`.
    const fn after(self, prefix: &[u8]) -> Self {
        Self::new(self.kind, self.at + prefix.len())
    }

    /// What is wrong.
    ///
    /// ```
    /// # use wharf_digest::{Digest, ParseErrorKind};
    /// assert_eq!(Digest::parse("").unwrap_err().kind(), ParseErrorKind::Format);
    /// ```
    #[must_use]
    pub const fn kind(self) -> ParseErrorKind {
        self.kind
    }

    /// The offset in bytes of the first offending byte; the length of the text where something is missing at its end.
    /// The text can be split there: it is the start of a character.
    ///
    /// ```
    /// # use wharf_digest::Digest;
    /// assert_eq!(Digest::parse("sha 256:0").unwrap_err().at(), 3);
    /// ```
    #[must_use]
    pub const fn at(self) -> usize {
        self.at
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            ParseErrorKind::Format => "not a digest",
            ParseErrorKind::Length => "digest of the wrong length",
            ParseErrorKind::Unsupported => "unsupported digest algorithm",
        };
        write!(f, "{what} (at byte {})", self.at)
    }
}

impl core::error::Error for ParseError {}

/// A digest's text, taken apart and checked.
#[derive(Clone, Copy)]
pub(crate) enum Parts {
    Sha256([u8; 32]),
    Sha512([u8; 64]),
    /// Grammatical, with an algorithm that is not registered.
    Unknown,
}

/// Takes the whole of `text` apart. Runs at compile time too.
#[inline]
pub(crate) const fn parts(text: &[u8]) -> Result<Parts, ParseError> {
    match text.split_first_chunk() {
        Some((b"sha256:", encoded)) => match hash(encoded) {
            Ok(hash) => Ok(Parts::Sha256(hash)),
            Err(error) => Err(error.after(b"sha256:")),
        },
        Some((b"sha512:", encoded)) => match hash(encoded) {
            Ok(hash) => Ok(Parts::Sha512(hash)),
            Err(error) => Err(error.after(b"sha512:")),
        },
        _ => match unknown(text) {
            Ok(()) => Ok(Parts::Unknown),
            Err(at) => Err(ParseError::new(ParseErrorKind::Format, at)),
        },
    }
}

/// Exactly `2 * N` lower-case hexadecimal digits. Nothing at all is bad form; then length is judged before characters.
#[inline]
const fn hash<const N: usize>(encoded: &[u8]) -> Result<[u8; N], ParseError> {
    if encoded.len() == 2 * N {
        match decode(encoded) {
            Some(hash) => Ok(hash),
            None => Err(ParseError::new(ParseErrorKind::Format, first_wrong(encoded))),
        }
    } else if encoded.is_empty() {
        Err(ParseError::new(ParseErrorKind::Format, 0))
    } else {
        Err(ParseError::new(ParseErrorKind::Length, char_start(encoded, 2 * N)))
    }
}

/// Looks at all digits before it judges any, so that the compiler can decode many at once.
#[allow(clippy::indexing_slicing, reason = "bounded by the loop; const fn has no iterators")]
#[inline]
const fn decode<const N: usize>(encoded: &[u8]) -> Option<[u8; N]> {
    let (pairs, _) = encoded.as_chunks();
    let mut hash = [0; N];
    let mut wrong = 0;
    let mut at = 0;
    while at < N && at < pairs.len() {
        let [high, low] = pairs[at];
        let (high, low) = (nibble(high), nibble(low));
        wrong |= high | low;
        hash[at] = high << 4 | low;
        at += 1;
    }
    if wrong == WRONG { None } else { Some(hash) }
}

/// What [`nibble`] makes of anything but a digit; all its bits, so that it survives every `|`.
const WRONG: u8 = u8::MAX;

const fn nibble(byte: u8) -> u8 {
    let (digit, letter) = (byte.wrapping_sub(b'0'), byte.wrapping_sub(b'a'));
    if digit < 10 {
        digit
    } else if letter < 6 {
        letter + 10
    } else {
        WRONG
    }
}

/// The start of the character that `at` lies in, or the end of a text that is shorter.
const fn char_start(text: &[u8], at: usize) -> usize {
    let mut start = if at < text.len() { at } else { text.len() };
    while start > 0 && start < text.len() && byte(text, start) & 0b1100_0000 == 0b1000_0000 {
        start -= 1;
    }
    start
}

const fn first_wrong(encoded: &[u8]) -> usize {
    let mut at = 0;
    while at < encoded.len() && nibble(byte(encoded, at)) != WRONG {
        at += 1;
    }
    at
}

/// A grammatical digest of any algorithm, or the first offending offset.
const fn unknown(text: &[u8]) -> Result<(), usize> {
    match find_colon(text) {
        Some(0) => Err(0),
        Some(colon) if colon + 1 < text.len() => grammatical(text, colon),
        _ => Err(text.len()),
    }
}

const fn find_colon(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    while at < text.len() {
        if byte(text, at) == b':' {
            return Some(at);
        }
        at += 1;
    }
    None
}

/// `[a-z0-9]+` joined by single `+ . _ -`, a colon, and one or more of `[A-Za-z0-9=_-]`; or the first offending offset.
const fn grammatical(text: &[u8], colon: usize) -> Result<(), usize> {
    let mut at = 0;
    let mut component = 0;
    while at < colon {
        match byte(text, at) {
            b'a'..=b'z' | b'0'..=b'9' => component += 1,
            b'+' | b'.' | b'_' | b'-' if component > 0 => component = 0,
            _ => return Err(at),
        }
        at += 1;
    }
    if component == 0 {
        return Err(colon);
    }
    at = colon + 1;
    while at < text.len() {
        match byte(text, at) {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'=' | b'_' | b'-' => at += 1,
            _ => return Err(at),
        }
    }
    Ok(())
}

/// The byte at `at`, which every caller has bounded by `text.len()`; `slice::get` is not callable in a `const fn`.
#[allow(clippy::indexing_slicing, reason = "bounded by each caller's loop; const fn has no get")]
const fn byte(text: &[u8], at: usize) -> u8 {
    text[at]
}
