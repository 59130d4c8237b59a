use alloc::boxed::Box;
use core::cmp::Ordering;
use core::fmt;
use core::str::FromStr;

use wharf_digest::Digest;

use crate::print::Parts;
use crate::{ParseError, Reference, grammar};

/// What tools take as the name of an image: a reference, or a digest alone, which says in no way where the image is.
///
/// Ordered as lists of images are: references with tag and digest, then with a tag, with a digest, with neither, then
/// digests alone, and each of these by its text.
///
/// ```
/// use wharf_reference::AnyReference;
///
/// let identifier = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
/// let image = AnyReference::parse(identifier).unwrap();
/// assert_eq!(image.to_string(), format!("sha256:{identifier}"));
/// assert!(matches!(AnyReference::parse("ubuntu").unwrap(), AnyReference::Named(_)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "the field knows these two and no other")]
pub enum AnyReference {
    /// A repository, perhaps with a tag or a digest.
    Named(Reference),
    /// A digest, of whatever repository.
    Digest(Digest),
}

impl AnyReference {
    /// Reads 64 hexadecimal digits as a SHA-256 digest, a digest as a digest, and all else as [`Reference::parse`] does.
    ///
    /// # Errors
    /// Those of `Reference::parse`.
    ///
    /// ```
    /// # use wharf_reference::AnyReference;
    /// // The digest of an unregistered algorithm is a repository and a tag.
    /// assert_eq!(AnyReference::parse("foo:bar").unwrap().to_string(), "docker.io/library/foo:bar");
    /// ```
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let digest = match grammar::is_identifier(text.as_bytes()) {
            true => Digest::parse_registered(&["sha256:", text].concat()),
            false => Digest::parse_registered(text),
        };
        match digest {
            Ok(digest) => Ok(Self::Digest(digest)),
            Err(_) => Reference::parse(text).map(Self::Named),
        }
    }
}

impl fmt::Display for AnyReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(reference) => reference.fmt(f),
            Self::Digest(digest) => digest.fmt(f),
        }
    }
}

impl FromStr for AnyReference {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        Self::parse(text)
    }
}

impl From<Reference> for AnyReference {
    fn from(reference: Reference) -> Self {
        Self::Named(reference)
    }
}

impl From<Digest> for AnyReference {
    fn from(digest: Digest) -> Self {
        Self::Digest(digest)
    }
}

impl Ord for AnyReference {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Named(one), Self::Named(two)) => compare(&one.parts(), &two.parts()),
            (Self::Named(_), Self::Digest(_)) => Ordering::Less,
            (Self::Digest(_), Self::Named(_)) => Ordering::Greater,
            (Self::Digest(one), Self::Digest(two)) => one.cmp(two),
        }
    }
}

impl PartialOrd for AnyReference {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Two with the same parts have the same separators at the same places, so that the texts need not be made.
fn compare(one: &Parts<'_>, two: &Parts<'_>) -> Ordering {
    rank(one).cmp(&rank(two)).then_with(|| text(one).cmp(text(two))).then_with(|| one.digest.cmp(&two.digest))
}

const fn rank(parts: &Parts<'_>) -> u8 {
    match (parts.tag, parts.digest) {
        (Some(_), Some(_)) => 0,
        (Some(_), None) => 1,
        (None, Some(_)) => 2,
        (None, None) => 3,
    }
}

/// The printed text up to the digest, and the `@` before it, which decides where one name starts with the other.
fn text<'a>(parts: &Parts<'a>) -> impl Iterator<Item = u8> + use<'a> {
    let tag = parts.tag.into_iter().flat_map(|tag| [":", tag]);
    let end = parts.digest.map(|_| "@");
    let pieces = [parts.host, "/", parts.prefix, parts.path].into_iter().chain(tag).chain(end);
    pieces.flat_map(str::bytes)
}

/// Sorts texts as lists of images are: in the order of [`AnyReference`], and at the end, by text, what is none.
///
/// ```
/// let mut images = ["ubuntu", "a b", "alpine:3", "busybox:1"];
/// wharf_reference::sort(&mut images);
/// assert_eq!(images, ["alpine:3", "busybox:1", "ubuntu", "a b"]);
/// ```
pub fn sort<T: AsRef<str>>(texts: &mut [T]) {
    texts.sort_by_cached_key(|text| match AnyReference::parse(text.as_ref()) {
        Ok(reference) => Key::Known(reference),
        Err(_) => Key::Unknown(text.as_ref().into()),
    });
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Known(AnyReference),
    Unknown(Box<str>),
}
