//! Pulling (distribution-spec, "Pull"): manifests, blobs and parts of blobs.
//!
//! A manifest is verified before it is returned, against the digest that was asked for, else against the one that the
//! registry names if it names one. A blob is returned as a stream that verifies itself, a part as one that says that it
//! does not. Content is asked for without a coding, and refused with one: what has a digest are the bytes that were
//! stored.

use async_trait::async_trait;
use http::header::{ACCEPT, CONTENT_RANGE, RANGE};
use http::{HeaderValue, StatusCode};
use wharf_distribution::header::{self, ContentRange};
use wharf_distribution::{Endpoint, Scope};
use wharf_registry::{
    Blob, ByteRange, Descriptor, Digest, Document, Error as RegistryError, ErrorCode, Hasher, MediaType, Operation,
    Range, Raw, Read, Repository, TagOrDigest,
};

use crate::answer::Answer;
use crate::{Client, Error, ErrorKind, Fault, resume};

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl Read for Client {
    /// Asks for every media type that this workspace knows ([`MediaType::MANIFESTS`]); a registry that answers with
    /// another one is believed. One that names none, or only says that it is JSON, is believed what the document itself
    /// says.
    async fn manifest(&self, repository: &Repository, which: &TagOrDigest) -> Result<Document<Raw>, RegistryError> {
        const OPERATION: Operation = Operation::GetManifest;
        require_registered(which, OPERATION).map_err(|error| error.about(repository, which))?;
        self.get_manifest(repository, which).await.map_err(|error| error.during(OPERATION).about(repository, which))
    }

    /// Redirects are followed, as many registries keep blobs elsewhere; authorization is not sent to another host. A
    /// registry that does not tell the size is asked a second time, with `HEAD`.
    ///
    /// A body that breaks off is gone on with, as [`Retry`](crate::Retry) says: the stream asks the registry for the
    /// rest, and hands out each byte once.
    ///
    /// # Cancel safety
    /// Dropping the future gives up the request. Whoever stops waiting for a piece of the stream, also while it is
    /// resumed, loses none; dropping the stream gives up whatever request or pause is under way.
    async fn blob(&self, repository: &Repository, digest: &Digest) -> Result<Blob, RegistryError> {
        let about = |error: RegistryError| error.about(repository, digest);
        require_computable(digest, Operation::GetBlob).map_err(about)?;
        self.get_blob(repository, digest).await.map_err(|error| about(error.during(Operation::GetBlob)))
    }

    /// The registry's word: for a tag, its digest is not proven by anything, as that of no tag is; what is then read
    /// under the digest is. A registry that does not say all of it is asked for the manifest.
    async fn resolve(&self, repository: &Repository, which: &TagOrDigest) -> Result<Descriptor, RegistryError> {
        const OPERATION: Operation = Operation::Resolve;
        let about = |error: RegistryError| error.about(repository, which);
        require_registered(which, OPERATION).map_err(about)?;
        if let Some(descriptor) =
            self.head_manifest(repository, which).await.map_err(|error| about(error.during(OPERATION)))?
        {
            return Ok(descriptor);
        }
        let document = self.get_manifest(repository, which).await.map_err(|error| about(error.during(OPERATION)))?;
        Ok(document.descriptor())
    }

    async fn stat_blob(&self, repository: &Repository, digest: &Digest) -> Result<Descriptor, RegistryError> {
        let about = |error: RegistryError| error.about(repository, digest);
        require_computable(digest, Operation::StatBlob).map_err(about)?;
        self.head_blob(repository, digest).await.map_err(|error| about(error.during(Operation::StatBlob)))
    }

    /// One range (RFC 9110, section 14). A registry that sends the whole blob instead is unsupported here, and nothing
    /// of the blob is read. A part that breaks off is gone on with like a blob, but not with the whole.
    async fn blob_range(
        &self,
        repository: &Repository,
        digest: &Digest,
        range: ByteRange,
    ) -> Result<Range, RegistryError> {
        let about = |error: RegistryError| error.about(repository, digest);
        let answer = self.get_range(repository, digest, range).await;
        let answer = answer.map_err(|error| about(error.during(Operation::GetBlob)))?;
        if answer.status == StatusCode::OK {
            // The whole blob instead: what was asked for is not offered.
            return Err(about(RegistryError::unsupported(Operation::GetBlob)));
        }
        self.part(answer, repository, digest, range).map_err(|error| about(error.during(Operation::GetBlob)))
    }
}

/// What cannot be verified is not fetched.
fn require_computable(digest: &Digest, operation: Operation) -> Result<(), RegistryError> {
    let invalid = |error| RegistryError::new(ErrorCode::DIGEST_INVALID, operation).because(error);
    Hasher::new(digest.algorithm()).map(drop).map_err(invalid)
}

fn require_registered(which: &TagOrDigest, operation: Operation) -> Result<(), RegistryError> {
    match which {
        TagOrDigest::Digest(digest) => require_computable(digest, operation),
        TagOrDigest::Tag(_) => Ok(()),
    }
}

