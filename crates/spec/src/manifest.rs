use serde::{Deserialize, Serialize};

use crate::config::null_is_default;
use crate::{Annotations, Descriptor, MediaType};

/// An image manifest (image-spec, "Image Manifest"), or Docker's schema 2 twin of it: a config and layers, lowest first.
///
/// ```
/// use wharf_spec::{Descriptor, Digest, Document, Manifest, MediaType};
///
/// let config = Descriptor::new(MediaType::IMAGE_CONFIG, Digest::of(b"{}"), 2);
/// let document = Document::author(Manifest::new(config, Vec::new()));
/// assert!(document.bytes().starts_with(br#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest"#));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Manifest {
    /// Always 2.
    pub schema_version: u32,
    /// What the document itself says that it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<MediaType>,
    /// The kind of artifact, when this is not an image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<MediaType>,
    /// The configuration.
    pub config: Descriptor,
    /// The layers, from the lowest up.
    pub layers: Vec<Descriptor>,
    /// The manifest that this one says something about; it need not exist.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Descriptor>,
    /// Free-form remarks.
    #[serde(default, deserialize_with = "null_is_default", skip_serializing_if = "Annotations::is_empty")]
    pub annotations: Annotations,
}

impl Manifest {
    /// An OCI image manifest.
    #[must_use]
    pub const fn new(config: Descriptor, layers: Vec<Descriptor>) -> Self {
        Self {
            schema_version: 2,
            media_type: Some(MediaType::IMAGE_MANIFEST),
            artifact_type: None,
            config,
            layers,
            subject: None,
            annotations: Annotations::new(),
        }
    }

    /// The blobs that a registry must have before this manifest: the config, and the layers that may be distributed.
    pub fn blobs(&self) -> impl Iterator<Item = &Descriptor> {
        std::iter::once(&self.config).chain(&self.layers).filter(|blob| !blob.media_type.is_non_distributable())
    }
}
