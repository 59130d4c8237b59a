//! Reading. A repository's link is looked at before the content is, so that a digest alone opens nothing; blobs verify
//! themselves while they are read.

use async_trait::async_trait;
use wharf_registry::{
    Blob, ByteRange, Descriptor, Digest, Document, Error, ErrorCode, Hasher, Operation, Range, Raw, Read, Repository,
    TagOrDigest,
};

use crate::context::{Context, blob_descriptor};
use crate::{Cas, Refs, Store};

impl<C: Cas, R: Refs> Store<C, R> {
    /// What is known of a blob that can be verified.
    async fn find_blob(&self, at: Context<'_>, digest: &Digest) -> Result<Descriptor, Error> {
        can_be_verified(at, digest)?;
        match self.size(at, digest).await? {
            Some(size) => Ok(blob_descriptor(digest, size)),
            None => Err(at.error(ErrorCode::BLOB_UNKNOWN)),
        }
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<C: Cas, R: Refs> Read for Store<C, R> {
    async fn manifest(&self, repository: &Repository, which: &TagOrDigest) -> Result<Document<Raw>, Error> {
        let at = Context::new(Operation::GetManifest, repository, which);
        let found = self.find_manifest(at, which).await?;
        self.read_manifest(at, found).await
    }

    async fn blob(&self, repository: &Repository, digest: &Digest) -> Result<Blob, Error> {
        let at = Context::new(Operation::GetBlob, repository, digest);
        can_be_verified(at, digest)?;
        if !self.refs.linked(repository, digest).await.map_err(|error| at.failed(error))? {
            return Err(at.error(ErrorCode::BLOB_UNKNOWN));
        }
        self.read(at, digest).await?.ok_or_else(|| at.error(ErrorCode::BLOB_UNKNOWN))
    }

    async fn resolve(&self, repository: &Repository, which: &TagOrDigest) -> Result<Descriptor, Error> {
        let at = Context::new(Operation::Resolve, repository, which);
        let found = self.find_manifest(at, which).await?;
        match found.recorded() {
            Some(descriptor) if self.size_of_linked(at, &descriptor.digest).await?.is_some() => Ok(descriptor),
            Some(_) => Err(at.error(ErrorCode::MANIFEST_UNKNOWN)),
            None => Ok(self.read_manifest(at, found).await?.descriptor()),
        }
    }

    async fn stat_blob(&self, repository: &Repository, digest: &Digest) -> Result<Descriptor, Error> {
        self.find_blob(Context::new(Operation::StatBlob, repository, digest), digest).await
    }

    async fn blob_range(&self, repository: &Repository, digest: &Digest, range: ByteRange) -> Result<Range, Error> {
        let at = Context::new(Operation::GetBlob, repository, digest);
        let descriptor = self.find_blob(at, digest).await?;
        let (offset, length) = range.resolve(descriptor.size).ok_or_else(|| at.error(ErrorCode::RANGE_INVALID))?;
        let stream = self.open(at, digest, offset, length).await?;
        let stream = stream.ok_or_else(|| at.error(ErrorCode::BLOB_UNKNOWN))?;
        Ok(Range::new(descriptor, offset, length, stream))
    }
}

/// Nobody is given what nobody could verify.
fn can_be_verified(at: Context<'_>, digest: &Digest) -> Result<(), Error> {
    Hasher::new(digest.algorithm()).map(drop).map_err(|unsupported| at.failed(unsupported.into()))
}
