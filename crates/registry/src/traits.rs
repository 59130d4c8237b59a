use async_trait::async_trait;
use futures_util::stream;
use wharf_reference::{Repository, Tag, TagOrDigest};
use wharf_spec::{Algorithm, Descriptor, Digest, Document, MediaType, Raw};

use crate::{Blob, ByteRange, Error, Items, Operation, Precondition, Range, Upload, UploadId};

/// Reading content of repositories.
///
/// Every method can also fail with [`UNAUTHORIZED`](crate::ErrorCode::UNAUTHORIZED),
/// [`DENIED`](crate::ErrorCode::DENIED), [`TOOMANYREQUESTS`](crate::ErrorCode::TOOMANYREQUESTS) and
/// [`UNAVAILABLE`](crate::ErrorCode::UNAVAILABLE). A repository that does not exist may answer as one that is empty.
///
/// # Cancel safety
/// Dropping the future of any method here leaves nothing behind.
#[async_trait]
pub trait Read: Send + Sync {
    /// A manifest's exact bytes, under the digest that was asked for if it was asked for by digest.
    ///
    /// # Errors
    /// `MANIFEST_UNKNOWN`, `NAME_UNKNOWN`, `DIGEST_INVALID`; `MANIFEST_INVALID` when it is too large or has no media type.
    async fn manifest(&self, repository: &Repository, which: &TagOrDigest) -> Result<Document<Raw>, Error>;

    /// A blob, as a stream that is verified as it flows.
    ///
    /// # Errors
    /// `BLOB_UNKNOWN`, `NAME_UNKNOWN`, `DIGEST_INVALID` for an algorithm that cannot be verified.
    async fn blob(&self, repository: &Repository, digest: &Digest) -> Result<Blob, Error>;

    /// What a tag points to, or whether a manifest is there, without its bytes.
    ///
    /// # Errors
    /// As [`manifest`](Self::manifest).
    async fn resolve(&self, repository: &Repository, which: &TagOrDigest) -> Result<Descriptor, Error> {
        Ok(self.manifest(repository, which).await?.descriptor())
    }

    /// Whether a blob is there, and its size, without its bytes.
    ///
    /// # Errors
    /// As [`blob`](Self::blob).
    async fn stat_blob(&self, repository: &Repository, digest: &Digest) -> Result<Descriptor, Error> {
        Ok(self.blob(repository, digest).await?.descriptor().clone())
    }

    /// A part of a blob, which cannot be verified.
    ///
    /// # Errors
    /// As [`blob`](Self::blob), and `RANGE_INVALID` when the range lies outside of the blob; `UNSUPPORTED`.
    async fn blob_range(&self, repository: &Repository, digest: &Digest, range: ByteRange) -> Result<Range, Error> {
        let (_, _, _) = (repository, digest, range);
        Err(Error::unsupported(Operation::GetBlob))
    }
}

/// Storing content in repositories, which come to be with their first content.
///
/// Every method can also fail as those of [`Read`] can.
#[async_trait]
pub trait Write: Send + Sync {
    /// Stores a blob; storing what is there already succeeds. The bytes are verified before anybody can see them.
    ///
    /// # Errors
    /// `DIGEST_INVALID`, `SIZE_INVALID`, the blob's own; `UNSUPPORTED`.
    ///
    /// # Cancel safety
    /// The blob is stored whole or not at all.
    async fn put_blob(&self, repository: &Repository, blob: Blob) -> Result<(), Error> {
        let _ = blob;
        Err(Error::unsupported(Operation::PutBlob).named(repository))
    }

    /// Makes a blob of another repository visible in this one without moving its bytes. `false` means that it must be
    /// stored instead, for whatever reason: the source lacks it, may not be read, or the registry does not do this.
    ///
    /// # Errors
    /// Only those that storing it would have, too.
    ///
    /// # Cancel safety
    /// The blob is visible or not.
    async fn mount(&self, repository: &Repository, digest: &Digest, from: &Repository) -> Result<bool, Error> {
        let (_, _, _) = (repository, digest, from);
        Ok(false)
    }

    /// Opens an upload session, for content whose digest is not known yet or that comes in parts. `algorithm` is what
    /// its digest will most likely have, so that it can be computed on the way; the digest that ends the session may be
    /// of another.
    ///
    /// # Errors
    /// `DIGEST_INVALID` for an algorithm that cannot be computed; `UNSUPPORTED`.
    ///
    /// # Cancel safety
    /// A session that nobody knows may be left; whether it is ever forgotten is for the registry to say.
    async fn start_upload(&self, repository: &Repository, algorithm: Algorithm<'_>) -> Result<Box<dyn Upload>, Error> {
        let _ = algorithm;
        Err(Error::unsupported(Operation::Upload).named(repository))
    }

