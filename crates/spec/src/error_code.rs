use std::borrow::Cow;
use std::error::Error;
use std::fmt;

/// What went wrong, in the words of the distribution-spec ("Error Codes"): one vocabulary for memory, disk and network.
///
/// The set is open: registries have codes of their own, which are carried as they came.
///
/// ```
/// use wharf_spec::ErrorCode;
///
/// assert_eq!(ErrorCode::parse("BLOB_UNKNOWN").unwrap(), ErrorCode::BLOB_UNKNOWN);
/// assert_eq!(ErrorCode::parse("PROJECTPOLICYVIOLATION").unwrap().as_str(), "PROJECTPOLICYVIOLATION");
/// assert!(ErrorCode::parse("no spaces").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ErrorCode(Cow<'static, str>);

macro_rules! codes {
    ($($(#[doc = $doc:literal])* $name:ident,)*) => {
        impl ErrorCode {
            $($(#[doc = $doc])* pub const $name: Self = Self(Cow::Borrowed(stringify!($name)));)*
        }
    };
}

codes! {
    /// The repository has no such blob.
    BLOB_UNKNOWN,
    /// The upload is in a state that does not allow the operation.
    BLOB_UPLOAD_INVALID,
    /// No such upload session.
    BLOB_UPLOAD_UNKNOWN,
    /// Content is not what its digest says, or the digest cannot be used.
    DIGEST_INVALID,
    /// A manifest names content that the repository does not have.
    MANIFEST_BLOB_UNKNOWN,
    /// A manifest that cannot be read, or whose media type is another.
    MANIFEST_INVALID,
    /// The repository has no such manifest or tag.
    MANIFEST_UNKNOWN,
    /// Not a repository name.
    NAME_INVALID,
    /// No such repository.
    NAME_UNKNOWN,
    /// Content of another length than was said.
    SIZE_INVALID,
    /// A range that does not fit the upload or the content. Not in the specification, used by most registries.
    RANGE_INVALID,
    /// Credentials are missing or wrong.
    UNAUTHORIZED,
    /// The caller may not do this.
    DENIED,
    /// The registry does not do this.
    UNSUPPORTED,
    /// The caller asks too often.
    TOOMANYREQUESTS,
    /// The registry, or the way to it, is out of order. Not in the specification, used by most registries.
    UNAVAILABLE,
    /// Nothing more is known. Not in the specification, used by most registries.
    UNKNOWN,
}

impl ErrorCode {
    /// Reads a code: up to 64 upper-case letters, digits and underscores.
    ///
    /// # Errors
    /// [`InvalidErrorCode`] for anything else.
    pub fn parse(text: &str) -> Result<Self, InvalidErrorCode> {
        let fits = text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
        match fits && (1..=64).contains(&text.len()) {
            true => Ok(Self(Cow::Owned(text.into()))),
            false => Err(InvalidErrorCode),
        }
    }

    /// The code as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that is not an error code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidErrorCode;

impl fmt::Display for InvalidErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an error code is made of upper-case letters, digits and underscores")
    }
}

impl Error for InvalidErrorCode {}
