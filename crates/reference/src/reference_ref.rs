//! The normalising parse without allocation.

use core::fmt;
use core::hash::{Hash, Hasher};

use wharf_digest::Digest;

use crate::defaults::OFFICIAL;
use crate::print::{Familiar, Parts};
use crate::scan::Scan;
use crate::{ParseError, Pattern, Reference, Repository};

/// A reference that borrows the text it was read from: the same as [`Reference`], without any allocation.
///
/// ```
/// use wharf_reference::ReferenceRef;
///
/// let text = String::from("localhost:5000/app:1");
/// let reference = ReferenceRef::parse(&text).unwrap();
/// assert_eq!((reference.host(), reference.tag()), ("localhost:5000", Some("1")));
/// assert_eq!(reference.to_string(), text);
/// ```
#[derive(Clone)]
pub struct ReferenceRef<'a> {
    scan: Scan<'a>,
    /// The tag is `latest` although none is written.
    latest: bool,
}

impl<'a> ReferenceRef<'a> {
    /// Reads a reference as people type it; the rules and the errors are those of [`Reference::parse`].
    ///
    /// # Errors
    /// [`ParseError`] with the first offending byte.
    ///
    /// ```
    /// # use wharf_reference::ReferenceRef;
    /// assert_eq!(ReferenceRef::parse("ubuntu").unwrap().to_string(), "docker.io/library/ubuntu");
    /// assert_eq!(ReferenceRef::parse("ubuntu:").unwrap_err().at(), 7);
    /// ```
    pub fn parse(text: &'a str) -> Result<Self, ParseError> {
        Ok(Self { scan: Scan::new(text)?, latest: false })
    }

    /// Like [`parse`](Self::parse), and accepts canonical texts alone: those that print as they are written.
    ///
    /// # Errors
    /// Those of `parse`, and [`NotCanonical`](crate::ParseErrorKind::NotCanonical) with the offset at which the canonical form
    /// has more or has something else.
    ///
    /// ```
    /// # use wharf_reference::{ParseErrorKind, ReferenceRef};
    /// assert!(ReferenceRef::parse_strict("docker.io/library/ubuntu").is_ok());
    /// let error = ReferenceRef::parse_strict("docker.io/ubuntu").unwrap_err();
    /// assert_eq!((error.kind(), error.at()), (ParseErrorKind::NotCanonical, 10));
    /// ```
    pub fn parse_strict(text: &'a str) -> Result<Self, ParseError> {
        Ok(Self { scan: Scan::strict(text)?, latest: false })
    }

    /// The registry.
    ///
    /// ```
    /// # use wharf_reference::ReferenceRef;
    /// assert_eq!(ReferenceRef::parse("index.docker.io/a/b").unwrap().host(), "docker.io");
    /// ```
    #[must_use]
    pub fn host(&self) -> &'a str {
        self.scan.host()
    }

    /// The repository in the registry.
    ///
    /// ```
    /// # use wharf_reference::ReferenceRef;
    /// let repository = ReferenceRef::parse("ubuntu:24.04").unwrap().repository();
    /// assert_eq!((repository.prefix(), repository.written()), ("library/", "ubuntu"));
    /// ```
    #[must_use]
    pub fn repository(&self) -> RepositoryRef<'a> {
        RepositoryRef { prefix: if self.scan.official { OFFICIAL } else { "" }, written: self.scan.path() }
    }

    /// The tag, if there is one.
    ///
    /// ```
    /// # use wharf_reference::ReferenceRef;
    /// assert_eq!(ReferenceRef::parse("ubuntu:24.04").unwrap().tag(), Some("24.04"));
    /// ```
    #[must_use]
    pub fn tag(&self) -> Option<&'a str> {
        if self.latest { Some("latest") } else { self.scan.tag() }
    }

    /// The digest, if there is one.
    ///
    /// ```
    /// # use wharf_reference::ReferenceRef;
    /// assert_eq!(ReferenceRef::parse("ubuntu:24.04").unwrap().digest(), None);
    /// ```
    #[must_use]
    pub const fn digest(&self) -> Option<&Digest> {
        self.scan.digest.as_ref()
    }

    /// See [`Reference::with_default_tag`].
    ///
    /// ```
    /// # use wharf_reference::ReferenceRef;
    /// assert_eq!(ReferenceRef::parse("quay.io/a").unwrap().with_default_tag().to_string(), "quay.io/a:latest");
    /// ```
    #[must_use]
    pub fn with_default_tag(mut self) -> Self {
        self.latest |= self.tag().is_none() && self.scan.digest.is_none();
        self
    }

    /// See [`Reference::pull_form`].
    ///
    /// ```
    /// # use wharf_reference::ReferenceRef;
    /// assert_eq!(ReferenceRef::parse("quay.io/a:1").unwrap().pull_form().to_string(), "quay.io/a:1");
    /// ```
    #[must_use]
    pub fn pull_form(mut self) -> Self {
        if self.scan.digest.is_some() {
            self.scan.text = self.scan.text.get(..self.scan.path_end).unwrap_or_default();
        }
        self.with_default_tag()
    }

    /// See [`Reference::familiar`].
    ///
    /// ```
    /// # use wharf_reference::ReferenceRef;
    /// assert_eq!(ReferenceRef::parse("docker.io/library/a:1").unwrap().familiar().to_string(), "a:1");
    /// ```
    #[must_use]
    pub fn familiar(&self) -> Familiar<'_> {
        Familiar(self.parts())
    }

    /// See [`Reference::matches`]. This one allocates, for the text to match.
    ///
    /// ```
    /// # use wharf_reference::{Pattern, ReferenceRef};
    /// assert!(ReferenceRef::parse("ubuntu:24.04").unwrap().matches(Pattern::parse("ubuntu:*").unwrap()));
    /// ```
    #[must_use]
    pub fn matches(&self, pattern: Pattern<'_>) -> bool {
        pattern.matches_familiar(self.familiar())
    }

    /// The same on its own, in one allocation at most.
    ///
    /// ```
    /// # use wharf_reference::{Reference, ReferenceRef};
    /// let owned = ReferenceRef::parse("ubuntu").unwrap().to_owned();
    /// assert_eq!(owned, Reference::parse("docker.io/library/ubuntu").unwrap());
    /// ```
    #[must_use]
    pub fn to_owned(&self) -> Reference {
        let owned = Reference::own(self.scan.clone());
        if self.latest { owned.with_default_tag() } else { owned }
    }

    pub(crate) fn parts(&self) -> Parts<'_> {
        let RepositoryRef { prefix, written } = self.repository();
        Parts { host: self.host(), prefix, path: written, tag: self.tag(), digest: self.digest() }
    }
}

