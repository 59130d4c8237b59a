//! The index under a fallback tag (distribution-spec, "Pushing Manifests with Subject"): what a registry without a list of
//! referrers has in its place, and what clients keep for it.
//!
//! A registry is asked for its own list first, whatever it said: some have one and do not say so, and one said so
//! without having one. What cannot be read, or is no image index, is never written over. An index is written with the
//! registry's `ETag` as a condition where it gives one; a write that another was faster than is made again from what the
//! other wrote. Registries without conditions keep what was written last, which no client can help; of this client, all
//! handles write one after the other, and what waits meanwhile is written at once.

mod queue;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, ETAG, IF_MATCH};
use http::{HeaderValue, StatusCode};
use wharf_distribution::{Endpoint, Scope};
use wharf_registry::{Content, Descriptor, Digest, Document, Index, MediaType, Repository, Tag, TagOrDigest};

use crate::answer::Answer;
use crate::call::{Call, Payload};
use crate::{Client, Error, ErrorKind, Fault};

pub(crate) use queue::Queues;

/// What is to become of an index.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    Add(Box<Descriptor>),
    Remove(Digest),
}

/// A manifest that says of another that it is its subject.
pub(crate) struct Referrer {
    pub(crate) subject: Digest,
    entry: Descriptor,
}

/// How often an index is read and written before others are said to be too fast.
const RACES: usize = 5;

impl Referrer {
    /// Nothing when the document has no subject, or cannot be read: then nobody can know that it has one.
    pub(crate) fn of(document: &Document) -> Option<Self> {
        let document = document.clone().decode::<Content>().ok()?;
        let subject = document.view().subject()?.digest.clone();
        let mut entry = document.descriptor();
        (entry.artifact_type, entry.annotations) = match document.view() {
            Content::Manifest(manifest) => {
                let own = manifest.artifact_type.as_ref();
                (Some(own.unwrap_or(&manifest.config.media_type).clone()), manifest.annotations.clone())
            }
            Content::Index(index) => (index.artifact_type.clone(), index.annotations.clone()),
            Content::Artifact(artifact) => (artifact.artifact_type.clone(), artifact.annotations.clone()),
            _ => return None,
        };
        Some(Self { subject, entry })
    }
}

impl Client {
    /// Sees to it that a manifest that was stored is found among the referrers of its subject. `named` tells whether the
    /// registry said that it does that itself.
    pub(crate) async fn add_referrer(
        &self,
        repository: &Repository,
        referrer: Referrer,
        named: bool,
    ) -> Result<(), Error> {
        match self.lists(repository, &referrer.subject, &referrer.entry.digest, named).await {
            true => Ok(()),
            false => self.amend(repository, &referrer.subject, Change::Add(Box::new(referrer.entry))).await,
        }
    }

    /// Takes a manifest that was deleted out of the index under its subject's fallback tag, if there is one. A registry
    /// that has a list of its own may have one, too, from before.
    pub(crate) async fn remove_referrer(&self, repository: &Repository, referrer: Referrer) -> Result<(), Error> {
        let removed = self.amend(repository, &referrer.subject, Change::Remove(referrer.entry.digest)).await;
        match removed {
            // Nothing is listed there that could be taken out.
            Err(error) if error.kind() == ErrorKind::Peer(Fault::FallbackTag) => Ok(()),
            removed => removed,
        }
    }

    /// Waits for its turn, and makes all changes that wait with its own.
    async fn amend(&self, repository: &Repository, subject: &Digest, change: Change) -> Result<(), Error> {
        let tag = Tag::referrers_fallback(subject);
        let place = self.queues.join(repository, &tag, change);
        let _turn = place.turn().await;
        let changes = place.changes();
        if changes.is_empty() {
            return Ok(());
        }
        let fallback = Fallback { client: self, repository, subject, tag };
        let mut outcome = fallback.rewrite(changes.values()).await?;
        for _ in 1..RACES {
            if matches!(outcome, Outcome::Done) {
                break;
            }
            outcome = fallback.rewrite(changes.values()).await?;
        }
        match outcome {
            Outcome::Done => {
                place.made(&changes);
                Ok(())
            }
            Outcome::Lost(error) => Err(error),
        }
    }
}

/// One fallback tag.
struct Fallback<'a> {
    client: &'a Client,
    repository: &'a Repository,
    subject: &'a Digest,
    tag: Tag,
}

/// What became of an attempt to write.
enum Outcome {
    Done,
    /// Another was faster.
    Lost(Error),
}

/// What is under the tag, and the condition under which that may be replaced.
type Found = (Option<Index>, Option<HeaderValue>);

