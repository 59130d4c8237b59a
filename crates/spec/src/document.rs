use std::error::Error;
use std::fmt;

use bytes::Bytes;
use wharf_digest::{Digest, Hasher, Mismatch, Unsupported};

use crate::top::Top;
use crate::view::View;
use crate::{DecodeError, Descriptor, Limits, MediaType, view};

/// Exact bytes with their digest and media type, and what was read from them.
///
/// This is the only form in which manifests are sent and stored, so what was received is what is passed on. The digest
/// is that of the bytes by construction. Cloning shares the bytes.
///
/// A document starts as [`Raw`], which any bytes can be, and becomes one with a view when [`Self::decode`] agrees. There is
/// no way from a view that was received back to bytes. To change an image is to take a copy of the view, change it, and
/// make another document of it with [`Self::author`]:
///
/// ```
/// use wharf_spec::{Document, Index, MediaType};
///
/// let received = r#"{ "schemaVersion": 2, "manifests": [] }"#;
/// let document = Document::new(MediaType::IMAGE_INDEX, received).decode::<Index>().unwrap();
/// let changed = document.view().clone().with_annotation("com.example.ring", "canary");
/// let next = Document::author(changed).unwrap();
/// assert_eq!(document.bytes(), received);
/// assert_ne!(document.digest(), next.digest());
/// ```
///
/// What is not what it was given as is refused when it is read, not before:
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

/// The view of a document that has not been read: what a registry's proxy passes on, and all that a body needs to be before
/// its digest is compared.
///
/// ```
/// use wharf_spec::{Document, MediaType, Raw};
///
/// let document: Document<Raw> = Document::new(MediaType::OCTET_STREAM, "anything");
/// assert_eq!(document.bytes(), "anything");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Raw;

impl Document {
    /// Bytes under their SHA-256 digest, as a registry takes what is pushed to a tag. The media type is what the pusher
    /// said. Nothing is looked at, so this cannot fail.
    ///
    /// ```
    /// # use wharf_spec::{Document, MediaType};
    /// assert_eq!(Document::new(MediaType::EMPTY, "{}").bytes(), "{}");
    /// ```
    #[must_use]
    pub fn new(media_type: MediaType, bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        let digest = Digest::of(&bytes);
        Self { bytes, digest, media_type, view: Raw }
    }

    /// Bytes under the digest by which they were asked for, of whatever algorithm. This is what a client makes of an answer
    /// to a request by digest: what the registry says about the body does not count.
    ///
    /// # Errors
    /// [`VerifyError`] when they have another digest, or one that cannot be computed.
    ///
    /// ```
    /// # use wharf_spec::{Digest, Document, MediaType};
    /// assert!(Document::verified(MediaType::EMPTY, "{}", &Digest::of(b"{}")).is_ok());
    /// assert!(Document::verified(MediaType::EMPTY, "[]", &Digest::of(b"{}")).is_err());
    /// ```
    pub fn verified(media_type: MediaType, bytes: impl Into<Bytes>, digest: &Digest) -> Result<Self, VerifyError> {
        let bytes = bytes.into();
        let mut hasher = Hasher::new(digest.algorithm()).map_err(VerifyError::Unsupported)?;
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
    /// Files on a disk are such, the `index.json` of a layout among them. What came under a `Content-Type` is for
    /// [`Self::new`], because then two can disagree, and that must be told.
    ///
    /// # Errors
    /// [`DecodeError`] when it says nothing and is none that is known, has the members of two kinds, or is Docker's
    /// schema 1.
    ///
    /// ```
    /// # use wharf_spec::{Document, MediaType};
    /// let document = Document::inferred(r#"{"schemaVersion":2,"manifests":[]}"#).unwrap();
    /// assert_eq!(*document.media_type(), MediaType::IMAGE_INDEX);
    /// ```
    pub fn inferred(bytes: impl Into<Bytes>) -> Result<Self, DecodeError> {
        let bytes = bytes.into();
        let (top, _) = Top::decode(None, &bytes, &Limits::default(), None)?;
        Ok(Self::new(top.infer()?, bytes))
    }
}

impl<T> Document<T> {
    pub(crate) fn from_parts(bytes: Bytes, media_type: MediaType, view: T) -> Self {
        Self { digest: Digest::of(&bytes), bytes, media_type, view }
    }

    /// The exact bytes: what goes to a disk or onto the wire. Cloning them copies nothing.
    ///
    /// ```
    /// # use wharf_spec::{Document, MediaType};
    /// assert_eq!(Document::new(MediaType::EMPTY, "{ }").bytes(), "{ }");
    /// ```
    #[must_use]
    pub const fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The digest of the bytes: SHA-256, or the algorithm of the digest that they were verified by.
    ///
    /// ```
    /// # use wharf_spec::{Digest, Document, MediaType};
    /// assert_eq!(*Document::new(MediaType::EMPTY, "{}").digest(), Digest::of(b"{}"));
    /// ```
    #[must_use]
    pub const fn digest(&self) -> &Digest {
        &self.digest
    }

    /// What the document was given as: by a `Content-Type`, a descriptor, or the one who made it. After it was read, this
    /// is what it says itself too, if it says anything.
    ///
    /// ```
    /// # use wharf_spec::{Document, MediaType};
    /// assert_eq!(*Document::new(MediaType::EMPTY, "{}").media_type(), MediaType::EMPTY);
    /// ```
    #[must_use]
    pub const fn media_type(&self) -> &MediaType {
        &self.media_type
    }