impl fmt::Display for ReferenceRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parts().canonical(f)
    }
}

impl fmt::Debug for ReferenceRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReferenceRef({self})")
    }
}

/// As what they mean, not as they are written.
impl PartialEq for ReferenceRef<'_> {
    fn eq(&self, other: &Self) -> bool {
        (self.host(), self.repository(), self.tag(), self.digest())
            == (other.host(), other.repository(), other.tag(), other.digest())
    }
}

impl Eq for ReferenceRef<'_> {}

impl Hash for ReferenceRef<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.host(), self.repository(), self.tag(), self.digest()).hash(state);
    }
}

impl<'a> TryFrom<&'a str> for ReferenceRef<'a> {
    type Error = ParseError;

    fn try_from(text: &'a str) -> Result<Self, ParseError> {
        Self::parse(text)
    }
}

/// A repository's path in two pieces: `library/` where it is meant and not written, and what is written.
///
/// ```
/// use wharf_reference::ReferenceRef;
///
/// let (short, long) = (ReferenceRef::parse("a").unwrap(), ReferenceRef::parse("docker.io/library/a").unwrap());
/// assert_eq!(short.repository(), long.repository());
/// assert_eq!(short.repository().to_string(), "library/a");
/// ```
#[derive(Clone, Copy)]
pub struct RepositoryRef<'a> {
    prefix: &'static str,
    written: &'a str,
}

impl<'a> RepositoryRef<'a> {
    /// `library/`, or nothing.
    ///
    /// ```
    /// # use wharf_reference::ReferenceRef;
    /// assert_eq!(ReferenceRef::parse("a/b").unwrap().repository().prefix(), "");
    /// ```
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        self.prefix
    }

    /// What follows the prefix.
    ///
    /// ```
    /// # use wharf_reference::ReferenceRef;
    /// assert_eq!(ReferenceRef::parse("quay.io/a/b:1").unwrap().repository().written(), "a/b");
    /// ```
    #[must_use]
    pub const fn written(self) -> &'a str {
        self.written
    }

    /// The path on its own.
    ///
    /// ```
    /// # use wharf_reference::ReferenceRef;
    /// assert_eq!(ReferenceRef::parse("a").unwrap().repository().to_owned().as_str(), "library/a");
    /// ```
    #[must_use]
    pub fn to_owned(self) -> Repository {
        Repository::join(self.prefix, self.written)
    }

    fn bytes(self) -> impl Iterator<Item = u8> {
        self.prefix.bytes().chain(self.written.bytes())
    }
}

impl fmt::Display for RepositoryRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.prefix)?;
        f.write_str(self.written)
    }
}

impl fmt::Debug for RepositoryRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RepositoryRef({self})")
    }
}

impl PartialEq for RepositoryRef<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes().eq(other.bytes())
    }
}

impl Eq for RepositoryRef<'_> {}

impl Hash for RepositoryRef<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bytes().for_each(|byte| state.write_u8(byte));
        state.write_u8(u8::MAX);
    }
}
