//! What is wrong with certificates and keys, and in which file. What is in a key is in no error.

use std::error::Error as StdError;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Certificates or keys that cannot be used.
///
/// ```
/// use wharf_transport_hyper::{Tls, TlsErrorKind};
///
/// let error = Tls::new().with_roots_pem("no certificate").unwrap_err();
/// assert_eq!(error.kind(), TlsErrorKind::NoCertificate);
/// assert_eq!(error.to_string(), "no certificate in PEM form");
/// assert_eq!(error.path(), None);
/// ```
#[derive(Clone, Debug)]
pub struct TlsError {
    kind: TlsErrorKind,
    path: Option<PathBuf>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

/// What kind of failure a [`TlsError`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TlsErrorKind {
    /// A certificate that cannot be read as one.
    Certificate,
    /// No certificate where there should be some.
    NoCertificate,
    /// No private key, or one of a kind that cannot be used.
    Key,
    /// A private key that is not the one of the certificate.
    WrongKey,
    /// A client certificate without the file of its private key. The path is that of the missing file.
    MissingKey,
    /// A private key without the file of its certificate. The path is that of the missing file.
    MissingCertificate,
    /// A file or a directory that cannot be read.
    Unreadable,
    /// A file of more than 1 MiB.
    TooLarge,
    /// A directory with more entries than a person would put there.
    TooMany,
}

impl TlsError {
    pub(crate) const fn new(kind: TlsErrorKind) -> Self {
        Self { kind, path: None, source: None }
    }

    pub(crate) fn because(mut self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.source = Some(Arc::new(source));
        self
    }

    pub(crate) fn at(mut self, path: &Path) -> Self {
        self.path = Some(path.to_owned());
        self
    }

    /// What kind of failure it is.
    #[must_use]
    pub const fn kind(&self) -> TlsErrorKind {
        self.kind
    }

    /// The file or directory that it is about, if it is about one.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }
}

impl fmt::Display for TlsErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Certificate => "not a certificate that can be used",
            Self::NoCertificate => "no certificate in PEM form",
            Self::Key => "no private key in PEM form that can be used",
            Self::WrongKey => "the private key is not that of the certificate",
            Self::MissingKey => "the private key of a client certificate is missing",
            Self::MissingCertificate => "the client certificate of a private key is missing",
            Self::Unreadable => "cannot be read",
            Self::TooLarge => "larger than 1 MiB",
            Self::TooMany => "too many entries",
        })
    }
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.path {
            Some(path) => write!(f, "{path:?}: {}", self.kind),
            None => self.kind.fmt(f),
        }
    }
}

impl StdError for TlsError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
