use std::error::Error;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::descriptor::null_is_default;

mod expand;
mod host;
mod matcher;
mod names;
mod normal;
mod selection;
mod specifier;
mod windows;

pub use matcher::{PlatformMatcher, PlatformRank};

/// What a manifest runs on, in Go's words (image-spec, "Image Index").
///
/// It is data as it was found: `x86_64` stays what somebody wrote, and `==` compares just that. To ask whether two
/// platforms are the same, [`Self::normalized`] them, or ask [`Self::matches`]; to ask what runs where, see
/// [`PlatformMatcher`]. [`Self::parse`] reads what people type, with the host's platform for what they leave out.
///
/// ```
/// use wharf_spec::Platform;
///
/// let wanted: Platform = "linux/aarch64".parse().unwrap();
/// assert_eq!(wanted.to_string(), "linux/arm64");
/// assert!(wanted.matches(&"linux/arm64/v8".parse().unwrap()));
/// assert!(!wanted.matches(&"linux/amd64".parse().unwrap()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Platform {
    /// The processor, such as `amd64` (`GOARCH`). Required; empty where a document lacks it.
    pub architecture: String,
    /// The operating system, such as `linux` (`GOOS`). Required; empty where a document lacks it.
    pub os: String,
    /// The version of the operating system, `10.0.20348.3328`. Only on Windows does it decide what runs where; Homebrew
    /// writes `macOS 15.1`, which matching ignores.
    #[serde(rename = "os.version", default, skip_serializing_if = "Option::is_none")]
    pub os_version: Option<String>,
    /// What the operating system must offer, as `win32k`. An image that needs less than is offered will do. Docker's lists
    /// have another member, `features`, about the processor: it stays in the bytes.
    #[serde(
        rename = "os.features",
        default,
        deserialize_with = "null_is_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub os_features: Vec<String>,
    /// The variant of the processor, such as `v7` of `arm`, `v8` of `arm64`, `v3` of `amd64`. Absent for the base: `v8` of
    /// `arm64`, the first level of `amd64`, and, by custom, `v7` of `arm`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
}

impl Platform {
    /// A platform without a variant, as given.
    ///
    /// ```
    /// # use wharf_spec::Platform;
    /// assert_eq!(Platform::new("linux", "s390x").to_string(), "linux/s390x");
    /// ```
    #[must_use]
    pub fn new(os: impl Into<String>, architecture: impl Into<String>) -> Self {
        Self {
            architecture: architecture.into(),
            os: os.into(),
            os_version: None,
            os_features: Vec::new(),
            variant: None,
        }
    }

    /// Whether a manifest for `candidate` is what was asked for and nothing else: see [`PlatformMatcher::exactly`].
    /// Which other platforms could run here is not considered.
    ///
    /// ```
    /// # use wharf_spec::Platform;
    /// let wanted = Platform::new("linux", "arm64");
    /// assert!(wanted.matches(&Platform::new("Linux", "aarch64")));
    /// assert!(!wanted.matches(&Platform::new("linux", "arm")));
    /// ```
    #[must_use]
    pub fn matches(&self, candidate: &Self) -> bool {
        PlatformMatcher::exactly(self).matches(candidate)
    }

    /// Whether this is what builders write on attestations: `unknown/unknown`, which runs nowhere.
    ///
    /// ```
    /// # use wharf_spec::Platform;
    /// assert!(Platform::new("unknown", "unknown").is_unknown());
    /// assert!(!Platform::new("linux", "unknown").is_unknown());
    /// ```
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.os == "unknown" && self.architecture == "unknown"
    }

    /// The platform as text with everything that it says, `os(version+feature)/architecture/variant`; [`fmt::Display`]
    /// leaves version and features out. It reads back, except for names that no specifier can have; what could drive a
    /// terminal in those is escaped.
    ///
    /// ```
    /// # use wharf_spec::Platform;
    /// let platform: Platform = "windows(10.0.17763+win32k)/amd64".parse().unwrap();
    /// assert_eq!(platform.to_string(), "windows/amd64");
    /// assert_eq!(platform.full(), "windows(10.0.17763+win32k)/amd64");
    /// ```
    #[must_use]
    pub fn full(&self) -> String {
        specifier::print(self)
    }

    /// Reads a specifier: `os`, `architecture`, `os/architecture` or `os/architecture/variant`, where the operating
    /// system may carry a version and features, as in `windows(10.0.17763+win32k)`. What is not said is the host's.
    /// Names become the usual ones; the variant stays visible as it was written, except where it says nothing.
    ///
    /// # Errors
    /// [`InvalidPlatform`], also when a lone word is neither an operating system nor a processor.
    ///
    /// ```
    /// # use wharf_spec::Platform;
    /// let host = Platform::new("linux", "amd64");
    /// assert_eq!(Platform::parse("aarch64", &host).unwrap().to_string(), "linux/arm64");
    /// assert_eq!(Platform::parse("windows", &host).unwrap().to_string(), "windows/amd64");
    /// assert!(Platform::parse("wharf", &host).is_err());
    /// ```
    pub fn parse(text: &str, host: &Self) -> Result<Self, InvalidPlatform> {
        specifier::parse(text, Some(host))
    }
}

