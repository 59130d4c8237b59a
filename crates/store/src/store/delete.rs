//! Deleting takes names and links away, and never bytes: other repositories may see them. Tags go before what they
//! point to.

use async_trait::async_trait;
use wharf_registry::{Delete, Digest, Error, ErrorCode, Operation, Repository, Tag};

use crate::context::Context;
use crate::{Cas, Refs, Store};

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<C: Cas, R: Refs> Delete for Store<C, R> {
    async fn delete_tag(&self, repository: &Repository, tag: &Tag) -> Result<(), Error> {
        let at = Context::new(Operation::DeleteTag, repository, tag);
        match self.refs.remove_tag(repository, tag).await.map_err(|error| at.failed(error))? {
            true => Ok(()),
            false => Err(self.missing(at, ErrorCode::MANIFEST_UNKNOWN).await),
        }
    }

    /// The tags go with it in one step: none of them may point to what cannot be read any more.
    async fn delete_manifest(&self, repository: &Repository, digest: &Digest) -> Result<(), Error> {
        let at = Context::new(Operation::DeleteManifest, repository, digest);
        if self.refs.remove_manifest(repository, digest).await.map_err(|error| at.failed(error))? {
            return Ok(());
        }
        // Without a record it can still be a manifest, or be a blob that is not to be deleted as one.
        let found = self.find_linked(at, digest).await?;
        self.read_manifest(at, found).await?;
        self.refs.unlink(repository, digest).await.map_err(|error| at.failed(error)).map(drop)
    }

    /// What is recorded as a manifest is denied: it is to be deleted as one, with its tags.
    async fn delete_blob(&self, repository: &Repository, digest: &Digest) -> Result<(), Error> {
        let at = Context::new(Operation::DeleteBlob, repository, digest);
        if self.refs.manifest(repository, digest).await.map_err(|error| at.failed(error))?.is_some() {
            return Err(at.error(ErrorCode::DENIED));
        }
        match self.refs.unlink(repository, digest).await.map_err(|error| at.failed(error))? {
            true => Ok(()),
            false => Err(self.missing(at, ErrorCode::BLOB_UNKNOWN).await),
        }
    }
}