    /// What was read from the bytes. It cannot be changed in place, or it would tell of other bytes.
    ///
    /// ```
    /// # use wharf_spec::{Document, Index};
    /// assert!(Document::author(Index::new(Vec::new())).unwrap().view().manifests.is_empty());
    /// ```
    #[must_use]
    pub const fn view(&self) -> &T {
        &self.view
    }

    /// The descriptor of the document, by which another one can point at it. It has the three required members; platform,
    /// artifact type and annotations are for whoever writes the entry.
    ///
    /// ```
    /// # use wharf_spec::{Document, MediaType};
    /// assert_eq!(Document::new(MediaType::EMPTY, "{}").descriptor().size, 2);
    /// ```
    #[must_use]
    pub fn descriptor(&self) -> Descriptor {
        Descriptor::new(self.media_type.clone(), self.digest.clone(), self.bytes.len() as u64)
    }

    /// Whether the document is the one that a descriptor describes: by size, digest and media type.
    ///
    /// # Errors
    /// [`VerifyError`] with what was expected and what is.
    ///
    /// ```
    /// # use wharf_spec::{Descriptor, Document, MediaType, VerifyError};
    /// let document = Document::new(MediaType::IMAGE_INDEX, "{}");
    /// assert!(document.is_described_by(&document.descriptor()).is_ok());
    /// let other = Descriptor::of(MediaType::IMAGE_MANIFEST, b"{}");
    /// assert!(matches!(document.is_described_by(&other), Err(VerifyError::MediaType { .. })));
    /// ```
    pub fn is_described_by(&self, descriptor: &Descriptor) -> Result<(), VerifyError> {
        // The digest has been computed, unless by another algorithm.
        if self.digest != descriptor.digest || self.bytes.len() as u64 != descriptor.size {
            descriptor.describes(&self.bytes)?;
        }
        match self.media_type == descriptor.media_type {
            true => Ok(()),
            false => {
                Err(VerifyError::MediaType { expected: descriptor.media_type.clone(), actual: self.media_type.clone() })
            }
        }
    }

    /// The document with nothing read from it, for those who keep documents of all kinds in one place.
    ///
    /// ```
    /// # use wharf_spec::{Document, Index};
    /// let document = Document::author(Index::new(Vec::new())).unwrap();
    /// assert_eq!(document.clone().into_raw().bytes(), document.bytes());
    /// ```
    #[must_use]
    pub fn into_raw(self) -> Document {
        Document { bytes: self.bytes, digest: self.digest, media_type: self.media_type, view: Raw }
    }

    /// Reads the document within the default limits, as one kind of document or, as [`Content`](crate::Content), as
    /// whichever it is. It takes one pass over the bytes. The document is consumed; keep a clone, which is cheap, to have
    /// the bytes when it fails.
    ///
    /// # Errors
    /// [`DecodeError`], among others when the body and the media type disagree.
    ///
    /// ```
    /// # use wharf_spec::{Document, Index, MediaType};
    /// let document = Document::new(MediaType::IMAGE_INDEX, r#"{"schemaVersion":2,"manifests":[]}"#);
    /// assert!(document.decode::<Index>().is_ok());
    /// ```
    pub fn decode<U: View>(self) -> Result<Document<U>, DecodeError> {
        self.decode_within(&Limits::default())
    }

    /// Reads the document within limits, for those who know what they will meet: a registry for models may take more
    /// descriptors, a verifier on a small machine fewer.
    ///
    /// # Errors
    /// [`DecodeError`], among others when the body and the media type disagree.
    ///
    /// ```
    /// # use wharf_spec::{Content, Document, Limits, MediaType};
    /// let mut limits = Limits::default();
    /// limits.document_bytes = 1;
    /// assert!(Document::new(MediaType::IMAGE_INDEX, "{}").decode_within::<Content>(&limits).is_err());
    /// ```
    pub fn decode_within<U: View>(self, limits: &Limits) -> Result<Document<U>, DecodeError> {
        let (view, _) = view::decode(&self.media_type, &self.bytes, limits, None)?;
        Ok(Document { bytes: self.bytes, digest: self.digest, media_type: self.media_type, view })
    }
}

/// Why bytes were not accepted as what was expected. It holds digests, sizes and media types and nothing of the bytes, so
/// it is safe to log. Nothing of the bytes should be used.
///
/// ```
/// use wharf_spec::{Digest, Document, MediaType, VerifyError};
///
/// let error = Document::verified(MediaType::EMPTY, "{}", &Digest::of(b"")).unwrap_err();
/// assert!(matches!(error, VerifyError::Mismatch(_)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum VerifyError {
    /// They have another digest or size; the two sides are in it.
    Mismatch(Mismatch),
    /// The digest's algorithm cannot be computed, so nothing is known about the bytes: neither right nor wrong.
    Unsupported(Unsupported),
    /// They were given as something else than the descriptor says, with the right digest. One of the two lies about what
    /// the bytes are to be read as.
    #[non_exhaustive]
    MediaType {
        /// What the descriptor says.
        expected: MediaType,
        /// What they were given as.
        actual: MediaType,
    },
}

impl From<Mismatch> for VerifyError {
    fn from(mismatch: Mismatch) -> Self {
        Self::Mismatch(mismatch)
    }
}

impl From<Unsupported> for VerifyError {
    fn from(unsupported: Unsupported) -> Self {
        Self::Unsupported(unsupported)
    }
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mismatch(mismatch) => mismatch.fmt(f),
            Self::Unsupported(unsupported) => unsupported.fmt(f),
            Self::MediaType { expected, actual } => write!(f, "expected {expected}, not {actual}"),
        }
    }
}

impl Error for VerifyError {}
