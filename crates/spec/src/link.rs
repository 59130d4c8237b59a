use std::fmt;
use std::slice;

use crate::Descriptor;

/// One thing that a document points at: how a copier knows what to fetch, and a collector of garbage what to keep.
///
/// ```
/// use wharf_spec::{Document, LinkRole, Manifest, MediaType};
///
/// let manifest = Manifest::artifact(MediaType::parse("a/b").unwrap(), Vec::new());
/// let document = Document::author(manifest).unwrap();
/// let roles: Vec<_> = document.links().map(|link| link.role).collect();
/// assert_eq!(roles, [LinkRole::Config, LinkRole::Layer]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Link<'a> {
    /// What it is to the document.
    pub role: LinkRole,
    /// What is pointed at.
    pub descriptor: &'a Descriptor,
}

/// What a document points at something for. The role says where to look for it, as a manifest or as a blob, and the
/// descriptor's media type what it is: an index may list a layer, and a subject may be anything.
///
/// ```
/// use wharf_spec::LinkRole;
///
/// let is_blob = |role: LinkRole| matches!(role, LinkRole::Config | LinkRole::Layer | LinkRole::Blob);
/// assert!(is_blob(LinkRole::Config) && !is_blob(LinkRole::Subject));
/// assert_eq!(LinkRole::Config.to_string(), "config");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LinkRole {
    /// A manifest's configuration: a blob.
    Config,
    /// A manifest's layer: a blob.
    Layer,
    /// An artifact manifest's blob.
    Blob,
    /// An index's entry: a manifest.
    Manifest,
    /// What the document says something about: a manifest, which need not exist.
    Subject,
}

impl LinkRole {
    /// The role in lower case, as logs and reports have it. It is no word of the specification.
    ///
    /// ```
    /// # use wharf_spec::LinkRole;
    /// assert_eq!(LinkRole::Subject.as_str(), "subject");
    /// ```
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::Layer => "layer",
            Self::Blob => "blob",
            Self::Manifest => "manifest",
            Self::Subject => "subject",
        }
    }
}

impl fmt::Display for LinkRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a document points at: its config, then its layers, blobs or manifests in their order, then its subject. An iterator
/// that borrows from the document; [`Document::links`](crate::Document::links) makes it.
///
/// ```
/// use wharf_spec::{Descriptor, Document, Index, LinkRole, MediaType};
///
/// let [image, subject] = [b"one", b"two"].map(|content| Descriptor::of(MediaType::IMAGE_MANIFEST, content));
/// let document = Document::author(Index::new(vec![image]).with_subject(subject)).unwrap();
/// let roles: Vec<_> = document.links().map(|link| link.role).collect();
/// assert_eq!(roles, [LinkRole::Manifest, LinkRole::Subject]);
/// ```
#[derive(Clone, Debug)]
pub struct Links<'a> {
    config: Option<&'a Descriptor>,
    role: LinkRole,
    parts: slice::Iter<'a, Descriptor>,
    subject: Option<&'a Descriptor>,
}

impl<'a> Links<'a> {
    pub(crate) fn new(
        config: Option<&'a Descriptor>,
        role: LinkRole,
        parts: &'a [Descriptor],
        subject: Option<&'a Descriptor>,
    ) -> Self {
        Self { config, role, parts: parts.iter(), subject }
    }

    pub(crate) fn none() -> Self {
        Self::new(None, LinkRole::Blob, &[], None)
    }
}

impl<'a> Iterator for Links<'a> {
    type Item = Link<'a>;

    fn next(&mut self) -> Option<Link<'a>> {
        let config = self.config.take().map(|config| (LinkRole::Config, config));
        let (role, descriptor) = config
            .or_else(|| self.parts.next().map(|part| (self.role, part)))
            .or_else(|| self.subject.take().map(|subject| (LinkRole::Subject, subject)))?;
        Some(Link { role, descriptor })
    }
}
