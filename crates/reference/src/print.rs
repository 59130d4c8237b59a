//! How references are written: in full, and as people write them.

use core::fmt;

use wharf_digest::Digest;

use crate::defaults::{HUB, OFFICIAL, looks_like_host};
use crate::grammar;

/// The parts of a reference, wherever they are kept.
#[derive(Clone, Copy)]
pub(crate) struct Parts<'a> {
    pub(crate) host: &'a str,
    /// The path's start, if it is not in `path`.
    pub(crate) prefix: &'static str,
    pub(crate) path: &'a str,
    pub(crate) tag: Option<&'a str>,
    pub(crate) digest: Option<&'a Digest>,
}

impl<'a> Parts<'a> {
    /// `host/path[:tag][@digest]`
    pub(crate) fn canonical(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for piece in [self.host, "/", self.prefix, self.path] {
            f.write_str(piece)?;
        }
        self.suffix(f)
    }

    fn familiar(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host != HUB || self.host_would_be_another() {
            return self.canonical(f);
        }
        match self.official() {
            Some(word) => f.write_str(word)?,
            None => {
                f.write_str(self.prefix)?;
                f.write_str(self.path)?;
            }
        }
        self.suffix(f)
    }

    fn suffix(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(tag) = self.tag {
            f.write_str(":")?;
            f.write_str(tag)?;
        }
        match self.digest {
            Some(digest) => {
                f.write_str("@")?;
                fmt::Display::fmt(digest, f)
            }
            None => Ok(()),
        }
    }

    /// Without its host the path would start with one.
    fn host_would_be_another(&self) -> bool {
        let path = self.path.split_once('/').filter(|_| self.prefix.is_empty());
        path.is_some_and(|(first, _)| looks_like_host(first.as_bytes()))
    }

    /// The single word that stands for the path, unless it would be read as an identifier.
    fn official(&self) -> Option<&'a str> {
        let word = if self.prefix.is_empty() { self.path.strip_prefix(OFFICIAL)? } else { self.path };
        let is_identifier = self.tag.is_none() && self.digest.is_none() && grammar::is_identifier(word.as_bytes());
        Some(word).filter(|word| !is_identifier && !word.contains('/'))
    }
}

/// The short form of a reference; see [`Reference::familiar`](crate::Reference::familiar).
///
/// ```
/// # use wharf_reference::Reference;
/// assert_eq!(format!("{}", Reference::parse("ubuntu").unwrap().familiar()), "ubuntu");
/// ```
#[derive(Clone, Copy)]
pub struct Familiar<'a>(pub(crate) Parts<'a>);

impl<'a> Familiar<'a> {
    /// The same without tag and digest.
    ///
    /// ```
    /// # use wharf_reference::Reference;
    /// assert_eq!(Reference::parse("docker.io/a/b:1").unwrap().familiar().name().to_string(), "a/b");
    /// ```
    #[must_use]
    pub const fn name(self) -> Self {
        Self(Parts { tag: None, digest: None, ..self.0 })
    }
}

impl fmt::Display for Familiar<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.familiar(f)
    }
}

impl fmt::Debug for Familiar<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Familiar({self})")
    }
}
