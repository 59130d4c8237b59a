use serde::Serialize;

use crate::json::Notes;
use crate::top::{Top, list};
use crate::view::{Decoded, Parts};
use crate::{Annotations, Descriptor, DocumentKind, Limits, LinkRole, Links, MediaType};

/// An image index (image-spec, "Image Index"), or Docker's manifest list: manifests, usually one a platform.
///
/// ```
/// use wharf_spec::{Document, Index};
///
/// let document = Document::author(Index::new(Vec::new())).unwrap();
/// assert_eq!(
///     document.bytes(),
///     r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}"#,
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Index {
    /// Always 2.
    pub schema_version: u32,
    /// What the document itself says that it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_type: Option<MediaType>,
    /// The kind of artifact, when this is not an image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<MediaType>,
    /// The manifests; their order is meaningful.
    pub manifests: Vec<Descriptor>,
    /// The manifest that this one says something about; it need not exist.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<Descriptor>,
    /// Free-form remarks.
    #[serde(skip_serializing_if = "Annotations::is_empty")]
    pub annotations: Annotations,
}

impl Index {
    /// An OCI image index.
    ///
    /// ```
    /// # use wharf_spec::Index;
    /// assert_eq!(Index::new(Vec::new()).schema_version, 2);
    /// ```
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

    /// The same as a remark about another manifest: its referrer.
    ///
    /// ```
    /// # use wharf_spec::{Descriptor, Digest, Index, MediaType};
    /// let image = Descriptor::new(MediaType::IMAGE_MANIFEST, Digest::of(b"an image"), 8);
    /// assert_eq!(Index::new(Vec::new()).with_subject(image).subject.unwrap().size, 8);
    /// ```
    #[must_use]
    pub fn with_subject(mut self, subject: Descriptor) -> Self {
        self.subject = Some(subject);
        self
    }

    /// The same with one more annotation.
    ///
    /// ```
    /// # use wharf_spec::{annotation, Index};
    /// assert_eq!(Index::new(Vec::new()).with_annotation(annotation::TITLE, "all").annotations.len(), 1);
    /// ```
    #[must_use]
    pub fn with_annotation(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.annotations.insert(key.into(), value.into());
        self
    }
}

impl Parts for Index {
    const KIND: Option<DocumentKind> = Some(DocumentKind::Index);

    fn read(given: &MediaType, bytes: &[u8], limits: &Limits, notes: Option<Notes>) -> Decoded<Self> {
        let (top, notes) = Top::decode(Some(DocumentKind::Index), bytes, limits, notes)?;
        top.agrees(given)?;
        let index = Self {
            schema_version: 2,
            media_type: top.said().cloned(),
            artifact_type: top.artifact_type,
            manifests: list(top.manifests, top.at)?,
            subject: top.subject,
            annotations: top.annotations,
        };
        Ok((index, notes))
    }

    fn links(&self) -> Links<'_> {
        Links::new(None, LinkRole::Manifest, &self.manifests, self.subject.as_ref())
    }
}
