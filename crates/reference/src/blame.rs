//! Why a text is not a reference: the checks in the order that the field agrees on, without hurry.

use alloc::string::String;
use core::ops::Range;

use wharf_digest::Digest;

use crate::defaults::{is_hub, looks_like_host, max_path};
use crate::grammar::{self, LOWER, MAX_PATH, UPPER};
use crate::{ParseError, ParseErrorKind};

/// What is wrong with a text that the normalising parse does not accept.
#[cold]
pub(crate) fn normalising(text: &str) -> ParseError {
    if grammar::is_identifier(text.as_bytes()) {
        return ParseError::new(ParseErrorKind::HexIdentifier, 0);
    }
    let (host, rest) = split(text);
    check_case(text, rest)
        .and_then(|()| check_host(text, host))
        .and_then(|()| Layout::scan(text, rest, LOWER).map_err(|at| misfit(text, rest, at)))
        .and_then(|layout| {
            let official = (host.is_empty() || is_hub(host.as_bytes())) && !layout.path(text).contains('/');
            layout.judge(text, max_path(official))
        })
        .err()
        .unwrap_or(ParseError::format(text.len()))
}

/// The first component if it is to be a host, and where the rest starts.
fn split(text: &str) -> (&str, usize) {
    match text.split_once('/') {
        Some((first, _)) if looks_like_host(first.as_bytes()) || first.chars().any(is_upper) => {
            (first, first.len() + 1)
        }
        _ => ("", 0),
    }
}

/// No upper-case letter from `start` to the first colon.
fn check_case(text: &str, start: usize) -> Result<(), ParseError> {
    let rest = text.get(start..).unwrap_or_default();
    let name = rest.split(':').next().unwrap_or_default();
    match name.find(is_upper) {
        Some(at) => Err(ParseError::new(ParseErrorKind::NotLowercase, start + at)),
        None => Ok(()),
    }
}

/// Of any script, as the field has it, although no such text can be a reference.
fn is_upper(letter: char) -> bool {
    if letter.is_ascii() { letter.is_ascii_uppercase() } else { !letter.to_lowercase().eq([letter]) }
}

/// A component that looks like a host must be one. Where it is not, and the text in lower case would be a plain path,
/// its case is to blame.
fn check_host(text: &str, host: &str) -> Result<(), ParseError> {
    if host.is_empty() {
        return Ok(());
    }
    let at = match grammar::host(host.as_bytes(), 0) {
        Ok(end) if end == host.len() => return Ok(()),
        Ok(at) | Err(at) => at,
    };
    match host.find(is_upper) {
        Some(upper) if fits_in_lower_case(text) => Err(ParseError::new(ParseErrorKind::NotLowercase, upper)),
        _ => Err(ParseError::format(at)),
    }
}

/// What does not fit although its name is in lower case, is of bad form; but for the Kelvin sign, which is a `k` in
/// lower case, and which the field takes for one wherever it stands.
fn misfit(text: &str, start: usize, at: usize) -> ParseError {
    let lower = text.get(start..).filter(|rest| !rest.is_ascii()).map(str::to_lowercase);
    match lower.is_some_and(|lower| Layout::scan(&lower, 0, LOWER).is_ok()) {
        true => ParseError::new(ParseErrorKind::NotLowercase, at),
        false => ParseError::format(at),
    }
}

/// Whether a text that does not fit the grammar would do so in lower case.
pub(crate) fn fits_in_lower_case(text: &str) -> bool {
    if text.is_ascii() {
        return Layout::find(text, LOWER | UPPER).is_ok();
    }
    let lower: String = text.to_lowercase();
    lower.is_ascii() && Layout::find(&lower, LOWER).is_ok()
}

/// Where the parts are in a text that fits the grammar.
pub(crate) struct Layout {
    pub(crate) path: Range<usize>,
    pub(crate) tag: Option<Range<usize>>,
    pub(crate) digest: Option<Range<usize>>,
}

impl Layout {
    /// With a host where the first component can be one; else the first offending offset.
    pub(crate) fn find(text: &str, letters: u8) -> Result<Self, usize> {
        let bytes = text.as_bytes();
        match grammar::host(bytes, 0) {
            Ok(end) if bytes.get(end) == Some(&b'/') => Self::scan(text, end + 1, letters),
            // Where neither can be, the one that goes further is the one that was meant.
            host => Self::scan(text, 0, letters).map_err(|at| match host {
                Ok(end) | Err(end) => at.max(end),
            }),
        }
    }

    /// Path, tag and digest from `start` to the end of the text.
    fn scan(text: &str, start: usize, letters: u8) -> Result<Self, usize> {
        let bytes = text.as_bytes();
        let mut at = grammar::path(bytes, start, letters)?;
        let mut layout = Self { path: start..at, tag: None, digest: None };
        if bytes.get(at) == Some(&b':') {
            let end = grammar::tag(bytes, at + 1)?;
            layout.tag = Some(at + 1..end);
            at = end;
        }
        if bytes.get(at) == Some(&b'@') {
            let end = grammar::digest(bytes, at + 1)?;
            layout.digest = Some(at + 1..end);
            at = end;
        }
        if at == text.len() { Ok(layout) } else { Err(at) }
    }

    /// What the grammar does not say: the path's length, then the digest.
    fn judge(&self, text: &str, max_path: usize) -> Result<Option<Digest>, ParseError> {
        if self.path.len() > max_path {
            return Err(ParseError::new(ParseErrorKind::NameTooLong, self.path.start + max_path));
        }
        let Some(range) = self.digest.clone() else { return Ok(None) };
        let start = range.start;
        let digest = Digest::parse_registered(text.get(range).unwrap_or_default());
        digest.map(Some).map_err(|error| ParseError::digest(error, start))
    }

    /// The raw parse: no defaults, and an error for all that does not fit.
    pub(crate) fn raw(text: &str) -> Result<(Self, Option<Digest>), ParseError> {
        if text.is_empty() {
            return Err(ParseError::new(ParseErrorKind::Empty, 0));
        }
        let layout = Self::find(text, LOWER).map_err(|at| match fits_in_lower_case(text) {
            true => ParseError::new(ParseErrorKind::NotLowercase, first_upper(text)),
            false => ParseError::format(at),
        })?;
        let digest = layout.judge(text, MAX_PATH)?;
        Ok((layout, digest))
    }

    fn path<'a>(&self, text: &'a str) -> &'a str {
        text.get(self.path.clone()).unwrap_or_default()
    }
}

/// The first letter that must be in lower case: in the path, or wherever one is if there is no path to speak of.
fn first_upper(text: &str) -> usize {
    let start = Layout::find(text, LOWER | UPPER).map_or(0, |layout| layout.path.start);
    text.get(start..).and_then(|path| path.find(is_upper)).map_or(start, |at| start + at)
}
