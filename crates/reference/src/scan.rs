//! The normalising parse over borrowed text: one pass, and the blame only where it fails.

use wharf_digest::Digest;

use crate::defaults::{HUB, is_hub, max_path};
use crate::grammar::{self, HOST_MARK, LOWER};
use crate::{ParseError, ParseErrorKind, blame};

/// Where the parts of a reference are in its text.
#[derive(Clone)]
pub(crate) struct Scan<'a> {
    /// The text up to the end of the tag, or of the path if there is no tag.
    pub(crate) text: &'a str,
    pub(crate) path_start: usize,
    pub(crate) path_end: usize,
    /// On Docker Hub, whether it says so or not.
    pub(crate) hub: bool,
    /// A single word on Docker Hub: `library/` belongs before it.
    pub(crate) official: bool,
    pub(crate) digest: Option<Digest>,
}

impl<'a> Scan<'a> {
    pub(crate) fn new(text: &'a str) -> Result<Self, ParseError> {
        Self::accept(text).ok_or_else(|| blame::normalising(text))
    }

    /// The same for texts that are canonical already; the error lies where the canonical form has something else or more.
    pub(crate) fn strict(text: &'a str) -> Result<Self, ParseError> {
        let scan = Self::new(text)?;
        match scan.written_host() == scan.host() {
            false => Err(ParseError::new(ParseErrorKind::NotCanonical, 0)),
            true if scan.official => Err(ParseError::new(ParseErrorKind::NotCanonical, scan.path_start)),
            true => Ok(scan),
        }
    }

    fn accept(text: &'a str) -> Option<Self> {
        let bytes = text.as_bytes();
        if grammar::is_identifier(bytes) {
            return None;
        }
        let (path_start, hub) = split(bytes)?;
        let first = grammar::component(bytes, path_start, LOWER).ok()?;
        let single = bytes.get(first) != Some(&b'/');
        let path_end = if single { first } else { grammar::path(bytes, first + 1, LOWER).ok()? };
        let official = hub && single;
        if path_end - path_start > max_path(official) {
            return None;
        }
        let (tag_end, digest) = suffix(text, path_end)?;
        Some(Self { text: text.get(..tag_end)?, path_start, path_end, hub, official, digest })
    }

    /// The path as it was written.
    pub(crate) fn path(&self) -> &'a str {
        self.text.get(self.path_start..self.path_end).unwrap_or_default()
    }

    pub(crate) fn tag(&self) -> Option<&'a str> {
        self.text.get(self.path_end + 1..)
    }

    /// The host as it is meant.
    pub(crate) fn host(&self) -> &'a str {
        if self.hub { HUB } else { self.written_host() }
    }

    /// The host as it was written, or nothing.
    fn written_host(&self) -> &'a str {
        self.path_start.checked_sub(1).and_then(|end| self.text.get(..end)).unwrap_or_default()
    }
}

/// Where the path starts, and whether it is on Docker Hub. A text without a `/` before a digest has no host, and if one
/// comes later the digest is none.
fn split(text: &[u8]) -> Option<(usize, bool)> {
    let mut classes = 0;
    let end = text.iter().position(|byte| {
        classes |= grammar::class(*byte);
        matches!(byte, b'/' | b'@')
    });
    match end.and_then(|end| text.split_at_checked(end)) {
        Some((first, [b'/', ..])) if classes & HOST_MARK != 0 || first == b"localhost" => {
            (grammar::host(text, 0) == Ok(first.len())).then_some((first.len() + 1, is_hub(first)))
        }
        _ => Some((0, true)),
    }
}

/// The end of the tag, if there is one, and the digest, which ends the text.
fn suffix(text: &str, path_end: usize) -> Option<(usize, Option<Digest>)> {
    let bytes = text.as_bytes();
    let tag_end = match bytes.get(path_end) {
        Some(b':') => grammar::tag(bytes, path_end + 1).ok()?,
        _ => path_end,
    };
    match bytes.get(tag_end) {
        None => Some((tag_end, None)),
        Some(b'@') => Some((tag_end, Some(Digest::parse_registered(text.get(tag_end + 1..)?).ok()?))),
        Some(_) => None,
    }
}
