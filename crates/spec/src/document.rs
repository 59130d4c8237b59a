use std::error::Error;
use std::fmt;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use wharf_digest::{Digest, Mismatch, Unsupported};

use crate::probe::{self, Kind};
use crate::{
    DecodeError, DecodeErrorKind, Descriptor, ImageConfig, Index, Limits, Manifest, MediaType, canonical, strict,
};

/// Exact bytes with their digest and media type, and what was read from them.
///
/// This is the only form in which manifests are sent and stored, so what was received is what is passed on. The digest
/// is that of the bytes by construction. Cloning shares the bytes.
///
/// ```
/// use wharf_spec::{Content, Document, MediaType};
///
/// let document = Document::new(MediaType::IMAGE_MANIFEST, "{}");
/// assert_eq!(document.digest().to_string(), wharf_spec::Digest::of(b"{}").to_string());
/// assert!(document.decode::<Content>().is_err(), "an image manifest has a config");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document<T = Raw> {
    bytes: Bytes,
    digest: Digest,
    media_type: MediaType,
    view: T,
}

/// The view of a document that has not been read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Raw;

/// What can be read from a document's bytes.
pub trait View: Sized {
    /// Reads `bytes`, which were given as `media_type`.
    ///
    /// # Errors
    /// [`DecodeError`] when they are not that, or not within `limits`.
    fn decode(media_type: &MediaType, bytes: &[u8], limits: &Limits) -> Result<Self, DecodeError>;
}

impl Document {
    /// Bytes under their SHA-256 digest.
    #[must_use]
    pub fn new(media_type: MediaType, bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        let digest = Digest::of(&bytes);
        Self { bytes, digest, media_type, view: Raw }
    }

    /// Bytes under the digest by which they were asked for.
    ///
    /// # Errors
    /// [`VerifyError`] when they have another digest, or one that cannot be computed.
    pub fn verified(media_type: MediaType, bytes: impl Into<Bytes>, digest: &Digest) -> Result<Self, VerifyError> {
        let bytes = bytes.into();
        let mut hasher = wharf_digest::Hasher::new(digest.algorithm()).map_err(VerifyError::Unsupported)?;
        hasher.update(&bytes);
        let actual = hasher.finish();
        match actual == *digest {
            true => Ok(Self { bytes, digest: actual, media_type, view: Raw }),
            false => Err(VerifyError::Mismatch(Mismatch::Digest {
                expected: Box::new(digest.clone()),
                actual: Box::new(actual),
            })),
        }
    }

    /// A manifest whose media type nobody has said: the one that it names itself, else the one that its structure has.
    ///
    /// # Errors
    /// [`DecodeError`] when it is not a manifest or an index.
    pub fn inferred(bytes: impl Into<Bytes>) -> Result<Self, DecodeError> {
        let bytes = bytes.into();
        Ok(Self::new(probe::infer(&bytes, &Limits::default())?, bytes))
    }
}

impl<T> Document<T> {
    /// The exact bytes.
    #[must_use]
    pub const fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The digest of the bytes.
    #[must_use]
    pub const fn digest(&self) -> &Digest {
        &self.digest
    }

    /// What the document was given as.
    #[must_use]
    pub const fn media_type(&self) -> &MediaType {
        &self.media_type
    }

    /// What was read from the bytes.
    #[must_use]
    pub const fn view(&self) -> &T {
        &self.view
    }

    /// The descriptor of the document.
    #[must_use]
    pub fn descriptor(&self) -> Descriptor {
        Descriptor::new(self.media_type.clone(), self.digest.clone(), self.bytes.len() as u64)
    }

    /// The document with nothing read from it.
    #[must_use]
    pub fn into_raw(self) -> Document {
        Document { bytes: self.bytes, digest: self.digest, media_type: self.media_type, view: Raw }
    }

    /// Reads the document within the default limits.
    ///
    /// # Errors
    /// [`DecodeError`], among others when the body and the media type disagree.
    pub fn decode<U: View>(self) -> Result<Document<U>, DecodeError> {
        self.decode_within(&Limits::default())
    }

    /// Reads the document within limits.
    ///
    /// # Errors
    /// [`DecodeError`], among others when the body and the media type disagree.
    pub fn decode_within<U: View>(self, limits: &Limits) -> Result<Document<U>, DecodeError> {
        let view = U::decode(&self.media_type, &self.bytes, limits)?;
        Ok(Document { bytes: self.bytes, digest: self.digest, media_type: self.media_type, view })
    }
}

impl<T: Authored> Document<T> {
    /// Writes a document that you made, in canonical form.
    #[must_use]
    pub fn author(view: T) -> Self {
        let bytes = canonical::encode(&view);
        Self { digest: Digest::of(&bytes), bytes, media_type: view.media_type(), view }
    }
}

