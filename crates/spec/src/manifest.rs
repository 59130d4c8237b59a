use serde::Serialize;

use crate::json::Notes;
use crate::top::{Top, list, own};
use crate::view::{Decoded, Parts};
use crate::{Annotations, Descriptor, DocumentKind, Limits, LinkRole, Links, MediaType};

/// An image manifest (image-spec, "Image Manifest"), or Docker's schema 2 twin of it: a config and layers, lowest first.
///
/// It is also how everything that is no image is kept in registries (image-spec, "Guidelines for Artifact Usage"): charts,
/// signatures, SBOMs, models. Those say what they are by [`Self::artifact_type`] or, in an older way, by the media type of
/// their config. Readers must not fail for a config or a layer of a kind that they do not know.
///
/// The members of a manifest are few and its descriptors say the rest, so what it weighs is the sum of their sizes:
///
/// ```
/// use wharf_spec::{Document, Manifest, MediaType};
///
/// let received = r#"{
///     "schemaVersion": 2,
///     "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
///     "config": {"mediaType": "application/vnd.docker.container.image.v1+json", "size": 1470,
///         "digest": "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"},
///     "layers": [{"mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip", "size": 3408729,
///         "digest": "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}]
/// }"#;
/// let document = Document::new(MediaType::DOCKER_MANIFEST, received).decode::<Manifest>().unwrap();
/// let size: u64 = document.view().blobs().map(|blob| blob.size).sum();
/// assert_eq!(size, 3_410_199);
/// ```
///
/// One that is made here is written with its own media type and without blanks:
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
    /// Always 2, which every document that was read has. It never meant more than that this is not Docker's schema 1.
    pub schema_version: u32,
    /// What the document itself says that it is: the same as what it was given as, or nothing. See
    /// [`Rule::ManifestMediaType`](crate::Rule::ManifestMediaType) for who leaves it out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_type: Option<MediaType>,
    /// The kind of artifact, when this is not an image. An artifact with an empty config must have it; where it is absent,
    /// the media type of the config stands for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<MediaType>,
    /// The configuration: an [`ImageConfig`](crate::ImageConfig) when its media type says so, else something that is only
    /// the artifact's business, or nothing, [`Descriptor::empty`].
    pub config: Descriptor,
    /// The layers, from the lowest up. An artifact has whatever files it consists of here, and their order means what it
    /// wants. One blob may occur twice. Null in the document is read as no layers, and is a violation.
    pub layers: Vec<Descriptor>,
    /// The manifest that this one says something about; it need not exist, now or ever. It makes this a referrer, which a
    /// registry lists under the subject's digest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<Descriptor>,
    /// Free-form remarks about the manifest as a whole, under the keys of [`crate::annotation`] or others. Registries copy
    /// them into the entry of a list of referrers.
    #[serde(skip_serializing_if = "Annotations::is_empty")]
    pub annotations: Annotations,
}

impl Manifest {
    /// An OCI image manifest. Layers are in the order in which they are applied, the same as `diff_ids` in the config.
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

    /// The blobs that a registry must have before this manifest: the config, and the layers that may be distributed. One
    /// that may not is left where its `urls` say, so a copy of the image is complete without it.
    ///
    /// ```
    /// # use wharf_spec::{Descriptor, Manifest, MediaType};
    /// let config = Descriptor::of(MediaType::DOCKER_CONFIG, b"a config");
    /// let base = Descriptor::of(MediaType::DOCKER_FOREIGN_LAYER_GZIP, b"a base of Windows");
    /// let own = Descriptor::of(MediaType::DOCKER_LAYER_GZIP, b"a layer");
    /// let manifest = Manifest::new(config.clone(), vec![base, own.clone()]);
    /// assert!(manifest.blobs().eq([&config, &own]));
    /// ```
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
