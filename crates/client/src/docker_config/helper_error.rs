use std::error::Error;
use std::sync::Arc;
use std::{fmt, io};

use super::HelperName;

/// A credential helper that gave no answer. It holds nothing of what the helper printed.
///
/// ```
/// use std::ffi::OsStr;
/// use wharf_client::docker_config::{HelperErrorKind, HelperName, Helpers};
///
/// # async fn ask() {
/// let helpers = Helpers::new(Some(OsStr::new("/nowhere")));
/// let error = helpers.get(&HelperName::parse("pass").unwrap(), "r.io").await.unwrap_err();
/// assert_eq!(error.kind(), HelperErrorKind::NotFound);
/// assert_eq!(error.to_string(), "the credential helper pass is not on the search path");
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct HelperError {
    name: HelperName,
    kind: HelperErrorKind,
    source: Option<Arc<io::Error>>,
}

/// What kept a helper from an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HelperErrorKind {
    /// What it should be asked for is empty, is too long, or cannot stand in a line.
    Server,
    /// There is no such program on the search path.
    NotFound,
    /// It cannot be run, or not be read from.
    Io,
    /// It did not end in time.
    TimedOut,
    /// It printed more than is believed.
    TooMuchOutput,
    /// It failed, with the code if it ended by itself. What it printed then is not shown, since it may hold a secret.
    Failed {
        /// The exit code; none when it was ended by a signal.
        code: Option<i32>,
    },
    /// What it printed is not an answer.
    Malformed,
    /// Its answer is for another registry.
    OtherRegistry,
}

impl HelperError {
    pub(super) fn new(name: &HelperName, kind: HelperErrorKind) -> Self {
        Self { name: name.clone(), kind, source: None }
    }

    /// The helper.
    #[must_use]
    pub const fn helper(&self) -> &HelperName {
        &self.name
    }

    /// What happened.
    #[must_use]
    pub const fn kind(&self) -> HelperErrorKind {
        self.kind
    }
}

impl fmt::Display for HelperError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the credential helper {} {}", self.name.as_str(), self.kind)
    }
}

impl fmt::Display for HelperErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Server => f.write_str("cannot be asked for a registry of that name"),
            Self::NotFound => f.write_str("is not on the search path"),
            Self::Io => f.write_str("cannot be run"),
            Self::TimedOut => f.write_str("did not answer in time"),
            Self::TooMuchOutput => f.write_str("printed too much"),
            Self::Failed { code: Some(code) } => write!(f, "failed with exit code {code}"),
            Self::Failed { code: None } => f.write_str("was ended by a signal"),
            Self::Malformed => f.write_str("printed something that is not an answer"),
            Self::OtherRegistry => f.write_str("answered for another registry"),
        }
    }
}

impl Error for HelperError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| &**source as _)
    }
}

/// The same before it is known whose it is.
#[derive(Debug)]
pub(super) struct Failure {
    kind: HelperErrorKind,
    source: Option<io::Error>,
}

impl Failure {
    pub(super) fn of(self, name: &HelperName) -> HelperError {
        HelperError { name: name.clone(), kind: self.kind, source: self.source.map(Arc::new) }
    }
}

impl From<HelperErrorKind> for Failure {
    fn from(kind: HelperErrorKind) -> Self {
        Self { kind, source: None }
    }
}

impl From<io::Error> for Failure {
    fn from(source: io::Error) -> Self {
        Self { kind: HelperErrorKind::Io, source: Some(source) }
    }
}
