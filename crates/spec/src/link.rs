use std::fmt;
use std::slice;

use crate::Descriptor;

/// One thing that a document points at.
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

/// What a document points at something for.
///
/// ```
/// assert_eq!(wharf_spec::LinkRole::Config.to_string(), "config");
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
    /// The role in lower case.
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

/// What a document points at: its config, then its layers, blobs or manifests in their order, then its subject.
///
/// ```
/// let document = wharf_spec::Document::author(wharf_spec::Index::new(Vec::new())).unwrap();
/// assert_eq!(document.links().next(), None);
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
