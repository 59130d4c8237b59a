use crate::text::{Text, text_type};
use crate::{ParseError, ParseErrorKind, grammar};

/// A repository's path within its registry (distribution-spec, `<name>`): `library/ubuntu`. At most 255 bytes.
///
/// ```
/// use wharf_reference::Repository;
///
/// const TOOLS: Repository = Repository::from_static("team/tools");
/// assert_eq!(TOOLS, Repository::parse("team/tools").unwrap());
/// assert!(Repository::parse("team/../tools").is_err());
/// ```
#[derive(Clone)]
pub struct Repository(pub(crate) Text);

text_type!(Repository);

impl Repository {
    /// Reads a repository path.
    ///
    /// # Errors
    /// [`NotLowercase`](ParseErrorKind::NotLowercase), [`NameTooLong`](ParseErrorKind::NameTooLong) or
    /// [`InvalidFormat`](ParseErrorKind::InvalidFormat), with the first offending byte.
    ///
    /// ```
    /// # use wharf_reference::{ParseErrorKind, Repository};
    /// assert_eq!(Repository::parse("Team").unwrap_err().kind(), ParseErrorKind::NotLowercase);
    /// ```
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        if let Err(error) = grammar::whole(text, grammar::path) {
            let lower = text.to_ascii_lowercase();
            let fits_lower = lower != text && grammar::whole(&lower, grammar::path).is_ok();
            return Err(if fits_lower { ParseError::new(ParseErrorKind::NotLowercase, error.at()) } else { error });
        }
        match text.len() > grammar::MAX_PATH {
            true => Err(ParseError::new(ParseErrorKind::NameTooLong, grammar::MAX_PATH)),
            false => Ok(Self(Text::new(text))),
        }
    }

    /// A repository from a literal. For constants in programs; anything else is parsed.
    ///
    /// # Panics
    /// When the literal is not a repository path.
    ///
    /// ```
    /// # use wharf_reference::Repository;
    /// assert_eq!(Repository::from_static("a/b").as_str(), "a/b");
    /// ```
    #[must_use]
    #[allow(clippy::panic, reason = "for literals")]
    pub const fn from_static(text: &'static str) -> Self {
        match const_check::path(text.as_bytes()) {
            true => Self(Text::Static(text)),
            false => panic!("not a repository path"),
        }
    }
}

/// What of the grammar is needed for literals, in the part of the language that runs when compiled. It is stricter than
/// the grammar (separators are single) so that it can be short.
mod const_check {
    pub(super) const fn path(text: &[u8]) -> bool {
        if text.is_empty() || text.len() > super::grammar::MAX_PATH {
            return false;
        }
        let mut rest = text;
        let mut after_word = false;
        while let Some((byte, others)) = rest.split_first() {
            after_word = match byte {
                b'a'..=b'z' | b'0'..=b'9' => true,
                b'.' | b'_' | b'-' | b'/' if after_word => false,
                _ => return false,
            };
            rest = others;
        }
        after_word
    }
}
