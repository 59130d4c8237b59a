//! The normalising parse: what people type, with Docker's defaults.

use alloc::string::String;
use alloc::sync::Arc;
use core::fmt;
use core::ops::Range;
use core::str::FromStr;

use wharf_digest::Digest;

use crate::host::HUB;
use crate::text::Text;
use crate::{Host, ParseError, ParseErrorKind, Repository, Tag, TagOrDigest, grammar};

/// The full name of an image: `host/repository[:tag][@digest]`.
///
/// The parts of a parsed reference share one allocation, and clones share it too.
///
/// ```
/// use wharf_reference::{Reference, Tag};
///
/// let reference = Reference::parse("localhost:5000/app").unwrap();
/// assert_eq!(reference.tag(), None);
/// assert_eq!(reference.with_tag(Tag::LATEST).to_string(), "localhost:5000/app:latest");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    host: Host,
    repository: Repository,
    tag: Option<Tag>,
    digest: Option<Digest>,
}

impl Reference {
    /// Reads a reference as people type it: without a host it is on Docker Hub, and a single word there is an official
    /// image. The first component is a host when it is `localhost` or has a `.`, a `:` or an upper-case letter.
    ///
    /// # Errors
    /// [`ParseError`] with the first offending byte. One input that the Go implementation accepts is refused here: a
    /// first component that looks like a host and is not, such as `foo_bar.com/app`, which would lose its host.
    ///
    /// ```
    /// # use wharf_reference::Reference;
    /// assert_eq!(Reference::parse("a/b").unwrap().to_string(), "docker.io/a/b");
    /// assert_eq!(Reference::parse("quay.io/a/b:1").unwrap().to_string(), "quay.io/a/b:1");
    /// assert!(Reference::parse("https://example.com/a").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        if is_identifier(text) {
            return Err(ParseError::new(ParseErrorKind::HexIdentifier, 0));
        }
        let split = Split::new(text)?;
        check_lowercase(text, split.rest)?;
        let found = Found::scan(text, split.rest)?;
        let prefix = if split.official { "library/" } else { "" };
        if prefix.len() + found.path.len() > grammar::MAX_PATH {
            let at = found.path.start + grammar::MAX_PATH - prefix.len();
            return Err(ParseError::new(ParseErrorKind::NameTooLong, at));
        }
        let digest = found.digest(text)?;
        Ok(Self::assemble(text, &split, prefix, &found, digest))
    }

    /// One text for all parts, in canonical form.
    fn assemble(text: &str, split: &Split<'_>, prefix: &str, found: &Found, digest: Option<Digest>) -> Self {
        let name_end = found.tag.as_ref().map_or(found.path.end, |tag| tag.end);
        let rest = text.get(split.rest..name_end).unwrap_or_default();
        let mut canonical = String::with_capacity(split.host.len() + 1 + prefix.len() + rest.len());
        canonical.extend([split.host, "/", prefix, rest]);
        let canonical = Arc::from(canonical);
        // Where the rest of the input has moved to.
        let moved = |range: &Range<usize>| {
            let shift = split.host.len() + 1 + prefix.len();
            range.start - split.rest + shift..range.end - split.rest + shift
        };
        let path = split.host.len() + 1..moved(&found.path).end;
        Self {
            host: Host(Text::slice(&canonical, 0..split.host.len())),
            repository: Repository(Text::slice(&canonical, path)),
            tag: found.tag.as_ref().map(|tag| Tag(Text::slice(&canonical, moved(tag)))),
            digest,
        }
    }

    /// A reference from its parts.
    ///
    /// ```
    /// # use wharf_reference::{Host, Reference, Repository};
    /// let reference = Reference::new(Host::DOCKER_HUB, Repository::from_static("library/ubuntu"));
    /// assert_eq!(reference, Reference::parse("ubuntu").unwrap());
    /// ```
    #[must_use]
    pub const fn new(host: Host, repository: Repository) -> Self {
        Self { host, repository, tag: None, digest: None }
    }

    /// The same with this tag; a digest stays.
    ///
    /// ```
    /// # use wharf_reference::{Reference, Tag};
    /// let reference = Reference::parse("a").unwrap().with_tag(Tag::parse("1").unwrap());
    /// assert_eq!(reference.familiar().to_string(), "a:1");
    /// ```
    #[must_use]
    pub fn with_tag(mut self, tag: Tag) -> Self {
        self.tag = Some(tag);
        self
    }

    /// The same with this digest; a tag stays.
    ///
    /// ```
    /// # use wharf_reference::{Digest, Reference};
    /// let reference = Reference::parse("a:1").unwrap().with_digest(Digest::of(b"{}"));
    /// assert!(reference.familiar().to_string().starts_with("a:1@sha256:44136fa3"));
    /// ```
    #[must_use]
    pub fn with_digest(mut self, digest: Digest) -> Self {
        self.digest = Some(digest);
        self
    }

    /// The registry.
    ///
    /// ```
    /// # use wharf_reference::{Host, Reference};
    /// assert_eq!(Reference::parse("index.docker.io/a/b").unwrap().host(), &Host::DOCKER_HUB);
    /// ```
    #[must_use]
    pub const fn host(&self) -> &Host {
        &self.host
    }

    /// The repository in the registry.
    ///
    /// ```
    /// # use wharf_reference::Reference;
    /// assert_eq!(Reference::parse("ubuntu").unwrap().repository().as_str(), "library/ubuntu");
    /// ```
    #[must_use]
    pub const fn repository(&self) -> &Repository {
        &self.repository
    }

    /// The tag, if one was given.
    ///
    /// ```
    /// # use wharf_reference::Reference;
    /// assert_eq!(Reference::parse("ubuntu:24.04").unwrap().tag().unwrap().as_str(), "24.04");
    /// ```
    #[must_use]
    pub const fn tag(&self) -> Option<&Tag> {
        self.tag.as_ref()
    }

    /// The digest, if one was given.
    ///
    /// ```
    /// # use wharf_reference::Reference;
    /// assert_eq!(Reference::parse("ubuntu:24.04").unwrap().digest(), None);
    /// ```
    #[must_use]
    pub const fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }

    /// What to ask the registry for: the digest if there is one (the tag is then a label only), else the tag, else
    /// `latest`.
    ///
    /// ```
    /// # use wharf_reference::{Reference, Tag, TagOrDigest};
    /// assert_eq!(Reference::parse("ubuntu").unwrap().tag_or_digest(), TagOrDigest::Tag(Tag::LATEST));
    /// ```
    #[must_use]
    pub fn tag_or_digest(&self) -> TagOrDigest {
        match (&self.digest, &self.tag) {
            (Some(digest), _) => TagOrDigest::Digest(digest.clone()),
            (None, Some(tag)) => TagOrDigest::Tag(tag.clone()),
            (None, None) => TagOrDigest::Tag(Tag::LATEST),
        }
    }

    /// The short form that people write: without `docker.io`, and without `library/`, where they would come back. It is
    /// read as the same reference.
    ///
    /// ```
    /// # use wharf_reference::Reference;
    /// assert_eq!(Reference::parse("docker.io/library/a:1").unwrap().familiar().to_string(), "a:1");
    /// assert_eq!(Reference::parse("docker.io/library/a/b").unwrap().familiar().to_string(), "library/a/b");
    /// ```
    #[must_use]
    pub const fn familiar(&self) -> Familiar<'_> {
        Familiar(self)
    }

    fn write_suffix(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        match &self.digest {
            Some(digest) => write!(f, "@{digest}"),
            None => Ok(()),
        }
    }
}

