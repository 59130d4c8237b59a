//! Errors that name what they are about. One is made at the beginning of each call, so that no error can forget it.

use std::fmt;

use wharf_registry::{Descriptor, Digest, Error, ErrorCode, MediaType, Operation, Repository};

/// What is being done to what, for the errors of one call.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    operation: Operation,
    repository: &'a Repository,
    name: Option<&'a (dyn fmt::Display + Sync)>,
}

impl<'a> Context<'a> {
    pub(crate) fn new(operation: Operation, repository: &'a Repository, name: &'a (dyn fmt::Display + Sync)) -> Self {
        Self { operation, repository, name: Some(name) }
    }

    /// Something that is done to a repository and not to one thing in it.
    pub(crate) fn whole(operation: Operation, repository: &'a Repository) -> Self {
        Self { operation, repository, name: None }
    }

    pub(crate) fn repository(self) -> &'a Repository {
        self.repository
    }

    pub(crate) fn error(self, code: ErrorCode) -> Error {
        self.name(Error::new(code, self.operation))
    }

    /// The registry's error for one of the store.
    pub(crate) fn failed(self, error: crate::Error) -> Error {
        self.name(error.during(self.operation))
    }

    /// What went while it was stored is to be stored again.
    pub(crate) fn there(self, is_there: bool) -> Result<(), Error> {
        if is_there { Ok(()) } else { Err(self.error(ErrorCode::UNAVAILABLE)) }
    }

    fn name(self, error: Error) -> Error {
        match self.name {
            Some(name) => error.about(self.repository, &name),
            None => error.named(self.repository),
        }
    }
}

/// What is known of a blob: its media type is in the manifests that name it.
pub(crate) fn blob_descriptor(digest: &Digest, size: u64) -> Descriptor {
    Descriptor::new(MediaType::OCTET_STREAM, digest.clone(), size)
}
