use core::fmt;

use wharf_digest::Digest;

use crate::ParseError;
use crate::blame::Layout;

/// A reference as it is written, without any default: `foo/bar` is repository `bar` on the host `foo`.
///
/// For texts that programs wrote and that have a host, such as those in another tool's records. What people type is
/// read by [`ReferenceRef::parse`](crate::ReferenceRef::parse) and [`Reference::parse`](crate::Reference::parse).
///
/// ```
/// use wharf_reference::RawReference;
///
/// let raw = RawReference::parse("registry:5000/app:1").unwrap();
/// assert_eq!((raw.host(), raw.path(), raw.tag()), (Some("registry:5000"), "app", Some("1")));
/// assert_eq!(RawReference::parse("ubuntu").unwrap().host(), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RawReference<'a> {
    host: Option<&'a str>,
    path: &'a str,
    tag: Option<&'a str>,
    digest: Option<Digest>,
}

impl<'a> RawReference<'a> {
    /// Reads a reference by the grammar alone. The first component is the host whenever it fits the grammar of hosts and
    /// a `/` follows.
    ///
    /// # Errors
    /// [`ParseError`] with the first offending byte; of an empty text the kind is
    /// [`Empty`](crate::ParseErrorKind::Empty).
    ///
    /// ```
    /// # use wharf_reference::{ParseErrorKind, RawReference};
    /// assert_eq!(RawReference::parse("a/b").unwrap().host(), Some("a"));
    /// assert_eq!(RawReference::parse("").unwrap_err().kind(), ParseErrorKind::Empty);
    /// ```
    pub fn parse(text: &'a str) -> Result<Self, ParseError> {
        let (layout, digest) = Layout::raw(text)?;
        let host = layout.path.start.checked_sub(1).and_then(|end| text.get(..end));
        let path = text.get(layout.path).unwrap_or_default();
        Ok(Self { host, path, tag: layout.tag.and_then(|tag| text.get(tag)), digest })
    }

    /// The host, if there is one.
    ///
    /// ```
    /// # use wharf_reference::RawReference;
    /// assert_eq!(RawReference::parse("[::1]:80/a").unwrap().host(), Some("[::1]:80"));
    /// ```
    #[must_use]
    pub const fn host(&self) -> Option<&'a str> {
        self.host
    }

    /// The repository's path.
    ///
    /// ```
    /// # use wharf_reference::RawReference;
    /// assert_eq!(RawReference::parse("a_b/c").unwrap().path(), "a_b/c");
    /// ```
    #[must_use]
    pub const fn path(&self) -> &'a str {
        self.path
    }

    /// The tag, if there is one.
    ///
    /// ```
    /// # use wharf_reference::RawReference;
    /// assert_eq!(RawReference::parse("localhost:5000").unwrap().tag(), Some("5000"));
    /// ```
    #[must_use]
    pub const fn tag(&self) -> Option<&'a str> {
        self.tag
    }

    /// The digest, if there is one.
    ///
    /// ```
    /// # use wharf_reference::RawReference;
    /// assert_eq!(RawReference::parse("a:1").unwrap().digest(), None);
    /// ```
    #[must_use]
    pub const fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }
}

impl fmt::Display for RawReference<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(host) = self.host {
            write!(f, "{host}/")?;
        }
        f.write_str(self.path)?;
        if let Some(tag) = self.tag {
            write!(f, ":{tag}")?;
        }
        self.digest.iter().try_for_each(|digest| write!(f, "@{digest}"))
    }
}
