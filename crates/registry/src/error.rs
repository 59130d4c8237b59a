use std::error::Error as StdError;
use std::fmt;

use wharf_reference::Repository;
use wharf_spec::ErrorCode;

/// What went wrong with an operation: the distribution-spec's code, what was being done, to what, and why.
///
/// The same value comes from memory, disk and network. `Display` prints one level; the rest is in
/// [`source`](StdError::source). Which concrete error is found there is not promised.
///
/// ```
/// use wharf_registry::{Error, ErrorCode, Operation, Repository, Tag};
///
/// let error = Error::new(ErrorCode::MANIFEST_UNKNOWN, Operation::GetManifest)
///     .about(&Repository::from_static("team/app"), &Tag::LATEST);
/// assert_eq!(error.to_string(), "get manifest team/app latest: MANIFEST_UNKNOWN");
/// assert!(error.is_not_found());
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    code: ErrorCode,
    operation: Operation,
    name: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error of which nothing more is known.
    #[must_use]
    pub fn new(code: ErrorCode, operation: Operation) -> Self {
        Self(Box::new(Inner { code, operation, name: String::new(), source: None }))
    }

    /// The operation is not offered.
    #[must_use]
    pub fn unsupported(operation: Operation) -> Self {
        Self::new(ErrorCode::UNSUPPORTED, operation)
    }

    /// The same, saying which content of which repository it was about.
    #[must_use]
    pub fn about(mut self, repository: &Repository, name: &dyn fmt::Display) -> Self {
        self.0.name = format!("{repository} {name}");
        self
    }

    /// The same, saying what it was about.
    #[must_use]
    pub fn named(mut self, name: &dyn fmt::Display) -> Self {
        self.0.name = name.to_string();
        self
    }

    /// The same, where a repository that it names is called otherwise.
    pub(crate) fn renamed(mut self, from: &Repository, to: &Repository) -> Self {
        self.0.name = self.0.name.replace(from.as_str(), to.as_str());
        self
    }

    /// The same with its cause.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// What went wrong.
    #[must_use]
    pub fn code(&self) -> &ErrorCode {
        &self.0.code
    }

    /// What was being done.
    #[must_use]
    pub fn operation(&self) -> Operation {
        self.0.operation
    }

    /// What was being done to what, without the code: `get manifest team/app latest`.
    pub fn context(&self) -> impl fmt::Display + '_ {
        Context(&self.0)
    }

    /// Whether what was asked for is not there.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        [ErrorCode::BLOB_UNKNOWN, ErrorCode::BLOB_UPLOAD_UNKNOWN, ErrorCode::MANIFEST_UNKNOWN, ErrorCode::NAME_UNKNOWN]
            .contains(self.code())
    }

    /// Whether the registry does not offer the operation.
    #[must_use]
    pub fn is_unsupported(&self) -> bool {
        *self.code() == ErrorCode::UNSUPPORTED
    }

    /// Whether other credentials could help.
    #[must_use]
    pub fn is_unauthorized(&self) -> bool {
        *self.code() == ErrorCode::UNAUTHORIZED || *self.code() == ErrorCode::DENIED
    }
}

struct Context<'a>(&'a Inner);

impl fmt::Display for Context<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(Inner { operation, name, .. }) = self;
        match name.as_str() {
            "" => operation.fmt(f),
            name => write!(f, "{operation} {name}"),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.context(), self.code())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { code, operation, name, source } = &*self.0;
        f.debug_struct("Error")
            .field("code", code)
            .field("operation", operation)
            .field("name", name)
            .field("source", source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

/// What was being done when an error came up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// Reading a manifest.
    GetManifest,
    /// Asking what a tag points to, or whether a manifest is there.
    Resolve,
    /// Reading a blob, or a range of one.
    GetBlob,
    /// Asking whether a blob is there.
    StatBlob,
    /// Storing a manifest.
    PutManifest,
    /// Storing a blob.
    PutBlob,
    /// Making a blob of another repository visible.
    Mount,
    /// Anything in an upload session.
    Upload,
    /// Listing tags.
    ListTags,
    /// Listing repositories.
    ListRepositories,
    /// Listing what refers to a manifest.
    ListReferrers,
    /// Deleting a tag.
    DeleteTag,
    /// Deleting a manifest.
    DeleteManifest,
    /// Deleting a blob.
    DeleteBlob,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::GetManifest => "get manifest",
            Self::Resolve => "resolve",
            Self::GetBlob => "get blob",
            Self::StatBlob => "stat blob",
            Self::PutManifest => "put manifest",
            Self::PutBlob => "put blob",
            Self::Mount => "mount blob",
            Self::Upload => "upload to",
            Self::ListTags => "list tags of",
            Self::ListRepositories => "list repositories",
            Self::ListReferrers => "list referrers of",
            Self::DeleteTag => "delete tag",
            Self::DeleteManifest => "delete manifest",
            Self::DeleteBlob => "delete blob",
        })
    }
}
