use alloc::string::ToString;
use core::fmt;
use core::str::FromStr;

use wharf_digest::Digest;

use crate::print::{Familiar, Parts};
use crate::scan::Scan;
use crate::{Host, ParseError, Pattern, Repository, Tag, TagOrDigest, own};

/// The full name of an image: `host/repository[:tag][@digest]`.
///
/// Reading one makes one allocation at most, which the parts share with each other and with all clones, and none where
/// no part is longer than 30 bytes.
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
        Scan::new(text).map(Self::own)
    }

    /// Like [`parse`](Self::parse), and accepts canonical texts alone: those that print as they are written.
    ///
    /// # Errors
    /// Those of `parse`, and [`NotCanonical`](crate::ParseErrorKind::NotCanonical).
    ///
    /// ```
    /// # use wharf_reference::Reference;
    /// assert!(Reference::parse_strict("docker.io/library/ubuntu").is_ok());
    /// assert!(Reference::parse_strict("ubuntu").is_err());
    /// ```
    pub fn parse_strict(text: &str) -> Result<Self, ParseError> {
        Scan::strict(text).map(Self::own)
    }

    /// The reference whose parts were found in a text.
    pub(crate) fn own(scan: Scan<'_>) -> Self {
        let (host, repository, tag) = own::parts(&scan);
        Self { host, repository, tag, digest: scan.digest }
    }

    /// A reference from parts that may be missing, all of them checked together: it prints as a text that is read as the
    /// same reference.
    ///
    /// # Errors
    /// [`NotCanonical`](crate::ParseErrorKind::NotCanonical) when the printed text would be read as something else: the
    /// host `team` would become a part of the path, and `docker.io/ubuntu` would become `docker.io/library/ubuntu`.
    /// [`DigestUnsupported`](crate::ParseErrorKind::DigestUnsupported) when the digest's algorithm is not registered. The
    /// offset is that in the printed text.
    ///
    /// ```
    /// # use wharf_reference::{Host, Reference, Repository, Tag};
    /// let app = Repository::from_static("app");
    /// let local = Reference::from_parts(Host::parse("localhost").unwrap(), app.clone(), Some(Tag::LATEST), None).unwrap();
    /// assert_eq!(local.to_string(), "localhost/app:latest");
    /// assert!(Reference::from_parts(Host::parse("team").unwrap(), app, None, None).is_err());
    /// ```
    pub fn from_parts(
        host: Host,
        repository: Repository,
        tag: Option<Tag>,
        digest: Option<Digest>,
    ) -> Result<Self, ParseError> {
        let reference = Self { host, repository, tag, digest };
        Scan::strict(&reference.to_string())?;
        Ok(reference)
    }

    /// A reference from parts as they are. That they go together is the caller's word: one that must be read again by
    /// others is made by [`from_parts`](Self::from_parts).
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

    /// The same with the tag `latest` if there is neither tag nor digest.
    ///
    /// ```
    /// # use wharf_reference::Reference;
    /// assert_eq!(Reference::parse("a").unwrap().with_default_tag().familiar().to_string(), "a:latest");
    /// ```
    #[must_use]
    pub fn with_default_tag(mut self) -> Self {
        if self.digest.is_none() && self.tag.is_none() {
            self.tag = Some(Tag::LATEST);
        }
        self
    }

    /// What is asked for when the image is pulled: the digest alone if there is one, else the tag, else `latest`.
    ///
    /// ```
    /// # use wharf_reference::{Digest, Reference};
    /// let pinned = Reference::parse("a:1").unwrap().with_digest(Digest::of(b"{}"));
    /// assert!(pinned.pull_form().familiar().to_string().starts_with("a@sha256:44136fa3"));
    /// ```
    #[must_use]
    pub fn pull_form(mut self) -> Self {
        if self.digest.is_some() {
            self.tag = None;
        }
        self.with_default_tag()
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
    pub fn familiar(&self) -> Familiar<'_> {
        Familiar(self.parts())
    }

    /// Whether a pattern matches the short form, with tag and digest or without.
    ///
    /// ```
    /// # use wharf_reference::{Pattern, Reference};
    /// let reference = Reference::parse("quay.io/team/app:1.2").unwrap();
    /// assert!(reference.matches(Pattern::parse("quay.io/*/app").unwrap()));
    /// assert!(reference.matches(Pattern::parse("quay.io/team/app:1.*").unwrap()));
    /// assert!(!reference.matches(Pattern::parse("quay.io/*").unwrap()));
    /// ```
    #[must_use]
    pub fn matches(&self, pattern: Pattern<'_>) -> bool {
        pattern.matches_familiar(self.familiar())
    }

    pub(crate) fn parts(&self) -> Parts<'_> {
        Parts {
            host: self.host.as_str(),
            prefix: "",
            path: self.repository.as_str(),
            tag: self.tag.as_ref().map(Tag::as_str),
            digest: self.digest.as_ref(),
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parts().canonical(f)
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
