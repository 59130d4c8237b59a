use std::borrow::Cow;
use std::error::Error;
use std::fmt;

/// What went wrong, in the words of the distribution-spec ("Error Codes"): one vocabulary for memory, disk and network.
///
/// The set is open: registries have codes of their own, which are carried as they came.
///
/// A registry's answer has one or more of them, in `errors[].code`, beside a status of HTTP. The status says what to do
/// next; the code says what it is about, and tells an unknown blob from an unknown repository, which are both 404. Codes
/// are compared as they are written. Some registries answer with a code that does not fit, and some with none, so the
/// status stays the better witness.
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
    /// The repository has no such blob. Another repository of the registry may have it.
    BLOB_UNKNOWN,
    /// The upload is in a state that does not allow the operation: it was finished, or a piece does not follow the last
    /// one.
    BLOB_UPLOAD_INVALID,
    /// No such upload session: it never was, has expired, or was cancelled.
    BLOB_UPLOAD_UNKNOWN,
    /// Content is not what its digest says, or the digest cannot be used.
    DIGEST_INVALID,
    /// A manifest names content that the repository does not have: push blobs first, then children, then what lists them.
    MANIFEST_BLOB_UNKNOWN,
    /// A manifest that cannot be read, or whose media type is another.
    MANIFEST_INVALID,
    /// The repository has no such manifest or tag.
    MANIFEST_UNKNOWN,
    /// Not a repository name: it breaks the grammar, or the registry wants fewer parts, or more.
    NAME_INVALID,
    /// No such repository. Registries say so of one that the caller may not see, too.
    NAME_UNKNOWN,
    /// Content of another length than was said.
    SIZE_INVALID,
    /// A range that does not fit the upload or the content. Not in the specification, used by most registries.
    RANGE_INVALID,
    /// Credentials are missing or wrong. Usually a 401, whose header says where to get better ones.
    UNAUTHORIZED,
    /// The caller may not do this, whoever vouches for it. Usually a 403.
    DENIED,
    /// The registry does not do this: deleting, above all.
    UNSUPPORTED,
    /// The caller asks too often. Usually a 429; a header may say how long to wait.
    TOOMANYREQUESTS,
    /// The registry, or the way to it, is out of order. Not in the specification, used by most registries.
    UNAVAILABLE,
    /// Nothing more is known. Not in the specification, used by most registries.
    UNKNOWN,
}

impl ErrorCode {
    /// Reads a code: up to 64 upper-case letters, digits and underscores. That keeps what a registry sends from being
    /// anything but a word where it is printed.
    ///
    /// # Errors
    /// [`InvalidErrorCode`] for anything else.
    ///
    /// ```
    /// # use wharf_spec::ErrorCode;
    /// assert!(ErrorCode::parse("TAG_INVALID").is_ok(), "a code of some registries");
    /// assert!(["", "denied", "NOT FOUND", "A\u{1b}[2J"].map(ErrorCode::parse).iter().all(Result::is_err));
    /// ```
    pub fn parse(text: &str) -> Result<Self, InvalidErrorCode> {
        let fits = text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
        match fits && (1..=64).contains(&text.len()) {
            true => Ok(Self(Cow::Owned(text.into()))),
            false => Err(InvalidErrorCode),
        }
    }

    /// The code as text, as it stands in `errors[].code`.
    ///
    /// ```
    /// # use wharf_spec::ErrorCode;
    /// let body = format!(r#"{{"errors":[{{"code":"{}"}}]}}"#, ErrorCode::MANIFEST_UNKNOWN.as_str());
    /// assert_eq!(body, r#"{"errors":[{"code":"MANIFEST_UNKNOWN"}]}"#);
    /// ```
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

/// A text that is not an error code. It never holds the text. Whoever reads an answer has better things to do than to
/// fail for it:
///
/// ```
/// use wharf_spec::{ErrorCode, InvalidErrorCode};
///
/// let code = ErrorCode::parse("Something went wrong").unwrap_or_else(|InvalidErrorCode { .. }| ErrorCode::UNKNOWN);
/// assert_eq!(code, ErrorCode::UNKNOWN);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidErrorCode;

impl fmt::Display for InvalidErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an error code is made of upper-case letters, digits and underscores")
    }
}

impl Error for InvalidErrorCode {}
