use http::HeaderMap;
use http::header::LOCATION;
use wharf_reference::{Repository, Tag, TagOrDigest};
use wharf_spec::Digest;

use crate::field::{self, HeaderError};
use crate::header::{DOCKER_CONTENT_DIGEST, OCI_SUBJECT, OCI_TAG};
use crate::{Endpoint, Location};

/// What an answer says of a manifest or a blob that was stored (distribution-spec, "Pushing blobs", "Pushing manifests").
///
/// ```
/// use wharf_distribution::response::Stored;
/// use wharf_reference::Repository;
/// use wharf_spec::Digest;
///
/// let stored = Stored::manifest(&Repository::from_static("a"), &Digest::of(b"{}"));
/// assert!(stored.location.unwrap().as_str().starts_with("/v2/a/manifests/sha256:44136fa3"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stored {
    /// `Location`: where it can be pulled from. Not all registries say so.
    pub location: Option<Location>,
    /// `Docker-Content-Digest`: under which digest it was stored.
    pub digest: Option<Digest>,
    /// `OCI-Subject`: the manifest to whose referrers it was added.
    pub subject: Option<Digest>,
    /// `OCI-Tag`: the tags that it was given besides; at most [`MAX_TAGS`](Self::MAX_TAGS) are read.
    pub tags: Vec<Tag>,
}

impl Stored {
    /// How many tags are read: as many as a request can have.
    pub const MAX_TAGS: usize = 64;

    /// What a registry says of a blob.
    ///
    /// ```
    /// # use wharf_distribution::response::Stored;
    /// # use wharf_reference::Repository;
    /// # use wharf_spec::Digest;
    /// let stored = Stored::blob(&Repository::from_static("a"), &Digest::of(b"{}"));
    /// assert!(stored.location.unwrap().as_str().starts_with("/v2/a/blobs/sha256:44136fa3"));
    /// ```
    #[must_use]
    pub fn blob(repository: &Repository, digest: &Digest) -> Self {
        Self::at(&Endpoint::GetBlob { repository: repository.clone(), digest: digest.clone() }, digest)
    }

    /// What a registry says of a manifest.
    ///
    /// ```
    /// # use wharf_distribution::response::Stored;
    /// # use wharf_reference::Repository;
    /// # use wharf_spec::Digest;
    /// let stored = Stored::manifest(&Repository::from_static("a"), &Digest::of(b"{}"));
    /// assert_eq!(stored.digest, Some(Digest::of(b"{}")));
    /// ```
    #[must_use]
    pub fn manifest(repository: &Repository, digest: &Digest) -> Self {
        let which = TagOrDigest::Digest(digest.clone());
        Self::at(&Endpoint::GetManifest { repository: repository.clone(), which }, digest)
    }

    /// The same with the manifest to whose referrers it was added.
    ///
    /// ```
    /// # use wharf_distribution::response::Stored;
    /// # use wharf_spec::Digest;
    /// assert_eq!(Stored::default().with_subject(Digest::of(b"{}")).subject, Some(Digest::of(b"{}")));
    /// ```
    #[must_use]
    pub fn with_subject(self, subject: Digest) -> Self {
        Self { subject: Some(subject), ..self }
    }

    /// The same with the tags that it was given besides.
    ///
    /// ```
    /// # use wharf_distribution::response::Stored;
    /// # use wharf_reference::Tag;
    /// assert_eq!(Stored::default().with_tags(vec![Tag::LATEST]).tags, [Tag::LATEST]);
    /// ```
    #[must_use]
    pub fn with_tags(self, tags: Vec<Tag>) -> Self {
        Self { tags, ..self }
    }

    fn at(endpoint: &Endpoint, digest: &Digest) -> Self {
        Self { location: Some(Location::of(endpoint)), digest: Some(digest.clone()), ..Self::default() }
    }

    /// Adds what is said to the headers of an answer, with a line for each tag.
    ///
    /// ```
    /// # use http::HeaderMap;
    /// # use wharf_distribution::response::Stored;
    /// # use wharf_reference::Tag;
    /// let mut headers = HeaderMap::new();
    /// Stored::default().with_tags(vec![Tag::LATEST]).write(&mut headers);
    /// assert_eq!(headers["oci-tag"], "latest");
    /// ```
    pub fn write(&self, headers: &mut HeaderMap) {
        field::write(headers, LOCATION, self.location.as_ref());
        field::write(headers, DOCKER_CONTENT_DIGEST, self.digest.as_ref());
        field::write(headers, OCI_SUBJECT, self.subject.as_ref());
        for tag in &self.tags {
            field::write(headers, OCI_TAG, Some(tag));
        }
    }

    /// Reads what the headers of an answer say. Tags may come in one line or in many. What cannot be read says nothing,
    /// the address included: what was stored is known by its digest.
    ///
    /// # Errors
    /// [`HeaderError`] for a digest that is none, or contradicts itself.
    ///
    /// ```
    /// # use http::HeaderMap;
    /// # use wharf_distribution::response::Stored;
    /// let mut headers = HeaderMap::new();
    /// headers.append("oci-tag", "v1, v2".parse().unwrap());
    /// headers.append("oci-tag", "latest".parse().unwrap());
    /// let tags: Vec<_> = Stored::read(&headers).unwrap().tags.iter().map(ToString::to_string).collect();
    /// assert_eq!(tags, ["v1", "v2", "latest"]);
    /// ```
    pub fn read(headers: &HeaderMap) -> Result<Self, HeaderError> {
        let lenient = |name| field::one(headers, name).ok().flatten();
        let tags = field::all(headers, &OCI_TAG).unwrap_or_default();
        let tags = tags.into_iter().flat_map(|value| value.split(','));
        Ok(Self {
            location: lenient(&LOCATION).and_then(|text| Location::parse(text).ok()),
            digest: field::digest(headers)?,
            subject: lenient(&OCI_SUBJECT).and_then(|text| Digest::parse(text).ok()),
            tags: tags.filter_map(|tag| Tag::parse(tag.trim_ascii()).ok()).take(Self::MAX_TAGS).collect(),
        })
    }
}
