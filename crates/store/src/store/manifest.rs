//! Finding a manifest and reading it. What a repository has under a tag or a record is verified whenever its bytes are
//! read; a blob that merely looks like a manifest is one only if it says so itself.

use wharf_registry::{
    Content, Descriptor, Digest, Document, DocumentKind, Error, ErrorCode, Limits, MediaType, Operation, Repository,
    TagOrDigest, VerifyError, collect,
};

use crate::context::Context;
use crate::{Cas, Refs, Store};

/// A manifest that is there but was not read.
pub(super) struct Found {
    digest: Digest,
    record: Option<Descriptor>,
}

impl Found {
    /// The manifest's descriptor as it was stored, without what only its place said, such as annotations of an index.
    pub(super) fn recorded(&self) -> Option<Descriptor> {
        let record = self.record.as_ref()?;
        Some(Descriptor::new(record.media_type.clone(), record.digest.clone(), record.size))
    }
}

impl<C: Cas, R: Refs> Store<C, R> {
    /// Where a tag or a digest leads, without a look at what is there.
    pub(super) async fn find_manifest(&self, at: Context<'_>, which: &TagOrDigest) -> Result<Found, Error> {
        let found = match which {
            TagOrDigest::Tag(tag) => self.refs.tag(at.repository(), tag).await.map_err(|error| at.failed(error))?,
            TagOrDigest::Digest(digest) => return self.find_linked(at, digest).await,
        };
        let Some(record) = found else { return Err(self.missing(at, ErrorCode::MANIFEST_UNKNOWN).await) };
        Ok(Found { digest: record.digest.clone(), record: Some(record) })
    }

    /// Whether there is content that a repository names.
    pub(super) async fn is_there(&self, at: Context<'_>, digest: &Digest) -> Result<bool, Error> {
        Ok(self.cas.stat(digest).await.map_err(|error| at.failed(error))?.is_some())
    }

    /// Content that the repository sees, with its record if it has one.
    pub(super) async fn find_linked(&self, at: Context<'_>, digest: &Digest) -> Result<Found, Error> {
        if !self.refs.linked(at.repository(), digest).await.map_err(|error| at.failed(error))? {
            return Err(self.missing(at, ErrorCode::MANIFEST_UNKNOWN).await);
        }
        let record = self.refs.manifest(at.repository(), digest).await.map_err(|error| at.failed(error))?;
        Ok(Found { digest: digest.clone(), record })
    }

    /// Reads a manifest by its digest, as what it is said to be; if nobody says that, it must say so itself.
    pub(crate) async fn document(
        &self,
        repository: &Repository,
        digest: &Digest,
        media_type: Option<MediaType>,
    ) -> Result<Document, Error> {
        let at = Context::new(Operation::GetManifest, repository, digest);
        let record = media_type.map(|media_type| Descriptor::new(media_type, digest.clone(), 0));
        self.read_manifest(at, Found { digest: digest.clone(), record }).await
    }

    /// What a manifest says.
    pub(crate) fn decode(&self, repository: &Repository, document: Document) -> Result<Document<Content>, Error> {
        let digest = document.digest().clone();
        document.decode().map_err(|error| {
            Context::new(Operation::GetManifest, repository, &digest).error(ErrorCode::MANIFEST_INVALID).because(error)
        })
    }

    /// Reads a manifest and verifies it; content without a record must say itself that it is one.
    pub(super) async fn read_manifest(&self, at: Context<'_>, found: Found) -> Result<Document, Error> {
        let limit = Limits::default().document_bytes;
        // Content of this size that nobody recorded as a manifest is some blob.
        let too_large = if found.record.is_some() { ErrorCode::MANIFEST_INVALID } else { ErrorCode::MANIFEST_UNKNOWN };
        let blob = self.read(at, &found.digest).await?;
        let (said, stream) = blob.ok_or_else(|| at.error(ErrorCode::MANIFEST_UNKNOWN))?.into_unverified();
        if said.size > limit as u64 {
            return Err(at.error(too_large));
        }
        let bytes = collect(stream, limit, || at.error(too_large)).await?;
        let media_type = match found.record {
            Some(record) => Ok(record.media_type),
            None => Document::inferred(bytes.clone()).map(|document| document.media_type().clone()),
        };
        // Bytes that are not what their digest says are judged for nothing else.
        let said = media_type.clone().unwrap_or(MediaType::OCTET_STREAM);
        let document = Document::verified(said, bytes, &found.digest).map_err(|error| unverified(at, error))?;
        media_type.map_err(|error| at.error(ErrorCode::MANIFEST_UNKNOWN).because(error))?;
        Ok(document)
    }
}

/// The error for bytes that are not what their digest says: the store's content has gone bad.
fn unverified(at: Context<'_>, error: VerifyError) -> Error {
    match error {
        VerifyError::Mismatch(mismatch) => at.failed(mismatch.into()),
        VerifyError::Unsupported(unsupported) => at.failed(unsupported.into()),
        other => at.error(ErrorCode::DIGEST_INVALID).because(other),
    }
}

/// Whether content of this kind leads nowhere, whatever its bytes are.
pub(crate) fn leads_nowhere(media_type: &MediaType) -> bool {
    let is_known = matches!(DocumentKind::of(media_type), DocumentKind::Config | DocumentKind::Layout);
    is_known || media_type.is_layer() || media_type.is_empty_object()
}
