use crate::grammar::{self, LOWER, UPPER};
use crate::text::{Text, text_type};
use crate::{ParseError, ParseErrorKind};

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
        grammar::whole(text, |text, start| grammar::path(text, start, LOWER)).map_err(|error| {
            let in_lower_case = grammar::whole(text, |text, start| grammar::path(text, start, LOWER | UPPER));
            match in_lower_case {
                Ok(()) => ParseError::new(ParseErrorKind::NotLowercase, error.at()),
                Err(_) => error,
            }
        })?;
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
        match grammar::path(text.as_bytes(), 0, LOWER) {
            Ok(end) if end == text.len() && end <= grammar::MAX_PATH => Self(Text::Static(text)),
            _ => panic!("not a repository path"),
        }
    }

    /// The path whose two pieces the caller has checked.
    pub(crate) fn join(prefix: &str, rest: &str) -> Self {
        Self(Text::new(&[prefix, rest].concat()))
    }
}
