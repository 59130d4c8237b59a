use std::error::Error;
use std::fmt;

/// The name of an upload session: 1 to 128 characters out of `[A-Za-z0-9_-]`, so that it is safe in a path.
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
    pub fn parse(text: &str) -> Result<Self, InvalidUploadId> {
        let fits = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
        if fits && (1..=128).contains(&text.len()) { Ok(Self(text.into())) } else { Err(InvalidUploadId) }
    }

    /// The name as text.
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

/// A text that cannot name an upload session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidUploadId;

impl fmt::Display for InvalidUploadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not the name of an upload session")
    }
}

impl Error for InvalidUploadId {}
