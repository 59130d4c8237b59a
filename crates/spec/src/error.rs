use std::error::Error;
use std::fmt;

use crate::json::Fault;
use crate::{DocumentKind, MediaType};

/// Why bytes are not the document that they were taken for. It never holds the bytes, so it is safe to log.
///
/// ```
/// use wharf_spec::{Content, DecodeErrorKind, Document, MediaType};
///
/// let error = Document::new(MediaType::IMAGE_INDEX, "{\"schemaVersion\": 2,").decode::<Content>().unwrap_err();
/// assert_eq!(error.kind(), DecodeErrorKind::NotJson);
/// assert_eq!(error.at(), Some(20));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError {
    kind: DecodeErrorKind,
    at: Option<usize>,
    parties: Option<Box<Parties>>,
}

/// Who says what a document is. Media types have a grammar and an end, so they can be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parties {
    /// A `Content-Type`, or a descriptor.
    pub(crate) given: Option<MediaType>,
    /// Its own `mediaType`.
    pub(crate) said: Option<MediaType>,
    /// Its members.
    pub(crate) found: Option<DocumentKind>,
}

/// What is wrong with a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// More bytes than [`Limits::document_bytes`](crate::Limits::document_bytes).
    TooLarge,
    /// Not one JSON object.
    NotJson,
    /// JSON, but a value is not what belongs there: of another type, or breaking its grammar.
    WrongShape,
    /// A member is missing that documents of the kind have.
    Missing,
    /// A member occurs twice in an object.
    Duplicate,
    /// A member is spelled like a known one but for its case, or there are members of two kinds of documents: two readers
    /// could read two images.
    Ambiguous,
    /// The document says one media type, or has the members of one kind, and was given as another.
    MediaType,
    /// It does not say what it is, was not given as anything, and has the members of no kind that is known.
    Unknown,
    /// Docker's schema 1, signed or not: recognised and refused.
    Obsolete,
    /// `schemaVersion` is not 2.
    SchemaVersion,
    /// More descriptors than [`Limits::descriptors`](crate::Limits::descriptors).
    TooManyDescriptors,
    /// Arrays and objects nested deeper than [`Limits::nesting`](crate::Limits::nesting).
    TooDeep,
    /// A text longer than [`Limits::text_bytes`](crate::Limits::text_bytes).
    TooLong,
    /// More annotations, or more bytes of them, than [`Limits`](crate::Limits) allow for one object.
    TooManyAnnotations,
    /// More URLs, or a longer one, than [`Limits`](crate::Limits) allow for one descriptor.
    TooManyUrls,
    /// More embedded content than [`Limits`](crate::Limits) allow for a descriptor or a document.
    TooMuchData,
    /// More entries in an array or a map than [`Limits::entries`](crate::Limits::entries).
    TooManyEntries,
}

impl DecodeError {
    /// A fault of the document as a whole.
    #[must_use]
    pub const fn new(kind: DecodeErrorKind) -> Self {
        Self { kind, at: None, parties: None }
    }

    /// A disagreement, with all who disagree.
    pub(crate) fn between(kind: DecodeErrorKind, at: usize, parties: Parties) -> Self {
        Self { kind, at: Some(at), parties: Some(Box::new(parties)) }
    }

    /// Which value of the document the fault is in, as a JSON path such as `$.layers[2].size` (RFC 9535). The bytes are the
    /// ones that were refused. Names that are not made of letters, digits, `.`, `_` and `-` are shown as `?`.
    ///
    /// ```
    /// # use wharf_spec::{Content, Document, MediaType};
    /// let bytes = r#"{"schemaVersion":2,"manifests":[{"mediaType":"a/b","size":-1}]}"#;
    /// let error = Document::new(MediaType::IMAGE_INDEX, bytes).decode::<Content>().unwrap_err();
    /// assert_eq!(error.path(bytes.as_bytes()).as_deref(), Some("$.manifests[0].size"));
    /// ```
    #[must_use]
    pub fn path(&self, bytes: &[u8]) -> Option<String> {
        self.at.map(|at| crate::path::at(bytes, at))
    }

    /// What is wrong.
    #[must_use]
    pub const fn kind(&self) -> DecodeErrorKind {
        self.kind
    }

    /// Where the value or the member begins that is wrong, as an offset in bytes, when the fault is at one place.
    #[must_use]
    pub const fn at(&self) -> Option<usize> {
        self.at
    }
}

impl From<Fault> for DecodeError {
    fn from(fault: Fault) -> Self {
        Self { kind: fault.kind, at: Some(fault.at), parties: None }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.says())?;
        if let Some(parties) = &self.parties {
            parties.fmt(f)?;
        }
        match self.at {
            Some(at) => write!(f, " (at byte {at})"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Parties {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(given) = &self.given {
            write!(f, "; given as {given}")?;
        }
        if let Some(said) = &self.said {
            write!(f, "; says {said}")?;
        }
        match self.found {
            Some(found) => write!(f, "; has the members of the kind {found}"),
            None => Ok(()),
        }
    }
}

impl DecodeErrorKind {
    const fn says(self) -> &'static str {
        match self {
            Self::TooLarge => "document too large",
            Self::NotJson => "document is not a JSON object",
            Self::WrongShape => "document with a value that does not belong there",
            Self::Missing => "document without a member that it must have",
            Self::Duplicate => "document with a member twice",
            Self::Ambiguous => "document that could be read in two ways",
            Self::MediaType => "document and media type disagree",
            Self::Unknown => "document of no known kind, and without a media type",
            Self::Obsolete => "document of Docker's schema 1",
            Self::SchemaVersion => "schemaVersion is not 2",
            Self::TooManyDescriptors => "document with too many descriptors",
            Self::TooDeep => "document nested too deep",
            Self::TooLong => "document with a text that is too long",
            Self::TooManyAnnotations => "document with too many annotations",
            Self::TooManyUrls => "document with too many or too long URLs",
            Self::TooMuchData => "document with too much embedded content",
            Self::TooManyEntries => "document with too many entries in one place",
        }
    }
}

impl Error for DecodeError {}