impl Fallback<'_> {
    async fn rewrite(&self, changes: impl Iterator<Item = &Change>) -> Result<Outcome, Error> {
        let (found, condition) = self.read().await?;
        let mut index = found.unwrap_or_else(|| Index::new(Vec::new()));
        let before = index.manifests.clone();
        changes.for_each(|change| change.apply(&mut index.manifests));
        match index.manifests == before {
            true => Ok(Outcome::Done),
            false if index.manifests.is_empty() => self.clear(index, condition).await,
            false => self.write(index, condition).await,
        }
    }

    /// What is under the tag now. A registry that reads the tag as the digest that it is made of gives the subject.
    async fn read(&self) -> Result<Found, Error> {
        let endpoint = Endpoint::GetManifest { repository: self.repository.clone(), which: self.name() };
        let limits = &self.client.limits;
        let call = self.call(&endpoint, Scope::push(self.repository))?.with_header(ACCEPT, manifests());
        let answer = self.client.send(call.for_document(limits.manifest_bytes)).await?;
        match answer.status {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => {
                answer.drain(limits).await;
                return Ok((None, None));
            }
            _ => return Err(answer.refusal(limits).await),
        }
        answer.require_identity()?;
        let (said, kind, condition) = (answer.digest()?, answer.media_type()?, condition(&answer));
        let (other, wrong) = (answer.fault(Fault::FallbackTag), answer.fault(Fault::WrongDigest));
        let bytes = answer.collect(limits.manifest_bytes, limits).await?;
        if let Some(Err(error)) = said.map(|said| Document::verified(MediaType::IMAGE_INDEX, bytes.clone(), &said)) {
            return Err(wrong.because(error));
        }
        match self.index(kind, bytes) {
            Some(index) => Ok((Some(index), condition)),
            None => Err(other),
        }
    }

    /// An image index that is not the subject.
    fn index(&self, kind: Option<MediaType>, bytes: Bytes) -> Option<Index> {
        let document = match kind {
            Some(kind) => Document::new(kind, bytes),
            None => Document::inferred(bytes).ok()?,
        };
        let other = document.digest() == self.subject || *document.media_type() != MediaType::IMAGE_INDEX;
        document.decode::<Index>().ok().filter(|_| !other).map(|document| document.view().clone())
    }

    async fn write(&self, index: Index, condition: Option<HeaderValue>) -> Result<Outcome, Error> {
        let endpoint =
            Endpoint::PutManifest { repository: self.repository.clone(), which: self.name(), tags: Vec::new() };
        let call = self.call(&endpoint, Scope::push(self.repository))?;
        // Others' entries are written as they were read, be they good or not.
        let document = Document::assemble(index)
            .map_err(|error| Error::new(ErrorKind::Request, call.request.clone()).because(error))?;
        let kind = HeaderValue::from_static("application/vnd.oci.image.index.v1+json");
        let call = call.with_header(CONTENT_TYPE, kind).with_body(Payload::Bytes(Bytes::clone(document.bytes())));
        let answer = self.client.send(on(call, condition.as_ref())).await?;
        match answer.status {
            status if status.is_success() => {
                answer.require_digest(document.digest())?;
                answer.drain(&self.client.limits).await;
                Ok(Outcome::Done)
            }
            status => self.refused(answer, status, condition.is_some()).await,
        }
    }

    /// Deletes the tag, or leaves an empty index there where tags cannot be deleted.
    async fn clear(&self, index: Index, condition: Option<HeaderValue>) -> Result<Outcome, Error> {
        let endpoint = Endpoint::DeleteManifest { repository: self.repository.clone(), which: self.name() };
        let call = self.call(&endpoint, Scope::delete(self.repository))?;
        let answer = self.client.send(on(call, condition.as_ref())).await?;
        match answer.status {
            status if status.is_success() || status == StatusCode::NOT_FOUND => {
                answer.drain(&self.client.limits).await;
                Ok(Outcome::Done)
            }
            StatusCode::PRECONDITION_FAILED => self.refused(answer, StatusCode::PRECONDITION_FAILED, true).await,
            StatusCode::TOO_MANY_REQUESTS => Err(answer.refusal(&self.client.limits).await),
            status if status.is_client_error() || status == StatusCode::NOT_IMPLEMENTED => {
                answer.drain(&self.client.limits).await;
                self.write(index, condition).await
            }
            _ => Err(answer.refusal(&self.client.limits).await),
        }
    }

    async fn refused(&self, answer: Answer, status: StatusCode, conditional: bool) -> Result<Outcome, Error> {
        let error = answer.refusal(&self.client.limits).await;
        match conditional && status == StatusCode::PRECONDITION_FAILED {
            true => Ok(Outcome::Lost(error)),
            false => Err(error),
        }
    }

    fn call(&self, endpoint: &Endpoint, scope: Scope) -> Result<Call, Error> {
        self.client.call(endpoint, vec![scope])
    }

    fn name(&self) -> TagOrDigest {
        TagOrDigest::Tag(self.tag.clone())
    }
}

impl Change {
    fn apply(&self, entries: &mut Vec<Descriptor>) {
        match self {
            Self::Add(new) if entries.iter().any(|entry| entry.digest == new.digest) => {}
            Self::Add(new) => entries.push(Descriptor::clone(new)),
            Self::Remove(digest) => entries.retain(|entry| entry.digest != *digest),
        }
    }
}

/// The same under the condition that nothing has changed, if there is one.
fn on(call: Call, condition: Option<&HeaderValue>) -> Call {
    match condition {
        Some(condition) => call.with_header(IF_MATCH, condition.clone()),
        None => call,
    }
}

/// What to write under as a condition. A weak tag (RFC 9110, section 8.8.1) never matches one.
fn condition(answer: &Answer) -> Option<HeaderValue> {
    let tag = answer.headers.get(ETAG)?;
    let is_strong = tag.as_bytes().starts_with(b"\"") && tag.len() <= MAX_ETAG;
    is_strong.then(|| tag.clone())
}

/// The longest tag that is sent back, in bytes.
const MAX_ETAG: usize = 1024;

/// The value of `Accept`: an image index first, and whatever else may be there instead, so that it is not hidden.
fn manifests() -> HeaderValue {
    let others = MediaType::MANIFESTS.map(|kind| kind.as_str().to_owned()).join(", ");
    HeaderValue::try_from(others).unwrap_or(HeaderValue::from_static("*/*"))
}
