//! Pushing (distribution-spec, "Push"): a blob is `POST` for a session and `PUT` of all its bytes, a mount is one
//! `POST`, and a manifest is one `PUT` for each name.
//!
//! No answer is taken for more than it says: a success must not name other content than was sent, and tags that were
//! asked for beside a digest must be told in `OCI-Tag`. What becomes of a blob that does not get through is told in
//! `push`. A manifest with a subject is listed among the subject's referrers, by the registry or else in the index
//! under the fallback tag.

use async_trait::async_trait;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use tracing::Instrument;
use wharf_distribution::response::Stored;
use wharf_distribution::{Endpoint, Scope};
use wharf_registry::{
    Algorithm, Blob, Digest, Document, Error as RegistryError, ErrorCode, Hasher, Operation, Precondition, Raw,
    Referrer, Repository, Tag, TagOrDigest, Upload, UploadId, Write,
};

use crate::call::Payload;
use crate::error::Summary;
use crate::upload::RemoteUpload;
use crate::{Client, Error, Fault};

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl Write for Client {
    /// Sends the bytes while they are verified, and breaks the request off before its end if they are not what they
    /// should be: hashing them here costs little, and it tells a source that lies from a registry that does. What is
    /// stored is what the registry verified once more.
    ///
    /// What does not get through in one request, because it is too large for the registry or a proxy, or because the
    /// connection broke off, is sent again in parts, from where the registry stands; and with a new token when the old
    /// one expired meanwhile. All of this only while the bytes are at hand: those that were taken from the blob last,
    /// 4 MiB of them. A blob cannot be read a second time.
    ///
    /// An error of the blob is returned as it is. After any failure the session is cancelled if the registry allows
    /// that; when the future is dropped it is left to the registry.
    async fn put_blob(&self, repository: &Repository, blob: Blob) -> Result<(), RegistryError> {
        // A body without bytes is never asked for any, so it is verified before it is sent.
        let blob = match blob.descriptor().size {
            0 => Blob::from_bytes(blob.into_bytes(&wharf_registry::Limits::default()).await?),
            _ => blob,
        };
        let span = self.span(Operation::PutBlob, repository, Some(&blob.descriptor().digest));
        self.push(repository, blob).instrument(span).await
    }

    /// `false` stands for every way of saying no, a token service that gives no token for both repositories included. A
    /// session that the registry opened instead is cancelled if the registry allows that.
    async fn mount(&self, repository: &Repository, digest: &Digest, from: &Repository) -> Result<bool, RegistryError> {
        self.try_mount(repository, digest, from)
            .instrument(self.span(Operation::Mount, repository, Some(digest)))
            .await
            .map_err(|error| error.during(Operation::Mount).about(repository, digest))
    }

    /// The session has the name that the registry gives it. Where that cannot be one, it has a name that only this
    /// handle knows, and cannot be resumed.
    ///
    /// An algorithm other than SHA-256 is told to the registry, which may pay no heed to it.
    async fn start_upload(
        &self,
        repository: &Repository,
        algorithm: Algorithm<'_>,
    ) -> Result<Box<dyn Upload>, RegistryError> {
        if let Err(error) = Hasher::new(algorithm) {
            let unknown = RegistryError::new(ErrorCode::DIGEST_INVALID, Operation::Upload);
            return Err(unknown.named(repository).because(error));
        }
        let span = self.span(Operation::Upload, repository, None);
        let upload = RemoteUpload::start(self, repository, algorithm).instrument(span).await;
        let upload = upload.map_err(|error| error.during(Operation::Upload).named(repository))?;
        Ok(Box::new(upload))
    }

    /// The registry is asked where the session stands, so one that it has forgotten fails here.
    async fn resume_upload(&self, repository: &Repository, id: &UploadId) -> Result<Box<dyn Upload>, RegistryError> {
        let span = self.span(Operation::Upload, repository, Some(id));
        let upload = RemoteUpload::resume(self, repository, id).instrument(span).await;
        let upload = upload.map_err(|error| error.during(Operation::Upload).about(repository, id))?;
        Ok(Box::new(upload))
    }

    /// One request for each tag. No registry judges a precondition together with the write, so all but
    /// [`Precondition::Always`] are unsupported.
    ///
    /// A manifest with a subject is among the subject's referrers afterwards, in the list under the fallback tag if the
    /// registry has none of its own. Where only that failed, the source is an error of the kind
    /// [`Referrers`](crate::ErrorKind::Referrers): the manifest itself is stored then, under all of its names.
    ///
    /// A manifest under another digest than its SHA-256 can only be named by that digest, and the registry must say
    /// that it has set the tags besides; one that does not is unsupported, too.
    async fn put_manifest(
        &self,
        repository: &Repository,
        document: &Document<Raw>,
        tags: &[Tag],
        when: &Precondition,
    ) -> Result<(), RegistryError> {
        let about = |error: RegistryError| error.about(repository, document.digest());
        if *when != Precondition::Always {
            return Err(about(RegistryError::unsupported(Operation::PutManifest)));
        }
        let span = self.span(Operation::PutManifest, repository, Some(document.digest()));
        let stored = self.store_referrer(repository, document, tags).instrument(span).await;
        stored.map_err(|error| about(error.during(Operation::PutManifest)))
    }
}

impl Client {
    async fn store_referrer(&self, repository: &Repository, document: &Document, tags: &[Tag]) -> Result<(), Error> {
        let (request, stored) = self.store_manifest(repository, document, tags).await?;
        let Some(referrer) = Referrer::of(document) else { return Ok(()) };
        let named = stored.subject.as_ref() == Some(&referrer.subject);
        let added = self.add_referrer(repository, referrer, named).await;
        added.map_err(|error| error.after(request))
    }

    async fn store_manifest(
        &self,
        repository: &Repository,
        document: &Document,
        tags: &[Tag],
    ) -> Result<(Summary, Stored), Error> {
        let by_digest = TagOrDigest::Digest(document.digest().clone());
        if document.digest().algorithm() != Algorithm::SHA256 {
            return self.put_one(repository, document, by_digest, tags).await;
        }
        let Some((last, others)) = tags.split_last() else {
            return self.put_one(repository, document, by_digest, tags).await;
        };
        for tag in others {
            self.put_one(repository, document, TagOrDigest::Tag(tag.clone()), &[]).await?;
        }
        self.put_one(repository, document, TagOrDigest::Tag(last.clone()), &[]).await
    }

    /// Stores a manifest under one name, and asks for `tags` besides. Brings back which request it was, and what the
    /// registry said.
    async fn put_one(
        &self,
        repository: &Repository,
        document: &Document,
        which: TagOrDigest,
        tags: &[Tag],
    ) -> Result<(Summary, Stored), Error> {
        let endpoint = Endpoint::PutManifest { repository: repository.clone(), which, tags: tags.to_vec() };
        let call = self.call(&endpoint, vec![Scope::push(repository)])?;
        let call = call.with_text(CONTENT_TYPE, document.media_type().as_str())?;
        let call = call.with_body(Payload::Bytes(Bytes::clone(document.bytes())));
        let answer = self.send(call).await?;
        if !answer.status.is_success() {
            return Err(answer.refusal(&self.limits).await);
        }
        answer.require_no_web_page(Fault::Status)?;
        answer.require_digest(document.digest())?;
        let stored = Stored::read(&answer.headers).map_err(|error| answer.unread(error))?;
        if !tags.iter().all(|tag| stored.tags.contains(tag)) {
            return Err(answer.fault(Fault::TagNotSet));
        }
        let request = answer.request.clone();
        answer.drain(&self.limits).await;
        Ok((request, stored))
    }
}
