//! The headers that the distribution-spec gives a meaning, and the grammars of their values.

use http::{HeaderName, HeaderValue};
use wharf_spec::{ByteRange, MediaType};

/// The digest of the content that the response is about.
pub const DOCKER_CONTENT_DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");
/// The name of an upload session.
pub const DOCKER_UPLOAD_UUID: HeaderName = HeaderName::from_static("docker-upload-uuid");
/// The version of the API; old Docker clients look for `registry/2.0`.
pub const DOCKER_API_VERSION: HeaderName = HeaderName::from_static("docker-distribution-api-version");
/// How many bytes an upload session holds (tus, and the drafts of the IETF on resumable uploads): what `Range` says as
/// well, but for nothing and for one byte, which look the same there.
pub const UPLOAD_OFFSET: HeaderName = HeaderName::from_static("upload-offset");
/// The digest of the subject of a manifest that was put, when the registry lists referrers.
pub const OCI_SUBJECT: HeaderName = HeaderName::from_static("oci-subject");
/// A tag that a manifest put by digest has been given.
pub const OCI_TAG: HeaderName = HeaderName::from_static("oci-tag");
/// The shortest part that a registry wants of a blob that comes in parts, but for the last, in bytes.
pub const OCI_CHUNK_MIN_LENGTH: HeaderName = HeaderName::from_static("oci-chunk-min-length");
/// Which filters a registry has applied to a list of referrers, separated by commas.
pub const OCI_FILTERS_APPLIED: HeaderName = HeaderName::from_static("oci-filters-applied");

/// The value of `Accept` for a manifest: every kind of manifest and index that there is, OCI's and Docker's, so that none
/// is hidden or turned into another.
///
/// ```
/// use wharf_distribution::header;
/// use wharf_spec::MediaType;
///
/// assert!(header::accept_manifests().to_str().unwrap().contains(MediaType::IMAGE_INDEX.as_str()));
/// ```
#[must_use]
pub fn accept_manifests() -> HeaderValue {
    let accepted = MediaType::MANIFESTS.map(|kind| kind.as_str().to_owned()).join(", ");
    // Media types are ASCII by their grammar; a registry that is told nothing sends what it likes.
    HeaderValue::try_from(accepted).unwrap_or(HeaderValue::from_static("*/*"))
}

/// Reads a `Range` header with one range (RFC 9110, section 14.2). Several ranges, other units and nonsense give nothing:
/// such a header is to be ignored. A range that ends before it begins may be ignored as well or refused; it is carried,
/// and lies outside of any content, because the distribution-spec's own tests like to see it refused.
///
/// ```
/// use wharf_distribution::header;
/// use wharf_spec::ByteRange;
///
/// assert_eq!(header::parse_range("bytes=500-"), Some(ByteRange::From { first: 500 }));
/// assert_eq!(header::parse_range("bytes=+5-9"), None);
/// ```
#[must_use]
pub fn parse_range(value: &str) -> Option<ByteRange> {
    let (first, last) = after_unit(value, '=')?.split_once('-')?;
    match (first, last) {
        ("", length) => Some(ByteRange::Last { length: number(length)? }),
        (first, "") => Some(ByteRange::From { first: number(first)? }),
        (first, last) => Some(ByteRange::Between { first: number(first)?, last: number(last)? }),
    }
}

/// Writes a `Range` header.
///
/// ```
/// # use wharf_distribution::header;
/// # use wharf_spec::ByteRange;
/// assert_eq!(header::range(ByteRange::Last { length: 500 }), "bytes=-500");
/// ```
#[must_use]
pub fn range(range: ByteRange) -> String {
    match range {
        ByteRange::Between { first, last } => format!("bytes={first}-{last}"),
        ByteRange::From { first } => format!("bytes={first}-"),
        ByteRange::Last { length } => format!("bytes=-{length}"),
    }
}

/// Where the bytes of a partial response lie: `Content-Range: bytes first-last/size` (RFC 9110, section 14.4).
///
/// ```
/// use wharf_distribution::header::ContentRange;
///
/// let range = ContentRange::parse("bytes 0-99/2048").unwrap();
/// assert_eq!((range.first, range.last, range.size), (0, 99, Some(2048)));
/// assert_eq!(range.to_string(), "bytes 0-99/2048");
/// assert_eq!(ContentRange::parse("bytes 9-0/10"), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "the header has these three values and no other")]
pub struct ContentRange {
    /// Offset of the first byte.
    pub first: u64,
    /// Offset of the last byte.
    pub last: u64,
    /// The size of the whole, when it is said.
    pub size: Option<u64>,
}

