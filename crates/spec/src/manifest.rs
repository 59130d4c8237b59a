use serde::Serialize;

use crate::json::Notes;
use crate::top::{Top, list, own};
use crate::view::{Decoded, Parts};
use crate::{Annotations, Descriptor, DocumentKind, Limits, LinkRole, Links, MediaType};

/// An image manifest (image-spec, "Image Manifest"), or Docker's schema 2 twin of it: a config and layers, lowest first.
///
/// ```
/// use wharf_spec::{Descriptor, Digest, Document, Manifest, MediaType};
///
/// let config = Descriptor::new(MediaType::IMAGE_CONFIG, Digest::of(b"{}"), 2);
/// let layer = Descriptor::new(MediaType::LAYER_GZIP, Digest::of(b"layer"), 5);
/// let document = Document::author(Manifest::new(config, vec![layer])).unwrap();
/// assert!(document.bytes().starts_with(br#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest"#));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Manifest {
    /// Always 2.
    pub schema_version: u32,
    /// What the document itself says that it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_type: Option<MediaType>,
    /// The kind of artifact, when this is not an image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<MediaType>,
    /// The configuration.
    pub config: Descriptor,
    /// The layers, from the lowest up.
    pub layers: Vec<Descriptor>,
    /// The manifest that this one says something about; it need not exist.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<Descriptor>,
    /// Free-form remarks.
    #[serde(skip_serializing_if = "Annotations::is_empty")]
    pub annotations: Annotations,
}

impl Manifest {
    /// An OCI image manifest.
    ///
    /// ```
    /// # use wharf_spec::{Descriptor, Digest, Manifest, MediaType};
    /// let config = Descriptor::new(MediaType::IMAGE_CONFIG, Digest::of(b"{}"), 2);
    /// assert_eq!(Manifest::new(config, Vec::new()).schema_version, 2);
    /// ```
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

    /// A manifest of something that is not an image, and that has no configuration (image-spec, "Guidelines for Artifact
    /// Usage"). Without layers, it has one that is empty, for portability.
    ///
    /// ```
    /// use wharf_spec::{Document, Manifest, MediaType};
    ///
    /// let sbom = Manifest::artifact(MediaType::parse("application/spdx+json").unwrap(), Vec::new());
    /// let document = Document::author(sbom).unwrap();
    /// assert!(document.violations().is_empty());
    /// ```
    #[must_use]
    pub fn artifact(artifact_type: MediaType, mut layers: Vec<Descriptor>) -> Self {
        if layers.is_empty() {
            layers.push(Descriptor::empty());
        }
        Self { artifact_type: Some(artifact_type), ..Self::new(Descriptor::empty(), layers) }
    }

    /// The same as a remark about another manifest: its referrer.
    ///
    /// ```
    /// # use wharf_spec::{Descriptor, Digest, Manifest, MediaType};
    /// let image = Descriptor::new(MediaType::IMAGE_MANIFEST, Digest::of(b"an image"), 8);
    /// let signature = Manifest::artifact(MediaType::parse("a/signature").unwrap(), Vec::new()).with_subject(image);
    /// assert_eq!(signature.subject.unwrap().size, 8);
    /// ```
    #[must_use]
    pub fn with_subject(mut self, subject: Descriptor) -> Self {
        self.subject = Some(subject);
        self
    }

    /// The same with one more annotation.
    ///
    /// ```
    /// # use wharf_spec::{annotation, Manifest, MediaType};
    /// let chart = Manifest::artifact(MediaType::parse("a/chart").unwrap(), Vec::new());
    /// assert_eq!(chart.with_annotation(annotation::TITLE, "wharf").annotations.len(), 1);
    /// ```
    #[must_use]
    pub fn with_annotation(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.annotations.insert(key.into(), value.into());
        self
    }

    /// The blobs that a registry must have before this manifest: the config, and the layers that may be distributed.
    pub fn blobs(&self) -> impl Iterator<Item = &Descriptor> {
        std::iter::once(&self.config).chain(&self.layers).filter(|blob| !blob.media_type.is_non_distributable())
    }
}

impl Parts for Manifest {
    const KIND: Option<DocumentKind> = Some(DocumentKind::Manifest);

    fn read(given: &MediaType, bytes: &[u8], limits: &Limits, notes: Option<Notes>) -> Decoded<Self> {
        let (top, notes) = Top::decode(Some(DocumentKind::Manifest), bytes, limits, notes)?;
        top.agrees(given)?;
        let manifest = Self {
            schema_version: 2,
            media_type: top.said().cloned(),
            artifact_type: top.artifact_type,
            config: own(top.config, top.at)?,
            layers: list(top.layers, top.at)?,
            subject: top.subject,
            annotations: top.annotations,
        };
        Ok((manifest, notes))
    }

    fn links(&self) -> Links<'_> {
        Links::new(Some(&self.config), LinkRole::Layer, &self.layers, self.subject.as_ref())
    }
}
