use http::HeaderMap;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG};
use wharf_spec::{Digest, MediaType};

use crate::entity_tag::EntityTag;
use crate::field::{self, HeaderError};
use crate::header::DOCKER_CONTENT_DIGEST;

/// What an answer says of a manifest or a blob (distribution-spec, "Pulling manifests", "Pulling blobs"). All of it is
/// the registry's word, and any of it may be missing.
///
/// ```
/// use wharf_distribution::response::Content;
/// use wharf_spec::{Digest, MediaType};
///
/// let content = Content::of(MediaType::IMAGE_INDEX, Digest::of(b"{}")).with_length(2);
/// assert_eq!(content.length, Some(2));
/// assert!(content.entity_tag.is_some(), "which is the digest");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Content {
    /// `Content-Type`, without parameters.
    pub media_type: Option<MediaType>,
    /// `Docker-Content-Digest`: of the content, also where the body is a part of it.
    pub digest: Option<Digest>,
    /// `Content-Length`: of the body, or of the one that `GET` would have.
    pub length: Option<u64>,
    /// `ETag`.
    pub entity_tag: Option<EntityTag>,
}

impl Content {
    /// What a registry says of content that it has, whose entity tag is its digest.
    ///
    /// ```
    /// # use wharf_distribution::response::Content;
    /// # use wharf_spec::{Digest, MediaType};
    /// let content = Content::of(MediaType::OCTET_STREAM, Digest::of(b"{}"));
    /// assert_eq!(content.entity_tag.and_then(|tag| tag.digest()), content.digest);
    /// ```
    #[must_use]
    pub fn of(media_type: MediaType, digest: Digest) -> Self {
        Self { media_type: Some(media_type), ..Self::unchanged(digest) }
    }

    /// What a registry says of content that the client has already.
    ///
    /// ```
    /// # use wharf_distribution::response::Content;
    /// # use wharf_spec::Digest;
    /// assert_eq!(Content::unchanged(Digest::of(b"{}")).media_type, None);
    /// ```
    #[must_use]
    pub fn unchanged(digest: Digest) -> Self {
        Self { entity_tag: Some(EntityTag::of(&digest)), digest: Some(digest), ..Self::default() }
    }

    /// The same with the length of the body.
    ///
    /// ```
    /// # use wharf_distribution::response::Content;
    /// assert_eq!(Content::default().with_length(5).length, Some(5));
    /// ```
    #[must_use]
    pub fn with_length(self, length: u64) -> Self {
        Self { length: Some(length), ..self }
    }

    /// Adds what is said to the headers of an answer.
    ///
    /// ```
    /// # use http::HeaderMap;
    /// # use wharf_distribution::response::Content;
    /// # use wharf_spec::{Digest, MediaType};
    /// let mut headers = HeaderMap::new();
    /// let content = Content::of(MediaType::OCTET_STREAM, Digest::of(b"{}"));
    /// content.write(&mut headers);
    /// assert_eq!(Content::read(&headers), Ok(content));
    /// ```
    pub fn write(&self, headers: &mut HeaderMap) {
        field::write(headers, CONTENT_TYPE, self.media_type.as_ref());
        field::write(headers, CONTENT_LENGTH, self.length.as_ref());
        field::write(headers, DOCKER_CONTENT_DIGEST, self.digest.as_ref());
        field::write(headers, ETAG, self.entity_tag.as_ref());
    }

    /// Reads what the headers of an answer say. A media type or an entity tag that is none says nothing.
    ///
    /// # Errors
    /// [`HeaderError`] for a length that is no number, a digest that is none, and a media type, length or digest that
    /// contradicts itself, is too long or is not text.
    ///
    /// ```
    /// # use http::HeaderMap;
    /// # use wharf_distribution::response::Content;
    /// assert_eq!(Content::read(&HeaderMap::new()), Ok(Content::default()));
    /// ```
    pub fn read(headers: &HeaderMap) -> Result<Self, HeaderError> {
        Ok(Self {
            media_type: field::media_type(headers)?,
            digest: field::digest(headers)?,
            length: field::length(headers)?,
            entity_tag: field::entity_tag(headers),
        })
    }
}
