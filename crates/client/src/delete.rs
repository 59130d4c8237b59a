//! Deleting (distribution-spec, "Content Management"): `DELETE` of a tag, a manifest or a blob.
//!
//! Any success counts, because registries answer 200, 202 and 204. A tag is never deleted by way of its manifest: that
//! would take other tags with it.

use async_trait::async_trait;
use http::StatusCode;
use tracing::Instrument;
use wharf_distribution::{Endpoint, Scope};
use wharf_registry::{Delete, Digest, Error as RegistryError, Operation, Referrer, Repository, Tag, TagOrDigest};

use crate::error::Summary;
use crate::{Client, Error, Fault, Party};

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl Delete for Client {
    /// Not every registry deletes by tag; one that does not is never made to by other means.
    async fn delete_tag(&self, repository: &Repository, tag: &Tag) -> Result<(), RegistryError> {
        let which = TagOrDigest::Tag(tag.clone());
        let endpoint = Endpoint::DeleteManifest { repository: repository.clone(), which };
        let span = self.span(Operation::DeleteTag, repository, Some(tag));
        let deleted = self.delete(endpoint, repository).instrument(span).await;
        deleted.map(drop).map_err(|error| error.during(Operation::DeleteTag).about(repository, tag))
    }

    /// The manifest is read first: one that has a subject is taken out of the list of the subject's referrers under the
    /// fallback tag, and that tag is deleted, or left with an empty list, when it was the last. Where only that failed,
    /// the source is an error of the kind [`Referrers`](crate::ErrorKind::Referrers), and the manifest itself is deleted.
    /// A manifest that cannot be read is deleted all the same.
    async fn delete_manifest(&self, repository: &Repository, digest: &Digest) -> Result<(), RegistryError> {
        let span = self.span(Operation::DeleteManifest, repository, Some(digest));
        let deleted = self.delete_referrer(repository, digest).instrument(span).await;
        deleted.map_err(|error| error.during(Operation::DeleteManifest).about(repository, digest))
    }

    async fn delete_blob(&self, repository: &Repository, digest: &Digest) -> Result<(), RegistryError> {
        let endpoint = Endpoint::DeleteBlob { repository: repository.clone(), digest: digest.clone() };
        let span = self.span(Operation::DeleteBlob, repository, Some(digest));
        let deleted = self.delete(endpoint, repository).instrument(span).await;
        deleted.map(drop).map_err(|error| error.during(Operation::DeleteBlob).about(repository, digest))
    }
}

impl Client {
    async fn delete_referrer(&self, repository: &Repository, digest: &Digest) -> Result<(), Error> {
        let which = TagOrDigest::Digest(digest.clone());
        let document = self.get_manifest(repository, &which).await.ok();
        let request =
            self.delete(Endpoint::DeleteManifest { repository: repository.clone(), which }, repository).await?;
        let Some(referrer) = document.as_ref().and_then(Referrer::of) else { return Ok(()) };
        self.remove_referrer(repository, referrer).await.map_err(|error| error.after(request))
    }

    /// Brings back which request it was.
    async fn delete(&self, endpoint: Endpoint, repository: &Repository) -> Result<Summary, Error> {
        let call = |scope| self.call(&endpoint, vec![scope]);
        let answer = match self.send(call(Scope::delete(repository))?).await {
            Err(error) if knows_no_deletion(&error) => self.send(call(Scope::all(repository))?).await?,
            answer => answer?,
        };
        // What an earlier attempt deleted is missing for the next.
        let is_gone = answer.unsure && answer.status == StatusCode::NOT_FOUND;
        if !answer.status.is_success() && !is_gone {
            return Err(answer.refusal(&self.limits).await);
        }
        answer.require_no_web_page(Fault::Status)?;
        let request = answer.request.clone();
        answer.drain(&self.limits).await;
        Ok(request)
    }
}

/// Whether a token service may not know of a right to delete. Those that do not have a right to everything.
fn knows_no_deletion(error: &Error) -> bool {
    error.party() == Party::TokenService && error.status() == Some(StatusCode::BAD_REQUEST)
}
