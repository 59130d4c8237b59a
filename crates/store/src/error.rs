//! What goes wrong on disk or in content, with its path and its cause, and what that is in the words of the registry
//! traits.

use std::io;
use std::path::PathBuf;

use wharf_registry::{DecodeError, ErrorCode, Mismatch, Operation, Repository, Unsupported};

/// What went wrong in a store, below the words of the registry traits; it becomes the source of a
/// [`wharf_registry::Error`].
///
/// An error names files of this machine, so it is for its owner: a server sends the code and not the source.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused, or what else keeps the content: a service for objects, a database. Their own error
    /// becomes the source by [`io::Error::other`], and a key the path.
    #[error("cannot {step} {}", path.display())]
    Io {
        /// What was being done, as a verb.
        step: &'static str,
        /// To which file or directory.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// Content is not what it was said to be.
    #[error("content does not match")]
    Mismatch(#[from] Mismatch),
    /// The content's digest cannot be computed.
    #[error("content cannot be verified")]
    Unsupported(#[from] Unsupported),
    /// A file of the store cannot be read as what it should be.
    #[error("cannot use {}", path.display())]
    Corrupt {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        source: DecodeError,
    },
    /// The directory is not an OCI image layout, or one of a version that is not known.
    #[error("{} is not an OCI image layout of version 1.0.0", path.display())]
    NotALayout {
        /// Which directory.
        path: PathBuf,
    },
    /// An index has no room for another entry.
    #[error("{} is full", path.display())]
    Full {
        /// Which file.
        path: PathBuf,
    },
    /// Others than the user of this process could change the directory.
    #[error("{} is not this user's alone", path.display())]
    Shared {
        /// Which directory.
        path: PathBuf,
    },
    /// There is no upload session of this name.
    #[error("there is no such upload session")]
    NoSession,
    /// Somebody else holds the upload session.
    #[error("the upload session is in use")]
    Held,
    /// The store cannot hold a repository of this name.
    #[error("there can be no repository {repository} here")]
    NoRepository {
        /// Which repository.
        repository: Repository,
    },
    /// Somebody else collects the store's garbage, and only one can.
    #[error("somebody else collects garbage here")]
    Collecting,
}

impl Error {
    /// The same in the words of the registry traits: what does not match loses this level, and what is said of a session
    /// has no more to tell; everything else is the source.
    ///
    /// | error | code |
    /// |---|---|
    /// | [`Mismatch`](Self::Mismatch) of the size | `SIZE_INVALID` |
    /// | [`Mismatch`](Self::Mismatch) of the digest, [`Unsupported`](Self::Unsupported) | `DIGEST_INVALID` |
    /// | [`Full`](Self::Full) | `DENIED` |
    /// | [`NoSession`](Self::NoSession) | `BLOB_UPLOAD_UNKNOWN` |
    /// | [`Held`](Self::Held) | `BLOB_UPLOAD_INVALID` |
    /// | [`NoRepository`](Self::NoRepository) | `NAME_UNKNOWN` |
    /// | [`Io`](Self::Io), [`Collecting`](Self::Collecting) | `UNAVAILABLE` |
    /// | [`Corrupt`](Self::Corrupt), [`NotALayout`](Self::NotALayout), [`Shared`](Self::Shared) | `UNKNOWN` |
    ///
    /// ```
    /// use std::path::PathBuf;
    /// use wharf_registry::{ErrorCode, Operation};
    /// use wharf_store::Error;
    ///
    /// let source = std::io::ErrorKind::StorageFull.into();
    /// let full = Error::Io { step: "write to", path: PathBuf::from("/srv/blobs"), source };
    /// assert_eq!(full.to_string(), "cannot write to /srv/blobs");
    /// assert_eq!(*full.during(Operation::PutBlob).code(), ErrorCode::UNAVAILABLE);
    /// ```
    #[must_use]
    pub fn during(self, operation: Operation) -> wharf_registry::Error {
        let error = |code| wharf_registry::Error::new(code, operation);
        match self {
            Self::Mismatch(mismatch @ Mismatch::Size { .. }) => error(ErrorCode::SIZE_INVALID).because(mismatch),
            Self::Mismatch(mismatch) => error(ErrorCode::DIGEST_INVALID).because(mismatch),
            Self::Unsupported(unsupported) => error(ErrorCode::DIGEST_INVALID).because(unsupported),
            Self::NoSession => error(ErrorCode::BLOB_UPLOAD_UNKNOWN),
            Self::Held => error(ErrorCode::BLOB_UPLOAD_INVALID),
            Self::Full { .. } => error(ErrorCode::DENIED).because(self),
            Self::NoRepository { .. } => error(ErrorCode::NAME_UNKNOWN).because(self),
            Self::Io { .. } | Self::Collecting => error(ErrorCode::UNAVAILABLE).because(self),
            Self::Corrupt { .. } | Self::NotALayout { .. } | Self::Shared { .. } => {
                error(ErrorCode::UNKNOWN).because(self)
            }
        }
    }
}
