use std::fmt;

use crate::MediaType;

/// The kinds of documents that there are, as far as they are known here. OCI's and Docker's media types for the same shape
/// are one kind.
///
/// For a manifest there are three witnesses: what it was given as, its own `mediaType`, and its members. `config` and
/// `layers` are a manifest's, `manifests` an index's, `blobs` the withdrawn artifact manifest's, `fsLayers` schema 1's. All
/// that speak must agree.
///
/// ```
/// use wharf_spec::{DocumentKind, MediaType};
///
/// assert_eq!(DocumentKind::of(&MediaType::DOCKER_MANIFEST_LIST), DocumentKind::Index);
/// assert_eq!(DocumentKind::Index.to_string(), "index");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DocumentKind {
    /// An image manifest, OCI's or Docker's.
    Manifest,
    /// An image index, or Docker's manifest list.
    Index,
    /// The artifact manifest of a draft of image-spec 1.1, which was withdrawn.
    Artifact,
    /// An image configuration, OCI's or Docker's.
    Config,
    /// The header of an image layout.
    Layout,
    /// Docker's schema 1 manifest, signed or not: it is recognised and refused.
    Schema1,
    /// Anything else. It is carried as it is.
    Opaque,
}

impl DocumentKind {
    /// The kind that a media type names. Bytes are compared, so a known type in upper case is opaque.
    ///
    /// ```
    /// # use wharf_spec::{DocumentKind, MediaType};
    /// assert_eq!(DocumentKind::of(&MediaType::OCTET_STREAM), DocumentKind::Opaque);
    /// ```
    #[must_use]
    pub fn of(media_type: &MediaType) -> Self {
        match media_type {
            known if known.is_manifest() => Self::Manifest,
            known if known.is_index() => Self::Index,
            known if known.is_config() => Self::Config,
            known if known.is_schema1() => Self::Schema1,
            known if known.is_artifact_manifest() => Self::Artifact,
            known if *known == MediaType::LAYOUT_HEADER => Self::Layout,
            _ => Self::Opaque,
        }
    }

    /// The kind's name in lower case.
    ///
    /// ```
    /// # use wharf_spec::DocumentKind;
    /// assert_eq!(DocumentKind::Config.as_str(), "config");
    /// ```
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Manifest => "manifest",
            Self::Index => "index",
            Self::Artifact => "artifact",
            Self::Config => "config",
            Self::Layout => "layout",
            Self::Schema1 => "schema1",
            Self::Opaque => "opaque",
        }
    }
}

impl fmt::Display for DocumentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
