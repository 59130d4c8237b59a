use crate::json::Notes;
use crate::top::Top;
use crate::view::{Decoded, Parts};
use crate::{Annotations, Descriptor, DocumentKind, Limits, LinkRole, Links, MediaType};

/// The artifact manifest that drafts of image-spec 1.1 had and the release has not. Registries still hold some, so they are
/// read; to write one, write a [`Manifest::artifact`](crate::Manifest::artifact).
///
/// It had neither a config nor a `schemaVersion`, and its blobs in the place of layers. ORAS wrote it for
/// signatures and SBOMs while the draft stood. ORAS's own artifact manifest before
/// that, `application/vnd.cncf.oras.artifact.manifest.v1+json`, is another document and opaque here.
///
/// ```
/// use wharf_spec::{ArtifactManifest, Document, MediaType};
///
/// let bytes = r#"{"mediaType":"application/vnd.oci.artifact.manifest.v1+json","artifactType":"a/b","blobs":[]}"#;
/// let document = Document::new(MediaType::ARTIFACT_MANIFEST, bytes).decode::<ArtifactManifest>().unwrap();
/// assert_eq!(document.view().artifact_type.as_ref().unwrap().as_str(), "a/b");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ArtifactManifest {
    /// What the document itself says that it is.
    pub media_type: Option<MediaType>,
    /// The kind of artifact. The drafts wanted it in every one.
    pub artifact_type: Option<MediaType>,
    /// What the artifact consists of, in an order that only the artifact gives a meaning to. Absent is read as none.
    pub blobs: Vec<Descriptor>,
    /// The manifest that this one says something about; it need not exist.
    pub subject: Option<Descriptor>,
    /// Free-form remarks.
    pub annotations: Annotations,
}

impl Parts for ArtifactManifest {
    const KIND: Option<DocumentKind> = Some(DocumentKind::Artifact);

    fn read(given: &MediaType, bytes: &[u8], limits: &Limits, notes: Option<Notes>) -> Decoded<Self> {
        let (top, notes) = Top::decode(Some(DocumentKind::Artifact), bytes, limits, notes)?;
        top.agrees(given)?;
        let artifact = Self {
            media_type: top.said().cloned(),
            artifact_type: top.artifact_type,
            // They were optional.
            blobs: top.blobs.optional().flatten().unwrap_or_default(),
            subject: top.subject,
            annotations: top.annotations,
        };
        Ok((artifact, notes))
    }

    fn links(&self) -> Links<'_> {
        Links::new(None, LinkRole::Blob, &self.blobs, self.subject.as_ref())
    }
}
