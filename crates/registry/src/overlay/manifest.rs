//! Manifests, and where tags point, from the origin into the cache.

use std::sync::Arc;

use wharf_reference::{Repository, Tag, TagOrDigest};
use wharf_spec::{Descriptor, Document, ErrorCode, Raw};

use super::flight::Outcome;
use super::memory::{Memory, is_away};
use crate::{Error, Operation, Precondition, Read, Write};

/// Brings a manifest from `far` to `near`. It is passed on whether it can be kept or not.
pub(super) async fn fetch<N: Read + Write, F: Read>(
    near: Arc<N>,
    far: Arc<F>,
    memory: Arc<Memory>,
    (repository, which): (Repository, TagOrDigest),
) -> Outcome<Document<Raw>> {
    // Who asked just before it was kept finds it there.
    if let TagOrDigest::Digest(_) = which
        && let Ok(document) = near.manifest(&repository, &which).await
    {
        return Ok(document);
    }
    let document = told(&memory, &repository, &which, far.manifest(&repository, &which).await)?;
    let tags = match which {
        TagOrDigest::Tag(tag) => {
            memory.saw(&repository, &tag, document.descriptor());
            vec![tag]
        }
        TagOrDigest::Digest(digest) if digest != *document.digest() => {
            let error = Error::new(ErrorCode::DIGEST_INVALID, Operation::GetManifest);
            return Err(error.about(&repository, &digest).into());
        }
        // Many ask what a tag points to, and then for that.
        TagOrDigest::Digest(digest) => memory.tags_of(&repository, &digest),
    };
    keep(&*near, &repository, &document, &tags).await;
    Ok(document)
}

/// Asks where a tag points, and lets it point there in `near` as well if the manifest is there.
pub(super) async fn resolve<N: Read + Write, F: Read>(
    near: Arc<N>,
    far: Arc<F>,
    memory: Arc<Memory>,
    (repository, tag): (Repository, Tag),
) -> Outcome<Descriptor> {
    let which = TagOrDigest::Tag(tag.clone());
    let found = told(&memory, &repository, &which, far.resolve(&repository, &which).await)?;
    memory.saw(&repository, &tag, found.clone());
    let kept = near.resolve(&repository, &which).await;
    if kept.is_ok_and(|kept| kept.digest == found.digest) {
        return Ok(found);
    }
    if let Ok(document) = near.manifest(&repository, &found.digest.clone().into()).await {
        keep(&*near, &repository, &document, &[tag]).await;
    }
    Ok(found)
}

/// An answer of the origin's. That a tag is not there, or that it may not be read, ends what was known of it.
fn told<T>(memory: &Memory, repository: &Repository, which: &TagOrDigest, answer: Result<T, Error>) -> Outcome<T> {
    let answer = memory.heard(answer);
    if let (TagOrDigest::Tag(tag), Err(error)) = (which, &answer)
        && !is_away(error)
    {
        memory.forget(repository, tag);
    }
    answer.map_err(Arc::new)
}

/// Keeps a manifest for later; whoever asked for it gets it whether that works or not.
async fn keep(near: &impl Write, repository: &Repository, document: &Document<Raw>, tags: &[Tag]) {
    let _ = near.put_manifest(repository, document, tags, &Precondition::Always).await;
}
