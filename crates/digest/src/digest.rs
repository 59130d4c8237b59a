use alloc::boxed::Box;
use core::cmp::Ordering;
use core::fmt;
use core::str::FromStr;

use crate::encoded::Text;
use crate::parse::{self, Parts};
use crate::{Algorithm, Encoded, ParseError, ParseErrorKind};

/// The identity of content: `algorithm ":" encoded` (image-spec, "Digests").
///
/// A digest of a registered algorithm holds the hash itself and no heap memory; one of an unregistered but grammatical
/// algorithm is kept as text, can be compared and printed, and refuses to verify anything. It is `Clone` and not
/// `Copy`, because of that text and because 72 bytes should not be copied unseen.
///
/// Ordered as the texts are.
///
/// ```
/// use wharf_digest::{Algorithm, Digest};
///
/// const EMPTY_JSON: Digest =
///     Digest::from_static("sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
/// assert_eq!(EMPTY_JSON, Digest::of(b"{}"));
/// assert_eq!(EMPTY_JSON.algorithm(), Algorithm::SHA256);
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Digest(Repr);

#[derive(Clone, PartialEq, Eq, Hash)]
enum Repr {
    Sha256([u8; 32]),
    Sha512([u8; 64]),
    Unknown(Box<str>),
}

impl Digest {
    /// Reads the canonical text of a digest; unregistered algorithms are accepted as data.
    ///
    /// # Errors
    /// [`ParseErrorKind::Format`] or [`ParseErrorKind::Length`], with the offset of the first offending byte.
    ///
    /// ```
    /// # use wharf_digest::Digest;
    /// assert!(Digest::parse("sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a").is_ok());
    /// assert!(Digest::parse("sha256:../../etc/passwd").is_err());
    /// ```
    #[inline]
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        match parse::parts(text.as_bytes())? {
            Parts::Sha256(hash) => Ok(Self::from_sha256(hash)),
            Parts::Sha512(hash) => Ok(Self::from_sha512(hash)),
            Parts::Unknown => Ok(Self(Repr::Unknown(text.into()))),
        }
    }

    /// Like [`parse`](Self::parse), and refuses algorithms that cannot be verified.
    ///
    /// # Errors
    /// Those of `parse`, and [`ParseErrorKind::Unsupported`].
    ///
    /// ```
    /// # use wharf_digest::{Digest, ParseErrorKind};
    /// let error = Digest::parse_registered("md5:d41d8cd98f00b204e9800998ecf8427e").unwrap_err();
    /// assert_eq!(error.kind(), ParseErrorKind::Unsupported);
    /// ```
    pub fn parse_registered(text: &str) -> Result<Self, ParseError> {
        match parse::parts(text.as_bytes())? {
            Parts::Sha256(hash) => Ok(Self::from_sha256(hash)),
            Parts::Sha512(hash) => Ok(Self::from_sha512(hash)),
            Parts::Unknown => Err(ParseError::new(ParseErrorKind::Unsupported, 0)),
        }
    }

    /// A digest from a literal; a literal that is none, or is of an unregistered algorithm, fails to compile when this
    /// is used in a constant.
    ///
    /// # Panics
    /// When called at run time with such a text.
    ///
    /// ```compile_fail
    /// const WRONG: wharf_digest::Digest = wharf_digest::Digest::from_static("sha256:123");
    /// ```
    #[must_use]
    #[allow(clippy::panic, reason = "for literals, checked when compiled")]
    pub const fn from_static(text: &'static str) -> Self {
        match parse::parts(text.as_bytes()) {
            Ok(Parts::Sha256(bytes)) => Self::from_sha256(bytes),
            Ok(Parts::Sha512(bytes)) => Self::from_sha512(bytes),
            _ => panic!("not the text of a sha256 or sha512 digest"),
        }
    }

    /// The digest whose SHA-256 hash this is.
    ///
    /// ```
    /// # use wharf_digest::Digest;
    /// assert!(Digest::from_sha256([0; 32]).to_string().starts_with("sha256:0000"));
    /// ```
    #[must_use]
    pub const fn from_sha256(hash: [u8; 32]) -> Self {
        Self(Repr::Sha256(hash))
    }

    /// The digest whose SHA-512 hash this is.
    ///
    /// ```
    /// # use wharf_digest::Digest;
    /// assert!(Digest::from_sha512([0xff; 64]).to_string().ends_with("ffff"));
    /// ```
    #[must_use]
    pub const fn from_sha512(hash: [u8; 64]) -> Self {
        Self(Repr::Sha512(hash))
    }

    /// The algorithm before the colon.
    ///
    /// ```
    /// # use wharf_digest::{Algorithm, Digest};
    /// assert_eq!(Digest::of(b"").algorithm(), Algorithm::SHA256);
    /// ```
    #[must_use]
    pub fn algorithm(&self) -> Algorithm<'_> {
        match &self.0 {
            Repr::Sha256(_) => Algorithm::SHA256,
            Repr::Sha512(_) => Algorithm::SHA512,
            Repr::Unknown(text) => Algorithm::new(split(text).0),
        }
    }

    /// The part after the colon, to be printed: lower-case hexadecimal for the registered algorithms.
    ///
    /// ```
    /// # use wharf_digest::Digest;
    /// let digest = Digest::of(b"{}");
    /// let path = format!("blobs/{}/{}", digest.algorithm(), digest.encoded());
    /// assert_eq!(path, "blobs/sha256/44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
    /// ```
    #[must_use]
    pub fn encoded(&self) -> Encoded<'_> {
        match &self.0 {
            Repr::Sha256(hash) => Encoded::hash(hash),
            Repr::Sha512(hash) => Encoded::hash(hash),
            Repr::Unknown(text) => Encoded::text(split(text).1),
        }
    }
}

impl Digest {
    /// The bytes up to and with the colon, as they decide the order of texts: `a.b:` is before `a:`.
    fn algorithm_text(&self) -> impl Iterator<Item = u8> {
        self.algorithm().as_str().bytes().chain([b':'])
    }
}

/// The two sides of the first colon; the parser has seen one.
fn split(text: &str) -> (&str, &str) {
    text.split_once(':').unwrap_or((text, ""))
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Sha256(hash) => f.pad(Text::of(b"sha256:", hash).as_str()),
            Repr::Sha512(hash) => f.pad(Text::of(b"sha512:", hash).as_str()),
            Repr::Unknown(text) => f.pad(text),
        }
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

impl FromStr for Digest {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        Self::parse(text)
    }
}

impl TryFrom<&str> for Digest {
    type Error = ParseError;

    fn try_from(text: &str) -> Result<Self, ParseError> {
        Self::parse(text)
    }
}

impl Ord for Digest {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            (Repr::Sha256(one), Repr::Sha256(two)) => one.cmp(two),
            (Repr::Sha512(one), Repr::Sha512(two)) => one.cmp(two),
            _ => self.algorithm_text().cmp(other.algorithm_text()).then_with(|| self.encoded().cmp(&other.encoded())),
        }
    }
}

impl PartialOrd for Digest {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
