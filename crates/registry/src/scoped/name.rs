//! The two names of a repository, and errors that show one of them.

use async_trait::async_trait;
use wharf_reference::Repository;
use wharf_spec::{Descriptor, Digest, ErrorCode};

use crate::{ByteStream, Error, Operation, Upload, UploadId};

/// A repository as it is called in the registry below, and as it was asked for.
#[derive(Clone)]
pub(super) struct Name {
    pub(super) full: Repository,
    short: Repository,
}

impl Name {
    /// The name below `prefix`.
    ///
    /// # Errors
    /// `NAME_INVALID` when that is too long.
    pub(super) fn new(prefix: &Repository, short: &Repository, operation: Operation) -> Result<Self, Error> {
        let invalid = |error| Error::new(ErrorCode::NAME_INVALID, operation).named(short).because(error);
        let full = Repository::parse(&format!("{prefix}/{short}")).map_err(invalid)?;
        Ok(Self { full, short: short.clone() })
    }

    /// An error of the registry below, about the repository as it was asked for.
    pub(super) fn shown(&self, error: Error) -> Error {
        error.renamed(&self.full, &self.short)
    }
}

/// An upload whose errors show the other name.
pub(super) struct Renamed {
    pub(super) upload: Box<dyn Upload>,
    pub(super) name: Name,
}

#[async_trait]
impl Upload for Renamed {
    fn id(&self) -> &UploadId {
        self.upload.id()
    }

    fn offset(&self) -> u64 {
        self.upload.offset()
    }

    async fn append(&mut self, data: ByteStream) -> Result<u64, Error> {
        self.upload.append(data).await.map_err(|error| self.name.shown(error))
    }

    async fn commit(self: Box<Self>, digest: &Digest) -> Result<Descriptor, Error> {
        self.upload.commit(digest).await.map_err(|error| self.name.shown(error))
    }

    async fn cancel(self: Box<Self>) -> Result<(), Error> {
        self.upload.cancel().await.map_err(|error| self.name.shown(error))
    }
}
