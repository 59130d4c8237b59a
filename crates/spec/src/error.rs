use std::error::Error;
use std::fmt;

use crate::json::Fault;
use crate::{DocumentKind, MediaType};

/// Why bytes are not the document that they were taken for. It never holds the bytes, so it is safe to log.
///
/// It is one fault, the first that the reader comes to, and says in three steps where to look: [`Self::kind`] what is
/// wrong, [`Self::at`] at which byte, and [`Self::path`], for whoever still has the bytes, in which member. Where
/// several parties say what the document is, the text of the error names all of them, because any one of them may be
/// the liar.
///
/// ```
/// use wharf_spec::{Content, DecodeErrorKind, Document, MediaType};
///
/// let error = Document::new(MediaType::IMAGE_INDEX, "{\"schemaVersion\": 2,").decode::<Content>().unwrap_err();
/// assert_eq!(error.kind(), DecodeErrorKind::NotJson);
/// assert_eq!(error.at(), Some(20));
///
/// let manifest = r#"{"schemaVersion":2,"layers":[]}"#;
/// let error = Document::new(MediaType::IMAGE_INDEX, manifest).decode::<Content>().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "document and media type disagree; given as application/vnd.oci.image.index.v1+json; \
///      has the members of the kind manifest (at byte 0)",
/// );
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

/// What is wrong with a document: it is not one, it could be read as two, or it says more than someone wants to hear.
///
/// What a document that can be read does wrong is no error but a [`Violation`](crate::Violation). The smallest
/// documents that are refused for what they say, each given as an index:
///
/// ```
/// use wharf_spec::DecodeErrorKind as Kind;
/// use wharf_spec::{Content, Document, MediaType};
///
/// for (body, kind) in [
///     ("", Kind::NotJson),
///     (r#"{"schemaVersion":"2"}"#, Kind::WrongShape),
///     (r#"{"schemaVersion":2}"#, Kind::Missing),
///     (r#"{"x":0,"x":0}"#, Kind::Duplicate),
///     (r#"{"x":0,"\u0078":0}"#, Kind::Duplicate),
///     (r#"{"Manifests":[]}"#, Kind::Ambiguous),
///     (r#"{"layers":[],"manifests":[]}"#, Kind::Ambiguous),
///     (r#"{"layers":[]}"#, Kind::MediaType),
///     (r#"{"mediaType":"a/b"}"#, Kind::MediaType),
///     (r#"{"fsLayers":[]}"#, Kind::Obsolete),
///     ("{}", Kind::SchemaVersion),
/// ] {
///     let error = Document::new(MediaType::IMAGE_INDEX, body).decode::<Content>().unwrap_err();
///     assert_eq!(error.kind(), kind, "{body}");
/// }
/// // Only who says nothing about a document leaves it to say what it is.
/// assert_eq!(Document::inferred("{}").unwrap_err().kind(), Kind::Unknown);
/// ```
///
/// And those that are refused for how much they say, under limits that are as low as they can be:
///
/// ```
/// use wharf_spec::DecodeErrorKind as Kind;
/// use wharf_spec::{Content, Document, Limits, MediaType};
///
/// type Lower = fn(&mut Limits);
/// let cases: [(Lower, &str, Kind); 7] = [
///     (|limits| limits.document_bytes = 1, "{}", Kind::TooLarge),
///     (|limits| limits.descriptors = 0, r#"{"manifests":[{}]}"#, Kind::TooManyDescriptors),
///     (|limits| limits.nesting = 1, r#"{"x":[]}"#, Kind::TooDeep),
///     (|limits| limits.text_bytes = 0, r#"{"x":0}"#, Kind::TooLong),
///     (|limits| limits.annotations = 0, r#"{"annotations":{"":""}}"#, Kind::TooManyAnnotations),
///     (|limits| limits.urls = 0, r#"{"manifests":[{"urls":[""]}]}"#, Kind::TooManyUrls),
///     (|limits| limits.data_bytes = 0, r#"{"manifests":[{"data":"AA=="}]}"#, Kind::TooMuchData),
/// ];
/// for (lower, body, kind) in cases {
///     let mut limits = Limits::default();
///     lower(&mut limits);
///     let document = Document::new(MediaType::IMAGE_INDEX, body);
///     assert_eq!(document.decode_within::<Content>(&limits).unwrap_err().kind(), kind, "{body}");
/// }
///
/// let mut limits = Limits::default();
/// limits.entries = 0;
/// let config = Document::new(MediaType::IMAGE_CONFIG, r#"{"history":[{}]}"#);
/// assert_eq!(config.decode_within::<Content>(&limits).unwrap_err().kind(), Kind::TooManyEntries);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// More bytes than [`Limits::document_bytes`](crate::Limits::document_bytes). Nothing of them was read.
    TooLarge,
    /// Not one JSON object in UTF-8: cut off, with something after it, an array or a text as a whole, with a byte order
    /// mark, or with an escape that is half of a character. Registries that answer with a page of HTML end here.
    NotJson,
    /// JSON, but a value is not what belongs there: of another type, or breaking its grammar, such as a digest in upper
    /// case. Integers are as strict: `1.0`, `1e3` and `-0` are none, and a size is from 0 to 2⁶³ - 1.
    WrongShape,
    /// A member is missing that documents of the kind have: `config` and `layers`, `manifests`, a descriptor's
    /// `mediaType`, `digest` and `size`, or a layout's version. A configuration may lack anything, which
    /// [`Document::violations`](crate::Document::violations) tells.
    Missing,
    /// A member occurs twice in an object, at any depth, in members that nobody knows too, and however it is spelled.
    /// Some readers take the first, some the last.
    Duplicate,
    /// A member is spelled like a known one but for its case, or there are members of two kinds of documents: two
    /// readers could read two images. Go's reader does not tell `Layers` from `layers`, nor `layerſ`.
    Ambiguous,
    /// The document says one media type, or has the members of one kind, and was given as another; or a view of one
    /// kind was asked of a document of another.
    MediaType,
    /// It does not say what it is, was not given as anything, and has the members of no kind that is known.
    Unknown,
    /// Docker's schema 1, signed or not: recognised and refused. Its digest is not that of its bytes, so it has no
    /// place where bytes are believed by their digest.
    Obsolete,
    /// `schemaVersion` is not 2, or is not there. Only the withdrawn artifact manifest has none.
    SchemaVersion,
    /// More descriptors than [`Limits::descriptors`](crate::Limits::descriptors), wherever they stand.
    TooManyDescriptors,
    /// Arrays and objects nested deeper than [`Limits::nesting`](crate::Limits::nesting). The document is the first.
    TooDeep,
    /// A text longer than [`Limits::text_bytes`](crate::Limits::text_bytes), the name of a member included. It is
    /// measured without its escapes.
    TooLong,
    /// More annotations than [`Limits::annotations`](crate::Limits::annotations), or more bytes of them than
    /// [`Limits::annotation_bytes`](crate::Limits::annotation_bytes), in one object.
    TooManyAnnotations,
    /// More URLs than [`Limits::urls`](crate::Limits::urls) in one descriptor, or a longer one than
    /// [`Limits::url_bytes`](crate::Limits::url_bytes).
    TooManyUrls,
    /// More embedded content than [`Limits::data_bytes`](crate::Limits::data_bytes) in a descriptor, or than
    /// [`Limits::all_data_bytes`](crate::Limits::all_data_bytes) in a document. It is counted before it is decoded.
    TooMuchData,
    /// More entries in an array or a map of a configuration than [`Limits::entries`](crate::Limits::entries).
    TooManyEntries,
}

