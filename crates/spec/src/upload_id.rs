use std::error::Error;
use std::fmt;

/// The name of an upload session: 1 to 128 characters out of `[A-Za-z0-9_-]`, so that it is safe in a path.
///
/// A registry chooses it, and gives it to a client as a part of a URL; the distribution-spec leaves its form open. Most
/// write a UUID. It comes back in every request of the upload, from whoever sends one, so it is parsed before it names a
/// file, and knowing it must not be a permission: the store that keeps the session says whose it is.
///
/// ```
/// use wharf_spec::UploadId;
///
/// assert_eq!(UploadId::parse("5a-3F_").unwrap().as_str(), "5a-3F_");
/// assert!(UploadId::parse("../../x").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UploadId(Box<str>);

impl UploadId {
    /// Reads the name of a session.
    ///
    /// # Errors
    /// [`InvalidUploadId`] when it has other characters or another length.
    ///
    /// ```
    /// # use wharf_spec::UploadId;
    /// assert!(UploadId::parse("0f2c2f5e-9c1e-4c62-8f5f-6f0d8f1f1a11").is_ok());
    /// assert!(["", "..", "a/b", "a%2fb", &"a".repeat(129)].map(UploadId::parse).iter().all(Result::is_err));
    /// ```
    pub fn parse(text: &str) -> Result<Self, InvalidUploadId> {
        let fits = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
        if fits && (1..=128).contains(&text.len()) { Ok(Self(text.into())) } else { Err(InvalidUploadId) }
    }

    /// The name as text, as it was: two names that differ in case are two sessions.
    ///
    /// ```
    /// # use wharf_spec::UploadId;
    /// let id = UploadId::parse("5a-3F_").unwrap();
    /// assert_eq!(format!("/v2/crew/harbour/blobs/uploads/{}", id.as_str()), "/v2/crew/harbour/blobs/uploads/5a-3F_");
    /// ```
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UploadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text that cannot name an upload session. It never holds the text, and does not say where it goes wrong: no person
/// writes such names.
///
/// ```
/// use wharf_spec::{ErrorCode, InvalidUploadId, UploadId};
///
/// // To the client that asked, there is no such session.
/// let code = UploadId::parse("../../x").map_err(|InvalidUploadId { .. }| ErrorCode::BLOB_UPLOAD_UNKNOWN);
/// assert_eq!(code.unwrap_err().as_str(), "BLOB_UPLOAD_UNKNOWN");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidUploadId;

impl fmt::Display for InvalidUploadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not the name of an upload session")
    }
}

impl Error for InvalidUploadId {}
