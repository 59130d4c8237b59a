//! Pulling (distribution-spec, "Pull"): manifests, blobs and parts of blobs.
//!
//! A manifest is verified before it is returned, against the digest that was asked for, else against the one that the
//! registry names if it names one; what was asked for by digest must not even be said to have another. A blob is returned
//! as a stream that verifies itself, a part as one that says that it does not. Content is asked for without a coding, and
//! refused with one: what has a digest are the bytes that were stored.

use async_trait::async_trait;
use http::StatusCode;
use http::header::{ACCEPT, RANGE};
use tracing::Instrument;
use wharf_distribution::{Endpoint, Scope, header};
use wharf_registry::{
    Blob, ByteRange, Descriptor, Digest, Document, Error as RegistryError, ErrorCode, Hasher, MediaType, Operation,
    Range, Raw, Read, Repository, TagOrDigest,
};

use crate::answer::Answer;
use crate::parts::First;
use crate::{Client, Direction, Error, ErrorKind, Fault, parts, resume};

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl Read for Client {
    /// Asks for every media type that this workspace knows ([`MediaType::MANIFESTS`]); a registry that answers with
    /// another one is believed. One that names none, or only says that it is JSON, is believed what the document itself
    /// says.
    async fn manifest(&self, repository: &Repository, which: &TagOrDigest) -> Result<Document<Raw>, RegistryError> {
        const OPERATION: Operation = Operation::GetManifest;
        require_registered(which, OPERATION).map_err(|error| error.about(repository, which))?;
        let span = self.span(OPERATION, repository, Some(which));
        let manifest = self.get_manifest(repository, which).instrument(span).await;
        manifest.map_err(|error| error.during(OPERATION).about(repository, which))
    }

    /// Redirects are followed, as many registries keep blobs elsewhere; authorization is not sent to another host. A
    /// registry that does not tell the size is asked a second time, with `HEAD`.
    ///
    /// A body that breaks off is gone on with, as [`Retry`](crate::Retry) says: the stream asks the registry for the
    /// rest, and hands out each byte once. A client [with ranges](Client::with_ranges) fetches large blobs in parts.
    ///
    /// # Cancel safety
    /// Dropping the future gives up the request. Whoever stops waiting for a piece of the stream, also while it is
    /// resumed, loses none; dropping the stream gives up whatever request or pause is under way.
    async fn blob(&self, repository: &Repository, digest: &Digest) -> Result<Blob, RegistryError> {
        let about = |error: RegistryError| error.about(repository, digest);
        require_computable(digest, Operation::GetBlob).map_err(about)?;
        let span = self.span(Operation::GetBlob, repository, Some(digest));
        let blob = self.get_blob(repository, digest).instrument(span).await;
        let blob = blob.map_err(|error| about(error.during(Operation::GetBlob)))?;
        Ok(self.watched(repository, blob, Direction::Download))
    }

    /// The registry's word: for a tag, its digest is not proven by anything, as that of no tag is; what is then read
    /// under the digest is. A registry that does not say all of it is asked for the manifest.
    async fn resolve(&self, repository: &Repository, which: &TagOrDigest) -> Result<Descriptor, RegistryError> {
        const OPERATION: Operation = Operation::Resolve;
        let about = |error: RegistryError| error.about(repository, which);
        require_registered(which, OPERATION).map_err(about)?;
        let span = self.span(OPERATION, repository, Some(which));
        let descriptor = self.describe_manifest(repository, which).instrument(span).await;
        descriptor.map_err(|error| about(error.during(OPERATION)))
    }

    async fn stat_blob(&self, repository: &Repository, digest: &Digest) -> Result<Descriptor, RegistryError> {
        let about = |error: RegistryError| error.about(repository, digest);
        require_computable(digest, Operation::StatBlob).map_err(about)?;
        let span = self.span(Operation::StatBlob, repository, Some(digest));
        let descriptor = self.head_blob(repository, digest).instrument(span).await;
        descriptor.map_err(|error| about(error.during(Operation::StatBlob)))
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
        let span = self.span(Operation::GetBlob, repository, Some(digest));
        let answer = self.get_range(repository, digest, range).instrument(span.clone()).await;
        let answer = answer.map_err(|error| about(error.during(Operation::GetBlob)))?;
        if answer.status == StatusCode::OK {
            // The whole blob instead: what was asked for is not offered.
            return Err(about(RegistryError::unsupported(Operation::GetBlob)));
        }
        let part = span.in_scope(|| self.part(answer, repository, digest, range));
        part.map_err(|error| about(error.during(Operation::GetBlob)))
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

/// What is asked for by digest must not be said to have another, whatever its bytes are.
fn require_pin(answer: &Answer, which: &TagOrDigest) -> Result<(), Error> {
    match which {
        TagOrDigest::Digest(digest) => answer.require_digest(digest),
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
        let call = self.call(&endpoint, vec![Scope::pull(repository)])?.with_header(ACCEPT, header::accept_manifests());
        let answer = self.demand(call.for_document(self.limits.manifest_bytes), &[StatusCode::OK]).await?;
        answer.require_identity()?;
        require_pin(&answer, which)?;
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

    async fn describe_manifest(&self, repository: &Repository, which: &TagOrDigest) -> Result<Descriptor, Error> {
        match self.head_manifest(repository, which).await? {
            Some(descriptor) => Ok(descriptor),
            None => Ok(self.get_manifest(repository, which).await?.descriptor()),
        }
    }

    /// Nothing when the registry does not say all that a descriptor has.
    async fn head_manifest(&self, repository: &Repository, which: &TagOrDigest) -> Result<Option<Descriptor>, Error> {
        let endpoint = Endpoint::HeadManifest { repository: repository.clone(), which: which.clone() };
        let call = self.call(&endpoint, vec![Scope::pull(repository)])?.with_header(ACCEPT, header::accept_manifests());
        let answer = self.send(call).await?;
        match answer.status {
            StatusCode::OK => {}
            StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_IMPLEMENTED => return Ok(None),
            _ => return Err(answer.refusal(&self.limits).await),
        }
        answer.require_identity()?;
        require_pin(&answer, which)?;
        let (Some(size), Some(digest), Some(kind)) = (answer.length()?, answer.digest()?, answer.media_type()?) else {
            return Ok(None);
        };
        if size > self.limits.manifest_bytes as u64 {
            return Err(answer.fault(Fault::TooLarge));
        }
        match which {
            // Under another algorithm, which says nothing about this one.
            TagOrDigest::Digest(asked) if *asked != digest => Ok(None),
            _ => Ok(Some(Descriptor::new(kind, digest, size))),
        }
    }

    async fn get_blob(&self, repository: &Repository, digest: &Digest) -> Result<Blob, Error> {
        let first = parts::first(self, repository, digest).await?;
        let answer = match first {
            First::Parts(window, answer, size) => {
                let descriptor = self.describe(&answer, digest, size)?;
                return Ok(parts::blob(self, window, answer, repository, descriptor));
            }
            First::Whole(answer) => answer,
            First::Refused => self.get_whole(repository, digest).await?,
        };
        answer.require_content(digest)?;
        let descriptor = match answer.length()? {
            Some(size) => self.describe(&answer, digest, size)?,
            None => self.head_blob(repository, digest).await?,
        };
        Ok(resume::whole(self, answer, repository, descriptor))
    }

    async fn get_whole(&self, repository: &Repository, digest: &Digest) -> Result<Answer, Error> {
        let endpoint = Endpoint::GetBlob { repository: repository.clone(), digest: digest.clone() };
        let call = self.call(&endpoint, vec![Scope::pull(repository)])?.for_blob();
        self.demand(call, &[StatusCode::OK]).await
    }

    pub(crate) fn describe(&self, answer: &Answer, digest: &Digest, size: u64) -> Result<Descriptor, Error> {
        if size > self.limits.blob_bytes {
            return Err(answer.fault(Fault::TooLarge));
        }
        let kind = answer.media_type()?.unwrap_or(MediaType::OCTET_STREAM);
        Ok(Descriptor::new(kind, digest.clone(), size))
    }

    pub(crate) async fn get_range(
        &self,
        repository: &Repository,
        digest: &Digest,
        range: ByteRange,
    ) -> Result<Answer, Error> {
        let endpoint = Endpoint::GetBlob { repository: repository.clone(), digest: digest.clone() };
        let call = self.call(&endpoint, vec![Scope::pull(repository)])?;
        let call = call.with_text(RANGE, &header::range(range))?.for_blob();
        self.demand(call, &[StatusCode::PARTIAL_CONTENT, StatusCode::OK]).await
    }

    /// The part that was asked for, which must be exactly the one that was sent.
    fn part(&self, answer: Answer, repository: &Repository, digest: &Digest, range: ByteRange) -> Result<Range, Error> {
        let (offset, length, size) = resume::exact(&answer, digest, range)?;
        let blob = Descriptor::new(MediaType::OCTET_STREAM, digest.clone(), size);
        Ok(resume::part(self, answer, repository, blob, (offset, length)))
    }
}