impl DecodeError {
    /// A fault of the document as a whole, for those who refuse one before it is read: a client that hears from a
    /// header that more bytes will come than it takes.
    ///
    /// ```
    /// # use wharf_spec::{DecodeError, DecodeErrorKind, Limits};
    /// let announced = 5_000_000;
    /// let error = (announced > Limits::default().document_bytes).then(|| DecodeError::new(DecodeErrorKind::TooLarge));
    /// assert_eq!(error.unwrap().to_string(), "document too large");
    /// ```
    #[must_use]
    pub const fn new(kind: DecodeErrorKind) -> Self {
        Self { kind, at: None, parties: None }
    }

    /// A disagreement, with all who disagree.
    pub(crate) fn between(kind: DecodeErrorKind, at: usize, parties: Parties) -> Self {
        Self { kind, at: Some(at), parties: Some(Box::new(parties)) }
    }

    /// Which value of the document the fault is in, as a JSON path such as `$.layers[2].size` (RFC 9535). The bytes are
    /// the ones that were refused. Names that are not made of letters, digits, `.`, `_` and `-` are shown as `?`.
    ///
    /// It is found by going through the bytes again, which is paid for only by those who print it. Nothing is the
    /// answer when the fault is the document's as a whole.
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

    /// What is wrong. Whoever answers a peer makes a code of it, and needs no more than this.
    ///
    /// ```
    /// # use wharf_spec::{DecodeErrorKind, Document, ErrorCode};
    /// let code = match Document::inferred(r#"{"fsLayers":[]}"#).unwrap_err().kind() {
    ///     DecodeErrorKind::Obsolete => ErrorCode::UNSUPPORTED,
    ///     _ => ErrorCode::MANIFEST_INVALID,
    /// };
    /// assert_eq!(code, ErrorCode::UNSUPPORTED);
    /// ```
    #[must_use]
    pub const fn kind(&self) -> DecodeErrorKind {
        self.kind
    }

    /// Where the value or the member begins that is wrong, as an offset in bytes, when the fault is at one place. It is
    /// the value for a wrong one, the name for one too many, and the object for what is missing in it.
    ///
    /// ```
    /// # use wharf_spec::{Content, Document, MediaType};
    /// let bytes = r#"{"schemaVersion":2,"manifests":[],"x":1,"x":2}"#;
    /// let error = Document::new(MediaType::IMAGE_INDEX, bytes).decode::<Content>().unwrap_err();
    /// assert_eq!(&bytes[error.at().unwrap()..], r#""x":2}"#);
    /// ```
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