impl ContentRange {
    /// Reads the header.
    ///
    /// ```
    /// # use wharf_distribution::header::ContentRange;
    /// assert_eq!(ContentRange::parse("bytes 0-1/*").unwrap().size, None);
    /// ```
    #[must_use]
    pub fn parse(value: &str) -> Option<Self> {
        let (range, size) = after_unit(value, ' ')?.split_once('/')?;
        let UploadRange { first, last } = UploadRange::parse(range)?;
        let size = if size == "*" { None } else { Some(number(size)?) };
        size.is_none_or(|size| last < size).then_some(Self { first, last, size })
    }
}

impl std::fmt::Display for ContentRange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "bytes {}-{}/", self.first, self.last)?;
        match self.size {
            Some(size) => write!(f, "{size}"),
            None => f.write_str("*"),
        }
    }
}

/// Where a range lies that no part answers (416): `Content-Range: bytes */size` (RFC 9110, section 14.4).
///
/// ```
/// use wharf_distribution::header::Unsatisfied;
///
/// assert_eq!(Unsatisfied::parse("bytes */2048").map(|outside| outside.size), Some(2048));
/// assert_eq!(Unsatisfied { size: 0 }.to_string(), "bytes */0");
/// assert_eq!(Unsatisfied::parse("bytes 0-9/2048"), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "the header has this value and no other")]
pub struct Unsatisfied {
    /// The size of the whole.
    pub size: u64,
}

impl Unsatisfied {
    /// Reads the header.
    ///
    /// ```
    /// # use wharf_distribution::header::Unsatisfied;
    /// assert_eq!(Unsatisfied::parse("bytes */*"), None);
    /// ```
    #[must_use]
    pub fn parse(value: &str) -> Option<Self> {
        let size = number(after_unit(value, ' ')?.strip_prefix("*/")?)?;
        Some(Self { size })
    }
}

impl std::fmt::Display for Unsatisfied {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "bytes */{}", self.size)
    }
}

/// A range in the upload dialect of the distribution-spec: `first-last`, both included, without a unit. It says which
/// bytes a chunk holds (`Content-Range`), and which bytes a session holds (`Range`).
///
/// ```
/// use wharf_distribution::header::UploadRange;
///
/// assert_eq!(UploadRange::parse("10-19").unwrap().length(), 10);
/// assert_eq!(UploadRange::parse("19-10"), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "the header has these two values and no other")]
pub struct UploadRange {
    /// Offset of the first byte.
    pub first: u64,
    /// Offset of the last byte.
    pub last: u64,
}

impl UploadRange {
    /// Reads the header.
    ///
    /// ```
    /// # use wharf_distribution::header::UploadRange;
    /// assert_eq!(UploadRange::parse("0-9"), Some(UploadRange { first: 0, last: 9 }));
    /// assert_eq!(UploadRange::parse("bytes=0-9"), None);
    /// ```
    #[must_use]
    pub fn parse(value: &str) -> Option<Self> {
        let (first, last) = value.split_once('-')?;
        let (first, last) = (number(first)?, number(last)?);
        (first <= last && last < u64::MAX).then_some(Self { first, last })
    }

    /// What a session with `offset` bytes says that it holds. One that holds nothing says `0-0`, as all registries do,
    /// which a reader cannot tell from one byte.
    ///
    /// ```
    /// # use wharf_distribution::header::UploadRange;
    /// assert_eq!([0, 1, 2].map(|offset| UploadRange::held(offset).to_string()), ["0-0", "0-0", "0-1"]);
    /// ```
    #[must_use]
    pub const fn held(offset: u64) -> Self {
        Self { first: 0, last: offset.saturating_sub(1) }
    }

    /// How many bytes the range has.
    ///
    /// ```
    /// # use wharf_distribution::header::UploadRange;
    /// assert_eq!(UploadRange { first: 5, last: 5 }.length(), 1);
    /// ```
    #[must_use]
    pub const fn length(self) -> u64 {
        self.last.saturating_sub(self.first).saturating_add(1)
    }
}

impl std::fmt::Display for UploadRange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.first, self.last)
    }
}

/// Reads a number of digits and nothing else: a sign or a space makes it none, as RFC 9110 has it.
///
/// ```
/// # use wharf_distribution::header;
/// assert_eq!(header::number("42"), Some(42));
/// assert_eq!(header::number("+42"), None);
/// ```
#[must_use]
pub fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// What follows the unit, which can only be bytes. Its case does not matter (RFC 9110, section 14.1).
fn after_unit(value: &str, separator: char) -> Option<&str> {
    let (unit, rest) = value.trim_ascii().split_once(separator)?;
    unit.eq_ignore_ascii_case("bytes").then_some(rest)
}
