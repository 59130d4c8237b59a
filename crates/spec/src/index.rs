use serde::{Deserialize, Serialize};

use crate::config::null_is_default;
use crate::{Annotations, Descriptor, MediaType};

/// An image index (image-spec, "Image Index"), or Docker's manifest list: manifests, usually one a platform.
///
/// ```
/// use wharf_spec::{Document, Index};
///
/// let document = Document::author(Index::new(Vec::new()));
/// assert_eq!(
///     document.bytes(),
///     r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}"#,
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Index {
    /// Always 2.
    pub schema_version: u32,
    /// What the document itself says that it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<MediaType>,
    /// The kind of artifact, when this is not an image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<MediaType>,
    /// The manifests; their order is meaningful.
    pub manifests: Vec<Descriptor>,
    /// The manifest that this one says something about; it need not exist.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Descriptor>,
    /// Free-form remarks.
    #[serde(default, deserialize_with = "null_is_default", skip_serializing_if = "Annotations::is_empty")]
    pub annotations: Annotations,
}

impl Index {
    /// An OCI image index.
    #[must_use]
    pub const fn new(manifests: Vec<Descriptor>) -> Self {
        Self {
            schema_version: 2,
            media_type: Some(MediaType::IMAGE_INDEX),
            artifact_type: None,
            manifests,
            subject: None,
            annotations: Annotations::new(),
        }
    }
}