/// The words of a platform come from whoever made the image, so what could drive a terminal is not printed as it is.
impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", printable(&self.os), printable(&self.architecture))?;
        match &self.variant {
            Some(variant) => write!(f, "/{}", printable(variant)),
            None => Ok(()),
        }
    }
}

fn printable(text: &str) -> impl fmt::Display {
    text.escape_default()
}

impl FromStr for Platform {
    type Err = InvalidPlatform;

    /// Reads a specifier that names both operating system and processor, and normalises it. It is for literals and for
    /// files, whose meaning should not depend on the machine that reads them.
    ///
    /// ```
    /// # use wharf_spec::Platform;
    /// assert_eq!("linux/arm/7".parse::<Platform>().unwrap().variant.as_deref(), Some("v7"));
    /// assert!("linux".parse::<Platform>().is_err(), "on which processor?");
    /// ```
    fn from_str(text: &str) -> Result<Self, InvalidPlatform> {
        specifier::parse(text, None).map(|platform| platform.normalized())
    }
}

/// A text that is not a platform specifier. It never holds the text.
///
/// ```
/// use wharf_spec::{InvalidPlatformKind, Platform};
///
/// let error = "linux/*".parse::<Platform>().unwrap_err();
/// assert_eq!((error.kind(), error.at()), (InvalidPlatformKind::Wildcard, 6));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidPlatform {
    kind: InvalidPlatformKind,
    at: usize,
}

/// What is wrong with a platform specifier.
///
/// ```
/// use wharf_spec::{InvalidPlatformKind as Kind, Platform};
///
/// let host = Platform::new("linux", "amd64");
/// for (text, kind) in [
///     ("", Kind::Format),
///     ("linux/arm/v7/x", Kind::Format),
///     ("windows(10.0.17763/amd64", Kind::Format),
///     ("linux/*", Kind::Wildcard),
///     ("armv7", Kind::Unknown),
/// ] {
///     assert_eq!(Platform::parse(text, &host).unwrap_err().kind(), kind, "{text}");
/// }
/// assert!(Platform::parse("foo/bar", &host).is_ok(), "two words are taken as they are");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidPlatformKind {
    /// It breaks the grammar: an empty part, a fourth part, a blank, parentheses that do not close or stand elsewhere.
    Format,
    /// It holds a `*`, which means nothing here: [`PlatformMatcher::any_architecture`] is for those who take any processor.
    Wildcard,
    /// It is one word that names neither an operating system nor a processor, or there is no host to complete it.
    Unknown,
}

impl InvalidPlatform {
    pub(crate) const fn new(kind: InvalidPlatformKind, at: usize) -> Self {
        Self { kind, at }
    }

    /// What is wrong.
    ///
    /// ```
    /// # use wharf_spec::{InvalidPlatformKind, Platform};
    /// let error = "linux".parse::<Platform>().unwrap_err();
    /// assert_eq!(error.kind(), InvalidPlatformKind::Unknown);
    /// ```
    #[must_use]
    pub const fn kind(self) -> InvalidPlatformKind {
        self.kind
    }

    /// Where the part that is wrong begins, as an offset in bytes.
    ///
    /// ```
    /// # use wharf_spec::Platform;
    /// assert_eq!("linux/arm v7".parse::<Platform>().unwrap_err().at(), 9);
    /// ```
    #[must_use]
    pub const fn at(self) -> usize {
        self.at
    }
}

impl fmt::Display for InvalidPlatform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            InvalidPlatformKind::Format => "a platform is written os/architecture or os/architecture/variant",
            InvalidPlatformKind::Wildcard => "a platform has no wildcards",
            InvalidPlatformKind::Unknown => "neither an operating system nor a processor that is known",
        })?;
        write!(f, " (at byte {})", self.at)
    }
}

impl Error for InvalidPlatform {}
