use http::HeaderMap;
use http::header::{LOCATION, RANGE};
use wharf_reference::Repository;
use wharf_spec::UploadId;

use crate::field::{self, HeaderError};
use crate::header::{DOCKER_UPLOAD_UUID, OCI_CHUNK_MIN_LENGTH, UPLOAD_OFFSET, number};
use crate::held::Held;
use crate::{Endpoint, Location};

/// What an answer says of an upload session (distribution-spec, "Pushing blobs"): one that was opened, has taken a
/// part, was asked for, or refuses a part that does not follow the last one (416).
///
/// ```
/// use wharf_distribution::response::Session;
/// use wharf_reference::Repository;
/// use wharf_spec::UploadId;
///
/// let session = Session::new(&Repository::from_static("a"), &UploadId::parse("x").unwrap(), 10);
/// assert_eq!(session.location.unwrap().as_str(), "/v2/a/blobs/uploads/x");
/// assert_eq!(session.held.unwrap().bytes(), Some(10));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Session {
    /// `Location`: where the session is from now on. Missing where it has not moved.
    pub location: Option<Location>,
    /// `Range`: how much it holds.
    pub held: Option<Held>,
    /// `Upload-Offset`: how much it holds, in bytes, which few registries tell in this way. See [`Held::beside`].
    pub offset: Option<u64>,
    /// `Docker-Upload-UUID`: its name, which not all registries tell, and some of another form.
    pub id: Option<UploadId>,
    /// `OCI-Chunk-Min-Length`: how long every part but the last should be at least, in bytes. It is a wish of the
    /// registry's, which can be of any size.
    pub chunk_min_length: Option<u64>,
}

impl Session {
    /// What a registry says of a session of `repository` that holds `offset` bytes.
    ///
    /// ```
    /// # use wharf_distribution::response::Session;
    /// # use wharf_reference::Repository;
    /// # use wharf_spec::UploadId;
    /// let session = Session::new(&Repository::from_static("a"), &UploadId::parse("x").unwrap(), 0);
    /// assert_eq!(session.held.unwrap().to_string(), "0-0");
    /// ```
    #[must_use]
    pub fn new(repository: &Repository, id: &UploadId, offset: u64) -> Self {
        let place = Endpoint::UploadStatus { repository: repository.clone(), upload: id.clone() };
        Self {
            location: Some(Location::of(&place)),
            held: Some(Held::of(offset)),
            offset: Some(offset),
            id: Some(id.clone()),
            chunk_min_length: None,
        }
    }

    /// Adds what is said to the headers of an answer.
    ///
    /// ```
    /// # use http::HeaderMap;
    /// # use wharf_distribution::response::Session;
    /// let mut headers = HeaderMap::new();
    /// Session::default().write(&mut headers);
    /// assert!(headers.is_empty());
    /// ```
    pub fn write(&self, headers: &mut HeaderMap) {
        field::write(headers, LOCATION, self.location.as_ref());
        field::write(headers, RANGE, self.held.as_ref());
        field::write(headers, UPLOAD_OFFSET, self.offset.as_ref());
        field::write(headers, DOCKER_UPLOAD_UUID, self.id.as_ref());
        field::write(headers, OCI_CHUNK_MIN_LENGTH, self.chunk_min_length.as_ref());
    }

    /// Reads what the headers of an answer say. What cannot be read says nothing, but for the address.
    ///
    /// # Errors
    /// [`HeaderError`] for a `Location` that is no [`Location`], or contradicts itself.
    ///
    /// ```
    /// # use http::HeaderMap;
    /// # use http::header::{LOCATION, RANGE};
    /// # use wharf_distribution::response::Session;
    /// let mut headers = HeaderMap::new();
    /// headers.insert(RANGE, "all of it".parse().unwrap());
    /// assert_eq!(Session::read(&headers), Ok(Session::default()));
    /// headers.insert(LOCATION, "\\\\evil".parse().unwrap());
    /// assert!(Session::read(&headers).is_err());
    /// ```
    pub fn read(headers: &HeaderMap) -> Result<Self, HeaderError> {
        let lenient = |name| field::one(headers, name).ok().flatten();
        Ok(Self {
            location: field::read(headers, &LOCATION, |text| Location::parse(text).ok())?,
            held: field::held(headers),
            offset: lenient(&UPLOAD_OFFSET).and_then(number),
            id: lenient(&DOCKER_UPLOAD_UUID).and_then(|text| UploadId::parse(text).ok()),
            chunk_min_length: lenient(&OCI_CHUNK_MIN_LENGTH).and_then(number),
        })
    }
}
