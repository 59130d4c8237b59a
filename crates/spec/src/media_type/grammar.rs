//! The grammar of media types (RFC 6838, section 4.2).
//!
//! ```text
//! media-type = name "/" name
//! name       = ( letter | digit ) *126( letter | digit | "!" | "#" | "$" | "&" | "-" | "^" | "_" | "." | "+" )
//! ```
//!
//! It is read byte by byte in a constant function, so that a literal that is no media type does not compile.

use std::error::Error;
use std::fmt;

/// How long the type may be, and how long the subtype.
const MAX_NAME: usize = 127;

/// Reads a text to its end, or to the first byte that cannot be.
pub(super) const fn check(text: &[u8]) -> Result<(), InvalidMediaType> {
    let (mut rest, mut at, mut length, mut in_subtype) = (text, 0, 0, false);
    while let [byte, tail @ ..] = rest {
        match *byte {
            b'/' if !in_subtype && length > 0 => (in_subtype, length) = (true, 0),
            b';' if in_subtype && length > 0 => return InvalidMediaTypeKind::Parameter.at(at),
            byte if !follows(byte, length) => return InvalidMediaTypeKind::Character.at(at),
            _ if length == MAX_NAME => return InvalidMediaTypeKind::TooLong.at(at),
            _ => length += 1,
        }
        (rest, at) = (tail, at + 1);
    }
    if in_subtype && length > 0 { Ok(()) } else { InvalidMediaTypeKind::Incomplete.at(at) }
}

/// Whether a name of that length goes on with the byte.
const fn follows(byte: u8, length: usize) -> bool {
    let special = matches!(byte, b'!' | b'#' | b'$' | b'&' | b'-' | b'^' | b'_' | b'.' | b'+');
    byte.is_ascii_alphanumeric() || (special && length > 0)
}

/// A text that is not a media type. It never holds the text.
///
/// ```
/// use wharf_spec::{InvalidMediaTypeKind, MediaType};
///
/// let error = MediaType::parse("text/html;charset=utf-8").unwrap_err();
/// assert_eq!((error.kind(), error.at()), (InvalidMediaTypeKind::Parameter, 9));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidMediaType {
    kind: InvalidMediaTypeKind,
    at: usize,
}

/// What is wrong with a media type. It is the first thing that is, from the left.
///
/// ```
/// use wharf_spec::{InvalidMediaTypeKind as Kind, MediaType};
///
/// let long = format!("application/{}", "x".repeat(128));
/// for (text, kind) in [
///     ("text/ html", Kind::Character),
///     ("text/x/y", Kind::Character),
///     ("+xml/text", Kind::Character),
///     ("text/", Kind::Incomplete),
///     ("", Kind::Incomplete),
///     ("text/html;charset=utf-8", Kind::Parameter),
///     (&long, Kind::TooLong),
/// ] {
///     assert_eq!(MediaType::parse(text).unwrap_err().kind(), kind, "{text}");
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidMediaTypeKind {
    /// A byte that cannot be there: blanks and control characters, a second `/`, anything beyond ASCII, or a sign such as
    /// `+` where a name begins. `*` is none of a name's characters, so what stands in `Accept` headers may be no media
    /// type.
    Character,
    /// It ends before there are two names with a `/` between them.
    Incomplete,
    /// A parameter follows; they have no place in documents. In headers they do: see
    /// [`MediaType::from_content_type`](super::MediaType::from_content_type).
    Parameter,
    /// The type or the subtype is longer than 127 bytes.
    TooLong,
}

impl InvalidMediaTypeKind {
    const fn at(self, at: usize) -> Result<(), InvalidMediaType> {
        Err(InvalidMediaType { kind: self, at })
    }
}

impl InvalidMediaType {
    /// What is wrong.
    ///
    /// ```
    /// # use wharf_spec::{InvalidMediaTypeKind, MediaType};
    /// assert_eq!(MediaType::parse("json").unwrap_err().kind(), InvalidMediaTypeKind::Incomplete);
    /// ```
    #[must_use]
    pub const fn kind(self) -> InvalidMediaTypeKind {
        self.kind
    }

    /// Where it is wrong, as an offset in bytes.
    ///
    /// ```
    /// # use wharf_spec::MediaType;
    /// assert_eq!(MediaType::parse("text/html\r\nX: y").unwrap_err().at(), 9);
    /// ```
    #[must_use]
    pub const fn at(self) -> usize {
        self.at
    }

    /// The same in a text with so many bytes before it.
    pub(super) const fn after(self, bytes: usize) -> Self {
        Self { at: self.at + bytes, ..self }
    }
}

impl fmt::Display for InvalidMediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            InvalidMediaTypeKind::Character => "a media type cannot have this character",
            InvalidMediaTypeKind::Incomplete => "a media type is written type/subtype",
            InvalidMediaTypeKind::Parameter => "a media type has no parameters here",
            InvalidMediaTypeKind::TooLong => "a media type has at most 127 bytes before and after the slash",
        })?;
        write!(f, " (at byte {})", self.at)
    }
}

impl Error for InvalidMediaType {}
