use core::fmt;
use core::str::FromStr;

use wharf_digest::Digest;

use crate::{ParseError, Tag};

/// Which manifest of a repository: the one a tag points to, or the one with a digest (distribution-spec, `<reference>`).
///
/// ```
/// use wharf_reference::{Tag, TagOrDigest};
///
/// assert_eq!(TagOrDigest::parse("latest").unwrap(), TagOrDigest::Tag(Tag::LATEST));
/// assert!(TagOrDigest::parse("sha256:short").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(clippy::exhaustive_enums, reason = "the specification knows these two and no other")]
pub enum TagOrDigest {
    /// By name: what it points to can change.
    Tag(Tag),
    /// By identity.
    Digest(Digest),
}

impl TagOrDigest {
    /// Reads a digest if there is a colon, else a tag.
    ///
    /// # Errors
    /// Those of [`Tag::parse`], or the `Digest` kinds.
    ///
    /// ```
    /// # use wharf_reference::TagOrDigest;
    /// assert!(matches!(TagOrDigest::parse("1.0"), Ok(TagOrDigest::Tag(_))));
    /// ```
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        if text.contains(':') {
            Digest::parse(text).map(Self::Digest).map_err(|error| ParseError::digest(error, 0))
        } else {
            Tag::parse(text).map(Self::Tag)
        }
    }
}

impl fmt::Display for TagOrDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tag(tag) => tag.fmt(f),
            Self::Digest(digest) => digest.fmt(f),
        }
    }
}

impl FromStr for TagOrDigest {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        Self::parse(text)
    }
}

impl From<Tag> for TagOrDigest {
    fn from(tag: Tag) -> Self {
        Self::Tag(tag)
    }
}

impl From<Digest> for TagOrDigest {
    fn from(digest: Digest) -> Self {
        Self::Digest(digest)
    }
}
