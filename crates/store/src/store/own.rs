//! Content that a repository has for itself: other tools stored it there, and the store's own content has nothing of it.
//!
//! What the repository shows is permission and content in one, so it is read where it is, when the store's content was asked
//! in vain. It becomes content of the store when somebody puts it here, or mounts it into another repository, verified then
//! as anything is that comes from outside.

use wharf_registry::{Blob, ByteStream, Digest, Error};

use crate::context::{Context, blob_descriptor};
use crate::{Cas, Refs, Store};

impl<C: Cas, R: Refs> Store<C, R> {
    /// The size of content that the repository sees.
    pub(super) async fn size(&self, at: Context<'_>, digest: &Digest) -> Result<Option<u64>, Error> {
        if !self.refs.linked(at.repository(), digest).await.map_err(|error| at.failed(error))? {
            return Ok(None);
        }
        self.size_of_linked(at, digest).await
    }

    /// The size of content that the repository names.
    pub(super) async fn size_of_linked(&self, at: Context<'_>, digest: &Digest) -> Result<Option<u64>, Error> {
        match self.cas.stat(digest).await.map_err(|error| at.failed(error))? {
            None => self.refs.own_size(at.repository(), digest).await.map_err(|error| at.failed(error)),
            size => Ok(size),
        }
    }

    /// All of some content that the repository names. It verifies itself, or was verified before.
    pub(super) async fn read(&self, at: Context<'_>, digest: &Digest) -> Result<Option<Blob>, Error> {
        match self.cas.read(digest).await.map_err(|error| at.failed(error))? {
            None => self.own(at, digest).await,
            blob => Ok(blob),
        }
    }

    /// A part of some content that the repository names, unverified.
    pub(super) async fn open(
        &self,
        at: Context<'_>,
        digest: &Digest,
        offset: u64,
        length: u64,
    ) -> Result<Option<ByteStream>, Error> {
        match self.cas.open(digest, offset, length).await.map_err(|error| at.failed(error))? {
            None => self.open_own(at, digest, offset, length).await,
            stream => Ok(stream),
        }
    }

    /// All of some content that the repository has for itself.
    pub(super) async fn own(&self, at: Context<'_>, digest: &Digest) -> Result<Option<Blob>, Error> {
        let size = self.refs.own_size(at.repository(), digest).await.map_err(|error| at.failed(error))?;
        let Some(size) = size else { return Ok(None) };
        let stream = self.open_own(at, digest, 0, size).await?;
        Ok(stream.map(|stream| Blob::new(blob_descriptor(digest, size), stream)))
    }

    async fn open_own(
        &self,
        at: Context<'_>,
        digest: &Digest,
        offset: u64,
        length: u64,
    ) -> Result<Option<ByteStream>, Error> {
        let opened = self.refs.open_own(at.repository(), digest, offset, length).await;
        opened.map_err(|error| at.failed(error))
    }
}
