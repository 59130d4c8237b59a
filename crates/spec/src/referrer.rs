use crate::{Content, Descriptor, Digest, Document};

/// A manifest with a subject, as it is listed among the subject's referrers.
///
/// ```
/// use wharf_spec::{Descriptor, Document, Index, MediaType, Referrer};
///
/// let image = Descriptor::of(MediaType::IMAGE_MANIFEST, b"an image");
/// let index = Document::author(Index::new(Vec::new()).with_subject(image.clone())).unwrap().into_raw();
/// let referrer = Referrer::of(&index).unwrap();
/// assert_eq!((referrer.subject, referrer.entry.digest), (image.digest, index.digest().clone()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Referrer {
    /// The manifest that it is about.
    pub subject: Digest,
    /// Its descriptor with its kind and its annotations (distribution-spec, "Pushing Manifests with Subject"). The kind is
    /// the `artifactType`, of a manifest without one the media type of its config, and of an index without one nothing.
    pub entry: Descriptor,
}

impl Referrer {
    /// Nothing when the document has no subject, or cannot be read: then nobody can know that it has one.
    ///
    /// ```
    /// use wharf_spec::{Descriptor, Document, Manifest, MediaType, Referrer};
    ///
    /// let config = Descriptor::of(MediaType::parse("application/vnd.example.note").unwrap(), b"{}");
    /// let image = Descriptor::of(MediaType::IMAGE_MANIFEST, b"an image");
    /// let note = Manifest::new(config.clone(), Vec::new()).with_subject(image);
    /// let referrer = Referrer::of(&Document::assemble(note).unwrap().into_raw()).unwrap();
    /// assert_eq!(referrer.entry.artifact_type, Some(config.media_type));
    /// assert_eq!(Referrer::of(&Document::new(MediaType::OCTET_STREAM, "no manifest")), None);
    /// ```
    #[must_use]
    pub fn of(document: &Document) -> Option<Self> {
        let document = document.clone().decode::<Content>().ok()?;
        let subject = document.view().subject()?.digest.clone();
        let mut entry = document.descriptor();
        (entry.artifact_type, entry.annotations) = match document.view() {
            Content::Manifest(manifest) => {
                let own = manifest.artifact_type.as_ref();
                (Some(own.unwrap_or(&manifest.config.media_type).clone()), manifest.annotations.clone())
            }
            Content::Index(index) => (index.artifact_type.clone(), index.annotations.clone()),
            Content::Artifact(artifact) => (artifact.artifact_type.clone(), artifact.annotations.clone()),
            _ => return None,
        };
        Some(Self { subject, entry })
    }
}
