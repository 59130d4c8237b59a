use std::error::Error;
use std::fmt;

/// Why a value was not converted: what would have been lost, and where. It holds names of members, and nothing that
/// they hold.
///
/// ```
/// use wharf_spec::Platform;
/// use wharf_spec::oci_spec::ConversionErrorKind;
///
/// let platform: Platform = "windows(10.0.17763)/amd64".parse().unwrap();
/// let error = oci_spec::image::Platform::try_from(&platform).unwrap_err();
/// assert_eq!((error.kind(), error.path()), (ConversionErrorKind::Lost, "$['os.version']"));
/// ```
#[derive(Debug)]
pub struct ConversionError {
    kind: ConversionErrorKind,
    path: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// What is wrong with a conversion. Three of the kinds are about the way there, [`Self::Invalid`] about the way back.
///
/// ```
/// use oci_spec::image::{ImageConfiguration, MediaType as Theirs};
/// use wharf_spec::oci_spec::ConversionErrorKind as Kind;
/// use wharf_spec::{Document, ImageConfig, MediaType};
///
/// let there = |bytes: &'static str| {
///     let document = Document::new(MediaType::IMAGE_CONFIG, bytes).decode::<ImageConfig>().unwrap();
///     ImageConfiguration::try_from(&document).map_err(|error| error.kind()).map(|_| ())
/// };
/// let healthcheck = r#"{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]},
///     "config":{"Healthcheck":{"Test":["NONE"]}}}"#;
/// assert_eq!(there(healthcheck), Err(Kind::Lost));
/// assert_eq!(there(r#"{"architecture":"amd64","os":"linux"}"#), Err(Kind::Unreadable), "without a rootfs");
///
/// let back = MediaType::try_from(&Theirs::Other("none at all".into()));
/// assert_eq!(back.unwrap_err().kind(), Kind::Invalid);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConversionErrorKind {
    /// A member has no place in the type that it would be converted to.
    Lost,
    /// A value would become another one, such as the processor `armbe`, which would be `arm64be`.
    Changed,
    /// `oci-spec` cannot read a value that is valid here.
    Unreadable,
    /// A value of `oci-spec` is not valid here. The source says why.
    Invalid,
}

impl ConversionError {
    pub(super) fn new(kind: ConversionErrorKind, path: impl Into<String>) -> Self {
        Self { kind, path: path.into(), source: None }
    }

    pub(super) fn invalid(path: impl Into<String>, source: impl Error + Send + Sync + 'static) -> Self {
        Self { kind: ConversionErrorKind::Invalid, path: path.into(), source: Some(Box::new(source)) }
    }

    /// The error of a part, as the error of the document that has the part at `place`.
    pub(super) fn below(self, place: &str) -> Self {
        let path = self.path.strip_prefix('$').map(|rest| format!("{place}{rest}")).unwrap_or_else(|| place.into());
        Self { path, ..self }
    }

    /// The error of a document, as the error of the part that stands at `place`.
    pub(super) fn above(self, place: &str) -> Self {
        let path = self.path.strip_prefix(place).map(|rest| format!("${rest}")).unwrap_or_else(|| "$".into());
        Self { path, ..self }
    }

    /// What is wrong. Only [`ConversionErrorKind::Invalid`] has a source.
    ///
    /// ```
    /// use wharf_spec::Platform;
    /// use wharf_spec::oci_spec::ConversionErrorKind;
    ///
    /// let platform: Platform = "windows(+win32k)/amd64".parse().unwrap();
    /// let converted = oci_spec::image::Platform::try_from(&platform);
    /// // Whoever can do without, drops what would be lost and says so.
    /// let converted = converted.or_else(|error| match error.kind() {
    ///     ConversionErrorKind::Lost => oci_spec::image::Platform::try_from(&Platform::new("windows", "amd64")),
    ///     _ => Err(error),
    /// });
    /// assert!(converted.is_ok());
    /// ```
    #[must_use]
    pub const fn kind(&self) -> ConversionErrorKind {
        self.kind
    }

    /// Where: the JSON path (RFC 9535) of the first value that would not arrive, where the members of an object are
    /// looked at in the order of their names. `$` is the document or the part as a whole. The path is made of printable
    /// ASCII, and can be as long as the names in the document are.
    ///
    /// ```
    /// use wharf_spec::{Document, Index, MediaType};
    ///
    /// let bytes = r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json",
    ///     "manifests":[],"x-ring":1}"#;
    /// let document = Document::new(MediaType::IMAGE_INDEX, bytes).decode::<Index>().unwrap();
    /// let error = oci_spec::image::ImageIndex::try_from(&document).unwrap_err();
    /// assert_eq!(error.path(), "$['x-ring']");
    /// ```
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }
}

impl fmt::Display for ConversionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            ConversionErrorKind::Lost => "would be lost",
            ConversionErrorKind::Changed => "would be changed",
            ConversionErrorKind::Unreadable => "is not readable by oci-spec",
            ConversionErrorKind::Invalid => "is not valid",
        };
        write!(f, "{} {what}", self.path)
    }
}

impl Error for ConversionError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}