/// A text taken apart into its host and the rest, before the rest is looked at.
struct Split<'a> {
    host: &'a str,
    /// Where the rest starts in the text.
    rest: usize,
    /// A single word on Docker Hub.
    official: bool,
}

impl<'a> Split<'a> {
    fn new(text: &'a str) -> Result<Self, ParseError> {
        let (host, rest) = match text.split_once('/') {
            Some((first, _)) if looks_like_host(first) => (first, first.len() + 1),
            _ => ("", 0),
        };
        if !host.is_empty() {
            check_host(text, host)?;
        }
        let on_hub = matches!(host, "" | HUB | "index.docker.io");
        let official = on_hub && text.bytes().skip(rest).all(|byte| byte != b'/');
        let host = if on_hub { HUB } else { host };
        Ok(Self { host, rest, official })
    }
}

/// What tools read as an image's identifier and not as a name.
fn is_identifier(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn looks_like_host(first: &str) -> bool {
    first == "localhost" || first.bytes().any(|byte| matches!(byte, b'.' | b':' | b'A'..=b'Z'))
}

/// A component that looks like a host must be one. Where it is not, and the text in lower case would have been a plain
/// path, its case is to blame.
fn check_host(text: &str, host: &str) -> Result<(), ParseError> {
    let Err(error) = grammar::whole(host, grammar::host) else { return Ok(()) };
    let upper = host.bytes().position(|byte| byte.is_ascii_uppercase());
    let lower = text.to_ascii_lowercase();
    match upper {
        Some(at) if Found::scan(&lower, 0).is_ok() => Err(ParseError::new(ParseErrorKind::NotLowercase, at)),
        _ => Err(error),
    }
}

/// No upper-case letter from `start` to the first colon.
fn check_lowercase(text: &str, start: usize) -> Result<(), ParseError> {
    let name = text.bytes().enumerate().skip(start).take_while(|(_, byte)| *byte != b':');
    match name.into_iter().find(|(_, byte)| byte.is_ascii_uppercase()) {
        Some((at, _)) => Err(ParseError::new(ParseErrorKind::NotLowercase, at)),
        None => Ok(()),
    }
}

/// Where the parts after the host are.
struct Found {
    path: Range<usize>,
    tag: Option<Range<usize>>,
    digest: Option<Range<usize>>,
}

impl Found {
    /// Path, tag and digest from `start` to the end of the text.
    fn scan(text: &str, start: usize) -> Result<Self, ParseError> {
        let bytes = text.as_bytes();
        let mut at = grammar::path(bytes, start).map_err(ParseError::format)?;
        let mut found = Self { path: start..at, tag: None, digest: None };
        if bytes.get(at) == Some(&b':') {
            let end = grammar::tag(bytes, at + 1).map_err(ParseError::format)?;
            found.tag = Some(at + 1..end);
            at = end;
        }
        if bytes.get(at) == Some(&b'@') {
            let end = grammar::digest(bytes, at + 1).map_err(ParseError::format)?;
            found.digest = Some(at + 1..end);
            at = end;
        }
        if at == text.len() { Ok(found) } else { Err(ParseError::format(at)) }
    }

    fn digest(&self, text: &str) -> Result<Option<Digest>, ParseError> {
        let Some(range) = self.digest.clone() else { return Ok(None) };
        let start = range.start;
        let digest = Digest::parse_registered(text.get(range).unwrap_or_default());
        digest.map(Some).map_err(|error| ParseError::digest(error, start))
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.host, self.repository)?;
        self.write_suffix(f)
    }
}

/// The short form of a reference; see [`Reference::familiar`].
///
/// ```
/// # use wharf_reference::Reference;
/// assert_eq!(format!("{}", Reference::parse("ubuntu").unwrap().familiar()), "ubuntu");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Familiar<'a>(&'a Reference);

impl fmt::Display for Familiar<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(reference) = self;
        let path = reference.repository.as_str();
        let host_would_be_another = path.split_once('/').is_some_and(|(first, _)| looks_like_host(first));
        if reference.host != Host::DOCKER_HUB || host_would_be_another {
            write!(f, "{}/{path}", reference.host)?;
        } else {
            let short = path.strip_prefix("library/").filter(|rest| !rest.contains('/') && !is_identifier(rest));
            f.write_str(short.unwrap_or(path))?;
        }
        reference.write_suffix(f)
    }
}

impl FromStr for Reference {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        Self::parse(text)
    }
}

impl TryFrom<&str> for Reference {
    type Error = ParseError;

    fn try_from(text: &str) -> Result<Self, ParseError> {
        Self::parse(text)
    }
}
