use serde::Serialize;

use crate::json::Notes;
use crate::top::{Top, list};
use crate::view::{Decoded, Parts};
use crate::{Annotations, Descriptor, DocumentKind, Limits, LinkRole, Links, MediaType};

/// An image index (image-spec, "Image Index"), or Docker's manifest list: manifests, usually one a platform.
///
/// It is three things by one name: an image for several platforms, whose entry for one [`Self::select`] finds; the
/// `index.json` of an image layout, whose entries have names ([`annotation::REF_NAME`](crate::annotation::REF_NAME)) and
/// often no platform; and a registry's answer to the question for referrers. An entry may be another index, or something
/// that is no manifest: BuildKit keeps a cache as an index of layers. BuildKit also lists attestations as entries, which
/// [`Descriptor::is_attestation`] tells.
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
    /// Always 2, which every document that was read has. It never meant more than that this is not Docker's schema 1.
    pub schema_version: u32,
    /// What the document itself says that it is: the same as what it was given as, or nothing. See
    /// [`Rule::IndexMediaType`](crate::Rule::IndexMediaType) for who leaves it out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_type: Option<MediaType>,
    /// The kind of artifact, when this is not an image. Unlike a manifest, an index without it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<MediaType>,
    /// The manifests; their order is meaningful, since readers take the first that fits. Null, as in a layout that
    /// `umoci init` made, is read as none.
    pub manifests: Vec<Descriptor>,
    /// The manifest that this one says something about; it need not exist, now or ever. It makes this a referrer, which a
    /// registry lists under the subject's digest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<Descriptor>,
    /// Free-form remarks about the index as a whole, under the keys of [`crate::annotation`] or others. Registries copy
    /// them into the entry of a list of referrers.
    #[serde(skip_serializing_if = "Annotations::is_empty")]
    pub annotations: Annotations,
}

impl Index {
    /// An OCI image index. It may be empty, as the answer to a question for referrers that nobody made.
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
