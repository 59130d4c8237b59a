use core::fmt;

/// Why a text is not a reference, or not one of its parts. It never holds the text itself, so it is safe to log.
///
/// A caller that has the text can point into it:
///
/// ```
/// use wharf_reference::Reference;
///
/// let typed = "docker.io/foo bar";
/// let error = Reference::parse(typed).unwrap_err();
/// let caret = format!("{typed}\n{:>1$}", "^", error.at() + 1);
/// assert_eq!(caret, "docker.io/foo bar\n             ^");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseError {
    kind: ParseErrorKind,
    at: usize,
}

/// What is wrong with the text of a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParseErrorKind {
    /// There is no text: [`RawReference::parse`](crate::RawReference::parse) alone says so, the others call it
    /// [`InvalidFormat`](Self::InvalidFormat).
    Empty,
    /// The text does not fit the grammar.
    InvalidFormat,
    /// The text would fit if the repository path were lower case.
    NotLowercase,
    /// The repository path is longer than 255 bytes.
    NameTooLong,
    /// The whole text is 64 hexadecimal digits, which tools read as an image's identifier and not as a name.
    HexIdentifier,
    /// The text is a reference and is not its canonical form, which was asked for.
    NotCanonical,
    /// The digest breaks the rules of its algorithm.
    DigestFormat,
    /// The digest has another length than its algorithm has.
    DigestLength,
    /// The digest's algorithm is not registered.
    DigestUnsupported,
}

impl ParseError {
    pub(crate) const fn new(kind: ParseErrorKind, at: usize) -> Self {
        Self { kind, at }
    }

    pub(crate) const fn format(at: usize) -> Self {
        Self::new(ParseErrorKind::InvalidFormat, at)
    }

    /// A digest's error, in a digest that starts at `start`.
    pub(crate) fn digest(error: wharf_digest::ParseError, start: usize) -> Self {
        let kind = match error.kind() {
            wharf_digest::ParseErrorKind::Length => ParseErrorKind::DigestLength,
            wharf_digest::ParseErrorKind::Unsupported => ParseErrorKind::DigestUnsupported,
            _ => ParseErrorKind::DigestFormat,
        };
        Self::new(kind, start + error.at())
    }

    /// What is wrong.
    ///
    /// ```
    /// # use wharf_reference::{ParseErrorKind, Tag};
    /// assert_eq!(Tag::parse(".tag").unwrap_err().kind(), ParseErrorKind::InvalidFormat);
    /// ```
    #[must_use]
    pub const fn kind(self) -> ParseErrorKind {
        self.kind
    }

    /// The offset in bytes of the first offending byte; the length of the text where something is missing at its end.
    /// The text can be split there: it is the start of a character.
    ///
    /// ```
    /// # use wharf_reference::Tag;
    /// assert_eq!(Tag::parse("a+b").unwrap_err().at(), 1);
    /// ```
    #[must_use]
    pub const fn at(self) -> usize {
        self.at
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            ParseErrorKind::Empty => "a reference cannot be empty",
            ParseErrorKind::InvalidFormat => "invalid reference format",
            ParseErrorKind::NotLowercase => "repository names must be lower case",
            ParseErrorKind::NameTooLong => "repository names have at most 255 bytes",
            ParseErrorKind::HexIdentifier => "64 hexadecimal digits are an identifier, not a name",
            ParseErrorKind::NotCanonical => "the reference is not in canonical form",
            ParseErrorKind::DigestFormat => "invalid digest",
            ParseErrorKind::DigestLength => "digest of the wrong length",
            ParseErrorKind::DigestUnsupported => "unsupported digest algorithm",
        };
        write!(f, "{what} (at byte {})", self.at)
    }
}

impl core::error::Error for ParseError {}