/// A document that can be made here, rather than only received.
pub trait Authored: serde::Serialize {
    /// The media type that it is written under.
    fn media_type(&self) -> MediaType;
}

impl Authored for Manifest {
    fn media_type(&self) -> MediaType {
        self.media_type.clone().unwrap_or(MediaType::IMAGE_MANIFEST)
    }
}

impl Authored for Index {
    fn media_type(&self) -> MediaType {
        self.media_type.clone().unwrap_or(MediaType::IMAGE_INDEX)
    }
}

impl Authored for ImageConfig {
    fn media_type(&self) -> MediaType {
        MediaType::IMAGE_CONFIG
    }
}

/// A manifest of whatever kind.
///
/// ```
/// use wharf_spec::{Content, Document, Index};
///
/// let document = Document::<Index>::author(Index::new(Vec::new())).decode::<Content>().unwrap();
/// assert_eq!(document.view().children().count(), 0);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(clippy::large_enum_variant, reason = "one per document, and documents are read from the network")]
pub enum Content {
    /// An image manifest.
    Manifest(Manifest),
    /// An index of manifests.
    Index(Index),
    /// A document of a kind that is not known here; it is carried as it is.
    Opaque,
}

impl Content {
    /// The manifests that a registry must have before this one.
    pub fn children(&self) -> impl Iterator<Item = &Descriptor> {
        let children = if let Self::Index(index) = self { index.manifests.as_slice() } else { &[] };
        children.iter()
    }

    /// The blobs that a registry must have before this manifest.
    pub fn blobs(&self) -> impl Iterator<Item = &Descriptor> {
        let manifest = if let Self::Manifest(manifest) = self { Some(manifest) } else { None };
        manifest.into_iter().flat_map(Manifest::blobs)
    }

    /// The manifest that this one says something about.
    #[must_use]
    pub fn subject(&self) -> Option<&Descriptor> {
        match self {
            Self::Manifest(manifest) => manifest.subject.as_ref(),
            Self::Index(index) => index.subject.as_ref(),
            Self::Opaque => None,
        }
    }

    fn descriptors(&self) -> usize {
        match self {
            Self::Manifest(manifest) => manifest.layers.len() + 2,
            Self::Index(index) => index.manifests.len() + 1,
            Self::Opaque => 0,
        }
    }
}

impl View for Content {
    fn decode(media_type: &MediaType, bytes: &[u8], limits: &Limits) -> Result<Self, DecodeError> {
        let content = match probe::probe(media_type, bytes, limits)? {
            Kind::Manifest => Self::Manifest(read(bytes)?),
            Kind::Index => Self::Index(read(bytes)?),
            Kind::Opaque => Self::Opaque,
        };
        match content.descriptors() > limits.descriptors {
            true => Err(DecodeError::new(DecodeErrorKind::TooManyDescriptors)),
            false => Ok(content),
        }
    }
}

impl View for Manifest {
    fn decode(media_type: &MediaType, bytes: &[u8], limits: &Limits) -> Result<Self, DecodeError> {
        match Content::decode(media_type, bytes, limits)? {
            Content::Manifest(manifest) => Ok(manifest),
            _ => Err(DecodeError::new(DecodeErrorKind::MediaType)),
        }
    }
}

impl View for Index {
    fn decode(media_type: &MediaType, bytes: &[u8], limits: &Limits) -> Result<Self, DecodeError> {
        match Content::decode(media_type, bytes, limits)? {
            Content::Index(index) => Ok(index),
            _ => Err(DecodeError::new(DecodeErrorKind::MediaType)),
        }
    }
}

impl View for ImageConfig {
    fn decode(media_type: &MediaType, bytes: &[u8], limits: &Limits) -> Result<Self, DecodeError> {
        if *media_type != MediaType::IMAGE_CONFIG && *media_type != MediaType::DOCKER_CONFIG {
            return Err(DecodeError::new(DecodeErrorKind::MediaType));
        }
        if bytes.len() > limits.document_bytes {
            return Err(DecodeError::new(DecodeErrorKind::TooLarge));
        }
        probe::object(bytes)?;
        strict::check(bytes, strict::CONFIG, limits)?;
        read(bytes)
    }
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, DecodeError> {
    serde_json::from_slice(bytes).map_err(|error| DecodeError::json(&error, bytes))
}

/// Why bytes were not accepted under a digest.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum VerifyError {
    /// They have another digest.
    Mismatch(Mismatch),
    /// The digest's algorithm cannot be computed.
    Unsupported(Unsupported),
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mismatch(mismatch) => mismatch.fmt(f),
            Self::Unsupported(unsupported) => unsupported.fmt(f),
        }
    }
}

impl Error for VerifyError {}
