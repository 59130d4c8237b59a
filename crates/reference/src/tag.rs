use crate::text::{Text, text_type};
use crate::{ParseError, grammar};

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
}
