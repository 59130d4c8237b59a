use crate::json::Notes;
use crate::rules::{Judge, Judged};
use crate::view::{Decoded, Parts};
use crate::{
    ArtifactManifest, Descriptor, DocumentKind, ImageConfig, Index, LayoutHeader, Limits, LinkRole, Links, Manifest,
    MediaType,
};

/// A document of whatever kind: what to decode to for those who walk images, keep them or serve them, and learn from the
/// media type what they have been sent.
///
/// The kind is the one that the media type names, and the document must be of it. What no media type here names is
/// [`Self::Opaque`] and never an error: registries keep documents that are younger than they are.
///
/// ```
/// use wharf_spec::{Content, Document, DocumentKind, Index, MediaType};
///
/// let document = Document::author(Index::new(Vec::new())).unwrap().into_raw().decode::<Content>().unwrap();
/// assert_eq!(document.view().kind(), DocumentKind::Index);
/// assert_eq!(document.view().children().count(), 0);
///
/// let future = MediaType::parse("application/vnd.example.manifest.v9+cbor").unwrap();
/// let document = Document::new(future, vec![0xa1, 0x00, 0xff]).decode::<Content>().unwrap();
/// assert_eq!(*document.view(), Content::Opaque);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(clippy::large_enum_variant, reason = "one per document, and documents are read from the network")]
pub enum Content {
    /// An image manifest.
    Manifest(Manifest),
    /// An index of manifests.
    Index(Index),
    /// An artifact manifest of a withdrawn draft.
    Artifact(ArtifactManifest),
    /// An image configuration. Registries keep it as a blob; it is here for those who read what a manifest points at.
    Config(ImageConfig),
    /// The header of an image layout.
    Layout(LayoutHeader),
    /// A document of a kind that is not known here; it is carried as it is, and may not even be JSON.
    Opaque,
}

impl Content {
    /// What kind of document it is: never [`DocumentKind::Schema1`], which is refused.
    ///
    /// ```
    /// # use wharf_spec::{Content, DocumentKind};
    /// assert_eq!(Content::Opaque.kind(), DocumentKind::Opaque);
    /// ```
    #[must_use]
    pub const fn kind(&self) -> DocumentKind {
        match self {
            Self::Manifest(_) => DocumentKind::Manifest,
            Self::Index(_) => DocumentKind::Index,
            Self::Artifact(_) => DocumentKind::Artifact,
            Self::Config(_) => DocumentKind::Config,
            Self::Layout(_) => DocumentKind::Layout,
            Self::Opaque => DocumentKind::Opaque,
        }
    }

    /// The manifests that a registry must have before this one: an index's entries, whatever they are. The subject is
    /// none of them, since it need not be there.
    ///
    /// ```
    /// # use wharf_spec::{Content, Descriptor, Document, Index, MediaType};
    /// let image = Descriptor::of(MediaType::IMAGE_MANIFEST, b"an image");
    /// let document = Document::author(Index::new(vec![image.clone()])).unwrap();
    /// let document = document.into_raw().decode::<Content>().unwrap();
    /// assert!(document.view().children().eq([&image]));
    /// assert_eq!(document.view().blobs().count(), 0);
    /// ```
    pub fn children(&self) -> impl Iterator<Item = &Descriptor> {
        self.links().filter(|link| link.role == LinkRole::Manifest).map(|link| link.descriptor)
    }

    /// The blobs that a registry must have before this manifest: all but those that may not be distributed. A blob that
    /// occurs twice in the manifest is told twice.
    ///
    /// ```
    /// # use wharf_spec::{Content, Document, Manifest, MediaType};
    /// let manifest = Manifest::artifact(MediaType::parse("a/b").unwrap(), Vec::new());
    /// let document = Document::author(manifest).unwrap().into_raw().decode::<Content>().unwrap();
    /// let mut missing: Vec<_> = document.view().blobs().map(|blob| &blob.digest).collect();
    /// missing.dedup();
    /// assert_eq!(missing.len(), 1, "config and layer are the same empty object");
    /// ```
    pub fn blobs(&self) -> impl Iterator<Item = &Descriptor> {
        let blobs =
            self.links().filter(|link| matches!(link.role, LinkRole::Config | LinkRole::Layer | LinkRole::Blob));
        blobs.map(|link| link.descriptor).filter(|blob| !blob.media_type.is_non_distributable())
    }

    /// The manifest that this one says something about. A registry that has one lists this document among the subject's
    /// referrers, and answers the push of it with `OCI-Subject`.
    ///
    /// ```
    /// # use wharf_spec::{Content, Descriptor, Document, Manifest, MediaType};
    /// let image = Descriptor::of(MediaType::IMAGE_MANIFEST, b"an image");
    /// let note = Manifest::artifact(MediaType::parse("a/note").unwrap(), Vec::new()).with_subject(image.clone());
    /// let document = Document::author(note).unwrap().into_raw().decode::<Content>().unwrap();
    /// assert_eq!(document.view().subject(), Some(&image));
    /// assert_eq!(Content::Opaque.subject(), None);
    /// ```
    #[must_use]
    pub fn subject(&self) -> Option<&Descriptor> {
        self.links().find(|link| link.role == LinkRole::Subject).map(|link| link.descriptor)
    }
}

impl Parts for Content {
    const KIND: Option<DocumentKind> = None;

    fn read(given: &MediaType, bytes: &[u8], limits: &Limits, notes: Option<Notes>) -> Decoded<Self> {
        fn of<T: Parts>(decoded: Decoded<T>, content: fn(T) -> Content) -> Decoded<Content> {
            decoded.map(|(view, notes)| (content(view), notes))
        }
        match DocumentKind::of(given) {
            DocumentKind::Manifest => of(Manifest::read(given, bytes, limits, notes), Self::Manifest),
            DocumentKind::Index => of(Index::read(given, bytes, limits, notes), Self::Index),
            DocumentKind::Artifact => of(ArtifactManifest::read(given, bytes, limits, notes), Self::Artifact),
            DocumentKind::Config => of(ImageConfig::read(given, bytes, limits, notes), Self::Config),
            DocumentKind::Layout => of(LayoutHeader::read(given, bytes, limits, notes), Self::Layout),
            DocumentKind::Schema1 | DocumentKind::Opaque => Ok((Self::Opaque, notes)),
        }
    }

    fn links(&self) -> Links<'_> {
        match self {
            Self::Manifest(manifest) => manifest.links(),
            Self::Index(index) => index.links(),
            Self::Artifact(artifact) => artifact.links(),
            Self::Config(_) | Self::Layout(_) | Self::Opaque => Links::none(),
        }
    }

    fn null_matters(&self) -> bool {
        if let Self::Config(config) = self { config.null_matters() } else { true }
    }
}

impl Judged for Content {
    fn judge<'a>(&'a self, judge: &mut Judge<'a>) {
        match self {
            Self::Manifest(manifest) => manifest.judge(judge),
            Self::Index(index) => index.judge(judge),
            Self::Artifact(artifact) => artifact.judge(judge),
            Self::Config(config) => config.judge(judge),
            Self::Layout(layout) => layout.judge(judge),
            Self::Opaque => {}
        }
    }
}