impl Client {
    pub(crate) async fn get_manifest(
        &self,
        repository: &Repository,
        which: &TagOrDigest,
    ) -> Result<Document<Raw>, Error> {
        let endpoint = Endpoint::GetManifest { repository: repository.clone(), which: which.clone() };
        let call = self.call(&endpoint, vec![Scope::pull(repository)])?.with_header(ACCEPT, manifests());
        let answer = self.demand(call.for_document(self.limits.manifest_bytes), &[StatusCode::OK]).await?;
        answer.require_identity()?;
        let (said, kind) = (answer.digest()?, answer.media_type()?);
        let request = answer.request.clone();
        let fault = |fault| Error::new(ErrorKind::Peer(fault), request.clone());
        let bytes = answer.collect(self.limits.manifest_bytes, &self.limits).await?;
        let document = match kind {
            Some(kind) => Document::new(kind, bytes),
            None => Document::inferred(bytes).map_err(|error| fault(Fault::MediaType).because(error))?,
        };
        let expected = match which {
            TagOrDigest::Digest(digest) => Some(digest),
            TagOrDigest::Tag(_) => said.as_ref(),
        };
        let Some(digest) = expected.filter(|digest| *digest != document.digest()) else { return Ok(document) };
        let (kind, bytes) = (document.media_type().clone(), document.bytes().clone());
        Document::verified(kind, bytes, digest).map_err(|error| fault(Fault::WrongDigest).because(error))
    }

    /// Nothing when the registry does not say all that a descriptor has.
    async fn head_manifest(&self, repository: &Repository, which: &TagOrDigest) -> Result<Option<Descriptor>, Error> {
        let endpoint = Endpoint::HeadManifest { repository: repository.clone(), which: which.clone() };
        let call = self.call(&endpoint, vec![Scope::pull(repository)])?.with_header(ACCEPT, manifests());
        let answer = self.send(call).await?;
        match answer.status {
            StatusCode::OK => {}
            StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_IMPLEMENTED => return Ok(None),
            _ => return Err(answer.refusal(&self.limits).await),
        }
        answer.require_identity()?;
        let (Some(size), Some(digest), Some(kind)) = (answer.length()?, answer.digest()?, answer.media_type()?) else {
            return Ok(None);
        };
        if size > self.limits.manifest_bytes as u64 {
            return Err(answer.fault(Fault::TooLarge));
        }
        match which {
            TagOrDigest::Digest(asked) if *asked != digest => Ok(None),
            _ => Ok(Some(Descriptor::new(kind, digest, size))),
        }
    }

    async fn get_blob(&self, repository: &Repository, digest: &Digest) -> Result<Blob, Error> {
        let endpoint = Endpoint::GetBlob { repository: repository.clone(), digest: digest.clone() };
        let call = self.call(&endpoint, vec![Scope::pull(repository)])?.for_blob();
        let answer = self.demand(call, &[StatusCode::OK]).await?;
        answer.require_identity()?;
        let descriptor = match answer.length()? {
            Some(size) => self.describe(&answer, digest, size)?,
            None => self.head_blob(repository, digest).await?,
        };
        Ok(resume::whole(self, answer, repository, descriptor))
    }

    pub(crate) fn describe(&self, answer: &Answer, digest: &Digest, size: u64) -> Result<Descriptor, Error> {
        if size > self.limits.blob_bytes {
            return Err(answer.fault(Fault::TooLarge));
        }
        let kind = answer.media_type()?.unwrap_or(MediaType::OCTET_STREAM);
        Ok(Descriptor::new(kind, digest.clone(), size))
    }

    async fn get_range(&self, repository: &Repository, digest: &Digest, range: ByteRange) -> Result<Answer, Error> {
        let endpoint = Endpoint::GetBlob { repository: repository.clone(), digest: digest.clone() };
        let call = self.call(&endpoint, vec![Scope::pull(repository)])?;
        let value = HeaderValue::try_from(header::range(range))
            .map_err(|error| Error::new(ErrorKind::Request, call.request.clone()).because(error))?;
        let call = call.with_header(RANGE, value).for_blob();
        self.demand(call, &[StatusCode::PARTIAL_CONTENT, StatusCode::OK]).await
    }

    /// The part that was asked for, which must be exactly the one that was sent.
    fn part(&self, answer: Answer, repository: &Repository, digest: &Digest, range: ByteRange) -> Result<Range, Error> {
        answer.require_identity()?;
        let wrong = || answer.fault(Fault::ContentRange);
        let said = answer.header(&CONTENT_RANGE)?.and_then(ContentRange::parse).ok_or_else(wrong)?;
        let size = said.size.ok_or_else(wrong)?;
        let (offset, length) = range.resolve(size).ok_or_else(wrong)?;
        if (said.first, said.last) != (offset, offset + (length - 1)) {
            return Err(wrong());
        }
        if answer.length()?.is_some_and(|said| said != length) {
            return Err(answer.fault(Fault::WrongLength));
        }
        let blob = Descriptor::new(MediaType::OCTET_STREAM, digest.clone(), size);
        Ok(resume::part(self, answer, repository, blob, (offset, length)))
    }
}

/// The value of `Accept`: manifests and indexes, OCI's and Docker's.
fn manifests() -> HeaderValue {
    let accepted = MediaType::MANIFESTS.map(|kind| kind.as_str().to_owned()).join(", ");
    // Media types are ASCII by their grammar; a registry that is told nothing sends what it likes.
    HeaderValue::try_from(accepted).unwrap_or(HeaderValue::from_static("*/*"))
}
