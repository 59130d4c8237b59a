use alloc::format;

use wharf_digest::Digest;

use crate::text::{Text, text_type};
use crate::{ParseError, grammar};

/// How much of an algorithm's name a fallback tag has.
const FALLBACK_ALGORITHM: usize = 32;
/// How much of a digest's encoded part a fallback tag has.
const FALLBACK_ENCODED: usize = 64;

/// A tag: a movable name for a manifest in a repository. 1 to 128 bytes.
///
/// ```
/// use wharf_reference::Tag;
///
/// assert_eq!(Tag::parse("v1.2_rc-3").unwrap().as_str(), "v1.2_rc-3");
/// assert!(Tag::parse("..").is_err());
/// assert_eq!(Tag::LATEST.as_str(), "latest");
/// ```
#[derive(Clone)]
pub struct Tag(pub(crate) Text);

text_type!(Tag);

impl Tag {
    /// The tag that is meant where none is written.
    pub const LATEST: Self = Self(Text::Static("latest"));

    /// Reads a tag.
    ///
    /// # Errors
    /// [`InvalidFormat`](crate::ParseErrorKind::InvalidFormat) with the first offending byte.
    ///
    /// ```
    /// # use wharf_reference::Tag;
    /// assert!(Tag::parse("1.0").is_ok());
    /// assert!(Tag::parse("-1").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        grammar::whole(text, grammar::tag)?;
        Ok(Self(Text::new(text)))
    }

    /// A tag from a literal; one that is none fails to compile when this is used in a constant.
    ///
    /// # Panics
    /// When called at run time with such a text.
    ///
    /// ```
    /// # use wharf_reference::Tag;
    /// const EDGE: Tag = Tag::from_static("edge");
    /// assert_eq!(EDGE.as_str(), "edge");
    /// ```
    #[must_use]
    #[allow(clippy::panic, reason = "for literals")]
    pub const fn from_static(text: &'static str) -> Self {
        match grammar::tag(text.as_bytes(), 0) {
            Ok(end) if end == text.len() => Self(Text::Static(text)),
            _ => panic!("not a tag"),
        }
    }

    /// The tag under which the referrers of a manifest are listed where a registry has no API for them
    /// (distribution-spec, "Referrers Tag Schema"): the algorithm cut to 32 bytes, `-`, the encoded part cut to 64, and
    /// `-` for every byte that a tag cannot have.
    ///
    /// ```
    /// # use wharf_reference::{Digest, Tag};
    /// let digest = Digest::parse("multihash+base58:QmRZxt2b=").unwrap();
    /// assert_eq!(Tag::referrers_fallback(&digest).as_str(), "multihash-base58-QmRZxt2b-");
    /// ```
    #[must_use]
    pub fn referrers_fallback(subject: &Digest) -> Self {
        let algorithm = subject.algorithm();
        let text = format!("{algorithm:.FALLBACK_ALGORITHM$}-{:.FALLBACK_ENCODED$}", subject.encoded());
        Self(Text::new(&text.replace(['+', '='], "-")))
    }
}
