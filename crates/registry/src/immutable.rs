use std::sync::Arc;

use async_trait::async_trait;
use wharf_reference::{Repository, Tag};
use wharf_spec::{Digest, Document, ErrorCode, Raw};

mod pattern;

pub use pattern::{TagPattern, TagPatternError, TagPatternErrorKind};

use crate::forward::forward;
use crate::{Delete, Error, List, Operation, Precondition, Read, Write};

/// A registry with tags that are set once: such a tag can neither be moved nor deleted. Storing the same manifest under
/// it again succeeds. What is refused answers `DENIED`.
///
/// All tags are, or those that match a [`TagPattern`]:
///
/// | a request would | answer |
/// |---|---|
/// | set an immutable tag that is not there, or that points to the same manifest | goes on |
/// | move an immutable tag, whatever its precondition | refused, and none of its tags is moved |
/// | delete an immutable tag | refused |
/// | move or delete another tag | goes on |
/// | delete a manifest or a blob where a tag can be immutable | refused |
/// | delete a manifest or a blob in a repository that no pattern names | goes on |
///
/// A manifest takes its tags along when it is deleted, and needs its blobs and the manifests below it. Whether an
/// immutable tag stands on it can be asked before, but a tag can be set between the answer and the deletion, which
/// [`Delete`] cannot judge together. So no content is deleted where that could happen; whoever owns the registry below
/// deletes what no tag needs there.
///
/// When some of a manifest's tags are immutable and some are not, and nothing is asked of them, the immutable ones are
/// set first, and the others when that succeeded. A registry that breaks down in between has set the first and not the
/// others; the same request again completes it.
///
/// The registry below must be able to judge [`Precondition::Unset`] together with the write, and must not let a manifest
/// become something else by being stored again under another media type; the stores of this workspace do both. A client of a registry that
/// does not list referrers keeps a list of them under a tag such as `sha256-…`, which has to move: the exception
/// `!sha256-*` lets it.
///
/// ```
/// use wharf_registry::{Immutable, TagPattern, TagPatternError};
///
/// # fn wrap(registry: impl wharf_registry::Registry + 'static)
/// # -> Result<Box<dyn wharf_registry::Registry>, TagPatternError> {
/// // Versions stay, everywhere; below release/ everything does but the tag that is to move.
/// let patterns = ["v*", "release/*:*", "!release/*:latest"].map(TagPattern::parse);
/// let patterns = patterns.into_iter().collect::<Result<Vec<_>, _>>()?;
/// Ok(Box::new(Immutable::matching(registry, patterns)))
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Immutable<R> {
    registry: R,
    /// Nothing when all tags are.
    patterns: Option<Arc<[TagPattern]>>,
}

impl<R> Immutable<R> {
    /// Makes all of a registry's tags immutable.
    pub const fn new(registry: R) -> Self {
        Self { registry, patterns: None }
    }

    /// Makes those tags immutable that one of `patterns` matches and no exception among them. Their order means nothing;
    /// without any, no tag is immutable.
    pub fn matching(registry: R, patterns: impl IntoIterator<Item = TagPattern>) -> Self {
        Self { registry, patterns: Some(patterns.into_iter().collect()) }
    }

    fn is_immutable(&self, repository: &Repository, tag: &Tag) -> bool {
        self.patterns.as_deref().is_none_or(|patterns| pattern::selects(patterns, repository, tag))
    }

    /// Content stays where a tag can be immutable.
    fn keeps(&self, repository: &Repository) -> bool {
        self.patterns.as_deref().is_none_or(|patterns| pattern::may_select(patterns, repository))
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<R: Read> Read for Immutable<R> {
    forward!(self => self.registry; manifest, blob, resolve, stat_blob, blob_range);
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<R: Write> Write for Immutable<R> {
    forward!(self => self.registry; put_blob, mount, start_upload, resume_upload);

    async fn put_manifest(
        &self,
        repository: &Repository,
        document: &Document<Raw>,
        tags: &[Tag],
        when: &Precondition,
    ) -> Result<(), Error> {
        let put = async |tags, when| self.registry.put_manifest(repository, document, tags, when).await;
        let (stay, move_on): (Vec<Tag>, Vec<Tag>) =
            tags.iter().cloned().partition(|tag| self.is_immutable(repository, tag));
        match when {
            _ if stay.is_empty() => put(tags, when).await,
            Precondition::Always if move_on.is_empty() => put(tags, &Precondition::Unset).await,
            Precondition::Always => {
                put(&stay, &Precondition::Unset).await?;
                put(&move_on, when).await
            }
            // To move a tag is what is refused here; to confirm it is not.
            Precondition::PointsTo(expected) if expected != document.digest() => {
                Err(refused(Operation::PutManifest).about(repository, document.digest()))
            }
            Precondition::Unset | Precondition::PointsTo(_) => put(tags, when).await,
        }
    }
}

#[deny(clippy::missing_trait_methods)]
impl<R: List> List for Immutable<R> {
    forward!(self => self.registry; tags, repositories, referrers);
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<R: Delete> Delete for Immutable<R> {
    async fn delete_tag(&self, repository: &Repository, tag: &Tag) -> Result<(), Error> {
        match self.is_immutable(repository, tag) {
            true => Err(refused(Operation::DeleteTag).about(repository, tag)),
            false => self.registry.delete_tag(repository, tag).await,
        }
    }

    async fn delete_manifest(&self, repository: &Repository, digest: &Digest) -> Result<(), Error> {
        match self.keeps(repository) {
            true => Err(refused(Operation::DeleteManifest).about(repository, digest)),
            false => self.registry.delete_manifest(repository, digest).await,
        }
    }

    async fn delete_blob(&self, repository: &Repository, digest: &Digest) -> Result<(), Error> {
        match self.keeps(repository) {
            true => Err(refused(Operation::DeleteBlob).about(repository, digest)),
            false => self.registry.delete_blob(repository, digest).await,
        }
    }
}

fn refused(operation: Operation) -> Error {
    Error::new(ErrorCode::DENIED, operation)
}
