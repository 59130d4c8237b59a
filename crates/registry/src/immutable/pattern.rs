use std::fmt;
use std::str::FromStr;

use wharf_reference::{Pattern, PatternError, Repository, Tag};

/// A pattern for tags, in all repositories or in some: `v*`, `release/*:v*`, `!release/*:latest`.
///
/// ```text
/// pattern = [ "!" ] [ repositories ":" ] tags
/// ```
///
/// `!` makes it an exception. Both parts are written as in shells, as [`Pattern`] reads them, and must match the whole
/// of a name:
///
/// | part | matches |
/// |---|---|
/// | `*` | any number of characters, none of them `/` |
/// | `?` | one character that is not `/` |
/// | `[0-9]`, `[^a-c]` | one of these characters; one of the others |
/// | `\x`, any other | the character itself |
///
/// So `release/*` is every repository directly below `release`, and neither `release` nor `release/a/b`. Matching takes at
/// most the product of the lengths of the pattern and the name.
///
/// ```
/// use wharf_registry::{Repository, Tag, TagPattern, TagPatternErrorKind};
///
/// let pattern = TagPattern::parse("release/*:v[0-9]*").unwrap();
/// assert!(pattern.matches(&Repository::from_static("release/app"), &Tag::from_static("v1.0")));
/// assert!(!pattern.matches(&Repository::from_static("app"), &Tag::from_static("v1.0")));
/// assert_eq!(pattern.to_string(), "release/*:v[0-9]*");
///
/// let error = TagPattern::parse("release/*:").unwrap_err();
/// assert_eq!((error.kind(), error.at()), (TagPatternErrorKind::Empty, 10));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TagPattern {
    exception: bool,
    repositories: Option<Box<str>>,
    tags: Box<str>,
}

impl TagPattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// [`TagPatternErrorKind`], with the first offending byte.
    pub fn parse(text: &str) -> Result<Self, TagPatternError> {
        let rest = text.strip_prefix('!');
        let (exception, rest) = (rest.is_some(), rest.unwrap_or(text));
        let (repositories, tags) = match rest.rsplit_once(':') {
            Some((repositories, tags)) => (Some(part(repositories, text.len() - rest.len())?), tags),
            None => (None, rest),
        };
        Ok(Self { exception, repositories, tags: part(tags, text.len() - tags.len())? })
    }

    /// Whether it names an exception.
    #[must_use]
    pub const fn is_exception(&self) -> bool {
        self.exception
    }

    /// Whether it matches a tag in a repository; for an exception, whether the tag is one.
    #[must_use]
    pub fn matches(&self, repository: &Repository, tag: &Tag) -> bool {
        self.matches_repository(repository) && matches(&self.tags, tag.as_str())
    }

    fn matches_repository(&self, repository: &Repository) -> bool {
        self.repositories.as_deref().is_none_or(|pattern| matches(pattern, repository.as_str()))
    }
}

/// Whether a pattern matches the tag, and no exception does.
pub(super) fn selects(patterns: &[TagPattern], repository: &Repository, tag: &Tag) -> bool {
    let any =
        |exception| patterns.iter().any(|pattern| pattern.exception == exception && pattern.matches(repository, tag));
    any(false) && !any(true)
}

/// Whether a pattern can match a tag of the repository.
pub(super) fn may_select(patterns: &[TagPattern], repository: &Repository) -> bool {
    patterns.iter().any(|pattern| !pattern.exception && pattern.matches_repository(repository))
}

/// One part, which begins at `start`.
fn part(text: &str, start: usize) -> Result<Box<str>, TagPatternError> {
    if text.is_empty() {
        return Err(TagPatternError { kind: TagPatternErrorKind::Empty, at: start });
    }
    let broken = |error: PatternError| TagPatternError { kind: TagPatternErrorKind::Syntax, at: start + error.at() };
    Pattern::parse(text).map(|_| text.into()).map_err(broken)
}

/// Parts have been read before, so they can be read again.
fn matches(part: &str, text: &str) -> bool {
    Pattern::parse(part).is_ok_and(|pattern| pattern.matches(text))
}

impl fmt::Display for TagPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { exception, repositories, tags } = self;
        f.write_str(if *exception { "!" } else { "" })?;
        match repositories {
            Some(repositories) => write!(f, "{repositories}:{tags}"),
            None => f.write_str(tags),
        }
    }
}

impl FromStr for TagPattern {
    type Err = TagPatternError;

    fn from_str(text: &str) -> Result<Self, TagPatternError> {
        Self::parse(text)
    }
}

/// A text that is not a pattern for tags. It never holds the text itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TagPatternError {
    kind: TagPatternErrorKind,
    at: usize,
}

/// What is wrong with the text of a pattern for tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TagPatternErrorKind {
    /// There is nothing before or after the `:`, or nothing at all, so nothing can match.
    Empty,
    /// A `[` is not closed, or holds no range; or a `\` ends the part.
    Syntax,
}

impl TagPatternError {
    /// What is wrong.
    #[must_use]
    pub const fn kind(self) -> TagPatternErrorKind {
        self.kind
    }

    /// The offset in bytes of the first offending byte; where something is missing, of where it should be.
    #[must_use]
    pub const fn at(self) -> usize {
        self.at
    }
}

impl fmt::Display for TagPatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            TagPatternErrorKind::Empty => "a pattern for tags lacks a part",
            TagPatternErrorKind::Syntax => "not a pattern for tags",
        };
        write!(f, "{what} (at byte {})", self.at)
    }
}

impl std::error::Error for TagPatternError {}
