use std::error::Error;
use std::fmt;

/// Why bytes are not the document that they were taken for. It never holds the bytes, so it is safe to log.
///
/// ```
/// use wharf_spec::{Content, DecodeErrorKind, Document, MediaType};
///
/// let error = Document::new(MediaType::IMAGE_INDEX, "{\"schemaVersion\": 2,").decode::<Content>().unwrap_err();
/// assert_eq!(error.kind(), DecodeErrorKind::NotJson);
/// assert_eq!(error.at(), Some(20));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeError {
    kind: DecodeErrorKind,
    at: Option<usize>,
}

/// What is wrong with a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// More bytes than [`Limits::document_bytes`](crate::Limits::document_bytes).
    TooLarge,
    /// Not one JSON object.
    NotJson,
    /// JSON, but a field is missing, doubled, or holds what it may not hold.
    WrongShape,
    /// The document says one media type, or has the fields of one kind, and was given as another.
    MediaType,
    /// Fields of two kinds in one document, or a field that is spelled like another but for its case: two readers could
    /// read two images.
    Ambiguous,
    /// Docker's schema 1, or another document of a kind that is recognised and refused.
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
}

impl DecodeError {
    /// A fault of the document as a whole.
    #[must_use]
    pub const fn new(kind: DecodeErrorKind) -> Self {
        Self { kind, at: None }
    }

    /// A JSON reader's error, whose message is dropped because it can quote the content.
    pub(crate) fn json(error: &serde_json::Error, bytes: &[u8]) -> Self {
        let kind = match error.classify() {
            serde_json::error::Category::Data => DecodeErrorKind::WrongShape,
            _ => DecodeErrorKind::NotJson,
        };
        Self { kind, at: Some(offset(bytes, error.line(), error.column())) }
    }

    /// The same fault where a JSON reader stopped.
    pub(crate) fn stopped(kind: DecodeErrorKind, error: &serde_json::Error, bytes: &[u8]) -> Self {
        Self { kind, at: Some(offset(bytes, error.line(), error.column())) }
    }

    /// Which value of the document the fault is in, as a JSON path such as `$.layers[2].size`. The bytes are the ones
    /// that were refused. Names that are not made of letters, digits, `.`, `_` and `-` are shown as `?`.
    ///
    /// ```
    /// # use wharf_spec::{Content, Document, MediaType};
    /// let bytes = r#"{"schemaVersion":2,"manifests":[{"mediaType":"a/b","size":-1}]}"#;
    /// let error = Document::new(MediaType::IMAGE_INDEX, bytes).decode::<Content>().unwrap_err();
    /// assert_eq!(error.path(bytes.as_bytes()).as_deref(), Some("$.manifests[0].size"));
    /// ```
    #[must_use]
    pub fn path(self, bytes: &[u8]) -> Option<String> {
        self.at.map(|at| crate::path::at(bytes.get(..at).unwrap_or(bytes)))
    }

    /// What is wrong.
    #[must_use]
    pub const fn kind(self) -> DecodeErrorKind {
        self.kind
    }

    /// Where the reader stopped, as an offset in bytes, when the fault is at one place.
    #[must_use]
    pub const fn at(self) -> Option<usize> {
        self.at
    }
}

/// The byte offset of a line and column, which count from 1.
fn offset(bytes: &[u8], line: usize, column: usize) -> usize {
    let before: usize =
        bytes.split_inclusive(|byte| *byte == b'\n').take(line.saturating_sub(1)).map(<[u8]>::len).sum();
    (before + column).min(bytes.len())
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            DecodeErrorKind::TooLarge => "document too large",
            DecodeErrorKind::NotJson => "document is not a JSON object",
            DecodeErrorKind::WrongShape => "document does not have the shape of its kind",
            DecodeErrorKind::MediaType => "document and media type disagree",
            DecodeErrorKind::Ambiguous => "document has the fields of two kinds",
            DecodeErrorKind::Obsolete => "document of an obsolete kind",
            DecodeErrorKind::SchemaVersion => "schemaVersion is not 2",
            DecodeErrorKind::TooManyDescriptors => "document with too many descriptors",
            DecodeErrorKind::TooDeep => "document nested too deep",
            DecodeErrorKind::TooLong => "document with a text that is too long",
            DecodeErrorKind::TooManyAnnotations => "document with too many annotations",
            DecodeErrorKind::TooManyUrls => "document with too many or too long URLs",
            DecodeErrorKind::TooMuchData => "document with too much embedded content",
        })?;
        match self.at {
            Some(at) => write!(f, " (at byte {at})"),
            None => Ok(()),
        }
    }
}

impl Error for DecodeError {}
