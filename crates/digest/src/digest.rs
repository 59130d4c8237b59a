use alloc::boxed::Box;
use core::cmp::Ordering;
use core::fmt;
use core::str::FromStr;

use crate::parse::{self, Parts};
use crate::{Algorithm, Hasher, ParseError, ParseErrorKind, Unsupported};

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
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        match parse::parts(text.as_bytes())? {
            Parts::Sha256(bytes) => Ok(Self::from_sha256(bytes)),
            Parts::Sha512(bytes) => Ok(Self::from_sha512(bytes)),
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
        let digest = Self::parse(text)?;
        match digest.algorithm().is_registered() {
            true => Ok(digest),
            false => Err(ParseError::new(ParseErrorKind::Unsupported, 0)),
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

    /// The SHA-256 digest of `content`, the name under which everybody can find it.
    ///
    /// ```
    /// # use wharf_digest::Digest;
    /// let digest = Digest::of(b"{}");
    /// assert!(digest.to_string().starts_with("sha256:44136fa3"));
    /// ```
    #[must_use]
    pub fn of(content: &[u8]) -> Self {
        let mut hasher = Hasher::sha256();
        hasher.update(content);
        hasher.finish()
    }

    /// Whether `content` has this digest.
    ///
    /// # Errors
    /// [`Unsupported`] when the algorithm cannot be computed.
    ///
    /// ```
    /// # use wharf_digest::Digest;
    /// assert!(Digest::of(b"a").matches(b"a").unwrap());
    /// assert!(!Digest::of(b"a").matches(b"b").unwrap());
    /// ```
    pub fn matches(&self, content: &[u8]) -> Result<bool, Unsupported> {
        let mut hasher = Hasher::new(self.algorithm())?;
        hasher.update(content);
        Ok(hasher.finish() == *self)
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
        Encoded(match &self.0 {
            Repr::Sha256(hash) => EncodedRepr::Hash(hash),
            Repr::Sha512(hash) => EncodedRepr::Hash(hash),
            Repr::Unknown(text) => EncodedRepr::Text(split(text).1),
        })
    }
}

/// The two sides of the first colon; the parser has seen one.
fn split(text: &str) -> (&str, &str) {
    text.split_once(':').unwrap_or((text, ""))
}

/// The encoded part of a digest; see [`Digest::encoded`].
///
/// ```
/// # use wharf_digest::Digest;
/// assert_eq!(Digest::of(b"").encoded().to_string().len(), 64);
/// ```
#[derive(Clone, Copy)]
pub struct Encoded<'a>(EncodedRepr<'a>);

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum EncodedRepr<'a> {
    Hash(&'a [u8]),
    Text(&'a str),
}

impl fmt::Display for Encoded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            EncodedRepr::Text(text) => f.write_str(text),
            EncodedRepr::Hash(hash) => write_hex(f, hash),
        }
    }
}

/// One write for the whole, so that printing costs no more than copying.
fn write_hex(f: &mut fmt::Formatter<'_>, hash: &[u8]) -> fmt::Result {
    const DIGITS: [u8; 16] = *b"0123456789abcdef";
    let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied().unwrap_or(b'?');
    let mut text = [0; 128];
    for (pair, byte) in text.chunks_exact_mut(2).zip(hash) {
        pair.copy_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
    }
    let text = text.get(..2 * hash.len()).unwrap_or(&text);
    f.write_str(core::str::from_utf8(text).map_err(|_| fmt::Error)?)
}

impl fmt::Debug for Encoded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Unknown(text) => f.write_str(text),
            _ => write!(f, "{}:{}", self.algorithm(), self.encoded()),
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
        // The colon belongs to the order: `a:` is greater than `a+b:`, and `a` is less than `a+b`.
        let (ours, theirs) = (self.algorithm().as_str(), other.algorithm().as_str());
        let names = ours.bytes().chain([b':']).cmp(theirs.bytes().chain([b':']));
        names.then_with(|| self.encoded().0.cmp(&other.encoded().0))
    }
}

impl PartialOrd for Digest {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
