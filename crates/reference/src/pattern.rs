//! Shell-style patterns, as Go's `path.Match` reads them.

use alloc::string::ToString;
use core::fmt;

use crate::Familiar;

/// A pattern for the short forms of references, as shells have them. It must match the whole of a text:
///
/// ```text
/// *        any number of bytes, none of them /
/// ?        one character that is not /
/// [a-c]    one of these characters; [^a-c] one of the others; / can be among either
/// \x       the character x
/// ```
///
/// Matching takes at most the product of the two lengths, and does not recurse.
///
/// ```
/// use wharf_reference::Pattern;
///
/// let pattern = Pattern::parse("team/app-[0-9]?").unwrap();
/// assert!(pattern.matches("team/app-12"));
/// assert!(!pattern.matches("team/app-x2"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Pattern<'a>(&'a str);

impl<'a> Pattern<'a> {
    /// Reads a pattern.
    ///
    /// # Errors
    /// [`PatternError`] when a `[` is not closed, holds nothing, or holds a range without an end; or when a `\` ends the
    /// pattern.
    ///
    /// ```
    /// # use wharf_reference::Pattern;
    /// assert!(Pattern::parse("*/app").is_ok());
    /// assert_eq!(Pattern::parse("app[").unwrap_err().at(), 4);
    /// ```
    pub fn parse(text: &'a str) -> Result<Self, PatternError> {
        let mut rest = text;
        while let Some((_, after)) = item(rest).map_err(|left| PatternError { at: text.len() - left })? {
            rest = after;
        }
        Ok(Self(text))
    }

    /// Whether the pattern matches the whole of a text.
    ///
    /// ```
    /// # use wharf_reference::Pattern;
    /// assert!(Pattern::parse("*bar").unwrap().matches("foobar"));
    /// assert!(!Pattern::parse("*bar").unwrap().matches("foo/bar"));
    /// ```
    #[must_use]
    pub fn matches(self, text: &str) -> bool {
        let mut now = Place { pattern: self.0, text };
        // Behind the last star, and the text that it has not taken yet. An earlier star never needs to take more: what
        // follows it has been found as early as it can be.
        let mut star: Option<Place<'_>> = None;
        loop {
            match now.step() {
                Step::Matched => return true,
                Step::On(next) => now = next,
                Step::Star(next) => {
                    star = Some(next);
                    now = next;
                }
                Step::Failed => match star.and_then(Place::take_one_more) {
                    Some(next) => {
                        star = Some(next);
                        now = next;
                    }
                    None => return false,
                },
            }
        }
    }

    pub(crate) fn matches_familiar(self, familiar: Familiar<'_>) -> bool {
        self.matches(&familiar.to_string()) || self.matches(&familiar.name().to_string())
    }
}

/// What is left of a pattern and of a text.
#[derive(Clone, Copy)]
struct Place<'a> {
    pattern: &'a str,
    text: &'a str,
}

enum Step<'a> {
    Matched,
    On(Place<'a>),
    Star(Place<'a>),
    Failed,
}

impl<'a> Place<'a> {
    fn step(self) -> Step<'a> {
        let mut text = self.text.chars();
        match item(self.pattern) {
            Ok(Some((Item::Star, pattern))) => Step::Star(Place { pattern, ..self }),
            Ok(Some((one, pattern))) if text.next().is_some_and(|found| one.fits(found)) => {
                Step::On(Place { pattern, text: text.as_str() })
            }
            Ok(None) if self.text.is_empty() => Step::Matched,
            _ => Step::Failed,
        }
    }

    fn take_one_more(self) -> Option<Self> {
        let mut text = self.text.chars();
        text.next().filter(|taken| *taken != '/').map(|_| Self { text: text.as_str(), ..self })
    }
}

/// One element of a pattern.
enum Item<'a> {
    Star,
    One,
    Literal(char),
    /// What is between the brackets.
    Class(&'a str),
}

impl Item<'_> {
    fn fits(&self, found: char) -> bool {
        match self {
            Self::Star => false,
            Self::One => found != '/',
            Self::Literal(literal) => *literal == found,
            Self::Class(class) => {
                let (negated, ranges) = negation(class);
                Ranges(ranges).any(|range| range.is_ok_and(|(low, high)| (low..=high).contains(&found))) != negated
            }
        }
    }
}

fn negation(class: &str) -> (bool, &str) {
    class.strip_prefix('^').map_or((false, class), |ranges| (true, ranges))
}

/// What is left of a text where it is wrong, in bytes.
type Left = usize;

/// The first element of a pattern and what follows it.
fn item(pattern: &str) -> Result<Option<(Item<'_>, &str)>, Left> {
    let mut chars = pattern.chars();
    Ok(Some(match chars.next() {
        None => return Ok(None),
        Some('*') => (Item::Star, chars.as_str()),
        Some('?') => (Item::One, chars.as_str()),
        Some('[') => return class(chars.as_str()).map(Some),
        Some('\\') => (Item::Literal(chars.next().ok_or(0_usize)?), chars.as_str()),
        Some(literal) => (Item::Literal(literal), chars.as_str()),
    }))
}

/// A class whose opening bracket has been read.
fn class(pattern: &str) -> Result<(Item<'_>, &str), Left> {
    let mut ranges = Ranges(negation(pattern).1);
    loop {
        ranges.next().unwrap_or(Err(0))?;
        if let Some(after) = ranges.0.strip_prefix(']') {
            let class = pattern.len() - ranges.0.len();
            return Ok((Item::Class(pattern.get(..class).unwrap_or_default()), after));
        }
    }
}

/// The ranges of a class, up to the end of the text.
struct Ranges<'a>(&'a str);

impl Ranges<'_> {
    fn end(&mut self) -> Result<char, Left> {
        let mut chars = self.0.chars();
        let end = match chars.next() {
            None | Some('-' | ']') => return Err(self.0.len()),
            Some('\\') => chars.next().ok_or(0_usize)?,
            Some(end) => end,
        };
        self.0 = chars.as_str();
        Ok(end)
    }

    fn range(&mut self) -> Result<(char, char), Left> {
        let low = self.end()?;
        match self.0.strip_prefix('-') {
            None => Ok((low, low)),
            Some(rest) => {
                self.0 = rest;
                self.end().map(|high| (low, high))
            }
        }
    }
}

impl Iterator for Ranges<'_> {
    type Item = Result<(char, char), Left>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() { None } else { Some(self.range()) }
    }
}

/// A text that is not a pattern. It never holds the text itself.
///
/// ```
/// # use wharf_reference::Pattern;
/// assert_eq!(Pattern::parse("a[]").unwrap_err().to_string(), "not a pattern (at byte 2)");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PatternError {
    at: usize,
}

impl PatternError {
    /// The offset in bytes of the first offending byte; the length of the text where something is missing at its end.
    ///
    /// ```
    /// # use wharf_reference::Pattern;
    /// assert_eq!(Pattern::parse("[a-]").unwrap_err().at(), 3);
    /// ```
    #[must_use]
    pub const fn at(self) -> usize {
        self.at
    }
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a pattern (at byte {})", self.at)
    }
}

impl core::error::Error for PatternError {}