    /// Takes an upload session up again.
    ///
    /// # Errors
    /// `BLOB_UPLOAD_UNKNOWN` when this repository has no such session, `BLOB_UPLOAD_INVALID` when another handle holds
    /// it; `UNSUPPORTED`.
    ///
    /// # Cancel safety
    /// Leaves the session as it is.
    async fn resume_upload(&self, repository: &Repository, id: &UploadId) -> Result<Box<dyn Upload>, Error> {
        let _ = id;
        Err(Error::unsupported(Operation::Upload).named(repository))
    }

    /// Stores a manifest under its digest, and makes each of `tags` point to it, if `when` allows that for all of them.
    ///
    /// # Errors
    /// `MANIFEST_INVALID`; `MANIFEST_BLOB_UNKNOWN` when content that it needs is not there; `DENIED` when `when` does not
    /// allow it, and `UNSUPPORTED` when the registry cannot judge that together with the write.
    ///
    /// # Cancel safety
    /// The manifest is stored or not, and each tag moved or not.
    async fn put_manifest(
        &self,
        repository: &Repository,
        document: &Document<Raw>,
        tags: &[Tag],
        when: &Precondition,
    ) -> Result<(), Error> {
        let (_, _, _) = (document, tags, when);
        Err(Error::unsupported(Operation::PutManifest).named(repository))
    }
}

/// Listing what there is, in the order of bytes, fetched while it is read.
pub trait List: Send + Sync {
    /// The tags of a repository that come after `after`, which need not exist.
    ///
    /// # Errors
    /// `NAME_UNKNOWN`; `UNSUPPORTED`.
    fn tags<'a>(&'a self, repository: &'a Repository, after: Option<&'a Tag>) -> Items<'a, Tag> {
        let _ = after;
        failed(Error::unsupported(Operation::ListTags).named(repository))
    }

    /// The repositories that come after `after`, which need not exist.
    ///
    /// # Errors
    /// `UNSUPPORTED`.
    fn repositories<'a>(&'a self, after: Option<&'a Repository>) -> Items<'a, Repository> {
        let _ = after;
        failed(Error::unsupported(Operation::ListRepositories))
    }

    /// The manifests whose `subject` is `digest`, with their `artifactType` and annotations; of all kinds, or those whose
    /// `artifactType` is the one that is given.
    ///
    /// # Errors
    /// `UNSUPPORTED`. A subject that is not there has no referrers; that is no error.
    fn referrers<'a>(
        &'a self,
        repository: &'a Repository,
        digest: &'a Digest,
        artifact_type: Option<&'a MediaType>,
    ) -> Items<'a, Descriptor> {
        let _ = artifact_type;
        failed(Error::unsupported(Operation::ListReferrers).about(repository, digest))
    }
}

fn failed<'a, T: Send + 'a>(error: Error) -> Items<'a, T> {
    Box::pin(stream::once(std::future::ready(Err(error))))
}

/// Deleting references and content.
///
/// # Cancel safety
/// What is to be deleted is there or not.
#[async_trait]
pub trait Delete: Send + Sync {
    /// Removes a tag; the manifest stays.
    ///
    /// # Errors
    /// `MANIFEST_UNKNOWN`, `NAME_UNKNOWN`; `UNSUPPORTED`.
    async fn delete_tag(&self, repository: &Repository, tag: &Tag) -> Result<(), Error> {
        Err(Error::unsupported(Operation::DeleteTag).about(repository, tag))
    }

    /// Removes a manifest, and every tag that points to it.
    ///
    /// # Errors
    /// `MANIFEST_UNKNOWN`, `NAME_UNKNOWN`; `UNSUPPORTED`.
    async fn delete_manifest(&self, repository: &Repository, digest: &Digest) -> Result<(), Error> {
        Err(Error::unsupported(Operation::DeleteManifest).about(repository, digest))
    }

    /// Removes a blob from this repository; others keep it.
    ///
    /// # Errors
    /// `BLOB_UNKNOWN`, `NAME_UNKNOWN`; `UNSUPPORTED`.
    async fn delete_blob(&self, repository: &Repository, digest: &Digest) -> Result<(), Error> {
        Err(Error::unsupported(Operation::DeleteBlob).about(repository, digest))
    }
}

/// Everything a registry can do. Implemented for whatever implements the parts.
pub trait Registry: Read + Write + List + Delete {}

impl<T: Read + Write + List + Delete + ?Sized> Registry for T {}
