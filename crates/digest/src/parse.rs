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
    /// Grammatical, with an algorithm that is not registered; the offset is that of the colon.
    Unknown,
}

/// Takes the whole of `text` apart. Runs at compile time too.
pub(crate) const fn parts(text: &[u8]) -> Result<Parts, ParseError> {
    let Some(colon) = find_colon(text) else {
        return Err(ParseError::new(ParseErrorKind::Format, text.len()));
    };
    if colon == 0 || colon + 1 == text.len() {
        return Err(ParseError::new(ParseErrorKind::Format, if colon == 0 { 0 } else { text.len() }));
    }
    if algorithm_is(text, colon, b"sha256") {
        match hex::<32>(text, colon + 1) {
            Ok(bytes) => Ok(Parts::Sha256(bytes)),
            Err(error) => Err(error),
        }
    } else if algorithm_is(text, colon, b"sha512") {
        match hex::<64>(text, colon + 1) {
            Ok(bytes) => Ok(Parts::Sha512(bytes)),
            Err(error) => Err(error),
        }
    } else {
        match unknown(text, colon) {
            Ok(()) => Ok(Parts::Unknown),
            Err(at) => Err(ParseError::new(ParseErrorKind::Format, at)),
        }
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

const fn algorithm_is(text: &[u8], colon: usize, name: &[u8]) -> bool {
    if colon != name.len() {
        return false;
    }
    let mut at = 0;
    while at < colon {
        if byte(text, at) != byte(name, at) {
            return false;
        }
        at += 1;
    }
    true
}

/// Exactly `2 * N` lower-case hexadecimal digits from `start` to the end; the length is judged before the characters.
const fn hex<const N: usize>(text: &[u8], start: usize) -> Result<[u8; N], ParseError> {
    let end = start + 2 * N;
    if text.len() != end {
        return Err(ParseError::new(ParseErrorKind::Length, if text.len() > end { end } else { text.len() }));
    }
    let mut bytes = [0; N];
    let mut rest: &mut [u8] = &mut bytes;
    let mut at = start;
    while let Some((first, others)) = rest.split_first_mut() {
        let (Some(high), Some(low)) = (nibble(byte(text, at)), nibble(byte(text, at + 1))) else {
            let at = if nibble(byte(text, at)).is_none() { at } else { at + 1 };
            return Err(ParseError::new(ParseErrorKind::Format, at));
        };
        *first = high << 4 | low;
        rest = others;
        at += 2;
    }
    Ok(bytes)
}

const fn nibble(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    }
}

/// `[a-z0-9]+` joined by single `+ . _ -`, a colon, and one or more of `[A-Za-z0-9=_-]`; or the first offending offset.
const fn unknown(text: &[u8], colon: usize) -> Result<(), usize> {
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
